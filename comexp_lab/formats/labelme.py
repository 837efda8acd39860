"""LabelMe: one JSON per image (the labelme of today), and the XML of the older web tool, which is only read.

Shapes that we have no kind for keep their geometry and say what they were in the attribute ``shape``: lines are keypoints,
circles rotated boxes. What JSON has no shape for keeps its exact form in ``attributes``, where a reader that does not know it
still sees polygons: rotated boxes (``rotated``) and polygons of several rings (``ring_of``). labelme keeps keys it does not know,
so tags, split and metadata of an image stand in keys of their own. A mask is a PNG inside the JSON, of the part of the image between
two corners, both of them included.
"""

from __future__ import annotations

import base64
import math
import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, corners, json_items, labelme_xml, outgoing, pictures, shapes
from comexp_lab.formats.base import FileTree, Sink, Source, Stage
from comexp_lab.formats.carried import carry, uncarry
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, clip, integer, noted, number, relative, text
from comexp_lab.formats.rows import Rows, split_of

_FIELDS = frozenset({"confidence", "track", "crowd", "source", "state", "attributes"})
_LINES = {"line", "linestrip"}


class LabelMe:
    name = "labelme"
    title = "LabelMe"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})

    def sniff(self, tree: FileTree) -> float:
        for name in _files(tree, ".json")[:3]:
            with tree.open(name) as file:
                found = json_items.head(file)
            if '"shapes":[' in found and ('"imagePath":' in found or '"shape_type":' in found):
                return 0.97
        return labelme_xml.sniff(tree, _files(tree, ".xml")[:3])

    def drawn(self, tree: FileTree) -> list[str]:
        return labelme_xml.drawn(tree)

    def read(self, tree: FileTree, stage: Stage) -> None:
        rows, bad = Rows(stage), []
        pages = labelme_xml.Reader(tree, stage, rows)
        for name in _files(tree, ".json", ".xml"):
            try:
                if name.lower().endswith(".xml"):
                    pages.read(name)
                else:
                    _read(tree, name, stage, rows)
            except (BadLabels, BadRecord) as problem:
                bad.append(f"{name}: {str(problem).removeprefix(f'{name}: ')}")
                stage.report.add(name, bad[-1].removeprefix(f"{name}: "))
        if not rows.names:
            raise BadLabels(bad[0] if bad else "there is no LabelMe file in these files")
        rows.close()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return _Writer(source, sink).write()


# ---- reading --------------------------------------------------------------------------------------------------------
def _read(tree: FileTree, name: str, stage: Stage, rows: Rows) -> None:
    page: dict[str, Any] = {}
    found: list[tuple[Any, int]] = []
    with tree.open(name) as file:
        for key, value, line in json_items.walk(file, name, "shapes"):
            if key == "shapes":
                found.append((value, line))
            else:
                page[key] = json_items.plain(value)
    if not found and not {"imagePath", "shapes", "flags"} & page.keys():
        raise BadLabels("this JSON is not of labelme: it has no shapes")
    sample, size = _sample(name, page, stage, rows)
    with noted(stage.report, name):
        for flag, state in (page.get("flags") or {}).items():
            if state is True:
                rows.label(sample, flag, shapes.tag(), file=name)
            else:
                rows.known(flag)
    for value, line in _whole(found):
        with noted(stage.report, name, line):
            is_mask = isinstance(value, dict) and value.get("shape_type") == "mask"
            shape = (value.get("label"), _mask(value, size, stage)) if is_mask else _shape(value)
            rows.label(sample, *shape, file=name, line=line, **_columns(value))


def _sample(name: str, page: dict[str, Any], stage: Stage, rows: Rows) -> tuple[int, tuple[int, int] | None]:
    """(key, size) of a page's image: ``imagePath`` is relative to the JSON; one that leads out of the import is cut to its file name."""
    path = text(page.get("imagePath") or f"{posixpath.splitext(posixpath.basename(name))[0]}.jpg", "imagePath", 1000)
    path = path if "/" in path else path.replace("\\", "/")
    image = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if image.startswith(("/", "../")) or path[1:3] == ":/":
        image = posixpath.basename(path)
        stage.report.add(name, f"imagePath leads out of the import: {clip(path)}; taken as {clip(image)}", severity="changed")
    image = relative(image)
    if image in rows.names:
        raise BadRecord(f"a second page of {image}")
    size = [integer(page[key], key) if page.get(key) else 0 for key in ("imageWidth", "imageHeight")]
    width, height = size if all(size) else stage.media_size(image) or (None, None)
    tags, meta = page.get("tags"), page.get("meta")
    columns: dict[str, Any] = {"tags": tags if isinstance(tags, list) and all(isinstance(t, str) for t in tags) else None, "file": name}
    columns |= {"meta": meta if isinstance(meta, dict) else None, "split": split_of(str(page.get("split") or ""))}
    return rows.sample(image, width=width, height=height, **columns), (width, height) if width and height else None


def _whole(found: list[tuple[Any, int]]) -> Iterator[tuple[Any, int]]:
    """The shapes, where the rings of one polygon became one shape at the place of the first."""
    rings: dict[str, dict[str, Any]] = {}
    out: list[tuple[Any, int]] = []
    for value, line in found:
        known = value.get("attributes") if isinstance(value, dict) else None
        own = str(known.pop("ring_of")) if isinstance(known, dict) and "ring_of" in known else None
        if own is None or own not in rings:
            out.append((value, line))
        else:
            rings[own]["more"].append(value.get("points"))
        if own is not None and own not in rings:
            rings[own] = value
            value["more"] = []
    yield from out


def _shape(found: Any) -> tuple[Any, shapes.Shape]:
    if not isinstance(found, dict):
        raise BadRecord(f"a shape is not an object: {clip(found)}")
    kind, points = str(found.get("shape_type") or "polygon"), _points(found.get("points"))
    exact = (found.get("attributes") or {}).get("rotated") if isinstance(found.get("attributes"), dict) else None
    if kind == "polygon" and isinstance(exact, list) and len(exact) == 5:
        return found.get("label"), shapes.rotated(*exact)
    if kind == "polygon":
        return found.get("label"), shapes.polygon([_flat(points), *(_flat(_points(ring)) for ring in found.get("more", []))])
    return found.get("label"), _other(kind, points, found)


def _other(kind: str, points: list[Any], found: dict[str, Any]) -> shapes.Shape:
    if kind == "rectangle" and len(points) in {2, 4}:
        return _rectangle(points)
    if kind == "circle" and len(points) == 2:
        (cx, dx), (cy, dy) = (corners.span(points[0][i], points[1][i], "a coordinate") for i in (0, 1))
        return shapes.rotated(cx, cy, 2 * math.hypot(dx, dy), 2 * math.hypot(dx, dy), 0.0)
    if kind == "rotation" and len(points) == 4:  # X-AnyLabeling
        return _turned([float(corners.exact(v, "a coordinate")) for v in _flat(points)])
    if kind in {"point", "points"} | _LINES:
        sight = (found.get("attributes") or {}).get("visibility") or [2] * len(points)
        if not isinstance(sight, list) or len(sight) != len(points):
            raise BadRecord("points and visibility are not equally many")
        return shapes.keypoints([v for point, s in zip(points, sight, strict=True) for v in (*point, s)])
    raise BadRecord(f"a {clip(kind)} of {len(points)} points is not read")


def _mask(found: dict[str, Any], size: tuple[int, int] | None, stage: Stage) -> shapes.Shape:
    if size is None:
        raise BadRecord("a mask in an image of unknown size")
    width, height = bitmaps.checked_size(*size)
    points = _points(found.get("points"))
    if len(points) != 2:
        raise BadRecord(f"a mask has {len(points)} corners, not two")
    (left, top), (right, bottom) = ((round(number(value, "a corner of the mask")) for value in point) for point in points)
    try:
        data = base64.b64decode(found.get("mask") or "", validate=True)
    except (ValueError, TypeError):
        data = b""
    if not data.startswith(pictures.MAGIC):
        raise BadRecord("the mask is not a PNG in base64")
    wide, high = pictures.stated_size(data)
    if (right - left - wide, bottom - top - high) not in {(-1, -1), (0, 0)}:  # some tools leave the far corner out
        raise BadRecord(f"the mask has {wide} x {high} pixels, its corners are {right - left + 1} x {bottom - top + 1} apart")
    if left < 0 or top < 0 or left + wide > width or top + high > height:
        raise BadRecord("the mask reaches outside its image")
    whole = np.zeros((height, width), bool)
    whole[top : top + high, left : left + wide] = pictures.lit(pictures.decoded(stage, data))
    return shapes.mask(bitmaps.encode(whole), width, height)


def _rectangle(points: list[Any]) -> shapes.Shape:
    xs, ys = ([corners.exact(point[i], "a coordinate") for point in points] for i in (0, 1))
    (x, w), (y, h) = (corners.span(min(values), max(values)) for values in (xs, ys))
    return shapes.box(x, y, w, h)


def _turned(flat: list[float]) -> shapes.Shape:
    x0, y0, x1, y1, x2, y2 = flat[:6]
    size = math.hypot(x1 - x0, y1 - y0), math.hypot(x2 - x1, y2 - y1)
    return shapes.rotated((x0 + x2) / 2, (y0 + y2) / 2, *size, math.atan2(y1 - y0, x1 - x0) % math.tau)


def _columns(found: dict[str, Any]) -> dict[str, Any]:
    """Fields and attributes of a shape, from labelme's own places and X-AnyLabeling's."""
    flags, known = found.get("flags") or {}, found.get("attributes") or {}
    attributes = json_items.plain({**(flags if isinstance(flags, dict) else {}), **(known if isinstance(known, dict) else {})})
    for key in ("rotated", "visibility"):
        attributes.pop(key, None)
    if found.get("group_id") is not None:
        attributes["group"] = integer(found["group_id"], "group_id")
    if found.get("description"):
        attributes["description"] = str(found["description"])
    if str(found.get("shape_type")) in _LINES | {"circle"}:
        attributes["shape"] = found["shape_type"]
    if isinstance(found.get("difficult"), bool) and found["difficult"]:
        attributes["difficult"] = True
    if found.get("score") is not None:
        attributes["score"] = json_items.plain(found["score"])
    return uncarry(attributes)


def _points(value: Any) -> list[Any]:
    if not isinstance(value, list) or any(not isinstance(point, list) or len(point) != 2 for point in value):
        raise BadRecord(f"the points are not pairs: {clip(value)}")
    return value


def _flat(points: list[Any]) -> list[Any]:
    return [value for point in points for value in point]


def _files(tree: FileTree, *endings: str) -> list[str]:
    return sorted(name for name in tree.names() if name.lower().endswith(endings))


# ---- writing --------------------------------------------------------------------------------------------------------
class _Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.stems, self.used = outgoing.Stems(), set[str]()

    def write(self) -> dict[str, int]:
        names: dict[int, str] = {}
        for sample, labels in outgoing.samples(self.source):
            if sample["kind"] == "video":
                self.lost["video samples"] += 1
                continue
            self.used |= {label["class"] for label in labels}
            names[sample["id"]] = sample["name"]
            page = orjson.dumps(self.page(sample, labels), option=orjson.OPT_INDENT_2)
            self.sink.write(f"{self.stems.of(sample['name'])}.json", page)
        classes = outgoing.classes(self.source)
        self.lost["classes without labels"] += sum(row["name"] not in self.used for row in classes)
        self.lost["class keypoints"] += sum(bool(row["keypoints"]) for row in classes)
        self.lost["class supercategory"] += sum(row["supercategory"] is not None for row in classes)
        outgoing.write_media(self.source, self.sink, names)
        return dict(self.lost)

    def page(self, sample: Row, labels: list[Row]) -> dict[str, Any]:
        flags: dict[str, bool] = {}
        found: list[dict[str, Any]] = []
        for label in labels:
            if label["kind"] == "tag":
                outgoing.unheld(self.lost, label, LabelMe.holds)
                self.lost["tag labels"] += label["class"] in flags
                flags[label["class"]] = True
            elif label["kind"] == "mask":
                found += self.masks(sample, label)
            elif outgoing.unheld(self.lost, label, LabelMe.holds, _FIELDS):
                found += self.entries(label)
        more = {key: sample[key] for key in ("split", "tags", "meta") if sample[key]}
        size = {"imageHeight": sample["height"], "imageWidth": sample["width"]}
        head = {"version": "5.5.0", "flags": flags, "shapes": found, "imagePath": posixpath.basename(sample["name"]), "imageData": None}
        return head | size | more

    def masks(self, sample: Row, label: Row) -> Iterator[dict[str, Any]]:
        """The entry of a mask: a PNG of what lies within its extent."""
        bits = pictures.bits_of(label, sample, self.lost)
        if bits is None:
            return
        extent = bitmaps.extent(bitmaps.encode(bits), len(bits))
        self.lost["mask boxes"] += any(label[key] != extent[key] for key in "xywh")
        x, y, w, h = (int(extent[key]) for key in "xywh")
        data = pictures.bilevel(bits[y : y + h, x : x + w])
        for entry in self.entries(label | {"kind": "mask", "points": [[x, y], [x + w - 1, y + h - 1]]}):
            yield entry | {"mask": base64.b64encode(data).decode()}

    def entries(self, label: Row) -> Iterator[dict[str, Any]]:
        attributes = carry(label)
        group = attributes.pop("group") if _is_whole(attributes.get("group")) else None
        about = attributes.pop("description") if attributes.get("description") and isinstance(attributes["description"], str) else ""
        flags = {key: attributes.pop(key) for key, value in list(attributes.items()) if isinstance(value, bool)}
        common = {"label": label["class"], "group_id": group, "description": about, "flags": flags}
        if label["kind"] == "polygon" and len(label["rings"]) > 1:
            for ring in label["rings"]:
                yield _entry(common, "polygon", _pairs(ring), attributes | {"ring_of": label["id"]})
        else:
            yield _entry(common, *_geometry(label, attributes))


def _entry(common: dict[str, Any], kind: str, points: list[Any], attributes: dict[str, Any]) -> dict[str, Any]:
    return {**common, "shape_type": kind, "points": points, "mask": None} | ({"attributes": attributes} if attributes else {})


def _geometry(label: Row, attributes: dict[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """(shape_type, points, attributes) of a label with one shape."""
    if label["kind"] == "mask":
        return "mask", label["points"], attributes
    was, rest = attributes.get("shape"), {key: value for key, value in attributes.items() if key != "shape"}
    if label["kind"] == "box":
        x, y, w, h = (label[key] for key in "xywh")
        return "rectangle", [[x, y], [orjson.Fragment(corners.far(x, w)), orjson.Fragment(corners.far(y, h))]], attributes
    if label["kind"] == "polygon":
        return "polygon", _pairs(label["rings"][0]), attributes
    if label["kind"] == "rotated":
        cx, cy, w, h, angle = label["points"]
        if was == "circle" and w == h and not angle:
            return "circle", [[cx, cy], [orjson.Fragment(corners.around(cx, w)[1]), cy]], rest
        return "polygon", _corners(*label["points"]), attributes | {"rotated": label["points"]}
    points = [label["points"][i : i + 2] for i in range(0, len(label["points"]), 3)]
    sight = [int(v) for v in label["points"][2::3]]
    seen = {} if all(v == 2 for v in sight) else {"visibility": sight}
    if was in _LINES:
        return str(was), points, rest | seen
    return "point" if len(points) == 1 else "points", points, attributes | seen


def _corners(cx: float, cy: float, w: float, h: float, angle: float) -> list[list[float]]:
    c, s = math.cos(angle), math.sin(angle)
    return [[cx + x * c - y * s, cy + x * s + y * c] for x, y in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))]


def _pairs(ring: list[float]) -> list[list[float]]:
    return [ring[i : i + 2] for i in range(0, len(ring), 2)]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


FORMAT = LabelMe()
