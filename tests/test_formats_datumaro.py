"""Datumaro JSON: the library as the oracle both ways, naughty text, hostile JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_rig import NAUGHTY, Dataset, Files, any_shape, class_names, json_values, quick, round_trip, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, shapes

attributes = st.dictionaries(words.map(lambda w: f"a {w}"), json_values, max_size=2)
native = st.fixed_dictionaries({}, optional={"occluded": st.booleans(), "z_order": st.integers(-9, 9), "group": st.integers(0, 9)})


@quick
@given(st.data())
def test_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=6, unique=True)):
        shape = data.draw(any_shape())
        size = (60, 40) if shape["kind"] == "mask" else (900, 900)
        meta = data.draw(st.none() | st.dictionaries(words.map(lambda w: f"m {w}"), json_values, min_size=1, max_size=2))
        columns: dict[str, Any] = {
            "split": data.draw(st.sampled_from([None, "train", "val", "test"])),
            "tags": data.draw(st.lists(words, max_size=2)),
        }
        sample = dataset.image(f"{stem}.jpg", *size, **columns, meta=json.dumps(meta) if meta else None)
        fields = {
            "confidence": data.draw(st.none() | st.floats(0, 1, width=32)),
            "state": data.draw(st.sampled_from(["accepted", "rejected"])),
        }
        fields |= {"track": data.draw(st.none() | st.integers(0, 2**40)), "crowd": data.draw(st.booleans())}
        dataset.label(sample, data.draw(class_names), shape, data.draw(native) | data.draw(attributes), **fields)
    back, lost, _ = round_trip(dataset, "datumaro")
    assert back.problems() == [] and not lost
    assert back.rows() == {name: dataset.rows()[name] for name in back.rows()} and len(back.rows()) == len(dataset.rows())
    columns_of = "name", "split", "width", "height", "coalesce(tags, [])"
    assert sorted(back.samples(*columns_of)) == sorted(dataset.samples(*columns_of))
    assert metas(back) == metas(dataset)


def metas(dataset: Dataset) -> dict[str, Any]:
    return {name: meta and json.loads(meta) for name, meta in dataset.samples("name", "meta")}


def test_classes_rings_lines_and_ellipses_come_back() -> None:
    dataset = Dataset()
    dataset.add_class("person", keypoints=["nose", "tail"], skeleton=[1, 2], color="#102030", supercategory="animal")
    dataset.add_class("unused", color="#000000")
    sample = dataset.image("d/a.jpg", meta='{"where": {"lat": 1.5}}', tags=["night"])
    dataset.label(sample, "person", shapes.keypoints([1.5, 2, 2, 3, 4, 0]), {"group": 4})
    dataset.label(sample, "road", shapes.keypoints([1, 2, 2, 3, 4, 2]), {"shape": "polyline"})
    dataset.label(sample, "moon", shapes.rotated(9.1, 9.2, 4.3, 2.7, 0.0), {"shape": "ellipse"})
    dataset.label(sample, "moon", shapes.rotated(9.1, 9.2, 4.3, 2.7, 0.0))
    dataset.label(sample, "hole", shapes.polygon([[0, 0, 9, 0, 9, 9], [1, 1, 2, 1, 2, 2]]), {"k": [1, None]})
    back, lost, _ = round_trip(dataset, "datumaro")
    assert back.rows() == dataset.rows() and not lost and back.problems() == []
    query = "SELECT name, supercategory, color, keypoints, skeleton FROM classes ORDER BY id"
    assert back.cur.execute(query).fetchall()[:2] == dataset.cur.execute(query).fetchall()[:2]
    assert back.samples("name", "meta", "tags") == [("d/a.jpg", '{"where":{"lat":1.5}}', ["night"])]


def test_an_upright_box_cannot_have_a_rotation() -> None:
    dataset = Dataset()
    dataset.label(dataset.image("a.jpg"), "x", shapes.box(1, 2, 3, 4), {"rotation": 30})
    back, lost, _ = round_trip(dataset, "datumaro")
    assert lost == {"attribute rotation": 1} and back.rows()["a.jpg"][0]["kind"] == "box"


# ---- the library ----------------------------------------------------------------------------------------------------
def test_datumaro_reads_what_we_write(tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import AnnotationType

    dataset = Dataset()
    bitmap = np.zeros((480, 640), np.uint8)
    bitmap[5:9, 10:30] = bitmap[7:20, 12:14] = 1
    for i, word in enumerate(NAUGHTY):
        dataset.add_class(word, supercategory=f"of {word}", color=f"#0102{i:02x}", keypoints=["a", word], skeleton=[1, 2])
        sample = dataset.image(f"{i}.png", split="train" if i % 2 else None, meta=json.dumps({"m": word}))
        dataset.label(
            sample, word, shapes.box(1.25 + i, 2, 30.5, 40), {"z_order": 3, "group": 2, "note": word, "yes": True}, confidence=0.9
        )
        dataset.label(sample, word, shapes.rotated(50, 60, 20, 10, math.radians(30)))
        dataset.label(sample, word, shapes.polygon([[1, 2, 3, 4, 5, 0.5]]))
        dataset.label(sample, word, shapes.mask(bitmaps.encode(bitmap), 640, 480))
        dataset.label(sample, word, shapes.keypoints([1, 2, 1, 3, 4, 0]))
        dataset.label(sample, word, shapes.tag(), {"k": 5})
    files, lost = dataset.give("datumaro")
    assert not lost
    found = Datumaro.import_from(str(files.save(tmp_path)), "datumaro")
    cats = found.categories()
    assert [(label.name, label.parent) for label in cats[AnnotationType.label].items] == [(w, f"of {w}") for w in NAUGHTY]
    assert cats[AnnotationType.mask].colormap[3] == (1, 2, 3) and cats[AnnotationType.points].items[2].labels == ["a", NAUGHTY[2]]
    assert len(found) == len(NAUGHTY)
    for item in found:
        i = int(item.id)
        box, turned, polygon, mask, points, tag = item.annotations
        assert {a.label for a in item.annotations} == {i} and item.subset == ("train" if i % 2 else "default")
        assert item.attributes == {"m": NAUGHTY[i]} and item.media.size == (480, 640)
        assert box.get_bbox() == pytest.approx([1.25 + i, 2, 30.5, 40]) and (box.z_order, box.group) == (3, 2)
        assert box.attributes == {"note": NAUGHTY[i], "yes": True, "score": 0.9}
        assert turned.get_bbox() == pytest.approx([40, 55, 20, 10]) and turned.attributes == {"rotation": pytest.approx(30)}
        assert polygon.points == pytest.approx([1, 2, 3, 4, 5, 0.5]) and np.array_equal(mask.image, bitmap)
        assert points.points == pytest.approx([1, 2, 3, 4]) and [v.value for v in points.visibility] == [1, 0]
        assert tag.attributes == {"k": 5}


def test_we_read_what_datumaro_writes(tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Bbox, Ellipse, Label, Mask, Points, Polygon, PolyLine
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    bitmap = np.zeros((48, 64), np.uint8)
    bitmap[5:9, 10:30] = 1
    anns = [
        Bbox(1.5, 2, 3, 4, label=0, z_order=2, group=7, attributes={"occluded": True, "k": "v & w", "score": 0.25}),
        Bbox(1, 2, 3, 4, label=0, attributes={"is_crowd": True, "track_id": 5, "rotation": 0.0}),
        Polygon([1, 2, 3, 4, 5, 0], label=0), Mask(bitmap, label=1), Points([1, 2, 3, 4], [2, 0], label=0),
        PolyLine([1, 2, 3, 4], label=0), Ellipse(1, 2, 5, 8, label=1), Label(1),
    ]  # fmt: skip
    image = Image.from_numpy(np.zeros((48, 64, 3), np.uint8))
    items = [DatasetItem(f"s/{i}", subset="val", media=image, annotations=anns, attributes={"frame": 3}) for i in range(2)]
    Datumaro.from_iterable(items, categories=["a<b", "c"]).export(str(tmp_path), "datumaro", save_media=True)
    dataset = Dataset().take("datumaro", Files.load(tmp_path))
    assert dataset.problems() == [] and dataset.classes() == ["a<b", "c"]
    assert dataset.samples("name", "width", "height", "split", "meta") == [(f"s_{i}.jpg", 64, 48, "val", '{"frame":3}') for i in range(2)]
    box, crowd, polygon, mask, points, line, ellipse, tag = dataset.rows()["s_1.jpg"]
    assert [box[k] for k in "xywh"] == [1.5, 2, 3, 4] and box["confidence"] == 0.25
    assert box["attributes"] == {"occluded": True, "k": "v & w", "z_order": 2, "group": 7}
    assert (crowd["crowd"], crowd["track"], crowd["kind"]) == (True, 5, "box") and polygon["rings"] == [[1, 2, 3, 4, 5, 0]]
    assert np.array_equal(bitmaps.decode(mask["rle"], 64, 48), bitmap) and [mask[k] for k in ("x", "y", "w", "h", "area")] == [
        10,
        5,
        20,
        4,
        80,
    ]
    assert points["points"] == [1, 2, 2, 3, 4, 0] and line["attributes"] == {"shape": "polyline"}
    assert ellipse["points"] == [3, 5, 4, 6, 0] and (tag["kind"], tag["class"]) == ("tag", "c")


# ---- bad input ------------------------------------------------------------------------------------------------------
def document(*annotations: Any, **item: Any) -> str:
    found = {"id": "a", "image": {"path": "a.jpg", "size": [40, 60]}, "annotations": list(annotations)} | item
    head = '{"categories": {"label": {"labels": [{"name": "x", "parent": "", "attributes": []}]}},\n"items": [\n'
    return head + json.dumps(found) + "]}"


BOX = {"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    "change, what",
    [
        ({"label_id": 1}, "unknown label_id"), ({"label_id": None}, "unknown label_id"), ({"bbox": [1, 2, 3]}, "list of 4"),
        ({"bbox": [1, math.nan, 3, 4]}, "finite"), ({"bbox": [1, math.inf, 3, 4]}, "finite"), ({"bbox": [1e300, 0, 3, 4]}, "too large"),
        ({"bbox": [1, 2, -3, 4]}, "negative size"), ({"bbox": "x"}, "list of 4"), ({"type": "cuboid_3d"}, "not read"),
        ({"type": "caption", "label_id": None, "caption": "a cat"}, "type 'caption' are not read"),
        ({"type": "polygon", "points": [1, 2]}, "three corners"), ({"type": "points", "points": [1, 2], "visibility": [2, 2]}, "equally"),
        ({"type": "mask", "rle": {"counts": "~~~", "size": [40, 60]}}, "mask"),
        ({"type": "mask", "rle": {"counts": "1", "size": [1e9, 1e9]}}, "impossible"),
        ({"type": "mask", "rle": None}, "no rle"), ({"attributes": {"k": "\0"}}, "NUL"),
    ],
)  # fmt: skip
def test_a_bad_annotation_is_reported_with_its_line(change: dict[str, Any], what: str) -> None:
    dataset = Dataset().take("datumaro", Files({"annotations/train.json": document(BOX, BOX | change)}))
    (problem,) = dataset.problems()
    assert what in problem and problem.startswith("annotations/train.json:3 ")
    assert len(dataset.rows()["a.jpg"]) == 1


@pytest.mark.parametrize("path", ["../a.jpg", "x/../../a.jpg", "C:\\a.jpg", 5, "a\0b"])
def test_a_name_outside_the_import_is_refused(path: Any) -> None:
    dataset = Dataset().take("datumaro", Files({"annotations/train.json": document(BOX, image={"path": path})}))
    assert dataset.rows() == {} and len(dataset.problems()) == 1


GOOD = document(BOX)


@pytest.mark.parametrize(
    "text",
    [
        GOOD[:-1],
        GOOD[:-9],
        GOOD[:30],
        "",
        "[]",
        "{}",
        "nonsense",
        GOOD + "x",
        GOOD.replace("40", "4" * 6000),
        '{"categories": {}}',
        '{"categories": ' + "[" * 5000,
        "\ufffe",
    ],
)
def test_a_hopeless_file_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadLabels, match=r"^annotations/train.json: [^\n]+$"):
        Dataset().take("datumaro", Files({"annotations/train.json": text}))


@given(
    st.lists(st.recursive(json_values, lambda v: st.lists(v, max_size=4) | st.dictionaries(words, v, max_size=3)), max_size=8),
    st.integers(1, 9),
    st.booleans(),
)
@quick
def test_records_come_out_whole_whatever_the_chunks(values: list[Any], chunk: int, indent: bool) -> None:
    import io

    from comexp_lab.formats import json_items

    text = json.dumps({"a": values, "items": values}, indent=2 if indent else None, ensure_ascii=False)

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(chunk)

    found = [(key, json_items.plain(value), line) for key, value, line in json_items.walk(Slow(text.encode()), "f", "items")]
    assert [value for key, value, _ in found if key == "items"] == values and found[0][1] == values
    assert all(text.splitlines()[line - 1].strip() for _, _, line in found)
