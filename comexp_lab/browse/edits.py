"""What somebody did in the App, as edits of the store: the difference between a document and what we had written.

A label tagged ``accepted`` or ``rejected`` in the App is thereby reviewed. New labels get the state of the field they
were drawn in. Geometry is told only if it differs from what the store's row would look like, so nothing drifts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from comexp_lab.browse import masks
from comexp_lab.browse.documents import HOLDERS, LISTS, POSTER, Document, number_of

CLOSE = 1e-9
VERDICTS = {"accepted": "accepted", "accept": "accepted", "rejected": "rejected", "reject": "rejected"}
EMPTY = {"bbox": None, "points": None, "rings": None, "rle": None}
SHOWN = ("label", "bounding_box", "points", "mask", "index", "tags")
TRACK_DIGITS = 12


def elements(document: Document) -> dict[Any, tuple[str, Document]]:
    """All labels of a document by their ObjectId, each with its field."""
    found = {}
    for field, holder in HOLDERS.items():
        value = document.get(field)
        for element in (value or {}).get(LISTS[holder]) or ():
            found[element["_id"]] = (field, element)
    return found


def edits_of(seen: Document, written: Document, since: int) -> Iterator[dict[str, Any]]:
    """The edits that lead from ``written`` to ``seen``, a document of the same sample; ``since``: the revision of ``written``."""
    sample = written["sample"]
    if sorted(seen.get("tags") or []) != sorted(written["tags"]):
        yield {"op": "tag_sample", "sample": sample, "tags": list(seen.get("tags") or [])}
    frame = 0 if written["filepath"].startswith(POSTER) else None
    yield from label_edits(seen, written, sample, size_of(written), since, frame)


def size_of(document: Document) -> tuple[int, int]:
    """Width and height of a sample."""
    known = document.get("metadata") or {}
    return known.get("width") or known.get("frame_width") or 1, known.get("height") or known.get("frame_height") or 1


def label_edits(
    seen: Document, written: Document, sample: int, size: tuple[int, int], since: int, frame: int | None
) -> Iterator[dict[str, Any]]:
    """The edits of the labels alone: of a sample, or of one frame of a video."""
    now, before = elements(seen), elements(written)
    for key, (_, old) in before.items():
        if key not in now:
            yield {"op": "delete", "sample": sample, "label": number_of(key), "since": since}
        elif changes := changes_of(now[key][1], old, size):
            yield {"op": "set", "sample": sample, "label": number_of(key), "set": changes, "since": since}
    for key, (field, element) in now.items():
        if key not in before and number_of(key) is None and (value := label_of(field, element, size)):
            place = {} if frame is None else {"frame": frame, "track": track_of(element), "attributes": marked({}, element)}
            yield {"op": "add", "sample": sample, "value": value | place, "element": key}


def track_of(element: Document) -> int | None:
    """Which object it is over time: its index; or a number made of the instance that the App drew."""
    index, instance = element.get("index"), element.get("instance")
    if index is None and instance:
        return int(str(instance["_id"])[-TRACK_DIGITS:], 16)
    return index


def marked(known: dict[str, Any], element: Document) -> dict[str, Any] | None:
    """The attributes of a label, which say whether it was filled in between keyframes."""
    rest = {name: value for name, value in known.items() if name != "keyframe"}
    return (rest if is_key(element) else {**rest, "keyframe": False}) or None


def is_key(element: Document) -> bool:
    return element.get("keyframe") is not False


def changes_of(new: Document, old: Document, size: tuple[int, int]) -> dict[str, Any]:
    """The fields of a label that the App changed, as the store names them."""
    differs = {name for name in SHOWN if not same(new.get(name), old.get(name))}
    changes: dict[str, Any] = {}
    if "label" in differs and new.get("label"):
        changes["class_name"] = new["label"]
    if differs & {"bounding_box", "points", "mask"}:
        shape = geometry(new, size, old)
        changes |= shape if shape.get("kind") == kind_of(old) else {**EMPTY, **shape} if shape else {}
    if "index" in differs and new.get("index") is not None:
        changes["track"] = new["index"]
    if is_key(new) != is_key(old):
        changes["attributes"] = marked(old.get("known", {}), new)
    verdict = next((VERDICTS[tag] for tag in new.get("tags") or () if tag in VERDICTS), None)
    return changes | ({"state": verdict} if verdict else {})


def same(a: Any, b: Any) -> bool:
    """Equal, but for rounding; nothing is the same as an empty list."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, bytes) and isinstance(b, bytes):
        return a == b or bool((p := masks.from_bytes(a)).shape == (q := masks.from_bytes(b)).shape and (p == q).all())
    return a == b or not (a or b)


def kind_of(element: Document) -> str:
    """The kind of label that an element of ours stands for."""
    cls = element["_cls"]
    if cls == "Detection":
        return "mask" if element.get("mask") else "box"
    if cls == "Polyline":
        return "polygon" if element.get("filled") else "rotated"
    return {"Keypoint": "keypoints", "Classification": "tag"}[cls]


def label_of(field: str, element: Document, size: tuple[int, int]) -> dict[str, Any] | None:
    """A new label that was drawn in the App; None while it has no class or no shape yet."""
    if not element.get("label"):
        return None
    state = "suggested" if field.startswith("suggest") else "accepted"
    shape = geometry(element, size, None)
    return {"class_name": element["label"], "state": state, "source": "human", **shape} if shape else None


def geometry(element: Document, size: tuple[int, int], old: Document | None) -> dict[str, Any]:
    """Kind and geometry of an element in pixels; empty if it has none."""
    width, height = size
    cls = element["_cls"]
    if cls == "Classification":
        return {"kind": "tag"}
    if cls == "Detection":
        return detection(element, width, height)
    points = element.get("points")
    if not points:
        return {}
    if cls == "Keypoint":
        seen = (old or {}).get("visibility") or []
        seen = seen if len(seen) == len(points) else [2.0] * len(points)
        each = zip(points, seen, strict=True)
        return {"kind": "keypoints", "points": [v for (x, y), how in each for v in keypoint(x, y, how, width, height)]}
    if old is not None and kind_of(old) == "rotated" and len(points) == 1 and len(points[0]) == 4:
        return {"kind": "rotated", "points": rotated(points[0], width, height)}
    return {"kind": "polygon", "rings": [[value for x, y in ring for value in (x * width, y * height)] for ring in points]}


def detection(element: Document, width: int, height: int) -> dict[str, Any]:
    box = element.get("bounding_box")
    if not box or len(box) != 4:
        return {}
    x, y, w, h = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    if not element.get("mask"):
        return {"kind": "box", "bbox": [x, y, w, h]}
    left, top = round(x), round(y)
    bitmap = masks.resize(masks.from_bytes(element["mask"]), max(round(w), 1), max(round(h), 1))
    return {"kind": "mask", "rle": masks.paste(bitmap, width, height, left, top)}


def keypoint(x: float, y: float, seen: float, width: int, height: int) -> tuple[float, float, float]:
    """A point that was unknown and has a place now is visible."""
    return (0.0, 0.0, 0.0) if math.isnan(x) or math.isnan(y) else (x * width, y * height, seen or 2.0)


def rotated(corners: list[list[float]], width: int, height: int) -> list[float]:
    """(cx, cy, w, h, angle) of four corners in the order that documents.corners gives them."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = ((x * width, y * height) for x, y in corners)
    along, across = math.hypot(bx - ax, by - ay), math.hypot(dx - ax, dy - ay)
    return [(ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4, along, across, math.atan2(by - ay, bx - ax)]
