"""Messages about rights: what is stored, requests and their clocks, erasure and its proof, consents, letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from comexp_lab.api.base import Model, Purpose


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
        None, max_length=1000, description="Only the name of the sample or class, or the address, goes: this takes its place."
    )


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
    correction: bool = Field(False, description="Only a former name or address goes; another takes its place.")
    stale: list[str] = Field(default_factory=list, description="What was made before a correction and still has the former name.")


class ErasureExecute(Model):
    hash: str
    confirm: str = Field(description="The plan's hash, or its ``confirm_text`` as typed by the user.")


ErasureStatus = Literal["fenced", "unreadable", "verifying", "certified"]


class ErasureCertificate(Model):
    """Signed proof that a dataset was destroyed; ``signature`` is Ed25519 over the canonical JSON of ``body``."""

    body: dict[str, Any]
    signature: str
    public_key: str


class ErasureOut(Model):
    """How far an erasure is. From ``unreadable`` on nobody can read it; ``trouble`` says what keeps it from being certified."""

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


Language = Literal["en", "ru", "zh"]
Basis = Literal["contract", "legitimate interest", "consent", "legal duty"]
ConsentStatus = Literal["never given", "given", "needs renewal", "expired", "withdrawn"]
ConsentMethod = Literal["panel", "python", "command line", "unsubscribe link", "address erased", "in writing"]


class Words(Model):
    en: str
    ru: str
    zh: str


class PurposeOut(Model):
    """A purpose of the closed list. ``objection`` says what an objection does; ``needed``, why there is none."""

    purpose: Purpose
    words: Words
    basis: Basis
    objection: Literal["none", "closes", "absolute"]
    needed: str = ""
    source: str
    data: list[str]
    pd: list[str]
    recipients: list[str]
    retention: str
    dpv: str


class Controller(Model):
    """Who decides about the data, and how to reach him."""

    name: str = Field(pattern=r"^[^\r\n]+$")
    contact: str = Field(pattern=r"^[^\r\n]+$")
    address: str = Field(default="", pattern=r"^[^\r\n]*$")


class PolicyText(Model):
    file: str
    sha256: str
    translator: str = ""


class PolicyOut(Model):
    """A version of a policy. ``authoritative`` is the language whose text decides; it may not be among ``texts``."""

    id: str
    product: str
    version: str
    effective: date
    authoritative: Language
    material: bool
    purposes: list[Purpose]
    texts: dict[Language, PolicyText]
    published: datetime | None = None


class ConsentIn(Model):
    """How somebody says yes, or takes it back. ``sha256``: of the policy's text that was shown, if the caller knows it."""

    language: Language = "en"
    method: ConsentMethod = "panel"
    jurisdiction: str = Field(default="", pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$")
    sha256: str | None = None
    expiry: datetime | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)


class ConsentRecord(Model):
    """The fields of ISO/IEC TS 27560:2023."""

    id: str
    schema_version: str
    subject: str
    controller: str
    purposes: list[Purpose]
    policy: str
    language: Language
    sha256: str
    notice: str
    method: ConsentMethod
    given: datetime
    expiry: datetime | None
    withdrawn: datetime | None
    evidence: dict[str, Any] | None
    jurisdiction: str
    renews: str | None


class Objection(Model):
    purpose: Purpose
    dataset: str | None
    since: datetime


class OptOut(Model):
    """The answer to "do not sell or share my data" (CCPA; Global Privacy Control)."""

    opted_out: bool
    since: datetime | None
    text: str


class Notice(Model):
    """What was told in the lab itself. Without text once the account's key is destroyed."""

    id: str
    at: datetime
    template: str
    title: str | None
    text: str | None


class Letter(Model):
    """``waiting`` may say why; ``dropped`` and ``refused`` are final, like ``sent``."""

    id: str
    template: str
    queued: datetime
    status: Literal["waiting", "sent", "dropped", "refused"]
    reason: str = ""


class UnsubscribePage(Model):
    """What the address in a letter shows. Looking at it changes nothing."""

    list: Literal["marketing"]
    unsubscribed: bool


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


class PurposeState(PurposeOut):
    """A purpose as it stands: ``closed`` is the reason why it may not be used now; ``objections`` name datasets, None is all."""

    closed: str | None
    consent: ConsentStatus | None
    objections: list[str | None]
    notices: dict[Language, str]


class LedgerLine(Model):
    n: int
    at: datetime
    text: str


class History(Model):
    """What happened, newest first, and the signed head of the ledger that holds it."""

    head: TreeHead
    lines: list[LedgerLine]


class FreezeIn(Model):
    dataset: str


class EmailIn(Model):
    address: str = Field(max_length=254)
    language: Language = "en"


class EmailOut(Model):
    """The address, if one was given, and the mail to it. ``server``: whether the operator set up mail at all."""

    address: str | None
    letters: list[Letter]
    notices: list[Notice]
    server: bool


class PolicyTextOut(Model):
    id: str
    language: Language
    text: str


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
