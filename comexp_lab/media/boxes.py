"""Whether a video file is shorter than its own outermost structure says: cut-off uploads, noticed without decoding."""

from __future__ import annotations

import io
from typing import BinaryIO

_SEGMENT = b"\x18\x53\x80\x67"


def cut_off(file: BinaryIO, demuxer: str) -> bool:
    """``demuxer`` is FFmpeg's name: mov, matroska or avi. The file position is lost."""
    size = file.seek(0, io.SEEK_END)
    return _declared(file, demuxer, size) > size


def _declared(file: BinaryIO, demuxer: str, size: int) -> int:
    """How many bytes the file says it has; 0 if it does not say."""
    file.seek(0)
    if demuxer == "avi":
        return int.from_bytes(file.read(8)[4:8], "little") + 8
    if demuxer == "matroska":
        return _segment_end(file.read(4096))
    return _atoms_end(file, size)


def _atoms_end(file: BinaryIO, size: int) -> int:
    """The end of the last top-level atom of MP4 and MOV."""
    at = 0
    for _ in range(10_000):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: reaches to the end of the file
            break
        at += length
        if at >= size:
            break
    return at


def _segment_end(head: bytes) -> int:
    """The end of Matroska's segment; 0 where its size is unknown, as in live recordings."""
    at = head.find(_SEGMENT) + len(_SEGMENT)
    if at < len(_SEGMENT) or at >= len(head) or head[at] == 0:
        return 0
    width = 9 - head[at].bit_length()
    value = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return 0 if value == (1 << 7 * width) - 1 else at + width + value
