"""Datumaro JSON: one file per subset below ``annotations``, with categories and items.

Read and written by our own code: the library rounds coordinates to 32-bit floats and two decimals, and cannot write rotated boxes.
Those are upright boxes with the attribute ``rotation`` in degrees, as CVAT exports them; ellipses and polylines keep their
geometry and say what they were in ``shape``; the rings of one polygon share the attribute ``ring_of``.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, corners, json_items, outgoing, shapes
from comexp_lab.formats.base import FileTree, Sink, Source, Stage
from comexp_lab.formats.carried import carry, uncarry
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, clip, integer, relative
from comexp_lab.formats.rows import Rows, split_of

_FIELDS = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})


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
        return _Writer(source, sink).write()


class _Reader:
    def __init__(self, tree: FileTree, stage: Stage, rows: Rows, name: str) -> None:
        self.tree, self.stage, self.rows, self.name = tree, stage, rows, name
        self.subset = posixpath.splitext(posixpath.basename(name))[0]
        self.labels: list[str] = []

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
        self.labels = [self.rows.known(item["name"], **more) for item, more in zip(found["label"]["labels"], about, strict=True)]

    def record(self, item: Any, line: int) -> None:
        try:
            sample, size = self.sample(item, line)
        except BadRecord as problem:
            self.stage.report.add(self.name, str(problem), line=line)
            return
        rings: dict[Any, list[dict[str, Any]]] = {}
        for annotation in item.get("annotations") or []:
            try:
                known = annotation.get("attributes") or {} if isinstance(annotation, dict) else {}
                if "ring_of" in known and annotation.get("type") == "polygon":
                    rings.setdefault(str(known["ring_of"]), []).append(annotation)
                else:
                    self.annotation(sample, annotation, size, line)
            except BadRecord as problem:
                self.stage.report.add(self.name, str(problem), line=line)
        for own, parts in rings.items():
            group = parts[0].get("group")
            whole = {**parts[0], "rings": [part.get("points") for part in parts], "group": 0 if str(group) == own else group}
            try:
                self.annotation(sample, whole, size, line)
            except BadRecord as problem:
                self.stage.report.add(self.name, str(problem), line=line)

    def sample(self, item: Any, line: int) -> tuple[int, tuple[int, int] | None]:
        if not isinstance(item, dict):
            raise BadRecord(f"an item is not an object: {clip(item)}")
        media = next((item[key] for key in ("image", "video", "media") if isinstance(item.get(key), dict)), {})
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
        index = found.get("label_id")
        if not isinstance(index, int) or not 0 <= index < len(self.labels):
            raise BadRecord(f"an annotation has the unknown label_id {clip(index)}")
        known = found.get("attributes") or {}
        attributes = dict(json_items.plain(known)) if isinstance(known, dict) else {}
        attributes.pop("ring_of", None)
        shape, extra = _shape(found, attributes, size)
        attributes |= extra
        for key in ("group", "z_order"):
            if found.get(key):
                attributes[key] = integer(found[key], key)
        self.rows.label(sample, self.labels[index], shape, **uncarry(attributes), file=self.name, line=line)


class _Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.classes = outgoing.classes(source)
        self.index = {row["name"]: i for i, row in enumerate(self.classes)}
        self.stems = outgoing.Stems()

    def write(self) -> dict[str, int]:
        names: dict[int, str] = {}
        for split in outgoing.splits(self.source) or [None]:
            subset = split or "default"
            with self.sink.open(f"annotations/{subset}.json") as out:
                out.write(b'{"dm_format_version": "1.0", "media_type": 2, "infos": {},\n"categories": ' + self.categories() + b',\n"items": [')
                comma = b"\n"
                for sample, labels in outgoing.samples(self.source):
                    if sample["split"] == split:
                        names[sample["id"]] = f"{'videos' if sample['kind'] == 'video' else 'images'}/{subset}/{sample['name']}"
                        out.write(comma + self.item(sample, labels))
                        comma = b",\n"
                out.write(b"\n]}\n")
        outgoing.write_media(self.source, self.sink, names)
        return dict(self.lost)

    def categories(self) -> bytes:
        labels = [{"name": row["name"], "parent": row["supercategory"] or "", "attributes": []} for row in self.classes]
        colors = [
            {"label_id": i, **{channel: int(row["color"][at : at + 2], 16) for channel, at in (("r", 1), ("g", 3), ("b", 5))}}
            for i, row in enumerate(self.classes)
            if row["color"]
        ]
        points = [
            {"label_id": i, "labels": row["keypoints"], "joints": _pairs(row["skeleton"] or []), "positions": []}
            for i, row in enumerate(self.classes)
            if row["keypoints"]
        ]
        found: dict[str, Any] = {"label": {"labels": labels, "label_groups": [], "attributes": []}, "mask": {"colormap": colors}}
        return orjson.dumps(found | ({"points": {"items": points}} if points else {}))

    def item(self, sample: Row, labels: list[Row]) -> bytes:
        media: dict[str, Any] = {"path": sample["name"]}
        if sample["width"] and sample["height"]:
            media["size"] = [sample["height"], sample["width"]]
        attr = sample["meta"] | ({"tags": sample["tags"]} if sample["tags"] else {})
        annotations = [entry for label in labels if self.holds(label) for entry in self.entries(label, sample)]
        more: dict[str, Any] = {"video": media | {"step": 1, "start_frame": 0}} if sample["kind"] == "video" else {"image": media}
        return orjson.dumps({"id": self.stems.of(sample["name"]), "annotations": annotations, **({"attr": attr} if attr else {}), **more})

    def holds(self, label: Row) -> bool:
        if label["kind"] == "box" and _angle(label["attributes"]) is not None:
            self.lost["attribute rotation"] += 1
            label["attributes"].pop("rotation")
        return outgoing.unheld(self.lost, label, Datumaro.holds, _FIELDS)

    def entries(self, label: Row, sample: Row) -> Iterator[dict[str, Any]]:
        attributes = carry(label)
        common = {"id": label["id"], "label_id": self.index[label["class"]], "group": 0}
        common |= {key: attributes.pop(key) for key in ("group", "z_order") if _ordinal(attributes.get(key))}
        if label["kind"] != "tag":
            common = {"z_order": 0} | common
        was = attributes.get("shape")
        if label["kind"] == "polygon" and len(label["rings"]) > 1:
            own = -label["id"] if common["group"] == label["id"] else label["id"]
            common["group"] = common["group"] or own
            for ring in label["rings"]:
                yield {"type": "polygon", **common, "attributes": attributes | {"ring_of": own}, "points": ring}
        elif label["kind"] == "rotated" and was == "ellipse" and not label["points"][4]:
            x, y = (corners.around(*label["points"][i : i + 3 : 2]) for i in (0, 1))
            ends = [orjson.Fragment(text) for text in (x[0], y[0], x[1], y[1])]
            yield {"type": "ellipse", **common, "attributes": _without(attributes, "shape"), "points": ends}
        elif label["kind"] == "rotated":
            attributes["rotation"] = orjson.Fragment(corners.degrees(label["points"][4]))
            yield {"type": "bbox", **common, "attributes": attributes, "bbox": _upright(label["points"])}
        elif label["kind"] == "keypoints" and was == "polyline" and all(v == 2 for v in label["points"][2::3]):
            yield {"type": "polyline", **common, "attributes": _without(attributes, "shape"), "points": _flat(label["points"])}
        else:
            yield {**common, "attributes": attributes, **_simple(label, sample)}


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
    if kind not in {"points", "polyline", "ellipse"}:
        raise BadRecord(f"annotations of type {clip(kind)} are not read")
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


def _simple(label: Row, sample: Row) -> dict[str, Any]:
    """Type and geometry of a label that is one annotation."""
    if label["kind"] == "mask":
        return {"type": "mask", "rle": {"counts": label["rle"], "size": [sample["height"], sample["width"]]}}
    if label["kind"] == "keypoints":
        return {"type": "points", "points": _flat(label["points"]), "visibility": [int(v) for v in label["points"][2::3]]}
    if label["kind"] == "polygon":
        return {"type": "polygon", "points": label["rings"][0]}
    return {"type": "bbox", "bbox": [label[key] for key in "xywh"]} if label["kind"] == "box" else {"type": "label"}


def _upright(points: list[float]) -> list[Any]:
    cx, cy, w, h, _ = points
    return [orjson.Fragment(corners.around(cx, w)[0]), orjson.Fragment(corners.around(cy, h)[0]), w, h]


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


def _ordinal(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and bool(value) and abs(value) < 2**63


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _flat(points: list[float]) -> list[float]:
    return [value for i, value in enumerate(points) if i % 3 != 2]


def _pairs(edges: list[int]) -> list[list[int]]:
    return [edges[i : i + 2] for i in range(0, len(edges) - 1, 2)]


def _without(attributes: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name != key}


def _files(tree: FileTree) -> list[str]:
    names = sorted(name for name in tree.names() if name.lower().endswith(".json"))
    return [name for name in names if posixpath.basename(posixpath.dirname(name)) == "annotations"] or names


FORMAT = Datumaro()
