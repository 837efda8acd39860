"""Pictures that are labels, inside a sandboxed child: the values of a PNG as they were written, nothing stretched or coloured.

Palette indices stay indices (the palette comes beside them), grey of 1 to 16 bits stays the number that it is; colours are three
bytes a pixel, transparency is left out.
"""

from __future__ import annotations

from typing import Any

from comexp_lab.errors import BadImage
from comexp_lab.media.images import open_image

_BITS = {"1": 8, "L": 8, "P": 8, "I;16": 16, "RGB": 24}
_PLAIN = {"LA": "L", "RGBA": "RGB", "I": "I;16", "I;16B": "I;16"}


def examine(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Width, height and bits of a pixel, and [pixels row by row (16 bits: low byte first), palette as red, green, blue]."""
    image, codec = open_image(data)
    if codec != "PNG":
        raise BadImage(f"This is a {codec} image: labels drawn as pictures must be PNG.")
    depth, kind = data[24], data[25]  # of the IHDR chunk
    image.load()
    mode = _PLAIN.get(image.mode, image.mode)
    if mode not in _BITS:
        raise BadImage(f"A PNG of mode {image.mode} is no picture of labels.")
    palette = bytes(image.getpalette("RGB") or []) if mode == "P" else b""
    plain = image if mode == image.mode else image.convert(mode)
    if mode == "1":
        plain = plain.convert("L")
    if kind == 0 and depth < 8:  # Pillow stretches these to 0 … 255
        plain = plain.point([value * ((1 << depth) - 1) // 255 for value in range(256)])
    return {"width": plain.width, "height": plain.height, "bits": _BITS[mode]}, [plain.tobytes(), palette]
