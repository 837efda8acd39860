"""Reading VOC, CVAT and Datumaro: our reader into Arrow against the Datumaro library on the same files, in the same run."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from formats_rig import Dataset, Files  # noqa: E402

from comexp_lab.formats import registry  # noqa: E402
from comexp_lab.formats.base import Report  # noqa: E402
from comexp_lab.formats.staging import TableStage  # noqa: E402

IMAGES, BOXES, ROUNDS = 1000, 8, 3


def dataset() -> Dataset:
    made = Dataset()
    made.cur.execute("INSERT INTO classes(id, name) SELECT range, 'c' || range FROM range(20)")
    made.cur.execute(
        """INSERT INTO samples(id, name, kind, width, height, split, since) SELECT range, range || '.png', 'image', 640, 480, 'train', 1
        FROM range(1, ? + 1)""",
        [IMAGES],
    )
    made.cur.execute("SELECT setseed(0.5)")
    made.cur.execute(
        """INSERT INTO labels(id, sample, class, kind, x, y, w, h, area, crowd, source, state, since)
        SELECT range, range % ? + 1, range % 20, 'box', random() * 300, random() * 300, random() * 90 + 1, random() * 90 + 1, 1, false,
            'human', 'accepted', 1 FROM range(?)""",
        [IMAGES, IMAGES * BOXES],
    )
    return made


def timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def ours(name: str, folder: Path) -> int:
    made = Dataset()
    stage = TableStage(made.cur, Report())
    registry.get(name).read(Files.load(folder), stage)
    return int(made.cur.execute("SELECT count(*) FROM stage_labels").fetchone()[0])


def theirs(name: str, folder: Path) -> int:
    from datumaro import Dataset as Datumaro

    return sum(len(item.annotations) for item in Datumaro.import_from(str(folder), name))


def main() -> None:
    made = dataset()
    made.with_media = True  # Datumaro's CVAT reader wants a file for each image
    for name in ("voc", "cvat", "datumaro"):
        with tempfile.TemporaryDirectory() as temporary:
            began = time.perf_counter()
            files, _ = made.give(name)
            wrote = time.perf_counter() - began
            made.cur.execute("UPDATE samples SET blob = 'b'")
            files = made.give(name)[0] if name == "cvat" else files
            folder = files.save(Path(temporary))
            rounds = [(timed(partial(ours, name, folder)), timed(partial(theirs, name, folder))) for _ in range(ROUNDS)]
            assert {found for pair in rounds for _, found in pair} == {IMAGES * BOXES}
            a, b = (median(pair[i][0] for pair in rounds) for i in (0, 1))
            low = min(pair[1][0] for pair in rounds) / min(pair[0][0] for pair in rounds)
            size = f"{IMAGES} images, {IMAGES * BOXES} boxes"
            print(f"{name:9} {size}: write {wrote:.2f} s; read {a:.2f} s, Datumaro {b:.2f} s: {min(b / a, low):.1f}×")


if __name__ == "__main__":
    main()
