"""Messages about rights: what is stored, requests and their clocks, erasure and its proof, consents, letters."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from comexp_lab.api.base import Model


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


class ErasurePlanIn(Model):
    dataset: str


class ErasurePlan(Model):
    id: str
    dataset: str
    name: str
    rows: list[InventoryRow]
    models: list[str]
    runs: list[str]
    bytes: int
    confirm_text: str
    hash: str


class ErasureExecute(Model):
    hash: str
    confirm: str = Field(description="The plan's hash, or the dataset's name as typed by the user.")


class ErasureCertificate(Model):
    """Signed proof that a dataset was destroyed; ``signature`` is Ed25519 over the canonical JSON of ``body``."""

    body: dict[str, Any]
    signature: str
    public_key: str


class ArchiveIn(Model):
    datasets: list[str] | None = None
    path: str | None = None


class TreeHead(Model):
    """The signed state of the ledger: how many entries, the root of the Merkle tree over them (RFC 9162), when."""

    size: int
    root: str
    at: str
    signature: str
    public_key: str
