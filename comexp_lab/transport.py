"""How a process finds, starts and talks to the lab service of a workspace, over a unix socket.

Everybody below and above uses it: kernels, the command line, workers, the browse service, the Jupyter extension.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from comexp_lab.errors import BadInput, Error, NotAllowed, Unavailable, from_problem

if TYPE_CHECKING:
    import httpx

START_TIMEOUT_S = 30.0
BUSY_S = 10.0  # how long others may hold the workspace without answering
LOG_BYTES = 1 << 20
BUSY_EXIT = 3


def quoted(part: str) -> str:
    """A name as one part of an address."""
    return quote(part, safe="")


def default_workspace() -> Path:
    """``$COMEXP_WORKSPACE``, else ``./workspace``."""
    return Path(os.environ.get("COMEXP_WORKSPACE") or "workspace").expanduser().absolute()


def runtime_dir(workspace: Path) -> Path:
    """A 0700 folder for the sockets of a workspace, short enough for a socket address (108 bytes)."""
    base = os.environ.get("COMEXP_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR")
    root = Path(base) / "comexp" if base else Path(tempfile.gettempdir()) / f"comexp-{os.getuid()}"
    name = hashlib.sha256(str(workspace.resolve()).encode()).hexdigest()[:16]
    for folder in (root, root / name):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise NotAllowed(f"{folder} must be a folder that only you can enter: remove it or set COMEXP_RUNTIME_DIR.")
    return root / name


def memory_dir() -> Path:
    """Where plaintext may lie for a moment: memory-backed storage or, where there is none, the temporary folder."""
    shm = Path("/dev/shm")
    return shm if shm.is_dir() and os.access(shm, os.W_OK) else Path(tempfile.gettempdir())


def mark(runtime: Path) -> str:
    """How the names of what a workspace has in there begin, so that nobody takes it for another's. ``runtime``: its ``runtime_dir``."""
    return f"comexp-{os.getuid()}-{runtime.name}-"


def socket_path(workspace: Path) -> Path:
    return runtime_dir(workspace) / "lab.sock"


def browse_socket_path(workspace: Path) -> Path:
    return runtime_dir(workspace) / "fo.sock"


def connect(socket: Path, timeout_s: float | None = 60.0) -> httpx.Client:
    """An HTTP client whose host is the service behind ``socket``."""
    import httpx

    transport = httpx.HTTPTransport(uds=str(socket), retries=1)
    return httpx.Client(transport=transport, base_url="http://lab", timeout=timeout_s)


def raise_for_problem(response: httpx.Response) -> httpx.Response:
    """The response, or the error that its problem document describes."""
    if response.status_code < 400:
        return response
    response.read()
    try:
        problem = json.loads(response.content)
    except ValueError:
        problem = {}
    if isinstance(problem, dict) and str(problem.get("type", "")).startswith("urn:comexp:"):
        raise from_problem(problem)
    raise Error(f"The lab service answered {response.status_code}: see its log in the workspace's runtime folder.")


def alive(socket: Path) -> dict[str, Any] | None:
    """What the service behind the socket says of itself; None if nobody answers."""
    import httpx

    if not socket.exists():
        return None
    try:
        with connect(socket, timeout_s=5.0) as client:
            response = client.get("/api/lab")
            return response.json() if response.status_code == 200 else None
    except (httpx.HTTPError, OSError):
        return None


def ensure_service(workspace: Path, *, start: bool = True) -> Path:
    """The socket of the workspace's lab service; starts the service if none answers.

    Raises Unavailable with the last line the service wrote if it does not come up, and whatever error it reported
    (WrongKey, WorkspaceBusy).
    """
    socket = socket_path(workspace)
    if alive(socket):
        return socket
    if not start:
        raise Unavailable("No lab service runs for this workspace: start it with `comexp serve`.")
    return _start(workspace, socket)


def stop_service(workspace: Path, timeout_s: float = 30.0) -> bool:
    """End the lab service of a workspace and wait until it is gone; whether one ran."""
    import psutil

    about = alive(socket_path(workspace))
    if about is None:
        return False
    try:
        process = psutil.Process(about["pid"])
        process.terminate()
        process.wait(timeout_s)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        raise Unavailable(f"The lab service did not stop within {timeout_s:.0f} s.") from None
    return True


def _start(workspace: Path, socket: Path) -> Path:
    try:
        workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{workspace} cannot be a workspace ({error.strerror}): choose a folder that you may write to.") from None
    log = runtime_dir(workspace) / "service.log"
    began = time.monotonic()
    child = _launch(workspace, log)
    pause = 0.01
    while (waited := time.monotonic() - began) < START_TIMEOUT_S:
        if alive(socket):
            return socket
        if child.poll() is not None:
            if child.returncode != BUSY_EXIT or waited > BUSY_S:
                _raise_start_failure(log)
            child = _launch(workspace, log)  # somebody else starts too and may get it, or the one before has just died
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
    raise Unavailable(f"The lab service did not start within {START_TIMEOUT_S:.0f} s; its log is {log}.")


def _launch(workspace: Path, log: Path) -> subprocess.Popen[bytes]:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    with log.open("ab") as out:  # others may be writing to it
        return subprocess.Popen(
            [sys.executable, "-m", "comexp_lab.service", "--workspace", str(workspace)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _raise_start_failure(log: Path) -> None:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it wrote nothing"
    try:
        problem = json.loads(last)
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "detail" in problem:
        raise from_problem(problem)
    raise Unavailable(f"The lab service did not start: {last}")
