"""A zip of strangers as a tree of files, read member by member; nothing is ever extracted to disk.

Everything is checked before the first member is opened, from the central directory: names, kinds, sizes, ratios, overlaps,
clashes. What a member then yields is bounded by the size it declared and must match its checksum.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import threading
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

from comexp_lab.errors import BadArchive, Error

MAX_MEMBERS = 200_000
MAX_NAME = 1024
MAX_DEPTH = 32
MAX_RATIO = 100
RATIO_FLOOR = 1 << 20  # members up to this size may shrink as far as they like
MAX_TOTAL = 256 << 30
_DIRECTORY_LIMIT = 128 << 20
_END, _END64, _LOCATOR, _ENTRY = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
NOISE = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.ipynb_checkpoints/|\._)")
NESTED = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2")
ZIP_MAGIC = (b"PK\3\4", b"PK\5\6")


class ZipTree:
    """A FileTree over a hostile zip. BadArchive, with one line of why, when it is damaged or hostile."""

    def __init__(self, reader: BinaryIO, *, max_members: int = MAX_MEMBERS, max_total: int = MAX_TOTAL) -> None:
        _count_members(reader, max_members)
        reader.seek(0)
        try:
            self._zip = zipfile.ZipFile(reader)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
            raise BadArchive(f"The zip is damaged: {_line(error)}.") from None
        self._lock = threading.Lock()
        self.notes: list[tuple[str, str]] = []
        self._members = self._checked(max_total)

    def names(self) -> list[str]:
        return list(self._members)

    def size(self, name: str) -> int:
        return self._member(name).file_size

    def open(self, name: str) -> BinaryIO:
        """The member as a stream; BadArchive while reading if its content is not what the directory promised."""
        info = self._member(name)
        try:
            with self._lock:
                return io.BufferedReader(_Member(name, self._zip.open(info), info.file_size), 1 << 18)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, struct.error) as error:
            raise BadArchive(f"{name} in the zip is damaged: {_line(error)}.") from None

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def path(self, name: str) -> Path | None:
        return None

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise BadArchive(f"There is no {name} in the zip.")
        return self._members[name]

    def _checked(self, max_total: int) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        _refuse_overlaps(entries, self._zip.start_dir)
        total, members, clashes = 0, {}, dict[str, str]()
        for info in entries:
            name = safe_name(info.orig_filename)
            _refuse_kind(name, info)
            total += info.file_size
            if total > max_total:
                raise BadArchive(f"The zip unpacks to more than {max_total >> 30} GB: split it.")
            if info.orig_filename.endswith("/"):
                continue
            refuse_clash(name, clashes)
            if name.lower().endswith(NESTED):
                self.notes.append((name, "an archive inside the archive is not opened: add it by itself"))
            elif not NOISE.search(name):
                members[name] = info
        refuse_files_as_folders(clashes)
        return members


class _Member(io.RawIOBase):
    """A member's bytes, at most as many as it declared; damage becomes BadArchive."""

    def __init__(self, name: str, file: IO[bytes], size: int) -> None:
        self._name, self._file, self._size = name, file, size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._guard(lambda: self._file.seek(offset, whence))

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._guard(lambda: self._file.read(len(target)))
        if not data and len(target) and self._file.tell() < self._size:
            raise BadArchive(f"{self._name} in the zip is shorter than the zip says.")
        target[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _guard(self, work):  # type: ignore[no-untyped-def]
        try:
            return work()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError) as error:
            raise BadArchive(f"{self._name} in the zip is damaged: {_line(error)}.") from None


def safe_name(name: str) -> str:
    """A member's name as a clean relative path; BadArchive if it could mean a place outside."""
    shown = name[:80].encode("unicode_escape").decode()
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
        raise BadArchive(f"A name in the archive is longer than {MAX_NAME} bytes: {shown}….")
    if "\\" in name or any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in name):
        raise BadArchive(f"A name in the archive holds a backslash or control character: {shown}.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or not parts:
        raise BadArchive(f"A name in the archive points outside it: {shown}.")
    if len(parts) > MAX_DEPTH:
        raise BadArchive(f"The folders in the archive are nested deeper than {MAX_DEPTH}: {shown}….")
    return "/".join(parts)


def _refuse_kind(name: str, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"{name} in the zip is a link or device, not a file: pack plain files only.")
    if info.flag_bits & 0x1:
        raise BadArchive(f"{name} in the zip is encrypted: pack it without a password.")
    if info.compress_type not in _METHODS:
        raise BadArchive(f"{name} in the zip is packed with an uncommon method: use store or deflate.")
    if info.file_size > max(MAX_RATIO * info.compress_size, RATIO_FLOOR):
        raise BadArchive(f"{name} in the zip unpacks to more than {MAX_RATIO} times its size: that is a zip bomb.")
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        raise BadArchive(f"{name} in the zip lies about its size.")


def _refuse_overlaps(entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Members may not share bytes, as in overlap bombs, nor reach into the directory."""
    spans = sorted((info.header_offset, info.compress_size + 30) for info in entries)
    ends = [start for start, _ in spans[1:]] + [directory]
    if any(start < 0 or start + length > end for (start, length), end in zip(spans, ends, strict=False)):
        raise BadArchive("Members of the zip overlap: it is damaged or a zip bomb.")


def refuse_clash(name: str, clashes: dict[str, str]) -> None:
    key = unicodedata.normalize("NFC", name).casefold()
    if key in clashes:
        raise BadArchive(f"Two names in the archive differ in nothing, or in case or accents only: {name[:80]}.")
    clashes[key] = name


def refuse_files_as_folders(clashes: dict[str, str]) -> None:
    folders = set[str]()
    for key in clashes:
        while (key := key.rpartition("/")[0]) and key not in folders:
            folders.add(key)
    both = next((name for key, name in clashes.items() if key in folders), None)
    if both is not None:
        raise BadArchive(f"{both[:80]} is both a file and a folder in the archive.")


def _count_members(reader: BinaryIO, most: int) -> None:
    """Refuse too many members before anything is built for them, whatever number the end record claims."""
    try:
        start, length, claimed = _directory(reader)
        if claimed > most or length > _DIRECTORY_LIMIT:
            raise BadArchive(f"The zip has more than {most} members: split it.")
        reader.seek(start)
        directory = reader.read(length)
    except (OSError, ValueError, struct.error) as error:
        raise BadArchive(f"The zip is damaged: {_line(error)}.") from None
    at, count, lengths = 0, 0, struct.Struct("<HHH")
    while directory[at : at + 4] == _ENTRY and at + 46 <= len(directory):
        at += 46 + sum(lengths.unpack_from(directory, at + 28))
        count += 1
        if count > most:
            raise BadArchive(f"The zip has more than {most} members: split it.")
    if count != claimed or at != length:
        raise BadArchive("The zip's directory is damaged: pack it again.")


def _directory(reader: BinaryIO) -> tuple[int, int, int]:
    """(position, bytes, members) of the central directory, as the end record claims."""
    size = reader.seek(0, io.SEEK_END)
    back = min(size, 22 + 0xFFFF + 20)
    reader.seek(size - back)
    tail = reader.read(back)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise BadArchive("This is not a zip, or its end is missing: pack or add it again.")
    claimed, length = struct.unpack_from("<HI", tail, at + 10)
    end = size - back + at
    if tail[max(at - 20, 0) : at][:4] == _LOCATOR:
        end -= 20 + 56  # the record lies right before its locator; zipfile looks there too, whatever the locator says
        reader.seek(max(end, 0))
        record = reader.read(56)
        if record[:4] != _END64 or len(record) < 56:
            raise BadArchive("The zip's directory is damaged: pack it again.")
        claimed, length = struct.unpack_from("<QQ", record, 32)
    if length > end:
        raise BadArchive("The zip's directory is damaged: pack it again.")
    return max(end - length, 0), length, claimed


def _line(error: BaseException) -> str:
    if isinstance(error, Error):
        return error.detail
    return " ".join(str(error).split())[:120] or type(error).__name__
