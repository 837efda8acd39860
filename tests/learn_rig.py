"""A workspace with generated shapes in it, put there straight through the store, and a real service on it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from comexp_lab import demo, transport
from comexp_lab.jobs.executors import folder_of
from comexp_lab.store import DatasetStore, Workspace

ARGS = {"optimizer": "AdamW", "lr0": 0.002, "nbs": 4, "mosaic": 0.0}
TINY = {"model": "yolo11n.yaml", "epochs": 2, "imgsz": 64, "batch": 4, "args": ARGS}

SAMPLES = """
INSERT INTO samples (id, name, kind, width, height, split, tags, blob, sha256, bytes, mime, since)
SELECT id, name, 'image', width, height, split, [], blob, sha256, bytes, 'image/png', $revision FROM samples_in
"""
LABELS = """
INSERT INTO labels (id, sample, class, kind, x, y, w, h, area, points, rings, crowd, source, state, since)
SELECT row_number() OVER () + $first - 1, sample, class, kind, x, y, w, h, w * h, points, rings, false, 'import', 'accepted', $revision
FROM labels_in
"""


Picture = tuple[str, bytes, int, int, str | None]


def put_pictures(store: DatasetStore, pictures: list[Picture], labels: list[dict[str, Any]], classes: tuple[str, ...]) -> None:
    """``pictures``: (name, data, width, height, split); ``labels``: rows with sample (from 1), class, kind, x, y, w, h, points, rings."""
    rows = []
    blobs = []
    for number, (name, data, width, height, split) in enumerate(pictures, 1):
        blob = store.vault.put(data)
        blobs.append({"id": blob.id, "key": blob.key, "bytes": blob.bytes})
        rows.append(
            {
                "id": number,
                "name": name,
                "width": width,
                "height": height,
                "split": split,
                "blob": blob.id,
                "sha256": hashlib.sha256(data).hexdigest(),
                "bytes": len(data),
            }
        )
    texts = [(name, pa.string()) for name in ("name", "split", "blob", "sha256")]
    split_type = pa.schema([("id", pa.int64()), ("width", pa.int32()), ("height", pa.int32()), ("bytes", pa.int64()), *texts])
    numbers = pa.list_(pa.float64())
    named = [("sample", pa.int64()), ("class", pa.int32()), ("kind", pa.string())]
    label_type = pa.schema([*named, *((c, pa.float64()) for c in "xywh"), ("points", numbers), ("rings", pa.list_(numbers))])
    with store.writing("pictures") as tx:
        for name in classes:
            store.class_id(tx, name)
        tx.cur.register("samples_in", pa.Table.from_pylist(rows, split_type))
        tx.cur.register("blobs_in", pa.Table.from_pylist(blobs))
        tx.cur.register("labels_in", pa.Table.from_pylist(labels, label_type))
        tx.cur.execute(SAMPLES, {"revision": tx.revision})
        tx.cur.execute("INSERT INTO blobs (id, key, bytes) SELECT id, key, bytes FROM blobs_in")
        tx.cur.execute(LABELS, {"revision": tx.revision, "first": tx.next_label})


def fill(store: DatasetStore, n: int = 10, size: int = 64, seed: int = 0, blank: int = 0) -> None:
    """``n`` labelled pictures of shapes, and ``blank`` more whose labels nobody has drawn yet."""
    shapes = demo.make_shapes(n + blank, size, seed)
    labels = [
        {"sample": i, "class": demo.SHAPES.index(c), "kind": "box", "x": x, "y": y, "w": w, "h": h}
        for i, (_, _, boxes) in enumerate(shapes[:n], 1)
        for c, x, y, w, h in boxes
    ]
    put_pictures(store, [(name, data, size, size, None) for name, data, _ in shapes], labels, demo.SHAPES)


def filled(path: Path, name: str = "shapes", storage: str = "retained", **options: Any) -> None:
    """A closed workspace that holds the shapes."""
    with Workspace.open(path) as workspace:
        fill(workspace.create_dataset(name, storage), **options)  # type: ignore[arg-type]


class Service:
    """The workspace's real lab service over its unix socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = transport.ensure_service(path)
        self.client = transport.connect(self.socket, timeout_s=120)

    @property
    def pid(self) -> int:
        return int(self.get("/lab")["pid"])

    def get(self, path: str) -> Any:
        return transport.raise_for_problem(self.client.get(f"/api{path}")).json()

    def post(self, where: str, /, **body: Any) -> Any:
        return transport.raise_for_problem(self.client.post(f"/api{where}", json=body)).json()

    def wait(self, run: str, until: Any = None, timeout_s: float = 180.0, pause_s: float = 0.1) -> dict[str, Any]:
        """The run when it has ended, or when ``until(run)`` holds."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            row = self.get(f"/runs/{run}")
            if until(row) if until else row["status"] not in ("queued", "running"):
                return row
            time.sleep(pause_s)
        raise AssertionError(f"still {row['status']}: {row['message']} {row['log'][-3:]}")


def again(path: Path) -> Service:
    """A service after the last one died."""
    return Service(path)


def private_folders(workspace: Path, runs: list[dict[str, Any]]) -> list[str]:
    """What these runs have in memory-backed storage at the moment."""
    return [run["title"] for run in runs if folder_of(workspace, run["id"]).exists()]
