"""Reads CVAT 1.1 XML element by element: labels of ``<meta>``, then images and tracks."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any

from comexp_lab.formats import cvat_shapes, shapes, xmlsafe
from comexp_lab.formats.base import FileTree, Stage, media_names
from comexp_lab.formats.carried import from_text, uncarry
from comexp_lab.formats.records import BadRecord, clip, integer, noted, relative
from comexp_lab.formats.rows import Rows, split_of

_FRAME = re.compile(r"(?:^|/)frame_(\d{6})\.\w+$")
_MOST_FILLED = 2_000_000  # frames filled between keyframes, of one file


@dataclass
class _Meta:
    """What ``<meta>`` says about one file."""

    labels: dict[str, list[str]] = field(default_factory=dict)  # class -> keypoint names
    size: tuple[int, int] | None = None
    video: str = ""
    stop: int | None = None
    subset: str | None = None  # of the whole task


@dataclass
class _Seen:
    """A track's shape at one frame."""

    frame: int
    shape: shapes.Shape
    columns: dict[str, Any]
    outside: bool
    keyframe: bool
    line: int


class Reader:
    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage, self.rows = tree, stage, Rows(stage)
        self.frames = {int(match[1]): name for name in media_names(tree) if (match := _FRAME.search(name))}
        self.meta = _Meta()
        self.filled = 0

    def file(self, name: str) -> None:
        """Read one XML; BadLabels if it is hopeless."""
        self.meta, self.filled = _Meta(video=posixpath.splitext(posixpath.basename(name))[0]), 0
        with self.tree.open(name) as file:
            for node in xmlsafe.records(file, name, "annotations", ["meta", "image", "track"]):
                with noted(self.stage.report, name, node.line):
                    getattr(self, f"_{node.tag}")(name, node)

    def _meta(self, name: str, node: Any) -> None:
        owners = [label for label in node.iter("label") if not label.get_text("parent")]
        for label in owners:
            title = label.get_text("name")
            points = [part.get_text("name") or "" for part in node.iter("label") if part.get_text("parent") == title]
            color = label.get_text("color") or None
            edges = [int(n) for pair in re.findall(r'data-node-from="(\d{1,6})" data-node-to="(\d{1,6})"', _svg(label)) for n in pair]
            with noted(self.stage.report, name, label.line):
                self.meta.labels[self.rows.known(title, color=color, keypoints=points or None, skeleton=edges or None)] = points
        self.meta.subset = node.get_text("task/subset") or node.get_text("job/subset")
        width, height = (node.get_text(f".//original_size/{key}") for key in ("width", "height"))
        if width and height:
            self.meta.size = (integer(width, "the width"), integer(height, "the height"))
        source = node.get_text("source") or node.get_text(".//source") or ""
        self.meta.video = posixpath.basename(source.replace("\\", "/")) or self.meta.video
        stop = node.get_text(".//stop_frame") or ""
        self.meta.stop = int(stop) if re.fullmatch(r"\d{1,7}", stop) else None

    def _image(self, name: str, node: Any) -> None:
        image = relative(node.get("name"))
        size = _size(node) or self.stage.media_size(image)
        width, height = size or (None, None)
        split = split_of(node.get("subset") or self.meta.subset)
        columns = {"width": width, "height": height, "split": split, "file": name, "line": node.line}
        sample = self.rows.sample(image, **columns)
        for child in node:
            with noted(self.stage.report, name, child.line):
                label, (shape, extra) = self.label_of(child), cvat_shapes.read(child, size, self.meta.labels.get(child.get("label")))
                self.rows.label(sample, label, shape, file=name, line=child.line, **_common(child, extra))

    def _track(self, name: str, node: Any) -> None:
        label, track = self.label_of(node), integer(node.get("id"), "the track id")
        around = {key: node.get(key) for key in ("group_id", "source") if node.get(key)}
        seen: list[_Seen] = []
        for child in node:
            with noted(self.stage.report, name, child.line):
                seen.append(self.seen(child, label))
        seen.sort(key=lambda s: s.frame)
        for here, after in zip(seen, [*seen[1:], None], strict=True):
            if not here.outside:
                self.visible(name, label, track, here, after, around)

    def seen(self, child: Any, label: str) -> _Seen:
        shape, extra = cvat_shapes.read(child, self.meta.size, self.meta.labels.get(label))
        frame = integer(child.get("frame"), "the frame")
        if not 0 <= frame < 2**31:
            raise BadRecord(f"the frame number is impossible: {frame}")
        columns = _common(child, extra)
        return _Seen(frame, shape, columns, child.get("outside") == "1", child.get("keyframe", "1") != "0", child.line)

    def visible(self, name: str, label: str, track: int, here: _Seen, after: _Seen | None, around: dict[str, str]) -> None:
        """One label for the frame itself and one for each frame up to the next listed one."""
        columns = _source(around) | here.columns | {"track": track, "file": name, "line": here.line}
        group = _ordinal(around.get("group_id"), "group_id")
        known = columns.pop("attributes") | ({"group": group} if group else {})
        filled = known | {"keyframe": False}
        self.rows.label(self.sample(here.frame), label, here.shape, known if here.keyframe else filled, frame=here.frame, **columns)
        end = after.frame if after else (self.meta.stop or 0) + 1 if here.keyframe else 0
        for frame in range(here.frame + 1, end):
            self.filled += 1
            if self.filled > _MOST_FILLED:
                raise BadRecord(f"track {track} would fill too many frames between its keyframes")
            share = (frame - here.frame) / (end - here.frame)
            shape = here.shape if after is None or after.outside else cvat_shapes.between(here.shape, after.shape, share)
            if shape is None:
                break
            self.rows.label(self.sample(frame), label, shape, filled, frame=frame, **columns)

    def sample(self, frame: int) -> int:
        """The image of a frame if it is among the files, else the video."""
        width, height = self.meta.size or (None, None)
        if frame in self.frames:
            return self.rows.sample(self.frames[frame], width=width, height=height, frame=frame)
        frames = self.meta.stop + 1 if self.meta.stop is not None else None
        return self.rows.sample(self.meta.video, width=width, height=height, kind="video", frames=frames)

    def label_of(self, node: Any) -> str:
        label = node.get("label")
        if label not in self.meta.labels and (self.meta.labels or not label):
            raise BadRecord(f"the label {clip(label)} is not declared in <meta>")
        return str(label)


def _common(node: Any, extra: dict[str, Any]) -> dict[str, Any]:
    """Columns for what every shape has: attributes, occluded, order, group, source."""
    attributes = {a.get("name") or "": from_text(a.text or "") for a in node.findall("attribute")} | extra
    if node.get("occluded") == "1":
        attributes["occluded"] = True
    for key, name in (("z_order", "z_order"), ("group_id", "group")):
        if found := _ordinal(node.get(key), key):
            attributes[name] = found
    return _source(node) | uncarry(attributes)


def _source(node: Any) -> dict[str, Any]:
    source = node.get("source")
    return {"source": source} if source and source != "manual" else {}


def _ordinal(text: str | None, what: str) -> int:
    return integer(text, what) if text else 0


def _size(node: Any) -> tuple[int, int] | None:
    found = [node.get(key) for key in ("width", "height")]
    return tuple(integer(value, "the image size") for value in found) if all(found) else None  # type: ignore[return-value]


def _svg(label: Any) -> str:
    """The drawing of a skeleton, which CVAT writes as text or as elements."""
    svg = label.find("svg")
    if svg is None:
        return ""
    lines = (f'data-node-from="{line.get("data-node-from")}" data-node-to="{line.get("data-node-to")}"' for line in svg.iter("line"))
    return (svg.text or "") + " ".join(lines)
