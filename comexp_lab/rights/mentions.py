"""Whether a text mentions what is erased: by a file's name, its SHA-256, a text of its labels, a name that somebody gave it.

The rule, as it is told to users (docs/decisions.md): such a text counts where it stands as words of its own, if it is too long to be
there by chance and is nowhere in what stays. Too long to be chance are 8 characters; 14 if they are nothing but letters and blanks; 10
digits if they are nothing but digits and marks. Of a file's name it is the part before the ending that must be so long; of shorter
names, three together count. Where writing puts no blanks between words (Chinese, Japanese, Thai, …) 4 characters count, anywhere.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import ahocorasick

LONG, LETTERS, DIGITS, DENSE = 8, 14, 10, 4
TOGETHER = 3
WORD = re.compile(r"[\w.\-]+")
MARKS = re.compile(r"[.\-]+")  # within a word
ELLIPSIS = re.compile(r"([^\s\"'<>|/\\]{24,}?)(?:\.{3}|…)")  # so many characters tell as much as the whole
PLAIN = re.compile(r"[^\W\d_]+(?:[ \-][^\W\d_]+)*")
NO_BLANKS = re.compile(r"[^\x00-\u05ff\u1e00-\u206f]")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt])|(.))")

Stays = Callable[[set[str]], set[str]]  # of these texts, those that are in what stays


def tells(text: str) -> bool:
    """Whether it is too long to be somewhere by chance."""
    if NO_BLANKS.search(text):
        return len(text) >= DENSE
    if PLAIN.fullmatch(text):
        return len(text) >= LETTERS
    if not re.search(r"[^\W\d_]", text):
        return sum(map(str.isdigit, text)) >= DIGITS
    return len(text) >= LONG


class Indexed:
    """Texts, each under the rarest of their words: few of them have to be compared with a text that has it."""

    def __init__(self, texts: Collection[str]) -> None:
        often = Counter(word for text in texts for word in {*_words(text)})
        self._by_word = dict[str, list[str]]()
        for text in texts:
            rarest = min(_words(text), key=lambda word: (often[word], -len(word)), default=text)
            self._by_word.setdefault(rarest, []).append(text)

    def near(self, text: str) -> Iterator[str]:
        """Those that may be in a text: a word of theirs is, or is a part of one."""
        for known in {part for word in _words(text) for part in (word, PurePosixPath(word).stem, *MARKS.split(word))}:
            yield from self._by_word.get(known, ())


class Mentions:
    """``files``: names of files, without folders; ``texts``: everything else. Thread-safe."""

    def __init__(self, files: Iterable[str] = (), texts: Iterable[str] = (), stays: Stays = lambda found: set()) -> None:
        files = set(files)
        stems = {stem: name for name in files if tells(stem := PurePosixPath(name).stem)}
        self.texts = {text for text in texts if tells(text)} | stems.keys()
        self._short = {name for name in files if len(name) > 2 and PurePosixPath(name).stem not in stems}
        self._stays, self._known = stays, dict[str, bool]()
        self._words = Indexed([text for text in self.texts if not NO_BLANKS.search(text)])
        dense = ahocorasick.Automaton()
        for text in filter(NO_BLANKS.search, self.texts):
            dense.add_word(text, text)
        self._dense = dense if len(dense) and not dense.make_automaton() else None
        self._sorted = sorted(self.texts)

    def __bool__(self) -> bool:
        return bool(self.texts or len(self._short) >= TOGETHER)

    def within(self, text: str) -> bool:
        """Whether it is mentioned in a text, in the escapes in which outputs write it."""
        found, short = set[str](), set[str]()
        for one in _readings(text):
            found |= self._whole(one)
            short |= {word for word in _words(one) if word in self._short}
        return self._gone(found) or sum(self._gone({name}) for name in short) >= TOGETHER

    def control(self) -> bool:
        """Whether what is looked for is found where it is."""
        return all(text in self._whole(f"({text})") for text in self._sorted[:1000])

    def inside(self, piece: Any) -> bool:
        """Whether in a piece of JSON; the bytes of pictures are looked at by others."""
        return self.within("\n".join(_strings(piece)))

    def _whole(self, text: str) -> set[str]:
        words = {known for word in _words(text) for known in (word, PurePosixPath(word).stem)}
        found = {one for one in self._words.near(text) if (one in words if [*_words(one)] == [one] else _stands(one, text))}
        for cut in ELLIPSIS.findall(text):
            at = bisect_left(self._sorted, cut)
            found |= {one for one in self._sorted[at : at + 1] if one.startswith(cut)}
        if self._dense is not None:
            found |= {one for _, one in self._dense.iter(text)}
        return found

    def _gone(self, found: set[str]) -> bool:
        """Whether one of them is in nothing that stays."""
        if unknown := found - self._known.keys():
            kept = self._stays(unknown)
            self._known |= {one: one not in kept for one in unknown}
        return any(self._known[one] for one in found)


def _words(text: str) -> Iterator[str]:
    return (word for found in WORD.findall(text) if (word := found.strip(".-")))


def _stands(one: str, text: str) -> bool:
    """Whether it is there, and not as part of a longer word."""
    return re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text) is not None


def _readings(text: str) -> Iterator[str]:
    """A text as it is, and without the escapes of HTML, Python, JSON and URLs."""
    plain = ANSI.sub("", text)
    yield plain
    if "&" in plain:
        yield html.unescape(plain)
    if "\\" in plain:
        yield ESCAPE.sub(_meant, plain)
    if "%" in plain:
        yield unquote(plain)


def _meant(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2]
    return chr(int(digits, 16)) if digits else " " if escape[3] else str(escape[4])


def _strings(piece: Any, key: str = "") -> Iterator[str]:
    if isinstance(piece, str):
        if not key.startswith("image/") or key == "image/svg+xml":
            yield piece
    elif isinstance(piece, dict):
        for name, value in piece.items():
            yield name
            yield from _strings(value, name)
    elif isinstance(piece, list):
        if piece and all(isinstance(line, str) for line in piece):
            yield from _strings("".join(piece), key)  # a text in lines
        yield from (text for value in piece for text in _strings(value, key))
