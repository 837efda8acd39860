"""Where an export goes: a folder, a zip, or memory. Folder and zip have a temporary name until they are complete and durable."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from comexp_lab.errors import BadInput, Conflict

MEDIA = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".mp4", ".webm", ".mov", ".avi", ".mkv", ".tif", ".tiff")


class _Hashing:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes | memoryview) -> int:
        self.hash.update(data)
        self.bytes += len(data)
        return self._file.write(data)


class _Sink:
    """Counts and hashes what is written."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hashes: dict[str, str] = {}

    @property
    def files(self) -> int:
        return len(self.hashes)

    @property
    def digest(self) -> str:
        """SHA-256 over the lines ``<sha256>  <name>`` of all files, sorted by name: as ``sha256sum`` prints them."""
        lines = "".join(f"{self.hashes[name]}  {name}\n" for name in sorted(self.hashes))
        return hashlib.sha256(lines.encode()).hexdigest()

    def write(self, name: str, data: bytes) -> None:
        with self.open(name) as file:
            file.write(data)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        name = safe(name)
        with self._open(name) as file:
            hashing = _Hashing(file)
            yield hashing  # type: ignore[misc]
        self.hashes[name] = hashing.hash.hexdigest()
        self.bytes += hashing.bytes

    def _open(self, name: str) -> AbstractContextManager[BinaryIO]:
        raise NotImplementedError


class FolderSink(_Sink):
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        root.mkdir(parents=True)

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        for folder, _, _ in os.walk(self.root):
            _sync(Path(folder))


class ZipSink(_Sink):
    """Members of a zip: label files deflated, media stored as they are."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self._zip = zipfile.ZipFile(self._file, "w", compresslevel=1)

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        member.external_attr = 0o644 << 16
        member.compress_type = zipfile.ZIP_STORED if name.lower().endswith(MEDIA) else zipfile.ZIP_DEFLATED
        if member.filename in self._zip.NameToInfo:
            raise FileExistsError(name)
        with self._zip.open(member, "w", force_zip64=True) as file:
            yield file  # type: ignore[misc]

    def close(self) -> None:
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class MemorySink(_Sink):
    """Files in memory, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, bytes] = {}

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        file = io.BytesIO()
        yield file
        self.held[name] = file.getvalue()


@contextmanager
def destination(target: Path) -> Iterator[FolderSink | ZipSink]:
    """A sink that becomes ``target`` (a zip if it ends in ``.zip``, else a folder) when the block ends well, else nothing.

    Conflict if something is there already.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Conflict(f"{target.name} exists already: choose another place.")
    hidden = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        sink: FolderSink | ZipSink = ZipSink(hidden) if target.suffix.lower() == ".zip" else FolderSink(hidden)
    except (NotADirectoryError, PermissionError, FileExistsError) as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}): choose another place.") from None
    try:
        yield sink
        sink.close()
        hidden.replace(target)
        _sync(target.parent)
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            sink.close()
        _remove(hidden)
        raise


def safe(name: str) -> str:
    """A name that stays below its root; BadInput otherwise."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name or "\0" in name:
        raise BadInput(f"The sample name {name!r} cannot be a file name in an export: rename the sample.")
    return str(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
