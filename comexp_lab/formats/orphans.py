"""Blobs that an import of a killed service left in the vault: their keys were never written, so nobody can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comexp_lab.store.scrub import unlisted

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore


def remove_orphans(dataset: DatasetStore) -> int:
    """Remove blobs that the dataset does not list and that are older than this process; how many."""
    orphans = unlisted(dataset.vault, set(dataset.read("SELECT id FROM blobs")["id"].to_pylist()))
    for blob in orphans:
        dataset.vault.delete(blob)
    return len(orphans)
