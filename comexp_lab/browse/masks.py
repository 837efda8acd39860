"""Whole-image masks in COCO's compressed run lengths, to and from FiftyOne's small bitmaps inside a box."""

from __future__ import annotations

import io
import zlib

import numpy as np

from comexp_lab.media.run_lengths import pack, unpack


def crop(rle: str, width: int, height: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """The (h, w) bool bitmap of a whole-image mask inside ``box`` (left, top, w, h in pixels)."""
    runs = unpack(rle)
    if int(runs.sum()) != width * height:
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
