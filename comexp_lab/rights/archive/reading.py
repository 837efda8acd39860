"""The payload of an archive, file by file, each compared with its checksum again: the zip may change under us."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from comexp_lab import bag as bags
from comexp_lab.errors import BadArchive
from comexp_lab.media.archive import ZipTree

Progress = Callable[[float, str], None]


class Steps:
    """A third of the way is checking, the rest is taking in."""

    def __init__(self, progress: Progress, size: int) -> None:
        self._progress, self._size, self._done, self._last = progress, max(size, 1), 0, 0.0

    def checked(self, size: int) -> None:
        self._tell(size, 0.0, 0.33, "Checking")

    def taken(self, size: int) -> None:
        self._tell(size, 0.33, 0.66, "Restoring")

    def again(self) -> None:
        self._done, self._last = 0, 0.0

    def _tell(self, size: int, start: float, share: float, what: str) -> None:
        self._done += size
        if (now := time.monotonic()) - self._last > 0.2:
            self._last = now
            self._progress(start + share * min(self._done / self._size, 1.0), what)


class Payload:
    def __init__(self, tree: ZipTree, bag: bags.Bag, step: Steps) -> None:
        self._tree, self._bag, self._step = tree, bag, step

    @property
    def names(self) -> list[str]:
        return list(self._bag.sums)

    def digest(self, name: str) -> str:
        """The SHA-256 that the file must have. Raises BadArchive if there is none of that name."""
        if name not in self._bag.sums:
            raise BadArchive(f"{name[:200]} is missing in the archive.")
        return self._bag.sums[name]

    def size(self, name: str) -> int:
        self.digest(name)
        return self._tree.size(f"{self._bag.root}/{name}")

    def read(self, name: str) -> bytes:
        expected = self.digest(name)
        data = self._tree.read(f"{self._bag.root}/{name}")
        if sha256(data).hexdigest() != expected:
            raise bags.wrong(name)
        self._step.taken(len(data))
        return data

    def json(self, name: str) -> dict[str, Any]:
        try:
            document = json.loads(self.read(name))
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise BadArchive(f"{name} in the archive is not what it should be.")
        return document

    def pieces(self, name: str) -> Iterator[bytes]:
        """A large file; the caller compares the checksum."""
        self.digest(name)
        with self._tree.open(f"{self._bag.root}/{name}") as file:
            while piece := file.read(bags.PIECE):
                self._step.taken(len(piece))
                yield piece
