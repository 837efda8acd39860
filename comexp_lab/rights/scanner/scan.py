"""The scanner: walks, opens, and has a sandboxed child look."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from comexp_lab.errors import BadImage
from comexp_lab.media import wire
from comexp_lab.media.launch import end, launch
from comexp_lab.rights.needles import HASH, Fingerprint, Needle, packed
from comexp_lab.rights.scanner.residue import Hit, Note, Residue
from comexp_lab.rights.scanner.walk import Entry, walk

START_S = 60.0
ASK_S = 0.2  # how often it is asked whether to go on
WALL_S, WALL_S_PER_MB = 600.0, 6.0

Progress = Callable[[int, int], None]


class Scanner:
    """One child with one set of needles; close it, or use it in a ``with``."""

    def __init__(self, needles: Iterable[Needle] = ()) -> None:
        self._needles = list(needles)
        self._child: _Child | None = None

    def look_for(self, needles: Iterable[Needle]) -> None:
        """Other needles, for the same child."""
        self._needles = list(needles)
        if self._child is not None:
            self._arm(self._child)

    def fingerprint(self, picture: bytes) -> Fingerprint:
        """How an encoded picture looks; BadImage if it cannot be decoded or told from others."""
        try:
            done, parts = self._ready().talk({"do": "fingerprint", "size": len(picture)}, picture)
        except (EOFError, OSError):
            self.close()
            raise BadImage("The picture cannot be decoded: it is damaged or hostile.") from None
        if "bad" in done:
            raise BadImage(str(done["bad"])[:400])
        looks = parts[0]
        return Fingerprint(tuple(looks[at : at + HASH] for at in range(0, len(looks), HASH)), tuple(parts[1:]))

    def scan(
        self,
        roots: Iterable[Path],
        *,
        control: bool = False,
        controls: Collection[str] = (),
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Residue:
        """Look through all files under ``roots``.

        ``control``: before an erasure, to see that every needle is found where it is. ``controls``: the needles that were.
        ``progress(files, bytes)`` is told after each file.
        """
        names = [needle.id for needle in self._needles]
        found = Residue(frozenset(names), control, frozenset(controls))
        begun = time.monotonic()
        for entry in walk(roots, lambda path, why: found.unreadable.append((path, why))):
            try:
                if cancelled is not None and cancelled():
                    found.cancelled = True
                    break
                self._look(entry, found, names, cancelled)
            finally:
                if entry.fd is not None:
                    os.close(entry.fd)
            if found.cancelled:
                break
            if progress is not None:
                progress(found.files, found.bytes)
        found.sandbox = self._ready().sandbox
        found.seconds = time.monotonic() - begun
        return found

    def holds(self, data: bytes) -> bool:
        """Whether there is a needle in these bytes."""
        found = list[Any]()
        try:
            self._ready().talk({"do": "bytes", "size": len(data)}, data, heard=lambda message: found.extend(message.get("hit", ())))
        except (EOFError, OSError):
            self.close()
        return bool(found)

    def within(self, path: Path) -> bool:
        """Whether there is one in this file or folder, or its name."""
        return bool(self.scan([path]).hits)

    def _look(self, entry: Entry, found: Residue, names: list[str], cancelled: Callable[[], bool] | None) -> None:
        if entry.note:
            found.notes.append(Note(entry.path, (), entry.note, blind=False))

        def heard(message: dict[str, Any]) -> None:
            if "hit" in message:
                number, inside = message["hit"]
                found.hits.append(Hit(names[int(number)], entry.path, tuple(map(str, inside))))
            elif "note" in message:
                text, inside, blind = message["note"]
                found.notes.append(Note(entry.path, tuple(map(str, inside)), str(text)[:200], bool(blind)))

        ask = {"do": "name" if entry.fd is None else "file", "size": entry.size}
        try:
            done, _ = self._ready().talk(ask, entry.name, fd=entry.fd, heard=heard, cancelled=cancelled)
        except InterruptedError:
            self.close()
            found.cancelled = True
            return
        except (EOFError, OSError, ValueError, TypeError, IndexError):
            self.close()
            found.notes.append(Note(entry.path, (), "looking into it took too long or failed", blind=True))
            return
        if entry.fd is not None:
            found.files += 1
            found.bytes += int(done.get("bytes", 0))

    def _ready(self) -> _Child:
        if self._child is None:
            self._child = _Child()
            self._arm(self._child)
        return self._child

    def _arm(self, child: _Child) -> None:
        rows, blob = packed(self._needles)
        child.talk({"do": "needles", "needles": rows}, blob)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def __enter__(self) -> Scanner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scan(needles: Iterable[Needle], roots: Iterable[Path], **options: Any) -> Residue:
    """``Scanner(needles).scan(roots, …)``, once."""
    with Scanner(needles) as scanner:
        return scanner.scan(roots, **options)


class _Child:
    """The sandboxed process, and the conversation with it."""

    def __init__(self) -> None:
        trouble = "The scanner did not start: see that pyahocorasick, OpenCV and pyarrow are installed."
        more = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        self._sock, self._process, self.sandbox = launch("comexp_lab.rights.scanner.child", START_S, trouble, **more)

    def talk(
        self,
        ask: dict[str, Any],
        blob: bytes,
        *,
        fd: int | None = None,
        heard: Callable[[dict[str, Any]], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The last answer; those before it go to ``heard``. EOFError if the child died, InterruptedError if it was cancelled."""
        deadline = time.monotonic() + WALL_S + WALL_S_PER_MB * (ask.get("size", 0) >> 20)
        self._sock.settimeout(WALL_S)
        wire.send(self._sock, ask, blob)
        if fd is not None:
            socket.send_fds(self._sock, [b"f"], [fd])
        while True:
            while not select.select([self._sock], [], [], ASK_S)[0]:
                if cancelled is not None and cancelled():
                    raise InterruptedError
                if time.monotonic() > deadline:
                    raise TimeoutError
            message, parts = wire.receive(self._sock, deadline)
            if message.get("done"):
                return message, parts
            if heard is not None:
                heard(message)

    def close(self) -> None:
        end(self._sock, self._process)
