"""MOT Challenge 1.1: sequences with ``gt/gt.txt`` or ``det/det.txt``, ``labels.txt``, ``seqinfo.ini`` and frames in ``img1``.

Frames count from 1 in the files, from 0 here. Rows of ``gt.txt`` become accepted labels with ``track``; rows of ``det.txt``
suggestions with a score. ``visibility`` below 1 and rows that are not to be considered (``ignored``) are attributes.
A sequence whose ``seqinfo.ini`` names a video file is that video; any other is its frames.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from comexp_lab.errors import BadLabels
from comexp_lab.formats import corners, outgoing, shapes
from comexp_lab.formats.base import VIDEOS, FileTree, Sink, Source, Stage, media_names
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.records import BadRecord, integer, number, relative
from comexp_lab.formats.rows import Rows, split_of

_FILE = re.compile(r"(?:^|(.*)/)(gt/gt|det/det)\.txt$")
_ROW = re.compile(rb"\d+\s*,\s*-?\d+\s*(,\s*-?[\d.][\d.eE+-]*\s*){4,9}")
_LONGEST, _MOST_FRAMES = 10_000, 1_000_000
CLASSES = [
    "pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person", "distractor", "occluder",
    "occluder on the ground", "occluder full", "reflection",
]  # fmt: skip


class Mot:
    name = "mot"
    title = "MOT Challenge 1.1"
    holds = frozenset({"box"})

    def sniff(self, tree: FileTree) -> float:
        found = [name for name in tree.names() if _FILE.search(name)]
        for name in found:
            with tree.open(name) as file:
                first = file.readline(_LONGEST)
            if first.strip():
                return 0.97 if _ROW.fullmatch(first.strip()) else 0.0
        return 0.7 if found else 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        rows = Rows(stage)
        found = [(match, name) for name in tree.names() if (match := _FILE.search(name))]
        if not found:
            raise BadLabels("there is no gt/gt.txt or det/det.txt in these files")
        for match, name in found:
            try:
                _Sequence(tree, stage, rows, match[1] or "", name).read(is_truth=match[2] == "gt/gt")
            except BadRecord as problem:
                raise BadLabels(f"{name}: {problem}") from None
        rows.close()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return _Writer(source, sink).write()


@dataclass
class _Info:
    """What ``seqinfo.ini`` says."""

    name: str = ""
    folder: str = "img1"
    ending: str = ".jpg"
    length: int = 0
    size: tuple[int, int] | None = None


class _Sequence:
    def __init__(self, tree: FileTree, stage: Stage, rows: Rows, root: str, name: str) -> None:
        self.tree, self.stage, self.rows, self.root, self.name = tree, stage, rows, root, name
        self.parts = [part for part in root.split("/") if part]
        self.split = split_of(self.parts[0]) if self.parts else None
        self.home = "/".join(self.parts[1:] if self.split else self.parts)
        self.info = self.seqinfo()
        self.frames = {frame: found for found in media_names(tree) if (frame := self.number_of(found))}
        self.classes = self.labels()

    def read(self, is_truth: bool) -> None:
        for frame in range(1, self.info.length + 1):
            self.sample(frame)
        for frame in sorted(self.frames):
            self.sample(frame)
        with self.tree.open(self.name) as file:
            for line, data in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
                try:
                    if data.strip():
                        self.record(data.decode("utf-8", "replace").split(","), line, is_truth)
                except BadRecord as problem:
                    self.stage.report.add(self.name, str(problem), line=line)

    def record(self, columns: list[str], line: int, is_truth: bool) -> None:
        if not 6 <= len(columns) <= 10:
            raise BadRecord(f"a MOT row has 6 to 10 columns, this one has {len(columns)}")
        frame, track = integer(columns[0], "the frame"), integer(columns[1], "the track id")
        if not 1 <= frame < 2**31:
            raise BadRecord(f"the frame number is impossible: {frame}")
        shape = shapes.box(*(number(value, "a box coordinate") for value in columns[2:6]))
        rest = [number(value, "a column") for value in columns[6:9]] + [1.0, -1.0, 1.0][max(0, len(columns) - 6) :]
        name = self.class_of(rest[1])
        attributes: dict[str, Any] = {"visibility": rest[2]} if 0 <= rest[2] < 1 else {}
        more: dict[str, Any] = {"file": self.name, "line": line, "track": track if track > 0 else None}
        if is_truth:
            attributes |= {"ignored": True} if rest[0] == 0 else {}
        else:
            more |= {"state": "suggested", "source": "detector"}
            more |= {"confidence": rest[0]} if 0 <= rest[0] <= 1 else {}
            attributes |= {} if 0 <= rest[0] <= 1 else {"score": rest[0]}
        more |= {"frame": frame - 1} if self.is_video() else {}
        self.rows.label(self.sample(frame), name, shape, attributes, **more)

    def class_of(self, index: float) -> str:
        if index == -1:
            return self.classes[0] if self.classes is CLASSES else "object"
        if index != int(index) or not 1 <= index <= len(self.classes):
            raise BadRecord(f"the class {corners.plain(index)} is not one of {len(self.classes)}")
        return self.classes[int(index) - 1]

    def sample(self, frame: int) -> int:
        width, height = self.info.size or (None, None)
        more: dict[str, Any] = {"split": self.split, "file": self.name}
        if self.is_video():
            more |= {"kind": "video", "frames": self.info.length or None}
            return self.rows.sample(relative(self.info.name, posixpath.dirname(self.home)), width=width, height=height, **more)
        name = self.frames.get(frame) or posixpath.join(self.home, self.info.folder, f"{frame:06d}{self.info.ending}")
        if name in self.rows.names:
            return self.rows.names[name]
        width, height = self.info.size or self.stage.media_size(name) or (None, None)
        return self.rows.sample(name, width=width, height=height, frame=frame - 1, **more)

    def is_video(self) -> bool:
        return self.info.name.lower().endswith(VIDEOS) and not self.frames

    def number_of(self, name: str) -> int:
        """The frame number of an image of this sequence, 0 if it is none; CVAT counts its frames from 0."""
        if posixpath.dirname(name) != posixpath.join(self.root, self.info.folder):
            return 0
        found = re.fullmatch(r"(frame_)?(\d{1,9})\.\w+", posixpath.basename(name))
        return int(found[2]) + bool(found[1]) if found else 0

    def labels(self) -> list[str]:
        for folder in (posixpath.dirname(self.name), posixpath.join(self.root, "gt")):
            name = posixpath.join(folder, "labels.txt")
            if name in self.tree.names():
                lines = self.tree.read(name).decode("utf-8", "replace").split("\n")
                found = [line.strip("\r") for line in lines]
                return [self.rows.known(line) for line in (found[:-1] if not found[-1] else found)]
        return CLASSES

    def seqinfo(self) -> _Info:
        name = posixpath.join(self.root, "seqinfo.ini")
        if name not in self.tree.names():
            return _Info()
        text = self.tree.read(name).decode("utf-8", "replace")
        found = {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in text.splitlines())}
        try:
            length, width, height = (integer(found.get(key) or 0, key) for key in ("seqlength", "imwidth", "imheight"))
            if not 0 <= length <= _MOST_FRAMES:
                raise BadRecord(f"seqLength is impossible: {length}")
            folder, ending = relative(found.get("imdir") or "img1"), relative(f"x{found.get('imext') or '.jpg'}")[1:]
        except BadRecord as problem:
            self.stage.report.add(name, str(problem))
            return _Info()
        size = (width, height) if 0 < width < 2**31 and 0 < height < 2**31 else None
        return _Info(found.get("name", ""), folder, ending, length, size)


class _Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.classes = [row["name"] for row in outgoing.classes(source)]
        self.index = {name: i for i, name in enumerate(self.classes, 1)}
        self.rows: dict[str, list[str]] = defaultdict(list)
        self.lasts: dict[str, int] = defaultdict(int)
        self.infos: dict[str, dict[str, Any]] = {}

    def write(self) -> dict[str, int]:
        names: dict[int, str] = {}
        for sample, labels in outgoing.samples(self.source):
            outgoing.unheld_sample(self.lost, sample, frozenset({"split"}))
            is_video = sample["kind"] == "video"
            root, frame = (self.video_root(sample), 0) if is_video else self.place(sample)
            ending = posixpath.splitext(sample["name"])[1]
            if is_video:
                self.lost["video media"] += sample["blob"] is not None and self.source.with_media
            else:
                names[sample["id"]] = posixpath.join(root, "img1", f"{frame:06d}{ending}")
            self.lasts[root] = max(self.lasts[root], sample["frames"] or 0 if is_video else frame)
            name = posixpath.basename(sample["name"] if is_video else root) or "sequence"
            self.infos.setdefault(root, {"name": name, "ending": ending, "size": (sample["width"], sample["height"]), "video": is_video})
            self.rows[root] += [row for label in labels if (row := self.row(label, frame))]
        self.files()
        outgoing.write_media(self.source, self.sink, names)
        return dict(self.lost)

    def files(self) -> None:
        unholdable = [name for name in self.classes if re.search(r"[\r\n]", name)]
        self.lost["class names of several lines"] += len(unholdable)
        labels = "".join(re.sub(r"[\r\n]+", " ", name) + "\n" for name in self.classes).encode()
        for root, info in self.infos.items():
            self.sink.write(posixpath.join(root, "gt/gt.txt"), "".join(f"{row}\n" for row in self.rows[root]).encode())
            self.sink.write(posixpath.join(root, "gt/labels.txt"), labels)
            width, height = info["size"]
            lines = [("name", info["name"]), ("imDir", "img1"), ("frameRate", 30), ("seqLength", self.lasts[root])]
            lines += [("imWidth", width), ("imHeight", height), ("imExt", info["ending"] or ".jpg")]
            text = "[Sequence]\n" + "".join(f"{key}={value}\n" for key, value in lines)
            self.sink.write(posixpath.join(root, "seqinfo.ini"), text.encode())

    def place(self, sample: Row) -> tuple[str, int]:
        """(sequence folder, frame from 1) of an image; its own number where it has one that is free."""
        folder = posixpath.dirname(sample["name"])
        home = posixpath.dirname(folder) if posixpath.basename(folder) == "img1" else folder
        root = posixpath.join(sample["split"] or "", home)
        stem = posixpath.splitext(posixpath.basename(sample["name"]))[0]
        own = int(stem) if re.fullmatch(r"\d{1,6}", stem) else (sample["frame"] or -1) + 1
        frame = own if own > self.lasts[root] else self.lasts[root] + 1
        info = self.infos.get(root, {"ending": posixpath.splitext(sample["name"])[1], "size": (sample["width"], sample["height"])})
        told = posixpath.join(home, "img1", f"{frame:06d}{info['ending']}")
        self.lost["file names"] += told != sample["name"]
        self.lost["image sizes"] += info["size"] != (sample["width"], sample["height"])
        return root, frame

    def video_root(self, sample: Row) -> str:
        return posixpath.join(sample["split"] or "", posixpath.dirname(sample["name"]), posixpath.basename(sample["name"]) + ".mot")

    def row(self, label: Row, frame: int) -> str | None:
        known = dict(label["attributes"])
        flag = 0 if known.get("ignored") is True else 1
        seen = known.get("visibility")
        seen = known.pop("visibility") if isinstance(seen, int | float) and not isinstance(seen, bool) and 0 <= seen <= 1 else 1
        known.pop("ignored", None) if flag == 0 else None
        if not frame and label["frame"] is None:
            self.lost["labels of a whole video"] += 1
            return None
        if not outgoing.unheld(self.lost, {**label, "attributes": known}, Mot.holds, frozenset({"track"})):
            return None
        track = label["track"] if label["track"] is not None and label["track"] > 0 else -1
        self.lost["track"] += label["track"] is not None and track == -1
        place = [corners.plain(label[key]) for key in "xywh"]
        return ",".join(map(str, [frame or label["frame"] + 1, track, *place, flag, self.index[label["class"]], corners.plain(seen)]))


FORMAT = Mot()
