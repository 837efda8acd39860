"""COCO import (durable, encrypted, queryable) and export against pycocotools and, at 5,000 images, FiftyOne.

    python benchmarks/bench_coco.py [--images 118287] [--boxes 860001] [--polygons] [--rounds 3] [--no-fiftyone]

Every measurement is a process of its own, peers interleaved. Goals: import ≥ 4× pycocotools.COCO(), ≥ 300× FiftyOne's
from_dir per image at 5k/37k; export ≤ 1.2× the import and ≥ 80× FiftyOne per box; peak memory ≤ 3× the JSON file;
importing the export gives the same rows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROWS = """SELECT md5(string_agg(row, chr(10) ORDER BY row)) AS hash FROM (SELECT concat_ws('|', s.name, c.name, l.kind, x, y, w, h, area,
    points, rings, rle, crowd, confidence, track, l.frame, attributes, l.external) AS row
    FROM labels l JOIN samples s ON s.id = l.sample JOIN classes c ON c.id = l.class)"""
JSON = "annotations/instances_default.json"


def make_pictures(folder: Path, names: list[str]) -> None:
    """One small picture under every name: FiftyOne wants files to be there."""
    from PIL import Image

    folder.mkdir()
    Image.new("RGB", (64, 48)).save(folder / "one.jpg")
    for name in names:
        os.link(folder / "one.jpg", folder / name)


def make(folder: Path, images: int, boxes: int, polygons: bool) -> Path:
    """Seeded records: sparse ids, 80 classes, annotations in no order, two digits."""
    rng = np.random.default_rng(0)
    ids = np.sort(rng.choice(4 * images + 10, images, replace=False)) + 1
    owner, width, height = rng.integers(0, images, boxes), 640, 480
    x, y = rng.uniform(0, 500, boxes).round(2), rng.uniform(0, 380, boxes).round(2)
    w, h = rng.uniform(1, 139, boxes).round(2), rng.uniform(1, 99, boxes).round(2)
    kinds = rng.integers(1, 81, boxes)
    file = folder / JSON
    file.parent.mkdir(parents=True)
    with file.open("w") as out:
        out.write('{"info": {"year": 2026}, "licenses": [], "images": [')
        out.write(", ".join(f'{{"id": {i}, "file_name": "{i:012d}.jpg", "width": {width}, "height": {height}}}' for i in ids))
        out.write('], "annotations": [')
        for i in range(boxes):
            ring = json.dumps([np.round(rng.uniform(0, 400, 72), 2).tolist()]) if polygons else "[]"
            out.write(
                f'{", " if i else ""}{{"id": {i + 1}, "image_id": {ids[owner[i]]}, "category_id": {kinds[i]}, "bbox": [{x[i]}, {y[i]}, {w[i]},'
                f' {h[i]}], "area": {w[i] * h[i]:.4f}, "iscrowd": 0, "segmentation": {ring}}}'
            )
        kinds_json = [{"id": i, "name": f"class {i}", "supercategory": ""} for i in range(1, 81)]
        out.write(f'], "categories": {json.dumps(kinds_json)}}}')
    return file


# ---- one measurement, in a process of its own -------------------------------------------------------------------------
def clocked(work: Any) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def measure_ours(folder: Path) -> dict[str, Any]:
    """As in the lab service: pandas, which DuckDB and pyarrow would import, stays out; it has been up for a moment, and has imported and exported before.

    FiftyOne's libraries are loaded and its database is up before its clock starts, too.
    """
    from comexp_lab.service.__main__ import NoPandas

    sys.meta_path.insert(0, NoPandas())

    from comexp_lab.api import ExportIn
    from comexp_lab.formats.exporting import export
    from comexp_lab.formats.importing import import_into
    from comexp_lab.formats.trees import FolderTree
    from comexp_lab.store import Workspace

    def take(name: str, source: Path) -> Any:
        made = ws.create_dataset(name, "retained")
        import_into(made, FolderTree(source), SimpleNamespace(workers=1))  # type: ignore[arg-type]
        assert made.read("SELECT count(*) AS n FROM labels")["n"][0].as_py() > 0
        return made

    with Workspace.open(folder / "workspace") as ws:
        make(folder / "warm", 1, 1, False)
        wanted = ExportIn(format="coco", media=False)
        export(take("warm", folder / "warm"), wanted, folder / "warm" / "out", None, lambda fraction, message: None)  # type: ignore[arg-type]
        time.sleep(2.5)
        found: dict[str, Any] = {"import": clocked(lambda: take("a", folder / "in"))}
        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        first = ws.dataset("a", "store")
        found["export"] = clocked(lambda: export(first, wanted, folder / "out", None, lambda fraction, message: None))  # type: ignore[arg-type]
        back = take("b", folder / "out")
        found["same"] = first.read(ROWS).to_pylist() == back.read(ROWS).to_pylist()
        return found


def measure_pycocotools(folder: Path) -> dict[str, Any]:
    from pycocotools.coco import COCO

    found = {"import": clocked(lambda: COCO(str(folder / "in" / JSON)))}
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # type: ignore[assignment]
    return found


def measure_fiftyone(folder: Path) -> dict[str, Any]:
    os.environ |= {"FIFTYONE_DATABASE_DIR": str(folder / "mongo"), "FIFTYONE_DO_NOT_TRACK": "true", "HOME": str(folder)}
    import fiftyone as fo

    kind = fo.types.COCODetectionDataset
    places = {"data_path": str(folder / "pictures"), "labels_path": str(folder / "in" / JSON)}
    loaded: list[Any] = []
    fo.Dataset().delete()  # the database is up before the clock starts

    def load() -> None:
        loaded.append(fo.Dataset.from_dir(dataset_type=kind, include_id=True, label_types=["detections"], **places))

    found = {"import": clocked(load)}
    found["export"] = clocked(
        lambda: loaded[0].export(dataset_type=kind, labels_path=str(folder / "out.json"), label_field="detections", export_media=False)
    )
    found["samples"] = len(loaded[0])  # type: ignore[assignment]
    return found


def run(peer: str, folder: Path) -> dict[str, Any]:
    for left in ("workspace", "out", "mongo", "warm"):
        shutil.rmtree(folder / left, ignore_errors=True)
    command = [sys.executable, str(Path(__file__).resolve()), "--measure", peer, str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])})
    if out.returncode:
        raise RuntimeError(out.stderr[-1500:])
    return json.loads(out.stdout.strip().splitlines()[-1])


# ---- the comparison ---------------------------------------------------------------------------------------------------
def best(found: list[dict[str, Any]], what: str, clock: str = "wall") -> float:
    return min(one[what][clock] for one in found)


def middle(found: list[dict[str, Any]], what: str) -> float:
    return float(np.median([one[what]["wall"] for one in found]))


def ratio(mine: list[dict[str, Any]], theirs: list[dict[str, Any]], what: str) -> float:
    """The worse of lowest by lowest and median by median."""
    return min(best(theirs, what) / best(mine, what), middle(theirs, what) / middle(mine, what))


def compare(folder: Path, images: int, boxes: int, polygons: bool, rounds: int, fiftyone: bool, slow: float) -> float:
    """``slow``: FiftyOne's seconds for an image, 0 if not known; returned if it was measured."""
    file = make(folder / "in", images, boxes, polygons)
    size = file.stat().st_size
    print(f"{images} images, {boxes} boxes, {size / 1e6:.0f} MB of JSON; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    mine, cocos = [], []
    for _ in range(rounds):
        mine.append(run("ours", folder))
        cocos.append(run("pycocotools", folder))
    print(
        f"  import        {best(mine, 'import'):8.2f} s ({best(mine, 'import', 'cpu'):.2f} s CPU)   "
        f"pycocotools {best(cocos, 'import'):.2f} s ({best(cocos, 'import', 'cpu'):.2f} s CPU): {ratio(mine, cocos, 'import'):.1f}x (goal 4)"
    )
    if slow:
        print(f"  per image     {slow / (middle(mine, 'import') / images):8.0f}x FiftyOne at 5,000 (goal 300)")
    export = best(mine, "export") / best(mine, "import")
    print(
        f"  export        {best(mine, 'export'):8.2f} s, {export:.2f} of the import (goal 1.2); same rows again: {all(m['same'] for m in mine)}"
    )
    memory, theirs = min(m["memory"] for m in mine), min(m["memory"] for m in cocos)
    print(f"  peak memory   {memory / 1e6:8.0f} MB, {memory / size:.1f} of the file (goal 3); pycocotools {theirs / 1e6:.0f} MB")
    if not fiftyone:
        return slow
    make_pictures(folder / "pictures", [image["file_name"] for image in json.loads(file.read_text())["images"]])
    other = run("fiftyone", folder)
    print(
        f"  FiftyOne      {other['import']['wall']:8.1f} s import: {other['import']['wall'] / middle(mine, 'import'):.0f}x (goal 300), "
        f"{other['export']['wall']:.1f} s export: {other['export']['wall'] / middle(mine, 'export'):.0f}x (goal 80)"
    )
    return other["import"]["wall"] / images  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=118_287)
    parser.add_argument("--boxes", type=int, default=860_001)
    parser.add_argument("--polygons", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-fiftyone", action="store_true")
    parser.add_argument("--measure", nargs=2)
    args = parser.parse_args()
    if args.measure:
        peer, folder = args.measure
        print(json.dumps(globals()[f"measure_{peer}"](Path(folder))))
        sys.stdout.flush()
        os._exit(0)  # pycocotools takes half a minute to let go of its objects
    slow = 0.0
    for images, boxes, fiftyone in ((5_000, 37_000, not args.no_fiftyone), (args.images, args.boxes, False)):
        with tempfile.TemporaryDirectory(prefix="bench-coco-") as folder:
            slow = compare(Path(folder), images, boxes, args.polygons, args.rounds, fiftyone, slow)


if __name__ == "__main__":
    main()
