"""Models and runs of an archive back into the catalog, under new ids, with their lineage to what was restored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from comexp_lab.errors import BadArchive
from comexp_lab.rights.archive.reading import Payload

if TYPE_CHECKING:
    from comexp_lab.store import Blob, Workspace

_ID = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass
class Learnt:
    """``datasets``, ``models``, ``runs``: old id to new id."""

    workspace: Workspace
    payload: Payload
    check_model: Callable[[bytes], object]
    datasets: dict[str, str]
    models: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)

    def restore(self) -> None:
        """First all ids, then the rows, in which old ids become new ones."""
        models = [self.payload.json(name) for name in self.payload.names if re.fullmatch(r"data/models/[^/]+\.json", name)]
        found = [match[1] for name in self.payload.names if (match := re.fullmatch(r"(data/runs/[^/]+)/run\.json", name))]
        runs = {folder: self.payload.json(f"{folder}/run.json") for folder in found}
        try:
            self.models = {model["id"]: uuid4().hex for model in models}
            self.runs = {run["id"]: uuid4().hex for run in runs.values()}
            for model in models:
                self._model(model)
            for folder, run in runs.items():
                self._run(folder, run)
        except (KeyError, TypeError, AttributeError):
            raise BadArchive("A model or run in the archive is not what it should be.") from None

    def _model(self, model: dict[str, Any]) -> None:
        data = self.payload.read(model["file"])
        self.check_model(data)
        number = self.models[model["id"]]
        blob = self._keep(data, f"model:{number}")
        row = {name: model[name] for name in ("name", "task", "created", "version")}
        row |= {"id": number, "bytes": blob.bytes, "sha256": blob.sha256, "blob": blob.id, "origin": self._now(model["origin"])}
        row |= {"run": self.runs.get(model["run"]), "dataset": self.datasets.get(model["dataset"])}
        self._insert("models", row | {name: json.dumps(model[name]) for name in ("classes", "metrics")})

    def _run(self, folder: str, run: dict[str, Any]) -> None:
        number = self.runs[run["id"]]
        row = {name: run[name] for name in ("kind", "title", "progress", "created", "started", "ended", "version")}
        row |= {name: self._now(json.dumps(run[name])) if run[name] is not None else None for name in ("params", "result", "problem")}
        row |= {"id": number, "dataset": self.datasets.get(run["dataset"]), "model": self.models.get(run["model"])}
        row |= {"status": "lost" if run["status"] in ("queued", "running") else run["status"], "message": self._now(run["message"])}
        self._insert("runs", row)
        for each in run["metrics"]:
            self._insert("run_metrics", {"run": number, "epoch": each["epoch"], "row": json.dumps(each["row"])})
        log = self.payload.read(f"{folder}/log.jsonl")
        for line in log.splitlines():
            self._insert("run_log", {"run": number, **{key: json.loads(line)[key] for key in ("at", "line")}})
        for each in run["files"]:
            blob = self._keep(self.payload.read(each["file"]), f"run:{number}")
            self._insert("run_files", {"run": number, "name": each["name"], "blob": blob.id, "facts": json.dumps(each["facts"])})

    def _now(self, text: str | None) -> str | None:
        """The same text with the new ids of what was restored."""
        new = self.datasets | self.models | self.runs
        return text and _ID.sub(lambda match: new.get(match[0], match[0]), text)

    def _keep(self, data: bytes, owner: str) -> Blob:
        blob = self.workspace.vault.put(data)
        self._insert("blobs", {"id": blob.id, "key": blob.key, "bytes": blob.bytes, "owner": owner})
        return blob

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        self.workspace.catalog.write(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    def undo(self) -> None:
        """Take everything back out."""
        catalog = self.workspace.catalog
        owners = [f"model:{each}" for each in self.models.values()] + [f"run:{each}" for each in self.runs.values()]
        for owner in owners:
            for row in catalog.read("SELECT id FROM blobs WHERE owner = ?", [owner]):
                catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
                self.workspace.vault.delete(row["id"])
        tables = {row["table_name"] for row in catalog.read("SELECT table_name FROM information_schema.tables")}
        for model in self.models.values():
            catalog.write("DELETE FROM models WHERE id = ?", [model])
        for run in self.runs.values():
            catalog.write("DELETE FROM runs WHERE id = ?", [run])
            for table in sorted({"run_metrics", "run_log", "run_files"} & tables):
                catalog.write(f"DELETE FROM {table} WHERE run = ?", [run])
