"""Writes Datumaro JSON, item after item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from comexp_lab.formats import corners, outgoing
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import carry
from comexp_lab.formats.outgoing import Row

_KINDS = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})
_FIELDS = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})


class Writer:
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
                out.write(
                    b'{"dm_format_version": "1.0", "media_type": 2, "infos": {},\n"categories": ' + self.categories() + b',\n"items": ['
                )
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
        if label["kind"] == "box" and is_turned(label["attributes"]):
            self.lost["attribute rotation"] += 1
            label["attributes"].pop("rotation")
        return outgoing.unheld(self.lost, label, _KINDS, _FIELDS)

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


def _ordinal(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and bool(value) and abs(value) < 2**63


def _flat(points: list[float]) -> list[float]:
    return [value for i, value in enumerate(points) if i % 3 != 2]


def _pairs(edges: list[int]) -> list[list[int]]:
    return [edges[i : i + 2] for i in range(0, len(edges) - 1, 2)]


def _without(attributes: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name != key}


def is_turned(attributes: dict[str, Any]) -> bool:
    """Whether a reader would take an upright box with these attributes for a rotated one."""
    angle = attributes.get("rotation")
    return isinstance(angle, int | float) and not isinstance(angle, bool) and bool(angle)
