"""The only way in: token, secret path, an allow-list of routes, JSON bodies only, safe headers, no stack traces.

Addresses are ``/<segment>/<mirror id>/<FiftyOne's own path>``, and ``/<assets.name>/assets/<file>`` for FiftyOne's own
files. The guard is a fence, not a boundary: whoever may come here works with the rights of the kernel's owner anyway.

It stands before there is anything behind it: page and assets are served at once, so that the browser loads the App while
FiftyOne is loaded here; what asks for data waits until the mirror has something to show.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from comexp_lab.browse.assets import Assets
from comexp_lab.browse.sessions import current

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("comexp.browse")
TOKEN_HEADER = b"x-comexp-browse"
MOST_BODY = 64 << 20
WITHIN_S = 100.0
CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob:; manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)
MEDIA_CSP = "sandbox; default-src 'none'; frame-ancestors 'self'"
HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
DROPPED = {
    b"cross-origin-opener-policy",
    b"cross-origin-embedder-policy",
    b"cross-origin-resource-policy",
    b"server",
    b"vary",
    b"x-colab-notebook-cache-control",
    b"access-control-allow-origin",
    b"content-security-policy",
    b"x-content-type-options",
    b"referrer-policy",
}
JSON_TYPES = {b"application/json", b"application/json-patch+json", b"text/event-stream"}  # none of which a form can send
OID = r"[0-9a-f]{24}"
ROUTES: list[tuple[set[str], re.Pattern[str]]] = [
    (methods, re.compile(pattern))
    for methods, pattern in (
        ({"GET", "HEAD"}, r"(datasets/)?(assets/[\w.-]+|favicon\.ico|\w+\.svg)"),
        ({"GET", "HEAD"}, r"fiftyone|features|plugins|ontologies"),
        ({"POST"}, r"graphql|events?|aggregate|frames|geo|sort|tag|tagging|values|get-similar-labels-frames"),
        ({"POST"}, r"video-labels/(index|window)"),
        ({"POST"}, r"operators(/execute(/generator)?|/resolve-(type|placements|execution-options)|/subscribe-execution-store)?"),
        ({"POST"}, r"embeddings/(v2/)?[a-z-]+"),
        ({"PATCH"}, rf"dataset/{OID}/sample/{OID}(/[A-Za-z_][\w.]*/{OID})?"),
        ({"GET"}, rf"dataset/{OID}/(tags(/counts)?|sample/{OID}/(tags|intrinsics|static_transforms)|groups/{OID}(/slices/\w+)?)"),
    )
]
PAGE = re.compile(r"(datasets/[^/]*)?")


@dataclass(frozen=True, slots=True)
class Inside:
    """What the guard guards: FiftyOne's ``app``, ``media`` for ``/media``, and who wants to know of requests.

    ``admit(mirror)`` returns once the mirror has something to show: False if there is no such mirror.
    """

    app: App
    media: App
    touched: Callable[[str], None]
    admit: Callable[[str], Awaitable[bool]]


class Guard:
    """ASGI app around FiftyOne's. ``page`` is its index document; ``open`` lets in, requests for data wait until then."""

    def __init__(self, page: bytes, assets: Assets, segment: str, token: str) -> None:
        self._page, self._assets = page, assets
        self._segment, self._token = segment, token.encode()
        self._inside: Inside | None = None
        self._opened = asyncio.Event()

    def open(self, inside: Inside) -> None:
        self._inside = inside
        self._opened.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if not compare_digest(headers.get(TOKEN_HEADER, b""), self._token):
            return await refuse(send, 403, "Not allowed.")
        segment, _, rest = scope["path"].lstrip("/").partition("/")
        if segment == self._assets.name:
            return await self._asset(scope, protected(send, CSP), rest)
        mirror, slash, path = rest.partition("/")
        if not compare_digest(segment.encode(), self._segment.encode()) or not slash:
            return await refuse(send, 404, "Not found.")
        return await self._admitted(scope, receive, protected(send, MEDIA_CSP if path == "media" else CSP), headers, mirror, path)

    async def _asset(self, scope: Scope, send: Send, path: str) -> None:
        file = self._assets.find(path) if scope["method"] in {"GET", "HEAD"} else None
        if file is None:
            return await refuse(send, 404, "Not found.")
        return await self._assets.answer(scope, send, file)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], mirror: str, path: str) -> None:
        method = scope["method"]
        reading = method in {"GET", "HEAD"}
        if reading and PAGE.fullmatch(path):
            return await answer(send, 200, self._page if method == "GET" else b"", b"text/html; charset=utf-8")
        media = reading and path == "media"
        if not media and not any(method in methods and pattern.fullmatch(path) for methods, pattern in ROUTES):
            return await refuse(send, 404, "Not found.")
        if not reading and (problem := unfit_body(headers)):
            return await refuse(send, *problem)
        try:
            inside = await self._let_in(mirror)
        except TimeoutError:
            return await refuse(send, 503, "FiftyOne is not ready: try again.")
        if inside is None:
            return await refuse(send, 404, "This view is not open in FiftyOne.")
        if media:
            return await inside.media({**scope, "path": "/media", "mirror": mirror}, receive, send)
        return await pass_on(inside, scope, receive, send, mirror, path)

    async def _let_in(self, mirror: str) -> Inside | None:
        """Wait until FiftyOne is loaded and the mirror has something to show. Raises TimeoutError."""
        async with asyncio.timeout(WITHIN_S):
            await self._opened.wait()
            return self._inside if self._inside is not None and await self._inside.admit(mirror) else None


async def pass_on(inside: Inside, scope: Scope, receive: Receive, send: Send, mirror: str, path: str) -> None:
    token = current.set(mirror)
    try:
        await inside.app({**scope, "path": f"/{path}", "raw_path": f"/{path}".encode(), "root_path": ""}, receive, send)
    except Exception:
        log.exception("FiftyOne failed in %s %s", scope["method"], path)
        await refuse(send, 500, "FiftyOne could not do this.")
    finally:
        current.reset(token)
        inside.touched(mirror)


def unfit_body(headers: dict[bytes, bytes]) -> tuple[int, str] | None:
    """A form of another site can send text, but not JSON without asking first."""
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind not in JSON_TYPES:
        return 415, "Only JSON is taken here."
    if int(headers.get(b"content-length", b"0") or 0) > MOST_BODY:
        return 413, "Too much at once."
    return None


def protected(send: Send, csp: str) -> Send:
    """Our headers in place of FiftyOne's; the bodies of its server errors stay here."""
    failed = started = False

    async def safe(message: MutableMapping[str, Any]) -> None:
        nonlocal failed, started
        if message["type"] == "http.response.start":
            if started:
                return
            started, failed = True, message["status"] >= 500
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in DROPPED]
            body = apology() if failed else b""
            kept = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))] if failed else kept
            await send({**message, "headers": [(b"content-security-policy", csp.encode()), *HEADERS, *kept]})
            if failed:
                await send({"type": "http.response.body", "body": body})
        elif not failed:
            await send(message)

    return safe


def apology() -> bytes:
    """In the shape that the App shows, without the stack trace that FiftyOne would put there."""
    return json.dumps({"kind": "Server Error", "stack": "FiftyOne could not do this: its log says more."}).encode()


async def answer(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, status: int, why: str) -> None:
    await answer(send, status, json.dumps({"detail": why}).encode(), b"application/json")


async def lifespan(receive: Receive, send: Send) -> None:
    """Answered here: FiftyOne's own would start a thread for a feature that is switched off."""
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
