"""Open Images V4 to V7: CSV files with class names, images, boxes in fractions of the image, and image-level labels.

Class codes such as ``/m/01g317`` become their display names. The flags IsOccluded … IsInside are attributes where they are known;
a confidence of ``1`` says nothing and is left out; an image-level label with confidence 0 was verified to be absent: a
rejected tag. Fractions need the size of the image: from ``images.meta`` as Datumaro writes it, or from the image itself.
Masks: see ``openimages_masks``.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from comexp_lab.errors import BadLabels
from comexp_lab.formats import corners, openimages_masks, openimages_writing, shapes
from comexp_lab.formats.base import FileTree, Sink, Source, Stage, media_names
from comexp_lab.formats.records import BadRecord, clip, number, relative, text
from comexp_lab.formats.rows import Rows, split_of

_IMAGES = re.compile(r"(images-with(-labels-with)?-rotation|image_ids_and_rotation)\.csv$")
_META = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\S+)\s+(\d{1,6})\s+(\d{1,6})\s*')
_CODE = re.compile(r"/[mgt]/\w+")


class OpenImages:
    name = "openimages"
    title = "Open Images"
    holds = frozenset({"box", "mask", "tag"})

    def sniff(self, tree: FileTree) -> float:
        for name in _files(tree, lambda base: base.endswith(".csv"))[:50]:
            with tree.open(name) as file:
                head = file.readline(10_000).decode("utf-8-sig", "replace").strip().replace('"', "").split(",")
            if {"ImageID", "LabelName"} <= set(head) or {"ImageID", "Subset", "Rotation"} <= set(head):
                return 0.97
        return 0.0

    def drawn(self, tree: FileTree) -> list[str]:
        tables = _files(tree, openimages_masks.is_csv)
        paths = (row.get("MaskPath") or "" for name in tables for row, _ in _lines(tree, name, None))
        return openimages_masks.drawn(tree, paths) if tables else []

    def read(self, tree: FileTree, stage: Stage) -> None:
        _Reader(tree, stage).read()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return openimages_writing.Writer(source, sink).write()


class _Reader:
    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage, self.rows = tree, stage, Rows(stage)
        self.media = {posixpath.splitext(_below(name))[0]: _below(name) for name in media_names(tree)}
        self.names: dict[str, str] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        self.samples: dict[str, tuple[int, tuple[int, int] | None]] = {}
        self.masks = openimages_masks.Masks(tree, stage)

    def read(self) -> None:
        self.each(lambda base: "class-descriptions" in base and base.endswith(".csv"), self.describe, ["LabelName", "DisplayName"])
        for name in _files(self.tree, lambda base: base == "images.meta"):
            self.read_sizes(name)
        self.each(lambda base: bool(_IMAGES.search(base)), self.image)
        self.each(lambda base: base.endswith("imagelabels.csv") or "imagelabels-" in base, self.tag)
        self.each(openimages_masks.is_csv, self.masks.add)
        self.each(lambda base: base.endswith("annotations-bbox.csv"), self.box)
        for mask in self.masks.left():
            try:
                self.mask(mask)
            except BadRecord as problem:
                self.stage.report.add(mask.file, str(problem), line=mask.line)
        if not self.samples and not self.names:
            raise BadLabels("there are no CSV files of Open Images in these files")
        self.rows.close()

    def each(
        self, wanted: Callable[[str], bool], take: Callable[[dict[str, str], str], dict[str, Any] | None], fields: list[str] | None = None
    ) -> None:
        """Give every row of every wanted file to ``take``; ``fields`` are the columns where the file has no header."""
        for name in _files(self.tree, wanted):
            for row, line in _lines(self.tree, name, fields):
                try:
                    take(row, name) if fields else take({**row, "line": str(line)}, name)
                except BadRecord as problem:
                    self.stage.report.add(name, str(problem), line=line)

    def describe(self, row: dict[str, str], name: str) -> None:
        code, shown = text(row.get("LabelName"), "LabelName"), row.get("DisplayName") or row["LabelName"]
        taken = self.names.get(code) is None and shown in self.names.values()
        self.names[code] = self.rows.known(f"{shown} ({code})" if taken else shown)

    def read_sizes(self, name: str) -> None:
        for line, entry in enumerate(self.tree.read(name).decode("utf-8", "replace").split("\n"), 1):
            match = _META.fullmatch(entry)
            if match:
                key = re.sub(r"\\(.)", r"\1", match[1][1:-1]) if match[1].startswith('"') else match[1]
                self.sizes[key] = (int(match[3]), int(match[2]))
            elif entry.strip() and not entry.startswith("#"):
                self.stage.report.add(name, f"not an image id with height and width: {clip(entry)}", line=line)

    def image(self, row: dict[str, str], name: str) -> None:
        self.sample(row, row.get("Subset") or _subset(name), name)

    def sample(self, row: dict[str, str], subset: str, file: str) -> tuple[int, tuple[int, int] | None]:
        """(key, size) of the image of a row."""
        own = row.get("ImageID") or ""
        if own not in self.samples:
            name, held = self.known(relative(self.media.get(own, own)))
            size = self.sizes.get(own) or held
            width, height = size or (None, None)
            more = {"split": split_of(subset), "file": file, "line": int(row["line"])}
            self.samples[own] = self.rows.sample(name, width=width, height=height, **more), size
        return self.samples[own]

    def known(self, name: str) -> tuple[str, tuple[int, int] | None]:
        """(name, size) of an image that the dataset has already, with the ending that it has there."""
        tries = ((name + ending, self.stage.media_size(name + ending)) for ending in ("", ".jpg", ".png", ".jpeg"))
        return next(((found, size) for found, size in tries if size), (name, None))

    def tag(self, row: dict[str, str], name: str) -> None:
        sample, _ = self.sample(row, _subset(name), name)
        columns = self.columns(row, name)
        if columns.get("confidence") == 0:
            columns |= {"state": "rejected", "confidence": None}
        self.rows.label(sample, self.label(row), shapes.tag(), **columns)

    def box(self, row: dict[str, str], name: str) -> None:
        mask = self.masks.of_box(row)
        sample, size = self.sample(row, _subset(name), name)
        if size is None:
            raise BadRecord(f"the size of image {clip(row['ImageID'])} is unknown, its boxes are fractions of it")
        sides = {key: corners.part(row.get(key), size[key[0] == "Y"], key) for key in ("XMin", "XMax", "YMin", "YMax")}
        (x, w), (y, h) = (corners.span(sides[f"{axis}Min"], sides[f"{axis}Max"]) for axis in "XY")
        flags = openimages_writing.FLAGS.items()
        attributes = {ours: row[theirs].strip() == "1" for ours, theirs in flags if row.get(theirs, "").strip() in {"0", "1"}}
        shape = shapes.box(x, y, w, h)
        if mask:
            try:
                shape = self.masks.shape(mask, size, shape)
                attributes |= mask.attributes
            except BadRecord as problem:
                self.stage.report.add(mask.file, f"{problem}; its box is taken", line=mask.line, severity="changed")
        self.rows.label(sample, self.label(row), shape, attributes, **self.columns(row, name))

    def mask(self, mask: openimages_masks.Mask) -> None:
        """A mask without a box in the box CSV."""
        sample, size = self.sample(mask.row, _subset(mask.file), mask.file)
        self.rows.label(sample, self.label(mask.row), self.masks.shape(mask, size), mask.attributes, file=mask.file, line=mask.line)

    def label(self, row: dict[str, str]) -> str:
        code = row.get("LabelName") or ""
        if code not in self.names and (self.names or _CODE.fullmatch(code)):
            raise BadRecord(f"the label {clip(code)} is in no class description")
        return self.names.get(code, code)

    def columns(self, row: dict[str, str], name: str) -> dict[str, Any]:
        written = (row.get("Confidence") or "1").strip()
        confidence = None if written == "1" else number(written, "Confidence")
        if confidence is not None and not 0 <= confidence <= 1:
            raise BadRecord(f"Confidence is not between 0 and 1: {clip(written)}")
        return {"confidence": confidence, "source": row.get("Source") or None, "file": name, "line": int(row["line"])}


def _lines(tree: FileTree, name: str, fields: list[str] | None) -> Iterator[tuple[dict[str, str], int]]:
    with tree.open(name) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, fieldnames=fields)
        try:
            for row in reader:
                if fields and row.get(fields[0]) == fields[0]:
                    continue
                yield {key: value or "" for key, value in row.items() if isinstance(value, str | None) and key}, reader.line_num
        except UnicodeDecodeError:
            raise BadLabels(f"{name}: this is not UTF-8 text") from None
        except csv.Error as problem:
            raise BadLabels(f"{name}: line {reader.line_num}: {problem}") from None


def _files(tree: FileTree, wanted: Callable[[str], bool]) -> list[str]:
    return sorted(name for name in tree.names() if wanted(posixpath.basename(name)))


def _subset(name: str) -> str:
    parts = posixpath.basename(name).split("-")
    return parts[1] if re.fullmatch(r"oidv\d+", parts[0]) and len(parts) > 1 else parts[0]


def _below(name: str) -> str:
    """An image's path below ``images/<subset>/``."""
    found = re.search(r"(?:^|/)images/[^/]+/", name)
    return name[found.end() :] if found else posixpath.basename(name)


FORMAT = OpenImages()
