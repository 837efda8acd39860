"""The one writer of a dataset: batches that wait while another is being written are written together (group commit)."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from comexp_lab.api import EditBatch, Receipt
from comexp_lab.errors import Unavailable
from comexp_lab.store.live import Live, Writing
from comexp_lab.store.ondemand import OnDemand
from comexp_lab.store.space import Space


@dataclass(slots=True)
class Ticket:
    """A batch on its way, and what became of it."""

    batch: EditBatch
    author: str
    outcome: Receipt | Exception | None = None


class Require(Protocol):
    def __call__(self, *, writing: bool = False) -> None: ...


class Writer:
    """Every write is durable when it returns, and applied once for each ``client_id``."""

    def __init__(self, source: OnDemand, space: Space, require: Require) -> None:
        self._source, self._space, self._require = source, space, require
        self._queue: deque[Ticket] = deque()

    def checked(self, require: Require) -> Writer:
        """The same writer, for somebody who has to ask ``require`` before each write."""
        other = copy.copy(self)
        other._require = require
        return other

    def edit(self, batch: EditBatch, author: str) -> Receipt:
        ticket = Ticket(batch, author)
        self._queue.append(ticket)
        with self._source.writing:
            if ticket.outcome is None:
                self._write_waiting()
        if isinstance(ticket.outcome, Receipt):
            return ticket.outcome
        assert ticket.outcome is not None
        raise ticket.outcome

    def commit(self, op: str, body: Callable[[Live], dict[str, Any] | None], author: str, message: str, client_id: UUID) -> Receipt:
        """A change of another kind; ``body`` is worked out once it is its turn, None if there is nothing to change."""
        with self._source.writing, self.ready() as live:
            if before := _repeated(live, client_id):
                return before
            wanted = body(live)
            if wanted is None:
                return Receipt(revision=live.state.revision, labels=[])
            return live.commit(op, wanted, author, message, client_id)

    @contextmanager
    def bulk(self, message: str, author: str, before: Callable[[], None], staged: bool) -> Iterator[Writing]:
        with self._source.writing, self.ready() as live, live.bulk(message, author, before, staged) as tx:
            yield tx

    @contextmanager
    def ready(self) -> Iterator[Live]:
        """The open dataset, fit to be written by the holder of the lock. Raises Restricted, Full."""
        self._require(writing=True)
        self._space.require()
        with self._source.use() as live:
            live.before_write()
            yield live

    def _write_waiting(self) -> None:
        """Write all waiting batches; after a fatal error inside DuckDB once more, for those that were not written."""
        tickets = [self._queue.popleft() for _ in range(len(self._queue))]
        try:
            try:
                self._write(tickets)
            except Unavailable:
                self._write([ticket for ticket in tickets if ticket.outcome is None])
        except Exception as error:
            for ticket in tickets:
                ticket.outcome = ticket.outcome or error

    def _write(self, tickets: list[Ticket]) -> None:
        with self.ready() as live:
            fresh: dict[UUID, Ticket] = {}
            for ticket in tickets:
                ticket.outcome = _repeated(live, ticket.batch.client_id)
                if ticket.outcome is None:
                    fresh.setdefault(ticket.batch.client_id, ticket)
            if fresh:
                outcomes = live.commit_edits([(ticket.batch, ticket.author) for ticket in fresh.values()])
                for ticket, outcome in zip(fresh.values(), outcomes, strict=True):
                    ticket.outcome = outcome
            for ticket in tickets:  # sent twice at the same time
                ticket.outcome = ticket.outcome or _again(fresh[ticket.batch.client_id].outcome)


def _again(outcome: Receipt | Exception | None) -> Receipt | Exception | None:
    return outcome.model_copy(update={"repeated": True}) if isinstance(outcome, Receipt) else outcome


def _repeated(live: Live, client_id: UUID) -> Receipt | None:
    """The receipt of a batch that was applied before."""
    if not live.state.seen(client_id):
        return None
    with live.db.cursor() as cur:
        row = cur.execute("SELECT revision, receipt FROM revisions WHERE client_id = ?", [client_id]).fetchone()
    return Receipt(revision=row[0], labels=orjson.loads(row[1]), repeated=True) if row else None
