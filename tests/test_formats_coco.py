"""COCO: pycocotools and Datumaro as oracles both ways, random data sets, hostile files, the streaming walk."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_rig import Dataset, Files, any_shape, class_names, json_values, quick, round_trip, stems, words
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, json_stream, registry
from comexp_lab.formats.json_stream import Document, Malformed
from comexp_lab.formats.records import BadRecord
from comexp_lab.media.run_lengths import pack_all

NAME = "annotations/instances_default.json"
attributes = st.dictionaries(words.map(lambda w: f"a {w}"), json_values.filter(lambda v: v is not None), max_size=3)


def doc(annotations: list[Any], images: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    images = [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}] if images is None else images
    return {"info": {"year": 2026}, "images": images, "annotations": annotations, "categories": [{"id": 3, "name": "cat"}], **more}


def box(**more: Any) -> dict[str, Any]:
    return {"id": 1, "image_id": 7, "category_id": 3, "bbox": [1.5, 2, 30, 40], "area": 1200, "iscrowd": 0, "segmentation": [], **more}


def take(document: Any, **dumps: Any) -> Dataset:
    text = document if isinstance(document, (bytes, str)) else json.dumps(document, **dumps)
    return Dataset().take("coco", Files({NAME: text}))


def only(dataset: Dataset) -> dict[str, Any]:
    ((row,),) = dataset.rows(
        "kind", "x", "y", "w", "h", "area", "points", "rings", "rle", "crowd", "confidence", "track", "external"
    ).values()
    return row


# ---- what we write we read equal --------------------------------------------------------------------------------------
@quick
@given(st.data())
def test_random_data_sets_come_back(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=5, unique=True)):
        split = data.draw(st.sampled_from([None, "train", "val"]))
        large, small = dataset.image(f"{stem}.jpg", 900, 900, split=split), dataset.image(f"{stem}.png", 60, 40, split=split)
        for _ in range(data.draw(st.integers(0, 4))):
            shape = data.draw(any_shape().filter(lambda s: s["kind"] != "tag"))
            more = data.draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "confidence": st.floats(0, 1, width=32),
                        "crowd": st.booleans(),
                        "track": st.integers(0, 2**60),
                        "frame": st.integers(0, 10**6),
                        "state": st.sampled_from(["accepted", "suggested"]),
                    },
                )
            )
            dataset.label(small if shape["kind"] == "mask" else large, data.draw(class_names), shape, data.draw(attributes), **more)
    back, lost, _ = round_trip(dataset, "coco")
    assert not lost and [p for p in back.problems() if "reaches outside" not in p] == []
    assert back.rows() == dataset.rows()
    assert sorted(back.samples("name", "split", "width", "height"), key=str) == sorted(
        dataset.samples("name", "split", "width", "height"), key=str
    )


def test_ids_licences_and_everything_else_come_back() -> None:
    given_doc = doc(
        [box(id=2**53 + 3, foo="bar", attributes={"occluded": True, "track_id": 9}), box(id=4, score=0.25, iscrowd=1)],
        [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80, "license": 2, "flickr_url": "http://x", "tags": ["night"]}],
        licenses=[{"id": 2, "name": "CC"}],
        categories=[{"id": 3, "name": "cat", "supercategory": "pet", "keypoints": ["a", "b"], "skeleton": [[1, 2]], "color": "#010203"}],
    )
    first = take(given_doc)
    files, lost = first.give("coco")
    written = json.loads(files.read(NAME))
    assert not lost and written["licenses"] == given_doc["licenses"] and written["info"] == {"year": 2026}
    assert written["categories"] == given_doc["categories"]
    assert written["images"] == given_doc["images"]
    assert [a["id"] for a in written["annotations"]] == [2**53 + 3, 4]
    assert written["annotations"][0]["attributes"] == {"foo": "bar", "occluded": True, "track_id": 9}
    again = Dataset().take("coco", files)
    for table in ("labels", "samples", "classes"):
        assert again.cur.execute(f"FROM {table}").fetchall() == first.cur.execute(f"FROM {table}").fetchall()


def test_skeletons_and_keypoints() -> None:
    row = only(take(doc([box(keypoints=[5, 6, 2, 0, 0, 0], num_keypoints=1)])))
    assert row["kind"] == "keypoints" and row["points"] == [5, 6, 2, 0, 0, 0]


# ---- the oracles ------------------------------------------------------------------------------------------------------
def random_document(seed: int) -> dict[str, Any]:
    from pycocotools import mask

    rng = np.random.default_rng(seed)
    images = [{"id": int(i), "file_name": f"{i}.jpg", "width": 60, "height": 40} for i in rng.choice(10**6, 12, replace=False)]
    annotations = []
    for number in range(60):
        x, y, w, h = (float(v) for v in rng.uniform(1, 19, 4).round(2))
        note = {
            "id": number + 1,
            "image_id": images[int(rng.integers(12))]["id"],
            "category_id": int(rng.choice([3, 5])),
            "bbox": [x, y, w, h],
            "area": w * h,
            "iscrowd": 0,
            "segmentation": [],
        }
        kind = number % 4
        if kind == 1:
            note["segmentation"] = [[x, y, x + w, y, x + w, y + h], [x, y, x, y + h, x + w, y + h]]
        elif kind in (2, 3):
            bits = np.asfortranarray(rng.random((40, 60)) < 0.3, np.uint8)
            packed = mask.encode(bits)
            note |= {"iscrowd": 1, "area": float(mask.area(packed)), "bbox": mask.toBbox(packed).tolist()}
            runs = bitmaps.encode(bits)
            note["segmentation"] = {"size": [40, 60], "counts": packed["counts"].decode() if kind == 2 else runs}
        annotations.append(note)
    categories = [{"id": 3, "name": "cat", "supercategory": "pet"}, {"id": 5, "name": "dog", "supercategory": "pet"}]
    return {"images": images, "annotations": annotations, "categories": categories}


def test_pycocotools_sees_the_same_annotations(tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    document = random_document(1)
    Files({"given.json": json.dumps(document)}).save(tmp_path)
    dataset = take(document)
    assert dataset.problems() == []
    files, _ = dataset.give("coco")
    files.save(tmp_path)
    given_coco, ours = COCO(str(tmp_path / "given.json")), COCO(str(tmp_path / NAME))
    assert ours.cats == given_coco.cats and ours.imgs.keys() == given_coco.imgs.keys()
    assert ours.anns.keys() == given_coco.anns.keys()
    for number, note in given_coco.anns.items():
        for key in ("image_id", "category_id", "bbox", "area", "iscrowd"):
            assert ours.anns[number][key] == note[key]
        if note["segmentation"]:
            assert (ours.annToMask(ours.anns[number]) == given_coco.annToMask(note)).all()


def test_datumaro_and_we_read_each_other(tmp_path: Path) -> None:
    dm = pytest.importorskip("datumaro")

    dataset = take(random_document(2))
    files, _ = dataset.give("coco")
    files.save(tmp_path / "ours")
    (tmp_path / "ours" / "images").mkdir()
    theirs = dm.Dataset.import_from(str(tmp_path / "ours"), "coco_instances")
    found = sorted((item.id, type(note).__name__, note.label) for item in theirs for note in item.annotations)
    names = {"box": "Bbox", "polygon": "Polygon", "mask": "RleMask"}
    ours = []
    for image, kind, rings, number in dataset.cur.execute("""SELECT s.name, l.kind, len(rings), l.class FROM labels l
            JOIN samples s ON s.id = l.sample JOIN classes c ON c.id = l.class""").fetchall():
        ours += [(Path(image).stem, names[kind], number)] * (rings or 1)
    kinds = {kind for _, kind, _ in found}
    assert {"Polygon"} <= kinds and [f for f in found if f[1] == "Polygon"] == sorted(o for o in ours if o[1] == "Polygon")
    assert len(found) >= len(dataset.cur.execute("FROM labels").fetchall())
    theirs.export(str(tmp_path / "theirs"), "coco_instances", save_media=False)
    back = Dataset().take("coco", Files.load(tmp_path / "theirs"))
    mine = sorted((name, *row) for name, rows in dataset.rows("x", "y", "w", "h").items() for row in [tuple(r.values())[:5] for r in rows])
    read = sorted((name, *row) for name, rows in back.rows("x", "y", "w", "h").items() for row in [tuple(r.values())[:5] for r in rows])
    assert [r[:2] for r in read] == [r[:2] for r in mine]
    np.testing.assert_allclose([r[2:] for r in read], [r[2:] for r in mine], atol=0.02)  # Datumaro rounds to two digits


def test_runs_are_packed_as_by_pycocotools() -> None:
    import pyarrow as pa
    from pycocotools import mask

    rng = np.random.default_rng(0)
    lists = []
    for _ in range(200):
        runs = rng.integers(0, 50, rng.integers(1, 40)).tolist()
        lists.append(runs)
    packed = pack_all(pa.array(lists, pa.list_(pa.int64())))
    for runs, text in zip(lists, packed, strict=True):
        total = sum(runs)
        assert mask.frPyObjects({"size": [1, total], "counts": runs}, 1, total)["counts"].decode() == text if total else True


# ---- files as they come -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_order_of_keys_white_space_and_naughty_text_do_not_matter(indent: int | None, bom: bytes) -> None:
    name = 'x},{"]}] "q" \\ \U0001f4a5\n'
    document = doc([box(note="}],[{", id=n, attributes={"l": [{"a": 1}, {"b": 2}]}) for n in range(1, 30)])
    document["categories"][0]["name"] = name
    for keys in (list(document), list(reversed(document))):
        text = json.dumps({key: document[key] for key in keys}, indent=indent)
        dataset = take(bom + text.replace("\n", "\r\n").encode())
        assert dataset.classes() == [name] and dataset.problems() == []
        (rows,) = dataset.rows("external").values()
        assert [row["external"] for row in rows] == list(range(1, 30))
        assert rows[0]["attributes"] == {"note": "}],[{", "l": [{"a": 1}, {"b": 2}]}


def test_plain_and_full_reading_agree() -> None:
    plain = [box(id=n, segmentation=[[0, 0, 5.5, 0, 5, 5]] if n % 2 else []) for n in range(1, 9)]
    fields = ("kind", "x", "y", "w", "h", "area", "rings", "crowd", "external")
    assert take(doc(plain)).rows(*fields)["a.jpg"][:7] == take(doc([*plain[:-1], box(id=8, extra=1)])).rows(*fields)["a.jpg"][:7]


@pytest.mark.parametrize("odd", [{"attributes": {"far": 1}}, {"keypoints": [1, 2, 2], "num_keypoints": 1}, {"area": "x"}, {"score": 0.5}])
def test_what_only_a_late_record_has_is_found(odd: dict[str, Any]) -> None:
    """The first records decide how the file is read; a later one that does not fit must not be lost."""
    dataset = take(doc([*(box(id=n) for n in range(1, 300)), box(id=300, **odd), *(box(id=n) for n in range(301, 400))]))
    rows = dataset.rows("external", "area", "points", "confidence")["a.jpg"]
    assert len(rows) == 399 and dataset.problems() == []
    found, plain = rows[299], rows[298]
    assert {key for key in found if found[key] != plain[key]} - {"external"} == (
        set() if "area" in odd else {"attributes": {"attributes"}, "keypoints": {"points"}, "score": {"confidence"}}[next(iter(odd))]
    )  # an area of no sense becomes w * h


@pytest.mark.parametrize("late", [[[0, 0, 5.5, 0, 5, 5]], {"size": [80, 100], "counts": "oW1"}])
def test_an_outline_that_only_a_late_record_has_is_found(late: Any) -> None:
    dataset = take(doc([*(box(id=n) for n in range(1, 300)), box(id=300, segmentation=late)]))
    rows = dataset.rows("kind", "rings", "rle")["a.jpg"]
    assert rows[-1]["kind"] == ("polygon" if isinstance(late, list) else "mask") and (rows[-1]["rings"] or rows[-1]["rle"])
    assert {row["kind"] for row in rows[:-1]} == {"box"}


@pytest.mark.parametrize("more", [{}, {"extra": 1}])
def test_an_outline_without_a_box_has_the_box_around_it(more: dict[str, Any]) -> None:
    bare = {"id": 2, "image_id": 7, "category_id": 3, "segmentation": [[10, 20, 30, 20, 30, 50], [1, 2, 3, 2, 3, 4]], **more}
    found = take(doc([box(), bare])).rows("kind", "x", "y", "w", "h")["a.jpg"][1]
    assert (found["kind"], *(found[key] for key in "xywh")) == ("polygon", 1, 2, 29, 48)


@pytest.mark.parametrize("crowd", [0, 1])
@pytest.mark.parametrize("packed", [True, False])
def test_a_mask_without_a_box_has_the_box_and_area_that_pycocotools_sees(packed: bool, crowd: int) -> None:
    from pycocotools import mask

    rng, notes, expected = np.random.default_rng(3), [box(id=1)], []
    for number in range(2, 30):
        bits = np.zeros((80, 100), np.uint8, order="F")
        top, left = rng.integers(0, 79), rng.integers(0, 99)
        bits[top : top + rng.integers(1, 80), left : left + rng.integers(1, 100)] = rng.random() < 0.9
        bits[tuple(rng.integers(0, 79, (2, number)))] = 1
        rle = mask.encode(bits)
        note = box(id=number, iscrowd=crowd, segmentation={"size": [80, 100], "counts": rle["counts"].decode()})
        if not packed:
            note["segmentation"]["counts"] = bitmaps.encode(bits)
        for gone in [["bbox", "area"], ["bbox"], ["area"]][number % 3]:
            del note[gone]
        notes.append(note)
        expected.append([*note.get("bbox", mask.toBbox(rle).tolist()), note.get("area", float(mask.area(rle)))])
    dataset = take(doc(notes))
    rows = dataset.rows("kind", "x", "y", "w", "h", "area", "crowd")["a.jpg"][1:]
    assert [[row[key] for key in ("x", "y", "w", "h", "area")] for row in rows] == expected and not dataset.problems()
    assert {(row["kind"], row["crowd"]) for row in rows} == {("mask", bool(crowd))}


@pytest.mark.parametrize(
    ("counts", "why"), [("~~", "is damaged"), ([9], "is damaged"), ([], "is damaged"), ([8000], "has no size"), ([-1, 8001], "is damaged")]
)
def test_a_damaged_or_empty_mask_without_a_box_is_told(counts: Any, why: str) -> None:
    bare = {"id": 2, "image_id": 7, "category_id": 3, "segmentation": {"size": [80, 100], "counts": counts}}
    dataset = take(doc([box(), bare]))
    assert len(dataset.rows()["a.jpg"]) == 1 and [why in line for line in dataset.problems()] == [True]


def test_bad_records_are_listed_and_the_others_taken() -> None:
    bad = [
        (box(id=2, bbox=[1, 2, "NaN", 4]), "a coordinate is missing, NaN or infinite"),
        (box(id=3, bbox=[1, 2, 3]), "a coordinate is missing"),
        (box(id=4, image_id=99), "label of an unknown image"),
        (box(id=5, category_id=99), "unknown class"),
        (box(id=6, bbox=[1, 2, 0, 4]), "the box has no size"),
        (box(id=7, bbox=[200, 2, 3, 4]), "outside the image"),
        (box(id=8, bbox="x"), "a coordinate is missing"),
        (box(id=9, segmentation=[[1, 2, 3, 4]]), "fewer than three corners"),
        (box(id=10, segmentation=[[1, 2, 3, 4, 5, None]]), "a point of the polygon is missing"),
        (box(id=11, bbox=None), "a coordinate is missing"),
        (box(id=12, segmentation={"counts": [5], "size": [1, 5]}), "the mask has another size"),
        (17, "unknown image"),
        (None, "unknown image"),
        (box(id=13, image_id="x"), "unknown image"),
        (box(id=14, bbox=[float("inf"), 2, 3, 4]), "a coordinate is missing"),
        (box(id=15, segmentation=[[1, 2, 3, 4, 5, 6, 7]]), "lone coordinate"),
    ]
    dataset = take(doc([box(id=1), *(record for record, _ in bad), box(id=50)]))
    assert [row["external"] for row in dataset.rows("external")["a.jpg"]] == [1, 50]
    problems = dataset.problems()
    assert len(problems) == len(bad)
    for number, (_, what) in enumerate(bad, 2):
        (found,) = [p for p in problems if f"annotation {number} " in p or f"annotation {number}:" in p]
        assert what in found and found.startswith(NAME)


def test_repeated_ids_names_and_categories() -> None:
    images = [
        {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80},
        {"id": 7, "file_name": "b.jpg"},
        {"file_name": "c.jpg"},
        {"id": 8},
    ]
    dataset = take(
        doc(
            [box(), box(bbox=[5, 5, 5, 5])], images, categories=[{"id": 3, "name": "cat"}, {"id": 4, "name": "cat"}, {"id": 3, "name": "x"}]
        )
    )
    assert [s for (s,) in dataset.samples("name")] == ["a.jpg"] and dataset.classes() == ["cat"]
    assert [row["external"] for row in dataset.rows("external")["a.jpg"]] == [1, None]
    what = " | ".join(dataset.problems())
    for part in (
        "an image has the id of another one: 7",
        "an image has no id",
        "an image has no name",
        "a category has the id",
        "two categories",
        "the id 1 occurs twice",
    ):
        assert part in what


def test_box_outside_by_much_is_kept_and_noted() -> None:
    dataset = take(doc([box(bbox=[90, 2, 30, 40])]))
    assert only(dataset)["w"] == 30 and "reaches outside" in dataset.problems()[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "empty at byte 0"),
        (b"hello", "does not start with '{'"),
        (b"[1, 2]", "does not start with '{'"),
        (b"{}", "no list of images"),
        (b'{"images": 3}', "'images' is not a list"),
        (b'{"images": [', "cut off at byte 12"),
        (b'{"images": []} x', "text after the end"),
        (json.dumps(doc([box()])).encode()[:-40], "cut off"),
        (json.dumps(doc([box()])).encode()[:150], "cut off"),
        (json.dumps(doc([box()])).replace('"image_id": 7', '"image_id": 7 7').encode(), "at byte"),
        (json.dumps(doc([box()])).encode().replace(b"a.jpg", b"\xff\xfe.jpg"), "UTF-8"),
        (b'{"images": [' + b"[" * 100_000, "cut off"),
        (b'{"images": {"a": 1}}', "'images' is not a list"),
        (b'{"items": []}', "no list of images"),
    ],
)
def test_hopeless_files_are_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(BadLabels, match=".") as refusal:
        take(text)
    assert why in str(refusal.value) and NAME in str(refusal.value) and "\n" not in str(refusal.value)


def test_byte_of_a_fault_is_exact() -> None:
    text = json.dumps(doc([box(id=n) for n in range(1, 2000)]))
    at = text.index('"id": 1500') + len('"id": ')
    with pytest.raises(BadLabels) as refusal:
        take(text[:at] + "#" + text[at:])
    assert f"at byte {at}" in str(refusal.value)


def test_deep_nesting_is_no_danger() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    dataset = take(json.dumps(doc([box()])).replace('"iscrowd": 0', f'"iscrowd": 0, "deep": {deep}'))
    assert len(dataset.rows()["a.jpg"]) == 1 and "nested deeper" in dataset.problems()[0]


def test_several_files_with_overlapping_ids_become_splits() -> None:
    files = Files(
        {
            f"annotations/instances_{split}2017.json": json.dumps(
                doc([box()], [{"id": 7, "file_name": f"{split}.jpg", "width": 50, "height": 50}])
            )
            for split in ("train", "val")
        }
    )
    dataset = Dataset().take("coco", files)
    assert dataset.samples("name", "split", "external") == [("train.jpg", "train", 7), ("val.jpg", "val", 7)]
    assert [len(rows) for rows in dataset.rows().values()] == [1, 1] and dataset.problems() == []


def test_labels_find_images_that_are_there_by_name_or_ending() -> None:
    dataset = Dataset()
    for name in ("x/deep/a.jpg", "x/other/b.jpg", "y/other/b.jpg", "z/b.jpg", "c.jpg"):
        dataset.image(name, 100, 80)
    images = [
        {"id": i, "file_name": name, "width": 100, "height": 80}
        for i, name in enumerate(["a.jpg", "y\\other\\b.jpg", "/data/c.jpg", "b.jpg", "../d.jpg"])
    ]
    dataset.take("coco", Files({NAME: json.dumps(doc([box(id=i + 1, image_id=i) for i in range(5)], images))}))
    found = {name: len(rows) for name, rows in dataset.rows().items() if rows}
    assert found == {"x/deep/a.jpg": 1, "y/other/b.jpg": 1, "c.jpg": 1, "b.jpg": 1, "d.jpg": 1}
    assert [p.file for p in dataset.report.problems if p.what.startswith("image not found")] == [NAME] * 2


def test_sniffing_is_by_content() -> None:
    coco = json.dumps(doc([box()]))
    assert registry.sniff(Files({"labels.json": coco})).name == "coco"
    assert (
        registry.sniff(
            Files(
                {
                    "x.json": json.dumps(
                        {"images": [{"id": n, "file_name": "x" * 500} for n in range(300)], "annotations": [], "categories": []}
                    )
                }
            )
        ).name
        == "coco"
    )
    assert registry.get("coco").sniff(Files({"a.json": '{"shapes": [], "imagePath": "a.jpg"}', "b.json": "[]", "c.json": ""})) == 0


# ---- the walk ---------------------------------------------------------------------------------------------------------
def walk(text: bytes, exact: bool) -> dict[str, Any]:
    document = Document(io.BytesIO(text), exact)
    found: dict[str, Any] = {}
    for key in document.members():
        if document.is_array():
            found[key] = [record for piece in document.records() for record in json.loads(b"[" + piece + b"]")]
        else:
            found[key] = json.loads(document.value())
    return found


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(alphabet='ab{}[]",:\\\n💥', max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='k{}"', max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(quick, max_examples=300)
@example({"a": "} b, c]", "b": [{"c": "]"}]}, None, 1)
@given(
    st.dictionaries(st.text(alphabet='ab}]"', max_size=4), trees | st.lists(trees, max_size=20), max_size=5),
    st.sampled_from([None, 1]),
    st.integers(1, 60),
)
def test_the_exact_walk_finds_every_record(document: dict[str, Any], indent: int | None, piece: int) -> None:
    before = json_stream.PIECE, json_stream.WINDOW
    json_stream.PIECE = json_stream.WINDOW = piece
    try:
        assert walk(json.dumps(document, indent=indent).encode(), exact=True) == document
    finally:
        json_stream.PIECE, json_stream.WINDOW = before


def test_a_wrong_guess_never_goes_unnoticed() -> None:
    rng = random.Random(0)
    json_stream.PIECE, before = 64, json_stream.PIECE
    try:
        for _ in range(200):
            records = [{"a": rng.choice(["x", "}, {", "} ]", '"']), "b": [{"c": 1}] * rng.randint(0, 2)} for _ in range(rng.randint(1, 30))]
            text = json.dumps({"r": records, "z": 1}).encode()
            try:
                assert walk(text, exact=False)["r"] == records
            except (Malformed, json.JSONDecodeError):
                assert walk(text, exact=True)["r"] == records
    finally:
        json_stream.PIECE = before


@pytest.mark.parametrize("end", ["}]", "} ]", "}\n\t ]", "}   \r\n]"])
def test_an_array_may_end_after_any_white_space(end: str) -> None:
    text = f'{{"r": [{{"a": {{}}}}, {{"a": 2{end}, "z": [{{"a": 3}}]}}'.encode()
    document = Document(io.BytesIO(text))
    pieces = {key: list(document.records()) for key in document.members()}
    assert {key: json.loads(b"[" + b"".join(found) + b"]") for key, found in pieces.items()} == {
        "r": [{"a": {}}, {"a": 2}],
        "z": [{"a": 3}],
    }


def test_a_large_file_is_read_on_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comexp_lab.store.database.os.cpu_count", lambda: 3)
    for much, cores in (1 << 20, 1), (1, 3):
        monkeypatch.setattr("comexp_lab.formats.coco_reading.MUCH", much)
        dataset = Dataset()
        dataset.cur.execute("SET threads = 1")
        dataset.take("coco", Files({NAME: json.dumps(doc([box()]))}))
        assert dataset.cur.execute("SELECT current_setting('threads')").fetchone() == (cores,)


def test_run_lengths_of_impossible_size_are_damaged() -> None:
    for text in ("o" * 13 + "0", "O" * 40 + "0", "P1n", "\N{SNOWMAN}", "~"):
        with pytest.raises(BadRecord, match="damaged"):
            bitmaps.unpack(text)
    assert bitmaps.unpack("") == []


def test_reading_does_without_a_part_of_pyarrow_that_weighs_20_megabytes() -> None:
    code = """
import sys
from formats_rig import Dataset, Files
text = '{"images": [{"id": 7, "file_name": "a.jpg", "width": 9, "height": 9}], "categories": [{"id": 3, "name": "cat"}], "annotations": ['
text += '{"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, "segmentation": []}]}'
assert len(Dataset().take("coco", Files({"a.json": text})).rows()["a.jpg"]) == 1
assert "pyarrow.dataset" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=True)
