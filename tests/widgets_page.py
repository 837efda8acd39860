"""A page outside JupyterLab for the widgets: static files, and the lab service behind them as Jupyter proxies it.

Only what the browser needs of Jupyter is here: a base URL that is not the root, the XSRF cookie and header.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from comexp_lab import widgets

STATIC = Path(widgets.__file__).parent / "static"
BASE = "/user/ada/"
APP = f"{BASE}comexp/fo/"
THEMES = {
    "light": ("#fff", "#212121", "#5f5f5f", "#e0e0e0", "#1976d2"),
    "dark": ("#111", "#fff", "#b0b0b0", "#3a3a3a", "#42a5f5"),
}
VARIABLES = ("layout-color1", "ui-font-color1", "ui-font-color2", "border-color2", "brand-color1")
PAGE = """<!doctype html><meta charset=utf-8><title>Widgets</title>
<script id="jupyter-config-data" type="application/json">{{"baseUrl": "{base}"}}</script>
<style>:root{{{theme};color-scheme:{name}}} body{{margin:16px;background:var(--jp-layout-color1);font:13px system-ui}}</style>
<div id="cell" tabindex="0"></div>
<script type="module">
const asked = new URLSearchParams(location.search);
const values = JSON.parse(asked.get("traits"));
const listeners = {{}};
window.sent = [];
window.model = {{
  get: name => values[name],
  set: (name, value) => {{ values[name] = value; (listeners["change:" + name] ?? []).forEach(f => f()); }},
  save_changes: () => window.sent.push(structuredClone(values)),
  on: (name, f) => (listeners[name] ??= []).push(f),
  off: (name, f) => {{ listeners[name] = (listeners[name] ?? []).filter(g => g !== f); }},
}};
const widget = (await import("{base}static/" + asked.get("widget") + ".js")).default;
window.end = await widget.render({{ model: window.model, el: document.getElementById("cell") }});
</script>"""


class Page(ThreadingHTTPServer):
    """``cut`` drops every request to the service, as a lost network does."""

    daemon_threads = True

    def __init__(self, socket: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket_of_lab = socket
        self.token = secrets.token_hex(8)
        self.cut = False
        self.lose_answers = False
        self.client = httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://lab", timeout=30)

    def url(self, widget: str, traits: str, theme: str = "light") -> str:
        query = httpx.QueryParams({"widget": widget, "traits": traits, "theme": theme})
        return f"http://127.0.0.1:{self.server_port}{BASE}page?{query}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no error."""


class Handler(BaseHTTPRequestHandler):
    server: Page
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == f"{BASE}page":
            name = "dark" if "theme=dark" in self.path else "light"
            theme = "".join(f"--jp-{key}:{value};" for key, value in zip(VARIABLES, THEMES[name], strict=True))
            self._answer(200, "text/html", PAGE.format(base=BASE, theme=theme, name=name).encode())
        elif path.startswith(f"{BASE}static/"):
            self._answer(200, "text/javascript", (STATIC / Path(path).name).read_bytes())
        elif path.startswith(APP):
            self._app(b"")
        else:
            self._proxy(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path.startswith(APP):
            self._app(body)
        elif self.headers["X-XSRFToken"] != self.server.token:
            self._answer(403, "application/json", b'{"message": "XSRF"}')
        else:
            self._proxy(body)

    def _proxy(self, body: bytes) -> None:
        inside = self.path.removeprefix(f"{BASE}comexp")
        if self.server.cut or inside == self.path:
            self.close_connection = True
            return
        kept = {k: v for k, v in self.headers.items() if k.lower() in {"accept", "content-type", "range", "if-none-match"}}
        self._pass(self.server.client, inside, kept, body)

    def _app(self, body: bytes) -> None:
        """To the browse service, as its docstring asks of the door."""
        home = self.server.socket_of_lab.parent
        token = json.loads((home / "fo.json").read_text())["token"]
        kept = {k: v for k, v in self.headers.items() if k.lower() in {"accept", "content-type", "range", "if-none-match"}}
        client = httpx.Client(transport=httpx.HTTPTransport(uds=str(home / "fo.sock")), base_url="http://fo", timeout=60)
        with client:
            self._pass(client, "/" + self.path.removeprefix(APP), kept | {"X-Comexp-Browse": token}, body)

    def _pass(self, client: httpx.Client, path: str, kept: dict[str, str], body: bytes) -> None:
        with client.stream(self.command, path, headers=kept, content=body) as response:
            if "event-stream" in response.headers.get("content-type", ""):
                self._events(response)
                return
            content = response.read()
        if self.server.lose_answers and self.command == "POST":
            self.close_connection = True
            return
        self._answer(response.status_code, response.headers.get("content-type", ""), content)

    def _events(self, response: httpx.Response) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for piece in response.iter_raw():
            if self.server.cut:
                return
            self.wfile.write(piece)
            self.wfile.flush()

    def _answer(self, status: int, mime: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Set-Cookie", f"_xsrf={self.server.token}; Path={BASE}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """The browser's requests are no news."""


@contextmanager
def serve(socket: Path) -> Iterator[Page]:
    page = Page(socket)
    thread = threading.Thread(target=page.serve_forever, daemon=True)
    thread.start()
    try:
        yield page
    finally:
        page.shutdown()
        page.server_close()
