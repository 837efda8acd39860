"""Fine-tuning through the encrypted store against plain ``yolo train`` on plain files: same pictures, same arguments.

Both run as they run for a user: ours in a worker of a real lab service, theirs as a process of its own. Rounds are interleaved; the time
of all epochs of a run, with validation and what is saved between them, gives pictures per second; the time to the first batch the start-up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

PLAIN = """
import json, sys, time
from ultralytics import YOLO
args, epochs = json.loads(sys.argv[1]), []
model = YOLO(args.pop("model"))
began = [0.0]
def first(trainer):
    if not began[0]:
        began[0] = time.time()
model.add_callback("on_train_batch_start", first)
model.add_callback("on_fit_epoch_end", lambda t: epochs.append(t.epoch_time))
model.train(**args)
print("RESULT", json.dumps([began[0], epochs]))
"""


def plain_environment(folder: Path) -> dict[str, str]:
    return os.environ | {"YOLO_CONFIG_DIR": str(folder), "YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0", "YOLO_VERBOSE": "0"}


def write_plain(folder: Path, n: int, size: int, val: set[int]) -> Path:
    from comexp_lab import demo

    for number, (_, data, boxes) in enumerate(demo.make_shapes(n, size), 1):
        part = "val" if number in val else "train"
        for kind in ("images", "labels"):
            (folder / kind / part).mkdir(parents=True, exist_ok=True)
        (folder / "images" / part / f"{number:05d}.png").write_bytes(data)
        lines = (f"{demo.SHAPES.index(c)} {(x + w / 2) / size} {(y + h / 2) / size} {w / size} {h / size}" for c, x, y, w, h in boxes)
        (folder / "labels" / part / f"{number:05d}.txt").write_text("\n".join(lines))
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames: {json.dumps(list(demo.SHAPES))}\n")
    return data


def run_plain(data: Path, args: dict[str, Any], folder: Path) -> tuple[float, list[float]]:
    """(seconds to the first batch, seconds of each epoch)."""
    began = time.time()
    full = {**args, "data": str(data), "device": "cpu", "plots": False, "verbose": False}
    full |= {"project": str(folder / "runs"), "name": "x", "exist_ok": True}
    command = [sys.executable, "-c", PLAIN, json.dumps(full)]
    out = subprocess.run(command, capture_output=True, text=True, env=plain_environment(folder), check=True)
    first, epochs = json.loads(next(line for line in out.stdout.splitlines() if line.startswith("RESULT"))[7:])
    return first - began, epochs[: args["epochs"]]  # the last one is the final validation's


def run_ours(service: Any, args: dict[str, Any]) -> tuple[float, list[float]]:
    began = time.time()
    named = ("model", "epochs", "imgsz", "batch")
    body = {name: args[name] for name in named} | {"args": {k: v for k, v in args.items() if k not in named}, "device": "cpu"}
    run = service.post("/runs/train", dataset="shapes", **body)["id"]
    service.wait(run, lambda row: row["message"].startswith("Epoch 1 ") or row["status"] not in ("queued", "running"))
    first = time.time() - began
    row = service.wait(run, timeout_s=600, pause_s=1.0)  # asking costs the machine that is being measured
    assert row["status"] == "succeeded", row
    return first, [entry["seconds"] for entry in row["metrics"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    import learn_rig as rig

    from comexp_lab.store import Workspace

    home = Path(tempfile.mkdtemp(prefix="bench-train-"))
    os.environ |= {"COMEXP_RUNTIME_DIR": str(home / "run"), "XDG_CONFIG_HOME": str(home / "config")}
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    val = set(range(1, options.images + 1, 5))
    data = write_plain(home / "plain", options.images, options.size, val)
    with Workspace.open(home / "workspace") as workspace:
        store = workspace.create_dataset("shapes")
        rig.fill(store, n=options.images, size=options.size)
        with store.writing("splits") as tx:
            tx.cur.execute("UPDATE samples SET split = CASE WHEN id % 5 = 1 THEN 'val' ELSE 'train' END")
    service = rig.Service(home / "workspace")
    args = {"model": "yolo11n.yaml", "epochs": options.epochs, "imgsz": options.size, "batch": 16}
    args |= {"optimizer": "AdamW", "lr0": 0.001, "mosaic": 1.0}
    ours, theirs = [], []
    try:
        for number in range(options.rounds):
            turns = [lambda: ours.append(run_ours(service, args)), lambda: theirs.append(run_plain(data, args, home))]
            for turn in turns if number % 2 else turns[::-1]:
                turn()
            print(
                f"round {number + 1}: ours {ours[-1][0]:.1f} s + {[round(s, 2) for s in ours[-1][1]]}, "
                f"plain {theirs[-1][0]:.1f} s + {[round(s, 2) for s in theirs[-1][1]]}",
                flush=True,
            )
    finally:
        os.kill(service.pid, 15)
        shutil.rmtree(home, ignore_errors=True)
    report(ours, theirs, options.images - len(val))


def report(ours: list[tuple[float, list[float]]], theirs: list[tuple[float, list[float]]], pictures: int) -> None:
    """Ratios of whole runs, best against best and the median over the rounds; the worse one counts."""
    runs = [[sum(epochs) for _, epochs in each] for each in (ours, theirs)]
    rates = [pictures * len(ours[0][1]) / min(each) for each in runs]
    rounds = [plain / through for through, plain in zip(*runs, strict=True)]
    print(
        f"images/s (epochs with validation): ours {rates[0]:.1f}, plain {rates[1]:.1f}; ratio best {rates[0] / rates[1]:.3f}, "
        f"median of rounds {statistics.median(rounds):.3f}, all rounds {sum(runs[1]) / sum(runs[0]):.3f} (bar 0.97)"
    )
    start = [[first for first, _ in each] for each in (ours, theirs)]
    print(
        f"start to first batch: ours {min(start[0]):.2f} s, plain {min(start[1]):.2f} s, overhead best "
        f"{min(start[0]) - min(start[1]):.2f} s, median {statistics.median(start[0]) - statistics.median(start[1]):.2f} s (bar 3)"
    )


if __name__ == "__main__":
    main()
