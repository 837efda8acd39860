"""``python -m comexp_lab.media.child FD``: decode what comes over the socket, one item at a time, in a sandbox.

It gets bytes, never paths. Videos are not sent whole: it asks for the parts it needs (``{"read": [offset, size]}``).
"""

from __future__ import annotations

import io
import os
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any

from comexp_lab.errors import BadImage
from comexp_lab.media import images, pixels, sandbox, video, wire

RECYCLE_KB = 400_000
CPU_S = {"image": 10, "normalise": 10, "strip": 10, "pixels": 10, "video": 20, "frames": 10}
Reply = tuple[dict[str, Any], list[bytes]]


class Remote(io.RawIOBase):
    """A read-only file whose bytes live in the parent."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        self.sock, self.size, self.at = sock, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = max(base + offset, 0)
        return self.at

    def read(self, size: int = -1) -> bytes:
        left = max(self.size - self.at, 0)
        size = left if size < 0 else min(size, left)
        if size == 0:
            return b""
        wire.send(self.sock, {"read": [self.at, size]})
        _, (data,) = wire.receive(self.sock)
        self.at += len(data)
        return data


def answers(sock: socket.socket, ask: dict[str, Any], blobs: list[bytes]) -> Iterator[Reply]:
    what = ask["do"]
    if what == "image":
        yield images.examine(blobs[0], ask["keep_gps"], ask["turn"])
    elif what == "normalise":
        yield images.normalise(blobs[0])
    elif what == "strip":
        yield images.without_gps(blobs[0])
    elif what == "pixels":
        yield pixels.examine(blobs[0])
    elif what == "video":
        yield video.examine(Remote(sock, ask["size"]))  # type: ignore[arg-type]
    elif what == "frames":
        file = Remote(sock, ask["size"])
        for index, data in video.frames(file, ask["every"], ask["indices"], ask["form"]):  # type: ignore[arg-type]
            sandbox.arm(CPU_S[what])
            yield {"frame": index}, [data]


def explain(error: Exception) -> str:
    if isinstance(error, BadImage):
        return error.detail
    if isinstance(error, MemoryError):
        return "Decoding this file needs more than 1 GB of memory: make it smaller."
    if isinstance(error, ImportError):
        return "This kind of picture cannot be decoded here: save it as PNG, TIFF in RGB, or JPEG."
    words = re.sub(r"^\[Errno \d+\] |: '<none>'$", "", " ".join(str(error).split()))  # FFmpeg's number, and the name that a stream has not
    words = re.sub(r" <[^>]*>", "", words)[:160]  # Python's name of an object says nothing to a person
    return f"The file is damaged or cut off ({words or type(error).__name__}): add it again."


def peak_kb(status: int) -> int:
    """The most memory this process ever held. Not ``ru_maxrss``: across exec that one remembers the parent's."""
    found = re.search(rb"VmHWM:\s*(\d+)", os.pread(status, 4096, 0))
    return int(found[1]) if found else 0


def serve(sock: socket.socket, status: int) -> None:
    while True:
        try:
            ask, blobs = wire.receive(sock)
        except EOFError:
            return
        sandbox.arm(CPU_S[ask["do"]])
        try:
            for facts, parts in answers(sock, ask, blobs):
                wire.send(sock, {"facts": facts}, *parts)
            end: dict[str, Any] = {"done": True}
        except EOFError:
            return
        except Exception as error:  # whatever a library makes of a hostile file is that file's fault
            end = {"done": True, "bad": explain(error)}
        del blobs
        wire.send(sock, {**end, "tired": peak_kb(status) > RECYCLE_KB})


def main() -> None:
    sock = socket.socket(fileno=int(sys.argv[1]))
    images.warm_up()
    video.warm_up()
    status = os.open("/proc/self/status", os.O_RDONLY)
    wire.send(sock, {"sandbox": sandbox.enter()})
    serve(sock, status)


if __name__ == "__main__":
    main()
