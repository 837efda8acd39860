"""Rows of the store as documents in FiftyOne's own schema, without building FiftyOne's objects.

A batch of rows is an Arrow record batch: one row per sample (``SAMPLE_COLUMNS``) with its labels as a list of structs
(``LABEL_COLUMNS``). Boxes and masks go to the field ``ground_truth``, polygons and rotated boxes to ``polygons``, the
rest to ``keypoints`` and ``classes``; what a model suggested goes to ``suggestions`` and ``suggested_…``. Ids of samples
and labels are ours, as ObjectIds with that number, so they can be read back.

A video plays in a film, a mirror of nothing but videos, whose labelled frames are documents of their own; elsewhere it is
its first picture. Frames count from 0 in the store, from 1 in FiftyOne. A label in a frame is a keyframe unless its attribute
``keyframe`` says that it was filled in: an edit in the App holds up to the next keyframe.
"""

from __future__ import annotations

import json
import math
import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from comexp_lab.browse import masks

if TYPE_CHECKING:
    import pyarrow as pa

Document = dict[str, Any]
SAMPLE_COLUMNS = (
    "id", "name", "kind", "width", "height", "split", "tags", "mime", "bytes", "blob", "key", "thumb", "thumb_key", "thumb_bytes",
    "fps", "frames",
)  # fmt: skip
LABEL_COLUMNS = (
    "id", "class", "kind", "x", "y", "w", "h", "points", "rings", "rle", "confidence", "source", "state", "frame",
)  # fmt: skip
FRAME_LABEL_COLUMNS = (*LABEL_COLUMNS, "track", "attributes")
POSTER = "/comexp/thumb/"
USUAL_RATE = 30.0
MADE_THERE = ObjectId("60" + "0" * 22)  # those begin with the time: this is 2021
LISTS = {"Detections": "detections", "Polylines": "polylines", "Keypoints": "keypoints", "Classifications": "classifications"}
HOLDERS = {
    "ground_truth": "Detections", "polygons": "Polylines", "keypoints": "Keypoints", "classes": "Classifications",
    "suggestions": "Detections", "suggested_polygons": "Polylines", "suggested_keypoints": "Keypoints",
    "suggested_classes": "Classifications",
}  # fmt: skip
ACCEPTED = {
    "box": "ground_truth", "mask": "ground_truth", "polygon": "polygons", "rotated": "polygons", "keypoints": "keypoints",
    "tag": "classes",
}  # fmt: skip
SUGGESTED = {kind: "suggestions" if field == "ground_truth" else f"suggested_{field}" for kind, field in ACCEPTED.items()}


def oid(number: int) -> ObjectId:
    return ObjectId(number.to_bytes(12, "big"))


def number_of(oid: ObjectId | str) -> int | None:
    """Our id behind an ObjectId; None if FiftyOne made it."""
    number = int(str(oid), 16)
    return number if number < 1 << 63 else None


def frame_oid(sample: int, frame: int) -> ObjectId:
    """The id of a frame: no sample has it, and none that FiftyOne makes is below MADE_THERE."""
    return oid((frame + 1) << 64 | sample)


def stamp(document: Document) -> datetime:
    """The time of writing as MongoDB keeps it: whole milliseconds."""
    at = document["last_modified_at"].astimezone(UTC)
    document["last_modified_at"] = at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return at.replace(tzinfo=None)  # type: ignore[no-any-return]


def documents(batch: pa.RecordBatch, dataset: ObjectId, film: bool = False) -> Iterator[Document]:
    """One document per row of the batch; a film has no place for pictures."""
    columns = [batch.column(name).to_pylist() for name in SAMPLE_COLUMNS]
    now = datetime.now(UTC)
    for row, labels in zip(zip(*columns, strict=True), labels_of(batch, LABEL_COLUMNS), strict=True):
        if not film or row[SAMPLE_COLUMNS.index("kind")] == "video":
            yield document(row, labels, dataset, now, film)


def frame_documents(batch: pa.RecordBatch, dataset: ObjectId, known: bool = False) -> Iterator[Document]:
    """One document per labelled frame of a film; ``known`` adds to each label what attributes the store has."""
    now = datetime.now(UTC)
    places = zip(*(batch.column(name).to_pylist() for name in ("sample", "frame", "width", "height")), strict=True)
    for (sample, frame, width, height), labels in zip(places, labels_of(batch, FRAME_LABEL_COLUMNS), strict=True):
        made: Document = {
            "_id": frame_oid(sample, frame), "_sample_id": oid(sample), "_dataset_id": dataset, "frame_number": frame + 1,
            "created_at": now, "last_modified_at": now,
        }  # fmt: skip
        for *label, track, text in labels:
            field, element = to_element(tuple(label), width or 1, height or 1)
            attributes = json.loads(text) if text else {}
            element["keyframe"] = attributes.get("keyframe") is not False
            put(made, [(field, element | ({} if track is None else {"index": track}) | ({"known": attributes} if known else {}))])
        yield made


def labels_of(batch: pa.RecordBatch, names: tuple[str, ...]) -> Iterator[list[tuple[Any, ...]]]:
    """The labels of each row of the batch."""
    nested = batch.column("labels")
    offsets = nested.offsets.to_pylist()
    flat = nested.values
    labels = list(zip(*(flat.field(name).to_pylist() for name in names), strict=True))
    for start, end, some in zip(offsets, offsets[1:], nested.is_valid().to_pylist(), strict=False):
        yield labels[start:end] if some else []


def document(row: tuple[Any, ...], labels: list[tuple[Any, ...]], dataset: ObjectId, now: datetime, film: bool = False) -> Document:
    """A sample with its labels, as FiftyOne would have written it."""
    id, name, kind, width, height, split, tags, mime, size, _, _, thumb, _, _, fps, frames = row
    full = media_path("full", id, name, mime) if film or kind != "video" else media_path("thumb", id, name, "image/jpeg")
    made: Document = {
        "_id": oid(id), "_dataset_id": dataset, "_media_type": "video" if film else "image", "_rand": (id * 0.6180339887498949) % 1.0,
        "filepath": full, "thumbnail_path": media_path("thumb", id, name, "image/jpeg") if thumb else full,
        "name": name, "sample": id, "split": split, "tags": list(tags or ()),
        "metadata": film_metadata(size, mime, width, height, fps, frames) if film else {
            "_cls": "ImageMetadata", "size_bytes": size, "mime_type": mime, "width": width, "height": height, "num_channels": 3,
        },
        "created_at": now, "last_modified_at": now,
    }  # fmt: skip
    put(made, [to_element(label, width or 1, height or 1) for label in labels])
    return made


def put(document: Document, labels: list[tuple[str, Document]]) -> None:
    """Add labels to the lists that their fields hold."""
    for field, element in labels:
        holder = document.get(field)
        if holder is None:
            cls = HOLDERS[field]
            document[field] = {"_cls": cls, LISTS[cls]: [element]}
        else:
            holder[LISTS[holder["_cls"]]].append(element)


def film_metadata(size: int, mime: str, width: int, height: int, fps: float | None, frames: int | None) -> Document:
    """With all that FiftyOne would otherwise read from the file."""
    rate = fps or USUAL_RATE
    return {
        "_cls": "VideoMetadata", "size_bytes": size, "mime_type": mime, "frame_width": width, "frame_height": height,
        "frame_rate": rate, "total_frame_count": frames, "duration": frames / rate if frames else None,
    }  # fmt: skip


def media_path(what: str, id: int, name: str, mime: str | None) -> str:
    """What FiftyOne takes for the file's path; its ending tells FiftyOne what kind of media it is."""
    unknown = ".mp4" if (mime or "").startswith("video/") else ".jpg"
    ending = "" if mimetypes.guess_type(name)[0] == mime else mimetypes.guess_extension(mime or "") or unknown
    return f"/comexp/{what}/{id}/{name}{ending}"


def to_element(label: tuple[Any, ...], width: int, height: int) -> tuple[str, Document]:
    """(field, element of its list) of one label."""
    id, name, kind, x, y, w, h, points, rings, rle, confidence, source, state, _ = label
    field = (ACCEPTED if state == "accepted" else SUGGESTED)[kind]
    element: Document = {"_id": oid(id), "_cls": "Detection", "attributes": {}, "tags": [], "label": name, "source": source}
    if kind == "box":
        element["bounding_box"] = [x / width, y / height, w / width, h / height]
    elif kind == "mask":
        element.update(mask_fields(rle, width, height, x, y, w, h))
    elif kind == "polygon":
        element.update(_cls="Polyline", closed=True, filled=True, points=[ring_points(ring, width, height) for ring in rings or ()])
    elif kind == "rotated":
        element.update(_cls="Polyline", closed=True, filled=False, points=[corners(points, width, height)])
    elif kind == "keypoints":
        element.update(_cls="Keypoint", points=keypoints(points, width, height), visibility=points[2::3])
    else:
        del element["attributes"]
        element["_cls"] = "Classification"
    if confidence is not None:
        element["confidence"] = [confidence] * (len(points) // 3) if kind == "keypoints" else confidence
    return field, element


def mask_fields(rle: str, width: int, height: int, x: float, y: float, w: float, h: float) -> Document:
    """Box and bitmap of a mask; the box alone if the mask cannot be read."""
    left, top = max(math.floor(x), 0), max(math.floor(y), 0)
    right, bottom = min(math.ceil(x + w), width), min(math.ceil(y + h), height)
    box = [left / width, top / height, (right - left) / width, (bottom - top) / height]
    try:
        return {"bounding_box": box, "mask": masks.to_bytes(masks.crop(rle, width, height, (left, top, right - left, bottom - top)))}
    except ValueError:
        return {"bounding_box": box}


def ring_points(ring: list[float], width: int, height: int) -> list[list[float]]:
    return [[ring[i] / width, ring[i + 1] / height] for i in range(0, len(ring) - 1, 2)]


def keypoints(points: list[float], width: int, height: int) -> list[list[float]]:
    """FiftyOne writes an unknown point as NaN."""
    nan = [math.nan, math.nan]
    return [[points[i] / width, points[i + 1] / height] if points[i + 2] else nan for i in range(0, len(points) - 2, 3)]


def corners(rotated: list[float], width: int, height: int) -> list[list[float]]:
    """The four corners of (cx, cy, w, h, angle): the first at the box's own top left, then along its width."""
    cx, cy, w, h, angle = rotated
    cos, sin = math.cos(angle), math.sin(angle)
    halves = ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    return [[(cx + a * cos - b * sin) / width, (cy + a * sin + b * cos) / height] for a, b in halves]
