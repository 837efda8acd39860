"""Writes CVAT 1.1 XML: ``annotations.xml`` for images, and one file per video with its tracks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from comexp_lab.formats import cvat_shapes, outgoing
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import OURS, carry, to_text
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.xmlsafe import element, unwritable

_KINDS = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})
_SOURCES = {"auto", "semi-auto", "file", "consensus"}
_NATIVE: dict[str, type] = {"occluded": bool, "z_order": int, "group": int}
_FIELDS = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})


class Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.classes = outgoing.classes(source)
        self.points = {row["name"]: row["keypoints"] for row in self.classes}
        self.declared: dict[str, dict[str, set[type]]] = defaultdict(lambda: defaultdict(set))
        self.splits = outgoing.splits(source)
        self.frames: dict[str, int] = {}

    def write(self) -> dict[str, int]:
        names = {}
        stems = outgoing.Stems()
        stems.of("annotations.xml")
        for sample, labels in outgoing.samples(self.source):
            folder = "videos" if sample["kind"] == "video" else "images"
            names[sample["id"]] = f"{folder}/{sample['name']}"
            for label in labels:
                for key, value in self.attributes(label, sample).items():
                    self.declared[label["class"]][key].add(type(value))
        if any(name.startswith("images/") for name in names.values()) or not names:
            with self.sink.open("annotations.xml") as out:
                for text in self.images():
                    out.write(text.encode())
        for sample, labels in outgoing.samples(self.source):
            if sample["kind"] == "video":
                self.sink.write(f"{stems.of(sample['name'])}.xml", "".join(self.video(sample, labels)).encode())
        outgoing.write_media(self.source, self.sink, names)
        self.count_classes()
        return dict(self.lost)

    def images(self) -> Iterator[str]:
        yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
        yield element("version", text="1.1") + self.meta("annotation", "")
        index = 0
        for sample, labels in outgoing.samples(self.source):
            if sample["kind"] != "video":
                yield self.image(index, sample, labels)
                index += 1
        yield "</annotations>\n"

    def image(self, index: int, sample: Row, labels: list[Row]) -> str:
        outgoing.unheld_sample(self.lost, sample, frozenset({"split"}))
        self.lost["characters that XML cannot hold"] += unwritable(sample["name"])
        subset = [("subset", sample["split"] or "default")] if self.has_splits() else []
        head = [("id", index), ("name", sample["name"]), *subset, ("width", sample["width"]), ("height", sample["height"])]
        inner = "".join(self.shape(label, sample, [("label", label["class"])]) for label in labels if self.holds(label, sample))
        return element("image", head, inner=inner)

    def video(self, sample: Row, labels: list[Row]) -> Iterator[str]:
        outgoing.unheld_sample(self.lost, sample)
        yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
        size = element("width", text=sample["width"]) + element("height", text=sample["height"])
        last = [("stop_frame", sample["frames"] - 1)] if sample["frames"] else []
        more = "".join(element(key, text=value) for key, value in last) + element("original_size", inner=size)
        yield element("version", text="1.1") + self.meta("interpolation", more, sample["name"])
        tracks: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for label in labels:
            if label["frame"] is None or label["kind"] in {"tag", "mask"}:
                self.lost[f"{label['kind']} labels of videos"] += 1
            elif self.holds(label, sample):
                self.lost["labels outside any track"] += label["track"] is None
                own = label["track"] if label["track"] is not None else f"single {label['id']}"
                tracks[(own, label["class"], label["kind"], label["source"], _group(label))].append(label)
        spare = max((label["track"] for label in labels if label["track"] is not None), default=-1)
        for (own, name, _, source, group), rows in tracks.items():
            spare += isinstance(own, str)
            head = [("id", spare if isinstance(own, str) else own), ("label", name), ("source", _source(source))]
            head += [("group_id", group)] if group else []
            yield element("track", head, inner="".join(self.seen(sorted(rows, key=lambda r: r["frame"]), sample)))
        yield "</annotations>\n"

    def seen(self, rows: list[Row], sample: Row) -> Iterator[str]:
        """The shapes of a track; where it has a gap, or ends before the video does, an ``outside`` shape."""
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            keyframe = row["attributes"].get("keyframe") is not False
            yield self.shape(row, sample, [("frame", row["frame"]), ("keyframe", int(keyframe)), ("outside", 0)])
            joined = row["frame"] + 1 == sample["frames"] if after is None else after["frame"] == row["frame"] + 1
            if not joined:
                yield self.shape(row, sample, [("frame", row["frame"] + 1), ("keyframe", 1), ("outside", 1)])

    def shape(self, label: Row, sample: Row, head: cvat_shapes.Pairs) -> str:
        tag, known = self.tag(label), label["attributes"]
        facts: cvat_shapes.Pairs = []
        if sample["kind"] != "video":
            facts = [("source", _source(label["source"]))] + ([("group_id", _group(label))] if _group(label) else [])
        if tag != "tag":
            facts += [("occluded", int(known.get("occluded") is True))]
            facts += [("z_order", known["z_order"] if _native("z_order", known) else 0)]
        facts += cvat_shapes.geometry(label, tag, (sample["width"], sample["height"]))
        inner = "".join(element("attribute", [("name", key)], to_text(value)) for key, value in self.attributes(label, sample).items())
        if tag == "skeleton":
            inner += "".join(element("points", pairs) for pairs in cvat_shapes.skeleton_points(label, self.points[label["class"]]))
        return element(tag, head + facts, inner=inner)

    def tag(self, label: Row) -> str:
        return cvat_shapes.tag_of(label, self.points.get(label["class"]))

    def attributes(self, label: Row, sample: Row) -> dict[str, Any]:
        """What goes into ``<attribute>`` elements: all that CVAT has no field for."""
        known, tag, is_video = label["attributes"], self.tag(label), sample["kind"] == "video"
        fields = ({"track", "frame"} if is_video else set()) | ({"source"} if label["source"] in _SOURCES else set())
        native = {key for key in ("group",) if _native(key, known)} | ({"keyframe"} if is_video else set())
        native |= {key for key in ("occluded", "z_order") if tag != "tag" and _native(key, known)}
        native |= {"shape"} if known.get("shape") == tag and (tag != "points" or self.points.get(label["class"])) else set()
        return {key: value for key, value in carry(label, native=frozenset(fields)).items() if key not in native}

    def holds(self, label: Row, sample: Row) -> bool:
        if label["kind"] == "polygon" and len(label["rings"]) > 1:
            self.lost["polygons of several rings"] += 1
            return False
        is_open = self.tag(label) in {"points", "polyline", "cuboid"}
        self.lost["keypoint visibility"] += is_open and any(v != 2 for v in label["points"][2::3])
        texts = [label["class"], *(str(t) for pair in self.attributes(label, sample).items() for t in pair)]
        self.lost["characters that XML cannot hold"] += any(map(unwritable, texts))
        return outgoing.unheld(self.lost, label, _KINDS, _FIELDS)

    def has_splits(self) -> bool:
        return any(self.splits)

    def meta(self, mode: str, more: str, source: str | None = None) -> str:
        labels = element("labels", inner="".join(text for row in self.classes for text in self.class_text(row)))
        if mode == "annotation" and self.has_splits():
            tasks = (
                element("task", inner=element("name", text=split or "default") + element("subset", text=split or "default"))
                for split in self.splits
            )
            return element("meta", inner=element("project", inner=element("tasks", inner="".join(tasks)) + labels))
        task = element("mode", text=mode) + element("start_frame", text=0) + more + labels
        return element("meta", inner=element("task", inner=task) + (element("source", text=source) if source else ""))

    def class_text(self, row: Row) -> Iterator[str]:
        declared = "".join(_declaration(name, types) for name, types in self.declared[row["name"]].items())
        points = row["keypoints"] or []
        head = element("name", text=row["name"]) + element("color", text=row["color"] or "#ffffff")
        head += element("type", text="skeleton" if points else "any") + element("attributes", inner=declared)
        yield element("label", inner=head + (element("svg", text=_drawing(points, row["skeleton"] or [])) if points else ""))
        for point in points:
            yield element("label", inner=element("name", text=point) + element("type", text="points") + element("parent", text=row["name"]))

    def count_classes(self) -> None:
        self.lost["class supercategory"] += sum(row["supercategory"] is not None for row in self.classes)


def _declaration(name: str, types: set[type]) -> str:
    kind = "checkbox" if types == {bool} else "number" if types <= {int, float} else "text"
    fields: Iterable[tuple[str, str]] = [("name", name), ("mutable", "True"), ("input_type", kind), ("default_value", ""), ("values", "")]
    return element("attribute", inner="".join(element(key, text=value) for key, value in fields))


def _drawing(points: list[str], edges: list[int]) -> str:
    """CVAT's drawing of a skeleton: its points on a circle, numbered from 1, and its edges."""
    places = [(50 + 40 * math.cos(math.tau * i / len(points)), 50 + 40 * math.sin(math.tau * i / len(points))) for i in range(len(points))]
    lines = "".join(
        f'<line data-type="edge" data-node-from="{a}" data-node-to="{b}"></line>' for a, b in zip(edges[::2], edges[1::2], strict=True)
    )
    dots = (f'<circle r="1.5" cx="{x:.1f}" cy="{y:.1f}" data-node-id="{i}" />' for i, (x, y) in enumerate(places, 1))
    return lines + "".join(dots)


def _source(source: str | None) -> str:
    return "manual" if source is None or source in OURS else source if source in _SOURCES else "auto"


def _native(key: str, known: dict[str, Any]) -> bool:
    """Whether an attribute is one of CVAT's own fields in the form that it takes."""
    value: Any = known.get(key)
    fits: bool = type(value) is _NATIVE[key] and bool(value) and abs(known[key]) < 2**31
    return fits


def _group(label: Row) -> int | None:
    return label["attributes"]["group"] if _native("group", label["attributes"]) else None
