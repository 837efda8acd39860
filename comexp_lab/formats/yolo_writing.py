"""Write YOLO for Ultralytics: ``data.yaml``, ``images/<split>/…``, ``labels/<split>/…``; or folders of classes if all labels are tags.

One data set has one task; labels of another kind are written as that task can hold them, and counted as lost.
"""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from comexp_lab.formats import yolo_text
from comexp_lab.formats.outgoing import write_media

if TYPE_CHECKING:
    import duckdb

    from comexp_lab.formats.base import Sink, Source

_PAGE = 5_000  # samples
LOST = {
    "confidence": "confidence IS NOT NULL", "crowd": "crowd", "track": "track IS NOT NULL", "frame": "l.frame IS NOT NULL",
    "attributes": "attributes IS NOT NULL", "source": "source NOT IN ('import', 'human')", "state": "state <> 'accepted'",
    "rings of polygons, joined": "len(rings) > 1", "area other than that of the box": "kind = 'box' AND abs(area - w * h) > 1e-6 * w * h",
}  # fmt: skip


def _row(cur: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """The one row of an aggregate."""
    row = cur.fetchone()
    assert row is not None
    return row


def write(source: Source, sink: Sink) -> dict[str, int]:
    """Write everything; what got lost, with counts."""
    kinds = dict(
        source.cur.execute("SELECT kind, count(*) FROM labels_now WHERE sample IN (SELECT id FROM picked) GROUP BY kind").fetchall()
    )
    if set(kinds) == {"tag"}:
        return _write_folders(source, sink)
    task = next((task for task, wanted in _TASKS.items() if wanted & set(kinds)), "detect")
    export = _Export(source, sink, task)
    export.write()
    native = _TASKS[task]
    return export.lost | {f"{kind} labels, written for {task}": n for kind, n in kinds.items() if kind not in native and kind != "tag"}


_TASKS = {"pose": {"keypoints"}, "segment": {"polygon", "mask"}, "obb": {"rotated"}, "detect": {"box"}}


@dataclass
class _Export:
    source: Source
    sink: Sink
    task: str
    lost: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.cur = self.source.cur
        self.classes = self.cur.execute("SELECT id, name, keypoints, skeleton, supercategory FROM classes ORDER BY id").fetchall()
        self.places = _places(self.cur)

    def write(self) -> None:
        self._count_lost()
        self.sink.write("data.yaml", self._yaml())
        (count,) = _row(self.cur.execute("SELECT count(*) FROM picked"))
        for start in range(0, count, _PAGE):
            self._write_labels(start)
        if self.source.with_media:
            write_media(self.source, self.sink, {sample: image for sample, (image, _) in self.places.items()})

    def _write_labels(self, start: int) -> None:
        table = self.cur.execute(
            f"""SELECT l.*, c.number, s.width, s.height FROM picked p JOIN samples_now s USING (id) JOIN labels_now l ON l.sample = s.id
            JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM classes) c ON c.id = l.class
            WHERE p.position >= {start} AND p.position < {start + _PAGE} AND l.kind <> 'tag' AND s.width > 0 ORDER BY p.position, l.id"""
        ).to_arrow_table()
        texts, rounded = yolo_text.lines(table, self.task, self.joints)
        self.lost["coordinates, in the last binary digit"] += rounded
        ids = [
            row[0]
            for row in self.cur.execute(
                f"SELECT id FROM picked WHERE position >= {start} AND position < {start + _PAGE} ORDER BY position"
            ).fetchall()
        ]
        for sample in ids:
            if sample in self.places:
                self.sink.write(self.places[sample][1], texts.get(sample, b""))

    @property
    def joints(self) -> int:
        """Keypoints of every row: as many as any class or label has."""
        named = max((len(keypoints or []) for _, _, keypoints, _, _ in self.classes), default=0)
        (longest,) = _row(self.cur.execute("SELECT coalesce(max(len(points)), 0) // 3 FROM labels_now WHERE kind = 'keypoints'"))
        return max(named, longest)

    def _yaml(self) -> bytes:
        folders = {place.split("/")[1] for place, _ in self.places.values()} or {"unassigned"}
        of = {split: f"images/{split}" for split in ("train", "val", "test", "unassigned") if split in folders}
        some = next(iter(of.values()))
        data: dict[str, Any] = {"train": of.get("train", some), "val": of.get("val", of.get("train", some))}
        data |= {split: of[split] for split in ("test", "unassigned") if split in of}
        data["task"] = self.task
        if self.task == "pose":
            data |= {"kpt_shape": [self.joints, 3]} | _flip(self.cur, self.joints)
            names = {number: row[2] for number, row in enumerate(self.classes) if row[2]}
            data |= {"kpt_names": names} if names else {}
        data["names"] = {number: row[1] for number, row in enumerate(self.classes)}
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()

    def _count_lost(self) -> None:
        counted = ", ".join(f"count(*) FILTER ({condition})" for condition in LOST.values())
        row = _row(self.cur.execute(f"SELECT {counted} FROM labels_now l WHERE sample IN (SELECT id FROM picked)"))
        self.lost.update(dict(zip(LOST, row, strict=True)))
        tags, meta, videos, sizeless = _row(
            self.cur.execute(
                """SELECT count(*) FILTER (len(tags) > 0), count(*) FILTER (meta IS NOT NULL), count(*) FILTER (kind = 'video'),
            count(*) FILTER (NOT width > 0) FROM picked JOIN samples_now USING (id)"""
            )
        )
        self.lost.update({"sample tags": tags, "sample meta": meta, "videos": videos, "samples without a size": sizeless})
        self.lost["skeletons"] = sum(1 for row in self.classes if row[3])
        self.lost["supercategories"] = sum(1 for row in self.classes if row[4])


def _flip(cur: Any, joints: int) -> dict[str, Any]:
    row = cur.execute("SELECT value FROM meta WHERE key = 'yolo'").fetchone()
    flip = json.loads(row[0]).get("flip_idx") if row else None
    return {"flip_idx": flip} if flip and len(flip) == joints else {}


def _places(cur: Any) -> dict[int, tuple[str, str]]:
    """The image and label file of each sample: the label is where Ultralytics looks for it, and no two share one."""
    found: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    for sample, name, split in cur.execute(
        "SELECT id, name, split FROM picked JOIN samples_now USING (id) WHERE kind <> 'video' ORDER BY position"
    ).fetchall():
        folder = split if split in ("train", "val", "test") else "unassigned"
        rest = name.removeprefix("images/").removeprefix(f"{folder}/")
        stem, ending = posixpath.splitext(f"images/{folder}/{rest}")
        choice, number = stem, 1
        while choice.lower() in taken:
            number += 1
            choice = f"{stem}_{number}"
        taken.add(choice.lower())
        head, _, tail = f"/{choice}".rpartition("/images/")
        found[sample] = (choice + ending, f"{head}/labels/{tail}.txt".lstrip("/"))
    return found


def _write_folders(source: Source, sink: Sink) -> dict[str, int]:
    """``<split>/<class>/<image>``: an image has one class there, and must have one."""
    rows = source.cur.execute(
        """SELECT s.id, s.name, s.split, any_value(c.name ORDER BY l.id), count(*), s.blob IS NOT NULL FROM picked p
        JOIN samples_now s USING (id) JOIN labels_now l ON l.sample = s.id JOIN classes c ON c.id = l.class
        GROUP BY ALL ORDER BY any_value(p.position)"""
    ).fetchall()
    taken: set[str] = set()
    for sample, name, split, kind, _, held in rows:
        folder = f"{split if split in ('train', 'val', 'test') else 'train'}/{kind.replace('/', '_')}"
        stem, ending = posixpath.splitext(posixpath.basename(name))
        place = next(p for n in range(1, len(rows) + 2) if (p := f"{folder}/{stem}{f'_{n}' if n > 1 else ''}{ending}") not in taken)
        taken.add(place)
        if held and source.with_media:
            sink.write(place, source.media(sample))
    (count,) = _row(source.cur.execute("SELECT count(*) FROM picked"))
    return {
        "images without a class": count - len(rows),
        "second and further tags of an image": sum(row[4] - 1 for row in rows),
        "samples in no split, written to train": sum(1 for row in rows if row[2] not in ("train", "val", "test")),
        "records without media": sum(1 for row in rows if not row[5]),
        "folders of image names": sum("/" in row[1] for row in rows),
    }
