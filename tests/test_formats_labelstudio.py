"""Label Studio: tasks as its documentation shows them, FiftyOne's converter as the oracle, the SDK's brush bytes, naughty text."""

from __future__ import annotations

import email.message
import json
import math
from typing import Any

import numpy as np
import pytest
from formats_rig import NAUGHTY, Dataset, Files, any_shape, class_names, json_values, places, quick, round_trip, sizes, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, brush_rle, registry, shapes

attributes = st.dictionaries(words.map(lambda w: f"a {w}"), json_values, max_size=2)


@quick
@given(st.data())
def test_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=6, unique=True)):
        shape = data.draw(any_shape())
        size = (60, 40) if shape["kind"] == "mask" else (data.draw(st.integers(800, 4000)), 900)
        columns: dict[str, Any] = {
            "split": data.draw(st.sampled_from([None, "train", "val"])),
            "tags": data.draw(st.lists(words, max_size=2)),
        }
        sample = dataset.image(f"{stem}.jpg", *size, **columns)
        fields = {
            "confidence": data.draw(st.none() | st.floats(0, 1, width=32)),
            "state": data.draw(st.sampled_from(["accepted", "suggested", "rejected"])),
        }
        fields |= {"source": data.draw(st.sampled_from(["human", "yolo11n"])), "crowd": data.draw(st.booleans())}
        dataset.label(sample, data.draw(class_names), shape, data.draw(attributes), **fields)
    back, lost, _ = round_trip(dataset, "labelstudio")
    assert back.problems() == [] and not lost
    assert back.rows() == dataset.rows()
    columns_of = "name", "split", "width", "height", "coalesce(tags, [])"
    assert back.samples(*columns_of) == dataset.samples(*columns_of)


def test_skeletons_classes_and_sources_come_back() -> None:
    dataset = Dataset()
    dataset.add_class("unused", color="#010203")
    dataset.add_class("person", keypoints=["nose", "left eye", "tail"], color="#102030")
    sample = dataset.image("d/a b%20c?.jpg", meta='{"k":[1]}')
    dataset.label(sample, "person", shapes.keypoints([1.5, 2, 2, 3, 4, 1, 5.5, 6, 0], (0.5, 0.5, 20, 30)), {"group": 1})
    dataset.label(sample, "moon", shapes.rotated(9.1, 9.2, 4.3, 2.7, 1.25), {"shape": "ellipse"})
    dataset.label(sample, "dog", shapes.box(1, 2, 3, 4), state="suggested", source="yolo11n", confidence=0.5)
    back, lost, files = round_trip(dataset, "labelstudio")
    assert not lost and back.problems() == [] \
    and back.rows("source", "state", "points", "x", "h") == dataset.rows("source", "state", "points", "x", "h") | {
        "d/a b%20c?.jpg": [row | ({"source": "import"} if row["source"] == "human" else {}) for row in dataset.rows("source",
        "state", "points", "x", "h")["d/a b%20c?.jpg"]]
    }  # fmt: skip
    assert back.cur.execute("SELECT name, color, keypoints FROM classes").fetchall()[:2] == [
        ("unused", "#010203", None),
        ("person", "#102030", ["nose", "left eye", "tail"]),
    ]
    (task,) = json.loads(files.read("tasks.json"))
    assert task["predictions"][0]["model_version"] == "yolo11n" and task["predictions"][0]["result"][0]["score"] == 0.5


def test_a_box_that_was_turned_in_label_studio_is_what_it_says_now() -> None:
    dataset = Dataset()
    dataset.label(dataset.image("a.jpg", 100, 100), "x", shapes.rotated(50, 50, 20, 10, 0.5))
    files, _ = dataset.give("labelstudio")
    (task,) = json.loads(files.read("tasks.json"))
    task["annotations"][0]["result"][0]["value"] |= {"rotation": 90, "x": 60, "y": 40}
    back = Dataset().take("labelstudio", Files({"tasks.json": json.dumps([task])}))
    assert back.rows()["a.jpg"][0]["points"] == pytest.approx([55, 50, 20, 10, math.pi / 2])


# ---- tasks as in the documentation ----------------------------------------------------------------------------------
def task(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "data": {"image": "/data/upload/1/1a2b3c4d-cat.jpg"},
        "annotations": [{"id": 7, "was_cancelled": False, "result": list(results)}],
    } | more


def region(kind: str, own: str = "r1", **value: Any) -> dict[str, Any]:
    head = {
        "original_width": 600,
        "original_height": 400,
        "image_rotation": 0,
        "from_name": "label",
        "to_name": "image",
        "origin": "manual",
    }
    return {**head, "id": own, "type": kind, "value": value}


RECTANGLE = region("rectanglelabels", x=10, y=25.5, width=50, height=10, rotation=0, rectanglelabels=["Airplane"])


def read(*tasks: Any) -> Dataset:
    files = Files({"project-1.json": json.dumps(list(tasks))})
    assert registry.sniff(files).name == "labelstudio"
    return Dataset().take("labelstudio", files)


def test_documented_results() -> None:
    turned = region("rectanglelabels", "r2", x=50, y=50, width=10, height=30, rotation=90, rectanglelabels=["Car"])
    round_one = region("ellipselabels", "r3", x=50, y=50, radiusX=10, radiusY=15, rotation=0, ellipselabels=["Moon"])
    corners = region("polygonlabels", "r4", points=[[0, 0], [50, 0], [50, 50]], closed=True, polygonlabels=["Roof"])
    dot = region("keypointlabels", "r5", x=50, y=25, width=0.3, keypointlabels=["Nose"])
    choice = {"id": "c1", "from_name": "weather", "to_name": "image", "type": "choices", "value": {"choices": ["Sunny", "Warm"]}}
    said = {"id": "r1", "from_name": "note", "to_name": "image", "type": "textarea", "value": {"text": ["hi"]}}
    guess = {"model_version": "v1", "score": 0.7, "result": [RECTANGLE | {"id": "p1", "score": 0.75}]}
    dataset = read(
        task(RECTANGLE, turned, round_one, corners, dot, choice, said, {"type": "relation", "from_id": "r1"}, predictions=[guess])
    )
    assert dataset.problems() == ["project-1.json: relations between regions are left out"]
    assert dataset.samples("name", "width", "height") == [("cat.jpg", 600, 400)]
    plane, car, moon, roof, nose, sunny, warm, maybe = dataset.rows(
        *("kind", "x", "y", "w", "h", "points", "rings", "state", "confidence", "source")
    )["cat.jpg"]
    assert [plane[k] for k in "xywh"] == [60, 102, 300, 40] and plane["attributes"] == {"note": ["hi"]}
    assert car["points"] == pytest.approx([240, 230, 60, 120, math.pi / 2])
    assert moon["points"] == [300, 200, 120, 120, 0] and moon["attributes"] == {"shape": "ellipse"}
    assert roof["rings"] == [[0, 0, 300, 0, 300, 200]] and nose["points"] == [300, 100, 2]
    assert [(t["class"], t["kind"]) for t in (sunny, warm)] == [("Sunny", "tag"), ("Warm", "tag")]
    assert (maybe["state"], maybe["confidence"], maybe["source"]) == ("suggested", 0.75, "v1")


@pytest.mark.parametrize(
    "data, name",
    [
        ({"image": "/data/upload/3/0a1b2c3d-x%20y.png"}, "x y.png"),
        ({"image": "/data/local-files/?d=sub/dir/x%20y.png"}, "sub/dir/x y.png"),
        ({"image": "https://host/a/b.jpg?token=1"}, "a/b.jpg"), ({"image": "s3://bucket/k/b.jpg"}, "k/b.jpg"),
        ({"image": "k/b.jpg"}, "k/b.jpg"),
        ({"id": "7", "photo": "k/b.jpg"}, "k/b.jpg"),
    ],
)  # fmt: skip
def test_the_file_of_a_task(data: dict[str, str], name: str) -> None:
    assert list(read(task(RECTANGLE, data=data)).rows()) == [name]


def test_cancelled_annotations_do_not_count() -> None:
    dataset = read(task(annotations=[{"was_cancelled": True, "result": [RECTANGLE]}, {"result": [RECTANGLE]}]))
    assert len(dataset.rows()["cat.jpg"]) == 1


# ---- video ----------------------------------------------------------------------------------------------------------
def at(frame: int, x: float, enabled: bool = True) -> dict[str, Any]:
    return {"frame": frame, "enabled": enabled, "rotation": 0, "x": x, "y": 50, "width": 10, "height": 20, "time": frame / 25}


def video(*sequence: dict[str, Any]) -> dict[str, Any]:
    value = {"framesCount": 100, "duration": 4, "sequence": list(sequence), "labels": ["Car"]}
    return task(region("videorectangle", "v1", **value), data={"video": "/data/upload/1/1a2b3c4d-drive.mp4"})


def test_video_rectangles_are_filled() -> None:
    dataset = read(video(at(1, 10), at(5, 50, False), at(9, 10), at(10, 20, False)))
    assert dataset.samples("name", "kind") == [("drive.mp4", "video")]
    rows = dataset.rows("frame", "x", "track")["drive.mp4"]
    assert [(r["frame"], r["x"]) for r in rows] == [(0, 60), (1, 120), (2, 180), (3, 240), (4, 300), (8, 60), (9, 120)]
    assert [r["attributes"].get("keyframe", True) for r in rows] == [True, False, False, False, True, True, True]
    assert len({r["track"] for r in rows}) == 1


def test_results_without_a_size_take_that_of_the_file() -> None:
    """Label Studio writes no original size for videos, and predictions from scripts often have none."""
    bare = {key: value for key, value in RECTANGLE.items() if not key.startswith("original")}
    film = video(at(1, 10))
    for result in film["annotations"][0]["result"]:
        del result["original_width"], result["original_height"]
    dataset = Dataset()
    dataset.image("cat.jpg", 600, 400)
    dataset.image("drive.mp4", 600, 400, kind="video")
    dataset.take("labelstudio", Files({"p.json": json.dumps([task(bare), film, task(bare, id=9, data={"image": "no.jpg"})])}))
    assert dataset.rows("x")["cat.jpg"][0]["x"] == 60 and len(dataset.rows()["drive.mp4"]) == 100
    assert any("task 9: the size of the picture is needed" in problem for problem in dataset.problems())


def test_json_min() -> None:
    size = {"original_width": 600, "original_height": 400}
    box = {"x": 10, "y": 25.5, "width": 50, "height": 10, "rotation": 0, "rectanglelabels": ["Car"], **size}
    roof = {"points": [[0, 0], [50, 0], [50, 50]], "polygonlabels": ["Roof"], **size}
    item = {"image": "/data/upload/1/1a2b3c4d-cat.jpg", "id": 1, "label": [box], "poly": [roof], "weather": {"choices": ["Sunny", "Warm"]}}
    dataset = read(item | {"annotator": 1, "annotation_id": 3}, item | {"label": [box | {"x": 20}], "poly": [], "annotation_id": 4})
    found = dataset.rows("kind", "x")["cat.jpg"]
    assert [(r["class"], r["kind"], r["x"]) for r in found][:4] == [
        ("Car", "box", 60), ("Roof", "polygon", 0), ("Sunny", "tag", None), ("Warm", "tag", None),
    ]  # fmt: skip
    assert found[4]["x"] == 120 and dataset.problems() == []


def test_a_region_that_stays_enabled_lasts_to_the_end() -> None:
    assert len(read(video(at(91, 10))).rows()["drive.mp4"]) == 10


def test_tracks_go_out_with_the_same_keyframes() -> None:
    dataset = read(video(at(1, 10), at(5, 50, False), at(9, 10), at(10, 20, False)))
    back, lost, files = round_trip(dataset, "labelstudio")
    assert not lost and back.rows() == dataset.rows()
    (found,) = json.loads(files.read("tasks.json"))
    sequence = found["annotations"][0]["result"][0]["value"]["sequence"]
    assert [(key["frame"], key["enabled"]) for key in sequence] == [(1, True), (5, False), (9, True), (10, False)]


@quick
@given(st.data())
def test_any_track_comes_back(data: st.DataObject) -> None:
    dataset = Dataset()
    sample = dataset.image("v.mp4", 900, 900, kind="video", frames=30)
    for track in data.draw(st.lists(st.integers(0, 2**40), max_size=4, unique=True)):
        for frame in sorted(data.draw(st.sets(st.integers(0, 29), max_size=6))):
            shape = shapes.box(data.draw(places), data.draw(places), data.draw(sizes), data.draw(sizes))
            dataset.label(sample, "c", shape, data.draw(st.sampled_from([{}, {"keyframe": False}])), track=track, frame=frame)
    back, lost, _ = round_trip(dataset, "labelstudio")
    assert not lost and by_track(back) == by_track(dataset)


def by_track(dataset: Dataset) -> list[dict[str, Any]]:
    return sorted(dataset.rows()["v.mp4"], key=lambda row: (row["track"], row["frame"]))


def test_timelines_are_tags_of_frames() -> None:
    dataset = read(
        task(
            {"id": "t", "type": "timelinelabels", "value": {"ranges": [{"start": 3, "end": 5}], "timelinelabels": ["Run"]}},
            data={"video": "v.mp4"},
        )
    )
    assert [(r["class"], r["kind"], r["frame"]) for r in dataset.rows()["v.mp4"]] == [("Run", "tag", f) for f in (2, 3, 4)]


# ---- brush ----------------------------------------------------------------------------------------------------------
SDK_BYTES = [0, 0, 0, 48, 57, 27, 254, 19, 0, 159, 255, 9, 128, 0]  # of label_studio_sdk for a 4 x 3 mask with two pixels on


COLOURED = [
    0, 0, 0, 48, 57, 27, 248, 1, 128, 100, 66, 0, 0, 96, 25, 16, 128, 0, 24, 6, 68, 32, 0, 6, 1, 145, 8, 0, 1, 128,
    100, 66, 0, 0, 96, 25, 0,
    0, 1, 254, 0, 96, 25, 0, 0, 1, 254, 0, 96, 25, 16, 128, 0, 24, 6, 68, 32, 0, 6, 1, 145, 8, 0, 1, 128, 100, 66, 0, 0, 96, 25, 16, 128, 0,
]  # fmt: skip  # the same mask with colour 12, 200, 0: only alpha counts


def test_brush_bytes_of_the_sdk() -> None:
    assert brush_rle.decode(COLOURED, 12) == [5, 2, 5]
    assert brush_rle.decode(SDK_BYTES, 12) == [5, 2, 5]
    assert brush_rle.decode(brush_rle.encode([5, 2, 5]), 12) == [5, 2, 5]


@quick
@given(st.lists(st.booleans(), min_size=1, max_size=200), st.integers(1, 3000))
def test_any_brush_comes_back(bits: list[bool], stretch: int) -> None:
    flat = np.repeat(np.array(bits, np.uint8), stretch)
    runs = bitmaps.runs_of(flat)
    assert brush_rle.decode(brush_rle.encode(runs), len(flat)) == runs


# ---- FiftyOne's converter as oracle ---------------------------------------------------------------------------------
def test_fiftyone_reads_our_results_and_we_its(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # FiftyOne's import takes a missing field of a package's metadata for None, as the standard library gives it; the
    # backport, which some dependency puts in its place, raises.
    monkeypatch.setattr("importlib_metadata._adapters.Message.__getitem__", email.message.Message.__getitem__)
    monkeypatch.setenv("FIFTYONE_DO_NOT_TRACK", "1")
    import fiftyone.core.labels as fol
    from fiftyone.utils.labelstudio import export_label_to_label_studio as give
    from fiftyone.utils.labelstudio import import_label_studio_annotation as take

    dataset = Dataset()
    for i, word in enumerate(NAUGHTY):
        sample = dataset.image(f"{i}.jpg", 600, 400)
        dataset.label(sample, word, shapes.box(60, 102, 300, 40))
        dataset.label(sample, word, shapes.polygon([[0, 0, 300, 0, 300, 200]]))
        dataset.label(sample, word, shapes.tag())
    files, lost = dataset.give("labelstudio")
    assert not lost
    for i, found in enumerate(json.loads(files.read("tasks.json"))):
        box, polygon, choice = (take(result)[1] for result in found["annotations"][0]["result"])
        assert {box.label, polygon.label, choice.label} == {NAUGHTY[i]}
        assert box.bounding_box == pytest.approx([0.1, 0.255, 0.5, 0.1]) and polygon.points[0] == pytest.approx(
            np.array([[0, 0], [0.5, 0], [0.5, 0.5]])
        )
    full = {"original_width": 600, "original_height": 400, "from_name": "f", "to_name": "image"}
    theirs = [give(fol.Detections(detections=[fol.Detection(label="a<b", bounding_box=[0.1, 0.255, 0.5, 0.1])]), full_result=full)]
    theirs += [give(fol.Polylines(polylines=[fol.Polyline(label="p", points=[[(0, 0), (0.5, 0), (0.5, 0.5)]])]), full_result=full)]
    theirs += [give(fol.Classification(label="t"), full_result=full)]
    rows = read(task(*(result for results in theirs for result in results))).rows()["cat.jpg"]
    assert [rows[0][k] for k in "xywh"] == pytest.approx([60, 102, 300, 40]) and [row["class"] for row in rows] == ["a<b", "p", "t"]
    assert rows[1]["rings"][0] == pytest.approx([0, 0, 300, 0, 300, 200]) and rows[2]["kind"] == "tag"


# ---- bad input ------------------------------------------------------------------------------------------------------
def changed(**value: Any) -> dict[str, Any]:
    return RECTANGLE | {"id": "bad", "value": RECTANGLE["value"] | value}


@pytest.mark.parametrize(
    "result, what",
    [
        (changed(x=math.nan), "finite"), (changed(x=math.inf), "finite"), (changed(x=1e300), "too large"),
        (changed(width=-5), "negative size"),
        (changed(x=None), "not a number"), (changed(rectanglelabels=[]), "no label"), (changed(rectanglelabels=["a\0"]), "NUL"),
        (region("polygonlabels", "b", points=[[1, 2]], polygonlabels=["x"]), "three corners"), (region("hypertextlabels", "b"), "not read"),
        (region("polygonlabels", "b", points=5, polygonlabels=["x"]), "not pairs"),
        (region("brushlabels", "b", brushlabels=["x"]), "no rle"),
        (region("brushlabels", "b", format="rle", rle=[1, 2, 3], brushlabels=["x"]), "damaged"),
        ({"id": "b", "type": "taxonomy", "value": {"taxonomy": [["a", "b"]]}}, "task 1: results of type 'taxonomy' are not read"),
        (region("brushlabels", "b", format="rle", rle=[999], brushlabels=["x"]), "damaged"),
        (region("videorectangle", "b", labels=["x"], sequence=[at(1, 1), at(2 * 10**9, 2)]), "too many frames"),
    ],
)  # fmt: skip
def test_a_bad_result_is_reported_with_its_line(result: dict[str, Any], what: str) -> None:
    text = "[\n" + json.dumps(task(RECTANGLE)) + ",\n" + json.dumps(task(RECTANGLE | {"id": "g"}, result, data={"image": "b.jpg"})) + "]"
    dataset = Dataset().take("labelstudio", Files({"p.json": text}))
    (problem,) = dataset.problems()
    assert what in problem and problem.startswith("p.json:3 ")
    assert len(dataset.rows()["b.jpg"]) == 1


@pytest.mark.parametrize("data", [{"image": "../../etc/passwd"}, {}, {"image": 5}, {"image": "/data/local-files/?d=../../x.jpg"}])
def test_a_task_without_a_usable_file_is_reported(data: dict[str, Any]) -> None:
    dataset = Dataset().take("labelstudio", Files({"p.json": json.dumps([task(RECTANGLE, data=data)])}))
    assert dataset.rows() == {} and len(dataset.problems()) == 1


GOOD = json.dumps([task(RECTANGLE)])


@pytest.mark.parametrize("text", ["", GOOD[:-1], GOOD[:50], "nonsense", GOOD + "]", "5"])
def test_a_hopeless_file_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadLabels, match=r"^p.json: [^\n]+$"):
        Dataset().take("labelstudio", Files({"p.json": text}))
