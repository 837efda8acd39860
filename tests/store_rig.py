"""What the tests of the store share: a workspace with a key of its own, and plain ways to fill and look at a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comexp_lab.api import Edit, EditBatch, LabelIn, ViewSpec
from comexp_lab.store import DatasetStore, Workspace

KEY = "5a" * 32


def open_workspace(folder: Path, key: str = KEY, reserve: int = 0) -> Workspace:
    """A workspace in ``folder/ws`` whose key, and the list of what was erased, lie beside it."""
    import os

    file = folder / f"{key[:4]}.key"
    file.write_text(key)
    os.environ["COMEXP_KEY_FILE"] = str(file)
    os.environ["COMEXP_TOMBSTONES"] = str(folder / "erased")
    return Workspace.open(folder / "ws", reserve=reserve)


def add_samples(ds: DatasetStore, count: int, prefix: str = "img") -> list[int]:
    """``count`` records of 640 × 480 images without media."""
    with ds.writing("samples") as tx:
        first = tx.next_sample
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, tags, since)"
            " SELECT ? + i, ? || i || '.jpg', 'image', 640, 480, [], ? FROM range(?) r(i)",
            [first, prefix, tx.revision, count],
        )
    return list(range(first, first + count))


def box(class_name: str = "dog", bbox: tuple[float, float, float, float] = (1, 2, 3, 4), **more: Any) -> LabelIn:
    return LabelIn(class_name=class_name, bbox=bbox, **more)


def add(sample: int, class_name: str = "dog", bbox: tuple[float, float, float, float] = (1, 2, 3, 4), **more: Any) -> Edit:
    return Edit(op="add", sample=sample, value=box(class_name, bbox, **more))


def one(edit: Edit) -> EditBatch:
    return EditBatch(edits=[edit])


def state_of(ds: DatasetStore, at: int | str | None = None) -> tuple[dict[int, tuple[Any, ...]], dict[int, list[str]]]:
    """(labels by id: sample, class, box, state; tags by sample)."""
    page = ds.page(ViewSpec(at=at))
    found = {
        label.id: (sample.id, label.class_name, label.bbox and tuple(label.bbox), label.state)
        for sample in page.samples
        for label in sample.labels
    }
    return found, {sample.id: sample.tags for sample in page.samples}


def labels(ds: DatasetStore, at: int | str | None = None) -> dict[int, tuple[Any, ...]]:
    return state_of(ds, at)[0]
