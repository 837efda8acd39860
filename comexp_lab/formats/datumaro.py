"""Datumaro JSON: one file per subset below ``annotations``, with categories and items.

Read and written by our own code: the library rounds coordinates to 32-bit floats and two decimals, and cannot write rotated boxes.
Those are upright boxes with the attribute ``rotation`` in degrees, as CVAT exports them; ellipses and polylines keep their
geometry and say what they were in ``shape``; the rings of one polygon share the attribute ``ring_of``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, corners, datumaro_writing, json_items, shapes
from comexp_lab.formats.base import FileTree, Sink, Source, Stage
from comexp_lab.formats.carried import uncarry
from comexp_lab.formats.records import BadRecord, clip, integer, noted, relative
from comexp_lab.formats.rows import Rows, split_of


class Datumaro:
    name = "datumaro"
    title = "Datumaro"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})

    def sniff(self, tree: FileTree) -> float:
        for name in _files(tree)[:3]:
            with tree.open(name) as file:
                text = json_items.head(file)
            if '"dm_format_version"' in text:
                return 0.98
            if text.startswith("{") and '"categories":{' in text and ('"items":[' in text or '"label":{' in text):
                return 0.9
        return 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        names = _files(tree)
        if not names:
            raise BadLabels("there is no Datumaro JSON in these files")
        rows = Rows(stage)
        for name in names:
            _Reader(tree, stage, rows, name).read()
        rows.close()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return datumaro_writing.Writer(source, sink).write()


class _Reader:
    def __init__(self, tree: FileTree, stage: Stage, rows: Rows, name: str) -> None:
        self.tree, self.stage, self.rows, self.name = tree, stage, rows, name
        self.subset = posixpath.splitext(posixpath.basename(name))[0]
        self.labels: list[str | None] = []  # None: a class whose name cannot be taken

    def read(self) -> None:
        with self.tree.open(self.name) as file:
            found = next((value for key, value, _ in json_items.walk(file, self.name, "items") if key == "categories"), None)
        if not isinstance(found, dict):
            raise BadLabels(f"{self.name}: there are no Datumaro categories in this file")
        try:
            self.categories(json_items.plain(found))
        except (AttributeError, KeyError, TypeError, IndexError, ValueError) as problem:
            raise BadLabels(f"{self.name}: the categories are damaged: {clip(str(problem))}") from None
        with self.tree.open(self.name) as file:
            for key, value, line in json_items.walk(file, self.name, "items"):
                if key == "items":
                    self.record(value, line)

    def categories(self, found: dict[str, Any]) -> None:
        """Class names with parent, colour and keypoints."""
        about: list[dict[str, Any]] = [{"supercategory": item.get("parent") or None} for item in found["label"]["labels"]]
        for entry in found.get("mask", {}).get("colormap", []):
            if 0 <= entry["label_id"] < len(about):
                about[entry["label_id"]]["color"] = "#{r:02x}{g:02x}{b:02x}".format(**entry)
        for entry in found.get("points", {}).get("items", []):
            edges = [int(n) for joint in entry.get("joints", []) for n in joint]
            about[entry["label_id"]] |= {"keypoints": [str(label) for label in entry["labels"]], "skeleton": edges or None}
        for item, more in zip(found["label"]["labels"], about, strict=True):
            self.labels.append(None)
            with noted(self.stage.report, self.name):
                self.labels[-1] = self.rows.known(item["name"], **more)

    def record(self, item: Any, line: int) -> None:
        with noted(self.stage.report, self.name, line):
            sample, size = self.sample(item, line)
            for annotation in _whole(item.get("annotations") or []):
                with noted(self.stage.report, self.name, line):
                    self.annotation(sample, annotation, size, line)

    def sample(self, item: Any, line: int) -> tuple[int, tuple[int, int] | None]:
        if not isinstance(item, dict):
            raise BadRecord(f"an item is not an object: {clip(item)}")
        media: dict[str, Any] = next((item[key] for key in ("image", "video", "media") if isinstance(item.get(key), dict)), {})
        path = media.get("path") or f"{item.get('id') or ''}.jpg"
        name = relative(posixpath.basename(path) if isinstance(path, str) and path.startswith("/") else path)
        size = _size(media.get("size")) or self.stage.media_size(name)
        width, height = size or (None, None)
        meta = json_items.plain(item.get("attr") or {})
        tags = meta.pop("tags", None) if isinstance(meta, dict) and _is_texts(meta.get("tags")) else None
        kind = "video" if "video" in item else "image"
        columns = {"width": width, "height": height, "split": split_of(self.subset), "kind": kind, "file": self.name, "line": line}
        return self.rows.sample(name, **columns, tags=tags, meta=meta if isinstance(meta, dict) else None), size

    def annotation(self, sample: int, found: Any, size: tuple[int, int] | None, line: int) -> None:
        if not isinstance(found, dict):
            raise BadRecord(f"an annotation is not an object: {clip(found)}")
        if found.get("type") not in _READ:
            raise BadRecord(f"annotations of type {clip(found.get('type'))} are not read")
        index = found.get("label_id")
        label = self.labels[index] if isinstance(index, int) and 0 <= index < len(self.labels) else None
        if label is None:
            raise BadRecord(f"an annotation has the unknown label_id {clip(index)}")
        known = found.get("attributes") or {}
        attributes = dict(json_items.plain(known)) if isinstance(known, dict) else {}
        attributes.pop("ring_of", None)
        shape, extra = _shape(found, attributes, size)
        attributes |= extra
        for key in ("group", "z_order"):
            if found.get(key):
                attributes[key] = integer(found[key], key)
        self.rows.label(sample, label, shape, **uncarry(attributes), file=self.name, line=line)


def _whole(annotations: list[Any]) -> Iterator[Any]:
    """The annotations, those that are rings of one polygon as one with ``rings``, at the end."""
    rings: dict[str, list[dict[str, Any]]] = {}
    for annotation in annotations:
        known = annotation.get("attributes") if isinstance(annotation, dict) else None
        if isinstance(known, dict) and "ring_of" in known and annotation.get("type") == "polygon":
            rings.setdefault(str(known["ring_of"]), []).append(annotation)
        else:
            yield annotation
    for own, parts in rings.items():
        group = parts[0].get("group")
        yield {**parts[0], "rings": [part.get("points") for part in parts], "group": 0 if str(group) == own else group}


_READ = frozenset({"label", "bbox", "mask", "polygon", "points", "polyline", "ellipse"})


def _shape(found: dict[str, Any], attributes: dict[str, Any], size: tuple[int, int] | None) -> tuple[shapes.Shape, dict[str, Any]]:
    """(geometry, extra attributes) of an annotation; takes ``rotation`` out of the attributes."""
    kind = found.get("type")
    if kind == "label":
        return shapes.tag(), {}
    if kind == "bbox":
        return _box(_list(found, "bbox", 4), _angle(found.get("attributes") or {}), attributes), {}
    if kind == "mask":
        return _mask(found.get("rle")), {}
    if kind == "polygon":
        return shapes.polygon(found.get("rings") or [_list(found, "points")]), {}
    points = _list(found, "points")
    if kind == "points":
        sight = found.get("visibility") or [2] * (len(points) // 2)
        if not isinstance(sight, list) or len(points) != 2 * len(sight):
            raise BadRecord("points and visibility are not equally many")
        return shapes.keypoints([v for i, s in enumerate(sight) for v in (*points[2 * i : 2 * i + 2], s)]), {}
    if kind == "polyline":
        return shapes.keypoints([v for i in range(0, len(points) - 1, 2) for v in (*points[i : i + 2], 2)]), {"shape": "polyline"}
    if len(points) != 4:
        raise BadRecord("an ellipse is not two corners")
    (cx, w), (cy, h) = ((corners.middle(points[i], points[i + 2]), corners.span(points[i], points[i + 2])[1]) for i in (0, 1))
    return shapes.rotated(cx, cy, w, h, 0.0), {"shape": "ellipse"}


def _box(place: list[Any], angle: Any, attributes: dict[str, Any]) -> shapes.Shape:
    if angle is None:
        return shapes.box(*place)
    attributes.pop("rotation")
    x, y, w, h = (corners.exact(value, "a box coordinate") for value in place)
    turned = corners.radians(angle)
    return shapes.rotated(corners.half_on(x, w), corners.half_on(y, h), float(w), float(h), turned)


def _mask(rle: Any) -> shapes.Shape:
    size = rle.get("size") if isinstance(rle, dict) else None
    if not isinstance(size, list) or len(size) != 2 or not isinstance(rle.get("counts"), str):
        raise BadRecord("the mask has no rle with counts and size")
    width, height = bitmaps.checked_size(size[1], size[0])
    return shapes.mask(bitmaps.unpack(rle["counts"]), width, height)


def _list(found: dict[str, Any], key: str, count: int | None = None) -> list[Any]:
    value = found.get(key)
    if not isinstance(value, list) or (count and len(value) != count):
        raise BadRecord(f"{key} is not a list of {count or 'some'} numbers: {clip(value)}")
    return value


def _angle(attributes: Any) -> Any:
    """The rotation attribute if it is a number other than 0."""
    angle = attributes.get("rotation") if isinstance(attributes, dict) else None
    return angle if isinstance(angle, int | float | Decimal) and not isinstance(angle, bool) and angle else None


def _size(value: Any) -> tuple[int, int] | None:
    """(width, height) of Datumaro's [height, width]."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    return integer(value[1], "the width"), integer(value[0], "the height")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _files(tree: FileTree) -> list[str]:
    names = sorted(name for name in tree.names() if name.lower().endswith(".json"))
    return [name for name in names if posixpath.basename(posixpath.dirname(name)) == "annotations"] or names


FORMAT = Datumaro()
