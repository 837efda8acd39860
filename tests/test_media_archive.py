"""Zips of strangers: ordinary ones read as they are, every hostile one refused in one line and in no time."""

from __future__ import annotations

import io
import random
import stat
import struct
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comexp_lab.errors import BadArchive
from comexp_lab.media.archive import ZipTree

Entry = tuple[str, bytes]


def packed(*entries: Entry, method: int = zipfile.ZIP_DEFLATED, mode: int | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.filename = info.orig_filename = name  # as given: ZipInfo cuts at NUL
            info.compress_type = method
            info.external_attr = (mode if mode is not None else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, data)
    return out.getvalue()


def tree(data: bytes, **limits: int) -> ZipTree:
    return ZipTree(io.BytesIO(data), **limits)


def read_all(data: bytes) -> dict[str, bytes]:
    found = tree(data)
    return {name: found.read(name) for name in found.names()}


@settings(max_examples=40, deadline=2000)
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}\.(jpg|json)", fullmatch=True), st.binary(max_size=2000), max_size=12),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_ordinary_zips_read_as_they_are(files: dict[str, bytes], method: int) -> None:
    assert read_all(packed(*files.items(), method=method)) == files


def test_members_stream_and_seek() -> None:
    content = random.Random(1).randbytes(3 << 20)
    found = tree(packed(("a/b.mp4", content), ("c.jpg", b"x"), method=zipfile.ZIP_STORED))
    assert found.size("a/b.mp4") == len(content) and found.path("c.jpg") is None
    with found.open("a/b.mp4") as file:
        file.seek(2_000_000)
        assert file.read(10) == content[2_000_000:2_000_010]
        file.seek(5)
        assert file.read(3) == content[5:8]


def test_what_mac_and_windows_add_is_left_out_and_nested_archives_are_told() -> None:
    noise = (("__MACOSX/._a.jpg", b"2"), (".DS_Store", b"3"), ("d/Thumbs.db", b"4"), ("x/", b""))
    found = tree(packed(("a.jpg", b"1"), *noise, ("more.zip", b"PK")))
    assert found.names() == ["a.jpg"] and found.notes[0][0] == "more.zip"


def test_zips_of_every_maker_are_read() -> None:
    """Appended to other bytes, with a comment, ZIP64, from a stream, with ./ before names."""
    plain = packed(("a.jpg", b"1" * 100))
    assert read_all(b"#!/bin/sh\n" + plain)["a.jpg"] == b"1" * 100
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"a comment " * 20
        with archive.open("./big.jpg", "w", force_zip64=True) as file:
            file.write(b"2" * 50)
    assert read_all(out.getvalue()) == {"big.jpg": b"2" * 50}
    assert len(tree(_many(66_000)).names()) == 66_000


def _many(count: int) -> bytes:
    """A ZIP64 of empty files, put together by hand because zipfile takes seconds for it."""
    heads, directory = [], []
    for n in range(count):
        name = b"%06d.jpg" % n
        heads.append(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, 0, 0, 0, 33, 0, 0, 0, 10, 0) + name)
        directory.append(struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, 0, 0, 33, 0, 0, 0, 10, 0, 0, 0, 0, 0, n * 40) + name)
    start, length = count * 40, count * 56
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
    end += struct.pack("<4sIQI", b"PK\6\7", 0, start + length, 1)
    return b"".join([*heads, *directory]) + end + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


# ---- hostile ones ---------------------------------------------------------------------------------------------------
NAMES = [
    "../x",
    "a/../../x",
    "a/..",
    "..",
    "/etc/passwd",
    "//x",
    "C:/x",
    "c:x",
    "a\\b",
    "..\\x",
    "\\\\host\\x",
    "a\0b",
    "\0",
    "a\nb",
    "a\x7fb",
    "\x1b[31m",
    "x" * 1025,
    "é" * 600,
    "/".join("d" * 40),
    "./../x",
    "a/./../..",
    "/",
    ".",
    "./",
    "a/b/../../../c",
    "~/../..",
    "Z:",
]
KINDS = [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, 0o050000 | 0o150000]
GOOD = {"a.jpg": b"hello " * 50, "b.jpg": b"world " * 50}
CLASHES = [
    ("a.jpg", "a.jpg"),
    ("a.jpg", "A.JPG"),
    ("ß.jpg", "SS.jpg"),
    ("é.jpg", unicodedata.normalize("NFD", "é.jpg")),
    ("a/b", "a"),
    ("a", "a/b/c"),
    ("İ.jpg", "i̇.jpg"),
    ("x/y.jpg", "X/y.jpg"),
    ("x/./y", "x/y"),
    ("x//y", "x/y"),
]


def _edit(data: bytes, where: bytes, offset: int, form: str, value: int, nth: int = 0) -> bytes:
    """Overwrite a field of the nth record that begins with ``where``."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(where, at + 1)
    out = bytearray(data)
    struct.pack_into(form, out, at + offset, value)
    return bytes(out)


def _overlapping(copies: int) -> bytes:
    """Many directory entries that share one compressed kernel."""
    data = bytearray(packed(("0", bytes(900_000))))
    start = data.index(b"PK\1\2")
    entry, end = bytes(data[start : data.index(b"PK\5\6")]), bytes(data[data.index(b"PK\5\6") :])
    body = bytes(data[:start])
    entries = b"".join(entry[:46] + chr(65 + n).encode() + entry[47:] for n in range(copies))
    return body + entries + end[:8] + struct.pack("<HHII", copies, copies, len(entries), start) + end[20:]


def _quoted(copies: int) -> bytes:
    """Fifield's bomb: each member's data begins inside the one before."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = kernel.compress(bytes(1 << 20)) + kernel.flush()
    heads, offset, directory = [], 0, b""
    for n in range(copies):
        name = f"{n:04d}".encode()
        rest = (copies - n - 1) * 34
        heads.append(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, rest + len(body), 1 << 20, 4, 0) + name)
        fields = (b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, rest + len(body), 1 << 20, 4, 0, 0, 0, 0, 0, offset)
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", *fields) + name
        offset += 34
    start = offset + len(body)
    return b"".join(heads) + body + directory + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, copies, copies, len(directory), start, 0)


def hostile() -> Iterator[tuple[str, bytes]]:
    good = packed(*GOOD.items())
    for name in NAMES:
        yield f"name {name[:20]!r}", packed(("ok.jpg", b"1"), (name, b"2"))
    for kind in KINDS:
        for permissions in (0o777, 0o644, 0o4755):
            yield f"kind {kind:o} {permissions:o}", packed(("link", b"/etc/passwd"), mode=kind | permissions)
    for one, other in CLASHES:
        yield f"clash {one!r} {other!r}", packed((one, b"1"), (other, b"2"))
        yield f"clash {other!r} {one!r}", packed((other, b"1"), (one, b"2"))
    for flags in (1, 9, 0x41, 0x2041):
        for nth in (0, 1):
            yield f"encrypted {flags} {nth}", _edit(good, b"PK\1\2", 8, "<H", flags, nth)
    for method in (1, 6, 9, 12, 14, 93, 95, 98, 99):
        yield f"method {method}", _edit(good, b"PK\1\2", 10, "<H", method)
    for size in (2 << 20, 100 << 20, 0xFFFFFFFE):
        yield f"bomb {size}", _edit(good, b"PK\1\2", 24, "<I", size)
        yield f"ratio {size}", packed(("zeros.bmp", bytes(min(size, 8 << 20))))
    for copies in (2, 20, 200):
        yield f"overlap {copies}", _overlapping(copies)
        yield f"quoted {copies}", _quoted(copies)
    for offset in (1, 5, 30, 60, 10_000, 0xFFFFFFF0):
        yield f"offset {offset}", _edit(good, b"PK\1\2", 42, "<I", offset, 1)
    for count in (0, 1, 3, 60_000, 65_534):
        data = _edit(good, b"PK\5\6", 10, "<H", count)
        yield f"count {count}", _edit(data, b"PK\5\6", 8, "<H", count)
    for length in (0, 10, 47, 1000, 0xFFFFFFFE):
        yield f"directory {length}", _edit(good, b"PK\5\6", 12, "<I", length)
    for cut in range(1, len(good), 9):
        yield f"cut {cut}", good[:cut]
    yield "empty", b""
    yield "not a zip", b"PK\3\4" + bytes(1000)
    yield "tar", b"x.jpg".ljust(257, b"\0") + b"ustar" + bytes(1000)
    for size in (0, 1, 100, 299, 301, 5000, 900_000):
        yield f"lying size {size}", _edit(good, b"PK\1\2", 24, "<I", size)
    for size in (1, 5, 60, 5000):
        yield f"lying packed size {size}", _edit(good, b"PK\1\2", 20, "<I", size)
    for value in (0, 1, 0xDEADBEEF):
        yield f"checksum {value}", _edit(good, b"PK\1\2", 16, "<I", value)
    chance = random.Random(3)
    for n in range(60):
        data = bytearray(good)
        start = good.index(b"PK\3\4")
        for _ in range(3):
            data[chance.randrange(start + 40, good.index(b"PK\1\2"))] ^= 0xFF
        yield f"flipped {n}", bytes(data)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # zipfile warns of the names that we give twice on purpose
    HOSTILE = dict(hostile())


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 200


def test_every_hostile_zip_is_refused_in_one_line_and_quickly() -> None:
    taken = []
    for name, data in HOSTILE.items():
        began = time.monotonic()
        try:
            found = read_all(data)
            if not name.startswith("flipped") or found != GOOD:  # a flipped date does no harm
                taken.append(name)
        except BadArchive as error:
            assert "\n" not in str(error) and len(str(error)) < 400 and str(error).isprintable(), name
        assert time.monotonic() - began < 2, name
    assert taken == []


@pytest.mark.parametrize("trick", ["none", "count", "locator"])
def test_a_million_members_are_refused_before_they_are_built(trick: str) -> None:
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 1_000_000
    count = 1 if trick == "count" else 1_000_000
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), 0)
    data = directory + end64 + struct.pack("<4sIQI", b"PK\6\7", 0, 7 if trick == "locator" else len(directory), 1)
    data += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    began = time.monotonic()
    with pytest.raises(BadArchive, match="more than 200000 members"):
        tree(data)
    assert time.monotonic() - began < 2


def test_limits_are_the_callers() -> None:
    data = packed(*((f"{n}.jpg", bytes(1000)) for n in range(11)), method=zipfile.ZIP_STORED)
    with pytest.raises(BadArchive, match="10 members"):
        tree(data, max_members=10)
    with pytest.raises(BadArchive, match="unpacks to more"):
        tree(data, max_total=10_999)
    assert len(tree(data, max_members=11, max_total=11_000).names()) == 11


@settings(max_examples=300, deadline=2000)
@given(st.data())
def test_no_mutation_gets_anything_but_files_or_a_refusal(data: st.DataObject) -> None:
    damaged = bytearray(packed(("a.jpg", b"hello " * 50), ("d/b.json", b"world " * 9)))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    check: Callable[[str], bool] = lambda name: not name.startswith("/") and ".." not in name.split("/")  # noqa: E731
    try:
        found = read_all(bytes(damaged))
    except BadArchive:
        return
    assert all(check(name) for name in found)
