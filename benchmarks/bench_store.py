"""The vault against plain files, filling and opening a large dataset, erasing it, memory when idle; all in one run.

    python benchmarks/bench_store.py [rounds]

Goals: reading and decrypting 1,000 pictures of 170 kB ≥ 0.8× plain file reads (of as many threads); erased ≤ 1 s;
an idle store ≤ 150 MB. "From disk" is the case of a data set larger than the memory: nothing is in the page cache.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_rig import argument, fill, machine, timed, workspace

from comexp_lab.store import DatasetStore, Vault, Workspace
from comexp_lab.store.parts import Doomed

Work = Callable[[], object]
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
        files = [*paths, *(path for path in (store.path(blob) for blob, _ in blobs) if path)]
        works: dict[str, tuple[Work, Work, bool]] = {
            "one by one": (lambda: [len(path.read_bytes()) for path in paths], lambda: [len(store.get(*blob)) for blob in blobs], False),
            "kept": (lambda: read_plain(paths), lambda: [store.get(*blob) for blob in blobs], False),
            "all cores": (lambda: read_plain_threads(paths), lambda: store.get_many(blobs), False),
            "from disk": (lambda: [len(path.read_bytes()) for path in paths], lambda: [len(store.get(*blob)) for blob in blobs], True),
            "from disk, all cores": (lambda: read_plain_threads(paths), lambda: store.get_many(blobs), True),
        }
        for name, (theirs, ours, cold) in works.items():
            pairs = [(fetched(theirs, files, cold), fetched(ours, files, cold)) for _ in range(rounds)]
            best = min(a for a, _ in pairs) / min(b for _, b in pairs)
            middle = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
            rate = total / min(b for _, b in pairs)
            print(
                f"  read, {name:20} {rate:6.0f} MB/s, {best:.2f}× plain file reads by the lowest times, {middle:.2f}× by the median (goal ≥ 0.8)"
            )
        limits(paths, rounds)


def fetched(work: Work, files: list[Path], cold: bool) -> float:
    """The time of a work; ``cold``: with none of the files in the page cache, as after a restart or in a data set larger than the memory."""
    for path in files if cold else []:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return timed(work)


def limits(paths: list[Path], rounds: int) -> None:
    """What no format could beat here: a bare read into one warm buffer, and AES-256-GCM alone over data in the processor's cache."""
    cipher, nothing = AESGCM(bytes(32)), bytes(SIZE)
    sealed = cipher.encrypt(bytes(12), nothing, None)

    def plainly(some: list[Path]) -> None:
        for path in some:
            path.read_bytes()

    def read(some: list[Path]) -> None:
        buffer = memoryview(bytearray(SIZE))
        for path in some:
            with path.open("rb", buffering=0) as file:
                file.readinto(buffer)

    def decrypt(some: list[Path]) -> None:
        buffer = memoryview(bytearray(SIZE))
        for _ in some:
            cipher.decrypt_into(bytes(12), sealed, None, buffer)

    for threads in sorted({1, min(8, os.cpu_count() or 1)}):
        parts = [paths[i::threads] for i in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            times = [[timed(lambda work=work: list(pool.map(work, parts))) for work in (plainly, read, decrypt)] for _ in range(rounds)]  # type: ignore[misc]
        plain, bare, alone = (min(column) for column in zip(*times, strict=True))
        print(
            f"  the limit from the page cache, {threads} thread(s): AES-256-GCM alone {FILES * SIZE / alone / 1e9:.1f} GB/s,"
            f" plain reads {FILES * SIZE / plain / 1e9:.1f} GB/s, so at most {plain / (min(plain, bare) + alone):.2f}×"
        )


def life(ws: Workspace) -> None:
    ds: DatasetStore = ws.create_dataset("large")
    print(f"118,287 samples and 860,001 boxes, from Arrow to durable and encrypted: {timed(lambda: fill(ds)):.2f} s")
    print(
        f"  version with digest {timed(lambda: ds.freeze('v1')):.2f} s, close {timed(ds.close):.2f} s, open {timed(lambda: ds.revision):.3f} s"
    )
    print(f"  erase 1,000 samples (rewritten under a new key) {timed(lambda: ds.erase_parts(Doomed(list(range(1, 1001))))):.2f} s")
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
