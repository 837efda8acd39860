"""Rows of an archive into an empty dataset, as they were, and whether they make sense: an archive is a stranger's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from comexp_lab.errors import BadArchive
from comexp_lab.store.schema import CLASSES, LABELS, SAMPLES

if TYPE_CHECKING:
    from comexp_lab.store import Blob, Writing

BATCH = 50_000
MOST_ROWS = 500_000_000
MOST_GROUP = 4 << 30  # bytes of a row group, unpacked
TABLES = {
    "classes": CLASSES,
    "samples": {name: kind for name, kind in SAMPLES.items() if name not in ("blob", "thumb")} | {"file": "VARCHAR"},
    "labels": LABELS,
    "history": {**LABELS, "until": "BIGINT"},
    "revisions": {
        "revision": "BIGINT", "at": "TIMESTAMPTZ", "author": "VARCHAR", "message": "VARCHAR", "client_id": "UUID", "receipt": "VARCHAR",
    },
    "versions": {"name": "VARCHAR", "revision": "BIGINT", "digest": "VARCHAR", "created": "TIMESTAMPTZ"},
}  # fmt: skip
_BOTH = "(SELECT * FROM labels UNION ALL SELECT * EXCLUDE (until) FROM history)"
_NUMBERS = "id IS NULL OR id NOT BETWEEN 1 AND (1::BIGINT << 53)"
_TIMES = "since IS NULL OR since NOT BETWEEN {} AND (SELECT coalesce(max(revision), 0) FROM revisions)"
FAULTS = {
    "a class without a number or name": "FROM classes WHERE id IS NULL OR id < 0 OR coalesce(name, '') = ''",
    "a class twice": "FROM classes GROUP BY id HAVING count(*) > 1 UNION ALL SELECT 1 FROM classes GROUP BY name HAVING count(*) > 1",
    "a sample that cannot be": f"""FROM samples WHERE {_NUMBERS} OR coalesce(name, '') = '' OR kind IS NULL
        OR kind NOT IN ('image', 'video', 'frame') OR split NOT IN ('train', 'val', 'test') OR width < 0 OR height < 0
        OR NOT json_valid(meta) OR {_TIMES.format(0)} OR until < since""",
    "a sample twice": """FROM samples WHERE until IS NULL GROUP BY id HAVING count(*) > 1
        UNION ALL SELECT 1 FROM samples WHERE until IS NULL GROUP BY name HAVING count(*) > 1""",
    "a label that cannot be": f"""FROM {_BOTH} WHERE {_NUMBERS} OR kind IS NULL OR state IS NULL OR source IS NULL
        OR kind NOT IN ('box', 'rotated', 'polygon', 'mask', 'keypoints', 'tag') OR state NOT IN ('suggested', 'accepted', 'rejected')
        OR NOT json_valid(attributes) OR NOT confidence BETWEEN 0 AND 1 OR {_TIMES.format(0)}""",
    "a label whose geometry cannot be": f"""FROM {_BOTH} WHERE NOT (isfinite(x) AND isfinite(y) AND isfinite(w) AND isfinite(h))
        OR (kind <> 'tag' AND (x IS NULL OR y IS NULL OR w IS NULL OR h IS NULL)) OR (kind = 'rotated' AND coalesce(len(points), 0) <> 5)
        OR (kind = 'keypoints' AND len(points) % 3 <> 0) OR (kind = 'polygon' AND rings IS NULL) OR (kind = 'mask' AND rle IS NULL)""",
    "a label twice": "FROM labels GROUP BY id HAVING count(*) > 1",
    "a label of no sample or class": f"""FROM {_BOTH} l WHERE l.sample IS NULL OR l.class IS NULL
        OR l.sample NOT IN (SELECT id FROM samples) OR l.class NOT IN (SELECT id FROM classes)""",
    "a revision that cannot be": """FROM revisions WHERE revision IS NULL OR revision NOT BETWEEN 1 AND (1::BIGINT << 53)
        UNION ALL SELECT 1 FROM revisions GROUP BY revision HAVING count(*) > 1
        UNION ALL SELECT 1 FROM versions WHERE name IS NULL OR revision IS NULL
            OR revision NOT BETWEEN 0 AND (SELECT coalesce(max(revision), 0) FROM revisions)
        UNION ALL SELECT 1 FROM versions GROUP BY name HAVING count(*) > 1""",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the archive in the vault."""

    file: str
    blob: Blob


def table(file: BinaryIO, name: str, where: str) -> Any:
    """An open Parquet file with the columns of the table ``name``. Raises BadArchive."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.ParquetFile(file)
        facts = found.metadata
        groups = [facts.row_group(i).total_byte_size for i in range(facts.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unread(where, error) from None
    if facts.num_rows > MOST_ROWS or any(not 0 <= size <= MOST_GROUP for size in groups):
        raise BadArchive(f"{where} in the archive is too big to be read.")
    if missing := sorted(set(TABLES[name]) - set(found.schema_arrow.names)):
        raise BadArchive(f"{where} in the archive lacks the column {missing[0]}.")
    return found


def fill(tx: Writing, tables: dict[str, Any], stored: list[Stored], thumbs: dict[int, Blob], meta: dict[str, str]) -> None:
    """All rows, with the blobs that the files of the archive are now. Raises BadArchive if they cannot be rows of a dataset."""
    import duckdb
    import pyarrow as pa

    tx.noted = False
    try:
        _register(tx, stored, thumbs)
        for name in TABLES:
            _insert(tx, name, tables[name])
        tx.cur.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items())) if meta else None
        for what, query in FAULTS.items():
            if tx.cur.execute(f"SELECT 1 {query} LIMIT 1").fetchone():
                raise BadArchive(f"The archive holds {what}: it was not made by this program.")
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.IntegrityError, pa.ArrowException) as error:
        raise _unread("A table", error) from None


def _insert(tx: Writing, name: str, source: Any) -> None:
    columns = TABLES[name]
    shown = ", ".join(f'CAST(i."{column}" AS {kind}) AS "{column}"' for column, kind in columns.items() if column != "file")
    query = f"SELECT {shown} FROM incoming i"
    if name == "samples":
        query = f"SELECT {shown}, f.blob, t.thumb FROM incoming i LEFT JOIN came f ON f.file = i.file LEFT JOIN thumbs t ON t.id = i.id"
    for batch in source.iter_batches(BATCH, columns=list(columns)):
        tx.cur.register("incoming", batch)
        tx.cur.execute(f"INSERT INTO {name} BY NAME {query}")
        tx.cur.unregister("incoming")


def _register(tx: Writing, stored: list[Stored], thumbs: dict[int, Blob]) -> None:
    import pyarrow as pa

    blobs = [each.blob for each in stored] + list(thumbs.values())
    kept = {
        "id": pa.array([b.id for b in blobs], pa.string()),
        "key": pa.array([b.key for b in blobs], pa.binary()),
        "bytes": pa.array([b.bytes for b in blobs], pa.int64()),
    }
    tx.cur.register("incoming", pa.table(kept))
    tx.cur.execute("INSERT INTO blobs BY NAME SELECT * FROM incoming")
    tx.cur.unregister("incoming")
    came = {"file": [each.file for each in stored], "blob": [each.blob.id for each in stored]}
    tx.cur.register("came", pa.table({name: pa.array(values, pa.string()) for name, values in came.items()}))
    small = {"id": pa.array(list(thumbs), pa.int64()), "thumb": pa.array([b.id for b in thumbs.values()], pa.string())}
    tx.cur.register("thumbs", pa.table(small))


def _unread(where: str, error: BaseException) -> BadArchive:
    return BadArchive(f"{where} in the archive cannot be read: {' '.join(str(error).split())[:120] or type(error).__name__}.")
