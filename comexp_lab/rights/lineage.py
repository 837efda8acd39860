"""What saw the data: runs that read it, models that learned from it or from a model that did, files made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ViewSpec
from comexp_lab.errors import Error

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

READERS = ("train", "predict", "evaluate")
OPEN = ("queued", "running")


@dataclass(frozen=True)
class Lineage:
    """Ids. ``blobs``: files in the workspace's vault; ``trainings``: how the doomed models were trained, oldest first.

    ``open``: runs that have not ended, of those that go and of those that use a model that goes.
    """

    runs: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)
    bytes: int = 0
    trainings: list[dict[str, Any]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def of_dataset(workspace: Workspace, dataset: str) -> Lineage:
    """Everything that saw the dataset."""
    return _closed(workspace, [row["id"] for row in _runs(workspace, dataset)], dataset)


def of_samples(workspace: Workspace, store: DatasetStore, samples: list[int]) -> Lineage:
    """What saw any of the samples: trainings and the like by the version they were pinned to, and every file made from the dataset."""
    return _closed(workspace, [row["id"] for row in _runs(workspace, store.id) if _looked_at(store, row, samples)])


def of_class(workspace: Workspace, store: DatasetStore) -> Lineage:
    """What saw the class: it is in every version of the dataset, if only as a name."""
    return _closed(workspace, [row["id"] for row in _runs(workspace, store.id)])


def of_everything(workspace: Workspace) -> Lineage:
    runs = [row["id"] for row in workspace.catalog.read("SELECT id FROM runs ORDER BY created, id")]
    models = [row["id"] for row in workspace.catalog.read("SELECT id FROM models ORDER BY created, id")]
    blobs = workspace.catalog.read("SELECT id, bytes FROM blobs ORDER BY id")
    return Lineage(runs, models, [row["id"] for row in blobs], sum(row["bytes"] for row in blobs))


def users_of(workspace: Workspace, models: dict[str, str]) -> Lineage:
    """Runs that were begun with models that are gone by now (``models``: their names by their ids), and what came of them."""
    left = {name for row in workspace.catalog.read("SELECT name FROM models") for name in _names(row)[1:]}
    names = {name for id, name in models.items() for name in _names({"id": id, "name": name})} - left
    rows = workspace.catalog.read("SELECT id, kind, params, status FROM runs ORDER BY created, id")
    found = [row for row in rows if row["kind"] in READERS and _loaded(row["params"]).get("model") in names]
    seen = _closed(workspace, [row["id"] for row in found if row["kind"] == "train"])
    return replace(seen, open=[row["id"] for row in found if row["status"] in OPEN] + seen.open)


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


def _looked_at(store: DatasetStore, row: dict[str, Any], samples: list[int]) -> bool:
    if row["kind"] not in READERS:
        return True  # imports name files, exports and archives hold them
    try:
        with store.reading(ViewSpec(**_loaded(row["params"])["view"])) as cur:
            found = cur.execute(
                "WITH gone AS (SELECT unnest($1::BIGINT[]) AS id) SELECT 1 FROM picked WHERE id IN (FROM gone)"
                " OR id IN (SELECT id FROM samples WHERE video IN (FROM gone)) LIMIT 1",
                [samples],
            )
            return found.fetchone() is not None
    except (Error, KeyError):  # the version is not there any more: it may have seen them
        return True


def _closed(workspace: Workspace, runs: list[str], dataset: str | None = None) -> Lineage:
    """With the models of those runs, the models and runs that came from these, and all their files."""
    models = workspace.catalog.read("SELECT id, name, run, dataset, created FROM models ORDER BY created, id")
    all_runs = workspace.catalog.read("SELECT id, kind, dataset, params, status, created FROM runs ORDER BY created, id")
    used = {row["id"]: _meant(row, models) for row in all_runs if row["kind"] in READERS}
    doomed_runs = set(runs)
    doomed = {row["id"] for row in models if row["run"] in doomed_runs or (dataset is not None and row["dataset"] == dataset)}
    grown = True
    while grown:
        heirs = {row["id"] for row in all_runs if row["kind"] == "train" and not doomed.isdisjoint(used[row["id"]])}
        children = {row["id"] for row in models if row["run"] in heirs}
        grown = not (children <= doomed and heirs <= doomed_runs)
        doomed, doomed_runs = doomed | children, doomed_runs | heirs
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
        [
            row["id"]
            for row in all_runs
            if row["status"] in OPEN and (row["id"] in doomed_runs or not doomed.isdisjoint(used.get(row["id"], ())))
        ],
    )


def _meant(run: dict[str, Any], models: list[dict[str, Any]]) -> set[str]:
    """The model that a run used: by its id, else the newest of its name at that time."""
    wanted = _loaded(run["params"]).get("model")
    named = [row for row in models if wanted in _names(row)]
    before = [row for row in named if row["created"] <= run["created"]]
    exact = [row for row in named if row["id"] == wanted]
    return {row["id"] for row in exact or before[-1:] or named}


def _names(model: dict[str, Any]) -> list[str]:
    return [model.get("id", ""), model["name"], f"{model['name']}.pt"]


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value or {}
