"""Pictures that are labels: every value survives decoding, in the sandbox only."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from media_rig import _chunk, encode, jpeg, png_bomb, shared_decoder  # noqa: F401
from PIL import Image

from comexp_lab.errors import BadImage
from comexp_lab.media import Decoder


def png(mode: str, values: np.ndarray, **options: Any) -> bytes:
    image = Image.fromarray(values) if mode not in ("1", "P") else Image.fromarray(values).convert("L" if mode == "P" else mode)
    if mode == "P":
        image.putpalette(bytes(range(30)), "RGB")
    return encode(image, "PNG", **options)


def test_labels_drawn_as_pictures_keep_their_values(decoder: Decoder) -> None:
    low, wide = np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([[0, 1, 300], [65535, 2, 3]], np.uint16)
    colours = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    found = decoder.pixels(png("P", low, bits=4))
    assert (found.width, found.height, found.bits, found.data) == (3, 2, 8, bytes(range(6))) and found.palette[:30] == bytes(range(30))
    assert decoder.pixels(png("L", low * 40)).data == (low * 40).tobytes()
    assert decoder.pixels(png("I;16", wide)).data == wide.tobytes()
    assert decoder.pixels(png("RGB", colours)).data == colours.tobytes() == decoder.pixels(png("RGBA", np.dstack([colours, low]))).data
    assert decoder.pixels(png("1", low > 2)).data == (low > 2).astype(np.uint8).tobytes()
    assert decoder.pixels(grey_png(low[:, :3] % 4, 2)).data == (low % 4).tobytes()


def grey_png(values: np.ndarray, depth: int) -> bytes:
    """A grey PNG of few bits, which Pillow reads but does not write."""
    bits = ["".join(f"{value:0{depth}b}" for value in row).ljust(8, "0") for row in values]
    body = zlib.compress(b"".join(b"\0" + int(row, 2).to_bytes(len(row) // 8, "big") for row in bits))
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


@pytest.mark.parametrize("data", [b"", jpeg(), png_bomb(), png("L", np.zeros((99, 99), np.uint8))[:-30], b"\x89PNG\r\n\x1a\n"])
def test_pictures_that_cannot_be_labels_are_refused_in_one_line(decoder: Decoder, data: bytes) -> None:
    with pytest.raises(BadImage, match=r"^[^\n]+$"):
        decoder.pixels(data)
