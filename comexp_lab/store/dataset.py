"""One dataset: opened when first used, closed when idle, written by one thread at a time, read by any number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from comexp_lab.api import (
    ClassOut,
    DatasetOut,
    EditBatch,
    Receipt,
    ReviewIn,
    SampleOut,
    SamplePage,
    Stats,
    Storage,
    UndoIn,
    VersionOut,
    ViewSpec,
)
from comexp_lab.errors import Conflict, NotFound, Restricted
from comexp_lab.store import classes, erase, queries, sealed, sql, versions, views
from comexp_lab.store.keys import KeyStore
from comexp_lab.store.live import Live, Writing
from comexp_lab.store.space import Space
from comexp_lab.store.vault import Vault

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

PATIENCE_S = 30.0


@dataclass(slots=True)
class Ticket:
    """A batch on its way through the group commit, and what became of it."""

    batch: EditBatch
    author: str
    outcome: Receipt | Exception | None = field(default=None)


class DatasetStore:
    """``opener`` opens the database; it is called again after the dataset was idle or DuckDB met a fatal error."""

    def __init__(
        self, number: str, name: str, storage: Storage, path: Path, vault: Vault, space: Space, opener: Callable[[], Live], keys: KeyStore
    ) -> None:
        self.id, self.name, self.storage, self.path, self.vault = number, name, storage, path, vault
        self.created = ""
        self.restricted = False
        self._space, self._opener, self._keys = space, opener, keys
        self._gone = False
        self._live: Live | None = None
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self._queue: list[Ticket] = []
        self._used = time.monotonic()
        self._summary: tuple[int, DatasetOut] | None = None

    # ---- reading ----
    @property
    def revision(self) -> int:
        return self.live().state.revision

    def read(self, query: str, params: Any = ()) -> pa.Table:
        """Our own SQL over the plain tables, as an Arrow table."""
        with self.live().db.cursor() as cur:
            return cur.execute(query, list(params)).to_arrow_table()

    def query(self, query: str, at: int | str | None = None) -> pa.Table:
        """The user's SQL: one SELECT over samples, labels, classes, history. Raises BadInput, NotFound."""
        with self.live().db.transaction("READ ONLY") as cur:
            return sql.select(cur, query, views.revision_of(cur, at))

    @contextmanager
    def reading(self, view: ViewSpec | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in a read transaction that sees ``picked(id, position)``, ``samples_now`` and ``labels_now``."""
        with views.reading(self.live().db, view) as cur:
            yield cur

    def page(self, view: ViewSpec) -> SamplePage:
        with self.reading(view) as cur:
            at = views.revision_of(cur, view.at)
            return views.page(cur, view, self.revision if at is None else at)

    def sample(self, number: int) -> SampleOut:
        """One sample with its labels. Raises NotFound."""
        found = self.page(ViewSpec(ids=[number])).samples
        if not found:
            raise NotFound(f"There is no sample {number}: it was deleted or never existed.", sample=number)
        return found[0]

    def classes(self) -> list[ClassOut]:
        with self.live().db.cursor() as cur:
            return classes.listed(cur)

    def stats(self) -> Stats:
        with self.live().db.cursor() as cur:
            return queries.stats(cur)

    def duplicates(self, iou: float = 0.9, view: ViewSpec | None = None) -> pa.Table:
        """Pairs of boxes of one class on one image that overlap by at least ``iou``: sample, a, b, iou (label ids, a < b)."""
        with self.reading(view) as cur:
            return queries.duplicates(cur, iou)

    def media(self, sample: int) -> sealed.Sealed:
        """Where the picture or video of a sample lies. Raises NotFound."""
        with self.live().db.cursor() as cur:
            return sealed.media(cur, sample)

    def thumbnail(self, sample: int) -> sealed.Sealed | None:
        """Where its small picture lies; None if there is none. Raises NotFound."""
        with self.live().db.cursor() as cur:
            return sealed.thumbnail(cur, sample)

    def describe(self) -> DatasetOut:
        """What a list of datasets shows; remembered until the next revision."""
        if self._summary is None or (self._live is not None and self._summary[0] != self.revision):
            with self.live().db.cursor() as cur:
                facts = queries.summary(cur)
            out = DatasetOut(id=self.id, name=self.name, storage=self.storage, created=self.created, **facts)
            self._summary = (out.revision, out)
        return self._summary[1].model_copy(update={"name": self.name, "restricted": self.restricted, "created": self.created})

    # ---- writing ----
    def edit(self, batch: EditBatch, author: str = "human") -> Receipt:
        """Apply a batch as one revision, exactly once; durable when it returns. Raises Conflict, NotFound, BadInput, Full.

        Batches that wait while another is being written are written together.
        """
        ticket = Ticket(batch, author)
        self._queue.append(ticket)
        with self._writing:
            if ticket.outcome is None:
                self._write_queued()
        if isinstance(ticket.outcome, Receipt):
            return ticket.outcome
        assert ticket.outcome is not None
        raise ticket.outcome

    def undo(self, wanted: UndoIn, author: str = "human") -> Receipt:
        """Restore the rows that a revision changed, as a new revision. Raises NotFound, Conflict if changed since."""

        def body(live: Live) -> dict[str, Any]:
            return {"revision": live.state.revision if wanted.revision is None else wanted.revision}

        return self._commit("undo", body, author, "undo", wanted.client_id)

    def review(self, wanted: ReviewIn, author: str = "human") -> Receipt:
        """Give suggestions another state, in bulk, as one revision; ``labels`` of the receipt are those that changed."""

        def body(_: Live) -> dict[str, Any]:
            with self.reading(wanted.view) as cur:
                return {"ids": queries.reviewed(cur, wanted), "state": wanted.state}

        return self._commit("review", body, author, f"review: {wanted.state}", wanted.client_id)

    @contextmanager
    def writing(self, message: str, author: str = "import") -> Iterator[Writing]:
        """A bulk write as one revision, in the file when it ends, rolled back on error."""
        with self._writing:
            live = self._ready()
            with live.bulk(message, author) as tx:
                yield tx

    def class_id(self, tx: Writing, name: str) -> int:
        """The id of a class, made if it is not there yet."""
        return classes.find_or_make(tx.cur, name)

    def create_class(self, name: str, color: str | None = None) -> ClassOut:
        """Raises Conflict if there is one of that name."""
        with self.writing("new class", "human") as tx:
            number = classes.create(tx.cur, name, color)
        return next(each for each in self.classes() if each.id == number)

    def change_class(self, number: int, name: str | None = None, color: str | None = None) -> ClassOut:
        """Rename or recolour a class. Raises NotFound, Conflict."""
        with self.writing("changed class", "human") as tx:
            classes.change(tx.cur, number, name, color)
        return next(each for each in self.classes() if each.id == number)

    def freeze(self, name: str) -> VersionOut:
        """Name the present revision. Raises Conflict if the name is taken."""
        with self._writing:
            live = self._ready()
            version = versions.freeze(live, name)
            live.store.checkpoint()
            return version

    def versions(self) -> list[VersionOut]:
        with self.live().db.cursor() as cur:
            return versions.listed(cur)

    # ---- erasure ----
    def erase_samples(self, samples: list[int]) -> None:
        """Destroy samples, their labels of all revisions and their media for ever. Raises Restricted, Full."""
        with self._writing:
            live = self._ready()
            if self.storage == "ephemeral":
                blobs = erase.delete_samples(live, samples)
            else:
                with self._opening:
                    self._shut()
                    blobs = erase.erase_samples(self._keys, self.id, self.path / "labels.duckdb", samples)
            for blob in blobs:
                self.vault.delete(blob)
            self._summary = None

    def abandon(self) -> None:
        """Close for ever, without saving: the key is gone."""
        self._gone = True
        with self._writing, self._opening:
            if self._live is not None:
                self._live.store.close()
            self._live = None

    # ---- life ----
    def live(self) -> Live:
        """The open dataset, opening it if need be. Raises NotFound once it was erased."""
        self._used = time.monotonic()
        live = self._live
        if live is not None and not live.db.broken:
            return live
        if self._gone:
            raise NotFound(f"The dataset {self.name!r} was erased.")
        with self._opening:
            if self._live is not None and self._live.db.broken:
                self._live.store.close()
                self._live = None
            if self._live is None:
                self._live = self._opener()
            return self._live

    def tidy(self, checkpoint_s: float, close_s: float) -> None:
        """Checkpoint after ``checkpoint_s`` seconds without a write; close after ``close_s`` seconds without any use."""
        live = self._live
        if live is None or not self._writing.acquire(blocking=False):
            return
        try:
            now = time.monotonic()
            if live.store.dirty and now - live.store.touched >= checkpoint_s:
                live.store.checkpoint()
            if now - self._used >= close_s and self.storage == "retained" and not live.db.users:
                with self._opening:
                    self._shut()
        finally:
            self._writing.release()

    def close(self) -> None:
        """Checkpoint and close; the next use opens it again."""
        with self._writing, self._opening:
            self._shut()

    def _shut(self) -> None:
        """Close once nobody reads. The caller holds both locks. Raises Conflict if somebody reads on and on."""
        live = self._live
        if live is None:
            return
        deadline = time.monotonic() + PATIENCE_S
        self._live = None
        while live.db.users:
            if time.monotonic() > deadline:
                self._live = live
                raise Conflict(f"The dataset {self.name!r} is being read: try again when that is done.")
            time.sleep(0.01)
        if live.store.dirty and not live.db.broken:
            live.store.checkpoint()
        live.store.close()

    # ---- the writer ----
    def _ready(self) -> Live:
        """The open dataset, fit to be written. Raises Restricted, Full."""
        if self.restricted:
            raise Restricted(f"The dataset {self.name!r} is frozen by its owner: lift the restriction first.")
        self._space.require()
        live = self.live()
        live.store.before_write()
        return live

    def _write_queued(self) -> None:
        """Write all waiting batches in one transaction. The caller holds the write lock."""
        tickets, self._queue = self._queue, []
        try:
            live = self._ready()
            fresh = [ticket for ticket in tickets if not self._settled(live, ticket)]
            outcomes = live.commit_edits([(ticket.batch, ticket.author) for ticket in fresh]) if fresh else []
            for ticket, outcome in zip(fresh, outcomes, strict=True):
                ticket.outcome = outcome
        except Exception as error:
            for ticket in tickets:
                ticket.outcome = ticket.outcome or error

    def _settled(self, live: Live, ticket: Ticket) -> bool:
        ticket.outcome = self._repeated(live, ticket.batch.client_id)
        return ticket.outcome is not None

    def _repeated(self, live: Live, client_id: UUID) -> Receipt | None:
        """The receipt of a batch that was applied before."""
        if not live.state.seen(client_id):
            return None
        with live.db.cursor() as cur:
            row = cur.execute("SELECT revision, receipt FROM revisions WHERE client_id = ?", [client_id]).fetchone()
        return Receipt(revision=row[0], labels=orjson.loads(row[1]), repeated=True) if row else None

    def _commit(self, op: str, body: Callable[[Live], dict[str, Any]], author: str, message: str, client_id: UUID) -> Receipt:
        with self._writing:
            live = self._ready()
            before = self._repeated(live, client_id)
            if before:
                return before
            receipt = live.commit(op, body(live), author, message, client_id)
            live.reload()
            return receipt
