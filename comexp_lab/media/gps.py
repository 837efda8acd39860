"""Blank where a picture was taken: the GPS directory of EXIF and GPS properties of XMP, pixels untouched. Videos: ``places``.

Everything but PNG is edited in place and keeps its length, so that no offset inside the file moves: EXIF blocks
are found wherever they are (the file itself for TIFF, embedded previews, further pictures after the first), their GPS
entry is taken out and the directory behind it overwritten with zeros. In PNG the chunks are rewritten with new checksums.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator

from comexp_lab.media.places import blanked, places

_GPS_TAG = 0x8825
_TOLD = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska")  # videos that can say where they were filmed
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF = (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08")
_XMP = (
    re.compile(rb"""\w+:GPS\w*\s*=\s*("[^"]*"|'[^']*')"""),
    re.compile(rb"<(\w+:GPS\w*)\b[^>]*?(?:/>|>.*?</\1\s*>)", re.DOTALL),
)
_XMP_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta>|<rdf:RDF\b.*?</rdf:RDF>", re.DOTALL)
_PNG_TEXT_LIMIT = 16 << 20


def strip_gps(data: bytes, mime: str) -> bytes:
    """The same file without GPS; the very same object if there was none. Never fails: damaged parts are left alone."""
    if mime == "image/png":
        return _png(data)
    if mime.startswith("video/"):
        found = places(io.BytesIO(data)) if mime in _TOLD else []
        return b"".join(blanked([data], found)) if found else data
    out = bytearray(data)
    for start in _exif_blocks(data, mime):
        blank_exif(out, start)
    if b"GPS" in data:
        _blank_xmp(out)
    return data if out == data else bytes(out)


def _exif_blocks(data: bytes, mime: str) -> Iterator[int]:
    if mime == "image/tiff":
        yield 0
        return
    for header in (b"Exif\0\0II*\0", b"Exif\0\0MM\0*"):
        yield from (at + 6 for at in _all(data, header))
    for header in _TIFF:
        yield from _all(data, header)


def _all(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


class _Tiff:
    """Directories of a TIFF structure inside a buffer; classic (4-byte offsets) and BigTIFF (8-byte)."""

    def __init__(self, out: bytearray, start: int) -> None:
        order = "<" if out[start : start + 2] == b"II" else ">"
        self.out, self.start = out, start
        self.big = struct.unpack_from(order + "H", out, start + 2)[0] == 43
        self.count = struct.Struct(order + ("Q" if self.big else "H"))
        self.entry = struct.Struct(order + ("HHQ" if self.big else "HHI"))
        self.offset = struct.Struct(order + ("Q" if self.big else "I"))
        self.width = self.entry.size + self.offset.size
        self.first = self._offset(8 if self.big else 4)

    def _offset(self, at: int) -> int:
        return int(self.offset.unpack_from(self.out, self.start + at)[0])

    def entries(self, ifd: int) -> Iterator[tuple[int, int, int]]:
        """(position, tag, bytes of its value) of each entry."""
        number = min(self.count.unpack_from(self.out, self.start + ifd)[0], 4096)
        for index in range(number):
            at = ifd + self.count.size + index * self.width
            tag, kind, values = self.entry.unpack_from(self.out, self.start + at)
            yield at, tag, _SIZES.get(kind, 1) * values

    def value(self, at: int) -> int:
        return self._offset(at + self.entry.size)

    def following(self, ifd: int) -> int:
        number = self.count.unpack_from(self.out, self.start + ifd)[0]
        return self._offset(ifd + self.count.size + number * self.width)

    def zero(self, at: int, length: int) -> None:
        first = self.start + at
        last = min(first + length, len(self.out))
        self.out[first:last] = bytes(max(last - first, 0))

    def remove(self, ifd: int, at: int) -> None:
        """Take one entry out of a directory; the later ones and the link to the next directory move up."""
        number = self.count.unpack_from(self.out, self.start + ifd)[0]
        end = ifd + self.count.size + number * self.width + self.offset.size
        first, last = self.start + at, self.start + end
        self.out[first:last] = self.out[first + self.width : last] + bytes(self.width)
        self.count.pack_into(self.out, self.start + ifd, number - 1)


def blank_exif(out: bytearray, start: int = 0) -> None:
    """Remove the GPS directories of the EXIF (TIFF) block that begins at ``start``, in place, length unchanged."""
    try:
        tiff = _Tiff(out, start)
        ifd, seen = tiff.first, set[int]()
        while ifd and ifd not in seen and len(seen) < 64:
            seen.add(ifd)
            _blank_directory(tiff, ifd)
            ifd = tiff.following(ifd)
    except (struct.error, IndexError, OverflowError):
        return


def _blank_directory(tiff: _Tiff, ifd: int) -> None:
    while (found := next((at for at, tag, _ in tiff.entries(ifd) if tag == _GPS_TAG), None)) is not None:
        gps = tiff.value(found)
        tiff.remove(ifd, found)
        try:
            inside = list(tiff.entries(gps))
        except (struct.error, OverflowError):
            continue
        for at, _, length in inside:
            if tiff.offset.size < length <= 4096:
                tiff.zero(tiff.value(at), length)
        tiff.zero(gps, tiff.count.size + len(inside) * tiff.width)


def _blank_xmp(out: bytearray) -> None:
    """Overwrite GPS properties with spaces; a packet that still speaks of GPS goes as a whole."""
    for packet in _XMP_PACKET.finditer(bytes(out)):
        text = packet.group()
        if b"GPS" not in text:
            continue
        for pattern in _XMP:
            text = pattern.sub(lambda found: b" " * len(found.group()), text)
        out[packet.start() : packet.end()] = b" " * len(text) if b":GPS" in text else text


def _png(data: bytes) -> bytes:
    chunks, changed, at = [data[:8]], False, 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        whole = data[at : at + 12 + length]
        at += 12 + length
        clean = body if len(body) < length else _png_chunk(kind, body)
        if clean == body:
            chunks.append(whole)
            continue
        changed = True
        if clean is not None:
            chunks.append(struct.pack(">I", len(clean)) + kind + clean + struct.pack(">I", zlib.crc32(kind + clean)))
    return b"".join([*chunks, data[at:]]) if changed else data


def _png_chunk(kind: bytes, body: bytes) -> bytes | None:
    """The chunk's body without GPS; None to drop it."""
    if kind == b"eXIf":
        out = bytearray(body)
        blank_exif(out)
        return bytes(out)
    if kind in (b"tEXt", b"zTXt") and body.startswith((b"Raw profile type exif\0", b"Raw profile type APP1\0")):
        return None
    if kind == b"iTXt" and body.startswith(b"XML:com.adobe.xmp\0"):
        return _png_xmp(body)
    return body


def _png_xmp(body: bytes) -> bytes | None:
    name, flags, rest = body[:18], body[18:20], body[20:]
    text = rest.split(b"\0", 2)[-1]
    if flags[:1] == b"\1":
        try:
            text = zlib.decompressobj().decompress(text, _PNG_TEXT_LIMIT)
        except zlib.error:
            return None
    if b"GPS" not in text:
        return body
    out = bytearray(text)
    _blank_xmp(out)
    return None if b":GPS" in out else name + b"\0\0\0\0" + bytes(out)
