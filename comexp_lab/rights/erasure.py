"""Erasing for good: plan → typed confirmation → fence → destroy the key → sweep → search → signed certificate.

Destroying the key is the commit point: before it nothing is lost, after it nothing can be read. Each step is an entry of
the ledger, written when it is done, and can be done again: a crash, or a store that refuses, is gone on from by
:meth:`Erasures.resume`. What the steps need to know is sealed in the ledger before anything is destroyed, and destroyed last.
An erasure is certified only after a search that is able to find the erased data has found nothing.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
from collections.abc import Mapping
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
    InventoryRow,
    TouchedModels,
)
from comexp_lab.errors import BadInput, Conflict, Error, NotFound
from comexp_lab.rights import certificate, ledger, lineage, remains, surroundings
from comexp_lab.rights.inventory import class_rows, dataset_rows, inventory, sample_rows
from comexp_lab.rights.lineage import Lineage
from comexp_lab.rights.remains import Traces
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
    "number": "The class keeps its number, without a name, because the numbers of the others depend on it.",
}
log = logging.getLogger("comexp")


class Hands(Protocol):
    """What the engine cannot do itself."""

    def stop(self, dataset: str | None) -> None:
        """End all work on a dataset (None: on everything) before it returns, and what FiftyOne shows of it."""

    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        """Train models anew that were deleted: on what is left, with the same settings."""

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


@dataclass
class _Erasure:
    """An erasure that was confirmed; ``secret`` is what its steps need to know."""

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


class Erasures:
    """The erasures of a workspace. Thread-safe."""

    def __init__(self, workspace: Workspace, hands: Hands) -> None:
        self._workspace, self._hands, self._ledger = workspace, hands, ledger.of(workspace)
        self._planned: dict[str, _Target] = {}
        self._erasures: dict[str, _Erasure] = {}
        self._threads: list[threading.Thread] = []
        for entry in self._ledger.entries(INTENDED, STEP, ERASED, CERTIFIED):
            self._fold(entry)

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
        """Carry out a plan; returns when nobody can read it any more, the rest goes on in a thread.

        Raises what ``check`` raises. ``request`` is the one that it answers.
        """
        if plan in self._erasures:
            return self.get(plan)
        erasure = self._intend(self._checked(plan, digest, confirm), request)
        self._planned.pop(plan, None)
        with erasure.lock:
            self._go_on(erasure, until="unreadable")
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

    def all(self) -> list[ErasureOut]:
        """Newest first."""
        return [self._out(erasure) for erasure in reversed(self._erasures.values())]

    def resume(self, wait: bool = False) -> None:
        """Go on with what a crash interrupted or a store refused; nothing to do in the usual case."""
        for erasure in [each for each in self._erasures.values() if each.certificate is None and ERASED not in each.done]:
            with erasure.lock:
                self._go_on(erasure, until="unreadable")
            self._in_background(erasure)
        for thread in self._threads if wait else ():
            thread.join()

    @property
    def under_way(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def wait(self, id: str) -> ErasureOut:
        """Until the rest has been done, or something keeps it from being done."""
        for thread in list(self._threads):
            thread.join()
        return self.get(id)

    # ---- planning ----
    def _target(self, wanted: ErasurePlanIn, id: str) -> _Target:
        workspace = self._workspace
        if wanted.what in ("email", "account"):
            store, doomed = None, Doomed()
            seen = lineage.of_everything(workspace) if wanted.what == "account" else Lineage([], [], [], 0, [])
            rows, name = (
                inventory(workspace).rows if wanted.what == "account" else [],
                "everything" if wanted.what == "account" else "e-mail",
            )
            content: list[Any] = [wanted.what, [[row.kind, row.items] for row in rows if row.dataset is not None]]
        else:
            if wanted.dataset is None:
                raise BadInput("Name the dataset from which something is to be erased.")
            store = workspace.dataset(wanted.dataset, "erase")
            doomed, seen, rows, name = self._of_dataset(store, wanted)
            content = [store.id, store.revision, doomed.samples, doomed.classes]
        content += [seen.models, [run for run in seen.runs if self._ended(run)], wanted.models]
        named = {row["id"]: row["name"] for row in workspace.catalog.read("SELECT id, name FROM models")}
        trained = {training["model"] for training in seen.trainings}
        again = (
            [model for model in seen.models if model in trained]
            if wanted.models == "retrain" and wanted.what in ("samples", "class")
            else []
        )
        stays = [STAYS["all"], STAYS["copies"], *([STAYS["labels"]] if seen.models else []), *([STAYS["number"]] if doomed.classes else [])]
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
            ),
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
            "counts": counts | ({"models": len(seen.models)} if seen.models else {}) | ({"runs": len(seen.runs)} if seen.runs else {}),
            "bytes": plan.bytes,
            "request": request,
        }
        retrained = dict.fromkeys(plan.retrain, True)
        secret = {
            "samples": target.doomed.samples,
            "classes": target.doomed.classes,
            "models": seen.models,
            "runs": seen.runs,
            "blobs": seen.blobs,
            "retrain": [each | {"model": lineage.base_of(each, seen.trainings)} for each in seen.trainings if each["name"] in retrained],
            "traces": traces.sealed(),
        }
        entry = self._ledger.append(INTENDED, facts, private=secret, scope=f"erasure:{plan.id}")
        erasure = self._fold(entry)
        erasure.traces = traces
        return erasure

    def _traces(self, target: _Target) -> Traces:
        if target.plan.what in ("dataset", "samples") and target.store is not None:
            return remains.gather(target.store, target.doomed.samples or None)
        if target.plan.what == "account":
            stores = [self._workspace.dataset(entry.id, "erase") for entry in self._workspace.datasets()]
            found = [remains.gather(store) for store in stores[:8]]
            return Traces([data for each in found for data in each.contents[:12]], [], [name for each in found for name in each.names[:40]])
        return Traces()

    def _go_on(self, erasure: _Erasure, until: str) -> None:
        for step in STEPS[: STEPS.index(until) + 1]:
            if step not in erasure.done:
                self._say(erasure, WORKING[step])
                facts = getattr(self, f"_{step}")(erasure)
                self._fold(self._ledger.append(STEP, {"erasure": erasure.id, "step": step, **facts}))

    def _fenced(self, erasure: _Erasure) -> dict[str, Any]:
        dataset = erasure.facts["dataset"]
        if erasure.facts["what"] != "email":
            self._workspace.fence(dataset, True)
            self._hands.stop(dataset)
        return {}

    def _unreadable(self, erasure: _Erasure) -> dict[str, Any]:
        """Destroy the keys of what goes; which, and when."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
        if what != "email":
            self._workspace.fence(dataset, True)
        before = workspace.keys.ids()
        if what == "email":
            self._hands.forget_email()
        elif what == "account":
            workspace.shred_everything()
        else:
            workspace.tombstones.bury("model", *secret["models"])
            workspace.tombstones.bury("run", *secret["runs"])
            if what == "dataset":
                workspace.shred_dataset(dataset)
            elif workspace.has_key(dataset) or workspace.holds(dataset):
                workspace.dataset(dataset, "erase").erase_parts(Doomed(secret["samples"], secret["classes"]))
            self._strike(erasure)
        gone = before - workspace.keys.ids()
        workspace.fence(dataset, False)
        return {"keys": sorted(gone)}

    def _strike(self, erasure: _Erasure) -> None:
        """Take models, runs and their files out of the catalog, and write it anew under another key."""
        catalog, secret = self._workspace.catalog, erasure.secret
        there = {row["table_name"] for row in catalog.read("SELECT table_name FROM information_schema.tables")}
        for table, column, ids in (
            ("models", "id", secret["models"]),
            ("blobs", "id", secret["blobs"]),
            *((table, "run", secret["runs"]) for table in ("run_metrics", "run_log", "run_files", "workers")),
            ("runs", "id", secret["runs"]),
        ):
            if ids and table in there:
                catalog.write(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::VARCHAR[]))", [ids])
        if erasure.facts["what"] == "dataset":
            catalog.write("DELETE FROM datasets WHERE id = ?", [erasure.facts["dataset"]])
        self._workspace.rewrite_catalog()

    def _swept(self, erasure: _Erasure) -> dict[str, Any]:
        """Remove files that nobody can read any more."""
        workspace, what = self._workspace, erasure.facts["what"]
        for blob in erasure.secret["blobs"]:
            workspace.vault.delete(blob)
        if what == "dataset":
            workspace.remove_remains(erasure.facts["dataset"])
        elif what == "account":
            workspace.remove_remains(None)
        checks = self._checks(erasure)
        if not all(checks.values()):
            raise Error("Not everything could be removed: " + ", ".join(name for name, good in checks.items() if not good) + ".")
        return {"checks": checks}

    def _checks(self, erasure: _Erasure) -> dict[str, bool]:
        """Look whether it is really gone, instead of believing so."""
        workspace, what, dataset, secret = self._workspace, erasure.facts["what"], erasure.facts["dataset"], erasure.secret
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

    def _searched(self, erasure: _Erasure) -> dict[str, Any]:
        traces = erasure.traces or Traces.unsealed(erasure.secret["traces"])
        datasets = [erasure.facts["dataset"]] if erasure.facts["what"] == "dataset" else []
        proof = remains.prove(self._workspace, traces, self._hands.places(), datasets, lambda message: self._say(erasure, message))
        return {"scan": proof.model_dump()}

    def _finish(self, erasure: _Erasure) -> None:
        """The ledger says it is erased; the certificate holds that entry; what the steps had to know is destroyed."""
        if ERASED not in erasure.done:
            self._fold(self._ledger.append(ERASED, {"erasure": erasure.id, "plan": erasure.facts["plan"]}))
        entry = next(each for each in self._ledger.entries(ERASED) if each.facts["erasure"] == erasure.id)
        at, facts = erasure.done["unreadable"]
        secret = erasure.secret
        again = [each["id"] for each in secret["retrain"]]
        signed = certificate.issue(
            self._workspace,
            CertificateFacts(
                what=erasure.facts["what"],
                subject=erasure.facts["dataset"],
                workspace=self._workspace.id,
                request=erasure.facts["request"],
                plan=erasure.facts["plan"],
                counts=erasure.facts["counts"],
                bytes=erasure.facts["bytes"],
                destroyed=[DestroyedKey(id=key, at=at) for key in facts["keys"]],
                method=certificate.METHOD,
                times=CertificateTimes(requested=erasure.intended, intended=erasure.intended, unreadable=at, certified=datetime.now(UTC)),
                checks=dict(erasure.done["swept"][1]["checks"]),
                scan=erasure.done["searched"][1]["scan"],
                exceptions=[],
                backups=BACKUPS,
                models=TouchedModels(deleted=[model for model in secret["models"] if model not in again], retrained=again),
                recipients=[],
                remedies=REMEDIES,
            ),
            entry,
        )
        if secret["retrain"]:
            self._hands.retrain(secret["retrain"])
        self._fold(self._ledger.append(CERTIFIED, {"erasure": erasure.id, "certificate": signed.model_dump(mode="json")}))
        self._ledger.forget(f"erasure:{erasure.id}")
        erasure.secret, erasure.traces = {}, None
        self._say(erasure, "Erased, with a certificate")

    def _in_background(self, erasure: _Erasure) -> None:
        def work() -> None:
            with erasure.lock:
                try:
                    self._go_on(erasure, until=STEPS[-1])
                    self._finish(erasure)
                except Error as error:
                    erasure.trouble = error.detail
                    self._say(erasure, error.detail)
                except Exception:  # the thread's last stop: it stays unreadable, and is gone on with at the next start
                    log.exception("erasure %s", erasure.id)
                    erasure.trouble = "Something unforeseen keeps it from being certified; it is tried again. The service's log says more."
                    self._say(erasure, erasure.trouble)

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, name=f"erasure {erasure.id[:8]}", daemon=True)
        self._threads.append(thread)
        thread.start()

    # ---- state ----
    def _fold(self, entry: ledger.Entry) -> _Erasure:
        id = entry.facts["erasure"]
        if entry.kind == INTENDED:
            self._erasures[id] = _Erasure(id, entry.facts, dict(entry.private or {}), entry.at)
        erasure = self._erasures[id]
        if entry.kind in (STEP, ERASED):
            erasure.done[entry.facts.get("step", ERASED)] = (entry.at, entry.facts)
        elif entry.kind == CERTIFIED:
            erasure.certificate = ErasureCertificate.model_validate(entry.facts["certificate"])
        return erasure

    def _say(self, erasure: _Erasure, message: str) -> None:
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
        )
