"""Where a video was filmed, as Matroska and WebM files tell it: found without reading pictures.

It stands in tags (``LOCATION``, ``COM.APPLE.QUICKTIME.LOCATION.ISO6709``). Each such tag becomes a ``Void`` element of the same
length, which players pass over, and so do the checksums (``CRC-32``) of the elements around it, which would no longer fit.
Attached files are not looked into. Element numbers and sizes as in RFC 8794 and RFC 9559.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"\x1aE\xdf\xa3"
MOST = 1_000_000  # elements in one file: some hours of a live recording
MOST_TAGS = 1000  # blanked one by one; where more tell a place, or too many are there to see, all tags leave
LARGEST = 16 << 20  # bytes of an element that is looked into or blanked
DEEPEST = 8
_SEGMENT, _CLUSTER, _TAGS, _TAG, _SIMPLE, _NAME, _CRC = 0x18538067, 0x1F43B675, 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0xBF
_WINDOW = 1 << 16
_WORDS = ("location", "gps", "latitude", "longitude")


class _Element(NamedTuple):
    number: int
    at: int
    body: int
    end: int | None  # None: until something of the level above begins, as in live recordings


def places(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """(offset, bytes) of the elements that say where it was filmed. Never fails: damaged parts are passed over."""
    return sorted(set(Walk(file, size).found()))


class Walk:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size, self.left = file, size, MOST
        self.start, self.window = 0, b""

    def found(self) -> Iterator[tuple[int, int]]:
        """Segments, and clusters of unknown size, are stepped into: what they hold shows on the same level."""
        sums: list[_Element] = []
        at = 0
        while element := self.element(at, self.size):
            inside = element.number == _SEGMENT or element.end is None
            if element.end is None and element.number not in (_SEGMENT, _CLUSTER):
                return
            if element.number == _SEGMENT:
                first = self.element(element.body, self.size)
                sums = [first] if first and first.number == _CRC else []
            if element.number == _TAGS and (hits := list(self.inside(element, 0))):
                hits = [element] if len(hits) > MOST_TAGS or self.left < 0 else hits
                yield from ((hit.at, (hit.end or hit.at) - hit.at) for hit in [*hits, *sums])
            at = element.body if inside else element.end or self.size

    def inside(self, parent: _Element, depth: int) -> Iterator[_Element]:
        """The tags in ``Tags``, ``Tag`` or ``SimpleTag`` that tell a place, and the checksums that they make wrong."""
        children = list(self.children(parent))
        hits: list[_Element] = []
        for child in children:
            if child.number == _SIMPLE and self.tells(child):
                hits.append(child)
            elif child.number in (_TAG, _SIMPLE) and depth < DEEPEST:
                hits += self.inside(child, depth + 1)
        if self.left < 0:
            yield parent
        if hits:
            yield from (child for child in children if child.number == _CRC)
        yield from hits

    def tells(self, tag: _Element) -> bool:
        names = (self.read(child.body, min((child.end or 0) - child.body, 1000)) for child in self.children(tag) if child.number == _NAME)
        return any(word in name.decode("utf-8", "replace").lower() for name in names for word in _WORDS)

    def children(self, parent: _Element) -> Iterator[_Element]:
        at = parent.body
        if parent.end is None or parent.end - parent.at > LARGEST:
            return
        while child := self.element(at, parent.end):
            if child.end is None:
                return
            yield child
            at = child.end

    def element(self, at: int, end: int) -> _Element | None:
        """The element at an offset; None at the end, or where there is none."""
        self.left -= 1
        head = self.read(at, 12)
        if self.left < 0 or at >= end or not head or head[0] < 0x10:
            return None
        long = 9 - head[0].bit_length()
        if len(head) <= long or not head[long]:
            return None
        width = 9 - head[long].bit_length()
        size = int.from_bytes(head[long : long + width], "big") & ((1 << 7 * width) - 1)
        body = at + long + width
        unknown = size == (1 << 7 * width) - 1
        if body > end or (not unknown and body + size > end):
            return None
        return _Element(int.from_bytes(head[:long], "big"), at, body, None if unknown else body + size)

    def read(self, at: int, count: int) -> bytes:
        """Bytes at an offset, read in larger pieces: small elements are many."""
        if not self.start <= at <= at + count <= self.start + len(self.window):
            self.file.seek(at)
            self.start, self.window = at, self.file.read(max(_WINDOW, count))
        return self.window[at - self.start : at - self.start + count]


def void_head(length: int) -> bytes:
    """The head of a ``Void`` element of so many bytes in all, at least two."""
    return bytes([0xEC, 0x80 | length - 2]) if length < 129 else b"\xec\x01" + (length - 9).to_bytes(7, "big")
