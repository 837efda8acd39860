"""Requests and responses of the lab service: the one contract of service, client and TypeScript.

Geometry is in pixels of the stored image after EXIF orientation, float64. A label's ``bbox`` is (x, y, w, h) with the
origin at the top left; ``points`` holds (x, y, visibility) triples for keypoints (visibility 0, 1, 2 as in COCO) and
(cx, cy, w, h, angle) for a rotated box, angle in radians, clockwise in image axes; ``rings`` are polygon rings
x0, y0, x1, y1, …; ``rle`` is the compressed run-length text of COCO for a mask of the whole image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.api.base import *  # noqa: F403
from comexp_lab.api.loop import *  # noqa: F403

if TYPE_CHECKING:
    from comexp_lab.api.rights import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        """Messages about rights are many, and most processes need none: they are loaded when the first one is asked for."""
        import importlib

        return getattr(importlib.import_module("comexp_lab.api.rights"), name)
