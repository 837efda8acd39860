"""Thousands of byte strings in one pass: a filter says where one may be, and Aho-Corasick looks there.

A string of 2w - 1 bytes or more covers a whole word of w bytes wherever it lies. So it is enough to look up every w-th word of the
haystack in a table of all words of all needles; what the table knows is handed to the automaton, which decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import ahocorasick
import numpy as np

WIDE, NARROW = 8, 4


class Finder:
    """``forms``: (needle, byte string), each of at least seven bytes."""

    def __init__(self, forms: Iterable[tuple[int, bytes]]) -> None:
        self._owners = dict[bytes, list[int]]()
        for needle, form in forms:
            self._owners.setdefault(form, []).append(needle)
        self.longest = max(map(len, self._owners), default=1)
        self._automaton = ahocorasick.Automaton()
        for form in self._owners:
            self._automaton.add_word(form.decode("latin-1"), form)
        self._automaton.make_automaton()
        wide = [form for form in self._owners if len(form) >= 2 * WIDE - 1]
        narrow = [form for form in self._owners if len(form) < 2 * WIDE - 1]
        self._filters = [_Words(width, some) for width, some in ((WIDE, wide), (NARROW, narrow)) if some]

    def find(self, block: bytes) -> Iterator[tuple[int, int]]:
        """(needle, offset) of every occurrence in ``block``."""
        for start, end in self._spans(block):
            for last, form in self._automaton.iter(block[start:end].decode("latin-1")):
                for needle in self._owners[form]:
                    yield needle, start + last - len(form) + 1

    def _spans(self, block: bytes) -> Iterator[tuple[int, int]]:
        """The stretches that are worth the automaton's time, apart from each other."""
        places = [words.places(block) for words in self._filters]
        if not any(map(len, places)):
            return
        near = np.sort(np.concatenate(places))
        first = np.maximum(near - self.longest, 0)
        last = np.minimum(near + self.longest + WIDE, len(block))
        breaks = np.flatnonzero(first[1:] > last[:-1]) + 1
        yield from zip(first[np.r_[0, breaks]].tolist(), last[np.r_[breaks - 1, len(near) - 1]].tolist(), strict=True)


class _Words:
    """All words of ``width`` bytes of some byte strings: a hash table of bits first, the words themselves after it."""

    def __init__(self, width: int, forms: list[bytes]) -> None:
        self._width = width
        self._type = np.dtype(f"<u{width}")
        words = {form[at : at + width] for form in forms for at in range(width)}
        self._words = np.unique(np.frombuffer(b"".join(words), self._type))
        bits = min(max(len(words).bit_length() + 7, 12), 24)
        self._odd = self._type.type(0x9E3779B97F4A7C15 & (256**width - 1))
        self._shift = self._type.type(8 * width - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[self._hash(self._words)] = True

    def _hash(self, words: np.ndarray) -> np.ndarray:
        return ((words * self._odd) >> self._shift).astype(np.int64)

    def places(self, block: bytes) -> np.ndarray:
        words = np.frombuffer(block, self._type, len(block) // self._width)
        near = np.flatnonzero(self._table[self._hash(words)])
        if len(near):
            found = words[near]
            near = near[self._words[np.minimum(np.searchsorted(self._words, found), len(self._words) - 1)] == found]
        return near * self._width
