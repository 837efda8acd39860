"""The workspace's models: encrypted model files, each with the lineage of how it came to be."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ModelOut
from comexp_lab.errors import NotFound
from comexp_lab.learn.model_file import read_description

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

SHOWN = ("id", "name", "task", "classes", "bytes", "sha256", "created", "run", "dataset", "version", "metrics", "origin")


def model_out(row: dict[str, Any]) -> ModelOut:
    fields = {name: row[name] for name in SHOWN}
    fields |= {"classes": json.loads(row["classes"]), "metrics": json.loads(row["metrics"]), "origin": row["origin"] or ""}
    return ModelOut(**fields | {"created": row["created"].astimezone(UTC).isoformat()})


class Registry:
    def __init__(self, workspace: Workspace) -> None:
        self._catalog = workspace.catalog
        self._vault = workspace.vault

    def all(self) -> list[ModelOut]:
        return [model_out(row) for row in self._catalog.read("SELECT * FROM models ORDER BY created DESC, id")]

    def get(self, id_or_name: str) -> ModelOut:
        """A model by id, or the newest of a name. Raises NotFound."""
        wanted = "SELECT * FROM models WHERE id = ? OR name = ? ORDER BY id = ? DESC, created DESC LIMIT 1"
        rows = self._catalog.read(wanted, [id_or_name] * 3)
        if not rows:
            raise NotFound(f"There is no model '{id_or_name[:80]}' in this workspace.")
        return model_out(rows[0])

    def made_from(self, digest: str) -> ModelOut | None:
        """The model that was converted from the checkpoint with this SHA-256, if there is one."""
        rows = self._catalog.read("SELECT * FROM models WHERE origin LIKE ? ORDER BY created LIMIT 1", [f"%sha256:{digest}"])
        return model_out(rows[0]) if rows else None

    def data(self, model: str) -> bytes:
        """The model file."""
        rows = self._catalog.read("SELECT b.id, b.key FROM models m JOIN blobs b ON b.id = m.blob WHERE m.id = ?", [model])
        if not rows:
            raise NotFound(f"There is no model '{model[:80]}' in this workspace.")
        return self._vault.get(rows[0]["id"], rows[0]["key"])

    def add(self, data: bytes, name: str, **lineage: Any) -> ModelOut:
        """Keep a model file. ``lineage``: run, dataset, version, metrics, origin."""
        model = uuid.uuid4().hex
        blob = self._vault.put(data)
        values = [blob.id, blob.key, blob.bytes, f"model:{model}"]
        self._catalog.write("INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", values)
        return self.enter(model, name, data, blob.id, **lineage)

    def enter(self, model: str, name: str, data: bytes, blob: str, metrics: dict[str, float] | None = None, **lineage: Any) -> ModelOut:
        """Put a model whose file is in the vault already into the list; once for each id."""
        if self._catalog.read("SELECT 1 AS there FROM models WHERE id = ?", [model]):
            return self.get(model)
        description = read_description(data)
        values = {
            "id": model,
            "name": name,
            "task": description.task,
            "classes": json.dumps(description.names),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "created": datetime.now(UTC),
            "blob": blob,
            "metrics": json.dumps(metrics or {}),
            "origin": "",
            **lineage,
        }
        marks = ", ".join("?" * len(values))
        self._catalog.write(f"INSERT INTO models ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        return self.get(model)

    def delete(self, model: str) -> None:
        """Forget a model and destroy its file."""
        found = self.get(model)
        blobs = self._catalog.read("SELECT id FROM blobs WHERE owner = ?", [f"model:{found.id}"])
        self._catalog.write("DELETE FROM models WHERE id = ?", [found.id])
        for row in blobs:
            self._catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
            self._vault.delete(row["id"])
