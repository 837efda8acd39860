"""Entries of the ledger for folds that are asked often: read once each, when the ledger has grown.

Facts only. What was sealed is never kept, or it would outlive its key in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from comexp_lab.rights.ledger import Entry, Ledger


class Recall:
    """The entries of some kinds, oldest first, without their private parts: the same list until one more comes. Thread-safe."""

    def __init__(self, ledger: Ledger, *kinds: str) -> None:
        self._ledger, self._kinds = ledger, kinds
        self._lock, self._size, self._entries = threading.Lock(), 0, list[Entry]()

    def __call__(self) -> Sequence[Entry]:
        with self._lock:
            size = self._ledger.head().size
            if size != self._size:
                found = self._ledger.entries(*self._kinds, since=self._size)
                new = [replace(entry, private=None) for entry in found if entry.n < size]
                self._entries, self._size = (self._entries + new if new else self._entries), size
            return self._entries
