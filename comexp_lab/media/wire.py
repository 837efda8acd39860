"""Messages between the decoder and its children: a JSON header and byte strings, over a socket pair.

Nothing that a child sends is trusted: headers and blobs have limits, and headers are plain JSON.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

_SIZES = struct.Struct("<II")
HEADER_LIMIT = 1 << 20
BLOB_LIMIT = 1 << 30
BUFFER = 1 << 20


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return ours, theirs


def send(sock: socket.socket, header: dict[str, Any], *blobs: bytes | memoryview) -> None:
    text = json.dumps(header).encode()
    sizes = struct.pack(f"<{len(blobs)}Q", *map(len, blobs))
    sock.sendall(_SIZES.pack(len(text), len(blobs)) + sizes + text)
    for blob in blobs:
        sock.sendall(blob)


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
    """The next message. EOFError when the other side is gone or talks nonsense, TimeoutError after ``deadline``."""
    length, count = _SIZES.unpack(_exactly(sock, _SIZES.size, deadline))
    if length > HEADER_LIMIT or count > 16:
        raise EOFError("not a message of ours")
    sizes = struct.unpack(f"<{count}Q", _exactly(sock, 8 * count, deadline))
    if sum(sizes) > BLOB_LIMIT:
        raise EOFError("a message larger than allowed")
    try:
        header = json.loads(_exactly(sock, length, deadline))
    except ValueError:
        raise EOFError("not a message of ours") from None
    if not isinstance(header, dict):
        raise EOFError("not a message of ours")
    return header, [_exactly(sock, size, deadline) for size in sizes]


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    if size == 0:
        return b""
    buffer = bytearray(size)
    view, have = memoryview(buffer), 0
    while have < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
        got = sock.recv_into(view[have:])
        if got == 0:
            raise EOFError("the other side is gone")
        have += got
    return bytes(buffer)
