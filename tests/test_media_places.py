"""Where a video was filmed leaves; pictures, sound, title and every offset stay."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_rig import shared_decoder, video  # noqa: F401

from comexp_lab.api import ExportIn, ImportIn
from comexp_lab.formats import exporting, importing
from comexp_lab.media import Decoder, ebml, strip_gps
from comexp_lab.media.places import Place, blanked, places
from comexp_lab.store import Workspace

SPOT = "+52.5200+013.4050/"
ABOUT = {"title": "kept", "location": SPOT, "com.apple.quicktime.location.ISO6709": SPOT, "com.apple.quicktime.make": "Maker"}
LOCI = struct.pack(">ii", int(13.405 * 65536), int(52.52 * 65536))
XMP = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac<x:xmpmeta exif:GPSLatitude='52,31.2N'/>"
KEYS = {"movflags": "use_metadata_tags"}
KINDS = {"mov": {}, "mp4": {}, "mov-keys": KEYS, "mp4-keys": KEYS, "matroska": {}, "webm": {}, "matroska-live": {"live": "1"}}


def located(kind: str) -> bytes:
    """A video that carries its place as FFmpeg, phones and Adobe write it."""
    form = kind.partition("-")[0]
    made = video(form, "libvpx" if form == "webm" else "mpeg4", frames=5, about=ABOUT, **KINDS[kind])
    return made if form in ("matroska", "webm") else made + struct.pack(">I4s", 8 + len(XMP), b"uuid") + XMP


def told(data: bytes) -> dict[str, str]:
    with av.open(io.BytesIO(data)) as container:
        return dict(container.metadata)


def mentions(data: bytes) -> bool:
    return SPOT.encode() in data or b"GPS" in data or any(LOCI[:3] in data[at : at + 16] for at in _all(data, b"loci"))


def _all(data: bytes, what: bytes) -> list[int]:
    return [at for at in range(len(data)) if data.startswith(what, at)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_leaves_and_nothing_else(decoder: Decoder, kind: str) -> None:
    data = located(kind)
    assert mentions(data) and any("location" in key.lower() for key in told(data))
    info = decoder.inspect(io.BytesIO(data))
    assert info.has_gps and info.places == tuple(places(io.BytesIO(data)))
    clean = strip_gps(data, info.mime)
    assert not mentions(clean) and not any("location" in key.lower() for key in told(clean)) and told(clean)["title"] == "kept"
    where = {at for offset, length, _ in info.places for at in range(offset, offset + length)}
    assert len(clean) == len(data) and all(a == b for at, (a, b) in enumerate(zip(data, clean, strict=True)) if at not in where)
    assert list(decoder.frames(io.BytesIO(data), every=1)) == list(decoder.frames(io.BytesIO(clean), every=1))
    assert strip_gps(clean, info.mime) is clean and not decoder.inspect(io.BytesIO(clean)).has_gps


def test_videos_without_a_place_are_not_touched(decoder: Decoder) -> None:
    for form in ("mp4", "mov", "matroska", "avi"):
        data = video(form, "mpeg4", frames=3, about={"title": "GPS Maker"})
        info = decoder.inspect(io.BytesIO(data))
        assert not info.has_gps and strip_gps(data, info.mime) is data


@pytest.mark.parametrize("keep", [False, True])
def test_it_stays_out_of_store_and_export_unless_wanted(decoder: Decoder, tmp_path: Path, keep: bool) -> None:
    data = located("mov-keys" if keep else "matroska")
    name = "a.mov" if keep else "a.mkv"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    with Workspace.open(tmp_path / "workspace") as workspace:
        ds = workspace.create_dataset("street")
        wanted = ImportIn(paths=[str(tmp_path / "in")], keep_gps=keep)
        assert importing.import_sources(workspace, ds, wanted, decoder, lambda *_: None).samples == 1
        held = [ds.vault.get(blob["id"], blob["key"]) for blob in ds.read("SELECT id, key FROM blobs").to_pylist()]
        assert sum(map(mentions, held)) == keep and (data in held) == keep
        assert len(list((ds.path / "media").rglob("*.*"))) <= len(held)
        assert importing.import_sources(workspace, ds, wanted, decoder, lambda *_: None).duplicates == 1
        for asked in (False, True):
            folder = tmp_path / f"out-{asked}"
            exporting.export(ds, ExportIn(format="coco", keep_gps=asked), folder, decoder, lambda *_: None)
            (written,) = folder.rglob(name)
            assert mentions(written.read_bytes()) == (keep and asked)


@given(st.binary(max_size=200), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_blanking_does_not_depend_on_how_a_file_is_cut(data: bytes, step: int) -> None:
    where = [Place(3, 12), Place(20, 8), Place(40, 2, "void"), Place(150, 40)]
    whole = b"".join(blanked([data], where))
    assert b"".join(blanked((data[at : at + step] for at in range(0, len(data), step)), where)) == whole and len(whole) == len(data)


@given(st.binary(max_size=300), st.sampled_from([b"moov", b"meta", b"keys", b"ilst", b"udta"]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_may_stand_in_an_atom(body: bytes, kind: bytes) -> None:
    inner = struct.pack(">I4s", 8 + len(body), kind) + body
    data = struct.pack(">I4s", 8 + len(inner), b"moov") + inner
    assert all(0 <= offset and 8 <= length <= len(data) - offset for offset, length, _ in places(io.BytesIO(data)))


# ---- Matroska and WebM ----------------------------------------------------------------------------------------------
def element(number: str, body: bytes, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else b"\x01" + len(body).to_bytes(7, "big")
    return bytes.fromhex(number) + size + body


def simple(name: str, *inner: bytes) -> bytes:
    return element("67c8", element("45a3", name.encode()) + element("4487", SPOT.encode()) + b"".join(inner))


def test_places_in_nested_tags_and_live_clusters_are_found() -> None:
    keep, nested = simple("ARTIST"), simple("ORIGINAL", simple("Recording_Location", simple("CITY")))
    crc = bytes.fromhex("bf84") + b"1234"
    tags = element("1254c367", crc + element("7373", crc + keep + nested) + element("7373", simple("com.apple.location.name")))
    cluster = element("1f43b675", element("e7", b"\0") + element("a3", b"picture"), unknown=True)
    data = element("1a45dfa3", b"") + element("18538067", cluster + cluster + tags + cluster, unknown=True)
    clean = b"".join(blanked([data], places(io.BytesIO(data))))
    assert (
        len(clean) == len(data) and clean.count(SPOT.encode()) == 2 and b"CITY" not in clean and crc not in clean
    )  # the artist's, ORIGINAL's
    assert clean.count(b"picture") == 3 and keep in clean and places(io.BytesIO(clean)) == []


def test_checksums_around_a_blanked_tag_leave_with_it() -> None:
    data = located("matroska")
    clean = strip_gps(data, "video/x-matroska")
    start = data.rindex(bytes.fromhex("1254c367"))
    assert bytes.fromhex("bf84") in data[start : start + 16] and bytes.fromhex("ec8400000000") in clean[start : start + 18]


@pytest.mark.parametrize("length", [2, 3, 127, 128, 129, 130, 5000])
def test_a_void_element_has_any_length(length: int) -> None:
    (made,) = blanked([b"x" * length], [Place(0, length, "void")])
    assert len(made) == length and ebml.Walk(io.BytesIO(made), length).element(0, length) == (0xEC, 0, 2 if length < 129 else 9, length)


def test_very_many_tags_leave_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = element("1254c367", element("7373", simple("LOCATION") * 2000))
    data = element("1a45dfa3", b"") + element("18538067", tags)
    assert places(io.BytesIO(data)) == [Place(len(data) - len(tags), len(tags), "void")]
    monkeypatch.setattr(ebml, "MOST", 500)
    assert places(io.BytesIO(data)) == [Place(len(data) - len(tags), len(tags), "void")]


@given(st.binary(max_size=300), st.sampled_from(["1254c367", "7373", "67c8", "1f43b675"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes_may_stand_in_an_element(body: bytes, number: str, unknown: bool) -> None:
    tags = element("1254c367", element("7373", element(number, body)) + simple("LOCATION"))
    data = element("1a45dfa3", b"") + element("18538067", element(number, body, unknown) + tags, unknown)
    found = places(io.BytesIO(data))
    assert all(0 <= at and 2 <= length <= len(data) - at and into == "void" for at, length, into in found)
    assert len(b"".join(blanked([data], found))) == len(data)
