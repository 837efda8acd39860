"""Which samples a view means, at which revision, and what a page of them looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from comexp_lab.api import LabelOut, SampleOut, SamplePage, ViewSpec
from comexp_lab.errors import NotFound
from comexp_lab.store import sql
from comexp_lab.store.database import Database
from comexp_lab.store.rows import label_out, rows, sample_out

if TYPE_CHECKING:
    import duckdb

ASKED = (
    "SELECT id, min(asked) AS asked FROM"
    " (SELECT unnest(a) AS id, unnest(range(len(a))) AS asked FROM (SELECT ?::BIGINT[] AS a)) GROUP BY id"
)


def revision_of(cur: duckdb.DuckDBPyConnection, at: int | str | None) -> int | None:
    """The revision that ``at`` names; None means now. Raises NotFound."""
    if at is None:
        return None
    if isinstance(at, str):
        row = cur.execute("SELECT revision FROM versions WHERE name = ?", [at]).fetchone()
        if row is None:
            raise NotFound(f"There is no version {at!r}: see the versions of the dataset.")
        return int(row[0])
    if not 0 <= at <= newest(cur):
        raise NotFound(f"There is no revision {at}: the newest is {newest(cur)}.")
    return at


def newest(cur: duckdb.DuckDBPyConnection) -> int:
    """The newest revision, 0 before the first write."""
    row = cur.execute("SELECT coalesce(max(revision), 0) FROM revisions").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def reading(db: Database, view: ViewSpec | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read transaction with ``picked``, ``samples_now`` and ``labels_now`` for the view."""
    with db.transaction("READ ONLY") as cur:
        view = view or ViewSpec()
        at = revision_of(cur, view.at)
        define_now(cur, at)
        pick(cur, view, at)
        yield cur


def define_now(cur: duckdb.DuckDBPyConnection, at: int | None) -> None:
    samples = "until IS NULL" if at is None else f"since <= {at:d} AND (until IS NULL OR until > {at:d})"
    labels = "d.main.labels" if at is None else sql.labels_at(at)
    cur.execute(f"CREATE TEMP VIEW samples_now AS SELECT * FROM d.main.samples WHERE {samples}")
    cur.execute(f"CREATE TEMP VIEW labels_now AS SELECT * FROM {labels}")


def pick(cur: duckdb.DuckDBPyConnection, view: ViewSpec, at: int | None) -> None:
    """Fill the temporary table ``picked(id, position)``."""
    order = f"{sql.ordering(cur, view.order_by)}\n, samples.id" if view.order_by else "samples.id"
    if view.ids is not None and not view.order_by:
        order = "asked"
    limit = f"LIMIT {view.limit:d}" if view.limit is not None else ""
    source, params = _matching(cur, view, at)
    with sql.watched(cur):
        sql.execute(
            cur,
            "CREATE TEMP TABLE picked AS SELECT id, row_number() OVER () - 1 AS position FROM"
            f" ({source('samples.id')} ORDER BY {order} {limit} OFFSET {view.offset:d})",
            params,
        )


def _matching(cur: duckdb.DuckDBPyConnection, view: ViewSpec, at: int | None) -> tuple[Callable[[str], str], list[object]]:
    """(makes a query that selects something of all samples that match, its parameters)."""
    if view.ids is None and view.where is None and view.order_by is None:
        return lambda what: f"SELECT {what} FROM samples_now samples", []
    source, params = "samples", []  # type: tuple[str, list[object]]
    if view.ids is not None:
        source += f" JOIN ({ASKED}) USING (id)"
        params = [view.ids]
    where = f"WHERE ({sql.condition(cur, view.where)}\n)" if view.where else ""
    return lambda what: f"WITH {sql.views(at)} SELECT {what} FROM {source} {where}", params


def page(cur: duckdb.DuckDBPyConnection, view: ViewSpec) -> SamplePage:
    """The samples of ``picked`` with their labels."""
    total = total_of(cur, view)
    revision = revision_of(cur, view.at)
    if revision is None:
        revision = newest(cur)
    cur.execute("SELECT s.* FROM samples_now s JOIN picked p ON s.id = p.id ORDER BY p.position")
    found = rows(cur)
    labels = labels_of(cur)
    samples: list[SampleOut] = [sample_out(row, labels.get(row["id"], [])) for row in found]
    return SamplePage(total=total, revision=revision, samples=samples)


def total_of(cur: duckdb.DuckDBPyConnection, view: ViewSpec) -> int:
    """How many samples match, whatever the limit."""
    if view.limit is None and not view.offset:
        row = cur.execute("SELECT count(*) FROM picked").fetchone()
    elif view.ids is None and view.where is None:
        row = cur.execute("SELECT count(*) FROM samples_now").fetchone()
    else:
        source, params = _matching(cur, view, revision_of(cur, view.at))
        row = sql.execute(cur, source("count(*)"), params).fetchone()
    return int(row[0]) if row else 0


def labels_of(cur: duckdb.DuckDBPyConnection) -> dict[int, list[LabelOut]]:
    """The labels of the picked samples, by sample."""
    names = dict(cur.execute("SELECT id, name FROM classes").fetchall())
    cur.execute("SELECT * FROM labels_now WHERE sample IN (SELECT id FROM picked) ORDER BY id")
    found: dict[int, list[LabelOut]] = {}
    for row in rows(cur):
        found.setdefault(row["sample"], []).append(label_out(row, names[row["class"]]))
    return found
