"""Runs: what is under way, starting training, prediction and evaluation; and what their workers ask and tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from comexp_lab.api import EvaluateIn, PredictIn, Purpose, RunDetail, RunKind, RunOut, TrainIn, ViewSpec
from comexp_lab.errors import NotAllowed, NotFound
from comexp_lab.jobs.executors import check_name
from comexp_lab.learn import arguments, manifest, suggesting, weights
from comexp_lab.learn.registry import Registry
from comexp_lab.rights import ephemeral
from comexp_lab.service.lab import Lab, LabDep, through_jupyter

router = APIRouter(prefix="/runs", tags=["runs"])


@router.get("")
def list_runs(lab: LabDep, dataset: str | None = None) -> list[RunOut]:
    """All runs, newest first."""
    return lab.jobs.list(lab.workspace.dataset(dataset, "store").id if dataset else None)


@router.get("/{run}")
def get_run(lab: LabDep, run: str) -> RunDetail:
    return lab.jobs.get(run)


@router.post("/train", status_code=202)
def start_training(lab: LabDep, request: Request, wanted: TrainIn) -> RunOut:
    """Fine-tune on a pinned version of a dataset, in a worker."""
    check_name(wanted.executor)
    arguments.check(wanted.args)
    return start(lab, request, "train", f"Train {wanted.model}", wanted)


@router.post("/predict", status_code=202)
def start_prediction(lab: LabDep, request: Request, wanted: PredictIn) -> RunOut:
    """Let a model label a view; its labels are suggestions unless ``mode`` is ``accept``."""
    return start(lab, request, "predict", "Auto-annotate", wanted)


@router.post("/evaluate", status_code=202)
def start_evaluation(lab: LabDep, request: Request, wanted: EvaluateIn) -> RunOut:
    """Compare a model with the accepted labels of a view."""
    return start(lab, request, "evaluate", "Evaluate", wanted)


@router.post("/{run}/cancel")
def cancel_run(lab: LabDep, run: str) -> RunOut:
    return lab.jobs.cancel(run)


@router.post("/{run}/resume")
def resume_run(lab: LabDep, run: str) -> RunOut:
    return lab.jobs.resume(run)


def start(lab: Lab, request: Request, kind: Any, title: str, wanted: TrainIn | PredictIn | EvaluateIn) -> RunOut:
    arguments.check_device(wanted.device)
    store = lab.workspace.dataset(wanted.dataset, kind)
    source = find_weights(lab, wanted.model, allow_paths=not through_jupyter(request))
    if kind != "train" and source.kind == "architecture":
        raise NotFound(f"{wanted.model} has no weights yet: train it first.")
    if kind == "train":
        ephemeral.refuse(store, "train")
    revision, digest = manifest.pin(store, wanted.view, labelled=kind != "predict")
    params = wanted.model_dump(mode="json") | {"dataset": store.id}
    params["view"]["at"] = revision
    return lab.jobs.in_worker(kind, store.id, f"{title}: {store.name}", params, digest)


def find_weights(lab: Lab, name: str, allow_paths: bool = True) -> weights.Source:
    rows = lab.workspace.catalog.read("SELECT value FROM settings WHERE key = 'allow_downloads'")
    allowed = bool(rows) and rows[0]["value"] == "true"
    return weights.find(name, Registry(lab.workspace), allow_downloads=allowed, allow_paths=allow_paths)


# ---- for workers -----------------------------------------------------------------------------------------------------
def belongs(lab: LabDep, request: Request, run: str, authorization: Annotated[str, Header()] = "") -> Iterator[None]:
    """Only the run's own worker, over the unix socket. Whoever stops the run waits for what is being answered."""
    if through_jupyter(request):
        raise NotAllowed("This is for workers of the lab only.")
    with lab.jobs.answering(run, authorization.removeprefix("Bearer ")):
        yield


def purpose(kind: RunKind) -> Purpose:
    """What a worker's run uses its dataset for."""
    kinds: dict[str, Purpose] = {"train": "train", "predict": "predict", "evaluate": "evaluate"}
    return kinds[kind]


internal = APIRouter(prefix="/runs/{run}", dependencies=[Depends(belongs)])


@internal.get("")
def worker_spec(lab: LabDep, run: str) -> dict[str, Any]:
    """What there is to do, and where the pictures lie."""
    row = lab.jobs.get(run)
    store = lab.workspace.dataset(str(row.dataset), purpose(row.kind))
    classes, files = store.classes(erased=True), lab.jobs.files
    last, best = (files.row(run, name) if row.kind == "train" else None for name in ("last", "best"))
    return {
        "kind": row.kind,
        "params": row.params,
        "progress": row.progress,
        "classes": [entry.name for entry in classes],
        "keypoints": [len(entry.keypoints or []) for entry in classes],
        "vault": str(store.path / "media") if store.storage == "retained" else None,
        "checkpoint": last is not None,
        "best": best["facts"]["row"] if last and best else None,
    }


@internal.get("/manifest/{part}", response_class=Response)
def worker_manifest(lab: LabDep, run: str, part: str) -> Response:
    """The pinned samples with the keys of their pictures, or their labels: an Arrow IPC stream."""
    row = lab.jobs.get(run)
    with lab.workspace.dataset(str(row.dataset), purpose(row.kind)).reading(ViewSpec(**row.params["view"])) as cur:
        return Response(manifest.to_stream(manifest.read(cur, part)), media_type="application/vnd.apache.arrow.stream")


@internal.get("/weights", response_class=Response)
def worker_weights(lab: LabDep, run: str) -> Response:
    """The model file to start from (a stranger's checkpoint is converted now), or the name of an architecture."""
    source = find_weights(lab, lab.jobs.get(run).params["model"])
    if source.kind == "architecture":
        return JSONResponse({"architecture": source.value})
    registry = Registry(lab.workspace)
    model = weights.obtain(source, registry)
    return Response(registry.data(model.id), media_type="application/octet-stream")


@internal.get("/blobs/{blob}", response_class=Response)
def worker_blob(lab: LabDep, run: str, blob: str) -> Response:
    """A picture of a dataset that is only in memory."""
    row = lab.jobs.get(run)
    store = lab.workspace.dataset(str(row.dataset), purpose(row.kind))
    keys = store.read("SELECT key FROM blobs WHERE id = ?", [blob])["key"].to_pylist()
    if not keys:
        raise NotFound("There is no such picture.")
    return Response(store.vault.get(blob, keys[0]), media_type="application/octet-stream")


@internal.post("/events")
def worker_events(lab: LabDep, run: str, report: Annotated[dict[str, Any], Body()]) -> dict[str, bool]:
    """Progress, rows of metrics, lines of log; any call is a sign of life."""
    return {"taken": lab.jobs.take(run, int(report.get("seq", 0)), report)}


@internal.put("/files/{name}")
async def put_file(lab: LabDep, request: Request, run: str, name: str, x_comexp_facts: Annotated[str, Header()] = "{}") -> dict[str, str]:
    """Seal a file of the run, replacing the one before it."""
    from starlette.concurrency import run_in_threadpool

    await run_in_threadpool(lab.jobs.files.put, run, name, await request.body(), json.loads(x_comexp_facts))
    return {"name": name}


@internal.get("/files/{name}", response_class=Response)
def get_file(lab: LabDep, run: str, name: str) -> Response:
    return Response(lab.jobs.files.get(run, name), media_type="application/octet-stream")


@internal.post("/labels")
async def write_labels(lab: LabDep, request: Request, run: str) -> dict[str, Any]:
    """Write what a model found, as one revision, once."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(keep_labels, lab, run, await request.body())


def keep_labels(lab: Lab, run: str, stream: bytes) -> dict[str, Any]:
    row = lab.jobs.get(run)
    store = lab.workspace.dataset(str(row.dataset), purpose(row.kind))
    with store.reading(ViewSpec(**row.params["view"])) as cur:
        looked = [sample for (sample,) in cur.execute("SELECT id FROM picked").fetchall()]
    model = weights.obtain(find_weights(lab, row.params["model"]), Registry(lab.workspace)).id
    state = "accepted" if row.params["mode"] == "accept" else "suggested"
    written = suggesting.write(store, manifest.from_stream(stream), looked, run, model, state)
    lab.hub.publish("dataset", dataset=store.id, change="labels", revision=written["revision"])
    return {**written, "model": model, "source": f"model:{model}"}


@internal.post("/done")
def worker_done(lab: LabDep, run: str, outcome: Annotated[dict[str, Any], Body()]) -> RunOut:
    """The end of the run. The best model of a training becomes a model of the workspace."""
    row = lab.jobs.get(run)
    if outcome.get("problem") is not None or row.kind != "train":
        return lab.jobs.done(run, outcome.get("result"), outcome.get("problem"))
    model = keep_model(lab, row, outcome["result"]["best"])
    return lab.jobs.done(run, {**outcome["result"], "model": model}, model=model)


def keep_model(lab: Lab, row: RunDetail, best: dict[str, float]) -> str:
    """Register the run's best model with its lineage, under the run's id; doing it again changes nothing."""
    registry, store, files = Registry(lab.workspace), lab.workspace.dataset(str(row.dataset), purpose(row.kind)), lab.jobs.files
    file = files.row(row.id, "best")
    if file is not None:
        base = row.params["model"].rpartition("/")[2].removesuffix(".pt").removesuffix(".yaml")
        lineage = {"run": row.id, "dataset": store.id, "version": row.version, "origin": f"trained from {base}"}
        registry.enter(row.id, f"{store.name}-{base}", files.get(row.id, "best"), file["blob"], metrics=best, **lineage)
        files.give(row.id, "best", f"model:{row.id}")
    files.drop(row.id)
    return registry.get(row.id).id
