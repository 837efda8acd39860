"""What a mirror needs of the store, as Arrow batches: samples in the order of a view, each with its labels and keys."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ViewSpec

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from comexp_lab.store.dataset import DatasetStore

FIRST = 400
STEP = 4000
ROWS = """
WITH part AS (SELECT id, position FROM picked WHERE position >= ? AND position < ?),
nested AS (
    SELECT l.sample, list({'id': l.id, 'class': c.name, 'kind': l.kind, 'x': l.x, 'y': l.y, 'w': l.w, 'h': l.h,
        'points': l.points, 'rings': l.rings, 'rle': l.rle, 'confidence': l.confidence, 'source': l.source,
        'state': l.state, 'frame': l.frame} ORDER BY l.id) AS labels
    FROM labels_now l JOIN part ON part.id = l.sample JOIN classes c ON c.id = l.class
    WHERE l.state <> 'rejected' GROUP BY l.sample
)
SELECT s.id, s.name, s.kind, s.width, s.height, s.split, s.tags, s.mime, s.bytes, s.blob, m.key AS key, s.thumb,
    t.key AS thumb_key, t.bytes AS thumb_bytes, s.fps, s.frames, n.labels
FROM part JOIN samples_now s ON s.id = part.id LEFT JOIN nested n ON n.sample = s.id
LEFT JOIN blobs m ON m.id = s.blob LEFT JOIN blobs t ON t.id = s.thumb
ORDER BY part.position
"""
SHAPE = """
SELECT (SELECT coalesce(max(revision), 0) FROM revisions), (SELECT count(*) FROM picked),
    (SELECT count(*) FROM picked p JOIN samples_now s ON s.id = p.id WHERE s.kind = 'video'),
    (SELECT list(DISTINCT kind ORDER BY kind) FROM labels_now WHERE state = 'accepted' AND sample IN (SELECT id FROM picked)),
    (SELECT list(DISTINCT kind ORDER BY kind) FROM labels_now WHERE state = 'suggested' AND sample IN (SELECT id FROM picked)),
    (SELECT map(list(name), list(color)) FROM classes WHERE color IS NOT NULL)
"""
CHANGED = """
SELECT sample, max(revision) FROM (
    SELECT sample, since AS revision FROM labels WHERE since > $1
    UNION ALL SELECT sample, until FROM history WHERE until > $1
    UNION ALL SELECT id, greatest(since, coalesce(until, 0)) FROM samples WHERE since > $1 OR until > $1
) GROUP BY sample ORDER BY sample
"""


def batches(cur: duckdb.DuckDBPyConnection, total: int) -> Iterator[pa.RecordBatch]:
    """All picked samples: a small batch first, so that something can be shown at once, then large ones."""
    start, step = 0, FIRST
    while start < total:
        yield from cur.execute(ROWS, [start, start + step]).to_arrow_table().combine_chunks().to_batches()
        start, step = start + step, STEP


class Pieces(io.RawIOBase):
    """A file to write to, whose content is taken away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def stream(store: DatasetStore, view: ViewSpec) -> Iterator[bytes]:
    """An Arrow IPC stream of the view; ``about`` in the schema's metadata: revision, total, videos, kinds, colours."""
    import pyarrow as pa

    with store.reading(view) as cur:
        about, total = describe(cur, view)
        schema = cur.execute(ROWS, [0, 0]).to_arrow_table().schema.with_metadata({"about": json.dumps(about)})
        sink = Pieces()
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), schema) as writer:
            for batch in batches(cur, total):
                writer.write_batch(batch.replace_schema_metadata(schema.metadata))
                yield sink.take()
        yield sink.take()


def describe(cur: duckdb.DuckDBPyConnection, view: ViewSpec) -> tuple[dict[str, Any], int]:
    newest, total, videos, kinds, suggested, colors = cur.execute(SHAPE).fetchone()  # type: ignore[misc]
    about = {
        "revision": view.at if isinstance(view.at, int) else newest, "total": total, "videos": videos,
        "kinds": kinds or [], "suggested": suggested or [], "colors": colors or {},
    }  # fmt: skip
    return about, total


def changed_since(store: DatasetStore, revision: int) -> tuple[int, list[tuple[int, int]]]:
    """(the newest revision, (sample, revision) of what changed after ``revision``)."""
    newest = store.revision
    if newest <= revision:
        return newest, []
    changed = store.read(CHANGED, [revision])
    return newest, list(zip(*(column.to_pylist() for column in changed.columns), strict=True))
