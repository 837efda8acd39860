"""The append-only record of what was done, hash-chained and fsynced. It holds ids and digests, never personal data.

Each line is canonical JSON ``{"n", "at", "kind", "facts", "previous"}``; ``previous`` is the SHA-256 of the line before.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comexp_lab.errors import Error


def canonical(document: Any) -> bytes:
    """JSON with sorted keys and no spaces: one document, one byte string."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


class Ledger:
    def __init__(self, workspace: Path) -> None:
        self._path = workspace / "ledger" / "ledger.jsonl"

    def entries(self) -> Iterator[dict[str, Any]]:
        """All entries, oldest first; a torn last line (a crash while writing) is not an entry."""
        if not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            if line.startswith(b"{") and line.endswith(b"}"):
                yield json.loads(line)

    def append(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Write one entry; durable when it returns."""
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        entries = list(self.entries())
        previous = hashlib.sha256(canonical(entries[-1])).hexdigest() if entries else "0" * 64
        entry = {
            "n": len(entries),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "kind": kind,
            "facts": facts,
            "previous": previous,
        }
        torn = self._path.exists() and self._path.read_bytes()[-1:] not in (b"\n", b"")
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, (b"\n" if torn else b"") + canonical(entry) + b"\n")
            os.fsync(fd)
        finally:
            os.close(fd)
        return entry

    def verify(self) -> int:
        """The number of entries; Error if one was changed, removed or added in between."""
        previous, count = "0" * 64, 0
        for entry in self.entries():
            if entry["n"] != count or entry["previous"] != previous:
                raise Error(f"The ledger was changed: entry {count} does not follow from the one before it.")
            previous, count = hashlib.sha256(canonical(entry)).hexdigest(), count + 1
        return count
