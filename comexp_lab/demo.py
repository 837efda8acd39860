"""Pictures for the demo, with nothing downloaded: generated shapes with exact labels, and real pictures of dependencies.

``python -m comexp_lab.demo FOLDER`` writes the shapes as PNG files with a COCO file beside them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "triangle", "star")

# Trains yolo11n.yaml from random weights on 160 shapes to mAP50 0.8 (at least 0.6) in about two minutes on two cores: a small
# picture, a step after every batch (nbs = batch), no mosaics. 12 to 15 epochs reach 0.6.
FROM_SCRATCH: dict[str, Any] = {
    "model": "yolo11n.yaml",
    "epochs": 30,
    "imgsz": 128,
    "batch": 8,
    "args": {"optimizer": "AdamW", "lr0": 0.002, "nbs": 8, "warmup_epochs": 1.0, "mosaic": 0.0, "close_mosaic": 0},
}

Box = tuple[str, float, float, float, float]


def outline(shape: str, radius: float, angle: float) -> list[tuple[float, float]]:
    """The corners of a shape around (0, 0)."""
    if shape == "circle":
        turns, radii = np.linspace(0, 2 * np.pi, 64, endpoint=False), np.full(64, radius)
    elif shape == "star":
        turns, radii = np.arange(10) * np.pi / 5, np.where(np.arange(10) % 2, radius * 0.45, radius)
    else:
        corners = {"square": 4, "triangle": 3}[shape]
        turns, radii = np.arange(corners) * 2 * np.pi / corners, np.full(corners, radius)
    return [(float(r * np.cos(t + angle)), float(r * np.sin(t + angle))) for t, r in zip(turns, radii, strict=True)]


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A soft gradient under coarse and fine noise, uint8 (size, size, 3)."""
    low, high = rng.uniform(40, 150, 3), rng.uniform(60, 190, 3)
    ramp = np.linspace(0, 1, size)[:, None, None]
    base = low + (high - low) * (ramp if rng.random() < 0.5 else ramp.transpose(1, 0, 2))
    coarse = rng.normal(0, 14, (8, 8, 1)).repeat(-(-size // 8), 0).repeat(-(-size // 8), 1)[:size, :size]
    return np.clip(base + coarse + rng.normal(0, 7, (size, size, 3)), 0, 255).astype(np.uint8)


def colour_away_from(rng: np.random.Generator, patch: np.ndarray) -> tuple[int, int, int]:
    """A colour that stands out from the mean of a patch."""
    mean = patch.reshape(-1, 3).mean(0)
    choices = rng.integers(0, 256, (16, 3))
    return tuple(int(v) for v in choices[np.abs(choices - mean).sum(1).argmax()])  # type: ignore[return-value]


def overlaps(box: tuple[float, float, float, float], others: list[Box]) -> bool:
    x, y, w, h = box
    return any(x < bx + bw and bx < x + w and y < by + bh and by < y + h for _, bx, by, bw, bh in others)


def draw_one(rng: np.random.Generator, canvas: np.ndarray, boxes: list[Box]) -> None:
    """Draw one more shape where there is room, and append its exact box."""
    size = canvas.shape[0]
    shape = SHAPES[rng.integers(len(SHAPES))]
    radius = rng.uniform(0.11, 0.2) * size
    x, y = rng.uniform(radius, size - radius, 2)
    if overlaps((x - radius, y - radius, 2 * radius, 2 * radius), boxes):
        return
    mask = Image.new("1", (size, size))
    ImageDraw.Draw(mask).polygon([(x + dx, y + dy) for dx, dy in outline(shape, radius, rng.uniform(0, 2 * np.pi))], fill=1)
    inside = np.asarray(mask)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    canvas[inside] = np.clip(colour_away_from(rng, canvas[inside]) + rng.normal(0, 6, (inside.sum(), 3)), 0, 255)
    left, top = float(columns[0]), float(rows[0])
    boxes.append((shape, left, top, float(columns[-1] + 1 - left), float(rows[-1] + 1 - top)))


def make_shapes(n: int = 160, size: int = 160, seed: int = 0) -> list[tuple[str, bytes, list[Box]]]:
    """``n`` pictures of shapes on noise: (name, PNG bytes, [(class, x, y, w, h) in pixels, exact]).

    The same arguments give the same bytes.
    """
    rng = np.random.default_rng(seed)
    made = []
    for index in range(n):
        canvas = background(rng, size)
        boxes: list[Box] = []
        for _ in range(int(rng.integers(2, 6))):
            draw_one(rng, canvas, boxes)
        data = io.BytesIO()
        Image.fromarray(canvas).save(data, "PNG")
        made.append((f"shapes/{index:04d}.png", data.getvalue(), boxes))
    return made


def coco_of(shapes: list[tuple[str, bytes, list[Box]]], size: int) -> dict[str, Any]:
    """The labels of ``make_shapes`` as a COCO document."""
    images = [{"id": i, "file_name": name, "width": size, "height": size} for i, (name, _, _) in enumerate(shapes, 1)]
    flat = [(i, box) for i, (_, _, boxes) in enumerate(shapes, 1) for box in boxes]
    labels = [
        {"id": k, "image_id": i, "category_id": SHAPES.index(c) + 1, "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0}
        for k, (i, (c, x, y, w, h)) in enumerate(flat, 1)
    ]
    categories = [{"id": i, "name": name} for i, name in enumerate(SHAPES, 1)]
    return {"images": images, "annotations": labels, "categories": categories}


def real_pictures() -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of real pictures that come with installed packages; those of missing packages are left out."""
    from importlib.util import find_spec
    from pathlib import Path

    wanted = {
        "skimage": ("data/coins.png", "data/astronaut.png", "data/coffee.png", "data/chelsea.png", "data/rocket.jpg"),
        "ultralytics": ("assets/bus.jpg", "assets/zidane.jpg"),
    }
    for package, files in wanted.items():
        spec = find_spec(package)
        folder = Path(spec.origin).parent if spec and spec.origin else None
        for file in files:
            if folder and (folder / file).is_file():
                yield Path(file).name, (folder / file).read_bytes()


def write(folder: str, n: int = 160, size: int = 160, seed: int = 0) -> None:
    """Write the shapes below ``folder`` with ``instances.json`` beside them."""
    import json
    from pathlib import Path

    root, shapes = Path(folder), make_shapes(n, size, seed)
    for name, data, _ in shapes:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "instances.json").write_text(json.dumps(coco_of(shapes, size)))


if __name__ == "__main__":
    import sys

    write(sys.argv[1])
