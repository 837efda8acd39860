"""LabelMe: labelme's JSON as documented, the older XML with Datumaro as the oracle, naughty text, hostile files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from formats_rig import NAUGHTY, Dataset, Files, any_shape, class_names, json_values, quick, round_trip, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import registry, shapes

attributes = st.dictionaries(words.map(lambda w: f"a {w}"), json_values, max_size=2)
native = st.fixed_dictionaries({}, optional={"occluded": st.booleans(), "description": words, "group": st.integers(0, 9)})


@quick
@given(st.data())
def test_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=6, unique=True)):
        columns: dict[str, Any] = {
            "split": data.draw(st.sampled_from([None, "train", "test"])),
            "tags": data.draw(st.lists(words, max_size=2)),
        }
        sample = dataset.image(f"{stem}.jpg", 900, 900, **columns)
        shape = data.draw(any_shape().filter(lambda s: s["kind"] not in {"mask", "tag"}))
        fields = {"confidence": data.draw(st.none() | st.floats(0, 1, width=32)), "track": data.draw(st.none() | st.integers(0, 2**40))}
        dataset.label(sample, data.draw(class_names), shape, data.draw(native) | data.draw(attributes), **fields)
    back, lost, _ = round_trip(dataset, "labelme")
    assert back.problems() == [] and not lost
    rows = dataset.rows()
    assert back.rows() == {name: rows[name] for name in back.rows()} and len(back.rows()) == len(rows)
    columns_of = "name", "split", "width", "height", "coalesce(tags, [])"
    assert sorted(back.samples(*columns_of)) == sorted(dataset.samples(*columns_of))


def test_special_shapes_tags_and_meta_come_back() -> None:
    dataset = Dataset()
    sample = dataset.image("d/a.jpg", meta='{"k":[1]}')
    dataset.label(sample, "night", shapes.tag())
    dataset.label(sample, "moon", shapes.rotated(9.1, 9.2, 4.2, 4.2, 0.0), {"shape": "circle"})
    dataset.label(sample, "road", shapes.keypoints([1, 2, 2, 3, 4, 2, 7, 8, 2]), {"shape": "linestrip"})
    dataset.label(sample, "tip", shapes.keypoints([1, 2, 2]))
    dataset.label(sample, "tips", shapes.keypoints([1, 2, 2, 3, 4, 0]))
    dataset.label(sample, "hole", shapes.polygon([[0, 0, 9, 0, 9, 9], [1, 1, 2, 1, 2, 2]]), {"group": 4})
    back, lost, files = round_trip(dataset, "labelme")
    assert (
        not lost
        and back.problems() == []
        and back.rows() == dataset.rows()
        and back.samples("name", "meta") == dataset.samples("name", "meta")
    )
    assert files.names() == ["d/a.json"]
    page = json.loads(files.read("d/a.json"))
    assert page["flags"] == {"night": True} and page["imagePath"] == "a.jpg"
    assert [s["shape_type"] for s in page["shapes"]] == ["circle", "linestrip", "point", "points", "polygon", "polygon"]


def test_what_cannot_be_held_is_counted() -> None:
    dataset = Dataset()
    dataset.add_class("never")
    sample = dataset.image("a.jpg")
    dataset.label(sample, "x", shapes.mask([5, 2, 7], 7, 2))
    dataset.label(sample, "t", shapes.tag(), {"k": 1})
    _, lost, _ = round_trip(dataset, "labelme")
    assert lost == {"masks that do not fit their image": 1, "attributes": 1, "classes without labels": 1}


PAGE = {
    "version": "5.4.1", "flags": {"day": True, "night": False}, "imagePath": "../images/a.jpg", "imageData": "aGk=", "imageHeight": 480,
    "imageWidth": 640,
    "shapes": [
        {"label": "cat", "points": [[10.5, 20.25], [1.5, 2.25]], "group_id": 3, "shape_type": "rectangle", "flags": {"occluded": True}},
        {"label": "dog", "points": [[0, 0], [9, 0], [9, 9]], "group_id": None, "shape_type": "polygon", "flags": {},
        "description": "brown"},
        {"label": "sun", "points": [[50, 50], [53, 54]], "group_id": None, "shape_type": "circle", "flags": {}},
        {"label": "nose", "points": [[5, 6]], "group_id": None, "shape_type": "point", "flags": {}},
        {"label": "ship", "points": [[10, 10], [18, 16], [15, 20], [7, 14]], "shape_type": "rotation", "score": 0.5, "difficult": True},
    ],
}  # fmt: skip


def test_labelmes_own_page() -> None:
    files = Files({"labels/a.json": json.dumps(PAGE), "images/a.jpg": b""})
    assert registry.sniff(files).name == "labelme"
    dataset = Dataset().take("labelme", files)
    assert dataset.samples("name", "width", "height") == [("images/a.jpg", 640, 480)] and dataset.problems() == []
    day, cat, dog, sun, nose, ship = dataset.rows()["images/a.jpg"]
    assert (day["class"], day["kind"]) == ("day", "tag") and "night" in dataset.classes()
    assert [cat[k] for k in "xywh"] == [1.5, 2.25, 9, 18] and cat["attributes"] == {"occluded": True, "group": 3}
    assert dog["attributes"] == {"description": "brown"} and dog["area"] == 40.5
    assert sun["points"] == [50, 50, 10, 10, 0] and nose["points"] == [5, 6, 2]
    assert ship["points"] == pytest.approx([12.5, 15, 10, 5, math.atan2(6, 8)]) and ship["confidence"] == 0.5
    assert ship["attributes"] == {"difficult": True}


# ---- the older XML, with Datumaro -----------------------------------------------------------------------------------
def test_we_read_the_xml_that_datumaro_writes(tmp_path: Path) -> None:
    import numpy as np
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Bbox, Polygon
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    image = Image.from_numpy(np.zeros((48, 64, 3), np.uint8))
    items = [
        DatasetItem(f"{i}", subset="train", media=image, annotations=[
            Bbox(1.5, 2, 3, 4, label=i, group=2, attributes={"occluded": True, "username": "ann", "note": word, "n": 5, "f": 0.5,
            "b": False}),
            Polygon([1, 2, 3, 4, 5, 0.5], label=i, group=2, attributes={"digits": "5"}), Polygon([0, 0, 9, 0, 9, 9], label=0),
        ]) for i, word in enumerate(NAUGHTY)
    ]  # fmt: skip
    Datumaro.from_iterable(items, categories=NAUGHTY).export(str(tmp_path), "label_me", save_media=True)
    oracle = {item.id: item for item in Datumaro.import_from(str(tmp_path), "label_me")}
    files = Files.load(tmp_path)
    assert registry.sniff(files).name == "labelme"
    dataset = Dataset().take("labelme", files)
    assert dataset.problems() == [] and set(dataset.samples("width", "height", "split")) == {(64, 48, "train")}
    for name, (box, part, plain) in dataset.rows().items():
        theirs = oracle[name.removesuffix(".jpg")].annotations
        off = {"occluded": False, "username": ""}
        assert [off | r["attributes"] for r in (box, part, plain)] == [
            a.attributes | ({"group": a.group} if a.group else {}) for a in theirs
        ]
        assert box["class"] == NAUGHTY[int(name.removesuffix(".jpg"))] and [box[k] for k in "xywh"] == [1.5, 2, 3, 4]
        assert part["rings"] == [[1, 2, 3, 4, 5, 0.5]] and plain["class"] == NAUGHTY[0]


# ---- bad input ------------------------------------------------------------------------------------------------------
def page(*found: Any, **more: Any) -> str:
    return (
        '{"imageWidth": 60, "imageHeight": 40,\n"shapes": [\n'
        + ",\n".join(map(json.dumps, found))
        + "],\n"
        + json.dumps({"imagePath": "a.jpg"} | more)[1:]
    )


SHAPE = {"label": "x", "points": [[1, 2], [8, 9]], "shape_type": "rectangle"}


@pytest.mark.parametrize(
    "change, what",
    [
        ({"label": ""}, "class name is missing"), ({"label": None}, "class name is missing"), ({"label": "a\0"}, "NUL"),
        ({"points": [[1, math.nan], [8, 9]]}, "finite"), ({"points": [[1, math.inf], [8, 9]]}, "finite"),
        ({"points": [[1, 1e99], [8, 9]]}, "too large"),
        ({"points": [1, 2]}, "not pairs"), ({"points": None}, "not pairs"), ({"points": [[1, 2]]}, "1 points"),
        ({"points": [["x", 2], [3, 4]]}, "not a number"),
        ({"shape_type": "mask"}, "not a PNG"), ({"shape_type": "polygon"}, "three corners"), ({"group_id": "x"}, "group_id"),
        ({"shape_type": ["x"]}, "not read"),
    ],
)  # fmt: skip
def test_a_bad_shape_is_reported_with_its_line(change: dict[str, Any], what: str) -> None:
    dataset = Dataset().take("labelme", Files({"a.json": page(SHAPE, SHAPE | change)}))
    (problem,) = dataset.problems()
    assert what in problem and problem.startswith("a.json:4 ")
    assert len(dataset.rows()["a.jpg"]) == 1


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "C:\\dir\\passwd", "..\\..\\passwd"])
def test_a_path_that_leads_out_is_cut_to_its_file_name(path: str) -> None:
    dataset = Dataset().take("labelme", Files({"d/a.json": page(SHAPE, imagePath=path)}))
    assert list(dataset.rows()) == ["passwd"] and "leads out" in dataset.problems()[0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", page(SHAPE)[:-1], page(SHAPE)[:40], page(SHAPE, imagePath="a\0"), page(SHAPE, imagePath=5)]
)
def test_a_hopeless_file_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadLabels, match=r"^a.json: [^\n]+$"):
        Dataset().take("labelme", Files({"a.json": text}))


@pytest.mark.parametrize("text", ["<annotation>", "<x/>", "<!DOCTYPE a [<!ENTITY a 'b'>]><annotation>&a;</annotation>", "<annotation/>"])
def test_a_hopeless_xml_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadLabels, match=r"^a.xml: [^\n]+$"):
        Dataset().take("labelme", Files({"a.xml": text}))
