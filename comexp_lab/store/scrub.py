"""Whether every stored file is there, whole and known: what a disk lost or changed is found now, not when it is missed."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from comexp_lab.api import Fault, ScrubReport
from comexp_lab.errors import BadInput, NotFound

if TYPE_CHECKING:
    from comexp_lab.store.vault import Vault
    from comexp_lab.store.workspace import Workspace

MOST_LISTED = 1000
PIECE = 4 << 20
_LISTED = "SELECT id, key, bytes FROM blobs"
_SHOWN = "SELECT DISTINCT coalesce(blob, '') AS blob, coalesce(thumb, '') AS thumb, name FROM samples"


def scrub(workspace: Workspace, progress: Callable[[float, str], None] = lambda fraction, message: None) -> ScrubReport:
    """Read every stored file of a workspace. Nothing is changed; the report lists what is missing, damaged or unknown."""
    stores = [workspace.dataset(entry.id, "store") for entry in workspace.datasets() if entry.storage == "retained"]
    parts = [_Part(store.name, store.vault, store) for store in stores]
    parts.append(_Part(None, workspace.vault, workspace.catalog))
    total = max(sum(size for part in parts for _, size in part.listed.values()), 1)
    report = ScrubReport(files=0, bytes=0, faults=[], fault_count=0)
    for part in parts:
        problems = dict[str, str]()
        for blob, (key, size) in part.listed.items():
            if key is not None and (problem := _problem(part.vault, blob, key, size)):
                problems[blob] = problem
            report.files, report.bytes = report.files + 1, report.bytes + size
            progress(min(report.bytes / total, 1.0), f"{report.files:,} files")
        still = part.fresh()  # what was erased meanwhile is no fault
        for blob, problem in problems.items():
            if blob in still:
                _tell(report, part, blob, problem)
        for blob in unlisted(part.vault, still.keys()):
            _tell(report, part, blob, "extra")
    return report


@dataclass
class _Part:
    """The vault of a dataset, or of the workspace, and the rows that say what is in it."""

    name: str | None
    vault: Vault
    rows: Any

    def __post_init__(self) -> None:
        self.listed = self.fresh()

    def fresh(self) -> dict[str, tuple[bytes | None, int]]:
        """Key and bytes of every file that is listed now; no key for an upload that still grows."""
        if self.name is None:
            rows = self.rows.read("SELECT id, key, bytes, owner FROM blobs")
            return {row["id"]: (None if row["owner"].startswith("upload:") else bytes(row["key"]), row["bytes"]) for row in rows}
        return {row["id"]: (row["key"], row["bytes"]) for row in self.rows.read(_LISTED).to_pylist()}

    def names(self, blob: str) -> list[str]:
        if self.name is None:
            return []
        found = self.rows.read(f"SELECT name FROM ({_SHOWN}) WHERE ? IN (blob, thumb) ORDER BY name LIMIT 20", [blob])
        return [str(name) for name in found["name"].to_pylist()]


def _problem(vault: Vault, blob: str, key: bytes, size: int) -> str:
    try:
        with vault.open(blob, key) as file:
            read = 0
            while piece := file.read(PIECE):
                read += len(piece)
    except NotFound:
        return "missing"
    except (BadInput, OSError):
        return "damaged"
    return "" if read == size else "damaged"


def unlisted(vault: Vault, known: Collection[str]) -> list[str]:
    """Stored files that are not ``known``, older than this process, their only owner: what is being written now is not listed yet."""
    born = psutil.Process(os.getpid()).create_time()
    return [blob for blob in vault.store.ids() if blob not in known and _older(vault, blob, born)]


def _older(vault: Vault, blob: str, born: float) -> bool:
    path = vault.path(blob)
    try:
        return path is not None and path.stat().st_mtime < born
    except FileNotFoundError:
        return False


def _tell(report: ScrubReport, part: _Part, blob: str, problem: Any) -> None:
    report.fault_count += 1
    if len(report.faults) < MOST_LISTED:
        report.faults.append(Fault(dataset=part.name, blob=blob, what=problem, samples=part.names(blob)))
