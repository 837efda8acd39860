"""A real JupyterLab under a non-root base URL, and a real Chromium in front of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comexp_lab.rights import datamap
from comexp_lab.transport import memory_dir, stop_service
from tests.writes import written

TOKEN = "a-token-for-tests"
BASE_URL = "/user/ann%40home/"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SCREENSHOTS = Path(os.environ.get("COMEXP_SCREENSHOTS", Path(__file__).parent.parent / "screenshots"))


@dataclass(frozen=True)
class Server:
    port: int
    root: Path
    workspace: Path
    pid: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}{BASE_URL}"

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Jupyter's own or our API, with the token."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json", "Origin": f"http://localhost:{self.port}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def jupyterlab(root: Path) -> Iterator[Server]:
    """Start JupyterLab in ``root`` and stop it, with its lab service, afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workspace, home, temporary = root / "workspace", root / "home", root / "tmp"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    env = os.environ | {"COMEXP_WORKSPACE": str(workspace), "HOME": str(home), "TMPDIR": str(temporary)}
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={BASE_URL}",
        f"--IdentityProvider.token={TOKEN}",
        f"--notebook-dir={root}",
        "--ServerApp.allow_unauthenticated_access=False",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with written(root, memory_dir()) as files:
        with (root / "jupyter.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT)
        server = Server(port, root, workspace, process.pid)
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(30)
            stop_service(workspace)
    strange = [path for path in sorted(files) if not _expected(path, datamap.roots(workspace, home, temporary, root), files, root)]
    assert not strange, f"written, and not in the data map: {strange[:10]}"


def _expected(path: Path, where: dict[datamap.Root, Path], files: set[Path], root: Path) -> bool:
    """In the data map, or a folder, or written by the tests themselves, or by a program that is not ours: the browser, or in shared memory."""
    folder = (
        path.is_dir() or any(path in other.parents for other in files) or datamap.place_of(path / "x", where) is not None
    )  # gone by now
    memory = where["memory"]
    shared = path.relative_to(memory).parts[0] if path.is_relative_to(memory) else ""
    foreign = "chromium" in path.parts or (bool(shared) and (shared.startswith("comexp-test-") or not shared.startswith("comexp")))
    return folder or foreign or path == root / "jupyter.log" or datamap.place_of(path, where) is not None


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            server.api("api/status")
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError((server.root / "jupyter.log").read_text()[-3000:])


@contextlib.contextmanager
def chromium(dark: bool = False, width: int = 1500, height: int = 950) -> Iterator[Any]:
    """A Playwright page in Debian's Chromium; its console errors are collected in ``page.errors``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        scheme = "dark" if dark else "light"
        page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
        page.set_default_timeout(30_000)
        page.errors = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
        try:
            yield page
        finally:
            browser.close()


def open_lab(page: Any, server: Server, path: str = "", reset: bool = True) -> None:
    """Open JupyterLab (a notebook, if ``path`` names one) and wait until it is ready."""
    tree = f"/tree/{path}" if path else ""
    page.goto(f"{server.url}lab{tree}?token={TOKEN}{'&reset' if reset else ''}")
    page.wait_for_selector("#jp-main-dock-panel", timeout=90_000)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)


def shoot(page: Any, name: str) -> Path:
    """A screenshot for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
