"""The tables, as ordered steps: a file made by an older version is brought up to date when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

Step = Callable[["duckdb.DuckDBPyConnection"], None]

LABELS = {
    "id": "BIGINT", "sample": "BIGINT", "class": "INTEGER", "kind": "VARCHAR",
    "x": "DOUBLE", "y": "DOUBLE", "w": "DOUBLE", "h": "DOUBLE", "area": "DOUBLE",
    "points": "DOUBLE[]", "rings": "DOUBLE[][]", "rle": "VARCHAR", "crowd": "BOOLEAN", "confidence": "FLOAT",
    "source": "VARCHAR", "state": "VARCHAR", "track": "BIGINT", "frame": "INTEGER", "attributes": "VARCHAR",
    "external": "BIGINT", "since": "BIGINT",
}  # fmt: skip
SAMPLES = {
    "id": "BIGINT", "name": "VARCHAR", "kind": "VARCHAR", "width": "INTEGER", "height": "INTEGER", "split": "VARCHAR",
    "tags": "VARCHAR[]", "blob": "VARCHAR", "thumb": "VARCHAR", "sha256": "VARCHAR", "bytes": "BIGINT", "mime": "VARCHAR",
    "orientation": "UTINYINT", "video": "BIGINT", "frame": "INTEGER", "fps": "DOUBLE", "frames": "INTEGER",
    "external": "BIGINT", "meta": "VARCHAR", "since": "BIGINT", "until": "BIGINT",
}  # fmt: skip
CLASSES = {
    "id": "INTEGER", "name": "VARCHAR", "supercategory": "VARCHAR", "color": "VARCHAR", "keypoints": "VARCHAR[]",
    "skeleton": "INTEGER[]", "external": "BIGINT",
}  # fmt: skip


def columns(table: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in table.items())


def _dataset_1(cur: duckdb.DuckDBPyConnection) -> None:
    cur.execute(
        f"""CREATE TABLE classes({columns(CLASSES)});
        CREATE TABLE samples({columns(SAMPLES)});
        CREATE TABLE labels({columns(LABELS)});
        CREATE TABLE history({columns(LABELS)}, until BIGINT);
        CREATE TABLE blobs(id VARCHAR, key BLOB, bytes BIGINT);
        CREATE TABLE revisions(revision BIGINT, "at" TIMESTAMPTZ, author VARCHAR, message VARCHAR, client_id UUID, receipt VARCHAR);
        CREATE TABLE versions(name VARCHAR, revision BIGINT, digest VARCHAR, created TIMESTAMPTZ)"""
    )


def _catalog_1(cur: duckdb.DuckDBPyConnection) -> None:
    cur.execute(
        "CREATE TABLE datasets(id VARCHAR, name VARCHAR, storage VARCHAR, created TIMESTAMPTZ, erased TIMESTAMPTZ, restricted BOOLEAN)"
    )
    cur.execute(
        "CREATE TABLE runs(id VARCHAR, kind VARCHAR, dataset VARCHAR, status VARCHAR, title VARCHAR, progress DOUBLE, message VARCHAR,"
        " created TIMESTAMPTZ, started TIMESTAMPTZ, ended TIMESTAMPTZ, params JSON, result JSON, problem JSON, model VARCHAR,"
        " version VARCHAR, pid INTEGER, pid_started DOUBLE, heartbeat TIMESTAMPTZ)"
    )
    cur.execute("CREATE TABLE run_metrics(run VARCHAR, epoch INTEGER, row JSON)")
    cur.execute('CREATE TABLE run_log(run VARCHAR, "at" TIMESTAMPTZ, line VARCHAR)')
    cur.execute(
        "CREATE TABLE models(id VARCHAR, name VARCHAR, task VARCHAR, classes JSON, bytes BIGINT, sha256 VARCHAR, created TIMESTAMPTZ,"
        " run VARCHAR, dataset VARCHAR, version VARCHAR, metrics JSON, origin VARCHAR, blob VARCHAR)"
    )
    cur.execute("CREATE TABLE blobs(id VARCHAR, key BLOB, bytes BIGINT, owner VARCHAR)")
    cur.execute("CREATE TABLE settings(key VARCHAR, value VARCHAR)")
    cur.execute("INSERT INTO meta VALUES ('sequence', '0')")


DATASET: list[Step] = [_dataset_1]
CATALOG: list[Step] = [_catalog_1]


def migrate(cur: duckdb.DuckDBPyConnection, steps: list[Step]) -> bool:
    """Bring an open database up to date inside the caller's transaction; True if anything was done."""
    cur.execute("CREATE TABLE IF NOT EXISTS meta(key VARCHAR, value VARCHAR)")
    row = cur.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    done = int(row[0]) if row else 0
    for step in steps[done:]:
        step(cur)
    if done == len(steps):
        return False
    cur.execute("DELETE FROM meta WHERE key = 'schema'")
    cur.execute("INSERT INTO meta VALUES ('schema', ?)", [str(len(steps))])
    return True
