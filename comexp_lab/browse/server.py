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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comexp_lab import transport
from comexp_lab.browse import settings
from comexp_lab.browse.assets import Assets, static_folder
from comexp_lab.browse.deferred import deferred
from comexp_lab.browse.guard import Guard
from comexp_lab.browse.lab import LabClient
from comexp_lab.browse.mongod import Mongod, require
from comexp_lab.browse.page import index

log = logging.getLogger("comexp.browse")
IDLE_S = 30 * 60.0
CANNOT_START, MONGOD_DIED = 4, 5
MONGOD_S = 4.0
LOOK_S = 0.01
YIELDING_S = 0.0005  # so that an import hardly delays answers


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.umask(0o077)
    config = json.loads(sys.stdin.buffer.readline())
    runtime = transport.runtime_dir(Path(config["workspace"]))
    require(runtime)  # before anybody is told that the App can be opened
    lab = LabClient(Path(config["lab"]), config["secret"])
    assets = Assets(static_folder())
    guard = Guard(index(assets.static, assets.name), assets, config["segment"], config["token"])
    inside = Loading(runtime, lab)
    notice = runtime / "fo.json"
    try:
        write_notice(notice, config)
        transport.browse_socket_path(Path(config["workspace"])).unlink(missing_ok=True)
        code = asyncio.run(serve(guard, inside, lab, transport.browse_socket_path(Path(config["workspace"])), config.get("idle_s", IDLE_S)))
    finally:
        notice.unlink(missing_ok=True)
        inside.close()
    sys.stdout.flush()
    os._exit(code)  # FiftyOne leaves threads behind that wait for a MongoDB that is gone


class Loading:
    """MongoDB and FiftyOne, started in a thread while the guard answers already."""

    def __init__(self, runtime: Path, lab: LabClient) -> None:
        self._runtime, self._lab = runtime, lab
        self._begun, self._ended = threading.Event(), threading.Event()
        self.mongod: Mongod | None = None

    def start(self, on_end: Callable[[Any], object]) -> None:
        """``on_end`` gets the service, or None if there can be none."""
        threading.Thread(target=self._run, args=(on_end,), name="loading", daemon=True).start()

    def _run(self, on_end: Callable[[Any], object]) -> None:
        service = None
        try:
            service = self._load()
        except Exception:
            log.exception("FiftyOne cannot be started")
        finally:
            self._begun.set()
            on_end(service)
            self._ended.wait()  # MongoDB ends with the thread that started it

    def _load(self) -> Any:
        self.mongod = Mongod(self._runtime)
        self._begun.set()
        settings.apply(self.mongod.uri, self.mongod.folder)
        began, often = time.monotonic(), sys.getswitchinterval()
        sys.setswitchinterval(YIELDING_S)
        with deferred():
            from comexp_lab.browse.service import BrowseService

        sys.setswitchinterval(often)
        log.warning("FiftyOne is loaded after %.1f s", time.monotonic() - began)
        return BrowseService(self._lab, self.mongod)

    def close(self) -> None:
        self._begun.wait(MONGOD_S)
        if self.mongod is not None:
            self.mongod.close()
        self._ended.set()


def write_notice(path: Path, config: dict[str, Any]) -> None:
    """For the Jupyter handler: how to talk to us."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"segment": config["segment"], "token": config["token"], "pid": os.getpid()}, file)


async def serve(guard: Guard, loading: Loading, lab: LabClient, socket: Path, idle_s: float) -> int:
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
    commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    threading.Thread(target=read_commands, args=(commands, loop, stop), name="commands", daemon=True).start()
    loaded: asyncio.Future[Any] = loop.create_future()
    working = asyncio.create_task(work(guard, loading, loaded, commands, stop, idle_s))
    answering = asyncio.create_task(hypercorn(guard, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
    threading.Thread(target=announce, args=(socket, lab), name="announcing", daemon=True).start()
    loading.start(lambda service: loop.call_soon_threadsafe(loaded.set_result, service))
    await answering
    working.cancel()
    service = loaded.result() if loaded.done() else None
    if service is not None:
        service.close()
    if loaded.done() and service is None:
        return CANNOT_START
    return MONGOD_DIED if loading.mongod is not None and not loading.mongod.alive else 0


def announce(socket: Path, lab: LabClient) -> None:
    """Tell the lab service as soon as we can be reached."""
    end = time.monotonic() + MONGOD_S
    while not socket.exists() and time.monotonic() < end:
        time.sleep(LOOK_S)
    lab.listening()


def read_commands(commands: asyncio.Queue[dict[str, Any]], loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """In a thread of its own, until the lab service closes our stdin or dies."""
    for line in sys.stdin.buffer:
        loop.call_soon_threadsafe(commands.put_nowait, json.loads(line))
    loop.call_soon_threadsafe(stop.set)


async def work(
    guard: Guard, loading: Loading, loaded: asyncio.Future[Any], commands: asyncio.Queue[dict[str, Any]], stop: asyncio.Event, idle_s: float
) -> None:
    """Let requests in once FiftyOne is loaded, then do what the lab service says, and look around twice a second."""
    service = await asyncio.shield(loaded)
    if service is None:
        stop.set()
        return
    service.start()
    guard.open(service.inside)
    obeying = asyncio.create_task(obey(service, commands))
    while not stop.is_set():
        await asyncio.sleep(0.5)
        await service.tick()
        if not loading.mongod.alive or service.quiet_s > idle_s:  # type: ignore[union-attr]
            stop.set()
    obeying.cancel()


async def obey(service: Any, commands: asyncio.Queue[dict[str, Any]]) -> None:
    while True:
        service.command(await commands.get())


if __name__ == "__main__":
    main()
