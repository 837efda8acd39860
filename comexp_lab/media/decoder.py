"""The pool of sandboxed children that decode untrusted files.

A child that takes too long, uses too much memory or crashes is killed and replaced; the file it was at is a BadImage.
The parent never decodes anything and believes nothing that a child says beyond its plain shape.
"""

from __future__ import annotations

import contextlib
import io
import queue
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from comexp_lab.errors import BadImage, Unavailable
from comexp_lab.media import wire
from comexp_lab.media.launch import end, launch
from comexp_lab.media.places import Place, believed
from comexp_lab.media.sniff import HEAD, refusal, sniff

IMAGE_LIMIT = 256 << 20  # bytes of one image file
READ_LIMIT = 4 << 20
WALL_S = 60.0
START_S = 60.0


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a file holds. Sizes are in pixels, as shown (orientation or rotation applied); fps in pictures a second."""

    kind: Literal["image", "video"]
    mime: str
    width: int
    height: int
    orientation: int
    has_gps: bool
    thumbnail: bytes = field(repr=False)
    thumbnail_mime: str
    upright: bytes | None = field(default=None, repr=False)  # the image turned upright, if its orientation is not 1
    clean: bytes | None = field(default=None, repr=False)  # the file without GPS, if it had some and it is not to be kept
    fps: float | None = None
    frames: int | None = None
    places: tuple[Place, ...] = ()  # what to blank in a video (``places.blanked``) so that it does not say where it was filmed


@dataclass(frozen=True, slots=True)
class Pixels:
    """The values of a PNG that is labels: ``bits`` is 8 or 16 (indices or grey, low byte first) or 24 (red, green, blue)."""

    width: int
    height: int
    bits: int
    data: bytes = field(repr=False)
    palette: bytes = field(repr=False)


class Child:
    """One sandboxed process, and the conversation with it."""

    def __init__(self) -> None:
        trouble = "The image decoder did not start: see that Pillow and PyAV are installed."
        self.sock, self.process, self.sandbox = launch("comexp_lab.media.child", START_S, trouble)
        self.fit = True  # between questions, and worth keeping
        self.asked = self.answered = 0

    def ask(self, what: dict[str, Any], *blobs: bytes, reader: BinaryIO | None = None) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        """Yield the answers to one question; reads of a video are served meanwhile from ``reader``."""
        self.fit = False
        self.asked, self.answered = self.asked + 1, 0
        self.sock.settimeout(WALL_S)
        wire.send(self.sock, what, *blobs)
        deadline = time.monotonic() + WALL_S
        while True:
            header, parts = wire.receive(self.sock, deadline)
            if "read" in header and reader is not None:
                self._serve_read(header["read"], reader)
            elif "facts" in header:
                self.answered += 1
                yield header["facts"], parts
                deadline = time.monotonic() + WALL_S
            elif header.get("done"):
                self.fit = not header.get("tired")
                if "bad" in header:
                    raise BadImage(str(header["bad"])[:400])
                return
            else:
                raise EOFError("not an answer")

    def may_be_innocent(self) -> bool:
        """Whether the last question need not be why the child died: it had worked before, and did not run out of time."""
        self.process.kill()
        return self.asked > 1 and self.answered == 0 and self.process.wait() != -signal.SIGXCPU

    def _serve_read(self, span: Any, reader: BinaryIO) -> None:
        offset, size = (int(v) for v in span)
        reader.seek(max(offset, 0))
        wire.send(self.sock, {}, reader.read(min(max(size, 0), READ_LIMIT)))

    def close(self) -> None:
        end(self.sock, self.process)


class Decoder:
    """``workers`` children, started when first needed; safe to use from many threads."""

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._slots: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._slots.put(None)
        self._closed = False

    def inspect(self, source: bytes | BinaryIO, name: str = "", *, keep_gps: bool = True, turn: bool = True) -> MediaInfo:
        """Check, measure and thumbnail an image or video; BadImage with one line of why not.

        ``turn`` asks for the upright copy of an image whose orientation is not 1, ``keep_gps=False`` for the file without GPS.
        """
        head = source[:HEAD] if isinstance(source, bytes) else _head(source)
        found = sniff(head)
        if found is None:
            raise BadImage(refusal(head))
        if found.kind == "video":
            reader = io.BytesIO(source) if isinstance(source, bytes) else source
            facts, parts = self._one({"do": "video", "size": _size(reader)}, reader=reader)
        else:
            data = source if isinstance(source, bytes) else _whole(source)
            _refuse_huge(len(data))
            facts, parts = self._one({"do": "image", "keep_gps": keep_gps, "turn": turn}, data)
        return _believed(facts, parts)

    def inspect_many(self, items: Iterable[tuple[str, bytes]], **options: bool) -> Iterator[tuple[str, MediaInfo | BadImage]]:
        """``inspect`` for many files at once, in order; at most a few per worker are in memory."""

        def work(name: str, data: bytes) -> tuple[str, MediaInfo | BadImage]:
            try:
                return name, self.inspect(data, name, **options)
            except BadImage as error:
                return name, error

        with ThreadPoolExecutor(self.workers, thread_name_prefix="decoder") as threads:
            waiting: deque[Future[tuple[str, MediaInfo | BadImage]]] = deque()
            for name, data in items:
                waiting.append(threads.submit(work, name, data))
                if len(waiting) >= 3 * self.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def frame(self, reader: BinaryIO, index: int, form: Literal["JPEG", "PNG"] = "JPEG") -> bytes:
        """The ``index``-th picture of a video in display order (from 0), encoded; BadImage if there is none."""
        ask = {"do": "frames", "size": _size(reader), "every": None, "indices": [index], "form": form}
        return self._one(ask, reader=reader)[1][0]

    def frames(
        self, reader: BinaryIO, *, every: int | None = None, indices: list[int] | None = None, form: Literal["JPEG", "PNG"] = "JPEG"
    ) -> Iterator[tuple[int, bytes]]:
        """(index, encoded picture) of every n-th picture, or of ``indices`` in rising order."""
        wanted = None if indices is None else sorted(set(indices))
        ask = {"do": "frames", "size": _size(reader), "every": every, "indices": wanted, "form": form}
        for facts, parts in self._talk(ask, reader=reader):
            yield int(facts["frame"]), parts[0]

    def normalise(self, data: bytes) -> bytes:
        """Orientation applied, 8 bit, no metadata; JPEG stays JPEG, everything else becomes PNG."""
        _refuse_huge(len(data))
        return self._one({"do": "normalise"}, data)[1][0]

    def strip_gps(self, data: bytes, mime: str = "") -> bytes:
        """The same file without GPS, pixels untouched."""
        _refuse_huge(len(data))
        return self._one({"do": "strip"}, data)[1][0]

    def pixels(self, data: bytes) -> Pixels:
        """The pixels of a PNG whose values are labels; BadImage if it is none, or damaged."""
        _refuse_huge(len(data))
        facts, parts = self._one({"do": "pixels"}, data)
        try:
            found = Pixels(int(facts["width"]), int(facts["height"]), int(facts["bits"]), *parts)
            if min(found.width, found.height) < 1 or len(found.data) * 8 != found.width * found.height * found.bits:
                raise ValueError("not so many pixels")
        except (KeyError, TypeError, ValueError):
            raise BadImage("The file cannot be decoded.") from None
        return found

    @property
    def sandbox(self) -> str:
        """What holds the children in, e.g. ``"seccomp+landlock+rlimits"``."""
        with self._child() as child:
            return child.sandbox

    def close(self) -> None:
        self._closed = True
        for _ in range(self.workers):
            child = self._slots.get()
            self._slots.put(None)
            if child is not None:
                child.close()

    def _one(self, what: dict[str, Any], *blobs: bytes, reader: BinaryIO | None = None) -> tuple[dict[str, Any], list[bytes]]:
        found = list(self._talk(what, *blobs, reader=reader))
        if len(found) != 1:
            raise BadImage("The file cannot be decoded.")
        return found[0]

    def _talk(self, what: dict[str, Any], *blobs: bytes, reader: BinaryIO | None = None) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        for last in (False, True):
            with self._child() as child:
                try:
                    yield from child.ask(what, *blobs, reader=reader)
                    return
                except TimeoutError:
                    raise BadImage(f"Decoding took longer than {WALL_S:.0f} s and was stopped.") from None
                except (EOFError, ConnectionError):
                    if last or not child.may_be_innocent():
                        raise BadImage("The decoder crashed or ran out of time at this file: it is damaged or hostile.") from None

    @contextlib.contextmanager
    def _child(self) -> Iterator[Child]:
        """A child of one's own for one conversation; one that did not end it well is killed and replaced later."""
        if self._closed:
            raise Unavailable("The decoder was closed.")
        child = self._slots.get()
        try:
            if child is None or child.process.poll() is not None:
                child = _replace(child)
            yield child
        finally:
            if child is not None and not child.fit:
                child.close()
                child = None
            self._slots.put(child)


def _replace(child: Child | None) -> Child:
    if child is not None:
        child.close()
    return Child()


def _head(reader: BinaryIO) -> bytes:
    reader.seek(0)
    return reader.read(HEAD)


def _size(reader: BinaryIO) -> int:
    return reader.seek(0, io.SEEK_END)


def _whole(reader: BinaryIO) -> bytes:
    _refuse_huge(_size(reader))
    reader.seek(0)
    return reader.read()


def _refuse_huge(size: int) -> None:
    if size > IMAGE_LIMIT:
        raise BadImage(f"The image file has {size >> 20} MB: at most {IMAGE_LIMIT >> 20} MB are taken.")


def _believed(facts: dict[str, Any], parts: list[bytes]) -> MediaInfo:
    """What the child said, with every type checked."""
    try:
        small, upright, clean = parts
        fps, frames = facts.get("fps"), facts.get("frames")
        return MediaInfo(
            kind="video" if facts["kind"] == "video" else "image",
            mime=str(facts["mime"])[:40],
            width=int(facts["width"]),
            height=int(facts["height"]),
            orientation=int(facts["orientation"]),
            has_gps=bool(facts["has_gps"]),
            thumbnail=small,
            thumbnail_mime=str(facts["thumbnail_mime"])[:40],
            upright=upright or None,
            clean=clean or None,
            fps=None if fps is None else float(fps),
            frames=None if frames is None else int(frames),
            places=believed(facts.get("places", ())),
        )
    except (KeyError, TypeError, ValueError):
        raise BadImage("The file cannot be decoded.") from None
