"""Ultralytics datasets without files: pictures from the vault, labels from the manifest, no caches beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image
from ultralytics.data.augment import classify_augmentations, classify_transforms
from ultralytics.data.dataset import YOLODataset

from comexp_lab.learn.pictures import Pictures

Labels = list[dict[str, Any]]


def resized(image: np.ndarray, imgsz: int | tuple[int, int], keep_ratio: bool, short: bool) -> np.ndarray:
    """The image at training size: its long (or short) side becomes ``imgsz``, or it is stretched to it."""
    height, width = image.shape[:2]
    shape = tuple(imgsz) if isinstance(imgsz, tuple | list) else (imgsz, imgsz)
    ratio = max(shape) / (min if short else max)(height, width)
    if not keep_ratio:
        size = shape[::-1]
    elif short:
        size = (int(np.ceil(width * ratio)), max(shape)) if height < width else (max(shape), int(np.ceil(height * ratio)))
    else:
        size = (min(int(np.ceil(width * ratio)), max(shape)), min(int(np.ceil(height * ratio)), max(shape)))
    return image if size == (width, height) else cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


class VaultDataset(YOLODataset):
    """Detection, segmentation, pose and rotated boxes. ``pictures[i]`` belongs to ``targets[i]``."""

    ims: list[Any]
    im_hw0: list[Any]
    im_hw: list[Any]

    def __init__(self, *, pictures: Pictures, targets: Labels, **options: Any) -> None:
        self.pictures = pictures
        self.given = targets
        super().__init__(img_path="", **options)

    def get_img_files(self, img_path: Any) -> list[str]:
        count = self.fraction if isinstance(self.fraction, int) else max(1, round(len(self.given) * self.fraction))
        self.given = self.given[:count]
        return [target["im_file"] for target in self.given]

    def get_labels(self) -> Labels:
        self.rows = {target["im_file"]: row for row, target in enumerate(self.given)}
        return [dict(target) for target in self.given]

    def load_image(self, i: int, rect_mode: bool = True, resize_short: bool = False) -> tuple[np.ndarray, tuple[int, int], tuple[int, int]]:
        """(image, original (h, w), resized (h, w)); recent images stay in memory for mosaics, as Ultralytics does it."""
        if self.ims[i] is not None:
            return self.ims[i], self.im_hw0[i], self.im_hw[i]
        original = self.pictures[self.rows[self.im_files[i]]]
        image = resized(original, self.imgsz, rect_mode, resize_short)
        if self.augment and self.cache != "ram":
            self.remember(i, image, original.shape[:2])
        return image, original.shape[:2], image.shape[:2]

    def remember(self, i: int, image: np.ndarray, size: tuple[int, int]) -> None:
        self.ims[i], self.im_hw0[i], self.im_hw[i] = image, size, image.shape[:2]
        self.buffer.append(i)
        if 1 < len(self.buffer) >= self.max_buffer_length:
            oldest = self.buffer.pop(0)
            self.ims[oldest] = self.im_hw0[oldest] = self.im_hw[oldest] = None


class VaultClassification:
    """Whole-image classes: each picture's first tag."""

    def __init__(self, *, pictures: Pictures, targets: Labels, args: Any, augment: bool) -> None:
        self.pictures = pictures
        self.samples = [(row, int(target["cls"][0, 0])) for row, target in enumerate(targets) if len(target["cls"])]
        self.torch_transforms: Callable[..., Any] = (
            classify_augmentations(
                size=args.imgsz,
                scale=(1.0 - args.scale, 1.0),
                hflip=args.fliplr,
                vflip=args.flipud,
                erasing=args.erasing,
                auto_augment=args.auto_augment,
                hsv_h=args.hsv_h,
                hsv_s=args.hsv_s,
                hsv_v=args.hsv_v,
            )
            if augment
            else classify_transforms(size=args.imgsz)
        )

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, i: int) -> dict[str, Any]:
        row, label = self.samples[i]
        return {"img": self.torch_transforms(Image.fromarray(cv2.cvtColor(self.pictures[row], cv2.COLOR_BGR2RGB))), "cls": label}
