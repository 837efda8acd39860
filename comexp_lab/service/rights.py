"""Rights of the people whose data is here: see, take away, destroy with proof."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from comexp_lab import rights
from comexp_lab.api import (
    ArchiveIn,
    ErasureCertificate,
    ErasureExecute,
    ErasurePlan,
    ErasurePlanIn,
    Inventory,
    RestoreIn,
    RunOut,
)
from comexp_lab.media import paths
from comexp_lab.rights.restoring import archive_named
from comexp_lab.service.lab import LabDep, refuse_paths
from comexp_lab.service.transfers import keep
from comexp_lab.verify import verify_text

router = APIRouter(prefix="/rights", tags=["rights"])


@router.get("/inventory")
def inventory(lab: LabDep) -> Inventory:
    """What is stored, by kind, with bytes and where."""
    return rights.inventory(lab.workspace)


@router.post("/archive", status_code=202)
def archive(lab: LabDep, request: Request, wanted: ArchiveIn) -> RunOut:
    """Everything as one archive, as a run; without a path it waits for download."""
    refuse_paths(request, wanted.path)

    inside = wanted.datasets or [entry.id for entry in lab.workspace.datasets()]

    def work(progress: Any) -> dict[str, Any]:
        if wanted.path is not None:
            counts = rights.write_archive(lab.workspace, wanted.datasets, paths.target(wanted.path), progress)
            return counts | {"path": wanted.path}
        counts = dict[str, Any]()
        kept = keep(lab, progress, "my-data.zip", rights.archive_pieces(lab.workspace, wanted.datasets, counts, progress))
        return counts | kept

    return lab.jobs.in_thread("archive", None, "Archive of everything", work, {"datasets": inside})


@router.post("/restore", status_code=202)
def restore(lab: LabDep, request: Request, wanted: RestoreIn) -> RunOut:
    """Bring an archive back in, as a run whose result is a RestoreReport."""
    refuse_paths(request, wanted.path)

    def work(progress: Any) -> dict[str, Any]:
        from comexp_lab.learn.model_file import read_description
        from comexp_lab.rights.restoring import restore

        with archive_named(lab.workspace, wanted) as file:
            report = restore(lab.workspace, file, lab.decoder, progress, rename=wanted.rename, check_model=read_description)
        for dataset in report.datasets.values():
            lab.hub.publish("dataset", dataset=dataset, change="created")
        return report.model_dump()

    return lab.jobs.in_thread("import", None, "Restore from an archive", work, {})


@router.post("/erasures", status_code=201)
def plan_erasure(lab: LabDep, wanted: ErasurePlanIn) -> ErasurePlan:
    """A dry run: what would go. Nothing is touched."""
    return rights.plan(lab.workspace, wanted)


@router.post("/erasures/{plan}/execute")
def execute_erasure(lab: LabDep, plan: str, request: ErasureExecute) -> ErasureCertificate:
    """Destroy it for good and answer with the signed certificate."""

    def stop(dataset: str) -> None:
        lab.jobs.stop_dataset(dataset)
        lab.browse.forget(dataset)

    certificate = rights.execute(lab.workspace, plan, request.hash, request.confirm, stop)
    lab.hub.publish("dataset", dataset=plan.partition(".")[0], change="erased")
    return certificate


@router.post("/verify", status_code=204)
def verify_certificate(certificate: ErasureCertificate) -> None:
    """Whether a certificate is genuine and unchanged."""
    verify_text(certificate.model_dump_json())
