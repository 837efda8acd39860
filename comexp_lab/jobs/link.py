"""A worker's line to the lab service: reports with numbers, so that each is applied once however often it must be sent.

The service may go away and come back at any time; the worker waits for it and goes on. Only an answer that says the run is
no longer ours ends the worker.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab import transport
from comexp_lab.errors import Error, NotAllowed

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

PATIENCE_S = 3600.0
REPORT_EVERY_S = 0.5
HEARTBEAT_S = 5.0


class Gone(Exception):
    """The lab service did not come back, or its workspace is no longer there: nobody is left to report to."""


class Link:
    """Reports from any thread; progress is sent at most twice a second, the rest in order and never lost."""

    def __init__(self, socket: Path, run: str, token: str) -> None:
        self._client = transport.connect(socket, timeout_s=300.0)
        self._client.headers["Authorization"] = f"Bearer {token}"
        self._base = f"/internal/runs/{run}"
        self._home = socket.parent
        self._seq = 0
        self._pending: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self.refused: Error | None = None
        self._sender = threading.Thread(target=self._send_reports, name="reports", daemon=True)
        self._sender.start()

    # ---- requests
    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The service's answer; waits through restarts of the service. Raises the error it answers, or Gone."""
        import httpx

        deadline, pause = time.monotonic() + PATIENCE_S, 0.1
        while True:
            try:
                response = self._client.request(method, self._base + path, **options)
                if response.status_code < 500 or response.status_code == 507:
                    return transport.raise_for_problem(response)
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline or not self._home.is_dir():
                raise Gone
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)

    def spec(self) -> dict[str, Any]:
        return self.request("GET", "").json()

    def table(self, part: str) -> pa.Table:
        from comexp_lab.learn.manifest import from_stream

        return from_stream(self.request("GET", f"/manifest/{part}").content)

    def weights(self) -> bytes | str:
        """The model file to start from, or the name of an architecture."""
        response = self.request("GET", "/weights")
        return response.json()["architecture"] if response.headers["content-type"].startswith("application/json") else response.content

    def file(self, name: str) -> bytes:
        return self.request("GET", f"/files/{name}").content

    def get(self, blob: str, key: bytes) -> bytes:
        """A picture of a dataset that is only in the service's memory."""
        return self.request("GET", f"/blobs/{blob}").content

    def seal(self, name: str, data: bytes, **facts: Any) -> None:
        self.flush()
        self.request("PUT", f"/files/{name}", content=data, headers={"X-Comexp-Facts": json.dumps(facts)})

    def labels(self, table: pa.Table) -> dict[str, Any]:
        from comexp_lab.learn.manifest import to_stream

        return self.request("POST", "/labels", content=to_stream(table)).json()

    def done(self, result: dict[str, Any] | None = None, problem: dict[str, Any] | None = None) -> None:
        self.flush()
        self._closed = True
        self.request("POST", "/done", json={"result": result, "problem": problem})

    # ---- reports
    def progress(self, fraction: float, message: str) -> None:
        with self._lock:
            self._pending |= {"progress": fraction, "message": message}

    def metrics(self, row: dict[str, float]) -> None:
        with self._lock:
            self._pending.setdefault("metrics", []).append(row)
        self._wake.set()

    def log(self, line: str) -> None:
        with self._lock:
            self._pending.setdefault("log", []).append(line)

    def flush(self) -> None:
        """Send what is waiting, now."""
        with self._sending:
            with self._lock:
                report, self._pending = self._pending, {}
                self._seq += 1
                seq = self._seq
            self.request("POST", "/events", json={"seq": seq, **report})

    def _send_reports(self) -> None:
        sent = time.monotonic()
        while not self._closed:
            self._wake.wait(REPORT_EVERY_S)
            self._wake.clear()
            if not self._closed and (self._pending or time.monotonic() - sent > HEARTBEAT_S):
                try:
                    self.flush()
                except NotAllowed:
                    stop()
                except Error as error:
                    self.refused = error
                except Gone:
                    stop()
                sent = time.monotonic()


def leave_nothing() -> None:
    """Empty the worker's private folder, whose contents nobody needs any more."""
    for path in Path.cwd().iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def stop() -> None:
    """The run is not ours any more: end at once, with all children."""
    leave_nothing()
    os.killpg(0, signal.SIGKILL)


class LogLines(logging.Handler):
    """Sends what a library logs to the run's log."""

    def __init__(self, link: Link) -> None:
        super().__init__(logging.INFO)
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            if line.strip():
                self._link.log(line.strip())
