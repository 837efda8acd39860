"""What the rights engine needs from the rest of the lab: jobs, FiftyOne, the folders of the owner."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasureOut, Purpose, RunKind, TrainIn
from comexp_lab.errors import Error
from comexp_lab.learn import manifest
from comexp_lab.rights import surroundings
from comexp_lab.transport import runtime_dir

if TYPE_CHECKING:
    from comexp_lab.service.lab import Lab

USES: dict[Purpose, tuple[RunKind, ...]] = {"train": ("train",), "predict": ("predict",), "evaluate": ("evaluate",), "export": ("export",)}
ARCHIVES: tuple[RunKind, ...] = ("archive",)
OWN: tuple[RunKind, ...] = ("export", "archive")  # the owner takes his data away: he may, while it is frozen


class Hands:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None:
        self._lab.jobs.stop(dataset)
        for run in runs:
            self._lab.jobs.cancel(run)
        self._lab.jobs.stop(only=ARCHIVES)
        self._hide(dataset)
        self._clear_shelf(dataset)

    def let_go(self, dataset: str) -> None:
        self._lab.jobs.stop(dataset)
        self._hide(dataset)
        self._clear_shelf(dataset)
        self._lab.hub.publish("dataset", dataset=dataset, change="erased")

    def freeze(self, dataset: str) -> None:
        self._lab.jobs.stop(dataset, but=OWN)
        self._hide(dataset)
        self._lab.hub.publish("dataset", dataset=dataset, change="frozen")

    def stop_purpose(self, purpose: Purpose, dataset: str | None) -> None:
        if kinds := USES.get(purpose):
            self._lab.jobs.stop(dataset, only=kinds)
        if purpose == "browse":
            self._hide(dataset)

    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        """Each training once more on what is left of its view, with the settings it had. One that cannot be is told as a notice."""
        for training in trainings:
            params = training["params"] | {"model": training["model"]}
            params["view"] = params["view"] | {"at": None}
            try:
                wanted = TrainIn(**params)
                store = self._lab.workspace.dataset(training["dataset"], "train")
                revision, digest = manifest.pin(store, wanted.view, labelled=True)
            except (Error, ValueError) as error:
                self._lab.workspace.notices.append(f"The model {training['name']!r} could not be trained anew: {error}")
                continue
            params["view"]["at"] = revision
            self._lab.jobs.in_worker("train", store.id, f"Train {training['name']} anew, without what was erased", params, digest)

    def places(self) -> list[surroundings.Place]:
        """``$COMEXP_NOTEBOOKS``: where Jupyter's file browser begins, told by the extension that started the service."""
        root = os.environ.get("COMEXP_NOTEBOOKS")
        return surroundings.places(Path.home(), server_root=Path(root) if root else None, runtime=runtime_dir(self._lab.workspace.path))

    def _clear_shelf(self, dataset: str | None) -> None:
        """What waits in memory for ephemeral datasets goes with them; archives hold several."""
        archives = [run.id for run in self._lab.jobs.list() if run.kind in ARCHIVES]
        for each in [dataset] if dataset else [entry.id for entry in self._lab.workspace.datasets()]:
            self._lab.shelf.let_go(each, [run.id for run in self._lab.jobs.list(each)] + archives)

    def _hide(self, dataset: str | None) -> None:
        """Let FiftyOne forget a dataset (None: all of them)."""
        for each in [dataset] if dataset else [entry.id for entry in self._lab.workspace.datasets()]:
            self._lab.browse.forget(each)

    def tell(self, erasure: ErasureOut) -> None:
        self._lab.hub.publish("rights", dataset=erasure.dataset, erasure=erasure.id, status=erasure.status, message=erasure.message)
