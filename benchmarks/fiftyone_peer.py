"""FiftyOne as a peer: a process and a MongoDB of its own, in a temporary folder, that answers the query suite.

Its database is filled in bulk with the same records. Each question is asked in every form that FiftyOne's guide shows,
with an index on what it filters by, and the fastest of them counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from comexp_lab.api import ViewSpec
from comexp_lab.browse import mirror, rows
from comexp_lab.browse.documents import number_of

if TYPE_CHECKING:
    import fiftyone as fo

    from comexp_lab.store import DatasetStore

FIELD = "ground_truth"
BOXES = f"{FIELD}.detections"
OWN = {"HOME": "home", "FIFTYONE_DATABASE_DIR": "db", "FIFTYONE_DEFAULT_DATASET_DIR": "data", "FIFTYONE_PLUGINS_DIR": "plugins"}


class Peer:
    """The parent's end: ``ask`` returns the seconds that FiftyOne took and what it answered."""

    def __init__(self, ds: DatasetStore, folder: Path) -> None:
        (folder / "home").mkdir(parents=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FIFTYONE_")}
        own = {name: str(folder / place) for name, place in OWN.items()}
        quiet = {"FIFTYONE_DO_NOT_TRACK": "true", "FIFTYONE_SHOW_PROGRESS_BARS": "false", "FIFTYONE_LOGGING_LEVEL": "WARNING"}
        with (folder / "rows.arrow").open("wb") as file:
            file.writelines(rows.stream(ds, ViewSpec()))
        self._child = subprocess.Popen(
            [sys.executable, __file__, str(folder / "rows.arrow")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | own | quiet,
            text=True,
        )
        self.about = self._read()

    def ask(self, question: str, **options: Any) -> tuple[float, Any]:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps([question, options]) + "\n")
        self._child.stdin.flush()
        seconds, answer = self._read()
        return seconds, answer

    def close(self) -> None:
        assert self._child.stdin is not None
        family = psutil.Process(self._child.pid).children(recursive=True)  # its MongoDB
        self._child.stdin.close()
        self._child.wait(60)
        for left in psutil.wait_procs(family, 20)[1]:
            left.kill()

    def _read(self) -> Any:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            if line.startswith("= "):
                return json.loads(line[2:])
        raise RuntimeError("FiftyOne ended early")


def load(file: str) -> fo.Dataset:
    """The records as a FiftyOne dataset with the indexes that its guide recommends."""
    import pyarrow as pa

    dataset = mirror.create("peer", ["box"])
    with pa.OSFile(file) as source, pa.ipc.open_stream(source) as batches:
        for _ in mirror.fill(mirror.collection(dataset), dataset._doc.id, batches):
            pass
    dataset.create_index(f"{BOXES}.label")
    dataset.create_index(f"{BOXES}.bounding_box")
    dataset.reload()
    return dataset


def forms(dataset: fo.Dataset) -> dict[str, dict[str, Callable[[], Any]]]:
    """Each question in the forms that the guide shows."""
    from fiftyone import ViewField as F  # noqa: N817

    area = F("$metadata.width") * F("bounding_box")[2] * F("$metadata.height") * F("bounding_box")[3]
    many = F(BOXES).length() > 10
    third = F("label") == "class 3"
    small = dataset.filter_labels(FIELD, area < 32**2)
    return {
        "class histogram": {
            "count_values": lambda: dataset.count_values(f"{BOXES}.label"),
            "Counter(values)": lambda: dict(Counter(dataset.values(f"{BOXES}.label", unwind=True))),
        },
        "more than 10 boxes": {"match(length)": lambda: dataset.match(many).values("id")},
        "small objects": {"filter_labels(area)": lambda: small.values(f"{BOXES}.id", unwind=True)},
        "images of a class": {
            "filter_labels": lambda: dataset.filter_labels(FIELD, third).values("id"),
            "match_labels": lambda: dataset.match_labels(filter=third, fields=FIELD).values("id"),
            "match(contains)": lambda: dataset.match(F(f"{BOXES}.label").contains("class 3")).values("id"),
            "match(MongoDB expression)": lambda: dataset.match({f"{BOXES}.label": "class 3"}).values("id"),
        },
        "first page with boxes": {
            "limit": lambda: boxes_of(dataset.limit(24)),
            "limit, selected field": lambda: boxes_of(dataset.limit(24).select_fields(FIELD)),
        },
        "area bounds": {
            "bounds(expression)": lambda: list(dataset.bounds(F(f"{BOXES}[]").apply(area))),
        },
    }


def boxes_of(view: Any) -> list[Any]:
    """Each sample's id with the ids of its boxes, whose coordinates were read."""
    return [[sample.id, [d.id for d in labels(sample) if d.bounding_box]] for sample in view]


def labels(sample: Any) -> Any:
    return sample[FIELD].detections if sample[FIELD] else []


def duplicates(dataset: fo.Dataset, first: int | None = None) -> list[str]:
    from fiftyone.utils.iou import find_duplicates

    view = dataset if first is None else dataset.limit(first)
    found: list[str] = find_duplicates(view, FIELD, iou_thresh=0.9, classwise=True, progress=False)
    return found


def pairs(dataset: fo.Dataset, first: int) -> list[list[int]]:
    """Every pair, by FiftyOne's own IoU: to compare, not to time."""
    from fiftyone.utils.iou import compute_ious

    found = set()
    for sample in dataset.limit(first).select_fields(FIELD):
        some = labels(sample)
        for one, others in compute_ious(some, some, classwise=True, sparse=True).items():
            found |= {tuple(sorted((plain(one), plain(other)))) for other, iou in others if other != one and iou >= 0.9}
    return sorted(map(list, found))


def plain(answer: Any) -> Any:
    """The answer with our numbers for FiftyOne's ids."""
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    return number_of(answer) if isinstance(answer, str) and len(answer) == 24 else answer


def main() -> None:
    def say(what: Any) -> None:
        print("= " + json.dumps(what), flush=True)

    began = time.perf_counter()
    import fiftyone as fo

    dataset = load(sys.argv[1])
    asked = forms(dataset)
    sample = dataset.first()
    about = {"version": fo.__version__, "samples": dataset.count(), "boxes": dataset.count(BOXES), "sample": str(sample)}
    say(about | {"seconds": time.perf_counter() - began, "forms": {name: list(some) for name, some in asked.items()}})
    for line in sys.stdin:
        question, options = json.loads(line)
        if question == "duplicates":
            work: Callable[[], Any] = lambda: duplicates(dataset, **options)  # noqa: B023, E731
        elif question == "pairs":
            work = lambda: pairs(dataset, **options)  # noqa: B023, E731
        else:
            work = asked[question][options["form"]]
        start = time.perf_counter()
        answer = work()
        took = time.perf_counter() - start
        say([took, plain(answer)])


if __name__ == "__main__":
    main()
