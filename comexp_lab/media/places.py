"""Where a video was filmed, as its file tells it: found without reading pictures, blanked without moving a byte.

In MP4 and MOV cameras write it as ``©xyz`` (ISO 6709) or ``loci`` (3GPP) beside the title, as ``com.apple.quicktime.location.…``
in a list of keys and values, or inside an XMP packet. Each such atom becomes a ``free`` atom of the same length, which players
pass over. Tracks of sensor data (GoPro, CAMM) are not looked into. Matroska and WebM: see ``ebml``.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Literal, NamedTuple

from comexp_lab.media import ebml


class Place(NamedTuple):
    """A part of a file that tells a place, and what it is to become: a ``free`` atom, or a ``Void`` element."""

    at: int
    length: int
    into: Literal["free", "void"] = "free"


MOST = 10_000  # atoms in one container
LARGEST = 16 << 20  # bytes of an atom that is looked into or blanked
_POSITIONS = (b"\xa9xyz", b"loci")
_PACKETS = (b"uuid", b"XMP_")
_CONTAINERS = (b"moov", b"trak", b"udta", b"meta", b"ilst")


class _Atom(NamedTuple):
    kind: bytes
    at: int
    body: int
    end: int


def places(file: BinaryIO) -> list[Place]:
    """The parts of an MP4, MOV, Matroska or WebM that say where it was filmed. Never fails: damaged parts are passed over."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(4) == ebml.MAGIC:
        return [Place(at, length, "void") for at, length in ebml.places(file, size)]
    return list(_inside(file, 0, size, depth=0))


def believed(told: Iterable[Iterable[Any]]) -> tuple[Place, ...]:
    """Places as a child tells them; ValueError or TypeError if they cannot be."""
    found = tuple(Place(int(at), int(length), "void" if into == "void" else "free") for at, length, into in told)
    if any(place.at < 0 or not (2 if place.into == "void" else 8) <= place.length <= LARGEST for place in found):
        raise ValueError("no place in a file")
    return found


def blanked(pieces: Iterable[bytes], where: Iterable[Place]) -> Iterator[bytes]:
    """The pieces of a file with its places made free."""
    patches = [(place, ebml.void_head(place.length) if place.into == "void" else _free_head(place.length)) for place in where]
    at = 0
    for piece in pieces:
        end = at + len(piece)
        out = bytearray(piece)
        for place, head in patches:
            first, last = max(place.at, at), min(place.at + place.length, end)
            if first < last:
                begun = head[first - place.at : last - place.at]
                out[first - at : last - at] = begun + bytes(last - first - len(begun))
        yield bytes(out)
        at = end


def _free_head(length: int) -> bytes:
    return struct.pack(">I4s", length, b"free")


def _atoms(file: BinaryIO, at: int, end: int) -> Iterator[_Atom]:
    for _ in range(MOST):
        file.seek(at)
        head = file.read(16)
        if at + 8 > end or len(head) < 8:
            return
        length, kind = struct.unpack_from(">I4s", head)
        body = at + 8
        if length == 1 and len(head) == 16:
            length, body = int.from_bytes(head[8:], "big"), at + 16
        elif length == 0:
            length = end - at
        if not body <= at + length <= end:
            return
        yield _Atom(kind, at, body, at + length)
        at += length


def _inside(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[Place]:
    atoms = list(_atoms(file, start, end))
    names = [name for atom in atoms if atom.kind == b"keys" for name in _names(_read(file, atom))]
    for atom in atoms:
        if atom.end - atom.at <= LARGEST and (atom.kind in _POSITIONS or _tells(file, atom)):
            yield Place(atom.at, atom.end - atom.at)
        elif atom.kind == b"ilst" and names:
            yield from _values(file, atom, names)
        elif atom.kind in _CONTAINERS and depth < 8:
            yield from _inside(file, _children(file, atom), atom.end, depth + 1)


def _tells(file: BinaryIO, atom: _Atom) -> bool:
    return atom.kind in _PACKETS and b"GPS" in _read(file, atom)


def _read(file: BinaryIO, atom: _Atom) -> bytes:
    file.seek(atom.body)
    return file.read(min(atom.end - atom.body, LARGEST))


def _children(file: BinaryIO, atom: _Atom) -> int:
    """Where an atom's children begin: ``meta`` has a version before them in MP4, and none in MOV."""
    file.seek(atom.body)
    return atom.body + 4 if atom.kind == b"meta" and file.read(8)[4:] != b"hdlr" else atom.body


def _names(body: bytes) -> Iterator[str]:
    """The names of keys, in order."""
    at = 8
    while at + 8 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        if length < 8:
            return
        yield body[at + 8 : at + length].decode("utf-8", "replace").lower()
        at += length


def _values(file: BinaryIO, atom: _Atom, names: list[str]) -> Iterator[Place]:
    """The values whose key speaks of a place: the kind of each is the number of its key."""
    for item in _atoms(file, atom.body, atom.end):
        number = int.from_bytes(item.kind, "big")
        if 0 < number <= len(names) and ("location" in names[number - 1] or "gps" in names[number - 1]):
            yield Place(item.at, item.end - item.at)
