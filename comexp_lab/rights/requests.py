"""What a person asks for: a request is its entries in the ledger, its state a fold over them, its clocks computed from them.

What may happen when is the table MOVES, nothing else. Facts in clear are ids, times, counts and words of closed lists; what the
person wrote is sealed under "request:<id>" and can be forgotten alone: the state and the log remain.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from comexp_lab.api import (
    CITATION,
    RequestAnswer,
    RequestDeadline,
    RequestEvent,
    RequestIn,
    RequestKept,
    RequestOut,
    RequestState,
    RequestStep,
    RequestType,
)
from comexp_lab.errors import BadInput, Conflict, NotAllowed, NotFound
from comexp_lab.rights import clocks, replies
from comexp_lab.rights.authorities import REMEDIES, remedies
from comexp_lab.rights.ledger import Entry, Ledger
from comexp_lab.rights.redacting import struck

TRIES = 5
TOKEN_LIFE = timedelta(hours=24)

ANY = " ".join(sorted(clocks.REQUESTS))
COPY = "access portability know"
SWITCH = "restriction objection withdrawal opt_out"
DESTROY = "rectification erasure"  # these change files: confirmed against a plan, checked, certified
UNPROVED = "opt_out complaint"  # nobody has to prove who they are

# types; states; event; the state after it ("" the same). States with a blank in them are written with an underscore.
MOVES = (
    (ANY, "received identity_asked verified planned partial", "acknowledged", ""),
    (ANY, "received identity_asked", "identity asked", "identity asked"),
    (ANY, "received identity_asked", "identity proved", "verified"),
    (ANY, "identity_asked", "identity mistaken", ""),
    (ANY, "identity_asked", "identity failed", "identity failed"),
    (ANY, "verified planned partial", "planned", "planned"),
    (ANY, "verified planned partial", "partial", "partial"),
    (ANY, "verified planned partial identity_asked identity_failed", "denied", "denied"),
    (UNPROVED, "received", "planned", "planned"),
    (UNPROVED, "received", "partial", "partial"),
    (UNPROVED, "received", "denied", "denied"),
    (ANY, "received identity_asked verified planned partial", "extended", ""),
    (ANY, "verified planned partial", "frozen", ""),
    (ANY, "verified planned partial denied", "unfrozen", ""),
    (ANY, "received identity_asked identity_failed verified planned partial", "cancelled", "cancelled"),
    (COPY, "building ready", "extended", ""),
    (COPY, "building ready", "cancelled", "cancelled"),
    (COPY, "planned partial building", "building", "building"),
    (COPY, "building", "ready", "ready"),
    (COPY, "ready", "archive erased", ""),
    (SWITCH, "verified planned partial", "applied", "applied"),
    (SWITCH, "applied", "extended", ""),
    (SWITCH, "applied", "unfrozen", ""),
    ("withdrawal", "applied", "certified", "certified"),
    (DESTROY, "planned partial", "confirmed", "fenced"),
    (DESTROY, "verifying", "scanning", ""),
    (DESTROY, "verifying", "certified", "certified"),
    ("rectification", "fenced applied rewritten verifying", "applied", "applied"),  # done again after a crash, it is checked again
    ("rectification", "applied rewritten verifying", "rewritten", "rewritten"),
    ("rectification", "rewritten", "scanning", "verifying"),
    ("rectification", "verifying", "traces found", "applied"),
    ("rectification", "fenced applied rewritten verifying", "store refused", ""),
    ("rectification", "fenced applied rewritten verifying", "extended", ""),
    ("rectification", "applied rewritten verifying certified", "unfrozen", ""),
    ("erasure", "fenced unreadable verifying", "store refused", ""),
    ("erasure", "fenced unreadable verifying", "extended", ""),
    ("erasure", "fenced unreadable verifying", "key destroyed", "unreadable"),
    ("erasure", "unreadable verifying", "swept", "unreadable"),
    ("erasure", "unreadable verifying", "rewritten", "unreadable"),
    ("erasure", "unreadable verifying", "rebuilt", "unreadable"),
    ("erasure", "unreadable", "scanning", "verifying"),
    ("erasure", "verifying", "traces found", "unreadable"),
    (ANY, "denied", "closed", "closed"),
    (COPY, "ready", "closed", "closed"),
    (SWITCH, "applied", "closed", "closed"),
    ("withdrawal", "certified", "closed", "closed"),
    (DESTROY, "certified", "closed", "closed"),
    ("complaint", "received verified planned partial", "closed", "closed"),
)
NEXT: Mapping[tuple[str, str, str], str] = {
    (type_, state.replace("_", " "), event): after or state.replace("_", " ")
    for types, states, event, after in MOVES
    for type_ in types.split()
    for state in states.split()
}
OVER = frozenset({"denied", "identity failed", "certified", "closed", "cancelled"})  # asking again is a new request

CLOCK_EVENTS = {
    "submitted": "received",
    "acknowledged": "acknowledged",
    "identity asked": "identity asked",
    "identity proved": "identity proved",
    "extended": "extension noticed",
    "planned": "granted",
    "partial": "refused",
    "denied": "refused",
    "frozen": "frozen",
    "applied": "applied",
    "key destroyed": "destroyed",
    "certified": "certified",
    "closed": "answered",
    "cancelled": "cancelled",
}
DECISIONS = frozenset({"granted", "refused"})
OUTCOMES = {"planned": "done", "partial": "partly done", "denied": "denied"}
KINDS = tuple(f"request {event}" for event in replies.EVENTS)


@dataclass
class _Request:
    id: str
    type: RequestType
    target: str
    received: datetime
    at: datetime
    regimes: set[str] = field(default_factory=set)
    state: str = "received"
    acknowledged: bool = False
    confirmed: bool = False
    frozen: bool = False
    sealed: bool = False
    written: bool = False
    token: str = ""
    expires: datetime | None = None
    tries: int = 0
    facts: dict[str, Any] = field(default_factory=dict)  # of the last decision and the answer
    events: list[clocks.Event] = field(default_factory=list)
    log: list[tuple[datetime, str]] = field(default_factory=list)

    def fold(self, event: str, at: datetime, facts: Mapping[str, Any]) -> None:
        self.at = at = max(at, self.at)  # a clock that was set back gives nobody time
        self.state = NEXT.get((self.type, self.state, event), self.state)
        self.log.append((at, replies.EVENTS[event].format(type=replies.TYPES[self.type], basis=facts.get("basis", ""))))
        if what := CLOCK_EVENTS.get(event):
            if what in DECISIONS:
                self.events = [each for each in self.events if each.what not in DECISIONS]
            self.events.append(clocks.Event(what, at, reasons=event == "extended"))
        match event:
            case "submitted" | "repeated":
                self.regimes |= set(facts["regimes"])
                self.written |= facts.get("written", False)
            case "acknowledged":
                self.acknowledged = True
            case "identity asked":
                self.token, self.expires = facts["token"], datetime.fromisoformat(facts["expires"])
            case "identity mistaken" | "identity failed":
                self.tries += 1
            case "confirmed":
                self.confirmed = True
            case "frozen" | "unfrozen":
                self.frozen = event == "frozen"
            case "planned" | "partial" | "denied":
                self.facts = dict(facts)
            case "certified" | "closed":
                self.facts |= facts

    @property
    def matter(self) -> str:
        topic = self.target.removeprefix("purpose:")
        return self.type if topic == self.target else f"{self.type}:{topic}"

    def deadlines(self, *more: clocks.Event) -> list[clocks.Deadline]:
        return clocks.deadlines(self.matter, self.regimes, [*self.events, *more])


class Requests:
    """The requests of one ledger; nobody else writes entries of their kinds."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._ledger, self._clock, self._lock = ledger, clock, threading.RLock()
        self._requests: dict[str, _Request] = {}
        self._keys: dict[str, str] = {}
        for entry in ledger.entries(*KINDS):
            self._take(entry)

    def submit(self, asked: RequestIn, written: bool = False) -> RequestOut:
        """Starts all clocks. The same key is the same request; the same wish, still open, is answered together with this one.

        ``written``: asked for in writing, not behind something that is done at once.
        """
        key = asked.key.hex
        facts: dict[str, Any] = {"key": key, "regimes": sorted({*asked.regimes, "comexp"} if asked.regimes else clocks.REGIMES - {"trex"})}
        facts |= {"written": True} if written else {}
        private = {"words": struck(asked.words)} if asked.words else None
        with self._lock:
            if known := self._requests.get(self._keys.get(key, "")):
                if (known.type, known.target) != (asked.type, asked.target):
                    raise Conflict("This key belongs to another request: make a new one for a new request.")
                return self.get(known.id)
            for same in self._requests.values():
                if (same.type, same.target) == (asked.type, asked.target) and same.state not in OVER:
                    self._write(same.id, "repeated", facts, private)
                    return self.get(same.id)
            id_ = uuid.uuid4().hex
            self._write(id_, "submitted", facts | {"type": asked.type, "target": asked.target}, private)
            return self.get(id_)

    def acknowledge(self, id: str) -> RequestOut:
        with self._lock:
            return self.get(id) if self._of(id).acknowledged else self._do(id, "acknowledged")

    def challenge(self, id: str, session: str = "") -> str:
        """A token that proves once, within a day, who the person is; to be sent where only they can read it. A former one is void."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            facts = {"token": _digest(session, token), "expires": (self._clock() + TOKEN_LIFE).isoformat()}
            self._do(id, "identity asked", facts)
        return token

    def prove(self, id: str, token: str = "", *, session: str = "", reauthenticated: bool = False) -> RequestOut:
        """With the token of a challenge made in the same session, or because the caller has just seen the person sign in again."""
        with self._lock:
            request = self._of(id)
            self._may(request, "identity proved")
            if not reauthenticated:
                if request.expires is None:
                    raise Conflict("No challenge was made for this request: make one first.")
                if not hmac.compare_digest(request.token, _digest(session, token)):
                    last = request.tries + 1 >= TRIES
                    self._do(id, "identity failed" if last else "identity mistaken")
                    raise NotAllowed("This token does not prove anything." + ("" if last else f" {TRIES - request.tries} tries are left."))
                if self._clock() > request.expires:
                    raise Conflict("This token has expired: ask for a new one.")
            return self._do(id, "identity proved")

    def assess(
        self,
        id: str,
        outcome: Literal["planned", "partial", "denied"],
        *,
        plan: str = "",
        basis: str = "",
        remedies: Sequence[str] = (),
        kept: Iterable[RequestKept] = (),
        reasons: str = "",
    ) -> RequestOut:
        """Decide: all, a part or nothing. ``basis`` cites the law, ``remedies`` names the regimes of the authorities to complain to."""
        kept = list(kept)
        with self._lock:
            request = self._of(id)
            self._may(request, outcome)
            if outcome != "planned" and not (basis and remedies):
                raise BadInput("A refusal must say on what legal basis, and where the person can complain.")
            if basis and not (len(basis) <= 200 and re.fullmatch(CITATION, basis)):
                raise BadInput("The basis is a citation of law; what you say in your own words goes into reasons.")
            if not set(remedies) <= {remedy.regime for remedy in REMEDIES}:
                raise BadInput(f"There is no authority for one of: {', '.join(remedies)}.")
            if outcome == "partial" and not kept:
                raise BadInput("A partial answer must list what is left out, on what basis and until when.")
            if request.type in DESTROY.split() and outcome != "denied" and not re.fullmatch("[0-9a-f]{16,128}", plan):
                raise BadInput("What changes or destroys data needs the hash of its plan.")
            facts = {
                "outcome": outcome,
                "plan": plan,
                "basis": basis,
                "remedies": sorted(set(remedies)),
                "kept": [each.model_dump(mode="json") for each in kept] if outcome == "partial" else [],
            }
            return self._do(id, outcome, facts, {"words": {"reasons": reasons}} if reasons else None)

    def confirm(self, id: str, plan: str) -> RequestOut:
        """The person's last word on a plan, after which nothing can be cancelled. Once confirmed, the same plan changes nothing."""
        with self._lock:
            request = self._of(id)
            if request.confirmed and request.facts.get("plan") == plan:
                return self.get(id)
            self._may(request, "confirmed")
            if request.facts.get("plan") != plan:
                raise Conflict("The plan has changed since you saw it: look at the new one and confirm that.")
            return self._do(id, "confirmed", {"plan": plan})

    def extend(self, id: str, reasons: str) -> RequestOut:
        """More time, where a rule gives it and its first deadline has not passed; the reasons go to the person."""
        with self._lock:
            request = self._of(id)
            self._may(request, "extended")
            if not reasons.strip():
                raise BadInput("An extension needs reasons that the person can read.")
            before = {each.rule.id for each in request.deadlines() if each.extended}
            now = clocks.Event("extension noticed", max(self._clock(), request.at), reasons=True)
            if {each.rule.id for each in request.deadlines(now) if each.extended} <= before:
                raise Conflict("No law gives more time for this request now: answer it by the date it has.")
            return self._do(id, "extended", {}, {"words": {"why it takes longer": reasons}})

    def record(self, id: str, step: RequestStep, *, counts: Mapping[str, int] | None = None, certificate: str = "") -> RequestOut:
        """A step of the work was done. Steps may be repeated after a crash."""
        if step == "certified" and not re.fullmatch("[0-9a-f]{64}", certificate):
            raise BadInput("Certified is what has a certificate: give its SHA-256.")
        facts: dict[str, Any] = {"counts": _counts(counts)} if counts else {}
        return self._do(id, step, facts | ({"certificate": certificate} if certificate else {}))

    def close(self, id: str, *, done: Mapping[str, int] | None = None, recipients: Sequence[str] = ()) -> RequestOut:
        """The person was answered: what was done, kind by kind, and which recipients were told."""
        with self._lock:
            if self._of(id).state == "closed":
                return self.get(id)
            if not all(re.fullmatch("[a-z0-9][a-z0-9_. -]{0,63}", name) for name in recipients):
                raise BadInput("Recipients are named as in the register: small letters, digits, dots.")
            facts = {"done": _counts(done or {}), "recipients": sorted(set(recipients))}
            return self._do(id, "closed", facts)

    def cancel(self, id: str) -> RequestOut:
        with self._lock:
            return self.get(id) if self._of(id).state == "cancelled" else self._do(id, "cancelled")

    def get(self, id: str) -> RequestOut:
        request = self._of(id)
        words: dict[str, str] = {}
        for entry in self._ledger.entries(*KINDS) if request.sealed else ():
            if entry.scope == f"request:{id}" and entry.private is not None:
                words |= entry.private["words"]
        return self._out(request, words or None)

    def list(self) -> Sequence[RequestOut]:
        """All of them, the latest first, without what the persons wrote."""
        return [self._out(request, None) for request in reversed(self._requests.values())]

    def written(self, id: str) -> bool:
        """Whether it was asked for in writing."""
        return self._of(id).written

    def _of(self, id: str) -> _Request:
        if id not in self._requests:
            raise NotFound("There is no such request.")
        return self._requests[id]

    def _may(self, request: _Request, event: str) -> None:
        if (request.type, request.state, event) in NEXT:
            return
        possible = [name for kind, state, name in NEXT if (kind, state) == (request.type, request.state)]
        now = f"Possible now: {', '.join(possible)}." if possible else "Nothing more can be done with it; a new request can be made."
        raise Conflict(f"“{event}” does not fit here. {replies.STATES[request.state]} {now}")

    def _do(self, id: str, event: str, facts: Mapping[str, Any] | None = None, private: Mapping[str, Any] | None = None) -> RequestOut:
        with self._lock:
            self._may(self._of(id), event)
            self._write(id, event, facts or {}, private)
            return self.get(id)

    def _write(self, id: str, event: str, facts: Mapping[str, Any], private: Mapping[str, Any] | None) -> None:
        self._take(self._ledger.append(f"request {event}", {"request": id, **facts}, private=private, scope=f"request:{id}"))

    def _take(self, entry: Entry) -> None:
        event, facts = entry.kind.removeprefix("request "), entry.facts
        id_ = facts["request"]
        if event == "submitted":
            self._requests[id_] = _Request(id_, facts["type"], facts["target"], entry.at, entry.at)
        if "key" in facts:
            self._keys[facts["key"]] = id_
        self._requests[id_].sealed |= entry.scope is not None
        self._requests[id_].fold(event, entry.at, facts)

    def _out(self, request: _Request, words: dict[str, str] | None) -> RequestOut:
        deadlines = request.deadlines()
        return RequestOut(
            id=request.id,
            type=request.type,
            target=request.target,
            state=cast(RequestState, request.state),
            regimes=cast("Any", sorted(request.regimes)),
            received=request.received,
            frozen=request.frozen,
            plan=request.facts.get("plan", ""),
            deadlines=[_deadline(each, request.received) for each in deadlines],
            next=_next(request, deadlines),
            log=[RequestEvent(at=at, text=text) for at, text in request.log],
            answer=_answer(request),
            certificate=request.facts.get("certificate", ""),
            words=words,
        )


def _deadline(each: clocks.Deadline, received: datetime) -> RequestDeadline:
    return RequestDeadline(
        rule=each.rule.id,
        due=each.due,
        effect=each.effect,
        extended=each.extended,
        paused=each.paused,
        met=each.met,
        source=each.rule.source,
        text=replies.duty(each.effect, each.due, received, each.rule.source),
    )


def _next(request: _Request, deadlines: Sequence[clocks.Deadline]) -> str:
    due = clocks.next_deadline(deadlines)
    if due is not None:
        return replies.duty(due.effect, due.due, request.received, due.rule.source)
    return "prove who you are: until then the clock stands still" if any(each.paused for each in deadlines) else "nothing is left to do"


def _answer(request: _Request) -> RequestAnswer | None:
    if request.state not in {"closed", "cancelled"}:
        return None
    facts = request.facts
    outcome = "cancelled" if request.state == "cancelled" else OUTCOMES[facts.get("outcome", "planned")]
    return RequestAnswer(
        outcome=cast(Any, outcome),
        at=request.at,
        done=facts.get("done", {}),
        kept=facts.get("kept", []),
        basis=facts.get("basis", ""),
        recipients=facts.get("recipients", []),
        remedies=remedies(request.regimes | set(facts.get("remedies", ()))),
    )


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts go into the log in clear, so their names are words of ours and their values numbers."""
    for kind, count in counts.items():
        if not re.fullmatch(r"[a-z][a-z0-9_ ]{0,63}", kind) or isinstance(count, bool) or not isinstance(count, int):
            raise BadInput(f"Not a count of a kind: {kind!r}.")
    return dict(counts)


def _digest(session: str, token: str) -> str:
    return hashlib.sha256(f"{session}\n{token}".encode()).hexdigest()
