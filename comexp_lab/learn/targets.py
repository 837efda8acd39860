"""Labels of the store in the shape that Ultralytics trains on, for each task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    from comexp_lab.learn.manifest import Manifest

Row = dict[str, Any]


def corners(row: Row) -> np.ndarray:
    """The four corners (4, 2) of a rotated box, or of the upright box of another label."""
    if row["kind"] == "rotated" and row["points"]:
        cx, cy, w, h, angle = row["points"][:5]
        along = np.array([np.cos(angle), np.sin(angle)]) * w / 2
        across = np.array([-np.sin(angle), np.cos(angle)]) * h / 2
        return np.array([cx, cy]) + np.array([-along - across, along - across, along + across, -along + across])
    x, y, w, h = row["x"], row["y"], row["w"], row["h"]
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], dtype=float)


def traced(rle: str, height: int, width: int) -> list[list[float]]:
    """The outer contours of a mask of the whole image."""
    import cv2
    from faster_coco_eval.core import mask

    bitmap = mask.decode({"size": [height, width], "counts": rle.encode()})
    contours, _ = cv2.findContours(bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [contour.reshape(-1).tolist() for contour in contours]


def outline(row: Row, size: tuple[int, int]) -> np.ndarray:
    """One polygon (n, 2) around a label: its rings joined, its mask traced, or its box."""
    rings = row["rings"] if row["kind"] == "polygon" else None
    if row["kind"] == "mask" and row["rle"]:
        rings = traced(row["rle"], *size)
    parts = [np.asarray(ring, dtype=float).reshape(-1, 2) for ring in rings or [] if len(ring) >= 6]
    if len(parts) > 1:
        from ultralytics.data.converter import merge_multi_segment

        return np.concatenate(merge_multi_segment([part.ravel().tolist() for part in parts]), axis=0)
    return parts[0] if parts else corners(row)


def keypoints(row: Row, count: int, scale: np.ndarray) -> np.ndarray:
    """(count, 3): x and y as fractions of the image, visibility."""
    points = np.zeros((count, 3))
    given = np.asarray(row["points"] or [], dtype=float).reshape(-1, 3)[:count]
    points[: len(given)] = given
    points[:, :2] = np.clip(points[:, :2] / scale, 0, 1)
    return points


def wanted(row: Row, task: str) -> bool:
    if row["crowd"]:
        return False
    if task == "pose":
        return row["kind"] == "keypoints"
    return row["kind"] == "tag" if task == "classify" else row["kind"] != "tag"


def boxes(rows: list[Row], scale: np.ndarray) -> np.ndarray:
    """(n, 4) centre and size as fractions, clipped to the image."""
    raw = np.array([[row["x"], row["y"], row["w"], row["h"]] for row in rows], dtype=float).reshape(-1, 4)
    low, high = np.clip(raw[:, :2] / scale, 0, 1), np.clip((raw[:, :2] + raw[:, 2:]) / scale, 0, 1)
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def target(rows: list[Row], width: int, height: int, task: str, points: int) -> Row:
    """The label dict of one image as Ultralytics' datasets hold them."""
    scale = np.array([width, height], dtype=float)
    found = boxes(rows, scale)
    solid = (found[:, 2:] > 0).all(1)
    rows, found = [row for row, keep in zip(rows, solid, strict=True) if keep], found[solid]
    shapes = {"segment": lambda row: outline(row, (height, width)), "obb": corners}.get(task)
    return {
        "shape": (height, width),
        "cls": np.array([row["class"] for row in rows], dtype=np.float32).reshape(-1, 1),
        "bboxes": found.astype(np.float32),
        "segments": [np.clip(shapes(row) / scale, 0, 1).astype(np.float32) for row in rows] if shapes else [],
        "keypoints": np.stack([keypoints(row, points, scale) for row in rows]).astype(np.float32)
        if task == "pose" and rows
        else (np.zeros((0, points, 3), np.float32) if task == "pose" else None),
        "normalized": True,
        "bbox_format": "xywh",
    }


def keypoint_count(manifest: Manifest) -> int:
    """How many keypoints the dataset's skeleton has; one skeleton for all classes is all that Ultralytics can train."""
    counts = {count for count in manifest.keypoints if count}
    if len(counts) != 1:
        raise BadInput("Pose training needs one skeleton for all classes of the dataset.")
    return counts.pop()


def targets(manifest: Manifest, rows: list[int], task: str) -> list[Row]:
    """One label dict for each of the samples ``rows``, in their order."""
    points = keypoint_count(manifest) if task == "pose" else 0
    by_sample: dict[int, list[Row]] = {}
    for row in manifest.labels.to_pylist():
        if wanted(row, task):
            by_sample.setdefault(row["sample"], []).append(row)
    samples = manifest.samples.select(["id", "width", "height"]).take(rows).to_pylist()
    return [{"im_file": str(s["id"]), **target(by_sample.get(s["id"], []), s["width"], s["height"], task, points)} for s in samples]
