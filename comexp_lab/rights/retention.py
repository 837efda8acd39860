"""How long what is kept, as data (``retention.toml``), and the sweep that lets it go when it is time.

A sweep that removed something leaves one entry in the ledger, with counts. Nothing is forgotten because the service did not
run: what is overdue goes at its next start, before anything else.
"""

from __future__ import annotations

import os
import time
import tomllib
from calendar import monthrange
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import RetentionRow
from comexp_lab.errors import BadInput, Error
from comexp_lab.formats.uploads import Uploads
from comexp_lab.rights import ephemeral, pruning
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.daily import DailyLog
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.requests import OVER, Requests
from comexp_lab.transport import runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

SWEPT = "retention swept"


@cache
def _document() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def rows(environ: Mapping[str, str] = os.environ) -> list[RetentionRow]:
    """All rows, with what the operator set. Raises BadInput."""
    return [RetentionRow(kind=kind, **_configured(row, environ)) for kind, row in _document().items()]


def _configured(row: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    given = environ.get(row.get("setting", ""))
    if not given:
        return row
    if not given.isascii() or not given.isdigit() or not 0 < int(given) <= 100:
        raise BadInput(f"{row['setting']} must be a whole number of {row['unit']}s from 1 to 100.")
    return row | {"amount": int(given)}


def due(row: RetentionRow, start: datetime) -> datetime:
    """When something of a kind goes that is kept from ``start`` on; months end on the same day, or on the last one of the month."""
    start, amount = start.astimezone(UTC), row.amount or 0
    if row.unit in ("minute", "day"):
        return start + timedelta(**{f"{row.unit}s": amount})
    months = start.year * 12 + start.month - 1 + amount * (12 if row.unit == "year" else 1)
    year, month = divmod(months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


class Retention:
    """``logs``: those with a file a day, by kind. ``let_go`` ends the use of an ephemeral dataset. ``idle_clock`` only goes forward."""

    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        requests: Requests,
        consents: Consents,
        logs: Mapping[str, DailyLog],
        let_go: Callable[[str], object] = lambda dataset: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        idle_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspace, self._ledger, self._requests, self._consents, self._logs = workspace, ledger, requests, consents, logs
        self._let_go, self._clock, self._idle_clock = let_go, clock, idle_clock
        self._rows = {row.kind: row for row in rows()}

    def sweep(self) -> dict[str, int]:
        """Let go of what is overdue; how much of each kind."""
        now, removed = self._clock(), dict[str, int]()
        for kind, log in self._logs.items():
            removed[kind] = log.drop(now, timedelta(days=self._rows[kind].amount or 0))
        removed["run logs"] = self._run_logs(now)
        removed["downloads"] = self._downloads(now)
        removed["uploads"] = Uploads(self._workspace, sweep=False).sweep(now.timestamp())
        removed["words of requests"] = self._words(now)
        removed["consents"] = self._consent_records(now)
        removed["service log"] = self._service_log(now)
        removed["ended ephemeral datasets"] = ephemeral.forget_ended(self._workspace)
        removed = {kind: number for kind, number in removed.items() if number}
        if "uploads" in removed:
            pruning.begin(self._workspace)
        pruning.finish(self._workspace)
        if removed:
            self._ledger.append(SWEPT, {"counts": removed})
        return removed

    def end_idle(self) -> int:
        """End ephemeral datasets that nobody used for too long; how many."""
        gone = 0
        for store in ephemeral.idle(self._workspace):
            if self._idle_clock() - store.common.used >= self._idle_limit:
                with suppress(Error):  # a run that does not stop: tried again
                    self._let_go(store.id)
                    ephemeral.end(self._workspace, store.id)
                    gone += 1
        if gone:
            self._ledger.append(SWEPT, {"counts": {"ephemeral datasets": gone}})
        return gone

    def end_all(self) -> None:
        """The service stops: what was in memory only is gone, and nothing says any more that it was there."""
        for store in self._workspace.stores():
            if store.storage == "ephemeral":
                self._workspace.erase_dataset(store.id)
        ephemeral.forget_ended(self._workspace)

    def until_idle(self) -> float:
        """Seconds until the next ephemeral dataset may end; infinite if there is none."""
        used = [store.common.used for store in self._workspace.stores() if store.storage == "ephemeral"]
        return max(1.0, min(used) + self._idle_limit - self._idle_clock()) if used else float("inf")

    @property
    def _idle_limit(self) -> float:
        return timedelta(minutes=self._rows["ephemeral datasets"].amount or 0).total_seconds()

    def _over(self, kind: str, start: datetime, now: datetime) -> bool:
        return due(self._rows[kind], start) <= now

    def _run_logs(self, now: datetime) -> int:
        catalog = self._workspace.catalog
        found = catalog.read("SELECT DISTINCT r.id, r.ended FROM runs r JOIN run_log l ON l.run = r.id WHERE r.ended IS NOT NULL")
        late = [row for row in found if self._over("run logs", row["ended"], now)]
        if late:
            pruning.begin(self._workspace)
        for row in late:
            catalog.write("DELETE FROM run_log WHERE run = ?", [row["id"]])
        return len(late)

    def _downloads(self, now: datetime) -> int:
        catalog = self._workspace.catalog
        found = catalog.read(
            "SELECT b.id, r.ended, r.created, r.status FROM blobs b LEFT JOIN runs r ON b.owner = 'download:' || r.id"
            " WHERE b.owner LIKE 'download:%' AND (r.status IS NULL OR r.status NOT IN ('queued', 'running'))"
        )
        late = [row for row in found if row["created"] is None or self._over("downloads", row["ended"] or row["created"], now)]
        if late:
            pruning.begin(self._workspace)
        for row in late:
            catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
            self._workspace.vault.delete(row["id"])
        return len(late)

    def _words(self, now: datetime) -> int:
        owners = self._workspace.keys.owners()
        late = [
            each.id
            for each in self._requests.list()
            if f"ledger/request:{each.id}" in owners and each.state in OVER and self._over("words of requests", each.log[-1].at, now)
        ]
        for request in late:
            self._ledger.forget(f"request:{request}")
        return len(late)

    def _consent_records(self, now: datetime) -> int:
        owners, records = self._workspace.keys.owners(), self._consents.records()
        renewed = {record.renews: record.given for record in records}
        late = []
        for record in records:
            ends = [at for at in (record.withdrawn, record.expiry, renewed.get(record.id)) if at is not None and at <= now]
            if f"ledger/consent:{record.id}" in owners and ends and self._over("consents", min(ends), now):
                late.append(record.id)
        for consent in late:
            self._ledger.forget(f"consent:{consent}")
        return len(late)

    def _service_log(self, now: datetime) -> int:
        """The log is written by whoever started the service, in append mode: cutting it is safe."""
        path = runtime_dir(self._workspace.path) / "service.log"
        with suppress(OSError, ValueError):
            with path.open("rb") as file:
                began = datetime.fromisoformat(file.readline(64)[:19].decode()).replace(tzinfo=UTC)
            if self._over("service log", began, now):
                os.truncate(path, 0)
                return 1
        return 0
