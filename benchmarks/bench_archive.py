"""How fast everything that is stored leaves as an archive: media of 100 kB and of 64 MB through the vault, onto the disk.

Bar: ≥ 100 MB/s of media. The peer, in turns with it in the same run, is the least that could be done: the same bytes, not
encrypted, read, hashed by SHA-256 and copied. What is read was read before, so that both read from memory.

    python benchmarks/bench_archive.py [MB of each kind: 400] [rounds: 5]
"""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from store_rig import argument, machine, timed, workspace

from comexp_lab.bag import verify_archive
from comexp_lab.rights.archive import archive_pieces, write_archive
from comexp_lab.store import DatasetStore, Workspace

BAR = 100.0
PIECE = 4 << 20


def told(fraction: float, message: str) -> None:
    pass


def put(ws: Workspace, folder: Path, count: int, size: int) -> DatasetStore:
    """A dataset of random media (as incompressible as pictures), and the same bytes as plain files."""
    ds = ws.create_dataset(uuid4().hex)
    folder.mkdir()
    rows = []
    for number in range(count):
        data = os.urandom(size)
        (folder / f"{number:06d}.jpg").write_bytes(data)
        rows.append(ds.vault.put(data, durable=False))
    with ds.writing("media") as tx:
        tx.cur.executemany("INSERT INTO blobs VALUES (?, ?, ?)", [(b.id, b.key, b.bytes) for b in rows])
        tx.cur.executemany(
            "INSERT INTO samples(id, name, kind, width, height, tags, blob, sha256, bytes, mime, since)"
            " VALUES (?, ?, 'image', 640, 480, [], ?, ?, ?, 'image/jpeg', 1)",
            [(number, f"{number:06d}.jpg", b.id, b.sha256, b.bytes) for number, b in enumerate(rows, 1)],
        )
    return ds


def copy(source: Path, target: Path) -> None:
    """The peer: one file of all bytes, with a checksum of each."""
    with target.open("xb") as out:
        for file in sorted(source.iterdir()):
            digest = hashlib.sha256()
            with file.open("rb") as reader:
                while piece := reader.read(PIECE):
                    digest.update(piece)
                    out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


def measure(ws: Workspace, folder: Path, what: str, count: int, size: int, rounds: int) -> float:
    source = folder / what.replace(" ", "-")
    ds, total = put(ws, source, count, size), count * size / 1e6
    seconds: dict[str, list[float]] = {"archive": [], "copy + sha256": [], "for download": [], "verified": []}
    for _ in range(rounds + 1):
        zipped, copied = folder / "a.zip", folder / "copy"
        seconds["archive"].append(timed(lambda to=zipped: write_archive(ws, [ds.id], to, told)))  # type: ignore[misc]
        seconds["copy + sha256"].append(timed(lambda to=copied: copy(source, to)))  # type: ignore[misc]
        seconds["for download"].append(timed(lambda: ws.vault.delete(ws.vault.put(archive_pieces(ws, [ds.id], {}, told)).id)))
        seconds["verified"].append(timed(lambda of=zipped: verify_archive(of)))  # type: ignore[misc]
        zipped.unlink()
        copied.unlink()
    rates = {name: [total / each for each in times[1:]] for name, times in seconds.items()}  # the first round warms up
    for name, found in rates.items():
        print(f"{what:>16}  {name:<14} {statistics.median(found):7.0f} MB/s  (lowest {min(found):.0f})")
    ratios = [peer / ours for ours, peer in zip(seconds["archive"][1:], seconds["copy + sha256"][1:], strict=True)]
    print(f"{what:>16}  archive : copy + sha256 = {statistics.median(ratios):.2f} of its speed")
    ws.erase_dataset(ds.id)
    return statistics.median(rates["archive"])


def main() -> None:
    megabytes, rounds = argument(1, 400), argument(2, 5)
    with workspace() as ws, tempfile.TemporaryDirectory() as folder:
        print(f"{megabytes} MB of each kind, {rounds} rounds, {machine()}")
        rates = [
            measure(ws, Path(folder), "100 kB pictures", megabytes * 10, 100_000, rounds),
            measure(ws, Path(folder), "64 MB videos", max(megabytes // 64, 1), 64_000_000, rounds),
        ]
        print(f"{machine()} at the end")
    assert min(rates) >= BAR, f"The archive is written at {min(rates):.0f} MB/s: it should be {BAR:.0f}."


if __name__ == "__main__":
    main()
