"""Walk through one huge JSON object without ever holding it: its members, and the records of its arrays in pieces.

A piece is some 256 KB of whole records. The usual way to cut is to guess: ``} , {`` ends a record, ``} ]`` the array. A
guess can be wrong (inside a string, or in a nested array of objects), but never unnoticed: text that starts at a record
and is cut at a wrong place is not valid JSON, so whoever parses the pieces sees it and walks again with ``exact``,
which tracks strings and nesting with numpy over the structural bytes.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

PIECE = 1 << 18
WINDOW = 1 << 12  # where the end of a value is looked for first
LARGEST = 1 << 28  # one record or member may be this long
_NEXT = re.compile(rb"\}\s*,\s*\{")
_END = re.compile(rb"\}\s*\]")
_SPACE = re.compile(rb"[ \t\r\n]*")
_KEY = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\s,\]}"][^\s,\]}]*', re.DOTALL)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_DEPTH = np.zeros(256, np.int8)
_DEPTH[list(b"{[")] = 1
_DEPTH[list(b"}]")] = -1
_STRUCTURE = np.zeros(256, bool)
_STRUCTURE[list(b'{}[]",')] = True


class Malformed(ValueError):
    """The text is not one JSON object; says why and at which byte."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(f"{why} at byte {at}")


class Document:
    """One walk over a stream.

    ``for key in document.members():`` stops at each member; take it with ``value()`` or ``records()``, else it is skipped.
    """

    def __init__(self, file: BinaryIO, exact: bool = False) -> None:
        self._file = file
        self._exact = exact
        self._text = b""
        self._at = 0
        self._base = 0
        self._taken = True
        self.piece_offset = 0  # the byte where the newest piece of records() begins

    @property
    def offset(self) -> int:
        """The byte where the walk stands."""
        return self._base + self._at

    def members(self) -> Iterator[str]:
        """The keys of the object, each time with the walk standing at its value."""
        if self._more() and self._text.startswith(b"\xef\xbb\xbf"):
            self._at = 3
        self._expect(b"{", "it does not start with '{'")
        if self._peek() == b"}":
            self._at += 1
        else:
            yield from self._pairs()
        if self._peek():
            raise Malformed("there is text after the end of the object", self.offset)

    def _pairs(self) -> Iterator[str]:
        while True:
            key = self._match(_KEY, "a key in double quotes is missing")
            self._expect(b":", "':' is missing after a key")
            self._taken = False
            yield json.loads(key)
            if not self._taken:
                self.skip()
            mark = self._peek()
            self._at += 1
            if mark == b"}":
                return
            if mark != b",":
                self._at -= 1
                raise Malformed("it is cut off" if not mark else "',' or '}' is missing", self.offset)

    def skip(self) -> None:
        """Pass over the member's value."""
        if self._peek() == b"[":
            for _ in self.records():
                pass
        else:
            self.value()

    def value(self) -> bytes:
        """The text of the member's value."""
        self._taken = True
        start = self._peek()
        if start not in (b"{", b"["):
            return self._match(_SCALAR, "a value is missing")
        _, end = self._until(lambda: self._close(self._at))
        text, self._at = self._text[self._at : end], end
        return text

    def is_array(self) -> bool:
        return self._peek() == b"["

    def records(self) -> Iterator[bytes]:
        """The records of the member's array in pieces: whole records with commas between, without the brackets."""
        self._taken = True
        self._expect(b"[", "an array is missing")
        first = self._peek()
        if first == b"]":
            self._at += 1
            return
        guess = not self._exact and first == b"{"
        done = False
        while not done:
            while len(self._text) - self._at < PIECE and self._more():
                pass
            done, end = self._until(lambda: self._guess(self._at) if guess else self._cut_exactly(self._at))
            piece, self.piece_offset = self._text[self._at : end - 1], self.offset
            self._at = end
            yield piece

    # ---- where to cut: (True, place behind the closing bracket) or (False, place behind a comma) or None: read more ----
    def _guess(self, start: int) -> tuple[bool, int] | None:
        end = self._guess_end(start)
        if end:
            return True, end
        window = WINDOW
        while True:
            low = max(start, len(self._text) - window)
            last = deque(_NEXT.finditer(self._text, low), maxlen=1)
            if last:
                return False, self._text.index(b",", last[0].start()) + 1
            if low == start:
                return None
            window *= 16

    def _guess_end(self, start: int) -> int:
        """Where the array may end: ``_END``, looked for only where no comma follows the brace; 0 if it is not there."""
        if start == len(self._text):
            return 0
        codes = np.frombuffer(self._text, np.uint8, offset=start)
        braces = np.flatnonzero(codes[:-1] == 125)
        found = (_END.match(self._text, start + int(place)) for place in braces[codes[braces + 1] != 44])
        return next((end.end() for end in found if end), 0)

    def _cut_exactly(self, start: int) -> tuple[bool, int] | None:
        places, depth, commas = self._structure(start)
        closed = np.flatnonzero(depth < 0)
        if len(closed):
            return True, start + int(places[closed[0]]) + 1
        last = np.flatnonzero(commas & (depth == 0))
        return (False, start + int(places[last[-1]]) + 1) if len(last) else None

    def _close(self, start: int) -> tuple[bool, int] | None:
        window = WINDOW
        while True:
            places, depth, _ = self._structure(start, start + window)
            closed = np.flatnonzero(depth == 0)
            if len(closed):
                return True, start + int(places[closed[0]]) + 1
            if start + window >= len(self._text):
                return None
            window *= 16

    def _structure(self, start: int, end: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places of brackets, quotes and commas from ``start`` (outside a string), the depth behind each, which are commas."""
        text = self._text[start:end]
        if b"\\" in text:
            text = _ESCAPE.sub(b"__", text)
        codes = np.frombuffer(text, np.uint8)
        places = np.flatnonzero(_STRUCTURE[codes])
        codes = codes[places]
        outside = (np.cumsum(codes == 34) & 1) == 0
        return places, np.cumsum(_DEPTH[codes] * outside, dtype=np.int64), (codes == 44) & outside

    # ---- reading --------------------------------------------------------------------------------------------------------
    def _until(self, find: object) -> tuple[bool, int]:
        while True:
            found = find()  # type: ignore[operator]
            if found:
                return found  # type: ignore[no-any-return]
            if len(self._text) - self._at > LARGEST:
                raise Malformed("one record is larger than 256 MB", self.offset)
            if not self._more():
                raise Malformed("it is cut off", self._base + len(self._text))

    def _more(self) -> bool:
        """Read on, at least as much again as is still unread; False at the end of the file."""
        left = self._text[self._at :]
        fresh = self._file.read(max(PIECE, len(left)))
        self._base += self._at
        self._text, self._at = left + fresh, 0
        return bool(fresh)

    def _peek(self) -> bytes:
        """The next byte that is not white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at : self._at + 1]
            if not self._more():
                return b""

    def _expect(self, mark: bytes, why: str) -> None:
        found = self._peek()
        if found != mark:
            raise Malformed(why if found else "it is empty" if not self.offset else "it is cut off", self.offset)
        self._at += 1

    def _match(self, pattern: re.Pattern[bytes], why: str) -> bytes:
        self._peek()
        while True:
            found = pattern.match(self._text, self._at)
            if found and (found.end() < len(self._text) or not self._more()):
                self._at += len(found[0])
                return found[0]
            if not found and (len(self._text) - self._at > LARGEST or not self._more()):
                unended = self._text[self._at : self._at + 1] in (b"", b'"')
                raise Malformed("it is cut off" if unended else why, self.offset)


def why_invalid(piece: bytes, offset: int) -> Malformed:
    """What is wrong with a piece that does not parse, with the byte in the file."""
    try:
        json.loads(b"[" + piece + b"]")
    except json.JSONDecodeError as error:
        before = (b"[" + piece).decode("utf-8", "replace")[: error.pos]
        return Malformed(error.msg.lower(), offset + len(before.encode()) - 1)
    except UnicodeDecodeError as error:
        return Malformed("text that is not UTF-8", offset + error.start - 1)
    except RecursionError:
        return Malformed("nesting too deep", offset)
    return Malformed("invalid JSON", offset)
