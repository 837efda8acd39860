"""The smaller formats on a real store: export with media, import elsewhere, the same labels on the same pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from media_rig import jpeg, shared_decoder  # noqa: F401

from comexp_lab.api import Edit, EditBatch, ExportIn, LabelIn
from comexp_lab.formats.exporting import export
from comexp_lab.formats.importing import import_into
from comexp_lab.formats.trees import FolderTree
from comexp_lab.media import Decoder
from comexp_lab.store import DatasetStore, Workspace

ROWS = """SELECT s.sha256 AS picture, c.name AS class, l.kind, x, y, w, h, points, rings, rle FROM labels l
    JOIN samples s ON s.id = l.sample AND s.until IS NULL JOIN classes c ON c.id = l.class ORDER BY ALL"""
LABELS = {
    "box": [LabelIn(class_name="cat", bbox=(1.1, 2.2, 30.3, 20.7)), LabelIn(class_name="dög 💥", bbox=(5, 6, 7, 8))],
    "tag": [LabelIn(class_name="day", kind="tag")],
    "polygon": [LabelIn(class_name="cat", kind="polygon", rings=[[1, 2, 30, 4, 20.125, 40]], bbox=(1, 2, 29, 38))],
    "keypoints": [LabelIn(class_name="cat", kind="keypoints", points=[1, 2, 2, 3.5, 4, 2], bbox=(1, 2, 2.5, 2))],
}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("lab") / "workspace") as opened:
        yield opened


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    (folder / "cam 1").mkdir()
    for n in range(3):
        (folder / f"cam 1/{n}.jpg").write_bytes(jpeg(n))
    return folder


def dataset(ws: Workspace, pictures: Path, decoder: Decoder, name: str, kinds: list[str]) -> DatasetStore:
    ds = ws.create_dataset(name)
    import_into(ds, FolderTree(pictures), decoder)
    adds = [Edit(op="add", sample=s, value=label) for s in (1, 2, 3) for kind in kinds for label in LABELS[kind]]
    ds.edit(EditBatch(edits=adds))
    return ds


def places(ds: DatasetStore) -> list[dict[str, Any]]:
    return [{k: round(v, 9) if isinstance(v, float) else v for k, v in row.items() if v is not None} for row in ds.read(ROWS).to_pylist()]


@pytest.mark.parametrize(
    "form, kinds",
    [
        ("voc", ["box", "tag"]),
        ("cvat", ["box", "tag", "polygon", "keypoints"]),
        ("labelstudio", ["box", "tag", "polygon", "keypoints"]),
        ("datumaro", ["box", "tag", "polygon", "keypoints"]),
        ("labelme", ["box", "tag", "polygon", "keypoints"]),
        ("mot", ["box"]),
        ("kitti", ["box"]),
        ("openimages", ["box", "tag"]),
    ],
)
def test_export_and_import_give_the_same_labels(
    ws: Workspace, pictures: Path, decoder: Decoder, tmp_path: Path, form: str, kinds: list[str]
) -> None:
    spaced = form == "kitti"
    ds = dataset(ws, pictures, decoder, form, kinds)
    report = export(ds, ExportIn(format=form), tmp_path / "out", decoder, lambda fraction, message: None)
    allowed = {"class names with spaces"} if spaced else {"file names"} if form == "mot" else set()
    assert set(report.certificate.lost) <= allowed, report.certificate.lost
    back = ws.create_dataset(f"{form} back")
    found = import_into(back, FolderTree(tmp_path / "out"), decoder)
    assert (found.format, found.samples) == (form, 3) and [p for p in found.problems if p.severity != "note"] == []
    ours, theirs = places(ds), places(back)
    assert [{**row, "class": row["class"].replace(" ", "_")} if spaced else row for row in ours] == theirs
