"""An erasure as it is planned, confirmed and carried out; and what the engine asks of the rest of the lab."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from comexp_lab.api import ErasureCertificate, ErasureOut, ErasurePlan, ErasurePlanIn
from comexp_lab.rights import correction, surroundings
from comexp_lab.rights.lineage import Lineage
from comexp_lab.rights.traces import Traces
from comexp_lab.store.parts import Doomed

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore


class Hands(Protocol):
    """What lies above the engine: jobs, FiftyOne, the folders of the owner."""

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None:
        """End all work on a dataset (None: on everything) and these runs before it returns, and what FiftyOne shows of it."""

    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        """Train models anew that were deleted: on what is left, with the same settings."""

    def places(self) -> list[surroundings.Place]:
        """Where a user of notebooks leaves copies."""

    def tell(self, erasure: ErasureOut) -> None:
        """Something changed in an erasure."""


class Reach(Hands, Protocol):
    """All that the engine cannot do itself: with the owner's e-mail address."""

    def email(self) -> str | None:
        """The address, if there is one."""

    def correct_email(self, address: str) -> None:
        """Destroy the address, and put another in its place."""

    def forget_email(self) -> None:
        """Destroy the address and all that waits to be sent to it."""


@dataclass
class Target:
    """An erasure that is planned."""

    wanted: ErasurePlanIn
    store: DatasetStore | None
    doomed: Doomed
    lineage: Lineage
    plan: ErasurePlan
    former: str = ""  # the name or text that is corrected


@dataclass
class Erasure:
    """An erasure that was confirmed; ``secret`` is what its steps need to know, and empty when there is nothing left to do."""

    id: str
    facts: Mapping[str, Any]
    secret: dict[str, Any]
    intended: datetime
    done: dict[str, tuple[datetime, Mapping[str, Any]]] = field(default_factory=dict)
    message: str = ""
    trouble: str = ""
    certificate: ErasureCertificate | None = None
    traces: Traces | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    working: bool = False
    again: threading.Event = field(default_factory=threading.Event)

    @property
    def open(self) -> bool:
        return bool(self.secret)

    @property
    def scope(self) -> str:
        """Of the ledger, in which its secret is sealed."""
        return f"erasure:{self.id}"

    @property
    def whole(self) -> bool:
        """Whether all of a dataset goes."""
        return bool(self.facts["what"] == "dataset" and not self.facts.get("correction"))

    @property
    def doomed(self) -> Doomed:
        """What goes from its dataset."""
        return correction.unsealed(self.secret)
