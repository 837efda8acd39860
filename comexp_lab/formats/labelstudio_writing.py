"""Writes Label Studio tasks and the labelling interface (``label_config.xml``) that shows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson

from comexp_lab.formats import cvat_shapes, outgoing
from comexp_lab.formats import labelstudio_shapes as geometry
from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import OURS, carry, short_float
from comexp_lab.formats.outgoing import Row
from comexp_lab.formats.xmlsafe import element, unwritable

_KINDS = frozenset({"box", "rotated", "polygon", "mask", "keypoints", "tag"})
_FIELDS = frozenset({"confidence", "track", "crowd", "source", "state", "attributes", "keypoint boxes"})
_CONTROLS = {
    "rectangle": "RectangleLabels",
    "ellipse": "EllipseLabels",
    "polygon": "PolygonLabels",
    "keypoint": "KeyPointLabels",
    "brush": "BrushLabels",
}


class Writer:
    def __init__(self, source: Source, sink: Sink) -> None:
        self.source, self.sink, self.lost = source, sink, Counter[str]()
        self.classes = outgoing.classes(source)
        self.points = {row["name"]: row["keypoints"] or [] for row in self.classes}

    def write(self) -> dict[str, int]:
        names: dict[int, str] = {}
        has_video = False
        with self.sink.open("tasks.json") as out:
            comma = b"[\n"
            for sample, labels in outgoing.samples(self.source):
                names[sample["id"]] = f"images/{sample['name']}"
                has_video |= sample["kind"] == "video"
                out.write(comma + orjson.dumps(self.task(sample, labels)))
                comma = b",\n"
            out.write(b"\n]\n" if names else b"[]\n")
        self.sink.write("label_config.xml", self.config(has_video).encode())
        outgoing.write_media(self.source, self.sink, names)
        self.lost["class supercategory"] += sum(row["supercategory"] is not None for row in self.classes)
        self.lost["class skeleton"] += sum(bool(row["skeleton"]) for row in self.classes)
        return dict(self.lost)

    def task(self, sample: Row, labels: list[Row]) -> dict[str, Any]:
        accepted: list[dict[str, Any]] = []
        suggested: dict[str, list[dict[str, Any]]] = defaultdict(list)
        held = [label for label in labels if self.holds(label, sample)]
        loose = [label for label in held if not _is_track(label, sample)]
        regions = [(label, list(self.results(label, sample))) for label in loose]
        regions += [(rows[0], [self.track(rows, sample)]) for rows in self.tracks([label for label in held if _is_track(label, sample)])]
        for label, results in regions:
            (accepted if label["state"] == "accepted" else suggested[_source(label)]).extend(results)
        facts = {key: sample[key] for key in ("name", "width", "height", "split", "tags", "meta", "frames") if sample[key]}
        key = "video" if sample["kind"] == "video" else "image"
        data = {key: f"/data/local-files/?d={quote('images/' + sample['name'])}"}
        annotations = [{"id": sample["id"], "was_cancelled": False, "ground_truth": False, "result": accepted}] if accepted else []
        predictions = [{"model_version": version, "result": results} for version, results in suggested.items()]
        return {"id": sample["id"], "data": data, "meta": facts, "annotations": annotations, "predictions": predictions}

    def holds(self, label: Row, sample: Row) -> bool:
        if label["kind"] == "polygon" and len(label["rings"]) > 1:
            self.lost["polygons of several rings"] += 1
            return False
        if label["kind"] != "tag" and not (sample["width"] and sample["height"]):
            self.lost["labels of images of unknown size"] += 1
            return False
        if _is_track(label, sample) and label["kind"] not in {"box", "rotated"}:
            self.lost[f"{label['kind']} labels of videos"] += 1
            return False
        return outgoing.unheld(self.lost, label, _KINDS, _FIELDS)

    def results(self, label: Row, sample: Row) -> Iterator[dict[str, Any]]:
        """The results of one label: one region, and for keypoints one below it for each point."""
        size = (sample["width"], sample["height"])
        if label["kind"] == "tag":
            yield self.result(label, sample, "choices", {"choices": [label["class"]]}, "choice")
        elif label["kind"] == "keypoints":
            yield from self.keypoints(label, sample, size)
        else:
            kind = {"box": "rectangle", "polygon": "polygon", "mask": "brush", "rotated": "rectangle"}[label["kind"]]
            kind = "ellipse" if label["kind"] == "rotated" and label["attributes"].get("shape") == "ellipse" else kind
            value = _value(kind, label, size) | {f"{kind}labels": [label["class"]]}
            yield self.result(label, sample, f"{kind}labels", value, kind)

    def keypoints(self, label: Row, sample: Row, size: geometry.Size) -> Iterator[dict[str, Any]]:
        flat = [v for i, v in enumerate(label["points"]) if i % 3 != 2]
        names = self.points[label["class"]]
        names = names if len(names) == len(flat) // 2 and label["class"] not in names else [label["class"]] * (len(flat) // 2)
        value = geometry.percents(label, size) | {"rectanglelabels": [label["class"]]}
        yield self.result(label, sample, "rectanglelabels", value, "rectangle")
        for i, ((x, y), name) in enumerate(zip(geometry.pairs(flat, size), names, strict=True)):
            own: dict[str, Any] = {"id": f"{label['id']}.{i}", "parentID": str(label["id"]), "from_name": "keypoint", "to_name": "image"}
            own |= {"original_width": size[0], "original_height": size[1], "type": "keypointlabels"}
            seen = {"meta": {"visibility": int(label["points"][3 * i + 2])}} if label["points"][3 * i + 2] != 2 else {}
            yield {**own, **seen, "value": {"x": x, "y": y, "width": 0.3, "keypointlabels": [name]}}

    def result(self, label: Row, sample: Row, kind: str, value: dict[str, Any], control: str) -> dict[str, Any]:
        found: dict[str, Any] = {"id": str(label["id"]), "type": kind, "value": value, "from_name": control, "origin": "manual"}
        found["to_name"] = "video" if sample["kind"] == "video" else "image"
        native = frozenset(
            {"confidence"} | ({"state", "source"} if label["state"] == "suggested" and label["source"] not in OURS else set())
        )
        attributes = carry(label, native=native | ({"state"} if label["state"] == "suggested" else set()))
        if kind == "ellipselabels":
            attributes.pop("shape", None)
        meta = {"attributes": attributes} if attributes else {}
        if label["kind"] == "rotated" and kind == "rectanglelabels":
            meta["exact"] = label["points"]
        if kind != "choices" or sample["width"]:
            found |= {"original_width": sample["width"], "original_height": sample["height"], "image_rotation": 0}
        found |= {"score": short_float(label["confidence"])} if label["confidence"] is not None else {}
        return found | ({"meta": meta} if meta else {})

    def tracks(self, labels: list[Row]) -> Iterator[list[Row]]:
        """Labels of one track, class, state and source, by frame."""
        found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for label in labels:
            found[tuple(label[key] for key in ("track", "class", "state", "source", "confidence"))].append(label)
        for rows in found.values():
            rows.sort(key=lambda row: row["frame"])
            shared = _constant(rows[0])
            self.lost["attributes that change within a track"] += sum(_constant(row) != shared for row in rows)
            yield rows

    def track(self, rows: list[Row], sample: Row) -> dict[str, Any]:
        size = (sample["width"], sample["height"])
        keys = [row for i, row in enumerate(rows) if not _is_filled(rows, i)]
        frames = {row["frame"] for row in rows}
        last = (sample["frames"] or 0) - 1
        sequence = [
            {"frame": row["frame"] + 1, "enabled": row["frame"] + 1 in frames or row["frame"] == last, **geometry.percents(row, size)}
            | ({"keyframe": False} if row["attributes"].get("keyframe") is False else {})
            for row in keys
        ]
        value = {"framesCount": sample["frames"] or 0, "sequence": sequence, "labels": [rows[0]["class"]]}
        head = {**rows[0], "frame": None, "attributes": _constant(rows[0])}
        found = self.result(head, sample, "videorectangle", value, "box")
        return {**found, "original_width": size[0], "original_height": size[1]}

    def config(self, has_video: bool) -> str:
        self.lost["characters that XML cannot hold"] += sum(unwritable(row["name"]) for row in self.classes)
        labels = "".join(
            element("Label", [("value", row["name"]), ("background", row["color"] or "#888888"), *_point_names(row)])
            for row in self.classes
        )
        controls = "".join(element(tag, [("name", name), ("toName", "image")], inner=labels) for name, tag in _CONTROLS.items())
        choices = "".join(element("Choice", [("value", row["name"])]) for row in self.classes)
        controls += element("Choices", [("name", "choice"), ("toName", "image"), ("choice", "multiple")], inner=choices)
        image = element("Image", [("name", "image"), ("value", "$image")])
        if has_video:
            image = element("Video", [("name", "video"), ("value", "$video")]) + element(
                "VideoRectangle", [("name", "box"), ("toName", "video")]
            )
            controls = element("Labels", [("name", "label"), ("toName", "video")], inner=labels)
        return element("View", inner=image + controls)


def _value(kind: str, label: Row, size: geometry.Size) -> dict[str, Any]:
    if kind == "polygon":
        return {"points": geometry.pairs(label["rings"][0], size), "closed": True}
    if kind == "brush":
        return {"format": "rle", "rle": geometry.brush(label["rle"], size)}
    return geometry.round_percents(label, size) if kind == "ellipse" else geometry.percents(label, size)


def _is_track(label: Row, sample: Row) -> bool:
    return sample["kind"] == "video" and label["frame"] is not None and label["track"] is not None


def _is_filled(rows: list[Row], i: int) -> bool:
    """Whether a row is what linear filling between the keyframes around it gives anyway."""
    row = rows[i]
    if row["attributes"].get("keyframe") is not False:
        return False
    before = next((r for r in reversed(rows[:i]) if r["attributes"].get("keyframe") is not False), None)
    after = next((r for r in rows[i + 1 :] if r["attributes"].get("keyframe") is not False), None)
    if (
        before is None
        or after is None
        or len({r["frame"] for r in rows if before["frame"] <= r["frame"] <= after["frame"]}) != after["frame"] - before["frame"] + 1
    ):
        return False
    told = cvat_shapes.between(before, after, (row["frame"] - before["frame"]) / (after["frame"] - before["frame"]))
    return told is not None and all(told[key] == row[key] for key in "xywh") and told.get("points") == row["points"]


def _constant(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row["attributes"].items() if key != "keyframe"}


def _source(label: Row) -> str:
    return "" if label["source"] in OURS else str(label["source"])


def _point_names(row: Row) -> list[tuple[str, str]]:
    return [("keypoints", "\n".join(row["keypoints"]))] if row["keypoints"] else []
