"""The pictures of Pascal VOC: instances from ``SegmentationObject``, their classes from ``SegmentationClass``.

An index of a class picture means the class that has its palette colour, or the class at that place of ``labelmap.txt`` where the
palette is of other colours; without a label map the twenty classes of VOC are meant. 0 is background, 255 (the pale border colour)
is void and belongs to nothing. What the class picture shows outside all instances becomes one mask a class.

A mask and an object of the XML that are the same thing become one label, a mask with the object's box and attributes: the object
that has the instance's number if their boxes overlap at all well, else the one whose box overlaps best, by half at least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.formats import bitmaps, pictures, shapes
from comexp_lab.formats.pictures import Picture, voc_colour
from comexp_lab.formats.records import BadRecord

if TYPE_CHECKING:
    import numpy as np

    from comexp_lab.formats.base import FileTree, Stage

CLASSES = """aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa
train tvmonitor""".split()
BACKGROUND, VOID = "background", 255
MOST = 1000  # instances or classes in one picture
SAME_NUMBER, SAME_PLACE = 0.2, 0.5  # intersection over union; VOC's own boxes lie a pixel beside the masks
_PICTURE = re.compile(r"(?:^|/)Segmentation(Class|Object)(?:Raw)?/(.+)\.png$", re.IGNORECASE)


@dataclass(slots=True)
class Thing:
    """One label on its way: an object of the XML, or a mask of a picture (``label`` is None where nothing tells its class)."""

    number: int
    label: str | None
    shape: shapes.Shape
    columns: dict[str, Any] = field(default_factory=dict)


class ClassMap:
    """Which class an index or colour of a class picture stands for."""

    def __init__(self, declared: list[tuple[str, int | None]]) -> None:
        self.is_guess = not declared
        entries = declared or [(name, None) for name in CLASSES]
        if not any(name == BACKGROUND for name, _ in entries):
            entries = [(BACKGROUND, None), *entries]
        self.order = [name for name, _ in entries]
        given = {colour: name for name, colour in entries if colour is not None}
        self.colours = given or {voc_colour(i): name for i, name in enumerate(self.order)}
        self.is_black_nothing = self.colours.get(0, BACKGROUND) == BACKGROUND

    def of(self, picture: Picture, values: list[int]) -> dict[int, str]:
        """The class of each value that has one."""
        by_colour = {value: name for value in values if (name := self.colours.get(_or_none(picture.colour(value)))) is not None}
        if picture.is_coloured or any(name != BACKGROUND for name in by_colour.values()):
            return by_colour
        return {value: self.order[value] for value in values if value < len(self.order)}


def drawn(tree: FileTree) -> list[str]:
    return [name for name in tree.names() if _PICTURE.search(name)]


class Masks:
    """The pictures in a tree, by the stem of their image."""

    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage = tree, stage
        self.files: dict[str, dict[str, str]] = {}  # stem → "class" or "object" → name
        for name in tree.names():
            if match := _PICTURE.search(name):
                self.files.setdefault(match[2], {}).setdefault(match[1].lower(), name)

    def of(self, stem: str, size: tuple[int, int] | None, classes: ClassMap) -> tuple[list[Thing], tuple[int, int] | None]:
        """(masks, width and height) of an image; what is wrong with its pictures goes to the report."""
        found: dict[str, Picture] = {}
        for part, name in sorted(self.files.pop(stem, {}).items(), reverse=True):
            try:
                picture = pictures.read(self.stage, self.tree, name)
                height, width = picture.values.shape
                if size and size != (width, height):
                    raise BadRecord(f"the picture has {width} x {height} pixels, the image {size[0]} x {size[1]}")
                found[part], size = picture, (width, height)
            except BadRecord as problem:
                self.stage.report.add(name, str(problem))
        try:
            return self.things(stem, found.get("object"), found.get("class"), classes), size
        except BadRecord as problem:
            self.stage.report.add(f"{stem}.png", str(problem))
            return [], size

    def things(self, stem: str, objects: Picture | None, kinds: Picture | None, classes: ClassMap) -> list[Thing]:
        import numpy as np

        shown = [picture for picture in (objects, kinds) if picture is not None]
        if not shown:
            return []
        height, width = shown[0].values.shape
        pieces = bitmaps.Pieces([picture.values for picture in shown])
        kind_at = pieces.values[-1]
        named = self.named(kinds, classes, f"SegmentationClass/{stem}.png") if kinds else {}
        inside = np.zeros(len(kind_at), bool)
        things: list[Thing] = []
        if objects is not None:
            numbers = {voc_colour(i): i for i in range(1, VOID)} if objects.is_coloured else {}
            inside = ~np.isin(pieces.values[0], [0, *_void(objects)])
            for value, where in _groups(pieces.values[0], np.flatnonzero(inside)):
                label, several = _majority(named, kind_at[where], pieces.lengths[where]) if kinds else (None, False)
                if several:
                    what = f"instance {numbers.get(value, value)} covers several classes; taken as {label}"
                    self.stage.report.add(f"SegmentationObject/{stem}.png", what, severity="changed")
                things.append(Thing(numbers.get(value, value), label, shapes.mask(pieces.runs(where), width, height)))
            things.sort(key=lambda thing: thing.number)
        for name in dict.fromkeys(name for name in named.values() if name):
            where = np.flatnonzero(~inside & np.isin(kind_at, [value for value, own in named.items() if own == name]))
            if len(where):
                things.append(Thing(0, name, shapes.mask(pieces.runs(where), width, height)))
        return things

    def named(self, picture: Picture, classes: ClassMap, file: str) -> dict[int, str | None]:
        """The class of each value of a class picture: None for background and void. Values of no class are reported."""
        values = pictures.values_in(picture.values)
        if len(values) > MOST:
            raise BadRecord(f"the picture has {len(values):,} colours: it shows no classes")
        found: dict[int, str | None] = dict.fromkeys(_void(picture))
        found |= classes.of(picture, [value for value in values if value not in found])
        if not picture.is_coloured and classes.is_black_nothing:
            found[0] = None
        for value in values:
            if value not in found:
                shown = f"the colour #{value:06x}" if picture.is_coloured else f"the value {value}"
                self.stage.report.add(file, f"{shown} stands for no class")
        return {value: None if name == BACKGROUND else name for value, name in found.items()}


def joined(masks: list[Thing], objects: list[Thing], classes: ClassMap) -> Iterator[Thing]:
    """The objects, those that have a mask as masks, and then the masks that are no object."""
    if not masks:
        yield from objects
        return
    if classes.is_guess and any(thing.label not in CLASSES for thing in objects):
        for mask in masks:  # the picture cannot mean VOC's own classes: the XML knows better
            mask.label = None
    pairs = _pairs(masks, objects)
    for index, thing in enumerate(objects):
        if found := pairs.get(index):
            thing.shape = found.shape | {key: thing.shape[key] for key in "xywh"}
        yield thing
    taken = {id(mask) for mask in pairs.values()}
    yield from (mask for mask in masks if id(mask) not in taken)


def _pairs(masks: list[Thing], objects: list[Thing]) -> dict[int, Thing]:
    """Index of an object → its mask."""
    import numpy as np

    boxes = np.array([[thing.shape.get(key) or 0.0 for key in "xywh"] for thing in objects], float).reshape(-1, 4)
    labels = np.array([thing.label for thing in objects], object)
    by_number = {thing.number: index for index, thing in enumerate(objects)}
    usable = np.array([thing.shape["kind"] == "box" for thing in objects], bool)
    pairs: dict[int, Thing] = {}
    close: list[tuple[float, int, int]] = []
    for order, mask in enumerate(masks):
        fits = usable & ((labels == mask.label) if mask.label is not None else True)
        overlap = np.where(fits, _overlaps(mask.shape, boxes), 0.0)
        same = by_number.get(mask.number) if mask.number else None
        if same is not None and overlap[same] >= SAME_NUMBER:
            close.append((2.0, order, same))
        elif mask.number or fits.sum() == 1:  # a mask of a whole class is an object only where the class has one
            close += [(float(overlap[i]), order, int(i)) for i in np.flatnonzero(overlap >= SAME_PLACE)]
    used: set[int] = set()
    for _, order, index in sorted(close, key=lambda entry: -entry[0]):
        if order not in used and index not in pairs:
            used.add(order)
            pairs[index] = masks[order]
    return pairs


def _overlaps(shape: shapes.Shape, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a shape's box with each of the boxes."""
    import numpy as np

    x, y, w, h = (shape[key] for key in "xywh")
    across = np.minimum(boxes[:, 0] + boxes[:, 2], x + w) - np.maximum(boxes[:, 0], x)
    down = np.minimum(boxes[:, 1] + boxes[:, 3], y + h) - np.maximum(boxes[:, 1], y)
    both = np.clip(across, 0, None) * np.clip(down, 0, None)
    return both / np.maximum(boxes[:, 2] * boxes[:, 3] + w * h - both, 1e-9)  # type: ignore[no-any-return]


def overlap(a: shapes.Shape, b: shapes.Shape) -> float:
    """Intersection over union of two boxes."""
    import numpy as np

    return float(_overlaps(a, np.array([[b[key] for key in "xywh"]], float))[0])


def _groups(values: np.ndarray, where: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(value, indices in order) for every value at ``where``."""
    import numpy as np

    order = where[np.argsort(values[where], kind="stable")]
    cuts = np.flatnonzero(values[order][1:] != values[order][:-1]) + 1
    if len(cuts) >= MOST:
        raise BadRecord(f"the picture has more than {MOST:,} instances or classes")
    for part in np.split(order, cuts):
        if len(part):
            yield int(values[part[0]]), part


def _majority(named: dict[int, str | None], kinds: np.ndarray, lengths: np.ndarray) -> tuple[str | None, bool]:
    """(the class of most pixels, whether there are several)."""
    sizes: dict[str, int] = {}
    for kind, length in zip(kinds.tolist(), lengths.tolist(), strict=True):
        if name := named.get(kind):
            sizes[name] = sizes.get(name, 0) + length
    return max(sizes, key=lambda name: sizes[name], default=None), len(sizes) > 1


def _void(picture: Picture) -> list[int]:
    """The values of a border, which belongs to nothing."""
    return [voc_colour(VOID)] if picture.is_coloured else [VOID] if picture.values.dtype.itemsize == 1 else []


def _or_none(colour: int | None) -> int:
    return -1 if colour is None else colour
