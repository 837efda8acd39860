"""The XML of the older LabelMe web tool: polygons and bounding boxes, attributes as ``a=1, b="x"``, parts as groups.

Segmentations are pictures below ``Masks/<folder>``: whatever is not black in them. ``Scribbles`` are the strokes by which such a
mask was made, and are left out.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from comexp_lab.formats import bitmaps, corners, pictures, shapes, xmlsafe
from comexp_lab.formats.base import FileTree, Stage
from comexp_lab.formats.records import BadRecord, clip, integer, relative
from comexp_lab.formats.rows import Rows, split_of

_PICTURE = re.compile(r"(?:^|/)(Masks|Scribbles)/(.+\.png)$", re.IGNORECASE)
_PART = re.compile(r"((?:[^\\,]|\\.)+)", re.DOTALL)
_PAIR = re.compile(r"((?:[^\\=]|\\.)+)=(.*)", re.DOTALL)


def sniff(tree: FileTree, names: list[str]) -> float:
    """How sure the XML files are LabelMe's rather than Pascal VOC's."""
    for name in names:
        with tree.open(name) as file:
            root, tags = xmlsafe.root_of(file) or ("", set())
        if root == "annotation" and tags & {"polygon", "segm"} and "bndbox" not in tags:
            return 0.95
    return 0.0


def drawn(tree: FileTree) -> list[str]:
    """The masks and scribbles of a tree with XML in it."""
    names = tree.names()
    return [name for name in names if _PICTURE.search(name)] if any(name.lower().endswith(".xml") for name in names) else []


class Reader:
    def __init__(self, tree: FileTree, stage: Stage, rows: Rows) -> None:
        self.tree, self.stage, self.rows = tree, stage, rows
        self.masks: dict[str, list[str]] = {}  # file name → names in the tree
        scribbles = 0
        for name in drawn(tree):
            match = _PICTURE.search(name)
            if match and match[1].lower() == "masks":
                self.masks.setdefault(posixpath.basename(name), []).append(name)
            scribbles += bool(match and match[1].lower() == "scribbles")
        if scribbles:
            stage.report.add(
                "Scribbles", f"{scribbles:,} pictures of strokes are left out: the masks show what they led to", severity="note"
            )

    def read(self, name: str) -> None:
        """One page; BadLabels or BadRecord if there is no reading it."""
        with self.tree.open(name) as file:
            root: Any = next(xmlsafe.records(file, name, "annotation", ["annotation"]))
        image = relative(root.get_text("filename"))
        folder = root.get_text("folder") or ""
        size = [root.get_text(f"imagesize/{key}") or "" for key in ("ncols", "nrows")]
        width, height = (integer(v, "the image size") for v in size) if all(size) else self.stage.media_size(image) or (None, None)
        sample = self.rows.sample(image, width=width, height=height, split=split_of(posixpath.basename(folder)), file=name)
        nodes = [node for node in root.iter("object") if (node.get_text("deleted") or "0").strip() != "1"]
        groups = _groups(nodes)
        for node in nodes:
            try:
                attributes = _attributes(node) | ({"group": groups[node]} if node in groups else {})
                is_mask = node.find("polygon") is None and node.find("segm/mask") is not None
                shape = self.mask(node, folder, width, height) if is_mask else _shape(node)
                self.rows.label(sample, node.get_text("name"), shape, attributes, file=name, line=node.line)
            except BadRecord as problem:
                self.stage.report.add(name, str(problem), line=node.line)

    def mask(self, node: Any, folder: str, width: int | None, height: int | None) -> shapes.Shape:
        written = relative(node.get_text("segm/mask"))
        named = self.masks.get(posixpath.basename(written), [])
        inside = [name for name in named if f"/{name}".lower().endswith(f"/masks/{posixpath.join(folder, written)}".lower())] or named
        if len(inside) != 1:
            raise BadRecord(f"the mask {clip(written)} is {'not there' if not inside else 'in several folders'}")
        try:
            bits = pictures.lit(pictures.read(self.stage, self.tree, inside[0]))
        except BadRecord as problem:
            raise BadRecord(f"{inside[0]}: {problem}") from None
        if bits.shape != (height, width):
            shown = f"{width} x {height}" if width and height else "of unknown size"
            raise BadRecord(f"{inside[0]} has {bits.shape[1]} x {bits.shape[0]} pixels, the image is {shown}")
        return shapes.mask(bitmaps.encode(bits), bits.shape[1], bits.shape[0])


def _shape(node: Any) -> shapes.Shape:
    if node.find("polygon") is None:
        raise BadRecord("the object has neither a polygon nor a mask")
    points = [(corners.exact(pt.get_text("x"), "<x>"), corners.exact(pt.get_text("y"), "<y>")) for pt in node.iterfind("polygon/pt")]
    if (node.get_text("type") or "") != "bounding_box":
        return shapes.polygon([[float(value) for point in points for value in point]])
    if not points:
        raise BadRecord("the bounding box has no corners")
    (x, w), (y, h) = (corners.span(min(values), max(values)) for values in zip(*points, strict=True))
    return shapes.box(x, y, w, h)


def _attributes(node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _PART.findall(node.get_text("attributes") or ""):
        pair = _PAIR.fullmatch(part.strip())
        if pair:
            found[_unescaped(pair[1])] = _value(pair[2])
        elif part.strip():
            found[_unescaped(part.strip())] = True
    if (node.get_text("occluded") or "").strip() == "yes":
        found["occluded"] = True
    if user := node.get_text("polygon/username") or node.get_text("segm/username"):
        found["username"] = user
    return found


def _value(written: str) -> Any:
    if written.lower() in {"true", "false"}:
        return written.lower() == "true"
    if len(written) > 1 and written[0] == written[-1] == '"':
        return _unescaped(written[1:-1])
    for kind in (int, float):
        try:
            if str(kind(written)) == written and written not in {"nan", "inf", "-inf"}:
                return kind(written)
        except ValueError:
            continue
    return _unescaped(written)


def _unescaped(written: str) -> str:
    return re.sub(r"\\(.)", r"\1", written, flags=re.DOTALL)


def _groups(nodes: list[Any]) -> dict[Any, int]:
    """One group for an object that has parts and all objects below it."""
    by_id = {(node.get_text("id") or "").strip(): node for node in nodes}
    parts = {node: [by_id[i] for i in _ids(node, "hasparts") if i in by_id] for node in nodes}
    heads = [node for node in nodes if parts[node] and not _ids(node, "ispartof")]
    groups: dict[Any, int] = {}
    for group, head in enumerate(heads, 1):
        waiting = [head]
        while waiting:
            node = waiting.pop()
            if node not in groups:
                groups[node] = group
                waiting += parts[node]
    return groups


def _ids(node: Any, key: str) -> list[str]:
    written = (node.get_text(f"parts/{key}") or "").strip()
    if written and not re.fullmatch(r"[\d,\s]{1,10000}", written):
        raise BadRecord(f"<{key}> is not a list of ids: {clip(written)}")
    return [part.strip() for part in written.split(",") if part.strip()]
