"""An erasure: what would go, how far it is, and its proof."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from comexp_lab.api.base import Model
from comexp_lab.api.rights.certificate import ErasureCertificate
from comexp_lab.api.rights.stored import InventoryRow

ErasureWhat = Literal["dataset", "samples", "class", "email", "account"]


class ErasurePlanIn(Model):
    """What is to go. ``samples`` and ``class_name`` belong to ``dataset``; ``models``: what becomes of those that saw it."""

    what: ErasureWhat = "dataset"
    dataset: str | None = None
    samples: list[int] = Field(default_factory=list, max_length=1_000_000)
    class_name: str | None = None
    models: Literal["delete", "retrain"] = "delete"
    request: str | None = Field(None, description="The request that it answers.")
    to: str | None = Field(
        None,
        max_length=10_000,
        description="Only a name (of the dataset, class or sample), the text or the address goes: this takes its place.",
    )
    text: str | None = Field(
        None,
        max_length=10_000,
        description="What ``to`` corrects: this text, wherever it stands in labels of the dataset, class or samples. None: their name.",
    )
    attribute: str | None = Field(None, description="Only where it stands in this attribute of labels.")


class ErasurePlan(Model):
    """What would go, what becomes of the models that saw it, what stays and why. Nothing is touched before it is confirmed."""

    id: str
    what: ErasureWhat
    dataset: str | None
    name: str
    rows: list[InventoryRow]
    models: list[str]
    retrain: list[str] = Field(default_factory=list, description="Those of the models that are trained anew without it.")
    runs: list[str]
    files: int = 0
    stays: list[str] = Field(default_factory=list)
    bytes: int
    confirm_text: str
    hash: str
    correction: bool = Field(False, description="Only a former name, text or address goes; another takes its place.")
    stale: list[str] = Field(default_factory=list, description="What was made before a correction and still has the former value.")


class ErasureExecute(Model):
    hash: str
    confirm: str = Field(description="The plan's hash, or its ``confirm_text`` as typed by the user.")


ErasureStatus = Literal["fenced", "unreadable", "verifying", "certified"]


class ErasureOut(Model):
    """How far an erasure is. From ``unreadable`` on nobody can read it; ``trouble`` says what keeps it from being certified.

    ``destroyed``: ids of the datasets of which nothing stays.
    """

    id: str
    what: ErasureWhat
    dataset: str | None
    status: ErasureStatus
    message: str
    intended: str
    unreadable: str | None
    request: str | None
    trouble: str = ""
    certificate: ErasureCertificate | None = None
    correction: bool = False
    destroyed: list[str] = Field([])
