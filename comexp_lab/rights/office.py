"""All rights of the owner of a workspace, in one place: each is one call, does what it says at once, and leaves a request behind.

A request that is answered at once is in the ledger like any other, with its clocks, so that what was promised can be shown.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from comexp_lab.api import (
    ConsentIn,
    ConsentRecord,
    ErasureOut,
    ErasurePlan,
    ErasurePlanIn,
    LedgerLine,
    Purpose,
    PurposeState,
    RequestIn,
    RequestOut,
    RequestType,
    TreeHead,
)
from comexp_lab.errors import Conflict, Error
from comexp_lab.rights import calendars, controller, daily, erasure, ledger, mail, policies, purposes, replies, smtp, surroundings, telling
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.erasure import Erasures
from comexp_lab.rights.letters import Letters
from comexp_lab.rights.requests import NEXT, Requests
from comexp_lab.rights.retention import Retention
from comexp_lab.rights.usage import Usage
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

COPIES = ("access", "portability")
TOLD_AT_ONCE = ("know", "complaint")  # what is collected and how it is used; where to complain
AT_ONCE = ("restriction", "objection", "withdrawal", "opt_out")
DECIDED = ("planned", "partial")
WAITING = ("received", "identity asked", "verified", *DECIDED)
ENDED = ("identity failed", "closed", "cancelled")
UNANSWERED = ("verified", "planned", "partial", "building")
STEPS: Mapping[str, tuple[str, ...]] = {  # of an erasure: the steps of a request that they are
    "unreadable": ("key destroyed",),
    "swept": ("swept", "rewritten"),
    "searched": ("rebuilt", "scanning"),
}
CORRECTING: Mapping[str, tuple[str, ...]] = {"unreadable": ("applied", "rewritten"), "searched": ("scanning",)}  # of a rectification


class Hands(erasure.Hands, Protocol):
    def stop_purpose(self, purpose: Purpose, dataset: str | None) -> None:
        """End what uses a dataset (None: any) for a purpose that was closed."""

    def let_go(self, dataset: str) -> None:
        """An ephemeral dataset ends: end what uses it, and remove what is kept for it elsewhere."""

    def freeze(self, dataset: str) -> None:
        """End all work on a frozen dataset but its owner's own exports, and what FiftyOne shows of it."""


class Office:
    """``hands`` reach what lies above: jobs, FiftyOne, the owner's folders."""

    def __init__(self, workspace: Workspace, hands: Hands) -> None:
        self._workspace, self._hands, self._deciding = workspace, hands, threading.Lock()
        self.ledger = ledger.of(workspace)
        self.requests = Requests(self.ledger)
        self.policies = policies.registered(self.ledger, workspace.notices)
        self.controller = controller.controller()
        self.consents = Consents(self.ledger, self.policies, workspace.id, self.controller)
        self.mail_server = smtp.from_environment()
        self.letters = Letters(self.ledger, self.consents, self.controller, mail.pepper(workspace.keys), self.mail_server)
        self.erasures = Erasures(workspace, _Reach(hands, self))
        self.logs = {log.folder.name: log for log in daily.of(workspace)}
        self.retention = Retention(workspace, self.ledger, self.requests, self.consents, self.logs, lambda dataset: hands.let_go(dataset))
        self.letters.held = lambda: any(map(_of_address, self._blocking()))
        workspace.closed = self.consents.closed

    def start(self) -> None:
        """Go on with what a crash interrupted."""
        self.erasures.resume()
        for each in reversed(self.requests.list()):
            self._resume(each)
        self.letters.tell_former()
        try:
            self.policies.enforce(self.letters.tell)
        except Error as error:
            self._workspace.notices.append(error.detail)

    def _resume(self, asked: RequestOut) -> None:
        """What is done at once when it is asked for is done now, if a crash came in between."""
        if asked.state == "received":
            asked = self._proved(asked.id)
        if asked.type in TOLD_AT_ONCE and asked.state in (*UNANSWERED, "ready"):
            self._answered(asked.id)
        elif asked.type in COPIES and asked.state == "ready":
            self.requests.close(asked.id)
        elif asked.type in AT_ONCE and asked.state in ("planned", "applied"):  # it was done first, and written then
            self._close_applied(asked.id)
        elif asked.frozen:
            if (about := self._about(asked)) and not any(map(self._restricted, about)):
                self._release([], asked)  # it was lifted
        elif asked.state in ("received", "verified") and _blocks(asked) and self.requests.written(asked.id):
            self._block(asked)

    # ---- take away ----
    @contextmanager
    def copying(self, datasets: list[str] | None) -> Iterator[dict[str, Any]]:
        """While an archive of these datasets (None: of everything) is made: it answers who asked for a copy. Takes what it holds."""
        targets = [f"dataset:{self._workspace.dataset(each, 'access').id}" for each in datasets] if datasets else ["account"]
        asked = [each.id for each in self.requests.list() if each.type in COPIES and each.target in targets and each.state in UNANSWERED]
        requests = asked or [self._received("portability", target).id for target in targets]
        for each in requests:
            with suppress(Conflict):  # an archive that could not be finished was begun already
                self.requests.assess(each, "planned")
            self.requests.record(each, "building")
        counts = dict[str, Any]()
        yield counts
        for each in requests:
            self.requests.record(each, "ready")
            self.requests.close(each, done=telling.counts({kind: items for kind, items in counts.items() if type(items) is int}))

    def usage(self, actions: Collection[str]) -> Usage:
        """What counts usage events; ``actions`` are the names of what the service can be asked to do."""
        pepper = mail.pepper(self._workspace.keys)
        return Usage(self.logs["usage events"], pepper, lambda: self.consents.closed(None, "usage"), actions)

    def flush(self) -> None:
        """Write what waits in logs."""
        for log in self.logs.values():
            log.flush()

    # ---- destroy ----
    def plan(self, wanted: ErasurePlanIn) -> ErasurePlan:
        calendars.load()  # now, so that nobody waits for it between his word and the keys' end
        return self.erasures.plan(wanted)

    def erase(self, plan: str, digest: str, confirm: str) -> ErasureOut:
        """Carry out a plan; the request that it answers is made if there is none. Raises Conflict, BadInput, NotFound."""
        with self._deciding:  # two that are confirmed at once are two requests
            if plan in {each.id for each in self.erasures.all()}:
                return self.erasures.get(plan)
            what = self.erasures.check(plan, digest, confirm)
            request = what.request or self._received(*self._behind(what, digest)).id
            self.requests.assess(request, "planned", plan=digest)  # raises Conflict if it was answered, cancelled or confirmed already
            return self.erasures.execute(plan, digest, confirm, request)

    def _behind(self, wanted: ErasurePlanIn, plan: str) -> tuple[RequestType, str]:
        """The type and target of the request behind a plan that was confirmed without one: after a crash it is the same one."""
        if wanted.what in ("email", "account"):
            return "erasure" if wanted.to is None else "rectification", wanted.what
        if wanted.to is None:
            return "erasure", f"dataset:{wanted.dataset}" + (f":{plan[:8]}" if wanted.what != "dataset" else "")
        busy = {each.target for each in self.requests.list() if each.state not in (*ENDED, *WAITING)}
        targets = (f"dataset:{wanted.dataset}:{wanted.what if wanted.text is None else 'text'}-{number}" for number in count(1))
        return "rectification", next(target for target in targets if target not in busy)  # which says nothing about the value

    def recorded(self, told: ErasureOut) -> None:
        """Keep the request of an erasure up with it."""
        if told.request is None:
            return
        done = self.erasures.steps(told.id)
        if self.requests.get(told.request).state in DECIDED:  # here, so that nothing is ever confirmed that no erasure follows
            self.requests.confirm(told.request, self.erasures.plan_of(told.id))
        known = self.requests.get(told.request)
        for step, events in (CORRECTING if told.correction else STEPS).items():
            for event in events if step in done else ():
                if not _happened(known, event):
                    self.requests.record(told.request, event)  # type: ignore[arg-type]
        if told.certificate:  # each once, also after a crash in between
            if self.requests.get(told.request).state == "verifying":
                digest = hashlib.sha256(canonical(told.certificate.model_dump(mode="json"))).hexdigest()
                self.requests.record(told.request, "certified", certificate=digest)
            self._lift(self.requests.get(told.request))
            self.requests.close(told.request, done=telling.counts(told.certificate.body["counts"]))
            if told.correction:
                self.ledger.forget(f"request:{told.request}")  # the former value may be in what was written
            else:
                self.letters.tell("data erased", {"certificate": told.id}, f"erased-{told.id}")

    # ---- freeze ----
    def freeze(self, dataset: str) -> RequestOut:
        """Keep a dataset and do nothing else with it (GDPR Art. 18; blocking, 152-FZ Art. 21(1))."""
        store = self._workspace.dataset(dataset, "store")
        self._workspace.restrict_dataset(store.id)
        self._hands.freeze(store.id)
        return self._applied("restriction", f"dataset:{store.id}")

    def unfreeze(self, dataset: str) -> None:
        """The owner lifts it; he is told before (GDPR Art. 18(3))."""
        self._release([self._workspace.dataset(dataset, "store").id])

    # ---- object, agree, withdraw ----
    def object_to(self, purpose: Purpose, dataset: str | None = None) -> RequestOut:
        """Close a purpose, at once. Raises BadInput where one cannot object, with the reason."""
        id = self._workspace.dataset(dataset, "store").id if dataset else None
        self.consents.object_to(purpose, id)
        self._hands.stop_purpose(purpose, id)
        return self._applied("objection", f"purpose:{purpose}")

    def lift_objection(self, purpose: Purpose, dataset: str | None = None) -> None:
        self.consents.lift_objection(purpose, self._workspace.dataset(dataset, "store").id if dataset else None)

    def agree(self, purpose: Purpose, how: ConsentIn) -> ConsentRecord:
        return self.consents.give(purpose, how)

    def withdraw(self, purpose: Purpose, how: ConsentIn) -> RequestOut | None:
        """Take consent back, at once; None if there was none."""
        if self.consents.withdraw(purpose, how) is None:
            return None
        self._hands.stop_purpose(purpose, None)
        return self._applied("withdrawal", f"purpose:{purpose}")

    def opt_out(self) -> RequestOut:
        """Neither sell nor share: nothing is sold here, which is confirmed."""
        self.consents.opt_out_signal("1")
        return self._applied("opt_out", "account")

    def heed(self, signal: str) -> None:
        """A browser that says ``Sec-GPC: 1`` has opted out (Global Privacy Control; 11 CCR §7025), once."""
        if signal.strip() == "1" and not self.consents.opt_out().opted_out:
            self.opt_out()

    def purposes(self) -> list[PurposeState]:
        """What data is used for, on which basis, and whether that is open now."""
        closed, objections = self.consents.open_purposes(), self.consents.objections()
        return [
            PurposeState(
                **row.model_dump(),
                closed=closed[name],
                consent=self.consents.state(name) if row.basis == "consent" else None,
                objections=[each.dataset for each in objections if each.purpose == name],
                notices={language: purposes.notice_id(name, language) for language in ("en", "ru", "zh")},
            )
            for name, row in purposes.register().items()
        ]

    # ---- ask ----
    def submit(self, asked: RequestIn) -> RequestOut:
        """A request in writing. The data is frozen until it is answered, where a law wants that from this moment on, or the person does."""
        made = self._proved(self.requests.submit(asked, written=True).id)
        if _blocks(made) or (asked.freeze and asked.type in ("rectification", "erasure")):
            self._block(made)
        return self._answered(made.id) if asked.type in TOLD_AT_ONCE else self.requests.get(made.id)

    def cancel(self, id: str) -> RequestOut:
        """The person takes a request back; what was frozen for it is in use again. Raises NotFound, Conflict."""
        asked = self.requests.get(id)
        if (asked.type, asked.state, "cancelled") in NEXT:
            self._lift(asked)
        return self.requests.cancel(id)

    def _proved(self, id: str) -> RequestOut:
        """The owner is signed in, so his identity is proved with it."""
        with suppress(Error):
            self.requests.acknowledge(id)
            self.requests.prove(id, reauthenticated=True)
        return self.requests.get(id)

    def _block(self, asked: RequestOut) -> None:
        """Freeze what an open request is about, once: what the person lifts stays lifted. Of the address: no letters that can wait."""
        about = self._about(asked)
        if asked.state in ENDED or not (about or _of_address(asked)) or _happened(asked, "frozen"):
            return
        for dataset in about:
            self._workspace.restrict_dataset(dataset)
            self._hands.freeze(dataset)
        self.requests.record(asked.id, "frozen")

    def _lift(self, asked: RequestOut) -> None:
        """What was frozen for a request that ends is used again, unless another request or the owner wants it frozen."""
        if not asked.frozen:
            return
        others = {dataset for each in self._blocking() if each.id != asked.id for dataset in self._about(each)}
        self._release([each for each in self._about(asked) if each not in others and not self._wished(each)], asked)

    def _release(self, datasets: list[str], ended: RequestOut | None = None) -> None:
        """Use datasets again, the person told before; a request of which nothing is frozen any more, or that ``ended``, freezes no more."""
        frozen = [each for each in datasets if self._restricted(each)]
        if frozen or (ended and _of_address(ended)):
            self.letters.tell("restriction ends", {"date": telling.today()}, f"unfrozen-{uuid4().hex}")
        for each in frozen:
            self._workspace.restrict_dataset(each, False)
            self.ledger.append("restriction lifted", {"dataset": each})
        for request in self._blocking():
            about = self._about(request)
            if (ended and request.id == ended.id) or (not set(about).isdisjoint(datasets) and not any(map(self._restricted, about))):
                with suppress(Conflict):  # the work has begun
                    self.requests.record(request.id, "unfrozen")

    def _blocking(self) -> list[RequestOut]:
        """Open requests for which something is frozen."""
        return [each for each in self.requests.list() if each.frozen and each.state not in ENDED]

    def _about(self, asked: RequestOut) -> list[str]:
        """The ids of the datasets that a request is about, of those that are there."""
        return [each.id for each in self._workspace.datasets() if asked.target == "account" or each.id == _dataset(asked)]

    def _restricted(self, dataset: str) -> bool:
        return self._workspace.dataset(dataset, "store").restricted

    def _wished(self, dataset: str) -> bool:
        """Whether the owner froze a dataset for its own sake, and did not lift it since."""
        lifted = [entry.at for entry in self.ledger.entries("restriction lifted") if entry.facts["dataset"] == dataset]
        asked = [each for each in self.requests.list() if each.type == "restriction" and _dataset(each) == dataset]
        return any(each.answer and each.answer.outcome == "done" and (not lifted or each.answer.at > max(lifted)) for each in asked)

    def happened(self, most: int = 200) -> tuple[TreeHead, list[LedgerLine]]:
        """The ledger in plain words, newest first."""
        entries = list(self.ledger.entries())[-most:]
        return self.ledger.head(), [LedgerLine(n=each.n, at=each.at, text=telling.line(each)) for each in reversed(entries)]

    def _answered(self, id: str) -> RequestOut:
        """What is asked in it stands in every reply."""
        with suppress(Conflict):  # a complaint is closed without these
            self.requests.assess(id, "planned")
            self.requests.record(id, "building")
            self.requests.record(id, "ready")
        return self.requests.close(id)

    def _received(self, type: RequestType, target: str) -> RequestOut:
        return self._proved(self.requests.submit(RequestIn(type=type, target=target, key=uuid4())).id)

    def _applied(self, type: RequestType, target: str) -> RequestOut:
        """The request behind something that was done at once."""
        return self._close_applied(self._received(type, target).id)

    def _close_applied(self, id: str) -> RequestOut:
        with suppress(Conflict):
            self.requests.assess(id, "planned")
        with suppress(Conflict):
            self.requests.record(id, "applied")
        return self.requests.close(id)


class _Reach:
    """What the engine needs: the hands, and the owner's address; what it tells is recorded first."""

    def __init__(self, hands: Hands, office: Office) -> None:
        self._hands, self._office = hands, office

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None:
        self._hands.stop(dataset, runs)

    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        self._hands.retrain(trainings)

    def places(self) -> list[surroundings.Place]:
        return self._hands.places()

    def email(self) -> str | None:
        return self._office.letters.address()

    def correct_email(self, address: str) -> None:
        self._office.letters.correct_address(address)

    def forget_email(self) -> None:
        self._office.letters.forget_address()

    def tell(self, told: ErasureOut) -> None:
        self._office.recorded(told)
        self._hands.tell(told)


def _blocks(asked: RequestOut) -> bool:
    """Whether data is frozen from the moment that this is asked: to freeze it; by 152-FZ Art. 21(1), to correct it."""
    return asked.type == "restriction" or (asked.type == "rectification" and "ru152" in asked.regimes)


def _dataset(asked: RequestOut) -> str:
    """The id of the dataset that a request is about; empty if it is about none."""
    about, _, rest = asked.target.partition(":")
    return rest.partition(":")[0] if about == "dataset" else ""


def _of_address(asked: RequestOut) -> bool:
    """Whether a request is about the e-mail address, alone or with everything."""
    return asked.target in ("email", "account")


def _happened(asked: RequestOut, event: str) -> bool:
    return any(each.text == replies.EVENTS[event] for each in asked.log)
