"""Masks between run lengths, COCO's compressed text, and numpy bitmaps.

Runs are column-major over the whole image and start with zeros, as in COCO. Sizes are checked before memory is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from comexp_lab.formats.records import BadRecord, integer

if TYPE_CHECKING:
    import numpy as np

MOST_PIXELS = 100_000_000


def checked_size(width: object, height: object) -> tuple[int, int]:
    """(width, height) of an image, or BadRecord if it is empty or over 100 Mpx."""
    w, h = integer(width, "the width"), integer(height, "the height")
    if w <= 0 or h <= 0 or w * h > MOST_PIXELS:
        raise BadRecord(f"the image size {w} x {h} is impossible")
    return w, h


def pack(runs: Sequence[int]) -> str:
    """Run lengths as COCO's compressed text."""
    import numpy as np

    from comexp_lab.media import run_lengths

    return run_lengths.pack(np.asarray(runs, dtype=np.int64))


def unpack(rle: str) -> list[int]:
    """COCO's compressed text as run lengths; BadRecord if it is damaged."""
    from comexp_lab.media import run_lengths

    try:
        return run_lengths.unpack(rle).tolist() if rle else []  # type: ignore[no-any-return]
    except ValueError:  # also text that is not ASCII
        raise BadRecord("the mask's run-length text is damaged") from None


def runs_of(bits: np.ndarray) -> list[int]:
    """Runs, starting with zeros, of a flat 0/1 array."""
    import numpy as np

    ends = np.flatnonzero(np.diff(bits)) + 1
    runs = np.diff(np.concatenate(([0], ends, [len(bits)]))).tolist()
    return [0, *runs] if len(bits) and bits[0] else runs


def flat_of(runs: Sequence[int], length: int) -> np.ndarray:
    """The flat 0/1 uint8 array of ``length`` that the runs describe; BadRecord if they do not add up."""
    import numpy as np

    lengths = np.asarray(runs, dtype=np.int64)
    if (lengths < 0).any() or int(lengths.sum()) != length:
        raise BadRecord(f"the mask's runs cover {int(lengths.sum())} pixels, the image has {length}")
    return np.repeat((np.arange(len(lengths)) % 2).astype(np.uint8), lengths)


def encode(bitmap: np.ndarray) -> list[int]:
    """Column-major runs of a (height, width) bitmap."""
    return runs_of(bitmap.ravel(order="F"))


def decode(rle: str, width: int, height: int) -> np.ndarray:
    """The (height, width) uint8 bitmap of a compressed text."""
    width, height = checked_size(width, height)
    return flat_of(unpack(rle), width * height).reshape((height, width), order="F")


def extent(runs: Sequence[int], height: int) -> dict[str, float]:
    """x, y, w, h and area of column-major runs in an image ``height`` pixels high."""
    import numpy as np

    ends = np.cumsum(np.asarray(runs, dtype=np.int64))
    first, last = ends[0:-1:2], ends[1::2] - 1
    keep = last >= first
    first, last = first[keep], last[keep]
    if not len(first):
        return {"x": 0.0, "y": 0.0, "w": 0.0, "h": 0.0, "area": 0.0}
    left, right = int(first[0] // height), int(last[-1] // height)
    wraps = bool((first // height != last // height).any())
    top = 0 if wraps else int((first % height).min())
    bottom = height - 1 if wraps else int((last % height).max())
    return {
        "x": float(left),
        "y": float(top),
        "w": float(right - left + 1),
        "h": float(bottom - top + 1),
        "area": float((last - first + 1).sum()),
    }


class Pieces:
    """Pictures of one size cut, column after column, wherever a value of any of them changes."""

    def __init__(self, maps: Sequence[np.ndarray]) -> None:
        import numpy as np

        flat = [values.ravel(order="F") for values in maps]
        self.total = flat[0].size
        changes = np.zeros(self.total, bool)
        changes[:1] = True
        for values in flat:
            changes[1:] |= values[1:] != values[:-1]
        self.starts = np.flatnonzero(changes)
        self.lengths = np.diff(np.append(self.starts, self.total))
        self.values = [values[self.starts] for values in flat]  # of each picture, at each piece

    def runs(self, where: np.ndarray) -> list[int]:
        """Column-major runs of the mask that the pieces at ``where`` (rising) make."""
        import numpy as np

        starts, ends = self.starts[where], self.starts[where] + self.lengths[where]
        apart = starts[1:] != ends[:-1]
        starts, ends = starts[np.append(True, apart)], ends[np.append(apart, True)]
        bounds = np.stack([starts, ends], axis=1).ravel()
        runs = np.diff(np.concatenate(([0], bounds, [self.total]))).tolist()
        return runs if runs[-1] else runs[:-1]  # type: ignore[no-any-return]
