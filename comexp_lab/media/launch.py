"""Starting a sandboxed child: a module of ours that goes into its sandbox itself, says so, and then answers over a socket."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from comexp_lab.errors import Unavailable
from comexp_lab.media import wire


def launch(module: str, within_s: float, missing: str, **more: str) -> tuple[socket.socket, subprocess.Popen[bytes], str]:
    """Our end of the conversation, the process, and what its sandbox is made of. ``more``: settings in its environment.

    Raises Unavailable, with ``missing`` as what to do, if it has not begun after ``within_s`` seconds.
    """
    sock, theirs = wire.pair()
    env = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=env | {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"} | more,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        hello, _ = wire.receive(sock, time.monotonic() + within_s)
    except (EOFError, OSError):
        end(sock, process)
        raise Unavailable(missing) from None
    return sock, process, str(hello.get("sandbox"))


def end(sock: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Let go of it, whatever state it is in."""
    with contextlib.suppress(OSError):
        sock.close()
    process.kill()
    process.wait()
