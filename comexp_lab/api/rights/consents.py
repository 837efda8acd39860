"""Purposes, policies, consents and objections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from comexp_lab.api.base import Model, Purpose

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


class PurposeState(PurposeOut):
    """A purpose as it stands: ``closed`` is the reason why it may not be used now; ``objections`` name datasets, None is all."""

    closed: str | None
    consent: ConsentStatus | None
    objections: list[str | None]
    notices: dict[Language, str]


class Controller(Model):
    """Who decides about the data, and how to reach him."""

    name: str = Field(pattern=r"^[^\r\n]+$")
    contact: str = Field(pattern=r"^[^\r\n]+$")
    address: str = Field(default="", pattern=r"^[^\r\n]*$")


class Privacy(Model):
    """Who answers for the data here, his number in Roskomnadzor's register if he has one, and the policy in force."""

    controller: Controller
    registration: str
    policy: str


class FormField(Model):
    """``words``: why it is asked, and what follows if it is not given."""

    name: str
    required: bool
    words: Words


class FormOut(Model):
    """A form in which somebody gives data; ``notices`` names the words that he reads, by language."""

    form: str
    purpose: Purpose
    notices: dict[Language, str]
    fields: list[FormField]


class PolicyText(Model):
    file: str
    sha256: str
    translator: str = ""


class PolicyTextOut(Model):
    id: str
    language: Language
    text: str


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
