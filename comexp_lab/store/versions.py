"""Named revisions: what a run and a notebook pin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comexp_lab.api import VersionOut
from comexp_lab.errors import Conflict
from comexp_lab.store import views
from comexp_lab.store.live import Live
from comexp_lab.store.revisions import digest
from comexp_lab.store.rows import rows

if TYPE_CHECKING:
    import duckdb


def freeze(live: Live, name: str) -> VersionOut:
    """Name the newest revision; the caller holds the write lock and checkpoints. Raises Conflict."""
    with live.alone(), live.db.transaction() as cur:
        if cur.execute("SELECT 1 FROM versions WHERE name = ?", [name]).fetchone():
            raise Conflict(f"There is already a version {name!r}: choose another name.")
        views.define_now(cur, None)
        found, created = digest(cur), datetime.now(UTC)
        cur.execute("INSERT INTO versions VALUES (?, ?, ?, ?)", [name, live.state.revision, found, created])
    return VersionOut(name=name, revision=live.state.revision, digest=found, created=created.isoformat())


def listed(cur: duckdb.DuckDBPyConnection) -> list[VersionOut]:
    cur.execute(
        "SELECT name, revision, digest, strftime(created AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS created FROM versions ORDER BY ALL"
    )
    return [VersionOut(**row) for row in rows(cur)]
