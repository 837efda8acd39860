"""Writes a plan of edits into the tables: a few rows as parameters, many through Arrow, never a statement per row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from comexp_lab.store.edits import Plan
from comexp_lab.store.fetch import FEW, runs
from comexp_lab.store.rows import Row
from comexp_lab.store.schema import LABELS

NOTES = 200

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def write(cur: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Bring all batches of the plan into the tables, in the caller's transaction."""
    for number, name in enumerate(plan.classes, plan.first_class):
        cur.execute("INSERT INTO classes(id, name) VALUES (?, ?)", [number, name])
    _insert(cur, "history", plan.closed, {**LABELS, "until": "BIGINT"})
    added = [row for number, row in plan.now.items() if row and number not in plan.before]
    _insert(cur, "labels", sorted(added, key=lambda row: row["id"]), LABELS)
    changed = [(old, row) for number, row in plan.now.items() if row and (old := plan.before.get(number)) and old is not row]
    _update(cur, changed)
    gone = [number for number, row in plan.now.items() if row is None and number in plan.before]
    _delete(cur, gone)
    _tag(cur, plan.tagged)
    for sample, revision in plan.removed:
        cur.execute("UPDATE samples SET until = ? WHERE id = ? AND until IS NULL", [revision, sample])


def note(cur: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]]) -> None:
    """Rows of ``revisions``, with time and client id as text."""
    casts = "?::BIGINT, ?::TIMESTAMPTZ, ?, ?, ?::UUID, ?"
    for start in range(0, len(rows), NOTES):
        some = rows[start : start + NOTES]
        cur.execute("INSERT INTO revisions VALUES " + ", ".join([f"({casts})"] * len(some)), [value for row in some for value in row])


def _arrow(rows: list[Row], table: dict[str, str]) -> pa.Table:
    import pyarrow as pa

    kinds = {
        "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "FLOAT": pa.float32(),
        "BOOLEAN": pa.bool_(), "DOUBLE[]": pa.list_(pa.float64()), "DOUBLE[][]": pa.list_(pa.list_(pa.float64())),
        "VARCHAR[]": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds[kind]) for name, kind in table.items()]))


def _insert(cur: duckdb.DuckDBPyConnection, name: str, rows: list[Row], table: dict[str, str]) -> None:
    if not rows:
        return
    if len(rows) > FEW:
        cur.register("fresh", _arrow(rows, table))
        cur.execute(f"INSERT INTO {name} SELECT * FROM fresh")
        cur.unregister("fresh")
        return
    names = [column for column in table if any(row[column] is not None for row in rows)]  # fewer parameters are faster
    one = "(" + ", ".join(_mark(table[column]) for column in names) + ")"
    values: list[Any] = [row[column] for row in rows for column in names]
    cur.execute(f"INSERT INTO {name}({_quoted(names)}) VALUES " + ", ".join([one] * len(rows)), values)


def _mark(kind: str) -> str:
    return f"?::{kind}" if "[]" in kind else "?"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _update(cur: duckdb.DuckDBPyConnection, changed: list[tuple[Row, Row]]) -> None:
    """Set what differs. Lists are left out where none changes: an UPDATE of a list column rewrites the row elsewhere."""
    if not changed:
        return
    names = [name for name in LABELS if any(old[name] != row[name] for old, row in changed)]
    if len(changed) > FEW:
        cur.register("fresh", _arrow([row for _, row in changed], LABELS))
        _update_from(cur, names, "fresh", "true", [])
        cur.unregister("fresh")
        return
    rows = {row["id"]: row for _, row in changed}
    for group in runs(rows):
        if len(group) == 1:
            settings = ", ".join(f'"{name}" = {_mark(LABELS[name])}' for name in names)
            cur.execute(f"UPDATE labels SET {settings} WHERE id = {group[0]:d}", [rows[group[0]][name] for name in names])
        else:
            _update_group(cur, names, [rows[number] for number in group])


def _update_group(cur: duckdb.DuckDBPyConnection, names: list[str], rows: list[Row]) -> None:
    """Several rows whose ids lie close together, in one pruned scan."""
    one = "(" + ", ".join(f"?::{LABELS[name]}" for name in ["id", *names]) + ")"
    source = f"(VALUES {', '.join([one] * len(rows))}) fresh({_quoted(['id', *names])})"
    where = f"labels.id BETWEEN {rows[0]['id']:d} AND {rows[-1]['id']:d}"
    _update_from(cur, names, source, where, [row[name] for row in rows for name in ["id", *names]])


def _update_from(cur: duckdb.DuckDBPyConnection, names: list[str], source: str, where: str, values: list[Any]) -> None:
    settings = ", ".join(f'"{name}" = fresh."{name}"' for name in names)
    cur.execute(f"UPDATE labels SET {settings} FROM {source} WHERE labels.id = fresh.id AND {where}", values)


def _delete(cur: duckdb.DuckDBPyConnection, ids: list[int]) -> None:
    if len(ids) == 1:
        cur.execute(f"DELETE FROM labels WHERE id = {ids[0]:d}")
    elif ids:
        cur.execute("DELETE FROM labels WHERE id IN (SELECT unnest(?::BIGINT[]))", [ids])


def _tag(cur: duckdb.DuckDBPyConnection, tagged: list[tuple[int, int, list[str]]]) -> None:
    """A sample whose tags change is closed and goes on as a new row, so that earlier revisions keep the old tags."""
    for revision in sorted({revision for _, revision, _ in tagged}):
        fresh = [{"id": sample, "tags": tags} for sample, at, tags in tagged if at == revision]
        cur.register("fresh", _arrow(fresh, {"id": "BIGINT", "tags": "VARCHAR[]"}))
        cur.execute(
            "INSERT INTO samples SELECT s.* REPLACE (f.tags AS tags, ? AS since) FROM samples s JOIN fresh f ON s.id = f.id"
            " WHERE s.until IS NULL",
            [revision],
        )
        cur.execute(
            "UPDATE samples SET until = ? WHERE until IS NULL AND since < ? AND id IN (SELECT id FROM fresh)",
            [revision, revision],
        )
        cur.unregister("fresh")
