"""Videos, inside a sandboxed child: read through a file-like object, never a path; only five demuxers, common codecs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
from PIL import Image

from comexp_lab.errors import BadImage
from comexp_lab.media.boxes import cut_off
from comexp_lab.media.images import MAX_PIXELS, MAX_SIDE, thumbnail
from comexp_lab.media.places import places
from comexp_lab.media.sniff import HEAD, refusal, sniff

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
CODECS = (
    "h264,hevc,vp8,vp9,libdav1d,av1,mpeg4,msmpeg4v3,mpeg1video,mpeg2video,mjpeg,png,prores,theora,rawvideo,wmv2,h263,dvvideo,huffyuv,ffv1"
)
COUNT_LIMIT = 256 << 20  # videos up to this size are walked through to count their frames, if they do not say


class Video:
    """An open video with one picture stream; ``frame(i)`` is the i-th picture in display order, turned upright."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(HEAD)
        found = sniff(head)
        if found is None or found.kind != "video":
            raise BadImage(refusal(head))
        self.mime, self.demuxer = found.mime, found.codec
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        options = {"protocol_whitelist": "", "format_whitelist": DEMUXERS, "codec_whitelist": CODECS, "enable_drefs": "0"}
        self.container = av.open(file, "r", format=found.codec, options=options, buffer_size=1 << 18, metadata_errors="replace")
        if not self.container.streams.video:
            raise BadImage("There is no picture in this video: only sound or data.")
        self.stream = self.container.streams.video[0]
        self._check()

    def _check(self) -> None:
        context = self.stream.codec_context
        if context is None or context.name not in CODECS.split(","):
            raise BadImage("The video's codec is not supported: convert it to H.264 or VP9.")
        if context.width * context.height > MAX_PIXELS or max(context.width, context.height) > MAX_SIDE:
            raise BadImage(f"The video is {context.width} × {context.height}: that is too large.")
        context.thread_count = 2

    @property
    def rate(self) -> Fraction:
        found = self.stream.average_rate or self.stream.base_rate or self.stream.guessed_rate
        return found if found and 0 < found <= 1000 else Fraction(25)

    def pictures(self) -> Iterator[av.VideoFrame]:
        """All pictures from where the container stands, in display order; damaged packets are passed over."""
        for packet in self.container.demux(self.stream):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                continue

    def rewind(self) -> None:
        self.container.seek(self.stream.start_time or 0, stream=self.stream)

    def times(self) -> list[int]:
        """Time stamps of all pictures in display order, in units of the stream's time base; decodes nothing."""
        self.rewind()
        return sorted(p.pts for p in self.container.demux(self.stream) if p.pts is not None and p.size and not p.is_discard)

    def count(self) -> int:
        if self.stream.frames:
            return int(self.stream.frames)
        if self.size <= COUNT_LIMIT:
            return len(self.times())
        seconds = (self.container.duration or 0) / av.time_base
        return max(round(seconds * self.rate), 1)

    def frame(self, index: int, times: list[int] | None = None) -> Image.Image:
        times = times if times is not None else self.times()
        if not 0 <= index < len(times):
            raise BadImage(f"The video has {len(times)} frames: there is no frame {index}.")
        self.container.seek(times[index], stream=self.stream)
        for picture in self.pictures():
            if picture.pts is not None and picture.pts >= times[index]:
                return turned(picture)
        raise BadImage(f"Frame {index} of the video cannot be decoded.")


def turned(picture: av.VideoFrame) -> Image.Image:
    image = picture.to_image()
    quarter = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    return image.transpose(quarter[picture.rotation % 360]) if picture.rotation % 360 in quarter else image


def examine(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """Facts about a video, and [thumbnail of its first picture]. A file that lacks its end is refused."""
    video = Video(file)
    if cut_off(file, video.demuxer):
        raise BadImage("The end of this video is missing: it was cut off. Add it again.")
    video.rewind()
    first = next(video.pictures(), None)
    if first is None:
        raise BadImage("No picture of this video can be decoded: it is damaged or cut off.")
    image = turned(first)
    width, height = image.size
    small, mime = thumbnail(image)
    count = video.count()
    where = places(file) if video.demuxer in ("mov", "matroska") else []
    facts = {
        "kind": "video",
        "mime": video.mime,
        "width": width,
        "height": height,
        "orientation": 1,
        "has_gps": bool(where),
        "places": where,
        "thumbnail_mime": mime,
        "fps": float(video.rate),
        "frames": count,
    }
    return facts, [small, b"", b""]


def encoded(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, Any] = {"quality": 95, "subsampling": 0} if form == "JPEG" else {"compress_level": 1}
    image.save(out, form, **options)
    return out.getvalue()


def frames(file: BinaryIO, every: int | None, indices: list[int] | None, form: str) -> Iterator[tuple[int, bytes]]:
    """(index, encoded picture) of every n-th picture, or of the given ones in rising order. One pass over the video."""
    video = Video(file)
    if indices is not None and len(indices) <= 4:
        times = video.times()
        for index in indices:
            yield index, encoded(video.frame(index, times), form)
        return
    wanted = None if indices is None else set(indices)
    last = max(wanted, default=-1) if wanted is not None else None
    for index, picture in enumerate(video.pictures()):
        if (index % (every or 1) == 0) if wanted is None else index in wanted:
            yield index, encoded(turned(picture), form)
        if index == last:
            return


def warm_up() -> None:
    """Decode one tiny video, so that everything FFmpeg and PyAV load late is there before the sandbox closes."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as target:
        stream = target.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            target.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        target.mux(stream.encode(None))
    examine(io.BytesIO(out.getvalue()))
