"""What is noted of requests: a line of the access log for those of browsers, a usage event for what somebody did. Only where wanted."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from comexp_lab.rights import accesslog
from comexp_lab.rights.daily import DailyLog
from comexp_lab.rights.usage import Usage

Closed = Callable[[], str | None]
READING = {"GET", "HEAD", "OPTIONS"}


class Watch:
    """Plain ASGI, so that streams are not buffered. What Jupyter knows of the browser comes in headers that only it can send."""

    def __init__(self, app: Callable[..., Awaitable[None]], access: DailyLog | None, usage: Usage | None, closed: Closed) -> None:
        self.app, self.access, self.usage, self.closed = app, access, usage, closed

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, seen = time.monotonic(), {"status": 0, "bytes": 0}

        async def counting(message: dict[str, Any]) -> None:
            seen["status"] = message.get("status", seen["status"])
            seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counting)
        finally:
            self.note(scope, seen["status"] or 500, seen["bytes"], time.monotonic() - began)

    def note(self, scope: dict[str, Any], status: int, size: int, seconds: float) -> None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        route = scope.get("route")
        if self.access is not None and headers.get("x-comexp-via") == "jupyter" and self.closed() is None:
            pattern = f"/{scope['path'].split('/')[1]}{route.path}" if route is not None else "an unknown address"
            who = [headers.get(f"x-comexp-{fact}", "") for fact in ("ip", "agent", "referrer")]
            self.access.add(accesslog.entry(who[0], datetime.now(UTC), scope["method"], pattern, size, status, *who[1:]))
        if self.usage is not None and scope["method"] not in READING and scope["path"].startswith("/api/") and route is not None:
            self.usage.record("action", action=route.name, status=status, seconds=round(seconds, 3))
