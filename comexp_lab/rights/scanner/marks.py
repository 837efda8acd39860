"""Where, in bytes of any kind, something begins that must be decoded: magic numbers, and runs of base64 and of hex digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

MAGIC = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x78\x01": "zlib",
    b"\x78\x5e": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"\xff\xd8\xff": "picture",
    b"\x89PNG\r\n\x1a\n": "picture",
    b"RIFF": "picture",
    b"GIF8": "picture",
    b"II*\x00": "picture",
    b"MM\x00*": "picture",
    b"ftypavi": "picture",  # AVIF: four bytes before it belong to it
    b"\x93NUMPY": "npy",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"SQLite format 3\x00": "sqlite",
    b"7z\xbc\xaf\x27\x1c": "sealed",
    b"Rar!\x1a\x07": "sealed",
    b"DUCK": "duckdb",
}
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
HEX = b"0123456789abcdefABCDEF"
BASE64_RUN, HEX_RUN = 24, 32
_IS_BASE64, _IS_HEX = 1, 2
_FULL = 0x0101010101010101


def _classes() -> bytes:
    """A byte's class: in base64, a hex digit, the first byte of a magic number of three groups, the second byte of one."""
    table = np.zeros(256, np.uint8)
    table[list(BASE64)] |= _IS_BASE64
    table[list(HEX)] |= _IS_HEX
    for magic in MAGIC:
        group = 4 if magic[:1] == b"\x78" or magic[0] == 0xFF else 8 if magic[:1].isalnum() else 16
        table[magic[0]] |= group
        table[magic[1]] |= group << 3
    return table.tobytes()


_CLASSES = _classes()
_FIRST, _SECOND = np.uint8(4 + 8 + 16), 3
_BY_PAIR = {magic[:2]: [(other, MAGIC[other]) for other in MAGIC if other[:2] == magic[:2]] for magic in MAGIC}
_PAIRS = np.zeros(1 << 16, np.bool_)
_PAIRS[[int.from_bytes(pair, "little") for pair in _BY_PAIR]] = True
_SHORT = np.unique([int.from_bytes(magic[:2], "little") for magic in MAGIC if len(magic) == 2])
_LONG = np.unique([int.from_bytes(magic[:3], "little") for magic in MAGIC if len(magic) > 2])


def classes(block: bytes) -> np.ndarray:
    return np.frombuffer(block.translate(_CLASSES), np.uint8)


def beginnings(block: bytes, kinds: np.ndarray) -> Iterator[tuple[int, str]]:
    """(offset, kind) of every magic number."""
    near = np.flatnonzero((kinds[:-1] & _FIRST & (kinds[1:] >> _SECOND)) != 0)
    data = np.frombuffer(block + b"\0", np.uint8)
    for known in (_pairs, _triples):
        if not len(near):
            return
        near = near[known(data, near)]
    for at in near.tolist():
        for magic, kind in _BY_PAIR[block[at : at + 2]]:
            if block.startswith(magic, at):
                yield at, kind
                break


def _pairs(data: np.ndarray, near: np.ndarray) -> np.ndarray:
    return _PAIRS[data[near].astype(np.int64) | data[near + 1].astype(np.int64) << 8]


def _triples(data: np.ndarray, near: np.ndarray) -> np.ndarray:
    pairs = data[near].astype(np.int64) | data[near + 1].astype(np.int64) << 8
    return np.isin(pairs, _SHORT) | np.isin(pairs | data[near + 2].astype(np.int64) << 16, _LONG)


def base64_runs(kinds: np.ndarray) -> Iterator[tuple[int, int]]:
    return _runs(kinds, _IS_BASE64, BASE64_RUN)


def hex_runs(kinds: np.ndarray) -> Iterator[tuple[int, int]]:
    return _runs(kinds, _IS_HEX, HEX_RUN)


def _runs(kinds: np.ndarray, bit: int, least: int) -> Iterator[tuple[int, int]]:
    """(start, end) of runs of bytes with ``bit``. One of 23 or more covers two whole words of eight, and only those are looked at."""
    words = kinds[: len(kinds) // 8 * 8].view(np.uint64)
    mask = np.uint64(_FULL * bit)
    full = np.flatnonzero((words & mask) == mask)
    if len(full) < 2:
        return
    breaks = np.flatnonzero(np.diff(full) != 1) + 1
    firsts, lasts = full[np.r_[0, breaks]], full[np.r_[breaks - 1, len(full) - 1]]
    long = lasts > firsts
    for first, last in zip(firsts[long].tolist(), lasts[long].tolist(), strict=True):
        start, end = first * 8, last * 8 + 8
        while start and kinds[start - 1] & bit:
            start -= 1
        while end < len(kinds) and kinds[end] & bit:
            end += 1
        if end - start >= least:
            yield start, end


def joined(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs in order, with those that touch or overlap (found in blocks that follow each other) made one."""
    found = list[tuple[int, int]]()
    for start, end in runs:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
