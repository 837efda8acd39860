"""Geometry between our pixels and Label Studio's percents. Numbers are decimals with enough digits that nothing is lost."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import orjson

from comexp_lab.formats import bitmaps, brush_rle, corners, shapes
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, clip

Size = tuple[int, int]


def box(value: dict[str, Any], size: Size) -> shapes.Shape:
    """A rectangle; with ``rotation`` (degrees, about the top left corner) a rotated box."""
    x, y, w, h = _place(value, size)
    angle = corners.radians(value.get("rotation") or 0)
    if not value.get("rotation") or not float(value["rotation"]):
        return shapes.box(x, y, w, h)
    c, s = math.cos(angle), math.sin(angle)
    return shapes.rotated(x + w / 2 * c - h / 2 * s, y + w / 2 * s + h / 2 * c, w, h, angle)


def ellipse(value: dict[str, Any], size: Size) -> shapes.Shape:
    cx, cy, rx, ry = (_pixels(value.get(key), size[i % 2]) for i, key in enumerate(("x", "y", "radiusX", "radiusY")))
    return shapes.rotated(cx, cy, 2 * rx, 2 * ry, corners.radians(value.get("rotation") or 360))


def polygon(value: dict[str, Any], size: Size) -> shapes.Shape:
    points = value.get("points")
    if not isinstance(points, list) or any(not isinstance(point, list) or len(point) != 2 for point in points):
        raise BadRecord(f"the points are not pairs: {clip(points)}")
    return shapes.polygon([[_pixels(v, size[i]) for point in points for i, v in enumerate(point)]])


def point(value: dict[str, Any], size: Size) -> list[float]:
    """(x, y) of a keypoint."""
    return [_pixels(value.get(key), size[i]) for i, key in enumerate("xy")]


def mask(value: dict[str, Any], size: Size) -> shapes.Shape:
    width, height = bitmaps.checked_size(*size)
    if value.get("format") != "rle" or not isinstance(value.get("rle"), list):
        raise BadRecord("the brush has no rle")
    runs = brush_rle.decode(value["rle"], width * height)
    return shapes.mask(bitmaps.encode(bitmaps.flat_of(runs, width * height).reshape(height, width)), width, height)


def percents(label: Row, size: Size) -> dict[str, Any]:
    """``x``, ``y``, ``width``, ``height`` and ``rotation`` of a box, a rotated box, or the box around keypoints."""
    if label["kind"] != "rotated":
        place = (label[key] for key in "xywh")
        return {key: _percent(v, size[i % 2]) for i, (key, v) in enumerate(zip(("x", "y", "width", "height"), place, strict=True))} | {
            "rotation": 0
        }
    cx, cy, w, h, angle = label["points"]
    c, s = math.cos(angle), math.sin(angle)
    left, top = cx - w / 2 * c + h / 2 * s, cy - w / 2 * s - h / 2 * c
    found = {key: _percent(v, size[i % 2]) for i, (key, v) in enumerate(zip(("x", "y", "width", "height"), (left, top, w, h), strict=True))}
    return found | {"rotation": orjson.Fragment(corners.degrees(angle))}


def round_percents(label: Row, size: Size) -> dict[str, Any]:
    """The value of an ellipse."""
    cx, cy, w, h, angle = label["points"]
    keys = zip(("x", "y", "radiusX", "radiusY"), (cx, cy, w / 2, h / 2), strict=True)
    return {key: _percent(v, size[i % 2]) for i, (key, v) in enumerate(keys)} | {"rotation": orjson.Fragment(corners.degrees(angle))}


def pairs(flat: list[float], size: Size) -> list[list[Any]]:
    return [[_percent(flat[i], size[0]), _percent(flat[i + 1], size[1])] for i in range(0, len(flat), 2)]


def brush(rle: str, size: Size) -> list[int]:
    return brush_rle.encode(bitmaps.runs_of(bitmaps.decode(rle, *size).ravel()))


def _place(value: dict[str, Any], size: Size) -> list[float]:
    return [_pixels(value.get(key), size[i % 2]) for i, key in enumerate(("x", "y", "width", "height"))]


def _pixels(share: Any, of: int) -> float:
    return float(corners.part(share, of, "a percent") / 100)


def _percent(value: float, of: int) -> Any:
    return orjson.Fragment(corners.fraction(Decimal(corners.plain(value)) * 100, of))
