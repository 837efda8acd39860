"""What the format tests share: file trees in memory, an in-memory dataset with the store's schema, comparable rows."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st

from comexp_lab.formats import bitmaps, registry, shapes
from comexp_lab.formats.base import Report
from comexp_lab.formats.staging import TableStage, merge
from comexp_lab.media import Decoder
from comexp_lab.store.schema import DATASET, migrate

VIEWS = """
CREATE VIEW samples_now AS FROM samples WHERE until IS NULL;
CREATE VIEW labels_now AS FROM labels;
CREATE TABLE picked(id BIGINT, position BIGINT);
"""
FIELDS = ("kind", "x", "y", "w", "h", "area", "points", "rings", "rle", "crowd", "confidence", "state", "track", "frame")
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking takes minutes
quick = settings(max_examples=int(os.environ.get("COMEXP_SEARCH", 8)), deadline=None, phases=PHASES)
_PNG = bytes.fromhex("89504e470d0a1a0a")


class Files:
    """A FileTree and a Sink in memory."""

    def __init__(self, files: dict[str, bytes | str] | None = None) -> None:
        self.files = {name: data.encode() if isinstance(data, str) else data for name, data in (files or {}).items()}

    @classmethod
    def load(cls, folder: Path) -> Files:
        return cls({str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()})

    def save(self, folder: Path) -> Path:
        for name, data in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    def names(self) -> list[str]:
        return list(self.files)

    def size(self, name: str) -> int:
        return len(self.files[name])

    def read(self, name: str) -> bytes:
        return self.files[name]

    def path(self, name: str) -> None:
        return None

    def write(self, name: str, data: bytes) -> None:
        assert name not in self.files, f"{name} is written twice"
        assert not name.startswith("/") and ".." not in name.split("/")
        self.files[name] = bytes(data)

    @contextmanager
    def _writing(self, name: str) -> Any:
        buffer = io.BytesIO()
        yield buffer
        self.write(name, buffer.getvalue())

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.files[name]) if name in self.files else self._writing(name)


@dataclass
class Dataset:
    """A dataset in memory: real staging and merge, no encryption."""

    cur: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    report: Report = field(default_factory=Report)
    revision: int = 1
    with_media: bool = False
    decoder: Decoder | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        migrate(self.cur, DATASET)
        self.cur.execute(VIEWS)

    def media(self, sample: int) -> bytes:
        return _PNG

    def image(self, name: str, width: int = 640, height: int = 480, **columns: Any) -> int:
        row = {"id": self._next("samples"), "name": name, "kind": "image", "width": width, "height": height, "blob": "b", "since": 1}
        return self._insert("samples", row | columns)

    def add_class(self, name: str, **columns: Any) -> int:
        if name not in self.numbers:
            self.numbers[name] = self._insert("classes", {"id": len(self.numbers), "name": name, **columns})
        return self.numbers[name]

    def label(self, sample: int, class_name: str, shape: dict[str, Any], attributes: dict[str, Any] | None = None, **columns: Any) -> int:
        row = {"id": self._next("labels"), "sample": sample, "class": self.add_class(class_name), "crowd": False, "source": "human"}
        row |= {"state": "accepted", "since": 1, **shape, "attributes": json.dumps(attributes) if attributes else None}
        return self._insert("labels", row | columns)

    def _next(self, table: str) -> int:
        self.counts[table] += 1
        return self.counts[table]

    def _insert(self, table: str, row: dict[str, Any]) -> int:
        self.cur.execute(f"INSERT INTO {table}({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        return row["id"]

    def take(self, name: str, tree: Files) -> Dataset:
        stage = TableStage(self.cur, self.report, self.decoder)
        registry.get(name).read(tree, stage)
        merge(self, stage)
        return self

    def give(self, name: str) -> tuple[Files, dict[str, int]]:
        self.cur.execute("DELETE FROM picked")
        self.cur.execute("INSERT INTO picked SELECT id, row_number() OVER (ORDER BY id) - 1 FROM samples_now")
        sink = Files()
        lost = registry.get(name).write(self, sink)
        return sink, {key: count for key, count in lost.items() if count}

    def problems(self) -> list[str]:
        return [f"{p.file}:{p.line or ''} {p.what}" for p in self.report.problems if not p.what.startswith("image not found")]

    def rows(self, *columns: str) -> dict[str, list[dict[str, Any]]]:
        """Labels by image name, without ids; attributes parsed."""
        found: dict[str, list[dict[str, Any]]] = {
            name: [] for (name,) in self.cur.execute("SELECT name FROM samples ORDER BY id").fetchall()
        }
        query = """SELECT s.name AS image, c.name AS class, l.* EXCLUDE (class) FROM labels l JOIN samples s ON s.id = l.sample
            JOIN classes c ON c.id = l.class ORDER BY l.id"""
        for row in self.cur.execute(query).to_arrow_table().to_pylist():
            kept = {key: row[key] for key in ("class", *(columns or FIELDS))}
            found[row["image"]].append(kept | {"attributes": json.loads(row["attributes"] or "{}")})
        return found

    def classes(self) -> list[str]:
        return [name for (name,) in self.cur.execute("SELECT name FROM classes ORDER BY id").fetchall()]

    def samples(self, *columns: str) -> list[tuple[Any, ...]]:
        return self.cur.execute(f"SELECT {', '.join(columns)} FROM samples_now ORDER BY id").fetchall()


def round_trip(dataset: Dataset, name: str, known: Iterable[tuple[str, int, int]] = ()) -> tuple[Dataset, dict[str, int], Files]:
    """Write and read again into a fresh dataset; ``known``: images whose size the new dataset knows already."""
    files, lost = dataset.give(name)
    back = Dataset(decoder=dataset.decoder)
    for image in known:
        back.image(*image)
    assert registry.sniff(files).name == name
    return back.take(name, files), lost, files


# ---- strategies -----------------------------------------------------------------------------------------------------
NAUGHTY = [
    '"quotes\'"',
    "<b>&amp;</b>",
    "💥🦄",
    "مرحبا‏",
    "=cmd()",
    "a,b;c",
    "%s{0}$x",
    "'; DROP TABLE labels;--",
    "ﬁ́",
    "null",
    "true",
    "1e5",
    "-1",
    "[1]",
    "../up",
    "a:b",
    "x_train",
    "two words",
    "ISO\u00a0space",
    '"5"',
    "\u2028line",
    "#hash",
    "é" * 30,
]
_plain = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff/\\")
words = st.one_of(st.sampled_from(NAUGHTY), st.text(_plain, min_size=1, max_size=12)).filter(lambda s: s.strip())
class_names = words
stems = st.text(_plain, min_size=1, max_size=12).filter(lambda s: s.strip(". ") == s and s.strip())
places = st.floats(0, 400, width=64).map(lambda v: v if v > 1e-6 else 0.0)
sizes = st.floats(1e-3, 80, width=64)
json_values = st.one_of(words, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.none())


@st.composite
def any_shape(draw: st.DrawFn) -> shapes.Shape:
    kind = draw(st.sampled_from(["box", "rotated", "polygon", "mask", "keypoints", "tag"]))
    x, y, w, h = draw(places), draw(places), draw(sizes), draw(sizes)
    if kind == "box":
        return shapes.box(x, y, w, h)
    if kind == "rotated":
        return shapes.rotated(x + 100, y + 100, w, h, draw(st.floats(1e-6, 6.28)))
    if kind == "polygon":
        return shapes.polygon([[x, y, x + w, y, *draw(st.lists(places, min_size=2, max_size=2)), x, y + h]])
    if kind == "keypoints":
        return shapes.keypoints([x, y, 2, x + w, y + h, 2])
    if kind == "mask":
        bitmap = np.zeros((40, 60), np.uint8)
        top, left = draw(st.integers(0, 38)), draw(st.integers(0, 58))
        bitmap[top : top + draw(st.integers(1, 20)), left : left + draw(st.integers(1, 20))] = 1
        bitmap[draw(st.integers(0, 39)), draw(st.integers(0, 59))] = 1
        return shapes.mask(bitmaps.encode(bitmap), 60, 40)
    return shapes.tag()
