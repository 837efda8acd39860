"""Files of a run, sealed into the workspace's vault: checkpoints, the best model. Replacing one is atomic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadInput, NotFound

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

NAMES = ("last", "best")


class RunFiles:
    def __init__(self, workspace: Workspace) -> None:
        self._catalog = workspace.catalog
        self._vault = workspace.vault

    def put(self, run: str, name: str, data: bytes, facts: dict[str, Any]) -> None:
        """Seal the file; the run has either the old one or the new one, whatever happens on the way."""
        if name not in NAMES:
            raise BadInput(f"A run keeps the files {' and '.join(NAMES)}, not '{name[:40]}'.")
        blob = self._vault.put(data)
        values = [blob.id, blob.key, blob.bytes, f"run:{run}"]
        self._catalog.write("INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", values)
        self._catalog.write("INSERT OR REPLACE INTO run_files VALUES (?, ?, ?, ?)", [run, name, blob.id, json.dumps(facts)])
        self._sweep(run)

    def get(self, run: str, name: str) -> bytes:
        row = self.row(run, name)
        if row is None:
            raise NotFound(f"This run has no file '{name[:40]}'.")
        return self._vault.get(row["blob"], row["key"])

    def row(self, run: str, name: str) -> dict[str, Any] | None:
        """blob, key, bytes and facts of a file; None if there is none."""
        wanted = "SELECT f.blob, f.facts, b.key, b.bytes FROM run_files f JOIN blobs b ON b.id = f.blob WHERE f.run = ? AND f.name = ?"
        rows = self._catalog.read(wanted, [run, name])
        return rows[0] | {"facts": json.loads(rows[0]["facts"])} if rows else None

    def give(self, run: str, name: str, owner: str) -> dict[str, Any]:
        """Hand the file over to another owner, e.g. ``model:<id>``."""
        row = self.row(run, name)
        if row is None:
            raise NotFound(f"This run has no file '{name[:40]}'.")
        self._catalog.write("UPDATE blobs SET owner = ? WHERE id = ?", [owner, row["blob"]])
        self._catalog.write("DELETE FROM run_files WHERE run = ? AND name = ?", [run, name])
        return row

    def drop(self, run: str) -> None:
        """Remove all files that still belong to the run."""
        self._catalog.write("DELETE FROM run_files WHERE run = ?", [run])
        self._sweep(run)

    def _sweep(self, run: str) -> None:
        old = "SELECT id FROM blobs WHERE owner = ? AND id NOT IN (SELECT blob FROM run_files WHERE run = ?)"
        for row in self._catalog.read(old, [f"run:{run}", run]):
            self._catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
            self._vault.delete(row["id"])
