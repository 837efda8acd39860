"""What a writer pulls from a source: samples with their labels in pages, classes, media, and names that do not collide."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from comexp_lab.formats.base import Sink, Source
from comexp_lab.formats.carried import OURS
from comexp_lab.formats.shapes import keypoints
from comexp_lab.store.classes import ERASED

Row = dict[str, Any]
_PAGE = 2000


def samples(source: Source) -> Iterator[tuple[Row, list[Row]]]:
    """Every picked sample in order, with its labels: ``class`` is the name, ``attributes`` a dict."""
    last = source.cur.execute("SELECT coalesce(max(position), -1) FROM picked").fetchone()[0]  # type: ignore[index]
    for start in range(0, last + 1, _PAGE):
        page = [start, start + _PAGE]
        found = _rows(
            source,
            "SELECT s.* FROM picked p JOIN samples_now s ON s.id = p.id WHERE p.position >= ? AND p.position < ? ORDER BY p.position",
            page,
        )
        by_sample: dict[int, list[Row]] = {row["id"]: [] for row in found}
        for label in _rows(source, _LABELS, page):
            label["attributes"] = orjson.loads(label["attributes"]) if label["attributes"] else {}
            by_sample[label["sample"]].append(label)
        for row in found:
            row["meta"] = orjson.loads(row["meta"]) if row["meta"] else {}
            yield row, by_sample[row["id"]]


def classes(source: Source) -> list[Row]:
    """All classes in order of their id."""
    return _rows(source, f"SELECT * FROM classes WHERE NOT ({ERASED}) ORDER BY id", [])


def splits(source: Source) -> list[str | None]:
    """The splits that the picked samples are in; None for those in no split."""
    return [row["split"] for row in _rows(source, "SELECT DISTINCT split FROM picked JOIN samples_now USING (id) ORDER BY ALL", [])]


def write_media(source: Source, sink: Sink, names: dict[int, str]) -> None:
    """Write the media of each sample id under its name; records without media are passed over."""
    if not source.with_media:
        return
    held = source.cur.execute("SELECT id FROM picked JOIN samples_now USING (id) WHERE blob IS NOT NULL ORDER BY position").fetchall()
    for (sample,) in held:
        if sample in names:
            sink.write(names[sample], source.media(sample))


class Stems:
    """File names without ending, unique: where two samples share a stem the second keeps its ending."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        stem = posixpath.splitext(name)[0]
        choice = next(c for c in _choices(stem, name) if c not in self._taken)
        self._taken.add(choice)
        return choice


def unheld(lost: Counter[str], label: Row, kinds: frozenset[str], fields: frozenset[str] = frozenset()) -> bool:
    """Whether the format holds this kind; counts the kind, or the fields that get lost, in ``lost``."""
    if label["kind"] not in kinds:
        lost[f"{label['kind']} labels"] += 1
        return False
    for field, default in (("confidence", None), ("track", None), ("crowd", False), ("source", "human"), ("state", "accepted")):
        if field not in fields and label[field] is not None and label[field] != default and label[field] not in OURS:
            lost[field] += 1
    if label["kind"] == "keypoints" and "keypoint boxes" not in fields:
        lost["keypoint boxes"] += any(abs(label[key] - value) > 1e-9 for key, value in _around(label["points"]).items())
    if label["attributes"] and "attributes" not in fields:
        lost["attributes"] += 1
    return True


def unheld_sample(lost: Counter[str], sample: Row, fields: frozenset[str] = frozenset()) -> None:
    """Count the tags, metadata and split of a sample that the format has no place for."""
    for field in ("tags", "meta", "split"):
        if sample[field] and field not in fields:
            lost[f"sample {field}"] += 1


def _around(points: list[float]) -> dict[str, float]:
    """The box around keypoints that a reader makes when the format has none."""
    shape = keypoints(points)
    return {key: shape[key] for key in "xywh"}


def _choices(stem: str, name: str) -> Iterator[str]:
    yield stem
    yield name
    for i in range(2, 1_000_000):
        yield f"{name}_{i}"


def _rows(source: Source, sql: str, params: list[Any]) -> list[Row]:
    return source.cur.execute(sql, params).to_arrow_table().to_pylist()


_LABELS = """
    SELECT l.* EXCLUDE (class), c.name AS class FROM picked p JOIN labels_now l ON l.sample = p.id JOIN classes c ON c.id = l.class
    WHERE p.position >= ? AND p.position < ? ORDER BY p.position, l.id
"""
