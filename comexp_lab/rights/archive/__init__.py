"""Everything that is stored, as one archive that other tools can read: access (GDPR Art. 15) and portability (Art. 20).

A BagIt 1.0 bag (RFC 8493) in a zip, described by RO-Crate and signed; what lies where in it says its README.txt
(``telling.README``). It is written as a stream. What cannot be read fails the archive and is named, and then nothing is left of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from comexp_lab import bag as bags
from comexp_lab.errors import NotFound
from comexp_lab.rights import ledger
from comexp_lab.rights.archive import datasets as one
from comexp_lab.rights.archive import shared, telling
from comexp_lab.rights.archive.names import single
from comexp_lab.rights.archive.writing import Bag, Sealed, complete, piped
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.rights.consents import Consents
    from comexp_lab.store import DatasetStore, Workspace

__all__ = ["archive_pieces", "write_archive"]

Progress = Callable[[float, str], None]


def write_archive(
    workspace: Workspace, datasets: list[str] | None, target: Path, progress: Progress, consents: Consents | None = None
) -> dict[str, Any]:
    """Write the archive to ``target`` (a new .zip) and return counts. Chosen datasets only, or everything.

    ``consents`` gives the receipts; what was agreed to is in the ledger anyway.
    """
    with complete(target) as file:
        return _write(workspace, datasets, file, single(target.stem), progress, consents)


def archive_pieces(
    workspace: Workspace, datasets: list[str] | None, told: dict[str, Any], progress: Progress, consents: Consents | None = None
) -> Iterator[bytes]:
    """The same as a stream, for the vault or the wire; ``told`` gets the counts at the end."""

    def write(file: BinaryIO) -> None:
        told.update(_write(workspace, datasets, file, "my-data", progress, consents))

    return piped(write)


def _write(
    workspace: Workspace, datasets: list[str] | None, file: BinaryIO, root: str, progress: Progress, consents: Consents | None
) -> dict[str, Any]:
    log, at = ledger.of(workspace), datetime.now(UTC)
    stores = [workspace.dataset(entry.id, "access") for entry in workspace.datasets() if datasets is None or entry.id in datasets]
    if datasets and (unknown := set(datasets) - {store.id for store in stores}):
        raise NotFound(f"There is no dataset {sorted(unknown)[0]!r}: see the list of datasets.")
    steps = _Steps(stores, progress)
    with Bag(file, root) as bag:
        told = [found for store in stores for each in one.add_dataset(bag, store) if (found := steps.after(store.name, each))]
        for part in (shared.add_models(bag, workspace, datasets), shared.add_runs(bag, workspace, datasets)):
            for each in part:
                steps.after("models and runs", each)
        if datasets is None:
            for each in shared.add_uploads(bag, workspace):
                steps.after("uploads", each)
            shared.add_account(bag, workspace, log.public_key)
            shared.add_ledger(bag, log.entries())
            shared.add_logs(bag, workspace)
            if consents is not None:
                shared.add_receipts(bag, consents)
        return _finish(bag, workspace, log, at, told)


def _finish(bag: Bag, workspace: Workspace, log: ledger.Ledger, at: datetime, told: list[one.Told]) -> dict[str, Any]:
    from comexp_lab import __version__

    bag.tag("bag-info.txt", telling.bag_info(bag, at, __version__))
    bag.tag("README.txt", telling.readme(bag.root, at, told))
    bag.tag("ro-crate-metadata.json", telling.crate(bag, at, told))

    def sign(files: dict[str, str]) -> bytes:
        body = {"what": "archive", "format": bags.FORMAT, "workspace": workspace.id, "made": shared.stamp(at), "files": files}
        return json.dumps({"body": body, "signature": log.sign(canonical(body)), "public_key": log.public_key}, indent=1).encode()

    bag.close(sign)
    return {"datasets": len(told), "files": len(bag.sums), "bytes": bag.size}


class _Steps:
    """Tells how far it is, by the bytes of the media."""

    def __init__(self, stores: list[DatasetStore], progress: Progress) -> None:
        query = "SELECT coalesce(sum(bytes), 0)::BIGINT AS n FROM blobs"
        self._total = max(sum(store.read(query)["n"][0].as_py() for store in stores), 1)
        self._progress, self._done, self._count = progress, 0, 0

    def after(self, what: str, each: Sealed | one.Told) -> one.Told | None:
        if isinstance(each, one.Told):
            return each
        self._done, self._count = self._done + each.bytes, self._count + 1
        if self._count % 20 == 1:
            self._progress(min(self._done / self._total, 0.99), f"{what}: {self._count:,} files")
        return None
