"""A page in Chromium that nobody watches.

Playwright listens to the network, and Chromium then hands it the body of every request, which takes ten times as long as
sending it. This speaks DevTools itself and asks for nothing but JavaScript and the file dialog.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab_rig import CHROMIUM, QUIET
from websocket import WebSocket, create_connection


class Page:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._last = 0
        self._seen: list[Any] = []

    def call(self, method: str, **params: Any) -> Any:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        answer = self._until(lambda message: message.get("id") == self._last)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def evaluate(self, code: str) -> Any:
        """The value of an expression; a promise is awaited."""
        said = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in said:
            raise RuntimeError(said["exceptionDetails"])
        return said["result"].get("value")

    def wait_for(self, code: str, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not self.evaluate(code):
            if time.monotonic() > end:
                raise TimeoutError(code)
            time.sleep(0.1)

    def choose(self, code: str, files: list[Path]) -> None:
        """Run what opens a file dialog, and choose these files in it."""
        self.call("Page.setInterceptFileChooserDialog", enabled=True)
        self.evaluate(code)
        opened = self._until(lambda message: message.get("method") == "Page.fileChooserOpened")
        self.call("DOM.setFileInputFiles", files=[str(file) for file in files], backendNodeId=opened["params"]["backendNodeId"])

    def _until(self, wanted: Any) -> Any:
        while True:
            for number, message in enumerate(self._seen):
                if wanted(message):
                    return self._seen.pop(number)
            self._seen.append(json.loads(self._socket.recv()))


@contextmanager
def page() -> Iterator[Page]:
    profile = Path(tempfile.mkdtemp(prefix="bench-chromium-"))
    options = [*QUIET, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen([CHROMIUM, *options], stderr=subprocess.DEVNULL)
    try:
        socket = create_connection(address(profile), suppress_origin=True, timeout=600)
        top = Page(socket)
        target = top.call("Target.createTarget", url="about:blank")["targetId"]
        base = address(profile).split("/devtools/")[0]
        yield Page(create_connection(f"{base}/devtools/page/{target}", suppress_origin=True, timeout=600))
        top.call("Browser.close")
        process.wait(20)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def address(profile: Path) -> str:
    """Where DevTools listens."""
    file, end = profile / "DevToolsActivePort", time.monotonic() + 60
    while not (file.exists() and len(file.read_text().split("\n")) > 1):
        if time.monotonic() > end:
            raise TimeoutError("Chromium did not start")
        time.sleep(0.05)
    port, path = file.read_text().split("\n")[:2]
    return f"ws://127.0.0.1:{port}{path}"
