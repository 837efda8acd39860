"""Where readers put what they read: temporary tables beside the dataset's own, filled by Arrow, merged by SQL.

    report = Report()
    with ds.writing("import", staged=True) as tx:
        stage = TableStage(tx.cur, report)
        FORMAT.read(tree, stage)
        tx.begin()
        counts = merge(tx, stage, split=None)       # {"samples": new, "labels": new, "classes": new}

Until the merge nothing but temporary tables is written. ``stage_known`` is the samples with the media of this import.

Each of ``classes``, ``samples`` and ``labels`` may be called any number of times with a ``pa.Table`` or a
``pa.RecordBatchReader``. Besides the columns of the contract they take ``file`` and ``line``: where the record stands,
for problems. ``video`` of a frame is the ``key`` of its video in the same import.

A reader in a hurry may keep labels in temporary tables of its own and add a ``LabelSource`` to ``sources``;
``settle()`` gives it the final ids of the samples staged so far in ``stage_match`` (key, name, id, created).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from comexp_lab.formats import matching
from comexp_lab.formats.base import Report
from comexp_lab.formats.merging import LabelSource, merge

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from comexp_lab.media import Decoder

__all__ = ["LabelSource", "TableStage", "merge"]

TABLES = {
    "stage_classes": "name VARCHAR, supercategory VARCHAR, color VARCHAR, keypoints VARCHAR[], skeleton INTEGER[], external BIGINT",
    "stage_samples": "key BIGINT, name VARCHAR, kind VARCHAR, width INTEGER, height INTEGER, split VARCHAR, tags VARCHAR[],"
    " external BIGINT, meta VARCHAR, video BIGINT, frame INTEGER, fps DOUBLE, frames INTEGER, file VARCHAR, line BIGINT",
    "stage_match": "key BIGINT, name VARCHAR, id BIGINT, created BOOLEAN, external BIGINT, width INTEGER, height INTEGER",
    "stage_labels": "sample BIGINT, class VARCHAR, kind VARCHAR, x DOUBLE, y DOUBLE, w DOUBLE, h DOUBLE, area DOUBLE,"
    " points DOUBLE[], rings DOUBLE[][], rle VARCHAR, crowd BOOLEAN, confidence FLOAT, source VARCHAR, state VARCHAR,"
    " track BIGINT, frame INTEGER, attributes VARCHAR, external BIGINT, file VARCHAR, line BIGINT",
}
KNOWN = "SELECT * FROM samples UNION ALL BY NAME FROM stage_media"


class TableStage:
    """A stage in temporary tables of the dataset's write transaction; they go when its cursor is closed."""

    def __init__(self, cur: duckdb.DuckDBPyConnection, report: Report | None = None, decoder: Decoder | None = None) -> None:
        self.cur = cur
        self.decoder = decoder
        self.report = report or Report()
        self.sources: list[LabelSource] = []
        self.facts: dict[str, str] = {}  # of the files as a whole, kept for an export in the same format
        self.rename: Callable[[], None] = lambda: None  # called before samples are looked for, to change their names
        self._sizes: dict[str, tuple[int, int] | None] | None = None
        tables = "".join(f"CREATE OR REPLACE TEMP TABLE {table}({columns});" for table, columns in TABLES.items())
        cur.execute(f"""{tables} CREATE OR REPLACE TEMP TABLE stage_media AS FROM samples LIMIT 0;
            CREATE OR REPLACE TEMP VIEW stage_known AS {KNOWN}""")

    def classes(self, table: pa.Table | pa.RecordBatchReader) -> None:
        """Declare classes; the order is the order of their ids."""
        self._insert("stage_classes", table)

    def samples(self, table: pa.Table | pa.RecordBatchReader) -> None:
        self._insert("stage_samples", table)

    def labels(self, table: pa.Table | pa.RecordBatchReader) -> None:
        self._insert("stage_labels", table)

    def media(self, table: pa.Table) -> None:
        """Rows of ``samples`` for media of this import."""
        self._insert("stage_media", table)

    def media_size(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels of a known image by its name, or by a path ending that is unique."""
        if self._sizes is None:
            self._sizes = _sizes(self.cur)
        ending = name
        while ending:
            if ending in self._sizes:
                return self._sizes[ending]
            ending = ending.partition("/")[2]
        return None

    def settle(self) -> None:
        """Find or choose the ids of the samples staged so far."""
        self.rename()
        matching.match(self.cur, self.report)

    def _insert(self, target: str, table: pa.Table | pa.RecordBatchReader) -> None:
        self.cur.register("incoming", table)
        try:
            self.cur.execute(f"INSERT INTO {target} BY NAME SELECT * FROM incoming")
        finally:
            self.cur.unregister("incoming")


def _sizes(cur: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int] | None]:
    """Sizes by every path ending of the current samples; None where an ending is ambiguous."""
    found: dict[str, tuple[int, int] | None] = {}
    rows = cur.execute("SELECT name, width, height FROM stage_known WHERE until IS NULL AND width > 0 AND height > 0").fetchall()
    for name, width, height in rows:
        ending = name.partition("/")[2]
        while ending:
            found[ending] = None if ending in found else (width, height)
            ending = ending.partition("/")[2]
    found.update((name, (width, height)) for name, width, height in rows)
    return found
