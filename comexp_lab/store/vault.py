"""Sealed files: each blob is encrypted under a random key of its own, readable at any offset.

Format, version 1. All numbers are little endian::

    header   b"CXV1" · chunk size C (u32)
    chunk i  nonce (12 random bytes) · ciphertext (C bytes; the last chunk has 0 to C) · tag (16 bytes)

Each chunk is AES-256-GCM under the blob's key with the additional data ::

    b"CXV1" · blob id (32 hex digits, ASCII) · C (u32) · i (u64) · final (u8: 1 for the last chunk) · total (u64)

where total is the length of the whole plaintext in the last chunk and 0 in the others. There is always a last chunk,
so flipped, cut, appended, reordered or exchanged chunks, and exchanged files, are all detected. Keys are used for one
blob only; nonces are random because an upload seals its unfinished last chunk anew with every append.

Test vector: key 00 01 … 1f, id "00112233445566778899aabbccddeeff", C = 16, plaintext b"attack at dawn, not dusk",
nonces b"n"*12 and b"m"*12 give a file whose SHA-256 is
e08fe1b337137a8b42424a89f8e78768f57e51fc30bdc942c12b078111c62e9f.
"""

from __future__ import annotations

import io
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comexp_lab.errors import BadInput
from comexp_lab.store.blobs import BlobStore, FolderBlobs, new_id
from comexp_lab.store.space import Space

if TYPE_CHECKING:
    from comexp_lab.store.uploads import Upload

MAGIC = b"CXV1"
CHUNK = 256 << 10
HEADER = len(MAGIC) + 4
OVERHEAD = 12 + 16
_HEAD = struct.Struct("<4sI")
_PLACE = struct.Struct("<IQBQ")


@dataclass(frozen=True, slots=True)
class Blob:
    id: str
    key: bytes
    bytes: int
    sha256: str


def header(chunk: int = CHUNK) -> bytes:
    return _HEAD.pack(MAGIC, chunk)


def _aad(blob: str, chunk: int, index: int, total: int | None) -> bytes:
    return MAGIC + blob.encode() + _PLACE.pack(chunk, index, total is not None, total or 0)


def seal(cipher: AESGCM, blob: str, index: int, data: bytes, total: int | None = None, chunk: int = CHUNK) -> bytes:
    """One chunk as it is stored; ``total`` (bytes of the whole plaintext) marks the last."""
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, data, _aad(blob, chunk, index, total))


def _damaged(blob: str) -> BadInput:
    return BadInput(f"The stored file {blob} was altered or damaged: restore it from a backup or delete it.")


def unseal(cipher: AESGCM, blob: str, index: int, data: bytes | memoryview, total: int | None, chunk: int) -> bytes:
    try:
        return cipher.decrypt(bytes(data[:12]), data[12:], _aad(blob, chunk, index, total))
    except (InvalidTag, ValueError):
        raise _damaged(blob) from None


def _layout(blob: str, head: bytes | memoryview, stored: int) -> tuple[int, int, int]:
    """(chunk size, number of chunks, plaintext bytes) of a stored file of ``stored`` bytes that begins with ``head``."""
    magic, chunk = _HEAD.unpack_from(head) if len(head) >= HEADER else (b"", 0)
    body = stored - HEADER
    if magic != MAGIC or not 0 < chunk <= 1 << 26 or body < OVERHEAD:
        raise _damaged(blob)
    count = -(-body // (chunk + OVERHEAD))
    return chunk, count, body - count * OVERHEAD


def _sealed(blob: str, key: bytes, pieces: Iterable[bytes], digest: list[object]) -> Iterator[bytes]:
    """The stored form of a stream, piece by piece; leaves (length, sha256) in ``digest``."""
    cipher, hasher, index, total, rest = AESGCM(key), sha256(), 0, 0, bytearray()
    yield header()
    for piece in pieces:
        hasher.update(piece)
        total += len(piece)
        rest += piece
        while len(rest) > CHUNK:
            yield seal(cipher, blob, index, bytes(rest[:CHUNK]))
            del rest[:CHUNK]
            index += 1
    yield seal(cipher, blob, index, bytes(rest), total)
    digest[:] = [total, hasher.hexdigest()]


class BlobReader(io.RawIOBase):
    """A sealed file as a seekable, read-only file. Only authentic bytes ever come out."""

    def __init__(self, store: BlobStore, blob: str, key: bytes) -> None:
        self._store, self._blob, self._cipher = store, blob, AESGCM(key)
        stored = store.size(blob)
        self._chunk, self._count, self.length = _layout(blob, store.read_range(blob, 0, HEADER), stored)
        self._position, self._index, self._data = 0, -1, b""
        self._load(self._count - 1)

    def _load(self, index: int) -> None:
        start = HEADER + index * (self._chunk + OVERHEAD)
        data = self._store.read_range(self._blob, start, self._chunk + OVERHEAD)
        total = self.length if index == self._count - 1 else None
        self._data = unseal(self._cipher, self._blob, index, data, total, self._chunk)
        self._index = index

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.length}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._position >= self.length or not len(target):
            return 0
        index, offset = divmod(self._position, self._chunk)
        if index != self._index:
            self._load(index)
        part = self._data[offset : offset + len(target)]
        target[: len(part)] = part
        self._position += len(part)
        return len(part)


class Vault:
    """Puts bytes into a blob store under a fresh random key each, and gets them back."""

    def __init__(self, store: BlobStore, space: Space | None = None) -> None:
        self.store = store
        self._space = space

    def put(self, data: bytes | Iterable[bytes], durable: bool = True) -> Blob:
        """Seal and store. Raises Full.

        ``durable`` False leaves the flush to :meth:`sync`, which a dataset's ``writing`` calls before it commits.
        """
        pieces = (data,) if isinstance(data, bytes | bytearray | memoryview) else data
        if self._space:
            self._space.require(len(data) if isinstance(data, bytes) else 0)
        blob, key, digest = new_id(), secrets.token_bytes(32), []  # type: tuple[str, bytes, list[object]]
        self.store.write(blob, _sealed(blob, key, cast("Iterable[bytes]", pieces), digest), durable)
        return Blob(blob, key, cast(int, digest[0]), cast(str, digest[1]))

    def sync(self) -> None:
        """Make all puts durable that were not."""
        self.store.sync()

    def get(self, blob: str, key: bytes) -> bytes:
        """The whole plaintext. Raises NotFound, or BadInput if it was altered."""
        start, stored = self.store.peek(blob, HEADER + CHUNK + OVERHEAD)
        chunk, count, length = _layout(blob, start, stored)
        cipher, step = AESGCM(key), chunk + OVERHEAD
        if count == 1:
            return unseal(cipher, blob, 0, start[HEADER:], length, chunk)
        pieces = (self.store.read_range(blob, HEADER + i * step, step) for i in range(count))
        return b"".join(unseal(cipher, blob, i, piece, length if i == count - 1 else None, chunk) for i, piece in enumerate(pieces))

    def get_many(self, wanted: Iterable[tuple[str, bytes]], threads: int = 0) -> list[bytes]:
        """The plaintexts of many blobs, in order, read by ``threads`` threads (0: one per core, at most 8)."""
        wanted = list(wanted)
        workers = threads or min(8, os.cpu_count() or 1)
        if workers == 1 or len(wanted) < 4:
            return [self.get(*each) for each in wanted]
        size = -(-len(wanted) // workers)
        parts = [wanted[i : i + size] for i in range(0, len(wanted), size)]
        with ThreadPoolExecutor(workers) as pool:
            return [data for part in pool.map(lambda some: [self.get(*each) for each in some], parts) for data in part]

    def open(self, blob: str, key: bytes) -> BinaryIO:
        """A seekable file over the plaintext. Raises NotFound, or BadInput if it was altered."""
        return cast(BinaryIO, io.BufferedReader(BlobReader(self.store, blob, key), buffer_size=CHUNK))

    def delete(self, blob: str) -> None:
        self.store.delete(blob)

    def path(self, blob: str) -> Path | None:
        """The sealed file on disk; None if the store has no files."""
        return self.store.path(blob)

    def begin(self) -> Upload:
        """A file that grows by durable appends, for resumable uploads. Needs a folder store."""
        return self.resume(new_id(), secrets.token_bytes(32))

    def resume(self, blob: str, key: bytes) -> Upload:
        """Go on with an unfinished upload; ``offset`` says how many bytes are safe."""
        from comexp_lab.store.uploads import Upload

        if not isinstance(self.store, FolderBlobs):
            raise BadInput("Resumable uploads need a store on disk: put the file in one go.")
        return Upload(self.store, blob, key, self._space)
