"""What is stored and for how long, and the archive that takes everything away and brings it back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from comexp_lab.api.base import Model
from comexp_lab.api.rights.consents import Basis, Words


class InventoryRow(Model):
    dataset: str | None
    name: str
    kind: str
    where: str
    items: int
    bytes: int


class Inventory(Model):
    rows: list[InventoryRow]
    bytes: int


class RetentionRow(Model):
    """How long a kind of data is kept from ``start`` on, and what happens then: it is destroyed, its personal part is, or it stays."""

    kind: str
    words: Words
    basis: Basis
    amount: int | None = None
    unit: Literal["minute", "day", "month", "year"] | None = None
    start: str
    action: Literal["destroy", "forget", "keep"]
    setting: str = Field("", description="What an operator may set to change the term.")
    source: str


class ArchiveIn(Model):
    datasets: list[str] | None = None
    path: str | None = None


class RestoreIn(Model):
    """An archive to bring back in: a finished upload or (over the unix socket only) a path."""

    path: str | None = None
    upload: str | None = None
    rename: dict[str, str] = Field(default_factory=dict, description="Other names for datasets whose names are taken: old name to new.")


class RestoreReport(Model):
    """What came back. ``datasets``: name to the new id."""

    datasets: dict[str, str]
    models: int
    runs: int
    files: int
    bytes: int
    seconds: float
    made: str = Field(description="When the archive was made.")
    public_key: str = Field(description="The key that signed the archive (hex).")
