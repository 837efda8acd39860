"""How long erasing takes, and how soon nobody can read the data any more: 118,287 images / 860,001 boxes.

Bar: ≤ 1 s to unreadable. The peer in the same run is what other tools do: deleting the rows (which leaves every byte in the file).
"""

from __future__ import annotations

import statistics
import time
from uuid import uuid4

from store_rig import BOXES, IMAGES, fill, workspace

from comexp_lab import rights
from comexp_lab.api import ErasurePlanIn
from comexp_lab.store import Workspace

ROUNDS = 3


def erase_once(ws: Workspace) -> tuple[float, float]:
    """(seconds until the key is gone, seconds until the certificate) after the confirmation."""
    ds = ws.create_dataset(uuid4().hex)
    fill(ds)
    plan = rights.plan(ws, ErasurePlanIn(dataset=ds.id))
    gone: list[float] = []
    destroy = ws.keys.destroy

    def watched(owner: str, epoch: int | None = None) -> None:
        destroy(owner, epoch)
        if owner == ds.id:
            gone.append(time.perf_counter())

    ws.keys.destroy = watched  # type: ignore[method-assign]
    start = time.perf_counter()
    rights.execute(ws, plan.id, plan.hash, plan.name, lambda _: None)
    done = time.perf_counter()
    ws.keys.destroy = destroy  # type: ignore[method-assign]
    return gone[0] - start, done - start


def delete_rows(ws: Workspace) -> float:
    ds = ws.create_dataset(uuid4().hex)
    fill(ds)
    start = time.perf_counter()
    with ds.writing("delete") as tx:
        tx.cur.execute("DELETE FROM labels")
        tx.cur.execute("DELETE FROM samples")
    return time.perf_counter() - start


def main() -> None:
    with workspace() as ws:
        rounds = [erase_once(ws) for _ in range(ROUNDS)]
        rows = delete_rows(ws)
    unreadable, certificate = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{IMAGES:,} images / {BOXES:,} boxes: unreadable after {unreadable:.3f} s (bar 1.0), certificate after {certificate:.3f} s")
    print(f"deleting the rows instead takes {rows:.3f} s, {rows / unreadable:.1f}x as long, and erases nothing")


if __name__ == "__main__":
    main()
