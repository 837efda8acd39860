"""The whole import on a real store: what comes in, what is told, what is refused; and that a failure leaves nothing."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_rig import encode, jpeg, number_in, opened, photo, png_bomb, shared_decoder, video, with_gps  # noqa: F401
from PIL import Image, ImageOps

from comexp_lab.api import ImportIn, ImportReport
from comexp_lab.errors import BadArchive, BadImage, BadInput, BadLabels, Cancelled, NotFound
from comexp_lab.formats.importing import extract_frames, import_into, import_sources
from comexp_lab.formats.orphans import remove_orphans
from comexp_lab.formats.trees import FilesTree, FolderTree, resolve
from comexp_lab.formats.uploads import Uploads
from comexp_lab.media import Decoder
from comexp_lab.store import DatasetStore, Workspace
from comexp_lab.store.parts import Doomed


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("lab") / "workspace") as opened:
        yield opened


@pytest.fixture
def ds(ws: Workspace, request: pytest.FixtureRequest) -> DatasetStore:
    return ws.create_dataset(request.node.name)


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1


def add(ws: Workspace, ds: DatasetStore, decoder: Decoder, *paths: Path | str, **options: Any) -> ImportReport:
    if "labels" in options:
        options["labels"] = str(options["labels"])
    return import_sources(ws, ds, ImportIn(paths=[str(path) for path in paths], **options), decoder, quiet)


def folder_of(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def coco(**boxes: list[list[float]]) -> bytes:
    """One class, boxes by file name."""
    images = [{"id": n, "file_name": name, "width": 96, "height": 64} for n, name in enumerate(boxes)]
    labels = [{"image_id": n, "category_id": 7, "bbox": box} for n, many in enumerate(boxes.values()) for box in many]
    marks = [{"id": i, "area": 1.0, "iscrowd": 0, **label} for i, label in enumerate(labels)]
    return json.dumps({"images": images, "annotations": marks, "categories": [{"id": 7, "name": "thing"}]}).encode()


def rows(ds: DatasetStore) -> list[dict[str, Any]]:
    return ds.read("SELECT * FROM samples WHERE until IS NULL ORDER BY id").to_pylist()


def pixels(ds: DatasetStore, sample: int) -> bytes:
    media = ds.media(sample)
    return ds.vault.get(media.id, media.key)


def stored(ds: DatasetStore) -> set[str]:
    return set(ds.vault.store.ids())


def check_whole(ds: DatasetStore) -> None:
    """Every blob has a row and every row a blob, and the facts of each sample fit its blob."""
    assert stored(ds) == set(ds.read("SELECT id FROM blobs")["id"].to_pylist())
    for row in rows(ds):
        if row["blob"]:
            data = pixels(ds, row["id"])
            assert sha256(data).hexdigest() == row["sha256"] and len(data) == row["bytes"]


def test_a_folder_with_labels(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    files = {f"images/{n}.jpg": jpeg(n) for n in range(30)}
    labels = coco(**{f"{n}.jpg": [[1, 2, 3 + n, 4], [5, 5, 6, 6]] for n in range(30)})
    folder_of(tmp_path, {**files, "instances.json": labels, "notes.md": b"# hello", ".hidden.jpg": b"no"})
    report = add(ws, ds, decoder, tmp_path, split="train")
    assert (report.format, report.samples, report.labels, report.classes, report.duplicates) == ("coco", 30, 60, 1, 0)
    assert report.problem_count == 0 and report.bytes == sum(map(len, files.values())) and report.revision == ds.revision
    found = {row["name"]: row for row in rows(ds)}
    assert set(found) == set(files) and {row["split"] for row in found.values()} == {"train"}
    assert all(pixels(ds, row["id"]) == files[name] for name, row in found.items())
    assert all(opened(ds.vault.get(t.id, t.key)).size == (96, 64) for t in [ds.thumbnail(row["id"]) for row in rows(ds)] if t)
    check_whole(ds)


def test_a_zip_of_any_mix(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    names = {"JPEG": "a.jpg", "PNG": "b/b.png", "WEBP": "b/c.webp", "BMP": "d.bmp", "TIFF": "e.tif", "AVIF": "f.avif", "GIF": "g.gif"}
    files = {name: encode(photo(seed=n), form) for n, (form, name) in enumerate(names.items())}
    files |= {"noending": jpeg(50), "movie.mp4": video(), "movie.avi": video("avi", "mpeg4")}
    files |= {"nested.zip": b"PK\3\4", "__MACOSX/._a.jpg": b"x"}
    report = add(ws, ds, decoder, zip_of(tmp_path / "mix.zip", files))
    assert report.samples == 10 and [p.file for p in report.problems] == ["nested.zip"]
    kinds = {row["name"]: (row["kind"], row["mime"], row["frames"]) for row in rows(ds)}
    assert kinds["noending"] == ("image", "image/jpeg", None) and kinds["movie.mp4"] == ("video", "video/mp4", 40)
    assert all(pixels(ds, row["id"]) == files[row["name"]] for row in rows(ds))
    check_whole(ds)


def test_bad_files_are_told_and_the_rest_comes_in(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    good = jpeg(1, 300, 200)
    bad = {"cut.jpg": good[:-400], "empty.png": b"", "bomb.png": png_bomb(), "page.jpg": b"<html>" + bytes(99), "cut.mp4": video()[:-500]}
    folder_of(tmp_path, {**bad, "good.jpg": good})
    report = add(ws, ds, decoder, tmp_path)
    assert report.samples == 1 and {p.file for p in report.problems} == set(bad)
    assert all(p.severity == "skipped" and "\n" not in p.what for p in report.problems)
    check_whole(ds)


@pytest.mark.parametrize("name", ["cut.jpg", "empty.png", "bomb.png", "page.jpg"])
def test_a_single_bad_file_is_an_error(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path, name: str) -> None:
    data = {"cut.jpg": jpeg()[:-400], "empty.png": b"", "bomb.png": png_bomb(), "page.jpg": b"<html>" + bytes(99)}[name]
    folder_of(tmp_path, {name: data})
    with pytest.raises(BadImage, match=name):
        add(ws, ds, decoder, tmp_path / name)
    assert ds.revision == 0 and not stored(ds)


def test_duplicates_are_counted_and_their_labels_found(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    same, other = jpeg(1), jpeg(2)
    labels = coco(**{"a.jpg": [[1, 1, 5, 5]], "copy.jpg": [[2, 2, 6, 6]], "other.jpg": [[3, 3, 7, 7]]})
    folder_of(tmp_path / "one", {"a.jpg": same, "z/copy.jpg": same, "other.jpg": other, "l.json": labels})
    report = add(ws, ds, decoder, tmp_path / "one")
    assert (report.samples, report.duplicates, report.labels) == (2, 1, 3)
    on_a = ds.sample(next(row["id"] for row in rows(ds) if row["name"] == "a.jpg")).labels
    assert sorted(label.bbox[0] for label in on_a if label.bbox) == [1, 2]
    again = add(ws, ds, decoder, tmp_path / "one")
    assert (again.samples, again.duplicates, again.labels) == (0, 3, 0) and "already" in again.problems[-1].what
    folder_of(tmp_path / "two", {"renamed.jpg": other, "l.json": coco(**{"renamed.jpg": [[9, 9, 3, 3]]})})
    third = add(ws, ds, decoder, tmp_path / "two")
    assert (third.samples, third.duplicates, third.labels) == (0, 1, 1) and ds.stats().labels == 4
    check_whole(ds)


def test_equal_labels_of_equal_pictures_come_in_once(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    labels = coco(**{"a.jpg": [[1, 1, 5, 5]], "copy.jpg": [[1, 1, 5, 5]]})
    report = add(ws, ds, decoder, folder_of(tmp_path / "one", {"a.jpg": jpeg(1), "copy.jpg": jpeg(1), "l.json": labels}))
    assert (report.samples, report.duplicates, report.labels) == (1, 1, 1) and ds.stats().labels == 1


def test_equal_names_with_other_content_get_a_number(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    for n in range(3):
        files = {"IMG_1.jpg": jpeg(n), "l.json": coco(**{"IMG_1.jpg": [[n, n, 5, 5]]})}
        assert add(ws, ds, decoder, folder_of(tmp_path / str(n), files)).labels == 1
    assert [row["name"] for row in rows(ds)] == ["IMG_1.jpg", "IMG_1-2.jpg", "IMG_1-3.jpg"]
    assert [ds.sample(row["id"]).labels[0].bbox for row in rows(ds)] == [(n, n, 5, 5) for n in range(3)]


def test_yolo_sizes_are_found_under_changed_names(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    for n in (1, 2):
        files = {"images/a.jpg": jpeg(n), "labels/a.txt": b"0 0.5 0.5 0.25 0.5\n", "data.yaml": b"names: [cat]\npath: .\ntrain: images\n"}
        report = add(ws, ds, decoder, folder_of(tmp_path / str(n), files))
        assert (report.format, report.samples, report.labels) == ("yolo", 1, 1), report
    assert [ds.sample(row["id"]).labels[0].bbox for row in rows(ds)] == [(36, 16, 24, 32)] * 2


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_turned_photos(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg(3, 120, 80, exif=exif)
    report = add(ws, ds, decoder, folder_of(tmp_path, {"a.jpg": data}))
    (row,) = rows(ds)
    expected = ImageOps.exif_transpose(opened(data))
    shown = opened(pixels(ds, row["id"]))
    assert (row["width"], row["height"]) == shown.size == expected.size and row["orientation"] == orientation
    assert np.abs(np.asarray(shown, float) - np.asarray(expected, float)).mean() < 3
    (original,) = ds.read("SELECT s.id, s.blob, b.key FROM samples s JOIN blobs b ON b.id = s.blob WHERE until = 0").to_pylist()
    assert original["id"] == row["id"] and ds.vault.get(original["blob"], original["key"]) == data
    assert add(ws, ds, decoder, tmp_path).duplicates == 1
    (tmp_path / "a.jpg").write_bytes(pixels(ds, row["id"]))
    assert add(ws, ds, decoder, tmp_path).duplicates == 1, "what is exported is known when it comes back"
    assert report.samples == 1 and ds.stats().samples == 1
    check_whole(ds)
    ds.erase_parts(Doomed([row["id"]]))
    assert not stored(ds), "the original goes with its sample"


@pytest.mark.parametrize("keep", [False, True])
def test_gps_stays_out_unless_wanted(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path, keep: bool) -> None:
    png = encode(photo(), "PNG", exif=with_gps())
    folder_of(tmp_path, {"up.jpg": jpeg(1, exif=with_gps()), "turned.jpg": jpeg(2, exif=with_gps(6)), "b.png": png})
    assert add(ws, ds, decoder, tmp_path, keep_gps=keep).samples == 3
    blobs = ds.read("SELECT id, key FROM blobs").to_pylist()
    places = sum(b"2026:11:22" in ds.vault.get(blob["id"], blob["key"]) for blob in blobs)
    assert places == (3 if keep else 0)
    check_whole(ds)


# ---- all or nothing -------------------------------------------------------------------------------------------------
def test_a_hopeless_label_file_leaves_nothing(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    folder_of(tmp_path / "media", {f"{n}.jpg": jpeg(n) for n in range(5)})
    for name, text in {"a.json": b'{"images": [', "b.json": b"[1, 2]", "c.xml": b"<x>", "d.bin": b"\0" * 99}.items():
        folder_of(tmp_path, {name: text})
        with pytest.raises(BadLabels):
            add(ws, ds, decoder, tmp_path / "media", labels=tmp_path / name)
        assert ds.revision == 0 and not stored(ds) and not rows(ds)
    with pytest.raises(BadInput, match="no format"):
        add(ws, ds, decoder, tmp_path / "media", format="excel")


def test_a_label_file_that_fails_late_leaves_nothing(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    """Recognised as COCO at its beginning, cut off at its end: found out when all media are in the vault already."""
    whole = coco(**{f"{n}.jpg": [[1, 1, 5, 5]] * 50 for n in range(200)})
    folder_of(tmp_path, {**{f"{n}.jpg": jpeg(n) for n in range(5)}, "l.json": whole[: int(len(whole) * 0.8)]})
    with pytest.raises(BadLabels):
        add(ws, ds, decoder, tmp_path, format="coco")
    assert ds.revision == 0 and not stored(ds) and not rows(ds)


def test_hostile_zips_leave_nothing(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="outside"):
        add(ws, ds, decoder, zip_of(tmp_path / "slip.zip", {"a.jpg": jpeg(), "../../evil.jpg": jpeg(1)}))
    lying = bytearray(zip_of(tmp_path / "ok.zip", {"a.jpg": jpeg(0), "b.jpg": jpeg(1)}).read_bytes())
    at = lying.index(b"PK\1\2")
    lying[at + 16] ^= 1
    (tmp_path / "lying.zip").write_bytes(lying)
    report = add(ws, ds, decoder, tmp_path / "lying.zip")
    assert report.samples == 1 and "damaged" in report.problems[0].what
    assert not (tmp_path.parent / "evil.jpg").exists()
    check_whole(ds)


def test_cancelling_leaves_nothing(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    folder_of(tmp_path, {f"{n}.jpg": jpeg(n, 640, 480, quality=97) for n in range(120)})

    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.05:
            raise Cancelled("It was cancelled.")

    with pytest.raises(Cancelled):
        import_sources(ws, ds, ImportIn(paths=[str(tmp_path)]), decoder, cancel)
    assert ds.revision == 0 and not stored(ds)
    assert add(ws, ds, decoder, tmp_path).samples == 120


def test_what_a_killed_import_left_is_removed_by_the_next(tmp_path: Path, decoder: Decoder) -> None:
    folder_of(tmp_path / "media", {f"{n}.jpg": jpeg(n) for n in range(150)})
    code = f"""
import os, threading
from pathlib import Path
from comexp_lab.api import ImportIn
from comexp_lab.formats.importing import import_sources
from comexp_lab.media import Decoder
from comexp_lab.store import Workspace
ws = Workspace.open({str(tmp_path / "w")!r})
ds = ws.create_dataset("a")
def step(fraction, message):
    if fraction > 0.3:
        os.kill(os.getpid(), 9)
import_sources(ws, ds, ImportIn(paths=[{str(tmp_path / "media")!r}]), Decoder(), step)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == -9
    with Workspace.open(tmp_path / "w") as again:
        ds = again.dataset("a", "store")
        left = len(stored(ds))
        assert left > 20 and not rows(ds)
        assert remove_orphans(ds) == 0, "blobs that are younger than this process may belong to an import under way"
        for path in (again.path / "datasets").rglob("media/*/*"):
            os.utime(path, (1, 1))
        assert remove_orphans(ds) == left and not stored(ds)
        assert add(again, ds, decoder, tmp_path / "media").samples == 150
        assert remove_orphans(ds) == 0
        check_whole(ds)


def test_two_imports_of_the_same_files_at_once(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    folder_of(tmp_path, {f"{n}.jpg": jpeg(n) for n in range(60)})
    reports: list[ImportReport] = []
    threads = [threading.Thread(target=lambda: reports.append(add(ws, ds, decoder, tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(r.samples for r in reports) == 60 and sum(r.duplicates for r in reports) == 120 and len(rows(ds)) == 60
    check_whole(ds)


# ---- where files may come from --------------------------------------------------------------------------------------
def test_uploads_are_used_and_then_gone(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    uploads = Uploads(ws)
    more = zip_of(tmp_path / "x.zip", {"b.jpg": jpeg(2)}).read_bytes()
    sent = {"a.jpg": jpeg(1), "more.zip": more, "l.json": coco(**{"b.jpg": [[1, 1, 4, 4]]})}
    ids = []
    for name, data in sent.items():
        record = uploads.create(name, len(data))
        uploads.append(record, data)
        ids.append(record.id)
    report = import_sources(ws, ds, ImportIn(uploads=ids[:2], labels=ids[2]), decoder, quiet)
    assert (report.samples, report.labels) == (2, 1)
    for upload in ids:
        with pytest.raises(NotFound):
            uploads.get(upload)
    with pytest.raises(NotFound, match="upload"):
        import_sources(ws, ds, ImportIn(uploads=ids[:1]), decoder, quiet)


def test_uploads_outlive_an_import_that_fails(ws: Workspace, ds: DatasetStore, decoder: Decoder) -> None:
    uploads = Uploads(ws)
    record = uploads.create("a.jpg", 3)
    uploads.append(record, b"bad")
    with pytest.raises(BadImage):
        import_sources(ws, ds, ImportIn(uploads=[record.id]), decoder, quiet)
    assert uploads.get(record.id).finished


def test_only_plain_files_and_folders_may_be_named(tmp_path: Path) -> None:
    folder_of(tmp_path, {"root/a.jpg": b"1", "root-secret/b.jpg": b"2"})
    os.mkfifo(tmp_path / "root/pipe.jpg")
    (tmp_path / "root/link.jpg").symlink_to(tmp_path / "root-secret/b.jpg")
    (tmp_path / "root/inside.jpg").symlink_to("a.jpg")
    (tmp_path / "root/loop").symlink_to(tmp_path / "root")
    root = tmp_path / "root"
    assert resolve("a.jpg", root) == root / "a.jpg" and resolve(root / "inside.jpg", root) == root / "a.jpg"
    for bad in (
        "../root-secret/b.jpg",
        "link.jpg",
        tmp_path / "root-secret",
        "/etc/passwd",
        "a\0b",
        "x" * 5000,
        "pipe.jpg",
        "/dev/zero",
        "/proc/self/environ",
        "/proc/self/mem",
        "/sys/kernel",
        "loop/../../root-secret/b.jpg",
    ):
        with pytest.raises((BadInput, NotFound)):
            resolve(bad, root)
    for bad in ("/dev/zero", "/proc/self/environ", tmp_path / "root/pipe.jpg", "nowhere", "a\0b"):
        with pytest.raises((BadInput, NotFound)):
            resolve(bad)
    tree = FolderTree(root)
    assert tree.names() == ["a.jpg", "inside.jpg"] and {name for name, _ in tree.notes} == {"link.jpg", "loop"}


def test_other_packings_are_named(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(b"x" * 99))
    with pytest.raises(BadArchive, match="a.tar.gz is packed with gzip.*as zip"):
        add(ws, ds, decoder, tmp_path / "a.tar.gz")


def test_nothing_to_import_is_said(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file or folder"):
        add(ws, ds, decoder, tmp_path / "nowhere")
    with pytest.raises((NotFound, BadLabels)):
        add(ws, ds, decoder, tmp_path)


def test_pictures_of_kinds_that_are_not_read_are_listed(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    files = {"a.jpg": jpeg(), "b.HEIC": b"\0\0\0\x18ftypheic" + b"\0" * 50, "c.svg": b"<svg/>", "d.wmv": b"0&\xb2u", "Thumbs.db": b"x"}
    report = add(ws, ds, decoder, folder_of(tmp_path, files))
    assert report.samples == 1 and [p.file for p in report.problems] == ["b.HEIC", "c.svg", "d.wmv"]
    assert "convert them to JPEG" in report.problems[0].what and all(p.severity == "skipped" for p in report.problems)


@pytest.mark.parametrize("said, there", [("caf\u00e9.jpg", "cafe\u0301.jpg"), ("img.jpg", "IMG.JPG"), ("x/Img.jpg", "x/img.JPG")])
def test_names_of_other_file_systems_are_found(
    ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path, said: str, there: str
) -> None:
    folder_of(tmp_path, {there: jpeg(), "other.jpg": jpeg(1), "l.json": coco(**{said: [[1, 1, 4, 4]]})})
    report = add(ws, ds, decoder, tmp_path)
    assert (report.samples, report.labels, report.problem_count) == (2, 1, 0)


def test_labels_alone_go_to_images_that_are_there(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    add(ws, ds, decoder, folder_of(tmp_path / "m", {"deep/er/a.jpg": jpeg()}))
    folder_of(tmp_path, {"l.json": coco(**{"a.jpg": [[1, 1, 4, 4]], "missing.jpg": [[1, 1, 4, 4]]})})
    report = import_sources(ws, ds, ImportIn(labels=str(tmp_path / "l.json")), decoder, quiet)
    assert report.labels == 2 and any("missing.jpg" in p.what for p in report.problems)
    assert len(ds.sample(1).labels) == 1


# ---- streaming ------------------------------------------------------------------------------------------------------
def test_an_import_holds_a_few_files_at_a_time(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    data = jpeg(1, 400, 300)
    names = [f"{n}.jpg" for n in range(50)]

    class Counting(FilesTree):
        ahead = most = 0

        def size(self, name: str) -> int:
            return len(data) + (1 << 20)

        def open(self, name: str) -> Any:
            self.ahead += 1
            return io.BytesIO(data + bytes(1 << 20) + name.encode())

    tree = Counting(dict.fromkeys(names, tmp_path))

    def progress(fraction: float, message: str) -> None:
        tree.most = max(tree.most, tree.ahead - int(message.split(" ")[0]) if "files" in message else 0)

    report = import_into(ds, tree, decoder, progress=progress)
    assert report.samples == 50 and 0 < tree.most <= 20


def test_frames_of_a_video_become_samples(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path) -> None:
    add(ws, ds, decoder, folder_of(tmp_path, {"clips/a.mp4": video()}), split="val")
    assert extract_frames(ds, 1, decoder, every=10) == 4
    assert extract_frames(ds, 1, decoder, indices=[10, 11]) == 1, "frame 10 is there already"
    frames = [row for row in rows(ds) if row["kind"] == "frame"]
    assert [(row["frame"], row["name"], row["video"], row["split"]) for row in frames] == [
        (n, f"clips/a/frame_{n:06d}.jpg", 1, "val") for n in (0, 10, 20, 30, 11)
    ]
    assert [number_in(pixels(ds, row["id"])) for row in frames] == [0, 10, 20, 30, 11]
    with pytest.raises(BadImage, match="40 frames"):
        extract_frames(ds, 1, decoder, indices=[99])
    with pytest.raises(BadInput, match="not a video"):
        extract_frames(ds, frames[0]["id"], decoder, every=1)
    check_whole(ds)


def test_real_photographs(ws: Workspace, ds: DatasetStore, decoder: Decoder, shared: Path) -> None:
    report = add(ws, ds, decoder, shared / "data/bccd/images", labels=shared / "data/bccd/annotations")
    assert (report.format, report.samples, report.labels) == ("voc", 292, 3941)
    began = time.monotonic()
    assert add(ws, ds, decoder, shared / "data/bccd/images").duplicates == 292
    assert time.monotonic() - began < 20
