"""An open dataset: its database with journal, and the in-memory state of its writer. Changes are data, so they replay.

An edit is acknowledged from the journal. It waits in a plan, which later edits see, until somebody reads, another kind of
change comes, or the caretaker passes by; then all that waits is written in one transaction. So an edit waits for neither
the database's own commit nor a checkpoint.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from comexp_lab.api import EditBatch, Receipt
from comexp_lab.errors import BadInput, Error, Full, Unavailable
from comexp_lab.store import apply, revisions, schema
from comexp_lab.store import state as states
from comexp_lab.store.database import Database
from comexp_lab.store.edits import Plan
from comexp_lab.store.journaled import Journaled

if TYPE_CHECKING:
    import duckdb

Change = dict[str, Any]  # op, body, and when committed: revision, at, author, message, client_id, labels


MOST_WAITING = 4000  # rows and batches


class Live:
    """The caller holds the dataset's write lock around every change."""

    def __init__(self, path: Path | None, key: bytes, owner: str, name: str, notices: list[str]) -> None:
        self.store = Journaled(path, key, owner, name, schema.DATASET, notices)
        self._waiting: Plan | None = None  # acknowledged
        self._written: Plan | None = None  # being brought into the tables
        self._plans = threading.Lock()
        self._upkeep = threading.Lock()  # held by whoever writes to the tables or checkpoints; taken before _plans
        self._closed = False
        self.unfit = False  # a change was refused by the tables: open again, which tries each by itself
        self.reload()
        try:
            self.store.replay(self.state.revision, self._again, self._settle)
        except Exception as error:
            if self.store.db.broken or isinstance(error, Full):
                raise
            self._forget()
            self.store.replay(self.state.revision, self._again_alone, self._settle)
        self.unfit = False

    @property
    def db(self) -> Database:
        """The database, with everything in it that was acknowledged."""
        self.settle()
        return self.store.db

    def settle(self) -> None:
        """Bring what was acknowledged into the tables."""
        if self._waiting or self._written:
            with self._upkeep:
                self._settle()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Everything acknowledged is in the tables, and nothing else is written nor checkpointed meanwhile."""
        with self._upkeep:
            self._settle()
            yield

    def before_write(self) -> None:
        """Call before each change: what the journal could not take must be in the file first."""
        if self.store.behind:
            self.checkpoint()

    def checkpoint(self, wait: bool = True) -> None:
        """Bring everything into the file, while edits go on. ``wait`` False: not if something else is being written."""
        if not self._upkeep.acquire(blocking=wait):
            return
        try:
            if not self._closed:
                mark = self.store.mark  # taken first: what comes from now on stays in the journal
                self._settle()
                self.store.checkpoint(mark)
        finally:
            self._upkeep.release()

    def close(self, save: bool) -> None:
        """Close; ``save``: with a checkpoint if it fits, else the journal keeps what is new."""
        with self._upkeep:
            try:
                if save and not self.store.db.broken:
                    self._settle()
            except Exception:  # it is in the journal, and shows up again at the next opening
                save = False
            self._waiting = self._written = None
            self._closed = True
            self.store.close(save)

    def _settle(self) -> None:
        for _ in range(2):  # what an earlier attempt could not write, then what waits
            with self._plans:
                if self._written is None and self._waiting:
                    self._written, self._waiting = self._waiting, None
                    self._seal(self._written)
                plan = self._written
            if plan is None:
                return
            self._write(plan)
            with self._plans:
                self._written = None
                if self._waiting:
                    self._waiting.base = None

    def _write(self, plan: Plan) -> None:
        try:
            with self.store.db.quick() as cur:
                apply.write(cur, plan)
                _note(cur, plan.changes)
        except Error:  # no room, or DuckDB gave up: it goes on waiting
            raise
        except Exception as error:
            self.unfit = True
            raise Unavailable("A change could not be brought into the tables; the dataset is being reopened: try again.") from error

    def _seal(self, plan: Plan) -> None:
        self.state.classes |= {name: number for number, name in enumerate(plan.classes, plan.first_class)}
        self.state.next_label = plan.next_label

    def reload(self) -> None:
        with self.store.db.cursor() as cur:
            self.state = states.load(cur)

    def commit_edits(self, batches: list[tuple[EditBatch, str]]) -> list[Receipt | Exception]:
        """Take batches in, each with its author, durably; the outcome of each, in order."""
        with self._plans:
            plan = self._waiting.copy() if self._waiting else Plan(self.state, self._written)
            with self.store.db.glance() as cur:
                plan.look(cur, [batch for batch, _ in batches])
            outcomes, changes = self._plan(plan, batches)
            if changes:
                records = [(change["revision"], orjson.dumps(change)) for change in changes]
                plan.changes += changes
                plan.bytes += sum(len(payload) for _, payload in records)
                self.store.record(records, plan.bytes + (self._written.bytes if self._written else 0))
                self._waiting = plan
                self._advance(changes, plan)
        if plan.size > MOST_WAITING:
            self.settle()
        return outcomes

    def _plan(self, plan: Plan, batches: list[tuple[EditBatch, str]]) -> tuple[list[Receipt | Exception], list[Change]]:
        outcomes: list[Receipt | Exception] = []
        changes: list[Change] = []
        for batch, author in batches:
            first = plan.next_label
            try:
                edits, recorded = _recorded(batch)
                receipt = plan.add(recorded, self.state.revision + len(changes) + 1)
            except Error as error:
                outcomes.append(error)
                continue
            changes.append(_change("edit", {"edits": edits, "first": first}, receipt, author, batch.message, batch.client_id))
            outcomes.append(receipt)
        return outcomes, changes

    def commit(self, op: str, body: Change, author: str, message: str, client_id: UUID | None) -> Receipt:
        """Apply one change of another kind (undo, review) as a revision of its own."""
        with self.alone():
            revision = self.state.revision + 1
            with self.store.db.quick() as cur:
                labels = _run(cur, op, body, revision)
                change = _change(op, body, Receipt(revision=revision, labels=labels), author, message, client_id)
                _note(cur, [change])
            self._advance([change], None)
            self.store.committed([(revision, orjson.dumps(change))])
        return Receipt(revision=revision, labels=labels)

    def _advance(self, changes: list[Change], plan: Plan | None) -> None:
        self.state.revision = changes[-1]["revision"]
        for change in changes:
            if change["client_id"]:
                self.state.remember(UUID(change["client_id"]))
        if plan is None:
            self.state.images.clear()
        else:
            for sample, _ in plan.removed:
                self.state.images.pop(sample, None)

    def _again(self, _: int, payload: bytes) -> None:
        """Replay one change of the journal."""
        change = orjson.loads(payload)
        if change["op"] == "edit":
            self._edit_again(change)
            return
        self._settle()
        with self.store.db.quick() as cur:
            _run(cur, change["op"], change["body"], change["revision"])
            _note(cur, [change])
        self._advance([change], None)

    def _again_alone(self, number: int, payload: bytes) -> bool:
        """Replay one change by itself; whether the tables took it."""
        try:
            self._again(number, payload)
            self._settle()
        except Exception as error:
            if self.store.db.broken or isinstance(error, Full):
                raise
            self._forget()
            return False
        return True

    def _forget(self) -> None:
        """Nothing waits any more; the tables alone count."""
        self._waiting = self._written = None
        self.reload()

    def _edit_again(self, change: Change) -> None:
        batch = _restored(change["body"]["edits"])
        plan = self._waiting or Plan(self.state)
        plan.next_label = change["body"]["first"]
        with self.store.db.glance() as cur:
            plan.look(cur, [batch])
        plan.add(batch, change["revision"])
        plan.changes.append(change)
        self._waiting = plan
        self._advance([change], plan)
        if plan.size > MOST_WAITING:
            self._settle()

    @contextmanager
    def bulk(self, message: str, author: str, before: Callable[[], None], staged: bool = False) -> Iterator[Writing]:
        """A transaction for many rows, as one revision; in the file when it ends. ``before`` runs before the commit."""
        with self.alone():
            yield from self._bulk(message, author, before, staged)

    def _bulk(self, message: str, author: str, before: Callable[[], None], staged: bool) -> Iterator[Writing]:
        revision = self.state.revision + 1
        try:
            with self.store.db.cursor() as cur, ExitStack() as transaction:
                tx = Writing(cur, revision, self.state.next_label, self.state.next_sample)
                tx.starts = lambda: transaction.enter_context(self.store.db.within(cur, bulk=True))
                if not staged:
                    tx.begin()
                yield tx
                tx.begin()
                if tx.noted:
                    _note(cur, [_change("bulk", {}, Receipt(revision=revision, labels=[]), author, message, None)])
                before()
        finally:
            if not self.store.db.broken:
                self.reload()
        self.store.checkpoint()


class Writing:
    """A bulk write under way: ``cur`` sees the tables, new rows get ``since = revision`` and ids from ``next_…`` on.

    A staged one first fills temporary tables, which DuckDB reads on all cores only if they are older than the transaction;
    the dataset's own tables may be changed after ``begin()``.
    """

    def __init__(self, cur: duckdb.DuckDBPyConnection, revision: int, next_label: int, next_sample: int) -> None:
        self.cur = cur
        self.revision = revision
        self.next_label = next_label
        self.next_sample = next_sample
        self.starts: Callable[[], None] | None = None
        self.noted = True  # as a revision; False: what is written brings its revisions with it

    def begin(self) -> None:
        """Start the transaction, if it was not started yet."""
        if self.starts is not None:
            self.starts()
            self.starts = None


def _recorded(batch: EditBatch) -> tuple[list[Change], EditBatch]:
    """The edits as the journal holds them, and as they come back from it: only what survives that is done. Raises BadInput."""
    try:
        edits = orjson.loads(orjson.dumps([edit.model_dump(mode="json", exclude_defaults=True) for edit in batch.edits]))
        return edits, _restored(edits)
    except (ValueError, TypeError) as error:  # not finite, too large, half a character
        raise BadInput("An edit holds a number or a text that cannot be stored.") from error


def _restored(edits: list[Change]) -> EditBatch:
    return EditBatch.model_validate({"edits": edits})


def _change(op: str, body: Change, receipt: Receipt, author: str, message: str, client_id: UUID | None) -> Change:
    return {
        "op": op,
        "body": body,
        "revision": receipt.revision,
        "labels": receipt.labels,
        "at": datetime.now(UTC).isoformat(),
        "author": author,
        "message": message,
        "client_id": str(client_id) if client_id else None,
    }


def _run(cur: duckdb.DuckDBPyConnection, op: str, body: Change, revision: int) -> list[int | None]:
    if op == "undo":
        return [*revisions.undo(cur, body["revision"], revision)]
    if op == "review":
        revisions.review(cur, body["ids"], body["state"], revision)
        return []
    raise ValueError(op)


def _note(cur: duckdb.DuckDBPyConnection, changes: list[Change]) -> None:
    rows = [(c["revision"], c["at"], c["author"], c["message"], c["client_id"], orjson.dumps(c["labels"]).decode()) for c in changes]
    apply.note(cur, rows)
