"""The lab: datasets, models, runs and rights of one workspace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from comexp_lab import transport
from comexp_lab.api import DatasetCreate, DatasetOut, LabInfo, ModelImport, ModelOut, RunOut, Settings, Storage
from comexp_lab.client.connection import Connection, body, whole_path
from comexp_lab.client.dataset import Dataset, to_import
from comexp_lab.client.model import Model
from comexp_lab.client.reports import CheckResult, ImportResult
from comexp_lab.client.rights import Rights
from comexp_lab.client.run import SHORT, Run
from comexp_lab.client.show import Listing, forgiving
from comexp_lab.errors import NotFound


def open(workspace: str | Path | None = None) -> Lab:
    """Open a workspace; starts its lab service if none runs.

    Without an argument it is the workspace of this Jupyter server (or ``$COMEXP_WORKSPACE``), else ``./workspace``.
    """
    path = Path(whole_path(workspace)) if workspace is not None else transport.default_workspace()
    return Lab(Connection(path))


def _addressable(name: object) -> bool:
    """Whether a name can be a part of an address as it is; "a/b" and ".." cannot."""
    return isinstance(name, str) and "/" not in name and bool(name.strip("."))


class Lab:
    """One workspace. ``lab.datasets``, ``lab.models``, ``lab.runs`` list what it holds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.info = connection.get("/lab", LabInfo)
        for notice in self.info.notices:
            print(f"Recovered at start: {notice}")

    @property
    def workspace(self) -> Path:
        return self._connection.workspace

    @property
    def datasets(self) -> Listing[Dataset]:
        """All datasets; ``lab.datasets["street"]`` is the one of that name."""
        found = [Dataset(self._connection, entry) for entry in self._connection.get_list("/datasets", DatasetOut)]
        empty = "No datasets yet: lab.create_dataset('name')"
        return Listing("dataset", found, ["dataset", "samples", "labels", "classes"], Dataset._row, empty)

    def dataset(self, name: str) -> Dataset:
        """A dataset by name or id; NotFound names the one that was probably meant."""
        if _addressable(name):
            with suppress(NotFound):
                return Dataset(self._connection, self._connection.get(f"/datasets/{transport.quoted(name)}", DatasetOut))
        return self.datasets[str(name)]

    def create_dataset(self, name: str, storage: Storage = "retained", *, exist_ok: bool = False) -> Dataset:
        """A new, empty dataset: ``retained`` until you erase it, or ``ephemeral``: in memory only."""
        if exist_ok and (found := self._find(name)) is not None:
            return found
        made = self._connection.send("POST", "/datasets", body(DatasetCreate, name=name, storage=storage), DatasetOut)
        return Dataset(self._connection, made)

    def _find(self, name: str) -> Dataset | None:
        return next((dataset for dataset in self.datasets if dataset.name == name), None)

    def add(
        self,
        dataset: str,
        *sources: str | Path,
        labels: str | Path | None = None,
        format: str | None = None,
        split: str | None = None,
        keep_gps: bool = False,
    ) -> ImportResult:
        """As ``Dataset.add``, by name; a dataset that is new is made, and goes again if the import is refused."""
        found = self._find(dataset)
        wanted = to_import(sources, labels, format=format, split=split, keep_gps=keep_gps, made=found is None)
        return (self.create_dataset(dataset) if found is None else found)._import(wanted)

    @property
    def models(self) -> Listing[Model]:
        """All models, newest first; ``lab.models["street-yolo11n"]`` is the newest of that name."""
        found = [Model(self._connection, entry) for entry in self._connection.get_list("/models", ModelOut)]
        empty = "No models yet: ds.fine_tune() makes one, lab.import_model('weights.pt') brings one in"
        return Listing("model", found, ["model", "task", "classes", "mAP50"], Model._row, empty)

    def model(self, name: str) -> Model:
        """A model by name or id; NotFound names the one that was probably meant."""
        if _addressable(name):
            with suppress(NotFound):
                return Model(self._connection, self._connection.get(f"/models/{transport.quoted(name)}", ModelOut))
        return self.models[str(name)]

    def import_model(self, path: str | Path, name: str | None = None) -> Model:
        """Take a plain Ultralytics checkpoint in. It is converted in a sandbox, never unpickled as it is."""
        wanted = body(ModelImport, path=whole_path(path), name=name)
        return Model(self._connection, self._connection.send("POST", "/models/import", wanted, ModelOut))

    @property
    def runs(self) -> Listing[Run]:
        """All runs, newest first; ``lab.runs["33a6b849"]`` is the one whose id begins so."""
        found = [Run(self._connection, entry) for entry in self._connection.get_list("/runs", RunOut)]
        return Listing("run", found, ["run", "", "status", "started", "message"], Run._row, "Nothing has run yet")

    def run(self, id: str) -> Run:
        """A run by its id, or the beginning of it: attach again from any cell, at any time."""
        if _addressable(id):
            with suppress(NotFound):
                return Run(self._connection, self._connection.get(f"/runs/{transport.quoted(id)}", RunOut))
        return self.runs[str(id)[:SHORT]]

    @property
    def rights(self) -> Rights:
        return Rights(self._connection)

    def check(self) -> CheckResult:
        """Read every stored file and say which are missing, damaged or unknown. Nothing is changed."""
        run = Run(self._connection, RunOut.model_validate_json(self._connection.request("POST", "/check").content))
        return CheckResult.model_validate(run.show().result)

    @property
    def settings(self) -> Settings:
        return self._connection.get("/settings", Settings)

    def allow_downloads(self, allowed: bool = True) -> None:
        """Allow (or forbid) fetching Ultralytics' published weights by name. Off unless you say so."""
        self._connection.send("PUT", "/settings", body(Settings, allow_downloads=allowed), Settings)

    @forgiving
    def __repr__(self) -> str:
        return f"Lab({str(self.workspace)!r}: {len(self.datasets)} datasets, {len(self.models)} models)"

    @forgiving
    def _repr_html_(self) -> str:
        return self.datasets.as_table(f" in {self.workspace.name}")
