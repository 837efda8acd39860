"""Writes Pascal VOC: annotations, image and class lists, ``labelmap.txt`` (or ``dataset_meta.json`` for names that it cannot hold).

With masks in the dataset there are segmentation pictures, and every class gets a colour. A mask is an object of the XML, too.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import orjson

from comexp_lab.formats import corners, outgoing, xmlsafe
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import carry, to_text
from comexp_lab.formats.voc_mask_writing import Painter
from comexp_lab.formats.voc_masks import BACKGROUND

FLAGS = ("truncated", "occluded", "difficult")
_KINDS = frozenset({"box", "mask", "tag"})
_MASKS = "SELECT count(*) > 0 FROM labels_now WHERE kind = 'mask' AND sample IN (SELECT id FROM picked)"
_LISTABLE = re.compile(r"(?!#)\S(?:[^\r\n]*\S)?")
_FILEABLE = re.compile(r"(?![.#])[^\x00-\x1f/\\]{1,100}")


class Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.lists: dict[str, list[str]] = {}
        self.drawn: dict[str, list[str]] = {}
        self.classes = outgoing.classes(source)
        has_masks = source.cur.execute(_MASKS).fetchone()[0]  # type: ignore[index]
        self.painter = Painter(self.classes, self.lost) if has_masks else None
        self.tags: dict[tuple[str, str], list[str]] = {}
        self.stems = outgoing.Stems()

    def write(self) -> dict[str, int]:
        names: dict[int, str] = {}
        for sample, labels in outgoing.samples(self.source):
            if sample["kind"] == "video":
                self.lost["video samples"] += 1
                continue
            self.sample(sample, labels)
            names[sample["id"]] = f"JPEGImages/{sample['name']}"
        for subset, stems in self.lists.items():
            self.sink.write(f"ImageSets/Main/{subset}.txt", _text(stems))
        for subset, stems in self.drawn.items():
            self.sink.write(f"ImageSets/Segmentation/{subset}.txt", _text(stems))
        for (label, subset), lines in self.tags.items():
            self.sink.write(f"ImageSets/Main/{label}_{subset}.txt", _text(lines))
        self.sink.write(*_label_map(self.classes, self.painter.colours if self.painter else {}))
        outgoing.write_media(self.source, self.sink, names)
        return dict(self.lost)

    def sample(self, sample: outgoing.Row, labels: list[outgoing.Row]) -> None:
        stem, subset = self.stems.of(sample["name"]), sample["split"] or "default"
        outgoing.unheld_sample(self.lost, sample, frozenset({"split"}))
        listable = _LISTABLE.fullmatch(stem) is not None
        if listable:
            self.lists.setdefault(subset, []).append(stem)
        else:
            self.lost["sample split"] += sample["split"] is not None
        boxes = [label for label in labels if self.holds(label, stem, subset, listable, labels)]
        inside = _nested(boxes)
        nested = {id(part) for parts in inside.values() for part in parts}
        whole = [box for box in boxes if id(box) not in nested]
        drawn = self.painter.paint(sample, whole) if self.painter else None
        if drawn:
            self.sink.write(f"SegmentationClass/{stem}.png", drawn[0])
            self.sink.write(f"SegmentationObject/{stem}.png", drawn[1])
            if listable:
                self.drawn.setdefault(subset, []).append(stem)
        self.sink.write(f"Annotations/{stem}.xml", _annotation(sample, whole, inside, drawn is not None, self.lost).encode())

    def holds(self, label: outgoing.Row, stem: str, subset: str, listable: bool, labels: list[outgoing.Row]) -> bool:
        if label["kind"] != "tag":
            fields = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})
            return outgoing.unheld(self.lost, label, _KINDS, fields)
        implied = any(other["kind"] in {"box", "mask"} and other["class"] == label["class"] for other in labels)
        if not listable or implied or not _FILEABLE.fullmatch(label["class"]) or label["class"].strip() != label["class"]:
            self.lost["tag labels"] += 1
        else:
            outgoing.unheld(self.lost, label, _KINDS)
            self.tags.setdefault((label["class"], subset), []).append(f"{stem}  1")
        return False


def _nested(boxes: list[outgoing.Row]) -> dict[int | None, list[outgoing.Row]]:
    """The parts of each group that has a whole object."""
    parts = [box for box in boxes if box["attributes"].get("part") is True and box["kind"] == "box"]
    numbers = {id(part) for part in parts}
    groups = {group for box in boxes if id(box) not in numbers and (group := _group(box)) is not None}
    return {group: found for group in groups if (found := [part for part in parts if _group(part) == group])}


def _annotation(
    sample: outgoing.Row, whole: list[outgoing.Row], inside: dict[int | None, list[outgoing.Row]], is_segmented: bool, lost: Counter[str]
) -> str:
    size = "".join(xmlsafe.element(key, text=sample[key]) for key in ("width", "height") if sample[key])
    objects = "".join(_object(box, inside.get(_group(box), []), lost) for box in whole)
    head = xmlsafe.element("folder", text="") + xmlsafe.element("filename", text=sample["name"])
    lost["characters that XML cannot hold"] += xmlsafe.unwritable(sample["name"])
    size = xmlsafe.element("size", inner=size + xmlsafe.element("depth", text=3)) if size else ""
    return xmlsafe.element("annotation", inner=head + size + xmlsafe.element("segmented", text=int(is_segmented)) + objects)


def _group(box: outgoing.Row) -> int | None:
    group = box["attributes"].get("group")
    return group if isinstance(group, int) else None


def _object(box: outgoing.Row, parts: list[outgoing.Row], lost: Counter[str]) -> str:
    rest = carry(box)
    inner = xmlsafe.element("name", text=box["class"])
    if isinstance(rest.get("pose"), str):
        inner += xmlsafe.element("pose", text=rest.pop("pose"))
    for key in FLAGS:
        if isinstance(rest.get(key), bool):
            inner += xmlsafe.element(key, text=int(rest.pop(key)))
    inner += _bndbox(box)
    for part in parts:
        inner += xmlsafe.element("part", inner=xmlsafe.element("name", text=part["class"]) + _bndbox(part))
    if parts:
        rest.pop("group")
    listed = [(key, to_text(value)) for key, value in rest.items()]
    lost["characters that XML cannot hold"] += any(map(xmlsafe.unwritable, [box["class"], *(t for pair in listed for t in pair)]))
    pairs = (xmlsafe.element("name", text=key) + xmlsafe.element("value", text=value) for key, value in listed)
    inner += xmlsafe.element("attributes", inner="".join(xmlsafe.element("attribute", inner=pair) for pair in pairs)) if rest else ""
    return xmlsafe.element("object", inner=inner)


def _bndbox(box: outgoing.Row) -> str:
    sides = {"xmin": corners.plain(box["x"]), "ymin": corners.plain(box["y"])}
    sides |= {"xmax": corners.far(box["x"], box["w"]), "ymax": corners.far(box["y"], box["h"])}
    return xmlsafe.element("bndbox", inner="".join(xmlsafe.element(side, text=value) for side, value in sides.items()))


def _label_map(classes: list[outgoing.Row], colours: dict[str, int]) -> tuple[str, bytes]:
    names = [row["name"] for row in classes]
    shown = {name: f"#{colour:06x}" for name, colour in colours.items()} or {row["name"]: row["color"] for row in classes}
    if colours and BACKGROUND not in shown:
        shown = {BACKGROUND: "#000000"} | shown
    if any(":" in name or not _LISTABLE.fullmatch(name) for name in names):
        found: dict[str, Any] = {"labels": names}
        if colours:
            found["label_map"] = {str(i): name for i, name in enumerate(shown)}
            found["segmentation_colors"] = [[int(part) for part in _rgb(color).split(",")] for color in shown.values()]
        return "dataset_meta.json", orjson.dumps(found)
    lines = (f"{name}:{_rgb(color)}::" for name, color in shown.items())
    return "labelmap.txt", _text(["# label:color_rgb:parts:actions", *lines])


def _rgb(color: str | None) -> str:
    match = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", color or "")
    return ",".join(str(int(part, 16)) for part in match.groups()) if match else ""


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
