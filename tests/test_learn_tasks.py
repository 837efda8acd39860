"""Every task that Ultralytics trains, from labels of the store to labels of the store, in a few steps each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import learn_rig as rig
import numpy as np
import pytest

from comexp_lab import demo
from comexp_lab.learn import evaluating, manifest, model_file, predicting
from comexp_lab.learn.manifest import Manifest
from comexp_lab.store import DatasetStore, Workspace

KINDS = {"detect": "box", "segment": "polygon", "obb": "rotated", "pose": "keypoints", "classify": "tag"}
YAMLS = {"detect": "yolo11n", "segment": "yolo11n-seg", "obb": "yolo11n-obb", "pose": "yolo11n-pose", "classify": "yolo11n-cls"}


class Told:
    """Keeps what a training tells."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.files: dict[str, bytes] = {}
        self.reached = 0.0

    def progress(self, fraction: float, message: str) -> None:
        self.reached = max(self.reached, fraction)

    def metrics(self, row: dict[str, float]) -> None:
        self.rows.append(row)

    def log(self, line: str) -> None: ...

    def seal(self, name: str, data: bytes, **facts: Any) -> None:
        self.files[name] = data


def label_of(kind: str, number: int, box: tuple[str, float, float, float, float]) -> dict[str, Any]:
    name, x, y, w, h = box
    label = {"sample": number, "class": demo.SHAPES.index(name), "kind": kind, "x": x, "y": y, "w": w, "h": h}
    if kind == "polygon":
        label["rings"] = [[x, y, x + w, y, x + w / 2, y + h]]
    if kind == "rotated":
        label["points"] = [x + w / 2, y + h / 2, w, h, 0.3]
    if kind == "keypoints":
        label["points"] = [x, y, 2.0, x + w, y, 2.0, x + w / 2, y + h, 1.0]
    return label


def filled(store: DatasetStore, task: str) -> Manifest:
    shapes = demo.make_shapes(10, 64, 1)
    most = 1 if task == "classify" else 9
    labels = [label_of(KINDS[task], i, box) for i, (_, _, boxes) in enumerate(shapes, 1) for box in boxes[:most]]
    rig.put_pictures(store, [(name, data, 64, 64, None) for name, data, _ in shapes], labels, demo.SHAPES)
    with store.reading() as cur:
        parts = [manifest.read(cur, part) for part in ("samples", "labels")]
    return Manifest(*parts, list(demo.SHAPES), store.vault, [3 if task == "pose" else 0] * 4)


@pytest.mark.parametrize("task", KINDS)
def test_there_and_back(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from comexp_lab.learn import training

    monkeypatch.setitem(os.environ, "YOLO_OFFLINE", "1")
    told = Told()
    params = {**rig.TINY, "device": "cpu", "seed": 0, "val_fraction": 0.2, "epochs": 2}
    with Workspace.open(tmp_path / "workspace") as workspace:
        known = filled(workspace.create_dataset("shapes"), task)
        best = training.train(known, params, f"{YAMLS[task]}.yaml", told, tmp_path)
        assert [row["epoch"] for row in told.rows] == [1, 2] and told.reached > 0.9
        assert best["epoch"] in (1, 2) and all(np.isfinite(value) for value in best.values())
        assert set(told.files) == {"last", "best"}
        description = model_file.read_description(told.files["best"])
        assert description.task == task and description.names == list(demo.SHAPES) and description.imgsz == 64
        options = {"conf": 0.0, "iou": 0.7, "imgsz": 64, "device": "cpu"}
        table = predicting.predict(known, options, told.files["best"], told, tmp_path)
        rows = table.to_pylist()
        assert rows and {row["kind"] for row in rows} <= {KINDS[task], *(["box"] if task == "segment" else [])}
        check(task, rows)
        score = evaluating.evaluate(known, options, told.files["best"], told, tmp_path)
        assert 0 <= score["map50"] <= 1 and score["per_class"]


def check(task: str, rows: list[dict[str, Any]]) -> None:
    """The geometry that the store expects."""
    for row in rows:
        assert 0 <= row["confidence"] <= 1 and row["class"] in demo.SHAPES
        if task != "classify":
            assert row["w"] >= 0 and row["h"] >= 0 and row["area"] >= 0
        if task == "obb":
            cx, cy, w, h, angle = row["points"]
            half = (w * abs(np.cos(angle)) + h * abs(np.sin(angle))) / 2
            assert row["x"] == pytest.approx(cx - half, abs=0.05) and row["w"] == pytest.approx(2 * half, abs=0.1)
        if task == "pose":
            assert len(row["points"]) == 9 and {row["points"][2], row["points"][5]} <= {1.0, 2.0}


def test_fine_tuning_starts_from_the_weights_it_is_given(tmp_path: Path) -> None:
    """A second training from the first one's model, on the same classes, begins where that one ended."""
    import torch

    from comexp_lab.learn import training

    with Workspace.open(tmp_path / "workspace") as workspace:
        known = filled(workspace.create_dataset("shapes"), "detect")
        names = ["other", "star", "circle"]
        description = model_file.describe({"task": "detect", "architecture": {**nano(), "scale": "n"}, "names": names})
        torch.manual_seed(0)
        model = model_file.build(description)
        start = model_file.pack(description, model.state_dict())
        still = {"lr0": 0.0, "warmup_epochs": 0.0, "optimizer": "SGD"}
        params = {**rig.TINY, "device": "cpu", "seed": 0, "val_fraction": 0.2, "epochs": 1, "args": still}
        told = Told()
        training.train(known, params, start, told, tmp_path)
        _, after = model_file.unpack(told.files["best"])
        assert torch.allclose(after.model[0].conv.weight, model.model[0].conv.weight, atol=1e-3)
        assert len(after.names) == 4 and after.names[0] == "circle"


def nano() -> dict[str, Any]:
    import yaml
    from ultralytics.utils import ROOT

    return yaml.safe_load((ROOT / "cfg/models/11/yolo11.yaml").read_text())
