"""The user's SQL, fenced: one SELECT over four views, no files, no settings, no other tables, bounded in time and size.

DuckDB's own parser gives the syntax tree; every table and table function in it must be on the list. The views are
put in front as common table expressions, so nothing else can be named at all.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from comexp_lab.errors import BadInput
from comexp_lab.store.schema import LABELS, SAMPLES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TIMEOUT_S = 30.0
MAX_ROWS = 2_000_000
MAX_BYTES = 512 << 20
FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
REFS = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT"})
HIDDEN = {"blob", "thumb", "since", "until"}

_SAMPLE = ", ".join(f's."{name}"' for name in SAMPLES if name not in HIDDEN)
_LABEL = ", ".join('c.name AS "class"' if name == "class" else f'l."{name}"' for name in LABELS)


def views(at: int | None) -> str:
    """The WITH list of what users see at revision ``at``; None means now."""
    samples = "s.until IS NULL" if at is None else f"s.since <= {at:d} AND (s.until IS NULL OR s.until > {at:d})"
    now = "d.main.labels" if at is None else labels_at(at)
    past = "true" if at is None else f"l.since <= {at:d}"
    bodies = {
        "samples": f"SELECT {_SAMPLE} FROM d.main.samples s WHERE {samples}",
        "labels": f'SELECT {_LABEL} FROM {now} l JOIN d.main.classes c ON c.id = l."class"',
        "classes": "SELECT id, name, supercategory, color, keypoints, skeleton FROM d.main.classes",
        "history": f'SELECT {_LABEL}, l.until FROM d.main.history l JOIN d.main.classes c ON c.id = l."class" WHERE {past}',
    }
    return ", ".join(f"{name} AS NOT MATERIALIZED ({body})" for name, body in bodies.items())


def labels_at(at: int) -> str:
    """The labels as they were at revision ``at``, as a FROM item."""
    return (
        f"(SELECT * FROM d.main.labels WHERE since <= {at:d} UNION ALL"
        f" SELECT * EXCLUDE (until) FROM d.main.history WHERE since <= {at:d} AND until > {at:d})"
    )


def select(cur: duckdb.DuckDBPyConnection, query: str, at: int | None) -> pa.Table:
    """Run the user's query. Raises BadInput in one line for whatever is wrong with it."""
    import pyarrow as pa

    check(cur, query)
    with watched(cur):
        result = execute(cur, f"WITH {views(at)} SELECT * FROM (\n{query.rstrip().rstrip(';')}\n) LIMIT {MAX_ROWS + 1}")
        reader = result.to_arrow_reader(100_000)
        batches, size, count = [], 0, 0
        for batch in reader:
            batches.append(batch)
            size, count = size + batch.nbytes, count + batch.num_rows
            if size > MAX_BYTES or count > MAX_ROWS:
                raise BadInput(f"The result is too big (over {MAX_ROWS:,} rows or {MAX_BYTES >> 20} MB): add a LIMIT or aggregate.")
        return pa.Table.from_batches(batches, reader.schema)


def check(cur: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse whatever is not exactly one SELECT over the four views."""
    answer = cur.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    tree = orjson.loads(answer[0]) if answer else {}
    if tree.get("error"):
        if tree.get("error_type") == "not implemented":
            raise BadInput("Only one SELECT is allowed here: it reads samples, labels, classes and history.")
        raise BadInput(f"This SQL cannot be read: {one_line(tree.get('error_message', ''))}")
    if not tree["statements"]:
        raise BadInput("There is no query here: write one SELECT over samples, labels, classes or history.")
    if len(tree["statements"]) > 1:
        raise BadInput("Only one statement is allowed: leave out what follows the semicolon.")
    _check_tables(tree)


def _check_tables(tree: Any) -> None:
    allowed = {"samples", "labels", "classes", "history"} | {name.lower() for name in _ctes(tree)}
    for node in _nodes(tree):
        kind = node.get("type")
        if not isinstance(kind, str):
            continue
        if kind == "BASE_TABLE" and (node["schema_name"] or node["catalog_name"] or node["table_name"].lower() not in allowed):
            raise BadInput(f"There is no table {node['table_name']!r}: use samples, labels, classes or history.")
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"].lower() not in FUNCTIONS:
            raise BadInput(f"The function {node['function']['function_name']!r} is not allowed here.")
        if "sample" in node and "alias" in node and "class" not in node and kind not in REFS:
            raise BadInput("Only plain SELECTs are allowed here, not SHOW, DESCRIBE or SUMMARIZE.")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack += node.values()
        elif isinstance(node, list):
            stack += node


def _ctes(tree: Any) -> Iterator[str]:
    for node in _nodes(tree):
        if isinstance(node.get("cte_map"), dict):
            yield from (entry["key"] for entry in node["cte_map"]["map"])


_SHORT = re.compile(
    r"""(?P<quoted>"(?:[^"]|"")*") | \bEXISTS\s+labels\b
    | (?P<name>'(?:[^']|'')*')\s+(?P<not>NOT\s+)?IN\s+classes\b | (?P<text>'(?:[^']|'')*')""",
    re.IGNORECASE | re.VERBOSE,
)


def _long(match: re.Match[str]) -> str:
    if match["quoted"] or match["text"]:
        return match[0]
    if match["name"]:
        return f"{match['not'] or ''} EXISTS (SELECT 1 FROM labels WHERE labels.sample = samples.id AND labels.class = {match['name']})"
    return "EXISTS (SELECT 1 FROM labels WHERE labels.sample = samples.id)"


def expand(condition: str) -> str:
    """Write the shorthands ``EXISTS labels`` and ``'dog' IN classes`` out in full."""
    return _SHORT.sub(_long, condition)


def condition(cur: duckdb.DuckDBPyConnection, text: str) -> str:
    """A condition over ``samples``, checked to be one expression and written out in full. Raises BadInput."""
    text = expand(text)
    node = _only_node(cur, f"SELECT 1 FROM samples WHERE {text}\n")
    if node.get("where_clause") is None or node["modifiers"] or node["group_expressions"] or node["having"] or node["qualify"]:
        raise BadInput("A condition must be one expression over samples, such as \"split = 'val' AND NOT EXISTS labels\".")
    return text


def ordering(cur: duckdb.DuckDBPyConnection, text: str) -> str:
    """An ORDER BY list over ``samples``, checked. Raises BadInput."""
    text = expand(text)
    modifiers = _only_node(cur, f"SELECT 1 FROM samples ORDER BY {text}\n")["modifiers"]
    if [modifier["type"] for modifier in modifiers] != ["ORDER_MODIFIER"]:
        raise BadInput('An order must be columns or expressions over samples, such as "name DESC".')
    return text


def _only_node(cur: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    check(cur, query)
    answer = cur.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    node = orjson.loads(answer[0])["statements"][0]["node"] if answer else {}
    if node.get("type") != "SELECT_NODE":
        raise BadInput("A view is one condition over samples, not a whole query.")
    return node  # type: ignore[no-any-return]


def execute(cur: duckdb.DuckDBPyConnection, sql: str, params: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
    """Run SQL that contains the user's text; what DuckDB says against it becomes one line."""
    import duckdb

    try:
        return cur.execute(sql, params or [])
    except duckdb.InterruptException:
        raise BadInput(f"The query took longer than {TIMEOUT_S:.0f} s and was stopped: ask for less.") from None
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as error:
        raise BadInput(f"The query cannot be done: {one_line(str(error))}") from None


class watched:
    """Interrupts the cursor's query after ``TIMEOUT_S`` seconds."""

    def __init__(self, cur: duckdb.DuckDBPyConnection) -> None:
        self._timer = threading.Timer(TIMEOUT_S, cur.interrupt)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def one_line(message: str) -> str:
    """The first line of a DuckDB message, which names the trouble, with the names that it proposes instead."""
    first, *more = message.strip().split("\n")
    hint = more[0] if more and more[0].startswith(("Candidate", "Did you mean")) else ""
    return f"{first} {hint}".strip()[:300]
