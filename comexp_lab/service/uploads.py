"""Resumable uploads: tus 1.0 with creation, creation-with-upload, expiration and termination.

https://tus.io/protocols/resumable-upload. Written here because a body must go to the vault as a stream: it is never whole
in memory and never in plain text on disk. What has arrived when a connection drops is kept.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

from comexp_lab.errors import BadInput, Conflict
from comexp_lab.formats.uploads import MAX_BYTES, Record, Uploads
from comexp_lab.service.lab import Lab, LabDep

router = APIRouter(tags=["uploads"])
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
STREAM = "application/offset+octet-stream"
PART = 4 << 20  # bytes gathered before they are made durable
PATIENCE_S = 10.0


class Desk:
    """The uploads of this service, with one lock per upload. Those for an ephemeral dataset are in memory only."""

    def __init__(self, lab: Lab) -> None:
        self._workspace, self._kept, self._fleeting = lab.workspace, Uploads(lab.workspace), Uploads(lab.shelf)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def place_for(self, metadata: str) -> Uploads:
        """By the ``dataset`` that the client names in Upload-Metadata. Raises NotFound."""
        dataset = fact(metadata, "dataset")
        fleeting = dataset and self._workspace.dataset(dataset, "store").storage == "ephemeral"
        return self._fleeting if fleeting else self._kept

    def place_of(self, upload: str) -> Uploads:
        return self._fleeting if self._fleeting.holds(upload) else self._kept

    @contextlib.asynccontextmanager
    async def alone(self, upload: str) -> AsyncIterator[None]:
        """One request at a time writes to an upload; 423 if another one does not let go."""
        lock = self._locks.setdefault(upload, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), PATIENCE_S)
        except TimeoutError:
            raise HTTPException(423, "Another request is writing to this upload: try again in a moment.") from None
        try:
            yield
        finally:
            lock.release()


async def get_desk(request: Request, lab: LabDep) -> Desk:
    state = request.app.state
    if not hasattr(state, "uploads"):
        state.uploads = await asyncio.to_thread(Desk, lab)
    return state.uploads  # type: ignore[no-any-return]


DeskDep = Annotated[Desk, Depends(get_desk)]


def check_version(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    if tus_resumable != VERSION:
        raise HTTPException(412, f"Only version {VERSION} of tus is spoken here.", headers={"Tus-Version": VERSION})


@router.options("/uploads", status_code=204)
def describe_uploads() -> Response:
    """What this tus server can do."""
    about = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(MAX_BYTES)}
    return Response(status_code=204, headers={"Tus-Resumable": VERSION, **about})


@router.post("/uploads", status_code=201, dependencies=[Depends(check_version)], response_class=Response)
async def create_upload(
    desk: DeskDep,
    request: Request,
    upload_length: Annotated[int | None, Header()] = None,
    upload_metadata: Annotated[str, Header()] = "",
    content_type: Annotated[str | None, Header()] = None,
) -> Response:
    """Begin an upload; its address is in Location, relative to this one. A body holds the first bytes."""
    if upload_length is None:
        raise BadInput("Upload-Length is needed: say how many bytes will come.")
    if upload_length > MAX_BYTES:
        raise HTTPException(413, f"An upload may have at most {MAX_BYTES >> 30} GB.")
    name = file_name(upload_metadata)
    uploads = desk.place_for(upload_metadata)
    if content_type == STREAM and 0 < upload_length <= PART and request.headers.get("content-length") == str(upload_length):
        return await keep_whole(uploads, request, name, upload_metadata)
    record = await asyncio.to_thread(uploads.create, name, upload_length, upload_metadata)
    offset = 0
    if content_type == STREAM and not record.finished:
        async with desk.alone(record.id):
            offset = await receive(uploads, record, request, 0)
    headers = {**facts(record, offset), "Location": f"uploads/{record.id}"}
    return Response(status_code=201, headers=headers)


@router.head("/uploads/{upload}", dependencies=[Depends(check_version)], response_class=Response)
async def look_at_upload(desk: DeskDep, upload: str) -> Response:
    """How far the upload is."""
    uploads = desk.place_of(upload)
    async with desk.alone(upload):
        record = await asyncio.to_thread(uploads.get, upload)
        offset = await asyncio.to_thread(uploads.offset, record)
    more = {"Upload-Length": str(record.length), "Cache-Control": "no-store"}
    if record.metadata:
        more["Upload-Metadata"] = record.metadata
    return Response(status_code=200, headers={**facts(record, offset), **more})


@router.patch("/uploads/{upload}", status_code=204, dependencies=[Depends(check_version)], response_class=Response)
async def continue_upload(
    desk: DeskDep,
    request: Request,
    upload: str,
    upload_offset: Annotated[int | None, Header()] = None,
    content_type: Annotated[str | None, Header()] = None,
) -> Response:
    """Append bytes at Upload-Offset, which must be where the upload is."""
    if content_type != STREAM:
        raise HTTPException(415, f"The body must be {STREAM}.")
    if upload_offset is None:
        raise BadInput("Upload-Offset is needed: say where these bytes belong.")
    uploads = desk.place_of(upload)
    async with desk.alone(upload):
        record = await asyncio.to_thread(uploads.get, upload)
        offset = await asyncio.to_thread(uploads.offset, record)
        if offset != upload_offset:
            raise Conflict(f"The upload is at byte {offset}, not {upload_offset}: go on from there.", offset=offset)
        offset = await receive(uploads, record, request, offset)
    return Response(status_code=204, headers=facts(record, offset))


@router.delete("/uploads/{upload}", status_code=204, dependencies=[Depends(check_version)], response_class=Response)
async def cancel_upload(desk: DeskDep, upload: str) -> Response:
    """Throw the upload away."""
    async with desk.alone(upload):
        await asyncio.to_thread(desk.place_of(upload).get, upload)
        await asyncio.to_thread(desk.place_of(upload).remove, [upload])
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


async def keep_whole(uploads: Uploads, request: Request, name: str, metadata: str) -> Response:
    """A small file that comes whole with its creation: nothing of it has to be taken up again."""
    try:
        data = await request.body()
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    record = await asyncio.to_thread(uploads.keep, name, data, metadata)
    return Response(status_code=201, headers={**facts(record, record.length), "Location": f"uploads/{record.id}"})


async def receive(uploads: Uploads, record: Record, request: Request, offset: int) -> int:
    """Stream the body into the upload: one part is made durable while the next arrives. Returns the new offset."""
    if int(request.headers.get("content-length") or 0) > record.length - offset:
        raise HTTPException(413, "These are more bytes than the upload was announced with.")
    part, writing = bytearray(), None
    try:
        async for chunk in request.stream():
            part += chunk
            if offset + len(part) > record.length:
                raise HTTPException(413, "These are more bytes than the upload was announced with.")
            if len(part) >= PART:
                if writing is not None:
                    await writing
                offset += len(part)
                writing = asyncio.ensure_future(asyncio.to_thread(uploads.append, record, bytes(part)))
                part = bytearray()
    except ClientDisconnect:
        pass  # what arrived is kept; the client asks with HEAD and goes on
    finally:
        if writing is not None:
            await writing
    if part:
        offset = await asyncio.to_thread(uploads.append, record, bytes(part))
    return offset


def facts(record: Record, offset: int) -> dict[str, str]:
    return {"Tus-Resumable": VERSION, "Upload-Offset": str(offset), "Upload-Expires": formatdate(record.expires, usegmt=True)}


def fact(metadata: str, *names: str) -> str:
    """The first of these that Upload-Metadata holds, "" if none; BadInput if it cannot be read."""
    if len(metadata) > 8192:
        raise BadInput("Upload-Metadata is too long.")
    pairs = dict(([*pair.strip().split(" ", 1), ""])[:2] for pair in metadata.split(",") if pair.strip())
    try:
        return base64.b64decode(next(filter(None, map(pairs.get, names)), ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadInput("Upload-Metadata cannot be read: values are base64 of UTF-8.") from None


def file_name(metadata: str) -> str:
    """The file's name out of Upload-Metadata, without folders or control characters; BadInput if it cannot be read."""
    raw = fact(metadata, "filename", "name")
    clean = re.sub(r"[\x00-\x1f\x7f]", "", raw.replace("\\", "/")).split("/")[-1].strip(". ")
    return clean[-200:] or "upload"
