"""COCO's compressed text of run lengths: column-major over the whole image, starting with zeros."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_GROUPS = 13  # five bits each: enough for 64-bit runs


def unpack(rle: str) -> np.ndarray:
    """Run lengths (column-major, starting with zeros) of COCO's compressed text; ValueError if it is damaged."""
    codes = np.frombuffer(rle.encode("ascii"), np.uint8).astype(np.int64) - 48
    if not len(codes) or codes.min() < 0 or codes.max() > 63 or codes[-1] & 0x20:
        raise ValueError("damaged mask")
    last = np.flatnonzero(codes & 0x20 == 0)
    first = np.concatenate(([0], last[:-1] + 1))
    place = np.arange(len(codes)) - np.repeat(first, last - first + 1)
    if place.max() >= _GROUPS:
        raise ValueError("damaged mask")
    values = np.add.reduceat((codes & 0x1F) << np.minimum(5 * place, 60), first)
    values -= np.where(codes[last] & 0x10, np.int64(1) << np.minimum(5 * (place[last] + 1), 60), 0)
    for start in (1, 2):  # from the fourth on each is told as the difference to the one before the last
        values[start::2] = np.cumsum(values[start::2])
    if (values < 0).any():
        raise ValueError("damaged mask")
    return values


def pack(runs: np.ndarray) -> str:
    """The compressed text of one list of run lengths (int64)."""
    return _texts(np.asarray(runs, np.int64), np.array([len(runs)]))[0]


def pack_all(masks: pa.ListArray) -> list[str]:
    """The compressed text of each list of run lengths (int64)."""
    return _texts(np.asarray(masks.flatten(), np.int64), np.asarray(masks.value_lengths(), np.int64))


def _texts(runs: np.ndarray, counts: np.ndarray) -> list[str]:
    """Each run but the first three is stored as the difference to the one two places before, in groups of five bits, lowest
    first, with a sixth bit that says that more follow.
    """
    ends = np.cumsum(counts)
    place = np.arange(len(runs)) - np.repeat(ends - counts, counts)
    value = runs.copy()
    far = np.flatnonzero(place > 2)
    value[far] -= runs[far - 2]
    shifted = value[:, None] >> np.arange(0, 5 * _GROUPS, 5)[None, :]
    low = shifted & 31
    last = (shifted >> 5) == np.where(low & 16, -1, 0)
    lengths = last.argmax(axis=1) + 1
    used = np.arange(_GROUPS)[None, :] < lengths[:, None]
    text = (low + np.where(last, 0, 32) + 48).astype(np.uint8)[used].tobytes().decode("ascii")
    bounds = np.concatenate(([0], np.cumsum(lengths)))[np.concatenate(([0], ends))]
    return [text[a:b] for a, b in pairwise(bounds)]
