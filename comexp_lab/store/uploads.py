"""A vault file that grows by appends, each durable when it returns, for uploads that are taken up again.

While it grows, ``<id>.part`` holds the header and full chunks, and ``<id>.tail`` the sealed unfinished chunk with its index.
The tail is replaced by rename, so it is never torn; a tail whose index has already been written as a full chunk is old
and ignored. The last chunk is sealed only by :meth:`Upload.finish`, which renames the file without copying it.
"""

from __future__ import annotations

import os
import struct
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comexp_lab.errors import Full, NotFound
from comexp_lab.store.blobs import FolderBlobs, sync_folder
from comexp_lab.store.space import Space
from comexp_lab.store.vault import CHUNK, HEADER, OVERHEAD, Blob, header, seal, unseal

STEP = CHUNK + OVERHEAD


class Upload:
    """Keep ``id`` and ``key`` (in the catalog) to take the upload up again with ``vault.resume(id, key)``."""

    def __init__(self, store: FolderBlobs, blob: str, key: bytes, space: Space | None) -> None:
        self.id, self.key = blob, key
        self._store, self._space, self._cipher = store, space, AESGCM(key)
        folder = store.shard(blob)
        self._part, self._tail = folder / f"{blob}.part", folder / f"{blob}.tail"
        self._hasher = sha256()
        self._chunks, self._rest = self._load()

    @property
    def offset(self) -> int:
        """How many bytes are safe."""
        return self._chunks * CHUNK + len(self._rest)

    def append(self, data: bytes) -> int:
        """Add bytes durably; the new offset. Raises Full, and then the offset is what it was."""
        if self._space:
            self._space.require(len(data))
        rest = self._rest + data
        full = max(0, (len(rest) - 1) // CHUNK)
        try:
            self._write_chunks([rest[i * CHUNK : (i + 1) * CHUNK] for i in range(full)])
            self._write_tail(self._chunks + full, rest[full * CHUNK :])
        except OSError as error:
            raise Full(f"The upload could not be stored ({error.strerror}): free some space and go on.") from error
        self._chunks, self._rest = self._chunks + full, rest[full * CHUNK :]
        self._hasher.update(data)
        return self.offset

    def finish(self) -> Blob:
        """Seal the last chunk and give the file its name."""
        last = seal(self._cipher, self.id, self._chunks, self._rest, self.offset)
        with self._part.open("r+b") as file:
            file.seek(HEADER + self._chunks * STEP)
            file.write(last)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        self._store.publish(self._part, self.id)
        self._tail.unlink(missing_ok=True)
        return Blob(self.id, self.key, self.offset, self._hasher.hexdigest())

    def abandon(self) -> None:
        """Throw the unfinished upload away."""
        self._part.unlink(missing_ok=True)
        self._tail.unlink(missing_ok=True)

    def _load(self) -> tuple[int, bytes]:
        if not self._part.exists():
            if self._store.path(self.id).exists():
                raise NotFound(f"The upload {self.id} is finished: nothing can be added to it.")
            _create(self._part)
            return 0, b""
        chunks = max(0, self._part.stat().st_size - HEADER) // STEP
        index, rest = self._read_tail()
        if index > chunks:
            raise NotFound(f"The upload {self.id} has lost bytes on disk: start it again.")
        chunks = index  # chunks beyond the tail come from an append that was never acknowledged
        self._rehash(chunks, rest)
        return chunks, rest

    def _rehash(self, chunks: int, rest: bytes) -> None:
        with self._part.open("rb") as file:
            file.seek(HEADER)
            for index in range(chunks):
                self._hasher.update(unseal(self._cipher, self.id, index, file.read(STEP), None, CHUNK))
        self._hasher.update(rest)

    def _write_chunks(self, pieces: list[bytes]) -> None:
        if not pieces:
            return
        with self._part.open("r+b") as file:
            file.seek(HEADER + self._chunks * STEP)
            file.writelines(seal(self._cipher, self.id, self._chunks + i, piece) for i, piece in enumerate(pieces))
            file.truncate()
            file.flush()
            os.fdatasync(file.fileno())

    def _write_tail(self, index: int, rest: bytes) -> None:
        fresh = self._tail.with_suffix(".fresh")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(struct.pack("<Q", index) + seal(self._cipher, f"{self.id}.tail", index, rest, len(rest)))
            file.flush()
            os.fdatasync(file.fileno())
        fresh.rename(self._tail)
        sync_folder(self._tail.parent)

    def _read_tail(self) -> tuple[int, bytes]:
        if not self._tail.exists():
            return 0, b""
        data = self._tail.read_bytes()
        index = struct.unpack("<Q", data[:8])[0]
        return index, unseal(self._cipher, f"{self.id}.tail", index, data[8:], len(data) - 8 - OVERHEAD, CHUNK)


def _create(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(header())
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
