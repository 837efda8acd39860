"""The segmentation CSV of Open Images and its PNG masks, by the boxes that they belong to.

A mask is black and not black, and is scaled to its image if it has another size. The CSV names the box from which a mask was drawn;
a box of the same class there is the same thing and becomes one label with the mask. Columns without a field of ours are attributes:
``box_id``, ``predicted_iou`` and ``clicks``. A box id of ours (``box3``) is the place of its box among the boxes of the image.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.formats import bitmaps, corners, pictures, shapes
from comexp_lab.formats.records import BadRecord, clip, number

if TYPE_CHECKING:
    from comexp_lab.formats.base import FileTree, Stage

FIELDS = ["MaskPath", "ImageID", "LabelName", "BoxID", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax", "PredictedIoU", "Clicks"]
SIDES = ("XMin", "XMax", "YMin", "YMax")
OURS = re.compile(r"box([1-9]\d{0,9})")
_NEAR = 1e-6  # boxes in this CSV have six digits
_FOLDER = re.compile(r"(?:^|/)masks/.*\.png$", re.IGNORECASE)


def is_csv(base: str) -> bool:
    return base.endswith("annotations-object-segmentation.csv")


@dataclass(slots=True)
class Mask:
    """A row of the CSV."""

    row: dict[str, str]
    file: str
    line: int
    sides: list[float] | None  # of the box, in fractions
    place: int | None  # of the box among those of its image
    attributes: dict[str, Any] = field(default_factory=dict)


class Masks:
    """Rows of the CSV until the box of each is met."""

    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage = tree, stage
        self.pictures: dict[str, list[str]] = {}
        for name in tree.names():
            if name.lower().endswith(".png"):
                self.pictures.setdefault(posixpath.basename(name), []).append(name)
        self.waiting: dict[tuple[str, str], list[Mask]] = {}
        self.boxes: dict[str, int] = {}  # met so far in each image

    def add(self, row: dict[str, str], file: str) -> None:
        written = [row.get(f"Box{side}") or "" for side in SIDES]
        sides = [number(text, f"Box{side}") for text, side in zip(written, SIDES, strict=True)] if all(written) else None
        own = row.get("BoxID") or ""
        match = OURS.fullmatch(own)
        mask = Mask(row, file, int(row["line"]), sides, int(match[1]) if match else None)
        if own and not match:
            mask.attributes["box_id"] = own
        if row.get("PredictedIoU"):
            mask.attributes["predicted_iou"] = number(row["PredictedIoU"], "PredictedIoU")
        if row.get("Clicks"):
            mask.attributes["clicks"] = row["Clicks"]
        self.waiting.setdefault((row.get("ImageID") or "", row.get("LabelName") or ""), []).append(mask)

    def of_box(self, row: dict[str, str]) -> Mask | None:
        """The mask that a row of the box CSV belongs to; every row must be asked for, in order."""
        own = row.get("ImageID") or ""
        place = self.boxes[own] = self.boxes.get(own, 0) + 1
        key = (own, row.get("LabelName") or "")
        if key not in self.waiting:
            return None
        sides = [number(row.get(side), side) for side in SIDES]
        near = [mask for mask in self.waiting[key] if mask.place in (None, place) and mask.sides and _distance(mask.sides, sides) <= _NEAR]
        if not near:
            return None
        found = min(near, key=lambda mask: (mask.place is None, _distance(mask.sides or [], sides)))
        self.waiting[key].remove(found)
        return found

    def left(self) -> Iterator[Mask]:
        """The masks whose box was nowhere."""
        for masks in self.waiting.values():
            yield from masks

    def shape(self, mask: Mask, size: tuple[int, int] | None, box: shapes.Shape | None = None) -> shapes.Shape:
        """The geometry of a mask in an image of this size, with the box given, or the CSV's."""
        if size is None:
            raise BadRecord(f"the size of image {clip(mask.row.get('ImageID'))} is unknown, its masks are scaled to it")
        width, height = bitmaps.checked_size(*size)
        path = mask.row.get("MaskPath") or ""
        named = self.pictures.get(posixpath.basename(path), [])
        inside = [name for name in named if f"/{name}".endswith(f"/{path}")]
        if len(inside) != 1:
            raise BadRecord(f"the mask {clip(path)} is {'not there' if not inside else 'in several folders'}")
        try:
            bits = pictures.lit(pictures.read(self.stage, self.tree, inside[0]))
        except BadRecord as problem:
            raise BadRecord(f"{inside[0]}: {problem}") from None
        found = shapes.mask(bitmaps.encode(_scaled(bits, width, height)), width, height)
        if not found["area"]:
            raise BadRecord(f"{inside[0]}: the mask is empty")
        if box is None and mask.sides:
            sides = {side: corners.part(mask.row[f"Box{side}"], size[side[0] == "Y"], f"Box{side}") for side in SIDES}
            (x, w), (y, h) = (corners.span(sides[f"{axis}Min"], sides[f"{axis}Max"]) for axis in "XY")
            box = shapes.box(x, y, w, h)
        return found | ({key: box[key] for key in "xywh"} if box else {})


def drawn(tree: FileTree, paths: Iterator[str]) -> list[str]:
    """The masks of a tree: what the CSVs name, and what lies below ``masks``."""
    named = {posixpath.basename(path) for path in paths}
    return [name for name in tree.names() if _FOLDER.search(name) or (name.endswith(".png") and posixpath.basename(name) in named)]


def _scaled(bits: Any, width: int, height: int) -> Any:
    """To the nearest pixel, as OpenCV counts."""
    import numpy as np

    if bits.shape == (height, width):
        return bits
    return bits[np.ix_(np.arange(height) * bits.shape[0] // height, np.arange(width) * bits.shape[1] // width)]


def _distance(a: list[float], b: list[float]) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))
