"""FiftyOne's own scripts, styles and pictures: public, unchanging, so a browser may keep them between sessions.

Their address holds a fingerprint of the installed App instead of the secret segment, which changes with each start of
the lab service: a browser that has seen this App once, asks for none of it again. Nothing of the user is ever here.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib.util
import mimetypes
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import Any

from comexp_lab.errors import Unavailable

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
NAME = re.compile(r"[\w-][\w.-]*")
FOREVER = b"private, max-age=31536000, immutable"
TEXT = {".js", ".css", ".svg", ".wasm", ".json"}
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".wasm": "application/wasm"}
LEVEL = 1  # half the size for a tenth of the time of the usual level
PAGE_FILES = {"favicon.ico"}


def static_folder() -> Path:
    """Where the installed FiftyOne keeps its App; found without importing it. Raises Unavailable."""
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(place, "server", "static")).is_dir():
            return found
    raise Unavailable("FiftyOne is not installed here: `pip install fiftyone`.")


class Assets:
    """Answers ``GET <self.name>/assets/<file>``. Compressed files stay in memory, as what they are made of is small."""

    def __init__(self, static: Path) -> None:
        self.static = static
        self._packed: dict[str, bytes] = {}

    @cached_property
    def name(self) -> str:
        """Another one for each version of the App."""
        files = sorted((file.name, file.stat().st_size) for file in (self.static / "assets").iterdir())
        index = (self.static / "index.html").read_bytes()
        return f"app-{hashlib.sha256(index + repr(files).encode()).hexdigest()[:16]}"

    def find(self, path: str) -> Path | None:
        """The file behind ``assets/<file>``; None if there is none, or if its name says more than a name."""
        folder, _, file = path.partition("/")
        if folder != "assets" or not NAME.fullmatch(file):
            return None
        found = self.static / file if file in PAGE_FILES else self.static / "assets" / file
        return found if found.is_file() else None

    async def answer(self, scope: MutableMapping[str, Any], send: Send, file: Path) -> None:
        """The file, compressed unless the browser says that it cannot read that."""
        asked = dict(scope["headers"])
        tag = f'"{self.name}"'.encode()
        headers = [(b"cache-control", FOREVER), (b"etag", tag)]
        if tag in asked.get(b"if-none-match", b""):
            return await reply(send, 304, headers, b"")
        packed = file.suffix in TEXT and b"gzip" in asked.get(b"accept-encoding", b"gzip")
        body = await asyncio.to_thread(self._read, file, packed)
        kind = KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers += [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        headers += [(b"content-encoding", b"gzip")] if packed else []
        return await reply(send, 200, headers, b"" if scope["method"] == "HEAD" else body)

    def _read(self, file: Path, packed: bool) -> bytes:
        if not packed:
            return file.read_bytes()
        if file.name not in self._packed:
            self._packed[file.name] = gzip.compress(file.read_bytes(), LEVEL, mtime=0)
        return self._packed[file.name]


async def reply(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
