"""A tar without compression as a tree of files, read in place; nothing is ever extracted.

The sidebar sends many small files as one: a browser can put a tar together without reading a byte of them. Names and
clashes are judged as in a zip of strangers.
"""

from __future__ import annotations

import io
import tarfile
import threading
from pathlib import Path
from typing import BinaryIO

from comexp_lab.errors import BadArchive
from comexp_lab.media.archive import MAX_MEMBERS, NESTED, NOISE, refuse_clash, refuse_files_as_folders, safe_name

BLOCK = 512
_MARK = 257  # where ``ustar`` stands in the first block
_LARGEST_HEADER = 1 << 20


def is_tar(head: bytes) -> bool:
    """From the first 512 bytes."""
    return len(head) >= BLOCK and head[_MARK : _MARK + 5] == b"ustar"


class TarTree:
    """A FileTree over a hostile tar. BadArchive, with one line of why, when it is damaged or hostile."""

    def __init__(self, reader: BinaryIO, *, max_members: int = MAX_MEMBERS) -> None:
        self._reader, self._lock = reader, threading.Lock()
        self._end = reader.seek(0, io.SEEK_END)
        self.notes: list[tuple[str, str]] = []
        self._members: dict[str, tuple[int, int]] = {}  # where it begins, bytes
        self._check(max_members)

    def names(self) -> list[str]:
        return list(self._members)

    def size(self, name: str) -> int:
        return self._member(name)[1]

    def open(self, name: str) -> BinaryIO:
        return io.BufferedReader(_Window(self._reader, self._lock, *self._member(name)), 1 << 18)  # type: ignore[return-value]

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def path(self, name: str) -> Path | None:
        return None

    def _member(self, name: str) -> tuple[int, int]:
        if name not in self._members:
            raise BadArchive(f"There is no {name} in the tar.")
        return self._members[name]

    def _check(self, max_members: int) -> None:
        clashes = dict[str, str]()
        try:
            self._reader.seek(0)
            with tarfile.open(fileobj=_Headers(self._reader), mode="r:", encoding="utf-8", errors="surrogateescape") as tar:  # type: ignore[call-overload]
                for count, info in enumerate(tar):
                    if count >= max_members:
                        raise BadArchive(f"The tar has more than {max_members} members: split it.")
                    self._take(info, clashes)
                    tar.members = []  # type: ignore[attr-defined]  # it would keep all of them
        except (tarfile.TarError, ValueError, OverflowError, OSError, EOFError) as error:
            raise BadArchive(f"The tar is damaged: {' '.join(str(error).split())[:120]}.") from None
        refuse_files_as_folders(clashes)

    def _take(self, info: tarfile.TarInfo, clashes: dict[str, str]) -> None:
        if info.isdir() and set(info.name) <= set("./"):
            return
        name = safe_name(info.name)
        if info.isdir():
            return
        if not info.isreg() or info.issparse():
            raise BadArchive(f"{name} in the tar is a link, a device or sparse, not a plain file: pack plain files only.")
        if info.size < 0 or info.offset_data + info.size > self._end:
            raise BadArchive(f"{name} in the tar is cut off: add it again.")
        refuse_clash(name, clashes)
        if name.lower().endswith(NESTED):
            self.notes.append((name, "an archive inside the archive is not opened: add it by itself"))
        elif not NOISE.search(name):
            self._members[name] = info.offset_data, info.size


class _Headers(io.RawIOBase):
    """What tarfile sees: headers come in small reads, and a huge one is an attack."""

    def __init__(self, reader: BinaryIO) -> None:
        self._reader = reader

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_HEADER:
            raise BadArchive("A header in the tar is larger than 1 MB: that is an attack, or damage.")
        return self._reader.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def seekable(self) -> bool:
        return True


class _Window(io.RawIOBase):
    """A part of a file that others read as well."""

    def __init__(self, reader: BinaryIO, lock: threading.Lock, start: int, size: int) -> None:
        self._reader, self._lock, self._start, self._size, self._at = reader, lock, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        wanted = min(len(target), max(self._size - self._at, 0))
        with self._lock:
            self._reader.seek(self._start + self._at)
            data = self._reader.read(wanted)
        target[: len(data)] = data
        self._at += len(data)
        return len(data)
