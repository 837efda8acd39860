"""The enclosing box and area of a label, from whichever geometry it has. Pixels; see ``comexp_lab.api``."""

from __future__ import annotations

import math

from comexp_lab.api import LabelIn
from comexp_lab.errors import BadInput

Box = tuple[float, float, float, float]


def enclose(label: LabelIn, height: int) -> tuple[Box | None, float | None]:
    """((x, y, w, h), area) of a label on an image of ``height`` pixels; (None, None) for a tag. Raises BadInput."""
    if label.kind == "tag":
        return None, None
    box, area = _measure(label, height)
    if not all(map(math.isfinite, box)) or box[2] < 0 or box[3] < 0:
        raise BadInput(f"The {label.kind} {label.class_name!r} has no usable geometry: numbers must be finite, sizes not negative.")
    return box, area


def _measure(label: LabelIn, height: int) -> tuple[Box, float]:
    if label.kind == "polygon" and label.rings:
        corners = [_around(ring[0::2], ring[1::2]) for ring in label.rings if len(ring) >= 6 and len(ring) % 2 == 0]
        if len(corners) != len(label.rings):
            raise BadInput(f"A polygon of {label.class_name!r} has a ring without three corners: each ring is x0, y0, x1, y1, ….")
        return _union(corners), sum(map(_ring_area, label.rings))
    if label.kind == "rotated" and label.points and len(label.points) == 5:
        return _rotated(label.points), label.points[2] * label.points[3]
    if label.kind == "mask" and label.rle:
        return _mask(label.rle, height)
    if label.kind == "keypoints" and label.points and len(label.points) % 3 == 0 and not label.bbox:
        seen = [i for i in range(0, len(label.points), 3) if label.points[i + 2] > 0] or range(0, len(label.points), 3)
        box = _around([label.points[i] for i in seen], [label.points[i + 1] for i in seen])
        return box, box[2] * box[3]
    if label.bbox and label.kind in {"box", "keypoints"}:
        return label.bbox, label.bbox[2] * label.bbox[3]
    raise BadInput(f"A {label.kind} of {label.class_name!r} came without its geometry: {_NEEDS[label.kind]}.")


_NEEDS = {
    "box": "give bbox (x, y, w, h)",
    "polygon": "give rings",
    "rotated": "give points (cx, cy, w, h, angle)",
    "mask": "give rle",
    "keypoints": "give points (x, y, visibility) triples",
}


def _around(xs: list[float], ys: list[float]) -> Box:
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _union(boxes: list[Box]) -> Box:
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return left, top, max(b[0] + b[2] for b in boxes) - left, max(b[1] + b[3] for b in boxes) - top


def _ring_area(ring: list[float]) -> float:
    xs, ys = ring[0::2], ring[1::2]
    turned = zip(xs, ys, xs[1:] + xs[:1], ys[1:] + ys[:1], strict=True)
    return abs(sum(x * next_y - next_x * y for x, y, next_x, next_y in turned)) / 2


def _rotated(points: list[float]) -> Box:
    cx, cy, w, h, angle = points
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    wide, high = w * cos + h * sin, w * sin + h * cos
    return cx - wide / 2, cy - high / 2, wide, high


def runs(rle: str) -> list[int]:
    """Run lengths of COCO's compressed text: columns first, starting with background."""
    counts: list[int] = []
    value = shift = 0
    for char in rle.encode():
        code = char - 48
        if not 0 <= code < 64:
            raise BadInput("A mask is not COCO's compressed run-length text.")
        value |= (code & 31) << shift
        shift += 5
        if not code & 32:
            if code & 16:
                value -= 1 << shift
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    return counts


def _mask(rle: str, height: int) -> tuple[Box, float]:
    boxes, start, area = [], 0, 0
    for index, length in enumerate(runs(rle)):
        if index % 2 and length:
            first, last = start // height, (start + length - 1) // height
            top = start % height if first == last else 0
            bottom = (start + length - 1) % height if first == last else height - 1
            boxes.append((float(first), float(top), float(last - first + 1), float(bottom - top + 1)))
            area += length
        start += length
    return (_union(boxes) if boxes else (0.0, 0.0, 0.0, 0.0)), float(area)
