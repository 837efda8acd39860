"""What a mirror needs of the store, as Arrow batches: samples in the order of a view, each with its labels and keys.

A view that holds nothing but videos is a film: labels in its frames come apart, one row per frame. In any other view a
video stands for its first picture, and so do its labels.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ViewSpec

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from comexp_lab.store.dataset import DatasetStore

FIRST = 400
STEP = 4000
FRAMES_STEP = 2000
Places = Sequence[tuple[int, int]]  # (sample, frame)
ROWS = """
WITH part AS (SELECT id, position FROM picked WHERE position >= ? AND position < ?),
nested AS (
    SELECT l.sample, list({{'id': l.id, 'class': c.name, 'kind': l.kind, 'x': l.x, 'y': l.y, 'w': l.w, 'h': l.h,
        'points': l.points, 'rings': l.rings, 'rle': l.rle, 'confidence': l.confidence, 'source': l.source,
        'state': l.state, 'frame': l.frame}} ORDER BY l.id) AS labels
    FROM labels_now l JOIN part ON part.id = l.sample JOIN classes c ON c.id = l.class
    WHERE l.state <> 'rejected' {which} GROUP BY l.sample
)
SELECT s.id, s.name, s.kind, s.width, s.height, s.split, s.tags, s.mime, s.bytes, s.blob, m.key AS key, s.thumb,
    t.key AS thumb_key, t.bytes AS thumb_bytes, s.fps, s.frames, n.labels
FROM part JOIN samples_now s ON s.id = part.id LEFT JOIN nested n ON n.sample = s.id
LEFT JOIN blobs m ON m.id = s.blob LEFT JOIN blobs t ON t.id = s.thumb
ORDER BY part.position
"""
ALL, OF_FILMS = "", "AND l.frame IS NULL"
OF_POSTERS = "AND (coalesce(l.frame, 0) = 0 OR l.sample NOT IN (SELECT id FROM samples_now WHERE kind = 'video'))"
FRAMES = """
WITH part AS (SELECT id, position FROM picked WHERE position >= $start AND position < $end)
SELECT l.sample, l.frame, any_value(s.width) AS width, any_value(s.height) AS height,
    list({{'id': l.id, 'class': c.name, 'kind': l.kind, 'x': l.x, 'y': l.y, 'w': l.w, 'h': l.h,
        'points': l.points, 'rings': l.rings, 'rle': l.rle, 'confidence': l.confidence, 'source': l.source,
        'state': l.state, 'frame': l.frame, 'track': l.track, 'attributes': l.attributes}} ORDER BY l.id) AS labels
FROM labels_now l JOIN part ON part.id = l.sample JOIN samples_now s ON s.id = l.sample JOIN classes c ON c.id = l.class
WHERE l.state <> 'rejected' AND l.frame IS NOT NULL AND s.kind = 'video' {which}
GROUP BY part.position, l.sample, l.frame ORDER BY part.position, l.frame
"""
OF_PLACES = "AND (l.sample, l.frame) IN (SELECT unnest($samples), unnest($frames))"
SHAPE = """
SELECT (SELECT coalesce(max(revision), 0) FROM revisions), (SELECT count(*) FROM picked),
    (SELECT count(*) FROM picked p JOIN samples_now s ON s.id = p.id WHERE s.kind = 'video'),
    (SELECT list(DISTINCT kind ORDER BY kind) FROM labels_now WHERE state = 'accepted' AND sample IN (SELECT id FROM picked)),
    (SELECT list(DISTINCT kind ORDER BY kind) FROM labels_now WHERE state = 'suggested' AND sample IN (SELECT id FROM picked)),
    (SELECT map(list(name), list(color)) FROM classes WHERE color IS NOT NULL)
"""
KINDS = """
SELECT list(DISTINCT kind ORDER BY kind) FILTER (frame IS NULL AND state = 'accepted'),
    list(DISTINCT kind ORDER BY kind) FILTER (frame IS NULL AND state = 'suggested'),
    list(DISTINCT kind ORDER BY kind) FILTER (frame IS NOT NULL AND state = 'accepted'),
    list(DISTINCT kind ORDER BY kind) FILTER (frame IS NOT NULL AND state = 'suggested')
FROM labels_now WHERE sample IN (SELECT id FROM picked)
"""
CHANGED_FRAMES = """
SELECT sample, frame, max(revision) FROM (
    SELECT sample, frame, since AS revision FROM labels WHERE since > $1
    UNION ALL SELECT sample, frame, until FROM history WHERE until > $1
) WHERE frame IS NOT NULL GROUP BY sample, frame ORDER BY sample, frame
"""
CHANGED = """
SELECT sample, max(revision) FROM (
    SELECT sample, since AS revision FROM labels WHERE since > $1 {which}
    UNION ALL SELECT sample, until FROM history WHERE until > $1 {which}
    UNION ALL SELECT id, greatest(since, coalesce(until, 0)) FROM samples WHERE since > $1 OR until > $1
) GROUP BY sample ORDER BY sample
"""


def batches(cur: duckdb.DuckDBPyConnection, total: int, which: str) -> Iterator[pa.RecordBatch]:
    """All picked samples: a small batch first, so that something can be shown at once, then large ones."""
    start, step = 0, FIRST
    while start < total:
        yield from cur.execute(ROWS.format(which=which), [start, start + step]).to_arrow_table().combine_chunks().to_batches()
        start, step = start + step, STEP


def frame_batches(cur: duckdb.DuckDBPyConnection, total: int, places: Places | None) -> Iterator[pa.RecordBatch]:
    """All labelled frames of the picked videos, or some: a row for each."""
    which = "" if places is None else OF_PLACES
    named = {} if places is None else {"samples": [sample for sample, _ in places], "frames": [frame for _, frame in places]}
    for start in range(0, total, FIRST):
        yield from cur.execute(FRAMES.format(which=which), {"start": start, "end": start + FIRST, **named}).to_arrow_reader(FRAMES_STEP)


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


def stream(store: DatasetStore, view: ViewSpec, film: bool | None = None) -> Iterator[bytes]:
    """An Arrow IPC stream of the view; ``about`` in the schema's metadata: revision, total, videos, film, kinds, colours.

    ``film``: whether it goes to a mirror of videos; None lets the view decide.
    """
    with store.reading(view) as cur:
        about = describe(cur, view, film)
        which = OF_FILMS if about["film"] else OF_POSTERS if about["videos"] else ALL
        schema = cur.execute(ROWS.format(which=which), [0, 0]).to_arrow_table().schema
        yield from packed(schema.with_metadata({"about": json.dumps(about)}), batches(cur, about["total"], which))


def frames(store: DatasetStore, view: ViewSpec, places: Places | None) -> Iterator[bytes]:
    """An Arrow IPC stream of the labelled frames of a film, or of some of them."""
    with store.reading(view) as cur:
        revision, total = cur.execute("SELECT (SELECT coalesce(max(revision), 0) FROM revisions), count(*) FROM picked").fetchone()  # type: ignore[misc]
        schema = cur.execute(FRAMES.format(which=""), {"start": 0, "end": 0}).to_arrow_table().schema
        about = {"revision": view.at if isinstance(view.at, int) else revision}
        yield from packed(schema.with_metadata({"about": json.dumps(about)}), frame_batches(cur, total, places))


def packed(schema: pa.Schema, made: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    import pyarrow as pa

    sink = Pieces()
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), schema) as writer:
        for batch in made:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            yield sink.take()
    yield sink.take()


def describe(cur: duckdb.DuckDBPyConnection, view: ViewSpec, film: bool | None) -> dict[str, Any]:
    newest, total, videos, kinds, suggested, colors = cur.execute(SHAPE).fetchone()  # type: ignore[misc]
    film = 0 < videos == total if film is None else film
    about = {
        "revision": view.at if isinstance(view.at, int) else newest, "total": total, "videos": videos, "film": film,
        "kinds": kinds or [], "suggested": suggested or [], "colors": colors or {},
    }  # fmt: skip
    if film:
        found = cur.execute(KINDS).fetchone() or ()
        about |= zip(("kinds", "suggested", "frame_kinds", "frame_suggested"), ([*(each or [])] for each in found), strict=False)
    return about


def films_only(store: DatasetStore) -> bool:
    """Whether a dataset holds videos and nothing else."""
    found = store.read("SELECT count(*) AS n, count(*) FILTER (kind = 'video') AS v FROM samples WHERE until IS NULL").to_pylist()[0]
    return bool(0 < found["v"] == found["n"])


def changed_since(store: DatasetStore, revision: int, film: bool = False) -> dict[str, Any]:
    """The newest ``revision``; what changed after ``revision``: ``samples`` (id, revision), ``frames`` (sample, frame, revision)."""
    newest = store.revision
    if newest <= revision:
        return {"revision": newest, "samples": [], "frames": []}
    samples = store.read(CHANGED.format(which="AND frame IS NULL" if film else ""), [revision])
    frames = store.read(CHANGED_FRAMES, [revision]) if film else None
    return {"revision": newest, "samples": listed(samples), "frames": listed(frames) if frames is not None else []}


def listed(table: pa.Table) -> list[tuple[int, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
