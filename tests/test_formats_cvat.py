"""CVAT 1.1: Datumaro as the oracle both ways, CVAT's own documented files, tracks, naughty text, hostile XML."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_rig import NAUGHTY, Dataset, Files, any_shape, class_names, json_values, places, quick, round_trip, sizes, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, shapes

META = "<meta><task>{}<labels>{}</labels></task></meta>"
LABEL = "<label><name>{}</name><color>#33ddff</color><attributes></attributes></label>"
attributes = st.dictionaries(words.map(lambda w: f"a {w}"), json_values, max_size=2)
native = st.fixed_dictionaries({}, optional={"occluded": st.booleans(), "z_order": st.integers(-9, 9), "group": st.integers(0, 9)})


@quick
@given(st.data())
def test_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=6, unique=True)):
        shape = data.draw(any_shape())
        size = (60, 40) if shape["kind"] == "mask" else (900, 900)
        sample = dataset.image(f"{stem}.jpg", *size, split=data.draw(st.sampled_from([None, "train", "val", "test"])))
        known = data.draw(native) | data.draw(attributes)
        confidence, state = data.draw(st.none() | st.floats(0, 1, width=32)), data.draw(st.sampled_from(["accepted", "suggested"]))
        source, track = data.draw(st.sampled_from(["human", "auto", "yolo11n"])), data.draw(st.none() | st.integers(0, 2**40))
        dataset.label(sample, data.draw(class_names), shape, known, confidence=confidence, source=source, state=state, track=track)
    back, lost, _ = round_trip(dataset, "cvat")
    assert back.problems() == [] and not lost
    assert back.rows() == dataset.rows()
    assert back.samples("name", "split", "width", "height") == dataset.samples("name", "split", "width", "height")


def test_skeletons_lines_and_ellipses_come_back() -> None:
    dataset = Dataset()
    dataset.add_class("person", keypoints=["nose", "left <eye>", "tail"], skeleton=[1, 2, 2, 3], color="#102030")
    dataset.add_class("unused")
    sample = dataset.image("a.jpg")
    dataset.label(sample, "person", shapes.keypoints([1.5, 2, 2, 3, 4, 1, 5, 6, 0]), {"occluded": True})
    dataset.label(sample, "person", shapes.keypoints([1, 2, 2, 3, 4, 2]), {"shape": "points"})
    dataset.label(sample, "road", shapes.keypoints([1, 2, 2, 3, 4, 2]), {"shape": "polyline"})
    dataset.label(sample, "moon", shapes.rotated(9, 9, 4, 2, 0.0), {"shape": "ellipse"})
    dataset.label(sample, "crate", shapes.keypoints([float(v % 7) if v % 3 != 2 else 2 for v in range(24)]), {"shape": "cuboid"})
    dataset.label(sample, "crate", shapes.box(1, 2, 3, 4), {"shape": "polyline"})
    back, lost, files = round_trip(dataset, "cvat")
    assert back.rows() == dataset.rows() and not lost and back.problems() == []
    query = "SELECT name, keypoints, skeleton, color FROM classes WHERE name IN ('person', 'unused')"
    assert back.cur.execute(query).fetchall()[0] == ("person", ["nose", "left <eye>", "tail"], [1, 2, 2, 3], "#102030")
    assert back.classes() == dataset.classes()
    for tag in (b"<skeleton", b"<polyline", b"<ellipse", b"<cuboid", b"<points", b"<box"):
        assert tag in files.read("annotations.xml")


@pytest.mark.parametrize("name", ["cvat", "datumaro", "labelme"])
def test_a_box_of_keypoints_that_is_not_around_them_is_counted(name: str) -> None:
    dataset = Dataset()
    dataset.label(dataset.image("a.jpg"), "x", shapes.keypoints([1, 2, 2, 3, 4, 2], (0, 0, 50, 60)))
    assert round_trip(dataset, name)[1] == {"keypoint boxes": 1}


# ---- video ----------------------------------------------------------------------------------------------------------
TRACK = """<track id="7" label="car" source="auto" group_id="3">
<box frame="10" keyframe="1" outside="0" occluded="0" xtl="0" ytl="0" xbr="10" ybr="10" z_order="0"><attribute name="a">x</attribute></box>
<box frame="14" keyframe="1" outside="0" occluded="1" xtl="8" ytl="4" xbr="22" ybr="18" z_order="0"><attribute name="a">y</attribute></box>
<box frame="16" keyframe="1" outside="1" occluded="0" xtl="8" ytl="4" xbr="22" ybr="18" z_order="0"></box>
</track>"""
VIDEO = META.format(
    "<mode>interpolation</mode><stop_frame>99</stop_frame><original_size><width>640</width><height>480</height></original_size>"
    "<source>drive.mp4</source>", LABEL.format("car"),
)  # fmt: skip


def test_tracks_are_filled_as_cvat_does() -> None:
    dataset = Dataset().take("cvat", Files({"a.xml": f"<annotations>{VIDEO}{TRACK}</annotations>"}))
    assert dataset.samples("name", "kind", "width", "frames") == [("drive.mp4", "video", 640, 100)] and dataset.problems() == []
    rows = dataset.rows("frame", "track", "x", "y", "w", "source")["drive.mp4"]
    assert [r["frame"] for r in rows] == [10, 11, 12, 13, 14, 15]
    assert [(r["x"], r["y"], r["w"]) for r in rows] == [(0, 0, 10), (2, 1, 11), (4, 2, 12), (6, 3, 13), (8, 4, 14), (8, 4, 14)]
    assert {(r["track"], r["source"], r["attributes"]["group"]) for r in rows} == {(7, "auto", 3)}
    assert [r["attributes"].get("keyframe", True) for r in rows] == [True, False, False, False, True, False]
    assert rows[3]["attributes"]["a"] == "x" and rows[4]["attributes"] == {"a": "y", "occluded": True, "group": 3}


def test_tracks_go_out_with_the_same_keyframes() -> None:
    dataset = Dataset().take("cvat", Files({"a.xml": f"<annotations>{VIDEO}{TRACK}</annotations>"}))
    back, lost, files = round_trip(dataset, "cvat")
    assert not lost and back.rows() == dataset.rows() and files.names() == ["drive.xml"]
    text = files.read("drive.xml").decode()
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith("<box") and 'keyframe="1"' in line]
    assert keys == ["10", "14", "16"] and text.count('outside="1"') == 1


def by_track(dataset: Dataset) -> list[dict[str, Any]]:
    return sorted(dataset.rows().get("v.mp4", []), key=lambda row: (row["track"], row["frame"]))


@quick
@given(st.data())
def test_any_track_comes_back(data: st.DataObject) -> None:
    dataset = Dataset()
    sample = dataset.image("v.mp4", 900, 900, kind="video", frames=data.draw(st.sampled_from([None, 30])))
    for track in data.draw(st.lists(st.integers(0, 2**40), max_size=3, unique=True)):
        for frame in sorted(data.draw(st.sets(st.integers(0, 29), max_size=6))):
            shape = shapes.box(data.draw(places), data.draw(places), data.draw(sizes), data.draw(sizes))
            marks = data.draw(st.sampled_from([{}, {"keyframe": False}, {"occluded": True}])) | data.draw(attributes)
            dataset.label(
                sample, f"c{track % 3}", shape, marks, track=track, frame=frame, confidence=data.draw(st.sampled_from([None, 0.5]))
            )
    back, lost, _ = round_trip(dataset, "cvat")
    assert not lost and by_track(back) == by_track(dataset)


def test_the_subset_of_a_task_is_the_split_of_its_images() -> None:
    """CVAT names the subset at each image in an export of a project only."""
    meta = META.format("<subset>Validation</subset>", LABEL.format("x"))
    images = '<image id="0" name="a.jpg" width="9" height="9"/><image id="1" name="b.jpg" subset="Train" width="9" height="9"/>'
    dataset = Dataset().take("cvat", Files({"annotations.xml": f"<annotations>{meta}{images}</annotations>"}))
    assert dataset.samples("name", "split") == [("a.jpg", "val"), ("b.jpg", "train")]


def test_frames_among_the_files_get_the_labels() -> None:
    files = {"annotations.xml": f"<annotations>{VIDEO}{TRACK}</annotations>", **{f"images/frame_{i:06d}.png": b"" for i in range(10, 16)}}
    dataset = Dataset().take("cvat", Files(files))
    assert [(name, len(rows), rows[0]["frame"]) for name, rows in dataset.rows().items()][:2] == [
        ("images/frame_000010.png", 1, 10), ("images/frame_000011.png", 1, 11),
    ]  # fmt: skip


# ---- Datumaro -------------------------------------------------------------------------------------------------------
def test_datumaro_reads_what_we_write(tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import AnnotationType

    dataset = Dataset()
    dataset.with_media = True
    bitmap = np.zeros((480, 640), np.uint8)
    bitmap[5:9, 10:30] = bitmap[7:20, 12:14] = 1
    for i, word in enumerate(NAUGHTY):
        sample = dataset.image(f"{i}.png", split="train" if i % 2 else None)
        marks = {"occluded": True, "z_order": 3, "group": 2, "note": f"n{word}", "yes": True}
        dataset.label(sample, word, shapes.box(1.25 + i, 2, 30.5, 40), marks)
        dataset.label(sample, word, shapes.rotated(50, 60, 20, 10, math.radians(30)))
        dataset.label(sample, word, shapes.polygon([[1, 2, 3, 4, 5, 0.5]]))
        dataset.label(sample, word, shapes.mask(bitmaps.encode(bitmap), 640, 480))
        dataset.label(sample, word, shapes.keypoints([1, 2, 2, 3, 4, 2]))
        dataset.label(sample, word, shapes.tag(), {"k": 5})
    files, lost = dataset.give("cvat")
    assert not lost
    found = Datumaro.import_from(str(files.save(tmp_path)), "cvat")
    names = [label.name for label in found.categories()[AnnotationType.label].items]
    assert names == NAUGHTY and len(found) == len(NAUGHTY)
    for item in found:
        i = int(item.id)
        box, turned, polygon, mask, points, tag = item.annotations
        assert {names[a.label] for a in item.annotations} == {NAUGHTY[i]} and item.subset == ("train" if i % 2 else "default")
        assert box.get_bbox() == pytest.approx([1.25 + i, 2, 30.5, 40], abs=0.01) and (box.z_order, box.group) == (3, 2)
        assert box.attributes == {"occluded": True, "note": f"n{NAUGHTY[i]}", "yes": True}
        assert turned.points == pytest.approx([50, 60, 20, 10, 30], abs=0.01)
        assert polygon.points == pytest.approx([1, 2, 3, 4, 5, 0.5], abs=0.01)
        assert np.array_equal(mask.image, bitmap) and points.points == pytest.approx([1, 2, 3, 4])
        assert tag.attributes == {"k": 5}


def test_we_read_what_datumaro_writes(tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Bbox, Label, Mask, Points, Polygon, PolyLine, RotatedBbox
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    bitmap = np.zeros((48, 64), np.uint8)
    bitmap[5:9, 10:30] = 1
    anns = [
        Bbox(1.5, 2, 3, 4, label=0, z_order=2, group=7, attributes={"occluded": True, "k": "v & w"}),
        RotatedBbox(20, 20, 10, 6, 30, label=1),
        Polygon([1, 2, 3, 4, 5, 0], label=0),
        Mask(bitmap, label=1),
        Points([1, 2, 3, 4], label=0),
        PolyLine([1, 2, 3, 4], label=0),
        Label(1),
    ]
    image = Image.from_numpy(np.zeros((48, 64, 3), np.uint8))
    items = [DatasetItem(f"s/{i}", subset="train", media=image, annotations=anns) for i in range(2)]
    found = Datumaro.from_iterable(items, categories=["a<b", "c"])
    found.export(str(tmp_path), "cvat", save_media=True, allow_undeclared_attrs=True)
    dataset = Dataset().take("cvat", Files.load(tmp_path))
    assert dataset.problems() == [] and dataset.classes() == ["a<b", "c"] and dataset.samples("width", "height") == [(64, 48)] * 2
    box, turned, polygon, mask, points, line, tag = dataset.rows()["s/1.jpg"]
    assert [box[k] for k in "xywh"] == [1.5, 2, 3, 4] and box["attributes"] == {"occluded": True, "z_order": 2, "group": 7, "k": "v & w"}
    assert turned["points"] == pytest.approx([20, 20, 10, 6, math.radians(30)])
    assert polygon["rings"] == [[1, 2, 3, 4, 5, 0]] and points["points"] == [1, 2, 2, 3, 4, 2]
    assert np.array_equal(bitmaps.decode(mask["rle"], 64, 48), bitmap) and [mask[k] for k in ("x", "y", "w", "h", "area")] == [
        10,
        5,
        20,
        4,
        80,
    ]
    assert line["attributes"]["shape"] == "polyline" and (tag["kind"], tag["class"]) == ("tag", "c")


# ---- bad input ------------------------------------------------------------------------------------------------------
BOX = '<box label="{}" xtl="{}" ytl="1" xbr="{}" ybr="9" occluded="0"/>\n'


def image(inner: str, name: str = "a.jpg") -> str:
    meta = META.format("", LABEL.format("x"))
    return f'<annotations>{meta}\n<image id="0" name="{name}" width="60" height="40">\n{inner}</image>\n</annotations>'


@pytest.mark.parametrize(
    "inner, what",
    [
        (BOX.format("nope", 1, 9), "'nope' is not declared"), (BOX.format("x", "nan", 9), "finite"),
        (BOX.format("x", "", 9), "not a number"),
        (BOX.format("x", 9, 1), "negative size"), (BOX.format("x", 1, "9e99"), "too large"), ("<box label='x' xtl='1'/>", "lacks xbr"),
        ("<polygon label='x' points='1,2;3,4'/>", "three corners"), ("<polygon label='x' points='1,2;3'/>", "not pairs"),
        ("<mask label='x' rle='1,2,3' left='0' top='0' width='9' height='9'/>", "cover 6 pixels"),
        ("<mask label='x' rle='1' left='0' top='0' width='999999' height='999999'/>", "outside the image"),
        ("<mask label='x' rle='99999999999999999999' left='0' top='0' width='9' height='9'/>", "rle"),
        ("<sphere label='x'/>", "not a shape"),
        ("<box label='x' xtl='1' ytl='1' xbr='5' ybr='5' rotation='inf'/>", "finite"),
    ],
)  # fmt: skip
def test_a_bad_shape_is_reported_with_its_line(inner: str, what: str) -> None:
    dataset = Dataset().take("cvat", Files({"annotations.xml": image(BOX.format("x", 1, 9) + inner)}))
    (problem,) = dataset.problems()
    assert what in problem and problem.startswith("annotations.xml:4 ")
    assert len(dataset.rows()["a.jpg"]) == 1


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "x/../../a.jpg", "C:\\a.jpg", ""])
def test_a_name_outside_the_import_is_refused(name: str) -> None:
    dataset = Dataset().take("cvat", Files({"annotations.xml": image(BOX.format("x", 1, 9), name)}))
    assert dataset.rows() == {} and dataset.problems()[0].startswith("annotations.xml:2 ")


@pytest.mark.parametrize("text", [image("")[:-20], "", "<html/>", "<!DOCTYPE a [<!ENTITY a 'b'>]><annotations>&a;</annotations>"])
def test_a_hopeless_file_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadLabels, match=r"^annotations.xml: [^\n]+$"):
        Dataset().take("cvat", Files({"annotations.xml": text}))


def test_a_track_that_would_fill_millions_of_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comexp_lab.formats.cvat_reading._MOST_FILLED", 1000)
    bomb = TRACK.replace('frame="14"', 'frame="2000000000"').replace('frame="16"', 'frame="2000000001"')
    dataset = Dataset().take("cvat", Files({"a.xml": f"<annotations>{VIDEO}{bomb}</annotations>"}))
    assert "too many frames" in dataset.problems()[0]
