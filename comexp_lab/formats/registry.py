"""The annotation formats by name, and which of them a set of files is.

Formats are imported when asked for: the list alone costs nothing. A format module ends with ``FORMAT = <Format object>``.
"""

from __future__ import annotations

from importlib import import_module

from comexp_lab.errors import BadInput, BadLabels
from comexp_lab.formats.base import FileTree, Format

MODULES = {
    "coco": "coco",
    "yolo": "yolo",
    "voc": "voc",
    "cvat": "cvat",
    "labelstudio": "labelstudio",
    "datumaro": "datumaro",
    "labelme": "labelme",
    "mot": "mot",
    "kitti": "kitti",
    "openimages": "openimages",
}


def names() -> list[str]:
    """The names of all formats, the most common first."""
    return list(MODULES)


def get(name: str) -> Format:
    """The format of that name; BadInput names the known ones."""
    if name not in MODULES:
        raise BadInput(f"There is no format {name!r}; the formats are {', '.join(MODULES)}.")
    return import_module(f"comexp_lab.formats.{MODULES[name]}").FORMAT  # type: ignore[no-any-return]


def formats() -> list[Format]:
    """All formats, imported."""
    return [get(name) for name in MODULES]


def sniff(tree: FileTree) -> Format:
    """The format that fits the files' content best; BadLabels if none does."""
    scores = [(fmt.sniff(tree), fmt) for fmt in formats()]
    score, best = max(scores, key=lambda pair: pair[0])
    if score <= 0:
        known = ", ".join(fmt.title for _, fmt in scores)
        raise BadLabels(f"These files hold no labels in a known format; the formats are {known}.")
    return best
