"""The one place where a path that a user named becomes a path that is opened or written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from comexp_lab.errors import BadInput, NotFound

FORBIDDEN = ("/proc", "/sys", "/dev")
MEMORY = "/dev/shm"


def resolve(path: str | Path, root: Path | None = None) -> Path:
    """The real path of an existing file or folder that a user named, below ``root`` if one is given.

    BadInput for devices, pipes, sockets, ``/proc`` and whatever lies outside ``root``; NotFound if nothing is there.
    """
    found = _real(path, root, strict=True)
    if root is not None and not found.is_relative_to(root.resolve()):
        raise BadInput(f"{path} lies outside the folder that was given.")
    return found


def target(path: str | Path) -> Path:
    """The real path of a file or folder that is to be written where a user said. BadInput for what cannot be one."""
    if Path(path).name in ("", ".."):
        raise BadInput(f"{str(path)[:80]!r} names no file: give a name at the end.")
    return _real(path, None, strict=False)


def _real(path: str | Path, root: Path | None, strict: bool) -> Path:
    text = os.fspath(path)
    if "\0" in text or len(os.fsencode(text)) > 4096:
        raise BadInput("This path cannot exist: it holds a NUL or is too long.")
    try:
        found = (root / text if root else Path(text).expanduser()).resolve(strict=strict)
        mode = found.stat().st_mode if strict or found.exists() else stat.S_IFREG
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"There is no file or folder {text}.") from None
    except (OSError, RuntimeError) as error:
        raise BadInput(f"{text} cannot be opened: {getattr(error, 'strerror', None) or error}.") from None
    if any(found.is_relative_to(place) and not found.is_relative_to(MEMORY) for place in FORBIDDEN):
        raise BadInput(f"{text} is part of the system, not data.")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BadInput(f"{text} is a device, pipe or socket, not a file or folder.")
    return found


def open_file(path: Path) -> BinaryIO:
    """A regular file for reading; never waits for a pipe, never follows a link in the last step."""
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder, not a file.")
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise BadInput(f"{path.name} is not a plain file.")
    return os.fdopen(fd, "rb")


def write(path: str | Path, data: bytes) -> Path:
    """Write a whole file where a user said: it is there in full or not at all."""
    found = target(path)
    temporary = found.with_name(f".{found.name[:200]}.part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(found)
    return found
