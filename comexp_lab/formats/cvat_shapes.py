"""One CVAT shape element as our geometry, and our geometry as CVAT's element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from comexp_lab.formats import bitmaps, corners, shapes
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, clip, integer

CUBOID = ("xtl1", "ytl1", "xbl1", "ybl1", "xtr1", "ytr1", "xbr1", "ybr1", "xtl2", "ytl2", "xbl2", "ybl2", "xtr2", "ytr2", "xbr2", "ybr2")
Pairs = list[tuple[str, Any]]


def read(node: Any, size: tuple[int, int] | None, keypoints: list[str] | None) -> tuple[shapes.Shape, dict[str, Any]]:
    """(geometry, extra attributes) of a shape element; BadRecord if it is damaged.

    ``size`` is (width, height) of the image, ``keypoints`` the point names of the class.
    """
    if node.tag not in _READ:
        raise BadRecord(f"<{node.tag}> is not a shape of CVAT 1.1")
    return _READ[node.tag](node, size, keypoints)


def _box(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    (x, w), (y, h) = (corners.span(_get(node, f"{a}tl"), _get(node, f"{a}br"), f"{a}tl or {a}br") for a in "xy")
    if not float(corners.exact(node.get("rotation") or "0", "the rotation")):
        return shapes.box(x, y, w, h), {}
    cx, cy = (corners.middle(_get(node, f"{a}tl"), _get(node, f"{a}br")) for a in "xy")
    return shapes.rotated(cx, cy, w, h, corners.radians(node.get("rotation"))), {}


def _polygon(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    return shapes.polygon([_points(node)]), {}


def _line(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    return shapes.keypoints(_triples(_points(node))), {"shape": "polyline"}


def _loose(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    return shapes.keypoints(_triples(_points(node))), {"shape": "points"} if names else {}


def _skeleton(node: Any, size: Any, names: list[str] | None) -> tuple[shapes.Shape, dict[str, Any]]:
    found = {point.get("label"): point for point in node.findall("points")}
    flat: list[float] = []
    for label in names or list(found):
        point = found.get(label)
        if point is None:
            flat += [0.0, 0.0, 0.0]
            continue
        x, y = _points(point)[:2]
        flat += [x, y, 0.0 if point.get("outside") == "1" else 1.0 if point.get("occluded") == "1" else 2.0]
    return shapes.keypoints(flat), {}


def _mask(node: Any, size: tuple[int, int] | None, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    import numpy as np

    left, top, width, height = (integer(_get(node, key), key) for key in ("left", "top", "width", "height"))
    if size is None:
        raise BadRecord("a mask needs the size of its image")
    image_width, image_height = bitmaps.checked_size(*size)
    if min(left, top) < 0 or min(width, height) < 1 or left + width > image_width or top + height > image_height:
        raise BadRecord("the mask reaches outside the image")
    try:
        runs = [int(run) for run in _get(node, "rle").split(",")]
        bits = bitmaps.flat_of(runs, width * height).reshape(height, width)
    except (ValueError, OverflowError) as problem:
        raise BadRecord(f"the mask's rle cannot be read: {clip(str(problem))}") from None
    canvas = np.zeros((image_height, image_width), np.uint8)
    canvas[top : top + height, left : left + width] = bits
    return shapes.mask(bitmaps.encode(canvas), image_width, image_height), {}


def _ellipse(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    cx, cy, rx, ry = (float(corners.exact(_get(node, key), key)) for key in ("cx", "cy", "rx", "ry"))
    return shapes.rotated(cx, cy, 2 * rx, 2 * ry, corners.radians(node.get("rotation") or "0")), {"shape": "ellipse"}


def _cuboid(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    flat = [float(corners.exact(_get(node, key), key)) for key in CUBOID]
    return shapes.keypoints(_triples(flat)), {"shape": "cuboid"}


def _tag(node: Any, size: Any, names: Any) -> tuple[shapes.Shape, dict[str, Any]]:
    return shapes.tag(), {}


_READ: dict[str, Callable[[Any, Any, Any], tuple[shapes.Shape, dict[str, Any]]]] = {
    "box": _box,
    "polygon": _polygon,
    "polyline": _line,
    "points": _loose,
    "skeleton": _skeleton,
    "mask": _mask,
    "ellipse": _ellipse,
    "cuboid": _cuboid,
    "tag": _tag,
}


def tag_of(label: Row, names: list[str] | None) -> str:
    """The CVAT element for a label; ``names`` are the keypoint names of its class."""
    was = label["attributes"].get("shape")
    if label["kind"] == "rotated":
        return "ellipse" if was == "ellipse" else "box"
    if label["kind"] != "keypoints":
        return str(label["kind"])
    count = len(label["points"]) // 3
    if was == "polyline" or (was == "cuboid" and count == 8):
        return str(was)
    return "skeleton" if names and len(names) == count and was != "points" else "points"


def geometry(label: Row, tag: str, size: tuple[int, int]) -> Pairs:
    """The XML attributes that hold a label's geometry; skeletons have none of their own."""
    if tag in {"tag", "skeleton"}:
        return []
    if tag == "mask":
        return _runs(label["rle"], *size)
    if tag == "ellipse":
        cx, cy, w, h, angle = label["points"]
        centre = [("cx", cx), ("cy", cy), ("rx", w / 2), ("ry", h / 2)]
        return [*((key, corners.plain(value)) for key, value in centre), ("rotation", corners.degrees(angle))]
    if tag == "box":
        return _corners(label)
    flat = label["rings"][0] if tag == "polygon" else [v for i, v in enumerate(label["points"]) if i % 3 != 2]
    if tag == "cuboid":
        return list(zip(CUBOID, map(corners.plain, flat), strict=True))
    return [("points", ";".join(f"{corners.plain(x)},{corners.plain(y)}" for x, y in zip(flat[::2], flat[1::2], strict=True)))]


def skeleton_points(label: Row, names: list[str]) -> list[Pairs]:
    """The XML attributes of each point of a skeleton."""
    triples = zip(*[iter(label["points"])] * 3, strict=True)
    return [
        [("label", name), ("outside", int(v == 0)), ("occluded", int(v == 1)), ("points", f"{corners.plain(x)},{corners.plain(y)}")]
        for name, (x, y, v) in zip(names, triples, strict=True)
    ]


def _corners(label: Row) -> Pairs:
    if label["kind"] == "box":
        x, y, w, h = (label[key] for key in "xywh")
        far = [("xbr", corners.far(x, w)), ("ybr", corners.far(y, h))]
        return [("xtl", corners.plain(x)), ("ytl", corners.plain(y)), *far]
    cx, cy, w, h, angle = label["points"]
    (left, right), (top, bottom) = corners.around(cx, w), corners.around(cy, h)
    return [("xtl", left), ("ytl", top), ("xbr", right), ("ybr", bottom), ("rotation", corners.degrees(angle))]


def _runs(rle: str, width: int, height: int) -> Pairs:
    import numpy as np

    bitmap = bitmaps.decode(rle, width, height)
    rows, columns = np.flatnonzero(bitmap.any(axis=1)), np.flatnonzero(bitmap.any(axis=0))
    top, bottom, left, right = (rows[0], rows[-1], columns[0], columns[-1]) if len(rows) else (0, 0, 0, 0)
    runs = bitmaps.runs_of(bitmap[top : bottom + 1, left : right + 1].ravel())
    place = [("left", left), ("top", top), ("width", right - left + 1), ("height", bottom - top + 1)]
    return [("rle", ", ".join(map(str, runs))), *place]


def _points(node: Any) -> list[float]:
    pairs = [pair.split(",") for pair in _get(node, "points").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        raise BadRecord(f"the points are not pairs: {clip(node.get('points'))}")
    return [float(corners.exact(value, "a point")) for pair in pairs for value in pair]


def _triples(flat: list[float]) -> list[float]:
    return [value for i in range(0, len(flat), 2) for value in (flat[i], flat[i + 1], 2.0)]


def _get(node: Any, key: str) -> str:
    value = node.get(key)
    if value is None:
        raise BadRecord(f"<{node.tag}> lacks {key}")
    return str(value)


def between(a: shapes.Shape, b: shapes.Shape, share: float) -> shapes.Shape | None:
    """The shape ``share`` of the way from a to b; None where CVAT's rule is not a straight line."""
    if a["kind"] != b["kind"] or a["kind"] not in {"box", "rotated", "keypoints"}:
        return None

    def mix(p: float, q: float) -> float:
        return p + (q - p) * share

    if a["kind"] == "box":
        return shapes.box(*(mix(a[key], b[key]) for key in "xywh"))
    if len(a["points"]) != len(b["points"]):
        return None
    if a["kind"] == "rotated":
        turn = math.remainder(b["points"][4] - a["points"][4], math.tau)
        cx, cy, w, h = map(mix, a["points"][:4], b["points"][:4])
        return shapes.rotated(cx, cy, w, h, a["points"][4] + turn * share)
    flat = [mix(p, q) if i % 3 != 2 else p for i, (p, q) in enumerate(zip(a["points"], b["points"], strict=True))]
    return shapes.keypoints(flat)
