"""The whole export on a real store: folder, zip and memory, media, GPS, states, the certificate; and that a failure leaves nothing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from media_rig import jpeg, opened, shared_decoder, with_gps  # noqa: F401

from comexp_lab.api import Edit, EditBatch, ExportIn, ExportReport, LabelIn, ViewSpec
from comexp_lab.errors import BadInput, Conflict
from comexp_lab.formats.exporting import export, label_files
from comexp_lab.formats.importing import import_into
from comexp_lab.formats.sinks import destination, safe
from comexp_lab.formats.trees import FolderTree
from comexp_lab.media import Decoder
from comexp_lab.store import DatasetStore, Workspace

ROWS = """SELECT md5(string_agg(row, chr(10) ORDER BY row)) AS hash FROM (SELECT concat_ws('|', s.sha256, c.name, l.kind, x, y, w, h, area,
    points, rings, rle, crowd, confidence, track, l.frame, attributes) AS row
    FROM labels l JOIN samples s ON s.id = l.sample AND s.until IS NULL
    JOIN classes c ON c.id = l.class)"""


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("lab") / "workspace") as opened_workspace:
        yield opened_workspace


@pytest.fixture(scope="module")
def ds(ws: Workspace, decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    """Three photographs with GPS, boxes from YOLO, one polygon and one suggestion by hand."""
    folder = tmp_path_factory.mktemp("in")
    for part in ("images/train", "labels/train"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text("train: images/train\nval: images/train\nnames: [cat, dög 💥]\n")
    for n in range(3):
        (folder / f"images/train/{n}.jpg").write_bytes(jpeg(n, exif=with_gps()))
        (folder / f"labels/train/{n}.txt").write_text(f"{n % 2} 0.51 0.49 0.123456789 0.3\n1 .2 .3 .1 .1\n")
    dataset = ws.create_dataset("street")
    report = import_into(dataset, FolderTree(folder), decoder, keep_gps=True)
    assert (report.samples, report.labels, report.problem_count) == (3, 6, 0)
    ring = [1.25, 2, 30, 4, 20.125, 40]
    dataset.edit(
        EditBatch(
            edits=[
                Edit(
                    op="add",
                    sample=1,
                    value=LabelIn(class_name="cat", kind="polygon", rings=[ring], bbox=(1.25, 2, 28.75, 38), attributes={"a": 1}),
                ),
                Edit(
                    op="add",
                    sample=1,
                    value=LabelIn(class_name="cat", bbox=(1, 2, 3, 4), state="suggested", source="model:x", confidence=0.25),
                ),
            ]
        )
    )
    return dataset


def write(dataset: DatasetStore, target: Path, form: str = "coco", **options: object) -> ExportReport:
    return export(dataset, ExportIn(format=form, **options), target, None, quiet)


@pytest.mark.parametrize("name", ["folder", "file.zip"])
def test_coco_export_and_import_give_the_same_rows(ws: Workspace, ds: DatasetStore, decoder: Decoder, tmp_path: Path, name: str) -> None:
    report = write(ds, tmp_path / name, states=["accepted", "suggested"])
    assert report.certificate.lossless and (report.certificate.samples, report.certificate.labels, report.files) == (3, 8, 4)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    back = ws.create_dataset(f"back from {name}")
    folder = tmp_path / name
    if name.endswith(".zip"):
        folder = tmp_path / "unzipped"
        with zipfile.ZipFile(tmp_path / name) as file:
            assert file.testzip() is None
            assert all(m.compress_type == zipfile.ZIP_STORED for m in file.infolist() if m.filename.endswith(".jpg"))
            file.extractall(folder)
    import_into(back, FolderTree(folder), decoder, keep_gps=True)
    stripped = ds.read(ROWS.replace("s.sha256, ", "")).to_pylist()
    assert back.read(ROWS.replace("s.sha256, ", "")).to_pylist() == stripped
    assert back.read("SELECT state, source, count(*) AS n FROM labels GROUP BY ALL ORDER BY ALL").to_pylist()[-1] == {
        "state": "suggested",
        "source": "model:x",
        "n": 1,
    }


def test_only_wanted_states_and_only_the_view(ds: DatasetStore, tmp_path: Path) -> None:
    report = write(ds, tmp_path / "a", media=False, view=ViewSpec(ids=[1]))
    assert (report.certificate.samples, report.certificate.labels, report.files) == (1, 3, 1)
    written = json.loads((tmp_path / "a/annotations/instances_train.json").read_text())
    assert [image["file_name"] for image in written["images"]] == ["images/train/0.jpg"] and len(written["annotations"]) == 3
    assert write(ds, tmp_path / "b", media=False, states=["suggested"]).certificate.labels == 1
    assert write(ds, tmp_path / "c", media=False, view=ViewSpec(at=1)).certificate.labels == 6


def test_gps_leaves_only_when_asked(ds: DatasetStore, tmp_path: Path) -> None:
    write(ds, tmp_path / "without")
    write(ds, tmp_path / "with", keep_gps=True)
    name = "images/images/train/0.jpg"
    without, with_ = ((tmp_path / folder / name).read_bytes() for folder in ("without", "with"))
    assert opened(with_).getexif().get_ifd(0x8825) and not opened(without).getexif().get_ifd(0x8825)
    assert opened(with_).tobytes() == opened(without).tobytes()


def test_the_digest_is_what_sha256sum_prints(ds: DatasetStore, tmp_path: Path) -> None:
    certificate = write(ds, tmp_path / "a", "yolo").certificate
    files = sorted(str(p.relative_to(tmp_path / "a")) for p in (tmp_path / "a").rglob("*") if p.is_file())
    lines = "".join(f"{hashlib.sha256((tmp_path / 'a' / name).read_bytes()).hexdigest()}  {name}\n" for name in files)
    assert certificate.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert write(ds, tmp_path / "b.zip", "yolo").certificate.digest == certificate.digest


def test_the_certificate_says_what_yolo_cannot_hold(ds: DatasetStore, tmp_path: Path) -> None:
    certificate = write(ds, tmp_path / "a", "yolo").certificate
    assert not certificate.lossless
    assert certificate.lost["box labels, written for segment"] == 6 and certificate.lost["attributes"] == 1


def test_label_files_in_memory(ds: DatasetStore) -> None:
    assert list(label_files(ds, ExportIn(format="coco"), None)) == ["annotations/instances_train.json"]


def test_edits_after_an_import_get_numbers_of_their_own(ds: DatasetStore) -> None:
    numbers = [row["id"] for row in ds.read("SELECT id FROM labels").to_pylist()]
    assert sorted(numbers) == list(range(1, 9))


def test_a_failed_export_leaves_nothing(ds: DatasetStore, tmp_path: Path) -> None:
    def cancel(fraction: float, message: str) -> None:
        raise KeyboardInterrupt

    for name in ("folder", "file.zip"):
        with pytest.raises(KeyboardInterrupt):
            export(ds, ExportIn(format="coco"), tmp_path / name, None, cancel)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(ds: DatasetStore, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"mine")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/mine").write_bytes(b"mine")
    for name in ("a.zip", "b"):
        with pytest.raises(Conflict, match="exists already"):
            write(ds, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == b"mine"
    (tmp_path / "empty").mkdir()
    write(ds, tmp_path / "empty", media=False)


def test_names_stay_below_the_root(tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", "a/../../x", "a\\b", "", "a\0"):
        with pytest.raises(BadInput):
            safe(name)
    with pytest.raises(BadInput), destination(tmp_path / "out") as sink:
        sink.write("../evil", b"")
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_is_one_clear_line(ds: DatasetStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the formats are coco, yolo"):
        write(ds, tmp_path / "x", "cocoo")
