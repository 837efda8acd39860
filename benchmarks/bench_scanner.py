"""Searching files for what must be gone, against reading the same bytes plainly.

``plain`` reads each file in pieces of 1 MB and does nothing with them; ``find`` looks for one needle in the raw bytes with ``bytes.find``, which
sees nothing in archives and notebooks. Interleaved, medians; megabytes are those on disk, and for archives also those that they unpack to.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from comexp_lab.rights import needles
from comexp_lab.rights.scanner import Scanner

SHARED = Path(os.environ.get("COMEXP_SHARED", Path(__file__).parents[2] / "shared"))
PIECE = 1 << 20


def photographs() -> list[bytes]:
    real = sorted((SHARED / "data/coco128/images").glob("*.jpg"))
    return [path.read_bytes() for path in real] or [_noise(seed) for seed in range(16)]


def _noise(seed: int) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((640, 480), Image.Resampling.BICUBIC).save(out, "JPEG", quality=95)
    return out.getvalue()


def raw(path: Path, size: int) -> int:
    path.write_bytes(os.urandom(size))
    return size


def ipynb(path: Path, size: int) -> int:
    photos, cells, have = photographs(), list[dict[str, object]](), 0
    while have < size:
        image = base64.b64encode(photos[len(cells) % len(photos)]).decode()
        data = {"image/jpeg": image, "text/plain": ["a line of text\n"] * 20}
        cells.append(
            {"cell_type": "code", "source": ["ds[1]\n"], "outputs": [{"output_type": "display_data", "data": data, "metadata": {}}]}
        )
        have += len(image)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    return path.stat().st_size


def zipped(path: Path, size: int) -> int:
    """Label files and arrays, deflated."""
    rng, have = np.random.default_rng(0), 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        while have < size:
            boxes = rng.random((20_000, 5)).round(6)
            text = "\n".join(" ".join(map(str, row)) for row in boxes.tolist())
            archive.writestr(f"{have}.txt", text)
            have += len(text)
    return have


def plain(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(PIECE):
            pass


def find(path: Path, needle: bytes) -> None:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            piece.find(needle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    size = args.megabytes << 20
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {args.megabytes} MB each, in memory")
    try:
        one, many = ([needles.text(str(n), needles.canary()) for n in range(count)] for count in (1, 1000))
        with Scanner(one) as first, Scanner(many) as second, Scanner() as helper:
            looks = [needles.picture(f"p{n}", helper.fingerprint(data)) for n, data in enumerate(photographs()[:16])]
            with Scanner([*many, *looks]) as third:
                for name, make in {"raw": raw, "ipynb": ipynb, "zip": zipped}.items():
                    path = folder / name
                    unpacked = make(path, size)
                    measure(path, unpacked, args.rounds, {"1 needle": first, "1,000 needles": second, "1,000 and 16 pictures": third})
                    path.unlink()
    finally:
        shutil.rmtree(folder)


def measure(path: Path, unpacked: int, rounds: int, scanners: dict[str, Scanner]) -> None:
    work: dict[str, Callable[[], object]] = {"plain": lambda: plain(path), "find": lambda: find(path, needles.canary().encode())}
    work |= {name: lambda scanner=scanner: scanner.scan([path]) for name, scanner in scanners.items()}  # type: ignore[misc]
    times: dict[str, list[float]] = {name: [] for name in work}
    for name in work:
        work[name]()
    for _ in range(rounds):
        for name, run in work.items():
            begun = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begun)
    on_disk, base = path.stat().st_size / 1e6, statistics.median(times["plain"])
    for name, found in times.items():
        took = statistics.median(found)
        inside = f", {unpacked / 1e6 / took:6.0f} MB/s unpacked" if unpacked / 1e6 > on_disk * 1.01 else ""
        print(f"{path.name:6} {name:22} {on_disk / took:8.0f} MB/s{inside}  {took / base:7.1f} × plain  (load {os.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main()
