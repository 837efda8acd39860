"""The query suite over 860,001 boxes on the encrypted file, each also on a bare, unencrypted DuckDB in the same run.

    python benchmarks/bench_queries.py [rounds]

Goals: p95 ≤ 100 ms each, duplicate boxes ≤ 2.5 s. "through SQL" asks as a user does (ds.query, ds.page), with its fence.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store_rig import argument, fill, machine, spread, timed, workspace

from comexp_lab.api import ViewSpec
from comexp_lab.store import DatasetStore

if TYPE_CHECKING:
    import duckdb

BARE = {
    "class histogram": "SELECT c.name, count(*) FROM labels l JOIN classes c ON c.id = l.class GROUP BY ALL",
    "more than 10 boxes": "SELECT sample, count(*) AS n FROM labels GROUP BY ALL HAVING n > 10",
    "small objects": "SELECT id, sample FROM labels WHERE w * h < 32 * 32",
    "images of a class": "SELECT DISTINCT sample FROM labels l JOIN classes c ON c.id = l.class WHERE c.name = 'class 3'",
    "first page with boxes": "SELECT l.* FROM labels l WHERE l.sample IN (SELECT id FROM samples ORDER BY id LIMIT 24)",
    "area bounds": "SELECT min(w * h), max(w * h) FROM labels",
    "duplicate boxes": """WITH b AS (SELECT id, sample, class AS c, x, y, x + w AS r, y + h AS t, w * h AS area FROM labels),
        p AS (SELECT p.area + q.area AS areas, (least(p.r, q.r) - greatest(p.x, q.x)) * (least(p.t, q.t) - greatest(p.y, q.y)) AS common
            FROM b p JOIN b q ON p.sample = q.sample AND p.c = q.c AND p.id < q.id
            WHERE p.x < q.r AND q.x < p.r AND p.y < q.t AND q.y < p.t)
        SELECT * FROM p WHERE common >= 0.9 * (areas - common)""",
}


def ours(ds: DatasetStore) -> dict[str, Callable[[], object]]:
    return {
        "class histogram": lambda: ds.query("SELECT class, count(*) FROM labels GROUP BY ALL"),
        "more than 10 boxes": lambda: ds.query("SELECT sample, count(*) AS n FROM labels GROUP BY ALL HAVING n > 10"),
        "small objects": lambda: ds.query("SELECT id, sample FROM labels WHERE w * h < 32 * 32"),
        "images of a class": lambda: ds.query("SELECT DISTINCT sample FROM labels WHERE class = 'class 3'"),
        "first page with boxes": lambda: ds.page(ViewSpec(limit=24)),
        "area bounds": lambda: ds.query("SELECT min(w * h), max(w * h) FROM labels"),
        "duplicate boxes": lambda: ds.duplicates(0.9),
    }


def bare(ds: DatasetStore, file: Path) -> duckdb.DuckDBPyConnection:
    """The same rows in a plain DuckDB file."""
    import duckdb

    con = duckdb.connect(str(file))
    for table in ("labels", "samples", "classes"):
        rows = ds.read(f"SELECT * FROM {table}")
        con.register("rows", rows)
        con.execute(f"CREATE TABLE {table} AS FROM rows")
        con.unregister("rows")
    con.execute("CHECKPOINT")
    return con


def main() -> None:
    rounds = argument(1, 12)
    with workspace() as ws, tempfile.TemporaryDirectory() as folder:
        ds = ws.create_dataset("queries")
        print(f"filled in {timed(lambda: fill(ds)):.1f} s; {machine()}")
        peer = bare(ds, Path(folder) / "bare.duckdb")
        assert ds.duplicates(0.9).num_rows == len(peer.execute(BARE["duplicate boxes"]).fetchall()), "the pairs differ"
        ratios = []
        for name, work in ours(ds).items():
            mine, theirs = [], []
            for _ in range(rounds):
                mine.append(timed(work))
                theirs.append(timed(lambda name=name: peer.execute(BARE[name]).to_arrow_table()))  # type: ignore[misc]
            median, late, _ = spread(mine)
            ratios.append(median / spread(theirs)[0])
            print(
                f"  {name:22} p50 {median:7.1f} ms   p95 {late:7.1f} ms   bare DuckDB p50 {spread(theirs)[0]:7.1f} ms ({ratios[-1]:.2f}×)"
            )
        print(f"geometric mean {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}× bare DuckDB; {machine()}")


if __name__ == "__main__":
    main()
