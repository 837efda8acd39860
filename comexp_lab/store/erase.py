"""Erasure: destroying a key is the commit point; unlinking what it encrypted is cleaning up, and can be done again.

Erasing a part of a file (``parts``) rewrites it without that part under a new key (an *epoch*) and then destroys the
old key, so that no copy of the old file, wherever it is, can be read any more. Before a key is destroyed a tombstone is
written: should a backup bring the key back, the next opening does it all again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from comexp_lab.errors import Error
from comexp_lab.store.blobs import sync_folder
from comexp_lab.store.database import attach, instance
from comexp_lab.store.keys import KeyStore
from comexp_lab.store.recovery import opens, wal_of
from comexp_lab.store.swap import Swap, in_catalog

if TYPE_CHECKING:
    import duckdb

    from comexp_lab.store.workspace import Workspace

T = TypeVar("T")
Found = TypeVar("Found")


def remove_dataset(ws: Workspace, number: str) -> None:
    """Remove what is left of a dataset that nobody can read any more."""
    remove_folder(ws.path / "datasets" / number)
    ws.catalog.write("UPDATE datasets SET erased = ?, name = '' WHERE id = ?", [datetime.now(UTC), number], reserve=True)


def remove_folder(folder: Path) -> None:
    doomed = folder.with_name(f"{folder.name}.erased")
    if folder.exists():
        folder.rename(doomed)
        sync_folder(folder.parent)
    if doomed.exists():
        shutil.rmtree(doomed)


def sweep(ws: Workspace) -> None:
    """Finish what a crash left half done: datasets whose key is gone, and those that lived in memory."""
    for owner in ws.keys.came_back:
        if (ws.path / "datasets" / owner).exists():
            ws.notices.append("A dataset that had been erased came back, from a backup perhaps: it was destroyed again.")
    now, owners = datetime.now(UTC), ws.keys.owners()
    for row in ws.catalog.read("SELECT id, storage FROM datasets WHERE erased IS NULL"):
        if row["storage"] == "ephemeral" or row["id"] not in owners:
            ws.catalog.write("UPDATE datasets SET erased = ?, name = '' WHERE id = ?", [now, row["id"]], reserve=True)
    root = ws.path / "datasets"
    for folder in list(root.iterdir()) if root.exists() else []:
        if folder.name not in owners:
            shutil.rmtree(folder)
    _adopt(ws, owners)
    _correct_again(ws)
    _strike_again(ws)


def _adopt(ws: Workspace, owners: set[str]) -> None:
    """Datasets with a key but no entry in the catalog: kept under a new name if they hold anything, else removed."""
    listed = {row["id"] for row in ws.catalog.read("SELECT id FROM datasets WHERE erased IS NULL")}
    for owner in {owner for owner in owners if not owner.startswith("ledger/")} - listed - {"catalog"}:
        if (ws.path / "datasets" / owner / "labels.duckdb").exists():
            name = f"recovered-{owner[:8]}"
            ws.catalog.write("INSERT INTO datasets VALUES (?, ?, 'retained', ?, NULL, false)", [owner, name, datetime.now(UTC)])
            ws.notices.append(f"A dataset that the catalog did not list was found and named {name!r}.")
        else:
            ws.keys.destroy(owner)
            shutil.rmtree(ws.path / "datasets" / owner, ignore_errors=True)


def strike(ws: Workspace, models: Sequence[str], runs: Sequence[str], dataset: str | None = None) -> list[str]:
    """Take models, runs and a dataset out of the catalog, written anew under another key; their files, which nobody can read any more."""
    there = {row["table_name"] for row in ws.catalog.read("SELECT table_name FROM information_schema.tables")}
    owners = [f"model:{model}" for model in models] + [f"{kind}:{run}" for kind in ("run", "download") for run in runs]
    of_runs = ("run_metrics", "run_log", "run_files", "workers")
    doomed = (("blobs", "owner", owners), ("models", "id", models), *((table, "run", runs) for table in of_runs), ("runs", "id", runs))
    files = ws.catalog.read("SELECT id FROM blobs WHERE owner IN (SELECT unnest(?::VARCHAR[]))", [owners])
    for table, column, ids in (*doomed, ("datasets", "id", [dataset] if dataset else [])):
        if ids and table in there:
            ws.catalog.write(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::VARCHAR[]))", [list(ids)], reserve=True)
    ws.catalog.rewrite()
    return [row["id"] for row in files]


def rename(ws: Workspace, dataset: str, former: str, name: str) -> None:
    """Give a dataset another name in the catalog, so that the former one is in no row that is about it."""
    ws.catalog.write("UPDATE datasets SET name = ? WHERE id = ?", [name, dataset], reserve=True)
    in_catalog(ws.catalog, dataset, Swap(former, name))


def _correct_again(ws: Workspace) -> None:
    """What was corrected and is there all the same, from a backup: names of datasets become neutral, logs of runs go, which may say it."""
    epoch = ws.keys.epochs("catalog")[0][0]
    found = ws.catalog.read("SELECT id, name FROM datasets WHERE erased IS NULL")
    back = {row["id"]: row["name"] for row in found if ws.tombstones.renamed(row["id"]) > epoch}
    logs = [row["id"] for row in found if ws.tombstones.logs_clean(row["id"]) > epoch]
    for number, former in back.items():
        rename(ws, number, former, f"corrected {number[:8]}")
    if logs:
        ws.catalog.write("DELETE FROM run_log WHERE run IN (SELECT id FROM runs WHERE dataset IN (SELECT unnest(?::VARCHAR[])))", [logs])
    if back or logs:
        ws.catalog.rewrite(epoch=max([*map(ws.tombstones.renamed, back), *map(ws.tombstones.logs_clean, logs)]))
    if back:
        ws.notices.append(f"The former names of {len(back)} datasets came back, from a backup perhaps: they were destroyed again.")


def _strike_again(ws: Workspace) -> None:
    """Models and runs that were erased and are there all the same: from a backup, or because of a crash."""
    models, runs = (
        [row["id"] for row in ws.catalog.read(f"SELECT id FROM {kind}s") if ws.tombstones.buried(kind, row["id"])]
        for kind in ("model", "run")
    )
    if models or runs:
        for blob in strike(ws, models, runs):
            ws.vault.delete(blob)
        ws.notices.append(f"{len(models)} models and {len(runs)} runs that had been erased were still there: they were destroyed again.")


def sweep_blobs(cur: duckdb.DuckDBPyConnection, media: Path, before: int) -> int:
    """Unlink sealed files older than ``before`` (``disk_time``) that no row knows: left by a crash, readable by nobody."""
    swept = 0
    for shard in sorted(media.iterdir()) if media.exists() else []:
        known = {blob for (blob,) in cur.execute("SELECT id FROM blobs WHERE starts_with(id, ?)", [shard.name]).fetchall()}
        for file in os.scandir(shard):
            if file.name not in known and file.stat().st_mtime_ns < before:
                Path(file.path).unlink(missing_ok=True)
                swept += 1
    return swept


def next_of(file: Path) -> Path:
    """Where a rewritten file is made before it takes the old one's place."""
    return file.with_suffix(".next")


def settle_epoch(keys: KeyStore, owner: str, file: Path, unused: Callable[[int], None] = lambda epoch: None) -> bytes:
    """The key that opens ``file``; keys of an erasure that did not finish, or did, are destroyed. ``unused`` is told of the former."""
    epochs = keys.epochs(owner)
    if not epochs:
        return keys.key(owner)
    next_of(file).unlink(missing_ok=True)
    if len(epochs) == 1 or not file.exists():
        return epochs[0][1]
    right = next((epoch for epoch, key in epochs if opens(file, key)), None)
    if right is None:
        raise Error(f"The file {file.name} is damaged: restore it from a backup.")
    for epoch, _ in epochs:
        if epoch > right:
            unused(epoch)
        if epoch != right:
            keys.destroy_epoch(owner, epoch)
    if right == epochs[0][0]:
        file.with_suffix(".journal").unlink(missing_ok=True)
        wal_of(file).unlink(missing_ok=True)
    return dict(epochs)[right]


def rewrite(
    keys: KeyStore,
    owner: str,
    file: Path,
    copy: Callable[[duckdb.DuckDBPyConnection], Found],
    before: Callable[[int], None] = lambda epoch: None,
    epoch: int = 1,
) -> Found:
    """Rewrite a closed, checkpointed file under a new key: ``copy`` brings what stays from ``old`` into the default database.

    The rename decides: before it the old file and key are as they were, after it the old key is worth nothing. ``before``
    is called just ahead of it with the number of the new epoch, which is at least ``epoch``.
    """
    (old_epoch, old), (new_epoch, new) = keys.epochs(owner)[0], keys.create(owner, epoch)
    fresh = next_of(file)
    fresh.unlink(missing_ok=True)
    con = instance(file.parent / "spill")
    try:
        attach(con, file, old, options="READ_ONLY", name="old")
        attach(con, fresh, new)
        con.execute("USE d")
        found = copy(con)
        con.execute("CHECKPOINT d")
    finally:
        con.close()
    _sync(fresh)
    before(new_epoch)
    fresh.rename(file)
    sync_folder(file.parent)
    keys.destroy_epoch(owner, old_epoch)
    file.with_suffix(".journal").unlink(missing_ok=True)
    shutil.rmtree(file.parent / "quarantine", ignore_errors=True)
    return found


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
