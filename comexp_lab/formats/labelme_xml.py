"""The XML of the older LabelMe web tool: polygons and bounding boxes, attributes as ``a=1, b="x"``, parts as groups."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from comexp_lab.formats import corners, shapes, xmlsafe
from comexp_lab.formats.base import FileTree, Stage
from comexp_lab.formats.records import BadRecord, clip, integer, relative
from comexp_lab.formats.rows import Rows, split_of

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


def read(tree: FileTree, name: str, stage: Stage, rows: Rows) -> None:
    """One page; BadLabels or BadRecord if there is no reading it."""
    with tree.open(name) as file:
        root: Any = next(xmlsafe.records(file, name, "annotation", ["annotation"]))
    image = relative(root.get_text("filename"))
    folder = root.get_text("folder") or ""
    size = [root.get_text(f"imagesize/{key}") or "" for key in ("ncols", "nrows")]
    width, height = (integer(v, "the image size") for v in size) if all(size) else stage.media_size(image) or (None, None)
    sample = rows.sample(image, width=width, height=height, split=split_of(posixpath.basename(folder)), file=name)
    nodes = [node for node in root.iter("object") if (node.get_text("deleted") or "0").strip() != "1"]
    groups = _groups(nodes)
    for node in nodes:
        try:
            attributes = _attributes(node) | ({"group": groups[node]} if node in groups else {})
            rows.label(sample, node.get_text("name"), _shape(node), attributes, file=name, line=node.line)
        except BadRecord as problem:
            stage.report.add(name, str(problem), line=node.line)


def _shape(node: Any) -> shapes.Shape:
    if node.find("polygon") is None:
        raise BadRecord("segmentation masks of LabelMe are not read" if node.find("segm") is not None else "the object has no polygon")
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
    if node.get_text("polygon/username"):
        found["username"] = node.get_text("polygon/username")
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
