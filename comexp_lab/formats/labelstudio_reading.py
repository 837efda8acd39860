"""Reads Label Studio tasks: a region is one or more results with the same id, keypoints hang below their rectangle."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from comexp_lab.formats import cvat_shapes, json_items, labelstudio_min, shapes, xmlsafe
from comexp_lab.formats import labelstudio_shapes as geometry
from comexp_lab.formats.base import MEDIA, VIDEOS, FileTree, Stage
from comexp_lab.formats.carried import uncarry
from comexp_lab.formats.records import BadRecord, clip, integer, noted, relative
from comexp_lab.formats.rows import Rows, split_of

Size = geometry.Size
_SHAPES = {"rectangle": geometry.box, "ellipse": geometry.ellipse, "polygon": geometry.polygon, "brush": geometry.mask}
_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")
_MOST_FRAMES = 1_000_000  # of one region


class Reader:
    def __init__(self, tree: FileTree, stage: Stage) -> None:
        self.tree, self.stage, self.rows = tree, stage, Rows(stage)
        self.points: dict[str, list[str]] = {}
        self.relations = 0
        for name in tree.names():
            if posixpath.basename(name) == "label_config.xml":
                self.config(name)

    def config(self, name: str) -> None:
        """Classes with their colours from a labelling interface."""
        with self.tree.open(name) as file:
            for node in xmlsafe.records(file, name, "View", ["Label", "Choice"]):
                if node.get("value") and node.get("category") != "keypoint":
                    names = [part for part in (node.get("keypoints") or "").split("\n") if part]
                    self.points.setdefault(str(node.get("value")), names)
                    with noted(self.stage.report, name, node.line):
                        self.rows.known(node.get("value"), color=node.get("background"), keypoints=names or None)

    def file(self, name: str) -> None:
        with self.tree.open(name) as file:
            first = None
            for key, value, line in json_items.walk(file, name):
                if key:  # one task alone
                    first = {**(first or {}), key: value}
                else:
                    self.task(name, value, line)
        if first:
            self.task(name, first, 1)
        if self.relations:
            self.stage.report.add(name, "relations between regions are left out", severity="note", times=self.relations)
            self.relations = 0

    def task(self, name: str, task: Any, line: int) -> None:
        about = f"task {clip(task['id'], 40)}: " if isinstance(task, dict) and task.get("id") is not None else ""
        with noted(self.stage.report, name, line, about):
            task = labelstudio_min.full(task) if isinstance(task, dict) and "data" not in task else task
            sample, size = self.sample(name, task, line)
            for results, columns in _answers(task):
                self.relations += sum(_is_relation(result) for result in results)
                for region in _regions(results):
                    with noted(self.stage.report, name, line, about):
                        for label, shape, more in self.labels(region, size):
                            self.rows.label(sample, label, shape, file=name, line=line, **{**columns, **more})

    def sample(self, name: str, task: Any, line: int) -> tuple[int, Size]:
        """The key and size of a task's media; 0 where the size is unknown."""
        data, meta = _dict(task, "data"), _dict(task, "meta")
        image = relative(meta["name"]) if meta.get("name") else _file_of(data)
        sizes = (r for results, _ in _answers(task) for r in results if isinstance(r, dict) and r.get("original_width"))
        found = next(sizes, {"original_width": meta.get("width"), "original_height": meta.get("height")})
        size = [integer(found.get(f"original_{key}") or 0, f"original_{key}") for key in ("width", "height")]
        width, height = size if all(size) else self.stage.media_size(image) or (0, 0)
        kind = "video" if image.lower().endswith(VIDEOS) else "image"
        more: dict[str, Any] = {"frames": meta.get("frames") if isinstance(meta.get("frames"), int) else None}
        more |= {"tags": meta["tags"]} if _is_texts(meta.get("tags")) else {}
        more |= {"meta": json_items.plain(meta["meta"])} if isinstance(meta.get("meta"), dict) else {}
        split = split_of(str(meta.get("split") or ""))
        more |= {"width": width or None, "height": height or None, "split": split, "kind": kind}
        return self.rows.sample(image, file=name, line=line, **more), (width, height)

    def labels(self, region: list[dict[str, Any]], known: Size) -> Iterator[tuple[str, shapes.Shape, dict[str, Any]]]:
        """(class, shape, columns) of a region; the first result has the shape, others say more about it."""
        first = region[0]
        kind, value = str(first.get("type") or ""), _dict(first, "value")
        columns = _columns(first, region)
        if kind == "choices":
            yield from ((name, shapes.tag(), columns) for name in _names(value, kind))
        elif kind == "timelinelabels":
            yield from self.timeline(value, columns)
        elif kind == "videorectangle":
            yield from _track(first, value, columns, _size(first, known))
        else:
            shape, extra = self.shape(kind.removesuffix("labels"), value, region, columns, known)
            columns["attributes"] |= extra
            for name in _names(value, kind):
                yield name, shape, columns

    def shape(
        self, kind: str, value: dict[str, Any], region: list[dict[str, Any]], columns: dict[str, Any], known: Size
    ) -> tuple[shapes.Shape, dict[str, Any]]:
        first = region[0]
        if kind != "keypoint" and kind not in _SHAPES:
            raise BadRecord(f"results of type {clip(first.get('type'))} are not read")
        size = _size(first, known)
        below = [part for part in region[1:] if part.get("type") == "keypointlabels"]
        if kind == "keypoint":
            return shapes.keypoints([*geometry.point(value, size), _sight(first)]), {}
        shape = _SHAPES[kind](value, size)
        if kind == "rectangle" and below:
            name = next(iter(_names(value, "rectanglelabels")))
            return shapes.keypoints(self.skeleton(name, below, size), tuple(shape[key] for key in "xywh")), {}  # type: ignore[arg-type]
        return _exact(columns.pop("exact", None), shape), {"shape": "ellipse"} if kind == "ellipse" else {}

    def skeleton(self, name: str, below: list[dict[str, Any]], size: Any) -> list[float]:
        """Triples of the keypoints below a rectangle, in the order of the class; absent ones are 0, 0, 0."""
        found = [(next(iter(_names(_dict(part, "value"), "keypointlabels"))), part) for part in below]
        if any(label == name for label, _ in found):  # points without names of their own
            return [v for _, part in found for v in (*geometry.point(part["value"], size), _sight(part))]
        if not self.points.get(name):
            self.points[name] = [label for label, _ in found]
            self.rows.known(name, keypoints=self.points[name])
        by_name = dict(found)
        order = [*self.points[name], *(label for label, _ in found if label not in self.points[name])]
        return [
            v
            for label in order
            for v in ((*geometry.point(by_name[label]["value"], size), _sight(by_name[label])) if label in by_name else (0, 0, 0))
        ]

    def timeline(self, value: dict[str, Any], columns: dict[str, Any]) -> Iterator[tuple[str, shapes.Shape, dict[str, Any]]]:
        for part in value.get("ranges") or []:
            start, end = (integer(part.get(key) if isinstance(part, dict) else None, key) for key in ("start", "end"))
            if not 1 <= start <= end or end - start > _MOST_FRAMES:
                raise BadRecord(f"the range {start} to {end} is impossible")
            for name in _names(value, "timelinelabels"):
                yield from ((name, shapes.tag(), {**columns, "frame": frame - 1}) for frame in range(start, end + 1))


def _size(first: dict[str, Any], known: Size) -> Size:
    """The size that a result gives for its media, else the one that is known otherwise."""
    width, height = (integer(first.get(f"original_{key}") or 0, f"original_{key}") for key in ("width", "height"))
    if not (width and height) and not all(known):
        raise BadRecord("the size of the picture is needed: the result has no original_width, and there is no such file")
    return (width, height) if width and height else known


def _track(
    first: dict[str, Any], value: dict[str, Any], columns: dict[str, Any], size: Size
) -> Iterator[tuple[str, shapes.Shape, dict[str, Any]]]:
    """One label per frame of a video rectangle; frames between keyframes are filled linearly while it is enabled."""
    keys = [key for key in value.get("sequence") or [] if isinstance(key, dict)]
    if not keys:
        raise BadRecord("the video rectangle has no sequence")
    keys.sort(key=lambda key: integer(key.get("frame"), "the frame"))
    count = integer(value.get("framesCount") or 0, "framesCount")
    if keys[0]["frame"] < 1 or max(integer(keys[-1]["frame"], "the frame"), count) - keys[0]["frame"] > _MOST_FRAMES:
        raise BadRecord("the video rectangle spans too many frames")
    if "track" not in columns:
        columns["track"] = _number_of(first.get("id"))
    for name in _names(value, "labels"):
        for key, after in zip(keys, [*keys[1:], None], strict=True):
            here = geometry.box(key, size)
            mark = {"keyframe": False} if key.get("keyframe") is False else {}
            yield name, here, {**columns, "frame": int(key["frame"]) - 1, "attributes": columns["attributes"] | mark}
            end = int(after["frame"]) if after else count + 1
            for frame in range(int(key["frame"]) + 1, end if key.get("enabled", True) else 0):
                share = (frame - int(key["frame"])) / (end - int(key["frame"]))
                shape = (cvat_shapes.between(here, geometry.box(after, size), share) if after else None) or here
                yield name, shape, {**columns, "frame": frame - 1, "attributes": columns["attributes"] | {"keyframe": False}}


def _answers(task: Any) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """(results, columns) of each annotation and prediction that counts."""
    for answer in task.get("annotations") or task.get("completions") or []:
        if isinstance(answer, dict) and not answer.get("was_cancelled"):
            yield _list(answer), {}
    for answer in task.get("predictions") or []:
        if isinstance(answer, dict):
            version = answer.get("model_version")
            yield _list(answer), {"state": "suggested"} | ({"source": version} if isinstance(version, str) and version else {})


def _regions(results: list[Any]) -> Iterator[list[dict[str, Any]]]:
    """Results that belong together: the same id, or keypoints with a rectangle as parent. Relations are left out."""
    known = [result for result in results if isinstance(result, dict) and not _is_relation(result)]
    heads: dict[Any, list[dict[str, Any]]] = {}
    for result in sorted(known, key=lambda r: (not str(r.get("type")).startswith("rectangle")) if _has_parent(known) else 0):
        own = result.get("parentID") if str(result.get("parentID")) in heads else result.get("id")
        heads.setdefault(str(own) if own is not None else id(result), []).append(result)
    yield from heads.values()


def _is_relation(result: Any) -> bool:
    return isinstance(result, dict) and result.get("type") == "relation"


def _has_parent(results: list[dict[str, Any]]) -> bool:
    return any(result.get("parentID") for result in results)


def _columns(first: dict[str, Any], region: list[dict[str, Any]]) -> dict[str, Any]:
    """Fields and attributes of a region: its ``meta``, its score, and what other results of the same id say."""
    meta = dict(_dict(first, "meta"))
    kept = meta.pop("attributes", None)
    exact = meta.pop("exact", None)
    attributes = json_items.plain({**meta, **(kept if isinstance(kept, dict) else {})})
    attributes.pop("visibility", None)
    for other in region[1:]:
        if other.get("type") != "keypointlabels":
            said = _dict(other, "value")
            answer = said.get("text") if other.get("type") == "textarea" else said.get(str(other.get("type")))
            attributes[str(other.get("from_name"))] = json_items.plain(answer)
    if first.get("score") is not None and "score" not in attributes:
        attributes["score"] = json_items.plain(first["score"])
    return uncarry(attributes) | ({"exact": exact} if exact and first.get("type") == "rectanglelabels" else {})


def _exact(kept: Any, shape: shapes.Shape) -> shapes.Shape:
    """The rotated box as it was written, unless somebody moved it in Label Studio since."""
    if shape["kind"] != "rotated" or not isinstance(kept, list) or len(kept) != 5:
        return shape
    told = shapes.rotated(*kept)
    return told if all(abs(a - b) < 1e-6 for a, b in zip(told["points"], shape["points"], strict=True)) else shape


def _file_of(data: dict[str, Any]) -> str:
    """The media file that a task is about, without host, upload prefix or folder of the server."""
    texts = [data[key] for key in ("image", "video", *data) if isinstance(data.get(key), str)]
    path = next((text for text in texts if text.split("?d=")[-1].lower().endswith(MEDIA)), texts[0] if texts else None)
    if path is None:
        raise BadRecord("the task names no file in its data")
    parts = urlsplit(path)
    if parts.path.startswith("/data/local-files"):
        return relative(next(iter(parse_qs(parts.query).get("d", [""]))).lstrip("/"))
    if path.startswith("/data/upload/"):
        return relative(_UPLOAD.sub("", posixpath.basename(unquote(parts.path))))
    return relative(unquote(parts.path).lstrip("/") if parts.scheme or path.startswith("/") else path)


def _names(value: dict[str, Any], kind: str) -> list[str]:
    names = value.get(kind)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise BadRecord(f"the {clip(kind)} result has no label")
    return names


def _sight(result: dict[str, Any]) -> int:
    seen = _dict(result, "meta").get("visibility", 2)
    return seen if isinstance(seen, int) and seen in (0, 1, 2) else 2


def _number_of(own: Any) -> int:
    """A track number for a region's id, which is any text."""
    return int.from_bytes(str(own).encode()[:7], "big")


def _dict(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord(f"this is not an object: {clip(value)}")
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(answer: dict[str, Any]) -> list[Any]:
    found = answer.get("result")
    return found if isinstance(found, list) else []


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
