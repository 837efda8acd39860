"""Images: what is measured, what is refused, and that no file can hurt anybody but its own child."""

from __future__ import annotations

import ctypes.util
import io
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest
from media_rig import encode, gif_bomb, jpeg, opened, photo, png_bomb, shared_decoder, tiff_bomb, webp_bomb, with_gps  # noqa: F401
from PIL import Image, ImageOps

from comexp_lab.errors import BadImage, Unavailable
from comexp_lab.media import Decoder

FORMS = {"JPEG": {}, "PNG": {}, "WEBP": {"quality": 95}, "BMP": {}, "TIFF": {}, "AVIF": {"quality": 95}, "GIF": {}}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_measured_and_gets_a_thumbnail(decoder: Decoder, form: str) -> None:
    info = decoder.inspect(encode(photo(600, 300), form, **FORMS[form]), "misleading.txt")
    assert (info.kind, info.width, info.height, info.orientation) == ("image", 600, 300, 1)
    assert info.mime == f"image/{form.lower()}"
    small = opened(info.thumbnail)
    assert small.size == (256, 128) and small.format == "JPEG"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_once(decoder: Decoder, form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(photo(300, 200), form, exif=exif, **FORMS[form])
    expected = ImageOps.exif_transpose(opened(data)).convert("RGB")
    info = decoder.inspect(data)
    assert (info.width, info.height) == expected.size and info.orientation == orientation
    assert (info.upright is None) == (orientation == 1)
    shown = opened(info.upright or data)
    assert shown.format == form and shown.getexif().get(0x0112, 1) == 1
    assert _difference(shown, expected) < 3
    assert _difference(opened(info.thumbnail), expected.resize(opened(info.thumbnail).size)) < 6
    normal = opened(decoder.normalise(data))
    assert not normal.getexif() and _difference(normal, expected) < 3


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)).mean())


@pytest.mark.parametrize(
    "image",
    [
        Image.new("1", (40, 30)),
        Image.new("L", (40, 30), 9),
        Image.new("LA", (40, 30)),
        Image.new("P", (40, 30)),
        Image.new("RGBA", (40, 30)),
        Image.new("I;16", (40, 30), 60_000),
    ],
    ids=lambda image: image.mode,
)
def test_every_mode_of_pixels_has_a_thumbnail(decoder: Decoder, image: Image.Image) -> None:
    info = decoder.inspect(encode(image, "PNG"))
    assert (info.width, info.height) == (40, 30) and opened(info.thumbnail).size == (40, 30)
    assert opened(decoder.normalise(encode(image, "PNG"))).mode in ("L", "RGB", "RGBA")


def test_float_pixels_are_stretched_to_what_can_be_seen(decoder: Decoder) -> None:
    values = Image.fromarray(np.linspace(-3, 900, 1200, dtype=np.float32).reshape(30, 40))
    low, high = opened(decoder.inspect(encode(values, "TIFF")).thumbnail).getextrema()
    assert low < 10 and high > 245


def test_cie_lab_is_shown_in_rgb(decoder: Decoder) -> None:
    assert opened(decoder.inspect(encode(Image.new("LAB", (40, 30)), "TIFF")).thumbnail).mode == "RGB"


def test_colour_models_of_print_are_shown_in_rgb(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    info = decoder.inspect(encode(photo().convert("CMYK"), "JPEG", exif=exif))
    assert info.upright is not None and opened(info.upright).mode == "RGB"


def test_thumbnails_carry_no_metadata(decoder: Decoder) -> None:
    data = encode(photo(400, 300), "JPEG", exif=with_gps(6), comment=b"secret-marker", xmp=b"<x:xmpmeta>secret-marker</x:xmpmeta>")
    info = decoder.inspect(data)
    for derived in (info.thumbnail, info.upright or b""):
        assert b"secret-marker" not in derived and b"Exif" not in derived and b"Maker" not in derived


def test_colour_profiles_survive_being_turned(decoder: Decoder) -> None:
    profile = b"\0" * 36 + b"acsp" + b"\0" * 88
    exif = Image.Exif()
    exif[0x0112] = 3
    info = decoder.inspect(encode(photo(), "JPEG", exif=exif, icc_profile=profile))
    assert opened(info.upright or b"").info["icc_profile"] == profile


HOSTILE = {
    "empty": (b"", "empty"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>" + bytes(99), "text document"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" + bytes(99), "text document"),
    "random": (bytes(random.Random(7).randbytes(5000)), "neither"),
    "png bomb": (png_bomb(), "million"),
    "wide png": (png_bomb(17_000, 10), "17000 × 10"),
    "many pixels": (png_bomb(12_000, 12_000), "million"),
    "gif bomb": (gif_bomb(), "65535|million"),
    "tiff bomb": (tiff_bomb(), "60000|million"),
    "webp bomb": (webp_bomb(), "million|damaged"),
    "bmp header": (b"BM" + bytes(60), "damaged"),
    "tiff header": (b"II*\0" + b"\xff" * 100, "damaged"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "HEIC"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(decoder: Decoder, name: str) -> None:
    data, words = HOSTILE[name]
    began = time.monotonic()
    with pytest.raises(BadImage, match=words) as caught:
        decoder.inspect(data, "holiday.jpg")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert time.monotonic() - began < 5


def test_polyglots_are_what_their_first_bytes_say(decoder: Decoder) -> None:
    data = jpeg() + b"<html><script>alert(1)</script>" + b"PK\3\4" + bytes(100)
    assert decoder.inspect(data, "page.html").mime == "image/jpeg"


@pytest.mark.parametrize("form", FORMS)
def test_truncation_is_noticed(decoder: Decoder, form: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8))
    data = encode(noise, form, **FORMS[form])
    for share in (0.02, 0.2, 0.5, 0.8, 0.95):
        with pytest.raises(BadImage):
            decoder.inspect(data[: int(len(data) * share)], "x")


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_never_stop_the_decoder(decoder: Decoder, form: str) -> None:
    """Seeded bit flips: each file is either taken or refused, and the next good file is taken."""
    chance = random.Random(form)
    data = encode(photo(120, 80), form, **FORMS[form])
    outcomes = set()
    for _ in range(40):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            outcomes.add(decoder.inspect(bytes(damaged)).kind)
        except BadImage as error:
            outcomes.add("refused")
            assert "\n" not in str(error)
    assert outcomes & {"image", "refused"}
    assert decoder.inspect(data).width == 120


def newest_child() -> psutil.Process:
    """Numbers of processes start again at some point, so the newest is not always the highest."""
    return max(psutil.Process().children(), key=lambda child: child.create_time())


def test_a_child_that_dies_or_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    import comexp_lab.media.decoder as module

    pool = Decoder(1)
    try:
        assert pool.inspect(jpeg()).width == 96
        newest_child().send_signal(signal.SIGSTOP)
        monkeypatch.setattr(module, "WALL_S", 0.5)
        with pytest.raises(BadImage, match="longer than"):
            pool.inspect(jpeg(1))
        monkeypatch.undo()
        assert pool.inspect(jpeg(2)).width == 96
        newest_child().kill()
        assert pool.inspect(jpeg(3)).width == 96
    finally:
        pool.close()
    with pytest.raises(Unavailable):
        pool.inspect(jpeg())


def test_a_child_of_a_big_parent_is_kept() -> None:
    code = (
        "import psutil, sys\nfrom media_rig import jpeg\nfrom comexp_lab.media import Decoder\nballast = bytearray(b'x') * (600 << 20)\n"
        "with_one = Decoder(1)\nfor n in range(3):\n    with_one.inspect(jpeg(n))\n    print(*(c.pid for c in psutil.Process().children()))\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60, check=True)
    assert len(set(ran.stdout.split("\n")[:3])) == 1 and ran.stdout.strip()


def test_many_threads_share_few_children(decoder: Decoder) -> None:
    with ThreadPoolExecutor(8) as threads:
        widths = list(threads.map(lambda n: decoder.inspect(jpeg(n, 40 + n, 30)).width, range(60)))
    assert widths == [40 + n for n in range(60)]


def test_inspect_many_streams_in_order_and_marks_bad_ones(decoder: Decoder) -> None:
    asked: list[int] = []

    def files():  # type: ignore[no-untyped-def]
        for number in range(40):
            asked.append(number)
            yield f"{number}.jpg", b"bad" if number % 10 == 3 else jpeg(number)

    found = decoder.inspect_many(files())
    first = next(found)
    assert first[0] == "0.jpg" and len(asked) < 20
    rest = [first, *found]
    assert [name for name, _ in rest] == [f"{n}.jpg" for n in range(40)]
    assert [n for n, (_, info) in enumerate(rest) if isinstance(info, BadImage)] == [3, 13, 23, 33]


ESCAPES = """
import os, socket, subprocess, sys
from comexp_lab.media import images, sandbox, video, wire
images.warm_up(); video.warm_up()
parent = os.getppid()
print(sandbox.enter(), flush=True)
sandbox.arm(int(sys.argv[1]))
attempts = {
    "read": lambda: open("/etc/hostname"), "write": lambda: open("/dev/shm/escaped", "w"), "list": lambda: os.listdir("/"),
    "socket": lambda: socket.socket(), "unix": lambda: socket.socket(socket.AF_UNIX), "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]), "run": lambda: subprocess.run(["/bin/true"]), "kill": lambda: os.kill(parent, 0),
    "trace": lambda: open(f"/proc/{parent}/mem"), "unlink": lambda: os.unlink("/dev/shm/nothing"), "memory": lambda: bytearray(2 << 30),
}
for name, attempt in attempts.items():
    try:
        attempt()
        print("ESCAPED", name, flush=True)
    except (OSError, MemoryError):
        pass
images.warm_up(); video.warm_up()
print("still decodes", flush=True)
while len(sys.argv) > 2:
    pass
"""


def test_nothing_can_be_reached_from_inside(decoder: Decoder) -> None:
    assert ("seccomp" in decoder.sandbox) == bool(ctypes.util.find_library("seccomp"))
    ran = subprocess.run([sys.executable, "-c", ESCAPES, "10"], capture_output=True, text=True, check=True, timeout=60)
    if "seccomp" not in ran.stdout:
        pytest.skip(f"this machine offers {ran.stdout.splitlines()[0]} only")
    assert "ESCAPED" not in ran.stdout and "still decodes" in ran.stdout


def test_the_kernel_ends_a_child_that_computes_too_long() -> None:
    ran = subprocess.run([sys.executable, "-c", ESCAPES, "1", "loop"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == -signal.SIGXCPU


def test_big_pictures_fit_into_the_memory_limit(decoder: Decoder) -> None:
    info = decoder.inspect(encode(Image.new("RGB", (9000, 9000), (9, 99, 199)), "JPEG"))
    assert (info.width, info.height) == (9000, 9000)


def test_the_parent_holds_no_decoder(decoder: Decoder) -> None:
    """Whoever imports comexp_lab.media loads neither Pillow nor FFmpeg."""
    code = "import sys, comexp_lab.media; print(sorted({'PIL', 'av', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_children_end_with_their_parent() -> None:
    code = (
        "import os, psutil\nfrom comexp_lab.media import Decoder\nd = Decoder(1); d.sandbox\n"
        "print(psutil.Process().children()[0].pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    pid = int(ran.stdout)
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the child outlived its parent")


def test_a_reader_may_stand_for_bytes(decoder: Decoder) -> None:
    assert decoder.inspect(io.BytesIO(jpeg())).width == 96
