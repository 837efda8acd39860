"""Point reads of the edit path: ids are ascending, so DuckDB's zone maps find a row without an index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from comexp_lab.store.rows import Row, rows

if TYPE_CHECKING:
    import duckdb

FEW = 12  # up to so many ids, pruned scans beat a join over the table
NEAR = 20_000  # ids that lie so close together are found by one pruned scan


def labels_by_id(cur: duckdb.DuckDBPyConnection, ids: Iterable[int]) -> dict[int, Row | None]:
    """The current labels among ``ids``."""
    return {row["id"]: row for row in _pick(cur, "SELECT * FROM labels WHERE", sorted(ids))}


def samples_by_id(cur: duckdb.DuckDBPyConnection, ids: Iterable[int]) -> dict[int, Row]:
    """Name and size of the current samples among ``ids``."""
    found = _pick(cur, "SELECT id, name, width, height FROM samples WHERE until IS NULL AND", sorted(ids))
    return {row["id"]: row for row in found}


def labels_of_samples(cur: duckdb.DuckDBPyConnection, samples: Iterable[int]) -> dict[int, Row | None]:
    """All current labels of the samples."""
    wanted = sorted(samples)
    if not wanted:
        return {}
    cur.execute("SELECT * FROM labels WHERE sample IN (SELECT unnest(?::BIGINT[])) ORDER BY id", [wanted])
    return {row["id"]: row for row in rows(cur)}


def runs(ids: Iterable[int]) -> list[list[int]]:
    """Sorted ids in groups that lie close together, so that one pruned scan serves a group."""
    groups: list[list[int]] = []
    for number in sorted(ids):
        if not groups or number - groups[-1][0] > NEAR:
            groups.append([])
        groups[-1].append(number)
    return groups


def within(column: str, ids: list[int]) -> str:
    """A condition that finds the ids of one run by its zone maps."""
    if len(ids) == 1:
        return f"{column} = {ids[0]:d}"
    return f"{column} BETWEEN {ids[0]:d} AND {ids[-1]:d} AND {column} IN ({', '.join(map(str, ids))})"


def _pick(cur: duckdb.DuckDBPyConnection, select: str, ids: list[int]) -> list[Row]:
    if not ids:
        return []
    groups = runs(ids)
    if len(ids) <= FEW or len(groups) == 1:
        cur.execute(" UNION ALL ".join(f"({select} {within('id', group)})" for group in groups))
    else:
        cur.execute(f"{select} id IN (SELECT unnest(?::BIGINT[]))", [ids])
    return rows(cur)
