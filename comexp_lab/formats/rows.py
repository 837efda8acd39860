"""Rows on their way into a stage: collected as dicts, handed over as Arrow tables of tens of thousands."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

from comexp_lab.formats.base import Stage
from comexp_lab.formats.records import BadRecord, text
from comexp_lab.formats.shapes import Shape

CLASSES = pa.schema(
    {
        "name": pa.string(),
        "supercategory": pa.string(),
        "color": pa.string(),
        "keypoints": pa.list_(pa.string()),
        "skeleton": pa.list_(pa.int32()),
        "external": pa.int64(),
    }
)
SAMPLES = pa.schema(
    {
        "key": pa.int64(),
        "name": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "split": pa.string(),
        "tags": pa.list_(pa.string()),
        "external": pa.int64(),
        "meta": pa.string(),
        "kind": pa.string(),
        "video": pa.int64(),
        "frame": pa.int32(),
        "fps": pa.float64(),
        "frames": pa.int32(),
        "file": pa.string(),
        "line": pa.int64(),
    }
)
LABELS = pa.schema(
    {
        "sample": pa.int64(),
        "class": pa.string(),
        "kind": pa.string(),
        **dict.fromkeys(("x", "y", "w", "h", "area"), pa.float64()),
        "points": pa.list_(pa.float64()),
        "rings": pa.list_(pa.list_(pa.float64())),
        "rle": pa.string(),
        "crowd": pa.bool_(),
        "confidence": pa.float32(),
        "source": pa.string(),
        "state": pa.string(),
        "track": pa.int64(),
        "frame": pa.int32(),
        "attributes": pa.string(),
        "external": pa.int64(),
        "file": pa.string(),
        "line": pa.int64(),
    }
)
SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test", "testing": "test"}


class Rows:
    """Collects classes, samples and labels for one stage; :meth:`close` hands over what is left."""

    def __init__(self, stage: Stage, size: int = 20_000) -> None:
        self.report = stage.report
        self.names: dict[str, int] = {}
        self._stage, self._size = stage, size
        self._classes: dict[str, dict[str, Any]] = {}
        self._fresh: list[dict[str, Any]] = []
        self._samples: list[dict[str, Any]] = []
        self._labels: list[dict[str, Any]] = []

    def known(self, name: Any, **columns: Any) -> str:
        """Register a class once, with what the file says about it."""
        name = text(name, "the class name")
        if name not in self._classes:
            self._classes[name] = row = {"name": name, **columns}
            self._fresh.append(row)
        return name

    def sample(self, name: str, **columns: Any) -> int:
        """The key of the sample with this name, made at its first mention."""
        if name in self.names:
            return self.names[name]
        key = self.names[name] = len(self.names) + 1
        if "meta" in columns:
            columns["meta"] = _packed(columns["meta"])
        self._samples.append({"key": key, "name": name, **columns})
        return key

    def label(self, sample: int, class_name: Any, shape: Shape, attributes: dict[str, Any] | None = None, **columns: Any) -> None:
        """One label of a sample; ``shape`` is one of :mod:`comexp_lab.formats.shapes`."""
        packed = _packed(attributes)
        self._labels.append({"sample": sample, "class": self.known(class_name), **shape, "attributes": packed, **columns})
        if len(self._labels) >= self._size:
            self.close()

    def close(self) -> None:
        """Hand over everything collected so far: classes and samples before the labels that name them."""
        for rows, schema, take in (
            (self._fresh, CLASSES, self._stage.classes),
            (self._samples, SAMPLES, self._stage.samples),
            (self._labels, LABELS, self._stage.labels),
        ):
            if rows:
                take(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()


def split_of(name: str | None) -> str | None:
    """Our split for a format's subset name; None if it means nothing to us."""
    return SPLITS.get((name or "").strip().lower())


def _packed(attributes: dict[str, Any] | None) -> str | None:
    if not attributes:
        return None
    try:
        packed = orjson.dumps(attributes).decode()
    except (TypeError, ValueError) as problem:
        raise BadRecord(f"the attributes cannot be stored: {problem}") from None
    if "\\u0000" in packed:
        raise BadRecord("an attribute holds a NUL character")
    return packed
