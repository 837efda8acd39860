"""Rows of the tables as dictionaries, and as the messages of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from comexp_lab.api import ClassOut, LabelIn, LabelOut, SampleOut
from comexp_lab.store.schema import LABELS

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
# Okabe and Ito's colours for colour-blind eyes, brightened for photographs; as in labextension/src/annotator/palette.ts.
PALETTE = ("#e69f00", "#56b4e9", "#00b386", "#f0e442", "#3d8bfd", "#e8590c", "#cc79a7", "#9ccc65", "#b39ddb", "#4dd0e1")


def rows(cur: duckdb.DuckDBPyConnection) -> list[Row]:
    """All rows of the last query."""
    names = [column[0] for column in cur.description]
    return [dict(zip(names, row, strict=True)) for row in cur.fetchall()]


def label_row(
    value: LabelIn, number: int, sample: int, owner: int, box: tuple[float, float, float, float] | None,
    area: float | None, external: int | None, since: int,
) -> Row:  # fmt: skip
    """The row of a label; ``owner`` is its class id."""
    x, y, w, h = box or (None, None, None, None)
    attributes = orjson.dumps(value.attributes).decode() if value.attributes is not None else None
    fields = (
        number, sample, owner, value.kind, x, y, w, h, area, value.points, value.rings, value.rle, value.crowd,
        value.confidence, value.source, value.state, value.track, value.frame, attributes, external, since,
    )  # fmt: skip
    return dict(zip(LABELS, fields, strict=True))


def label_in(row: Row, class_name: str) -> dict[str, Any]:
    """The fields of a LabelIn that a row stands for."""
    same = ("kind", "points", "rings", "rle", "source", "state", "track", "frame")
    attributes = orjson.loads(row["attributes"]) if row["attributes"] else None
    return {
        "class_name": class_name,
        "bbox": None if row["x"] is None else (row["x"], row["y"], row["w"], row["h"]),
        "crowd": bool(row["crowd"]),
        "confidence": row["confidence"],
        "attributes": attributes,
        **{name: row[name] for name in same},
    }


def label_out(row: Row, class_name: str) -> LabelOut:
    # Rows were checked on their way in; building without checks keeps a page of 24 samples fast.
    return LabelOut.model_construct(**label_in(row, class_name), id=row["id"], sample=row["sample"], area=row["area"], since=row["since"])


def sample_out(row: Row, labels: list[LabelOut]) -> SampleOut:
    same = ("id", "name", "kind", "width", "height", "split", "bytes", "mime", "video", "frame")
    fields = {name: row[name] for name in same}
    return SampleOut.model_construct(**fields, tags=row["tags"] or [], has_media=row["blob"] is not None, labels=labels)


def class_out(row: Row) -> ClassOut:
    row = {**row, "color": row["color"] or PALETTE[row["id"] % len(PALETTE)]}
    return ClassOut(**{name: row[name] for name in ClassOut.model_fields if name in row})
