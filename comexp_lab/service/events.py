"""Server-sent events with ids and replay: what changed, for everybody who looks.

The hub keeps the last ``KEEP`` events in one ring that all subscribers read, so a slow client costs no memory; one that
falls behind the ring is told to load everything again.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from comexp_lab.api import Event

KEEP = 2000
HEARTBEAT_S = 15.0


class Hub:
    """Publishes events from any thread to any number of streams."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._ring: deque[Event] = deque(maxlen=KEEP)
        self._lock = threading.Lock()
        self._wakers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.tap: Callable[[Event], object] = lambda event: None  # sees every event; must not fail

    @property
    def listeners(self) -> int:
        return len(self._wakers)

    @property
    def last_id(self) -> int:
        return self._ring[-1].id if self._ring else 0

    def publish(self, type: str, dataset: str | None = None, run: str | None = None, **data: Any) -> None:
        """Tell everybody. Never blocks and never fails."""
        with self._lock:
            event = Event(id=next(self._ids), type=type, dataset=dataset, run=run, data=data)  # type: ignore[arg-type]
            self._ring.append(event)
            wakers = list(self._wakers)
        self.tap(event)
        for loop, waker in wakers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(waker.set)

    def since(self, last: int) -> tuple[list[Event], bool]:
        """Events after ``last``, and whether some of them are gone already (or belong to an earlier service)."""
        with self._lock:
            events = [event for event in self._ring if event.id > last]
            first = self._ring[0].id if self._ring else 1
            newest = self._ring[-1].id if self._ring else 0
        return events, last > newest or (last > 0 and last < first - 1)

    async def stream(self, last: int | None, closing: asyncio.Event) -> AsyncIterator[bytes]:
        """Server-sent events after ``last`` (None: from now on) until the client leaves or ``closing`` is set."""
        waker = asyncio.Event()
        entry = (asyncio.get_running_loop(), waker)
        self._wakers.add(entry)
        position = self.last_id if last is None else last
        try:
            yield b": hello\n\n"
            while not closing.is_set():
                events, gap = self.since(position)
                if gap:
                    position = self.last_id
                    yield b"event: resync\nid: %d\ndata: {}\n\n" % position
                    continue
                for event in events:
                    yield b"id: %d\ndata: %s\n\n" % (event.id, event.model_dump_json().encode())
                    position = event.id
                waker.clear()
                if self.since(position)[0]:
                    continue
                try:
                    await asyncio.wait_for(waker.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._wakers.discard(entry)

    def wake_all(self) -> None:
        for loop, waker in list(self._wakers):
            if not loop.is_closed():
                loop.call_soon_threadsafe(waker.set)
