"""Writes a BagIt bag into a zip as a stream: each byte is read, hashed and written once, and no medium is held whole."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import time
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

from comexp_lab.bag import MANIFEST, MARK, SIGNATURE, TAG_MANIFEST
from comexp_lab.errors import BadArchive, BadInput, Conflict, Error, Full
from comexp_lab.media.archive import MAX_RATIO, RATIO_FLOOR
from comexp_lab.rights.archive.names import Names
from comexp_lab.store.blobs import sync_folder

if TYPE_CHECKING:
    from comexp_lab.store import Vault

WHOLE = 8 << 20  # bytes up to which a file is read, and hashed, ahead of its turn
AHEAD = 48 << 20  # bytes read ahead in all
PIECE = 4 << 20
THREADS = 2


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file of the vault on its way into the bag. ``what`` names it to the user, ``sha256`` is what it must be, if known."""

    path: str
    what: str
    blob: str
    key: bytes | None = field(repr=False)
    bytes: int
    sha256: str | None


class Bag:
    """A bag under way. ``sums`` and ``sizes`` of the payload, by name without ``data/``."""

    def __init__(self, file: BinaryIO, root: str) -> None:
        self.names = Names()
        self.root = root
        self.sums: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._tags: dict[str, str] = {}
        self._zip = zipfile.ZipFile(file, "w", compresslevel=1)
        self._now = time.gmtime()[:6]
        self.tag(MARK, b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._zip.fp = None  # what was begun is thrown away: nothing more is to be written to it

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return sum(self.sizes.values())

    def write(self, path: str, data: bytes) -> None:
        with self.open(path, packed=not _alike(data)) as file:
            file.write(data)

    def json(self, path: str, document: Any) -> None:
        self.write(path, (json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n").encode())

    @contextmanager
    def open(self, path: str, packed: bool = True) -> Iterator[BinaryIO]:
        """A file of the payload, of unknown length; deflated if ``packed``."""
        with self._member(f"data/{path}", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
            hashing = _Hashing(file)
            yield hashing  # type: ignore[misc]
        self._enter(path, hashing.bytes, hashing.sha256.hexdigest())

    def media(self, vault: Vault, files: Iterable[Sealed]) -> Iterator[Sealed]:
        """Write sealed files, stored as they are; gives each when it is written. Raises what is wrong with one, naming it."""
        waiting: deque[tuple[Sealed, Future[tuple[bytes, str]] | None]] = deque()
        flying = 0
        with ThreadPoolExecutor(THREADS, thread_name_prefix="archive") as threads:
            try:
                for file in files:
                    small = file.bytes <= WHOLE
                    waiting.append((file, threads.submit(_whole, vault, file) if small else None))
                    flying += file.bytes if small else 0
                    while waiting and (flying > AHEAD or len(waiting) > 16 * THREADS):
                        flying -= self._next(vault, *waiting[0])
                        yield waiting.popleft()[0]
                while waiting:
                    self._next(vault, *waiting[0])
                    yield waiting.popleft()[0]
            except BaseException:
                for _, future in waiting:
                    if future is not None:
                        future.cancel()
                raise

    def tag(self, name: str, data: bytes) -> None:
        """A file that describes the bag."""
        with self._member(name, zipfile.ZIP_DEFLATED, len(data)) as file:
            file.write(data)
        self._tags[name] = hashlib.sha256(data).hexdigest()

    def close(self, sign: Callable[[dict[str, str]], bytes]) -> None:
        """Write the manifests. ``sign`` makes the signature from the checksums of the files that describe the bag."""
        self.tag(MANIFEST, _lines({f"data/{path}": digest for path, digest in self.sums.items()}))
        self.tag(SIGNATURE, sign(dict(self._tags)))
        self.tag(TAG_MANIFEST, _lines(self._tags))
        self._zip.close()

    def _next(self, vault: Vault, file: Sealed, ready: Future[tuple[bytes, str]] | None) -> int:
        with self._member(f"data/{file.path}", zipfile.ZIP_STORED, file.bytes) as member:
            if ready is not None:
                data, digest = ready.result()
                member.write(data)
                size = len(data)
            else:
                hashing = _Hashing(member)
                for piece in _pieces(vault, file):
                    hashing.write(piece)
                    if hashing.bytes > file.bytes:
                        break
                digest, size = hashing.sha256.hexdigest(), hashing.bytes
        if size != file.bytes or digest != (file.sha256 or digest):
            raise BadArchive(f"The archive was not made: {file.what} is stored, but not as it came.")
        self._enter(file.path, size, digest)
        return size if ready is not None else 0

    def _enter(self, path: str, size: int, digest: str) -> None:
        self.sums[path], self.sizes[path] = digest, size

    @contextmanager
    def _member(self, name: str, method: int, size: int | None = None) -> Iterator[BinaryIO]:
        info = zipfile.ZipInfo(f"{self.root}/{name}", self._now)  # type: ignore[arg-type]
        info.compress_type, info.external_attr, info.file_size = method, 0o644 << 16, size or 0
        with self._zip.open(info, "w", force_zip64=size is None) as file:
            yield file  # type: ignore[misc]


def _alike(data: bytes) -> bool:
    """Whether it would shrink so far that a reader must take it for a zip bomb: labels that are all the same."""
    return len(data) > RATIO_FLOOR and len(zlib.compress(data, 1)) * MAX_RATIO < 2 * len(data)


class _Hashing(io.RawIOBase):
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256, self.bytes = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        size = memoryview(data).nbytes
        self.bytes += size
        self._file.write(data)
        return size


def _whole(vault: Vault, file: Sealed) -> tuple[bytes, str]:
    with _naming(file):
        data = vault.get(file.blob, _key(file))
    return data, hashlib.sha256(data).hexdigest()


def _pieces(vault: Vault, file: Sealed) -> Iterator[bytes]:
    with _naming(file), vault.open(file.blob, _key(file)) as reader:
        while piece := reader.read(PIECE):
            yield piece


def _key(file: Sealed) -> bytes:
    if file.key is None:
        raise BadArchive("its key is missing.")
    return file.key


@contextmanager
def _naming(file: Sealed) -> Iterator[None]:
    """What is wrong with a stored file names what it is to the user."""
    try:
        yield
    except Error as error:
        raise type(error)(f"The archive was not made: {file.what} cannot be read: {error.detail}", **error.facts) from None


def _lines(sums: dict[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()


@contextmanager
def complete(target: Path) -> Iterator[BinaryIO]:
    """A file that becomes ``target`` when the block ends well, durably; else nothing is left. Raises Conflict, Full."""
    if target.exists():
        raise Conflict(f"{target.name} exists already: choose another place.")
    hidden = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb", PIECE) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        hidden.rename(target)
        sync_folder(target.parent)
    except BaseException as error:
        hidden.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritten(error) from error
        raise


def _unwritten(error: OSError) -> Error:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Full("There is not enough room for the archive: free some space, or write it to another disk.")
    return BadInput(f"The archive cannot be written there ({error.strerror}): choose another place.")


def piped(write: Callable[[BinaryIO], None]) -> Iterator[bytes]:
    """What ``write`` writes, as it writes it; its error is raised here."""
    reader, writer = os.pipe()

    def work() -> None:
        with os.fdopen(writer, "wb", PIECE) as file:
            write(file)

    with ThreadPoolExecutor(1, thread_name_prefix="archive") as thread:
        done = thread.submit(work)
        try:
            with os.fdopen(reader, "rb") as file:
                while piece := file.read(PIECE):
                    yield piece
        except BaseException:
            with suppress(Error, OSError):
                done.result()
            raise
        done.result()
