"""Correcting a name (GDPR Art. 16): the new one takes the place of the former one, which is then as gone as anything erased.

A correction is an erasure of the former value: it is planned, confirmed, carried out, searched for and certified like one.
"""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasurePlanIn, InventoryRow
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.store.erase import Doomed

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

TEXTS = {"runs": ("title", "message", "params", "result", "problem"), "models": ("classes",)}
DOCUMENTS = ("params", "result", "problem", "classes")
ARCHIVES = {"runs": "kind = 'archive'", "models": "false"}  # are of several datasets


@dataclass(frozen=True)
class Correction:
    """``stale``: what was made before and still has the former name."""

    former: str
    new: str
    doomed: Doomed
    rows: list[InventoryRow]
    stale: list[str] = field(default_factory=list)


def plan(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn) -> Correction:
    """What correcting the name of a sample or class would change. Raises BadInput, NotFound, Conflict if the name is taken."""
    new = (wanted.to or "").strip()
    if not new:
        raise BadInput("Say what the name is to be.")
    former, kind, doomed = _class(store, wanted, new) if wanted.what == "class" else _sample(store, wanted, new)
    where = "memory only" if store.storage == "ephemeral" else "dataset, encrypted"
    row = InventoryRow(dataset=store.id, name=store.name, kind=kind, where=where, items=1, bytes=0)
    return Correction(former, new, doomed, [row], _stale(workspace, store, wanted.what == "class"))


def _class(store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, Doomed]:
    numbers = {each.name: each.id for each in store.classes()}
    if wanted.class_name not in numbers:
        raise NotFound(f"There is no class {wanted.class_name!r} in {store.name!r}: see the dataset's classes.")
    if new in numbers and new != wanted.class_name:
        raise Conflict(f"There is already a class {new!r}: choose another name.")
    return wanted.class_name, "former name of a class", Doomed(class_names={numbers[wanted.class_name]: new})


def _sample(store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, Doomed]:
    if wanted.what != "samples" or len(wanted.samples) != 1:
        raise BadInput("The name of one sample, of one class, or the e-mail address can be corrected: say which.")
    number = wanted.samples[0]
    former = store.sample(number).name
    if store.read("SELECT 1 FROM samples WHERE name = ? AND id <> ? AND until IS NULL", [new, number]).num_rows:
        raise Conflict(f"There is already a sample {new!r}: choose another name.")
    stem, new_stem = posixpath.splitext(former)[0], posixpath.splitext(new)[0]
    frames = store.read("SELECT DISTINCT id, name FROM samples WHERE video = ? AND starts_with(name, ?)", [number, stem]).to_pylist()
    names = {frame["id"]: new_stem + frame["name"].removeprefix(stem) for frame in frames}
    return former, "former name of a sample", Doomed(sample_names={number: new, **names})


def _stale(workspace: Workspace, store: DatasetStore, of_class: bool) -> list[str]:
    runs = workspace.catalog.read(
        "SELECT title, created FROM runs WHERE (dataset = $1 AND kind = 'export' OR kind = 'archive' AND contains(params::VARCHAR, $1))"
        " AND status = 'succeeded' ORDER BY created, id",
        [store.id],
    )
    models = workspace.catalog.read("SELECT name FROM models WHERE dataset = ? ORDER BY created, id", [store.id]) if of_class else []
    return [f"{row['title']} ({row['created']:%Y-%m-%d %H:%M})" for row in runs] + [f"model {row['name']}" for row in models]


def in_catalog(workspace: Workspace, dataset: str, former: str, new: str) -> None:
    """Put the new name where the former one stands in runs of a dataset, their logs, and the models that came of it."""
    for table, id, values in _rows(workspace, dataset, Swap(former, new)):
        settings = ", ".join(f"{column} = ?" for column in values)
        workspace.catalog.write(f"UPDATE {table} SET {settings} WHERE id = ?", [*values.values(), id], reserve=True)
    for run, line, changed in _lines(workspace, dataset, Swap(former, new)):
        workspace.catalog.write("UPDATE run_log SET line = ? WHERE run = ? AND line = ?", [changed, run, line], reserve=True)


def gone(workspace: Workspace, dataset: str, former: str, new: str, names: dict[str, dict[int, str]]) -> bool:
    """Whether the former name is nowhere any more. ``names``: the new ones by table and number."""
    if _rows(workspace, dataset, Swap(former, new)) or _lines(workspace, dataset, Swap(former, new)):
        return False
    store = workspace.dataset(dataset, "erase")
    return not any(
        store.read(f"SELECT 1 FROM {table} WHERE id = ? AND name <> ?", [number, name]).num_rows
        for table, numbers in names.items()
        for number, name in numbers.items()
    )


class Swap:
    """Puts a name where another stands alone or is the last part of a path; doing it again changes nothing."""

    def __init__(self, former: str, new: str) -> None:
        self.former, self._new = former, new
        alone = (rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in (new, former))
        self._pattern = re.compile("|".join(alone))

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda _: self._new, text)

    def document(self, text: str) -> str:
        """The same in all strings of a JSON document; the text itself if there is nothing to change."""
        before = json.loads(text)
        after = self._each(before)
        return text if after == before else json.dumps(after)

    def _each(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(key): self._each(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._each(each) for each in value]
        return self.text(value) if isinstance(value, str) else value


def _rows(workspace: Workspace, dataset: str, swap: Swap) -> list[tuple[str, str, dict[str, str]]]:
    """(table, id, new values by column) of rows of the catalog in which the former name stands."""
    found = []
    for table, columns in TEXTS.items():
        rows = workspace.catalog.read(f"SELECT id, {', '.join(columns)} FROM {table} WHERE dataset = ? OR {ARCHIVES[table]}", [dataset])
        for row in rows:
            texts = {column: row[column] for column in columns if row[column]}
            changed = {column: swap.document(text) if column in DOCUMENTS else swap.text(text) for column, text in texts.items()}
            if values := {column: text for column, text in changed.items() if text != texts[column]}:
                found.append((table, row["id"], values))
    return found


def _lines(workspace: Workspace, dataset: str, swap: Swap) -> list[tuple[str, str, str]]:
    """(run, line, new line) of logs in which the former name stands."""
    rows = workspace.catalog.read(
        "SELECT DISTINCT l.run, l.line FROM run_log l JOIN runs r ON r.id = l.run WHERE r.dataset = ? AND contains(l.line, ?)",
        [dataset, swap.former],
    )
    return [(row["run"], row["line"], swap.text(row["line"])) for row in rows if swap.text(row["line"]) != row["line"]]
