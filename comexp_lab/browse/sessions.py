"""Each mirror has its own App state, although FiftyOne's server was made for one.

FiftyOne keeps state and listeners in module globals behind ``get_state`` and its sisters. They are replaced by ones that
ask for which mirror the request came (``current``, set by the guard), so two open Apps do not steer each other, and
what is selected in each can be read.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from contextvars import ContextVar
from typing import Any

current: ContextVar[str] = ContextVar("mirror", default="")


class Session:
    """The App state of one mirror."""

    def __init__(self) -> None:
        import fiftyone.core.state as fos

        self.state = fos.StateDescription()
        self.listeners: dict[str, set[Any]] = defaultdict(set)

    @property
    def open(self) -> bool:
        """Whether somebody has the App in front of them."""
        return any(self.listeners.values())

    def selected(self) -> list[str]:
        return [sample["id"] if isinstance(sample, dict) else str(sample) for sample in self.state.selected_samples or []]


class Sessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def of(self, mirror: str) -> Session:
        return self._sessions.setdefault(mirror, Session())

    def forget(self, mirror: str) -> None:
        self._sessions.pop(mirror, None)

    @property
    def open(self) -> bool:
        return any(session.open for session in self._sessions.values())

    def _set_state(self, state: Any) -> None:
        self.of(current.get()).state = state

    def install(self) -> None:
        """Put ours in the place of FiftyOne's, wherever its server imported them."""
        from fiftyone.server.events import state as theirs

        ours = {
            theirs.get_state: lambda: self.of(current.get()).state,
            theirs.set_state: self._set_state,
            theirs.get_listeners: lambda: self.of(current.get()).listeners,
        }
        modules = [module for name, module in sys.modules.items() if name.startswith("fiftyone.server")]
        for module in modules:
            for name, value in list(vars(module).items()):
                if callable(value) and getattr(value, "__module__", "") == theirs.__name__ and value in ours:
                    setattr(module, name, ours[value])

    async def refresh(self, mirror: str) -> None:
        """Make open Apps of a mirror load their samples again."""
        from fiftyone.core.session.events import Refresh
        from fiftyone.server.events import dispatch_event

        token = current.set(mirror)
        try:
            session = self.of(mirror)
            if session.open and session.state.dataset is not None:
                await asyncio.to_thread(session.state.dataset.reload)
                await dispatch_event(None, Refresh(state=session.state))
        finally:
            current.reset(token)
