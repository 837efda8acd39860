"""A dataset's database, opened when first used, closed when idle, opened again after a fatal error inside DuckDB."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from comexp_lab.errors import Conflict, NotFound
from comexp_lab.store.live import Live

PATIENCE_S = 20.0


class OnDemand:
    """``opener`` opens it. Whoever writes holds ``writing``, also around :meth:`close` and :meth:`replace`."""

    def __init__(self, name: str, opener: Callable[[], Live]) -> None:
        self.name = name
        self.writing = threading.Lock()
        self._opener = opener
        self._live: Live | None = None
        self._gate = threading.Lock()
        self._count = threading.Lock()
        self._users = 0
        self._used = time.monotonic()
        self._gone = False

    @property
    def is_open(self) -> bool:
        return self._live is not None

    @property
    def idle_s(self) -> float:
        """Seconds since the last use."""
        return 0.0 if self._users else time.monotonic() - self._used

    @contextmanager
    def use(self) -> Iterator[Live]:
        """The open database, which stays open meanwhile. Raises NotFound once it was erased."""
        with self._gate:
            live = self._opened()
            with self._count:
                self._users += 1
        try:
            yield live
        finally:
            with self._count:
                self._users -= 1
            self._used = time.monotonic()

    def tidy(self, checkpoint_s: float, close_s: float) -> None:
        """Write what waits; checkpoint after ``checkpoint_s`` seconds without a write; close after ``close_s`` seconds without any use."""
        live = self._live
        if live is None:
            return
        live.settle()
        now = time.monotonic()
        if live.store.dirty and now - live.store.touched >= checkpoint_s:
            live.checkpoint(wait=False)
        if now - self._used >= close_s and self.writing.acquire(blocking=False):
            try:
                with self._gate:
                    if not self._users:
                        self._shut(save=True)
            finally:
                self.writing.release()

    def close(self, forever: bool = False) -> None:
        """Checkpoint and close; the next use opens it again. ``forever``: without saving, the key is gone."""
        self._gone = self._gone or forever
        with self.writing, self._gate:
            self._shut(save=not forever)

    @contextmanager
    def replace(self) -> Iterator[None]:
        """Closed meanwhile, with nobody reading, so that the file can be exchanged. Raises Conflict if reading goes on and on."""
        with self._gate:
            deadline = time.monotonic() + PATIENCE_S
            while self._users:
                if time.monotonic() > deadline:
                    raise Conflict(f"The dataset {self.name!r} is being read: try again when that is done.")
                time.sleep(0.01)
            self._shut(save=True)
            yield

    def _opened(self) -> Live:
        if self._gone:
            raise NotFound(f"The dataset {self.name!r} was erased.")
        if self._live is not None and (self._live.store.db.broken or self._live.unfit):
            self._shut(save=False)
        if self._live is None:
            self._live = self._opener()
        return self._live

    def _shut(self, save: bool) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.close(save)
