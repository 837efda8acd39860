"""Blobs that an import of a killed service left in the vault: their keys were never written, so nobody can read them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore


def remove_orphans(dataset: DatasetStore) -> int:
    """Remove blobs that the dataset does not list and that are older than this process, its only owner; how many."""
    known = set(dataset.read("SELECT id FROM blobs")["id"].to_pylist())
    born = psutil.Process(os.getpid()).create_time()
    orphans = [blob for blob in dataset.vault.store.ids() if blob not in known and _older(dataset, blob, born)]
    for blob in orphans:
        dataset.vault.delete(blob)
    return len(orphans)


def _older(dataset: DatasetStore, blob: str, born: float) -> bool:
    path = dataset.vault.path(blob)
    try:
        return path is not None and path.stat().st_mtime < born
    except FileNotFoundError:
        return False
