"""Fine-tuning with Ultralytics' own trainers on data that stays encrypted.

What a trainer must write goes to the worker's private folder in memory; each epoch's checkpoint is handed to ``Events.seal``.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from ultralytics.engine import trainer as engine
from ultralytics.models import yolo
from ultralytics.utils.torch_utils import unwrap_model

from comexp_lab.learn import model_file
from comexp_lab.learn.dataset import VaultClassification, VaultDataset
from comexp_lab.learn.manifest import Manifest, split
from comexp_lab.learn.targets import keypoint_count, targets

if TYPE_CHECKING:
    from comexp_lab.learn.pictures import Pictures

SEAL_SHARE = 30  # sealing checkpoints takes at most a thirtieth of the time, so short epochs are not sealed one by one

Base: Any = object  # mixed into one of these

TRAINERS = {
    "detect": yolo.detect.DetectionTrainer,
    "segment": yolo.segment.SegmentationTrainer,
    "obb": yolo.obb.OBBTrainer,
    "pose": yolo.pose.PoseTrainer,
    "classify": yolo.classify.ClassificationTrainer,
}


class Events(Protocol):
    """Where a training tells how it goes."""

    def progress(self, fraction: float, message: str) -> None: ...

    def metrics(self, row: dict[str, float]) -> None: ...

    def log(self, line: str) -> None: ...

    def seal(self, name: str, data: bytes, **facts: Any) -> None: ...


@dataclass(frozen=True)
class Part:
    """The pictures and labels of one split."""

    pictures: Pictures
    targets: list[dict[str, Any]]


@dataclass(frozen=True)
class Material:
    """All that a training sees of the dataset."""

    task: str
    names: list[str]
    parts: dict[str, Part]
    extra: dict[str, Any] = field(default_factory=dict)


def material(manifest: Manifest, task: str, val_fraction: float, seed: int) -> Material:
    train, val = split(manifest, val_fraction, seed)
    parts = {name: Part(manifest.pictures(rows), targets(manifest, rows, task)) for name, rows in (("train", train), ("val", val))}
    extra = {"kpt_shape": [keypoint_count(manifest), 3]} if task == "pose" else {}
    return Material(task, manifest.classes, parts, extra)


def amp_is_sound(model: torch.nn.Module) -> bool:
    """Whether half precision can be trusted on this device, without Ultralytics' trial that downloads a model."""
    device = next(model.parameters()).device
    known_bad = ("1660", "1650", "1630", "T400", "T500", "T600", "T1000", "T1200", "T2000", "K40")
    return device.type == "cuda" and not any(name in torch.cuda.get_device_name(device) for name in known_bad)


def short_name(key: str) -> str:
    """``train/box_loss`` → ``box_loss``, ``val/box_loss`` → ``val_box_loss``, ``metrics/mAP50(B)`` → ``mAP50``."""
    key = key.removeprefix("train/").removeprefix("metrics/").removesuffix("(B)")
    return key.replace("val/", "val_")


class VaultTraining(Base):
    """Mixed into a trainer. Its class must not be called "…Trainer": Ultralytics hangs its reporting to others on that name."""

    def __init__(self, overrides: dict[str, Any], material: Material, events: Events) -> None:
        self.material = material
        self.events = events
        self.best_model = b""
        self.best_row: dict[str, float] = {}
        self.best_sealed = False
        self.sealed_at = self.seal_cost = self.told = 0.0
        self.batch_now = 0
        super().__init__(overrides=overrides)
        self.add_callback("on_train_start", type(self).tell_start)
        self.add_callback("on_train_batch_end", type(self).tell_progress)

    def get_dataset(self) -> dict[str, Any]:
        single = self.args.single_cls
        names = {0: "item"} if single else dict(enumerate(self.material.names))
        return {"train": "train", "val": "val", "names": names, "nc": len(names), "channels": 3, **self.material.extra}

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        part, args, augment = self.material.parts[img_path], self.args, mode == "train"
        if self.material.task == "classify":
            return VaultClassification(pictures=part.pictures, targets=part.targets, args=args, augment=augment)
        model: Any = unwrap_model(self.model)
        stride = max(int(model.stride.max()), 32)
        return VaultDataset(
            pictures=part.pictures,
            targets=part.targets,
            imgsz=args.imgsz,
            batch_size=batch,
            augment=augment,
            hyp=args,
            rect=args.rect or not augment,
            cache=args.cache or None,
            single_cls=args.single_cls or False,
            stride=stride,
            pad=0.0 if augment else 0.5,
            prefix=f"{mode}: ",
            task=args.task,
            classes=None,
            data=self.data,
            fraction=args.fraction if augment else 1.0,
        )

    def tell_start(self) -> None:
        self.told = self.train_time_start
        self.events.progress(self.start_epoch / self.epochs, f"Epoch {self.start_epoch + 1} of {self.epochs}")

    def tell_progress(self) -> None:
        batches, done, epochs = len(self.train_loader), self.epoch, self.epochs
        self.batch_now = min(self.batch_now + 1, batches)
        message = f"Epoch {done + 1} of {epochs}, batch {self.batch_now} of {batches}"
        self.events.progress((done + 0.95 * self.batch_now / batches) / epochs, message)

    def tell_metrics(self) -> dict[str, float]:
        """Report the epoch that just ended; returns its row. ``seconds`` counts from report to report, so sealing is in it."""
        known = {**(self.label_loss_items(self.tloss) if self.tloss else {}), **(self.metrics or {}), "lr": self.lr["lr/pg0"]}
        row = {"epoch": float(self.epoch + 1), **{short_name(key): float(value) for key, value in known.items()}}
        self.batch_now = 0
        self.told, before = time.time(), self.told
        self.events.metrics(row | {"seconds": round(self.told - before, 3)})
        return row

    def save_model(self) -> bool:
        """Report the epoch, let Ultralytics write its checkpoint to memory, and seal what a resume would need."""
        row = self.tell_metrics()
        super().save_model()
        if self.best_fitness == self.fitness or not self.best_model:
            self.best_model, self.best_row, self.best_sealed = self.pack(), row, False
        if self.stop or time.time() - self.sealed_at >= SEAL_SHARE * self.seal_cost:
            self.seal()
        return True

    def seal(self) -> None:
        """Hand over the best model if it is new and, while there are epochs to come, the checkpoint to go on from."""
        began = time.time()
        if not self.best_sealed:
            self.events.seal("best", self.best_model, epoch=int(self.best_row["epoch"]), row=self.best_row)
            self.best_sealed = True
        if not self.stop:
            self.events.seal("last", self.last.read_bytes(), epoch=self.epoch + 1)
        self.sealed_at = time.time()
        self.seal_cost = self.sealed_at - began

    def pack(self) -> bytes:
        """The averaged weights in half precision as a model file."""
        model: Any = unwrap_model(self.ema.ema)
        description = model_file.describe_module(model, imgsz=self.args.imgsz)
        return model_file.pack(description, {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()})

    def go_on(self, best: bytes, row: dict[str, float]) -> None:
        """Remember the best model of the epochs before a resume."""
        self.best_model, self.best_row, self.best_sealed = best, row, True

    def final_eval(self) -> None:
        """Nothing: the best epoch was validated when it was made, and that is what is reported."""


def trainer_class(task: str) -> type[Any]:
    return type(f"Vault{task.title()}", (VaultTraining, TRAINERS[task]), {})


def defaults(folder: Path) -> dict[str, Any]:
    """Arguments that every training gets: write only below ``folder``, ask nobody, draw nothing."""
    return {
        "data": "vault",
        "model": "vault",
        "save_dir": str(folder / "run"),
        "exist_ok": True,
        "save": True,
        "save_period": -1,
        "val": True,
        "plots": False,
        "verbose": False,
        "profile": False,
        "visualize": False,
    }


def train(
    manifest: Manifest,
    params: dict[str, Any],
    start: bytes | str,
    events: Events,
    folder: Path,
    checkpoint: bytes | None = None,
    best: tuple[bytes, dict[str, float]] | None = None,
) -> dict[str, float]:
    """Fine-tune; the best epoch's model file was sealed as ``best``, its metrics are returned.

    ``params`` is a TrainIn as a dict; ``start`` a model file, or the name of an architecture that comes with Ultralytics;
    ``checkpoint`` the last sealed checkpoint to go on from, ``best`` the best model until then.
    """
    engine.check_amp = amp_is_sound
    task, architecture, weights = beginning(start)
    overrides = {
        **params["args"],
        **defaults(folder),
        "task": task,
        "mode": "train",
        "epochs": params["epochs"],
        "imgsz": params["imgsz"],
        "batch": params["batch"],
        "device": device(params["device"]),
        "seed": params["seed"],
    }
    if checkpoint is not None:
        last = folder / "resume.pt"
        last.write_bytes(checkpoint)
        overrides |= {"resume": str(last), "model": str(last)}
    trainer = trainer_class(task)(overrides, material(manifest, task, params["val_fraction"], params["seed"]), events)
    if checkpoint is None:
        pretrained = weights if params["args"].get("pretrained", True) else None
        trainer.model = trainer.get_model(cfg=architecture, weights=pretrained, verbose=False)
    elif best is not None:
        trainer.go_on(*best)
    trainer.train()
    return dict(trainer.best_row)


def beginning(start: bytes | str) -> tuple[str, Any, Any]:
    """(task, architecture, model with weights or None) of what a training starts from."""
    if isinstance(start, str):
        return task_of(start), start, None
    description, model = model_file.unpack(start)
    return description.task, json.loads(json.dumps(description.architecture)), model


def task_of(architecture: str) -> str:
    """The task of one of Ultralytics' own architectures, by its name."""
    suffix = architecture.removesuffix(".yaml").rpartition("-")[2]
    return {"seg": "segment", "obb": "obb", "pose": "pose", "cls": "classify"}.get(suffix, "detect")


def device(name: str) -> str:
    """``auto`` is the GPU if there is one."""
    if name != "auto":
        return name
    return "0" if torch.cuda.is_available() else "cpu"
