"""The store: encrypted DuckDB files, sealed blobs, keys. It knows nothing of what is built on it."""

from __future__ import annotations

from comexp_lab.store.blobs import FolderBlobs, ObjectBlobs
from comexp_lab.store.catalog import Catalog
from comexp_lab.store.dataset import DatasetStore
from comexp_lab.store.live import Writing
from comexp_lab.store.uploads import Upload
from comexp_lab.store.vault import Blob, Vault
from comexp_lab.store.workspace import Workspace

__all__ = ["Blob", "Catalog", "DatasetStore", "FolderBlobs", "ObjectBlobs", "Upload", "Vault", "Workspace", "Writing"]
