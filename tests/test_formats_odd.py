"""Odd but legal files, as real tools write them: they come in whole, without a problem."""

from __future__ import annotations

import json
from typing import Any

import pytest
from formats_rig import Dataset, Files

from comexp_lab.formats import registry

YAML, ROW = "train: images/train\nnames: [cat]\n", "0 0.2 0.25 0.2 0.25\n"
VOC = "<annotation><filename>{}</filename>{}<object><name>cat</name><bndbox>{}</bndbox></object></annotation>"
BOX = "<xmin>10</xmin><ymin>10</ymin><xmax>30</xmax><ymax>30</ymax>"
CVAT = "<annotations><version>1.1</version>{}{}</annotations>"
IMAGE = '<image id="0" name="{}" width="100" height="80"{}><box label="cat" occluded="0" xtl="10" ytl="10" xbr="30" ybr="30" z_order="0"/></image>'
LABELS = "<meta><job><labels><label><name>cat</name><attributes></attributes></label></labels></job></meta>"
STUDIO: dict[str, Any] = {"x": 10, "y": 12.5, "width": 20, "height": 25, "rectanglelabels": ["cat"]}


def coco(image: dict[str, Any] | None = None, note: dict[str, Any] | None = None, kind: dict[str, Any] | None = None) -> dict[str, str]:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80} | (image or {})],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]} | (note or {})],
        "categories": [{"id": 1, "name": "cat"} | (kind or {})],
    }
    return {"annotations.json": json.dumps(document)}


def yolo(row: str | bytes = ROW, yaml: str | bytes = YAML) -> dict[str, Any]:
    return {"data.yaml": yaml, "labels/train/a.txt": row}


def studio(image: str, value: dict[str, Any] | None = None, **more: Any) -> dict[str, str]:
    result = {"type": "rectanglelabels", "from_name": "label", "to_name": "image", "value": STUDIO | (value or {}), **more}
    return {"tasks.json": json.dumps([{"data": {"image": image}, "annotations": [{"result": [result]}]}])}


@pytest.mark.parametrize(
    ("image", "files"),
    [
        ("a.jpg", coco({"id": "1"}, {"id": "7", "image_id": "1", "category_id": "0"}, {"id": "0"})),
        ("a.jpg", coco({"id": 1.0}, {"category_id": 900_000_000}, {"id": 900_000_000, "supercategory": None})),
        ("a.jpg", coco({"file_name": "C:\\data\\train\\a.jpg"}, {"segmentation": None, "iscrowd": False})),
        ("x/my cat.jpg", coco({"file_name": "my%20cat.jpg"})),
        ("100%.jpg", coco({"file_name": "images/100%.jpg"})),
        ("images/train/a.jpg", yolo(b"\xef\xbb\xbf" + ROW.replace("\n", "\r\n\r\n").encode(), YAML.replace("\n", "\r\n").encode())),
        ("images/train/a.jpg", yolo("0.0 2.0e-1 0.25 0.2 0.25\n", "path: /home/somebody/data\n" + YAML)),
        ("images/train/a.jpg", yolo(yaml="train: [images\\train]\nval: []\nnames: {0: cat}\n")),
        ("JPEGImages/a.jpg", {"Annotations/a.xml": VOC.format("C:\\pictures\\a.jpg", "", BOX)}),
        ("JPEGImages/a.jpg", {"Annotations/a.xml": VOC.format("/home/somebody/a.jpg", "<size><width>0</width></size>", BOX)}),
        ("JPEGImages/a.jpg", {"Annotations/a.xml": VOC.format("a", "", BOX.replace("10<", " 1e1 <").replace("30<", "30.0\n<"))}),
        ("a.jpg", {"annotations.xml": CVAT.format("", IMAGE.format("a.jpg", ""))}),
        ("a.jpg", {"job_1/annotations.xml": CVAT.format(LABELS, IMAGE.format("a.jpg", ' task_id="1"')), "job_2/annotations.xml": CVAT.format(LABELS, "")}),
        ("my cat.jpg", studio("s3://bucket/my%20cat.jpg")),
        ("a.jpg", studio("/data/local-files/?d=pictures/a.jpg", original_width=100, original_height=80)),
    ],
)  # fmt: skip
def test_odd_but_legal(image: str, files: dict[str, Any]) -> None:
    dataset, tree = Dataset(), Files({**files, image: b""})
    dataset.image(image, 100, 80)
    dataset.take(registry.sniff(tree).name, tree)
    rows = dataset.rows("kind", "x", "y", "w", "h")
    assert dataset.report.problems == [] and [row for name in rows if name != image for row in rows[name]] == []
    assert [(row["class"], *(round(row[key], 6) for key in ("x", "y", "w", "h"))) for row in rows[image]] == [("cat", 10, 10, 20, 20)]


def test_a_label_studio_box_over_the_border_is_kept_and_told() -> None:
    dataset = Dataset()
    dataset.image("a.jpg", 100, 80)
    dataset.take("labelstudio", Files(studio("/data/upload/1/3f2a1b7c-a.jpg", {"x": 90, "width": 20})))
    assert [row["w"] for row in dataset.rows()["a.jpg"]] == [20] and "reaches outside" in dataset.report.problems[0].what
