"""Correcting a name or a text (GDPR Art. 16): the new one takes the place of the former one, which is then as gone as anything erased.

A correction is an erasure of the former value: it is planned, confirmed, carried out, searched for and certified like one.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasurePlanIn, InventoryRow
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.store.parts import Doomed, Reworded, reworded
from comexp_lab.store.swap import Swap, in_catalog, left_in_catalog

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace


@dataclass(frozen=True)
class Correction:
    """``stale``: what was made before and still has the former value."""

    former: str
    new: str
    doomed: Doomed
    rows: list[InventoryRow]
    stale: list[str] = field(default_factory=list)


def plan(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn) -> Correction:
    """What correcting a name or a text would change. Raises BadInput, NotFound, Conflict if the name is taken."""
    new, text = (wanted.to or "").strip(), wanted.text is not None
    if not new and not text:
        raise BadInput("Say what the name is to be.")
    of = _text if text else {"class": _class, "dataset": _dataset}.get(wanted.what, _sample)
    former, kind, items, doomed = of(workspace, store, wanted, new)
    if former == new:
        raise BadInput("That is what it says already: there is nothing to correct.")
    where = "memory only" if store.storage == "ephemeral" else "dataset, encrypted"
    row = InventoryRow(dataset=store.id, name=store.name, kind=kind, where=where, items=items, bytes=0)
    swap = swap_of(doomed, former, new)
    return Correction(former, new, doomed, [row], _stale(workspace, store, swap, models=wanted.what == "class" and not text))


def _dataset(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, int, Doomed]:
    if any(entry.name == new and entry.id != store.id for entry in workspace.datasets()):
        raise Conflict(f"There is already a dataset {new!r}: choose another name.")
    return store.name, "former name of a dataset", 1, Doomed()


def _class(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, int, Doomed]:
    numbers = {each.name: each.id for each in store.classes()}
    number = _number(store, numbers, wanted.class_name)
    if new in numbers and new != wanted.class_name:
        raise Conflict(f"There is already a class {new!r}: choose another name.")
    return wanted.class_name or "", "former name of a class", 1, Doomed(class_names={number: new})


def _number(store: DatasetStore, numbers: dict[str, int], name: str | None) -> int:
    if name not in numbers:
        raise NotFound(f"There is no class {name!r} in {store.name!r}: see the dataset's classes.")
    return numbers[name]


def _sample(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, int, Doomed]:
    if wanted.what != "samples" or len(wanted.samples) != 1:
        raise BadInput("A dataset's, a class's or one sample's name, a text in labels, or the e-mail address can be corrected: say which.")
    number = wanted.samples[0]
    former = store.sample(number).name
    if store.read("SELECT 1 FROM samples WHERE name = ? AND id <> ? AND until IS NULL", [new, number]).num_rows:
        raise Conflict(f"There is already a sample {new!r}: choose another name.")
    stem, new_stem = posixpath.splitext(former)[0], posixpath.splitext(new)[0]
    frames = store.read("SELECT DISTINCT id, name FROM samples WHERE video = ? AND starts_with(name, ?)", [number, stem]).to_pylist()
    names = {frame["id"]: new_stem + frame["name"].removeprefix(stem) for frame in frames}
    return former, "former name of a sample", 1, Doomed(sample_names={number: new, **names})


def _text(workspace: Workspace, store: DatasetStore, wanted: ErasurePlanIn, new: str) -> tuple[str, str, int, Doomed]:
    former = (wanted.text or "").strip()
    if not former:
        raise BadInput("Say which text is wrong.")
    numbers = {each.name: each.id for each in store.classes()}
    classes = [_number(store, numbers, wanted.class_name)] if wanted.what == "class" else []
    text = Reworded(former, new, wanted.attribute or "", classes, wanted.samples if wanted.what == "samples" else [])
    found = _where(store, text)
    if not any(found.values()):
        raise NotFound(f"The text {former!r} stands in no label of {store.name!r}, as a whole word and with these capitals.")
    kind = next(kind for kind, numbers in found.items() if numbers)
    return former, f"{kind} with the former text", len(found[kind]), Doomed(texts=[text])


def _where(store: DatasetStore, text: Reworded) -> dict[str, list[int]]:
    return reworded(text, lambda query: store.read(query).to_pylist())


def _stale(workspace: Workspace, store: DatasetStore, swap: Swap, models: bool) -> list[str]:
    """Said without the former value."""
    runs = workspace.catalog.read(
        "SELECT title, created FROM runs WHERE (dataset = $1 AND kind = 'export' OR kind = 'archive' AND contains(params::VARCHAR, $1))"
        " AND status = 'succeeded' ORDER BY created, id",
        [store.id],
    )
    trained = workspace.catalog.read("SELECT name FROM models WHERE dataset = ? ORDER BY created, id", [store.id]) if models else []
    return [f"{swap.text(row['title'])} ({row['created']:%Y-%m-%d %H:%M})" for row in runs] + [f"model {row['name']}" for row in trained]


def swap_of(doomed: Doomed, former: str, new: str) -> Swap:
    """Names of classes and files stand in texts as a whole."""
    return Swap(former, new, of_file=bool(doomed.sample_names or doomed.class_names))


def carry_out(workspace: Workspace, dataset: str, doomed: Doomed, former: str, new: str) -> None:
    """Put the new value in the place of the former one; may be done again."""
    if doomed == Doomed():
        workspace.correct_name(dataset, former, new)
        return
    workspace.dataset(dataset, "erase").erase_parts(doomed)
    in_catalog(workspace.catalog, dataset, swap_of(doomed, former, new))


def gone(workspace: Workspace, dataset: str, doomed: Doomed, former: str, new: str) -> bool:
    """Whether the former value is nowhere any more."""
    if left_in_catalog(workspace.catalog, dataset, swap_of(doomed, former, new)):
        return False
    store = workspace.dataset(dataset, "erase")
    if doomed == Doomed():
        return store.name == new
    names: dict[str, dict[int, str]] = {"samples": doomed.sample_names, "classes": doomed.class_names}
    return not any(
        store.read(f"SELECT 1 FROM {table} WHERE id = ? AND name <> ?", [number, name]).num_rows
        for table, numbers in names.items()
        for number, name in numbers.items()
    ) and not any(any(_where(store, text).values()) for text in doomed.texts if isinstance(text, Reworded))


def sealed(doomed: Doomed) -> dict[str, Any]:
    """What is corrected, as JSON; :func:`unsealed` gives it back."""
    return {
        "sample_names": {str(number): name for number, name in doomed.sample_names.items()},
        "class_names": {str(number): name for number, name in doomed.class_names.items()},
        "texts": [vars(text) for text in doomed.texts],
    }


def unsealed(secret: dict[str, Any]) -> Doomed:
    samples, classes = ({int(number): name for number, name in secret.get(kind, {}).items()} for kind in ("sample_names", "class_names"))
    return Doomed(secret["samples"], secret["classes"], samples, classes, [Reworded(**text) for text in secret.get("texts", ())])
