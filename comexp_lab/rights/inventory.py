"""What is stored, by kind, with counts and bytes: the one answer to "what do you have of me?"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import InventoryRow
from comexp_lab.rights import daily

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

MEDIA_KINDS = """
    SELECT 'images' AS kind, count(*) AS items, coalesce(sum(bytes), 0) AS bytes FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'image'
    UNION ALL SELECT 'videos', count(*), coalesce(sum(bytes), 0) FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'video'
    UNION ALL SELECT 'video frames', count(*), coalesce(sum(bytes), 0) FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'frame'
    UNION ALL SELECT 'images as uploaded, before they were turned', count(*), coalesce(sum(bytes), 0) FROM samples WHERE until = 0
    UNION ALL SELECT 'thumbnails', count(*), coalesce(sum(b.bytes), 0) FROM samples s JOIN blobs b ON b.id = s.thumb
     WHERE s.until IS NULL
"""
LABEL_KINDS = """
    SELECT 'records without a picture' AS kind, count(*) AS items, 0 AS bytes FROM samples WHERE until IS NULL AND blob IS NULL
    UNION ALL SELECT 'labels', count(*), 0 FROM labels
    UNION ALL SELECT 'earlier states of labels', count(*), 0 FROM history
"""

DATABASE = "label database and journal"


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(child.stat().st_size for child in path.rglob("*") if child.is_file())


def dataset_rows(store: DatasetStore) -> list[InventoryRow]:
    """What is stored of a dataset, by kind."""
    return _media(store) + _labels(store)


def media_rows(workspace: Workspace) -> list[InventoryRow]:
    """Pictures and videos of all datasets."""
    return [row for dataset in workspace.datasets() for row in _media(workspace.dataset(dataset.id, "access"))]


def label_rows(workspace: Workspace) -> list[InventoryRow]:
    """Labels and records of all datasets, and the files that hold them."""
    return [row for dataset in workspace.datasets() for row in _labels(workspace.dataset(dataset.id, "access"))]


def _media(store: DatasetStore) -> list[InventoryRow]:
    return _rows(store, MEDIA_KINDS)


def _labels(store: DatasetStore) -> list[InventoryRow]:
    rows = _rows(store, LABEL_KINDS)
    if store.storage == "retained":
        files = [path for path in store.path.glob("labels*") if path.is_file()]
        rows.append(_row(store, DATABASE, "dataset, encrypted", len(files), sum(map(size_of, files))))
    return rows


def _row(store: DatasetStore, kind: str, where: str, items: int, size: int) -> InventoryRow:
    return InventoryRow(dataset=store.id, name=store.name, kind=kind, where=where, items=items, bytes=size)


SAMPLES = """
    WITH gone AS (SELECT id FROM samples WHERE id IN (SELECT unnest($1::BIGINT[])) OR video IN (SELECT unnest($1::BIGINT[])))
    SELECT 'pictures and videos' AS kind, count(*) AS items, coalesce(sum(s.bytes), 0) AS bytes FROM samples s
     WHERE s.id IN (FROM gone) AND s.blob IS NOT NULL
    UNION ALL SELECT 'thumbnails', count(*), coalesce(sum(b.bytes), 0) FROM samples s JOIN blobs b ON b.id = s.thumb
     WHERE s.id IN (FROM gone)
    UNION ALL SELECT 'records', count(*), 0 FROM samples WHERE id IN (FROM gone)
    UNION ALL SELECT 'labels', count(*), 0 FROM labels WHERE sample IN (FROM gone)
    UNION ALL SELECT 'earlier states of labels', count(*), 0 FROM history WHERE sample IN (FROM gone)
"""
CLASS = """
    SELECT 'labels' AS kind, count(*) AS items, 0 AS bytes FROM labels WHERE "class" = $1
    UNION ALL SELECT 'earlier states of labels', count(*), 0 FROM history WHERE "class" = $1
    UNION ALL SELECT 'name of the class', 1, 0
"""


def sample_rows(store: DatasetStore, samples: list[int]) -> list[InventoryRow]:
    """What is stored of these samples, and of the frames of those that are videos."""
    return _rows(store, SAMPLES, samples)


def class_rows(store: DatasetStore, number: int) -> list[InventoryRow]:
    """What is stored of a class of labels."""
    return _rows(store, CLASS, number)


def _rows(store: DatasetStore, query: str, *values: Any) -> list[InventoryRow]:
    where = "memory only" if store.storage == "ephemeral" else "dataset, encrypted"
    rows = [row for row in store.read(query, values).to_pylist() if row["items"]]
    return [_row(store, row["kind"], where, row["items"], int(row["bytes"])) for row in rows]


def vault_rows(workspace: Workspace) -> list[InventoryRow]:
    """Models, files of runs, finished exports, uploads: what is kept outside of the datasets."""
    read = workspace.catalog.read
    models = read("SELECT dataset, name, bytes FROM models ORDER BY created")
    rows = [_shared("model weights", 1, row["bytes"] or 0, row["dataset"], row["name"]) for row in models]
    for prefix, kind in {"download": "finished exports and archives", "run": "run files", "upload": "unfinished uploads"}.items():
        wanted = "SELECT count(*) AS items, coalesce(sum(bytes), 0) AS bytes FROM blobs WHERE owner LIKE ?"
        found = read(wanted, [prefix + ":%"])[0]
        if found["items"]:
            rows.append(_shared(kind, found["items"], int(found["bytes"])))
    return rows


def catalog_rows(workspace: Workspace) -> list[InventoryRow]:
    counts = workspace.catalog.read("SELECT count(*) AS items FROM runs")[0]["items"]
    size = sum(size_of(path) for path in workspace.path.glob("catalog*"))
    return [_shared("catalog: names, runs, logs, settings", counts, size, where="catalog, encrypted")]


def ledger_rows(workspace: Workspace) -> list[InventoryRow]:
    folder = workspace.path / "ledger"
    files = list(folder.iterdir()) if folder.exists() else []
    where = "ledger: what is personal in it is encrypted"
    return [_shared("ledger of what was asked and done", len(files), size_of(folder), where=where)] if files else []


def log_rows(workspace: Workspace) -> list[InventoryRow]:
    """Logs with a file a day."""
    rows = []
    for log in daily.of(workspace):
        log.flush()
        if files := list(log.folder.glob("*.log")):
            rows.append(_shared(log.folder.name, len(files), size_of(log.folder), where="a file and a key for each day, encrypted"))
    return rows


def _shared(kind: str, items: int, size: int, dataset: str | None = None, name: str = "", where: str = "vault, encrypted") -> InventoryRow:
    return InventoryRow(dataset=dataset, name=name, kind=kind, where=where, items=items, bytes=size)
