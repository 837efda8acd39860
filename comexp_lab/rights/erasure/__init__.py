"""Erasing for good: plan → typed confirmation → fence → destroy the key → sweep → search → signed certificate.

Destroying the key is the commit point: before it nothing is lost, after it nothing can be read. Each step is an entry of
the ledger, written when it is done, and can be done again: a crash, or a store that refuses, is gone on from by
:meth:`Erasures.resume`. What the steps need to know is sealed in the ledger before anything is destroyed, and destroyed last.
An erasure is certified only after a search that is able to find the erased data has found nothing.

``state`` is what an erasure is, ``planning`` what it would do, ``steps`` what it does; here is its life.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from itertools import zip_longest
from typing import TYPE_CHECKING

from comexp_lab.api import ErasureCertificate, ErasureOut, ErasurePlan, ErasurePlanIn, TreeHead
from comexp_lab.errors import BadInput, Conflict, Error, NotFound
from comexp_lab.rights import certificate, ledger, remains
from comexp_lab.rights.erasure.planning import SCOPES, Planner
from comexp_lab.rights.erasure.state import Erasure, Hands, Reach, Target
from comexp_lab.rights.erasure.steps import Steps

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

__all__ = ["Erasures", "Hands", "Reach"]

INTENDED, STEP, ERASED, CERTIFIED = "erasure intended", "erasure step", "erased", "erasure certified"
FORK = "ledger forked"
STEPS = ("fenced", "unreadable", "swept", "searched")
WORKING = {
    "fenced": "Stopping what still uses it",
    "unreadable": "Destroying the key",
    "swept": "Removing files and rewriting the catalog",
    "searched": "Looking whether anything is left",
}
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 600.0
AGED = "The ledger is older than it was, from a backup perhaps: what was asked and done in its last {n} entries is not in it."
FORKED = (
    "The ledger went two ways: a backup was put back and worked with, so {n} entries that once followed the first {m} are not in it. "
    "Certificates that you saved stay valid."
)
OUT_OF_TIME = "It was certified, and then a backup from before that was restored: the certificate that you saved is valid."
log = logging.getLogger("comexp")


class Closing(Exception):
    """The lab closes: the rest is for the next start."""


class Erasures:
    """The erasures of a workspace. Thread-safe. What has to go on is fenced from the moment that this is made."""

    def __init__(self, workspace: Workspace, hands: Reach) -> None:
        self._workspace, self._hands, self._ledger = workspace, hands, ledger.of(workspace)
        self._planner = Planner(workspace, hands)
        self._steps = Steps(workspace, hands, self._planner, self._say)
        self._planned: dict[str, Target] = {}
        self._erasures: dict[str, Erasure] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._one_by_one = threading.Lock()
        self._closing = threading.Event()
        for entry in self._ledger.entries(INTENDED, STEP, ERASED, CERTIFIED):
            self._fold(entry)
        for erasure in self._erasures.values():
            if erasure.open and "unreadable" not in erasure.done and erasure.facts["what"] != "email":
                workspace.fence(erasure.facts["dataset"], True)
        self._compare_heads()

    # ---- what users ask ----
    def plan(self, wanted: ErasurePlanIn) -> ErasurePlan:
        """What would go, without touching anything. The hash pins it: if the data changes, it must be looked at again."""
        target = self._planner.target(wanted, secrets.token_hex(16))
        shown = remains.outlook(self._hands.places(), self._planner.datasets(target), self._planner.mentions(target))
        target.plan = target.plan.model_copy(update={"rows": target.plan.rows + shown})
        self._planned[target.plan.id] = target
        while len(self._planned) > 100:
            self._planned.pop(next(iter(self._planned)))
        return target.plan

    def check(self, plan: str, digest: str, confirm: str) -> ErasurePlanIn:
        """What was planned. Raises NotFound, Conflict if the data changed since, BadInput if it was not confirmed as the plan asks."""
        return self._checked(plan, digest, confirm).wanted

    def _checked(self, plan: str, digest: str, confirm: str) -> Target:
        planned = self._planned.get(plan)
        if planned is None:
            raise NotFound("There is no such plan any more: plan the erasure again.")
        current = self._planner.target(planned.wanted, plan)
        if digest != current.plan.hash:
            raise Conflict("The data changed since this plan was made: look at the plan again.")
        if confirm not in (current.plan.confirm_text, current.plan.hash):
            raise BadInput(f"To erase it for good, type the name of it exactly: {current.plan.confirm_text}")
        return current

    def execute(self, plan: str, digest: str, confirm: str, request: str | None = None) -> ErasureOut:
        """Carry out a plan; returns when nobody can read it any more, or with the trouble. The rest goes on in a thread.

        Raises what ``check`` raises. ``request`` is the one that it answers.
        """
        with self._one_by_one:
            if plan in self._erasures:
                return self.get(plan)
            erasure = self._intend(self._checked(plan, digest, confirm), request)
            self._planned.pop(plan, None)
            self._attempt(erasure, until="unreadable")
        self._in_background(erasure)
        return self._out(erasure)

    def get(self, id: str) -> ErasureOut:
        """Raises NotFound."""
        if id not in self._erasures:
            raise NotFound("There is no such erasure.")
        return self._out(self._erasures[id])

    def steps(self, id: str) -> set[str]:
        """Those that are done."""
        return set(self._erasures[id].done)

    def plan_of(self, id: str) -> str:
        """The hash of the plan that it carries out."""
        return str(self._erasures[id].facts["plan"])

    def all(self) -> list[ErasureOut]:
        """Newest first."""
        return [self._out(erasure) for erasure in reversed(self._erasures.values())]

    def resume(self) -> None:
        """Go on with what a crash interrupted or a store refused; nothing to do in the usual case."""
        for erasure in [each for each in self._erasures.values() if each.open]:
            with self._one_by_one:
                self._attempt(erasure, until="unreadable")
            erasure.again.set()
            self._in_background(erasure)

    @property
    def under_way(self) -> bool:
        return any(erasure.working for erasure in self._erasures.values())

    def wait(self, id: str) -> ErasureOut:
        """Until the rest has been done, or something keeps it from being done."""
        erasure = self._erasures[id]
        while erasure.open and (erasure.working or not erasure.trouble) and not self._closing.is_set():
            time.sleep(0.01)
        return self.get(id)

    def close(self) -> None:
        """Stop; the next start goes on."""
        self._closing.set()
        for erasure in self._erasures.values():
            erasure.again.set()
        for thread in list(self._threads.values()):
            thread.join()

    # ---- carrying out ----
    def _intend(self, target: Target, request: str | None) -> Erasure:
        """Everything that the steps need, sealed and durable, before anything is destroyed."""
        facts, secret, traces = self._planner.intent(target, request)
        erasure = self._fold(self._ledger.append(INTENDED, facts, private=secret, scope=f"erasure:{target.plan.id}"))
        erasure.traces = traces
        return erasure

    def _attempt(self, erasure: Erasure, until: str) -> bool:
        """Go on up to a step; False, with the trouble, if something keeps it from being done."""
        with erasure.lock:
            erasure.working = True
            try:
                self._go_on(erasure, until)
                erasure.trouble = ""
                return True
            except Closing:
                return True
            except Error as error:
                trouble = error.detail
            except OSError as error:
                log.warning("erasure %s", erasure.id, exc_info=error)
                trouble = f"A file cannot be removed or written ({error.strerror or type(error).__name__}): it is tried again."
            except Exception:  # the last stop: it stays unreadable, and is tried again
                log.exception("erasure %s", erasure.id)
                trouble = "Something unforeseen keeps it from being certified; it is tried again. The service's log says more."
            finally:
                erasure.working = False
            erasure.trouble = trouble
        try:
            self._say(erasure, trouble)
        except Exception:
            log.exception("erasure %s", erasure.id)
        return False

    def _go_on(self, erasure: Erasure, until: str) -> None:
        for step in STEPS[: STEPS.index(until) + 1] if erasure.certificate is None else ():
            if step not in erasure.done:
                self._say(erasure, WORKING[step])
                facts, private = getattr(self._steps, step)(erasure)
                facts = {"erasure": erasure.id, "step": step, **facts}
                self._fold(self._ledger.append(STEP, facts, private=private, scope=erasure.scope))
        if until == STEPS[-1] and erasure.open:
            self._finish(erasure)

    def _finish(self, erasure: Erasure) -> None:
        """The ledger says it is erased; the certificate holds that entry; what the steps had to know is destroyed, as the last thing."""
        if erasure.certificate is None:
            if ERASED not in erasure.done:
                self._fold(self._ledger.append(ERASED, {"erasure": erasure.id, "plan": erasure.facts["plan"]}))
            entry = next(each for each in self._ledger.entries(ERASED) if each.facts["erasure"] == erasure.id)
            signed = certificate.issue(self._workspace, self._steps.facts(erasure), entry)
            self._fold(self._ledger.append(CERTIFIED, {"erasure": erasure.id, "certificate": signed.model_dump(mode="json")}))
        if missing := self._steps.not_begun(erasure):
            self._hands.retrain(missing)
        self._say(erasure, "Erased, with a certificate")
        self._ledger.forget(erasure.scope)
        erasure.secret, erasure.traces = {}, None

    def _in_background(self, erasure: Erasure) -> None:
        """Do the rest in a thread; what is refused is tried again, with longer and longer pauses, until it is certified."""

        def work() -> None:
            pause = FIRST_WAIT_S
            while not self._attempt(erasure, until=STEPS[-1]) and not self._closing.is_set():
                erasure.again.wait(pause)
                erasure.again.clear()
                pause = min(2 * pause, LONGEST_WAIT_S)

        known = self._threads.get(erasure.id)
        if erasure.open and not self._closing.is_set() and not (known and known.is_alive()):
            erasure.again.clear()
            thread = self._threads[erasure.id] = threading.Thread(target=work, name=f"erasure {erasure.id[:8]}", daemon=True)
            thread.start()

    # ---- state ----
    def _fold(self, entry: ledger.Entry) -> Erasure:
        id = entry.facts["erasure"]
        if entry.kind == INTENDED:
            self._erasures[id] = Erasure(id, entry.facts, dict(entry.private or {}), entry.at)
        erasure = self._erasures[id]
        if entry.kind in (STEP, ERASED):
            erasure.done[entry.facts.get("step", ERASED)] = (entry.at, entry.facts)
            erasure.secret |= (entry.private or {}) if erasure.open else {}
        elif entry.kind == CERTIFIED:
            erasure.certificate = ErasureCertificate.model_validate(entry.facts["certificate"])
        return erasure

    def _compare_heads(self) -> None:
        """A ledger from a backup has lost what came after it; what it had begun then, it knows no more how to go on with."""
        if not self._notice_lost():
            self._forget_unwritten()
        for erasure in self._erasures.values():
            if erasure.certificate is None and not erasure.open:
                erasure.message = OUT_OF_TIME

    def _forget_unwritten(self) -> None:
        """A crash before an intention was written leaves the key that it would have been sealed with."""
        for owner in self._workspace.keys.owners():
            scope = owner.removeprefix("ledger/")
            if owner.startswith(SCOPES) and scope.removeprefix("erasure:") not in self._erasures:
                self._ledger.forget(scope)

    def _notice_lost(self) -> bool:
        """Say how many entries were once signed and are not in the ledger, if there are any."""
        heads = [TreeHead.model_validate(head) for head in self._workspace.tombstones.heads]
        last = [head for head, after in zip_longest(heads, heads[1:]) if after is None or after.size <= head.size]
        if all(map(self._ledger.agrees, last)):  # it goes on from each way that it went, so from all heads on them
            return False
        agreed = {head.root: self._ledger.agrees(head) for head in heads}
        lost = max((head.size for head in heads if not agreed[head.root]), default=0)
        common = max((head.size for head in heads if agreed[head.root]), default=0)
        if other := [head.size for head in heads if agreed[head.root] is False]:
            common = max((head.size for head in heads if agreed[head.root] and head.size < min(other)), default=0)
            facts = {"n": lost - common, "m": common}
            if facts not in [entry.facts for entry in self._ledger.entries(FORK)]:
                self._ledger.append(FORK, facts)
                self._workspace.notices.append(FORKED.format(**facts))
        elif lost:
            self._workspace.notices.append(AGED.format(n=lost - common))
        return True

    def _say(self, erasure: Erasure, message: str) -> None:
        if self._closing.is_set():
            raise Closing
        erasure.message = message
        self._hands.tell(self._out(erasure))

    def _out(self, erasure: Erasure) -> ErasureOut:
        done = erasure.done
        status = "verifying" if "swept" in done else "unreadable" if "unreadable" in done else "fenced"
        return ErasureOut(
            id=erasure.id,
            what=erasure.facts["what"],
            dataset=erasure.facts["dataset"],
            status="certified" if erasure.certificate else status,  # type: ignore[arg-type]
            message=erasure.message,
            intended=erasure.intended.isoformat(timespec="milliseconds"),
            request=erasure.facts["request"],
            unreadable=done["unreadable"][0].isoformat(timespec="milliseconds") if "unreadable" in done else None,
            trouble="" if erasure.certificate else erasure.trouble,
            certificate=erasure.certificate,
            correction=bool(erasure.facts.get("correction")),
            destroyed=[erasure.facts["dataset"]] if erasure.whole else list(erasure.facts.get("datasets", ())),
        )
