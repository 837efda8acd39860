"""``python -m comexp_lab.browse.server``: FiftyOne's App on a unix socket, with its own MongoDB. Started by the lab service.

The first line of stdin is JSON: ``workspace``, ``lab`` (its socket), ``segment``, ``token``, ``secret``, ``idle_s``. Each
further line is a command: ``{"open": {…}}``, ``{"changed": id}``, ``{"forget": id}``. The end of stdin ends the process, so
it never outlives the lab service. News go back as HTTP requests to the lab service.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from comexp_lab import transport
from comexp_lab.browse import settings
from comexp_lab.browse.lab import LabClient
from comexp_lab.browse.mongod import Mongod

log = logging.getLogger("comexp.browse")
IDLE_S = 30 * 60.0
MONGOD_DIED = 5


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.umask(0o077)
    config = json.loads(sys.stdin.buffer.readline())
    runtime = transport.runtime_dir(Path(config["workspace"]))
    lab = LabClient(Path(config["lab"]), config["secret"])
    lab.progress("Starting MongoDB.")
    mongod = Mongod(runtime)
    notice = runtime / "fo.json"
    try:
        settings.apply(mongod.uri, mongod.folder)
        lab.progress("Loading FiftyOne; this takes a while the first time.")
        began = time.monotonic()
        from comexp_lab.browse.service import BrowseService

        service = BrowseService(config, lab, mongod)
        log.warning("FiftyOne is loaded after %.1f s", time.monotonic() - began)
        write_notice(notice, config)
        lab.progress("")
        transport.browse_socket_path(Path(config["workspace"])).unlink(missing_ok=True)
        code = asyncio.run(serve(service, mongod, transport.browse_socket_path(Path(config["workspace"])), config.get("idle_s", IDLE_S)))
    finally:
        notice.unlink(missing_ok=True)
        mongod.close()
    sys.stdout.flush()
    os._exit(code)  # FiftyOne leaves threads behind that wait for a MongoDB that is gone


def write_notice(path: Path, config: dict[str, Any]) -> None:
    """For the Jupyter handler: how to talk to us."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"segment": config["segment"], "token": config["token"], "pid": os.getpid()}, file)


async def serve(service: Any, mongod: Mongod, socket: Path, idle_s: float) -> int:
    """Answer until stdin ends, MongoDB dies or nobody has looked for ``idle_s``; the exit status."""
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config

    config = Config()
    config.bind, config.umask = [f"unix:{socket}"], 0o177
    config.accesslog = config.errorlog = None
    config.include_server_header, config.graceful_timeout, config.keep_alive_timeout = False, 1.0, 30.0
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service.start(loop)
    threading.Thread(target=read_commands, args=(service, loop, stop), name="commands", daemon=True).start()
    watching = asyncio.create_task(watch(service, mongod, stop, idle_s))
    await hypercorn(service.app, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]
    watching.cancel()
    service.close()
    return 0 if mongod.alive else MONGOD_DIED


def read_commands(service: Any, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """In a thread of its own, until the lab service closes our stdin or dies."""
    for line in sys.stdin.buffer:
        loop.call_soon_threadsafe(service.command, json.loads(line))
    loop.call_soon_threadsafe(stop.set)


async def watch(service: Any, mongod: Mongod, stop: asyncio.Event, idle_s: float) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.5)
        await service.tick()
        if not mongod.alive or service.quiet_s > idle_s:
            stop.set()


if __name__ == "__main__":
    main()
