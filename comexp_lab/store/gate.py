"""The one question before a dataset is read or written: may it be used for this, now?

Whoever gets a dataset names what for (``Workspace.dataset(id, purpose)``). A frozen dataset (GDPR Art. 18, blocking under
Art. 21(1) of 152-FZ) is only stored; its owner may still take it away and destroy it. ``closed`` lets the rights layer
close single purposes, because somebody objected or withdrew consent; it is asked at every use.
"""

from __future__ import annotations

from collections.abc import Callable

from comexp_lab.api import Purpose
from comexp_lab.errors import Restricted

WHILE_FROZEN = {"store", "export", "access", "erase"}
Closed = Callable[[str, Purpose], str | None]


class Gate:
    """``closed(dataset id, purpose)`` gives the reason why a purpose is closed, or None."""

    def __init__(self, dataset: str, closed: Closed) -> None:
        self.frozen = self.fenced = False
        self._dataset, self._closed = dataset, closed

    def require(self, purpose: Purpose, name: str, *, writing: bool = False) -> None:
        """Raises Restricted, with the reason, if the dataset called ``name`` may not be used for it now."""
        if self.fenced and purpose != "erase":
            raise Restricted(f"Something is being erased from the dataset {name!r}: try again in a moment.")
        if self.frozen and (purpose not in WHILE_FROZEN or (writing and purpose != "erase")):
            raise Restricted(f"The dataset {name!r} is frozen by its owner: unfreeze it first.")
        if reason := self._closed(self._dataset, purpose):
            raise Restricted(f"The dataset {name!r} may not be used to {purpose}: {reason}")
