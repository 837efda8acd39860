"""Erasing a dataset: plan → typed confirmation → fence → destroy the key → sweep → check → signed certificate.

Destroying the wrapped key is the commit point: before it nothing is lost, after it nothing can be read. Everything after
is idempotent, so a crash is finished at the next start (:func:`resume`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comexp_lab.api import (
    CertificateFacts,
    CertificateTimes,
    DestroyedKey,
    ErasureCertificate,
    ErasurePlan,
    ErasurePlanIn,
    Exempt,
    ScanProof,
    TouchedModels,
)
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.rights import certificate, ledger
from comexp_lab.rights.inventory import dataset_rows, lineage
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

STAYS = "The ledger keeps random ids, counts and times of this erasure: no name, no picture, no label."


def plan(workspace: Workspace, wanted: ErasurePlanIn) -> ErasurePlan:
    """What would go, without touching anything. The hash pins it: if the data changes, it must be looked at again."""
    store = workspace.dataset(wanted.dataset, "erase")
    rows = dataset_rows(store)
    models, runs = lineage(workspace, store.id)
    content = [store.id, store.revision, [row.model_dump() for row in rows if not row.kind.startswith("label database")], models, runs]
    digest = hashlib.sha256(canonical(content)).hexdigest()
    named = {row["id"]: row["name"] for row in workspace.catalog.read("SELECT id, name FROM models")}
    weights = workspace.catalog.read("SELECT id, bytes FROM models")
    size = sum(row.bytes for row in rows) + sum(row["bytes"] or 0 for row in weights if row["id"] in models)
    return ErasurePlan(
        id=f"{store.id}.{digest[:16]}",
        dataset=store.id,
        name=store.name,
        rows=rows,
        models=[named[model] for model in models],
        runs=runs,
        bytes=size,
        confirm_text=store.name,
        hash=digest,
    )


def execute(workspace: Workspace, plan_id: str, digest: str, confirm: str, stop: Callable[[str], None]) -> ErasureCertificate:
    """Carry out a plan. ``stop(dataset)`` must end all work on the dataset before it returns.

    Raises Conflict if the data changed since the plan, BadInput if the confirmation is not the name (or the plan's hash).
    """
    dataset = plan_id.partition(".")[0]
    current = plan(workspace, ErasurePlanIn(dataset=dataset))
    if current.hash != digest:
        raise Conflict("The dataset changed since this plan was made: look at the plan again.")
    if confirm not in (current.confirm_text, current.hash):
        raise BadInput(f"To erase it for good, type the name of the dataset exactly: {current.confirm_text}")
    models, runs = lineage(workspace, dataset)
    facts = {
        "dataset": dataset,
        "plan": digest,
        "counts": {row.kind: row.items for row in current.rows},
        "bytes": current.bytes,
        "keys": workspace.keys.ids(dataset),
        "models": models,
        "runs": runs,
    }
    intended = ledger.of(workspace).append("erasure intended", facts)
    stop(dataset)
    return _finish(workspace, intended)


def resume(workspace: Workspace) -> list[ErasureCertificate]:
    """Finish erasures that a crash interrupted; nothing to do in the usual case."""
    intended: dict[str, ledger.Entry] = {}
    for entry in ledger.of(workspace).entries("erasure intended", "erasure certified", "erasure abandoned"):
        dataset = entry.facts["dataset"]
        if entry.kind == "erasure intended":
            intended[dataset] = entry
        else:
            intended.pop(dataset, None)
    return [_finish(workspace, entry) for entry in intended.values()]


def _finish(workspace: Workspace, intended: ledger.Entry) -> ErasureCertificate:
    log, facts = ledger.of(workspace), intended.facts
    dataset, models, runs = facts["dataset"], facts["models"], facts["runs"]
    with suppress(NotFound):  # a crash came between the erasure and its ledger entry: the rest still has to be swept
        workspace.erase_dataset(dataset)
    unreadable = datetime.now(UTC)
    sweep(workspace, dataset, models, runs)
    erased = log.append("erased", {"dataset": dataset, "plan": facts["plan"]})
    certified = CertificateFacts(
        what="dataset",
        subject=dataset,
        workspace=workspace.id,
        request=None,
        plan=facts["plan"],
        counts=facts["counts"],
        bytes=facts["bytes"],
        destroyed=[DestroyedKey(id=key, at=unreadable) for key in facts["keys"]],
        method=certificate.METHOD,
        times=CertificateTimes(requested=intended.at, intended=intended.at, unreadable=unreadable, certified=datetime.now(UTC)),
        checks=check(workspace, dataset),
        scan=ScanProof(version="not scanned", roots=[], files=0, bytes=0, control=False, needles=0, hits=0),
        exceptions=[Exempt(what=STAYS, basis="proof of the erasure", until="the account is erased")],
        backups="Backups hold ciphertext only, whose key was destroyed.",
        models=TouchedModels(deleted=models, retrained=[]),
        recipients=[],
        remedies=[],
    )
    signed = certificate.issue(workspace, certified, erased)
    digest = hashlib.sha256(canonical(signed.model_dump())).hexdigest()
    log.append("erasure certified", {"dataset": dataset, "plan": facts["plan"], "certificate": digest})
    return signed


def sweep(workspace: Workspace, dataset: str, models: list[str], runs: list[str]) -> None:
    """Remove what was derived from the dataset outside its folder: models that saw it, run files, logs, exports."""
    owners = [f"{kind}:{name}" for kind, names in (("model", models), ("run", runs), ("download", runs)) for name in names]
    doomed = workspace.catalog.read("SELECT id FROM blobs WHERE owner IN (SELECT unnest(?))", [owners]) if owners else []
    doomed += workspace.catalog.read("SELECT blob AS id FROM models WHERE id IN (SELECT unnest(?))", [models]) if models else []
    for row in doomed:
        workspace.catalog.write("DELETE FROM blobs WHERE id = ?", [row["id"]])
        workspace.vault.delete(row["id"])
    for model in models:
        workspace.catalog.write("DELETE FROM models WHERE id = ?", [model])
    for run in runs:
        for table in ("run_metrics", "run_log"):
            workspace.catalog.write(f"DELETE FROM {table} WHERE run = ?", [run])
        workspace.catalog.write("DELETE FROM runs WHERE id = ?", [run])
    workspace.catalog.write("DELETE FROM datasets WHERE id = ?", [dataset])
    workspace.rewrite_catalog()


def check(workspace: Workspace, dataset: str) -> dict[str, bool]:
    """Look whether it is really gone, instead of believing so."""
    folder = workspace.path / "datasets" / dataset
    rows = workspace.catalog.read("SELECT 1 AS one FROM datasets WHERE id = ?", [dataset])
    runs = workspace.catalog.read("SELECT 1 AS one FROM runs WHERE dataset = ?", [dataset])
    return {
        "key destroyed": not workspace.has_key(dataset),
        "files removed": not folder.exists(),
        "catalog rows removed": not rows and not runs,
    }
