"""Pascal VOC: one XML per image below ``Annotations``, lists of image ids in ``ImageSets/Main``, classes in ``labelmap.txt``.

Coordinates are taken as they stand (x = xmin, w = xmax - xmin), as Datumaro and most tools do; nothing is shifted for
the 1-based inclusive pixels of the original devkit, so that what came in goes out again. Class lists such as ``cat_train.txt``
become tags, except where a label of that class says the same already. Segmentation pictures: see ``voc_masks``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import orjson

from comexp_lab.errors import BadLabels
from comexp_lab.formats import corners, shapes, voc_masks, voc_writing, xmlsafe
from comexp_lab.formats.base import FileTree, Sink, Source, Stage, media_names
from comexp_lab.formats.carried import from_text, uncarry
from comexp_lab.formats.records import BadRecord, flag, noted, relative
from comexp_lab.formats.rows import Rows, split_of
from comexp_lab.formats.voc_masks import ClassMap, Masks, Thing

_WHOLE = re.compile(r"\s*([A-Za-z]:)?[\\/]")
_LIST = re.compile(r"(?:^|/)ImageSets/(?:Main|Segmentation)/([^/]+)\.txt$", re.IGNORECASE)


class Voc:
    name = "voc"
    title = "Pascal VOC"
    holds = frozenset({"box", "mask", "tag"})

    def sniff(self, tree: FileTree) -> float:
        names = [name for name in tree.names() if name.lower().endswith(".xml")]
        for name in names[:3]:
            with tree.open(name) as file:
                root, tags = xmlsafe.root_of(file) or ("", set())
            if root != "annotation" or (tags & {"polygon", "segm"} and "bndbox" not in tags):
                return 0.0
            if "bndbox" in tags:
                return 0.95
        return 0.6 if names or any(map(_LIST.search, tree.names())) or self.drawn(tree) else 0.0

    def drawn(self, tree: FileTree) -> list[str]:
        return voc_masks.drawn(tree)

    def read(self, tree: FileTree, stage: Stage) -> None:
        _Reader(tree, stage).read()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return voc_writing.Writer(source, sink).write()


class _Reader:
    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage, self.rows = tree, stage, Rows(stage)
        self.media = {posixpath.splitext(_inside(name, "JPEGImages"))[0]: _inside(name, "JPEGImages") for name in media_names(tree)}
        self.boxed: dict[int, set[str]] = {}
        self.stems: dict[str, int] = {}
        self.masks, self.classes = Masks(tree, stage), ClassMap([])

    def read(self) -> None:
        self.declared()
        lists = [(match[1], self.lines(name)) for name in self.tree.names() if (match := _LIST.search(name))]
        splits = {i: split for stem, lines in lists if (split := split_of(stem)) for _, i in lines}
        names = [name for name in self.tree.names() if name.lower().endswith(".xml")]
        bad = [problem for name in names if (problem := self.file(name, splits))]
        if bad and len(bad) == len(names):
            raise BadLabels(bad[0])
        for stem in list(self.masks.files):
            self.bare(stem, splits)
        for stem, lines in lists:
            self.listed(stem, lines, splits)
        if not self.rows.names:
            raise BadLabels("there is no Pascal VOC annotation with an <annotation> root in these files")
        self.rows.close()

    def declared(self) -> None:
        found: list[tuple[str, str | None]] = []
        for name in self.tree.names():
            if posixpath.basename(name) == "dataset_meta.json":
                found += _meta_labels(self.tree.read(name))
            elif posixpath.basename(name) == "labelmap.txt":
                for _, line in self.lines(name):
                    label, _, rest = line.partition(":")
                    found += [(label, _hex(rest.partition(":")[0]))] if label.strip() else []
        self.classes = ClassMap([(label, int(color[1:], 16) if color else None) for label, color in found])
        for label, color in found:
            if label != voc_masks.BACKGROUND:
                with noted(self.stage.report, "labelmap.txt"):
                    self.rows.known(label, color=color)

    def lines(self, name: str) -> list[tuple[int, str]]:
        found = enumerate(self.tree.read(name).decode("utf-8", "replace").split("\n"), 1)
        return [(i, line.strip()) for i, line in found if line.strip() and not line.startswith("#")]

    def file(self, name: str, splits: dict[str, str]) -> str | None:
        """Read one XML; the text of the problem if there is no reading it."""
        try:
            with self.tree.open(name) as file:
                root = next(xmlsafe.records(file, name, "annotation", ["annotation"]))
            self.image(name, root, splits)
        except (BadLabels, BadRecord) as problem:
            self.stage.report.add(name, str(problem).removeprefix(f"{name}: "))
            return f"{name}: {problem}" if isinstance(problem, BadRecord) else str(problem)
        return None

    def image(self, name: str, root: xmlsafe.Node, splits: dict[str, str]) -> None:
        stem = posixpath.splitext(_inside(name, "Annotations"))[0]
        image = self.image_name(stem, root)
        if image in self.rows.names:
            raise BadRecord(f"a second annotation of {image}")
        masks, size = self.masks.of(stem, _size(root) or self.stage.media_size(image), self.classes)
        width, height = size or (None, None)
        sample = self.rows.sample(image, width=width, height=height, split=splits.get(stem), file=name)
        self.stems[stem] = sample
        objects: list[Thing] = []
        parts: dict[int, list[Thing]] = {}
        for group, node in enumerate(root.findall("object"), 1):
            with noted(self.stage.report, name, getattr(node, "line", None)):
                self.object(node, group, objects, parts)
        for whole in voc_masks.joined(masks, objects, self.classes):
            for thing in (whole, *parts.pop(whole.number, [])):
                with noted(self.stage.report, name, thing.columns.get("line")):
                    self.label(sample, name, thing)

    def image_name(self, stem: str, root: xmlsafe.Node) -> str:
        """``filename``, in the folder of the XML unless it names one; the image beside the XML if that name is not there.

        Of a whole path, which is one of another machine, the file's name counts."""
        written = root.get_text("filename") or ""
        if _WHOLE.match(written):
            written = re.split(r"[\\/]", written)[-1]
        folder = "" if "/" in written else posixpath.dirname(stem)
        image = relative(written, folder) if written.strip() else self.media.get(stem, f"{stem}.jpg")
        return self.media[stem] if stem in self.media and image not in self.media.values() else image

    def object(self, node: Any, group: int, objects: list[Thing], parts: dict[int, list[Thing]]) -> None:
        inner = node.findall("part")
        columns = uncarry(_attributes(node) | ({"group": group} if inner else {}))
        objects.append(Thing(group, self.rows.known(node.get_text("name")), _shape(node), columns | {"line": node.line}))
        for part in inner:
            about = {"attributes": {"group": group, "part": True}, "line": part.line}
            parts.setdefault(group, []).append(Thing(0, self.rows.known(part.get_text("name")), _shape(part), about))

    def label(self, sample: int, file: str, thing: Thing) -> None:
        if thing.label is None:
            raise BadRecord(f"the class of instance {thing.number} is not known")
        self.rows.label(sample, thing.label, thing.shape, file=file, **thing.columns)
        self.boxed.setdefault(sample, set()).add(thing.label)

    def listed(self, stem: str, lines: list[tuple[int, str]], splits: dict[str, str]) -> None:
        """An image list, or a class list ``<class>_<split>`` with a sign behind each id."""
        label = stem.rpartition("_")[0]
        signed = label and all(re.search(r"\s(-1|0|1)$", line) for _, line in lines)
        for _, line in lines:
            item, sign = line.rsplit(maxsplit=1) if signed else (line, "")
            sample = self.stems.get(item) or self.bare(item, splits)
            if signed and sign == "1" and sample and label not in self.boxed.get(sample, ()):
                self.rows.label(sample, label, shapes.tag())

    def bare(self, stem: str, splits: dict[str, str]) -> int | None:
        """A sample that stands in a list but has no XML."""
        try:
            image = relative(self.media.get(stem, f"{stem}.jpg"))
        except BadRecord as problem:
            self.stage.report.add("ImageSets", str(problem))
            return None
        masks, size = self.masks.of(stem, self.stage.media_size(image), self.classes)
        width, height = size or (None, None)
        self.stems[stem] = self.rows.sample(image, width=width, height=height, split=splits.get(stem))
        for mask in masks:
            with noted(self.stage.report, f"SegmentationObject/{stem}.png"):
                self.label(self.stems[stem], f"SegmentationObject/{stem}.png", mask)
        return self.stems[stem]


def _shape(node: Any) -> shapes.Shape:
    turned = node.find("robndbox")  # roLabelImg
    if turned is not None:
        return shapes.rotated(*(turned.get_text(key) for key in ("cx", "cy", "w", "h", "angle")))
    outline = {corner.tag: corner.text for corner in node.iterfind("polygon/*")}  # Roboflow: <x1>, <y1>, <x2>, ... beside the box
    if "x3" in outline:
        return shapes.polygon(
            [[float(corners.exact(outline.get(f"{a}{i}"), f"<{a}{i}>")) for i in range(1, len(outline) // 2 + 1) for a in "xy"]]
        )
    place = node.find("bndbox")
    if place is None:
        raise BadRecord("the object has no <bndbox>")
    sides = {side.tag: side.text for side in place}
    (x, w), (y, h) = (corners.span(sides.get(f"{a}min"), sides.get(f"{a}max"), f"<{a}min> or <{a}max>") for a in "xy")
    return shapes.box(x, y, w, h)


def _attributes(node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {key: flag(node.get_text(key), f"<{key}>") for key in voc_writing.FLAGS if node.get_text(key)}
    if node.get_text("pose") is not None:
        found["pose"] = node.get_text("pose")
    if node.find("point") is not None:
        found["point"] = [float(corners.exact(node.get_text(f"point/{axis}"), "<point>")) for axis in "xy"]
    if node.find("actions") is not None:
        found["actions"] = {action.tag: from_text(action.text or "") for action in node.find("actions")}
    for attribute in node.iterfind("attributes/attribute"):
        found[attribute.get_text("name") or ""] = from_text(attribute.get_text("value") or "")
    return found


def _size(root: Any) -> tuple[int, int] | None:
    try:
        width, height = (int(float(root.get_text(f"size/{key}") or 0)) for key in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if 0 < width < 2**31 and 0 < height < 2**31 else None


def _inside(name: str, folder: str) -> str:
    """The part of a name below ``folder``; the whole name if it is in no such folder."""
    found = re.search(rf"(?:^|/){folder}/", name, re.IGNORECASE)
    return name[found.end() :] if found else name


def _meta_labels(data: bytes) -> Iterator[tuple[str, str | None]]:
    """(class, colour) of Datumaro's ``dataset_meta.json``, background first."""
    try:
        found = orjson.loads(data)
    except ValueError:
        return
    page = found if isinstance(found, dict) else {}
    labels, numbered, colors = (page.get(key) for key in ("labels", "label_map", "segmentation_colors"))
    listed = labels if isinstance(labels, list) else []
    given: dict[Any, str | None] = {}
    if isinstance(numbered, dict) and isinstance(colors, list):
        pairs = zip(numbered.values(), colors, strict=False)
        given = {label: _hex(",".join(map(str, color))) for label, color in pairs if isinstance(label, str) and isinstance(color, list)}
    names = dict.fromkeys(label for label in [*listed, *given] if isinstance(label, str) and label.strip())
    for label in sorted(names, key=lambda label: label != voc_masks.BACKGROUND):
        yield label, given.get(label)


def _hex(rgb: str) -> str | None:
    parts = [int(part) for part in rgb.split(",") if part.strip().isdigit()]
    return "#{:02x}{:02x}{:02x}".format(*parts) if len(parts) == 3 and max(parts) < 256 else None


FORMAT = Voc()
