"""Uploads that are taken up again after any interruption: bookkeeping in the catalog, bytes encrypted in the vault.

An upload is a row of ``settings`` (key ``upload:<id>``: name, length, blob, when it expires, whether it is finished) and
a row of ``blobs`` with its key (owner ``upload:<id>``). Its offset is what lies durably in the vault. Nothing of it is
ever in plain text on disk.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from comexp_lab.errors import BadInput, Conflict, Full, NotFound
from comexp_lab.formats.trees import Stored

if TYPE_CHECKING:
    from comexp_lab.store.space import Space
    from comexp_lab.store.uploads import Upload
    from comexp_lab.store.vault import Vault

MAX_BYTES = 256 << 30
MAX_OPEN = 10_000
LIFETIME_S = 3 * 24 * 3600.0
SWEEP_EVERY_S = 60.0
MISSING = "There is no such upload: it was used, cancelled or has expired. Start it again."

# CASE, because the values of other settings need not be JSON
_FACT = "(CASE WHEN key LIKE 'upload:%' THEN value->>'{}' END)"
_LATE = f"SELECT key FROM settings WHERE {_FACT.format('expires')}::DOUBLE < ?"
_WAITING = (
    f"SELECT count(*) AS n, coalesce(sum({_FACT.format('length')}::BIGINT), 0) AS wait FROM settings"
    f" WHERE {_FACT.format('finished')} = 'false'"
)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an upload. ``expires`` in seconds since 1970; ``metadata`` is the header as the client sent it."""

    id: str
    name: str
    length: int
    blob: str
    metadata: str
    expires: float
    finished: bool = False


class Tables(Protocol):
    def read(self, sql: str, params: Any = ()) -> list[dict[str, Any]]: ...

    def write(self, sql: str, params: Any = ()) -> None: ...


class Place(Protocol):
    """Where uploads are kept: a workspace, or anything that has its tables ``settings`` and ``blobs`` and a vault of files."""

    @property
    def catalog(self) -> Tables: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def space(self) -> Space: ...


class Uploads:
    """All uploads of a workspace. One thread at a time may append to one upload; the caller sees to that."""

    def __init__(self, workspace: Place, lifetime_s: float = LIFETIME_S, sweep: bool = True) -> None:
        self._workspace, self._lifetime_s, self._swept = workspace, lifetime_s, time.monotonic()
        self._open: dict[str, Upload] = {}
        self._lock = threading.Lock()
        if sweep:
            self.sweep()

    def create(self, name: str, length: int, metadata: str = "") -> Record:
        """Begin an upload of ``length`` bytes. Full when they, and what other uploads still wait for, would not fit."""
        if not 0 <= length <= MAX_BYTES:
            raise BadInput(f"An upload may have at most {MAX_BYTES >> 30} GB.")
        self._make_room(length)
        upload = self._workspace.vault.begin()
        record = self._entered(Record(secrets.token_urlsafe(18), name, length, upload.id, metadata, self._expiry()), upload.key)
        with self._lock:
            self._open[record.id] = upload
        return self._finish(record) if length == 0 else record

    def keep(self, name: str, data: bytes, metadata: str = "") -> Record:
        """A whole upload that is there already, with a third of the syncs that it takes to begin, grow and finish one."""
        self._make_room(len(data))
        blob = self._workspace.vault.put(data)
        return self._entered(Record(secrets.token_urlsafe(18), name, len(data), blob.id, metadata, self._expiry(), finished=True), blob.key)

    def get(self, upload: str) -> Record:
        """What is known of an upload; NotFound also for one that has expired."""
        rows = self._workspace.catalog.read("SELECT value FROM settings WHERE key = ?", [f"upload:{upload}"])
        if not rows:
            raise NotFound(MISSING)
        record = Record(**orjson.loads(rows[0]["value"]))
        if record.expires < time.time():
            self.remove([upload])
            raise NotFound("This upload has expired: start it again.")
        return record

    def holds(self, upload: str) -> bool:
        return bool(self._workspace.catalog.read("SELECT 1 AS yes FROM settings WHERE key = ?", [f"upload:{upload}"]))

    def offset(self, record: Record) -> int:
        """How many of its bytes are safe."""
        return record.length if record.finished else self._growing(record)[1]

    def append(self, record: Record, data: bytes) -> int:
        """Add bytes durably; the new offset. The last byte finishes the upload."""
        upload, _ = self._growing(record)
        if upload is None or upload.offset + len(data) > record.length:
            raise BadInput("These are more bytes than the upload was announced with: start it again.")
        offset = upload.append(data)
        if offset == record.length:
            self._finish(record)
        return offset

    def finished(self, uploads: Iterable[str]) -> dict[str, tuple[Record, Stored]]:
        """The finished uploads by id; NotFound, or Conflict if one is not complete."""
        found = {}
        for upload in uploads:
            record = self.get(upload)
            if not (record.finished or self._exists(record.blob)):
                raise Conflict(f"The upload of {record.name} is not complete: go on with it first.")
            rows = self._workspace.catalog.read("SELECT key FROM blobs WHERE id = ?", [record.blob])
            found[upload] = (record, Stored(record.blob, bytes(rows[0]["key"]), record.length))
        return found

    def remove(self, uploads: Iterable[str]) -> None:
        """Destroy uploads, finished or not: the key first, then the bytes."""
        for upload in uploads:
            rows = self._workspace.catalog.read("SELECT id, key FROM blobs WHERE owner = ?", [f"upload:{upload}"])
            with self._lock:
                growing = self._open.pop(upload, None)
            self._workspace.catalog.write("DELETE FROM settings WHERE key = ?", [f"upload:{upload}"])
            for row in rows:
                self._workspace.catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
                if not self._exists(row["id"]):
                    (growing or self._workspace.vault.resume(row["id"], bytes(row["key"]))).abandon()
                self._workspace.vault.delete(row["id"])

    def sweep(self, now: float | None = None) -> int:
        """Destroy what has expired; how many."""
        self._swept = time.monotonic()
        late = self._workspace.catalog.read(_LATE, [time.time() if now is None else now])
        self.remove(row["key"].removeprefix("upload:") for row in late)
        return len(late)

    def _make_room(self, length: int) -> None:
        if time.monotonic() - self._swept > SWEEP_EVERY_S:
            self.sweep()
        self._reserve(length)

    def _expiry(self) -> float:
        return time.time() + self._lifetime_s

    def _entered(self, record: Record, key: bytes) -> Record:
        """The record, written down: the key first."""
        self._workspace.catalog.write(
            "INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", [record.blob, key, record.length, f"upload:{record.id}"]
        )
        self._workspace.catalog.write("INSERT INTO settings (key, value) VALUES (?, ?)", [f"upload:{record.id}", _packed(record)])
        return record

    def _reserve(self, length: int) -> None:
        """What unfinished uploads have already written counts twice: the reserve errs on the safe side."""
        row = self._workspace.catalog.read(_WAITING)[0]
        if row["n"] >= MAX_OPEN:
            raise Conflict(f"There are {row['n']} unfinished uploads: finish or cancel some first.")
        try:
            self._workspace.space.require(length + int(row["wait"]))
        except Full as error:
            raise Full(f"There is no room for this upload of {length / 1e6:.0f} MB. {error.detail}", **error.facts) from None

    def _growing(self, record: Record) -> tuple[Upload | None, int]:
        """The unfinished file and its offset; (None, length) when it turns out to be complete."""
        with self._lock:
            if record.id not in self._open:
                if self._exists(record.blob):  # finished just before a crash
                    self._mark(record)
                    return None, record.length
                rows = self._workspace.catalog.read("SELECT key FROM blobs WHERE id = ?", [record.blob])
                if not rows:
                    raise NotFound(MISSING)
                self._open[record.id] = self._workspace.vault.resume(record.blob, bytes(rows[0]["key"]))
            upload = self._open[record.id]
        return upload, upload.offset

    def _finish(self, record: Record) -> Record:
        with self._lock:
            self._open.pop(record.id).finish()
        return self._mark(record)

    def _mark(self, record: Record) -> Record:
        done = replace(record, finished=True)
        self._workspace.catalog.write("UPDATE settings SET value = ? WHERE key = ?", [_packed(done), f"upload:{record.id}"])
        return done

    def _exists(self, blob: str) -> bool:
        path = self._workspace.vault.path(blob)
        return path is not None and path.exists()


def _packed(record: Record) -> str:
    return orjson.dumps(asdict(record)).decode()
