"""COCO: instances, keypoints, polygons and run-length masks, in as many JSON files as there are; not panoptic.

Fields of ours that COCO lacks go where its users expect them: ``score``, ``attributes`` (with ``track_id``, ``frame``,
``source``, ``state`` where they say something), and ``rotated`` (cx, cy, w, h, angle) beside the four corners of a turned box.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from comexp_lab.errors import BadLabels
from comexp_lab.formats.base import FileTree, Sink, Source, Stage
from comexp_lab.formats.coco_reading import read_file
from comexp_lab.formats.coco_writing import write

if TYPE_CHECKING:
    from comexp_lab.formats.staging import TableStage

_LOOK = 1 << 16
_ARRAY = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[\s*(?:\{\s*"|\])')


class Coco:
    name = "coco"
    title = "COCO"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints"})

    def sniff(self, tree: FileTree) -> float:
        return max((_likeness(tree, name) for name in _candidates(tree)), default=0.0)

    def read(self, tree: FileTree, stage: Stage) -> None:
        names = _candidates(tree)
        chosen = [name for name in names if _likeness(tree, name) > 0] or names[:1]
        if not chosen:
            raise BadLabels("There is no JSON file here, so these are not COCO labels.")
        for number, name in enumerate(chosen):
            read_file(tree, name, cast("TableStage", stage), number)

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return write(source, sink)


def _candidates(tree: FileTree) -> list[str]:
    return sorted(name for name in tree.names() if name.lower().endswith(".json"))


def _likeness(tree: FileTree, name: str) -> float:
    """From the arrays that begin near the file's start and end; the middle may be hundreds of megabytes."""
    with tree.open(name) as file:
        text = file.read(_LOOK)
        if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"segments_info"' in text:
            return 0.0
        found = set(_ARRAY.findall(text))
        if len(found) < 2:
            file.seek(max(0, tree.size(name) - _LOOK))
            found |= set(_ARRAY.findall(file.read(_LOOK)))
    if not found & {b"images", b"annotations"}:
        return 0.0
    return {1: 0.3, 2: 0.9, 3: 0.95}[len(found)]


FORMAT = Coco()
