"""Compressed streams, unpacked in pieces until their end, their damage or the end of the allowance."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

FEED = 1 << 16
PIECE = 1 << 20
STRETCH = 256 << 20  # of what is unpacked, looked at together
OVERLAP = 16 << 20  # and what the next such stretch repeats of it
_ZIP = struct.Struct("<HHHHHIIIHH")
_ENCRYPTED = 1


class CutOff(Exception):
    """It ends too early, or is damaged; what could be unpacked was."""


class Sealed(Exception):
    """It cannot be looked into; the text says why."""


def stream(kind: str, data: memoryview) -> Iterator[bytes]:
    """What the stream that begins ``data`` unpacks to, in small pieces; nothing if it is no stream after all."""
    if kind == "zip":
        yield from _member(data)
    elif kind in ("zstd", "lz4"):
        yield from _arrow(kind, data)
    else:
        yield from _fed(_MAKE[kind](), data)


_MAKE: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "zlib": lambda: zlib.decompressobj(15),
    "deflate": lambda: zlib.decompressobj(-15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=256 << 20),
}


def _member(data: memoryview) -> Iterator[bytes]:
    """A zip's member, from its own header: whatever the directory says of it, and whether there is a directory."""
    if len(data) < 30:
        return
    _, flags, method, _, _, _, _, _, name, extra = _ZIP.unpack_from(data, 4)
    body = data[30 + name + extra :]
    if flags & _ENCRYPTED:
        raise Sealed("a member of a zip is encrypted")
    if method == 8:
        yield from _fed(_MAKE["deflate"](), body)
    elif method == 12:
        yield from _fed(_MAKE["bzip2"](), body)
    elif method == 93:
        yield from _arrow("zstd", body)
    elif method != 0:  # what is stored lies there as it is
        raise Sealed(f"a member of a zip is packed by method {method}")


def _fed(unpacker: Any, data: memoryview) -> Iterator[bytes]:
    try:
        if hasattr(unpacker, "unconsumed_tail"):
            for at in range(0, len(data), FEED):
                rest: Any = data[at : at + FEED]
                piece = b""
                while not unpacker.eof and (rest or len(piece) == PIECE):
                    piece = unpacker.decompress(rest, PIECE)
                    yield piece
                    rest = unpacker.unconsumed_tail
                if unpacker.eof:
                    return
        else:
            for at in range(0, len(data), FEED):
                yield unpacker.decompress(data[at : at + FEED], PIECE)
                while not unpacker.eof and not unpacker.needs_input:
                    yield unpacker.decompress(b"", PIECE)
                if unpacker.eof:
                    return
    except (zlib.error, OSError, ValueError, EOFError, lzma.LZMAError):
        pass
    raise CutOff


def _arrow(kind: str, data: memoryview) -> Iterator[bytes]:
    import pyarrow

    try:
        with pyarrow.CompressedInputStream(pyarrow.BufferReader(data), kind) as file:
            while piece := file.read(1 << 20):
                yield piece
    except (OSError, ValueError, pyarrow.ArrowException):
        raise CutOff from None
