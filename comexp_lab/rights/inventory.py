"""What is stored, by kind, with counts and bytes: the one answer to "what do you have of me?"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import Inventory, InventoryRow

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

DATASET_KINDS = """
    SELECT 'images' AS kind, count(*) AS items, coalesce(sum(bytes), 0) AS bytes FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'image'
    UNION ALL SELECT 'videos', count(*), coalesce(sum(bytes), 0) FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'video'
    UNION ALL SELECT 'video frames', count(*), coalesce(sum(bytes), 0) FROM samples
     WHERE until IS NULL AND blob IS NOT NULL AND kind = 'frame'
    UNION ALL SELECT 'images as uploaded, before they were turned', count(*), coalesce(sum(bytes), 0) FROM samples WHERE until = 0
    UNION ALL SELECT 'thumbnails', count(*), coalesce(sum(b.bytes), 0) FROM samples s JOIN blobs b ON b.id = s.thumb
     WHERE s.until IS NULL
    UNION ALL SELECT 'records without a picture', count(*), 0 FROM samples WHERE until IS NULL AND blob IS NULL
    UNION ALL SELECT 'labels', count(*), 0 FROM labels
    UNION ALL SELECT 'earlier states of labels', count(*), 0 FROM history
"""


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(child.stat().st_size for child in path.rglob("*") if child.is_file())


def _counts(store: DatasetStore) -> list[tuple[str, int, int]]:
    return [(row["kind"], row["items"], int(row["bytes"])) for row in store.read(DATASET_KINDS).to_pylist()]


def dataset_rows(store: DatasetStore) -> list[InventoryRow]:
    def row(kind: str, where: str, items: int, size: int) -> InventoryRow:
        return InventoryRow(dataset=store.id, name=store.name, kind=kind, where=where, items=items, bytes=size)

    where = "memory only" if store.storage == "ephemeral" else "vault of the dataset, encrypted"
    found = [row(kind, where, items, size) for kind, items, size in _counts(store)]
    rows = [item for item in found if item.items]
    if store.storage == "retained":
        files = [path for path in store.path.glob("labels*") if path.is_file()]
        rows.append(row("label database and journal", "database of the dataset, encrypted", len(files), sum(map(size_of, files))))
    return rows


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


def _rows(store: DatasetStore, query: str, value: Any) -> list[InventoryRow]:
    where = "memory only" if store.storage == "ephemeral" else "dataset, encrypted"
    rows = [row for row in store.read(query, [value]).to_pylist() if row["items"]]
    return [
        InventoryRow(dataset=store.id, name=store.name, kind=row["kind"], where=where, items=row["items"], bytes=int(row["bytes"]))
        for row in rows
    ]


def shared_rows(workspace: Workspace) -> list[InventoryRow]:
    """Models, run files, finished exports and the catalog: what is kept outside the datasets."""
    rows = [
        InventoryRow(
            dataset=row["dataset"],
            name=row["name"],
            kind="model weights",
            where="vault of the workspace, encrypted",
            items=1,
            bytes=row["bytes"] or 0,
        )
        for row in workspace.catalog.read("SELECT dataset, name, bytes FROM models ORDER BY created")
    ]
    kinds = {"download": "finished exports and archives", "run": "run files", "upload": "unfinished uploads"}
    for prefix, kind in kinds.items():
        found = workspace.catalog.read(
            "SELECT count(*) AS items, coalesce(sum(bytes), 0) AS bytes FROM blobs WHERE owner LIKE ?", [prefix + ":%"]
        )[0]
        if found["items"]:
            rows.append(
                InventoryRow(
                    dataset=None,
                    name="",
                    kind=kind,
                    where="vault of the workspace, encrypted",
                    items=found["items"],
                    bytes=int(found["bytes"]),
                )
            )
    counts = workspace.catalog.read("SELECT count(*) AS items FROM runs")[0]["items"]
    catalog = sum(size_of(path) for path in workspace.path.glob("catalog*"))
    rows.append(
        InventoryRow(
            dataset=None, name="", kind="catalog: names, runs, logs, settings", where="catalog, encrypted", items=counts, bytes=catalog
        )
    )
    ledger = workspace.path / "ledger"
    if ledger.exists():
        rows.append(
            InventoryRow(
                dataset=None,
                name="",
                kind="ledger of what was done",
                where="ledger, no personal data",
                items=len(list(ledger.iterdir())),
                bytes=size_of(ledger),
            )
        )
    return rows


def inventory(workspace: Workspace) -> Inventory:
    rows = [row for dataset in workspace.datasets() for row in dataset_rows(workspace.dataset(dataset.id, "access"))]
    rows += shared_rows(workspace)
    return Inventory(rows=rows, bytes=sum(row.bytes for row in rows))
