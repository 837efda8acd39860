"""How good is a model on a dataset: COCO's average precision, precision and recall per class, what is taken for what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from comexp_lab.errors import BadInput
from comexp_lab.learn import model_file
from comexp_lab.learn.predicting import labels, results

if TYPE_CHECKING:
    from comexp_lab.learn.manifest import Manifest
    from comexp_lab.learn.training import Events

LOWEST = 0.001
MOST_PER_PICTURE = 300
SURE, OVERLAP = 0.25, 0.5

Row = dict[str, Any]


def truth(manifest: Manifest) -> Row:
    """The accepted labels as a COCO document; category ids are class ids."""
    images = [
        {"id": s["id"], "width": s["width"], "height": s["height"]} for s in manifest.samples.select(["id", "width", "height"]).to_pylist()
    ]
    wanted = (row for row in manifest.labels.to_pylist() if row["kind"] != "tag")
    annotations = [
        {
            "id": number,
            "image_id": row["sample"],
            "category_id": row["class"],
            "bbox": [row["x"], row["y"], row["w"], row["h"]],
            "area": row["area"] or row["w"] * row["h"],
            "iscrowd": int(row["crowd"]),
        }
        for number, row in enumerate(wanted, 1)
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(manifest.classes)]
    return {"images": images, "annotations": annotations, "categories": categories}


def coco_metrics(document: Row, found: list[Row]) -> tuple[Row, Any]:
    """The twelve numbers of COCO for boxes, and the evaluation itself."""
    from faster_coco_eval import COCO, COCOeval_faster

    gold = COCO(document)
    evaluation = COCOeval_faster(gold, gold.loadRes(found), iouType="bbox", print_function=lambda *_: None)
    evaluation.run()
    names = (
        "map",
        "map50",
        "map75",
        "map_small",
        "map_medium",
        "map_large",
        "mar_1",
        "mar_10",
        "mar_100",
        "mar_small",
        "mar_medium",
        "mar_large",
    )
    return {name: number(value) for name, value in zip(names, evaluation.stats[:12], strict=True)}, evaluation


def number(value: Any) -> float | None:
    """A metric; None where COCO says -1: there was nothing to measure."""
    return None if value < 0 or not np.isfinite(value) else round(float(value), 6)


def per_class(evaluation: Any, names: list[str], counts: dict[int, int], found: dict[int, int]) -> list[Row]:
    """AP and the 101-point precision curve at IoU 0.5 of each class that has labels."""
    precision, recall = evaluation.eval["precision"], np.linspace(0, 1, 101)
    rows = []
    for index, category in enumerate(evaluation.params.catIds):
        all_ious = precision[:, :, index, 0, -1]
        curve = all_ious[0]
        if counts.get(category, 0) and (curve > -1).any():
            rows.append(
                {
                    "class": names[category],
                    "ap": number(all_ious[all_ious > -1].mean()),
                    "ap50": number(curve.mean()),
                    "labels": counts[category],
                    "found": found.get(category, 0),
                    "recall": recall.round(2).tolist(),
                    "precision": np.clip(curve, 0, 1).round(4).tolist(),
                }
            )
    return rows


def overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """IoU (n, m) of boxes given as x, y, w, h."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, :2] + one[:, None, 2:], other[None, :, :2] + other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    return shared / np.maximum(one[:, 2:].prod(1)[:, None] + other[:, 2:].prod(1)[None] - shared, 1e-12)


def confusion(document: Row, found: list[Row], classes: int) -> list[list[int]]:
    """Counts [true class][found class] at confidence 0.25 and IoU 0.5; the last row and column are "nothing"."""
    matrix = np.zeros((classes + 1, classes + 1), dtype=int)
    gold, seen = grouped(document["annotations"]), grouped([row for row in found if row["score"] >= SURE])
    for image in gold.keys() | seen.keys():
        true, guessed = gold.get(image, []), seen.get(image, [])
        pairs = matched(true, guessed)
        for i, j in pairs:
            matrix[true[i]["category_id"], guessed[j]["category_id"]] += 1
        for i in set(range(len(true))) - {i for i, _ in pairs}:
            matrix[true[i]["category_id"], classes] += 1
        for j in set(range(len(guessed))) - {j for _, j in pairs}:
            matrix[classes, guessed[j]["category_id"]] += 1
    return matrix.tolist()


def grouped(rows: list[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["image_id"], []).append(row)
    return groups


def matched(true: list[Row], guessed: list[Row]) -> list[tuple[int, int]]:
    """Pairs of a true and a found box, best overlap first, each used once."""
    if not true or not guessed:
        return []
    iou = overlap(np.array([row["bbox"] for row in true]), np.array([row["bbox"] for row in guessed]))
    pairs: list[tuple[int, int]] = []
    while iou.max() >= OVERLAP:
        i, j = np.unravel_index(iou.argmax(), iou.shape)
        pairs.append((int(i), int(j)))
        iou[i, :], iou[:, j] = -1, -1
    return pairs


def evaluate(manifest: Manifest, params: dict[str, Any], start: bytes, events: Events, folder: Path) -> Row:
    """The metrics of a model on the labelled pictures of the manifest. ``params`` is an EvaluateIn as a dict."""
    description, model = model_file.unpack(start)
    manifest = manifest.only(manifest.labelled())
    if description.task == "classify":
        return accuracy(manifest, model, params, events, folder)
    document, index = truth(manifest), {name: number for number, name in enumerate(manifest.classes)}
    if not document["annotations"]:
        raise BadInput("No accepted boxes are in this view to compare with: draw some, or accept suggestions with ds.review('accepted').")
    options = {"conf": LOWEST, "iou": 0.7, "max_det": MOST_PER_PICTURE, "imgsz": params["imgsz"], "device": params["device"]}
    found = [
        {"image_id": sample, "category_id": index[label["class"]], "bbox": [label[c] for c in "xywh"], "score": label["confidence"]}
        for sample, result in results(manifest, model, description.task, events, folder, **options)
        for label in labels(result)
        if label["class"] in index
    ]
    return report(document, found, manifest.classes, description.names)


def report(document: Row, found: list[Row], classes: list[str], known: list[str]) -> Row:
    metrics, evaluation = coco_metrics(document, found)
    counts, sure = tally(document["annotations"]), tally([row for row in found if row["score"] >= SURE])
    mixed_up = confusion(document, found, len(classes))
    return {
        **metrics,
        "map": metrics["map"] or 0.0,
        "map50": metrics["map50"] or 0.0,
        "images": len(document["images"]),
        "labels": len(document["annotations"]),
        "classes": classes,
        "unknown_classes": [name for name in classes if name not in known],
        "per_class": per_class(evaluation, classes, counts, sure),
        "confusion": {"classes": [*classes, "nothing"], "counts": mixed_up, "confidence": SURE, "iou": OVERLAP},
    }


def tally(rows: list[Row]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in rows:
        counts[row["category_id"]] = counts.get(row["category_id"], 0) + 1
    return counts


def accuracy(manifest: Manifest, model: Any, params: dict[str, Any], events: Events, folder: Path) -> Row:
    """Top-1 accuracy of whole-image classes."""
    gold = {row["sample"]: manifest.classes[row["class"]] for row in reversed(manifest.labels.to_pylist()) if row["kind"] == "tag"}
    if not gold:
        raise BadInput("No accepted labels of whole images are in this view to compare with: add some, or choose a detection model.")
    options = {"imgsz": params["imgsz"], "device": params["device"]}
    right = {name: [0, 0] for name in manifest.classes}
    for sample, result in results(manifest, model, "classify", events, folder, **options):
        if sample in gold:
            right[gold[sample]][0] += labels(result)[0]["class"] == gold[sample]
            right[gold[sample]][1] += 1
    share = sum(hit for hit, _ in right.values()) / max(sum(n for _, n in right.values()), 1)
    rows = [{"class": name, "accuracy": round(hit / n, 6), "labels": n} for name, (hit, n) in right.items() if n]
    return {"map": share, "map50": share, "accuracy": share, "per_class": rows, "images": len(gold)}
