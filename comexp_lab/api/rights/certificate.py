"""The signed certificate of an erasure, and the ledger that holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from comexp_lab.api.base import Model


class ErasureCertificate(Model):
    """Signed proof that a dataset was destroyed; ``signature`` is Ed25519 over the canonical JSON of ``body``."""

    body: dict[str, Any]
    signature: str
    public_key: str


class TreeHead(Model):
    """The signed state of the ledger: how many entries, the root of the Merkle tree over them (RFC 9162), when."""

    size: int
    root: str
    at: str
    signature: str
    public_key: str


class LedgerLine(Model):
    n: int
    at: datetime
    text: str


class History(Model):
    """What happened, newest first, and the signed head of the ledger that holds it."""

    head: TreeHead
    lines: list[LedgerLine]


# What a certificate may say: random ids, digests, plain words of the product, numbers, times. No address, no path of a user.
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_RandomId = Annotated[str, Field(pattern=r"^[0-9a-f][0-9a-f-]{7,63}$")]
_Words = Annotated[str, Field(pattern=r"^[A-Za-z][^@/\\\n]*$")]
_Place = Annotated[str, Field(pattern=r"^[^@/\\\n][^@\\\n]*$")]  # of the data map, or a path below one: never absolute
_Text = Annotated[str, Field(pattern=r"^[^@\n]+$")]
_Count = Annotated[int, Field(ge=0)]


class DestroyedKey(Model):
    id: _RandomId
    at: AwareDatetime


class CertificateTimes(Model):
    requested: AwareDatetime
    intended: AwareDatetime
    unreadable: AwareDatetime
    certified: AwareDatetime


class ScanProof(Model):
    """What looked for remains, where, and whether it had found the same needles before the erasure (the positive control)."""

    version: _Text
    roots: list[_Place]
    files: _Count
    bytes: _Count
    control: bool
    needles: _Count
    hits: _Count


class Exempt(Model):
    """Something that was not erased, on which basis, and until when."""

    what: _Text
    basis: _Text
    until: _Text


class TouchedModels(Model):
    deleted: list[_RandomId]
    retrained: list[_RandomId]


class CertificateFacts(Model):
    """What an erasure did."""

    what: Literal["dataset", "samples", "class", "email", "account", "correction"]
    subject: _RandomId | None = Field(description="The dataset's id; None if the erasure concerns the account.")
    workspace: _RandomId
    request: _RandomId | None
    plan: _Digest
    counts: dict[_Words, _Count]
    bytes: _Count
    destroyed: list[DestroyedKey]
    method: _Text
    times: CertificateTimes
    checks: dict[_Words, bool]
    scan: ScanProof
    exceptions: list[Exempt]
    backups: _Text
    models: TouchedModels
    recipients: list[_Text]
    remedies: list[_Text]


class CertificateBody(CertificateFacts):
    """With the proof that the ledger holds it: the entry as it is written there, a signed tree head, the path between them."""

    entry: str
    head: TreeHead
    inclusion: dict[str, Any]


class Operator(Model):
    """Who answers for the processing (152-FZ), as the act of destruction names him; ``person`` and ``post`` sign it."""

    name: str = ""
    address: str = ""
    registration: str = ""
    contact: str = ""
    person: str = ""
    post: str = ""
    processor: str = "не привлекалось, данные обрабатывал сам оператор"
