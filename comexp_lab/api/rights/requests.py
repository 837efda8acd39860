"""Requests of ten types, their legal deadlines and their answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from comexp_lab.api.base import Model

RequestType = Literal[
    "access", "portability", "rectification", "erasure", "restriction", "objection", "withdrawal", "opt_out", "know", "complaint"
]
Regime = Literal["gdpr", "ccpa", "ru152", "cn", "comexp"]
RequestState = Literal[
    "received",
    "identity asked",
    "identity failed",
    "verified",
    "planned",
    "partial",
    "denied",
    "building",
    "ready",
    "fenced",
    "applied",
    "rewritten",
    "unreadable",
    "verifying",
    "certified",
    "closed",
    "cancelled",
]
RequestStep = Literal[
    "building",
    "ready",
    "archive erased",
    "frozen",
    "unfrozen",
    "applied",
    "rewritten",
    "key destroyed",
    "swept",
    "rebuilt",
    "store refused",
    "scanning",
    "traces found",
    "certified",
]


CITATION = r"^[\w .,;:()§№/-]+$"  # its length apart: {1,200} of all letters there are would take 20 MB to compile


class RequestIn(Model):
    type: RequestType
    target: str = Field("account", pattern=r"^[A-Za-z0-9_.:-]{1,128}$", description="account, email, dataset:<id>, purpose:<name>")
    regimes: list[Regime] = Field(default=[], description="Whose law applies; all of them if that is not known.")
    key: UUID = Field(description="Made by the asker; the same key is the same request.")
    words: dict[str, str] = Field(default={}, description="What the person wrote: contact, old and new values. Kept sealed.")
    freeze: bool = Field(
        False, description="Freeze the dataset until it is corrected or erased. To correct it by 152-FZ, or to freeze it, is always so."
    )


class RequestKept(Model):
    """What was not done, why, and until when."""

    kind: str = Field(pattern=r"^[a-z_ ]{1,64}$")
    items: int = Field(ge=0)
    basis: str = Field(pattern=CITATION, max_length=200, description="The law that demands it, as cited.")
    until: date | None


class RequestAnswer(Model):
    outcome: Literal["done", "partly done", "denied", "cancelled"]
    at: datetime
    done: dict[str, int] = Field(description="How many items of each kind.")
    kept: list[RequestKept]
    basis: str
    recipients: list[str]
    remedies: list[str]


class RequestDeadline(Model):
    rule: str
    due: datetime
    effect: str
    extended: bool
    paused: bool
    met: datetime | None
    source: str
    text: str


class RequestEvent(Model):
    at: datetime
    text: str


class RequestOut(Model):
    """``words`` is what the person wrote, as long as its key exists."""

    id: str
    type: RequestType
    target: str
    state: RequestState
    regimes: list[Regime]
    received: datetime
    frozen: bool
    plan: str
    deadlines: list[RequestDeadline]
    next: str
    log: list[RequestEvent]
    answer: RequestAnswer | None
    certificate: str
    words: dict[str, str] | None


class FreezeIn(Model):
    dataset: str
