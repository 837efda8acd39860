"""Rights of the people whose data is here: see, take away, destroy with proof."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from comexp_lab.api import (
    ArchiveIn,
    ConsentIn,
    ConsentMethod,
    ConsentRecord,
    EmailIn,
    EmailOut,
    ErasureCertificate,
    ErasureExecute,
    ErasureOut,
    ErasurePlan,
    ErasurePlanIn,
    FormOut,
    History,
    Inventory,
    Language,
    OptOut,
    PolicyOut,
    PolicyTextOut,
    Privacy,
    Purpose,
    PurposeState,
    RequestIn,
    RequestOut,
    RestoreIn,
    RetentionRow,
    RunOut,
)
from comexp_lab.errors import Conflict
from comexp_lab.media import paths
from comexp_lab.rights import act, authorities, controller, datamap, ephemeral, forms, purposes, replies, retention
from comexp_lab.rights.archive import archive_pieces, write_archive
from comexp_lab.rights.restoring import archive_named
from comexp_lab.service.lab import LabDep, refuse_paths
from comexp_lab.service.samples import SAFE
from comexp_lab.service.transfers import keep
from comexp_lab.verify import verify_text


def heed(lab: LabDep, request: Request) -> None:
    """Whatever is asked for: hear what the browser says by itself (Global Privacy Control)."""
    if signal := request.headers.get("sec-gpc"):
        lab.rights.heed(signal)


router = APIRouter(prefix="/rights", tags=["rights"], dependencies=[Depends(heed)])
internal = APIRouter(prefix="/unsubscribe")


@router.get("/inventory")
def inventory(lab: LabDep) -> Inventory:
    """What is stored, by kind, with bytes and where."""
    rows = datamap.inventory(lab.workspace)
    return Inventory(rows=rows, bytes=sum(row.bytes for row in rows))


@router.post("/archive", status_code=202)
def archive(lab: LabDep, request: Request, wanted: ArchiveIn) -> RunOut:
    """Everything as one archive, as a run; without a path it waits for download."""
    refuse_paths(request, wanted.path)

    inside = wanted.datasets or [entry.id for entry in lab.workspace.datasets()]
    stores = [lab.workspace.dataset(each, "access") for each in inside]
    for store in stores if wanted.path is not None else ():
        ephemeral.refuse(store, "path")
    place = lab.place_of(*stores)

    def work(progress: Any) -> dict[str, Any]:
        with lab.rights.copying(wanted.datasets) as counts:
            if wanted.path is not None:
                counts |= write_archive(lab.workspace, wanted.datasets, paths.target(wanted.path), progress, lab.rights.consents)
                return counts | {"path": wanted.path}
            pieces = archive_pieces(lab.workspace, wanted.datasets, counts, progress, lab.rights.consents)
            kept = keep(place, progress, "my-data.zip", pieces)
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


# ---- destroy ----
@router.post("/erasures", status_code=201)
def plan_erasure(lab: LabDep, wanted: ErasurePlanIn) -> ErasurePlan:
    """A dry run: what would go. Nothing is touched."""
    return lab.rights.plan(wanted)


@router.post("/erasures/{plan}/execute", status_code=202)
def execute_erasure(lab: LabDep, plan: str, request: ErasureExecute) -> ErasureOut:
    """Destroy it for good; answered when nobody can read it any more. The certificate follows."""
    erasure = lab.rights.erase(plan, request.hash, request.confirm)
    lab.hub.publish("dataset", dataset=erasure.dataset, change="erased")
    return erasure


@router.get("/erasures")
def list_erasures(lab: LabDep) -> list[ErasureOut]:
    """All erasures, newest first."""
    return lab.rights.erasures.all()


@router.get("/erasures/{erasure}")
def get_erasure(lab: LabDep, erasure: str) -> ErasureOut:
    """How far it is; with the certificate at the end."""
    return lab.rights.erasures.get(erasure)


@router.post("/erasures/{erasure}/retry", status_code=202)
def retry_erasure(lab: LabDep, erasure: str) -> ErasureOut:
    """Go on with an erasure that something keeps from being certified."""
    lab.rights.erasures.resume()
    return lab.rights.erasures.get(erasure)


@router.get("/erasures/{erasure}/act", response_class=Response)
def destruction_act(lab: LabDep, erasure: str) -> Response:
    """The Russian act of destruction (order 179 of Roskomnadzor), made from the certificate."""
    found = lab.rights.erasures.get(erasure)
    if found.certificate is None:
        raise Conflict("The erasure is not certified yet: wait until it is.")
    return Response(act.html(found.certificate, act.operator()), media_type="text/html", headers=SAFE)


@router.post("/verify", status_code=204)
def verify_certificate(certificate: ErasureCertificate) -> None:
    """Whether a certificate is genuine and unchanged."""
    verify_text(certificate.model_dump_json())


# ---- freeze, object, agree ----
@router.put("/frozen/{dataset}")
def freeze_dataset(lab: LabDep, dataset: str) -> RequestOut:
    """Keep a dataset, and let nobody do anything else with it but its owner take it away or destroy it."""
    return lab.rights.freeze(dataset)


@router.delete("/frozen/{dataset}", status_code=204)
def unfreeze_dataset(lab: LabDep, dataset: str) -> None:
    lab.rights.unfreeze(dataset)
    lab.hub.publish("dataset", dataset=dataset, change="unfrozen")


@router.get("/purposes")
def list_purposes(lab: LabDep) -> list[PurposeState]:
    """What data is used for, on which basis, and whether that is open now."""
    return lab.rights.purposes()


@router.put("/objections/{purpose}")
def make_objection(lab: LabDep, purpose: Purpose, dataset: str | None = None) -> RequestOut:
    """Close a purpose at once, for a dataset or altogether."""
    return lab.rights.object_to(purpose, dataset)


@router.delete("/objections/{purpose}", status_code=204)
def lift_objection(lab: LabDep, purpose: Purpose, dataset: str | None = None) -> None:
    lab.rights.lift_objection(purpose, dataset)


@router.get("/consents")
def list_consents(lab: LabDep) -> list[ConsentRecord]:
    return lab.rights.consents.records()


@router.put("/consents/{purpose}")
def give_consent(lab: LabDep, purpose: Purpose, how: ConsentIn) -> ConsentRecord:
    return lab.rights.agree(purpose, how)


@router.delete("/consents/{purpose}", status_code=204)
def withdraw_consent(lab: LabDep, purpose: Purpose, method: ConsentMethod = "panel") -> None:
    lab.rights.withdraw(purpose, ConsentIn(method=method))


@router.get("/consents/{record}/receipt", response_class=Response)
def consent_receipt(lab: LabDep, record: str) -> Response:
    """The receipt of a consent, as JSON-LD (ISO/IEC TS 27560)."""
    return Response(lab.rights.consents.receipt(record), media_type="application/ld+json", headers=SAFE)


@router.put("/opt-out")
def opt_out(lab: LabDep) -> RequestOut:
    """Neither sell nor share my data (CCPA)."""
    return lab.rights.opt_out()


@router.get("/opt-out")
def opted_out(lab: LabDep) -> OptOut:
    """Whether sale and sharing were opted out of, by a click or by the browser's signal."""
    return lab.rights.consents.opt_out()


# ---- be told ----
@router.get("/policies")
def list_policies(lab: LabDep) -> list[PolicyOut]:
    """All versions, oldest first."""
    return lab.rights.policies.history()


@router.get("/policies/{policy}/text")
def policy_text(lab: LabDep, policy: str, language: Language = "en") -> PolicyTextOut:
    """The registered text, in this language or else in the one that decides."""
    shown, text = lab.rights.policies.text(policy, language)
    return PolicyTextOut(id=policy, language=shown, text=text)


@router.get("/policies/{policy}/changes")
def policy_changes(lab: LabDep, policy: str, language: Language = "en") -> list[str]:
    """What it changed against the version before it, as the lines of a unified diff; none for the first version."""
    policies = lab.rights.policies
    known = [row.id for row in policies.history(policies.version(policy).product)]
    before = known.index(policy) - 1
    return policies.diff(known[before], policy, language) if before >= 0 else []


@router.get("/email")
def get_email(lab: LabDep, language: Language = "en") -> EmailOut:
    """The address, and what was or waits to be sent to it."""
    letters, server = lab.rights.letters, lab.rights.mail_server is not None
    return EmailOut(address=letters.address(), letters=letters.outbox(), notices=letters.notices(language), server=server)


@router.put("/email", status_code=204)
def set_email(lab: LabDep, wanted: EmailIn) -> None:
    lab.rights.letters.set_address(wanted.address, wanted.language)


# ---- ask ----
@router.get("/requests")
def list_requests(lab: LabDep) -> list[RequestOut]:
    """All requests, newest first, with their clocks."""
    return list(lab.rights.requests.list())


@router.post("/requests", status_code=201)
def make_request(lab: LabDep, asked: RequestIn) -> RequestOut:
    made = lab.rights.submit(asked)
    lab.hub.publish("rights", request=made.id)
    return made


@router.get("/requests/{request}")
def get_request(lab: LabDep, request: str) -> RequestOut:
    return lab.rights.requests.get(request)


@router.post("/requests/{request}/cancel")
def cancel_request(lab: LabDep, request: str) -> RequestOut:
    taken_back = lab.rights.cancel(request)
    lab.hub.publish("rights" if taken_back.target.startswith("purpose:") else "dataset", change="unfrozen")
    return taken_back


@router.get("/requests/{request}/reply", response_class=Response)
def reply_to_request(lab: LabDep, request: str, language: Language = "en") -> Response:
    """The answer in writing, with everything that the law wants it to say."""
    return Response(
        replies.reply(lab.rights.requests.get(request), language, lab.rights.controller),
        media_type="text/plain; charset=utf-8",
        headers=SAFE,
    )


@router.get("/retention")
def list_retention() -> list[RetentionRow]:
    """How long what is kept, on which basis, and what happens then."""
    return retention.rows()


@router.get("/privacy")
def get_privacy(lab: LabDep) -> Privacy:
    """Who answers for the data here, and how to reach him."""
    return controller.privacy(lab.rights.controller, lab.rights.policies)


@router.get("/forms")
def list_forms() -> list[FormOut]:
    """Every form that asks for data: what for, what must be given, and what follows if it is not."""
    return forms.forms()


@router.get("/authorities")
def list_authorities(language: Language = "en") -> list[str]:
    """Where to complain, by jurisdiction."""
    return authorities.remedies({remedy.regime for remedy in authorities.REMEDIES}, language)


@router.get("/history")
def get_history(lab: LabDep) -> History:
    """What happened, in plain words, and the signed head of the ledger."""
    head, lines = lab.rights.happened()
    return History(head=head, lines=lines)


@router.get("/processing", response_class=Response)
def record_of_processing(lab: LabDep, kind: Literal["csv", "jsonld", "places"] = "csv") -> Response:
    """The record of processing activities (GDPR Art. 30): purposes as CSV or DPV, or every place where anything is kept, as CSV."""
    if kind == "jsonld":
        return Response(purposes.ropa_jsonld(lab.rights.controller), media_type="application/ld+json", headers=SAFE)
    text = datamap.record() if kind == "places" else purposes.ropa_csv(lab.rights.controller)
    return Response(text, media_type="text/csv; charset=utf-8", headers=SAFE)


# ---- for Jupyter's public address ----
@internal.post("/{token}", status_code=204)
async def unsubscribe(lab: LabDep, request: Request, token: str) -> None:
    """One click in a mail program (RFC 8058)."""
    form = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
    await run_in_threadpool(lab.rights.letters.unsubscribe, token, form)
