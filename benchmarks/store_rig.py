"""What the benchmarks of the store share: a data set of 118,287 images and 860,001 boxes, and honest figures."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from comexp_lab.store import DatasetStore, Workspace
from comexp_lab.store.database import use_all_cores

IMAGES, BOXES, CLASSES = 118_287, 860_001, 80


@contextmanager
def workspace() -> Iterator[Workspace]:
    """An empty workspace on the disk of the temporary folder, with a key of its own."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_text(os.urandom(32).hex())
        os.environ["COMEXP_KEY_FILE"] = str(key)
        with Workspace.open(Path(folder) / "ws") as ws:
            yield ws


def fill(ds: DatasetStore, images: int = IMAGES, boxes: int = BOXES) -> None:
    """Seeded boxes, clustered by image as an import leaves them; 2 % of them are near copies of their neighbour."""
    import pyarrow as pa

    rng = np.random.default_rng(0)
    owner = np.sort(np.minimum(images - 1, (images * rng.beta(0.9, 0.9, boxes)).astype(np.int64)))
    w, h = np.exp(rng.normal(4, 1, (2, boxes))).clip(2, 600)
    x, y = rng.random(boxes) * (640 - w).clip(1), rng.random(boxes) * (480 - h).clip(1)
    kind = (CLASSES * rng.beta(0.6, 3, boxes)).astype(np.int32)
    copies = np.flatnonzero(rng.random(boxes) < 0.02)[1:]
    for column in (x, y, w, h):
        column[copies] = column[copies - 1] * (1 + 0.005 * rng.standard_normal(len(copies)))
    kind[copies] = kind[copies - 1]
    with ds.writing("benchmark") as tx:
        use_all_cores(tx.cur)
        tx.cur.execute("INSERT INTO classes(id, name) SELECT i, 'class ' || i FROM range(?) r(i)", [CLASSES])
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, split, tags, since)"
            " SELECT i + 1, printf('%012d.jpg', i), 'image', 640, 480, 'train', [], 1 FROM range(?) r(i)",
            [images],
        )
        tx.cur.register("made", pa.table({"sample": owner + 1, "class": kind, "x": x, "y": y, "w": w, "h": h}))
        tx.cur.execute(
            "INSERT INTO labels BY NAME SELECT row_number() OVER () AS id, *, 'box' AS kind, w * h AS area, false AS crowd,"
            " 'import' AS source, 'accepted' AS state, 1 AS since FROM made"
        )
        tx.cur.unregister("made")


def spread(seconds: list[float]) -> tuple[float, float, float]:
    """(median, 95th percentile, highest) in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1e3, ordered[int(len(ordered) * 0.95)] * 1e3, ordered[-1] * 1e3


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def machine() -> str:
    """How busy the machine is with other work."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def argument(position: int, default: int) -> int:
    return int(sys.argv[position]) if len(sys.argv) > position else default
