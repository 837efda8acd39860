"""Looking through one file, whatever lies in it: raw bytes first, and then everything in them that can be decoded, and so on.

Nothing is asked for its name or type. Whatever begins with a magic number is tried, wherever it lies, so that a cut-off archive, a core
file or the free pages of a database are looked into like any other.
"""

from __future__ import annotations

import binascii
import codecs
import contextlib
import mmap
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import marks, streams, tables
from comexp_lab.rights.scanner.finder import Finder
from comexp_lab.rights.scanner.pictures import WORK, Album, frames, opened

BLOCK = 1 << 18
WINDOW, SHARED = 1 << 30, 16 << 20  # of a large file: what is looked at together, and what two such parts have in common
DEPTH = 10
ALLOWANCE, RATIO = 64 << 20, 100  # bytes that a file may unpack to in all: so many, and so many times its own size
REAL = 64  # bytes that a stream must have given, so that it was one; magic numbers turn up by chance
HEAD = 1 << 16  # bytes that show whether a block is text
BETWEEN = re.compile(rb"(?:[\s\"',+]|\\+[nrt\"'\s])+")
CLEAR = re.compile(rb"[\s!-~]")
ESCAPES = re.compile(rb"\\x[0-9a-fA-F]{2}|\\/|%2[BbFf]|%3[Dd]|&#(?:43|47|61|x2[bBfF]|x3[dD]);")
ESCAPING = (b"\\x", b"\\/", b"%2", b"%3", b"&#")  # what is quickly looked for first
MARKUP = {b"%2b": b"+", b"%2f": b"/", b"%3d": b"=", b"&#43;": b"+", b"&#47;": b"/", b"&#61;": b"="}
MARKUP |= {b"&#x2b;": b"+", b"&#x2f;": b"/", b"&#x3d;": b"="}
UNURL = bytes.maketrans(b"-_", b"+/")
COLUMNS = {"parquet": (b"PAR1", b"\x15", tables.parquet), "arrow": (b"ARROW1", b"\0\0", tables.arrow)}
LONGEST_GAP = 64
LAST_LINE = re.compile(BETWEEN.pattern + rb"([A-Za-z0-9+/_-]{1,23})(?![A-Za-z0-9+/_-])")

Hit = Callable[[int, list[str]], None]
Note = Callable[[str, list[str], bool], None]


class Exhausted(Exception):
    """The file's allowance is used up."""


class Look:
    """One set of needles; :meth:`file` may be called for many files."""

    def __init__(self, needles: list[Needle], hit: Hit, note: Note) -> None:
        self._finder = Finder((number, form) for number, needle in enumerate(needles) for form in needle.forms)
        markers = dict[int, list[int]]()
        for number, needle in enumerate(needles):
            if needle.marker is not None:
                markers.setdefault(needle.marker, []).append(number)
        self._album = Album([(number, look) for number, needle in enumerate(needles) for look in needle.hashes], markers)
        self._side = None if markers else WORK
        self._hit, self._note = hit, note
        self._begin(0)

    def _begin(self, size: int) -> None:
        self._left = ALLOWANCE + RATIO * size
        self._told, self._seen_before, self._more = set[str](), set[int](), False

    def name(self, name: bytes) -> None:
        for needle, _ in self._finder.find(name):
            self._hit(needle, ["its name"])

    def data(self, data: bytes) -> None:
        """Look through bytes in memory."""
        self._begin(len(data))
        with contextlib.suppress(Exhausted):
            self._unit(memoryview(data), 0, [])

    def file(self, fd: int) -> int:
        """Look through an open file; returns how many bytes of it hold data."""
        size = os.lseek(fd, 0, os.SEEK_END)
        self._begin(min(size, WINDOW))
        seen = 0
        for start, end in extents(fd, size):
            for at in range(start, end, WINDOW - SHARED):
                length = min(WINDOW, end - at)
                before = at % mmap.ALLOCATIONGRANULARITY
                with mmap.mmap(fd, length + before, offset=at - before, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as whole:
                    self._more = at + length < end
                    with contextlib.suppress(Exhausted):
                        self._unit(whole[before:], at, [])
                seen += length if at == start else length - min(SHARED, length)
                if at + length >= end:
                    break
        return seen

    def _unit(self, data: memoryview, base: int, path: list[str]) -> None:
        """Raw bytes, and all that begins in them. ``base``: where ``data`` begins in what it is part of."""
        begun, base64, hexes = list[tuple[int, str]](), list[tuple[int, int]](), list[tuple[int, int]]()
        written = False
        lap = max(self._finder.longest, 64)
        for at in range(0, max(len(data), 1), BLOCK):
            first = max(at - lap, 0)
            block = bytes(data[first : at + BLOCK])
            for needle, where in self._finder.find(block):
                self._hit(needle, [*path, f"bytes at {base + first + where}"])
            kinds = marks.classes(block)
            begun += [(first + where, kind) for where, kind in marks.beginnings(block, kinds) if where + 16 > at - first]
            base64 += [(first + start, first + end) for start, end in marks.base64_runs(kinds)]
            hexes += [(first + start, first + end) for start, end in marks.hex_runs(kinds)]
            written = written or _is_written(block)
        if bytes(data[:2]) == b"BM":  # too short a mark to be believed anywhere else
            begun.append((0, "picture"))
        for where, kind in dict(begun).items():
            self._begins(kind, data, where, base, path)
        if base64:
            self._texts(data, marks.joined(base64), base, path)
        for start, end in marks.joined(hexes):
            self._hex(bytes(data[start:end]), [*path, f"hex at {base + start}"])
        self._unescaped(data, written, base, path)
        if bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff"):
            self._derive([bytes(data).decode("utf-16", "ignore").encode("utf-8", "ignore")], [*path, "UTF-16"])

    def _begins(self, kind: str, data: memoryview, at: int, base: int, path: list[str]) -> None:
        here = [*path, f"{kind} at {base + at}"]
        if kind == "picture":
            self._picture(data[at - 4 if data[at : at + 4] == b"ftyp" else at :], [*path, f"picture at {base + at}"])
        elif kind == "npy":
            if self._album:
                for array in tables.npy(data[at:]):
                    self._seen([array], here)
        elif kind == "sqlite":
            self._derive(tables.sqlite(data[at : at + tables.sqlite_size(data[at:])]), here)
        elif kind in ("parquet", "arrow"):
            self._columns(kind, data, at, here)
        elif kind == "sealed":
            self._note("a 7z or rar archive is not looked into", here, True)
        elif kind == "duckdb":
            if at == 8 and not data[20] & 1:  # not encrypted; what is, holds nothing in the clear
                self._note("a DuckDB database is not decoded", here, True)
        elif not (kind == "zlib" and data[max(at - 4, 0) : at] == b"IDAT"):  # a PNG's pixels are seen as a picture
            self._unpack(kind, data[at:], here)

    def _unpack(self, kind: str, data: memoryview, here: list[str]) -> None:
        before = self._left
        try:
            self._derive(streams.stream(kind, data), here)
        except streams.Sealed as why:
            self._note(str(why), here, True)
        except streams.CutOff:
            if kind != "zlib" and before - self._left >= REAL:
                self._note("cut off or damaged: looked into as far as it goes", here, self._more)

    def _derive(self, pieces: Iterable[bytes] | Iterable[memoryview], here: list[str]) -> None:
        """Look through what was unpacked, in stretches of a bearable size."""
        held, at = bytearray(), 0
        try:
            for piece in pieces:
                self._spend(len(piece), here)
                held += piece
                if len(held) >= streams.STRETCH:
                    self._deeper(bytes(held), at, here, more=True)
                    at += len(held) - streams.OVERLAP
                    del held[: -streams.OVERLAP]
        finally:
            if held:
                self._deeper(bytes(held), at, here)

    def _deeper(self, data: bytes, at: int, here: list[str], more: bool = False) -> None:
        if len(here) > DEPTH:
            self._once("more than ten layers deep: not looked into further", here)
            return
        if hash(data) in self._seen_before:  # ten times the same member, or a stream that lies uncompressed in another
            return
        self._seen_before.add(hash(data))
        before, self._more = self._more, more
        self._unit(memoryview(data), at, here)
        self._more = before

    def _spend(self, size: int, here: list[str]) -> None:
        self._left -= size
        if self._left < 0:
            self._once("unpacks to far more than its size: not looked into further", here)
            raise Exhausted

    def _once(self, text: str, here: list[str]) -> None:
        if text not in self._told:
            self._told.add(text)
            self._note(text, here, True)

    def _columns(self, kind: str, data: memoryview, at: int, here: list[str]) -> None:
        """A column file ends with its magic, too; inside of something else its end is looked for."""
        magic, follows, read = COLUMNS[kind]
        body = data[at:]
        if bytes(body[len(magic) : len(magic) + len(follows)]) != follows:
            return
        if at == 0 and self._more:
            self._note("a table of more than 1 GB is not decoded", here, True)
        end = len(body) if bytes(body[-len(magic) :]) == magic else bytes(body).rfind(magic) + len(magic)
        if end > 2 * len(magic):
            self._derive(read(body[:end]), here)

    def _picture(self, data: memoryview, here: list[str]) -> None:
        if not self._album:
            return
        try:
            self._seen(frames(opened(data, self._side)), here)
        except Exhausted:
            raise
        except Exception:  # whatever Pillow makes of a hostile or chance beginning, it is no picture that anybody can see
            return

    def _seen(self, images: Iterable[object], here: list[str]) -> None:
        for image in images:
            height, width = image.shape[:2] if isinstance(image, np.ndarray) else image.size[::-1]  # type: ignore[attr-defined]
            self._spend(height * width, here)
            for needle, how in self._album.find(image):  # type: ignore[arg-type]
                self._hit(needle, [*here, how])

    def _texts(self, data: memoryview, runs: list[tuple[int, int]], base: int, path: list[str]) -> None:
        """Base64, run by run, and runs that are one text in several lines or strings."""
        for group in _groups(data, runs):
            group = _with_last_line(data, group)
            here = [*path, f"base64 at {base + group[0][0]}"]
            pieces = [bytes(data[start:end]) for start, end in group]
            for text, where in _alignments(pieces, data, group):
                self._derive_small(_decoded(text), [*path, f"base64 at {base + where}"] if where != group[0][0] else here)

    def _derive_small(self, data: bytes, here: list[str]) -> None:
        if len(data) >= 8:
            self._spend(len(data), here)
            self._deeper(data, 0, here)

    def _hex(self, digits: bytes, here: list[str]) -> None:
        for skip in range(1 + len(digits) % 2):
            self._derive_small(binascii.unhexlify(digits[skip : skip + len(digits) // 2 * 2]), here)

    def _unescaped(self, data: memoryview, written: bool, base: int, path: list[str]) -> None:
        """Once more without the escapes of JSON, Python, URLs and HTML, where there are any that matter."""
        if not written or (len(path) > 1 and all(step.startswith("escaped") for step in path[-2:])):
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = codecs.escape_decode(ESCAPES.sub(_meant, bytes(data)), "ignore")[0]  # type: ignore[attr-defined]
        self._derive([plain], [*path, f"escaped at {base}"])


def _is_written(block: bytes) -> bool:
    """Whether it is text with escapes that matter."""
    return b"\0" not in block[:HEAD] and any(mark[:1] in block and mark in block for mark in ESCAPING) and ESCAPES.search(block) is not None


def _meant(found: re.Match[bytes]) -> bytes:
    text = found[0].lower()
    return b"/" if text == b"\\/" else MARKUP.get(text, found[0])


def _groups(data: memoryview, runs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Runs between which there is nothing but line breaks, quotes and commas, together."""
    group = list[tuple[int, int]]()
    for start, end in runs:
        if group:
            last = group[-1][1]
            gap = bytes(data[last : min(start + 1, last + LONGEST_GAP)]) if start - last < LONGEST_GAP else b""
            whole = BETWEEN.fullmatch(gap[:-1]) or BETWEEN.fullmatch(gap)
            if gap and whole:
                start += whole.end() - (start - last) if whole.end() > start - last else 0  # the n of \\n is no digit
            else:
                yield group
                group = []
        group.append((start, end))
    if group:
        yield group


def _with_last_line(data: memoryview, group: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The last line of a text may be too short to be noticed by itself."""
    end = group[-1][1]
    found = LAST_LINE.match(bytes(data[end : end + 2 * LONGEST_GAP])) if len(group) > 1 else None
    return [*group, (end + found.start(1), end + found.end(1))] if found else group


def _alignments(pieces: list[bytes], data: memoryview, group: list[tuple[int, int]]) -> Iterator[tuple[bytes, int]]:
    """(text, where it begins) of all ways in which a group may be meant: as one, as several; from its beginning, or not."""
    whole = b"".join(pieces)
    start, end = group[0][0], group[-1][1]
    padded = len(whole) + (2 if bytes(data[end : end + 2]) == b"==" else 1 if bytes(data[end : end + 1]) == b"=" else 0)
    clear = start == 0 or CLEAR.match(data[start - 1 : start]) is not None
    yield from ((whole[skip:], start) for skip in ((0,) if clear and padded % 4 == 0 else (0, 1, 2, 3)))
    offset = 0
    for piece, (begins, _) in zip(pieces, group, strict=True):
        if offset % 4:
            yield piece, begins
        offset += len(piece)


def _decoded(text: bytes) -> bytes:
    if b"-" in text or b"_" in text:
        text = text.translate(UNURL)
    rest = len(text) % 4
    return binascii.a2b_base64(text[:-1] if rest == 1 else text + b"=" * (-rest % 4))


def extents(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """The stretches of a file that hold data; a sparse file may claim any size."""
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
            at = os.lseek(fd, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == 6:  # ENXIO: nothing but a hole until the end
                return
            start, at = at, size
        yield start, at
