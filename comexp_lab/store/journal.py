"""An append-only, encrypted, checksummed log of what was committed since the last checkpoint.

An edit is acknowledged once it is here. And DuckDB's write-ahead log refuses to open when a byte of it is wrong and silently
stops at a torn tail: recovery replays what it lost or did not have yet. Format, little endian::

    record   b"CXJ1" · length of the rest (u32) · sequence (u64) · nonce (12) · ciphertext · tag (16)

AES-256-GCM under a key derived from the data key (HKDF-SHA256, info ``comexp journal``), additional data = owner and
sequence. After a damaged record the reader looks for the next one that authenticates.
"""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from comexp_lab.store.blobs import sync_folder

MAGIC = b"CXJ1"
FRAME = struct.Struct("<4sIQ")


class Journal:
    """Sequences grow by one per record; an append is durable when it returns."""

    def __init__(self, path: Path, key: bytes, owner: str) -> None:
        self.path = path
        self._owner = owner.encode()
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"comexp journal").derive(key))
        fresh = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self._file).st_size
        self._torn = False  # cut back after an append that failed, and not synced since
        self._lock = threading.Lock()
        if fresh:
            sync_folder(path.parent)

    def append(self, records: list[tuple[int, bytes]]) -> None:
        """Write all records and sync once. On OSError the journal is as it was before."""
        data = b"".join(self._seal(sequence, payload) for sequence, payload in records)
        with self._lock:
            try:
                written = 0
                while written < len(data):
                    written += os.pwrite(self._file, data[written:], self.size + written)
                os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, self.size)
                self._torn = True
                raise
            self.size += len(data)

    def read(self) -> tuple[list[tuple[int, bytes]], int]:
        """(readable records in order, bytes that belong to none)."""
        data = os.pread(self._file, self.size, 0)
        records: list[tuple[int, bytes]] = []
        position = lost = 0
        while position < len(data):
            found = self._unseal(data, position)
            if found:
                sequence, payload, position = found
                records.append((sequence, payload))
            else:
                following = data.find(MAGIC, position + 1)
                following = len(data) if following < 0 else following
                lost += following - position
                position = following
        return records, lost

    def cut(self, size: int) -> bool:
        """Forget everything, as it is in the database file now. False, and nothing is forgotten, if it grew beyond ``size``."""
        with self._lock:
            if self.size > size:
                return False
            if not self.size and not self._torn:
                return True
            os.ftruncate(self._file, 0)
            os.fsync(self._file)
            self.size, self._torn = 0, False
            return True

    def close(self) -> None:
        os.close(self._file)

    def _seal(self, sequence: int, payload: bytes) -> bytes:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, payload, self._owner + struct.pack("<Q", sequence))
        return FRAME.pack(MAGIC, len(nonce) + len(sealed), sequence) + nonce + sealed

    def _unseal(self, data: bytes, position: int) -> tuple[int, bytes, int] | None:
        start = position + FRAME.size
        if start > len(data):
            return None
        magic, length, sequence = FRAME.unpack_from(data, position)
        if magic != MAGIC or length < 28 or start + length > len(data):
            return None
        try:
            aad = self._owner + struct.pack("<Q", sequence)
            payload = self._cipher.decrypt(data[start : start + 12], data[start + 12 : start + length], aad)
        except InvalidTag:
            return None
        return sequence, payload, start + length
