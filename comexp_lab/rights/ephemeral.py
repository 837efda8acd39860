"""Ephemeral datasets (T-Rex Label policy, introduction): in memory only, used for annotation only, gone when they end.

Neither pictures nor results reach a disk, so what would bring them there is refused, with the reason. What the catalog says
of them (a name, runs) goes with them, and the catalog is written anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comexp_lab.errors import NotAllowed
from comexp_lab.rights import pruning

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

REASONS = {
    "train": "no model is trained on it. To fine-tune, upload the pictures to a dataset that is kept",
    "path": "it is not written to a disk. Export it without a path and download the result",
    "share": "it is shared with nobody. Upload the pictures to a dataset that is kept",
}


def refuse(store: DatasetStore, what: str) -> None:
    """Raises NotAllowed if ``what`` (a word of REASONS) would let an ephemeral dataset outlive itself."""
    if store.storage == "ephemeral":
        raise NotAllowed(f"The dataset {store.name!r} is ephemeral: {REASONS[what]}.")


def idle(workspace: Workspace) -> list[DatasetStore]:
    """Ephemeral datasets on which nothing runs."""
    busy = {row["dataset"] for row in workspace.catalog.read("SELECT DISTINCT dataset FROM runs WHERE status IN ('queued', 'running')")}
    return [store for store in workspace.stores() if store.storage == "ephemeral" and store.id not in busy]


def end(workspace: Workspace, dataset: str) -> None:
    """Forget an ephemeral dataset and what is said of it. Raises NotFound."""
    workspace.erase_dataset(dataset)
    forget_ended(workspace)


def forget_ended(workspace: Workspace) -> int:
    """Take ephemeral datasets that ended, and their runs, out of the catalog; how many."""
    catalog = workspace.catalog
    ended = [row["id"] for row in catalog.read("SELECT id FROM datasets WHERE storage = 'ephemeral'") if not workspace.holds(row["id"])]
    if not ended:
        return 0
    pruning.begin(workspace)
    runs = [row["id"] for row in catalog.read("SELECT id FROM runs WHERE dataset IN (SELECT unnest(?::VARCHAR[]))", [ended])]
    there = {row["table_name"] for row in catalog.read("SELECT table_name FROM information_schema.tables")}
    for table, column, ids in (
        *((table, "run", runs) for table in ("run_metrics", "run_log", "run_files", "workers") if table in there),
        ("runs", "id", runs),
        ("datasets", "id", ended),
    ):
        if ids:
            catalog.write(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::VARCHAR[]))", [ids])
    pruning.finish(workspace)
    return len(ended)
