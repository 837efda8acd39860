"""Pascal VOC: one XML per image below ``Annotations``, lists of image ids in ``ImageSets/Main``, classes in ``labelmap.txt``.

Coordinates are taken as they stand (x = xmin, w = xmax - xmin), as Datumaro and most tools do; nothing is shifted for
the 1-based inclusive pixels of the original devkit, so that what came in goes out again. Class lists such as ``cat_train.txt``
become tags, except where a box of that class says the same already.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import orjson

from comexp_lab.errors import BadLabels
from comexp_lab.formats import corners, shapes, voc_writing, xmlsafe
from comexp_lab.formats.base import FileTree, Sink, Source, Stage, media_names
from comexp_lab.formats.carried import from_text, uncarry
from comexp_lab.formats.records import BadRecord, flag, noted, relative
from comexp_lab.formats.rows import Rows, split_of

_LIST = re.compile(r"(?:^|/)ImageSets/Main/([^/]+)\.txt$", re.IGNORECASE)


class Voc:
    name = "voc"
    title = "Pascal VOC"
    holds = frozenset({"box", "tag"})

    def sniff(self, tree: FileTree) -> float:
        names = [name for name in tree.names() if name.lower().endswith(".xml")]
        for name in names[:3]:
            with tree.open(name) as file:
                root, tags = xmlsafe.root_of(file) or ("", set())
            if root != "annotation" or (tags & {"polygon", "segm"} and "bndbox" not in tags):
                return 0.0
            if "bndbox" in tags:
                return 0.95
        return 0.6 if names or any(map(_LIST.search, tree.names())) else 0.0

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

    def read(self) -> None:
        self.declared()
        lists = {match[1]: self.lines(name) for name in self.tree.names() if (match := _LIST.search(name))}
        splits = {i: split for stem in lists if (split := split_of(stem)) for _, i in lists[stem]}
        names = [name for name in self.tree.names() if name.lower().endswith(".xml")]
        bad = [problem for name in names if (problem := self.file(name, splits))]
        if bad and len(bad) == len(names):
            raise BadLabels(bad[0])
        for stem, lines in lists.items():
            self.listed(stem, lines, splits)
        if not self.rows.names:
            raise BadLabels("there is no Pascal VOC annotation with an <annotation> root in these files")
        if any("SegmentationObject/" in name or "SegmentationClass/" in name for name in self.tree.names()):
            self.stage.report.add("SegmentationObject", "segmentation masks of Pascal VOC are not read", severity="note")
        self.rows.close()

    def declared(self) -> None:
        for name in self.tree.names():
            if posixpath.basename(name) == "dataset_meta.json":
                for label in _meta_labels(self.tree.read(name)):
                    self.rows.known(label)
            elif posixpath.basename(name) == "labelmap.txt":
                for _, line in self.lines(name):
                    label, _, rest = line.partition(":")
                    if label.strip() and label != "background":
                        self.rows.known(label, color=_hex(rest.partition(":")[0]))

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
        width, height = _size(root) or self.stage.media_size(image) or (None, None)
        sample = self.rows.sample(image, width=width, height=height, split=splits.get(stem), file=name)
        self.stems[stem] = sample
        for group, node in enumerate(root.findall("object"), 1):
            with noted(self.stage.report, name, getattr(node, "line", None)):
                self.object(name, sample, node, group)

    def image_name(self, stem: str, root: xmlsafe.Node) -> str:
        """``filename``, in the folder of the XML unless it names one; the image beside the XML if that name is not there."""
        written = root.get_text("filename") or ""
        folder = "" if "/" in written else posixpath.dirname(stem)
        image = relative(written, folder) if written.strip() else self.media.get(stem, f"{stem}.jpg")
        return self.media[stem] if stem in self.media and image not in self.media.values() else image

    def object(self, name: str, sample: int, node: Any, group: int) -> None:
        parts = node.findall("part")
        attributes = _attributes(node) | ({"group": group} if parts else {})
        columns = uncarry(attributes)
        shape = _shape(node)
        label = self.rows.known(node.get_text("name"))
        self.rows.label(sample, label, shape, file=name, line=node.line, **columns)
        self.boxed.setdefault(sample, set()).add(label)
        for part in parts:
            self.rows.label(sample, part.get_text("name"), _shape(part), {"group": group, "part": True}, file=name, line=part.line)

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
        width, height = self.stage.media_size(image) or (None, None)
        self.stems[stem] = self.rows.sample(image, width=width, height=height, split=splits.get(stem))
        return self.stems[stem]


def _shape(node: Any) -> shapes.Shape:
    turned = node.find("robndbox")  # roLabelImg
    if turned is not None:
        return shapes.rotated(*(turned.get_text(key) for key in ("cx", "cy", "w", "h", "angle")))
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


def _meta_labels(data: bytes) -> Iterator[str]:
    try:
        found = orjson.loads(data)
    except ValueError:
        return
    labels = found.get("labels") if isinstance(found, dict) else None
    yield from (label for label in labels or [] if isinstance(label, str) and label.strip() and label != "background")


def _hex(rgb: str) -> str | None:
    parts = [int(part) for part in rgb.split(",") if part.strip().isdigit()]
    return "#{:02x}{:02x}{:02x}".format(*parts) if len(parts) == 3 and max(parts) < 256 else None


FORMAT = Voc()
