"""Whole-image masks in COCO's compressed run lengths, to and from FiftyOne's small bitmaps inside a box."""

from __future__ import annotations

import io
import zlib

import numpy as np


def unpack(rle: str) -> np.ndarray:
    """Run lengths (column-major, starting with zeros) of COCO's compressed text; raises ValueError if damaged."""
    codes = np.frombuffer(rle.encode("ascii"), np.uint8).astype(np.int64) - 48
    if not len(codes) or codes.min() < 0 or codes.max() > 63 or codes[-1] & 0x20:
        raise ValueError("damaged mask")
    last = np.flatnonzero(codes & 0x20 == 0)
    first = np.concatenate(([0], last[:-1] + 1))
    place = np.arange(len(codes)) - np.repeat(first, last - first + 1)
    values = np.add.reduceat((codes & 0x1F) << np.minimum(5 * place, 60), first)
    values -= np.where(codes[last] & 0x10, np.int64(1) << np.minimum(5 * (place[last] + 1), 60), 0)
    for start in (1, 2):  # from the fourth on each is told as the difference to the one before the last
        values[start::2] = np.cumsum(values[start::2])
    return values


def pack(runs: np.ndarray) -> str:
    """COCO's compressed text of run lengths."""
    text: list[str] = []
    for i, run in enumerate(runs.tolist()):
        value = run - (int(runs[i - 2]) if i > 2 else 0)
        more = True
        while more:
            low = value & 0x1F
            value >>= 5
            more = value != -1 if low & 0x10 else value != 0
            text.append(chr((low | 0x20 if more else low) + 48))
    return "".join(text)


def crop(rle: str, width: int, height: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """The (h, w) bool bitmap of a whole-image mask inside ``box`` (left, top, w, h in pixels)."""
    runs = unpack(rle)
    if (runs < 0).any() or int(runs.sum()) != width * height:
        raise ValueError("the mask is not of this image")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    left, top, w, h = box
    return flat.reshape((height, width), order="F")[top : top + h, left : left + w]


def paste(bitmap: np.ndarray, width: int, height: int, left: int, top: int) -> str:
    """A whole-image mask as compressed text; what sticks out of the image is cut off."""
    whole = np.zeros((height, width), bool, order="F")
    rows, columns = whole[max(top, 0) : top + bitmap.shape[0], max(left, 0) : left + bitmap.shape[1]].shape
    whole[max(top, 0) : top + bitmap.shape[0], max(left, 0) : left + bitmap.shape[1]] = bitmap[
        max(-top, 0) : max(-top, 0) + rows, max(-left, 0) : max(-left, 0) + columns
    ]
    flat = whole.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate(([0], ends, [len(flat)])))
    return pack(np.concatenate(([0], runs)) if flat[0] else runs)


def resize(bitmap: np.ndarray, width: int, height: int) -> np.ndarray:
    """Nearest-neighbour copy of a bitmap at another size."""
    rows = (np.arange(height) * bitmap.shape[0] // max(height, 1)).astype(int)
    columns = (np.arange(width) * bitmap.shape[1] // max(width, 1)).astype(int)
    return bitmap[rows][:, columns]


def to_bytes(bitmap: np.ndarray) -> bytes:
    """As FiftyOne stores arrays: compressed ``.npy``."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(bitmap), allow_pickle=False)
    return zlib.compress(buffer.getvalue(), 1)


def from_bytes(data: bytes, most: int = 100_000_000) -> np.ndarray:
    """The bool bitmap of a stored array; raises ValueError for anything else than a plain 2-d array."""
    unpacked = zlib.decompressobj().decompress(data, most * 8 + 4096)
    array = np.load(io.BytesIO(unpacked), allow_pickle=False)
    if array.ndim != 2 or array.dtype.kind not in "bui":
        raise ValueError("this is not a mask")
    return array != 0
