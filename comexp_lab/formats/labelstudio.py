"""Label Studio JSON: a list of tasks with annotations (accepted labels) and predictions (suggestions of a model). JSON-MIN is read.

Read are rectangles, ellipses, polygons, keypoints (alone, or below a rectangle as a skeleton), brush masks, choices, video
rectangles and timeline labels. Places are percent of the image, rotation turns about the top left corner. What Label Studio has no
field for stands in the ``meta`` of a region or task, which it keeps.
"""

from __future__ import annotations

from comexp_lab.errors import BadLabels
from comexp_lab.formats import json_items, labelstudio_min, labelstudio_reading, labelstudio_writing
from comexp_lab.formats.base import FileTree, Sink, Source, Stage


class LabelStudio:
    name = "labelstudio"
    title = "Label Studio"
    holds = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})

    def sniff(self, tree: FileTree) -> float:
        for name in _files(tree)[:3]:
            with tree.open(name) as file:
                text = json_items.head(file)
            if labelstudio_min.is_minimal(text) or (
                text.startswith(("[{", "{"))
                and '"data":{' in text
                and any(f'"{key}":[' in text for key in ("annotations", "predictions", "result"))
            ):
                return 0.96
        return 0.0

    def read(self, tree: FileTree, stage: Stage) -> None:
        names = _files(tree)
        if not names:
            raise BadLabels("there is no Label Studio JSON in these files")
        reader = labelstudio_reading.Reader(tree, stage)
        for name in names:
            reader.file(name)
        reader.rows.close()

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        return labelstudio_writing.Writer(source, sink).write()


def _files(tree: FileTree) -> list[str]:
    return sorted(name for name in tree.names() if name.lower().endswith(".json"))


FORMAT = LabelStudio()
