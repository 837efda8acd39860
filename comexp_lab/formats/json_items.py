"""Record after record out of a big JSON file, each with its line, in bounded memory.

For a file that is one array, its elements; for an object, its members, where the array under one key comes element by element.
Numbers with a fraction come as Decimal, so that sums and products of them lose nothing; :func:`plain` makes them floats.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from comexp_lab.errors import BadLabels

_CHUNK = 1 << 20
_LARGEST = 1 << 28  # characters of one record
_SPACE = re.compile(r"[ \t\r\n]*")
_BEHIND = frozenset(" \t\r\n,:]}")  # what may follow a value; anything else, or the end, may be the rest of a number
_DECODER = json.JSONDecoder(parse_float=Decimal)


def walk(file: BinaryIO, name: str, many: str = "") -> Iterator[tuple[str, Any, int]]:
    """(key, value, line) of each record: key is "" for the elements of a top-level array, ``many`` for those of that member.

    Raises BadLabels, with the line, where the file stops being JSON; records before it have been given out by then.
    """
    text = _Text(file, name)
    mark = text.peek()
    if mark == "[":
        yield from (("", value, line) for value, line in text.elements())
    elif mark == "{":
        yield from text.members(many)
    else:
        raise BadLabels(f"{name}: the file is empty" if not mark else f"{name}: this is not a JSON list or object")
    if text.peek():
        raise text.broken("there is text after the end")


def plain(value: Any) -> Any:
    """The same JSON value with floats for decimals."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def head(file: BinaryIO) -> str:
    """The first 64 KiB as text without white space, for sniffing."""
    return file.read(1 << 16).translate(None, b" \t\r\n").decode("utf-8-sig", "replace")


class _Text:
    """The part of a file that is in memory, and the place in it."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text, self._at, self._line = "", 0, 1
        self._ended = False

    def peek(self) -> str:
        """The next character that is not white space, "" at the end."""
        while True:
            end = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            self._go(end)
            if end < len(self._text):
                return self._text[end]
            if not self._more():
                return ""

    def elements(self) -> Iterator[tuple[Any, int]]:
        self._take("[")
        while self.peek() != "]":
            line = self._line
            yield self._value(), line
            if self.peek() != "]":
                self._take(",")
        self._take("]")

    def members(self, many: str) -> Iterator[tuple[str, Any, int]]:
        self._take("{")
        while self.peek() != "}":
            key, line = self._value(), self._line
            self._take(":")
            if key == many and self.peek() == "[":
                yield from ((key, value, at) for value, at in self.elements())
            else:
                yield str(key), self._value(), line
            if self.peek() != "}":
                self._take(",")
        self._take("}")

    def broken(self, why: str) -> BadLabels:
        return BadLabels(f"{self._name}: the JSON is damaged at line {self._line}: {why}")

    def _take(self, mark: str) -> None:
        found = self.peek()
        if found != mark:
            raise self.broken(f"expected {mark!r}, found {found!r}" if found else "it is cut off")
        self._go(self._at + 1)

    def _value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as problem:
                near_end = problem.pos > len(self._text) - 32 or problem.msg.startswith("Unterminated")
                if not near_end or not self._more():
                    cut = self._ended and near_end
                    raise self.broken("it is cut off" if cut else f"{problem.msg[0].lower()}{problem.msg[1:]}") from None
            except RecursionError:
                raise self.broken("it is nested too deeply") from None
            except (ValueError, InvalidOperation):
                raise self.broken("a number is too long") from None
            else:
                if self._text[end : end + 1] in _BEHIND or not self._more():
                    self._go(end)
                    return value

    def _go(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        """Read on, as much again as is unread; False at the end of the file."""
        left = len(self._text) - self._at
        if self._ended or left > _LARGEST:
            return False
        data = self._file.read(max(_CHUNK, left))
        try:
            fresh = self._decode(data, final=not data)
        except UnicodeDecodeError:
            raise self.broken("it is not UTF-8 text") from None
        self._text, self._at = self._text[self._at :] + fresh, 0
        self._ended = not data
        return bool(data)
