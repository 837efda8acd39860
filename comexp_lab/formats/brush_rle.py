"""The run-length bytes of Label Studio's brush: rle-pack of the flat RGBA image, of which the alpha channel is the mask.

A stream of bits: 32 for the number of values, 5 for the bits of a value less one, four times 4 for the bits of a length less one;
then blocks: 1 bit "repeated", 2 bits which length, the length less one, and one value, or as many as the length says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from comexp_lab.formats.records import BadRecord

_LENGTHS = (3, 4, 8, 16)


def decode(data: Sequence[int], pixels: int) -> list[int]:
    """Row-major runs of the mask, zeros first; BadRecord if the bytes are damaged or not ``pixels`` long."""
    try:
        bits = "".join(f"{byte:08b}" for byte in bytes(data))
        values, lengths = _blocks(bits, pixels * 4)
    except (ValueError, TypeError, OverflowError):
        raise BadRecord("the brush's rle is damaged") from None
    ends = np.cumsum(np.asarray(lengths, np.int64))
    alpha = np.diff(np.concatenate(([0], ends // 4)))  # of each run, how many values are at 4p + 3
    return _joined(np.asarray(values) > 0, alpha)


def encode(runs: Sequence[int]) -> list[int]:
    """The bytes for row-major runs of a mask, zeros first: 0 and 255 in all four channels."""
    bits = [f"{4 * sum(runs):032b}{7:05b}", *(f"{size - 1:04b}" for size in _LENGTHS)]
    for i, run in enumerate(runs):
        left = 4 * run
        while left:
            step = min(left, 1 << _LENGTHS[-1])
            index = next(k for k, size in enumerate(_LENGTHS) if step <= 1 << size)
            bits.append(f"1{index:02b}{step - 1:0{_LENGTHS[index]}b}{255 * (i % 2):08b}")
            left -= step
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]


def _blocks(bits: str, count: int) -> tuple[list[int], list[int]]:
    """(values, lengths) of all blocks; ValueError if they are not ``count`` values."""
    if int(bits[:32], 2) != count:
        raise ValueError
    word = int(bits[32:37], 2) + 1
    sizes = [int(bits[37 + 4 * i : 41 + 4 * i], 2) + 1 for i in range(4)]
    values: list[int] = []
    lengths: list[int] = []
    at, seen = 53, 0
    while seen < count:
        size = sizes[int(bits[at + 1 : at + 3], 2)]
        length = int(bits[at + 3 : at + 3 + size], 2) + 1
        is_run, at = bits[at] == "1", at + 3 + size
        for _ in range(1 if is_run else length):
            values.append(int(bits[at : at + word], 2))
            lengths.append(length if is_run else 1)
            at += word
        seen += length
    if seen != count or at > len(bits):
        raise ValueError
    return values, lengths


def _joined(on: np.ndarray, lengths: np.ndarray) -> list[int]:
    """Runs that alternate, zeros first, from runs that may repeat or be empty."""
    on, lengths = on[lengths > 0], lengths[lengths > 0]
    if not len(on):
        return []
    starts = np.concatenate(([0], np.flatnonzero(np.diff(on.astype(np.int8))) + 1))
    runs = np.add.reduceat(lengths, starts).tolist()
    return [0, *runs] if on[0] else runs
