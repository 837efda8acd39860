"""YOLO as Ultralytics knows it: detect, segment, pose, oriented boxes (one text file an image), and folders for classify."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from comexp_lab.formats.base import FileTree, Sink, Source, Stage
from comexp_lab.formats.yolo_layout import class_folders, find_layout, looks_like_rows
from comexp_lab.formats.yolo_reading import read_folders, read_rows
from comexp_lab.formats.yolo_writing import write

if TYPE_CHECKING:
    from comexp_lab.formats.staging import TableStage


class Yolo:
    name = "yolo"
    title = "YOLO"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})

    def sniff(self, tree: FileTree) -> float:
        layout = find_layout(tree)
        if not layout.labels:
            return 0.3 if class_folders(tree) else 0.0
        likely = looks_like_rows(tree, layout.labels)
        return (0.95 if layout.names else 0.7) if likely else 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        layout = find_layout(tree)
        folders = {} if layout.labels else class_folders(tree)
        if folders:
            read_folders(folders, cast("TableStage", stage))
        else:
            read_rows(tree, layout, cast("TableStage", stage))

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return write(source, sink)


FORMAT = Yolo()
