"""The one form in which models are kept: a safetensors file whose metadata holds what is needed to build the model.

Nothing in it can run: tensors, and a JSON description that is checked against lists of known layers and plain values
before Ultralytics sees it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadCheckpoint

if TYPE_CHECKING:
    import torch

TASKS = ("detect", "segment", "obb", "pose", "classify")
MAX_LAYERS = 400
MAX_TEXT = 200
MAX_NUMBER = 100_000
PLAIN_KEYS = frozenset(
    {
        "nc",
        "scales",
        "scale",
        "backbone",
        "head",
        "depth_multiple",
        "width_multiple",
        "kpt_shape",
        "activation",
        "reg_max",
        "end2end",
        "channels",
        "inplace",
        "max_channels",
        "text_model",
    }
)
ACTIVATION = re.compile(r"(torch\.)?nn\.(SiLU|ReLU|ReLU6|LeakyReLU|GELU|Mish|Hardswish|Identity)\([\w\s=.,]*\)")
LAYERS = frozenset(
    {
        "A2C2f",
        "ADown",
        "AConv",
        "AIFI",
        "Bottleneck",
        "BottleneckCSP",
        "C1",
        "C2",
        "C2PSA",
        "C2f",
        "C2fCIB",
        "C2fPSA",
        "C3",
        "C3Ghost",
        "C3TR",
        "C3k2",
        "C3x",
        "CBFuse",
        "CBLinear",
        "Classify",
        "Concat",
        "Conv",
        "Conv2",
        "ConvTranspose",
        "DWConv",
        "DWConvTranspose2d",
        "Detect",
        "ELAN1",
        "Focus",
        "GhostBottleneck",
        "GhostConv",
        "HGBlock",
        "HGStem",
        "Index",
        "OBB",
        "OBB26",
        "PSA",
        "Pose",
        "Pose26",
        "RepC3",
        "RepConv",
        "RepNCSPELAN4",
        "ResNetLayer",
        "SCDown",
        "SPP",
        "SPPELAN",
        "SPPF",
        "Segment",
        "Segment26",
        "v10Detect",
        "nn.Upsample",
        "nn.Identity",
        "nn.BatchNorm2d",
        "nn.Conv2d",
        "nn.ConvTranspose2d",
        "nn.MaxPool2d",
    }
)


@dataclass(frozen=True)
class Description:
    """What a model is: enough to build it again and to say what it knows."""

    task: str
    architecture: dict[str, Any]
    names: list[str]
    fused: bool = False
    imgsz: int = 640
    origin: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


def plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is a number, a short text, or a shallow list of such."""
    if isinstance(value, list | tuple):
        return depth < 3 and len(value) <= MAX_TEXT and all(plain(item, depth + 1) for item in value)
    if isinstance(value, int | float):
        return abs(value) <= MAX_NUMBER
    return value is None or (isinstance(value, str) and len(value) <= MAX_TEXT)


def check_layer(row: Any) -> None:
    if not (isinstance(row, list | tuple) and len(row) == 4 and plain(row) and row[2] in LAYERS):
        raise BadCheckpoint(f"The model names a layer that is not known here: {str(row)[:80]}.")


def checked_architecture(raw: dict[str, Any]) -> dict[str, Any]:
    """The part of a model's YAML dict that builds it, after every value was checked; raises BadCheckpoint."""
    kept = {key: value for key, value in raw.items() if key in PLAIN_KEYS and value is not None}
    layers = [*kept.get("backbone", []), *kept.get("head", [])]
    if not layers or len(layers) > MAX_LAYERS:
        raise BadCheckpoint("The model does not describe its layers: only Ultralytics YOLO models can be used.")
    for row in layers:
        check_layer(row)
    if not ACTIVATION.fullmatch(str(kept.get("activation", "nn.SiLU()"))):
        raise BadCheckpoint("The model asks for an activation that is not known here.")
    scales = kept.get("scales", {})
    others = {key: value for key, value in kept.items() if key not in {"backbone", "head", "scales"}}
    if not (isinstance(scales, dict) and all(plain(value) for value in [*scales.values(), *others.values()])):
        raise BadCheckpoint("The model's description holds values that are not plain numbers and names.")
    return json.loads(json.dumps(kept))


def describe(raw: dict[str, Any]) -> Description:
    """A checked description from its JSON object."""
    names = raw.get("names")
    if raw.get("task") not in TASKS:
        raise BadCheckpoint(f"Models for '{raw.get('task')}' cannot be used here: only {', '.join(TASKS)}.")
    if not (isinstance(names, list) and names and all(isinstance(name, str) and 0 < len(name) <= MAX_TEXT for name in names)):
        raise BadCheckpoint("The model does not name its classes.")
    return Description(
        task=raw["task"],
        architecture=checked_architecture(raw["architecture"]),
        names=names,
        fused=bool(raw.get("fused")),
        imgsz=int(raw.get("imgsz") or 640),
        origin=str(raw.get("origin", ""))[:500],
        metrics={str(k): float(v) for k, v in (raw.get("metrics") or {}).items()},
    )


def pack(description: Description, state: dict[str, torch.Tensor]) -> bytes:
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    return save(tensors, metadata={"comexp": json.dumps(asdict(description))})


def read_description(data: bytes | memoryview) -> Description:
    """The description alone, without torch; the first bytes of the file are enough (as many as its header is long)."""
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(bytes(data[8 : 8 + length]))
        raw = json.loads(header["__metadata__"]["comexp"])
        return describe(raw)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise BadCheckpoint("This is not a model file of this lab.") from error


def model_class(task: str) -> Any:
    from ultralytics.nn import tasks

    return {
        "detect": tasks.DetectionModel,
        "segment": tasks.SegmentationModel,
        "obb": tasks.OBBModel,
        "pose": tasks.PoseModel,
        "classify": tasks.ClassificationModel,
    }[task]


def build(description: Description, state: dict[str, torch.Tensor] | None = None) -> Any:
    """The model, on the CPU, in eval mode and float32; with random weights if ``state`` is None. Raises BadCheckpoint."""
    architecture = json.loads(json.dumps(description.architecture))
    try:
        channels, classes = architecture.get("channels", 3), len(description.names)
        model: Any = model_class(description.task)(architecture, ch=channels, nc=classes, verbose=False)
        if description.fused:
            model.fuse(verbose=False)
        if state is not None:
            model.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in state.items()})
    except (RuntimeError, TypeError, ValueError, AttributeError, KeyError, IndexError, AssertionError, ZeroDivisionError) as error:
        raise BadCheckpoint("The model's weights do not fit its description.") from error
    model.names = dict(enumerate(description.names))
    model.task = description.task
    model.args = default_args(description)
    return model.float().eval()


def default_args(description: Description) -> dict[str, Any]:
    from ultralytics.utils import DEFAULT_CFG_DICT

    return {**DEFAULT_CFG_DICT, "task": description.task, "imgsz": description.imgsz}


def unpack(data: bytes) -> tuple[Description, Any]:
    """The description and the built model of a model file."""
    from safetensors.torch import load

    description = read_description(data)
    return description, build(description, load(data))


def describe_module(model: Any, *, imgsz: int = 640, origin: str = "", metrics: dict[str, float] | None = None) -> Description:
    """The description of an Ultralytics model in memory; raises BadCheckpoint if it holds anything unusual."""
    from ultralytics.nn.tasks import guess_model_task

    names = getattr(model, "names", None) or {}
    listed = [str(names[i]) for i in sorted(names)] if isinstance(names, dict) else [str(name) for name in names]
    kind = getattr(model, "task", None) or guess_model_task(model.yaml)
    raw = {
        "task": kind,
        "architecture": dict(model.yaml),
        "names": listed,
        "fused": bool(model.is_fused()),
        "imgsz": imgsz,
        "origin": origin,
        "metrics": metrics or {},
    }
    return describe(raw)
