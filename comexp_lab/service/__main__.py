"""``python -m comexp_lab.service --workspace PATH``: own the workspace, answer on its unix socket, stop when idle."""

from __future__ import annotations

import argparse
import asyncio
import importlib.abc
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comexp_lab.errors import Error, WorkspaceBusy
from comexp_lab.service import quiet
from comexp_lab.transport import BUSY_EXIT, socket_path

IDLE_S = 30 * 60.0


def listen(path: Path) -> socket.socket:
    """A listening unix socket that only its owner can open; a stale one is replaced."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(before)
    sock.listen(128)
    return sock


async def serve(workspace: Path, idle_s: float) -> None:
    import uvicorn

    from comexp_lab.service.app import build
    from comexp_lab.service.lab import Lab

    class Server(uvicorn.Server):
        """Leaves signals to us: uvicorn raises them again when it has stopped, which would end us before the lab is closed."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    lab = Lab(workspace)
    path = socket_path(workspace)
    try:
        app = build(lab)
        config = uvicorn.Config(app, log_level="warning", access_log=False, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
        server = Server(config)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
        watcher = asyncio.create_task(watch(server, app, lab, idle_s))
        sock = listen(path)
        adopted = asyncio.create_task(asyncio.to_thread(lab.begin))
        await server.serve(sockets=[sock])
        path.unlink(missing_ok=True)
        watcher.cancel()
        await adopted
    finally:
        await asyncio.to_thread(lab.close)


async def watch(server: object, app: object, lab: object, idle_s: float) -> None:
    """Stop the server when nobody has asked for anything for ``idle_s`` seconds and nothing is under way."""
    while True:
        await asyncio.sleep(min(1.0, idle_s / 4))
        if server.should_exit:  # type: ignore[attr-defined]
            lab.closing.set()  # type: ignore[attr-defined]
            lab.hub.wake_all()  # type: ignore[attr-defined]
        state = app.state  # type: ignore[attr-defined]
        quiet = time.monotonic() - state.last_request
        if quiet > idle_s and not state.in_flight and not lab.busy:  # type: ignore[attr-defined]
            server.should_exit = True  # type: ignore[attr-defined]


def print_openapi() -> None:
    from comexp_lab.service.app import build

    json.dump(build(None).openapi(), sys.stdout, indent=1, sort_keys=True)


class NoPandas(importlib.abc.MetaPathFinder):
    """DuckDB and pyarrow import pandas if they can, which costs 2 s and 50 MB; nothing in the service uses it."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("the lab service does without pandas", name="pandas")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m comexp_lab.service", description=__doc__)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--idle-s", type=float, default=float(os.environ.get("COMEXP_IDLE_S", IDLE_S)))
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI document and stop")
    args = parser.parse_args()
    if args.openapi:
        return print_openapi()
    if args.workspace is None:
        parser.error("--workspace is needed")
    os.umask(0o077)
    sys.meta_path.insert(0, NoPandas())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold pictures in the clear
    quiet.start()
    try:
        asyncio.run(serve(args.workspace.absolute(), args.idle_s))
    except Error as error:
        print(json.dumps(error.problem()), flush=True)
        raise SystemExit(BUSY_EXIT if isinstance(error, WorkspaceBusy) else 4) from None


if __name__ == "__main__":
    main()
