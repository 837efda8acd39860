"""YOLO: Ultralytics' own loader as the oracle both ways, random data sets, layouts, hostile files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from formats_rig import Dataset, Files, places, quick, round_trip, sizes, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, registry, shapes, yolo_text

ROW = "0 0.5 0.5 0.25 0.5\n"
NAMES = "train: images/train\nval: images/val\nnames: [cat, dog]\n"
KNOWN = [("images/train/a.jpg", 200, 100), ("images/val/b.jpg", 200, 100)]
fractions = st.floats(0.001, 0.5, width=64)


def take(files: dict[str, Any], known: list[tuple[str, int, int]] = KNOWN) -> Dataset:
    dataset = Dataset()
    for image in known:
        dataset.image(*image)
    return dataset.take("yolo", Files(files))


def known_of(dataset: Dataset, files: Files) -> list[tuple[str, int, int]]:
    """The images of an export as an import of its media would know them."""
    found = {Path(name).stem: (width, height) for name, width, height in dataset.samples("name", "width", "height")}
    labels = [name for name in files.names() if name.startswith("labels/")]
    return [(name.replace("labels/", "images/", 1).replace(".txt", ".jpg"), *found[Path(name).stem]) for name in labels]


def shape_of(kind: str, x: float, y: float, w: float, h: float, angle: float) -> shapes.Shape:
    if kind == "polygon":
        return shapes.polygon([[x, y, x + w, y, x + w, y + h, x, y + h / 2]])
    if kind == "rotated":
        return shapes.rotated(x + (w + h) / 2, y + (w + h) / 2, w, h, angle)
    return shapes.box(x, y, w, h) | ({"kind": kind, "points": [x, y, 2, 0, 0, 0]} if kind == "keypoints" else {})


# ---- what we write we read equal --------------------------------------------------------------------------------------
@quick
@given(st.data())
def test_fractions_read_by_us_come_back_bit_by_bit(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 9000)), data.draw(st.integers(1, 9000))
    rows = data.draw(st.lists(st.tuples(st.integers(0, 1), st.tuples(fractions, fractions, fractions, fractions)), min_size=1, max_size=40))
    text = "".join(f"{kind} " + " ".join(map(repr, box)) + "\n" for kind, box in rows)
    first = take({"data.yaml": NAMES, "labels/train/a.txt": text}, [("images/train/a.jpg", width, height)])
    back, lost, files = round_trip(first, "yolo", [("images/train/a.jpg", width, height)])
    assert back.rows() == first.rows() and not lost
    assert first.problems() == [] or all("reaches outside" in p for p in first.problems())
    assert yaml.safe_load(files.read("data.yaml"))["names"] == {0: "cat", 1: "dog"}


@quick
@given(st.data(), st.sampled_from(["box", "polygon", "keypoints", "rotated"]))
def test_random_data_sets_come_back(data: st.DataObject, kind: str) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=4, unique_by=str.lower)):
        sample = dataset.image(f"{stem}.jpg", 900, 900, split=data.draw(st.sampled_from([None, "train", "val"])))
        for _ in range(data.draw(st.integers(1, 3))):
            x, y, w, h = data.draw(places), data.draw(places), data.draw(sizes), data.draw(sizes)
            shape = shape_of(kind, x, y, w, h, data.draw(st.floats(-3, 3)))
            dataset.label(sample, data.draw(words), shape)
    files, lost = dataset.give("yolo")
    back = Dataset()
    for image in known_of(dataset, files):
        back.image(*image)
    back.take("yolo", files)
    assert set(lost) <= {"coordinates, in the last binary digit"} and back.problems() == []
    mine = {Path(name).stem: rows for name, rows in dataset.rows("kind", "x", "y", "w", "h", "points", "rings").items()}
    read = {Path(name).stem: rows for name, rows in back.rows("kind", "x", "y", "w", "h", "points", "rings").items()}
    assert read.keys() == mine.keys()
    for stem, rows in mine.items():
        assert [(r["class"], r["kind"]) for r in read[stem]] == [(r["class"], r["kind"]) for r in rows]
        np.testing.assert_allclose([flat(r) for r in read[stem]], [flat(r) for r in rows], rtol=1e-9, atol=1e-9)
    assert {Path(n).stem: s for n, s in back.samples("name", "split")} == {Path(n).stem: s for n, s in dataset.samples("name", "split")}


def flat(row: dict[str, Any]) -> list[float]:
    if row["kind"] == "rotated":
        cx, cy, w, h, angle = row["points"]
        return [cx, cy, w, h, np.cos(angle), np.sin(angle)]
    return [row["x"], row["y"], row["w"], row["h"], *(row["points"] or []), *(row["rings"] or [[]])[0]]


def test_what_one_task_cannot_hold_is_counted() -> None:
    dataset = Dataset()
    sample = dataset.image("a.jpg", 60, 40, tags=["night"])
    bits = np.zeros((40, 60), np.uint8)
    bits[5:20, 10:30] = 1
    dataset.label(sample, "x", shapes.polygon([[0, 0, 9, 0, 9, 9], [20, 20, 30, 20, 30, 30]]), confidence=0.5)
    dataset.label(sample, "x", shapes.box(1, 2, 3, 4), {"a": 1}, track=3)
    dataset.label(sample, "x", shapes.mask(bitmaps.encode(bits), 60, 40))
    dataset.label(sample, "x", shapes.tag())
    files, lost = dataset.give("yolo")
    assert lost == {
        "confidence": 1,
        "track": 1,
        "attributes": 1,
        "rings of polygons, joined": 1,
        "sample tags": 1,
        "box labels, written for segment": 1,
    }
    rows = files.read("labels/unassigned/a.txt").decode().splitlines()
    assert len(rows) == 3 and [float(v) for v in rows[1].split()[1:5]] == pytest.approx([1 / 60, 2 / 40, 4 / 60, 2 / 40])
    outline = np.array(rows[2].split()[1:], float).reshape(-1, 2) * [60, 40]
    assert outline.min(axis=0).tolist() == [10, 5] and outline.max(axis=0).tolist() == [29, 19]


def test_files_do_not_collide_and_labels_lie_where_ultralytics_looks() -> None:
    from ultralytics.data.utils import img2label_paths

    dataset = Dataset(with_media=True)
    for name in ("a.jpg", "a.png", "images/train/a.jpg", "x/images/y/b.jpg", "A.JPG"):
        dataset.label(dataset.image(name, split="train"), "cat", shapes.box(1, 2, 3, 4))
    files, _ = dataset.give("yolo")
    images = sorted(name for name in files.names() if not name.endswith((".txt", ".yaml")))
    assert len(images) == 5
    assert sorted(name[1:] for name in img2label_paths([f"/{name}" for name in images])) == sorted(
        n for n in files.names() if n.endswith(".txt")
    )


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(1e-3, 5000), st.integers(1, 9000)), min_size=1, max_size=50))
@quick
def test_the_fraction_found_is_the_right_one_where_there_is_one(values: list[tuple[float, float, int]]) -> None:
    low, extent, size = (np.array(column, float) for column in zip(*values, strict=True))
    w = np.array([v[1] for v in values]) / size * size  # something that a fraction gives
    found, wrong = yolo_text.fraction(w, size)
    assert (found * size == w)[~wrong].all() and not wrong.any()
    centers, off = yolo_text.center(low, extent, size)
    assert (centers * size - extent / 2 == low)[~off].all()
    np.testing.assert_allclose(centers * size - extent / 2, low, atol=1e-9)


def test_division_alone_would_not_give_the_pixels_back() -> None:
    rng = np.random.default_rng(0)
    given_fractions, size = rng.uniform(0.001, 1, 20_000), rng.integers(1, 5000, 20_000).astype(float)
    pixels = given_fractions * size
    found, wrong = yolo_text.fraction(pixels, size)
    assert not wrong.any() and (found * size == pixels).all()
    extent = rng.uniform(0.001, 0.5, 20_000) * size
    low = given_fractions * size - extent / 2
    assert ((low + extent / 2) / size * size - extent / 2 != low).any()
    centers, off = yolo_text.center(low, extent, size)
    assert not off.any() and (centers * size - extent / 2 == low).all()


# ---- the oracle -------------------------------------------------------------------------------------------------------
def picture(width: int, height: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(width).integers(0, 255, (height, width, 3), np.uint8)).save(out, "JPEG")
    return out.getvalue()


def ultralytics_labels(folder: Path, task: str, split: str) -> dict[str, dict[str, Any]]:
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    dataset = YOLODataset(img_path=data[split], data=data, task=task, augment=False, imgsz=64)
    return {Path(label["im_file"]).stem: label for label in dataset.labels}


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "obb"])
def test_ultralytics_reads_what_we_write_and_we_what_it_reads(task: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    dataset = Dataset()
    sizes = {"p": (64, 58), "q": (53, 71), "empty": (40, 40)}
    for stem, (width, height) in sizes.items():
        sample = dataset.image(f"images/train/{stem}.jpg", width, height, split="train")
        for _ in range(0 if stem == "empty" else 6):
            x, y, w, h = (float(v) for v in rng.uniform(1, 14, 4))
            shape = shape_of({"detect": "box", "segment": "polygon", "pose": "keypoints", "obb": "rotated"}[task], x, y, w, h, 0.4)
            dataset.label(sample, str(rng.choice(["cat", "dog"])), shape)
    files, lost = dataset.give("yolo")
    files.save(tmp_path)
    for stem, size in sizes.items():
        Files({f"images/train/{stem}.jpg": picture(*size)}).save(tmp_path)
    theirs = ultralytics_labels(tmp_path, task, "train")
    assert theirs.keys() == sizes.keys() and not set(lost) - {"coordinates, in the last binary digit"}
    rows = {Path(name).stem: found for name, found in dataset.rows("x", "y", "w", "h", "points", "rings").items()}
    for stem, (width, height) in sizes.items():
        label, scale = theirs[stem], np.array([width, height, width, height])
        assert label["cls"].ravel().tolist() == [dataset.classes().index(row["class"]) for row in rows[stem]]
        if task in ("detect", "pose") and rows[stem]:
            cxywh = label["bboxes"] * scale
            ours = np.array([[r["x"] + r["w"] / 2, r["y"] + r["h"] / 2, r["w"], r["h"]] for r in rows[stem]])
            np.testing.assert_allclose(cxywh, ours, atol=1e-4)
        if task == "pose" and rows[stem]:
            np.testing.assert_allclose(
                label["keypoints"] * [width, height, 1], np.array([r["points"] for r in rows[stem]]).reshape(-1, 2, 3), atol=1e-4
            )
        if task == "segment":
            for ring, row in zip(label["segments"], rows[stem], strict=True):
                np.testing.assert_allclose(ring * [width, height], np.array(row["rings"][0]).reshape(-1, 2), atol=1e-4)
        if task == "obb":
            for ring, row in zip(label["segments"], rows[stem], strict=True):
                np.testing.assert_allclose((ring * [width, height]).mean(axis=0), row["points"][:2], atol=1e-4)


def test_real_photographs_both_ways(shared: Path, tmp_path: Path) -> None:
    from PIL import Image

    folder = shared / "data" / "coco128"
    for kind, task in (("detect", "detect"), ("segment", "segment")):
        texts = {f"labels/{p.name}": p.read_bytes() for p in sorted((folder / f"labels-{kind}").glob("*.txt"))[:30]}
        known = [(f"images/{Path(n).stem}.jpg", *Image.open(folder / "images" / f"{Path(n).stem}.jpg").size) for n in texts]
        first = take({"classes.txt": "".join(f"kind {n}\n" for n in range(91)), **texts}, known)
        assert first.problems() == []
        files, lost = first.give("yolo")
        assert not lost and yaml.safe_load(files.read("data.yaml"))["task"] == task
        for name, text in texts.items():
            written = np.array(
                [line.split() for line in files.read(name.replace("labels/", "labels/unassigned/")).decode().splitlines()], object
            )
            given = [line.split() for line in text.decode().splitlines()]
            assert len(written) == len(given)
            for ours, theirs in zip(written, given, strict=True):
                np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=1e-14)


# ---- layouts ----------------------------------------------------------------------------------------------------------
def test_splits_by_folder_by_list_and_by_name() -> None:
    labels = {"labels/train/a.txt": ROW, "labels/val/b.txt": ROW}
    both = [("images/train/a.jpg", "train"), ("images/val/b.jpg", "val")]
    assert take({"data.yaml": NAMES, **labels}).samples("name", "split") == both
    assert take({"d/data.yaml": NAMES, **{f"d/{k}": v for k, v in labels.items()}}, [("d/" + n, w, h) for n, w, h in KNOWN]).samples(
        "split"
    ) == [("train",), ("val",)]
    lists = {
        "data.yaml": "train: t.txt\nval: [v.txt]\nnames: {0: cat, 1: dog}\n",
        "t.txt": "./images/val/b.jpg\n",
        "v.txt": "/home/me/images/train/a.jpg\n",
        "images/train/a.jpg": b"",
        "images/val/b.jpg": b"",
    }
    assert take({**lists, **labels}).samples("name", "split") == [("images/train/a.jpg", "val"), ("images/val/b.jpg", "train")]
    assert take({"classes.txt": "cat\n\ndog\n", **labels}).samples("name", "split") == both


def test_loose_files_with_classes_txt_and_images_without_labels() -> None:
    files = {"classes.txt": "cat\ndog\n", "README.txt": "hello", "a.txt": "1 .5 .5 .2 .2\n", "a.jpg": b"", "b.jpg": b""}
    assert registry.sniff(Files(files)).name == "yolo"
    dataset = take(files, [("a.jpg", 100, 100), ("b.jpg", 50, 50)])
    assert dataset.rows("x", "w") == {
        "a.jpg": [{"class": "dog", "x": 40, "w": 20, "attributes": {}}],
        "b.jpg": [],
    } and dataset.classes() == ["cat", "dog"]


def test_darknet_as_cvat_writes_it() -> None:
    """CVAT's "YOLO 1.1": lists of images that no data.yaml names, labels beside the images."""
    files = {
        "obj.data": "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n",
        "obj.names": "cat\ndog\n",
        "train.txt": "data/obj_train_data/a.jpg\n",
        "valid.txt": "data/obj_valid_data/b.jpg\r\n",
        **{"obj_train_data/a.txt": "1 .5 .5 .2 .2\n", "obj_train_data/a.jpg": b"", "obj_valid_data/b.jpg": b""},
    }
    assert registry.sniff(Files(files)).name == "yolo"
    dataset = take(files, [("obj_train_data/a.jpg", 100, 100), ("obj_valid_data/b.jpg", 50, 50)])
    assert dataset.samples("split") == [("train",), ("val",)] and not dataset.problems()
    assert dataset.rows()["obj_train_data/a.jpg"][0]["class"] == "dog"


def test_boxes_among_segments_stay_boxes() -> None:
    text = "0 .1 .1 .2 .1 .2 .2\n1 .5 .5 .2 .2\n"
    dataset = take({"data.yaml": NAMES, "labels/train/a.txt": text, "labels/val/b.txt": "1 .5 .5 .2 .2\n"})
    assert [row["kind"] for row in dataset.rows("kind")["images/train/a.jpg"]] == ["polygon", "box"] and not dataset.problems()
    assert dataset.rows("kind", "x", "w")["images/val/b.jpg"][0] == {"class": "dog", "kind": "box", "x": 80, "w": 40, "attributes": {}}


def test_confidence_of_saved_predictions_is_kept() -> None:
    (row,) = take({"data.yaml": NAMES, "labels/train/a.txt": "0 .5 .5 .2 .2 0.75\n"}).rows("confidence")["images/train/a.jpg"]
    assert row["confidence"] == 0.75


def test_pose_of_two_numbers_and_flip() -> None:
    text = NAMES + "kpt_shape: [3, 2]\nflip_idx: [1, 0, 2]\nkpt_names: {0: [a, b, c]}\n"
    dataset = take({"data.yaml": text, "labels/train/a.txt": "0 .5 .5 .2 .2 .1 .2 0 0 .5 .5\n"})
    assert dataset.rows("kind", "points")["images/train/a.jpg"][0]["points"] == [20, 20, 2, 0, 0, 0, 100, 50, 2]
    written = yaml.safe_load(dataset.give("yolo")[0].read("data.yaml"))
    assert (written["kpt_shape"], written["flip_idx"], written["kpt_names"]) == ([3, 3], [1, 0, 2], {0: ["a", "b", "c"]})


def test_nine_fields_are_turned_boxes_if_they_are_rectangles() -> None:
    turned = take({"data.yaml": NAMES, "labels/train/a.txt": "0 .1 .2 .3 .2 .3 .6 .1 .6\n"}).rows("kind", "points")["images/train/a.jpg"][0]
    assert turned["kind"] == "rotated" and turned["points"] == pytest.approx([40, 40, 40, 40, 0])
    skew = "0 .1 .2 .9 .2 .4 .6 .1 .3\n"
    assert take({"data.yaml": NAMES, "labels/train/a.txt": skew}).rows("kind")["images/train/a.jpg"][0]["kind"] == "polygon"
    dataset = take({"data.yaml": NAMES + "task: obb\n", "labels/train/a.txt": skew})
    assert dataset.rows("kind")["images/train/a.jpg"][0]["kind"] == "rotated" and "not a rectangle" in dataset.problems()[0]


def test_folders_of_classes() -> None:
    files = {f"{split}/{kind}/{n}.jpg": b"x" for split in ("train", "val") for kind in ("cat", "dog") for n in (1, 2)}
    assert registry.sniff(Files(files)).name == "yolo"
    dataset = take(files, [(name, 10, 10) for name in files])
    assert dataset.classes() == ["cat", "dog"] and {split for (split,) in dataset.samples("split")} == {"train", "val"}
    dataset.with_media = True
    written, lost = dataset.give("yolo")
    assert sorted(written.names()) == sorted(files) and set(lost) == {"folders of image names"}
    assert registry.get("yolo").sniff(Files({"holiday/rome/1.jpg": b"", "holiday/paris/2.jpg": b""})) == 0


# ---- hostile files ----------------------------------------------------------------------------------------------------
def test_bad_rows_are_listed_with_file_and_line() -> None:
    rows = [
        "0 .5 .5 .2 .2",
        "0 .1 .2 .3",
        "",
        "0 .1 .2 nan .3",
        "9 .1 .2 .3 .3",
        "x .1 .2 .3 .3",
        "0 .5 .5 0 .2",
        "0 1e999 .5 .2 .2",
        "-1 .5 .5 .2 .2",
        "0.5 .5 .5 .2 .2",
        "0 3 3 .1 .1",
        "0 .5 .5 .2 .2 7",
        "\t 1  .5\t.5 .2 .2 ",
    ]
    dataset = take({"data.yaml": NAMES, "labels/train/a.txt": "\ufeff" + "\r\n".join(rows)})
    assert [row["class"] for row in dataset.rows()["images/train/a.jpg"]] == ["cat", "dog"]
    found = {problem.line: problem.what for problem in dataset.report.problems}
    assert {p.file for p in dataset.report.problems} == {"labels/train/a.txt"} and sorted(found) == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    for line, what in (
        (2, "a row of 4 values; detect needs 5"),
        (4, "NaN or infinite"),
        (5, "unknown class 9"),
        (6, "not a number in: x"),
        (7, "no size"),
        (8, "infinite"),
        (9, "not a whole number"),
        (10, "not a whole number"),
        (11, "outside the image"),
        (12, "confidence"),
    ):
        assert what in found[line]


def test_files_whose_first_row_is_bad_are_still_yolo() -> None:
    files = {"data.yaml": NAMES, **{f"labels/train/{n}.txt": ROW for n in "abc"}, "labels/train/aa.txt": "0 .5 .5 .2\n"}
    assert registry.sniff(Files(files)).name == "yolo"
    assert registry.sniff(Files({"classes.txt": "cat\n", "a.txt": "0 .5 .5 .2\n0 nan .5 .2 .2\n" + ROW})).name == "yolo"
    assert registry.get("yolo").sniff(Files({f"{n}.txt": "0 .5 .5 .2\n" for n in "abc"} | {"d.txt": ROW})) == 0


def test_files_that_are_not_text_and_images_that_are_missing() -> None:
    dataset = take({"data.yaml": NAMES, "labels/train/a.txt": b"\xff\xfe\x00\x01", "labels/val/b.txt": b"", "labels/train/c.txt": ROW})
    text = " | ".join(dataset.problems() + [p.what for p in dataset.report.problems])
    assert "not text in UTF-8" in text and "image not found: images/train/c" in text and len(dataset.samples("name")) == 2


def test_nothing_is_fetched_and_no_path_leaves_the_tree() -> None:
    text = "path: /etc\ntrain: https://example.org/x.zip\nval: ../../../etc\ntest: /etc/passwd\ndownload: rm -rf /\nnames: [cat]\n"
    dataset = take({"data.yaml": text, "labels/train/a.txt": ROW})
    assert len(dataset.rows()["images/train/a.jpg"]) == 1
    notes = [p.what for p in dataset.report.problems]
    assert sum("was ignored" in note for note in notes) == 4 and all(p.severity == "note" for p in dataset.report.problems)


@pytest.mark.parametrize(
    "text",
    [
        "names: 3\n",
        "names: []\n",
        "kpt_shape: [17]\nnames: [a]\n",
        "kpt_shape: [-1, 3]\nnames: [a]\n",
    ],
)
def test_a_hopeless_data_yaml_is_refused(text: str) -> None:
    with pytest.raises(BadLabels, match=r"data\.yaml"):
        take({"data.yaml": text, "labels/train/a.txt": ROW})


def test_yaml_is_only_data() -> None:
    evil = "names: !!python/object/apply:os.system ['touch /tmp/never']\n"
    bomb = (
        "a: &a [x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)},*{chr(97 + i)}]\n" for i in range(20)) + "names: [cat]\n"
    )
    dataset = take({"data.yaml": evil, "labels/train/a.txt": ROW})
    assert dataset.classes() == ["class_0"] and dataset.report.problems[0].what == "left out: it is not plain YAML"
    assert take({"data.yaml": bomb, "labels/train/a.txt": ROW}).classes() == ["cat"]
    with pytest.raises(BadLabels):
        take({"data.yaml": NAMES})


def test_other_formats_are_not_taken_for_yolo() -> None:
    fmt = registry.get("yolo")
    for files in (
        {"gt/gt.txt": "1,2,3,4,5,6,1,1,1\n"},
        {"label_2/000.txt": "Car 0.0 0 1.5 1 2 3 4 5 6 7 8 9 10 11\n"},
        {"notes.txt": "hello world\n"},
        {"a.json": json.dumps({"images": []})},
    ):
        assert fmt.sniff(Files(files)) == 0
