"""The one address that asks for no login: unsubscribing from marketing mail (RFC 8058).

A mail program follows it without cookies and without a person, so the token in the address is the whole proof. GET only shows a
page and asks nobody; POST with ``List-Unsubscribe=One-Click`` acts. Nothing of Jupyter's login runs here: no user, no cookie, and
XSRF is pointless where no cookie counts. The address is in no log, because it holds the token.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from html import escape
from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

from comexp_lab.errors import Error, NotFound
from comexp_lab.transport import connect, ensure_service, raise_for_problem

TOKEN = re.compile(r"[A-Za-z0-9_-]{86}==")
ONE_CLICK = "List-Unsubscribe=One-Click"
MOST_BYTES = 4096
MOST_A_MINUTE = 30
CSP = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
ASK = ("Stop receiving news by e-mail?", "Больше не получать новости по электронной почте?", "不再接收电子邮件通讯？")
DONE = ("You will receive no more news by e-mail.", "Новости по электронной почте больше не придут.", "您将不再收到电子邮件通讯。")
BUTTON = "Unsubscribe · Отписаться · 退订"


class Gate:
    """At most so many posts a minute, from whoever: letters are few, and guessing is hopeless but should not cost either."""

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        self._times = deque[float](maxlen=most)

    def passes(self, now: float) -> bool:
        full = len(self._times) == self._times.maxlen and now - self._times[0] < 60
        if not full:
            self._times.append(now)
        return not full


class UnsubscribeHandler(web.RequestHandler):
    """``<base_url>/comexp/u/<token>``"""

    def initialize(self, workspace: Path, gate: Gate) -> None:
        self._workspace, self._gate = workspace, gate

    def check_xsrf_cookie(self) -> None:
        """Mail programs have no cookie: the token is the proof."""

    def _log(self) -> None:
        """Nothing: the address is a secret of whoever got the letter."""

    def set_default_headers(self) -> None:
        for name, value in {
            "Content-Security-Policy": CSP,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        }.items():
            self.set_header(name, value)
        self.clear_header("Server")

    @allow_unauthenticated
    def get(self, token: str) -> None:
        button = f'<form method="post"><button name="List-Unsubscribe" value="One-Click">{BUTTON}</button></form>'
        self._page(ASK, button)

    @allow_unauthenticated
    def head(self, token: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")

    @allow_unauthenticated
    async def post(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            return self._refuse(NotFound("There is no such letter."))
        if len(self.request.body) > MOST_BYTES or self.get_body_argument("List-Unsubscribe", "") != "One-Click":
            return self._say(400, ("This address takes List-Unsubscribe=One-Click only (RFC 8058).",))
        if not self._gate.passes(time.monotonic()):
            self.set_header("Retry-After", "60")
            return self._say(429, ("Too many at once: try again in a minute.",))
        try:
            await asyncio.to_thread(unsubscribe, self._workspace, token)
        except Error as error:
            return self._refuse(error)
        return self._page(DONE)

    def write_error(self, status_code: int, **_: object) -> None:
        self._say(status_code, ("This did not work: try again later.",))

    def _refuse(self, error: Error) -> None:
        self._say(error.status, (error.detail,))

    def _say(self, status: int, lines: tuple[str, ...]) -> None:
        self.set_status(status)
        self._page(lines)

    def _page(self, lines: tuple[str, ...], more: str = "") -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
        self.finish(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Comexp</title>{paragraphs}{more}</html>')


def unsubscribe(workspace: Path, token: str) -> None:
    """Ask the lab service, which is started if it does not run. Raises what it answers."""
    with connect(ensure_service(workspace)) as client:
        raise_for_problem(client.post(f"/internal/unsubscribe/{token}", content=ONE_CLICK))
