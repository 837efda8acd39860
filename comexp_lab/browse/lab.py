"""The lab service as the browse service sees it: rows in, edits and news out, over the unix socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab import transport

if TYPE_CHECKING:
    import pyarrow as pa

SECRET_HEADER = "X-Comexp-Secret"


class LabClient:
    """Thread-safe. Methods raise comexp_lab errors."""

    def __init__(self, socket: Path, secret: str) -> None:
        self._client = transport.connect(socket, timeout_s=120.0)
        self._client.headers[SECRET_HEADER] = secret

    @contextmanager
    def rows(
        self, mirror: str, ids: list[int] | None = None, at: int | None = None, film: bool | None = None
    ) -> Iterator[tuple[dict[str, Any], pa.RecordBatchReader]]:
        """(what the rows are about, their batches): all of the mirror's view, or some samples, as of a revision."""
        with self._table(f"/internal/browse/{mirror}/rows", {"ids": ids, "at": at, "film": film}) as found:
            yield found

    @contextmanager
    def frames(
        self, mirror: str, places: list[tuple[int, int]] | None = None, at: int | None = None
    ) -> Iterator[tuple[dict[str, Any], pa.RecordBatchReader]]:
        """The same for the labelled frames of a film: all, or those at some (sample, frame)."""
        with self._table(f"/internal/browse/{mirror}/frames", {"places": places, "at": at}) as found:
            yield found

    @contextmanager
    def _table(self, path: str, body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], pa.RecordBatchReader]]:
        import pyarrow as pa

        with self._client.stream("POST", path, json=body) as response:
            transport.raise_for_problem(response)
            reader = pa.ipc.open_stream(pa.PythonFile(Readable(response.iter_raw()), "r"))
            yield json.loads(reader.schema.metadata[b"about"]), reader

    def changes(self, mirror: str, since: int) -> dict[str, Any]:
        """``revision`` now, and which ``samples`` and ``frames`` changed since."""
        return transport.raise_for_problem(self._client.get(f"/internal/browse/{mirror}/changes", params={"since": since})).json()  # type: ignore[no-any-return]

    def edit(self, mirror: str, edits: list[dict[str, Any]]) -> list[int | None]:
        """Apply edits as one revision; the ids of their labels."""
        body = {"edits": edits}
        return transport.raise_for_problem(self._client.post(f"/internal/browse/{mirror}/edits", json=body)).json()["labels"]  # type: ignore[no-any-return]

    def report(self, mirror: str, **news: Any) -> None:
        transport.raise_for_problem(self._client.post(f"/internal/browse/{mirror}/report", json=news))

    def listening(self) -> None:
        """We answer from now on, although FiftyOne is still being loaded."""
        transport.raise_for_problem(self._client.post("/internal/browse/listening"))

    def media(self, mirror: str, sample: int, what: str) -> bytes:
        """Pixels that lie in no file (ephemeral datasets)."""
        return transport.raise_for_problem(self._client.get(f"/internal/browse/{mirror}/media/{what}/{sample}")).content


class Readable:
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest, self.closed = pieces, b"", False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken = bytearray(self._rest)
        while size < 0 or len(taken) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            taken += piece
        self._rest = b"" if size < 0 else bytes(taken[size:])
        return bytes(taken if size < 0 else taken[:size])

    def close(self) -> None:
        self.closed = True
