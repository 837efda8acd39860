"""The labelled frames of a film: filled after its videos, so that the grid opens at once, and kept in step one by one.

A frame is known by its place, (sample, frame). ``reconcile`` does for it what ``live.Mirror`` does for a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pymongo
from bson import ObjectId

from comexp_lab.browse.documents import HOLDERS, Document, frame_documents, frame_oid, number_of, oid, stamp
from comexp_lab.browse.edits import label_edits, size_of
from comexp_lab.browse.filler import fill_apart
from comexp_lab.browse.lab import LabClient
from comexp_lab.browse.mirror import collection, declare, fields_of, fill, frame_collection

Place = tuple[int, int]
Paced = Callable[[Any], Iterator[Any]]
Send = Callable[[list[dict[str, Any]]], None]
OURS = {"last_modified_at", *HOLDERS}


class Frames:
    """Of one mirror; every method but ``wrote`` is called from the mirror's own thread."""

    def __init__(self, mirror: str, dataset: Any, lab: LabClient, kinds: list[str], suggested: list[str]) -> None:
        self._mirror, self._dataset, self._lab = mirror, dataset, lab
        self._base = 0
        self._revisions: dict[Place, int] = {}
        self._written: dict[ObjectId, datetime] = {}
        self._filled = False
        declare(dataset, fields_of({"box", *kinds}, suggested), in_frames=True)

    @property
    def _frames(self) -> Any:
        return frame_collection(self._dataset)

    def fill(self, where: dict[str, str], paced: Paced) -> None:
        """A first batch here, the rest in the filler."""
        with self._lab.frames(self._mirror) as (about, reader):
            self._base = about["revision"]
            batches = paced(reader)
            if (first := next(batches, None)) is not None:
                sum(fill(self._frames, self._dataset._doc.id, [first], frame_documents))
            if (second := next(batches, None)) is not None:
                there = where | {"collection": self._frames.name, "made": "frames"}
                fill_apart(there, reader.schema, chained(second, batches), lambda count: None)
        self._filled = True

    def wrote(self, frame: ObjectId, modified: datetime | None) -> bool:
        """Whether a change of that time is our own."""
        return modified is not None and self._written.get(frame) == modified

    def forget(self, samples: list[int]) -> None:
        """Their videos are gone."""
        self._frames.delete_many({"_sample_id": {"$in": [oid(sample) for sample in samples]}})

    def places_of(self, frames: Iterable[ObjectId]) -> set[Place]:
        """Where these frames are in the store."""
        found = self._frames.find({"_id": {"$in": list(frames)}}, {"_sample_id": 1, "frame_number": 1})
        return {place for document in found if (place := place_of(document))}

    def changed_there(self, news: Iterable[tuple[int, int, int]]) -> list[Place]:
        """Those of (sample, frame, revision) that we do not show yet."""
        return [(sample, frame) for sample, frame, revision in news if self._revisions.get((sample, frame), self._base) < revision]

    def reconcile(self, places: list[Place], send: Send) -> None:
        """Tell the store what the App changed in these frames, then show what the store says."""
        seen = self._seen(places)
        edits = self._edits(seen)
        if edits:
            send(edits)
        self._write(places, seen)

    def _seen(self, places: list[Place]) -> dict[Place, Document]:
        wanted = [{"_sample_id": oid(sample), "frame_number": frame + 1} for sample, frame in places]
        found = self._frames.find({"$or": wanted}) if wanted else []
        return {place: document for document in found if (place := place_of(document))}

    def _edits(self, seen: dict[Place, Document]) -> list[dict[str, Any]]:
        ids = [oid(sample) for sample in {sample for sample, _ in seen}]
        sizes = {number_of(d["_id"]): size_of(d) for d in collection(self._dataset).find({"_id": {"$in": ids}}, {"metadata": 1})}
        by_revision: dict[int, list[Place]] = {}
        for place in seen:
            by_revision.setdefault(self._revisions.get(place, self._base), []).append(place)
        edits: list[dict[str, Any]] = []
        for revision, places in by_revision.items():
            before, _ = self._rows(places, revision)
            for place in places:
                written = before.get(place, {}) if self._was_ours(place, seen[place]) else {}
                sample, frame = place
                found = label_edits(seen[place], written, sample, sizes.get(sample, (1, 1)), revision, frame)
                edits += [edit for edit in found if self._filled or edit["op"] != "delete"]
        return edits

    def _was_ours(self, place: Place, document: Document) -> bool:
        """Whether what the App changed had our labels in it: a frame that it made before we came to it had none."""
        return place in self._revisions or document["_id"] == frame_oid(*place)

    def _rows(self, places: list[Place], at: int | None) -> tuple[dict[Place, Document], int]:
        """The documents that the store's rows make of these frames, and of which revision they are."""
        with self._lab.frames(self._mirror, places, at) as (about, reader):
            made = [d for batch in reader for d in frame_documents(batch, self._dataset._doc.id, known=at is not None)]
        return {place: document for document in made if (place := place_of(document))}, about["revision"]

    def _write(self, places: list[Place], seen: dict[Place, Document]) -> None:
        """Make the frames what the store says; one that changed meanwhile waits for its own turn."""
        now, revision = self._rows(places, None)
        declare(self._dataset, {name for document in now.values() for name in document if name in HOLDERS}, in_frames=True)
        operations: list[pymongo.ReplaceOne[Document]] = []
        for place in places:
            document, old = now.get(place), seen.get(place)
            if document is None and old is None:
                continue
            known: Document = {"_id": old["_id"], "last_modified_at": old.get("last_modified_at")} if old else {"_id": frame_oid(*place)}
            kept = {name: value for name, value in (old or {}).items() if name not in OURS}
            document = {**(document or {}), **kept, "last_modified_at": datetime.now().astimezone()}
            self._written[document["_id"]] = stamp(document)
            operations.append(pymongo.ReplaceOne(known, document, upsert=old is None))
        if operations:
            self._frames.bulk_write(operations, ordered=False)
        wrote = {document["_id"] for document in self._seen(places).values() if self.wrote(document["_id"], document["last_modified_at"])}
        self._revisions |= {place: revision for place in places if known_id(place, seen) in wrote or place not in now}


def known_id(place: Place, seen: dict[Place, Document]) -> ObjectId:
    return seen[place]["_id"] if place in seen else frame_oid(*place)


def place_of(document: Document) -> Place | None:
    sample = number_of(document["_sample_id"])
    return None if sample is None else (sample, document["frame_number"] - 1)


def chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest
