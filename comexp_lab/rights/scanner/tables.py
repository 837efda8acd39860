"""Values out of databases and column files, for the scanner's child."""

from __future__ import annotations

import io
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

ROWS = 4096
ARRAYS = 512  # pictures in one array
_WAL = 2


def sqlite_size(data: memoryview) -> int:
    """What the header says: size of a page × number of pages."""
    page = int.from_bytes(data[16:18], "big")
    return (65536 if page == 1 else page) * int.from_bytes(data[28:32], "big") or len(data)


def sqlite(data: memoryview) -> Iterator[bytes]:
    """All texts and blobs of a database, whose pages may have cut them up. What was deleted lies in its pages as raw bytes."""
    if len(data) < 100:
        return
    copy = bytearray(data)
    copy[18:20] = b"\1\1" if _WAL in copy[18:20] else copy[18:20]  # journal mode: there is no WAL in memory
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("PRAGMA trusted_schema = OFF")
        base.text_factory = bytes
        try:
            base.deserialize(bytes(copy))
            tables = base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        except sqlite3.Error:
            return
        for (name,) in tables:
            quoted = name.decode("utf-8", "replace").replace('"', '""')
            try:
                for row in base.execute(f'SELECT * FROM "{quoted}"'):
                    yield b"\n".join(value for value in row if isinstance(value, bytes))
            except (sqlite3.Error, MemoryError):
                continue


def parquet(data: memoryview) -> Iterator[memoryview]:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        for batch in file.iter_batches(ROWS, use_threads=False):
            yield from itertools.chain.from_iterable(map(_buffers, batch.columns))
    except (OSError, ValueError, pa.ArrowException):
        return


def arrow(data: memoryview) -> Iterator[memoryview]:
    try:
        file = ipc.open_file(pa.BufferReader(data))
        for number in range(file.num_record_batches):
            yield from itertools.chain.from_iterable(map(_buffers, file.get_batch(number).columns))
    except (OSError, ValueError, pa.ArrowException):
        return


def _buffers(column: Any) -> Iterator[memoryview]:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        yield from _buffers(column.dictionary)
    for buffer in column.buffers():
        if buffer is not None:
            yield memoryview(buffer)


def npy(data: memoryview) -> Iterator[np.ndarray]:
    """The pictures in an array: one or many, channels first or last, bytes or numbers of any range."""
    head = io.BytesIO(bytes(data[:65536]))
    try:
        version = np.lib.format.read_magic(head)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, turned, kind = read(head)
    except (ValueError, SyntaxError, TypeError):
        return
    if kind.hasobject or kind.kind not in "uif" or len(shape) not in (2, 3, 4) or 0 in shape:
        return
    count = int(np.prod([int(side) for side in shape], dtype=object))
    if count < 0 or count * kind.itemsize > len(data) - head.tell():
        return
    array = np.frombuffer(data, kind, count, head.tell()).reshape(shape, order="F" if turned else "C")
    many = len(shape) == 4 or (len(shape) == 3 and not {shape[0], shape[-1]} & {1, 3, 4})
    for one in itertools.islice(array if many else [array], ARRAYS):
        if one.ndim == 3 and one.shape[0] in (1, 3, 4) and one.shape[-1] not in (1, 3, 4):
            one = one.transpose(1, 2, 0)
        if min(one.shape[:2]) >= 16 and (one.ndim == 2 or one.shape[2] in (1, 3, 4)):
            yield _bytes(one)


def _bytes(array: np.ndarray) -> np.ndarray:
    """The values as 8 bit: as they are, or stretched to their own range."""
    if array.dtype != np.uint8:
        with np.errstate(all="ignore"):
            values = np.nan_to_num(array.astype(np.float32), posinf=0, neginf=0)
            low, high = float(values.min()), float(values.max())
            array = ((values - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    return array[:, :, :3] if array.ndim == 3 and array.shape[2] == 4 else array
