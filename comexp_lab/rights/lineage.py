"""What saw the data: runs that read it, models that learned from it or from a model that did, files made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ViewSpec
from comexp_lab.errors import Error

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

READERS = ("train", "predict", "evaluate")


@dataclass(frozen=True)
class Lineage:
    """Ids. ``blobs``: files in the workspace's vault; ``trainings``: how the doomed models were trained, oldest first."""

    runs: list[str]
    models: list[str]
    blobs: list[str]
    bytes: int
    trainings: list[dict[str, Any]]


def of_dataset(workspace: Workspace, dataset: str) -> Lineage:
    """Everything that saw the dataset."""
    rows = workspace.catalog.read("SELECT id, kind, params FROM runs WHERE dataset = ? OR kind = 'archive' ORDER BY created, id", [dataset])
    return _closed(workspace, [row["id"] for row in rows], [dataset])


def of_samples(workspace: Workspace, store: DatasetStore, samples: list[int]) -> Lineage:
    """What saw any of the samples: trainings and the like by the version they were pinned to, and every file made from the dataset."""
    gone = set(samples)
    return _closed(workspace, [row["id"] for row in _runs(workspace, store.id) if _looked_at(store, row, gone)])


def of_class(workspace: Workspace, store: DatasetStore) -> Lineage:
    """What saw the class: it is in every version of the dataset, if only as a name."""
    return _closed(workspace, [row["id"] for row in _runs(workspace, store.id)])


def of_everything(workspace: Workspace) -> Lineage:
    runs = [row["id"] for row in workspace.catalog.read("SELECT id FROM runs ORDER BY created, id")]
    models = [row["id"] for row in workspace.catalog.read("SELECT id FROM models ORDER BY created, id")]
    blobs = workspace.catalog.read("SELECT id, bytes FROM blobs ORDER BY id")
    return Lineage(runs, models, [row["id"] for row in blobs], sum(row["bytes"] for row in blobs), [])


def base_of(training: dict[str, Any], others: list[dict[str, Any]]) -> str:
    """The weights from which to train anew: those of a doomed model are replaced by what that one began with."""
    by_model = {name: other for other in others for name in (other["model"], other["name"], f"{other['name']}.pt")}
    base, seen = training["params"]["model"], set[str]()
    while base in by_model and base not in seen:
        seen.add(base)
        base = by_model[base]["params"]["model"]
    return str(base)


def _runs(workspace: Workspace, dataset: str) -> list[dict[str, Any]]:
    return workspace.catalog.read("SELECT id, kind, params FROM runs WHERE dataset = ? OR kind = 'archive' ORDER BY created, id", [dataset])


def _looked_at(store: DatasetStore, row: dict[str, Any], gone: set[int]) -> bool:
    if row["kind"] not in READERS:
        return True  # imports name files, exports and archives hold them
    try:
        with store.reading(ViewSpec(**_loaded(row["params"])["view"])) as cur:
            return any(sample in gone for (sample,) in cur.execute("SELECT id FROM picked").fetchall())
    except (Error, KeyError):  # the version is not there any more: it may have seen them
        return True


def _closed(workspace: Workspace, runs: list[str], datasets: list[str] | None = None) -> Lineage:
    """With the models of those runs, the models and runs that came from these, and all their files."""
    models = workspace.catalog.read("SELECT id, name, run, dataset, blob FROM models ORDER BY created, id")
    all_runs = workspace.catalog.read("SELECT id, kind, dataset, params FROM runs ORDER BY created, id")
    doomed_runs, doomed = set(runs), {row["id"] for row in models if row["run"] in set(runs) or row["dataset"] in (datasets or ())}
    grown = True
    while grown:
        names = {name for row in models if row["id"] in doomed for name in (row["id"], row["name"], f"{row['name']}.pt")}
        heirs = {row["id"] for row in all_runs if row["kind"] in READERS and _loaded(row["params"]).get("model") in names}
        children = {row["id"] for row in models if row["run"] in heirs}
        grown = not (children <= doomed)
        doomed |= children
        doomed_runs |= {row["id"] for row in all_runs if row["id"] in heirs and row["kind"] == "train"}
    owners = [f"{kind}:{run}" for run in doomed_runs for kind in ("run", "download")] + [f"model:{model}" for model in doomed]
    blobs = workspace.catalog.read("SELECT id, bytes FROM blobs WHERE owner IN (SELECT unnest(?::VARCHAR[])) ORDER BY id", [owners])
    named = {row["run"]: row for row in models if row["id"] in doomed}
    trainings = [
        {"model": named[row["id"]]["id"], "name": named[row["id"]]["name"], "dataset": row["dataset"], "params": _loaded(row["params"])}
        for row in all_runs
        if row["kind"] == "train" and row["id"] in named
    ]
    return Lineage(
        [row["id"] for row in all_runs if row["id"] in doomed_runs],
        [row["id"] for row in models if row["id"] in doomed],
        [row["id"] for row in blobs],
        sum(row["bytes"] for row in blobs),
        trainings,
    )


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value or {}
