"""What goes from a dataset while the rest of it stays: samples, classes, and former names and texts, which others take the place of.

The file is written anew without it, under a new key; a dataset in memory is changed where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.store.database import quoted
from comexp_lab.store.erase import rewrite
from comexp_lab.store.keys import KeyStore
from comexp_lab.store.swap import Swap, each_text
from comexp_lab.store.tombstones import Tombstones

if TYPE_CHECKING:
    import duckdb

    from comexp_lab.store.live import Live

GONE = {  # table: the rows of it that go with what is in the temporary tables ``gone`` (samples) and ``gone_classes``
    "samples": "id IN (FROM gone)",
    "labels": 'sample IN (FROM gone) OR "class" IN (FROM gone_classes)',
    "history": 'sample IN (FROM gone) OR "class" IN (FROM gone_classes)',
    "blobs": "id IN (FROM gone_blobs)",
    "meta": "key IN ('last_label', 'last_sample')",
}
NEW = "coalesce(map_extract(map($1::BIGINT[], $2::VARCHAR[]), id::BIGINT)[1], name)"
RENAMED = {  # table: its columns that change where a name does; what an import kept of a sample may name its file
    "samples": {
        "name": NEW,
        "meta": f"""replace(replace(meta, '"' || name || '"', '"' || {NEW} || '"'), '/' || name || '"', '/' || {NEW} || '"')""",
    },
    "classes": {"name": NEW},
}
JSON = {"tags": '["VARCHAR"]', "message": '"VARCHAR"'}  # columns that are no JSON, and their shape as such
WRITTEN = {"labels": ("attributes",), "history": ("attributes",), "samples": ("meta", "tags"), "revisions": ("message",)}  # by people
NEUTRAL = "corrected"


@dataclass(frozen=True)
class Reworded:
    """A text that takes the place of a former one in what people wrote into labels.

    In one attribute, or (empty) in all of them and in what is said of samples and changes; in labels of some classes or samples, or of all.
    """

    former: str
    new: str
    attribute: str = ""
    classes: list[int] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)

    def change(self, document: str) -> str:
        return each_text(document, Swap(self.former, self.new).text, [self.attribute] if self.attribute else ())

    def where(self, table: str) -> str:
        """SQL: which rows of a table are meant; many of them do not hold the text."""
        numbers = {"labels": "sample", "history": "sample", "samples": "id"}
        within = [f"{numbers[table]} IN ({_listed(self.samples)})"] if self.samples and table in numbers else []
        if self.classes or (self.samples and table not in numbers):
            within.append(f'"class" IN ({_listed(self.classes)})' if table in ("labels", "history") else "false")
        return " AND ".join(within) or "true"

    def holds(self, column: str) -> str:
        """SQL: whether a column may hold the text, which may be written with escapes."""
        return f"(contains({column}, {quoted(self.former)}) OR contains({column}, '\\'))"


@dataclass(frozen=True)
class Neutral:
    """The same in a file that came back from a backup: what stood there is known no more, only in which rows."""

    labels: list[int]
    samples: list[int]
    revisions: list[int]
    is_meant: Callable[[str], bool] | None  # an attribute; None: all

    def change(self, document: str) -> str:
        if self.is_meant is None:
            return each_text(document, lambda text: NEUTRAL)
        known = json.loads(document)
        return each_text(document, lambda text: NEUTRAL, list(filter(self.is_meant, _keys(known))) or [""])

    def where(self, table: str) -> str:
        column = "revision" if table == "revisions" else "id"
        return f"{column} IN ({_listed({'samples': self.samples, 'revisions': self.revisions}.get(table, self.labels))})"

    def holds(self, column: str) -> str:
        return "true"


@dataclass(frozen=True)
class Doomed:
    """What goes from a dataset: samples (with the frames of videos), classes with all their labels, former names and texts.

    ``sample_names`` and ``class_names`` are the names that take the place of those, by number.
    """

    samples: list[int] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)
    sample_names: dict[int, str] = field(default_factory=dict)
    class_names: dict[int, str] = field(default_factory=dict)
    texts: Sequence[Reworded | Neutral] = field(default_factory=list)

    def names(self, table: str) -> dict[int, str]:
        return {"samples": self.sample_names, "classes": self.class_names}.get(table, {})

    def changed(self, table: str) -> tuple[dict[str, str], list[Any]]:
        """What takes the place of columns of a table, in SQL, and the values in it."""
        names = self.names(table)
        found = dict(RENAMED[table]) if names else {}
        for number, text in enumerate(self.texts):
            for column in WRITTEN.get(table, ()):
                now, shape = found.get(column, column), JSON.get(column)
                said, meant = _said(text, table, column, now)
                other = f"reworded_{number}({said})"
                other = f"from_json({other}, '{shape}')" if shape else other
                found[column] = f"CASE WHEN {meant} THEN {other} ELSE {now} END"
        return found, [[*names], [*names.values()]] if names else []


def _said(text: Reworded | Neutral, table: str, column: str, now: str) -> tuple[str, str]:
    """SQL: what a column, that is ``now``, says as JSON or text, and whether it may hold the text."""
    said = f"to_json({now})::VARCHAR" if column in JSON else now
    return said, f"{column} IS NOT NULL AND {text.where(table)} AND {text.holds(said)}"


def reworded(text: Reworded, read: Callable[[str], Sequence[dict[str, Any]]]) -> dict[str, list[int]]:
    """Numbers of the labels, samples and revisions that hold a former text, in some state of theirs."""
    found: dict[str, list[int]] = {}
    for table, columns in WRITTEN.items():
        number = "revision" if table == "revisions" else "id"
        for column in columns:
            said, meant = _said(text, table, column, column)
            rows = read(f"SELECT {number} AS id, {said} AS said FROM {table} WHERE {meant}")
            kind = "labels" if table == "history" else table
            found[kind] = sorted({*found.get(kind, ()), *(row["id"] for row in rows if text.change(row["said"]) != row["said"])})
    return found


def erase_parts(keys: KeyStore, tombstones: Tombstones, owner: str, file: Path, doomed: Doomed) -> list[str]:
    """Rewrite a closed, checkpointed dataset without ``doomed`` under a new key; the blobs to unlink."""
    held: list[dict[str, Any]] = []

    def copy(con: duckdb.DuckDBPyConnection) -> list[str]:
        held.extend(_held(con, doomed, tombstones))
        return _copy_rest(con, doomed)

    def bury(epoch: int) -> None:
        lists = {kind: [*getattr(doomed, kind)] for kind in ("samples", "classes", "sample_names", "class_names")}
        tombstones.bury_parts(owner, epoch, **lists, texts=held)

    return rewrite(keys, owner, file, copy, bury)


def _held(con: duckdb.DuckDBPyConnection, doomed: Doomed, tombstones: Tombstones) -> list[dict[str, Any]]:
    """Where former texts stand, in numbers."""

    def read(query: str) -> list[dict[str, Any]]:
        found = con.execute(query.replace(" FROM ", " FROM old.", 1))
        return [dict(zip(("id", "said"), row, strict=True)) for row in found.fetchall()]

    texts = [text for text in doomed.texts if isinstance(text, Reworded)]
    return [reworded(text, read) | {"attribute": tombstones.mark(text.attribute) if text.attribute else ""} for text in texts]


def erase_again(keys: KeyStore, tombstones: Tombstones, owner: str, file: Path) -> tuple[list[str], list[tuple[str, str]]] | None:
    """The same for a closed file that came back from a backup and holds what was erased since; None if it does not.

    The blobs to unlink, and what was replaced: what names were corrected to is not remembered, so they become neutral.
    """
    parts, clean = tombstones.parts(owner, keys.epochs(owner)[0][0])
    if not any(parts.values()):
        return None
    texts = [
        Neutral(held["labels"], held["samples"], held["revisions"], _marked(tombstones, held["attribute"])) for held in parts.pop("texts")
    ]
    sample_names, class_names = ({number: f"{NEUTRAL} {number}" for number in parts[kind]} for kind in ("sample_names", "class_names"))
    doomed = Doomed(parts["samples"], parts["classes"], sample_names, class_names, texts)
    former: list[tuple[str, str]] = []

    def copy(con: duckdb.DuckDBPyConnection) -> list[str]:
        for table in RENAMED:
            rows = con.execute(f"SELECT name, id FROM old.{table} WHERE id IN ({_listed(doomed.names(table))})").fetchall()
            former.extend((name, doomed.names(table)[number]) for name, number in rows)
        return _copy_rest(con, doomed)

    return rewrite(keys, owner, file, copy, epoch=clean), former


def _marked(tombstones: Tombstones, mark: str) -> Callable[[str], bool] | None:
    return (lambda attribute: tombstones.mark(attribute) == mark) if mark else None


def delete_parts(live: Live, doomed: Doomed) -> list[str]:
    """The same for a dataset in memory, where deleting is enough."""
    with live.alone():
        with live.db.transaction() as cur, _rewording(cur, doomed):
            _mark(cur, doomed, "d")
            for table, rows in GONE.items():
                cur.execute(f"DELETE FROM {table} WHERE {rows}")
            for table in {*RENAMED, *WRITTEN}:
                columns, values = doomed.changed(table)
                if columns:
                    cur.execute(f"UPDATE {table} SET {', '.join(f'{column} = {value}' for column, value in columns.items())}", values)
            _blank_classes(cur)
            blobs = [blob for (blob,) in cur.execute("FROM gone_blobs").fetchall()]
            for table in ("gone", "gone_blobs", "gone_classes"):
                cur.execute(f"DROP TABLE {table}")
        live.reload()
    return blobs


def _blank_classes(con: duckdb.DuckDBPyConnection) -> None:
    """Erased classes keep their number, because the others' are the index of models, and nothing else."""
    con.execute(
        "UPDATE classes SET name = 'erased ' || id, supercategory = NULL, color = NULL, keypoints = NULL, skeleton = NULL, external = NULL"
        " WHERE id IN (FROM gone_classes)"
    )


def _mark(con: duckdb.DuckDBPyConnection, doomed: Doomed, where: str) -> None:
    """Put the samples (and the frames of videos) into ``gone``, and what blobs only they use into ``gone_blobs``."""
    con.execute("CREATE TEMP TABLE gone_classes AS SELECT unnest($1::INTEGER[]) AS id", [doomed.classes])
    con.execute(
        f"CREATE TEMP TABLE gone AS SELECT DISTINCT id FROM {where}.samples WHERE id IN (SELECT unnest($1::BIGINT[]))"
        " OR video IN (SELECT unnest($1::BIGINT[]))",
        [doomed.samples],
    )
    con.execute(
        f"CREATE TEMP TABLE gone_blobs AS WITH held AS (SELECT id, unnest([blob, thumb]) AS blob FROM {where}.samples)"
        " SELECT DISTINCT blob FROM held WHERE blob IS NOT NULL AND id IN (FROM gone)"
        " AND blob NOT IN (SELECT blob FROM held WHERE blob IS NOT NULL AND id NOT IN (FROM gone))"
    )


def _copy_rest(con: duckdb.DuckDBPyConnection, doomed: Doomed) -> list[str]:
    _mark(con, doomed, "old")
    tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY 1").fetchall()
    with _rewording(con, doomed):
        for (table,) in tables:
            rest = f"FROM old.{table} WHERE NOT coalesce({GONE.get(table, 'false')}, false)"
            columns, values = doomed.changed(table)
            if columns:  # the former ones never get into the new file
                new = ", ".join(f"{value} AS {column}" for column, value in columns.items())
                con.execute(f"CREATE TABLE {table} AS SELECT * REPLACE ({new}) {rest}", values)
            else:
                con.execute(f"CREATE TABLE {table} AS {rest}")
    con.execute(
        "INSERT INTO meta SELECT 'last_sample', max(id)::VARCHAR FROM (SELECT id FROM old.samples UNION ALL"
        "     SELECT try_cast(value AS BIGINT) FROM old.meta WHERE key = 'last_sample') UNION ALL SELECT 'last_label', max(id)::VARCHAR"
        " FROM (SELECT id FROM old.labels UNION ALL SELECT id FROM old.history UNION ALL"
        "       SELECT try_cast(value AS BIGINT) FROM old.meta WHERE key = 'last_label')"
    )
    _blank_classes(con)
    return [blob for (blob,) in con.execute("FROM gone_blobs").fetchall()]


@contextmanager
def _rewording(con: duckdb.DuckDBPyConnection, doomed: Doomed) -> Iterator[None]:
    """While what changes texts can be called in SQL."""
    for number, text in enumerate(doomed.texts):
        con.create_function(f"reworded_{number}", text.change, ["VARCHAR"], "VARCHAR")
    yield
    for number in range(len(doomed.texts)):
        con.remove_function(f"reworded_{number}")


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(each)


def _listed(numbers: Any) -> str:
    return ", ".join(map(str, numbers)) or "NULL"
