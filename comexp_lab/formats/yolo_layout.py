"""Which files of a YOLO data set are what: ``data.yaml``, label files, lists, the image of each label file, its split.

Nothing is fetched and no path leaves the tree: ``download:``, URLs and absolute paths in a ``data.yaml`` are noted and ignored.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from comexp_lab.errors import BadLabels
from comexp_lab.formats.base import MEDIA, FileTree, media_names
from comexp_lab.formats.rows import split_of

SPLITS = {"train": "train", "val": "val", "validation": "val", "test": "test", "minival": "val"}
_NAMES = ("classes.txt", "obj.names", "classes.names", "labels.names", "_darknet.labels")
_PROSE = re.compile(r"(^|/)(readme|license|licence|notes?|requirements)[^/]*\.txt$", re.IGNORECASE)
_WHOLE = re.compile(r"\d+(\.0*)?")
_LARGEST = 1 << 20


@dataclass
class Layout:
    """``labels``: label files; ``images``: media by path without ending; ``splits``: (prefix or path of an image, split)."""

    root: str = ""
    file: str = ""
    names: dict[int, str] = field(default_factory=dict)
    task: str | None = None
    keypoints: tuple[int, int] | None = None
    joints: dict[int, list[str]] = field(default_factory=dict)
    flip: list[int] | None = None
    labels: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    folders: list[tuple[str, str | None]] = field(default_factory=list)
    listed: dict[str, str | None] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)  # what data.yaml says, as it stands

    def image_of(self, label: str) -> str:
        """The image of a label file: its name in the tree, else the path without ending that it should have."""
        stem = posixpath.splitext(label)[0]
        head, found, tail = f"/{stem}".rpartition("/labels/")
        beside = f"{head}/images/{tail}".lstrip("/") if found else stem
        return self.images.get(beside) or self.images.get(stem) or beside

    def split_of(self, image: str) -> str | None:
        """The split that ``data.yaml`` gives an image, else the one its folders name."""
        stem = posixpath.splitext(image)[0]
        if stem in self.listed:
            return self.listed[stem]
        inside = [(len(folder), split) for folder, split in self.folders if f"{image}/".startswith(f"{folder}/" if folder else "")]
        if inside:
            longest = max(length for length, _ in inside)
            splits = {split for length, split in inside if length == longest}
            if len(splits) == 1:
                return splits.pop()
        return next((split for part in reversed(image.split("/")[:-1]) if (split := split_of(part))), None)


def find_layout(tree: FileTree) -> Layout:
    """Read ``data.yaml`` and the lists; sort the text files."""
    layout = Layout(images={posixpath.splitext(name)[0]: name for name in media_names(tree)})
    names = sorted(tree.names(), key=lambda name: (name.count("/"), name))
    texts = [name for name in names if name.lower().endswith(".txt")]
    for name in names:
        if name.lower().endswith((".yaml", ".yml")) and _read_yaml(tree, name, layout):
            break
    lists = _apply_splits(tree, layout, set(texts)) or _lists_by_name(tree, layout, texts)
    if not layout.names:
        _read_names(tree, names, layout)
    inside = [name for name in texts if "/labels/" in f"/{name}"]
    layout.labels = [
        name for name in inside or texts if name not in lists and posixpath.basename(name).lower() not in _NAMES and not _PROSE.search(name)
    ]
    return layout


def looks_like_rows(tree: FileTree, labels: list[str]) -> bool:
    """Whether most lines at the beginning of the first label files are rows: a whole number and at least four more numbers."""
    files = seen = good = 0
    for name in labels[:200]:
        with tree.open(name) as file:
            lines = file.read(4096).decode("utf-8-sig", "replace").splitlines()[:20]
        rows = [line.split() for line in lines if line.strip()]
        good += sum(1 for row in rows if len(row) >= 5 and _WHOLE.fullmatch(row[0]) and all(map(_is_number, row[1:5])))
        seen, files = seen + len(rows), files + bool(rows)
        if files == 5:
            break
    return good > seen / 2 if seen else any("/labels/" in f"/{name}" for name in labels)


def class_folders(tree: FileTree) -> dict[str, tuple[str, str]]:
    """(split, class) of each image in ``<split>/<class>/<image>`` folders; empty if the tree is not of that kind."""
    found: dict[str, tuple[str, str]] = {}
    for name in media_names(tree):
        parts = name.split("/")
        place = next((i for i, part in enumerate(parts[:-1]) if split_of(part)), None)
        if place is None or len(parts) != place + 3:
            return {}
        found[name] = (split_of(parts[place]) or "", parts[place + 1])
    kinds = {kind for _, kind in found.values()}
    return found if len(kinds) > 1 and not kinds <= {"images", "labels"} else {}


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


# ---- data.yaml ------------------------------------------------------------------------------------------------------
def _read_yaml(tree: FileTree, name: str, layout: Layout) -> bool:
    """Take class names and keypoints; False if the file is something else."""
    if tree.size(name) > _LARGEST:
        return False
    try:
        data = yaml.safe_load(tree.read(name).decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        layout.notes.append((name, "left out: it is not plain YAML"))
        return False
    if not isinstance(data, dict) or not ({"names", "nc"} & set(data)):
        return False
    layout.file, layout.root = name, posixpath.dirname(name)
    layout.names = _class_names(name, data)
    layout.task = data.get("task") if data.get("task") in ("detect", "segment", "pose", "obb", "classify") else None
    layout.keypoints = _keypoint_shape(name, data.get("kpt_shape"))
    layout.joints = {int(k): [str(n) for n in v] for k, v in _numbered(data.get("kpt_names")).items() if isinstance(v, list)}
    flip = data.get("flip_idx")
    layout.flip = flip if isinstance(flip, list) and all(isinstance(n, int) for n in flip) else None
    layout.data = data
    if data.get("download"):
        layout.notes.append((name, "'download' was ignored: nothing is fetched"))
    return True


def _class_names(file: str, data: dict[str, Any]) -> dict[int, str]:
    names = data.get("names")
    if names is None and isinstance(data.get("nc"), int) and 0 <= data["nc"] <= 100_000:
        return {i: f"class_{i}" for i in range(data["nc"])}
    found = _numbered(names)
    if not found:
        raise BadLabels(f"{file} has no class names: 'names' must be a list, or a dict from number to name.")
    return {number: str(name) for number, name in found.items()}


def _numbered(value: Any) -> dict[int, Any]:
    if isinstance(value, list):
        return dict(enumerate(value))
    if isinstance(value, dict):
        return {int(k): v for k, v in value.items() if isinstance(k, int) or (isinstance(k, str) and k.isdigit())}
    return {}


def _keypoint_shape(file: str, shape: Any) -> tuple[int, int] | None:
    if shape is None:
        return None
    if isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) for n in shape) and shape[0] > 0 and shape[1] in (2, 3):
        return shape[0], shape[1]
    raise BadLabels(f"{file}: 'kpt_shape' must be [number of keypoints, 2 or 3].")


def _apply_splits(tree: FileTree, layout: Layout, texts: set[str]) -> set[str]:
    """Turn train, val and test into folders and listed images; the names of the list files."""
    lists: set[str] = set()
    for key in (*SPLITS, "unassigned"):
        value = layout.data.get(key) or []
        for entry in value if isinstance(value, list) else [value]:
            place = _inside(layout, key, entry)
            if place is None:
                continue
            if place in texts:
                lists.add(place)
                _read_list(tree, layout, place, SPLITS.get(key))
            else:
                layout.folders.append((place, SPLITS.get(key)))
    return lists


def _inside(layout: Layout, key: str, entry: Any) -> str | None:
    """An entry of data.yaml as a path in the tree; None, with a note, if it is outside."""
    places = _candidates(layout, entry) if isinstance(entry, str) and "://" not in entry else []
    tops = {name.rpartition("/")[0] + "/" for name in layout.images.values()}
    for place in places:
        if place == ".":
            return ""
        if place.endswith(".txt") or not tops or any(top.startswith(f"{place}/") for top in tops):
            return place
    why = "there is no such folder here" if places else "only paths beside the file are read"
    layout.notes.append((layout.file, f"'{key}: {entry}' was ignored: {why}"))
    return None


def _candidates(layout: Layout, entry: str) -> list[str]:
    """Where a path of data.yaml may lie: below ``path``, beside the file, or one folder nearer, as Roboflow writes it."""
    base, entry = layout.data.get("path"), entry.replace("\\", "/")
    joined: list[tuple[str, ...]] = [(layout.root, base, entry)] if isinstance(base, str) and "://" not in base else []
    joined += [(layout.root, entry), (layout.root, entry.removeprefix("../"))]
    places = [posixpath.normpath(posixpath.join(*parts)) for parts in joined]
    return [place for place in places if not place.startswith(("/", ".."))]


def _lists_by_name(tree: FileTree, layout: Layout, texts: list[str]) -> set[str]:
    """Lists that no ``data.yaml`` names, as Darknet and CVAT write them: ``train.txt`` and the like, lines of image paths."""
    lists: set[str] = set()
    for name in texts:
        if split := split_of(posixpath.splitext(posixpath.basename(name))[0]):
            with tree.open(name) as file:
                first = file.read(4096).decode("utf-8-sig", "replace").splitlines()[:1]
            if first and first[0].strip().lower().endswith(MEDIA):
                lists.add(name)
                _read_list(tree, layout, name, split)
    return lists


def _read_list(tree: FileTree, layout: Layout, name: str, split: str | None) -> None:
    """Images named one a line; a path that is not in the tree is matched by its ending."""
    root = posixpath.dirname(name)
    for line in tree.read(name).decode("utf-8-sig", "replace").splitlines():
        if line.strip():
            stem = posixpath.splitext(posixpath.normpath(posixpath.join(root, line.strip().replace("\\", "/"))))[0]
            while stem and stem not in layout.images:
                stem = stem.partition("/")[2]
            if stem:
                layout.listed[stem] = split


def _read_names(tree: FileTree, names: list[str], layout: Layout) -> None:
    """Class names one a line from ``classes.txt`` and the like."""
    for name in names:
        if posixpath.basename(name).lower() in _NAMES and tree.size(name) <= _LARGEST:
            lines = tree.read(name).decode("utf-8-sig", "replace").splitlines()
            while lines and not lines[-1].strip():
                lines.pop()
            layout.file, layout.names = name, {i: line.strip() for i, line in enumerate(lines)}
            return
