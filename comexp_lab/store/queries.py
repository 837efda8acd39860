"""Questions of our own about a dataset, answered in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.api import ReviewIn, Stats
from comexp_lab.store.classes import ERASED

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def stats(cur: duckdb.DuckDBPyConnection) -> Stats:
    def counts(query: str) -> dict[str, int]:
        return dict(cur.execute(query).fetchall())

    whole = cur.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM samples WHERE until IS NULL").fetchone()
    labelled = cur.execute(
        "SELECT count(*) FROM (SELECT DISTINCT sample FROM labels) l JOIN samples s ON s.id = l.sample WHERE s.until IS NULL"
    ).fetchone()
    labels = cur.execute("SELECT count(*) FROM labels").fetchone()
    assert whole is not None and labelled is not None and labels is not None
    return Stats(
        samples=whole[0],
        bytes=int(whole[1]),
        unlabelled=whole[0] - labelled[0],
        labels=labels[0],
        by_class=counts(
            'SELECT c.name, n FROM (SELECT "class" AS id, count(*) AS n FROM labels GROUP BY 1) JOIN classes c USING (id) ORDER BY id'
        ),
        **{f"by_{what}": counts(f"SELECT {what}, count(*) FROM labels GROUP BY 1 ORDER BY 1") for what in ("kind", "state", "source")},
        by_split=counts("SELECT coalesce(split, 'none'), count(*) FROM samples WHERE until IS NULL GROUP BY 1 ORDER BY 1"),
    )


def summary(cur: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The fields of a DatasetOut that the dataset's own file knows."""
    row = cur.execute(
        "SELECT (SELECT coalesce(max(revision), 0) FROM revisions), (SELECT count(*) FROM samples WHERE until IS NULL),"
        f" (SELECT count(*) FROM labels), (SELECT coalesce(list(name ORDER BY id), []) FROM classes WHERE NOT ({ERASED})),"
        " (SELECT coalesce(sum(bytes), 0) FROM blobs), (SELECT min(id) FROM samples WHERE until IS NULL AND thumb IS NOT NULL)"
    ).fetchone()
    assert row is not None
    names = ("revision", "samples", "labels", "classes", "bytes", "cover")
    return {**dict(zip(names, row, strict=True)), "bytes": int(row[4])}


def reviewed(cur: duckdb.DuckDBPyConnection, wanted: ReviewIn) -> list[int]:
    """The suggestions that a review concerns, among the samples in ``picked``."""
    conditions, params = ["l.sample IN (SELECT id FROM picked)", "l.state <> ?"], [wanted.state]  # type: tuple[list[str], list[Any]]
    if wanted.ids is not None:
        conditions.append("l.id IN (SELECT unnest(?::BIGINT[]))")
        params.append(wanted.ids)
    else:
        conditions.append("l.state = 'suggested' AND coalesce(l.confidence, 1) BETWEEN ? AND ?")
        params += [wanted.min_confidence, wanted.max_confidence]
    if wanted.source is not None:
        conditions.append("l.source = ?")
        params.append(wanted.source)
    found = cur.execute(f"SELECT l.id FROM labels l WHERE {' AND '.join(conditions)} ORDER BY l.id", params).fetchall()
    return [number for (number,) in found]


def duplicates(cur: duckdb.DuckDBPyConnection, iou: float) -> pa.Table:
    """Pairs of boxes of one class on one sample with intersection over union >= ``iou``."""
    return cur.execute(
        """WITH b AS (SELECT id, sample, "class" AS c, x, y, x + w AS r, y + h AS t, w * h AS area FROM labels_now
                      WHERE kind <> 'tag' AND sample IN (SELECT id FROM picked)),
        pairs AS (SELECT p.sample, p.id AS a, q.id AS b, p.area + q.area AS areas,
                (least(p.r, q.r) - greatest(p.x, q.x)) * (least(p.t, q.t) - greatest(p.y, q.y)) AS common
            FROM b p JOIN b q ON p.sample = q.sample AND p.c = q.c AND p.id < q.id
            WHERE p.x < q.r AND q.x < p.r AND p.y < q.t AND q.y < p.t
              AND least(p.area, q.area) >= greatest(p.area, q.area) * $1)
        SELECT sample, a, b, common / (areas - common) AS iou FROM pairs WHERE common >= $1 * (areas - common) ORDER BY ALL""",
        [iou],
    ).to_arrow_table()
