"""The addresses below ``<base_url>/comexp``. Every verb spells out who may use it; nothing is inherited or aliased.

``@authorized`` without arguments remembers the action and resource of its first call, so a verb shared by two classes
would be checked against the wrong one: hence the repetition, which a test enforces.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httputil import HTTPHeaders

from comexp_lab import __version__
from comexp_lab.errors import NotFound, Unavailable
from comexp_lab.jupyter import source
from comexp_lab.jupyter.guard import check_path
from comexp_lab.jupyter.proxy import READING, ComexpHandler, Proxy
from comexp_lab.jupyter.upstream import Upstream

ASSET = re.compile(r"app-[0-9a-f]{16}/assets/[\w.-]+")


class _LabHandler(Proxy):
    @property
    def upstream(self) -> Upstream:
        return self.settings["comexp_api"]  # type: ignore[no-any-return]

    def target(self) -> str:
        start = len(url_path_join(self.base_url, "comexp/api/"))
        return "/api/" + check_path(self.request.path[start:])

    def extra_headers(self) -> dict[str, str]:
        """What the service's access log says of the browser, where the operator keeps one."""
        if not self.settings["comexp_access_log"]:
            return {}
        heard = self.request.headers
        facts = {"Ip": str(self.request.remote_ip), "Agent": heard.get("User-Agent", ""), "Referrer": heard.get("Referer", "")}
        return {f"X-Comexp-{name}": re.sub(r"[^\x20-\x7e]", "", value)[:1024] for name, value in facts.items()}


class ApiHandler(_LabHandler):
    """The lab service's API."""

    resource = "comexp:api"

    @web.authenticated
    @authorized("read", "comexp:api")
    async def get(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("read", "comexp:api")
    async def head(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:api")
    async def post(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:api")
    async def put(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:api")
    async def patch(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:api")
    async def delete(self, _: str) -> None:
        await self.relay()


class RightsHandler(_LabHandler):
    """What destroys or takes away everything is a resource of its own, so that a hub can grant it apart."""

    resource = "comexp:rights"

    @web.authenticated
    @authorized("read", "comexp:rights")
    async def get(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:rights")
    async def post(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:rights")
    async def put(self, _: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:rights")
    async def delete(self, _: str) -> None:
        await self.relay()


class BrowseHandler(Proxy):
    """The FiftyOne App behind its guard. It can run code of the kernel's owner: never grant it to anybody else."""

    resource = "comexp:browse"
    csp = (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
        "frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
    )

    @property
    def upstream(self) -> Upstream:
        return self.settings["comexp_browse"]  # type: ignore[no-any-return]

    def target(self) -> str:
        start = len(url_path_join(self.base_url, "comexp/fo/"))
        path = check_path(self.request.path[start:])
        public = self.request.method in READING and ASSET.fullmatch(path)  # FiftyOne's own files, the same for everybody
        if not public and not hmac.compare_digest(path.split("/")[0], str(self.secrets()["segment"])):
            raise NotFound("This image browser has ended: open the dataset in FiftyOne again.")
        return "/" + path

    def secrets(self) -> dict[str, Any]:
        """What the running browse service published for its door; Unavailable if none runs."""
        file = self.upstream.path().with_name("fo.json")
        try:
            return json.loads(file.read_text())  # type: ignore[no-any-return]
        except (OSError, ValueError):
            raise Unavailable("The image browser is not running: open the dataset in FiftyOne again.") from None

    def extra_headers(self) -> dict[str, str]:
        return {"X-Comexp-Browse": str(self.secrets()["token"])}

    def protect(self, headers: HTTPHeaders) -> None:
        """The App needs scripts and styles; its guard says which. Framing stays ours to allow."""
        policy = headers.get("Content-Security-Policy", self.csp)
        self.set_header("Content-Security-Policy", policy if "frame-ancestors" in policy else f"{policy}; frame-ancestors 'self'")
        self.set_header("X-Content-Type-Options", "nosniff")

    def counts_as_activity(self) -> bool:
        return super().counts_as_activity() and not self.request.path.endswith("/events")

    def check_xsrf_cookie(self) -> None:
        """The App cannot send Jupyter's token: the random segment of its address and check_origin stand for it."""

    @web.authenticated
    @authorized("read", "comexp:browse")
    async def get(self, _: str, __: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("read", "comexp:browse")
    async def head(self, _: str, __: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:browse")
    async def post(self, _: str, __: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:browse")
    async def patch(self, _: str, __: str) -> None:
        await self.relay()

    @web.authenticated
    @authorized("write", "comexp:browse")
    async def delete(self, _: str, __: str) -> None:
        await self.relay()


class SourceHandler(ComexpHandler):
    """The source code of this very version, as a zip."""

    resource = "comexp:source"

    @web.authenticated
    @authorized("read", "comexp:source")
    async def get(self) -> None:
        data = await asyncio.to_thread(source.archive)
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f'attachment; filename="comexp_lab-{__version__}-source.zip"')
        self.finish(data)
