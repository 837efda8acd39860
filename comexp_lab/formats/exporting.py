"""The whole export: rows and media of a view into a folder or zip, with a certificate of what it holds and what it could not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import Certificate, ExportIn, ExportReport
from comexp_lab.errors import BadInput
from comexp_lab.formats import registry
from comexp_lab.formats.sinks import MemorySink, destination

if TYPE_CHECKING:
    from comexp_lab.formats.base import Format
    from comexp_lab.media import Decoder
    from comexp_lab.store import DatasetStore

Progress = Callable[[float, str], None]


def export(dataset: DatasetStore, wanted: ExportIn, target: Path, decoder: Decoder, progress: Progress) -> ExportReport:
    """Write the view to ``target`` (a zip if it ends in ``.zip``, else a folder), which appears when it is complete.

    The certificate's digest is over the SHA-256 and name of every file, as ``_Sink.digest`` says.
    """
    started = time.monotonic()
    fmt = registry.get(wanted.format)
    with destination(target) as sink, _source(dataset, wanted, progress) as source:
        if not source.cur.execute("FROM picked LIMIT 1").fetchone():
            raise BadInput("No samples are in this view: there is nothing to export.")
        lost = fmt.write(source, sink)
        certificate = _certify(source.cur, fmt, lost, sink.digest)
    return ExportReport(
        certificate=certificate, files=sink.files, bytes=sink.bytes, seconds=round(time.monotonic() - started, 3), path=str(target)
    )


def label_files(dataset: DatasetStore, wanted: ExportIn, decoder: Decoder) -> dict[str, bytes]:
    """The label files alone, by name, in memory."""
    sink = MemorySink()
    with _source(dataset, wanted.model_copy(update={"media": False}), lambda fraction, message: None) as source:
        registry.get(wanted.format).write(source, sink)
    return sink.held


class _Source:
    """What a writer reads: the view's rows, and media without GPS unless asked."""

    def __init__(self, dataset: DatasetStore, cur: Any, wanted: ExportIn, progress: Progress) -> None:
        self.cur = cur
        self.with_media = wanted.media
        self._dataset = dataset
        self._keep_gps = wanted.keep_gps
        self._progress = progress
        self._done = 0
        self._count = int(cur.execute("SELECT count(*) FROM picked JOIN samples_now USING (id) WHERE blob IS NOT NULL").fetchone()[0])

    def media(self, sample: int) -> bytes:
        from comexp_lab.media import strip_gps

        sealed = self._dataset.media(sample)
        data = self._dataset.vault.get(sealed.id, sealed.key)
        self._done += 1
        if self._done % 20 == 1:
            self._progress(min(1.0, self._done / max(1, self._count)), f"{self._done} of {self._count} files")
        return data if self._keep_gps else strip_gps(data, sealed.mime)


@contextmanager
def _source(dataset: DatasetStore, wanted: ExportIn, progress: Progress) -> Iterator[_Source]:
    with dataset.reading(wanted.view) as cur:
        states = ", ".join(f"'{state}'" for state in wanted.states)
        cur.execute("ALTER VIEW labels_now RENAME TO labels_all")
        cur.execute(f"CREATE TEMP VIEW labels_now AS SELECT * FROM labels_all WHERE state IN ({states or 'NULL'})")
        yield _Source(dataset, cur, wanted, progress)


def _certify(cur: Any, fmt: Format, lost: dict[str, int], digest: str) -> Certificate:
    """Counts of what was written, and of what the format could not hold."""
    rows = cur.execute("SELECT kind, count(*) FROM labels_now WHERE sample IN (SELECT id FROM picked) GROUP BY kind").fetchall()
    lost = {f"{kind} labels": count for kind, count in rows if kind not in fmt.holds} | {k: n for k, n in lost.items() if n}
    samples = cur.execute("SELECT count(*) FROM picked").fetchone()[0]
    labels = sum(count for kind, count in rows if kind in fmt.holds)
    return Certificate(format=fmt.name, samples=samples, labels=labels, digest=digest, lost=lost, lossless=not lost)
