"""``python -m comexp_lab.rights.scanner.child FD``: look through the files whose descriptors come over the socket, in a sandbox.

It can open nothing and write nothing; what it says is which needle is where.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Any

import numpy as np
from PIL import Image

from comexp_lab.errors import BadImage
from comexp_lab.media import images, sandbox, wire
from comexp_lab.rights.needles import unpacked
from comexp_lab.rights.scanner import pictures
from comexp_lab.rights.scanner.look import Look

ADDRESS_SPACE = 8 << 30
CPU_S, CPU_S_PER_MB = 120, 2
MOST = 1000  # findings told of one file


class Teller:
    """Says what was found, each once."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._told = sock, set[Any]()

    def begin(self) -> None:
        self._told.clear()

    def hit(self, needle: int, path: list[str]) -> None:
        self._tell({"hit": [needle, path]}, needle, *path)

    def note(self, text: str, path: list[str], blind: bool) -> None:
        self._tell({"note": [text, path, blind]}, text, *path)

    def _tell(self, message: dict[str, Any], *key: Any) -> None:
        if key not in self._told and (len(self._told) < MOST or ("hit", key[0]) not in self._told):
            self._told |= {key, ("hit", key[0])}
            wire.send(self._sock, message)


def serve(sock: socket.socket) -> None:
    tell = Teller(sock)
    look = Look([], tell.hit, tell.note)
    while True:
        try:
            ask, blobs = wire.receive(sock)
        except EOFError:
            return
        tell.begin()
        sandbox.arm(CPU_S + CPU_S_PER_MB * int(ask.get("size", 0) >> 20))
        done: dict[str, Any] = {"done": True}
        parts: tuple[bytes, ...] = ()
        if ask["do"] == "needles":
            look = Look(unpacked(ask["needles"], blobs[0]), tell.hit, tell.note)
        elif ask["do"] == "fingerprint":
            try:
                seen = pictures.fingerprint(blobs[0])
                done["hashes"], parts = len(seen.hashes), (b"".join(seen.hashes), *seen.pixels)
            except Exception as error:
                done["bad"] = error.detail if isinstance(error, BadImage) else "The picture cannot be decoded."
        elif ask["do"] == "bytes":
            with contextlib.suppress(MemoryError):
                look.data(blobs[0])
        else:
            look.name(blobs[0])
            if ask["do"] == "file":
                done["bytes"] = _file(sock, look, tell)
        wire.send(sock, done, *parts)


def _file(sock: socket.socket, look: Look, tell: Teller) -> int:
    _, fds, _, _ = socket.recv_fds(sock, 1, 1)
    try:
        return look.file(fds[0])
    except MemoryError:
        tell.note("looking into it needs too much memory", [], True)
    except (OSError, ValueError) as error:
        tell.note(f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}", [], True)
    finally:
        os.close(fds[0])
    return 0


def warm_up() -> None:
    """Import and set up all that would need files later."""
    import sqlite3

    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet as pq

    images.warm_up()
    sqlite3.connect(":memory:").close()
    out = pa.BufferOutputStream()
    table = pa.table({"a": pa.array(["x", "y"]).dictionary_encode(), "b": [b"1", b"2"]})
    pq.write_table(table, out, compression="zstd")
    pq.ParquetFile(pa.BufferReader(out.getvalue())).read(use_threads=False)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    album = pictures.Album([(0, bytes(32))], {0: [0]})
    list(album.find(Image.fromarray(noise)))


def main() -> None:
    sock = socket.socket(fileno=int(sys.argv[1]))
    warm_up()
    wire.send(sock, {"sandbox": sandbox.enter(ADDRESS_SPACE)})
    serve(sock)


if __name__ == "__main__":
    main()
