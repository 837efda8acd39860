"""Names of files in an archive: as the user gave them as far as every system can hold them, and no two alike on any."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from comexp_lab.media.archive import NESTED, NOISE

LONGEST = 200  # bytes of one part: file systems take 255, and copies add to it
DEEPEST = 16
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"|?*%\\\ud800-\udfff]')  # % would need an escape in a manifest (RFC 8493, 2.1.3)


def safe(name: str) -> str:
    """A relative path that unpacks inside its folder on every system."""
    parts = [_part(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    path = "/".join(parts[-DEEPEST:]) or "unnamed"
    return f"{path}_" if path.lower().endswith(NESTED) or NOISE.search(path) else path


def single(name: str) -> str:
    """The same as one part, without folders."""
    return safe(name.replace("/", "_").replace("\\", "_"))


class Names:
    """Hands out paths that stay different without regard to case, accents' encoding, and folders of the same name."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def place(self, folder: str, name: str) -> str:
        """A free path for the file ``name`` (which may have folders) below ``folder``."""
        *parents, last = safe(name).split("/")
        for part in parents:
            folder = next(path for path in _choices(folder, part) if _key(path) not in self._files)
            self._folders.add(_key(folder))
        return self._free(folder, last, self._files)

    def folder(self, folder: str, name: str) -> str:
        """A folder of its own."""
        return self._free(folder, single(name), self._folders)

    def _free(self, folder: str, name: str, kind: set[str]) -> str:
        path = next(path for path in _choices(folder, name) if (key := _key(path)) not in self._files and key not in self._folders)
        kind.add(_key(path))
        return path


def _choices(folder: str, name: str) -> Iterator[str]:
    stem, ending = posixpath.splitext(posixpath.join(folder, name))
    yield stem + ending
    yield from (f"{stem}~{number}{ending}" for number in count(2))


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", path).casefold())


def _part(part: str) -> str:
    part = _UNFIT.sub("_", unicodedata.normalize("NFC", part)).rstrip(". ") or "_"
    if _DEVICES.match(part):
        part = f"_{part}"
    if len(part.encode()) <= LONGEST:
        return part
    stem, ending = posixpath.splitext(part)
    ending = ending if len(ending.encode()) <= 16 else ""
    return stem.encode()[: LONGEST - len(ending.encode())].decode(errors="ignore").rstrip(". ") + ending
