"""Usage events: how often and how long, never what. Every event, field and word is in a closed list, or it is refused.

The purpose "usage" (Comexp policy 2.4 and 3.3; T-Rex Label policy, introduction: "usage statistics (excluding images)") is asked
at each event: an objection stops them at once. They stay sealed in the workspace, are sent nowhere, and are kept only where
the operator sets ``COMEXP_USAGE=1``.
"""

from __future__ import annotations

import hmac
import math
import os
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from comexp_lab import errors
from comexp_lab.api import RunKind
from comexp_lab.errors import BadInput
from comexp_lab.rights.daily import DailyLog

Check = Callable[[Any], bool]
VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){0,3}((a|b|rc|\.dev|\.post)\d{1,5})?")
PROBLEMS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.Error)}
ENDS = ("succeeded", "failed", "lost", "cancelled")
UNFORESEEN = "unforeseen"


def count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def seconds(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value < 1e9


def version(value: Any) -> bool:
    return type(value) is str and VERSION.fullmatch(value) is not None


def identity(value: Any) -> bool:
    """A random id; it is never kept, only a keyed digest of it."""
    return type(value) is str and re.fullmatch(r"[0-9a-f-]{8,40}", value) is not None


def one_of(words: Collection[str]) -> Check:
    known = frozenset(words)
    return lambda value: type(value) is str and value in known


def events(actions: Collection[str]) -> dict[str, dict[str, Check]]:
    """All events there are, with their fields; ``actions`` are the names of what the service can be asked to do."""
    return {
        "service started": {"version": version, "python": version, "datasets": count},
        "action": {"action": one_of(actions), "status": count, "seconds": seconds},
        "problem": {"problem": one_of({*PROBLEMS, UNFORESEEN}), "action": one_of(actions)},
        "run ended": {"run": identity, "kind": one_of(get_args(RunKind)), "status": one_of(ENDS)},
    }


class Usage:
    """``closed`` says why events may not be kept now, or None. Thread-safe."""

    def __init__(
        self,
        log: DailyLog,
        pepper: bytes,
        closed: Callable[[], str | None],
        actions: Collection[str] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.log, self._pepper, self._closed, self._clock = log, pepper, closed, clock
        self._events = events(actions)

    def record(self, event: str, **fields: Any) -> None:
        """Keep an event, unless the purpose is closed. Raises BadInput for anything that is not in the list."""
        known = self._events.get(event)
        if known is None or fields.keys() != known.keys() or not all(known[name](value) for name, value in fields.items()):
            raise BadInput("This is no usage event: only what is in the list may be counted.")
        if self._closed() is None:
            kept = {name: self._digest(value) if known[name] is identity else value for name, value in fields.items()}
            self.log.add({"at": self._clock().isoformat(timespec="seconds"), "event": event, **kept})

    def _digest(self, id: str) -> str:
        return hmac.digest(self._pepper, b"usage\0" + id.encode(), "sha256").hex()[:16]


def wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator wants them."""
    return environ.get("COMEXP_USAGE") == "1"
