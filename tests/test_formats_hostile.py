"""Every format of this module group against damaged files: any mutation gives rows, problems or BadLabels, never anything else."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import numpy as np
import pytest
from formats_rig import Dataset, Files
from media_rig import shared_decoder  # noqa: F401

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, registry, shapes
from comexp_lab.media import Decoder

NAMES = ["voc", "cvat", "labelstudio", "datumaro", "labelme", "mot", "kitti", "openimages"]
ROUNDS = int(os.environ.get("COMEXP_FUZZ", "15"))
ODD: list[Any] = [None, True, -1, 0, 1e308, float("nan"), 10**30, "", "\0", "../x", "é", [], [[]], {}, {"a": 1}, [1, "x"], "9" * 5000]


def everything() -> Dataset:
    dataset = Dataset()
    dataset.add_class("person", keypoints=["nose", "tail"])
    bitmap = np.zeros((48, 64), np.uint8)
    bitmap[5:9, 10:30] = 1
    for i in range(3):
        sample = dataset.image(f"d/{i}.jpg", 64, 48, split=["train", "val", None][i], tags=["t"], meta='{"k": 1}')
        dataset.label(sample, "cat", shapes.box(1, 2, 30, 40), {"occluded": True, "note": "x", "group": 1}, confidence=0.5, track=3)
        dataset.label(sample, "cat", shapes.rotated(30, 20, 10, 5, 0.5), state="suggested", source="m")
        dataset.label(sample, "cat", shapes.polygon([[1, 2, 3, 4, 5, 0], [1, 1, 2, 2, 3, 1]]))
        dataset.label(sample, "cat", shapes.polygon([[1, 2, 3, 4, 5, 0]]))
        dataset.label(sample, "cat", shapes.mask(bitmaps.encode(bitmap), 64, 48))
        dataset.label(sample, "person", shapes.keypoints([1, 2, 2, 3, 4, 1]))
        dataset.label(sample, "day", shapes.tag())
    video = dataset.image("v.mp4", 64, 48, kind="video", frames=20)
    for frame in range(3):
        dataset.label(video, "cat", shapes.box(1, 2, 30, 40 + frame), {"keyframe": frame != 1}, track=5, frame=frame)
    return dataset


def twisted(value: Any, rng: random.Random) -> Any:
    """The JSON value with one member replaced by something odd."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.1:
        return rng.choice(ODD)
    key = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
    copy = value.copy()
    if rng.random() < 0.1:
        del copy[key]
    else:
        copy[key] = twisted(value[key], rng)
    return copy


def damaged(name: str, data: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.6 and name.endswith(".json"):
        return json.dumps(twisted(json.loads(data), rng)).encode()
    start, length = rng.randrange(len(data) + 1), rng.choice([1, 1, 3, 20])
    fresh = rng.choice(
        [b"", b"\0", b"\xff", b"nan", b"1e999", b'"', b"<", b"&a;", b"-", b",", b"../", data[:length], bytes([rng.randrange(256)])]
    )
    return data[:start] + fresh + data[start + length :]


@pytest.mark.parametrize("name", NAMES)
def test_any_damage_is_a_problem_or_bad_labels(decoder: Decoder, name: str) -> None:
    files, _ = everything().give(name)
    assert registry.sniff(files).name == name
    rng = random.Random(f"{name}{ROUNDS}")
    for _ in range(ROUNDS):
        broken = Files(dict(files.files))
        target = rng.choice([n for n in broken.files if broken.files[n]])
        broken.files[target] = damaged(target, broken.files[target], rng)
        registry.get(name).sniff(broken)
        try:
            dataset = Dataset(decoder=decoder).take(name, broken)
        except BadLabels as problem:
            assert "\n" not in str(problem) and len(str(problem)) < 500
            continue
        for problem in dataset.report.problems:
            assert "\n" not in problem.what and len(problem.what) < 500, problem
        assert all(".." not in image.split("/") for image in dataset.rows())


@pytest.mark.parametrize("name", NAMES)
def test_all_of_a_dataset_goes_out_and_in_without_a_problem(decoder: Decoder, name: str) -> None:
    dataset = everything()
    files, lost = dataset.give(name)
    back = Dataset(decoder=decoder)
    for image, width, height in dataset.samples("name", "width", "height"):
        back.image(image, width, height)
    back.take(name, files)
    assert back.problems() == []
    gone = sum(count for what, count in lost.items() if what.endswith(" labels") or what in {"polygons of several rings"})
    images = [rows for image, rows in back.rows().items() if image != "v.mp4"]
    assert sum(map(len, images)) + gone >= 21 and any(len(rows) for rows in images)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "mot"])  # whose classes are numbers of lines
def test_a_class_name_that_cannot_be_taken_costs_only_its_own_labels(decoder: Decoder, name: str) -> None:
    dataset = Dataset()
    sample = dataset.image("000001.jpg", 64, 48)
    for label in ("ü" * 300, "cat"):
        dataset.label(sample, label, shapes.box(1, 2, 30, 40))
    back = Dataset(decoder=decoder)
    back.image("000001.jpg", 64, 48)
    back.take(name, dataset.give(name)[0])
    assert [row["class"] for rows in back.rows().values() for row in rows] == ["cat"] and back.problems()
