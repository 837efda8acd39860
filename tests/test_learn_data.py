"""What Ultralytics is given: the same pictures and targets as from plain files; what is made of its answers."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import learn_rig as rig
import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from comexp_lab import demo
from comexp_lab.api import EditBatch, ReviewIn, UndoIn, ViewSpec
from comexp_lab.errors import BadImage, BadInput
from comexp_lab.learn import evaluating, manifest, pictures, suggesting, targets
from comexp_lab.learn.manifest import Manifest
from comexp_lab.store import DatasetStore, Workspace


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Workspace.open(tmp_path / "workspace") as workspace:
        yield workspace.create_dataset("shapes")


def manifest_of(store: DatasetStore, view: ViewSpec | None = None) -> Manifest:
    """What a worker would get."""
    with store.reading(view) as cur:
        parts = [manifest.from_stream(manifest.to_stream(manifest.read(cur, part))) for part in ("samples", "labels")]
    classes = store.classes()
    return Manifest(*parts, [entry.name for entry in classes], store.vault, [len(entry.keypoints or []) for entry in classes])


def shapes_of(sizes: list[tuple[int, int]]) -> tuple[list[Any], list[dict[str, Any]]]:
    """Pictures cut to different sizes, with polygons around what is left of the shapes."""
    files, labels = [], []
    for number, ((width, height), (_, data, boxes)) in enumerate(zip(sizes, demo.make_shapes(len(sizes), 128, 3), strict=True), 1):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(data)).crop((0, 0, width, height)).save(buffer, "PNG")
        files.append((f"{number:03d}.png", buffer.getvalue(), width, height, None))
        for name, x, y, w, h in boxes:
            w, h = min(w, width - x), min(h, height - y)
            if w > 2 and h > 2:
                ring = [x, y, x + w, y + h / 3, x + w / 2, y + h]
                label = {"sample": number, "class": demo.SHAPES.index(name), "kind": "polygon", "rings": [ring]}
                labels.append(label | {"x": x, "y": y, "w": w, "h": h})
    return files, labels


SIZES = [(128, 128), (128, 96), (96, 128), (100, 60), (128, 128), (64, 128), (120, 90), (128, 100)]


def plain_files(folder: Path, files: list[Any], labels: list[dict[str, Any]], task: str) -> None:
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number, (name, data, width, height, _) in enumerate(files, 1):
        (folder / "images" / name).write_bytes(data)
        lines = []
        for label in (label for label in labels if label["sample"] == number):
            if task == "segment":
                flat = [repr(v / (width, height)[i % 2]) for i, v in enumerate(label["rings"][0])]
            else:
                x, y, w, h = (label[c] for c in "xywh")
                flat = [repr((x + w / 2) / width), repr((y + h / 2) / height), repr(w / width), repr(h / height)]
            lines.append(" ".join([str(label["class"]), *flat]))
        (folder / "labels" / name).with_suffix(".txt").write_text("\n".join(lines))


@pytest.mark.parametrize("task", ["detect", "segment"])
@pytest.mark.parametrize("mode", ["train", "val"])
def test_the_same_batches_as_from_plain_files(store: DatasetStore, tmp_path: Path, task: str, mode: str) -> None:
    from ultralytics.cfg import get_cfg
    from ultralytics.data.build import build_yolo_dataset
    from ultralytics.utils import DEFAULT_CFG

    from comexp_lab.learn.dataset import VaultDataset

    files, labels = shapes_of(SIZES)
    rig.put_pictures(store, files, labels, demo.SHAPES)
    plain_files(tmp_path / "plain", files, labels, task)
    args = get_cfg(DEFAULT_CFG, {"imgsz": 96, "task": task, "mosaic": 1.0, "mixup": 0.5, "degrees": 10.0})
    data = {"names": dict(enumerate(demo.SHAPES)), "nc": 4, "channels": 3}
    theirs = build_yolo_dataset(args, str(tmp_path / "plain" / "images"), 4, data, mode=mode, rect=mode == "val", stride=32)
    known = manifest_of(store)
    rows = list(range(len(files)))
    augment = mode == "train"
    ours = VaultDataset(
        pictures=known.pictures(rows),
        targets=targets.targets(known, rows, task),
        imgsz=96,
        batch_size=4,
        augment=augment,
        hyp=args,
        rect=not augment,
        cache=None,
        single_cls=False,
        stride=32,
        pad=0.0 if augment else 0.5,
        prefix="",
        task=task,
        classes=None,
        data=data,
        fraction=1.0,
    )
    assert len(ours) == len(theirs) == len(files)
    for index in rows:
        items = []
        for dataset in (theirs, ours):
            random.seed(index)
            np.random.seed(index)
            torch.manual_seed(index)
            items.append(dataset[index])
        compare(*items)


def compare(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    assert theirs.keys() == ours.keys()
    assert torch.equal(theirs["img"], ours["img"])
    assert torch.equal(theirs["cls"], ours["cls"])
    assert torch.allclose(theirs["bboxes"], ours["bboxes"], atol=1e-5)
    assert theirs["ori_shape"] == ours["ori_shape"] and tuple(theirs["resized_shape"]) == tuple(ours["resized_shape"])
    if "masks" in theirs:
        assert torch.equal(theirs["masks"], ours["masks"])


def test_every_kind_of_label_for_every_task(store: DatasetStore) -> None:
    angle = np.pi / 6
    labels = [
        {"sample": 1, "class": 0, "kind": "box", "x": -10.0, "y": 10.0, "w": 30.0, "h": 20.0},
        {
            "sample": 1,
            "class": 1,
            "kind": "polygon",
            "x": 10.0,
            "y": 10.0,
            "w": 20.0,
            "h": 20.0,
            "rings": [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0], [12.0, 25.0, 14.0, 30.0, 10.0, 30.0]],
        },
        {"sample": 1, "class": 2, "kind": "rotated", "x": 20.0, "y": 20.0, "w": 25.0, "h": 25.0, "points": [40.0, 40.0, 20.0, 10.0, angle]},
        {"sample": 1, "class": 3, "kind": "tag"},
        {"sample": 1, "class": 0, "kind": "box", "x": 50.0, "y": 50.0, "w": 0.0, "h": 5.0},
    ]
    rig.put_pictures(store, [("a.png", demo.make_shapes(1, 64)[0][1], 64, 64, None)], labels, demo.SHAPES)
    known = manifest_of(store)
    detect, segment, obb, classify = (targets.targets(known, [0], task)[0] for task in ("detect", "segment", "obb", "classify"))
    assert detect["cls"].ravel().tolist() == [0, 1, 2]  # tags and boxes without an area are not objects
    assert np.allclose(detect["bboxes"][0], [10 / 64, 20 / 64, 20 / 64, 20 / 64])  # cut at the edge of the picture
    assert [len(part) for part in segment["segments"]][0] == 4 and len(segment["segments"][1]) >= 6
    corners = obb["segments"][2] * 64
    assert np.allclose(corners.mean(0), [40, 40], atol=1e-4)
    assert np.allclose(sorted(np.linalg.norm(corners - np.roll(corners, 1, 0), axis=1)), [10, 10, 20, 20], atol=1e-4)
    assert np.allclose(np.sort(corners[:, 0])[-1], 40 + 10 * np.cos(angle) + 5 * np.sin(angle), atol=1e-4)
    assert classify["cls"].tolist() == [] or classify["cls"].ravel().tolist() == [3]


def test_masks_are_traced() -> None:
    from pycocotools import mask

    bitmap = np.zeros((40, 50), np.uint8)
    bitmap[10:20, 5:30] = 1
    rle = mask.encode(np.asfortranarray(bitmap))["counts"].decode()
    (ring,) = targets.traced(rle, 40, 50)
    points = np.array(ring).reshape(-1, 2)
    assert points.min(0).tolist() == [5, 10] and points.max(0).tolist() == [29, 19]


def test_splits(store: DatasetStore) -> None:
    rig.fill(store, n=20, blank=5)
    known = manifest_of(store)
    train, val = manifest.split(known, 0.2, 0)
    assert len(train) == 16 and len(val) == 4 and not set(train) & set(val) and max(train + val) < 20
    assert manifest.split(known, 0.2, 0) == (train, val) and manifest.split(known, 0.2, 1)[1] != val
    fewer = known.only([row for row in range(25) if row != train[0]])
    names = [known.samples["name"][row].as_py() for row in val]
    kept = [fewer.samples["name"][row].as_py() for row in manifest.split(fewer, 0.2, 0)[1]]
    assert len(set(names) & set(kept)) >= 3  # a picture more or less hardly changes who is where
    with store.writing("splits") as tx:
        tx.cur.execute("UPDATE samples SET split = CASE WHEN id <= 3 THEN 'val' WHEN id <= 6 THEN 'test' WHEN id <= 9 THEN 'train' END")
        tx.cur.execute("UPDATE samples SET tags = ['background'] WHERE id = 25")
    train, val = manifest.split(manifest_of(store), 0.2, 0)
    ids = known.samples["id"].to_pylist()
    assert [ids[row] for row in val] == [1, 2, 3] and 25 in [ids[row] for row in train] and not {4, 5, 6} & {ids[row] for row in train}
    with store.writing("splits") as tx:
        tx.cur.execute("UPDATE samples SET split = CASE WHEN id <= 10 THEN 'train' END, tags = []")
    train, val = manifest.split(manifest_of(store), 0.2, 0)
    assert len(val) == 2 and min(ids[row] for row in val) > 10  # what was put into train stays there
    with store.writing("splits") as tx:
        tx.cur.execute("UPDATE samples SET split = 'train'")
    assert len(manifest.split(manifest_of(store), 0.2, 0)[1]) == 4
    with pytest.raises(BadInput, match="background"):
        manifest.split(known.only([0]), 0.2, 0)


def test_pins_hold_while_labels_change(store: DatasetStore) -> None:
    rig.fill(store, n=4)
    revision, digest = manifest.pin(store, ViewSpec())
    before = manifest_of(store, ViewSpec(at=revision)).labels.num_rows
    label = store.sample(1).labels[0]
    store.edit(EditBatch.model_validate({"edits": [{"op": "delete", "label": label.id}]}))
    assert manifest_of(store, ViewSpec(at=revision)).labels.num_rows == before == manifest_of(store).labels.num_rows + 1
    assert manifest.pin(store, ViewSpec(at=revision)) == (revision, digest) and manifest.pin(store, ViewSpec())[1] != digest


def test_decoding() -> None:
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"):
        buffer = io.BytesIO()
        picture = Image.new("RGB", (32, 20), (250, 10, 10))
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(buffer, kind, **({"exif": exif} if kind in ("JPEG", "WEBP", "PNG") else {}))
        decoded = pictures.decode(buffer.getvalue())
        assert decoded.shape == (20, 32, 3) and decoded[10, 10, 2] > 230 and decoded[10, 10, 0] < 40, kind
    for bad in (b"", b"garbage", b"\xff\xd8\xff" + b"\0" * 50):
        with pytest.raises(BadImage):
            pictures.decode(bad)


def found_table(rows: list[dict[str, Any]]) -> pa.Table:
    from comexp_lab.learn.predicting import as_table

    return as_table([{"kind": "box", "w": 10.0, "h": 10.0, "area": 100.0, "confidence": 0.5, **row} for row in rows])


def test_suggestions_are_written_once_and_replace_their_own(store: DatasetStore) -> None:
    rig.fill(store, n=3)
    human = store.stats().labels
    found = found_table([{"sample": 1, "class": "star", "x": 1.0, "y": 1.0}, {"sample": 2, "class": "moon", "x": 2.0, "y": 2.0}])
    first = suggesting.write(store, found, [1, 2, 3], "run1", "m", "suggested")
    assert first["labels"] == 2 and first["new_classes"] == ["moon"]
    assert suggesting.write(store, found, [1, 2, 3], "run1", "m", "suggested") | {"new_classes": ["moon"]} == first  # a retry
    assert store.stats().labels == human + 2 and store.stats().by_source == {"import": human, "model:m": 2}
    again = suggesting.write(store, found, [1, 2, 3], "run2", "m", "suggested")
    assert again["labels"] == 2 and store.stats().labels == human + 2
    suggesting.write(store, found.slice(0, 1), [1], "run3", "m", "suggested")
    assert store.stats().labels == human + 2  # pictures it did not look at keep theirs
    store.review(ReviewIn(state="accepted", source="model:m"))
    last = suggesting.write(store, found, [1, 2, 3], "run4", "m", "suggested")
    assert last["labels"] == 0 and store.stats().by_state == {"accepted": human + 2}  # what was accepted is not suggested again
    store.undo(UndoIn(revision=last["revision"]))
    label = store.sample(2).labels[-1]
    assert (label.class_name, label.source, label.state, label.bbox) == ("moon", "model:m", "accepted", (2.0, 2.0, 10.0, 10.0))


def test_average_precision_equals_pycocotools() -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    rng = np.random.default_rng(0)
    images = [{"id": i, "width": 640, "height": 480} for i in range(1, 31)]
    gold, found = [], []
    for image in images:
        for _ in range(int(rng.integers(1, 12))):
            w, h = rng.uniform(8, 200, 2)
            x, y = rng.uniform(0, 640 - w), rng.uniform(0, 480 - h)
            kind = int(rng.integers(0, 5))
            gold.append(
                {
                    "id": len(gold) + 1,
                    "image_id": image["id"],
                    "category_id": kind,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": int(rng.random() < 0.05),
                }
            )
            for _ in range(int(rng.integers(0, 3))):
                dx, dy, dw, dh = rng.normal(0, 0.12, 4) * [w, h, w, h]
                guess = kind if rng.random() < 0.8 else int(rng.integers(0, 5))
                box = [x + dx, y + dy, max(w + dw, 1), max(h + dh, 1)]
                found.append({"image_id": image["id"], "category_id": guess, "bbox": box, "score": float(rng.random())})
    document = {"images": images, "annotations": gold, "categories": [{"id": i, "name": f"c{i}"} for i in range(5)]}
    metrics, evaluation = evaluating.coco_metrics(document, [dict(row) for row in found])
    oracle = COCO()
    oracle.dataset = document
    oracle.createIndex()
    theirs = COCOeval(oracle, oracle.loadRes([dict(row) for row in found]), "bbox")
    theirs.evaluate()
    theirs.accumulate()
    theirs.summarize()
    assert np.allclose(list(metrics.values()), theirs.stats[:12], atol=1e-5)
    rows = evaluating.per_class(evaluation, [f"c{i}" for i in range(5)], evaluating.tally(gold), {})
    for index, row in enumerate(rows):
        precision = theirs.eval["precision"][:, :, index, 0, -1]
        assert row["ap"] == pytest.approx(precision[precision > -1].mean(), abs=1e-5)
        assert np.allclose(row["precision"], theirs.eval["precision"][0, :, index, 0, -1], atol=1e-4)


def test_without_accepted_labels_there_is_nothing_to_learn_or_compare_with(store: DatasetStore) -> None:
    rig.fill(store, n=2, blank=2)
    unlabelled = ViewSpec(where="NOT EXISTS labels")
    revision, _ = manifest.pin(store, unlabelled)
    assert revision == manifest.pin(store, ViewSpec(), labelled=True)[0]
    with pytest.raises(BadInput, match="accept suggestions"):
        manifest.pin(store, unlabelled, labelled=True)
    bare = manifest_of(store, unlabelled)
    assert bare.only(bare.labelled()).samples.num_rows == 0 and evaluating.truth(bare)["annotations"] == []


def test_nothing_found_is_nought() -> None:
    document = {
        "images": [{"id": 1, "width": 9, "height": 9}],
        "categories": [{"id": 0, "name": "a"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0}],
    }
    report = evaluating.report(document, [], ["a"], ["b"])
    assert report["map"] == 0 and report["map50"] == 0 and report["unknown_classes"] == ["a"]
    assert report["confusion"]["counts"] == [[0, 1], [0, 0]]


def test_confusion_by_hand() -> None:
    def box(image: int, kind: int, x: float, score: float = 0.9) -> dict[str, Any]:
        return {"image_id": image, "category_id": kind, "bbox": [x, 0, 10, 10], "score": score}

    gold = [box(1, 0, 0), box(1, 1, 50), box(2, 1, 0)]
    found = [box(1, 0, 1), box(1, 0, 51), box(2, 1, 30), box(2, 1, 0, 0.1)]
    assert evaluating.confusion({"annotations": gold}, found, 2) == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]


def test_boxes_equal_those_of_ultralytics_one_by_one(store: DatasetStore, shared: Path, tmp_path: Path) -> None:
    """Batches of equal shape give what Ultralytics gives for each picture alone."""
    from ultralytics import YOLO

    from comexp_lab.learn import convert, predicting

    class Quiet:
        def progress(self, fraction: float, message: str) -> None: ...

    original = shared / "weights" / "yolo11n.pt"
    real = [*demo.real_pictures(), *((f"again-{name}", data) for name, data in demo.real_pictures())]
    files = [(name, data, *Image.open(io.BytesIO(data)).size, None) for name, data in real]
    rig.put_pictures(store, files, [], ("person",))
    start = convert.repack(convert.load(original.read_bytes()), "")
    params = {"conf": 0.25, "iou": 0.7, "imgsz": 320, "device": "cpu"}
    table = predicting.predict(manifest_of(store), params, start, Quiet(), tmp_path)  # type: ignore[arg-type]
    teacher = YOLO(str(original))
    for number, (_, data) in enumerate(real[: len(real) // 2], 1):
        theirs = teacher.predict(pictures.decode(data), imgsz=320, conf=0.25, iou=0.7, verbose=False)[0]
        for sample in (number, number + len(real) // 2):
            ours = [row for row in table.to_pylist() if row["sample"] == sample]
            assert [row["class"] for row in ours] == [theirs.names[int(c)] for c in theirs.boxes.cls]
            assert np.allclose([row["confidence"] for row in ours], theirs.boxes.conf.numpy(), atol=1e-4)
            boxes = np.array([[row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]] for row in ours]).reshape(-1, 4)
            assert np.allclose(boxes, theirs.boxes.xyxy.numpy(), atol=0.05)
    assert table.num_rows > 10


def test_data_loader_processes_read_the_vault(store: DatasetStore) -> None:
    """As on a GPU: pictures are decrypted in processes of the loader."""
    from ultralytics.cfg import get_cfg
    from ultralytics.data.build import build_dataloader
    from ultralytics.utils import DEFAULT_CFG

    from comexp_lab.learn.dataset import VaultDataset

    rig.fill(store, n=8)
    known, rows = manifest_of(store), list(range(8))
    args = get_cfg(DEFAULT_CFG, {"imgsz": 64, "task": "detect"})
    dataset = VaultDataset(
        pictures=known.pictures(rows),
        targets=targets.targets(known, rows, "detect"),
        imgsz=64,
        batch_size=4,
        augment=True,
        hyp=args,
        task="detect",
        data={"names": {}, "channels": 3},
    )
    loader = build_dataloader(dataset, 4, workers=2, device="cpu")
    try:
        assert loader.num_workers == 2 and [len(batch["img"]) for batch in loader] == [4, 4]
    finally:
        loader.close()


def test_advice_when_memory_runs_out() -> None:
    from comexp_lab.jobs.worker import advice

    gpu, cpu = "CUDA out of memory. Tried to allocate 2 GiB", "DefaultCPUAllocator: can't allocate memory: you tried"
    for words in (gpu, cpu, "CUBLAS_STATUS_ALLOC_FAILED"):
        assert "batch=8" in advice(RuntimeError(words), 16).detail and "\n" not in advice(RuntimeError(words), 16).detail
    assert advice(RuntimeError("one\ntwo"), None).detail.endswith("one")
