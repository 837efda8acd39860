"""``lab.rights``: what is stored, take it away, destroy it with proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import (
    ArchiveIn,
    ErasureCertificate,
    ErasureExecute,
    ErasurePlan,
    ErasurePlanIn,
    Inventory,
    RestoreIn,
    RestoreReport,
    RunOut,
)
from comexp_lab.client.connection import Connection, body
from comexp_lab.client.run import Run
from comexp_lab.client.show import size, table
from comexp_lab.verify import verify_text

if TYPE_CHECKING:
    from comexp_lab.client.dataset import Dataset


class Proof(ErasureCertificate):
    """The signed certificate of an erasure."""

    def verify(self) -> bool:
        """True if the certificate is genuine and unchanged; raises BadInput otherwise. Needs no service."""
        verify_text(self.model_dump_json())
        return True

    def save(self, path: str | Path) -> Path:
        target = Path(path).expanduser().absolute()
        target.write_text(self.model_dump_json(indent=1))
        return target

    def _repr_html_(self) -> str:
        checks = [[name, "yes" if good else "NO"] for name, good in self.body["checks"].items()]
        return table(f"Erased: {self.body['what']}, unreadable since {self.body['times']['unreadable']}", ["check", ""], checks)


class InventoryTable(Inventory):
    """What is stored, by kind."""

    def _repr_html_(self) -> str:
        rows = [[row.name, row.kind, row.items, size(row.bytes) if row.bytes else "", row.where] for row in self.rows]
        return table(f"Stored: {size(self.bytes)}", ["dataset", "what", "items", "bytes", "where"], rows)


class Plan(ErasurePlan):
    """What an erasure would destroy. Nothing is touched before ``plan.execute(confirm=plan.hash)``."""

    _connection: Connection

    def execute(self, confirm: str) -> Proof:
        wanted = body(ErasureExecute, hash=self.hash, confirm=confirm)
        return self._connection.send("POST", f"/rights/erasures/{self.id}/execute", wanted, Proof)

    def _repr_html_(self) -> str:
        rows: list[list[Any]] = [[row.kind, row.items, size(row.bytes) if row.bytes else "", row.where] for row in self.rows]
        rows += [["model trained on it", 1, "", name] for name in self.models]
        return table(f"Erasing {self.name} destroys {size(self.bytes)}", ["what", "items", "bytes", "where"], rows)


class Rights:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def inventory(self) -> InventoryTable:
        """What is stored, by kind, with counts, bytes and where."""
        return self._connection.get("/rights/inventory", InventoryTable)

    def export(self, path: str | Path) -> dict[str, Any]:
        """Everything that is stored, as one archive with checksums (BagIt)."""
        wanted = body(ArchiveIn, path=str(Path(path).expanduser().absolute()))
        return Run(self._connection, self._connection.send("POST", "/rights/archive", wanted, RunOut)).show().result

    def restore(self, path: str | Path, rename: dict[str, str] | None = None) -> RestoreReport:
        """Bring an archive back in; ``rename`` gives datasets another name. Conflict if a name is taken."""
        wanted = body(RestoreIn, path=str(Path(path).expanduser().absolute()), rename=rename or {})
        run = Run(self._connection, self._connection.send("POST", "/rights/restore", wanted, RunOut))
        return RestoreReport.model_validate(run.show().result)

    def plan_erasure(self, dataset: Dataset | str) -> Plan:
        """A dry run of erasing a dataset (or the one of that name) for good."""
        wanted = body(ErasurePlanIn, dataset=dataset if isinstance(dataset, str) else dataset.id)
        plan = self._connection.send("POST", "/rights/erasures", wanted, Plan)
        plan._connection = self._connection
        return plan

    def _repr_html_(self) -> str:
        return self.inventory._repr_html_()
