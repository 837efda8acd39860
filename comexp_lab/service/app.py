"""The FastAPI app of the lab service: routers, error mapping, activity."""

from __future__ import annotations

import importlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from comexp_lab.api import Event
from comexp_lab.errors import BadInput, Error, NotFound
from comexp_lab.rights import accesslog, usage
from comexp_lab.service.lab import Lab
from comexp_lab.service.watch import Watch

PUBLIC = ("about", "datasets", "samples", "transfers", "uploads", "runs", "models", "browse", "rights")
PASSIVE_PATHS = ("/api/lab", "/api/events")
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One line: what is wrong and what to do."},
    },
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused, as RFC 9457 problem details", "content": {"application/problem+json": {"schema": PROBLEM}}},
    507: {"description": "The disk is full", "content": {"application/problem+json": {"schema": PROBLEM}}},
}
log = logging.getLogger("comexp")


def problem(error: Error) -> JSONResponse:
    return JSONResponse(error.problem(), status_code=error.status, media_type="application/problem+json")


async def on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, Error)
    count_problem(request, type(error).__name__)
    return problem(error)


def count_problem(request: Request, kind: str) -> None:
    counted, route = request.app.state.usage, request.scope.get("route")
    if counted is not None and route is not None:
        counted.record("problem", problem=kind, action=route.name)


async def on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return problem(BadInput(f"{where or 'The request'}: {first['msg']}."))


async def on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(NotFound("There is nothing at this address."))
    body = {"type": "urn:comexp:Error", "title": "Not possible", "status": error.status_code, "detail": str(error.detail)}
    return JSONResponse(body, status_code=error.status_code, media_type="application/problem+json", headers=error.headers)


async def on_crash(request: Request, error: Exception) -> Response:
    """Anything unforeseen: a code for the log, no stack trace and no path for the caller."""
    code = uuid.uuid4().hex[:8]
    route = request.scope.get("route")
    log.error("unforeseen %s in %s %s", code, request.method, getattr(route, "path", "?"), exc_info=error)
    count_problem(request, usage.UNFORESEEN)
    body = {
        "type": "urn:comexp:Error",
        "title": "Internal error",
        "status": 500,
        "detail": f"Something went wrong in the lab service (code {code}): its log says more.",
    }
    return JSONResponse(body, status_code=500, media_type="application/problem+json")


class Body:
    """The body of a request, of which the rest is read before an answer begins.

    A service that answers and closes while the client still writes makes the client lose the answer, and with it the reason.
    """

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._over = False

    async def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._receive()
        self._over = self._over or message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    def then(self, send: Any) -> Any:
        async def after(message: dict[str, Any]) -> None:
            while not self._over:
                await self.receive()
            await send(message)

        return after


class Activity:
    """Remembers when somebody last asked for something, as plain ASGI so that streams are not buffered."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            state = scope["app"].state
            passive = scope["path"] in PASSIVE_PATHS
            state.in_flight += not passive
            try:
                body = Body(receive)
                await self.app(scope, body.receive, body.then(send))
            finally:
                state.in_flight -= not passive
                if not passive:
                    state.last_request = time.monotonic()
        else:
            await self.app(scope, receive, send)


def build(lab: Lab | None) -> FastAPI:
    """The app; ``lab`` may be None when only the OpenAPI document is wanted."""
    from comexp_lab import __version__

    app = FastAPI(
        title="comexp_lab",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.lab = lab
    app.state.last_request = time.monotonic()
    app.state.in_flight = 0
    actions = set[str]()
    for name in PUBLIC:
        module = importlib.import_module(f"comexp_lab.service.{name}")
        app.include_router(module.router, prefix="/api", responses=REFUSALS)
        if hasattr(module, "internal"):
            app.include_router(module.internal, prefix="/internal", include_in_schema=False)
        routers = (module.router, getattr(module, "internal", module.router))
        actions |= {route.name for router in routers for route in router.routes}
    app.add_exception_handler(Error, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_crash)
    app.state.usage = None
    if lab is not None:
        watch(app, lab, actions)
    app.add_middleware(Activity)
    return app


def watch(app: FastAPI, lab: Lab, actions: set[str]) -> None:
    """Note what the operator wants noted. ``actions``: the names of all that can be asked."""
    access = lab.rights.logs["access log"] if accesslog.wanted() else None
    if usage.wanted():
        app.state.usage = lab.rights.usage(actions)
        lab.hub.tap = lambda event: count_run(app.state.usage, event)
    if access is not None or app.state.usage is not None:
        app.add_middleware(Watch, access=access, usage=app.state.usage, closed=lambda: lab.rights.consents.closed(None, "usage"))


def count_run(counted: usage.Usage, event: Event) -> None:
    if event.type == "run" and event.data.get("status") in usage.ENDS:
        counted.record("run ended", run=event.run, kind=event.data["kind"], status=event.data["status"])
