"""The scanner finds its needles in every derived kind and encoding, and nothing where there is none; hostile files end in a note."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import cv2
import nbformat
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from comexp_lab.errors import BadInput
from comexp_lab.rights import needles
from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import Residue, Scanner, scan
from comexp_lab.rights.scanner.finder import Finder
from comexp_lab.rights.scanner.pictures import dictionary


def scene(seed: int, width: int = 320, height: int = 240) -> Image.Image:
    """A picture with large and small things in it."""
    noise = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(noise.integers(0, 256, (n, n + 2, 3), dtype=np.uint8)).resize((width, height), 3), np.float32)
        for n in (4, 9, 30)
    ]
    return Image.fromarray(np.clip(0.5 * layers[0] + 0.35 * layers[1] + 0.15 * layers[2], 0, 255).astype(np.uint8))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@dataclass
class Data:
    """One person's data, out of which everything is derived."""

    text: str
    name: str
    image: Image.Image
    jpeg: bytes
    vector: list[float]
    marker: int

    @classmethod
    def made(cls, seed: int) -> Data:
        image = scene(seed)
        vector = np.random.default_rng(seed).normal(size=64).astype(np.float32).tolist()
        return cls(
            needles.canary(), f"Ирина «{needles.canary()[:16]}» O'Neil", image, encoded(image, "JPEG", quality=92), vector, 100 + seed
        )

    def needles(self, scanner: Scanner) -> list[Needle]:
        return [
            needles.text("text", self.text),
            needles.text("name", self.name),
            needles.picture("picture", scanner.fingerprint(self.jpeg), self.jpeg),
            needles.vector("vector", self.vector),
            needles.marker("marker", self.marker),
        ]


def marked(data: Data, seed: int = 0) -> np.ndarray:
    """A picture that carries the marker, as a canary among training images does."""
    image = np.asarray(scene(500 + seed, 640, 480)).copy()
    marker = cv2.aruco.generateImageMarker(dictionary(), data.marker, 180)
    image[120:360, 200:440] = 255
    image[150:330, 230:410] = marker[:, :, None]
    return image


def notebook(outputs: list[dict], **metadata: object) -> str:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[nbformat.from_dict(o) for o in outputs])])
    book.metadata.update(metadata)
    return nbformat.writes(book)


def shown(**data: str) -> dict:
    return {"output_type": "display_data", "data": {key.replace("_", "/", 1): value for key, value in data.items()}, "metadata": {}}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def zipped(method: int, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(mode: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        info = tarfile.TarInfo("inner.bin")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def table(column: pa.Array, **options: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"value": column}), out, **options)
    return out.getvalue()


def sqlite(path: Path, *values: object, deleted: bool = False, mode: str = "DELETE") -> None:
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA journal_mode = {mode}")
    base.execute("PRAGMA secure_delete = OFF")
    base.execute("CREATE TABLE t (v)")
    base.executemany("INSERT INTO t VALUES (?)", [[value] for value in values])
    base.commit()
    if deleted:
        base.execute("DELETE FROM t")
        base.commit()
    base.close()


def with_thumbnail(small: bytes) -> bytes:
    """A JPEG of something else, in whose EXIF there is a thumbnail."""
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + struct.pack("<I", 14)
    ifd = struct.pack("<H", 2) + struct.pack("<HHII", 0x201, 4, 1, 44) + struct.pack("<HHII", 0x202, 4, 1, len(small)) + bytes(4)
    return encoded(scene(900), "JPEG", exif=b"Exif\0\0" + tiff + ifd + small)


def exif(text: str) -> bytes:
    tags = Image.Exif()
    tags[0x010E] = text
    return encoded(scene(901), "JPEG", exif=tags)


def mosaic(images: list[np.ndarray], seed: int) -> np.ndarray:
    """Four pictures around a random centre, scaled, cut at the edges and mirrored: as Ultralytics' Mosaic and RandomPerspective do."""
    rng, side = random.Random(seed), 640
    canvas = np.full((2 * side, 2 * side, 3), 114, np.uint8)
    x, y = rng.randint(500, 780), rng.randint(500, 780)
    for number, image in enumerate(images):
        height, width = image.shape[:2]
        left, top = (
            (x - width, y - height) if number == 0 else (x, y - height) if number == 1 else (x - width, y) if number == 2 else (x, y)
        )
        x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + width, 2 * side), min(top + height, 2 * side)
        canvas[y1:y2, x1:x2] = image[y1 - top : y2 - top, x1 - left : x2 - left]
    scale = rng.uniform(0.55, 0.9)
    turn = cv2.getRotationMatrix2D((side, side), 0, scale)
    turn[:, 2] -= side / 2
    found = cv2.warpAffine(canvas, turn, (side, side), borderValue=(114, 114, 114))
    return found[:, ::-1] if seed % 2 else found


def sheet(images: list[np.ndarray], path: Path) -> None:
    """``val_batch*.jpg`` and ``train_batch*.jpg``, by Ultralytics' own function: frames, file names and boxes drawn over a grid."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    from ultralytics.utils.plotting import plot_images

    batch = np.stack([cv2.resize(image, (640, 480)).transpose(2, 0, 1) for image in images])
    names = [f"{number}.jpg" for number in range(len(images))]
    labels = {
        "batch_idx": np.arange(len(images)),
        "cls": np.zeros(len(images)),
        "bboxes": np.tile([[0.5, 0.5, 0.3, 0.3]], (len(images), 1)),
    }
    plot_images(labels, batch, names, fname=path, threaded=False)


def lz4(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "lz4") as file:
        file.write(data)
    return out.getvalue().to_pybytes()


Maker = Callable[[Path, Data], None]
KINDS: dict[str, tuple[Maker, set[str]]] = {}


def kind(*found: str) -> Callable[[Maker], Maker]:
    def kept(make: Maker) -> Maker:
        KINDS[make.__name__] = make, set(found)
        return make

    return kept


def file(name: str, data: Callable[[Data], bytes | str], *found: str, suffix: str = "bin") -> None:
    def make(folder: Path, person: Data) -> None:
        made = data(person)
        (folder / f"file.{suffix}").write_bytes(made if isinstance(made, bytes) else made.encode())

    KINDS[name] = make, set(found)


# the eight encodings of one JPEG of which a raw search finds two (rights.md §0)
file("jpeg", lambda d: d.jpeg, "picture")
file("zip_stored", lambda d: zipped(zipfile.ZIP_STORED, a=d.jpeg, b=d.text.encode()), "picture", "text")
file("notebook_output", lambda d: notebook([shown(image_jpeg=b64(d.jpeg), text_plain="<Image>")]), "picture", suffix="ipynb")
file("zip_deflated", lambda d: zipped(zipfile.ZIP_DEFLATED, a=d.jpeg, b=d.text.encode() * 9), "picture", "text")
file("gzip_stream", lambda d: gzip.compress(d.jpeg + d.text.encode()), "picture", "text")
file("png", lambda d: encoded(d.image, "PNG"), "picture")
file("jpeg_again", lambda d: encoded(d.image, "JPEG", quality=60), "picture")
file("npy_pixels", lambda d: saved(np.asarray(Image.open(io.BytesIO(d.jpeg)))), "picture", suffix="npy")
EIGHT = list(KINDS)
# how else pictures come back
file("webp_half_mirrored", lambda d: encoded(ImageOps.mirror(d.image).resize((160, 120)), "WEBP", quality=60), "picture")
file("thumbnail", lambda d: encoded(d.image.resize((96, 72)), "JPEG", quality=80), "picture")
file("double_size", lambda d: encoded(d.image.resize((640, 480)), "JPEG", quality=60), "picture")
file("turned", lambda d: encoded(d.image.rotate(90, expand=True), "PNG"), "picture")
file("gif", lambda d: encoded(d.image.quantize(128), "GIF"), "picture")
file("bmp", lambda d: encoded(d.image, "BMP"), "picture")
file("tiff_in_a_dump", lambda d: bytes(999) + encoded(d.image, "TIFF"), "picture")
file("avif", lambda d: encoded(d.image, "AVIF", quality=70), "picture")
file("letterboxed", lambda d: encoded(ImageOps.pad(d.image, (640, 640), color=(114, 114, 114)), "JPEG"), "picture")
file("exif_thumbnail", lambda d: with_thumbnail(encoded(d.image.resize((160, 120)), "JPEG")), "picture")
file("exif_text", lambda d: exif(d.text), "text")
file("npz_floats", lambda d: zipped(zipfile.ZIP_DEFLATED, a=saved(np.asarray(d.image, np.float32).transpose(2, 0, 1) / 255)), "picture")
file("bgr_batch", lambda d: saved(np.stack([np.asarray(scene(3)), np.asarray(d.image)[:, :, ::-1]])), "picture")
file(
    "pixels_in_memory",
    lambda d: os.urandom(5000) + np.asarray(Image.open(io.BytesIO(d.jpeg)).convert("RGB")).tobytes() + bytes(99),
    "picture",
)
# embeddings
file("embedding_npy", lambda d: saved(np.array(d.vector, np.float32)), "vector")
file("embedding_double_parquet", lambda d: table(pa.array([d.vector, d.vector])), "vector")
file("embedding_json", lambda d: json.dumps({"embedding": d.vector}), "vector")
# containers
file(
    "torch_checkpoint",
    lambda d: zipped(0, **{"best/data.pkl": pickle.dumps({"names": {0: d.text}, "path": d.name}), "best/data/0": bytes(64)}),
    "text",
    "name",
)
file("pickled", lambda d: pickle.dumps({"a": d.text, "b": [d.jpeg]}), "text", "picture")
file(
    "office_file",
    lambda d: zipped(8, **{"word/document.xml": f"<w:t>{d.text}</w:t>".encode() * 3, "word/media/1.jpg": d.jpeg}),
    "text",
    "picture",
)
file("tar_gz", lambda d: tarred("w:gz", d.jpeg + d.text.encode()), "picture", "text")
file("bz2_stream", lambda d: bz2.compress(d.text.encode() * 3), "text")
file("xz_stream", lambda d: b"head" + lzma.compress(d.text.encode() * 3), "text")
file("zstd_stream", lambda d: pa.compress(d.text.encode() * 3, "zstd", asbytes=True), "text")
file("lz4_stream", lambda d: lz4(b"".join(d.text.encode()[at : at + 8] + b"-" for at in range(0, 64, 8)) + d.text.encode()), "text")
file("zlib_somewhere", lambda d: os.urandom(777) + zlib.compress(d.text.encode() * 3) + b"tail", "text")
file("parquet", lambda d: table(pa.array(["x", d.text, "y"] * 9), compression="zstd"), "text", suffix="parquet")
file("parquet_of_pictures", lambda d: table(pa.array([b"no", d.jpeg, None]), compression="snappy"), "picture", suffix="parquet")
file("archive_in_base64_in_json", lambda d: json.dumps({"files": [b64(zipped(8, a=gzip.compress(d.text.encode())))]}), "text")
# text
file("log", lambda d: f"12:00 worker: {d.name}: done\n{d.text}\n", "text", "name")
file("json_ascii", lambda d: json.dumps({"label": d.name}), "name")
file("utf16", lambda d: d.name.encode("utf-16"), "name")
file("utf16_base64", lambda d: b64(d.text.encode() * 2).encode("utf-16"), "text")
file("cp1251", lambda d: d.name.encode("cp1251"), "name")
file("html_escaped", lambda d: d.name.replace("'", "&#x27;"), "name")
file("address", lambda d: "https://host/" + quote(d.name), "name")
file("hex_dump", lambda d: "0x" + d.text.encode().hex(), "text")
file(
    "bytes_repr",
    lambda d: notebook([{"output_type": "stream", "name": "stdout", "text": repr(gzip.compress(d.text.encode() * 9))}]),
    "text",
)
# notebooks
file(
    "base64_in_lines",
    lambda d: notebook([shown(image_png=base64.encodebytes(encoded(d.image, "PNG")).decode())]),
    "picture",
    suffix="ipynb",
)
file("last_line_of_base64", lambda d: json.dumps(base64.encodebytes(bytes(57 * 3 - 50) + d.text.encode()).decode()), "text", suffix="ipynb")
file(
    "data_uri",
    lambda d: notebook([shown(text_html=f"<img src='data:image/webp;base64,{b64(encoded(d.image, 'WEBP'))}'>")]),
    "picture",
    suffix="ipynb",
)
file("data_uri_in_url", lambda d: "url(data:image/jpeg;base64," + quote(b64(d.jpeg), safe="") + ")", "picture")
file("url_safe_base64", lambda d: "token=" + base64.urlsafe_b64encode(b"\xff\xfe" + d.text.encode()).decode().rstrip("="), "text")
file("unaligned_base64", lambda d: b"\x08id" + b64(d.text.encode()).encode() + b"abcd", "text")
file("slashes_escaped", lambda d: json.dumps({"a": b64(d.jpeg)}).replace("/", "\\/"), "picture")
file(
    "widget_state",
    lambda d: notebook([], widgets={"application/vnd.jupyter.widget-state+json": {"state": {"a": {"value": b64(d.jpeg)}}}}),
    "picture",
    suffix="ipynb",
)


@kind("text")
def arrow_file(folder: Path, data: Data) -> None:
    column = pa.array([data.text, "b" * 999]).dictionary_encode()
    feather.write_feather(pa.table({"a": column}), folder / "a.feather", compression="zstd")


@kind("picture", "text")
def database(folder: Path, data: Data) -> None:
    sqlite(folder / "a.sqlite", data.text, data.jpeg, b64(data.jpeg))


@kind("text")
def value_over_many_pages(folder: Path, data: Data) -> None:
    sqlite(folder / "a.sqlite", gzip.compress(os.urandom(20_000).hex().encode() + data.text.encode()))


@kind("text")
def write_ahead(folder: Path, data: Data) -> None:
    sqlite(folder / "a.sqlite", "x" * 5000 + data.text, mode="WAL")


@kind("text")
def deleted_rows(folder: Path, data: Data) -> None:
    sqlite(folder / "a.sqlite", data.text, deleted=True)


@kind("name")
def file_name(folder: Path, data: Data) -> None:
    (folder / data.name).write_bytes(b"")


@kind("name")
def folder_name(folder: Path, data: Data) -> None:
    (folder / data.name).mkdir()


@kind("name")
def link_target(folder: Path, data: Data) -> None:
    (folder / "link").symlink_to(f"/nowhere/{data.name}")


@kind("text")
def hard_link(folder: Path, data: Data) -> None:
    (folder / "a").write_text(data.text)
    os.link(folder / "a", folder / "b")


@kind("text")
def sparse(folder: Path, data: Data) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
        file.seek(3 << 33)
        file.write(data.text.encode())


@kind("picture", "marker")
def validation_sheet(folder: Path, data: Data) -> None:
    small = np.asarray(data.image)
    sheet([np.asarray(scene(7)), small, marked(data), np.asarray(scene(8)), np.asarray(scene(9))], folder / "val_batch0_pred.jpg")


@kind("marker")
def training_sheet(folder: Path, data: Data) -> None:
    others = [np.asarray(scene(n, 640, 480)) for n in (20, 21, 22)]
    mosaics = [mosaic([marked(data), *others], 1), mosaic([*others, marked(data)], 2), mosaic(others + others[:1], 3), others[0]]
    sheet(mosaics, folder / "train_batch0.jpg")


@pytest.fixture(scope="module")
def person() -> Data:
    return Data.made(1)


@pytest.fixture(scope="module")
def scanner(person: Data) -> Iterator[Scanner]:
    with Scanner() as helper:
        wanted = person.needles(helper)
    with Scanner(wanted) as found:
        yield found


def planted(folder: Path, data: Data) -> Path:
    for name, (make, _) in KINDS.items():
        (folder / name).mkdir(parents=True)
        make(folder / name, data)
    return folder


@pytest.fixture(scope="module")
def before(scanner: Scanner, person: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Residue]:
    folder = planted(tmp_path_factory.mktemp("planted") / "kinds", person)
    return folder, scanner.scan([folder], control=True)


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) >= 24 and len(EIGHT) == 8


@pytest.mark.parametrize("name", [name for name, (_, found) in KINDS.items() if found])
def test_found_in(name: str, before: tuple[Path, Residue]) -> None:
    folder, residue = before
    found = {hit.needle for hit in residue.hits if hit.file.is_relative_to(folder / name)}
    assert found >= KINDS[name][1], [note for note in residue.notes if note.file.is_relative_to(folder / name)]


def test_the_same_kinds_of_somebody_else_hold_nothing(scanner: Scanner, before: tuple[Path, Residue], tmp_path: Path) -> None:
    """After the control, a scan of the same things made of other data finds nothing, sees all, and may say so."""
    residue = scanner.scan([planted(tmp_path / "kinds", Data.made(2))], controls=before[1].controls_found)
    assert residue.hits == [] and residue.unreadable == [] and residue.blind == []
    assert residue.clean and residue.files > 50 and residue.bytes > 1_000_000
    assert residue.summary()["clean"] is True and "kinds" not in str(residue.summary())


def test_without_a_control_nothing_is_claimed(scanner: Scanner, tmp_path: Path) -> None:
    """A scan that finds nothing is clean only as to needles that a scan before it found."""
    (tmp_path / "a").write_text("nothing")
    names = {"text", "name", "picture", "vector", "marker"}
    assert not scanner.scan([tmp_path]).clean
    assert scanner.scan([tmp_path]).missed == names
    assert not scanner.scan([tmp_path], controls=names - {"marker"}).clean
    assert not scanner.scan([tmp_path], control=True, controls=names).clean
    assert scanner.scan([tmp_path], controls=names).clean
    assert not scan([], [tmp_path]).clean


def test_the_child_is_locked_in(scanner: Scanner, tmp_path: Path) -> None:
    assert scanner.scan([tmp_path]).sandbox.endswith("rlimits")
    assert scanner.scan([tmp_path]).version


# what cannot be seen


def bomb(layers: int) -> bytes:
    """Zips in zips, ten in each, the innermost of which hold 16 MB of zeros: as 42.zip."""
    inner = zipped(8, a=bytes(16 << 20))
    for _ in range(layers):
        inner = zipped(8, **{str(n): inner for n in range(10)})
    return inner


def quine() -> bytes:
    """Thirty layers of gzip."""
    data = b"deep"
    for _ in range(30):
        data = gzip.compress(data)
    return data


def lying_zip() -> bytes:
    made = bytearray(zipped(8, a=b"text" * 1000))
    made[18:26] = b"\xff\xff\xff\x7f" * 2  # sizes in the member's header
    return bytes(made)


def encrypted_zip() -> bytes:
    made = bytearray(zipped(8, a=b"text" * 1000))
    made[6] |= 1
    return bytes(made)


def plain_duckdb() -> bytes:
    return bytes(8) + b"DUCK" + struct.pack("<QQ", 64, 0) + bytes(4096)


HOSTILE: dict[str, tuple[bytes, str, bool]] = {
    "42.zip": (bomb(4), "", False),  # 160 GB, but all of it the same: seen in full
    "zeros": (gzip.compress(bytes(128 << 20), 1)[: 1 << 20], "far more than its size", True),
    "layers": (quine(), "ten layers deep", True),
    "cut zip": (zipped(8, a=os.urandom(9000) + b"text" * 1000)[:8000], "cut off", False),
    "cut gzip": (gzip.compress(os.urandom(9000))[:5000], "cut off", False),
    "lying zip": (lying_zip(), "", False),
    "base64": (base64.b64encode(os.urandom(7_500_000)), "", False),
    "letters": (b"A" * 10_000_000, "", False),
    "base64 of base64": (base64.b64encode(base64.b64encode(base64.b64encode(os.urandom(10_000)))), "", False),
    "encrypted zip": (encrypted_zip(), "encrypted", True),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7z or rar", True),
    "duckdb": (plain_duckdb(), "DuckDB", True),
    "sqlite": (b"SQLite format 3\0" + os.urandom(5000), "", False),
    "parquet": (b"PAR1\x15" + os.urandom(5000) + b"PAR1", "", False),
    "npy": (b"\x93NUMPY\1\0\x76\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999), }".ljust(118), "", False),
    "npy object": (
        b"\x93NUMPY\1\0\x76\0" + b"{'descr': '|O', 'fortran_order': False, 'shape': (9,), }".ljust(118) + b"cos\nsystem\n",
        "",
        False,
    ),
    "png bomb": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 1 << 30, 1 << 30, 8, 2, 0, 0, 0) + bytes(99), "", False),
    "escapes": (b"\\x" * 100_000 + b"\\x4", "", False),
    "empty": (b"", "", False),
}


def test_hostile_files_end_in_a_note(scanner: Scanner, person: Data, tmp_path: Path) -> None:
    """Each is looked at within limits, what comes after it is still found, and where more may be hidden it says so."""
    for name, (data, _, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "outside").symlink_to("/etc")
    (tmp_path / "zzz").write_text(person.text)
    residue = scanner.scan([tmp_path])
    assert [hit.file.name for hit in residue.hits] == ["zzz"] and residue.files == len(HOSTILE) + 1
    notes = {(note.file.name, note.blind): note.text for note in residue.notes}
    for name, (_, text, blind) in HOSTILE.items():
        assert text in notes.get((name, blind), ""), name
    assert {note.file.name for note in residue.blind} == {name for name, (_, _, blind) in HOSTILE.items() if blind}
    assert "link" in notes["loop", False] and "link" in notes["outside", False] and "pipe" in notes["pipe", False]
    assert residue.bytes < 40_000_000 and residue.seconds < 60


def test_what_was_not_seen_to_the_end_is_not_clean(scanner: Scanner, before: tuple[Path, Residue], tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(encrypted_zip())
    assert not scanner.scan([tmp_path], controls=before[1].controls_found).clean


def test_a_device_is_not_opened(scanner: Scanner) -> None:
    residue = scanner.scan([Path("/dev/zero")])
    assert residue.files == 0 and "device" in residue.notes[0].text


def test_unreadable_files_are_told(scanner: Scanner, before: tuple[Path, Residue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").write_text("x")
    (tmp_path / "theirs").write_text("x")
    opened = os.open

    def refused(path: str, *args: object, **more: object) -> int:
        if str(path).endswith("theirs"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **more)

    monkeypatch.setattr("comexp_lab.rights.scanner.walk.os.open", refused)
    residue = scanner.scan([tmp_path], controls=before[1].controls_found)
    assert [(path.name, why) for path, why in residue.unreadable] == [("theirs", "Permission denied")]
    assert residue.files == 1 and not residue.clean


def test_a_child_that_dies_leaves_a_note_and_the_scan_goes_on(person: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_text(person.text)
    with Scanner([needles.text("text", person.text)]) as mortal:
        look = mortal._look

        def first(entry, *rest):
            if entry.path.name == "a":
                mortal._ready()._process.kill()
            look(entry, *rest)

        monkeypatch.setattr(mortal, "_look", first)
        residue = mortal.scan([tmp_path])
    assert [hit.file.name for hit in residue.hits] == ["b"] and [note.file.name for note in residue.blind] == ["a"]


def test_progress_and_cancelling(scanner: Scanner, before: tuple[Path, Residue], tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text("12345")
    told: list[tuple[int, int]] = []
    residue = scanner.scan(
        [tmp_path], controls=before[1].controls_found, progress=lambda *now: told.append(now), cancelled=lambda: len(told) > 1
    )
    assert told == [(1, 5), (2, 10)] and residue.cancelled and not residue.clean


def test_cancelling_ends_a_long_look(person: Data, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(base64.b64encode(os.urandom(30 << 20)))
    asked: list[int] = []
    residue = scan([needles.text("text", person.text)], [tmp_path], cancelled=lambda: asked.append(1) or len(asked) > 1)
    assert residue.cancelled and residue.files == 0


# the parts


@given(st.lists(st.binary(min_size=7, max_size=60), min_size=1, max_size=8), st.lists(st.binary(max_size=40), max_size=12), st.data())
def test_the_finder_finds_what_plain_search_finds(forms: list[bytes], parts: list[bytes], data: st.DataObject) -> None:
    block = b"".join(data.draw(st.permutations([*forms, *parts])))
    expected = {(number, at) for number, form in enumerate(forms) for at in range(len(block)) if block.startswith(form, at)}
    assert set(Finder(enumerate(forms)).find(block)) == expected


def test_needles_that_chance_could_make_are_refused(scanner: Scanner) -> None:
    for make in (
        lambda: needles.text("a", "cat"),
        lambda: needles.content("a", bytes(100_000)),
        lambda: needles.vector("a", [0.0] * 64),
        lambda: needles.marker("a", 1000),
        lambda: scanner.fingerprint(encoded(Image.new("RGB", (300, 300)), "PNG")),
        lambda: scanner.fingerprint(b"no picture"),
    ):
        with pytest.raises(BadInput):
            make()


def test_photographs_are_told_apart_and_recognised(shared: Path) -> None:
    """128 photographs: no two are taken for one, in any position; each is found again encoded anew, scaled and mirrored."""
    from comexp_lab.rights.scanner import pictures

    files = sorted((shared / "data/coco128/images").glob("*.jpg"))
    looks = [pictures.fingerprint(path.read_bytes()).hashes for path in files]
    album = pictures.Album([(number, look) for number, some in enumerate(looks) for look in some], {})
    for number, path in enumerate(files):
        photo = Image.open(path).convert("RGB")
        assert album._alike(pictures.grey(photo)) == [number]
        half = ImageOps.mirror(photo).resize((photo.width // 2, photo.height // 2))
        assert album._alike(pictures.grey(Image.open(io.BytesIO(encoded(half, "JPEG", quality=60))))) == [number]
        if number % 8 == 0:
            assert {needle for needle, _ in album.find(photo)} == {number}  # as a sheet of tiles, too
            webp = Image.open(io.BytesIO(encoded(photo, "WEBP", quality=60, method=0)))
            for image in (webp, photo.resize((photo.width * 2, photo.height * 2))):
                assert album._alike(pictures.grey(image)) == [number]


def test_no_photograph_carries_a_marker(shared: Path) -> None:
    from comexp_lab.rights.scanner import pictures

    album = pictures.Album([], {number: [number] for number in range(needles.MARKERS)})
    photos = sorted((shared / "data/coco128/images").glob("*.jpg"))[::8]
    assert [list(album.find(Image.open(path))) for path in photos] == [[]] * len(photos)
