"""How pictures look, so that they are found again encoded anew, scaled, turned, mirrored, or in a sheet of many.

The hash is imagehash's ``phash`` of 256 bits over the mean of the colours (so that RGB and BGR are one). On 128 photographs two different
ones differ in 86 bits or more, in all eight positions; the same one encoded anew (JPEG and WebP of quality 60, half to twice the size,
thumbnails of 96 pixels, grey) in at most 38.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import cv2
import imagehash
import numpy as np
from PIL import Image, ImageFile

from comexp_lab.errors import BadImage
from comexp_lab.media.images import MAX_PIXELS, MAX_SIDE, shown
from comexp_lab.media.sniff import HEAD, refusal, sniff
from comexp_lab.rights.needles import Fingerprint, slices

NEAR = 48  # bits of 256
FLAT = 6.0  # grey levels of standard deviation, below which there is nothing to tell
SMALLEST = 16  # pixels a side
SHEET = (2, 3, 4, 5)  # pictures in a row of a sheet, as Ultralytics and others put them together
TILE = 40
FRAMES = 64  # of an animation
WORK = 1280  # pixels a side are enough for hashes, of a sheet too


class Slice(io.RawIOBase):
    """A file over memory that is not copied."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max({io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence] + offset, 0)
        return self._at

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        piece = self._data[self._at : self._at + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def opened(data: memoryview, side: int | None = None) -> Image.Image:
    """The picture that begins ``data``, whatever follows it, not decoded yet; a JPEG may shrink to ``side``. BadImage if there is none."""
    head = bytes(data[:HEAD])
    found = sniff(head)
    if found is None or found.kind != "image":
        raise BadImage(refusal(head))
    image = Image.open(io.BufferedReader(Slice(data), 1 << 16), formats=[found.codec])
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise BadImage("The picture is too large to be looked at.")
    if side is not None:
        image.draft("RGB", (side, side))
    return image


def frames(image: Image.Image) -> Iterator[Image.Image]:
    """The pictures of a file: more than one in an animation."""
    for number in range(min(getattr(image, "n_frames", 1), FRAMES)):
        if number:
            image.seek(number)
        image.load()
        yield shown(image)


ImageFile.LOAD_TRUNCATED_IMAGES = True  # of a picture that is cut off, what there is is compared


def grey(image: Image.Image | np.ndarray) -> np.ndarray:
    array = np.asarray(shown(image).convert("RGB") if isinstance(image, Image.Image) else image)
    if max(array.shape[:2]) > WORK:
        scale = WORK / max(array.shape[:2])
        array = cv2.resize(array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return array if array.ndim == 2 else array.mean(axis=2).astype(np.uint8)


def looks(pixels: np.ndarray) -> bytes | None:
    """The hash of a grey picture; None if it is too small or too flat to tell."""
    if min(pixels.shape) < SMALLEST:
        return None
    small = cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA)
    if float(small.std()) < FLAT:
        return None
    return np.packbits(imagehash.phash(Image.fromarray(small), 16).hash).tobytes()


def positions(pixels: np.ndarray) -> Iterator[np.ndarray]:
    for turned in (pixels, pixels.T):
        for across in (turned, turned[::-1]):
            yield np.ascontiguousarray(across)
            yield np.ascontiguousarray(across[:, ::-1])


def parts(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """The picture without its even margins, and the tiles of the sheet that it may be, with and without theirs."""
    yield pixels
    yield from _within(pixels)
    for count in SHEET:
        height, width = pixels.shape[0] // count, pixels.shape[1] // count
        if min(height, width) < TILE:
            return
        for row in range(count):
            for column in range(count):
                tile = pixels[row * height : (row + 1) * height, column * width : (column + 1) * width]
                yield tile
                yield from _within(tile)


def _within(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """The picture inside margins of one grey (letterboxes, white paper); nothing if there are none."""
    inner = pixels[2:-2, 2:-2]  # the frame that is drawn around a tile
    for margin in {int(inner[0, 0]), int(inner[-1, -1])} if inner.size else ():
        other = np.abs(inner.astype(np.int16) - margin) > 8
        rows, columns = np.flatnonzero(other.mean(axis=1) > 0.1), np.flatnonzero(other.mean(axis=0) > 0.1)
        if len(rows) and len(columns):
            found = inner[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            if found.shape != inner.shape and min(found.shape) >= SMALLEST:
                yield found


def fingerprint(data: bytes) -> Fingerprint:
    """BadImage if it cannot be decoded, or is too small or flat to be told from others."""
    image = opened(memoryview(data))
    image.load()
    hashes = dict.fromkeys(look for pixels in positions(grey(image)) if (look := looks(pixels)))
    if not hashes:
        raise BadImage("The picture is too small or too plain to be told from others by its look.")
    colours = np.asarray(shown(image).convert("RGB"))
    found = dict[bytes, None]()
    for arranged in (colours, colours[:, :, ::-1], colours[:, :, 0], (colours[:, :, 0] / np.float32(255)).astype(np.float32)):
        found.update(dict.fromkeys(slices(np.ascontiguousarray(arranged).tobytes(), 3)))
    return Fingerprint(tuple(hashes), tuple(found))


class Album:
    """The looks of all needles, and the markers they carry."""

    def __init__(self, hashes: list[tuple[int, bytes]], markers: dict[int, list[int]]) -> None:
        self._owners = np.array([needle for needle, _ in hashes], np.int64)
        self._hashes = np.frombuffer(b"".join(look for _, look in hashes), np.uint64).reshape(-1, 4)
        self._markers = markers
        self._detector = _detector() if markers else None

    def __bool__(self) -> bool:
        return bool(len(self._owners) or self._markers)

    def find(self, image: Image.Image | np.ndarray) -> Iterator[tuple[int, str]]:
        """(needle, how) of what is seen."""
        if len(self._owners):
            pixels = grey(image)
            for number, part in enumerate(parts(pixels)):
                for needle in self._alike(part):
                    yield needle, "its look" if number == 0 else "its look, in a sheet"
        if self._detector is not None:
            yield from ((needle, "its marker") for needle in self._marked(image))

    def _alike(self, pixels: np.ndarray) -> list[int]:
        look = looks(pixels)
        if look is None:
            return []
        apart = np.bitwise_count(self._hashes ^ np.frombuffer(look, np.uint64)).sum(axis=1)
        return np.unique(self._owners[apart <= NEAR]).tolist()

    def _marked(self, image: Image.Image | np.ndarray) -> Iterator[int]:
        pixels = np.asarray(shown(image).convert("L")) if isinstance(image, Image.Image) else image
        if pixels.ndim == 3:
            pixels = pixels.mean(axis=2).astype(np.uint8)
        numbers = set[int]()
        for scale in (1, 2) if max(pixels.shape) <= 2 * WORK else (1,):
            scaled = pixels if scale == 1 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
            for view in (scaled, np.ascontiguousarray(scaled[:, ::-1])):
                ids = self._detector.detectMarkers(view)[1]  # type: ignore[union-attr]
                numbers |= set() if ids is None else set(ids.ravel().tolist())
        for number in sorted(numbers & self._markers.keys()):
            yield from self._markers[number]


def _detector() -> cv2.aruco.ArucoDetector:
    """Markers with no wrong bit: on 128 photographs, plain, mirrored and at twice the size, it sees none."""
    cv2.setNumThreads(1)
    parameters = cv2.aruco.DetectorParameters()
    parameters.errorCorrectionRate = 0.0
    parameters.adaptiveThreshWinSizeMax = 43
    return cv2.aruco.ArucoDetector(dictionary(), parameters)


def dictionary() -> cv2.aruco.Dictionary:
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
