"""The door: a real Jupyter server proxying to a real HTTP server on the sockets of a workspace."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from jupyter_server.serverapp import ServerApp, _has_tornado_web_authenticated
from tornado.routing import Rule
from tornado.web import RequestHandler, authenticated
from traitlets.config import Config

from comexp_lab.jupyter.guard import check_path
from comexp_lab.jupyter.handlers import ApiHandler
from comexp_lab.transport import browse_socket_path, runtime_dir, socket_path

TOKEN = "a-token-of-this-test"


class Echo:
    """An ASGI app that tells what it received, streams, breaks off, or refuses, as the path asks."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.left = threading.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        name = scope["path"].rsplit("/", 1)[-1]
        await getattr(self, f"_{name}", self._echo)(scope, receive, send)

    async def _echo(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        told = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "headers": headers,
            "size": size,
        }
        self.received.append(told)
        kind = b"text/html" if scope["path"].endswith("page") else b"application/json"
        extra = [(b"set-cookie", b"a=b"), (b"content-type", kind), (b"access-control-allow-origin", b"*"), (b"x-kept", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": extra})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    async def _stream(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()

    async def _broken(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"x" * 10, "more_body": True})
        raise RuntimeError("the service dies in the middle of its answer")

    async def _late(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await asyncio.sleep(0.2)
        await send({"type": "http.response.body", "body": b"{}"})

    async def _refuse(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):  # as the lab service does
            pass
        await send({"type": "http.response.start", "status": 507, "headers": [(b"content-type", b"application/problem+json")]})
        await send({"type": "http.response.body", "body": b'{"detail": "full"}'})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="module")
def echo(folder: Path) -> Iterator[Echo]:
    """The echo on both sockets of the workspace."""
    app = Echo()
    servers = []
    secrets = {"segment": "abc", "token": "of-the-guard", "pid": 1}
    (runtime_dir(folder / "workspace") / "fo.json").write_text(json.dumps(secrets))
    for path in (socket_path(folder / "workspace"), browse_socket_path(folder / "workspace")):
        server = uvicorn.Server(uvicorn.Config(app, uds=str(path), log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
    while not all(server.started for server, _ in servers):
        time.sleep(0.01)
    yield app
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def service(echo: Echo) -> Echo:
    echo.received.clear()
    return echo


@pytest.fixture(scope="module")
def jupyter(folder: Path) -> Iterator[ServerApp]:
    """A Jupyter server under a base URL that needs encoding, in a thread of its own."""
    config = Config()
    config.ServerApp.update(
        root_dir=str(folder),
        base_url="/a%40b/",
        port=free_port(),
        open_browser=False,
        allow_root=True,
        allow_unauthenticated_access=False,
        max_body_size=1 << 20,
        jpserver_extensions={"comexp_lab.jupyter": True},
    )
    config.IdentityProvider.token = TOKEN
    app = ServerApp(config=config)
    app.init_signal = lambda: None  # type: ignore[method-assign]
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        app.initialize(argv=[], find_extensions=False)
        loop.call_soon(ready.set)
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(30)
    yield app
    asyncio.run_coroutine_threadsafe(app._cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def ask(jupyter: ServerApp) -> Iterator[httpx.Client]:
    """A client that has logged in with the token."""
    with httpx.Client(base_url=address(jupyter), headers={"Authorization": f"token {TOKEN}"}, timeout=20) as client:
        yield client


@pytest.fixture
def stranger(jupyter: ServerApp) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address(jupyter), timeout=20) as client:
        yield client


def address(app: ServerApp) -> str:
    return f"http://127.0.0.1:{app.port}/a%40b/comexp/"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def raw(app: ServerApp, method: str, path: str, body: bytes = b"", *headers: str) -> socket.socket:
    """A connection on which a request was sent exactly as written."""
    sock = socket.create_connection(("127.0.0.1", app.port), timeout=5)
    lines = [f"{method} /a%40b/comexp/{path} HTTP/1.1", "Host: localhost", f"Authorization: token {TOKEN}", *headers]
    sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return sock


def read_all(sock: socket.socket) -> str:
    return b"".join(iter(lambda: sock.recv(65536), b"")).decode()


# ---- the route table -----------------------------------------------------------------------------------------------
def unprotected(handler: type[RequestHandler]) -> list[str]:
    """Verbs of a handler that are not written out in it, not authenticated, or not authorized for its resource."""
    bad = []
    for verb in (name.lower() for name in handler.SUPPORTED_METHODS if name != "OPTIONS"):
        method = getattr(handler, verb)
        if method == RequestHandler._unimplemented_method:
            continue
        spelled_out = verb in vars(handler) and _has_tornado_web_authenticated(method)
        inner = getattr(method, "__wrapped__", None)
        names = dict(zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=False)) if inner else {}
        action = names["action"].cell_contents if "action" in names else None
        resource = names["resource"].cell_contents if "resource" in names else None
        wanted = "read" if verb in {"get", "head"} else "write"
        if not spelled_out or action != wanted or resource != getattr(handler, "resource", None):
            bad.append(f"{handler.__name__}.{verb}")
    return bad


def our_rules(app: Any) -> list[Rule]:
    rules = [rule for group in app.web_app.default_router.rules for rule in getattr(group.target, "rules", [])]
    return [rule for rule in rules if getattr(rule.target, "__module__", "").startswith("comexp_lab")]


def test_every_verb_is_authenticated_and_authorized(jupyter: ServerApp) -> None:
    rules = our_rules(jupyter)
    protected = {"ApiHandler", "RightsHandler", "BrowseHandler", "SourceHandler"}
    assert {rule.target.__name__ for rule in rules} == protected | {"UnsubscribeHandler"}
    assert [bad for rule in rules if rule.target.__name__ in protected for bad in unprotected(rule.target)] == []


def test_one_address_asks_for_no_login_and_takes_three_verbs(jupyter: ServerApp) -> None:
    """The exception: unsubscribing, where the token in the address is the proof. Nothing else is below it."""
    [rule] = [rule for rule in our_rules(jupyter) if rule.target.__name__ == "UnsubscribeHandler"]
    assert rule.matcher.regex.pattern == r"/a%40b/comexp/u/([^/]+)$"
    verbs = {name for name in RequestHandler.SUPPORTED_METHODS if name.lower() in vars(rule.target)}
    assert verbs == {"GET", "HEAD", "POST"}


def test_the_check_of_the_route_table_can_fail() -> None:
    class Inherits(ApiHandler):
        resource = "comexp:api"

    class Bare(ApiHandler):
        @authenticated
        async def get(self, _: str) -> None: ...

    assert len(unprotected(Inherits)) == 6
    assert "Bare.get" in unprotected(Bare)


# ---- who may pass --------------------------------------------------------------------------------------------------
CASES = {
    "same-origin": ({"Sec-Fetch-Site": "same-origin"}, 200),
    "same-site": ({"Sec-Fetch-Site": "same-site"}, 403),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "no-cors": ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    "none": ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 403),
    "null": ({"Origin": "null"}, 403),
    "null, said to be same": ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 403),
    "own origin": ({"Origin": "http://localhost:1", "Host": "localhost:1"}, 200),
    "foreign origin": ({"Origin": "http://evil.example", "Host": "localhost:1"}, 403),
    "script with token": ({}, 200),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["api/datasets", "api/rights/inventory", "fo/abc/page"])
def test_only_pages_of_this_origin_pass(ask: httpx.Client, service: Echo, path: str, method: str) -> None:
    answers = {name: ask.request(method, path, headers=headers).status_code for name, (headers, _) in CASES.items()}
    assert answers == {name: status for name, (_, status) in CASES.items()}
    assert len(service.received) == list(answers.values()).count(200)


def test_without_login_nothing_passes(service: Echo, stranger: httpx.Client) -> None:
    for method in ("GET", "POST", "DELETE", "PATCH"):
        for path in ("api/datasets", "api/rights/inventory", "fo/abc/page"):
            answer = stranger.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 405 or (answer.status_code == 403 and answer.headers["Content-Type"] == "application/problem+json")
    assert service.received == []


def test_a_write_by_cookie_needs_the_xsrf_token(service: Echo, stranger: httpx.Client) -> None:
    root = str(stranger.base_url).removesuffix("comexp/")
    stranger.get(f"{root}login")
    stranger.get(f"{root}api/status?token={TOKEN}")
    page = {"Sec-Fetch-Site": "same-origin"}
    assert stranger.get("api/datasets", headers=page).status_code == 200
    assert stranger.post("api/datasets", headers=page).status_code == 403
    xsrf = stranger.cookies["_xsrf"]
    assert stranger.post("api/datasets", headers={**page, "X-XSRFToken": xsrf}).status_code == 200
    assert stranger.get("api/datasets").status_code == 403  # a cookie alone, from nowhere: no page of ours


def test_a_hub_can_keep_rights_and_browse_to_the_owner(
    ask: httpx.Client, service: Echo, jupyter: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()

    def decide(handler: Any, user: Any, action: str, resource: str) -> bool:
        asked.add((action, resource))
        return resource == "comexp:api"

    monkeypatch.setattr(jupyter.web_app.settings["authorizer"], "is_authorized", decide)
    assert ask.post("api/datasets").status_code == 200
    assert ask.post("api/rights/erasures").status_code == ask.post("fo/abc/graphql").status_code == 403
    assert asked == {("write", "comexp:api"), ("write", "comexp:rights"), ("write", "comexp:browse")}
    assert len(service.received) == 1


# ---- addresses -----------------------------------------------------------------------------------------------------
STRANGE = [
    "../internal/runs",
    "x/../../internal/runs",
    "%2e%2e/internal/runs",
    "%2E%2E%2Finternal",
    "./x",
    "x//y",
    "/internal",
    "..%2finternal",
    "%252e%252e/internal",
    "x%5c..%5cinternal",
    "%72ights/erasures",
    "x%00",
    "x%0d%0aX-Comexp-Via:",
    "a%zz",
]


@pytest.mark.parametrize("path", STRANGE)
@pytest.mark.parametrize("root", ["api", "fo/abc"])
def test_no_address_leads_elsewhere(jupyter: ServerApp, service: Echo, path: str, root: str) -> None:
    answer = read_all(raw(jupyter, "POST", f"{root}/{path}", b"", "Content-Length: 0", "Connection: close"))
    assert answer.split()[1] in {"400", "404", "422"}
    assert service.received == []


def test_honest_addresses_pass() -> None:
    for path in ("datasets", "datasets/", "datasets/a%20b/samples/1/media", "uploads/0f-1_2.~x", "datasets/stra%C3%9Fe", ""):
        assert check_path(path) == path


# ---- what is sent on, what comes back ------------------------------------------------------------------------------
def test_headers_are_an_allow_list_both_ways(ask: httpx.Client, service: Echo) -> None:
    sent = {
        "Cookie": "secret=1",
        "X-Comexp-Via": "unix",
        "X-Comexp-Token": "t",
        "X-Forwarded-For": "1.2.3.4",
        "Range": "bytes=0-1",
        "Upload-Offset": "5",
        "Last-Event-ID": "7",
        "Sec-GPC": "1",
        "X-XSRFToken": "x",
        "Accept": "application/json",
    }
    answer = ask.patch("api/uploads/1", headers=sent, params={"token": TOKEN, "no": "1"}, content=b"x")
    told = answer.json()
    assert told["headers"]["x-comexp-via"] == "jupyter"
    assert {"cookie", "authorization", "x-comexp-token", "x-forwarded-for", "x-xsrftoken"}.isdisjoint(told["headers"])
    assert (told["headers"]["range"], told["headers"]["upload-offset"], told["headers"]["last-event-id"]) == ("bytes=0-1", "5", "7")
    assert told["headers"]["sec-gpc"] == "1", "an opt-out is heard (Global Privacy Control)"
    assert told["query"] == "no=1"
    assert answer.headers["X-Kept"] == "1"
    assert "a=b" not in answer.headers.get("Set-Cookie", "")
    assert answer.headers.get("Access-Control-Allow-Origin", "") == ""


def test_neither_a_browser_nor_the_log_of_jupyter_keeps_names(service: Echo, ask: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """An App that is still open when data is erased asks for it again, by the names of files and datasets."""
    caplog.set_level("DEBUG")
    assert ask.get("api/datasets/anna").headers["cache-control"] == "no-store"
    page = {"Referer": f"{ask.base_url}fo/s/m/datasets/anna"}
    for path, status in (("api/anna/refuse", 507), ("fo/abc/m/media?filepath=anna.jpg", 200), ("api/datasets/%61nna", 422)):
        assert ask.get(path, headers=page).status_code == status, path
    told = [record.getMessage() for record in caplog.records if record.name == "ServerApp"]
    assert "/comexp/api/…" in str(told) and not [line for line in told if "anna" in line.lower()], told


def test_the_service_hears_of_the_browser_only_where_an_access_log_is_kept(
    ask: httpx.Client, service: Echo, jupyter: ServerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"User-Agent": "Firefox\t140", "Referer": "http://localhost/lab", "X-Comexp-Ip": "forged", "X-Comexp-Agent": "forged"}
    facts = ("x-comexp-ip", "x-comexp-agent", "x-comexp-referrer")
    assert not set(facts) & ask.get("api/datasets", headers=sent).json()["headers"].keys()
    monkeypatch.setitem(jupyter.web_app.settings, "comexp_access_log", True)
    for path in ("api/datasets", "api/rights/inventory"):
        heard = ask.get(path, headers=sent).json()["headers"]
        assert [heard[fact] for fact in facts] == ["127.0.0.1", "Firefox140", "http://localhost/lab"]
    assert not set(facts) & ask.get("fo/abc/page", headers=sent).json()["headers"].keys(), "only our own API"


def test_bytes_of_users_never_become_pages_of_this_origin(ask: httpx.Client, service: Echo) -> None:
    headers = ask.get("api/page").headers
    assert headers["Content-Disposition"] == "attachment"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_the_app_of_fiftyone_may_be_framed_by_us_only(ask: httpx.Client, service: Echo) -> None:
    policy = ask.get("fo/abc/page").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" not in policy
    assert "http" not in policy


def test_the_guard_gets_its_token_and_only_its_own_segment_passes(ask: httpx.Client, service: Echo) -> None:
    told = ask.post("fo/abc/graphql", headers={"X-Comexp-Browse": "forged"}).json()
    assert told["path"] == "/abc/graphql"
    assert told["headers"]["x-comexp-browse"] == "of-the-guard"
    assert ask.post("fo/abd/graphql").status_code == 404
    files = "fo/app-0123456789abcdef/assets/"  # FiftyOne's own, whose address outlives the segment
    assert ask.get(f"{files}index-C.js").json()["headers"]["x-comexp-browse"] == "of-the-guard"
    for method, path in (("POST", f"{files}index-C.js"), ("GET", "fo/app-0123456789abcdef/graphql"), ("GET", f"{files}a/b")):
        assert ask.request(method, path).status_code == 404
    assert "x-comexp-browse" not in ask.get("api/datasets").json()["headers"]
    assert len(service.received) == 3


def test_without_the_browse_service_one_line_says_so(ask: httpx.Client, folder: Path, echo: Echo) -> None:
    secrets = runtime_dir(folder / "workspace") / "fo.json"
    kept = secrets.read_text()
    secrets.unlink()
    answer = ask.get("fo/abc/page")
    secrets.write_text(kept)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:comexp:Unavailable"


def test_an_upload_of_any_size_streams_through(ask: httpx.Client, service: Echo) -> None:
    size = 8 << 20  # eight times what this Jupyter takes as a body
    assert ask.patch("api/uploads/1", content=b"x" * size).json()["size"] == size
    chunked = ask.post("api/uploads", content=(b"y" * 65536 for _ in range(64)))
    assert chunked.json()["size"] == 64 * 65536


def test_the_refusal_of_a_large_body_arrives(jupyter: ServerApp, service: Echo) -> None:
    sock = raw(jupyter, "POST", "api/refuse", b"x" * (8 << 20), f"Content-Length: {8 << 20}", "Connection: close")
    answer = read_all(sock)
    assert answer.startswith("HTTP/1.1 507 ")
    assert '{"detail": "full"}' in answer


def test_half_an_answer_is_an_error(ask: httpx.Client, service: Echo) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask.get("api/broken")


def test_a_small_answer_is_one_message(jupyter: ServerApp, service: Echo) -> None:
    first = raw(jupyter, "GET", "api/late").recv(65536)
    assert first.startswith(b"HTTP/1.1 200") and first.endswith(b"\r\n\r\n{}")


def test_events_arrive_at_once_and_the_service_sees_the_browser_leave(service: Echo, jupyter: ServerApp) -> None:
    sock = raw(jupyter, "GET", "api/stream")
    seen = b""
    while b"data: first\n\n" not in seen:
        seen += sock.recv(65536)
    assert not service.left.is_set()
    sock.close()
    assert service.left.wait(2)


def test_only_what_a_person_does_counts_as_activity(ask: httpx.Client, service: Echo, jupyter: ServerApp) -> None:
    times = jupyter.web_app.settings["last_activity_times"]
    times.pop("comexp", None)
    ask.get("api/datasets")
    ask.post("fo/abc/events")
    assert "comexp" not in times
    ask.post("api/datasets/1/labels")
    assert "comexp" in times


def test_the_source_of_what_runs_is_offered(ask: httpx.Client) -> None:
    names = zipfile.ZipFile(io.BytesIO(ask.get("source").content)).namelist()
    assert {"comexp_lab/jupyter/guard.py", "labextension/src/index.ts", "labextension/package.json", "pyproject.toml"} <= set(names)
    assert not any("node_modules" in name or "__pycache__" in name for name in names)


def test_kernels_inherit_the_workspace(jupyter: ServerApp, folder: Path) -> None:
    assert os.environ["COMEXP_WORKSPACE"] == str(folder / "workspace")
    assert os.environ["COMEXP_NOTEBOOKS"] == str(folder), "where an erasure looks for outputs"
