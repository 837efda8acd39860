"""The vault against plain files, filling and opening a large dataset, erasing it, memory when idle; all in one run.

    python benchmarks/bench_store.py [rounds]

Goals: reading and decrypting 1,000 pictures of 170 kB ≥ 0.8× plain file reads (of as many threads); erased ≤ 1 s;
an idle store ≤ 150 MB.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from store_rig import argument, fill, machine, timed, workspace

from comexp_lab.store import DatasetStore, Vault, Workspace

FILES, SIZE = 1000, 170_000
IDLE = """
import sys, psutil
from comexp_lab.store import Workspace
import os; os.environ['COMEXP_KEY_FILE'] = sys.argv[2]
ws = Workspace.open(sys.argv[1])
ws.datasets()
print(psutil.Process().memory_info().rss >> 20)
"""


def read_plain(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def read_plain_threads(paths: list[Path]) -> list[list[bytes]]:
    workers = min(8, os.cpu_count() or 1)
    parts = [paths[i::workers] for i in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(read_plain, parts))


def vault(ws: Workspace, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pictures = [os.urandom(SIZE) for _ in range(FILES)]
        paths = [Path(folder) / f"{number}.jpg" for number in range(FILES)]

        def write_plain() -> None:
            for path, picture in zip(paths, pictures, strict=True):
                with path.open("wb") as file:
                    file.write(picture)
                    file.flush()
                    os.fsync(file.fileno())

        store: Vault = ws.create_dataset("vault").vault
        blobs: list[tuple[str, bytes]] = []
        plain, sealed = timed(write_plain), timed(lambda: blobs.extend((b.id, b.key) for b in map(store.put, pictures)))
        total = FILES * SIZE / 1e6
        together = timed(lambda: ([store.put(picture, durable=False) for picture in pictures], store.sync()))
        print(
            f"vault, {FILES} × {SIZE // 1000} kB: write and fsync {total / sealed:.0f} MB/s (as an import does, one flush: {total / together:.0f}), plain {total / plain:.0f}"
        )
        assert store.get_many(blobs) == pictures
        works = {
            "one by one": (lambda: [len(path.read_bytes()) for path in paths], lambda: [len(store.get(*blob)) for blob in blobs]),
            "kept": (lambda: read_plain(paths), lambda: [store.get(*blob) for blob in blobs]),
            "all cores": (lambda: read_plain_threads(paths), lambda: store.get_many(blobs)),
        }
        for name, (theirs, ours) in works.items():
            pairs = [(timed(theirs), timed(ours)) for _ in range(rounds)]
            best = min(a for a, _ in pairs) / min(b for _, b in pairs)
            middle = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
            rate = total / min(b for _, b in pairs)
            print(
                f"  read, {name:10} {rate:6.0f} MB/s, {min(best, middle):.2f}× plain file reads (lowest {best:.2f}, median {middle:.2f}; goal ≥ 0.8)"
            )


def life(ws: Workspace) -> None:
    ds: DatasetStore = ws.create_dataset("large")
    print(f"118,287 samples and 860,001 boxes, from Arrow to durable and encrypted: {timed(lambda: fill(ds)):.2f} s")
    print(
        f"  version with digest {timed(lambda: ds.freeze('v1')):.2f} s, close {timed(ds.close):.2f} s, open {timed(lambda: ds.revision):.3f} s"
    )
    print(f"  erase 1,000 samples (rewritten under a new key) {timed(lambda: ds.erase_samples(list(range(1, 1001)))):.2f} s")
    print(f"  erase the dataset {timed(lambda: ws.erase_dataset('large')):.2f} s (goal ≤ 1)")


def idle(path: Path, key: Path) -> None:
    done = subprocess.run([sys.executable, "-c", IDLE, str(path), str(key)], capture_output=True, text=True, check=True)
    print(f"memory of a process that has the workspace open: {done.stdout.strip()} MB (goal for the whole service ≤ 150)")


def main() -> None:
    with workspace() as ws:
        vault(ws, argument(1, 7))
        life(ws)
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_text("00" * 32)
        idle(Path(folder) / "ws", key)
    print(machine())


if __name__ == "__main__":
    main()
