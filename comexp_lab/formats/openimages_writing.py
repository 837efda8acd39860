"""Writes Open Images CSVs in the V5 layout that Datumaro reads. A mask has a row of its own beside that of its box, and a PNG."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from comexp_lab.formats import corners, openimages_masks, outgoing, pictures
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import OURS, short_float
from comexp_lab.formats.outgoing import Row

FLAGS = {
    "occluded": "IsOccluded",
    "truncated": "IsTruncated",
    "is_group_of": "IsGroupOf",
    "is_depiction": "IsDepiction",
    "is_inside": "IsInside",
}
_IMAGE = (
    "ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,OriginalSize,OriginalMD5,Thumbnail300KURL,Rotation"
)
_TAG = ["ImageID", "Source", "LabelName", "Confidence"]
_BOX = [*_TAG, "XMin", "XMax", "YMin", "YMax", *FLAGS.values()]
_KINDS = frozenset({"box", "mask", "tag"})
_BOX_ID = re.compile(r"(?!box\d)[\w-]{1,64}", re.ASCII)
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_FIELDS = frozenset({"confidence", "source"})


class Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.stems = outgoing.Stems()
        self.paths: set[str] = set()

    def write(self) -> dict[str, int]:
        classes = outgoing.classes(self.source)
        self.sink.write("annotations/class-descriptions.csv", _table(None, [[row["name"], row["name"]] for row in classes]))
        self.lost["class supercategory"] += sum(row["supercategory"] is not None for row in classes)
        self.lost["class keypoints"] += sum(bool(row["keypoints"]) for row in classes)
        names: dict[int, str] = {}
        sizes: list[str] = []
        for split in outgoing.splits(self.source):
            self.subset(split, names, sizes)
        self.sink.write("annotations/images.meta", "".join(sizes).encode())
        outgoing.write_media(self.source, self.sink, names)
        return dict(self.lost)

    def subset(self, split: str | None, names: dict[int, str], sizes: list[str]) -> None:
        name = split or "default"
        images: list[list[Any]] = []
        boxes: list[list[Any]] = []
        tags: list[list[Any]] = []
        masks: list[list[Any]] = []
        for sample, labels in outgoing.samples(self.source):
            if sample["split"] != split:
                continue
            if sample["kind"] == "video":
                self.lost["video samples"] += 1
                continue
            own = self.stems.of(sample["name"])
            ending = sample["name"].rpartition(".")[2] if "." in sample["name"] else ""
            names[sample["id"]] = f"images/{name}/{own}.{ending}" if ending else f"images/{name}/{own}"
            outgoing.unheld_sample(self.lost, sample, frozenset({"split"}))
            self.lost["file name endings"] += not self.source.with_media and bool(ending)
            images.append([own, name, *[""] * (_IMAGE.count(",") - 1)])
            if sample["width"] and sample["height"]:
                sizes.append(f'"{_escaped(own)}" {sample["height"]} {sample["width"]}\n')
            before = len(boxes)
            for label in labels:
                row = self.label(label, own, sample, boxes, tags)
                if row and label["kind"] == "mask":
                    masks += self.mask(label, sample, row, name, len(boxes) - before)
        self.sink.write(f"annotations/{name}-images-with-rotation.csv", _table(_IMAGE.split(","), images))
        self.sink.write(f"annotations/{name}-annotations-bbox.csv", _table(_BOX, boxes))
        self.sink.write(f"annotations/{name}-annotations-human-imagelabels.csv", _table(_TAG, tags))
        if masks:
            self.sink.write(f"annotations/{name}-annotations-object-segmentation.csv", _table(openimages_masks.FIELDS, masks))

    def label(self, label: Row, own: str, sample: Row, boxes: list[list[Any]], tags: list[list[Any]]) -> list[Any] | None:
        """Add the row of a tag, or of a box or a mask's box, which is returned."""
        is_absent = label["kind"] == "tag" and label["state"] == "rejected" and label["confidence"] is None
        known = dict(label["attributes"])
        flags = [int(known.pop(key)) if label["kind"] != "tag" and isinstance(known.get(key), bool) else -1 for key in FLAGS]
        if label["kind"] == "mask":
            for key in _columns(label["attributes"]):
                known.pop(key)
        state = "accepted" if is_absent else label["state"]
        if not outgoing.unheld(self.lost, {**label, "attributes": known, "state": state}, _KINDS, _FIELDS):
            return None
        source = "" if label["source"] in OURS else label["source"]
        confidence = "0" if is_absent else "1" if label["confidence"] is None else repr(short_float(label["confidence"]))
        head = [own, source, label["class"], confidence]
        if label["kind"] == "tag":
            tags.append(head)
        elif not sample["width"] or not sample["height"]:
            self.lost["boxes of images of unknown size"] += 1
        else:
            (x, y, w, h), (width, height) = (label[key] for key in "xywh"), (sample["width"], sample["height"])
            across = corners.fraction(x, width), corners.fraction(corners.total(x, w), width)
            down = corners.fraction(y, height), corners.fraction(corners.total(y, h), height)
            boxes.append([*head, *across, *down, *flags])
            return boxes[-1]
        return None

    def mask(self, label: Row, sample: Row, row: list[Any], subset: str, place: int) -> Iterator[list[Any]]:
        """The row of a mask whose box has this row; its picture is written."""
        bits = pictures.bits_of(label, sample, self.lost)
        if bits is None:
            return
        columns = _columns(label["attributes"])
        box_id = columns.get("box_id", f"box{place}")
        path = _UNSAFE.sub("_", f"{row[0][:60]}_{row[2][:60]}_{box_id}").lstrip(".")
        path = path if path.lower() not in self.paths else f"{path}_{label['id']}"
        self.paths.add(path.lower())
        self.sink.write(f"masks/{subset}/{path}.png", pictures.bilevel(bits))
        iou = repr(float(columns["predicted_iou"])) if "predicted_iou" in columns else ""
        yield [f"{path}.png", row[0], row[2], box_id, *row[4:8], iou, columns.get("clicks", "")]


def _columns(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a mask that have a column of their own."""
    box_id, iou, clicks = (attributes.get(key) for key in ("box_id", "predicted_iou", "clicks"))
    found: dict[str, Any] = {}
    if isinstance(box_id, str) and _BOX_ID.fullmatch(box_id):
        found["box_id"] = box_id
    if isinstance(iou, float) and abs(iou) <= 1:
        found["predicted_iou"] = iou
    if isinstance(clicks, str) and clicks and "\0" not in clicks:
        found["clicks"] = clicks
    return found


def _table(head: list[str] | None, rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows] if head else rows)
    return text.getvalue().encode()


def _escaped(own: str) -> str:
    return own.replace("\\", "\\\\").replace('"', '\\"')
