"""The geometry columns of one label: every shape with its enclosing box and area, checked to be finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from comexp_lab.formats.records import BadRecord, number

Shape = dict[str, Any]


def box(x: float, y: float, w: float, h: float) -> Shape:
    """An upright box; a negative width or height is a BadRecord."""
    x, y, w, h = (number(value, "a box coordinate") for value in (x, y, w, h))
    if w < 0 or h < 0:
        raise BadRecord(f"the box has a negative size: {w} x {h}")
    return {"kind": "box", "x": x, "y": y, "w": w, "h": h, "area": w * h}


def rotated(cx: float, cy: float, w: float, h: float, angle: float) -> Shape:
    """A box turned by ``angle`` radians, clockwise in image axes."""
    cx, cy, w, h, angle = (number(value, "a rotated box coordinate") for value in (cx, cy, w, h, angle))
    if w < 0 or h < 0:
        raise BadRecord(f"the rotated box has a negative size: {w} x {h}")
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    wide, high = w * c + h * s, w * s + h * c
    around = {"x": cx - wide / 2, "y": cy - high / 2, "w": wide, "h": high}
    return {"kind": "rotated", **around, "area": w * h, "points": [cx, cy, w, h, angle]}


def polygon(rings: Sequence[Sequence[float]]) -> Shape:
    """A polygon of one or more rings x0, y0, x1, y1, …; each needs three corners."""
    checked = [[number(value, "a polygon coordinate") for value in ring] for ring in rings]
    if not checked or any(len(ring) < 6 or len(ring) % 2 for ring in checked):
        raise BadRecord("the polygon has fewer than three corners")
    flat = [value for ring in checked for value in ring]
    return {"kind": "polygon", **_around(flat), "area": sum(map(_ring_area, checked)), "rings": checked}


def keypoints(points: Sequence[float], around: tuple[float, float, float, float] | None = None) -> Shape:
    """Keypoints as (x, y, visibility) triples; the box is that of the labelled points unless given."""
    checked = [number(value, "a keypoint coordinate") for value in points]
    if not checked or len(checked) % 3:
        raise BadRecord("the keypoints are not whole triples")
    if any(v not in (0, 1, 2) for v in checked[2::3]):
        raise BadRecord("a keypoint's visibility is not 0, 1 or 2")
    seen = [value for i in range(0, len(checked), 3) if checked[i + 2] for value in checked[i : i + 2]]
    place = box(*around) if around else _around(seen or [value for i in range(0, len(checked), 3) for value in checked[i : i + 2]])
    return {**place, "kind": "keypoints", "area": place["w"] * place["h"], "points": checked}


def mask(runs: Sequence[int], width: int, height: int) -> Shape:
    """A mask of the whole image from column-major run lengths that start with zeros."""
    from comexp_lab.formats import bitmaps

    if sum(runs) != width * height:
        raise BadRecord(f"the mask's runs cover {sum(runs)} pixels, the image has {width * height}")
    return {"kind": "mask", **bitmaps.extent(runs, height), "rle": bitmaps.pack(runs)}


def tag() -> Shape:
    """A label of the whole image."""
    return {"kind": "tag"}


def _around(flat: Sequence[float]) -> dict[str, float]:
    xs, ys = flat[0::2], flat[1::2]
    x, y = min(xs), min(ys)
    return {"x": x, "y": y, "w": max(xs) - x, "h": max(ys) - y}


def _ring_area(ring: Sequence[float]) -> float:
    xs, ys = ring[0::2], ring[1::2]
    return abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(len(xs)))) / 2
