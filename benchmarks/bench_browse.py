"""How fast a dataset is on the screen in FiftyOne, and how fast its database is filled compared with FiftyOne's own way.

python benchmarks/bench_browse.py [--samples 118287] [--labels 860001] [--peer 2000] [--screen]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def build(workspace: Path, samples: int, labels: int) -> str:
    """A dataset of that size whose pictures are 64 real ones in turn; its id."""
    import io

    import numpy as np
    from PIL import Image

    from comexp_lab.store.workspace import Workspace

    ws = Workspace.open(workspace)
    store = ws.create_dataset("large", "retained")
    rng = np.random.default_rng(0)
    blobs = []
    for _ in range(64):
        buffer = io.BytesIO()
        noise = Image.fromarray(rng.integers(0, 255, (24, 32, 3), np.uint8)).resize((256, 192), Image.Resampling.BICUBIC)
        noise.save(buffer, "JPEG", quality=80)
        blobs.append(store.vault.put(buffer.getvalue()))
    with store.writing("benchmark") as tx:
        tx.cur.executemany("INSERT INTO blobs VALUES (?, ?, ?)", [(blob.id, blob.key, blob.bytes) for blob in blobs])
        tx.cur.execute("INSERT INTO classes(id, name) SELECT i, 'class ' || i FROM range(80) t(i)")
        tx.cur.execute("CREATE TEMP TABLE pool AS SELECT row_number() OVER () - 1 AS n, id, bytes FROM blobs")
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, split, tags, blob, thumb, bytes, mime, orientation, since)"
            " SELECT i + 1, printf('%012d.jpg', i), 'image', 640, 480, 'train', [], pool.id, pool.id, pool.bytes, 'image/jpeg', 1, ?"
            " FROM range(?) t(i) JOIN pool ON pool.n = i % 64 ORDER BY i",
            [tx.revision, samples],
        )
        tx.cur.execute(
            "INSERT INTO labels(id, sample, class, kind, x, y, w, h, area, crowd, source, state, since)"
            " SELECT i + 1, 1 + i * ?::BIGINT // ?, i % 80, 'box', i % 400, i % 300, 50 + i % 100, 40 + i % 90, 1, false,"
            " 'import', 'accepted', ?"
            " FROM range(?) t(i)",
            [samples, labels, tx.revision, labels],
        )
    number = store.id
    ws.close()
    return number


def whole_way(folder: Path, samples: int, labels: int, screen: bool) -> None:
    """From the call to the first slice, to all, and to thumbnails on a screen; cold and warm."""
    import sys

    sys.path.insert(0, str(HERE.parent / "tests"))
    from browse_rig import Door

    from comexp_lab import transport
    from comexp_lab.api import BrowseIn, BrowseOut, ViewSpec
    from comexp_lab.transport import stop_service

    workspace = folder / "workspace"
    began = time.perf_counter()
    dataset = build(workspace, samples, labels)
    print(f"dataset of {samples} samples, {labels} boxes made in {time.perf_counter() - began:.1f} s")
    socket = transport.ensure_service(workspace)
    door = Door(workspace) if screen else None
    try:
        for what, view in (("cold", ViewSpec()), ("warm", ViewSpec(offset=0, limit=samples))):
            with transport.connect(socket) as client:
                began = time.perf_counter()
                body = BrowseIn(dataset=dataset, view=view).model_dump_json()
                json = {"content-type": "application/json"}
                opened = BrowseOut.model_validate_json(client.post("/api/browse", content=body, headers=json).content)
                marks: dict[str, float] = {}
                while "ready" not in marks and "failed" not in marks:
                    now = BrowseOut.model_validate_json(client.get(f"/api/browse/{opened.id}").content)
                    if now.loaded and "first slice" not in marks:
                        marks["first slice"] = time.perf_counter() - began
                        if door is not None:
                            marks["on screen"] = on_screen(door.url + now.path, began)
                    if now.status in {"ready", "failed"}:
                        marks[now.status] = time.perf_counter() - began
                    time.sleep(0.05)
            print(what, {name: round(at, 2) for name, at in marks.items()}, "load", os.getloadavg()[0])
    finally:
        stop_service(workspace)


def on_screen(url: str, began: float) -> float:
    """Seconds since ``began`` until 12 thumbnails are decoded in Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        media = []
        page.on("requestfinished", lambda request: media.append(request.url) if "/media?" in request.url else None)
        page.goto(url)
        while len(media) < 12:
            page.wait_for_timeout(50)
        page.locator("[data-cy=looker]").nth(11).wait_for(timeout=60_000)
        took = time.perf_counter() - began
        if folder := os.environ.get("COMEXP_SCREENSHOTS"):
            page.wait_for_timeout(500)
            page.screenshot(path=f"{folder}/bench.png")
        browser.close()
    return took


def against_fiftyone(folder: Path, samples: int, rounds: int = 3) -> None:
    """Filling FiftyOne's database: our bulk documents against FiftyOne's own ``add_samples``, interleaved."""
    from comexp_lab.browse import settings
    from comexp_lab.browse.mongod import Mongod

    mongod = Mongod(folder)
    try:
        settings.apply(mongod.uri, mongod.folder)
        import fiftyone as fo

        from comexp_lab.browse import mirror

        batches = [batch_of(samples)]
        ours, theirs = [], []
        for number in range(rounds):
            dataset = mirror.create(f"ours {number}", ["box"])
            began = time.perf_counter()
            list(mirror.fill(mirror.collection(dataset), dataset._doc.id, batches))
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            peer = fo.Dataset(f"theirs {number}")
            peer.add_samples((native(fo, row) for row in batches[0].to_pylist()), progress=False)
            theirs.append(time.perf_counter() - began)
            assert peer.count("ground_truth.detections") == dataset.count("ground_truth.detections")
        print(f"fill {samples} samples with 7 boxes each: ours {samples / min(ours):.0f}/s, FiftyOne {samples / min(theirs):.0f}/s")
        low, mid = min(theirs) / min(ours), statistics.median(theirs) / statistics.median(ours)
        print(f"ratio lowest/lowest {low:.1f}, median/median {mid:.1f}")
    finally:
        mongod.close()


def batch_of(samples: int) -> Any:
    import pyarrow as pa

    from comexp_lab.browse.documents import LABEL_COLUMNS, SAMPLE_COLUMNS

    label = dict.fromkeys(LABEL_COLUMNS) | {"kind": "box", "state": "accepted", "source": "import", "class": "cat"}
    rows = [
        dict.fromkeys(SAMPLE_COLUMNS)
        | {"id": i + 1, "name": f"{i}.jpg", "kind": "image", "width": 640, "height": 480, "mime": "image/jpeg", "bytes": 1000}
        | {"tags": ["a"]}
        | {"labels": [label | {"id": 7 * i + j, "x": 10.0 + j, "y": 20.0, "w": 50.0 + i % 9, "h": 60.0} for j in range(7)]}
        for i in range(samples)
    ]
    return pa.RecordBatch.from_pylist(rows)


def native(fo: Any, row: dict[str, Any]) -> Any:
    sample = fo.Sample(filepath=f"/x/{row['name']}", tags=row["tags"], metadata=fo.ImageMetadata(width=row["width"], height=row["height"]))
    sample["ground_truth"] = fo.Detections(
        detections=[
            fo.Detection(label=one["class"], bounding_box=[one["x"] / 640, one["y"] / 480, one["w"] / 640, one["h"] / 480])
            for one in row["labels"]
        ]
    )
    return sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=118_287)
    parser.add_argument("--labels", type=int, default=860_001)
    parser.add_argument("--peer", type=int, default=2000)
    parser.add_argument("--screen", action="store_true")
    parser.add_argument("--only", choices=["peer", "whole"])
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cxb-"))
    os.environ.update(COMEXP_RUNTIME_DIR=str(folder / "run"), XDG_CONFIG_HOME=str(folder / "config"))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    try:
        if args.only != "peer":
            whole_way(folder, args.samples, args.labels, args.screen)
        if args.only != "whole":
            against_fiftyone(folder, args.peer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
