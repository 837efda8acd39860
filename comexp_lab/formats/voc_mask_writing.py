"""Draws the masks of an image as Pascal VOC does: one picture of instances and one of classes, of which neither can hold two
masks at one pixel: the later one covers the earlier.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from comexp_lab.formats import bitmaps, pictures
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.pictures import voc_colour
from comexp_lab.formats.records import BadRecord
from comexp_lab.formats.voc_masks import BACKGROUND, SAME_NUMBER, VOID, overlap

if TYPE_CHECKING:
    import numpy as np

MOST = VOID - 1  # instances in a picture
_INSTANCES = [voc_colour(i) for i in range(256)]
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Painter:
    """``colours`` has a colour of its own for every class: the one it has, where no other class has it, or a new one."""

    def __init__(self, classes: list[Row], lost: Counter[str]) -> None:
        self.lost = lost
        self.colours: dict[str, int] = {}
        taken = {0, voc_colour(VOID)}
        for row in classes:
            given = int(row["color"][1:], 16) if _HEX.fullmatch(row["color"] or "") else None
            if given is not None and given not in taken:
                self.colours[row["name"]] = given
                taken.add(given)
            else:
                lost["class colors"] += given is not None
        fresh = (voc_colour(i) for i in range(1, 1 << 24))
        for row in classes:
            if row["name"] not in self.colours:
                self.colours[row["name"]] = next(colour for colour in fresh if colour not in taken)
        self.colours = {row["name"]: self.colours[row["name"]] for row in classes}
        self.index = {name: i for i, name in enumerate(self.colours, 1)}
        self.palette = [0, *self.colours.values()]
        if len(self.palette) > VOID:  # no index is left for void: in colours
            self.palette += [0] * (257 - len(self.palette))

    def paint(self, sample: Row, objects: list[Row]) -> tuple[bytes, bytes] | None:
        """(class picture, instance picture) of the masks among the objects; None if there is nothing to draw.

        An instance has the number of its object where all objects can have one.
        """
        import numpy as np

        masks = [(number, label) for number, label in enumerate(objects, 1) if label["kind"] == "mask"]
        if len(objects) > MOST:
            masks = [(number, label) for number, (_, label) in enumerate(masks, 1)]
            self.lost["masks beyond the 254th of an image"] += max(len(masks) - MOST, 0)
        shape = (sample["height"] or 0, sample["width"] or 0)
        shown = np.zeros(shape, np.uint8)
        classes = np.zeros(shape, np.uint16)
        covered: set[int] = set()
        for number, label in masks[:MOST]:
            bits = self.bits(label, sample)
            if bits is not None:
                covered |= set(pictures.values_in(shown[bits])) - {0}
                shown[bits], classes[bits] = number, self.index[label["class"]]
        self.lost["masks partly covered by others"] += len(covered)
        if not shown.any():
            return None
        return pictures.indexed(classes, self.palette), pictures.indexed(shown, _INSTANCES)

    def bits(self, label: Row, sample: Row) -> np.ndarray | None:
        try:
            bits = bitmaps.decode(label["rle"] or "", sample["width"], sample["height"]).astype(bool)
        except BadRecord:
            self.lost["masks that do not fit their image"] += 1
            return None
        if label["class"] == BACKGROUND or not bits.any():
            self.lost["masks of background, or empty"] += 1
            return None
        if overlap(label, bitmaps.extent(bitmaps.encode(bits), len(bits))) < SAME_NUMBER:
            self.lost["mask boxes"] += 1
        return bits
