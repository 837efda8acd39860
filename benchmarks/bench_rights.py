"""How fast erasing is: until nobody can read it, and until the certificate is there.

Bars: a dataset, or everything, of 10,000 and of 100,000 media files unreadable within 1 s; samples of a dataset of 118,287 images and
860,001 boxes that five models learned from within 3 s; the certificate for 10,000 images of 100 kB within 60 s; the archive at 100 MB/s
(bench_archive.py). Peer of the certificate: to unlink as many plain files of that size, which proves nothing.

    python benchmarks/bench_rights.py [files of the large dataset: 100000] [rounds of the items: 3]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from store_rig import argument, fill, machine, timed, workspace

from comexp_lab.api import ErasurePlanIn
from comexp_lab.jobs.records import Records, now
from comexp_lab.rights.office import Office
from comexp_lab.rights.surroundings import Place
from comexp_lab.store import DatasetStore, Workspace


class Hands:
    """Nobody is at work; a folder of notebooks is there."""

    def __init__(self, notebooks: Path) -> None:
        self._notebooks = notebooks

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None: ...

    def places(self) -> list[Place]:
        return [Place("notebooks", self._notebooks)]

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def put(ds: DatasetStore, count: int, size: int) -> None:
    """Random media, as incompressible as pictures."""
    blobs = [ds.vault.put(os.urandom(size), durable=False) for _ in range(count)]
    import pyarrow as pa

    rows = {"number": range(1, count + 1), "blob": [b.id for b in blobs], "key": [b.key for b in blobs], "bytes": [b.bytes for b in blobs]}
    with ds.writing("media") as tx:
        tx.cur.register("made", pa.table({name: list(values) for name, values in rows.items()}))
        tx.cur.execute("INSERT INTO blobs SELECT blob, key, bytes FROM made")
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, tags, blob, bytes, mime, since)"
            " SELECT number, 'a picture of somebody ' || number || '.jpg', 'image', 640, 480, [], blob, bytes, 'image/jpeg', 1 FROM made"
        )
        tx.cur.unregister("made")


def trained(ws: Workspace, ds: DatasetStore, number: int) -> None:
    """A model that learned from all of it."""
    Records(ws.catalog)
    run, model, blob = f"{number:032x}", f"{number + 1000:032x}", ws.vault.put(os.urandom(5 << 20))
    params = json.dumps({"model": "yolo11n.yaml", "view": {"at": ds.revision}})
    ws.catalog.write(
        "INSERT INTO runs (id, kind, dataset, status, title, message, created, params) VALUES (?, 'train', ?, 'succeeded', '', '', ?, ?)",
        [run, ds.id, now(), params],
    )
    ws.catalog.write("INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", [blob.id, blob.key, blob.bytes, f"model:{model}"])
    ws.catalog.write(
        "INSERT INTO models (id, name, task, classes, bytes, sha256, created, blob, metrics, run, dataset)"
        " VALUES (?, ?, 'detect', '[]', 1, '', ?, ?, '{}', ?, ?)",
        [model, f"model {number}", now(), blob.id, run, ds.id],
    )


def erase(office: Office, **wanted: Any) -> tuple[float, float, float]:
    """Seconds to plan, until it is unreadable, and until it is certified."""
    start = time.perf_counter()
    plan = office.plan(ErasurePlanIn(**wanted))
    confirmed = time.perf_counter()
    told = office.erase(plan.id, plan.hash, plan.confirm_text)
    unreadable = time.perf_counter()
    assert told.unreadable, told.trouble
    told = office.erasures.wait(plan.id)
    assert told.certificate and told.certificate.body["scan"]["hits"] == 0, told.trouble
    return confirmed - start, unreadable - confirmed, time.perf_counter() - confirmed


def tell(what: str, found: float, limit: float, more: str = "") -> None:
    print(f"{what:<58} {found:7.2f} s of {limit:.0f} s  ratio {found / limit:.2f}  {more}({machine()})", flush=True)


def items(rounds: int, notebooks: Path) -> None:
    with workspace() as ws:
        ds = ws.create_dataset("big")
        fill(ds)
        small = ws.create_dataset("pictures")
        put(small, 50, 100_000)
        with ds.writing("media") as tx:
            for row in small.read("SELECT id, blob FROM samples").to_pylist():
                blob = ds.vault.put(os.urandom(100_000))
                tx.cur.execute("INSERT INTO blobs VALUES (?, ?, ?)", [blob.id, blob.key, blob.bytes])
                tx.cur.execute("UPDATE samples SET blob = ?, bytes = ? WHERE id = ?", [blob.id, blob.bytes, row["id"]])
        office = Office(ws, Hands(notebooks))  # type: ignore[arg-type]
        plans, times = [], []
        for turn in range(rounds):
            for number in range(5):
                trained(ws, ds, 10 * turn + number)
            planned, unreadable, certified = erase(
                office, what="samples", dataset="big", samples=list(range(1 + 10 * turn, 11 + 10 * turn))
            )
            plans.append(planned)
            times.append(unreadable)
        more = f"plan {statistics.median(plans):.2f} s, certificate {certified:.1f} s "
        tell("10 samples of 118,287 images / 860,001 boxes unreadable", statistics.median(times), 3, more)
        office.erasures.close()


def whole(count: int, notebooks: Path) -> None:
    for what in ("dataset", "account"):
        with workspace() as ws:
            put(ws.create_dataset("d"), count, 500)
            office = Office(ws, Hands(notebooks))  # type: ignore[arg-type]
            wanted = {"what": what} | ({"dataset": "d"} if what == "dataset" else {})
            planned, unreadable, certified = erase(office, **wanted)
            tell(f"{what} of {count:,} media files unreadable", unreadable, 1, f"plan {planned:.2f} s, certificate {certified:.1f} s ")
            office.erasures.close()


def certificate(count: int, size: int, notebooks: Path) -> None:
    with workspace() as ws:
        put(ws.create_dataset("d"), count, size)
        plain = ws.path.parent / "plain"
        plain.mkdir()
        for number in range(count):
            (plain / str(number)).write_bytes(os.urandom(size))
        office = Office(ws, Hands(notebooks))  # type: ignore[arg-type]
        _, _, certified = erase(office, what="dataset", dataset="d")
        unlinked = timed(lambda: shutil.rmtree(plain))
        tell(
            f"certificate for {count:,} images of {size // 1000} kB", certified, 60, f"{certified / unlinked:.1f} × unlinking plain files "
        )
        office.erasures.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder)
        os.environ["COMEXP_TOMBSTONES"] = str(notebooks / "erased")
        os.environ["COMEXP_RUNTIME_DIR"] = str(notebooks / "run")
        items(argument(2, 3), notebooks / "notebooks")
        whole(10_000, notebooks / "notebooks")
        certificate(10_000, 100_000, notebooks / "notebooks")
        if argument(1, 100_000) > 10_000:
            whole(argument(1, 100_000), notebooks / "notebooks")
    subprocess.run([sys.executable, str(Path(__file__).with_name("bench_archive.py")), "200", "3"], check=True)


if __name__ == "__main__":
    main()
