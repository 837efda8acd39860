"""KITTI object labels: ``label_2/<image>.txt`` with 15 columns, or 16 with a score.

The box is in pixels. Truncation, occlusion, alpha, 3D size (height, width, length), location and yaw are attributes; values that
KITTI uses for "unknown" (-10, -1, -1000) are left out, and so are the eight -1 that Datumaro writes.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import Any

from comexp_lab.errors import BadLabels
from comexp_lab.formats import corners, outgoing, shapes
from comexp_lab.formats.base import FileTree, Sink, Source, Stage, media_names
from comexp_lab.formats.carried import short_float
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, number, relative
from comexp_lab.formats.rows import Rows, split_of

_LABELS = re.compile(r"(?:^|(.*)/)label_2/(.+)\.txt$")
_LINE = re.compile(r"\S+(?:\s+-?[\d.][\d.eE+-]*){14,15}\s*")
_LONGEST = 10_000
_UNKNOWN: dict[str, tuple[slice, tuple[float, ...]]] = {
    "alpha": (slice(3, 4), (-10,)),
    "dimensions": (slice(8, 11), (-1, -1, -1)),
    "location": (slice(11, 14), (-1000, -1000, -1000)),
    "rotation_y": (slice(14, 15), (-10,)),
}


class Kitti:
    name = "kitti"
    title = "KITTI"
    holds = frozenset({"box"})

    def sniff(self, tree: FileTree) -> float:
        found = [name for name in tree.names() if _LABELS.search(name)]
        for name in found[:20]:
            with tree.open(name) as file:
                first = file.readline(_LONGEST).decode("utf-8", "replace")
            if first.strip():
                return 0.97 if _LINE.fullmatch(first) else 0.0
        return 0.6 if found else 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        _Reader(tree, stage).read()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        lost, stems, names = Counter[str](), outgoing.Stems(), dict[int, str]()
        used: set[str] = set()
        for sample, labels in outgoing.samples(source):
            if sample["kind"] == "video":
                lost["video samples"] += 1
                continue
            outgoing.unheld_sample(lost, sample, frozenset({"split"}))
            folder, stem = sample["split"] or "default", stems.of(sample["name"])
            names[sample["id"]] = f"{folder}/image_2/{stem}{posixpath.splitext(sample['name'])[1]}"
            lost["file name endings"] += not source.with_media
            used |= {label["class"] for label in labels if label["kind"] == "box"}
            lines = [_line(label, lost) for label in labels if outgoing.unheld(lost, label, self.holds, _FIELDS)]
            sink.write(f"{folder}/label_2/{stem}.txt", "".join(f"{line}\n" for line in lines).encode())
        lost["classes without labels"] += sum(row["name"] not in used for row in outgoing.classes(source))
        outgoing.write_media(source, sink, names)
        return dict(lost)


_FIELDS = frozenset({"confidence", "attributes"})


class _Reader:
    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage, self.rows = tree, stage, Rows(stage)
        self.media = {posixpath.splitext(name)[0]: posixpath.splitext(name)[1] for name in media_names(tree)}

    def read(self) -> None:
        files = [(match, name) for name in self.tree.names() if (match := _LABELS.search(name))]
        for match, name in files:
            self.file(name, match[1] or "", match[2])
        if not self.rows.names:
            raise BadLabels("there is no KITTI label file below a folder label_2 in these files")
        self.rows.close()

    def file(self, name: str, root: str, stem: str) -> None:
        try:
            image = self.image(root, stem)
        except BadRecord as problem:
            self.stage.report.add(name, str(problem))
            return
        width, height = self.stage.media_size(image) or (None, None)
        sample = self.rows.sample(image, width=width, height=height, split=split_of(posixpath.basename(root)), file=name)
        with self.tree.open(name) as file:
            for line, data in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                try:
                    self.record(sample, data.decode("utf-8").split(), name, line)
                except UnicodeDecodeError:
                    self.stage.report.add(name, "the line is not UTF-8 text", line=line)
                except BadRecord as problem:
                    self.stage.report.add(name, str(problem), line=line)

    def image(self, root: str, stem: str) -> str:
        """The image's name below ``image_2``, with the folder if another subset has the same; no ending where none is known."""
        ending = self.media.get(posixpath.join(root, "image_2", stem), "")
        name = relative(stem + ending)
        return posixpath.join(root, "image_2", name) if name in self.rows.names else name

    def record(self, sample: int, columns: list[str], file: str, line: int) -> None:
        if not columns:
            return
        if len(columns) not in {15, 16}:
            raise BadRecord(f"a KITTI line has 15 or 16 columns, this one has {len(columns)}")
        values = [number(value, "a column") for value in columns[1:]]
        (x, w), (y, h) = (corners.span(columns[i], columns[i + 2]) for i in (4, 5))
        attributes = _attributes([0.0, *values])
        score = values[14] if len(columns) == 16 else None
        if score is not None and not 0 <= score <= 1:
            attributes["score"], score = score, None
        self.rows.label(sample, columns[0], shapes.box(x, y, w, h), attributes, confidence=score, file=file, line=line)


def _attributes(values: list[float]) -> dict[str, Any]:
    """The columns that say something, by name; ``values`` has the class at 0."""
    found: dict[str, Any] = {key: values[i] for i, key in ((1, "truncated"), (2, "occluded")) if values[i]}
    if [values[3], *values[8:15]] == [-1.0] * 8:
        return found
    for key, (place, unknown) in _UNKNOWN.items():
        if tuple(values[place]) != unknown:
            found[key] = values[place] if len(unknown) > 1 else values[place][0]
    return found


def _line(label: Row, lost: Counter[str]) -> str:
    name = re.sub(r"\s", "_", label["class"])
    lost["class names with spaces"] += name != label["class"]
    rest = dict(label["attributes"])
    columns = [name, *(_number(rest, key, (0,))[0] for key in ("truncated", "occluded")), _number(rest, "alpha", (-10,))[0]]
    columns += [
        corners.plain(label["x"]),
        corners.plain(label["y"]),
        corners.far(label["x"], label["w"]),
        corners.far(label["y"], label["h"]),
    ]
    for key in ("dimensions", "location", "rotation_y"):
        columns += _number(rest, key, _UNKNOWN[key][1])
    score = label["confidence"] if label["confidence"] is not None else None
    lost["attributes"] += bool(rest)
    return " ".join([*columns, *([corners.plain(short_float(score))] if score is not None else [])])


def _number(rest: dict[str, Any], key: str, unknown: tuple[float, ...]) -> list[str]:
    """The columns of an attribute, taken out of ``rest`` if it has the form that KITTI holds."""
    values: Any = rest.get(key) if len(unknown) > 1 else [rest.get(key)]
    fits = isinstance(values, list) and len(values) == len(unknown) and all(_is_number(value) for value in values)
    if fits and tuple(values) != (unknown if key in _UNKNOWN else None):
        rest.pop(key)
        return [corners.plain(value) for value in values]
    return [corners.plain(value) for value in unknown]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e9


FORMAT = Kitti()
