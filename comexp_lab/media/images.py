"""Images, inside a sandboxed child: header check, one decode that verifies and makes the thumbnail, orientation, GPS."""

from __future__ import annotations

import io
import warnings
from typing import Any

import PIL.ImageCms  # noqa: F401  # converts CIE Lab; imported at the first such picture, it would be looked for from inside the sandbox
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from comexp_lab.errors import BadImage
from comexp_lab.media.gps import strip_gps
from comexp_lab.media.sniff import HEAD, IMAGES, refusal, sniff

MAX_PIXELS = 100_000_000
MAX_SIDE = 16_384
THUMBNAIL = 256
ORIENTATION = 0x0112
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_REENCODE: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "PNG": {"compress_level": 4},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 92, "speed": 8},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "BMP": {},
    "GIF": {},
}
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow warns here and refuses at twice as many; our own check comes first
warnings.simplefilter("ignore")


def open_image(data: bytes) -> tuple[Image.Image, str]:
    """The image and its format, nothing decoded yet. BadImage when it is not one of ours, or too large."""
    found = sniff(data[:HEAD])
    if found is None or found.kind != "image":
        raise BadImage(refusal(data[:HEAD]))
    try:
        image = Image.open(io.BytesIO(data), formats=[found.codec])
    except Image.DecompressionBombError:
        raise BadImage(f"The image has more than {MAX_PIXELS // 1_000_000} million pixels: make it smaller.") from None
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadImage(
            f"The image is {width} × {height}: at most {MAX_PIXELS // 1_000_000} million pixels and {MAX_SIDE} a side are taken."
        )
    return image, found.codec


def examine(data: bytes, keep_gps: bool, turn: bool) -> tuple[dict[str, Any], list[bytes]]:
    """Facts about an image, and [thumbnail, upright copy or nothing, the file without GPS or nothing]."""
    image, codec = open_image(data)
    orientation = orientation_of(image)
    width, height = image.size
    if orientation >= 5 and codec != "TIFF":  # Pillow turns TIFF by itself
        width, height = height, width
    small, mime = thumbnail(image)
    upright = reencode(open_image(data)[0], codec) if turn and orientation != 1 else b""
    clean = strip_gps(data, IMAGES[codec])
    has_gps = clean is not data
    facts = {
        "kind": "image",
        "mime": IMAGES[codec],
        "width": width,
        "height": height,
        "orientation": orientation,
        "has_gps": has_gps,
        "thumbnail_mime": mime,
    }
    return facts, [small, upright, clean if has_gps and not keep_gps else b""]


def orientation_of(image: Image.Image) -> int:
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # EXIF of strangers fails in every way there is; without it a picture is upright
        return 1
    return found if found in TURNED else 1


def thumbnail(image: Image.Image) -> tuple[bytes, str]:
    """Decode ``image`` to the end and shrink it; JPEGs are decoded at reduced scale, which still reads every byte."""
    scale = min(1.0, THUMBNAIL / max(image.size))
    target = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    image.draft(None, target)
    image.load()
    orientation = orientation_of(image)
    small = shown(image)
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BILINEAR)
    if orientation in TURNED:
        small = small.transpose(TURNED[orientation])
    out = io.BytesIO()
    if small.mode == "RGBA":
        small.save(out, "PNG", compress_level=4)
        return out.getvalue(), "image/png"
    small.info.clear()
    small.save(out, "JPEG", quality=80)
    return out.getvalue(), "image/jpeg"


def shown(image: Image.Image) -> Image.Image:
    """The image in 8 bits as L, RGB or RGBA; 16-bit and float images are stretched to their own range."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode.startswith(("I", "F")):
        values = image.convert("F")
        low, high = (float(v) for v in values.getextrema())  # type: ignore[arg-type]
        scale = 255.0 / (high - low) if high > low else 0.0
        return values.point(lambda v: v * scale - low * scale).convert("L")
    clear = image.mode in ("LA", "La", "PA", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB" if image.mode != "1" else "L")


def reencode(image: Image.Image, codec: str) -> bytes:
    """The image turned upright, in the same format, without metadata but its colour profile."""
    options = dict(_REENCODE[codec])
    if codec == "JPEG":
        sampling = get_sampling(image)
        options["subsampling"] = sampling if sampling in (0, 1, 2) else 0
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if codec == "JPEG" and upright.mode == "CMYK":
        upright, profile = upright.convert("RGB"), None
    upright.info.clear()
    if profile:
        options["icc_profile"] = profile
    upright.getexif().clear()
    out = io.BytesIO()
    upright.save(out, codec, **options)
    return out.getvalue()


def normalise(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Upright, 8 bit, no metadata: JPEG stays JPEG, everything else becomes PNG."""
    image, codec = open_image(data)
    image.load()
    upright = shown(ImageOps.exif_transpose(image))
    upright.info.clear()
    upright.getexif().clear()
    out = io.BytesIO()
    if codec == "JPEG":
        upright.save(out, "JPEG", quality=95, subsampling=0)
    else:
        upright.save(out, "PNG", compress_level=4)
    return {"mime": "image/jpeg" if codec == "JPEG" else "image/png"}, [out.getvalue()]


def without_gps(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    found = sniff(data[:HEAD])
    return {}, [strip_gps(data, found.mime if found else "")]


def warm_up() -> None:
    """Load every codec and lazily imported module while files can still be opened."""
    Image.init()
    for codec in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"):
        out = io.BytesIO()
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        Image.new("RGB", (16, 8)).save(out, codec, exif=exif)
        examine(out.getvalue(), keep_gps=False, turn=True)
        normalise(out.getvalue())
