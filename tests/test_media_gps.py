"""GPS leaves, pixels and everything else stay."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_rig import encode, opened, photo, shared_decoder, with_gps  # noqa: F401
from PIL import Image, TiffImagePlugin

from comexp_lab.media import Decoder, strip_gps
from comexp_lab.media.gps import blank_exif

FORMS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"]
SECONDS = (struct.pack("<II", 12345, 1000), struct.pack(">II", 12345, 1000), struct.pack("<II", 2469, 200))  # of latitude
PLACE = (*SECONDS, b"2026:11:22")
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description exif:GPSLatitude="52,31.2N" exif:GPSLongitude='13,24.3E'
 dc:title="kept"><exif:GPSAltitude>34/1</exif:GPSAltitude><tiff:Make>kept too</tiff:Make></rdf:Description></rdf:RDF></x:xmpmeta>"""


def located(form: str, **options: object) -> bytes:
    if form == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[0x010F] = "Maker"
        tags[0x8825] = dict(with_gps().get_ifd(0x8825))
        return encode(photo(), "TIFF", tiffinfo=tags, **options)
    return encode(photo(), form, exif=with_gps(), **options)


@pytest.mark.parametrize("form", FORMS)
def test_gps_leaves_and_nothing_else(decoder: Decoder, form: str) -> None:
    data = located(form)
    assert any(place in data for place in PLACE)
    info = decoder.inspect(data, keep_gps=False)
    clean = info.clean or b""
    assert info.has_gps and clean == strip_gps(data, info.mime) == decoder.strip_gps(data)
    before, after = opened(data), opened(clean)
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert not after.getexif().get_ifd(0x8825) and 0x8825 not in after.getexif()
    assert after.getexif()[0x010F] == "Maker"
    assert not any(place in clean for place in PLACE)
    assert strip_gps(clean, info.mime) is clean
    assert len(clean) == len(data)
    assert decoder.inspect(data, keep_gps=True).clean is None


@pytest.mark.parametrize("form", FORMS)
def test_files_without_gps_are_not_touched(form: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "GPS Maker"
    data = encode(photo(), form, exif=exif)
    assert strip_gps(data, f"image/{form.lower()}") is data


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_xmp_loses_its_gps_properties(form: str) -> None:
    data = encode(photo(), form, xmp=XMP)
    clean = strip_gps(data, f"image/{form.lower()}")
    assert b"52,31" not in clean and b"13,24" not in clean and b"34/1" not in clean
    if form != "PNG":
        assert b'dc:title="kept"' in clean and b"kept too" in clean and len(clean) == len(data)
    assert np.array_equal(np.asarray(opened(data)), np.asarray(opened(clean)))


def test_xmp_that_cannot_be_cleaned_goes_as_a_whole() -> None:
    odd = XMP.replace(b"<exif:GPSAltitude>34/1</exif:GPSAltitude>", b"<exif:GPSAltitude>34/1")
    assert b"34/1" not in strip_gps(encode(photo(), "JPEG", xmp=odd), "image/jpeg")


def test_pictures_behind_the_first_are_cleaned_too() -> None:
    """Phones append further JPEGs (depth, HDR) with EXIF of their own."""
    data = located("JPEG") + located("JPEG")
    clean = strip_gps(data, "image/jpeg")
    assert not any(place in clean for place in PLACE) and len(clean) == len(data)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
def test_every_directory_of_a_tiff_is_cleaned(order: str, big: bool) -> None:
    """Two pages, each with a GPS directory, in both byte orders, classic and BigTIFF."""
    count, entry, link = (order + "Q", order + "HHQQ", order + "Q") if big else (order + "H", order + "HHII", order + "I")
    place = struct.pack(order + "IIII", 12345, 1000, 777, 1)
    size = struct.calcsize(count) + struct.calcsize(entry) + struct.calcsize(link)
    first = 16 if big else 8
    out = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42))
    out += struct.pack(order + "HHQ", 8, 0, first) if big else struct.pack(order + "I", first)
    for page in range(2):
        here = first + page * (2 * size + len(place))
        after = here + 2 * size + len(place) if page == 0 else 0
        out += struct.pack(count, 1) + struct.pack(entry, 0x8825, 4, 1, here + size) + struct.pack(link, after)
        out += struct.pack(count, 1) + struct.pack(entry, 2, 5, 2, here + 2 * size) + struct.pack(link, 0) + place
    assert out.count(place) == 2
    length = len(out)
    blank_exif(out)
    assert place not in out and len(out) == length and b"\x88\x25" not in out and b"\x25\x88" not in out


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_are_passed_through_without_an_error(form: str) -> None:
    chance, data = random.Random(form), located(form)
    for _ in range(300):
        damaged = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
        for _ in range(chance.choice((1, 5, 30))):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        strip_gps(bytes(damaged), f"image/{form.lower()}")


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=400), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b""]))
def test_any_bytes_may_stand_in_an_exif_block(body: bytes, magic: bytes) -> None:
    out = bytearray(magic + body)
    blank_exif(out)
    assert len(out) == len(magic + body)
