"""All that lies under the roots, opened without following a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Entry:
    """A file with its descriptor, or the name (and a link's target) of anything else."""

    path: Path
    name: bytes
    fd: int | None = None
    size: int = 0
    note: str = ""


def walk(roots: Iterable[Path], trouble: Callable[[Path, str], None]) -> Iterator[Entry]:
    """Whoever takes an entry closes its descriptor. ``trouble`` hears of what cannot be read."""
    for root in roots:
        try:
            kind = root.lstat().st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            trouble(root, error.strerror or str(error))
            continue
        if not stat.S_ISDIR(kind):
            yield from _one(root, root.name, None, trouble)
            continue
        failed: Callable[[OSError], None] = lambda error, root=root: trouble(Path(error.filename or root), error.strerror or "?")  # type: ignore[misc]  # noqa: E731
        try:
            for folder, folders, files, fd in os.fwalk(root, onerror=failed, follow_symlinks=False):
                for name in sorted(folders):
                    yield from _one(Path(folder, name), name, fd, trouble)
                for name in sorted(files):
                    yield from _one(Path(folder, name), name, fd, trouble)
        except RecursionError:
            trouble(root, "folders are nested too deep")


def _one(path: Path, name: str, folder: int | None, trouble: Callable[[Path, str], None]) -> Iterator[Entry]:
    where, label = (path if folder is None else name), os.fsencode(name)
    try:
        mode = os.stat(where, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield Entry(path, label)
        elif stat.S_ISLNK(mode):
            target = os.readlink(where, dir_fd=folder)
            yield Entry(path, label + b"\n" + os.fsencode(target), note="a link: not followed")
        elif not stat.S_ISREG(mode):
            yield Entry(path, label, note="a pipe, socket or device: not read")
        else:
            fd = os.open(where, _FLAGS, dir_fd=folder)
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                os.close(fd)
                yield Entry(path, label, note="changed its kind while being opened: not read")
            else:
                yield Entry(path, label, fd, found.st_size)
    except FileNotFoundError:
        return
    except OSError as error:
        trouble(path, error.strerror or str(error))
