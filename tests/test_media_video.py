"""Videos: exact frames, sizes and counts; playlists in disguise open nothing; cut-off files are noticed."""

from __future__ import annotations

import io
import random
import socket
import threading

import pytest
from media_rig import number_in, opened, shared_decoder, video  # noqa: F401

from comexp_lab.errors import BadImage
from comexp_lab.media import Decoder

FORMS = [("mp4", "libx264"), ("mov", "mpeg4"), ("matroska", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mpeg4")]


@pytest.fixture(scope="module", params=FORMS, ids=lambda form: f"{form[0]}-{form[1]}")
def data(request: pytest.FixtureRequest) -> bytes:
    return video(*request.param)


def test_facts(decoder: Decoder, data: bytes) -> None:
    info = decoder.inspect(io.BytesIO(data), "holiday.jpg")
    assert (info.kind, info.width, info.height, info.fps, info.frames) == ("video", 160, 96, 25.0, 40)
    assert opened(info.thumbnail).size == (160, 96)


def test_frames_are_exact(decoder: Decoder, data: bytes) -> None:
    """A frame asked for by number, frames in passing, and their own content agree."""
    every = dict(decoder.frames(io.BytesIO(data), every=1))
    assert [number_in(every[i]) for i in range(40)] == list(range(40))
    assert all(decoder.frame(io.BytesIO(data), i) == every[i] for i in (0, 1, 17, 38, 39))
    assert [i for i, _ in decoder.frames(io.BytesIO(data), every=7)] == list(range(0, 40, 7))
    some = dict(decoder.frames(io.BytesIO(data), indices=[30, 2, 11, 5, 39, 2]))
    assert list(some) == [2, 5, 11, 30, 39] and all(some[i] == every[i] for i in some)
    assert opened(decoder.frame(io.BytesIO(data), 3, "PNG")).format == "PNG"


def test_a_frame_beyond_the_end_is_refused(decoder: Decoder, data: bytes) -> None:
    for index in (40, 10**9, -1):
        with pytest.raises(BadImage, match="40 frames"):
            decoder.frame(io.BytesIO(data), index)


def test_cut_off_videos_are_refused(decoder: Decoder, data: bytes) -> None:
    for share in (0.1, 0.5, 0.9, 0.98):
        with pytest.raises(BadImage):
            decoder.inspect(io.BytesIO(data[: int(len(data) * share)]))


def test_damage_never_stops_the_decoder(decoder: Decoder, data: bytes) -> None:
    chance = random.Random(len(data))
    for _ in range(12):
        damaged = bytearray(data)
        for _ in range(40):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            decoder.inspect(io.BytesIO(bytes(damaged)))
            decoder.frame(io.BytesIO(bytes(damaged)), 7)
        except BadImage as error:
            assert "\n" not in str(error)
    assert decoder.inspect(io.BytesIO(data)).frames == 40


def test_reads_only_what_it_needs(decoder: Decoder) -> None:
    """A single frame of a long video does not read the whole of it."""
    data = video("mp4", "mpeg4", frames=50, size=(640, 480), movflags="frag_keyframe+empty_moov") + b"\0\0\0\0free" + bytes(64 << 20)

    class Counting(io.BytesIO):
        total = 0

        def read(self, size: int | None = -1) -> bytes:
            out = super().read(size)
            self.total += len(out)
            return out

    file = Counting(data)
    decoder.frame(file, 2)
    assert file.total < 8 << 20


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{url}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
    "smil": '<smil><body><video src="{url}"/></body></smil>',
    "vpk": "{url}",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("disguise", [b"", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", b"\x1aE\xdf\xa3", b"RIFF\0\1\0\0AVI "])
def test_playlists_in_disguise_open_nothing(decoder: Decoder, name: str, disguise: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        visits: list[object] = []
        threading.Thread(target=lambda: _count(server, visits), daemon=True).start()
        port = server.getsockname()[1]
        text = PLAYLISTS[name].format(url=f"http://127.0.0.1:{port}/x.ts", port=port).encode()
        for data in (disguise + text, disguise + text + bytes(5000)):
            with pytest.raises(BadImage):
                decoder.inspect(io.BytesIO(data), "movie.mp4")
        assert not visits


def _count(server: socket.socket, visits: list[object]) -> None:
    while True:
        try:
            visits.append(server.accept())
        except OSError:
            return


def test_references_to_other_files_are_not_followed(decoder: Decoder) -> None:
    """An MP4 whose data reference points to a file outside."""
    data = video("mov", "mpeg4")
    pointed = data.replace(b"alis\0\0\0\1", b"url \0\0\0\0").replace(b"url \0\0\0\1", b"url \0\0\0\0")
    try:
        decoder.inspect(io.BytesIO(pointed))
    except BadImage as error:
        assert "\n" not in str(error)


def test_sound_alone_is_no_video(decoder: Decoder) -> None:
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.rate = 44100
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with pytest.raises(BadImage, match="no picture"):
        decoder.inspect(io.BytesIO(out.getvalue()))
