"""Erasing for good: plan → typed confirmation → fence → destroy the key → sweep → search → signed certificate.

Destroying the key is the commit point: before it nothing is lost, after it nothing can be read. Each step is an entry of
the ledger, written when it is done, and can be done again: a crash, or a store that refuses, is gone on from by
:meth:`Erasures.resume`. What the steps need to know is sealed in the ledger before anything is destroyed, and destroyed last.
An erasure is certified only after a search that is able to find the erased data has found nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from comexp_lab.api import (
    CertificateFacts,
    CertificateTimes,
    DestroyedKey,
    ErasureCertificate,
    ErasureOut,
    ErasurePlan,
    ErasurePlanIn,
    Exempt,
    InventoryRow,
    TouchedModels,
)
from comexp_lab.errors import BadInput, Conflict, Error, NotFound
from comexp_lab.rights import certificate, correction, ledger, lineage, remains, smtp, surroundings
from comexp_lab.rights.correction import Correction
from comexp_lab.rights.datamap import inventory
from comexp_lab.rights.inventory import class_rows, dataset_rows, sample_rows
from comexp_lab.rights.lineage import Lineage
from comexp_lab.rights.remains import Traces
from comexp_lab.store import erase as store_erase
from comexp_lab.store.erase import Doomed
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

INTENDED, STEP, ERASED, CERTIFIED = "erasure intended", "erasure step", "erased", "erasure certified"
STEPS = ("fenced", "unreadable", "swept", "searched")
WORKING = {
    "fenced": "Stopping what still uses it",
    "unreadable": "Destroying the key",
    "swept": "Removing files and rewriting the catalog",
    "searched": "Looking whether anything is left",
}
REMEDIES = ["You may complain to the data protection authority of your country, and go to court: see the list in the panel."]
BACKUPS = (
    "Backups hold ciphertext whose key is destroyed. The list of what was erased is kept outside of the workspace: "
    "when a backup is restored, it is destroyed again before anything can be read."
)
STAYS = {
    "all": "The ledger keeps random ids, counts and times of this erasure: no name, no picture, no label.",
    "labels": "Labels that one of these models suggested in other datasets stay: they are about other pictures.",
    "copies": "Files that you downloaded, or that lie in your own folders, are yours: they are not touched.",
    "stale": "What was made before with the former name still has it: make it anew, or remove it.",
    "number": "The class keeps its number, without a name, because the numbers of the others depend on it.",
}
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 600.0
SCOPES = "ledger/erasure:"  # whose keys are not counted as destroyed data: they belong to the erasures themselves
AGED = "The ledger is older than it was, from a backup perhaps: what was asked and done in its last {n} entries is not in it."
OUT_OF_TIME = "It was certified, and then a backup from before that was restored: the certificate that you saved is valid."
log = logging.getLogger("comexp")


class Hands(Protocol):
    """What the engine cannot do itself."""

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None:
        """End all work on a dataset (None: on everything) and these runs before it returns, and what FiftyOne shows of it."""

    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        """Train models anew that were deleted: on what is left, with the same settings."""

    def email(self) -> str | None:
        """The e-mail address, if there is one."""

    def correct_email(self, address: str) -> None:
        """Destroy the e-mail address, and put another in its place."""

    def forget_email(self) -> None:
        """Destroy the e-mail address and all that waits to be sent to it."""

    def places(self) -> list[surroundings.Place]:
        """Where a user of notebooks leaves copies."""

    def tell(self, erasure: ErasureOut) -> None:
        """Something changed in an erasure."""


@dataclass
class _Target:
    """An erasure that is planned."""

    wanted: ErasurePlanIn
    store: DatasetStore | None
    doomed: Doomed
    lineage: Lineage
    plan: ErasurePlan
    former: str = ""  # the name that is corrected


@dataclass
class _Erasure:
    """An erasure that was confirmed; ``secret`` is what its steps need to know, and empty when there is nothing left to do."""

    id: str
    facts: Mapping[str, Any]
    secret: dict[str, Any]
    intended: datetime
    done: dict[str, tuple[datetime, Mapping[str, Any]]] = field(default_factory=dict)
    message: str = ""
    trouble: str = ""
    certificate: ErasureCertificate | None = None
    traces: Traces | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    working: bool = False
    again: threading.Event = field(default_factory=threading.Event)

    @property
    def open(self) -> bool:
        return bool(self.secret)


class _Closing(Exception):
    """The lab closes: the rest is for the next start."""


class Erasures:
    """The erasures of a workspace. Thread-safe. What has to go on is fenced from the moment that this is made."""

    def __init__(self, workspace: Workspace, hands: Hands) -> None:
        self._workspace, self._hands, self._ledger = workspace, hands, ledger.of(workspace)
        self._planned: dict[str, _Target] = {}
        self._erasures: dict[str, _Erasure] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._one_by_one, self._searching = threading.Lock(), threading.Lock()
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
        target = self._target(wanted, secrets.token_hex(16))
        self._planned[target.plan.id] = target
        while len(self._planned) > 100:
            self._planned.pop(next(iter(self._planned)))
        return target.plan

    def check(self, plan: str, digest: str, confirm: str) -> ErasurePlanIn:
        """What was planned. Raises NotFound, Conflict if the data changed since, BadInput if it was not confirmed as the plan asks."""
        return self._checked(plan, digest, confirm).wanted

    def _checked(self, plan: str, digest: str, confirm: str) -> _Target:
        planned = self._planned.get(plan)
        if planned is None:
            raise NotFound("There is no such plan any more: plan the erasure again.")
        current = self._target(planned.wanted, plan)
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
        self._workspace.tombstones.keep_head(self._ledger.head().model_dump(mode="json"))

    # ---- planning ----
    def _target(self, wanted: ErasurePlanIn, id: str) -> _Target:
        workspace = self._workspace
        corrected: Correction | None = None
        if wanted.what in ("email", "account"):
            if wanted.to is not None:
                _check_correction(wanted)
            store, doomed = None, Doomed()
            seen = lineage.of_everything(workspace) if wanted.what == "account" else Lineage()
            rows, name = (
                inventory(workspace) if wanted.what == "account" else [],
                "everything" if wanted.what == "account" else "e-mail",
            )
            content: list[Any] = [wanted.what, [[row.kind, row.items] for row in rows if row.dataset is not None]]
        else:
            if wanted.dataset is None:
                raise BadInput("Name the dataset from which something is to be erased.")
            store = workspace.dataset(wanted.dataset, "erase")
            wanted = wanted.model_copy(update={"dataset": store.id})
            if wanted.to is not None:
                corrected = correction.plan(workspace, store, wanted)
                doomed, seen, rows, name = corrected.doomed, Lineage(), corrected.rows, corrected.former
            else:
                doomed, seen, rows, name = self._of_dataset(store, wanted)
            content = [store.id, store.revision, doomed.samples, doomed.classes]
        content += [wanted.to] if wanted.to is not None else []
        content += [seen.models, [run for run in seen.runs if self._ended(run)], wanted.models]
        named = {row["id"]: row["name"] for row in workspace.catalog.read("SELECT id, name FROM models")}
        trained = {training["model"] for training in seen.trainings}
        again = (
            [model for model in seen.models if model in trained]
            if wanted.models == "retrain" and wanted.what in ("samples", "class")
            else []
        )
        stays = [STAYS["all"], STAYS["copies"], *([STAYS["labels"]] if seen.models else []), *([STAYS["number"]] if doomed.classes else [])]
        stale = corrected.stale if corrected else []
        stays += [STAYS["stale"]] if stale else []
        return _Target(
            wanted,
            store,
            doomed,
            seen,
            ErasurePlan(
                id=id,
                what=wanted.what,
                dataset=store.id if store else None,
                name=name,
                rows=rows,
                models=[named[model] for model in seen.models],
                retrain=[named[model] for model in again],
                runs=seen.runs,
                files=len(seen.blobs),
                stays=stays,
                bytes=sum(row.bytes for row in rows) + (seen.bytes if store else 0),
                confirm_text=name,
                hash=hashlib.sha256(canonical(content)).hexdigest(),
                correction=wanted.to is not None,
                stale=stale,
            ),
            name,
        )

    def _of_dataset(self, store: DatasetStore, wanted: ErasurePlanIn) -> tuple[Doomed, Lineage, list[InventoryRow], str]:
        if wanted.what == "dataset":
            return Doomed(), lineage.of_dataset(self._workspace, store.id), dataset_rows(store), store.name
        if wanted.what == "class":
            found = next((each for each in store.classes() if each.name == wanted.class_name), None)
            if found is None:
                raise NotFound(f"There is no class {wanted.class_name!r} in {store.name!r}: see the dataset's classes.")
            return Doomed(classes=[found.id]), lineage.of_class(self._workspace, store), class_rows(store, found.id), found.name
        known = store.read("SELECT DISTINCT id FROM samples WHERE id IN (SELECT unnest(?::BIGINT[])) ORDER BY id", [wanted.samples])
        samples = known["id"].to_pylist()
        if not samples:
            raise BadInput("None of these samples is there: choose samples of the dataset.")
        return Doomed(samples), lineage.of_samples(self._workspace, store, samples), sample_rows(store, samples), store.name

    def _ended(self, run: str) -> bool:
        rows = self._workspace.catalog.read("SELECT 1 AS yes FROM runs WHERE id = ? AND status NOT IN ('queued', 'running')", [run])
        return bool(rows)

    # ---- carrying out ----
    def _intend(self, target: _Target, request: str | None) -> _Erasure:
        """Everything that the steps need, sealed and durable, before anything is destroyed."""
        plan, seen = target.plan, target.lineage
        traces = self._traces(target)
        counts: dict[str, int] = {}
        for row in plan.rows:
            counts[row.kind] = counts.get(row.kind, 0) + row.items
        facts = {
            "erasure": plan.id,
            "what": plan.what,
            "dataset": plan.dataset,
            "plan": plan.hash,
            "counts": counts,
            "bytes": plan.bytes,
            "request": request,
            "correction": plan.correction,
        }
        secret = {
            "to": target.wanted.to,
            "former": target.former,
            "sample_names": _as_json(target.doomed.sample_names),
            "class_names": _as_json(target.doomed.class_names),
            "stale": len(plan.stale),
            "samples": target.doomed.samples,
            "classes": target.doomed.classes,
            "retrain": plan.retrain,
            "keys": sorted(self._workspace.keys.ids(but=SCOPES)),
            "traces": traces.sealed() if target.store is None or target.store.storage == "retained" else Traces().sealed(),
            **self._seen(seen, plan.retrain),
        }
        entry = self._ledger.append(INTENDED, facts, private=secret, scope=f"erasure:{plan.id}")
        erasure = self._fold(entry)
        erasure.traces = traces
        return erasure

    def _seen(self, seen: Lineage, retrain: list[str]) -> dict[str, Any]:
        """What saw the data, as the steps need to know it."""
        again = [each | {"model": lineage.base_of(each, seen.trainings)} for each in seen.trainings if each["name"] in retrain]
        named = {row["id"]: row["name"] for row in self._workspace.catalog.read("SELECT id, name FROM models")}
        names = {model: named[model] for model in seen.models}
        return {"models": seen.models, "names": names, "runs": seen.runs, "blobs": seen.blobs, "trainings": again}

    def _traces(self, target: _Target) -> Traces:
        if target.plan.what == "class" or (target.plan.correction and target.store is not None):
            return Traces(names=remains.telling([target.plan.name.rpartition("/")[2]]))
        if target.plan.what == "email":
            return Traces(names=remains.telling([self._hands.email() or ""]))
        if target.store is not None:
            return remains.gather(target.store, target.doomed.samples or None)
        if target.plan.what == "account":
            stores = [self._workspace.dataset(entry.id, "erase") for entry in self._workspace.datasets()]
            found = [remains.gather(store) for store in stores[:8]]
            return Traces([data for each in found for data in each.contents[:12]], [], [name for each in found for name in each.names[:40]])
        return Traces()

    def _attempt(self, erasure: _Erasure, until: str) -> bool:
        """Go on up to a step; False, with the trouble, if something keeps it from being done."""
        with erasure.lock:
            erasure.working = True
            try:
                self._go_on(erasure, until)
                erasure.trouble = ""
                return True
            except _Closing:
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

    def _go_on(self, erasure: _Erasure, until: str) -> None:
        for step in STEPS[: STEPS.index(until) + 1] if erasure.certificate is None else ():
            if step not in erasure.done:
                self._say(erasure, WORKING[step])
                facts, private = getattr(self, f"_{step}")(erasure)
                facts = {"erasure": erasure.id, "step": step, **facts}
                self._fold(self._ledger.append(STEP, facts, private=private, scope=_scope(erasure)))
        if until == STEPS[-1] and erasure.open:
            self._finish(erasure)

    def _fenced(self, erasure: _Erasure) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Nobody begins anything new, everything under way ends; what saw the data is looked up once more, now that it is still."""
        what, dataset = erasure.facts["what"], erasure.facts["dataset"]
        if what == "email":
            return {}, None
        self._workspace.fence(dataset, True)
        self._hands.stop(dataset, self._lineage(erasure).open)
        return {}, self._seen(self._lineage(erasure), erasure.secret["retrain"])

    def _lineage(self, erasure: _Erasure) -> Lineage:
        workspace, what, dataset = self._workspace, erasure.facts["what"], erasure.facts["dataset"]
        if what == "account":
            return lineage.of_everything(workspace)
        if not workspace.holds(dataset) or erasure.facts.get("correction"):
            return Lineage()
        if what == "dataset":
            return lineage.of_dataset(workspace, dataset)
        store = workspace.dataset(dataset, "erase")
        if what == "class":
            return lineage.of_class(workspace, store)
        return lineage.of_samples(workspace, store, erasure.secret["samples"])

    def _unreadable(self, erasure: _Erasure) -> tuple[dict[str, Any], None]:
        """Destroy the keys of what goes; which, and when."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
        if what == "email" and secret.get("to"):
            self._hands.correct_email(secret["to"])
        elif what == "email":
            self._hands.forget_email()
        elif what == "account":
            workspace.shred_everything()
            self._ledger.look_again()
        else:
            workspace.tombstones.bury("model", *secret["models"])
            workspace.tombstones.bury("run", *secret["runs"])
            if what == "dataset":
                workspace.shred_dataset(dataset)
            elif workspace.has_key(dataset) or workspace.holds(dataset):
                workspace.dataset(dataset, "erase").erase_parts(_doomed(secret))
                if erasure.facts.get("correction"):
                    correction.in_catalog(workspace, dataset, secret["former"], secret["to"])
            self._strike(erasure)
        gone = set(secret["keys"]) - workspace.keys.ids()
        if what != "email":
            workspace.fence(dataset, False)
        return {"keys": sorted(gone)}, None

    def _strike(self, erasure: _Erasure) -> None:
        """Take models, runs and their files out of the catalog, and what was begun with these models at the last moment."""
        secret, dataset = erasure.secret, erasure.facts["dataset"] if erasure.facts["what"] == "dataset" else None
        secret["blobs"] += store_erase.strike(self._workspace, secret["models"], secret["runs"], dataset)
        late = lineage.users_of(self._workspace, secret["names"])
        if late.open:
            self._hands.stop(erasure.facts["dataset"], late.open)
            late = lineage.users_of(self._workspace, secret["names"])
        if late.runs or late.models:
            self._workspace.tombstones.bury("model", *late.models)
            self._workspace.tombstones.bury("run", *late.runs)
            secret["blobs"] += store_erase.strike(self._workspace, late.models, late.runs)

    def _swept(self, erasure: _Erasure) -> tuple[dict[str, Any], None]:
        """Remove files that nobody can read any more."""
        workspace, what = self._workspace, erasure.facts["what"]
        for blob in erasure.secret["blobs"]:
            workspace.vault.delete(blob)
        if what == "dataset":
            workspace.remove_remains(erasure.facts["dataset"])
        elif what == "account":
            workspace.remove_remains(None)
        elif what in ("samples", "class") and workspace.holds(erasure.facts["dataset"]):
            store = workspace.dataset(erasure.facts["dataset"], "erase")
            if store.storage == "retained":  # a crash may have left files whose keys went with the old database
                with store.source.use() as live, live.db.cursor() as cur:
                    store_erase.sweep_blobs(cur, store.path / "media", store.common.made)
        checks = self._checks(erasure)
        if not all(checks.values()):
            raise Error("Not everything could be removed: " + ", ".join(name for name, good in checks.items() if not good) + ".")
        return {"checks": checks}, None

    def _checks(self, erasure: _Erasure) -> dict[str, bool]:
        """Look whether it is really gone, instead of believing so."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
        if erasure.facts.get("correction"):
            names = {"samples": _doomed(secret).sample_names, "classes": _doomed(secret).class_names}
            if what == "email":
                return {"former value gone": self._hands.email() == secret["to"]}
            return {
                "former value gone": not workspace.holds(dataset)
                or correction.gone(workspace, dataset, secret["former"], secret["to"], names)
            }
        catalog = workspace.catalog
        models = {row["id"] for row in catalog.read("SELECT id FROM models")}
        blobs = {row["id"] for row in catalog.read("SELECT id FROM blobs")}
        checks = {
            "models gone": models.isdisjoint(secret["models"]),
            "files of models and runs gone": blobs.isdisjoint(secret["blobs"])
            and not any((path := workspace.vault.path(blob)) and path.exists() for blob in secret["blobs"]),
        }
        if what == "dataset":
            checks |= {
                "key destroyed": not workspace.has_key(dataset),
                "files removed": not (workspace.path / "datasets" / dataset).exists(),
            }
            checks["catalog rows removed"] = not catalog.read("SELECT 1 AS yes FROM datasets WHERE id = ?", [dataset])
        elif what == "account":
            checks |= {"keys destroyed": not workspace.datasets(), "files removed": not any((workspace.path / "datasets").iterdir())}
        elif what in ("samples", "class") and workspace.holds(dataset):
            store = workspace.dataset(dataset, "erase")
            left = store.read(
                'SELECT count(*) AS n FROM (SELECT sample, "class" FROM labels UNION ALL SELECT sample, "class" FROM history) l'
                ' WHERE l.sample IN (SELECT unnest($1::BIGINT[])) OR l."class" IN (SELECT unnest($2::INTEGER[]))',
                [secret["samples"], secret["classes"]],
            )["n"][0].as_py()
            samples = store.read("SELECT count(*) AS n FROM samples WHERE id IN (SELECT unnest($1::BIGINT[]))", [secret["samples"]])["n"][
                0
            ].as_py()
            checks |= {"samples gone": not samples, "labels gone": not left}
        return checks

    def _searched(self, erasure: _Erasure) -> tuple[dict[str, Any], None]:
        traces = erasure.traces or Traces.unsealed(erasure.secret["traces"])
        datasets = [erasure.facts["dataset"]] if erasure.facts["what"] == "dataset" else []
        with self._searching:  # what one search lays out to be found must not be found by another
            proof = remains.prove(self._workspace, traces, self._hands.places(), datasets, lambda message: self._say(erasure, message))
        return {"scan": proof.model_dump()}, None

    def _finish(self, erasure: _Erasure) -> None:
        """The ledger says it is erased; the certificate holds that entry; what the steps had to know is destroyed, as the last thing."""
        if erasure.certificate is None:
            if ERASED not in erasure.done:
                self._fold(self._ledger.append(ERASED, {"erasure": erasure.id, "plan": erasure.facts["plan"]}))
            entry = next(each for each in self._ledger.entries(ERASED) if each.facts["erasure"] == erasure.id)
            signed = certificate.issue(self._workspace, self._facts(erasure), entry)
            self._fold(self._ledger.append(CERTIFIED, {"erasure": erasure.id, "certificate": signed.model_dump(mode="json")}))
        if missing := self._not_begun(erasure):
            self._hands.retrain(missing)
        self._workspace.tombstones.keep_head(self._ledger.head().model_dump(mode="json"))
        self._say(erasure, "Erased, with a certificate")
        self._ledger.forget(_scope(erasure))
        erasure.secret, erasure.traces = {}, None

    def _facts(self, erasure: _Erasure) -> CertificateFacts:
        secret, facts, (at, destroyed) = erasure.secret, erasure.facts, erasure.done["unreadable"]
        again = [training["id"] for training in self._trainings(erasure)]
        counts = facts["counts"] | {kind: len(secret[kind]) for kind in ("models", "runs") if secret[kind]}
        return CertificateFacts(
            what="correction" if facts.get("correction") else facts["what"],
            subject=facts["dataset"],
            workspace=self._workspace.id,
            request=facts["request"],
            plan=facts["plan"],
            counts=counts,
            bytes=facts["bytes"],
            destroyed=[DestroyedKey(id=key, at=at) for key in destroyed["keys"]],
            method=certificate.METHOD,
            times=CertificateTimes(requested=erasure.intended, intended=erasure.intended, unreadable=at, certified=datetime.now(UTC)),
            checks=dict(erasure.done["swept"][1]["checks"]),
            scan=erasure.done["searched"][1]["scan"],
            exceptions=[Exempt(what=f"{secret['stale']} copies or models", basis=STAYS["stale"], until="removed")]
            if secret.get("stale")
            else [],
            backups=BACKUPS,
            models=TouchedModels(deleted=[model for model in secret["models"] if model not in again], retrained=again),
            recipients=[],
            remedies=REMEDIES,
        )

    def _trainings(self, erasure: _Erasure) -> list[dict[str, Any]]:
        """Those to be done anew, with the ids of the models that they made."""
        ids = {name: model for model, name in erasure.secret["names"].items()}
        return [each | {"id": ids[each["name"]]} for each in erasure.secret["trainings"] if each["name"] in ids]

    def _not_begun(self, erasure: _Erasure) -> list[dict[str, Any]]:
        """Trainings to be done anew that no run has been made for yet: a crash may have come in between."""
        made = [
            _settings(json.loads(row["params"]))
            for row in self._workspace.catalog.read("SELECT params FROM runs WHERE kind = 'train' AND created >= ?", [erasure.intended])
        ]
        return [each for each in erasure.secret["trainings"] if _settings(each["params"] | {"model": each["model"]}) not in made]

    def _in_background(self, erasure: _Erasure) -> None:
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
    def _fold(self, entry: ledger.Entry) -> _Erasure:
        id = entry.facts["erasure"]
        if entry.kind == INTENDED:
            self._erasures[id] = _Erasure(id, entry.facts, dict(entry.private or {}), entry.at)
        erasure = self._erasures[id]
        if entry.kind in (STEP, ERASED):
            erasure.done[entry.facts.get("step", ERASED)] = (entry.at, entry.facts)
            erasure.secret |= (entry.private or {}) if erasure.open else {}
        elif entry.kind == CERTIFIED:
            erasure.certificate = ErasureCertificate.model_validate(entry.facts["certificate"])
        return erasure

    def _compare_heads(self) -> None:
        """A ledger from a backup has lost what came after it; what it had begun then, it knows no more how to go on with."""
        known, head = self._workspace.tombstones.head, self._ledger.head()
        if known and known["size"] > head.size:
            self._workspace.notices.append(AGED.format(n=known["size"] - head.size))
        for erasure in self._erasures.values():
            if erasure.certificate is None and not erasure.open:
                erasure.message = OUT_OF_TIME

    def _say(self, erasure: _Erasure, message: str) -> None:
        if self._closing.is_set():
            raise _Closing
        erasure.message = message
        self._hands.tell(self._out(erasure))

    def _out(self, erasure: _Erasure) -> ErasureOut:
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
        )


def _check_correction(wanted: ErasurePlanIn) -> None:
    if wanted.what != "email":
        raise BadInput("The name of one sample, of one class, or the e-mail address can be corrected: say which.")
    smtp.parse_address(wanted.to or "")


def _as_json(names: dict[int, str]) -> dict[str, str]:
    return {str(number): name for number, name in names.items()}


def _doomed(secret: dict[str, Any]) -> Doomed:
    names = ({int(number): name for number, name in secret.get(kind, {}).items()} for kind in ("sample_names", "class_names"))
    return Doomed(secret["samples"], secret["classes"], *names)


def _scope(erasure: _Erasure) -> str:
    return f"erasure:{erasure.id}"


def _settings(params: dict[str, Any]) -> dict[str, Any]:
    """Of a training, without the version that it was pinned to."""
    return params | {"view": {key: value for key, value in params["view"].items() if key != "at"}}
