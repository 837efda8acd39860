"""Where the media of a sample lies in the vault, and its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from comexp_lab.errors import NotFound

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Sealed:
    """``vault.open(id, key)`` reads it; ``bytes`` is the length of the plaintext."""

    id: str
    key: bytes = field(repr=False)
    bytes: int
    mime: str


def media(cur: duckdb.DuckDBPyConnection, sample: int) -> Sealed:
    """The picture or video of a sample. Raises NotFound."""
    found = _find(cur, "blob", sample)
    if found is None:
        raise NotFound(f"Sample {sample} has no picture: only its record was imported.", sample=sample)
    return found


def thumbnail(cur: duckdb.DuckDBPyConnection, sample: int) -> Sealed | None:
    """The small picture of a sample, None if there is none. Raises NotFound for an unknown sample."""
    return _find(cur, "thumb", sample)


def _find(cur: duckdb.DuckDBPyConnection, column: str, sample: int) -> Sealed | None:
    row = cur.execute(f"SELECT {column}, mime FROM samples WHERE id = {sample:d} AND until IS NULL").fetchone()
    if row is None:
        raise NotFound(f"There is no sample {sample}: it was deleted or never existed.", sample=sample)
    if row[0] is None:
        return None
    stored = cur.execute("SELECT key, bytes FROM blobs WHERE id = ?", [row[0]]).fetchone()
    if stored is None:
        raise NotFound(f"The picture of sample {sample} is missing.", sample=sample)
    mime = (row[1] if column == "blob" else None) or "image/jpeg"
    return Sealed(row[0], bytes(stored[0]), stored[1], mime)
