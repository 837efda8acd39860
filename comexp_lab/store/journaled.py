"""A database and its journal, kept in step.

A change is acknowledged when it is in the journal, and the journal is cut when all of it is in the database file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comexp_lab.errors import Full
from comexp_lab.store.database import Database
from comexp_lab.store.journal import Journal
from comexp_lab.store.recovery import keep, open_database, wal_of
from comexp_lab.store.schema import Step, migrate

ROOM = 2 << 20
LEAST_ROOM = 128 << 10


class Journaled:
    """``path`` None: in memory, without a journal. The caller serialises writes."""

    def __init__(self, path: Path | None, key: bytes, owner: str, name: str, steps: list[Step], notices: list[str]) -> None:
        self._name, self._notices = name, notices
        self.db = open_database(path, key, name, notices) if path else Database(None, key)
        self._journal = Journal(path.with_suffix(".journal"), key, owner) if path else None
        self.dirty = False
        self.touched = time.monotonic()
        self.behind = False  # the journal lacks something
        with self.db.cursor() as cur, self.db.within(cur, bulk=True):
            changed = migrate(cur, steps)
        if changed and path:
            self.db.checkpoint()

    def replay(self, sequence: int, apply: Callable[[int, bytes], bool | None], done: Callable[[], None] = lambda: None) -> None:
        """Apply the journal's records after ``sequence``, the database's own; when ``done``, make all of it permanent.

        ``apply`` returns False for a change that no table takes: it must not keep the others from being read.
        """
        if self._journal is None or self.db.path is None:
            return
        records, lost = self._journal.read()
        start, unfit = sequence, 0
        for number, payload in records:
            if number == sequence + 1:
                unfit += apply(number, payload) is False
                sequence = number
        kept = None
        if records or lost or wal_of(self.db.path).exists():
            self.behind = True
            with suppress(Full):  # the data can be read all the same; the next write tries again
                done()
                kept = keep(self.db.path, self._journal.path) if unfit else None
                self.checkpoint()
        if unfit and kept:
            self._notices.append(f"{unfit} saved changes of {self._name} could not be applied; its journal is kept in {kept.name}.")
        missing = max((number for number, _ in records), default=sequence) - sequence
        if sequence > start + unfit:
            self._notices.append(f"{sequence - start - unfit} saved changes of {self._name} were restored from its journal.")
        if missing:
            self._notices.append(f"{missing} changes of {self._name} could not be restored: the disk lost them.")

    def before_write(self) -> None:
        """Call before each transaction: what the journal could not take must be in the file first."""
        if self.behind:
            self.checkpoint()

    def record(self, records: list[tuple[int, bytes]], owed: int) -> None:
        """Make changes durable that are brought into the database later. Raises Full; the changes must then be dropped.

        ``owed``: the bytes that are recorded but not in the database's own log yet; there must be room for them.
        """
        if self._journal and self.db.path:
            disk = os.statvfs(self.db.path.parent)
            if disk.f_bavail * disk.f_frsize < LEAST_ROOM + 4 * owed:
                raise _full("no room")
            try:
                self._journal.append(records)
            except OSError as error:
                raise _full(error.strerror) from error
        self.dirty, self.touched = True, time.monotonic()

    def committed(self, records: list[tuple[int, bytes]]) -> None:
        """Make changes durable twice that were committed. Raises Full; they are then kept but not yet safe."""
        self.dirty, self.touched = True, time.monotonic()
        if self._journal is None:
            return
        try:
            self._journal.append(records)
        except OSError as error:
            self.behind = True
            raise _full(error.strerror) from error

    @property
    def mark(self) -> int:
        """How long the journal is now, for :meth:`checkpoint`."""
        return self._journal.size if self._journal else 0

    def checkpoint(self, mark: int | None = None) -> None:
        """Bring everything into the file and cut the journal, unless it grew beyond ``mark`` meanwhile."""
        if self._journal is None:
            self.dirty = False
            return
        try:
            self._require_room()
            self.db.checkpoint()
            cut = self._journal.cut(self._journal.size if mark is None else mark)
        except BaseException:
            self.behind = True
            raise
        self.behind = False
        if cut:
            self.dirty = False

    def _require_room(self) -> None:
        """A checkpoint that fails for want of space makes DuckDB give the whole database up, so see first that it fits."""
        assert self.db.path is not None
        wal, disk = wal_of(self.db.path), os.statvfs(self.db.path.parent)
        needed = ROOM + 2 * (wal.stat().st_size if wal.exists() else 0)
        if disk.f_bavail * disk.f_frsize < needed:
            raise Full(f"The disk is nearly full: free at least {needed / 1e6:.0f} MB and try again.")

    def close(self, save: bool = True) -> None:
        """Close; ``save``: with a checkpoint if it fits, else the logs keep what is new."""
        if save and self.dirty and not self.db.broken:
            with suppress(Full):
                self.checkpoint()
        self.db.close()
        if self._journal:
            self._journal.close()


def _full(reason: str | None) -> Full:
    return Full(f"The change could not be saved safely ({reason}): free some space and try again.")
