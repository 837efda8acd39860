"""What a file is, by its first bytes; its name is never believed."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Kind(NamedTuple):
    """``codec`` is Pillow's name of the image format, or FFmpeg's name of the demuxer."""

    kind: Literal["image", "video"]
    codec: str
    mime: str


HEAD = 64  # bytes of a file that are enough
IMAGES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}
FOREIGN = (  # endings of pictures and videos that are not read here: whoever adds one is told so
    *(".heic", ".heif", ".jp2", ".j2k", ".jxl", ".svg", ".ppm", ".pgm", ".tga", ".ico", ".psd", ".exr", ".hdr", ".dcm", ".dicom", ".nii"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".wmv", ".flv", ".mpg", ".mpeg", ".mts", ".m2ts", ".ogv", ".vob"),
)
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")


def sniff(head: bytes) -> Kind | None:
    """The kind of a file that begins with ``head`` (at least 64 bytes, or all of it); None if it is none of ours."""
    for magic, codec in _MAGIC:
        if head.startswith(magic):
            return Kind("image", codec, IMAGES[codec])
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head[4:8] in _ATOMS:
        return Kind("video", "mov", "video/quicktime")
    if head[:4] == b"\x1aE\xdf\xa3":
        return Kind("video", "matroska", "video/webm" if b"webm" in head else "video/x-matroska")
    return None


def _riff(form: bytes) -> Kind | None:
    if form == b"WEBP":
        return Kind("image", "WEBP", IMAGES["WEBP"])
    return Kind("video", "avi", "video/x-msvideo") if form == b"AVI " else None


def _iso(head: bytes) -> Kind | None:
    brands = {head[i : i + 4] for i in range(8, min(int.from_bytes(head[:4], "big"), len(head)), 4)}
    if brands & {b"avif", b"avis"}:
        return Kind("image", "AVIF", IMAGES["AVIF"])
    if brands & {b"heic", b"heix", b"mif1", b"msf1"}:
        return None
    return Kind("video", "mov", "video/quicktime" if b"qt  " in brands else "video/mp4")


def refusal(head: bytes) -> str:
    """One line that says why a file of unknown kind cannot be used."""
    if not head:
        return "The file is empty: add it again."
    if head[4:8] == b"ftyp":
        return "HEIC images cannot be decoded here: convert them to JPEG or AVIF."
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        return "This is a text document (SVG, HTML or XML), not an image: export it as PNG."
    if text.startswith((b"#extm3u", b"ffconcat", b"v=0")):
        return "This is a playlist, not a video: add the video files themselves."
    return "This is neither a JPEG, PNG, WebP, BMP, TIFF, AVIF or GIF image nor an MP4, MOV, WebM, MKV or AVI video."
