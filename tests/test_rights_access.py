"""Access is complete: a datum planted in every field of every store is in the archive, and a new field must be planted or explained."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from store_rig import open_workspace

from comexp_lab.formats.uploads import Uploads
from comexp_lab.jobs import records
from comexp_lab.rights import daily, ledger
from comexp_lab.rights.archive import write_archive
from comexp_lab.rights.datamap import places
from comexp_lab.store import Workspace

WORDS = {  # fields in which not every text can stand: one that can
    "kind": {"samples": "image", "runs": "import", "default": "box"},
    "split": {"default": "val"},
    "state": {"default": "accepted"},
    "storage": {"default": "retained"},
    "status": {"default": "succeeded"},
    "task": {"default": "detect"},
    "color": {"default": "#12ab9f"},
    "rle": {"default": "04000"},
    "meta": {"default": '{"licence": "planted-meta"}'},
    "facts": {"default": '{"note": "planted-facts"}'},
    "attributes": {"default": '{"note": "planted-attribute"}'},
}
ABOUT_NOBODY = {  # what is not told, and why
    "samples.blob": "the name of the ciphertext: the archive has the file itself",
    "samples.thumb": "made again from the picture",
    "blobs.*": "keys and names of ciphertext",
    "models.blob": "the name of the ciphertext: the archive has the file itself",
    "models.sha256": "that of the file: the archive is not made if it is another",
    "run_files.blob": "the name of the ciphertext: the archive has the file itself",
    "datasets.*": "told in dataset.json, see below",
    "runs.pid": "a process of this machine",
    "runs.pid_started": "a process of this machine",
    "runs.heartbeat": "a process of this machine",
    "run_files.run": "the folder of the run holds it",
    "run_metrics.run": "the folder of the run holds it",
    "run_log.run": "the folder of the run holds it",
    "workers.*": "by which a worker of ours is known to the service",
}


LINKS = {  # fields that name another row: the planted one
    ("labels", "sample"): ("samples", "id"),
    ("history", "sample"): ("samples", "id"),
    ("labels", "class"): ("classes", "id"),
    ("history", "class"): ("classes", "id"),
    ("run_metrics", "run"): ("runs", "id"),
    ("run_log", "run"): ("runs", "id"),
    ("run_files", "run"): ("runs", "id"),
}
CURRENT = {("samples", "until"), ("samples", "video"), ("samples", "blob"), ("samples", "thumb")}  # empty in a row that is shown


def columns(read: Any) -> dict[str, dict[str, str]]:
    """Tables, their columns and types: all that a database holds."""
    found = read(
        'SELECT table_name AS "table", column_name AS name, data_type AS kind FROM duckdb_columns() WHERE NOT internal'
        " AND database_name = current_database() AND schema_name = 'main' ORDER BY table_oid, column_index"
    )
    tables: dict[str, dict[str, str]] = {}
    for row in found:
        tables.setdefault(row["table"], {})[row["name"]] = row["kind"]
    return tables


def value(table: str, column: str, kind: str) -> Any:
    """What stands nowhere else, as far as a field can hold it."""
    if (table, column) in LINKS:
        return value(*LINKS[table, column], kind)
    if column in WORDS and kind in ("VARCHAR", "JSON"):
        return WORDS[column].get(table, WORDS[column]["default"])
    number = zlib.crc32(f"{table}.{column}".encode()) % 900_000 + 100_000
    text = f"planted-{table}-{column}"
    made: dict[str, Any] = {
        "VARCHAR": text,
        "JSON": json.dumps([text] if column == "classes" else {"planted": text}),
        "VARCHAR[]": [text],
        "UUID": f"00000000-0000-4000-8000-000000{number}",
        "TIMESTAMP WITH TIME ZONE": f"2001-02-03 04:05:06.{number}+00",
        "BOOLEAN": True,
        "UTINYINT": 1,
        "BIGINT": number,
        "INTEGER": number,
        "DOUBLE": number + 0.5,
        "FLOAT": 0.5,
        "INTEGER[]": [number],
        "DOUBLE[]": [number + 0.5] * 3,
        "DOUBLE[][]": [[number + 0.5] * 6],
        "BLOB": b"key",
    }
    return made[kind]


def plant(write: Any, table: str, kinds: dict[str, str], **other: Any) -> None:
    row = {name: other.get(name, value(table, name, kind)) for name, kind in kinds.items()}
    names = ", ".join(f'"{name}"' for name in row)
    write(f"INSERT INTO {table}({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def shown(kind: str, planted: Any) -> str:
    """As an archive has it, in its shortest form."""
    if "TIME" in kind:
        return str(planted)[11:26]  # the time of day stands nowhere else
    while isinstance(planted, list):
        planted = planted[0]
    return (
        str(next(iter(json.loads(planted).values())))
        if str(planted).startswith("{")
        else json.loads(planted)[0]
        if str(planted).startswith("[")
        else str(planted).lower()
        if isinstance(planted, bool)
        else str(planted)
    )


def excused(table: str, column: str) -> bool:
    return f"{table}.{column}" in ABOUT_NOBODY or f"{table}.*" in ABOUT_NOBODY


def test_a_datum_in_every_field_of_every_store_is_in_the_archive(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        for table in records.OWN_TABLES.values():
            ws.catalog.write(table)
        of_dataset, of_catalog = planted_dataset(ws), planted_catalog(ws)
        ledger.of(ws).append("request submitted", {"request": "planted-fact"}, private={"words": "planted-secret"}, scope="request:0")
        for log in daily.of(ws):
            log.add({"planted": f"planted-{log.folder.name}"})
        Uploads(ws).keep("planted-upload.bin", b"planted-bytes", "planted-metadata")
        write_archive(ws, None, tmp_path / "all.zip", lambda fraction, message: None)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    texts = {name: data.decode("utf-8", "replace") for name, data in files.items()}
    tables = {name.rpartition("/")[2][:-4]: text for name, text in texts.items() if "/tables/" in name and name.endswith(".csv")}
    tables["meta"] = "key value\n" + texts["data/datasets/street/dataset.json"]
    missing = [
        f"{table}.{name}"
        for table, kinds in of_dataset.items()
        for name, kind in kinds.items()
        if not excused(table, name)
        and not (name in tables[table].partition("\n")[0] and shown(kind, value(table, name, kind)) in tables[table])
    ]
    outside = "".join(text for name, text in texts.items() if name.startswith(("data/runs", "data/models", "data/account")))
    missing += [
        f"{table}.{name}"
        for table, kinds in of_catalog.items()
        for name, kind in kinds.items()
        if not excused(table, name) and shown(kind, value(table, name, kind)) not in outside
    ]
    assert missing == []
    told = json.loads(texts["data/datasets/street/dataset.json"])
    assert set(told) - {"tables", "meta"} == set(of_catalog["datasets"]) - {"erased"}
    whole = "".join(texts.values())
    for name in ("planted-fact", "planted-secret", "planted-bytes", "planted-upload.bin", "planted-access log", "planted-usage events"):
        assert name in whole, name
    assert {place.kind for place in places() if place.exported} == {
        *("media", "labels", "workspace vault", "catalog", "ledger", "access log and usage events")
    }, "a place of the map that is exported has a datum here"


def planted_dataset(ws: Workspace) -> dict[str, dict[str, str]]:
    ds = ws.create_dataset("street")
    tables = columns(lambda sql: ds.read(sql).to_pylist())
    with ds.writing("planting") as tx:
        for table, kinds in tables.items():
            plant(tx.cur.execute, table, kinds, **{name: None for where, name in CURRENT if where == table})
        plant(tx.cur.execute, "samples", tables["samples"], id=5, name="deleted.jpg", blob=None, thumb=None)
    return tables


def planted_catalog(ws: Workspace) -> dict[str, dict[str, str]]:
    tables = columns(ws.catalog.read)
    blob = ws.vault.put(b"weights")
    own: dict[str, Any] = {"blobs": {"id": blob.id, "key": blob.key, "bytes": blob.bytes}, "run_files": {"blob": blob.id}}
    own["models"] = {"blob": blob.id, "sha256": blob.sha256}
    for table, kinds in tables.items():
        if table not in ("datasets", "meta"):
            plant(ws.catalog.write, table, kinds, **own.get(table, {}))
    return {name: kinds for name, kinds in tables.items() if name != "meta"}
