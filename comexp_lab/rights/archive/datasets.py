"""One dataset into a bag: its media as they came, its rows as tables, its labels in the formats that others read."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from comexp_lab.errors import NotFound
from comexp_lab.rights.archive.names import Names, safe
from comexp_lab.rights.archive.writing import Bag, Sealed
from comexp_lab.store.schema import DATASET

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore

BATCH = 50_000
TABLES = {
    "classes": "SELECT * FROM classes ORDER BY id",
    "samples": "SELECT s.* EXCLUDE (blob, thumb), f.file FROM samples s LEFT JOIN archive_files f ON f.blob = s.blob"
    " ORDER BY s.id, s.since, s.until NULLS LAST",
    "labels": "SELECT l.*, c.name AS class_name FROM labels l LEFT JOIN classes c ON c.id = l.class ORDER BY l.id",
    "history": "SELECT h.*, c.name AS class_name FROM history h LEFT JOIN classes c ON c.id = h.class ORDER BY h.id, h.since, h.until",
    "revisions": "SELECT * REPLACE (client_id::VARCHAR AS client_id) FROM revisions ORDER BY revision",
    "versions": "SELECT * FROM versions ORDER BY revision, name",
}
_LISTS = {"tags", "keypoints", "skeleton", "points", "rings"}  # JSON in CSV


@dataclass(frozen=True, slots=True)
class Told:
    """What the descriptions of the archive say of a dataset."""

    name: str
    folder: str
    created: str
    samples: int
    labels: int
    files: int
    lost: dict[str, dict[str, int]]


def add_dataset(bag: Bag, store: DatasetStore) -> Iterator[Told | Sealed]:
    """Add a dataset as it is now; gives what was written, file by file, and at last what to tell of it."""
    folder = bag.names.folder("datasets", store.name)
    with store.reading() as cur:
        files = _files(cur, bag, folder, store.name)
        _register(cur, "archive_files", {"blob": [file.blob for file in files], "file": [f"data/{file.path}" for file in files]})
        for table, query in TABLES.items():
            _parquet(bag, cur, f"{folder}/tables/{table}.parquet", query)
            _csv(bag, cur, f"{folder}/tables/{table}.csv", query)
        lost = {"coco": _coco(bag, cur, folder), "yolo": _yolo(bag, cur, folder)}
        bag.json(f"{folder}/annotations/not-held.json", lost)
        samples, labels = _one(cur, "SELECT (SELECT count(*) FROM samples_now), (SELECT count(*) FROM labels_now)")
        meta = dict(cur.execute("SELECT key, value FROM meta WHERE key <> 'schema' ORDER BY key").fetchall())
    about = {"name": store.name, "id": store.id, "storage": store.storage, "created": store.created, "restricted": store.restricted}
    bag.json(f"{folder}/dataset.json", {**about, "tables": len(DATASET), "meta": meta})
    yield from bag.media(store.vault, files)
    yield Told(store.name, folder, store.created, samples, labels, len(files), lost)


def _files(cur: Any, bag: Bag, folder: str, dataset: str) -> list[Sealed]:
    """Every medium that a row names, once, and its place in the bag."""
    rows = cur.execute(
        "SELECT s.id, s.name, s.blob, s.sha256, s.until, b.key, b.bytes, bool_or(s.until = 0) OVER (PARTITION BY s.id) AS turned,"
        " bool_or(s.until IS NULL) OVER (PARTITION BY s.id) AS held"
        " FROM samples s LEFT JOIN blobs b ON b.id = s.blob WHERE s.blob IS NOT NULL ORDER BY s.until NULLS FIRST, s.id"
    ).fetchall()
    found: dict[str, Sealed] = {}
    for _, name, blob, digest, until, key, size, turned, held in rows:
        if blob in found:
            continue
        place = "removed" if not held else "media" if turned and until != 0 else "originals"
        if key is None:
            raise NotFound(f"The archive was not made: {dataset}/{name} cannot be read: its key is missing.")
        found[blob] = Sealed(bag.names.place(f"{folder}/{place}", name), f"{dataset}/{name}", blob, bytes(key), size, digest)
    return list(found.values())


# ---- tables ---------------------------------------------------------------------------------------------------------
def _parquet(bag: Bag, cur: Any, path: str, query: str) -> None:
    import pyarrow.parquet as pq

    reader = cur.execute(query).to_arrow_reader(BATCH)
    with bag.open(path, packed=False) as file, pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


def _csv(bag: Bag, cur: Any, path: str, query: str) -> None:
    """The same for people and spreadsheets: lists are JSON, times are ISO 8601 in UTC."""
    import pyarrow.csv as pc

    names = [column[0] for column in cur.execute(f"SELECT * FROM ({query}) LIMIT 0").description]
    texts = {name: f'to_json("{name}")::VARCHAR' for name in names if name in _LISTS}
    texts |= {name: f"strftime(\"{name}\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')" for name in names if name in ("at", "created")}
    shown = ", ".join(f'{texts[name]} AS "{name}"' if name in texts else f'"{name}"' for name in names)
    reader = cur.execute(f"SELECT {shown} FROM ({query})").to_arrow_reader(BATCH)
    with bag.open(path) as file, pc.CSVWriter(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


# ---- annotations in other formats -----------------------------------------------------------------------------------
class _Number(bytes):
    """Stands for the medium of the sample with this number."""


class _Rows:
    """What an exporter reads: all samples, and labels of all states; the media are in the archive already."""

    def __init__(self, cur: Any, with_media: bool) -> None:
        self.cur, self.with_media = cur, with_media

    def media(self, sample: int) -> bytes:
        return _Number(str(sample).encode())


class _Below:
    """A sink below a folder of the bag; ``names`` gives files another name, ``media`` remembers where which sample would be."""

    def __init__(self, bag: Bag, folder: str, name: str | None = None) -> None:
        self._bag, self._folder, self._name = bag, folder, name
        self.media: list[tuple[str, int]] = []

    def write(self, name: str, data: bytes) -> None:
        if isinstance(data, _Number):
            self.media.append((name, int(data)))
        else:
            self._bag.write(self._place(name), data)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with self._bag.open(self._place(name)) as file:
            yield file

    def _place(self, name: str) -> str:
        return f"{self._folder}/{self._name or name}"


def _coco(bag: Bag, cur: Any, folder: str) -> dict[str, int]:
    """One file for all splits: the split of an image is a field of it."""
    from comexp_lab.formats import registry

    merged = "json_merge_patch(coalesce(meta, '{}'), json_object('split', split))::VARCHAR"
    changed = f"NULL::VARCHAR AS split, CASE WHEN split IS NULL THEN meta ELSE {merged} END AS meta"
    with _replaced(cur, f"SELECT * REPLACE ({changed}) FROM samples_held"):
        return _written(cur, registry.get("coco"), _Rows(cur, False), _Below(bag, f"{folder}/annotations", "coco.json"))


@contextmanager
def _replaced(cur: Any, query: str) -> Iterator[None]:
    """Exporters see ``query`` over ``samples_held`` instead of the samples as they are."""
    cur.execute("ALTER VIEW samples_now RENAME TO samples_held")
    cur.execute(f"CREATE TEMP VIEW samples_now AS {query}")
    try:
        yield
    finally:
        cur.execute("DROP VIEW samples_now")
        cur.execute("ALTER VIEW samples_held RENAME TO samples_now")


def _yolo(bag: Bag, cur: Any, folder: str) -> dict[str, int]:
    """Labels as Ultralytics reads them; ``images.csv`` says which file of the bag belongs where beside them."""
    from comexp_lab.formats import registry

    sink = _Below(bag, f"{folder}/annotations/yolo")
    stems = Names()  # label files are called as their images, whose names need not be possible everywhere
    rows = cur.execute("SELECT id, name FROM samples_now ORDER BY id").fetchall()
    named = {str(number): stems.place("", posixpath.splitext(safe(name))[0]) + posixpath.splitext(safe(name))[1] for number, name in rows}
    _register(cur, "archive_names", {"id": list(named), "called": list(named.values())})
    with _replaced(cur, "SELECT s.* REPLACE (n.called AS name) FROM samples_held s JOIN archive_names n ON n.id = s.id::VARCHAR"):
        lost = _written(cur, registry.get("yolo"), _Rows(cur, True), sink)
    found = dict(cur.execute("SELECT s.id, f.file FROM samples_now s JOIN archive_files f ON f.blob = s.blob").fetchall())
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["image", "file"])
    table.writerows((name, found[sample]) for name, sample in sink.media if sample in found)
    bag.write(f"{folder}/annotations/yolo/images.csv", out.getvalue().encode())
    return lost


def _written(cur: Any, fmt: Any, source: _Rows, sink: _Below) -> dict[str, int]:
    """Write in a format; what it could not hold, with counts."""
    lost = fmt.write(source, sink)
    kinds = cur.execute("SELECT kind, count(*) FROM labels_now GROUP BY kind").fetchall()
    return {f"{kind} labels": count for kind, count in kinds if kind not in fmt.holds} | {what: n for what, n in lost.items() if n}


def _register(cur: Any, name: str, columns: dict[str, list[str]]) -> None:
    import pyarrow as pa

    cur.register(name, pa.table({column: pa.array(values, pa.string()) for column, values in columns.items()}))


def _one(cur: Any, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = cur.execute(query).fetchone()
    return row
