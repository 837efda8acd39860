"""Refuse to write when the disk is nearly full, so that what was acknowledged can still be checkpointed."""

from __future__ import annotations

import os
from pathlib import Path

from comexp_lab.errors import Full

DEFAULT_RESERVE = 256 << 20


class Space:
    """Keeps ``reserve`` bytes free on the disk of ``folder``: 256 MB or 1 % of it, whichever is less."""

    def __init__(self, folder: Path, reserve: int | None = None) -> None:
        self._folder = folder
        chosen = reserve if reserve is not None else int(os.environ.get("COMEXP_RESERVE_BYTES", -1))
        if chosen < 0:
            disk = os.statvfs(folder)
            chosen = min(DEFAULT_RESERVE, disk.f_blocks * disk.f_frsize // 100)
        self.reserve = chosen

    def free(self) -> int:
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def require(self, extra: int = 0) -> None:
        """Raise :class:`Full` unless ``extra`` bytes fit above the reserve."""
        free = self.free()
        if free < self.reserve + extra:
            raise Full(
                f"Only {free / 1e6:.0f} MB are free on the disk of the workspace: free some space and try again.",
                free=free,
                needed=self.reserve + extra,
            )
