"""Point reads of the edit path: ids are ascending, so DuckDB's zone maps find a row without an index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from comexp_lab.store.rows import Row, rows

if TYPE_CHECKING:
    import duckdb

FEW = 12  # up to so many ids, one pruned scan each beats a join over the table


def labels_by_id(cur: duckdb.DuckDBPyConnection, ids: Iterable[int]) -> dict[int, Row | None]:
    """The current labels among ``ids``."""
    return {row["id"]: row for row in _pick(cur, "SELECT * FROM labels WHERE id", sorted(ids))}


def samples_by_id(cur: duckdb.DuckDBPyConnection, ids: Iterable[int]) -> dict[int, Row]:
    """Name and size of the current samples among ``ids``."""
    found = _pick(cur, "SELECT id, name, width, height FROM samples WHERE until IS NULL AND id", sorted(ids))
    return {row["id"]: row for row in found}


def labels_of_samples(cur: duckdb.DuckDBPyConnection, samples: Iterable[int]) -> dict[int, Row | None]:
    """All current labels of the samples."""
    wanted = sorted(samples)
    if not wanted:
        return {}
    cur.execute("SELECT * FROM labels WHERE sample IN (SELECT unnest(?::BIGINT[])) ORDER BY id", [wanted])
    return {row["id"]: row for row in rows(cur)}


def _pick(cur: duckdb.DuckDBPyConnection, select: str, ids: list[int]) -> list[Row]:
    if not ids:
        return []
    if len(ids) <= FEW:
        cur.execute(" UNION ALL ".join(f"({select} = {number:d})" for number in ids))
    else:
        cur.execute(f"{select} IN (SELECT unnest(?::BIGINT[]))", [ids])
    return rows(cur)
