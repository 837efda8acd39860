"""Checking and thumbnailing photographs in sandboxed children, against the same libraries unprotected in this process.

Per picture we decode all of it (so truncation is noticed), make the thumbnail, look for GPS and cross two processes. Peers:
OpenCV and Pillow, decoding and shrinking in as many threads as we have children. Also the whole import into an encrypted dataset.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from comexp_lab.formats.importing import import_into
from comexp_lab.formats.trees import FolderTree
from comexp_lab.media import Decoder
from comexp_lab.store import Workspace

SHARED = Path(os.environ.get("COMEXP_SHARED", Path(__file__).parents[2] / "shared"))
CHILDREN = 2


def photographs(number: int) -> list[bytes]:
    """``number`` different files: real ones if there are any, with a few bytes behind their end, else made ones of that size."""
    real = sorted((SHARED / "data/coco128/images").glob("*.jpg"))
    if real:
        files = [path.read_bytes() for path in real]
    else:
        noise = np.random.default_rng(0).integers(0, 256, (8, 60, 80, 3), dtype=np.uint8)
        files = [_encoded(Image.fromarray(n).resize((640, 480), Image.Resampling.BICUBIC)) for n in noise]
    return [files[n % len(files)] + b"%d" % n for n in range(number)]


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=98)
    return out.getvalue()


def with_pillow(data: bytes) -> None:
    image = Image.open(io.BytesIO(data))
    image.load()
    image.thumbnail((256, 256))
    image.save(io.BytesIO(), "JPEG", quality=80)


def with_opencv(data: bytes) -> None:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    scale = 256 / max(image.shape[:2])
    cv2.imencode(".jpg", cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), [cv2.IMWRITE_JPEG_QUALITY, 80])


def threaded(work: Callable[[bytes], None]) -> Callable[[list[bytes]], None]:
    def run(files: list[bytes]) -> None:
        with ThreadPoolExecutor(CHILDREN) as threads:
            list(threads.map(work, files))

    return run


def seconds(work: Callable[[list[bytes]], None], files: list[bytes]) -> float:
    began = time.perf_counter()
    work(files)
    return time.perf_counter() - began


def whole_import(files: list[bytes], decoder: Decoder) -> float:
    folder = Path(tempfile.mkdtemp(prefix="bench-media-"))
    try:
        (folder / "photos").mkdir()
        for n, data in enumerate(files):
            (folder / "photos" / f"{n}.jpg").write_bytes(data)
        with Workspace.open(folder / "workspace") as ws:
            dataset = ws.create_dataset("bench")
            began = time.perf_counter()
            report = import_into(dataset, FolderTree(folder / "photos"), decoder)
            assert report.samples == len(files)
            return time.perf_counter() - began
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="bench-keys-")
    cv2.setNumThreads(1)
    files = photographs(args.images)
    decoder = Decoder(CHILDREN)
    ways: dict[str, Callable[[list[bytes]], None]] = {
        "ours": lambda some: list(decoder.inspect_many((str(n), data) for n, data in enumerate(some))) and None,
        "pillow": threaded(with_pillow),
        "opencv": threaded(with_opencv),
    }
    for way in ways.values():
        way(files[:20])
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(args.rounds):
        for name, way in ways.items():
            times[name].append(seconds(way, files))
    megabytes = sum(map(len, files)) / 1e6
    print(f"{len(files)} photographs, {megabytes:.0f} MB, {CHILDREN} children ({decoder.sandbox}), load {os.getloadavg()[0]:.1f}")
    for name, took in times.items():
        low, mid = min(took), statistics.median(took)
        worst = min(low / min(times["ours"]), mid / statistics.median(times["ours"]))
        best = len(files) / low
        print(f"  {name:8} {best:5.0f} images/s at best, {len(files) / mid:5.0f} in the middle; ours is {worst:.2f} times as fast")
    took = min(whole_import(files, decoder) for _ in range(2))
    print(f"  import   {len(files) / took:5.0f} images/s, {megabytes / took:.0f} MB/s: checked, thumbnailed, encrypted, synced to disk")
    decoder.close()


if __name__ == "__main__":
    main()
