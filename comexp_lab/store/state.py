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
    numbers = cur.execute(
        "SELECT coalesce((SELECT max(revision) FROM revisions), 0),"
        " greatest((SELECT coalesce(max(id), 0) FROM labels), (SELECT coalesce(max(id), 0) FROM history), "
        "          (SELECT coalesce(max(try_cast(value AS BIGINT)), 0) FROM meta WHERE key = 'last_label')) + 1,"
        " greatest((SELECT coalesce(max(id), 0) FROM samples),"
        "          (SELECT coalesce(max(try_cast(value AS BIGINT)), 0) FROM meta WHERE key = 'last_sample')) + 1"
    ).fetchone()
    classes = dict(cur.execute("SELECT name, id FROM classes ORDER BY id").fetchall())
    clients = cur.execute("SELECT client_id FROM revisions WHERE client_id IS NOT NULL").fetchall()
    old = array("Q", sorted(client.int & _LOW for (client,) in clients))
    assert numbers is not None
    revision, label, sample = numbers
    return State(revision, label, sample, classes, old)
