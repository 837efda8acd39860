"""A log with a file and a key for each day: what is overdue goes with its key, also from a backup.

::

    workspace/logs/<name>/2026-11-22.log    a line an entry: base64 of nonce · AES-256-GCM (key of the day, canonical JSON)

Lines wait in memory until ``flush`` and are not synced: a crash may lose the last minute, which no promise depends on.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comexp_lab.errors import NotFound
from comexp_lab.store.keys import KeyStore
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

NAMES = ("access log", "usage events")
MOST_WAITING = 10_000


class DailyLog:
    """Thread-safe; ``add`` never touches the disk."""

    def __init__(self, folder: Path, keys: KeyStore, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder, self._keys, self._clock = folder, keys, clock
        self._waiting, self._lock = deque[tuple[date, bytes]](maxlen=MOST_WAITING), threading.Lock()

    def add(self, entry: Mapping[str, Any]) -> None:
        self._waiting.append((self._clock().astimezone(UTC).date(), canonical(dict(entry))))

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            days = dict[date, list[bytes]]()
            while self._waiting:
                day, line = self._waiting.popleft()
                days.setdefault(day, []).append(line)
            for day, lines in days.items():
                self._write(day, lines)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Oldest first; a line that a crash tore, or whose key is destroyed, is none."""
        self.flush()
        for day in self.days():
            with suppress(NotFound):
                cipher = AESGCM(self._keys.key(self._owner(day)))
                for line in self._file(day).read_bytes().splitlines():
                    with suppress(InvalidTag, binascii.Error, ValueError):
                        sealed = base64.b64decode(line, validate=True)
                        yield json.loads(cipher.decrypt(sealed[:12], sealed[12:], self._owner(day).encode()))

    def days(self) -> list[date]:
        return sorted(date.fromisoformat(path.stem) for path in self.folder.glob("????-??-??.log"))

    def drop(self, now: datetime, term: timedelta) -> int:
        """Destroy the days whose first moment is ``term`` ago or more, and files whose key is gone; how many days."""
        self.flush()
        owners = self._keys.owners()
        with self._lock:
            doomed = [day for day in self.days() if now >= _midnight(day) + term or self._owner(day) not in owners]
            for day in doomed:
                self._keys.destroy(self._owner(day))
                self._file(day).unlink(missing_ok=True)
        return len(doomed)

    def discard(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def _write(self, day: date, lines: list[bytes]) -> None:
        owner = self._owner(day)
        try:
            key = self._keys.key(owner)
        except NotFound:
            key = self._keys.create(owner)[1]
        cipher, sealed = AESGCM(key), bytearray()
        for line in lines:
            nonce = os.urandom(12)
            sealed += base64.b64encode(nonce + cipher.encrypt(nonce, line, owner.encode())) + b"\n"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self._file(day), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(sealed)

    def _file(self, day: date) -> Path:
        return self.folder / f"{day.isoformat()}.log"

    def _owner(self, day: date) -> str:
        return f"ledger/{self.folder.name}/{day.isoformat()}"


_opened: WeakKeyDictionary[Workspace, list[DailyLog]] = WeakKeyDictionary()
_opening = threading.Lock()


def of(workspace: Workspace) -> list[DailyLog]:
    """The logs of a workspace: the same objects for everybody in this process."""
    with _opening:
        if workspace not in _opened:
            _opened[workspace] = [DailyLog(workspace.path / "logs" / name, workspace.keys) for name in NAMES]
        return _opened[workspace]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
