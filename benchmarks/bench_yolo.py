"""YOLO import of 5,000 label files (durable, encrypted, queryable) against Ultralytics' own label scan of the same files.

    python benchmarks/bench_yolo.py [--files 5000] [--rounds 3]

The pictures are one small JPEG linked under every name: Ultralytics opens each one in its scan, as it always does. Our
import of media would do that as well, so the sizes are known to us beforehand. Goal: ≥ 3×. Both run in this process.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 640, 480


def make(folder: Path, count: int) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for part in ("images/train", "labels/train"):
        (folder / part).mkdir(parents=True)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (48, 64, 3), np.uint8)).resize((WIDTH, HEIGHT)).save(out, "JPEG")
    (folder / "one.jpg").write_bytes(out.getvalue())
    for i in range(count):
        os.link(folder / "one.jpg", folder / f"images/train/{i:06d}.jpg")
        rows = rng.uniform(0.05, 0.4, (int(rng.integers(1, 15)), 4)) + [0.3, 0.3, 0, 0]
        (folder / f"labels/train/{i:06d}.txt").write_text("".join(f"{i % 80} {a:.6f} {b:.6f} {c:.6f} {d:.6f}\n" for a, b, c, d in rows))
    names = "".join(f"  {i}: class {i}\n" for i in range(80))
    (folder / "data.yaml").write_text(f"train: images/train\nval: images/train\nnames:\n{names}")


def ours(folder: Path, workspace: Path, count: int) -> tuple[float, int]:
    import pyarrow.dataset  # noqa: F401  (the lab service has loaded it)

    from comexp_lab.formats import registry
    from comexp_lab.formats.staging import TableStage, merge
    from comexp_lab.formats.trees import FolderTree
    from comexp_lab.store import Workspace

    with Workspace.open(workspace) as ws:
        made = ws.create_dataset("yolo", "retained")
        with made.writing("images") as tx:
            tx.cur.execute(
                f"""INSERT INTO samples(id, name, kind, width, height, tags, since)
                SELECT i + 1, format('images/train/{{:06d}}.jpg', i), 'image', {WIDTH}, {HEIGHT}, [], 1 FROM range(?) t(i)""",
                [count],
            )
        began = time.perf_counter()
        with made.writing("import") as tx:
            stage = TableStage(tx.cur)
            registry.get("yolo").read(FolderTree(folder), stage)
            merge(tx, stage)
        wall = time.perf_counter() - began
        assert not stage.report.count
        return wall, made.stats().labels


def ultralytics(folder: Path) -> tuple[float, int]:
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    (folder / "labels/train.cache").unlink(missing_ok=True)
    began = time.perf_counter()
    found = YOLODataset(img_path=data["train"], data=data, task="detect", augment=False)
    return time.perf_counter() - began, sum(len(label["cls"]) for label in found.labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    mine, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="bench-yolo-") as root:
        make(Path(root) / "in", args.files)
        for number in range(args.rounds):
            mine.append(ours(Path(root) / "in", Path(root) / f"workspace{number}", args.files))
            theirs.append(ultralytics(Path(root) / "in"))
    walls, other = [wall for wall, _ in mine], [wall for wall, _ in theirs]
    ratio = min(min(other) / min(walls), float(np.median(other) / np.median(walls)))
    print(f"{args.files} files, {mine[0][1]} rows (Ultralytics {theirs[0][1]}); load {os.getloadavg()[0]:.1f}")
    print(f"  import {min(walls):.2f} s   Ultralytics' scan {min(other):.2f} s: {ratio:.1f}x (goal 3)")


if __name__ == "__main__":
    main()
