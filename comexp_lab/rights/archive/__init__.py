"""Everything that is stored, as one archive that other tools can read.

A BagIt 1.0 bag (RFC 8493) in a zip: original bytes of all media, labels as COCO JSON, and tables of classes, runs and
models. ``manifest-sha256.txt`` lists every file; a missing medium fails the archive instead of being left out.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ExportIn

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class Bag:
    """Writes payload files and remembers their checksums."""

    def __init__(self, target: Path) -> None:
        self._zip = zipfile.ZipFile(target, "x", compression=zipfile.ZIP_STORED, allowZip64=True)
        self._sums: list[str] = []
        self.bytes = 0

    def add(self, name: str, data: bytes) -> None:
        self._sums.append(f"{hashlib.sha256(data).hexdigest()}  data/{name}")
        self._zip.writestr(f"data/{name}", data)
        self.bytes += len(data)

    def close(self) -> int:
        self._zip.writestr("bagit.txt", BAGIT)
        self._zip.writestr("bag-info.txt", f"Payload-Oxum: {self.bytes}.{len(self._sums)}\n")
        self._zip.writestr("manifest-sha256.txt", "\n".join(self._sums) + "\n")
        self._zip.close()
        return len(self._sums)


def safe(name: str) -> str:
    """A file name that unpacks inside its folder on every system."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join("".join("_" if c in ':*?"<>|' or ord(c) < 32 else c for c in part) for part in parts) or "unnamed"


def write_archive(
    workspace: Workspace, datasets: list[str] | None, target: Path, decoder: Any, progress: Callable[[float, str], None]
) -> dict[str, Any]:
    """Write the archive to ``target`` (a new .zip) and return counts. Chosen datasets only, or everything."""
    bag = Bag(target)
    chosen = [workspace.dataset(entry.id, "access") for entry in workspace.datasets() if datasets is None or entry.id in datasets]
    for index, store in enumerate(chosen):
        for done in _dataset(bag, store, decoder):
            progress((index + done) / len(chosen), f"Archiving {store.name}")
    for table in ("runs", "models", "run_metrics"):
        if datasets is None:
            rows = workspace.catalog.read(f"SELECT * FROM {table}")
            bag.add(f"{table}.json", json.dumps(rows, indent=1, default=str).encode())
    if datasets is None:
        _models(bag, workspace)
    files = bag.close()
    progress(1.0, "Done")
    return {"datasets": len(chosen), "files": files, "bytes": bag.bytes}


def _dataset(bag: Bag, store: DatasetStore, decoder: Any) -> Iterator[float]:
    """Add one dataset; yields how far it is, 0 to 1."""
    folder = safe(store.name)
    rows = store.read(
        "SELECT s.name, s.blob, b.key, s.until IS NULL AS shown FROM samples s JOIN blobs b ON b.id = s.blob"
        " WHERE s.until IS NULL OR s.until = 0 ORDER BY s.id"
    ).to_pylist()
    for done, row in enumerate(rows):
        place = "media" if row["shown"] else "as-uploaded"  # pictures that were turned upright are kept as they came, too
        bag.add(f"{folder}/{place}/{safe(row['name'])}", store.vault.get(row["blob"], row["key"]))
        yield done / (len(rows) + 1)
    bag.add(f"{folder}/labels-coco.json", _coco(store, decoder))
    for table in ("classes", "samples", "labels", "history", "versions"):
        columns = "* EXCLUDE (blob, thumb)" if table == "samples" else "*"
        bag.add(f"{folder}/{table}.parquet", _parquet(store, f"SELECT {columns} FROM {table}"))


def _coco(store: DatasetStore, decoder: Any) -> bytes:
    from comexp_lab.formats.exporting import label_files

    wanted = ExportIn(format="coco", media=False, states=["suggested", "accepted", "rejected"])
    return next(iter(label_files(store, wanted, decoder).values()))


def _parquet(store: DatasetStore, sql: str) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(store.read(sql), out, compression="zstd")
    return out.getvalue()


def _models(bag: Bag, workspace: Workspace) -> None:
    rows = workspace.catalog.read("SELECT m.name, m.id, b.id AS blob, b.key FROM models m JOIN blobs b ON b.id = m.blob")
    for row in rows:
        bag.add(f"models/{safe(row['name'])}-{row['id'][:8]}.safetensors", workspace.vault.get(row["blob"], row["key"]))
