"""Names of files in an archive: as the user gave them as far as every system can hold them, and no two alike on any."""

from __future__ import annotations

import posixpath
import re
import unicodedata

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
        """A free path for ``name`` (which may have folders) below ``folder``."""
        path = posixpath.join(folder, safe(name))
        stem, ending = posixpath.splitext(path)
        number = 1
        while not self._take(path):
            number += 1
            path = f"{stem}~{number}{ending}"
        return path

    def _take(self, path: str) -> bool:
        key = _key(path)
        parents = {key[:at] for at, char in enumerate(key) if char == "/"}
        if key in self._files or key in self._folders or parents & self._files:
            return False
        self._files.add(key)
        self._folders |= parents
        return True


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
