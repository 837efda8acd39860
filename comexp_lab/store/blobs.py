"""Where sealed bytes lie: a folder, or anything that obstore speaks (memory, S3).

A blob is named by a random id of 32 hex digits. A write is durable when it returns: temporary file, fsync, rename,
fsync of the folder. obstore's local store does not fsync, hence the folder store of our own.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from comexp_lab.errors import Full, NotFound

if TYPE_CHECKING:
    from obstore.store import ObjectStore


def new_id() -> str:
    return secrets.token_hex(16)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def disk_time(folder: Path) -> int:
    """Now in ns since 1970, by the clock that stamps files: it may lag ``time.time()`` by a tick, or know whole seconds only."""
    os.utime(folder)
    return folder.stat().st_mtime_ns


def _sync_disk(folder: Path) -> None:
    """Make everything durable that was written to the disk of ``folder``: one flush instead of two for each file."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle):
            raise OSError(ctypes.get_errno(), "syncfs failed")
    finally:
        os.close(handle)


def missing(blob: str) -> NotFound:
    return NotFound(f"The stored file {blob} is missing: it was erased, or the disk lost it.")


class BlobStore(Protocol):
    def peek(self, blob: str, length: int) -> tuple[memoryview, int]:
        """(the first ``length`` bytes, valid until this thread peeks again; the size of the whole)."""

    def read_range(self, blob: str, offset: int, length: int) -> bytes: ...

    def size(self, blob: str) -> int: ...

    def write(self, blob: str, pieces: Iterable[bytes], durable: bool = True) -> None: ...

    def sync(self) -> None:
        """Make all writes durable that were not."""

    def delete(self, blob: str) -> None: ...

    def ids(self) -> Iterator[str]: ...

    def path(self, blob: str) -> Path | None: ...


class FolderBlobs:
    """Blobs as files ``ab/<id>`` of mode 0600 in a folder, ab being the first two digits of the id."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = str(root)
        self._shards: set[str] = set()
        self._local = threading.local()
        self._pending = False

    def path(self, blob: str) -> Path:
        return self.root / blob[:2] / blob

    def shard(self, blob: str) -> Path:
        """The folder of a blob, made durably when it is not there yet."""
        folder = self.root / blob[:2]
        if blob[:2] not in self._shards:
            self.root.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
            self._shards.add(blob[:2])
        return folder

    def peek(self, blob: str, length: int) -> tuple[memoryview, int]:
        # One buffer per thread: fresh memory of this size would be given back to the system and faulted in each time.
        buffer = getattr(self._local, "buffer", None)
        if buffer is None or len(buffer) < length:
            buffer = self._local.buffer = memoryview(bytearray(length))
        try:
            handle = os.open(f"{self._prefix}/{blob[:2]}/{blob}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise missing(blob) from None
        try:
            found = os.readv(handle, [buffer[:length]])
            size = found if found < length else os.fstat(handle).st_size
        finally:
            os.close(handle)
        return buffer[:found], size

    def read_range(self, blob: str, offset: int, length: int) -> bytes:
        try:
            handle = os.open(self.path(blob), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise missing(blob) from None
        try:
            return os.pread(handle, length, offset)
        finally:
            os.close(handle)

    def size(self, blob: str) -> int:
        try:
            return self.path(blob).stat().st_size
        except FileNotFoundError:
            raise missing(blob) from None

    def write(self, blob: str, pieces: Iterable[bytes], durable: bool = True) -> None:
        folder = self.shard(blob)
        temporary = folder / f"{blob}.part"
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.writelines(pieces)
                file.flush()
                if durable:
                    os.fdatasync(file.fileno())
            temporary.rename(self.path(blob))
            if durable:
                sync_folder(folder)
            else:
                self._pending = True
        except BaseException as error:
            temporary.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise Full(f"A file could not be stored ({error.strerror}): free some space and try again.") from error
            raise

    def publish(self, temporary: Path, blob: str) -> None:
        """Give a complete and synced file its name."""
        temporary.rename(self.path(blob))
        sync_folder(self.path(blob).parent)

    def sync(self) -> None:
        if self._pending:
            self._pending = False
            _sync_disk(self.root)

    def delete(self, blob: str) -> None:
        self.path(blob).unlink(missing_ok=True)

    def ids(self) -> Iterator[str]:
        if not self.root.exists():
            return
        for shard in os.scandir(self.root):
            if shard.is_dir():
                yield from (entry.name for entry in os.scandir(shard.path) if "." not in entry.name)


class ObjectBlobs:
    """Blobs in any store of obstore; ``obstore.store.MemoryStore()`` keeps them in memory."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store = store
        self._prefix = prefix

    def _key(self, blob: str) -> str:
        return f"{self._prefix}{blob[:2]}/{blob}"

    def path(self, blob: str) -> None:
        return None

    def peek(self, blob: str, length: int) -> tuple[memoryview, int]:
        size = self.size(blob)
        return memoryview(self.read_range(blob, 0, length)), size

    def read_range(self, blob: str, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size(blob))
        return bytes(self._store.get_range(self._key(blob), start=offset, end=end)) if end > offset else b""

    def size(self, blob: str) -> int:
        try:
            return self._store.head(self._key(blob))["size"]
        except FileNotFoundError:
            raise missing(blob) from None

    def write(self, blob: str, pieces: Iterable[bytes], durable: bool = True) -> None:
        self._store.put(self._key(blob), iter(pieces))

    def sync(self) -> None:
        """Objects are durable when they are put."""

    def delete(self, blob: str) -> None:
        self._store.delete(self._key(blob))

    def ids(self) -> Iterator[str]:
        for batch in self._store.list(self._prefix or None):
            yield from (entry["path"].rsplit("/", 1)[-1] for entry in batch)
