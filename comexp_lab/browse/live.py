"""A mirror that lives: filled in the background, kept in step with the store, its edits sent home.

One thread per mirror does everything that touches it, in order. ``reconcile`` is the one way in which both sides meet:
what the App changed is sent as edits, what the store says then is written back.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pymongo
from bson import ObjectId

from comexp_lab.browse.documents import ACCEPTED, SUGGESTED, Document, documents, number_of, oid, stamp
from comexp_lab.browse.edits import edits_of
from comexp_lab.browse.filler import MAKERS, fill_apart
from comexp_lab.browse.films import Frames
from comexp_lab.browse.keys import Keys, Sealed
from comexp_lab.browse.lab import LabClient
from comexp_lab.browse.mirror import collection, create, declare, fields_of, fill
from comexp_lab.errors import Conflict, Error

log = logging.getLogger("comexp.browse")
TOGETHER = 500
SETTLE_S = 0.15
FIRST_LOOK_S, PAGE_S = 15.0, 25.0  # how long the bulk waits for an App to be opened, and for its first page
CALM_S, LOOK_S = 1.0, 0.05
BATCH_S = 5.0  # a batch waits no longer than this for Apps that ask all the time
Work = tuple[str, int | ObjectId]
POSTERS = "{} of these are videos, shown by their first picture. ds.browse(ds.where(\"kind = 'video'\")) plays them."


class Mirror:
    """``status``, ``loaded``, ``total`` tell how far it is; ``collection_name`` is where its documents lie.

    ``film``: whether it holds videos that play; a mirror of pictures shows a video by its first picture.
    """

    def __init__(
        self, id: str, name: str, whole: bool, vault: str | None, lab: LabClient, uri: str, busy: Callable[[], bool] = lambda: False
    ) -> None:
        self.id, self.name, self.whole = id, name, whole
        self.vault_folder = Path(vault) if vault else None
        self._lab, self._uri, self._busy = lab, uri, busy
        self._work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._keys = Keys()
        self._revisions: dict[int, int] = {}
        self._written: dict[int, datetime] = {}
        self._base = 0
        self._seen = self._now = 0
        self.loaded = self.total = 0
        self.dataset: Any = None
        self.film = False
        self.frames: Frames | None = None
        self.refreshed, self._closing = threading.Event(), threading.Event()
        self.shown = threading.Event()
        self._asked: float | None = None
        self.looking = self._pictured = False
        self._filled = False
        self._thread = threading.Thread(target=self._run, name=f"mirror {id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def collection_name(self) -> str | None:
        return self.dataset._sample_collection_name if self.dataset is not None else None

    def sealed(self, what: str, sample: int) -> Sealed | None:
        return self._keys.sealed(what, sample)

    # ---- from other threads
    def changed_here(self, sample: int, modified: datetime | None) -> None:
        """The App (or we) wrote a document, at the time that it says, if it says one."""
        if sample in self._keys and (modified is None or self._written.get(sample) != modified):
            self._work.put(("changed", sample))

    def deleted_here(self, sample: int) -> None:
        """The App (or we) deleted a document."""
        if sample in self._keys:
            self._work.put(("deleted", sample))

    def frame_changed_here(self, frame: ObjectId, modified: datetime | None) -> None:
        """The App (or we) wrote the labels of a frame."""
        if self.frames is not None and not self.frames.wrote(frame, modified):
            self._work.put(("frame", frame))

    def changed_there(self) -> None:
        """The store has a new revision."""
        self._work.put(("store", 0))

    def asked(self, picture: bool = False) -> None:
        """An App asks for something that this mirror shows."""
        self._asked = time.monotonic()
        self._pictured |= picture

    def _settled(self) -> bool:
        """Whether an App that was opened has asked for pictures, and then for nothing for a while."""
        return self._pictured and self._asked is not None and time.monotonic() - self._asked > CALM_S

    def close(self) -> None:
        self._closing.set()
        self._work.put(("close", 0))

    # ---- the mirror's own thread
    def _run(self) -> None:
        try:
            self._fill()
            while not self._closing.is_set():
                self._step(self._work.get())
        except Exception as error:
            log.exception("mirror %s failed", self.id)
            told = str(error) if isinstance(error, Error) else "FiftyOne could not take the data: see browse.log."
            self._lab.report(self.id, status="failed", message=told)
        finally:
            self.shown.set()
            if self.dataset is not None:
                self.dataset.delete()

    def _fill(self) -> None:
        with self._lab.rows(self.id) as (about, reader):
            self._base = self._seen = about["revision"]
            self.total, self.film = about["total"], about["film"]
            self.dataset = create(self.name, about["kinds"], about["suggested"], about["colors"], self.film)
            if self.film:
                self.frames = Frames(self.id, self.dataset, self._lab, about["frame_kinds"], about["frame_suggested"])
            batches = self._paced(self._remembered(reader))
            first = next(batches, None)
            if first is not None:
                self.loaded = sum(fill(collection(self.dataset), self.dataset._doc.id, [first], MAKERS[self._made]))
            self.shown.set()
            told = POSTERS.format(f"{about['videos']:,}") if about["videos"] and not self.film else ""
            self._lab.report(self.id, status="filling", loaded=self.loaded, total=self.total, message=told, film=self.film)
            self._let_it_look()
            if self.loaded < self.total and not self._closing.is_set():
                fill_apart(self._where(), reader.schema, batches, self._count)
        if self.frames is not None and not self._closing.is_set():
            self.frames.fill(self._where(), self._paced)
        if not self._closing.is_set():
            self._filled = True
            self._from_store()
            self._tell("ready")
            self.refreshed.set()

    def _where(self) -> dict[str, str]:
        target = collection(self.dataset)
        there = {"uri": self._uri, "database": target.database.name, "collection": target.name}
        return there | {"dataset": str(self.dataset._doc.id), "made": self._made}

    @property
    def _made(self) -> str:
        return "films" if self.film else "images"

    def _count(self, more: int) -> None:
        self.loaded += more
        self._tell("filling")

    def _remembered(self, reader: Any) -> Iterator[Any]:
        """Keep where the pixels of each batch lie."""
        for batch in reader:
            self._keys.learn(batch)
            yield batch

    def _paced(self, batches: Any) -> Iterator[Any]:
        """Let each batch through, and take in between what the App does meanwhile."""
        for batch in batches:
            if self._closing.is_set():
                return
            yield batch
            while not self._work.empty():
                self._step(self._work.get())
            self._wait_while(self._busy, BATCH_S)

    def _let_it_look(self) -> None:
        """Leave the processors to an App that is being opened until its first page is there."""
        began = time.monotonic()
        if self.loaded < self.total:
            self.looking = True
            self._wait_while(lambda: self._asked is None, FIRST_LOOK_S)
            if self._asked is not None:
                self._wait_while(lambda: not self._settled(), began + PAGE_S - time.monotonic())
            self.looking = False

    def _wait_while(self, busy: Callable[[], bool], at_most_s: float) -> None:
        end = time.monotonic() + at_most_s
        while busy() and time.monotonic() < end and not self._closing.wait(LOOK_S):
            pass

    def _tell(self, status: str) -> None:
        self._lab.report(self.id, status=status, loaded=self.loaded, total=self.total)

    def _step(self, work: Work) -> None:
        """Do what waits, together with what waits behind it."""
        self._closing.wait(SETTLE_S)
        waiting = {work}
        while not self._work.empty():
            waiting.add(self._work.get())
        deleted = {sample for kind, sample in waiting if kind == "deleted" and isinstance(sample, int)}
        touched = {sample for kind, sample in waiting if kind in {"changed", "deleted"} and isinstance(sample, int)}
        frames = [frame for kind, frame in waiting if kind == "frame" and isinstance(frame, ObjectId)]
        if self._closing.is_set():
            return
        self._reconcile_all(sorted(touched), deleted)
        if self.frames is not None:
            self._reconcile_frames(sorted(self.frames.places_of(frames)))
        if self._filled:
            self._from_store()

    def _from_store(self) -> None:
        """Bring in what changed in the store since the last time."""
        news = self._lab.changes(self.id, self._seen)
        fresh = [
            id
            for id, revision in news["samples"]
            if (self.whole or id in self._keys) and self._revisions.get(id, self._base if id in self._keys else -1) < revision
        ]
        self._reconcile_all(fresh, set(), from_store=True)
        frames = self.frames.changed_there(place for place in news["frames"] if place[0] in self._keys) if self.frames else []
        self._reconcile_frames(frames)
        self._seen = news["revision"]
        if fresh or frames:
            self.refreshed.set()

    def _reconcile_frames(self, places: list[tuple[int, int]]) -> None:
        for start in range(0, len(places) if self.frames else 0, TOGETHER):
            self.frames.reconcile(places[start : start + TOGETHER], self._send)  # type: ignore[union-attr]

    def _reconcile_all(self, ids: list[int], deleted: set[int], from_store: bool = False) -> None:
        for start in range(0, len(ids), TOGETHER):
            self._reconcile(ids[start : start + TOGETHER], deleted, from_store)

    def _reconcile(self, ids: list[int], deleted: set[int], from_store: bool) -> None:
        seen = {number_of(d["_id"]): d for d in collection(self.dataset).find({"_id": {"$in": [oid(id) for id in ids]}})}
        mine = [id for id in ids if id in self._keys]
        edits = self._edits([id for id in mine if id in seen], seen)
        edits += [{"op": "delete_sample", "sample": id} for id in mine if id in deleted and id not in seen]
        if edits:
            self._send(edits)
        if self.film and not from_store:  # FiftyOne writes a video with each edit of its frames: it may go on from there
            edited = {edit["sample"] for edit in edits}
            ids = [id for id in ids if id in edited or id not in seen]
        self._write(ids, seen)

    def _edits(self, ids: list[int], seen: dict[int | None, Document]) -> list[dict[str, Any]]:
        """What the App did to these samples since we wrote them."""
        edits: list[dict[str, Any]] = []
        for revision in sorted({self._revisions.get(id, self._base) for id in ids}):
            some = [id for id in ids if self._revisions.get(id, self._base) == revision]
            for id, written in self._rows(some, revision).items():
                edits += edits_of(seen[id], written, revision)
        return edits

    def _rows(self, ids: list[int], at: int | None) -> dict[int, Document]:
        """The documents that the store's rows make, as of a revision; remembers revision and pixels when it is now."""
        with self._lab.rows(self.id, ids, at, self.film) as (about, reader):
            found = list(reader)
        made = {d["sample"]: d for batch in found for d in documents(batch, self.dataset._doc.id, self.film)}
        for batch in found if at is None else []:
            self._keys.learn(batch)
        if at is None:
            declare(self.dataset, fields_of(about["kinds"], about["suggested"]))
            self._now = about["revision"]
        return made

    def _send(self, edits: list[dict[str, Any]]) -> None:
        try:
            self._lab.edit(self.id, [{name: value for name, value in edit.items() if name != "element"} for edit in edits])
        except Conflict as conflict:
            self._lab.report(self.id, message=f"An edit in FiftyOne was not taken: {conflict.detail}")
        except Error as error:
            self._lab.report(self.id, message=f"An edit in FiftyOne was not taken: {error.detail}")

    def _write(self, ids: list[int], seen: dict[int | None, Document]) -> None:
        """Make the documents what the store says; one that changed meanwhile waits for its own turn."""
        now = self._rows(ids, None)
        target = collection(self.dataset)
        operations: list[pymongo.DeleteOne | pymongo.ReplaceOne[Document]] = []
        for id in ids:
            document, old = now.get(id), seen.get(id)
            if document is None:
                self._keys.forget(id)
                operations.append(pymongo.DeleteOne({"_id": oid(id)}))
                continue
            if old is None:
                operations.append(pymongo.ReplaceOne({"_id": oid(id)}, document, upsert=True))
            else:
                kept = {name: value for name, value in old.items() if name not in OURS and name not in document}
                known = {"_id": oid(id), "last_modified_at": old.get("last_modified_at")}
                document = {**kept, **document, "created_at": old.get("created_at")}
                operations.append(pymongo.ReplaceOne(known, document))
            self._written[id] = stamp(document)
        if operations:
            target.bulk_write(operations, ordered=False)
        if self.frames is not None and (gone := [id for id in ids if id not in now]):
            self.frames.forget(gone)
        self._confirm([id for id in ids if id in now])

    def _confirm(self, ids: list[int]) -> None:
        """Note of which revision the documents are that were written; one that the App changed just then keeps its own."""
        wanted = {"_id": {"$in": [oid(id) for id in ids]}}
        for document in collection(self.dataset).find(wanted, {"last_modified_at": 1}):
            id = number_of(document["_id"])
            if id is not None and document["last_modified_at"] == self._written[id]:
                self._revisions[id] = self._now


OURS = {"last_modified_at", *ACCEPTED.values(), *SUGGESTED.values()}
