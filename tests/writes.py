"""Every file that is written below some folders while a test runs, seen through inotify.

A file that is made in a folder as new as itself may come before its folder is watched: what is there at the end is added.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import watchfiles


@contextlib.contextmanager
def written(*folders: Path) -> Iterator[set[Path]]:
    """The set grows as files are made or changed; it is complete when the block has ended."""
    found, before = set[Path](), set(_files(folders))
    stop, ready = threading.Event(), threading.Event()

    def watch() -> None:
        ready.set()
        for changes in watchfiles.watch(
            *folders, watch_filter=None, debounce=50, step=20, stop_event=stop, rust_timeout=200, yield_on_timeout=False, recursive=True
        ):
            found.update(Path(path) for change, path in changes if change != watchfiles.Change.deleted)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield found
    finally:
        stop.wait(0.3)
        stop.set()
        thread.join(10)
        found |= set(_files(folders)) - before


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for base, _, files in os.walk(folder):
            yield from (Path(base, name) for name in files)
