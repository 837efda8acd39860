"""A workspace: a 0700 folder that one process owns, in which everything that says something is encrypted.

::

    workspace/
      workspace.json           id and format version; nothing else is readable
      service.lock             who owns it now
      keys.sqlite              wrapped keys
      catalog.duckdb           datasets, models, runs, settings
      vault/ab/…               sealed models and run files
      datasets/<id>/labels.duckdb, labels.journal, media/ab/…, quarantine/, spill/
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from comexp_lab.api import DatasetOut, Purpose, Storage
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.store import database, erase, parts
from comexp_lab.store.blobs import FolderBlobs, ObjectBlobs, sync_folder
from comexp_lab.store.catalog import Catalog
from comexp_lab.store.dataset import DatasetStore
from comexp_lab.store.gate import Closed
from comexp_lab.store.keys import KeyStore, find_kek
from comexp_lab.store.live import Live
from comexp_lab.store.lock import OwnerLock
from comexp_lab.store.space import Space
from comexp_lab.store.swap import Swap, in_catalog
from comexp_lab.store.tombstones import Tombstones, place
from comexp_lab.store.vault import Vault

FORMAT = 1
CHECKPOINT_S = 5.0
PREPARE_S = 1.0
CLOSE_S = 300.0


class Workspace:
    """Use :meth:`open`. Thread-safe."""

    def __init__(self, path: Path, number: str, lock: OwnerLock, keys: KeyStore, tombstones: Tombstones, space: Space) -> None:
        self.path, self.id, self.keys, self.tombstones, self.space = path, number, keys, tombstones, space
        self.notices: list[str] = []
        self.closed: Closed = lambda dataset, purpose: None  # the rights layer says which purposes are closed, and why
        self._lock, self._guard, self._stores = lock, threading.RLock(), {}  # type: OwnerLock, threading.RLock, dict[str, DatasetStore]
        _folder(path / "datasets")
        self.catalog = Catalog(path / "catalog.duckdb", keys, self.notices, space)
        self.vault = Vault(FolderBlobs(_folder(path / "vault")), space)
        erase.sweep(self)
        for row in self.catalog.read("SELECT * FROM datasets WHERE erased IS NULL ORDER BY created"):
            self._stores[row["id"]] = self._store(row)
        for store in self._stores.values():
            if any(self._back_again(store.id).get(kind) for kind in ("sample_names", "class_names")):
                with store.source.use():  # now, because the catalog has these names, too
                    pass
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._tidy, name="store-tidy", daemon=True)
        self._keeper.start()

    @classmethod
    def open(cls, path: Path | str, reserve: int | None = None) -> Workspace:
        """Open or create; ``reserve`` is the disk space in bytes to keep free. Raises WorkspaceBusy, WrongKey."""
        path = Path(path).expanduser().absolute()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        lock = OwnerLock(path / "service.lock")
        try:
            fresh = not (path / "workspace.json").exists()
            number = str(uuid4()) if fresh else _read_id(path)
            kek = find_kek(number, create=fresh)
            if fresh:
                _write_id(path, number)
            tombstones = Tombstones(place(number), kek)
            return cls(path, number, lock, KeyStore(path / "keys.sqlite", number, kek, tombstones), tombstones, Space(path, reserve))
        except BaseException:
            lock.release()
            raise

    def datasets(self) -> list[DatasetOut]:
        with self._guard:
            stores = list(self._stores.values())
        return [store.describe() for store in stores]

    def stores(self) -> list[DatasetStore]:
        """All datasets, not to be used but looked at."""
        with self._guard:
            return list(self._stores.values())

    def dataset(self, id_or_name: str, purpose: Purpose) -> DatasetStore:
        """By id, else by name, to be used for ``purpose``. Raises NotFound, Restricted."""
        return self._find(id_or_name).for_purpose(purpose)

    def _find(self, id_or_name: str) -> DatasetStore:
        with self._guard:
            found = self._stores.get(id_or_name) or next((s for s in self._stores.values() if s.name == id_or_name), None)
        if found is None:
            raise NotFound(f"There is no dataset {id_or_name!r}: see the list of datasets.")
        return found

    def create_dataset(self, name: str, storage: Storage = "retained") -> DatasetStore:
        """Raises Conflict if the name is taken."""
        with self._guard:
            self._require_free(name)
            number = uuid4().hex
            now = datetime.now(UTC)
            if storage == "retained":
                self.keys.create(number)
                _folder(self.path / "datasets" / number)
            self.catalog.write("INSERT INTO datasets VALUES (?, ?, ?, ?, NULL, false)", [number, name, storage, now])
            store = self._store({"id": number, "name": name, "storage": storage, "created": now, "restricted": False})
            self._stores[number] = store
            return store

    def rename_dataset(self, number: str, name: str) -> DatasetStore:
        """Raises NotFound, Conflict if the name is taken."""
        with self._guard:
            store = self._find(number)
            if name != store.name:
                self._require_free(name)
                self.catalog.write("UPDATE datasets SET name = ? WHERE id = ?", [name, store.id])
                store.rename(name)
            return store

    def correct_name(self, number: str, former: str, name: str) -> None:
        """Rename a dataset so that its former name is gone: from the catalog, which is written anew, and from what was told of it."""
        with self._guard:
            store = self._find(number)
            if name != store.name:
                self._require_free(name)
            erase.rename(self, store.id, former, name)
            self.catalog.rewrite()  # what came before is then of an epoch before
            self.tombstones.bury_name(store.id, self.keys.epochs("catalog")[0][0])
            store.rename(name)
            self.notices[:] = map(Swap(former, name).text, self.notices)

    def restrict_dataset(self, number: str, restricted: bool = True) -> None:
        """Freeze a dataset: it is kept, may be taken away and destroyed, and nothing else, until its owner lifts it."""
        with self._guard:
            store = self._find(number)
            self.catalog.write("UPDATE datasets SET restricted = ? WHERE id = ?", [restricted, store.id])
            store.restrict(restricted)

    def fence(self, number: str | None, up: bool) -> None:
        """While something of a dataset (None: of all) is being erased, nobody else may use it."""
        with self._guard:
            for store in self._stores.values():
                if number in (None, store.id):
                    store.fence(up)

    def holds(self, number: str) -> bool:
        """Whether there is a dataset with this id."""
        with self._guard:
            return number in self._stores

    def erase_dataset(self, number: str) -> None:
        """Destroy the dataset's key, and with it everything it holds; then remove its files. Raises NotFound."""
        number = self._find(number).id
        self.shred_dataset(number)
        self.remove_remains(number)

    def shred_dataset(self, number: str) -> None:
        """Make a dataset unreadable for ever, at once; its files are still there. Nothing to do if it is so already."""
        with self._guard:
            store = self._stores.pop(number, None)
        self.keys.destroy(number)
        if store is not None:
            store.close(forever=True)

    def shred_everything(self) -> None:
        """The same for all datasets, and for everything in the catalog but its empty tables."""
        with self._guard:
            stores, self._stores = list(self._stores.values()), {}
            doomed = {owner for owner in self.keys.owners() if owner != "ledger/signing" and not owner.startswith("ledger/erasure:")}
            self.keys.bury(*doomed)  # all at once: a crash from here on ends with everything destroyed
            self.keys.destroy(*doomed - {"catalog"})
            self.catalog.empty()
        for store in stores:
            store.close(forever=True)

    def remove_remains(self, number: str | None) -> None:
        """Remove files of a dataset (None: of all) that nobody can read any more."""
        if number is not None:
            erase.remove_dataset(self, number)
            return
        for folder in (self.path / "datasets", self.path / "vault"):
            for child in folder.iterdir():
                if not self.holds(child.name):
                    erase.remove_folder(child)

    def has_key(self, number: str) -> bool:
        """Whether what a dataset held can still be read."""
        return number in self.keys.owners()

    def rewrite_catalog(self) -> None:
        """Write the catalog anew under a new key, so that no deleted row of it can be read any more."""
        self.catalog.rewrite()

    def close(self) -> None:
        """Checkpoint everything and let go of the workspace."""
        self._stop.set()
        self._keeper.join()
        for store in self._stores.values():
            store.close()
        self.catalog.close()
        self._lock.release()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_free(self, name: str) -> None:
        if not name.strip():
            raise BadInput("A dataset needs a name.")
        if any(store.name == name for store in self._stores.values()):
            raise Conflict(f"There is already a dataset {name!r}: choose another name.")

    def _store(self, row: dict[str, Any]) -> DatasetStore:
        folder = self.path / "datasets" / row["id"]
        if row["storage"] == "retained":
            vault = Vault(FolderBlobs(_folder(folder / "media")), self.space)
        else:
            from obstore.store import MemoryStore

            vault = Vault(ObjectBlobs(MemoryStore()))
        store = DatasetStore(
            row["id"],
            row["name"],
            row["storage"],
            row["created"].isoformat(),
            folder,
            vault,
            self.space,
            lambda: self._open_live(store),
            lambda dataset, purpose: self.closed(dataset, purpose),
            lambda doomed: parts.erase_parts(self.keys, self.tombstones, row["id"], folder / "labels.duckdb", doomed),
        )
        store.restrict(bool(row["restricted"]))
        return store

    def _open_live(self, store: DatasetStore) -> Live:
        if store.storage == "ephemeral":
            return Live(None, bytes(32), store.id, store.name, self.notices)
        file = store.path / "labels.duckdb"
        key = erase.settle_epoch(self.keys, store.id, file, lambda epoch: self.tombstones.keep_texts(store.id, epoch))
        shutil.rmtree(store.path / "spill", ignore_errors=True)
        live = Live(file, key, store.id, f"dataset {store.name!r}", self.notices)
        if not any(self._back_again(store.id).values()):
            return live
        live.close(save=True)
        blobs, former = parts.erase_again(self.keys, self.tombstones, store.id, file) or ([], [])
        for blob in blobs:
            store.vault.delete(blob)
        for name, neutral in former:
            in_catalog(self.catalog, store.id, Swap(name, neutral, of_file=True))
        self.notices.append(f"The dataset {store.name!r} held what had been erased, from a backup perhaps: it was destroyed again.")
        return Live(file, self.keys.key(store.id), store.id, f"dataset {store.name!r}", self.notices)

    def _back_again(self, number: str) -> dict[str, list[Any]]:
        """What the file of a dataset holds and must not, because it came from a backup."""
        if not any(self.tombstones.parts(number, 0)[0].values()):
            return {}  # nothing was ever erased from it: its keys need not be read
        epochs = self.keys.epochs(number)
        return self.tombstones.parts(number, epochs[0][0])[0] if epochs else {}

    def _tidy(self) -> None:
        while not self._stop.wait(1.0):
            with self._guard:
                stores = list(self._stores.values())
            for store in stores:
                _quietly(self, lambda store=store: store.tidy(CHECKPOINT_S, CLOSE_S))  # type: ignore[misc]
            _quietly(self, lambda: self.catalog.tidy(CHECKPOINT_S))
            if all(store.source.idle_s > PREPARE_S or not store.source.is_open for store in stores):
                _quietly(self, database.prepare)


def _quietly(ws: Workspace, work: Any) -> None:
    """The caretaker goes on whatever happens; the trouble shows up again, for its user, in the next write."""
    try:
        work()
    except Exception as error:
        notice = f"Background upkeep failed: {error}"
        if notice not in ws.notices:
            ws.notices.append(notice)
        time.sleep(1.0)


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(path.parent)
    return path


def _read_id(path: Path) -> str:
    try:
        facts = json.loads((path / "workspace.json").read_text())
        number, version = str(facts["id"]), int(facts["format"])
    except (ValueError, KeyError):
        raise BadInput(f"{path} is not a workspace: its workspace.json is damaged.") from None
    if version > FORMAT:
        raise BadInput("This workspace was made by a newer version of comexp_lab: update the program.")
    return number


def _write_id(path: Path, number: str) -> None:
    temporary = path / "workspace.json.part"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"id": number, "format": FORMAT}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path / "workspace.json")
    sync_folder(path)
