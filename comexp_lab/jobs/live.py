"""What is known of a run that has not ended, beyond the catalog."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from comexp_lab.errors import Cancelled
from comexp_lab.jobs.executors import Process


@dataclass
class Live:
    process: Process | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    answered: threading.Condition = field(default_factory=threading.Condition)
    asking: int = 0  # requests of its worker that are being answered
    progress: float = 0.0
    message: str = ""
    heard: float = field(default_factory=time.monotonic)
    saved: float = 0.0
    base: tuple[float, float] | None = None

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self.answered:
            self.asking += 1
        try:
            yield
        finally:
            with self.answered:
                self.asking -= 1
                self.answered.notify_all()

    def silent(self, timeout_s: float) -> bool:
        """Wait until it has ended and nothing that its worker asked for is still being done; False if it takes too long."""
        if not self.ended.wait(timeout_s):
            return False
        with self.answered:
            return self.answered.wait_for(lambda: not self.asking, timeout_s)

    def eta_s(self) -> float | None:
        if self.base is None or self.progress - self.base[1] < 0.01:
            return None
        speed = (self.progress - self.base[1]) / max(time.monotonic() - self.base[0], 1e-6)
        return round((1 - self.progress) / speed, 1)


class Progress:
    """Given to work in a thread: call it with a fraction and a message; raises Cancelled when the user cancelled."""

    def __init__(self, run: str, cancelled: threading.Event, report: Callable[[str, float, str], None]) -> None:
        self.run = run
        self._cancelled = cancelled
        self._report = report

    def __call__(self, fraction: float, message: str = "") -> None:
        if self._cancelled.is_set():
            raise Cancelled("It was cancelled.")
        self._report(self.run, fraction, message)


def digest(token: str) -> str:
    """What is kept of a worker's token."""
    return hashlib.sha256(token.encode()).hexdigest()
