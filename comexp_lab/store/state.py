"""What the writer of an open dataset keeps in memory: the next numbers, the classes, the batches it has seen."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import duckdb

_LOW = (1 << 64) - 1
_COUNTED = ("last_revision", "last_label", "last_sample")
_LAST = """SELECT 'last_revision', max(revision) FROM revisions UNION ALL SELECT 'last_label', max(id) FROM labels
    UNION ALL SELECT 'last_label', max(id) FROM history UNION ALL SELECT 'last_sample', max(id) FROM samples
    UNION ALL SELECT key, try_cast(value AS BIGINT) FROM meta WHERE key IN ('last_label', 'last_sample')"""


@dataclass(slots=True)
class State:
    revision: int
    next_label: int
    next_sample: int
    classes: dict[str, int]
    old: array[int]  # sorted: low halves of the client ids at opening, 8 bytes each
    new: set[int] = field(default_factory=set)
    images: dict[int, dict[str, Any]] = field(default_factory=dict)  # name and size of samples lately edited

    def seen(self, client_id: UUID) -> bool:
        """False: certainly not applied before. True: look it up."""
        low = client_id.int & _LOW
        at = bisect_left(self.old, low)
        return low in self.new or (at < len(self.old) and self.old[at] == low)

    @property
    def next_class(self) -> int:
        return max(self.classes.values(), default=-1) + 1

    def remember(self, client_id: UUID) -> None:
        self.new.add(client_id.int & _LOW)


def load(cur: duckdb.DuckDBPyConnection) -> State:
    """Read the state of an open dataset."""
    found = cur.execute(_LAST).fetchall()
    revision, label, sample = (max((number or 0 for what, number in found if what == wanted), default=0) for wanted in _COUNTED)
    classes = dict(cur.execute("SELECT name, id FROM classes ORDER BY id").fetchall())
    clients = cur.execute("SELECT client_id FROM revisions WHERE client_id IS NOT NULL").fetchall()
    old = array("Q", sorted(client.int & _LOW for (client,) in clients))
    return State(revision, label + 1, sample + 1, classes, old)
