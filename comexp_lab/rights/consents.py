"""What somebody agreed to, took back or objected to, and so: may data be used for a purpose, now or at some time past?

Entries of the ledger, never changed. ``closed`` is the one question that is asked at every use. A consent (ISO/IEC TS
27560:2023) holds for the text that was shown, until it is withdrawn, expires, or a material version of the policy changes
its purpose. Withdrawing does not make what was done before unlawful (GDPR Art. 7(3)): every question can be asked of a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import get_args
from uuid import uuid4

from comexp_lab.api import (
    ConsentIn,
    ConsentRecord,
    ConsentStatus,
    Controller,
    DatasetPurpose,
    Objection,
    OptOut,
    Purpose,
)
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.rights import purposes, receipts
from comexp_lab.rights.ledger import Entry, Ledger
from comexp_lab.rights.policies import Policies
from comexp_lab.rights.recall import Recall

GIVEN, WITHDRAWN = "consent given", "consent withdrawn"
OBJECTED, LIFTED = "objection", "objection lifted"
OPTED_OUT = "opt-out recorded"
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"
NOT_OPEN: dict[ConsentStatus, str] = {
    "never given": "it needs your consent, which you have not given.",
    "withdrawn": "you withdrew your consent.",
    "expired": "your consent has expired.",
    "needs renewal": "the policy changed since you agreed: read the new one and say yes again, or leave it.",
}


class Consents:
    """``subject`` is a random id of the owner, ``product`` the one whose policy he is shown. Thread-safe."""

    def __init__(
        self,
        ledger: Ledger,
        policies: Policies,
        subject: str,
        controller: Controller,
        product: str = "comexp",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger, self._policies, self._subject, self._controller = ledger, policies, subject, controller
        self._product, self._clock, self._lock = product, clock, threading.RLock()
        self._recall = Recall(ledger, GIVEN, WITHDRAWN, OBJECTED, LIFTED, OPTED_OUT)

    # ---- consent: nothing is on until somebody says so ----
    def give(self, purpose: Purpose, how: ConsentIn | None = None) -> ConsentRecord:
        """Say yes to the newest text; a former consent is renewed.

        Raises BadInput if the purpose does not rest on consent, Conflict if another text was shown than the newest.
        """
        how = how or ConsentIn()
        _require_consent(purpose)
        if how.expiry is not None and _utc(how.expiry) <= self._clock():
            raise BadInput("A consent cannot have expired before it is given.")
        policy = self._policies.latest(self._product)
        language, _ = self._policies.text(policy.id, how.language)
        text = policy.texts[language].sha256
        if how.sha256 not in (None, text):
            raise Conflict("The policy changed since it was shown to you: read it again first.")
        facts = {
            "consent": uuid4().hex,
            "schema": SCHEMA,
            "purposes": [purpose],
            "policy": policy.id,
            "language": language,
            "sha256": text,
            "notice": purposes.notice_id(purpose, how.language),
            "method": how.method,
            "jurisdiction": how.jurisdiction,
            "expiry": _utc(how.expiry).isoformat() if how.expiry else None,
        }
        private = {"subject": self._subject, "controller": self._controller.model_dump(), "evidence": how.evidence}
        with self._lock:
            former = self._last(purpose, None)
            facts["renews"] = former.facts["consent"] if former else None
            entry = self._ledger.append(GIVEN, facts, private=private, scope=f"consent:{facts['consent']}")
        return self._record(entry)

    def withdraw(self, purpose: Purpose, how: ConsentIn | None = None) -> ConsentRecord | None:
        """Take consent back, at once and without a reason; as easy as giving it. None if there was nothing to take back."""
        how = how or ConsentIn()
        _require_consent(purpose)
        with self._lock:
            given = self._last(purpose, None)
            if given is None:
                return None
            if self._withdrawn(given, None) is None:
                facts = {"consent": given.facts["consent"], "purposes": [purpose], "method": how.method}
                evidence = {"evidence": how.evidence} if how.evidence else None
                self._ledger.append(WITHDRAWN, facts, private=evidence, scope=f"consent:{facts['consent']}")
        return self.record(given.facts["consent"])

    def state(self, purpose: Purpose, at: datetime | None = None) -> ConsentStatus:
        """Where the consent for a purpose stood then; now by default."""
        given = self._last(purpose, at)
        if given is None:
            return "never given"
        then, expiry = at or self._clock(), given.facts["expiry"]
        if self._withdrawn(given, at):
            return "withdrawn"
        if expiry is not None and datetime.fromisoformat(expiry) <= then:
            return "expired"
        return "needs renewal" if self._changed(purpose, given.facts["policy"], then) else "given"

    def needs_renewal(self) -> list[Purpose]:
        """Purposes that stand still because the policy changed after somebody agreed to them."""
        return [
            row.purpose for row in purposes.register().values() if row.basis == "consent" and self.state(row.purpose) == "needs renewal"
        ]

    def given_since(self, purpose: Purpose, n: int) -> bool:
        """Whether consent was given after entry ``n`` of the ledger, and stands."""
        given = self._last(purpose, None)
        return given is not None and given.n > n and self.state(purpose) == "given"

    def records(self) -> list[ConsentRecord]:
        """All consents ever given, oldest first."""
        return [self._record(entry) for entry in self._ledger.entries(GIVEN)]

    def record(self, id: str) -> ConsentRecord:
        """Raises NotFound."""
        for record in self.records():
            if record.id == id:
                return record
        raise NotFound("There is no such consent.")

    def receipt(self, id: str) -> str:
        """A consent as JSON-LD for the person who gave it: ISO/IEC TS 27560 in the terms of the Data Privacy Vocabulary."""
        return receipts.receipt(self.record(id), self._controller, self._clock())

    # ---- objection ----
    def object_to(self, purpose: Purpose, dataset: str | None = None) -> Objection:
        """Close a purpose, for one dataset (its id) or altogether. Raises BadInput where there is no objection, with the reason."""
        row = purposes.register()[purpose]
        if row.objection == "none":
            raise BadInput(row.needed)
        if dataset is not None and purpose not in get_args(DatasetPurpose):
            raise BadInput(f"The purpose {purpose!r} is not about a dataset: object to it altogether.")
        with self._lock:
            standing = self._objection(purpose, dataset, None)
            entry = standing or self._ledger.append(OBJECTED, {"purpose": purpose, "dataset": dataset})
        return Objection(purpose=purpose, dataset=dataset, since=entry.at)

    def lift_objection(self, purpose: Purpose, dataset: str | None = None) -> None:
        """Open it again. A consent that a purpose needs is not given by this."""
        with self._lock:
            if self._objection(purpose, dataset, None):
                self._ledger.append(LIFTED, {"purpose": purpose, "dataset": dataset})

    def objections(self) -> list[Objection]:
        """Those that stand."""
        asked = dict.fromkeys((e.facts["purpose"], e.facts["dataset"]) for e in self._entries(OBJECTED, at=None))
        standing = [(purpose, dataset, self._objection(purpose, dataset, None)) for purpose, dataset in asked]
        return [Objection(purpose=purpose, dataset=dataset, since=entry.at) for purpose, dataset, entry in standing if entry]

    # ---- opt-out of sale ----
    def opt_out_signal(self, header: str = "1") -> OptOut:
        """What the header ``Sec-GPC`` says (Global Privacy Control: only "1" says anything), or a click. It is kept and confirmed."""
        with self._lock:
            if header.strip() == "1" and not self.opt_out().opted_out:
                self._ledger.append(OPTED_OUT, {"signal": "gpc"})
        return self.opt_out()

    def opt_out(self) -> OptOut:
        since = next((entry.at for entry in self._entries(OPTED_OUT, at=None)), None)
        return OptOut(opted_out=since is not None, since=since, text="opted out, nothing sold" if since else "nothing is sold")

    # ---- at use time ----
    def open_purposes(self, dataset: str | None = None, at: datetime | None = None) -> dict[Purpose, str | None]:
        """Each purpose with None if it is open, or the reason why it is closed: for a dataset, or for the account."""
        return {purpose: self.closed(dataset, purpose, at) for purpose in purposes.register()}

    def closed(self, dataset: str | None, purpose: Purpose, at: datetime | None = None) -> str | None:
        """Why a purpose is closed now (or was closed then), in plain words; None if it is open."""
        row = purposes.register()[purpose]
        if row.objection != "none":
            if any(self._objection(purpose, scope, at) for scope in {None, dataset}):
                return "you objected to it. Lift the objection under Data rights to go on."
            if self._untold(purpose, at or self._clock()):
                return "the policy changed, and you were not told yet."
        if row.basis == "consent" and (state := self.state(purpose, at)) != "given":
            return NOT_OPEN[state]
        return None

    def lawful_at(self, purpose: Purpose, at: datetime, dataset: str | None = None) -> bool:
        """Whether data could be used for a purpose at that time. What comes later does not change the answer."""
        return self.closed(dataset, purpose, at) is None

    # ---- folds ----
    def _entries(self, *kinds: str, at: datetime | None) -> Iterator[Entry]:
        return (entry for entry in self._recall() if entry.kind in kinds and (at is None or entry.at <= at))

    def _last(self, purpose: Purpose, at: datetime | None) -> Entry | None:
        found = [entry for entry in self._entries(GIVEN, at=at) if purpose in entry.facts["purposes"]]
        return found[-1] if found else None

    def _withdrawn(self, given: Entry, at: datetime | None) -> datetime | None:
        """When it was taken back; that also ends those it renewed."""
        later = (entry for entry in self._entries(WITHDRAWN, at=at) if entry.n > given.n)
        return next((entry.at for entry in later if set(entry.facts["purposes"]) & set(given.facts["purposes"])), None)

    def _objection(self, purpose: Purpose, dataset: str | None, at: datetime | None) -> Entry | None:
        """The objection that stands, if one does."""
        found = None
        for entry in self._entries(OBJECTED, LIFTED, at=at):
            if (entry.facts["purpose"], entry.facts["dataset"]) == (purpose, dataset):
                found = entry if entry.kind == OBJECTED else None
        return found

    def _changed(self, purpose: Purpose, policy: str, then: datetime) -> bool:
        """Whether a material version, newer than the policy agreed to, applied to a purpose then."""
        changes = [change for change in self._policies.changes() if purpose in change.purposes and change.applies <= then]
        return any(self._policies.newer(change.policy, than=policy) for change in changes)

    def _untold(self, purpose: Purpose, then: datetime) -> bool:
        changes = [change for change in self._policies.changes() if purpose in change.purposes and change.published <= then]
        return any(change.told is None or change.told > then for change in changes)

    def _record(self, given: Entry) -> ConsentRecord:
        facts, private = given.facts, given.private or {}
        return ConsentRecord(
            id=facts["consent"],
            schema_version=facts["schema"],
            subject=private.get("subject", "erased"),
            controller=private.get("controller", {}).get("name", self._controller.name),
            purposes=facts["purposes"],
            policy=facts["policy"],
            language=facts["language"],
            sha256=facts["sha256"],
            notice=facts["notice"],
            method=facts["method"],
            given=given.at,
            expiry=facts["expiry"],
            withdrawn=self._withdrawn(given, None),
            evidence=private.get("evidence"),
            jurisdiction=facts["jurisdiction"],
            renews=facts["renews"],
        )


def _require_consent(purpose: Purpose) -> None:
    basis = purposes.register()[purpose].basis
    if basis != "consent":
        raise BadInput(f"The purpose {purpose!r} rests on {basis}, not on consent: there is nothing to agree to or take back.")


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
