"""Pictures for a worker: read encrypted, decoded in memory, never written anywhere.

The bytes were verified in the sandboxed decoder when they were added and their pixels are upright (see ``comexp_lab.media``),
so no EXIF orientation is applied here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from comexp_lab.errors import BadImage

FALLBACK_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "AVIF", "GIF")


def decode(data: bytes) -> np.ndarray:
    """BGR uint8 (height, width, 3); raises BadImage."""
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION) if data else None
    return decode_with_pillow(data) if image is None else image


def decode_with_pillow(data: bytes) -> np.ndarray:
    """For what OpenCV cannot read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=FALLBACK_FORMATS) as image:
            return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
    except (OSError, ValueError, SyntaxError, ImportError) as error:  # ImportError: Ultralytics' Image.open looks for more plug-ins
        raise BadImage("A stored picture can no longer be decoded: remove it from the dataset and add it again.") from error


class Blobs(Protocol):
    """Where sealed pictures come from: the dataset's vault, or the lab service for a dataset that is only in memory."""

    def get(self, blob: str, key: bytes) -> bytes: ...


@dataclass(frozen=True)
class Pictures:
    """The pictures of a manifest by position; cheap to copy into data loader processes."""

    vault: Blobs
    blobs: list[str]
    keys: list[bytes]

    def __len__(self) -> int:
        return len(self.blobs)

    def __getitem__(self, index: int) -> np.ndarray:
        return decode(self.vault.get(self.blobs[index], self.keys[index]))
