"""Writes Pascal VOC: annotations, image and class lists, ``labelmap.txt`` (or ``dataset_meta.json`` for names that it cannot hold)."""

from __future__ import annotations

import re
from collections import Counter

import orjson

from comexp_lab.formats import corners, outgoing, xmlsafe
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import carry, to_text

FLAGS = ("truncated", "occluded", "difficult")
_KINDS = frozenset({"box", "tag"})
_LISTABLE = re.compile(r"(?!#)\S(?:[^\r\n]*\S)?")
_FILEABLE = re.compile(r"(?![.#])[^\x00-\x1f/\\]{1,100}")


class Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.lists: dict[str, list[str]] = {}
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
        for (label, subset), lines in self.tags.items():
            self.sink.write(f"ImageSets/Main/{label}_{subset}.txt", _text(lines))
        self.sink.write(*_label_map(outgoing.classes(self.source)))
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
        self.sink.write(f"Annotations/{stem}.xml", _annotation(sample, boxes, self.lost).encode())

    def holds(self, label: outgoing.Row, stem: str, subset: str, listable: bool, labels: list[outgoing.Row]) -> bool:
        if label["kind"] != "tag":
            fields = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})
            return outgoing.unheld(self.lost, label, _KINDS, fields)
        implied = any(other["kind"] == "box" and other["class"] == label["class"] for other in labels)
        if not listable or implied or not _FILEABLE.fullmatch(label["class"]) or label["class"].strip() != label["class"]:
            self.lost["tag labels"] += 1
        else:
            outgoing.unheld(self.lost, label, _KINDS)
            self.tags.setdefault((label["class"], subset), []).append(f"{stem}  1")
        return False


def _annotation(sample: outgoing.Row, boxes: list[outgoing.Row], lost: Counter[str]) -> str:
    size = "".join(xmlsafe.element(key, text=sample[key]) for key in ("width", "height") if sample[key])
    parts = [box for box in boxes if box["attributes"].get("part") is True]
    groups = {_group(box) for box in boxes if box not in parts} - {None}
    nested = [box for box in parts if _group(box) in groups]
    inside = {group: [part for part in nested if _group(part) == group] for group in groups}
    whole = "".join(_object(box, inside.get(_group(box), []), lost) for box in boxes if box not in nested)
    head = xmlsafe.element("folder", text="") + xmlsafe.element("filename", text=sample["name"])
    lost["characters that XML cannot hold"] += xmlsafe.unwritable(sample["name"])
    size = xmlsafe.element("size", inner=size + xmlsafe.element("depth", text=3)) if size else ""
    return xmlsafe.element("annotation", inner=head + size + xmlsafe.element("segmented", text=0) + whole)


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


def _label_map(classes: list[outgoing.Row]) -> tuple[str, bytes]:
    names = [row["name"] for row in classes]
    if any(":" in name or not _LISTABLE.fullmatch(name) for name in names):
        return "dataset_meta.json", orjson.dumps({"labels": names})
    lines = (f"{row['name']}:{_rgb(row['color'])}::" for row in classes)
    return "labelmap.txt", _text(["# label:color_rgb:parts:actions", *lines])


def _rgb(color: str | None) -> str:
    match = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", color or "")
    return ",".join(str(int(part, 16)) for part in match.groups()) if match else ""


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
