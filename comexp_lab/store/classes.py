"""The classes of a dataset: numbered from 0 in order of creation, never renumbered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comexp_lab.api import ClassOut
from comexp_lab.errors import Conflict, NotFound
from comexp_lab.store.rows import class_out, rows

if TYPE_CHECKING:
    import duckdb


_NAMED = "name = 'erased ' || id"
# Only their numbers are left of them. Labels are looked at for classes of such a name alone: mostly there are none.
ERASED = f'{_NAMED} AND id NOT IN (SELECT "class" FROM labels WHERE "class" IN (SELECT id FROM classes WHERE {_NAMED}))'


def listed(cur: duckdb.DuckDBPyConnection, erased: bool = False) -> list[ClassOut]:
    """All classes in order, each with its number of labels; those ``erased``, too, for who counts them."""
    cur.execute(
        'WITH counted AS (SELECT "class" AS id, count(*) AS labels FROM labels GROUP BY ALL)'
        " SELECT c.*, coalesce(n.labels, 0) AS labels FROM classes c LEFT JOIN counted n USING (id)"
        f" WHERE {'true' if erased else f'NOT ({ERASED})'} ORDER BY c.id"
    )
    return [class_out(row) for row in rows(cur)]


def find(cur: duckdb.DuckDBPyConnection, name: str) -> int | None:
    row = cur.execute("SELECT id FROM classes WHERE name = ?", [name]).fetchone()
    return int(row[0]) if row else None


def find_or_make(cur: duckdb.DuckDBPyConnection, name: str) -> int:
    """The id of a class, made if it is not there yet."""
    known = find(cur, name)
    if known is not None:
        return known
    made = cur.execute("INSERT INTO classes(id, name) SELECT coalesce(max(id), -1) + 1, ? FROM classes RETURNING id", [name]).fetchone()
    assert made is not None
    return int(made[0])


def create(cur: duckdb.DuckDBPyConnection, name: str, color: str | None) -> int:
    """A new class, or the one that has the name already."""
    number = find_or_make(cur, name)
    cur.execute("UPDATE classes SET color = coalesce(color, ?) WHERE id = ?", [color, number])
    return number


def change(cur: duckdb.DuckDBPyConnection, number: int, name: str | None, color: str | None) -> None:
    """Rename or recolour; None leaves it. Raises NotFound, or Conflict if another class has the name."""
    if not cur.execute("SELECT 1 FROM classes WHERE id = ?", [number]).fetchone():
        raise NotFound(f"There is no class {number}.")
    if name is not None and find(cur, name) not in (None, number):
        raise Conflict(f"There is already a class {name!r}: choose another name.")
    cur.execute("UPDATE classes SET name = coalesce(?, name), color = coalesce(?, color) WHERE id = ?", [name, color, number])
