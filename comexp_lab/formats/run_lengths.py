"""COCO's compressed run-length text for many masks at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_GROUPS = 13  # five bits each: enough for 64-bit runs


def pack_all(masks: pa.ListArray) -> list[str]:
    """The compressed text of each list of run lengths (int64).

    Each run but the first three is stored as the difference to the one two places before, in groups of five bits, lowest
    first, with a sixth bit that says that more follow.
    """
    runs = np.asarray(masks.flatten(), np.int64)
    counts = np.asarray(masks.value_lengths(), np.int64)
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
