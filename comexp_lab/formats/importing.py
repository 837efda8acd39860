"""The whole import: walk, recognise the labels' format, media into the vault, then all rows as one revision.

Media go first and touch nothing but the vault; one short transaction then brings in samples and labels. Whatever fails
before its end leaves the dataset as it was, and the vault without the blobs of this import.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ImportIn, ImportReport
from comexp_lab.errors import BadImage, BadInput, BadLabels, NotFound
from comexp_lab.formats import pictures, registry
from comexp_lab.formats.base import Report, media_names
from comexp_lab.formats.intake import Intake, is_media
from comexp_lab.formats.mediarows import add_frames, forget_repeated_labels, held_media, insert_blobs, rename_staged, stage_media, video_of
from comexp_lab.formats.orphans import remove_orphans
from comexp_lab.formats.rows import split_of
from comexp_lab.formats.staging import TableStage, merge
from comexp_lab.formats.trees import Together, free_name, tree_of_paths, tree_of_uploads
from comexp_lab.formats.uploads import Place, Uploads
from comexp_lab.media.sniff import FOREIGN

if TYPE_CHECKING:
    from comexp_lab.formats.base import FileTree, Format
    from comexp_lab.media import Decoder
    from comexp_lab.store import DatasetStore

Progress = Callable[[float, str], None]
LABELS_SHARE = 0.1  # of the progress bar
PROGRESS_S = 0.2
_OTHER = (".json", ".txt", ".xml", ".csv", ".yaml", ".yml", ".md", ".html", ".py", ".ipynb", ".pdf", ".zip", ".npy", ".pt", ".cache")


def import_sources(workspace: Place, dataset: DatasetStore, wanted: ImportIn, decoder: Decoder, progress: Progress) -> ImportReport:
    """Import what ``wanted`` names; uploads are used up when it succeeds.

    Raises what refuses the import as a whole (BadArchive, BadLabels, BadInput, NotFound, Full, Cancelled); then nothing
    has changed. Single files and records that cannot be used are problems of the report.
    """
    split = split_of(wanted.split)
    if wanted.split and split is None:
        raise BadInput(f"There is no split {wanted.split!r}: the splits are train, val and test.")
    uploads = Uploads(workspace)
    by_upload = wanted.labels is not None and os.sep not in wanted.labels  # whoever may not name paths cannot write one
    names = list(dict.fromkeys([*wanted.uploads, *([wanted.labels] if wanted.labels and by_upload else [])]))
    found = uploads.finished(names)
    media = _tree(workspace, wanted, found)
    labels = _labels_tree(workspace, wanted, found)
    report = import_into(
        dataset, media, decoder, labels=labels, format=wanted.format, split=split, keep_gps=wanted.keep_gps, progress=progress
    )
    uploads.remove(names)
    return report


def import_into(
    dataset: DatasetStore,
    tree: FileTree | None,
    decoder: Decoder,
    *,
    labels: FileTree | None = None,
    format: str | None = None,
    split: str | None = None,
    keep_gps: bool = False,
    progress: Progress = lambda fraction, message: None,
) -> ImportReport:
    """Import the media of ``tree`` and the labels of ``labels`` (or of ``tree`` itself, if it holds some)."""
    began = time.monotonic()
    report = Report()
    for name, what in getattr(tree, "notes", []):
        report.add(name, what, severity="note")
    media = _media_of(tree) if tree is not None else []
    reader = _reader(tree, labels, format, report, bool(media))
    if reader is not None and reader.tree is tree and (drawn := set(pictures.drawn(reader.format, tree))):
        media = [name for name in media if name not in drawn]
    remove_orphans(dataset)
    intake = Intake(dataset.vault, decoder, held_media(dataset) if media else {}, report, keep_gps)
    try:
        if tree is not None:
            intake.run(tree, media, _stepper(tree, media, progress))
        if not intake.taken and not intake.repeats and reader is None:
            raise _nothing(report)
        counts, revision = _write(dataset, intake, reader, report, split, decoder, progress)
    except BaseException:
        intake.discard()
        raise
    return ImportReport(
        format=reader.format.name if reader else None,
        samples=counts["samples"],
        duplicates=len(intake.repeats),
        labels=counts["labels"],
        classes=counts["classes"],
        bytes=sum(t.blob.bytes for t in intake.taken),
        seconds=round(time.monotonic() - began, 3),
        problems=report.problems,
        problem_count=report.count,
        revision=revision,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    format: Format
    tree: FileTree


def _write(
    dataset: DatasetStore,
    intake: Intake,
    reader: Reader | None,
    report: Report,
    split: str | None,
    decoder: Decoder,
    progress: Progress,
) -> tuple[dict[str, int], int]:
    if not intake.taken and reader is None:
        return {"samples": 0, "labels": 0, "classes": 0}, dataset.revision
    progress(1 - LABELS_SHARE, "Storing samples")
    with dataset.writing("import", staged=True) as tx:
        stage = TableStage(tx.cur, report, decoder)
        where = stage_media(tx, stage, intake, split)
        stage.rename = lambda: rename_staged(tx.cur, where)
        if reader is not None:
            progress(1 - LABELS_SHARE, f"Reading {reader.format.title} labels")
            reader.format.read(reader.tree, _Renaming(stage, where))  # type: ignore[arg-type]
        tx.begin()
        insert_blobs(tx, intake.taken)
        counts = merge(tx, stage, split)
        counts["samples"] += len(intake.taken)
        if intake.repeats or tx.next_sample > 1:
            counts["labels"] -= forget_repeated_labels(tx, {where[given] for given, _ in intake.repeats if given in where}, report)
        progress(1.0, "Making it durable")
        return counts, tx.revision


class _Renaming:
    """A stage whose ``media_size`` also knows files of this import that are held under another name."""

    def __init__(self, stage: TableStage, where: dict[str, str]) -> None:
        self._stage = stage
        self._names = dict[str, str | None]()
        for given, name in where.items():
            ending = given if given != name else ""
            while ending:
                self._names[ending] = name if self._names.get(ending, name) == name else None
                ending = ending.partition("/")[2]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

    def media_size(self, name: str) -> tuple[int, int] | None:
        return self._stage.media_size(self._names.get(name) or name)


def _tree(workspace: Place, wanted: ImportIn, found: dict[str, Any]) -> FileTree | None:
    trees: list[FileTree] = [tree_of_paths(wanted.paths)] if wanted.paths else []
    files: dict[str, Any] = {}
    for upload in wanted.uploads:
        if upload != wanted.labels or len(wanted.uploads) == 1:
            record, stored = found[upload]
            files[free_name(record.name, files.__contains__)] = stored
    if files:
        trees.append(tree_of_uploads(workspace.vault, files))
    return Together(trees) if len(trees) > 1 else trees[0] if trees else None


def _labels_tree(workspace: Place, wanted: ImportIn, found: dict[str, Any]) -> FileTree | None:
    if not wanted.labels:
        return None
    if wanted.labels in found:
        record, stored = found[wanted.labels]
        return tree_of_uploads(workspace.vault, {record.name: stored})
    return tree_of_paths([wanted.labels])


def _media_of(tree: FileTree) -> list[str]:
    """What looks like media by its ending, and whatever has no telling ending but media in it."""
    by_name = set(media_names(tree))
    return [
        name
        for name in tree.names()
        if name in by_name or name.lower().endswith(FOREIGN) or (not name.lower().endswith(_OTHER) and is_media(tree, name))
    ]


def _reader(tree: FileTree | None, labels: FileTree | None, format: str | None, report: Report, has_media: bool) -> Reader | None:
    """Which format reads which files; None when there are media only. BadLabels when labels were named but are none."""
    source = labels or tree
    if source is None:
        raise BadInput("There is nothing to import: name files, folders or uploads.")
    if not source.names():
        raise NotFound("There are no files in what you named, or only hidden ones.")
    if format is not None:
        return Reader(registry.get(format), source)
    others = [name for name in source.names() if name.lower().endswith(_OTHER)]
    try:
        return Reader(registry.sniff(source), source)
    except BadLabels as error:
        if labels is not None:
            raise
        if not has_media:
            raise BadLabels(f"There are no images and no videos in what you named. {error.detail}") from None
        if others:
            left = "1 other file was" if len(others) == 1 else f"{len(others)} other files were"
            report.add(others[0], f"{left} left out: {error.detail}", severity="note")
        return None


def _stepper(tree: FileTree, media: list[str], progress: Progress) -> Callable[[int, int], None]:
    total = max(sum(tree.size(name) for name in media), 1)
    last = 0.0

    def step(files: int, done: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= PROGRESS_S:
            last = now
            progress((1 - LABELS_SHARE) * min(done / total, 1.0), f"{files:,} of {len(media):,} files")

    return step


def _nothing(report: Report) -> BadInput:
    """The error of an import from which nothing could be used."""
    bad = [problem for problem in report.problems if problem.severity == "skipped"]
    if not bad:
        return NotFound("There are no images or videos in what you named: see the list of formats.")  # type: ignore[return-value]
    more = f" (and {report.count - 1} more files)" if len(bad) > 1 else ""
    return BadImage(f"{bad[0].file}: {bad[0].what}{more}", problems=[p.model_dump() for p in report.problems[:20]])


def extract_frames(
    dataset: DatasetStore,
    sample: int,
    decoder: Decoder,
    *,
    every: int | None = None,
    indices: list[int] | None = None,
    progress: Progress = lambda fraction, message: None,
) -> int:
    """Make samples of kind ``frame`` (JPEG, quality 95) from every n-th picture of a video, or from those named; how many are new."""
    video = video_of(dataset, sample)
    media = dataset.media(sample)
    intake = Intake(dataset.vault, decoder, {}, Report(), keep_gps=False)
    frames = []
    try:
        with dataset.vault.open(media.id, media.key) as reader:
            for index, data in decoder.frames(reader, every=every, indices=indices):
                if index not in video.taken:
                    frames.append((index, intake.keep(video.frame_name(index), data)))
                    progress(min(index / max(video.frames, 1), 1.0) * 0.95, f"frame {index:,}")
        return add_frames(dataset, video, frames)
    except BaseException:
        intake.discard()
        raise
