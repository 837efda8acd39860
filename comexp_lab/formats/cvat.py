"""CVAT 1.1, for images and for video.

Images: shapes in ``<image>`` elements. Shapes that we have no kind for keep their geometry and say what they were in the
attribute ``shape``: polylines, cuboids and loose points are keypoints, ellipses rotated boxes. Video: ``<track>`` elements; each
visible frame of a track becomes a label of the video with ``track`` and ``frame``. Frames between two listed ones are filled
linearly, as CVAT does, and marked ``keyframe: false``, so that the same keyframes go out again.
"""

from __future__ import annotations

import posixpath

from comexp_lab.errors import BadLabels
from comexp_lab.formats import cvat_reading, cvat_writing, xmlsafe
from comexp_lab.formats.base import FileTree, Sink, Source, Stage


class Cvat:
    name = "cvat"
    title = "CVAT 1.1"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})

    def sniff(self, tree: FileTree) -> float:
        for name in _files(tree)[:3]:
            with tree.open(name) as file:
                root, tags = xmlsafe.root_of(file) or ("", set())
            if root == "annotations":
                return 0.95 if tags & {"meta", "image", "track"} else 0.5
        return 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        names = _files(tree)
        if not names:
            raise BadLabels("there is no CVAT XML in these files")
        reader = cvat_reading.Reader(tree, stage)
        for name in names:
            reader.file(name)
        reader.rows.close()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return cvat_writing.Writer(source, sink).write()


def _files(tree: FileTree) -> list[str]:
    return sorted((name for name in tree.names() if name.lower().endswith(".xml")), key=lambda n: (posixpath.dirname(n), n))


FORMAT = Cvat()
