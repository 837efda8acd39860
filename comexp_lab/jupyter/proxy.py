"""A Jupyter handler that lets an admitted request through to a service, streaming both ways.

It never looks into a body, keeps no state between requests, and adds nothing but the rules of ``guard``.
"""

from __future__ import annotations

import re
from http.client import responses
from typing import Any

from jupyter_server._tz import utcnow
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.iostream import StreamClosedError

from comexp_lab.errors import Error, NotAllowed, Unavailable
from comexp_lab.jupyter.guard import INLINE, check_origin, check_query, request_headers, response_headers
from comexp_lab.jupyter.upstream import NO_LIMIT, Exchange, Upstream

READING = {"GET", "HEAD"}
NAMING = re.compile(r"(/comexp/[a-z]+)/.*|\?.*")
SMALL = 64 * 1024  # an answer of so many bytes is sent as one message, which the browser has sooner than two or three


class Refusal(web.HTTPError):
    """One of our errors on its way through Tornado."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.status, error.detail.replace("%", "%%"))
        self.problem = error.problem()


class ComexpHandler(JupyterHandler):
    """What all our handlers share: admission before the body is read, and problem+json instead of error pages."""

    resource: str
    csp = "sandbox; default-src 'none'; frame-ancestors 'self'"

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare()
        if self._finished:
            return
        try:
            await self.admit()
        except Error as error:
            raise Refusal(error) from error

    async def admit(self) -> None:
        """Refuse who is not logged in, not authorized, or not on a page of ours (NotAllowed)."""
        action = "read" if self.request.method in READING else "write"
        user = self.current_user
        if not user or not await ensure_async(self.authorizer.is_authorized(self, user, action, self.resource)):
            raise NotAllowed("You are not logged in, or may not do this.")
        check_origin(self.request.headers, self.request.host, reading=action == "read", with_token=self.token_authenticated)

    def get_login_url(self) -> str:
        """Nobody is sent to a login page from an address that programs ask."""
        raise Refusal(NotAllowed("You are not logged in: load JupyterLab again."))

    @property
    def content_security_policy(self) -> str:
        return self.csp

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", self.csp)
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")  # a browser puts no names or labels on its disk; FiftyOne's own files it may keep

    def log_exception(self, *error: Any) -> None:
        self._forget_names()
        super().log_exception(*error)

    def _log(self) -> None:
        self._forget_names()
        super()._log()

    def _forget_names(self) -> None:
        """Jupyter's log says what was asked for only so far as it names no file and no dataset."""
        self.request.uri = NAMING.sub(r"\1/…", self.request.uri or "")
        self.request.headers.pop("Referer", None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every refusal as an RFC 9457 problem document."""
        error = kwargs.get("exc_info", (None, None))[1]
        title = responses.get(status_code, "Error")
        problem = {"type": "urn:comexp:Error", "title": title, "status": status_code, "detail": f"{title}."}
        self.set_header("Content-Type", "application/problem+json")
        self.set_header("Connection", "close")  # Tornado closes when a body was not read, and must say so beforehand
        self.finish(error.problem if isinstance(error, Refusal) else problem)

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        """As Tornado's, but a document keeps the content type that was set for it."""
        kind = self._headers.get("Content-Type", "")
        super().write(chunk)
        if isinstance(chunk, dict) and "json" in kind:
            self.set_header("Content-Type", kind)


@web.stream_request_body
class Proxy(ComexpHandler):
    """Streams a request to ``upstream`` and the answer back."""

    exchange: Exchange | None = None
    small = False

    @property
    def upstream(self) -> Upstream:
        raise NotImplementedError

    def target(self) -> str:
        """Path and query to ask the service for; raises BadInput."""
        raise NotImplementedError

    def extra_headers(self) -> dict[str, str]:
        """Headers of our own for the service."""
        return {}

    def counts_as_activity(self) -> bool:
        """Whether a hub should take this request for a sign of a person: what is polled must not be one."""
        return self.request.method not in READING

    async def prepare(self) -> None:  # type: ignore[override]
        self.request.connection.set_max_body_size(NO_LIMIT)  # type: ignore[union-attr]
        await super().prepare()
        if self._finished:
            return
        try:
            await self._open()
        except Error as error:
            raise Refusal(error) from error
        if self.counts_as_activity():
            self.settings["last_activity_times"]["comexp"] = utcnow()

    async def _open(self) -> None:
        query = check_query(self.request.query)
        target = self.target() + (f"?{query}" if query else "")
        incoming = self.request.headers
        with_body = incoming.get("Content-Length", "0") != "0" or "Transfer-Encoding" in incoming
        headers = request_headers(incoming, with_body=with_body)
        for name, value in self.extra_headers().items():
            headers[name] = value
        self.exchange = Exchange(await self.upstream.connect(), self.on_head, self.on_chunk)
        self.exchange.begin(str(self.request.method), target, headers)

    async def data_received(self, chunk: bytes) -> None:
        if self.exchange is not None:
            await self.exchange.send(chunk)

    async def relay(self) -> None:
        """Let the answer through, after the whole request has been sent."""
        try:
            complete = await self._answered()
        except TimeoutError:
            raise Refusal(Unavailable("The service takes too long to answer: try again, or look at its log.")) from None
        except Error as error:
            raise Refusal(error) from error
        if complete:
            if self.small:
                await self._flush()
            self.finish()
        else:  # a clean end would make half an answer look like a whole one
            self.request.connection.close()  # type: ignore[union-attr]

    async def _answered(self) -> bool:
        """Whether the answer came whole. A read is sent a second time if the service died under it."""
        assert self.exchange is not None
        try:
            return await self.exchange.finish(self.upstream.answer_within_s)
        except Unavailable:
            if self.request.method not in READING:
                raise
        await self._open()
        return await self.exchange.finish(self.upstream.answer_within_s)

    async def on_head(self, start: ResponseStartLine, headers: HTTPHeaders) -> None:
        self.set_status(start.code, start.reason)
        self.clear_header("Content-Type")
        for name, value in response_headers(headers):
            self.set_header(name, value)
        self.protect(headers)
        self.small = int(headers.get("Content-Length", SMALL + 1)) <= SMALL
        if not self.small:
            await self._flush()

    def protect(self, headers: HTTPHeaders) -> None:
        """Bytes that users brought may be shown as pictures and films, never as pages of this origin."""
        self.set_header("Content-Security-Policy", self.csp)
        self.set_header("X-Content-Type-Options", "nosniff")
        if not INLINE.match(headers.get("Content-Type", "text/plain")) and "Content-Disposition" not in headers:
            self.set_header("Content-Disposition", "attachment")

    async def on_chunk(self, chunk: bytes) -> None:
        self.write(chunk)
        if not self.small:
            await self._flush()

    async def _flush(self) -> None:
        try:
            await self.flush()
        except StreamClosedError:
            self.on_connection_close()

    def on_connection_close(self) -> None:
        """The browser left: the service must see that, or streams would run for ever."""
        if self.exchange is not None:
            self.exchange.close()
        super().on_connection_close()
