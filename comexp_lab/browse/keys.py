"""Where the pixels of a mirror's samples lie, and the keys to them: in memory only, as compact as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ["blob", "key", "bytes", "mime", "thumb", "thumb_key", "thumb_bytes"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The bytes of one picture and how to open them."""

    blob: str
    key: bytes
    bytes: int
    mime: str


class Keys:
    """Made from the same batches as the documents; thread-safe."""

    def __init__(self) -> None:
        self._batches: list[pa.RecordBatch] = []
        self._places: dict[int, tuple[int, int]] = {}

    def __contains__(self, sample: int) -> bool:
        return sample in self._places

    def learn(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch.select(COLUMNS))
        number = len(self._batches) - 1
        self._places.update((id, (number, row)) for row, id in enumerate(batch.column("id").to_pylist()))

    def forget(self, sample: int) -> None:
        self._places.pop(sample, None)

    def sealed(self, what: str, sample: int) -> Sealed | None:
        """The ``full`` picture or the ``thumb`` of a sample; None if the mirror does not show it."""
        place = self._places.get(sample)
        if place is None:
            return None
        number, row = place
        blob, key, size, mime, thumb, thumb_key, thumb_size = (column[row].as_py() for column in self._batches[number].columns)
        if what == "thumb":
            return Sealed(thumb, thumb_key, thumb_size or 0, "image/jpeg") if thumb and thumb_key else None
        return Sealed(blob, key, size or 0, mime or "") if blob and key else None
