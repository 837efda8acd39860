"""The contract of every annotation format: where bytes come from, where rows go, and what a format can hold.

A reader never touches the store: it fills a :class:`Stage` with Arrow tables (or batches, for streaming), and
``staging.merge`` brings them in with SQL. A writer never touches the store either: it pulls rows from a
:class:`Source` and writes files to a :class:`Sink`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from comexp_lab.api import Problem

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from comexp_lab.media import Decoder


VIDEOS = (".mp4", ".webm", ".mov", ".avi", ".mkv")
MEDIA = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".gif", *VIDEOS)


class FileTree(Protocol):
    """Named, read-only files: a folder, a zip, a set of uploads. Names are relative, with ``/``, never absolute."""

    def names(self) -> list[str]: ...

    def size(self, name: str) -> int: ...

    def open(self, name: str) -> BinaryIO: ...

    def read(self, name: str) -> bytes: ...

    def path(self, name: str) -> Path | None:
        """The real file behind a name, if there is one (for mmap); None inside archives and the vault."""


class Report:
    """Collects problems: all are counted, the first ``keep`` are kept with their text."""

    def __init__(self, keep: int = 1000) -> None:
        self.problems: list[Problem] = []
        self.count = 0
        self._keep = keep

    def add(self, file: str, what: str, line: int | None = None, severity: str = "skipped", times: int = 1) -> None:
        self.count += times
        if len(self.problems) < self._keep:
            self.problems.append(Problem(file=file, line=line, what=what, severity=severity))  # type: ignore[arg-type]


class Stage(Protocol):
    """What a reader fills. Columns that a table lacks are NULL; column types as in docs/architecture.md.

    classes: ``name`` (required), ``supercategory``, ``color``, ``keypoints``, ``skeleton``, ``external``
    samples: ``key`` (required, BIGINT chosen by the reader, unique in this import), ``name`` (required, path as the
        format names it), ``width``, ``height``, ``split``, ``tags``, ``external``, ``meta``, ``kind``, ``video``, ``frame``
    labels: ``sample`` (required, a ``key`` of samples), ``class`` (required, class *name*), ``kind``, ``x``, ``y``, ``w``,
        ``h``, ``area``, ``points``, ``rings``, ``rle``, ``crowd``, ``confidence``, ``source``, ``state``, ``track``,
        ``frame``, ``attributes``, ``external``
    """

    cur: duckdb.DuckDBPyConnection
    report: Report
    decoder: Decoder | None  # for labels that are drawn as pictures

    def classes(self, table: pa.Table) -> None: ...

    def samples(self, table: pa.Table) -> None: ...

    def labels(self, table: pa.Table) -> None: ...

    def media_size(self, name: str) -> tuple[int, int] | None:
        """Width and height of an already known image by its name or path ending, for formats that store fractions."""


class Source(Protocol):
    """What a writer reads. The cursor sees ``picked(id, position)``, ``samples_now``, ``labels_now``, ``classes``.

    ``labels_now`` holds only labels of the wanted states.
    """

    cur: duckdb.DuckDBPyConnection
    with_media: bool

    def media(self, sample: int) -> bytes:
        """The sample's media bytes as they are to be exported (without GPS unless asked)."""


class Sink(Protocol):
    """Where an export goes: a folder or a zip, written to a temporary name and renamed when complete."""

    def write(self, name: str, data: bytes) -> None: ...

    def open(self, name: str) -> AbstractContextManager[BinaryIO]: ...


class Format(Protocol):
    name: str  # "coco"
    title: str  # "COCO"
    holds: frozenset[str]  # label kinds it can hold

    def sniff(self, tree: FileTree) -> float:
        """How sure this is our format, 0 to 1, from content rather than names."""

    def read(self, tree: FileTree, stage: Stage) -> None:
        """Fill the stage. Bad records go to ``stage.report``; a hopeless file raises BadLabels."""

    def write(self, source: Source, sink: Sink) -> dict[str, int]:
        """Write all picked samples; return what the format could not hold, with counts."""

    # A format with labels drawn as pictures also has ``drawn(tree)``: the names of those files, which are no media.


def media_names(tree: FileTree) -> Iterator[str]:
    """The names in a tree that look like images or videos."""
    return (name for name in tree.names() if name.lower().endswith(MEDIA))
