"""Labels drawn as PNG pictures: which files of a tree they are, their values as numpy arrays, and how ours are written.

A PNG of strangers is decoded in a sandboxed child of the decoder, never here.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadArchive, BadImage
from comexp_lab.formats import bitmaps
from comexp_lab.formats.records import BadRecord

if TYPE_CHECKING:
    import numpy as np

    from comexp_lab.formats.base import FileTree, Stage

MAGIC = b"\x89PNG\r\n\x1a\n"
LARGEST = 64 << 20  # bytes of one file


@dataclass(frozen=True, slots=True)
class Picture:
    """``values`` is (height, width): palette indices, grey, or colours as 0xRRGGBB; ``palette`` the colours of the indices."""

    values: np.ndarray
    palette: list[int]
    is_coloured: bool

    def colour(self, value: int) -> int | None:
        """The colour that stands for a value, if there is one."""
        return value if self.is_coloured else self.palette[value] if value < len(self.palette) else None


def drawn(fmt: Any, tree: FileTree) -> Collection[str]:
    """The files of a tree that are labels of a format, and not media."""
    return fmt.drawn(tree) if hasattr(fmt, "drawn") else ()


def read(stage: Stage, tree: FileTree, name: str) -> Picture:
    """The picture in a file; BadRecord if it is damaged."""
    try:
        if tree.size(name) > LARGEST:
            raise BadRecord(f"the picture is larger than {LARGEST >> 20} MB")
        return decoded(stage, tree.read(name))
    except BadArchive as problem:
        raise BadRecord(problem.detail) from None


def decoded(stage: Stage, data: bytes) -> Picture:
    """The picture in the bytes of a PNG; BadRecord if there is no decoding it."""
    import numpy as np

    if stage.decoder is None:
        raise BadRecord("pictures of labels cannot be decoded here")
    try:
        found = stage.decoder.pixels(data)
    except BadImage as problem:
        raise BadRecord(f"the picture cannot be decoded: {problem.detail}") from None
    shape = found.height, found.width
    if found.bits == 24:
        four = np.zeros((*shape, 4), np.uint8)
        four[..., 2::-1] = np.frombuffer(found.data, np.uint8).reshape(*shape, 3)
        return Picture(four.view("<u4")[..., 0], [], True)
    values = np.frombuffer(found.data, "<u2" if found.bits == 16 else np.uint8).reshape(shape)
    return Picture(values, _colours(found.palette), False)


def stated_size(data: bytes) -> tuple[int, int]:
    """Width and height as a PNG's head says, before anything is decoded."""
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def lit(picture: Picture) -> np.ndarray:
    """Where a picture is not black, as a boolean mask."""
    import numpy as np

    if any(picture.palette):
        table = np.zeros(256, bool)
        table[: len(picture.palette)] = np.array(picture.palette[:256]) != 0
        return table[picture.values]
    return picture.values != 0


def values_in(values: np.ndarray) -> list[int]:
    """The values that occur, in rising order."""
    import numpy as np

    if values.dtype.itemsize > 2:
        return np.unique(values).tolist()  # type: ignore[no-any-return]
    seen = np.zeros(1 << 16, bool)
    for start in range(0, len(values), 64):
        seen[values[start : start + 64]] = True
    return np.flatnonzero(seen).tolist()  # type: ignore[no-any-return]


def indexed(values: np.ndarray, palette: list[int]) -> bytes:
    """A PNG of palette indices below 256; one of colours where the palette is longer than that."""
    import numpy as np

    if len(palette) > 256:
        colours = np.array(palette, np.uint32)[values]
        return _png(np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=2).astype(np.uint8), 8, 2)
    return _png(values.astype(np.uint8), 8, 3, b"".join(colour.to_bytes(3, "big") for colour in palette))


def bilevel(bits: np.ndarray) -> bytes:
    """A PNG of one bit a pixel: black and white."""
    import numpy as np

    return _png(np.packbits(bits, axis=1), 1, 0, width=bits.shape[1])


def voc_colour(index: int) -> int:
    """The colour that Pascal VOC's devkit gives a number: its bits dealt out to red, green and blue, highest first."""
    found = 0
    for place in range(8):
        for channel in range(3):
            found |= (index >> (3 * place + channel) & 1) << (8 * (2 - channel) + 7 - place)
    return found


def _colours(palette: bytes) -> list[int]:
    return [int.from_bytes(palette[at : at + 3], "big") for at in range(0, len(palette) - 2, 3)]


def _png(rows: np.ndarray, depth: int, kind: int, palette: bytes = b"", width: int | None = None) -> bytes:
    import numpy as np

    height = len(rows)
    flat = np.zeros((height, 1 + rows[0].size), np.uint8)  # every row begins with the number of its filter: none
    flat[:, 1:] = rows.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width or rows.shape[1], height, depth, kind, 0, 0, 0)
    colours = _chunk(b"PLTE", palette) if palette else b""
    return MAGIC + _chunk(b"IHDR", head) + colours + _chunk(b"IDAT", zlib.compress(flat.tobytes(), 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bits_of(label: dict[str, Any], sample: dict[str, Any], lost: Counter[str]) -> np.ndarray | None:
    """The pixels of a mask that is to be drawn; None, and counted in ``lost``, if it is empty or does not fit its image."""
    try:
        bits = bitmaps.decode(label["rle"] or "", sample["width"], sample["height"])
    except BadRecord:
        lost["masks that do not fit their image"] += 1
        return None
    if not bits.any():
        lost["empty masks"] += 1
        return None
    return bits
