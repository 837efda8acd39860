"""Media of an import, into the vault: read in order, checked and stored by several threads, a few files in memory at a time.

What a file becomes is told in ``comexp_lab.media``. A file that cannot be used is a problem of the report; the import
goes on. Nothing here touches the dataset's tables, so an import that fails has only blobs to take back
(:meth:`Intake.discard`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Container, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from comexp_lab.errors import BadArchive, BadImage, NotFound
from comexp_lab.media.places import blanked
from comexp_lab.media.sniff import HEAD, refusal, sniff

if TYPE_CHECKING:
    from comexp_lab.formats.base import FileTree, Report
    from comexp_lab.media import Decoder, MediaInfo
    from comexp_lab.store import Vault
    from comexp_lab.store.vault import Blob

IMAGE_LIMIT = 256 << 20
IN_FLIGHT_BYTES = 128 << 20
STEP = 1 << 20


@dataclass(slots=True)
class Taken:
    """One file that lies in the vault now. ``given`` is its name in the tree, ``original`` the unturned file, if it was turned."""

    given: str
    info: MediaInfo
    blob: Blob
    thumb: Blob
    original: Blob | None = None


class Intake:
    """``known`` maps the sha256 of media that the dataset holds to the names of their samples."""

    def __init__(self, vault: Vault, decoder: Decoder, known: dict[str, str], report: Report, keep_gps: bool) -> None:
        self.taken: list[Taken] = []
        self.repeats: list[tuple[str, str]] = []  # (given name, sha256 of what it repeats)
        self._vault, self._decoder, self._report, self._keep_gps = vault, decoder, report, keep_gps
        self._claimed: set[str] = set(known)
        self._stored: list[str] = []
        self._lock = threading.Lock()

    def run(self, tree: FileTree, names: Iterable[str], step: Callable[[int, int], None]) -> None:
        """Take the named files; ``step(files, bytes)`` is called after each with what is done so far, and may raise to stop."""
        workers = self._decoder.workers + 2
        waiting: deque[tuple[str, int, Future[Taken | None]]] = deque()
        files = done = flying = 0
        with ThreadPoolExecutor(workers, thread_name_prefix="intake") as threads:
            try:
                for name in names:
                    size = tree.size(name)
                    waiting.append((name, size, self._submit(threads, tree, name, size)))
                    flying += size
                    while waiting and (len(waiting) > 4 * workers or flying > IN_FLIGHT_BYTES):
                        flying -= waiting[0][1]
                        files, done = files + 1, done + self._settle(*waiting.popleft())
                        step(files, done)
                while waiting:
                    files, done = files + 1, done + self._settle(*waiting.popleft())
                    step(files, done)
            except BaseException:
                for _, _, future in waiting:
                    future.cancel()
                raise

    def discard(self) -> None:
        """Take everything back out of the vault."""
        self._drop(self._stored)
        self.taken.clear()
        self._stored.clear()

    def repeat_those(self, present: Container[str]) -> None:
        """Media whose sha256 is ``present`` in the dataset by now become repeats, and leave the vault."""
        fresh = [taken for taken in self.taken if taken.blob.sha256 not in present]
        for taken in self.taken if len(fresh) < len(self.taken) else []:
            if taken.blob.sha256 in present:
                self.repeats.append((taken.given, taken.blob.sha256))
                self._drop([blob.id for blob in (taken.blob, taken.thumb, taken.original) if blob])
        self.taken = fresh

    def keep(self, name: str, data: bytes) -> Taken:
        """Take one image of our own making, whether or not the same is there already."""
        info = self._decoder.inspect(data, name)
        return Taken(name, info, self._put(data), self._put(info.thumbnail))

    def _drop(self, blobs: list[str]) -> None:
        for blob in blobs:
            self._vault.delete(blob)

    def _submit(self, threads: ThreadPoolExecutor, tree: FileTree, name: str, size: int) -> Future[Taken | None]:
        """Small files are read here, in order, so that of two equal ones the first is the one that stays."""
        try:
            with tree.open(name) as file:
                head = file.read(HEAD)
                found = sniff(head)
                if found is not None and found.kind == "video":
                    return threads.submit(self._video, tree, name)
                if found is None:
                    raise BadImage(refusal(head))
                if size > IMAGE_LIMIT:
                    raise BadImage(f"The image file has {size >> 20} MB: at most {IMAGE_LIMIT >> 20} MB are taken.")
                data = head + file.read()
        except (BadImage, BadArchive, NotFound, OSError) as error:
            return _failed(error)
        digest = sha256(data).hexdigest()
        if not self._claim(digest):
            return _failed(_Repeat(digest))
        return threads.submit(self._image, name, data, digest)

    def _image(self, name: str, data: bytes, digest: str) -> Taken | None:
        info = self._decoder.inspect(data, name, keep_gps=self._keep_gps)
        plain = info.clean or data
        pixels = info.upright or plain
        if pixels is not data:
            digest = sha256(pixels).hexdigest()
            if not self._claim(digest):
                raise _Repeat(digest)
        original = self._put(plain) if info.upright else None
        return Taken(name, info, self._put(pixels), self._put(info.thumbnail), original)

    def _video(self, tree: FileTree, name: str) -> Taken | None:
        """A video goes to the vault first and is looked at there, where it can be read at any offset."""
        with tree.open(name) as file:
            blob = self._put(_pieces(file))
        try:
            if not self._claim(blob.sha256):
                raise _Repeat(blob.sha256)
            with self._vault.open(blob.id, blob.key) as reader:
                info = self._decoder.inspect(reader, name)
                if info.places and not self._keep_gps:
                    reader.seek(0)
                    located, blob = blob, self._put(blanked(_pieces(reader), info.places))
                    self._vault.delete(located.id)
                    if not self._claim(blob.sha256):
                        raise _Repeat(blob.sha256)
        except BaseException:
            self._vault.delete(blob.id)
            raise
        return Taken(name, info, blob, self._put(info.thumbnail))

    def _settle(self, name: str, size: int, future: Future[Taken | None]) -> int:
        try:
            taken = future.result()
        except _Repeat as repeat:
            self.repeats.append((name, repeat.digest))
        except (BadImage, BadArchive, NotFound) as error:
            self._report.add(name, error.detail)
        except OSError as error:
            self._report.add(name, f"It cannot be read: {error.strerror or error}.")
        else:
            if taken is not None:
                self.taken.append(taken)
        return size

    def _claim(self, digest: str) -> bool:
        with self._lock:
            fresh = digest not in self._claimed
            self._claimed.add(digest)
            return fresh

    def _put(self, data: bytes | Iterable[bytes]) -> Blob:
        blob = self._vault.put(data, durable=False)  # the dataset's commit makes them all durable at once
        with self._lock:
            self._stored.append(blob.id)
        return blob


class _Repeat(Exception):
    """The same content is there already."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


def _pieces(file: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: file.read(STEP), b"")


def _failed(error: Exception) -> Future[Taken | None]:
    future: Future[Taken | None] = Future()
    future.set_exception(error)
    return future


def is_media(tree: FileTree, name: str) -> bool:
    """Whether a file without a telling ending holds an image or video."""
    with tree.open(name) as file:
        return sniff(file.read(HEAD)) is not None
