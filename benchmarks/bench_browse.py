"""How fast a dataset is on the screen in FiftyOne inside JupyterLab, and how fast its database is filled.

Each line is one opening in a Chromium that shows a real JupyterLab already, until 12 thumbnails are decoded and visible:

* cold, empty: nothing of FiftyOne runs, and the browser has never seen its App.
* warm, empty: the browse service runs; the view is not mirrored yet; a browser that has never seen the App.
* warm, used: as before, in a browser that has shown the App before, as anybody's has after the first day.
* again, used: a view that is open already is opened again.
* cold, used: the lab service was started anew, so FiftyOne is, too; the browser has seen the App before.

Besides seconds it says who used how much of the processors in that time: elapsed time on a machine that is shared
means little, processor seconds mean more. The filling is compared with FiftyOne's own ``add_samples``.

python benchmarks/bench_browse.py [--samples 118287] [--labels 860001] [--peer 2000] [--only peer|whole]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
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


SEEN = """
if (location.pathname.includes('/datasets/')) {
  const timer = setInterval(() => {
    const drawn = [...document.querySelectorAll('[data-cy=looker] canvas[canvas-loaded=true]')].filter(canvas => {
      const box = canvas.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top && top.closest('[data-cy=looker]') === canvas.parentElement;
    });
    if (drawn.length >= 12) {
      window.seenAt = Date.now();
      clearInterval(timer);
    }
  }, 100);
}
"""
FRAME = """url => {
  const frame = document.createElement('iframe');
  frame.src = url;
  frame.style = 'position: fixed; inset: 0; width: 100%; height: 100%; z-index: 99999; background: #fff';
  document.body.append(frame);
}"""
CASES = ("cold, empty", "warm, empty", "warm, used", "warm, used", "again, used", "cold, used")


def whole_way(folder: Path, samples: int, labels: int) -> None:
    """From the call to thumbnails on a screen."""
    import sys

    sys.path.insert(0, str(HERE.parent / "tests"))
    from jupyterlab import jupyterlab

    from comexp_lab.api import ViewSpec
    from comexp_lab.transport import stop_service

    began = time.perf_counter()
    dataset = build(folder / "workspace", samples, labels)
    print(f"dataset of {samples} samples, {labels} boxes made in {time.perf_counter() - began:.1f} s")
    with jupyterlab(folder) as server:
        for number, case in enumerate(CASES):
            if case.startswith("cold"):
                stop_service(server.workspace)
            profile = folder / ("used" if "used" in case else f"profile {number}")
            if "used" in case and not profile.exists():
                profile = (folder / f"profile {number - 1}").rename(profile)
            view = ViewSpec(offset=0, limit=samples + (number if case.startswith("warm") else number - 1 if "again" in case else 0))
            marks, used = opening(server, profile, dataset, view)
            told = ", ".join(f"{name} {at:.1f} s" for name, at in marks.items())
            print(f"{case}: {told}; load {os.getloadavg()[0]:.1f}; processor seconds until then: {used}", flush=True)


def opening(server: Any, profile: Path, dataset: str, view: Any) -> tuple[dict[str, float], str]:
    """Open the view in a browser with this profile: when what happened, and who worked how much for it."""
    from jupyterlab import CHROMIUM, QUIET, open_lab
    from playwright.sync_api import sync_playwright

    from comexp_lab import transport
    from comexp_lab.api import BrowseIn, BrowseOut

    socket = transport.ensure_service(server.workspace)
    with sync_playwright() as playwright, transport.connect(socket) as client:
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=CHROMIUM, args=QUIET, viewport={"width": 1300, "height": 850}
        )
        page = context.pages[0]
        open_lab(page, server)
        page.wait_for_timeout(2000)
        wait_until_filled(client)
        context.add_init_script(SEEN)
        before, began, marks = processors(server.root), time.time(), {}
        body = BrowseIn(dataset=dataset, view=view).model_dump_json()
        opened = client.post("/api/browse", content=body, headers={"content-type": "application/json"})
        now = BrowseOut.model_validate_json(opened.content)
        while "on screen" not in marks and time.time() - began < 120:
            if "opened" not in marks and now.status != "starting":
                marks["opened"] = time.time() - began
                page.evaluate(FRAME, server.url + now.path)
            if "first slice" not in marks and now.loaded:
                marks["first slice"] = time.time() - began
            frame = next((frame for frame in page.frames if "/datasets/" in frame.url), None)
            if frame is not None and (seen := frame.evaluate("window.seenAt || 0")):
                marks["on screen"] = seen / 1000 - began
            page.wait_for_timeout(100)
            now = BrowseOut.model_validate_json(client.get(f"/api/browse/{now.id}").content)
        used = {name: spent - before.get(name, 0.0) for name, spent in processors(server.root).items()}
        if folder := os.environ.get("COMEXP_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/bench.png")
        page.wait_for_timeout(2000)  # the browser writes its caches
        context.close()
    return marks, ", ".join(f"{name} {spent:.1f}" for name, spent in sorted(used.items()) if spent > 0.05)


def wait_until_filled(client: Any, at_most_s: float = 180.0) -> None:
    """So that one case does not pay for the one before it."""
    end = time.monotonic() + at_most_s
    while any(opened["status"] in {"starting", "filling"} for opened in client.get("/api/browse").json()) and time.monotonic() < end:
        time.sleep(0.5)


def processors(root: Path) -> dict[str, float]:
    """Processor seconds so far of everything that has to do with a JupyterLab in ``root``."""
    import psutil

    kinds = {"browse.server": "FiftyOne", "browse.filler": "filler", "mongod": "MongoDB", "jupyterlab": "Jupyter", "comexp_lab": "lab"}
    spent: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True) + lab_family(root):
        try:
            line = " ".join(process.cmdline())
            name = "browser" if "chrom" in process.name() else next((kind for word, kind in kinds.items() if word in line), "other")
            spent[name] = spent.get(name, 0.0) + sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return spent


def lab_family(root: Path) -> list[Any]:
    """The lab service, which is nobody's child, and what it started."""
    import psutil

    from comexp_lab import transport

    about = transport.alive(transport.socket_path(root / "workspace"))
    if not about:
        return []
    service = psutil.Process(about["pid"])
    family = [service, *service.children(recursive=True)]
    return [process for process in family if process not in psutil.Process().children(recursive=True)]


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
    parser.add_argument("--only", choices=["peer", "whole"])
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cxb-"))
    os.environ.update(COMEXP_RUNTIME_DIR=str(folder / "run"), XDG_CONFIG_HOME=str(folder / "config"))
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    try:
        if args.only != "peer":
            whole_way(folder, args.samples, args.labels)
        if args.only == "peer":
            against_fiftyone(folder, args.peer)
        elif args.only != "whole":  # FiftyOne cannot be imported where keyring was: both change how metadata are read
            subprocess.run([sys.executable, __file__, "--only", "peer", "--peer", str(args.peer)], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
