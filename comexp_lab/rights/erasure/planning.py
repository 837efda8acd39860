"""What an erasure would do: what goes, what saw it, what stays and why; and what its steps will need to know."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasurePlan, ErasurePlanIn, InventoryRow
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.rights import correction, lineage, smtp, traces
from comexp_lab.rights.correction import Correction
from comexp_lab.rights.datamap import inventory
from comexp_lab.rights.erasure.state import Reach, Target
from comexp_lab.rights.inventory import class_rows, dataset_rows, sample_rows
from comexp_lab.rights.lineage import Lineage
from comexp_lab.rights.mentions import Mentions
from comexp_lab.rights.traces import Traces
from comexp_lab.store.parts import Doomed
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

STAYS = {
    "all": "The ledger keeps random ids, counts and times of this erasure: no name, no picture, no label.",
    "labels": "Labels that one of these models suggested in other datasets stay: they are about other pictures.",
    "copies": "Files that you downloaded, or that lie in your own folders, are yours: they are not touched.",
    "notebooks": "In notebooks, what you wrote yourself stays, and outputs in which nothing but short or common words could mean it.",
    "short": (
        "Names of fewer than 14 characters turn up by chance: they are looked for as whole words in runs, logs and models, "
        "and not in every byte; words of letters only are checked by their rows."
    ),
    "stale": "What was made before with the former value still has it: make it anew, or remove it.",
    "number": "The class keeps its number, without a name, because the numbers of the others depend on it.",
}
SCOPES = "ledger/erasure:"  # whose keys are not counted as destroyed data: they belong to the erasures themselves


class Planner:
    """Touches nothing."""

    def __init__(self, workspace: Workspace, hands: Reach) -> None:
        self._workspace, self._hands = workspace, hands
        self._read: tuple[str, tuple[list[str], list[str]]] | None = None  # by the newest plan, so that confirming it does not wait for it
        self._pepper = secrets.token_hex(16)  # the hash of a plan is kept for ever: nobody shall guess from it what was corrected

    def target(self, wanted: ErasurePlanIn, id: str) -> Target:
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
        content += [self._pepper, wanted.to, wanted.text, wanted.attribute, name] if wanted.to is not None else []
        content += [seen.models, [run for run in seen.runs if self._ended(run)], wanted.models]
        names = {row["id"]: row["name"] for row in workspace.catalog.read("SELECT id, name FROM models")}
        trained = {training["model"] for training in seen.trainings}
        again = (
            [model for model in seen.models if model in trained]
            if wanted.models == "retrain" and wanted.what in ("samples", "class")
            else []
        )
        stays = [
            STAYS["all"],
            STAYS["copies"],
            STAYS["notebooks"],
            *([STAYS["labels"]] if seen.models else []),
            *([STAYS["number"]] if doomed.classes else []),
            *([STAYS["short"]] if store and not corrected else []),
        ]
        stale = corrected.stale if corrected else []
        named = store.name if store and wanted.text is not None else name
        stays += [STAYS["stale"]] if stale else []
        return Target(
            wanted,
            store,
            doomed,
            seen,
            ErasurePlan(
                id=id,
                what=wanted.what,
                dataset=store.id if store else None,
                name=named,
                rows=rows,
                models=[names[model] for model in seen.models],
                retrain=[names[model] for model in again],
                runs=seen.runs,
                files=len(seen.blobs),
                stays=stays,
                bytes=sum(row.bytes for row in rows) + (seen.bytes if store else 0),
                confirm_text=named,
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

    def intent(self, target: Target, request: str | None) -> tuple[dict[str, Any], dict[str, Any], Traces]:
        """What the ledger is told before anything is destroyed: facts in the clear, what the steps need to know, traces to look for."""
        plan, seen = target.plan, target.lineage
        kept, self._read = self._traces(target), None
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
            "datasets": self.datasets(target) if plan.what == "account" else [],
        }
        secret = {
            "to": target.wanted.to,
            "former": target.former,
            **correction.sealed(target.doomed),
            "stale": len(plan.stale),
            "samples": target.doomed.samples,
            "classes": target.doomed.classes,
            "retrain": plan.retrain,
            "keys": sorted(self._workspace.keys.ids(but=SCOPES)),
            "datasets": self.datasets(target),
            "traces": kept.sealed() if target.store is None or target.store.storage == "retained" else Traces().sealed(),
            **self.seen(seen, plan.retrain),
        }
        return facts, secret, kept

    def seen(self, seen: Lineage, retrain: list[str]) -> dict[str, Any]:
        """What saw the data, as the steps need to know it."""
        again = [each | {"model": lineage.base_of(each, seen.trainings)} for each in seen.trainings if each["name"] in retrain]
        named = {row["id"]: row["name"] for row in self._workspace.catalog.read("SELECT id, name FROM models")}
        names = {model: named[model] for model in seen.models}
        return {"models": seen.models, "names": names, "runs": seen.runs, "blobs": seen.blobs, "trainings": again}

    def mentions(self, target: Target) -> Mentions:
        """What outputs in notebooks may say of what goes."""
        plan = target.plan
        gone = None if plan.what == "dataset" and not plan.correction else target.doomed
        return Mentions(*self._written(target), lambda texts: traces.staying(self._workspace, texts, plan.dataset, gone))

    def datasets(self, target: Target) -> list[str]:
        """Those of which no output stays."""
        if target.plan.what == "account":
            return [entry.id for entry in self._workspace.datasets()]
        return [target.plan.dataset] if target.plan.dataset else []

    def _written(self, target: Target) -> tuple[list[str], list[str]]:
        """Names of files, and texts."""
        if target.store is None:
            return self._reading(target)
        if self._read is None or self._read[0] != target.plan.hash:
            self._read = target.plan.hash, self._reading(target)
        return self._read[1]

    def _reading(self, target: Target) -> tuple[list[str], list[str]]:
        plan, store = target.plan, target.store
        if plan.what == "account":
            found = [traces.written(self._workspace.dataset(each, "erase")) for each in self.datasets(target)]
            return [name for files, _ in found for name in files], [text for _, texts in found for text in texts]
        if store is None:
            return [], [self._hands.email() or ""]
        if plan.correction and target.doomed.sample_names:
            return [target.former.rpartition("/")[2]], []
        if plan.correction or plan.what == "class":
            return [], [target.former, *(traces.in_labels(store, "class", target.doomed.classes) if not plan.correction else ())]
        files, texts = traces.written(store, target.doomed.samples or None)
        return files + self._refused(target.lineage.runs), texts

    def _refused(self, runs: list[str]) -> list[str]:
        """Names of the files that imports could not read: they are in the runs only."""
        rows = self._workspace.catalog.read("SELECT result, problem FROM runs WHERE id IN (SELECT unnest(?::VARCHAR[]))", [runs])
        told = [json.loads(value) if isinstance(value, str) else value for row in rows for value in row.values() if value]
        return [str(each["file"]).rpartition("/")[2] for one in told for each in one.get("problems") or () if each.get("file")]

    def _traces(self, target: Target) -> Traces:
        files, texts = self._written(target)
        if target.plan.what == "account":
            found = [traces.gather(self._workspace.dataset(each, "erase")) for each in self.datasets(target)[:8]]
            contents = [data for each in found for data in each.contents[:12]]
            return Traces(contents, [], [name for each in found for name in each.names[:40]], files, texts)
        if target.store is None or target.plan.what == "class" or target.plan.correction:
            return Traces([], [], traces.telling([*files, *texts[:1]]), files, texts)
        looked = traces.gather(target.store, target.doomed.samples or None)
        return Traces(looked.contents, [], looked.names, files, texts)


def _check_correction(wanted: ErasurePlanIn) -> None:
    if wanted.what != "email":
        raise BadInput("A name, a text in labels, or the e-mail address can be corrected: say which.")
    smtp.parse_address(wanted.to or "")
