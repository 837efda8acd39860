"""Rows of YOLO label files, made from whole columns.

A fraction is chosen so that reading it gives back the very same float64 pixel where there is such a fraction: division
rounds, so the neighbours of the quotient are tried too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

Floats = np.ndarray


def lines(table: pa.Table, task: str, joints: int) -> tuple[dict[int, bytes], int]:
    """The text of each sample's label file, and how many fractions do not give back the same pixel.

    ``table``: labels with ``number`` (the class), ``width`` and ``height`` of the image, rows of a sample together.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(table):
        return {}, 0
    table = table.combine_chunks()
    parts, rounded = _boxes(table) if task in ("detect", "pose") else _outlines(table, task)
    if task == "pose":
        points, more = _keypoints(table, joints)
        parts, rounded = [*parts, points], rounded + more
    number = pc.cast(table["number"], pa.string()).combine_chunks()
    rows = pc.binary_join_element_wise(number, *parts, " ")
    samples = table["sample"].to_numpy()
    starts = np.flatnonzero(np.concatenate(([True], samples[1:] != samples[:-1])))
    grouped = pa.ListArray.from_arrays(pa.array(np.append(starts, len(samples)), pa.int32()), rows)
    texts = pc.binary_join(grouped, "\n").to_pylist()
    return {int(samples[start]): f"{text}\n".encode() for start, text in zip(starts, texts, strict=True)}, rounded


def fraction(pixels: Floats, size: Floats) -> tuple[Floats, Floats]:
    """f with f * size == pixels where there is one; and where there is none."""
    return _search(pixels / size, pixels, lambda f: f * size)


def center(low: Floats, extent: Floats, size: Floats) -> tuple[Floats, Floats]:
    """c with c * size - extent / 2 == low where there is one; and where there is none."""
    return _search((low + extent / 2) / size, low, lambda c: c * size - extent / 2)


def _search(first: Floats, wanted: Floats, forth: object) -> tuple[Floats, Floats]:
    best = first.copy()
    wrong = forth(best) != wanted  # type: ignore[operator]
    up, down = first, first
    for _ in range(4):
        if not wrong.any():
            break
        up, down = np.nextafter(up, np.inf), np.nextafter(down, -np.inf)
        for tried in (up, down):
            hit = wrong & (forth(tried) == wanted)  # type: ignore[operator]
            best[hit] = tried[hit]
            wrong &= ~hit
    return best, wrong


def _column(table: pa.Table, name: str) -> Floats:
    return np.asarray(table[name].to_numpy(), np.float64)


def _boxes(table: pa.Table) -> tuple[list[pa.Array], int]:
    x, y, w, h, width, height = (_column(table, name) for name in ("x", "y", "w", "h", "width", "height"))
    found = [center(x, w, width), center(y, h, height), fraction(w, width), fraction(h, height)]
    return [_text(values) for values, _ in found], int(sum(wrong.sum() for _, wrong in found))


def _text(values: Floats) -> pa.Array:
    """The shortest text of each number that reads back as the same float64."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.cast(pa.array(values), pa.string())


def _joined(values: Floats, ends: np.ndarray) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends, pa.int32()), _text(values)), " ")


def _outlines(table: pa.Table, task: str) -> tuple[list[pa.Array], int]:
    """Corners of every label as fractions, in one text each."""
    outlines = [np.asarray(outline, np.float64) for outline in _rings(table, task)]
    counts = np.array([len(outline) for outline in outlines])
    flat = np.concatenate(outlines)
    sizes = np.empty_like(flat)
    sizes[0::2] = np.repeat(_column(table, "width"), counts // 2)
    sizes[1::2] = np.repeat(_column(table, "height"), counts // 2)
    values, wrong = fraction(flat, sizes)
    return [_joined(values, np.concatenate(([0], np.cumsum(counts))))], int(wrong.sum())


def _rings(table: pa.Table, task: str) -> list[list[float]]:
    """One ring for each label: a polygon's own, a mask's outline, or the four corners of a box."""
    corners = _corners(table)
    found = []
    for kind, rings, rle, width, height, box in zip(
        *(table[name].to_pylist() for name in ("kind", "rings", "rle", "width", "height")), corners.tolist(), strict=True
    ):
        if kind == "polygon" and rings and task == "segment":
            found.append(_one(rings))
        elif kind == "mask" and rle and task == "segment":
            found.append(_outline(rle, width, height) or box)
        else:
            found.append(box)
    return found


def _one(rings: list[list[float]]) -> list[float]:
    """Rings joined into one, there and back from the first ring's end."""
    joined = list(rings[0])
    for ring in rings[1:]:
        joined += [*ring, *ring[:2], *rings[0][-2:]]
    return joined


def _outline(rle: str, width: int, height: int) -> list[float]:
    """The outlines of a mask, joined; empty if nothing of it is large enough."""
    import cv2

    from comexp_lab.formats.bitmaps import decode

    found, _ = cv2.findContours(decode(rle, width, height), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rings = [contour.reshape(-1).astype(float).tolist() for contour in found if len(contour) >= 3]
    return _one(sorted(rings, key=len, reverse=True)) if rings else []


def _corners(table: pa.Table) -> Floats:
    """(n, 8) corners, clockwise from the label's own top left."""
    cx, cy, w, h, angle = _turned(table)
    found = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = a * w / 2, b * h / 2
        found += [cx + dx * np.cos(angle) - dy * np.sin(angle), cy + dx * np.sin(angle) + dy * np.cos(angle)]
    return np.stack(found, axis=1)


def _turned(table: pa.Table) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    x, y, w, h = (_column(table, name) for name in ("x", "y", "w", "h"))
    found = np.stack([x + w / 2, y + h / 2, w, h, np.zeros_like(x)], axis=1)
    for row, (kind, points) in enumerate(zip(table["kind"].to_pylist(), table["points"].to_pylist(), strict=True)):
        if kind == "rotated":
            found[row] = points
    return tuple(found.T)  # type: ignore[return-value]


def _keypoints(table: pa.Table, joints: int) -> tuple[pa.Array, int]:
    """(x, y, visibility) of ``joints`` keypoints in one text for each label; zeros where it has none."""
    kinds = np.array(table["kind"].to_pylist()) == "keypoints"
    values = np.zeros((len(table), joints, 3))
    lists = table["points"].combine_chunks()
    lengths = np.where(kinds, np.nan_to_num(np.asarray(lists.value_lengths().to_numpy(zero_copy_only=False), float)), 0).astype(int)
    for length in np.unique(lengths[lengths > 0]):
        rows = np.flatnonzero(lengths == length)
        values[rows, : length // 3] = np.asarray(lists.take(rows).flatten()).reshape(len(rows), -1, 3)
    x, wrong_x = fraction(values[..., 0], _column(table, "width")[:, None])
    y, wrong_y = fraction(values[..., 1], _column(table, "height")[:, None])
    flat = np.stack([x, y, values[..., 2]], axis=-1).reshape(-1)
    return _joined(flat, np.arange(0, len(flat) + 1, max(1, joints * 3))), int(wrong_x.sum() + wrong_y.sum())
