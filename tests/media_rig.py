"""Pictures, videos and hostile files for tests, made here; and one decoder for all of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from comexp_lab.media import Decoder


@pytest.fixture(scope="session", name="decoder")
def shared_decoder() -> Iterator[Decoder]:
    pool = Decoder(2)
    yield pool
    pool.close()


def photo(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """A smooth picture whose four corners differ, so that every orientation can be told."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, 256, (2, 2, 3), dtype=np.uint8)
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BICUBIC)


def encode(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def jpeg(seed: int = 0, width: int = 96, height: int = 64, **options: Any) -> bytes:
    return encode(photo(width, height, seed), "JPEG", **options)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def with_gps(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.345), 3: "E", 4: (13.0, 24.0, 17.891), 29: "2026:11:22"})
    return exif


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int = 20_000, height: int = 20_000) -> bytes:
    """A real PNG of a few kB that unpacks to width × height black pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def gif_bomb() -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02D\x01\0;"
    return b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + frame


def tiff_bomb() -> bytes:
    size = [(256, 4, 60_000), (257, 4, 60_000)]
    tags = [*size, (258, 3, 8), (259, 3, 8), (262, 3, 1), (273, 4, 200), (277, 3, 1), (278, 4, 60_000), (279, 4, 64)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)).ljust(200, b"\0") + zlib.compress(bytes(1 << 16))[:64]


def webp_bomb() -> bytes:
    """A lossless WebP header that claims 16,384 × 16,384."""
    body = b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + bytes(200)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def video(
    form: str = "mp4",
    codec: str = "libx264",
    frames: int = 40,
    rate: int = 25,
    size: tuple[int, int] = (160, 96),
    about: dict[str, str] | None = None,
    **options: str,
) -> bytes:
    """Frame i is grey level 5 i, so that a decoded frame tells its own number; ``about`` is the metadata."""
    out = io.BytesIO()
    with av.open(out, "w", format=form, options=options) as target:
        target.metadata.update(about or {})
        stream = target.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = 4_000_000
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), 5 * number, np.uint8)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        target.mux(stream.encode(None))
    return out.getvalue()


def number_in(picture: bytes) -> int:
    """Which frame of :func:`video` an encoded picture is."""
    return round(float(np.asarray(opened(picture).convert("L")).mean()) / 5)
