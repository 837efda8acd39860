"""Where what belongs to an ephemeral dataset lies while it is outside of it: in memory-backed storage, under keys in memory only."""

from __future__ import annotations

import base64
import shutil
import threading
from pathlib import Path
from typing import Any

from comexp_lab.store.blobs import FolderBlobs
from comexp_lab.store.rows import rows
from comexp_lab.store.space import Space
from comexp_lab.store.vault import Vault
from comexp_lab.transport import mark, memory_dir, runtime_dir


def scratch_of(workspace: Path) -> Path:
    """The folder of a service in memory-backed storage."""
    return memory_dir() / f"{mark(runtime_dir(workspace))}lab"


def cleared(workspace: Path) -> Path:
    """That folder, without what a killed service left in it."""
    folder = scratch_of(workspace)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


class Memory:
    """The tables of the catalog that uploads and downloads need, in memory."""

    def __init__(self) -> None:
        import duckdb

        self._lock = threading.Lock()
        self._db = duckdb.connect(":memory:", config={"temp_directory": "", "threads": "1"})
        self._db.execute("CREATE TABLE blobs (id VARCHAR, key BLOB, bytes BIGINT, owner VARCHAR)")
        self._db.execute("CREATE TABLE settings (key VARCHAR, value VARCHAR)")

    def read(self, sql: str, params: Any = ()) -> list[dict[str, Any]]:
        with self._lock:
            return rows(self._db.execute(sql, list(params)))

    def write(self, sql: str, params: Any = ()) -> None:
        with self._lock:
            self._db.execute(sql, list(params))

    def close(self) -> None:
        self._db.close()


class Shelf:
    """What an upload or a finished download needs of a workspace, without its disk."""

    def __init__(self, folder: Path) -> None:
        self.catalog, self.space = Memory(), Space(folder, reserve=0)
        self.vault = Vault(FolderBlobs(folder / "shelf"), self.space)

    def let_go(self, dataset: str, runs: list[str]) -> None:
        """Remove what was uploaded for a dataset and what its runs made."""
        named = base64.b64encode(dataset.encode()).decode()
        uploads = self.catalog.read("SELECT key FROM settings WHERE value LIKE ?", [f"%dataset {named}%"])
        owners = [row["key"] for row in uploads] + [f"download:{run}" for run in runs]
        for owner in owners:
            for row in self.catalog.read("SELECT id FROM blobs WHERE owner = ?", [owner]):
                self.vault.delete(row["id"])
            self.catalog.write("DELETE FROM blobs WHERE owner = ?", [owner])
            self.catalog.write("DELETE FROM settings WHERE key = ?", [owner])

    def close(self) -> None:
        self.catalog.close()
