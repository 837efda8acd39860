"""Everything that is stored leaves as an archive that other tools read, and comes back equal; hostile ones leave nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import textwrap
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bagit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from media_rig import encode, jpeg, photo, shared_decoder, video, with_gps  # noqa: F401
from store_rig import add, box, open_workspace

import comexp_lab as cx
from comexp_lab.api import Edit, EditBatch, LabelIn, ReviewIn, UndoIn
from comexp_lab.bag import SIGNATURE, canonical, verify_archive
from comexp_lab.errors import BadArchive, BadInput, Conflict, Error
from comexp_lab.formats.importing import import_into
from comexp_lab.formats.trees import tree_of_paths
from comexp_lab.media import Decoder
from comexp_lab.rights import ledger
from comexp_lab.rights.archive import archive_pieces, write_archive
from comexp_lab.rights.archive.names import Names
from comexp_lab.rights.restoring import restore
from comexp_lab.store import DatasetStore, Workspace

ROUND = unicodedata.normalize("NFD", "Straße/café.jpg")
KINDS = [
    LabelIn(class_name="dog", kind="box", bbox=(1.5, 2, 30, 20.25), confidence=0.3, source="yolo11n", state="suggested"),
    LabelIn(class_name="dog", kind="rotated", points=[30, 30, 20, 10, 0.5], attributes={"Farbe": "grün", "n": [1, 2.5, None]}),
    LabelIn(class_name="cat", kind="polygon", rings=[[1, 1, 20, 1, 20, 20], [2, 2, 4, 2, 4, 4]]),
    LabelIn(class_name="cat", kind="mask", rle="04000", track=7, frame=3),
    LabelIn(class_name="person", kind="keypoints", points=[5, 5, 2, 10, 10, 1, 0, 0, 0]),
    LabelIn(class_name="night", kind="tag", state="rejected"),
    LabelIn(class_name="=1+1", kind="box", bbox=(0, 0, 5, 5), crowd=True),
]


def told(fraction: float, message: str) -> None:
    pass


def rich(ws: Workspace, decoder: Decoder, folder: Path, name: str = "my street/1", storage: Any = "retained") -> DatasetStore:
    """A dataset with all kinds of labels, media and history."""
    files = {"a/one.jpg": jpeg(1), "A/ONE.jpg": jpeg(2), ROUND: jpeg(3), unicodedata.normalize("NFC", ROUND): jpeg(4), "gone.png": b""}
    files |= {"gone.png": encode(photo(seed=5), "PNG"), "turned.jpg": encode(photo(seed=6), exif=with_gps(6)), "v.mp4": video(frames=8)}
    for path, data in files.items():
        target = folder / "in" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    ds = ws.create_dataset(name, storage)
    import_into(ds, tree_of_paths([str(folder / "in")]), decoder)
    ids = {row["name"]: row["id"] for row in ds.read("SELECT id, name FROM samples WHERE until IS NULL").to_pylist()}
    first = ids["a/one.jpg"]
    made = ds.edit(EditBatch(edits=[Edit(op="add", sample=first, value=label) for label in KINDS], message="all kinds"))
    ds.freeze("v1")
    ds.edit(EditBatch(edits=[Edit(op="set", label=made.labels[0], set={"bbox": (3, 3, 9, 9)}), Edit(op="delete", label=made.labels[2])]))
    ds.edit(EditBatch(edits=[Edit(op="tag_sample", sample=first, tags=["good", "Öl"]), Edit(op="delete_sample", sample=ids["gone.png"])]))
    ds.undo(UndoIn())
    ds.review(ReviewIn(state="accepted", source="yolo11n"))
    ds.edit(EditBatch(edits=[Edit(op="delete_sample", sample=ids["gone.png"]), add(ids["turned.jpg"], "dog")]))
    with ds.writing("facts") as tx:
        tx.cur.execute("UPDATE samples SET split = 'train', meta = '{\"licence\": 3}' WHERE id = ?", [first])
        tx.cur.execute("INSERT INTO samples(id, name, kind, tags, since) VALUES (?, 'record only.jpg', 'image', [], ?)", [99, tx.revision])
        tx.cur.execute("INSERT INTO meta VALUES ('coco', '{\"info\": {\"year\": 2026}}')")
    ds.freeze("v2")
    return ds


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(tmp_path_factory.mktemp("archive")) as ws:
        yield ws


@pytest.fixture(scope="module")
def made(opened: Workspace, decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> tuple[DatasetStore, Path, Path]:
    """A dataset, the archive of everything, and the folder it unpacks to."""
    folder = tmp_path_factory.mktemp("made")
    ds = rich(opened, decoder, folder)
    path = folder / "my-data.zip"
    write_archive(opened, None, path, told)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return ds, path, folder / "my-data"


# ---- what others read -----------------------------------------------------------------------------------------------
def test_it_is_a_bag_whose_originals_are_the_bytes_that_came(made: tuple[DatasetStore, Path, Path]) -> None:
    ds, path, folder = made
    bagit.Bag(str(folder)).validate()
    assert path.stat().st_mode & 0o077 == 0
    kept = [file.read_bytes() for file in (folder / "data/datasets/my street_1/originals").rglob("*") if file.is_file()]
    came = {f"{n}": (path.parent / "in" / n).read_bytes() for n in ("a/one.jpg", "A/ONE.jpg", ROUND, "v.mp4")}
    assert all(data in kept for data in came.values())
    (turned,) = folder.glob("data/datasets/*/media/turned.jpg")
    shown = next(row for row in ds.read("SELECT blob, key FROM samples s JOIN blobs b ON b.id = s.blob WHERE name = 'turned.jpg'"
                                        " AND s.until IS NULL").to_pylist())  # fmt: skip
    assert turned.read_bytes() == ds.vault.get(shown["blob"], shown["key"])
    assert [file.name for file in folder.glob("data/datasets/*/removed/*")] == ["gone.png"]
    folded = [str(file.relative_to(folder)).casefold() for file in folder.rglob("*") if file.is_file()]
    assert len({unicodedata.normalize("NFKD", name) for name in folded}) == len(folded)


def test_it_describes_itself_to_people_and_machines(made: tuple[DatasetStore, Path, Path]) -> None:
    from rocrate.rocrate import ROCrate

    _, _, folder = made
    crate = ROCrate(str(folder))
    listed = {entity.id for entity in crate.get_entities() if entity.type == "File"}
    assert listed == {str(file.relative_to(folder)) for file in folder.glob("data/**/*") if file.is_file()}
    assert crate.license["name"] == "Unknown"
    readme = (folder / "README.txt").read_text()
    assert "my street/1 (data/datasets/my street_1): 7 samples" in readme and "COCO could not hold 1 tag labels" in readme


def test_pycocotools_reads_the_labels_of_all_states(made: tuple[DatasetStore, Path, Path]) -> None:
    from pycocotools.coco import COCO

    ds, _, folder = made
    coco = COCO(str(folder / "data/datasets/my street_1/annotations/coco.json"))
    states = ds.read("SELECT kind FROM labels WHERE kind <> 'tag'").num_rows
    assert len(coco.anns) == states and {image.get("split") for image in coco.imgs.values()} == {"train", None}
    assert {each["name"] for each in coco.cats.values()} == {"dog", "cat", "person", "night", "=1+1"}


def test_ultralytics_reads_the_labels_once_the_readme_was_followed(opened: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    ds = opened.create_dataset("boxes")
    (tmp_path / "in").mkdir()
    shared = Path(os.environ.get("COMEXP_SHARED", Path(__file__).parents[2] / "shared")) / "data/coco128/images"
    real = [path.read_bytes() for path in sorted(shared.rglob("*.jpg"))[:3]] or [jpeg(number) for number in range(3)]
    for number, data in enumerate(real):
        (tmp_path / "in" / f"p{number}.jpg").write_bytes(data)
    import_into(ds, tree_of_paths([str(tmp_path / "in")]), decoder, split="train")
    ds.edit(EditBatch(edits=[add(number, "dog", (10, 10, 20, 20)) for number in (1, 2)]))
    write_archive(opened, [ds.id], tmp_path / "d.zip", told)
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        archive.extractall(tmp_path)
    readme, folder = (tmp_path / "d/README.txt").read_text(), tmp_path / "d/data/datasets/boxes/annotations/yolo"
    script = textwrap.dedent(readme[readme.index("    import csv") : readme.index("  annotations/not-held.json")])
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    data = check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    found = YOLODataset(img_path=data["train"], data=data, task="detect", imgsz=64)
    assert sorted(len(label["cls"]) for label in found.labels) == [0, 1, 1]
    opened.erase_dataset(ds.id)


def test_tables_say_the_same_as_csv_and_as_parquet(made: tuple[DatasetStore, Path, Path]) -> None:
    import duckdb

    ds, _, folder = made
    tables = folder / "data/datasets/my street_1/tables"
    for name in ("classes", "samples", "labels", "history", "revisions", "versions"):
        held = ds.read(f"SELECT count(*) AS n FROM {name}")["n"].to_pylist()
        for ending in ("csv", "parquet"):
            assert duckdb.sql(f"SELECT count(*) FROM '{tables}/{name}.{ending}'").fetchall() == [tuple(held)], (name, ending)
    row = duckdb.sql(f"SELECT attributes, points::VARCHAR FROM '{tables}/labels.csv' WHERE kind = 'rotated'").fetchone()
    assert row is not None and json.loads(row[0])["Farbe"] == "grün" and json.loads(row[1]) == [30, 30, 20, 10, 0.5]


# ---- and back again -------------------------------------------------------------------------------------------------
def hashes(ds: DatasetStore) -> dict[str, str]:
    """A hash of the rows of each table; of blobs what they hold, not what they are called."""
    found = {}
    for table, query in {
        "classes": "SELECT * FROM classes",
        "samples": "SELECT * EXCLUDE (blob, thumb), blob IS NULL AS bare, thumb IS NULL AS small FROM samples",
        "labels": "SELECT * FROM labels",
        "history": "SELECT * FROM history",
        "revisions": "SELECT * FROM revisions",
        "versions": "SELECT * FROM versions",
        "meta": "SELECT * FROM meta",
    }.items():
        rows = sorted(json.dumps(row, default=str, sort_keys=True) for row in ds.read(query).to_pylist())
        found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    media = ds.read("SELECT DISTINCT s.id, s.until, s.sha256, b.id AS blob, b.key FROM samples s JOIN blobs b ON b.id = s.blob").to_pylist()
    for row in media:
        assert hashlib.sha256(ds.vault.get(row["blob"], row["key"])).hexdigest() == row["sha256"]
    return found | {"media": str(sorted((row["id"], str(row["until"]), row["sha256"]) for row in media))}


@pytest.mark.parametrize("storage", ["retained", "ephemeral"])
def test_what_comes_back_is_equal(storage: str, opened: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    ds = rich(opened, decoder, tmp_path, f"first {storage}", storage)
    write_archive(opened, [ds.id], tmp_path / "a.zip", told)
    with (tmp_path / "a.zip").open("rb") as file, pytest.raises(Conflict, match="rename=") as refused:
        restore(opened, file, decoder, lambda *_: pytest.fail("nothing is checked for long before the names are"))
    assert refused.value.facts == {"taken": [ds.name]}
    with (tmp_path / "a.zip").open("rb") as file:
        report = restore(opened, file, decoder, told, rename={ds.name: "again"})
    again = opened.dataset("again", "annotate")
    assert report.datasets == {"again": again.id} and again.id != ds.id and again.storage == storage
    assert hashes(again) == hashes(ds)
    assert again.page(cx_view("v1")) == ds.page(cx_view("v1")) and again.page(cx_view(None)) == ds.page(cx_view(None))
    assert again.freeze("same").digest == ds.freeze("same").digest
    newest = ds.revision
    for each in (ds, again):  # what comes next is the same, too
        each.undo(UndoIn(revision=newest - 1))
        assert each.edit(EditBatch(edits=[add(1, "new", (1, 1, 2, 2))])).revision == newest + 2
    assert again.read("SELECT id, since FROM labels ORDER BY id") == ds.read("SELECT id, since FROM labels ORDER BY id")
    assert again.thumbnail(1) is not None
    opened.erase_dataset(again.id)
    opened.erase_dataset(ds.id)


def cx_view(at: str | None) -> Any:
    from comexp_lab.api import ViewSpec

    return ViewSpec(at=at)


def test_models_and_runs_come_back_with_their_lineage(decoder: Decoder, tmp_path: Path) -> None:
    run, model = "a" * 32, "b" * 32
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with open_workspace(tmp_path / "one") as ws:
        ds = ws.create_dataset("street")
        blob = ws.vault.put(b"weights")
        ws.catalog.write("INSERT INTO blobs VALUES (?, ?, ?, ?)", [blob.id, blob.key, 7, f"model:{model}"])
        ws.catalog.write(
            "INSERT INTO models VALUES (?, 'm', 'detect', '[\"dog\"]', 7, ?, now(), ?, ?, 'v', '{\"mAP50\": 0.5}', ?, ?)",
            [model, blob.sha256, run, ds.id, f"fine-tuned on {ds.id}", blob.id],
        )
        ws.catalog.write(
            "INSERT INTO runs (id, kind, dataset, status, title, progress, created, params, model) VALUES (?, 'train', ?, 'running', 't', 1,"
            " now(), ?, ?)",
            [run, ds.id, json.dumps({"dataset": ds.id, "epochs": 3}), model],
        )
        ws.catalog.write("INSERT INTO run_metrics VALUES (?, 1, '{\"loss\": 0.25}')", [run])
        ws.catalog.write("INSERT INTO run_log VALUES (?, now(), 'epoch 1')", [run])
        write_archive(ws, None, tmp_path / "a.zip", told)
    with open_workspace(tmp_path / "two", "6b" * 32) as ws, (tmp_path / "a.zip").open("rb") as file:
        checked: list[bytes] = []
        report = restore(ws, file, decoder, told, check_model=checked.append)
        (found,) = ws.catalog.read("SELECT m.*, b.key, b.owner FROM models m JOIN blobs b ON b.id = m.blob")
        (ran,) = ws.catalog.read("SELECT * FROM runs")
        new = report.datasets["street"]
        assert checked == [b"weights"] and ws.vault.get(found["blob"], found["key"]) == b"weights"
        assert (found["dataset"], found["run"], found["origin"]) == (new, ran["id"], f"fine-tuned on {new}")
        assert (ran["model"], ran["dataset"], ran["status"]) == (found["id"], new, "lost") and found["owner"] == f"model:{found['id']}"
        assert json.loads(ran["params"]) == {"dataset": new, "epochs": 3} and new != ds.id and found["id"] != model
        assert ws.catalog.read("SELECT row FROM run_metrics WHERE run = ?", [ran["id"]])[0]["row"] == '{"loss": 0.25}'
        assert ws.catalog.read("SELECT line FROM run_log WHERE run = ?", [ran["id"]])[0]["line"] == "epoch 1"

    def refuse(data: bytes) -> None:
        raise BadInput("no model")

    with open_workspace(tmp_path / "two", "6b" * 32) as ws, (tmp_path / "a.zip").open("rb") as file:
        ws.rename_dataset(new, "other")
        before = everything(ws)
        with pytest.raises(BadInput, match="no model"):
            restore(ws, file, decoder, told, check_model=refuse)
        assert everything(ws) == before


def test_it_is_read_and_verified_by_the_command_line_and_restored_over_the_service(lab: cx.Lab, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(jpeg(1))
    ds = lab.create_dataset("street")
    ds.add(tmp_path / "x.jpg")
    path = tmp_path / "my-data.zip"
    lab.rights.export(path)
    environment = os.environ | {"COMEXP_WORKSPACE": "/nonexistent"}
    command = [sys.executable, "-m", "comexp_lab.cli", "verify", str(path)]
    good = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert good.returncode == 0 and "Genuine" in good.stdout and "were" in good.stdout, good.stderr
    with pytest.raises(Conflict, match="already a dataset 'street'"):
        lab.rights.restore(path)
    report = lab.rights.restore(path, rename={"street": "street 2"})
    assert lab.dataset("street 2").id == report.datasets["street 2"] and len(lab.dataset("street 2")) == 1
    data = bytearray(path.read_bytes())
    data[data.index(b"\xff\xd8\xff") + 100] ^= 1
    path.write_bytes(data)
    bad = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert bad.returncode == 1 and "damaged" in bad.stderr and len(bad.stderr.splitlines()) == 1


def test_requests_and_consents_are_told_in_plain_words_with_receipts(decoder: Decoder, tmp_path: Path) -> None:
    class Consents:
        def records(self) -> list[Any]:
            return [SimpleNamespace(id="c1")]

        def receipt(self, id: str) -> str:
            return json.dumps({"@id": id})

    with open_workspace(tmp_path) as ws:
        log = ledger.of(ws)
        log.append("request submitted", {"request": "r1"}, private={"words": "alles, bitte"})
        log.append("consent given", {"purpose": "marketing"})
        log.append("letter sent", {"letter": "l1"}, private={"to": "a@b.c"}, scope="email")
        log.forget("email")
        write_archive(ws, None, tmp_path / "a.zip", told, Consents())  # type: ignore[arg-type]
        secret = ws.catalog.read("SELECT value FROM settings WHERE key = 'signing_key'")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        entries = [json.loads(line) for line in archive.read("a/data/ledger.jsonl").splitlines()]
        assert [entry["personal"] for entry in entries] == [{"words": "alles, bitte"}, None, None]
        assert [entry["kind"] for entry in json.loads(archive.read("a/data/requests.json"))] == ["request submitted"]
        assert [entry["kind"] for entry in json.loads(archive.read("a/data/consents/entries.json"))] == ["consent given"]
        assert json.loads(archive.read("a/data/consents/c1.jsonld")) == {"@id": "c1"} and secret == []


def test_labels_that_are_all_alike_are_no_zip_bomb(opened: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    ds = opened.create_dataset("alike")
    with ds.writing("alike") as tx:
        tx.cur.execute("INSERT INTO classes(id, name) VALUES (0, 'x')")
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, tags, since) VALUES (1, 'a', 'image', 9, 9, [], ?)", [tx.revision]
        )
        tx.cur.execute(
            "INSERT INTO labels(id, sample, class, kind, x, y, w, h, area, crowd, source, state, since)"
            " SELECT i + 1, 1, 0, 'box', 0, 0, 1, 1, 1, false, 'import', 'accepted', ? FROM range(100000) r(i)",
            [tx.revision],
        )
    write_archive(opened, [ds.id], tmp_path / "a.zip", told)
    with (tmp_path / "a.zip").open("rb") as file:
        report = restore(opened, file, decoder, told, rename={"alike": "alike 2"})
    again = opened.dataset("alike 2", "annotate")
    assert hashes(again) == hashes(ds)
    opened.erase_dataset(ds.id)
    opened.erase_dataset(report.datasets["alike 2"])


# ---- what must fail -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("harm", ["missing", "damaged", "keyless", "exchanged"])
def test_what_cannot_be_read_fails_the_archive_and_is_named(harm: str, opened: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(5):
        (tmp_path / "in" / f"p{number}.jpg").write_bytes(jpeg(number))
    ds = opened.create_dataset("harmed")
    import_into(ds, tree_of_paths([str(tmp_path / "in")]), decoder)
    (row,) = ds.read("SELECT blob FROM samples WHERE name = 'p3.jpg'").to_pylist()
    path = ds.vault.path(row["blob"])
    assert path is not None
    if harm == "missing":
        path.unlink()
    elif harm == "damaged":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    else:
        other = ds.vault.put(b"not the picture")
        with ds.writing("harm") as tx:
            if harm == "keyless":
                tx.cur.execute("DELETE FROM blobs WHERE id = ?", [row["blob"]])
            else:
                tx.cur.execute("INSERT INTO blobs VALUES (?, ?, ?)", [other.id, other.key, other.bytes])
                tx.cur.execute("UPDATE samples SET blob = ? WHERE name = 'p3.jpg'", [other.id])
    with pytest.raises(Error, match=r"^The archive was not made: harmed/p3\.jpg .*") as caught:
        write_archive(opened, [ds.id], tmp_path / "out" / "a.zip", told)
    assert "\n" not in str(caught.value) and list((tmp_path / "out").iterdir()) == []
    with pytest.raises(Error, match=r"harmed/p3\.jpg"):
        opened.vault.put(archive_pieces(opened, [ds.id], {}, told))
    assert list(opened.vault.store.ids()) == []
    opened.erase_dataset(ds.id)


def test_the_stream_for_download_is_the_same_archive(made: tuple[DatasetStore, Path, Path], opened: Workspace, tmp_path: Path) -> None:
    counts: dict[str, Any] = {}
    (tmp_path / "b.zip").write_bytes(b"".join(archive_pieces(opened, None, counts, told)))
    assert verify_archive(tmp_path / "b.zip")[-1] == f"checksums: all {counts['files']} files are as they were"
    stopped = archive_pieces(opened, None, {}, told)
    assert next(stopped)
    stopped.close()  # type: ignore[attr-defined]


def everything(ws: Workspace) -> Any:
    """What a failed restore must leave as it was."""
    tables = {
        table: ws.catalog.read(f"SELECT * FROM {table} ORDER BY ALL") for table in ("datasets", "models", "runs", "blobs", "settings")
    }
    return tables, sorted(ws.keys.owners()), sorted(path.name for path in (ws.path / "datasets").iterdir()), sorted(ws.vault.store.ids())


def packed(files: dict[str, bytes], modes: dict[str, int] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            archive.writestr(info, data)
    return out.getvalue()


def signed(files: dict[str, bytes], **change: Any) -> dict[str, bytes]:
    """The same with manifests and a signature that fit: what somebody with a program of his own would make."""
    payload = {name: data for name, data in files.items() if name.startswith("d/data/")}
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name[2:]}\n" for name, data in payload.items())
    files = files | {"d/manifest-sha256.txt": lines.encode()}
    body = json.loads(files[f"d/{SIGNATURE}"])["body"]
    body["files"] = {name: hashlib.sha256(files[f"d/{name}"]).hexdigest() for name in body["files"]}
    body |= change
    key = Ed25519PrivateKey.generate()
    document = {"body": body, "signature": key.sign(canonical(body)).hex(), "public_key": key.public_key().public_bytes_raw().hex()}
    return files | {f"d/{SIGNATURE}": json.dumps(document).encode()}


DS = "d/data/datasets/small"
Harm = Callable[[dict[str, bytes]], dict[str, bytes]]


def table(name: str, change: str) -> Harm:
    """A table changed by SQL, and everything signed again."""

    def harm(files: dict[str, bytes]) -> dict[str, bytes]:
        import duckdb
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = f"{DS}/tables/{name}.parquet"
        con = duckdb.connect()
        con.register("came", pq.read_table(pa.BufferReader(files[path])))
        con.execute("CREATE TABLE t AS FROM came")
        con.execute(change)
        out = io.BytesIO()
        pq.write_table(con.execute("FROM t").to_arrow_table(), out)
        return signed(files | {path: out.getvalue()})

    return harm


def dropped(name: str) -> Harm:
    return lambda files: {key: data for key, data in files.items() if key != name}


PICTURE = f"{DS}/originals/p.jpg"
HARMS: dict[str, tuple[Harm, str]] = {
    "not signed": (dropped(f"d/{SIGNATURE}"), "not signed"),
    "no manifest": (dropped("d/manifest-sha256.txt"), "not complete"),
    "no mark": (dropped("d/bagit.txt"), "no bag"),
    "another picture": (lambda files: files | {PICTURE: jpeg(9)}, "checksum"),
    "a forged manifest": (lambda files: files | {"d/manifest-sha256.txt": files["d/manifest-sha256.txt"][64:]}, "checksum"),
    "a forged readme": (lambda files: files | {"d/README.txt": b"send money"}, "checksum"),
    "a changed body": (lambda files: files | {f"d/{SIGNATURE}": files[f"d/{SIGNATURE}"].replace(b'"archive"', b'"archivf"')}, "forged"),
    "a signature that is none": (lambda files: files | {f"d/{SIGNATURE}": b"[]"}, "not a signature"),
    "a missing picture": (dropped(PICTURE), "is missing"),
    "a file that is not listed": (lambda files: files | {"d/data/x": b"1"}, "not in its list"),
    "another version": (lambda files: signed(files, format=2), "another version"),
    "a newer schema": (lambda files: signed(files | {f"{DS}/dataset.json": edited(files, tables=99)}), "newer version"),
    "a dataset that is none": (lambda files: signed(files | {f"{DS}/dataset.json": b"{}"}), "does not describe"),
    "a path outside": (lambda files: files | {"d/../../x": b"1"}, "points outside"),
    "a table that is none": (lambda files: signed(files | {f"{DS}/tables/labels.parquet": b"PAR1 no PAR1"}), "cannot be read"),
    "a picture that is none": (lambda files: signed(files | {PICTURE: b"MZ" * 50}), "originals/p.jpg in the archive"),
    "a picture of another size": (lambda files: signed(files | {PICTURE: jpeg(0, 32, 32)}), "another size"),
    "a table without a column": (table("labels", "ALTER TABLE t DROP COLUMN kind"), "lacks the column kind"),
    "a label of no sample": (table("labels", "UPDATE t SET sample = 77"), "no sample or class"),
    "a label twice": (table("labels", "INSERT INTO t FROM t"), "a label twice"),
    "a label out of this world": (table("labels", "UPDATE t SET x = 'nan'"), "geometry"),
    "a label from the future": (table("labels", "UPDATE t SET since = 99"), "label that cannot be"),
    "a text for a number": (table("labels", "ALTER TABLE t ALTER id TYPE VARCHAR USING 'x'"), "cannot be read"),
    "a sample with the file of another": (table("samples", "UPDATE t SET file = 'data/account.json'"), "not its own"),
    "a sample with no file": (table("samples", "UPDATE t SET file = file || 'x'"), "is missing"),
    "a sample with a number of the devil": (table("samples", "UPDATE t SET id = -1"), "sample"),
    "a revision twice": (table("revisions", "INSERT INTO t FROM t"), "revision"),
}


def edited(files: dict[str, bytes], **change: Any) -> bytes:
    return json.dumps(json.loads(files[f"{DS}/dataset.json"]) | change).encode()


@pytest.fixture(scope="module")
def small(opened: Workspace, decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "p.jpg").write_bytes(jpeg(1))
    ds = opened.create_dataset("small")
    import_into(ds, tree_of_paths([str(folder / "p.jpg")]), decoder)
    ds.edit(EditBatch(edits=[Edit(op="add", sample=1, value=box())]))
    write_archive(opened, [ds.id], folder / "d.zip", told)
    opened.erase_dataset(ds.id)
    opened.catalog.write("DELETE FROM datasets WHERE id = ?", [ds.id])
    with zipfile.ZipFile(folder / "d.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_archive_that_somebody_packed_and_signed_again_is_taken(small: dict[str, bytes], opened: Workspace, decoder: Decoder) -> None:
    """The positive control of what follows."""
    report = restore(opened, io.BytesIO(packed(signed(small))), decoder, told)
    assert opened.dataset("small", "browse").stats().labels == 1
    opened.erase_dataset(report.datasets["small"])


@pytest.mark.parametrize("what", HARMS)
def test_a_hostile_archive_is_refused_in_a_line_and_leaves_nothing(
    what: str, small: dict[str, bytes], opened: Workspace, decoder: Decoder
) -> None:
    harm, said = HARMS[what]
    before = everything(opened)
    with pytest.raises(BadArchive, match=said) as caught:
        restore(opened, io.BytesIO(packed(harm(small))), decoder, told)
    assert "\n" not in str(caught.value) and everything(opened) == before


@pytest.mark.parametrize("what", ["another picture", "a forged readme", "a changed body", "a missing picture", "another version"])
def test_verifying_needs_no_lab_and_reads_every_byte(what: str, small: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(small))
    key = json.loads(small[f"d/{SIGNATURE}"])["public_key"]
    assert verify_archive(path, key)[0] == "key: the expected one"
    with pytest.raises(BadArchive, match="another key"):
        verify_archive(path, "00" * 32)
    harm, said = HARMS[what]
    path.write_bytes(packed(harm(small)))
    with pytest.raises(BadArchive, match=said):
        verify_archive(path)


def test_links_and_lying_sizes_are_refused(small: dict[str, bytes], opened: Workspace, decoder: Decoder) -> None:
    before = everything(opened)
    data = packed(small)
    at = data.rindex(b"PK\1\2" + data[data.index(b"PK\1\2") + 4 : data.index(b"PK\1\2") + 6])
    for bad in (
        packed(small, {PICTURE: 0o120777}),
        data[:at] + data[at:].replace(data[at + 20 : at + 24], b"\x7f\0\0\0", 1),
        data[:-30],
        b"PK",
    ):
        with pytest.raises(BadArchive):
            restore(opened, io.BytesIO(bad), decoder, told)
    assert everything(opened) == before


def test_a_restore_that_is_cancelled_leaves_nothing(small: dict[str, bytes], opened: Workspace, decoder: Decoder) -> None:
    before = everything(opened)

    def cancel(fraction: float, message: str) -> None:
        if message == "Restoring":
            raise cx.Cancelled("cancelled")

    with pytest.raises(cx.Cancelled):
        restore(opened, io.BytesIO(packed(small)), decoder, cancel)
    with pytest.raises(BadInput, match="no dataset 'nobody'"):
        restore(opened, io.BytesIO(packed(small)), decoder, told, rename={"nobody": "x"})
    assert everything(opened) == before


def test_names_are_safe_everywhere_and_never_clash() -> None:
    names = Names()
    given = ["a/b.jpg", "A/B.JPG", "a", "a/b.jpg/c.png", "../../etc/passwd", "/abs.jpg", "C:\\x.jpg", "con.jpg", "x?.jpg", "x*.jpg",
             "e\u0301.jpg", "\u00e9.jpg", "ﬁ.jpg", "fi.jpg", "dot. ", "", "new\nline", "100%.jpg", "z" * 300 + ".jpg", "pack.zip",
             "Thumbs.db", "ß.png", "SS.png", "\ud800.jpg"]  # fmt: skip
    found = [names.place("data", name) for name in given]
    assert len({unicodedata.normalize("NFKD", path).casefold() for path in found}) == len(found)
    assert all(len(part.encode()) <= 255 for path in found for part in path.split("/"))
    assert found[0] == "data/a/b.jpg" and not any(set(path) & set('<>:"|?*\\\n%') or ".." in path.split("/") for path in found)
    folders = {path.rpartition("/")[0].casefold() for path in found}
    assert not folders & {path.casefold() for path in found}
