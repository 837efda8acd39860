"""Masks as pictures, in and out: Pascal VOC, LabelMe, Open Images; Datumaro as the oracle both ways; hostile pictures."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_rig import NAUGHTY, Dataset, Files, round_trip
from media_rig import encode, jpeg, shared_decoder  # noqa: F401
from PIL import Image

from comexp_lab.formats import bitmaps, pictures, registry, shapes
from comexp_lab.formats.importing import import_into
from comexp_lab.formats.trees import FolderTree
from comexp_lab.media import Decoder
from comexp_lab.store import Workspace

WIDTH, HEIGHT = 64, 48
OBJECT = "<object><name>{}</name>{}<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>\n"
PAGE = "<annotation><filename>{}</filename><size><width>64</width><height>48</height></size>\n{}</annotation>"


def disc(x: int, y: int, radius: int) -> np.ndarray:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def mask(bits: np.ndarray) -> shapes.Shape:
    return shapes.mask(bitmaps.encode(bits.astype(np.uint8)), WIDTH, HEIGHT)


def bits(row: dict[str, Any]) -> np.ndarray:
    return bitmaps.decode(row["rle"], WIDTH, HEIGHT).astype(bool)


def palette_png(values: np.ndarray, colours: bool = True) -> bytes:
    image = Image.fromarray(values.astype(np.uint8)).convert("L")
    if colours:
        image.putpalette(b"".join(pictures.voc_colour(i).to_bytes(3, "big") for i in range(256)), "RGB")
    return encode(image, "PNG")


def drawn(*parts: tuple[int, np.ndarray]) -> np.ndarray:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    for value, where in parts:
        values[where] = value
    return values


LEFT, RIGHT, FAR = disc(15, 20, 9), disc(45, 25, 7), disc(58, 6, 4)


# ---- Pascal VOC -----------------------------------------------------------------------------------------------------
def voc(decoder: Decoder, **files: bytes | str) -> Dataset:
    named = {
        name.replace("__", "/").replace("_png", ".png").replace("_xml", ".xml").replace("_txt", ".txt"): d for name, d in files.items()
    }
    return Dataset(decoder=decoder).take("voc", Files(named))


def test_voc_masks_come_back_equal(decoder: Decoder) -> None:
    dataset = Dataset(decoder=decoder)
    dataset.add_class("same", color="#800000")
    dataset.add_class("twin", color="#800000")
    for split in ("train", "val"):
        sample = dataset.image(f"d/{split}.png", WIDTH, HEIGHT, split=split)
        dataset.label(sample, "cat", shapes.box(1, 1, 5.5, 5))
        dataset.label(sample, "same", mask(LEFT), {"difficult": True, "note": "n"}, confidence=0.5)
        dataset.label(sample, "cat", mask(RIGHT) | {"x": 37.5, "w": 15.0})
        dataset.label(sample, "twin", mask(FAR))
        dataset.label(sample, "dog", shapes.tag())
    dataset.image("plain.png", WIDTH, HEIGHT)
    back, lost, files = round_trip(dataset, "voc")
    assert lost == {"class colors": 1} and back.problems() == [] and back.rows() == dataset.rows()
    assert files.read("ImageSets/Segmentation/train.txt") == b"d/train\n" and "SegmentationClass/plain.png" not in files.files
    shown = Image.open(io.BytesIO(files.read("SegmentationObject/d/train.png")))
    assert shown.mode == "P" and set(np.unique(np.asarray(shown))) == {0, 2, 3, 4}  # the numbers of the objects
    assert b"background:0,0,0::\nsame:128,0,0::" in files.read("labelmap.txt")


def test_voc_says_what_its_pictures_cannot_hold(decoder: Decoder) -> None:
    dataset = Dataset(decoder=decoder)
    sample = dataset.image("a.png", WIDTH, HEIGHT)
    dataset.label(sample, "x", mask(LEFT))
    dataset.label(sample, "x", mask(disc(22, 20, 9)))
    dataset.label(sample, "x", shapes.mask([0, 6], 3, 2))
    dataset.label(dataset.image("b.png", 0, 0), "x", mask(LEFT))
    back, lost, _ = round_trip(dataset, "voc")
    assert lost == {"masks partly covered by others": 1, "masks that do not fit their image": 2}
    first, second, third = back.rows()["a.png"]
    assert (bits(first) == LEFT & ~disc(22, 20, 9)).all() and (bits(second) == disc(22, 20, 9)).all() and third["kind"] == "box"


@pytest.mark.parametrize("names", ["plain", "naughty", "many"])
def test_voc_classes_of_any_name_and_number(decoder: Decoder, tmp_path: Path, names: str) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import AnnotationType

    classes = {"plain": ["a", "b", "c"], "naughty": NAUGHTY, "many": [f"class {i}" for i in range(300)]}[names]
    dataset = Dataset(decoder=decoder)
    for name in classes:
        dataset.add_class(name)
    picked = [classes[0], classes[len(classes) // 2], classes[-1]]
    sample = dataset.image("a.png", WIDTH, HEIGHT, split="train")
    for name, where in zip(picked, (LEFT, RIGHT, FAR), strict=True):
        dataset.label(sample, name, mask(where))
    back, lost, files = round_trip(dataset, "voc")
    assert not lost and back.problems() == [] and back.rows() == dataset.rows() and back.classes() == classes
    if names == "many":
        return  # Datumaro counts classes of a picture in 8 bits
    found = Datumaro.import_from(str(files.save(tmp_path)), "voc")
    labels = [label.name for label in found.categories()[AnnotationType.label].items]
    (item,) = found
    theirs = {labels[a.label]: a.image for a in item.annotations if a.type == AnnotationType.mask}
    assert all((theirs[name] == where).all() for name, where in zip(picked, (LEFT, RIGHT, FAR), strict=True))


@pytest.mark.parametrize("colours", [True, False])
def test_we_read_the_voc_masks_that_datumaro_writes(decoder: Decoder, tmp_path: Path, colours: bool) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Bbox, Mask
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image as Media

    media = Media.from_numpy(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    masks = [Mask(LEFT, label=1, group=1), Mask(RIGHT, label=0, group=2), Mask(FAR, label=1)]
    boxes = [Bbox(6, 11, 19, 19, label=1, group=1, attributes={"difficult": True}), Bbox(0, 0, 9, 9, label=0)]
    items = [DatasetItem("s/1", subset="train", media=media, annotations=masks + boxes), DatasetItem("2", media=media, annotations=masks)]
    Datumaro.from_iterable(items, categories=["a", "b"]).export(str(tmp_path), "voc", save_media=True, apply_colormap=colours)
    dataset = Dataset(decoder=decoder).take("voc", Files.load(tmp_path))
    assert dataset.problems() == [] and set(dataset.classes()) == {"a", "b"}
    paired, alone = dataset.rows()["s/1.jpg"], dataset.rows()["2.jpg"]
    assert [(row["class"], row["kind"]) for row in paired] == [("b", "mask"), ("a", "box"), ("a", "mask"), ("b", "mask")]
    assert paired[0]["attributes"]["difficult"] is True and [paired[0][key] for key in "xywh"] == [6, 11, 19, 19]
    assert (bits(paired[0]) == LEFT).all() and (bits(paired[2]) == RIGHT).all() and (bits(paired[3]) == FAR).all()
    assert [row["class"] for row in alone] == ["b", "a", "b"] and (bits(alone[0]) == LEFT).all()
    assert dataset.samples("split", "width") == [("train", 64), (None, 64)]


def test_voc_of_the_devkit(decoder: Decoder) -> None:
    """No label map: the twenty classes; borders are void; boxes lie beside the masks; the numbers are those of the objects."""
    border = disc(15, 20, 9) & ~disc(15, 20, 7)
    person, car = disc(15, 20, 7), disc(45, 25, 1)
    page = PAGE.format("a.jpg", OBJECT.format("car", "", 45, 25, 47, 27) + OBJECT.format("person", "<pose>Left</pose>", 8, 13, 24, 29))
    dataset = voc(
        decoder,
        Annotations__a_xml=page,
        SegmentationClass__a_png=palette_png(drawn((15, person), (7, car), (255, border))),
        SegmentationObject__a_png=palette_png(drawn((2, person), (1, car), (255, border))),
    )
    first, second = dataset.rows()["a.jpg"]
    assert (first["class"], first["kind"], first["area"]) == ("car", "mask", 5) and (bits(first) == car).all()
    assert second["attributes"] == {"pose": "Left"} and (bits(second) == person).all() and second["x"] == 8
    assert dataset.problems() == [] and dataset.classes() == ["car", "person"]


def test_voc_class_pictures_alone_give_one_mask_a_class(decoder: Decoder) -> None:
    picture = palette_png(drawn((1, LEFT), (1, FAR), (2, RIGHT)), colours=False)
    page = PAGE.format("a.png", OBJECT.format("dog", "", 38, 18, 53, 33) + OBJECT.format("cat", "", 6, 11, 25, 30))
    dataset = voc(decoder, labelmap_txt="cat:::\ndog:::\n", SegmentationClass__a_png=picture, Annotations__a_xml=page)
    dog, cat, cats = dataset.rows()["a.png"]
    assert (dog["kind"], cat["kind"], cats["kind"]) == ("mask", "box", "mask") and (bits(cats) == LEFT | FAR).all()
    assert (bits(dog) == RIGHT).all() and dataset.problems() == []
    masks_only = voc(decoder, labelmap_txt="cat:::\ndog:::\n", SegmentationClass__a_png=picture, ImageSets__Segmentation__val_txt="a\n")
    assert [row["class"] for row in masks_only.rows()["a.jpg"]] == ["cat", "dog"]
    assert masks_only.samples("split", "width", "height") == [("val", 64, 48)]


def test_voc_classes_of_the_xml_name_instances_that_no_map_names(decoder: Decoder) -> None:
    page = PAGE.format("a.png", OBJECT.format("helmet", "", 6, 11, 25, 30))
    objects = palette_png(drawn((1, LEFT), (2, RIGHT)))
    dataset = voc(decoder, SegmentationObject__a_png=objects, SegmentationClass__a_png=objects, Annotations__a_xml=page)
    (row,) = dataset.rows()["a.png"]
    assert row["class"] == "helmet" and (bits(row) == LEFT).all()
    assert dataset.problems() == ["Annotations/a.xml: the class of instance 2 is not known"]


def test_voc_problems_are_lines_and_the_rest_comes_in(decoder: Decoder) -> None:
    page = PAGE.format("{}", OBJECT.format("cat", "", 6, 11, 25, 30))
    good = palette_png(drawn((1, LEFT), (9, RIGHT)))
    colours = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    colours[LEFT], colours[RIGHT] = (128, 0, 0), (1, 2, 3)
    dataset = voc(
        decoder,
        labelmap_txt="background:0,0,0::\ncat:128,0,0::\n",
        **{f"Annotations__{name}_xml": page.format(f"{name}.png") for name in "abcde"},
        SegmentationClass__a_png=good[:-40],
        SegmentationClass__b_png=encode(Image.new("P", (5, 5)), "PNG"),
        SegmentationClass__c_png=good,
        SegmentationClass__d_png=encode(Image.fromarray(colours), "PNG"),
        SegmentationClass__e_png=encode(Image.fromarray(np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)), "PNG"),
    )
    assert [rows[0]["kind"] for rows in dataset.rows().values()] == ["box", "box", "mask", "mask", "box"]
    found = dict(problem.split(":", 1) for problem in dataset.problems())
    assert "cut off" in found["SegmentationClass/a.png"] and "5 x 5" in found["SegmentationClass/b.png"]
    assert "value 9 stands for no class" in found["SegmentationClass/c.png"]
    assert "#010203 stands for no class" in found["SegmentationClass/d.png"] and "shows no classes" in found["e.png"]


def test_pictures_of_labels_are_not_imported_as_images(decoder: Decoder, tmp_path: Path) -> None:
    page = PAGE.format("a.jpg", OBJECT.format("cat", "", 6, 11, 25, 30))
    files = {
        "V/Annotations/a.xml": page,
        "V/JPEGImages/a.jpg": jpeg(1, WIDTH, HEIGHT),
        "V/labelmap.txt": "cat:::",
        "V/SegmentationClass/a.png": palette_png(drawn((1, LEFT)), colours=False),
    }
    Files(files).save(tmp_path / "in")
    with Workspace.open(tmp_path / "workspace") as workspace:
        ds = workspace.create_dataset("street")
        report = import_into(ds, FolderTree(tmp_path / "in"), decoder)
        assert (report.samples, report.labels, report.problem_count) == (1, 1, 0)
        assert ds.read("SELECT kind FROM labels").to_pylist() == [{"kind": "mask"}]


# ---- LabelMe --------------------------------------------------------------------------------------------------------
def test_labelme_masks_come_back_equal(decoder: Decoder) -> None:
    dataset = Dataset(decoder=decoder)
    sample = dataset.image("d/a.jpg", WIDTH, HEIGHT)
    dataset.label(sample, "cat", mask(LEFT), {"group": 2, "occluded": True, "note": [1]}, confidence=0.5, track=3)
    dataset.label(sample, "cat", mask(disc(18, 22, 9)))  # overlaps the first
    dataset.label(sample, "dot", mask(disc(63, 47, 0)))
    back, lost, files = round_trip(dataset, "labelme")
    assert not lost and back.problems() == [] and back.rows() == dataset.rows()
    shape = json.loads(files.read("d/a.json"))["shapes"][0]
    crop = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
    assert shape["shape_type"] == "mask" and shape["points"] == [[6, 11], [24, 29]] and (crop == LEFT[11:30, 6:25]).all()
    dataset.label(sample, "cat", mask(FAR) | {"w": 3.0})
    assert dataset.give("labelme")[1] == {"mask boxes": 1}


def labelme_page(*masks: tuple[Any, Any]) -> str:
    entries = [{"label": "x", "shape_type": "mask", "points": points, "mask": data} for points, data in masks]
    return json.dumps({"imagePath": "a.jpg", "imageWidth": WIDTH, "imageHeight": HEIGHT, "shapes": entries}, indent=0)


def test_labelme_problems_are_lines_and_the_rest_comes_in(decoder: Decoder) -> None:
    good = encode(Image.fromarray(np.full((3, 4), 255, np.uint8)), "PNG")
    one, whole = base64.b64encode(good).decode(), [[1, 2], [4, 4]]
    bad = [
        (whole, None), (whole, "?"), (whole, base64.b64encode(good[:-20]).decode()), ([[1, 2], [9, 9]], one), ([[62, 2], [65, 4]], one),
        ([[1, 2]], one), ([["a", 2], [4, 4]], one), (whole, base64.b64encode(jpeg()).decode()),
    ]  # fmt: skip
    dataset = Dataset(decoder=decoder).take("labelme", Files({"a.json": labelme_page((whole, one), *bad, ([[1.2, 2], [5.0, 5]], one))}))
    first, second = dataset.rows()["a.jpg"]
    assert first == second and [first[key] for key in "xywh"] == [1, 2, 4, 3] and len(dataset.problems()) == len(bad)


def test_labelme_xml_masks_of_datumaro(decoder: Decoder, tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import Mask
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image as Media

    media = Media.from_numpy(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    masks = [Mask(LEFT, label=0, attributes={"occluded": True, "username": "ann"}), Mask(disc(20, 20, 9), label=1)]
    items = [DatasetItem(i, subset="train", media=media, annotations=masks) for i in ("1", "s_2")]
    Datumaro.from_iterable(items, categories=["a", "b"]).export(str(tmp_path), "label_me", save_media=True)
    files = Files.load(tmp_path)
    files.write("Scribbles/train/1_scribble_0.png", b"")
    fmt = registry.sniff(files)
    assert fmt.name == "labelme" and len(pictures.drawn(fmt, files)) == 5
    dataset = Dataset(decoder=decoder).take("labelme", files)
    (note,) = dataset.problems()
    assert "strokes are left out" in note and list(dataset.rows()) == ["1.jpg", "s_2.jpg"]
    for first, second in dataset.rows().values():
        assert (bits(first) == LEFT).all() and (bits(second) == disc(20, 20, 9)).all()
        assert first["attributes"] == {"occluded": True, "username": "ann"} and (first["class"], second["class"]) == ("a", "b")


def test_labelme_xml_problems_are_lines(decoder: Decoder) -> None:
    names = ["good", "gone", "cut", "small", "../up"]
    objects = "\n".join(f"<object><name>x</name><segm><mask>{name}.png</mask></segm></object>" for name in names)
    size = "<imagesize><nrows>48</nrows><ncols>64</ncols></imagesize>"
    page = f"<annotation><filename>a.jpg</filename><folder>f</folder>{size}\n{objects}</annotation>"
    good = palette_png(drawn((9, LEFT)))
    files = {"Annotations/f/a.xml": page, "Masks/f/good.png": good, "Masks/g/good.png": good, "Masks/f/cut.png": good[:-40]}
    dataset = Dataset(decoder=decoder).take("labelme", Files(files | {"Masks/f/small.png": encode(Image.new("L", (5, 5)), "PNG")}))
    (row,) = dataset.rows()["a.jpg"]
    assert (bits(row) == LEFT).all()
    for problem, what in zip(dataset.problems(), ["not there", "cut off", "5 x 5", "climbs out"], strict=True):
        assert what in problem and problem.startswith("Annotations/f/a.xml:")


# ---- Open Images ----------------------------------------------------------------------------------------------------
def test_open_images_masks_come_back_equal(decoder: Decoder, tmp_path: Path) -> None:
    dataset = Dataset(decoder=decoder)
    about = {"box_id": "0a1B-c", "predicted_iou": 0.875, "clicks": "0.5 0.25 1;0.1 0.2 0", "occluded": True}
    for name, split in (("a", "train"), ("A", "val"), ("dir/b,c", "val")):
        sample = dataset.image(name, WIDTH, HEIGHT, split=split)
        dataset.label(sample, "cat", shapes.box(6.0, 11.0, 19.0, 19.0), {"truncated": True}, confidence=0.25, source="xclick")
        dataset.label(sample, "cat", mask(LEFT))  # its box is that of the label before
        dataset.label(sample, "a/b", mask(RIGHT) | {"x": 37.125, "w": 16.3}, about, confidence=0.5)
        dataset.label(sample, "cat", mask(disc(18, 22, 9)), {"is_group_of": False})
        dataset.label(sample, "a/b", shapes.tag())
    back, lost, files = round_trip(dataset, "openimages")
    assert not lost and back.problems() == []
    assert {name: rows[1:] for name, rows in back.rows().items()} == {name: rows[:-1] for name, rows in dataset.rows().items()}
    assert (
        len({name.lower() for name in files.names()}) == len(files.names()) and len(pictures.drawn(registry.get("openimages"), files)) == 9
    )
    odd = {"box_id": "box7", "predicted_iou": 3, "clicks": ["x"]}
    dataset.label(dataset.image("odd", WIDTH, HEIGHT), "cat", mask(FAR), odd)
    dataset.label(dataset.image("none", 0, 0), "cat", mask(FAR))
    assert dataset.give("openimages")[1] == {"attributes": 1, "boxes of images of unknown size": 1}


def test_open_images_masks_and_datumaro(decoder: Decoder, tmp_path: Path) -> None:
    from datumaro import Dataset as Datumaro
    from datumaro.components.annotation import AnnotationType, Bbox, Mask
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image as Media

    media = Media.from_numpy(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    marks = {"box_id": "00ff", "predicted_iou": 0.5}
    found = [
        Bbox(6, 11, 19, 19, label=0, group=1, attributes={"score": 0.25}), Mask(LEFT, label=0, group=1, attributes=marks), Mask(RIGHT, label=1),
    ]  # fmt: skip
    Datumaro.from_iterable([DatasetItem("s", subset="train", media=media, annotations=found)], categories=["a", "b"]).export(
        str(tmp_path / "a"), "open_images", save_media=True
    )
    dataset = Dataset(decoder=decoder).take("openimages", Files.load(tmp_path / "a"))
    (name, (first, second)), *_ = dataset.rows().items()
    assert dataset.problems() == [] and first["attributes"] == marks and first["confidence"] == 0.25
    assert (bits(first) == LEFT).all() and (bits(second) == RIGHT).all() and (first["class"], second["class"]) == ("a", "b")

    files, lost = dataset.give("openimages")
    files.write(f"images/train/{name}", encode(Image.new("RGB", (WIDTH, HEIGHT)), "JPEG"))
    (item,) = Datumaro.import_from(str(files.save(tmp_path / "b")), "open_images")
    theirs = [a for a in item.annotations if a.type == AnnotationType.mask]
    assert [(a.image == where).all() for a, where in zip(theirs, (LEFT, RIGHT), strict=True)] == [True, True]
    assert theirs[0].attributes == marks and theirs[0].group == item.annotations[0].group


OI_MASKS = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\n"
OI_BOXES = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"


def test_open_images_of_the_site(decoder: Decoder) -> None:
    """Six digits in one CSV and all in the other; masks of another size; problems are lines."""
    small = encode(Image.fromarray(LEFT[::2, ::2]), "PNG")
    page = OI_MASKS + "a_m01_1.png,a,/m/01,1,0.093750,0.390625,0.229167,0.625000,0.91,0.5 0.5 0;\n"
    page += "gone.png,a,/m/01,2,0.5,0.7,0.5,0.7,,\ncut.png,a,/m/01,3,,,,,,\nempty.png,a,/m/01,3,,,,,,\nbare.png,a,/m/01,4,,,,,,\n"
    page += "a_m01_1.png,a,/m/99,1,,,,,,\na_m01_1.png,b,/m/01,1,,,,,,\n../x.png,a,/m/01,1,x,1,1,1,,\n"
    files = {
        "class-descriptions.csv": "/m/01,Cat\n",
        "images.meta": '"a" 48 64\n',
        "validation-annotations-bbox.csv": OI_BOXES
        + "a,xclick,/m/01,1,0.09375,0.390625,0.22916666,0.625,0,1,0,0,0\na,,/m/01,1,0.5,0.7,0.5,0.7,0,0,0,0,0\n",
        "validation-annotations-object-segmentation.csv": page,
        "masks-0/a_m01_1.png": small,
        "masks-0/cut.png": small[:-30],
        "masks-0/empty.png": encode(Image.new("1", (9, 9)), "PNG"),
        "masks-0/bare.png": palette_png(drawn((3, FAR))),
    }
    dataset = Dataset(decoder=decoder).take("openimages", Files(files))
    first, box, bare = dataset.rows()["a"]
    assert (first["kind"], box["kind"], bare["kind"]) == ("mask", "box", "mask") and (bits(bare) == FAR).all()
    assert (bits(first) == LEFT[::2, ::2].repeat(2, 0).repeat(2, 1)).all() and first["x"] == 6
    assert first["attributes"] == {
        "occluded": False, "truncated": True, "is_group_of": False, "is_depiction": False, "is_inside": False, "box_id": "1",
        "predicted_iou": 0.91, "clicks": "0.5 0.5 0;",
    }  # fmt: skip
    told = dataset.problems()
    lines = ["not a number", "not there; its box is taken", "cut off", "empty", "no class description", "unknown"]
    for what, problem in zip(lines, told, strict=True):
        assert what in problem and problem.startswith("validation-annotations-object-segmentation.csv:")
