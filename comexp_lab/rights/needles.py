"""What a scan looks for: exact byte strings, looks of pictures, and markers drawn into them.

A needle is personal data in the clear: it lives in memory only, and results name it by its id. Ids are the caller's and random.
"""

from __future__ import annotations

import html
import json
import secrets
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from comexp_lab.errors import BadInput

SHORTEST = 7  # bytes; fewer turn up by chance
SLICE = 48
SLICES = 5
VALUES = 8  # numbers of a vector in one slice
VARIETY = 16  # different bytes that a slice must have, so that it stands for this file only
HASH = 32  # bytes of a picture's hash
MARKERS = 1000  # markers there are: cv2.aruco.DICT_5X5_1000


@dataclass(frozen=True, slots=True)
class Needle:
    """Found where one of its byte strings, one of its hashes or its marker is."""

    id: str
    forms: tuple[bytes, ...] = ()
    hashes: tuple[bytes, ...] = ()
    marker: int | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How a picture looks, in all eight positions, and pieces of its pixels; made by ``Scanner.fingerprint``."""

    hashes: tuple[bytes, ...]
    pixels: tuple[bytes, ...]


def canary() -> str:
    """A text of 256 random bits, which is nowhere by chance."""
    return secrets.token_hex(32)


def text(id: str, value: str) -> Needle:
    """A name, an address, a label, in the encodings and escapes in which programs write it. BadInput if it is too short to tell."""
    if len(value.encode()) < SHORTEST:
        raise BadInput(f"A text of fewer than {SHORTEST} bytes turns up by chance: it cannot be looked for.")
    escaped = json.dumps(value)[1:-1]
    spellings = {value, escaped, escaped.replace("\\u", "\\U"), quote(value), html.escape(value), ascii(value)[1:-1]}
    spellings |= {"".join(f"\\u{ord(c):04X}" if ord(c) > 126 else c for c in value), json.dumps(value, ensure_ascii=False)[1:-1]}
    forms = {spelling.encode() for spelling in spellings}
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "cp1251", "gb18030"):
        try:
            forms.add(value.encode(encoding))
        except UnicodeEncodeError:
            continue
    return Needle(id, tuple(sorted(form for form in forms if len(form) >= SHORTEST)))


def content(id: str, data: bytes) -> Needle:
    """A file's bytes, by slices out of its middle: a copy is found whole, cut off, or with another head. BadInput if it is too plain."""
    found = slices(data)
    if not found:
        raise BadInput("This file is too small or too plain for its bytes to be told from others.")
    return Needle(id, found)


def slices(data: bytes, count: int = SLICES) -> tuple[bytes, ...]:
    """Up to ``count`` telling pieces, spread over ``data``."""
    if len(data) < SLICE:
        return (data,) if len(data) >= SHORTEST and len(set(data)) >= min(VARIETY, len(data) // 2) else ()
    found = dict[bytes, None]()
    last = len(data) - SLICE
    for part in range(count):
        first = last * (2 * part + 1) // (2 * count)
        for at in range(first, min(first + 64 * SLICE, last + 1), SLICE):
            piece = bytes(data[at : at + SLICE])
            if len(set(piece)) >= VARIETY:
                found[piece] = None
                break
    return tuple(found)


def vector(id: str, values: Sequence[float]) -> Needle:
    """An embedding, as numbers of 2, 4 and 8 bytes and as text. BadInput if it has fewer than eight numbers, or all the same."""
    if len(values) < VALUES or len(set(values)) < VALUES // 2:
        raise BadInput("A vector needs eight different numbers to be told from others.")
    forms = set[bytes]()
    singles = [struct.unpack("<f", struct.pack("<f", value))[0] for value in values]
    for at in {0, (len(values) - VALUES) // 2, len(values) - VALUES}:
        for letter in "efd":
            for piece in (values[at : at + VALUES], singles[at : at + VALUES]):
                try:
                    forms.add(struct.pack(f"<{VALUES}{letter}", *piece))
                except (OverflowError, struct.error):
                    continue
        for piece in (values[at : at + 3], singles[at : at + 3]):
            forms |= {mark.join(repr(float(value)) for value in piece).encode() for mark in (",", ", ")}
    return Needle(id, tuple(sorted(form for form in forms if len(set(form)) >= 6)))


def picture(id: str, look: Fingerprint, data: bytes = b"") -> Needle:
    """A picture: its look, pieces of its pixels, and of its file if ``data`` is given."""
    return Needle(id, look.pixels + slices(data), look.hashes)


def marker(id: str, number: int) -> Needle:
    """A visual canary: the ArUco marker ``number`` drawn into a picture, found in collages of it too."""
    if not 0 <= number < MARKERS:
        raise BadInput(f"Markers are numbered from 0 to {MARKERS - 1}.")
    return Needle(id, marker=number)


def packed(needles: Iterable[Needle]) -> tuple[list[dict[str, Any]], bytes]:
    """Needles as plain JSON and one byte string, for the process that looks."""
    rows, blob = [], bytearray()
    for needle in needles:
        rows.append({"forms": [len(form) for form in needle.forms], "hashes": len(needle.hashes), "marker": needle.marker})
        for part in needle.forms + needle.hashes:
            blob += part
    return rows, bytes(blob)


def unpacked(rows: list[dict[str, Any]], blob: bytes) -> list[Needle]:
    """The other way; a needle's id is its place in the list."""
    found, at = [], 0
    for number, row in enumerate(rows):
        parts = []
        for size in [*row["forms"], *[HASH] * row["hashes"]]:
            parts.append(blob[at : at + size])
            at += size
        cut = len(row["forms"])
        found.append(Needle(str(number), tuple(parts[:cut]), tuple(parts[cut:]), row["marker"]))
    return found
