"""KITTI, MOT Challenge and Open Images: Datumaro as the oracle both ways, naughty text, hostile rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_rig import NAUGHTY, Dataset, Files, class_names, places, quick, round_trip, sizes, stems
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import registry, shapes

numbers = st.floats(-100, 100)
confidences = st.none() | st.floats(0, 1, width=32)
boxes = st.builds(shapes.box, places, places, sizes, sizes)
solid = class_names.map(lambda name: "_".join(name.split()))


def items(*annotations: Any, count: int = 2, subset: str = "train", prefix: str = "") -> list[Any]:
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    image = Image.from_numpy(np.zeros((48, 64, 3), np.uint8))
    return [DatasetItem(f"{prefix}{i + 1}", subset=subset, media=image, annotations=list(annotations)) for i in range(count)]


def exported(tmp_path: Path, name: str, found: list[Any], classes: list[str], **more: Any) -> Files:
    from datumaro import Dataset as Datumaro

    Datumaro.from_iterable(found, categories=classes).export(str(tmp_path), name, **more)
    return Files.load(tmp_path)


def imported(tmp_path: Path, name: str, files: Files) -> tuple[Any, list[str]]:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import AnnotationType

    found = Datumaro.import_from(str(files.save(tmp_path)), name)
    return found, [label.name for label in found.categories()[AnnotationType.label].items]


def image_bytes() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (640, 480)).save(buffer, "PNG")
    return buffer.getvalue()


# ---- KITTI ----------------------------------------------------------------------------------------------------------
three_d = st.fixed_dictionaries({}, optional={
    "truncated": st.floats(0.01, 1), "occluded": st.integers(1, 3), "alpha": numbers, "rotation_y": numbers,
    "dimensions": st.lists(st.floats(0, 9), min_size=3, max_size=3), "location": st.lists(numbers, min_size=3, max_size=3),
})  # fmt: skip


@quick
@given(st.data())
def test_kitti_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems.filter(lambda s: "." not in s), min_size=1, max_size=6, unique=True)):
        sample = dataset.image(stem, 900, 900, split=data.draw(st.sampled_from([None, "train", "val", "test"])))
        for _ in range(data.draw(st.integers(0, 3))):
            dataset.label(sample, data.draw(solid), data.draw(boxes), data.draw(three_d), confidence=data.draw(confidences))
    known = dataset.samples("name", "width", "height")
    back, lost, _ = round_trip(dataset, "kitti", known)
    lost.pop("file name endings")
    assert back.problems() == [] and not lost
    assert back.rows() == dataset.rows()
    assert back.samples("name", "split") == dataset.samples("name", "split")


def test_kitti_counts_what_it_cannot_hold() -> None:
    dataset = Dataset()
    dataset.add_class("never")
    sample = dataset.image("a.png")
    dataset.label(sample, "two words", shapes.box(1, 2, 3, 4), {"note": 1})
    dataset.label(sample, "x", shapes.tag())
    _, lost, _ = round_trip(dataset, "kitti")
    assert lost == {"file name endings": 1, "class names with spaces": 1, "attributes": 1, "tag labels": 1, "classes without labels": 2}


def test_kitti_and_datumaro(tmp_path: Path) -> None:
    from datumaro.components.annotation import Bbox

    dataset = Dataset()
    classes = [word for word in NAUGHTY if not any(c.isspace() for c in word)]
    for i, word in enumerate(classes):
        sample = dataset.image(f"{i}.png", split="val")
        dataset.label(sample, word, shapes.box(1.25 + i, 2, 30.5, 40), {"truncated": 0.5, "occluded": 2}, confidence=0.9)
        dataset.label(sample, word, shapes.box(1, 2, 3, 4))
    files, _ = dataset.give("kitti")
    found, names = imported(tmp_path / "a", "kitti", files)
    assert len(found) == len(classes)
    for item in found:
        full, bare = item.annotations
        assert names[full.label] == classes[int(item.id)] and item.subset == "val"
        assert full.get_bbox() == pytest.approx([1.25 + int(item.id), 2, 30.5, 40], abs=0.01)
        assert full.attributes == {"truncated": True, "occluded": True, "score": pytest.approx(0.9)}
        assert bare.attributes == {"truncated": False, "occluded": False}
    box = Bbox(1.5, 2, 3, 4, label=0, attributes={"truncated": 0.5, "occluded": 1, "score": 0.25})
    files = exported(tmp_path / "b", "kitti_detection", items(box), ["a<b"], save_media=True)
    assert registry.sniff(files).name == "kitti"
    back = Dataset().take("kitti", files)
    (row,) = back.rows()["2.png"]
    assert [row[k] for k in ("class", *"xywh", "confidence")] == ["a<b", 1.5, 2, 3, 4, 0.25] and back.samples("split") == [("train",)] * 2
    assert row["attributes"] == {"truncated": 0.5, "occluded": 1} and back.problems() == []


DEVKIT = """Truck 0.00 0 -1.57 599.41 156.40 629.75 189.25 2.85 2.63 12.34 0.47 1.49 69.44 -1.56
DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10
"""


def test_kitti_of_the_devkit() -> None:
    dataset = Dataset().take("kitti", Files({"training/label_2/000001.txt": DEVKIT, "training/image_2/000001.png": b""}))
    truck, ignore = dataset.rows()["000001.png"]
    assert [truck[k] for k in "xywh"] == [599.41, 156.4, 30.34, 32.85] and ignore["attributes"] == {"truncated": -1, "occluded": -1}
    assert truck["attributes"] == {"alpha": -1.57, "dimensions": [2.85, 2.63, 12.34], "location": [0.47, 1.49, 69.44], "rotation_y": -1.56}
    files, _ = dataset.give("kitti")
    assert [list(map(float, line.split()[1:])) for line in files.read("train/label_2/000001.txt").decode().splitlines()] == [
        list(map(float, line.split()[1:])) for line in DEVKIT.splitlines()
    ]  # fmt: skip


# ---- MOT ------------------------------------------------------------------------------------------------------------
marks = st.fixed_dictionaries({}, optional={"visibility": st.floats(0, 0.99), "ignored": st.just(True)})


@quick
@given(st.data())
def test_mot_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for sequence in data.draw(st.lists(stems, min_size=1, max_size=3, unique_by=str.casefold)):
        split = data.draw(st.sampled_from([None, "train", "val", "test"]))
        for frame in range(1, data.draw(st.integers(1, 4)) + 1):
            sample = dataset.image(f"s {sequence}/img1/{frame:06d}.jpg", 900, 900, split=split, frame=frame - 1)
            for _ in range(data.draw(st.integers(0, 3))):
                track = data.draw(st.none() | st.integers(1, 2**40))
                dataset.label(sample, data.draw(class_names), data.draw(boxes), data.draw(marks), track=track)
    back, lost, _ = round_trip(dataset, "mot")
    assert back.problems() == [] and not lost
    assert back.rows() == dataset.rows() and back.classes() == dataset.classes()
    columns = "name", "split", "width", "height", "frame"
    assert back.samples(*columns) == dataset.samples(*columns)


def test_mot_videos_come_back() -> None:
    dataset = Dataset()
    sample = dataset.image("d/v.mp4", kind="video", frames=30)
    for frame in (0, 4, 29):
        dataset.label(sample, "car", shapes.box(1.1, 2.2, 3.3, 4.4 + frame), track=3, frame=frame)
    back, lost, _ = round_trip(dataset, "mot")
    assert not lost and back.rows() == dataset.rows()
    assert back.samples("name", "kind", "frames", "width") == dataset.samples("name", "kind", "frames", "width")


def test_mot_renumbers_frames_and_says_so() -> None:
    dataset = Dataset()
    for name in ("b.jpg", "a.jpg"):
        dataset.label(dataset.image(name), "x", shapes.box(1, 2, 3, 4), {"k": 1}, confidence=0.5)
    back, lost, _ = round_trip(dataset, "mot")
    assert lost == {"file names": 2, "attributes": 2, "confidence": 2} and list(back.rows()) == ["img1/000001.jpg", "img1/000002.jpg"]


def test_mot_and_datumaro(tmp_path: Path) -> None:
    from datumaro.components.annotation import Bbox

    dataset = Dataset()
    dataset.with_media = True
    classes = [word for word in NAUGHTY if len(word.splitlines()) == 1]
    for i, word in enumerate(classes, 1):
        sample = dataset.image(f"{i:06d}.png")
        dataset.label(sample, word, shapes.box(1.25 + i, 2, 30.5, 40), {"visibility": 0.25, "ignored": True}, track=5)
        dataset.label(sample, word, shapes.box(1, 2, 3, 4))
    files, lost = dataset.give("mot")
    assert lost == {"file names": len(classes)}
    found, names = imported(tmp_path / "a", "mot_seq", files)
    assert names == classes and len(found) == len(classes)
    for item in found:
        full, bare = item.annotations
        assert names[full.label] == classes[int(item.id) - 1]
        assert full.get_bbox() == pytest.approx([1.25 + int(item.id), 2, 30.5, 40], abs=0.01) and item.media.size == (480, 640)
        assert full.attributes == {"track_id": 5, "visibility": 0.25, "occluded": False, "ignored": True}
        assert bare.attributes == {"visibility": 1.0, "occluded": False, "ignored": False}
    box = Bbox(1.5, 2, 3, 4, label=1, attributes={"track_id": 9, "visibility": 0.5})
    files = exported(tmp_path / "b", "mot_seq_gt", items(box), ["a<b", "c"], save_media=True)
    assert registry.sniff(files).name == "mot"
    back = Dataset().take("mot", files)
    (row,) = back.rows()["img1/000002.jpg"]
    assert [row[k] for k in ("class", *"xywh", "track")] == ["c", 1.5, 2, 3, 4, 1] and row["attributes"] == {"visibility": 0.5}
    assert back.classes() == ["a<b", "c"] and back.problems() == []


def test_mot_detections_are_suggestions() -> None:
    text = "1,-1,10,20,30,40,0.75,-1,-1,-1\n2,-1,10,20,30,40,22.5,-1,-1,-1\n"
    info = "[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=3\nimWidth=640\nimHeight=480\nimExt=.jpg\n"
    dataset = Dataset().take("mot", Files({"train/S/det/det.txt": text, "train/S/seqinfo.ini": info}))
    assert dataset.samples("name", "split", "width") == [(f"S/img1/{i:06d}.jpg", "train", 640) for i in (1, 2, 3)]
    sure, odd = dataset.rows()["S/img1/000001.jpg"] + dataset.rows()["S/img1/000002.jpg"]
    assert (sure["class"], sure["state"], sure["confidence"], sure["track"]) == ("pedestrian", "suggested", 0.75, None)
    assert odd["attributes"] == {"score": 22.5} and dataset.problems() == []


# ---- Open Images ----------------------------------------------------------------------------------------------------
oi_flags = ["occluded", "truncated", "is_group_of", "is_depiction", "is_inside"]
oi_marks = st.fixed_dictionaries({}, optional=dict.fromkeys(oi_flags, st.booleans()))


@quick
@given(st.data())
def test_open_images_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems.filter(lambda s: "." not in s), min_size=1, max_size=6, unique=True)):
        split = data.draw(st.sampled_from([None, "train", "val", "test"]))
        sample = dataset.image(stem, data.draw(st.integers(500, 5000)), data.draw(st.integers(500, 5000)), split=split)
        for _ in range(data.draw(st.integers(0, 3))):
            source = data.draw(st.sampled_from(["human", "xclick", "machine"]))
            name, confidence = data.draw(class_names), data.draw(confidences)
            shape = data.draw(st.one_of(boxes, st.just(shapes.tag())))
            state = "rejected" if shape["kind"] == "tag" and confidence is None and data.draw(st.booleans()) else "accepted"
            if shape["kind"] == "tag" and confidence == 0:
                confidence = 0.5
            attributes = data.draw(oi_marks) if shape["kind"] == "box" else None
            dataset.label(sample, name, shape, attributes, confidence=confidence, source=source, state=state)
    back, lost, _ = round_trip(dataset, "openimages")
    assert back.problems() == [] and not lost
    assert {k: by_kind(v) for k, v in back.rows().items()} == {k: by_kind(v) for k, v in dataset.rows().items()}
    columns = "name", "split", "width", "height"
    assert sorted(back.samples(*columns), key=str) == sorted(dataset.samples(*columns), key=str) and back.classes() == dataset.classes()


def by_kind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["kind"])


def test_open_images_and_datumaro(tmp_path: Path) -> None:
    from datumaro.components.annotation import Bbox, Label

    dataset = Dataset()
    dataset.with_media = True
    for i, word in enumerate(NAUGHTY):
        sample = dataset.image(f"{i}.png", split="val")
        dataset.label(sample, word, shapes.box(1.25 + i, 2, 30.5, 40), {"occluded": True, "is_inside": False}, confidence=0.5)
        dataset.label(sample, word, shapes.tag())
    files, lost = dataset.give("openimages")
    assert not lost
    files.files = {name: image_bytes() if name.startswith("images/") else data for name, data in files.files.items()}
    found, names = imported(tmp_path / "a", "open_images", files)
    assert names == NAUGHTY and len(found) == len(NAUGHTY)
    for item in found:
        tag, box = item.annotations
        assert names[box.label] == names[tag.label] == NAUGHTY[int(item.id)] and item.subset == "val"
        assert box.get_bbox() == pytest.approx([1.25 + int(item.id), 2, 30.5, 40], abs=0.01) and tag.attributes == {"score": 1}
        assert box.attributes == {"score": 0.5, "occluded": True, "is_inside": False}
    box = Bbox(1.5, 2, 3, 4, label=0, attributes={"score": 0.25, "truncated": True})
    files = exported(
        tmp_path / "b", "open_images", items(box, Label(1, attributes={"score": 0.0}), prefix="s"), ["a,b", "c"], save_media=True
    )
    assert registry.sniff(files).name == "openimages"
    back = Dataset().take("openimages", files)
    absent, row = back.rows()["s2.jpg"]
    assert [row[k] for k in ("class", *"xywh", "confidence")] == [
        "a,b",
        pytest.approx(1.5),
        pytest.approx(2),
        pytest.approx(3),
        pytest.approx(4),
        0.25,
    ]
    assert row["attributes"] == {"truncated": True} and (absent["class"], absent["kind"], absent["state"]) == ("c", "tag", "rejected")
    assert back.samples("split", "width", "height") == [("train", 64, 48)] * 2 and back.problems() == []


OI_BOX = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"


def test_open_images_of_the_site() -> None:
    files = Files({
        "oidv6-class-descriptions.csv": "LabelName,DisplayName\n/m/0199g,Bicycle\n/m/01g317,Person\n",
        "validation-annotations-bbox.csv": OI_BOX + "0001eeaf4aed83f9,xclick,/m/01g317,1,0.25,0.75,0.5,1,0,1,-1,0,0\n",


                  "oidv6-validation-annotations-human-imagelabels.csv": "ImageID,Source,LabelName,Confidence\n"
                  "0001eeaf4aed83f9,verification,/m/0199g,0\n",
    })  # fmt: skip
    dataset = Dataset()
    dataset.image("x/0001eeaf4aed83f9.jpg", 1000, 800)
    dataset.take("openimages", files)
    tag, box = dataset.rows("kind", "x", "y", "w", "h", "state", "source")["x/0001eeaf4aed83f9.jpg"]
    assert box == {
        "class": "Person", "kind": "box", "x": 250, "y": 400, "w": 500, "h": 400, "state": "accepted", "source": "xclick",
        "attributes": {"occluded": False, "truncated": True, "is_depiction": False, "is_inside": False},
    }  # fmt: skip
    assert (tag["class"], tag["state"]) == ("Bicycle", "rejected") and dataset.samples("split") == [("val",)]


# ---- bad input ------------------------------------------------------------------------------------------------------
KITTI_LINE = "x 0 0 -10 {} 2 30 40 -1 -1 -1 -1000 -1000 -1000 -10\n"


def oi(row: str) -> dict[str, str]:
    files = {
        "class-descriptions.csv": "/m/1,x\n",
        "images.meta": '"a" 480 640\n',
        "train-annotations-bbox.csv": OI_BOX + "a,,/m/1,1,0.1,0.2,0.3,0.4,0,0,0,0,0\n" + row,
    }
    return {f"annotations/{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    "name, files, what",
    [
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + KITTI_LINE.format("nan")}, "finite"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + KITTI_LINE.format("inf")}, "finite"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + KITTI_LINE.format("1e99")}, "too large"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + KITTI_LINE.format("31")}, "negative size"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + KITTI_LINE.format("1 2 3")}, "has 17"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + "x 1 2\n"}, "has 3"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1).encode() + b"\xff\xfe\n"}, "UTF-8"),
        ("kitti", {"label_2/a.txt": KITTI_LINE.format(1) + "x\0" + KITTI_LINE.format(1)}, "NUL"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n1,1,nan,2,3,4,1,1,1\n"}, "finite"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n1,1,1,2,-3,4,1,1,1\n"}, "negative size"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n1,1,1,2,3,4,1,99,1\n"}, "class 99"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n0,1,1,2,3,4,1,1,1\n"}, "frame"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n1e300,1,1,2,3,4,1,1,1\n"}, "frame"),
        ("mot", {"gt/gt.txt": "1,1,1,2,3,4,1,1,1\n1,2,3\n"}, "has 3"),
        ("openimages", oi("a,,/m/1,1,nan,0.2,0.3,0.4,0,0,0,0,0\n"), "finite"),
        ("openimages", oi("a,,/m/1,7,0.1,0.2,0.3,0.4,0,0,0,0,0\n"), "Confidence"),
        ("openimages", oi("a,,/m/2,1,0.1,0.2,0.3,0.4,0,0,0,0,0\n"), "no class description"),
        ("openimages", oi("b,,/m/1,1,0.1,0.2,0.3,0.4,0,0,0,0,0\n"), "size of image 'b' is unknown"),
        ("openimages", oi("../b,,/m/1,1,0.1,0.2,0.3,0.4,0,0,0,0,0\n"), "climbs out"),
        ("openimages", oi("a,,/m/1\n"), "XMin"),
        ("openimages", oi("a,,/m/1,1,0.3,0.2,0.3,0.4,0,0,0,0,0\n"), "negative size"),
    ],
)  # fmt: skip
def test_a_bad_row_is_reported_with_its_line(name: str, files: dict[str, Any], what: str) -> None:
    dataset = Dataset().take(name, Files(files))
    (problem,) = dataset.problems()
    line = 3 if name == "openimages" else 2
    assert what in problem and f":{line} " in problem
    assert sum(map(len, dataset.rows().values())) == 1


@pytest.mark.parametrize("name", ["kitti", "mot", "openimages"])
@pytest.mark.parametrize("files", [{}, {"a.txt": "hello"}, {"a.csv": "x,y\n1,2\n"}])
def test_nothing_of_the_format_is_one_clear_line(name: str, files: dict[str, str]) -> None:
    with pytest.raises(BadLabels, match=r"^[^\n]+$"):
        Dataset().take(name, Files(files))


def test_a_climbing_sequence_is_refused() -> None:
    info = "imDir=../../etc\nseqLength=99999999999\n"
    dataset = Dataset().take("mot", Files({"S/gt/gt.txt": "1,1,1,2,3,4,1,1,1\n", "S/seqinfo.ini": info}))
    assert "impossible" in dataset.problems()[0] and list(dataset.rows()) == ["S/img1/000001.jpg"]
