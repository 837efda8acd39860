"""Samples with their labels and media; edits of labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from comexp_lab.api import EditBatch, Receipt, ReviewIn, SampleOut, SamplePage, UndoIn, ViewSpec
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.service.lab import Lab, LabDep

router = APIRouter(prefix="/datasets/{dataset}", tags=["samples"])

PAGE = 200
PIECE = 1 << 20
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # a browser must not put pictures on its disk
}


@router.post("/samples/query")
def query_samples(lab: LabDep, dataset: str, view: ViewSpec) -> SamplePage:
    """A page of a view, with labels; at most 200 samples unless a smaller limit is given."""
    limit = min(view.limit if view.limit is not None else PAGE, PAGE)
    return lab.workspace.dataset(dataset, "browse").page(view.model_copy(update={"limit": limit}))


@router.post("/samples/ids")
def query_ids(lab: LabDep, dataset: str, view: ViewSpec) -> list[int]:
    """All sample ids of a view, in its order."""
    with lab.workspace.dataset(dataset, "browse").reading(view) as cur:
        return [row[0] for row in cur.execute("SELECT id FROM picked ORDER BY position").fetchall()]


@router.get("/samples/{sample}")
def get_sample(lab: LabDep, dataset: str, sample: int) -> SampleOut:
    return lab.workspace.dataset(dataset, "browse").sample(sample)


@router.get("/samples/{sample}/media", response_class=Response)
def get_media(
    lab: LabDep,
    dataset: str,
    sample: int,
    range_: Annotated[str | None, Header(alias="range")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The picture as labels see it (orientation applied), or the video; with Range."""
    store = lab.workspace.dataset(dataset, "browse")
    media = store.media(sample)
    tag = f'"{media.id}"'
    headers = {**SAFE, "ETag": tag, "Accept-Ranges": "bytes"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    reader = store.vault.open(media.id, media.key)
    if range_ is None:
        return stream(reader, 0, media.bytes, media.mime, 200, headers, store.require)
    start, end = parse_range(range_, media.bytes)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{media.bytes}"
    return stream(reader, start, end, media.mime, 206, headers, store.require)


@router.get("/samples/{sample}/thumbnail", response_class=Response)
def get_thumbnail(lab: LabDep, dataset: str, sample: int, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """A small picture without any metadata."""
    store = lab.workspace.dataset(dataset, "browse")
    thumb = store.thumbnail(sample)
    if thumb is None:
        raise NotFound(f"Sample {sample} has no picture yet: only its record was imported.")
    headers = {**SAFE, "ETag": f'"{thumb.id}"'}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    data = store.vault.get(thumb.id, thumb.key)
    return Response(data, media_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg", headers=headers)


@router.post("/labels", response_model=Receipt)
def edit_labels(lab: LabDep, dataset: str, batch: EditBatch) -> Response:
    """Apply a batch of edits as one revision; answered after it is durable."""
    store = lab.workspace.dataset(dataset, "annotate")
    receipt = store.edit(batch)
    touched = sorted({edit.sample for edit in batch.edits if edit.sample is not None})[:100]
    then = None if receipt.repeated else BackgroundTask(announce, lab, store.id, receipt.revision, touched)
    return Response(receipt.model_dump_json(), media_type="application/json", background=then)


async def announce(lab: Lab, dataset: str, revision: int, samples: list[int]) -> None:
    """Tell everybody who looks; after the answer, since nobody waits for this as the one does who made the edit."""
    lab.hub.publish("dataset", dataset=dataset, change="labels", revision=revision, samples=samples)


@router.post("/undo")
def undo(lab: LabDep, dataset: str, request: UndoIn) -> Receipt:
    store = lab.workspace.dataset(dataset, "annotate")
    return told(lab, store.id, store.undo(request))


@router.post("/review")
def review(lab: LabDep, dataset: str, request: ReviewIn) -> Receipt:
    """Accept or reject suggestions in bulk."""
    store = lab.workspace.dataset(dataset, "annotate")
    return told(lab, store.id, store.review(request))


def told(lab: Lab, dataset: str, receipt: Receipt) -> Receipt:
    """The receipt, after everybody who looks was told of it."""
    lab.hub.publish("dataset", dataset=dataset, change="labels", revision=receipt.revision)
    return receipt


def parse_range(header: str, size: int) -> tuple[int, int]:
    """(start, end) of a single ``bytes=`` range, end exclusive."""
    unit, _, spec = header.partition("=")
    first, dash, last = spec.partition("-")
    if unit.strip() != "bytes" or not dash or "," in spec:
        raise BadInput("Only one range of bytes can be asked for.")
    try:
        if first.strip():
            start, end = int(first), min(int(last) + 1, size) if last.strip() else size
        else:
            start, end = max(size - int(last), 0), size
    except ValueError:
        raise BadInput("The Range header is not a range of bytes.") from None
    if start < 0 or start >= end:
        raise BadInput(f"The range is outside the {size} bytes of this file.")
    return start, end


def stream(
    reader: BinaryIO, start: int, end: int, mime: str, status: int, headers: dict[str, str], allowed: Callable[[], None] = lambda: None
) -> StreamingResponse:
    """The bytes from ``start`` to ``end``; what ``allowed`` raises ends it, however far it is."""

    def pieces() -> Iterator[bytes]:
        with reader:
            reader.seek(start)
            left = end - start
            while left > 0 and (piece := reader.read(min(PIECE, left))):
                allowed()
                left -= len(piece)
                yield piece

    return StreamingResponse(pieces(), status, {**headers, "Content-Length": str(end - start)}, mime)
