"""Pascal VOC: Datumaro as the oracle both ways, real BCCD, naughty text, hostile XML."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from formats_rig import NAUGHTY, Dataset, Files, class_names, places, quick, round_trip, sizes, stems, words
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.errors import BadLabels
from comexp_lab.formats import registry, shapes

SHARED = Path(os.environ.get("COMEXP_SHARED", Path(__file__).parents[2] / "shared"))
OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>\n"
PAGE = "<annotation>\n<filename>{}</filename><size><width>100</width><height>80</height></size>\n{}</annotation>"
attribute_values = st.one_of(
    words, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.none()
)
attributes = st.dictionaries(words.map(lambda w: f"a {w}"), attribute_values, max_size=3)
flags = st.fixed_dictionaries(
    {}, optional={"difficult": st.booleans(), "truncated": st.booleans(), "occluded": st.booleans(), "pose": words}
)


def one(xml: str, name: str = "Annotations/a.xml") -> Dataset:
    return Dataset().take("voc", Files({name: xml}))


@quick
@given(st.data())
def test_what_we_write_we_read_equal(data: st.DataObject) -> None:
    dataset = Dataset()
    for stem in data.draw(st.lists(stems, min_size=1, max_size=6, unique=True)):
        sample = dataset.image(f"{stem}.jpg", 900, 900)
        for _ in range(data.draw(st.integers(0, 3))):
            shape = shapes.box(*(data.draw(places), data.draw(places), data.draw(sizes), data.draw(sizes)))
            confidence = data.draw(st.none() | st.floats(0, 1, width=32))
            dataset.label(sample, data.draw(class_names), shape, data.draw(flags) | data.draw(attributes), confidence=confidence)
    back, lost, _ = round_trip(dataset, "voc")
    assert back.problems() == [] and not lost
    assert back.rows() == dataset.rows()


def test_splits_tags_and_unused_classes_come_back() -> None:
    dataset = Dataset()
    dataset.add_class("never used", color="#010203")
    for i, split in enumerate(["train", "val", "test", None]):
        dataset.label(dataset.image(f"d/{i}.png", split=split), "cat", shapes.tag())
    back, lost, files = round_trip(dataset, "voc")
    assert not lost and back.samples("name", "split") == dataset.samples("name", "split")
    assert back.rows() == dataset.rows() and back.classes() == ["never used", "cat"]
    assert files.read("ImageSets/Main/cat_train.txt") == b"d/0  1\n"


def test_what_cannot_be_held_is_counted() -> None:
    dataset = Dataset()
    sample = dataset.image("a.jpg", tags=["night"], meta='{"k": 1}')
    dataset.label(sample, "x", shapes.polygon([[0, 0, 5, 0, 5, 5]]))
    dataset.label(sample, "x", shapes.rotated(5, 5, 4, 2, 0.3))
    dataset.label(sample, "x", shapes.box(1, 1, 2, 2), {"bell": "\x07"})
    dataset.label(sample, "x", shapes.tag())
    _, lost, _ = round_trip(dataset, "voc")
    assert lost == {
        "polygon labels": 1, "rotated labels": 1, "tag labels": 1, "sample tags": 1, "sample meta": 1, "characters that XML cannot hold": 1,
    }  # fmt: skip


def test_images_that_share_a_stem_keep_both() -> None:
    dataset = Dataset()
    for name in ("a.jpg", "a.png"):
        dataset.label(dataset.image(name, split="val"), name, shapes.box(1, 2, 3, 4))
    back, lost, files = round_trip(dataset, "voc")
    assert back.rows() == dataset.rows() and not lost
    assert {"Annotations/a.xml", "Annotations/a.png.xml"} <= set(files.names())
    assert back.samples("split") == [("val",), ("val",)]


def test_parts_and_actions_of_the_devkit() -> None:
    part = "<part><name>hand</name><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></part>"
    person = OBJECT.format("person", 1).replace("</object>", f"<actions><phoning>1</phoning></actions>{part}</object>")
    dataset = one(PAGE.format("a.jpg", person))
    first, second = dataset.rows("x", "w")["a.jpg"]
    assert first["attributes"] == {"actions": {"phoning": 1}, "group": 1}
    assert second == {"class": "hand", "x": 3.0, "w": 2.0, "attributes": {"group": 1, "part": True}}
    back, lost, files = round_trip(dataset, "voc")
    assert b"<part>" in files.read("Annotations/a.xml") and not lost
    assert sorted(map(str, back.rows()["a.jpg"])) == sorted(map(str, dataset.rows()["a.jpg"]))


# ---- Datumaro -------------------------------------------------------------------------------------------------------
def test_outlines_and_turned_boxes_of_other_tools() -> None:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    outline = "<polygon><x1>1</x1><y1>1</y1><x2>9</x2><y2>1</y2><x3>9</x3><y3>9</y3></polygon>"
    turned = "<robndbox><cx>50</cx><cy>40</cy><w>20</w><h>10</h><angle>0.5</angle></robndbox>"
    both = [f"<object><name>{name}</name>{shape}</object>" for name, shape in (("roof", outline + box), ("ship", turned))]
    roof, ship = one(f"<annotation><filename>a.jpg</filename>{''.join(both)}</annotation>").rows("kind", "rings", "points")["a.jpg"]
    assert roof["kind"] == "polygon" and roof["rings"] == [[1, 1, 9, 1, 9, 9]] and ship["points"] == [50, 40, 20, 10, 0.5]


def test_datumaro_reads_what_we_write(tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro

    dataset = Dataset()
    for i, word in enumerate(NAUGHTY):
        sample = dataset.image(f"{i} ü.jpg", split="train" if i % 2 else "val")
        dataset.label(sample, word, shapes.box(1.25 + i, 2, 30.5, 40), {"difficult": True, "pose": "Left", "note": word})
    files, lost = dataset.give("voc")
    assert not lost
    found = Datumaro.import_from(str(files.save(tmp_path)), "voc")
    names = [label.name for label in found.categories()[next(iter(found.categories()))].items]
    assert len(found) == len(NAUGHTY) and names[: len(NAUGHTY)] == NAUGHTY
    for item in found:
        (box,), i = item.annotations, int(item.id.split()[0])
        assert names[box.label] == NAUGHTY[i] and item.subset == ("train" if i % 2 else "val")
        assert box.get_bbox() == pytest.approx([1.25 + i, 2, 30.5, 40], abs=0.01)
        assert box.attributes["difficult"] is True and box.attributes["truncated"] is False and box.attributes["pose"] == "Left"
        assert item.media.size == (480, 640)


def test_we_read_what_datumaro_writes(tmp_path: Path) -> None:
    import numpy as np
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Bbox, Label
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    image = Image.from_numpy(np.zeros((48, 64, 3), np.uint8))
    boxes = [Bbox(1.5, 2, 3, 4, label=0, attributes={"truncated": True, "k": "v & w"}), Bbox(0, 0, 10, 10, label=1), Label(2)]
    items = [DatasetItem(f"s/{i}", subset="train", media=image, annotations=boxes) for i in range(3)]
    Datumaro.from_iterable(items, categories=["a<b", "c", "d"]).export(str(tmp_path), "voc", save_media=True)
    dataset = Dataset().take("voc", Files.load(tmp_path))
    assert dataset.problems() == [] and dataset.classes() == ["a<b", "c", "d"]
    rows = dataset.rows("kind", "x", "y", "w", "h")["s/2.jpg"]
    off = {"truncated": False, "occluded": False, "difficult": False}
    assert rows == [
        {"class": "a<b", "kind": "box", "x": 1.5, "y": 2.0, "w": 3.0, "h": 4.0, "attributes": off | {"truncated": True, "k": "v & w"}},
        {"class": "c", "kind": "box", "x": 0.0, "y": 0.0, "w": 10.0, "h": 10.0, "attributes": off},
        {"class": "d", "kind": "tag", "x": None, "y": None, "w": None, "h": None, "attributes": {}},
    ]
    assert set(dataset.samples("split", "width", "height")) == {("train", 64, 48)}


@pytest.mark.skipif(not (SHARED / "data/bccd").is_dir(), reason="BCCD is not here")
def test_real_bccd() -> None:
    from xml.etree import ElementTree

    tree = Files.load(SHARED / "data/bccd/annotations")
    assert registry.sniff(tree).name == "voc"
    dataset = Dataset().take("voc", tree)
    objects = [o for data in tree.files.values() for o in ElementTree.fromstring(data).iter("object")]
    empty = sum(
        o.find("bndbox/xmin").text == o.find("bndbox/xmax").text or o.find("bndbox/ymin").text == o.find("bndbox/ymax").text
        for o in objects
    )
    assert set(dataset.classes()) == {"RBC", "WBC", "Platelets"} and len(dataset.samples("id")) == len(tree.files)
    assert sum(map(len, dataset.rows().values())) == len(objects) - empty
    back, lost, _ = round_trip(dataset, "voc")
    assert back.rows() == dataset.rows() and not lost


# ---- bad input ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "xml",
    [
        "", "<annotation", "<html/>", "\0", PAGE.format("../a.jpg", ""),
        '<!DOCTYPE a [<!ENTITY x "y">]><annotation><filename>&x;</filename></annotation>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>',
        "<annotation>" * 1000,
    ],
)  # fmt: skip
def test_a_hopeless_file_is_one_clear_line(xml: str) -> None:
    with pytest.raises(BadLabels) as caught:
        one(xml)
    assert "\n" not in str(caught.value) and "Annotations/a.xml" in str(caught.value)


@pytest.mark.parametrize(
    "name, x, what",
    [
        ("x", "nan", "not a finite number"), ("x", "inf", "not a finite number"), ("x", "1e400", "not a finite number"),
        ("x", "1e12", "too large"), ("x", "12x", "not a number"), ("x", "", "not a number"), ("x", "31", "negative size"),
        ("", "1", "class name is missing"), ("x", "30", "no size"), ("x", "-1e8", "outside"),
    ],
)  # fmt: skip
def test_a_bad_object_is_reported_with_its_line(name: str, x: str, what: str) -> None:
    dataset = one(PAGE.format("a.jpg", OBJECT.format("good", 1) + OBJECT.format(name, x)))
    (problem,) = dataset.problems()
    assert what in problem and problem.startswith("Annotations/a.xml:4 ")
    assert len(dataset.rows()["a.jpg"]) == 1 + (what == "outside")


def test_one_damaged_file_among_many_is_a_problem() -> None:
    good = PAGE.format("b.jpg", OBJECT.format("x", 1))
    dataset = Dataset().take("voc", Files({"Annotations/a.xml": good[:-30], "Annotations/b.xml": good, "Annotations/c.xml": good}))
    assert [len(rows) for rows in dataset.rows().values()] == [1]
    assert "damaged" in dataset.problems()[0] and "a second annotation of b.jpg" in dataset.problems()[1]
