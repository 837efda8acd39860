"""A new text in the place of a former one: where it stands alone in a text, in a JSON document, in what the catalog says of a dataset."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comexp_lab.store.catalog import Catalog

TEXTS = {"runs": ("title", "message", "params", "result", "problem"), "models": ("classes",)}
DOCUMENTS: dict[str, Collection[str]] = {
    "params": ("view", "labels"),
    "result": (),
    "problem": (),
    "classes": (),
}  # what in them may say it
ARCHIVES = {"runs": "kind = 'archive'", "models": "false"}  # are of several datasets


@dataclass(frozen=True)
class Swap:
    """Does nothing where it was done before. ``of_file``: the last part of a path, so that "a.png" does not stand in "b-a.png"."""

    former: str
    new: str
    of_file: bool = False

    def text(self, text: str) -> str:
        return _pattern(self).sub(lambda _: self.new, text)

    def document(self, text: str, under: Collection[str] = ()) -> str:
        """In the strings of a JSON document, or in those under some of its keys only; the same text if there is nothing to change."""
        return each_text(text, self.text, under, keys=not under)


def _pattern(swap: Swap) -> re.Pattern[str]:
    before, after = (r"[\w.-]", r"[\w-]") if swap.of_file else (r"\w", r"\w")
    names = [name for name in (swap.new, swap.former) if name]
    alone = (f"(?<!{before})" * _has_edges(name[0]) + re.escape(name) + f"(?!{after})" * _has_edges(name[-1]) for name in names)
    return re.compile("|".join(alone))


def _has_edges(character: str) -> bool:
    """Whether words of its script are set apart: not so in Chinese and Japanese."""
    return not "\u2e80" <= character <= "\uffef"


def each_text(document: str, change: Callable[[str], str], under: Collection[str] = (), keys: bool = False) -> str:
    """A JSON document with its strings changed: all of them, or those under some keys; the same text if none is."""
    before = json.loads(document)
    after = _walked(before, change, under, not under, keys)
    return document if after == before else json.dumps(after, ensure_ascii=False)


def _walked(value: Any, change: Callable[[str], str], under: Collection[str], inside: bool, keys: bool) -> Any:
    if isinstance(value, dict):
        return {(change(key) if keys else key): _walked(each, change, under, inside or key in under, keys) for key, each in value.items()}
    if isinstance(value, list):
        return [_walked(each, change, under, inside, keys) for each in value]
    return change(value) if inside and isinstance(value, str) else value


def in_catalog(catalog: Catalog, dataset: str, swap: Swap) -> None:
    """Put the new text where the former one stands in runs of a dataset, their logs, and the models that came of it."""
    for table, id, values in _rows(catalog, dataset, swap):
        settings = ", ".join(f"{column} = ?" for column in values)
        catalog.write(f"UPDATE {table} SET {settings} WHERE id = ?", [*values.values(), id], reserve=True)
    for run, line, changed in _lines(catalog, dataset, swap):
        catalog.write("UPDATE run_log SET line = ? WHERE run = ? AND line = ?", [changed, run, line], reserve=True)


def texts(catalog: Catalog, dataset: str) -> Iterator[str]:
    """All in which the catalog speaks of a dataset: what ``in_catalog`` changes, settings that are no texts left out."""
    for table, columns in TEXTS.items():
        for row in catalog.read(f"SELECT {', '.join(columns)} FROM {table} WHERE dataset = ? OR {ARCHIVES[table]}", [dataset]):
            for column in columns:
                if row[column]:
                    yield from _strings(row[column], DOCUMENTS[column]) if column in DOCUMENTS else [row[column]]
    lines = catalog.read("SELECT DISTINCT l.line FROM run_log l JOIN runs r ON r.id = l.run WHERE r.dataset = ?", [dataset])
    yield from (row["line"] for row in lines)


def _strings(document: str, under: Collection[str]) -> list[str]:
    found = list[str]()

    def look(text: str) -> str:
        found.append(text)
        return text

    each_text(document, look, under, keys=not under)
    return found


def left_in_catalog(catalog: Catalog, dataset: str, swap: Swap) -> bool:
    return bool(_rows(catalog, dataset, swap) or _lines(catalog, dataset, swap))


def _rows(catalog: Catalog, dataset: str, swap: Swap) -> list[tuple[str, str, dict[str, str]]]:
    """(table, id, new values by column) of rows in which the former text stands."""
    found = []
    for table, columns in TEXTS.items():
        for row in catalog.read(f"SELECT id, {', '.join(columns)} FROM {table} WHERE dataset = ? OR {ARCHIVES[table]}", [dataset]):
            texts = {column: row[column] for column in columns if row[column]}
            changed = {
                column: swap.document(text, DOCUMENTS[column]) if column in DOCUMENTS else swap.text(text) for column, text in texts.items()
            }
            if values := {column: text for column, text in changed.items() if text != texts[column]}:
                found.append((table, row["id"], values))
    return found


def _lines(catalog: Catalog, dataset: str, swap: Swap) -> list[tuple[str, str, str]]:
    """(run, line, new line) of logs in which the former text stands."""
    rows = catalog.read(
        "SELECT DISTINCT l.run, l.line FROM run_log l JOIN runs r ON r.id = l.run WHERE r.dataset = ? AND contains(l.line, ?)",
        [dataset, swap.former],
    )
    return [(row["run"], row["line"], swap.text(row["line"])) for row in rows if swap.text(row["line"]) != row["line"]]
