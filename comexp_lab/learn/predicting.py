"""Let a model look at pictures: in batches of equal shape, so that every picture is padded exactly as it would be alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from comexp_lab.learn import model_file
from comexp_lab.learn.training import device

if TYPE_CHECKING:
    import pyarrow as pa
    from ultralytics.engine.results import Results

    from comexp_lab.learn.manifest import Manifest
    from comexp_lab.learn.pictures import Pictures
    from comexp_lab.learn.training import Events

BATCH = {"cuda": 32, "cpu": 8}
SURE = 0.5

Found = dict[str, Any]


def predictor(model: torch.nn.Module, task: str, folder: Path, **options: Any) -> Any:
    from ultralytics.models import yolo

    kinds = {
        "detect": yolo.detect.DetectionPredictor,
        "segment": yolo.segment.SegmentationPredictor,
        "obb": yolo.obb.OBBPredictor,
        "pose": yolo.pose.PosePredictor,
        "classify": yolo.classify.ClassificationPredictor,
    }
    fixed = {"task": task, "mode": "predict", "save": False, "verbose": False, "rect": True, "save_dir": str(folder / "run")}
    made = kinds[task](overrides={**fixed, **options})
    made.setup_model(model, verbose=False)
    return made


def by_shape(manifest: Manifest, size: int) -> list[list[int]]:
    """Batches of at most ``size`` rows whose pictures have the same size."""
    shapes: dict[tuple[int, int], list[int]] = {}
    for row, shape in enumerate(zip(manifest.samples["height"].to_pylist(), manifest.samples["width"].to_pylist(), strict=True)):
        shapes.setdefault(shape, []).append(row)
    return [rows[i : i + size] for rows in shapes.values() for i in range(0, len(rows), size)]


def decoded(pictures: Pictures, batches: list[list[int]]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
    """The batches with their pictures, read and decoded one batch ahead."""
    with ThreadPoolExecutor(4) as pool:
        ahead = None
        for rows in [*batches, None]:
            coming = (rows, [pool.submit(pictures.__getitem__, row) for row in rows]) if rows is not None else None
            if ahead is not None:
                yield ahead[0], [future.result() for future in ahead[1]]
            ahead = coming


def look(watcher: Any, images: list[np.ndarray]) -> list[Results]:
    """Results of pictures of one shape; in halves if the device has not enough memory for all at once."""
    try:
        return list(watcher(images))
    except RuntimeError as error:
        if "out of memory" not in str(error) or len(images) == 1:
            raise
    torch.cuda.empty_cache()
    half = len(images) // 2
    return look(watcher, images[:half]) + look(watcher, images[half:])


def results(
    manifest: Manifest, model: torch.nn.Module, task: str, events: Events, folder: Path, **options: Any
) -> Iterator[tuple[int, Results]]:
    """(sample id, what was found) for every picture of the manifest."""
    where = device(options.pop("device", "auto"))
    watcher = predictor(model, task, folder, device=where, **options)
    batches = by_shape(manifest, BATCH["cpu" if where == "cpu" else "cuda"])
    ids, done, total = manifest.samples["id"].to_pylist(), 0, manifest.samples.num_rows
    for rows, images in decoded(manifest.pictures(list(range(total))), batches):
        for row, result in zip(rows, look(watcher, images), strict=True):
            yield ids[row], result
        done += len(rows)
        events.progress(0.99 * done / total, f"{done} of {total} pictures")


def ring_area(ring: list[float]) -> float:
    x, y = np.asarray(ring[0::2]), np.asarray(ring[1::2])
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def base(result: Any) -> list[Found]:
    """Class, confidence and enclosing box of everything found in one picture."""
    boxes = result.obb if result.obb is not None else result.boxes
    corners = boxes.xyxy.cpu().numpy().astype(float)
    return [
        {
            "class": result.names[int(c)],
            "kind": "box",
            "x": x1,
            "y": y1,
            "w": x2 - x1,
            "h": y2 - y1,
            "area": (x2 - x1) * (y2 - y1),
            "confidence": float(p),
        }
        for (x1, y1, x2, y2), c, p in zip(corners.tolist(), boxes.cls.tolist(), boxes.conf.tolist(), strict=True)
    ]


def labels(result: Any) -> list[Found]:
    """What was found in one picture, as labels of the store."""
    if result.probs is not None:
        return [{"class": result.names[int(result.probs.top1)], "kind": "tag", "confidence": float(result.probs.top1conf)}]
    found = base(result)
    if result.masks is not None:
        for label, outline in zip(found, result.masks.xy, strict=True):
            if len(outline) >= 3:
                ring = outline.astype(float).ravel().tolist()
                label |= {"kind": "polygon", "rings": [ring], "area": ring_area(ring)}
    if result.obb is not None:
        for label, points in zip(found, result.obb.xywhr.cpu().numpy().astype(float).tolist(), strict=True):
            label |= {"kind": "rotated", "points": points, "area": points[2] * points[3]}
    if result.keypoints is not None:
        for label, points in zip(found, result.keypoints.data.cpu().numpy().astype(float), strict=True):
            seen = np.where(points[:, 2] >= SURE, 2.0, 1.0) if points.shape[1] == 3 else np.full(len(points), 2.0)
            label |= {"kind": "keypoints", "points": np.column_stack([points[:, :2], seen]).ravel().tolist()}
    return found


def as_table(rows: list[Found]) -> pa.Table:
    import pyarrow as pa

    number, numbers = pa.float64(), pa.list_(pa.float64())
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [
                ("sample", pa.int64()),
                ("class", pa.string()),
                ("kind", pa.string()),
                ("x", number),
                ("y", number),
                ("w", number),
                ("h", number),
                ("area", number),
                ("points", numbers),
                ("rings", pa.list_(numbers)),
                ("confidence", pa.float32()),
            ]
        ),
    )


def predict(manifest: Manifest, params: dict[str, Any], start: bytes, events: Events, folder: Path) -> pa.Table:
    """All that a model finds in the manifest's pictures, as a table of labels. ``params`` is a PredictIn as a dict."""
    description, model = model_file.unpack(start)
    options = {name: params[name] for name in ("conf", "iou", "imgsz", "device")}
    found: list[Found] = []
    for sample, result in results(manifest, model, description.task, events, folder, **options):
        found += [{"sample": sample, **label} for label in labels(result) if label["confidence"] >= params["conf"]]
    return as_table(found)
