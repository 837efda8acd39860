"""``lab.rights``: what is stored, take it away, destroy it with proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import (
    ArchiveIn,
    ErasurePlanIn,
    Inventory,
    RestoreIn,
    RestoreReport,
    RunOut,
)
from comexp_lab.client.connection import Connection, body
from comexp_lab.client.rights.erasing import Plan
from comexp_lab.client.run import Run
from comexp_lab.client.show import size, table

if TYPE_CHECKING:
    from comexp_lab.client.dataset import Dataset


class InventoryTable(Inventory):
    """What is stored, by kind."""

    def _repr_html_(self) -> str:
        rows = [[row.name, row.kind, row.items, size(row.bytes) if row.bytes else "", row.where] for row in self.rows]
        return table(f"Stored: {size(self.bytes)}", ["dataset", "what", "items", "bytes", "where"], rows)


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
