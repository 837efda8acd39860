"""What the lab does by itself: letters that are due, logs to be written, and what is kept too long. One thread, cheap when idle."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from comexp_lab.errors import Error
from comexp_lab.rights.office import Office

EVERY_S = 60.0
SWEEP_EVERY_S = 3600.0
log = logging.getLogger("comexp")


class Rounds:
    """``wake`` it when a letter was queued."""

    def __init__(self, rights: Office) -> None:
        self._rights = rights
        self._wake, self._closing = threading.Event(), threading.Event()
        self._next_sweep = 0.0
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)
        rights.letters.queued = self._wake.set

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(20.0)
        self._quietly(self._rights.flush)

    def _go(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            if time.monotonic() >= self._next_sweep:
                self._quietly(self._rights.retention.sweep)
                self._next_sweep = time.monotonic() + until_next_sweep(datetime.now(UTC))
            self._quietly(self._rights.flush)
            self._quietly(self._rights.retention.end_idle)
            self._quietly(self._rights.letters.send_due)
            self._wake.wait(min(EVERY_S, self._rights.retention.until_idle()))

    def _quietly(self, work: Callable[[], object]) -> None:
        """The rounds go on whatever happens; what failed is tried again at the next one."""
        if self._closing.is_set() and work != self._rights.flush:
            return
        try:
            work()
        except Error as error:
            log.warning("rounds: %s", error)
        except Exception as error:  # the thread's last stop: nobody else would hear of it
            log.error("unforeseen in the rounds", exc_info=error)


def until_next_sweep(now: datetime) -> float:
    """In an hour; or right after the day has ended, because logs are kept by days."""
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    return min(SWEEP_EVERY_S, (midnight - now).total_seconds() + 0.1)
