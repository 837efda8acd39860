"""Which Ultralytics training arguments a user may set: those that are numbers and switches, none that name files or code."""

from __future__ import annotations

import difflib
import re
from typing import Any

from comexp_lab.api import TrainIn
from comexp_lab.errors import BadInput

NUMBERS = frozenset(
    {
        "lr0",
        "lrf",
        "momentum",
        "weight_decay",
        "warmup_epochs",
        "warmup_momentum",
        "warmup_bias_lr",
        "box",
        "cls",
        "dfl",
        "cls_pw",
        "pose",
        "kobj",
        "nbs",
        "hsv_h",
        "hsv_s",
        "hsv_v",
        "degrees",
        "translate",
        "scale",
        "shear",
        "perspective",
        "flipud",
        "fliplr",
        "bgr",
        "mosaic",
        "mixup",
        "cutmix",
        "copy_paste",
        "erasing",
        "dropout",
        "multi_scale",
        "patience",
        "close_mosaic",
        "workers",
        "mask_ratio",
        "time",
        "fraction",
        "max_det",
        "iou",
    }
)
SWITCHES = frozenset(
    {
        "cos_lr",
        "rect",
        "single_cls",
        "deterministic",
        "overlap_mask",
        "amp",
        "compile",
        "pretrained",
        "cls_remap",
    }
)
CHOICES: dict[str, tuple[Any, ...]] = {
    "optimizer": ("auto", "SGD", "MuSGD", "Adam", "Adamax", "AdamW", "NAdam", "RAdam", "RMSprop"),
    "cache": (False, True, "ram"),
    "copy_paste_mode": ("flip", "mixup"),
    "auto_augment": ("randaugment", "autoaugment", "augmix", None),
}
DEVICE = re.compile(r"auto|cpu|mps|cuda|(cuda:)?\d+(,\d+)*")
ALLOWED = NUMBERS | SWITCHES | CHOICES.keys() | {"freeze"}


def fits(name: str, value: Any) -> bool:
    if name in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name in SWITCHES:
        return isinstance(value, bool)
    if name == "freeze":
        layers = value if isinstance(value, list) else [value]
        return all(isinstance(layer, int) and not isinstance(layer, bool) for layer in layers)
    return any(value is choice or (isinstance(value, str) and value == choice) for choice in CHOICES[name])


def check(args: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they came, if Ultralytics may have them; else BadInput with one line."""
    for name, value in args.items():
        if name not in ALLOWED:
            near = difflib.get_close_matches(name, sorted(ALLOWED | TrainIn.model_fields.keys()), 1)
            raise BadInput(f"'{name}' is not a training argument here" + (f": did you mean '{near[0]}'?" if near else "."))
        if not fits(name, value):
            wanted = "a number" if name in NUMBERS else "true or false" if name in SWITCHES else f"one of {CHOICES.get(name, 'layers')}"
            raise BadInput(f"The training argument '{name}' must be {wanted}, not {value!r}.")
    return args


def check_device(name: str) -> None:
    if not DEVICE.fullmatch(name):
        raise BadInput(f"There is no device {name!r}: use auto, cpu, cuda, mps, or numbers of GPUs such as 0 or 0,1.")
