"""One owner per workspace: a locked file that names the process that holds it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from comexp_lab.errors import WorkspaceBusy


def _boot_id() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


def _started(pid: int) -> float | None:
    import psutil

    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).create_time()
    return None


class OwnerLock:
    """Held from construction to :meth:`release`; a second holder gets :class:`WorkspaceBusy` with the owner's pid.

    The kernel drops the lock with the process, so a lock left behind by a crash never blocks.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = read_owner(path)
            os.close(self._file)
            pid = owner.get("pid", "unknown")
            raise WorkspaceBusy(f"Another lab service (pid {pid}) has this workspace open: use that one or stop it.", pid=pid) from None
        owner = {"pid": os.getpid(), "boot": _boot_id(), "started": _started(os.getpid())}
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(owner).encode(), 0)

    def release(self) -> None:
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1


def read_owner(path: Path) -> dict[str, Any]:
    """Who holds the lock: pid, boot id and process start time, as that process wrote them; {} if nobody."""
    try:
        owner = json.loads(path.read_text() or "{}")
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def owner_lives(path: Path) -> bool:
    """Whether the process named in the lock still runs (same boot, same start time, so a reused pid is not taken for it)."""
    owner = read_owner(path)
    return bool(owner) and owner.get("boot") == _boot_id() and _started(owner["pid"]) == owner.get("started")
