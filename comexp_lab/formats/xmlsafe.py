"""XML of strangers: read in pieces with defusedxml, every element with its line; written with what XML allows.

Entities and external references are refused before anything is expanded, so memory stays bounded by the largest single record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from comexp_lab.errors import BadLabels

_CHUNK = 1 << 16
_DEEPEST = 64
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Node(Element):
    """An element that knows the line it began on."""

    line: int = 0

    def get_text(self, path: str) -> str | None:
        """The text of a child, None if the child is missing."""
        found = self.find(path)
        return None if found is None else (found.text or "")


class _Records(TreeBuilder):
    """Collects finished records and forgets them in the tree."""

    def __init__(self, wanted: frozenset[str]) -> None:
        super().__init__(element_factory=Node)
        self.parser: Any = None
        self.ready: list[tuple[tuple[str, ...], Node]] = []
        self.root: Node | None = None
        self._wanted, self._open = wanted, list[Node]()
        self._inside = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Node:
        node: Node = super().start(tag, attrs)  # type: ignore[assignment]
        node.line = self.parser.CurrentLineNumber
        if self.root is None:
            self.root = node
        if len(self._open) >= _DEEPEST:
            raise ValueError(f"line {node.line} is nested too deeply")
        self._open.append(node)
        self._inside += tag in self._wanted
        return node

    def end(self, tag: str) -> Node:
        node: Node = super().end(tag)  # type: ignore[assignment]
        self._open.pop()
        self._inside -= tag in self._wanted
        if tag in self._wanted and not self._inside:
            self.ready.append((tuple(n.tag for n in self._open), node))
        if self._open and not self._inside:
            self._open[-1].remove(node)
        return node


def records(file: BinaryIO, name: str, root: str, wanted: Sequence[str]) -> Iterator[Node]:
    """The outermost elements with a wanted tag, one after the other, then forgotten.

    Raises BadLabels if the file is not well-formed, holds entities, or has another root than ``root``. Records before the
    damage have been given out by then.
    """
    target = _Records(frozenset(wanted))
    parser = DefusedXMLParser(target=target, forbid_entities=True, forbid_external=True)
    target.parser = parser.parser
    try:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
            _check_root(target, name, root)
            yield from _drain(target)
        parser.close()
        _check_root(target, name, root)
        yield from _drain(target)
    except ParseError as problem:
        raise BadLabels(f"{name}: the XML is damaged: {problem}") from None
    except DefusedXmlException:
        raise BadLabels(f"{name}: the XML declares entities or external references, which are refused") from None
    except (ValueError, LookupError) as problem:
        raise BadLabels(f"{name}: the XML cannot be read: {problem}") from None


def root_of(file: BinaryIO) -> tuple[str, set[str]] | None:
    """Root tag, and the tags below it, in the first 64 KiB; None if that is not XML we would read."""
    seen: list[str] = []

    class Tags:
        def start(self, tag: str, attrs: dict[str, str]) -> None:
            seen.append(tag)

    parser = DefusedXMLParser(target=Tags(), forbid_entities=True, forbid_external=True)
    try:
        parser.feed(file.read(_CHUNK))
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    return (seen[0], set(seen[1:])) if seen else None


def element(tag: str, attributes: Iterable[tuple[str, Any]] = (), text: Any = None, inner: str | None = None) -> str:
    """One element as text, on one line unless it has ``inner`` elements."""
    start = tag + "".join(f" {key}={_quoted(str(value))}" for key, value in attributes)
    if inner is not None:
        return f"<{start}>\n{inner}</{tag}>\n"
    return f"<{start}/>\n" if text is None else f"<{start}>{_escaped(str(text))}</{tag}>\n"


def unwritable(text: str) -> bool:
    """Whether XML has no way to hold a character of this text (controls, lone surrogates)."""
    return _FORBIDDEN.search(text) is not None


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))


def _drain(target: _Records) -> list[Node]:
    ready, target.ready = [node for _, node in target.ready], []
    return ready


def _check_root(target: _Records, name: str, root: str) -> None:
    if target.root is not None and target.root.tag != root:
        raise BadLabels(f"{name}: the root element is <{target.root.tag[:40]}>, expected <{root}>")
