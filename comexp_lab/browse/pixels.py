"""``/media``: pictures and films by the ids we gave out, decrypted in memory, with Range. Nothing else can be asked for.

The mirror writes ``/comexp/<full|thumb>/<sample id>/<name>`` where FiftyOne expects a file path; only the kind and the
id are read back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs

from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from comexp_lab.browse.keys import Sealed
from comexp_lab.errors import Error
from comexp_lab.store.blobs import FolderBlobs
from comexp_lab.store.vault import Vault

PATH = re.compile(r"/comexp/(full|thumb)/(\d{1,18})/[^\0]*")
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
SHOWN = re.compile(r"(image/(jpeg|png|webp|gif|bmp|avif)|video/[\w.+-]+)")
WHOLE = 8 << 20
PIECE = 1 << 20
HEADERS = {"Cache-Control": "no-store", "Accept-Ranges": "bytes", "Cross-Origin-Resource-Policy": "same-origin"}


Find = Callable[[str, str, int], tuple[Vault | None, Sealed] | None]
Fetch = Callable[[str, str, int], bytes]


def vault_at(folder: Path) -> Vault:
    return Vault(FolderBlobs(folder))


class Pixels:
    """ASGI app; ``find(mirror, "full" | "thumb", sample id)`` says where the bytes are; ``fetch`` gets those in no vault."""

    def __init__(self, find: Find, fetch: Fetch) -> None:
        self._find, self._fetch = find, fetch

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = await asyncio.to_thread(self._respond, scope)
        await response(scope, receive, send)

    def _respond(self, scope: Any) -> Response:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("filepath", [""])[0]
        match = PATH.fullmatch(asked)
        found = self._find(scope["mirror"], match[1], int(match[2])) if match else None
        if found is None:
            return Response("Not found", 404)
        vault, sealed = found
        headers = dict(scope["headers"])
        tag = f'"{sealed.blob}"'
        if headers.get(b"if-none-match", b"").decode("latin-1") == tag:
            return Response(status_code=304, headers={**HEADERS, "ETag": tag})
        try:
            known = self._fetch(scope["mirror"], match[1], int(match[2])) if vault is None else None  # type: ignore[index]
            return respond(vault, sealed, known, headers.get(b"range", b"").decode("latin-1"), {**HEADERS, "ETag": tag})
        except Error:
            return Response("Not found", 404)


def respond(vault: Vault | None, sealed: Sealed, known: bytes | None, range_: str, headers: dict[str, str]) -> Response:
    """The whole, or the asked part, as 200, 206 or 416."""
    mime = sealed.mime if SHOWN.fullmatch(sealed.mime) else "application/octet-stream"
    start, end = part(range_, sealed.bytes)
    if start >= end and sealed.bytes:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{sealed.bytes}"})
    status = 200
    if range_:
        status, headers = 206, {**headers, "Content-Range": f"bytes {start}-{end - 1}/{sealed.bytes}"}
    if vault is None or known is not None:
        return Response((known or b"")[start:end], status, headers, mime)
    if sealed.bytes <= WHOLE:
        return Response(vault.get(sealed.blob, sealed.key)[start:end], status, headers, mime)
    pieces = iterate_in_threadpool(cut(vault.open(sealed.blob, sealed.key), start, end))
    return StreamingResponse(pieces, status, {**headers, "Content-Length": str(end - start)}, mime)


def part(range_: str, size: int) -> tuple[int, int]:
    """(start, end) of a single range, end exclusive; everything if there is none, nothing if it makes no sense."""
    if not range_:
        return 0, size
    match = RANGE.fullmatch(range_.strip())
    if match is None or not (match[1] or match[2]):
        return size, size
    if match[1]:
        return int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    return max(size - int(match[2]), 0), size


def cut(reader: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with reader:
        reader.seek(start)
        while start < end and (piece := reader.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece
