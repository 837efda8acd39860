"""Ephemeral datasets: used all the way round on a real service, every written path watched, every disk searched; then killed."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import learn_rig as rig
import numpy as np
import psutil
import pytest
import watchfiles
from PIL import Image

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.rights import ephemeral
from comexp_lab.rights.needles import canary, content, text
from comexp_lab.rights.scanner.scan import scan
from comexp_lab.service.shelf import scratch_of
from comexp_lab.store import Workspace

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
MAY_BE_WRITTEN = {
    "catalog.duckdb",
    "catalog.duckdb.wal",
    "catalog.journal",
    "keys.sqlite",
    "keys.sqlite-journal",
    "service.log",
    "lab.sock",
}
MAY_BE_WRITTEN |= {"catalog.next", "log.jsonl", "heads.jsonl", "catalog.next.wal"}


def picture(comment: str, seed: int) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 255, (96, 128, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", quality=95, comment=comment.encode())
    return out.getvalue()


class Watched:
    """All paths below a folder that somebody wrote to since."""

    def __init__(self, folder: Path) -> None:
        self.paths: set[str] = set()
        self._stop, ready = threading.Event(), threading.Event()

        def watch() -> None:
            for changes in watchfiles.watch(folder, stop_event=self._stop, debounce=50, step=10, rust_timeout=100, yield_on_timeout=True):
                self.paths |= {path for _, path in changes}
                ready.set()

        self._thread = threading.Thread(target=watch, daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def stop(self) -> set[str]:
        time.sleep(0.3)
        self._stop.set()
        self._thread.join(10)
        return self.paths


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A service whose home, temporary folder and everything else on disk lie below one folder, with a trained model."""
    disk = tmp_path / "disk"
    for name, place in {"HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "config", "COMEXP_RUNTIME_DIR": "run"}.items():
        (disk / place).mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(disk / place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    path = disk / "workspace"
    rig.filled(path)
    service = rig.Service(path)
    trained = service.wait(service.post("/runs/train", dataset="shapes", **rig.TINY)["id"])
    yield SimpleNamespace(disk=disk, path=path, service=service, model=trained["model"], id=service.get("/lab")["workspace"])
    transport.stop_service(path)


def upload(world, dataset: str, name: str, data: bytes, pieces: int = 1) -> str:
    named = f"filename {base64.b64encode(name.encode()).decode()},dataset {base64.b64encode(dataset.encode()).decode()}"
    client, first = world.service.client, data[: len(data) // pieces]
    whole = {**TUS, "Upload-Metadata": named, "Upload-Length": str(len(data))}
    made = client.post("/api/uploads", content=first, headers=whole)
    assert made.status_code == 201
    id = made.headers["location"].removeprefix("uploads/")
    if rest := data[len(first) :]:
        assert client.patch(f"/api/uploads/{id}", content=rest, headers={**TUS, "Upload-Offset": str(len(first))}).status_code == 204
    return id


def shared_memory() -> list[Path]:
    return list(transport.memory_dir().glob(f"comexp-{os.getuid()}-*"))


@pytest.mark.skipif(transport.memory_dir() != Path("/dev/shm"), reason="no memory-backed storage")
def test_nothing_reaches_a_disk_and_nothing_survives(world, tmp_path):
    secret = {name: canary() for name in ("dataset", "file", "comment", "class", "note")}
    pictures = {f"{secret['file']}-{n}.jpg": picture(secret["comment"], n) for n in range(4)}
    needles = [text(name, value) for name, value in secret.items()] + [content(name, data) for name, data in pictures.items()]
    (tmp_path / "control.zip").write_bytes(zipped({**pictures, "names.json": json.dumps(secret).encode()}))
    found = scan(needles, [tmp_path / "control.zip"], control=True).controls_found
    assert len(found) == len(needles), "the search finds what it looks for"
    watched = Watched(world.disk)

    # upload, annotate, auto-annotate, download
    service = world.service
    dataset = service.post("/datasets", name=secret["dataset"], storage="ephemeral")["id"]
    uploads = [upload(world, dataset, name, data, pieces=1 + n % 2) for n, (name, data) in enumerate(pictures.items())]
    assert service.wait(service.post(f"/datasets/{dataset}/import", uploads=uploads)["id"])["result"]["samples"] == 4
    label = {"class_name": secret["class"], "kind": "box", "bbox": [1, 2, 30, 40], "attributes": {"note": secret["note"]}}
    batch = {
        "client_id": "4e0f9a52-6f0f-4c49-9e0c-0f0b8f0a1c11",
        "edits": [{"op": "add", "sample": 1, "value": label}],
    }
    answer = service.client.post(f"/api/datasets/{dataset}/labels", json=batch)
    assert answer.status_code == 200, answer.text
    predicted = service.wait(service.post("/runs/predict", dataset=dataset, model=world.model, conf=0.001)["id"])
    assert predicted["status"] == "succeeded"
    exported = service.wait(service.post(f"/datasets/{dataset}/export", format="coco")["id"])
    with zipfile.ZipFile(io.BytesIO(service.client.get(f"/api/runs/{exported['id']}/download").content)) as pack:
        inside = b"".join(map(pack.read, pack.namelist()))
    assert secret["class"].encode() in inside and all(data in inside for data in pictures.values()), "the result is complete"
    waiting = upload(world, dataset, "left-over.jpg", picture(secret["comment"], 99), pieces=2)

    # while it lives
    assert scan(needles, [world.disk], controls=found).hits == []
    written = {path for path in watched.paths if Path(path).suffix or Path(path).is_file()}
    assert {Path(path).name for path in written} <= MAY_BE_WRITTEN, "no file of a vault, no temporary file, no database of its own"
    assert "catalog.journal" in {Path(path).name for path in written}, "the watch sees what is written"

    # kill -9, with an upload that waits
    assert any(scratch_of(world.path).rglob("*"))
    process = psutil.Process(service.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    world.service = again = rig.again(world.path)
    deadline = time.monotonic() + 10
    while len(again.get("/runs")) > 1:  # the training of the kept dataset stays
        assert time.monotonic() < deadline
        time.sleep(0.05)
    written = watched.stop()
    assert scan(needles, [world.disk, *shared_memory()], controls=found).hits == []
    kept = again.get("/datasets")[0]["id"]
    written = {Path(path) for path in written if f"/datasets/{kept}/" not in path}
    written = {path for path in written if path.parent.name != "erased"}  # signed heads of the ledger, digests of what was erased
    assert {path.name for path in written if path.suffix or path.is_file()} <= MAY_BE_WRITTEN | {"service.lock"}
    assert [each["name"] for each in again.get("/datasets")] == ["shapes"]
    assert [path for path in scratch_of(world.path).rglob("*") if path.is_file()] == []
    assert again.client.head(f"/api/uploads/{waiting}", headers=TUS).status_code == 404
    assert again.client.get(f"/api/runs/{exported['id']}/download").status_code == 404
    transport.stop_service(world.path)
    with Workspace.open(world.path) as workspace:
        tables = [row["table_name"] for row in workspace.catalog.read("SELECT table_name FROM information_schema.tables")]
        said = json.dumps([workspace.catalog.read(f"SELECT * FROM {table}") for table in tables], default=str)
    assert dataset not in said and not any(value in said for value in secret.values()), "nor does the catalog, decrypted, know of it"


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in files.items():
            pack.writestr(name, data)
    return out.getvalue()


# ---- what is refused, and why ----
@pytest.fixture
def fleeting(lab, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(picture("x", 1))
    dataset = lab.create_dataset("fleeting", storage="ephemeral")
    dataset.add(tmp_path / "in")
    dataset.label(dataset.view.ids[0], "cat", (1, 2, 30, 40))
    return dataset


def ask(workspace, where: str, **body):
    with transport.connect(transport.socket_path(workspace)) as client:
        return client.post(f"/api{where}", json=body)


def test_what_would_let_it_outlive_itself_is_refused_with_the_reason(fleeting, workspace, tmp_path):
    cases = {
        "/runs/train": {"dataset": fleeting.id, **rig.TINY},
        f"/datasets/{fleeting.id}/export": {"format": "coco", "path": str(tmp_path / "out.zip")},
        "/rights/archive": {"path": str(tmp_path / "all.zip")},
    }
    for path, body in cases.items():
        answer = ask(workspace, path, **body)
        assert answer.status_code == 403, path
        detail = answer.json()["detail"]
        assert "is ephemeral:" in detail and "\n" not in detail and detail.endswith(".")
    assert not list(tmp_path.glob("*.zip"))
    with pytest.raises(cx.NotAllowed, match="is ephemeral: it is shared with nobody"):
        ephemeral.refuse(SimpleNamespace(storage="ephemeral", name="e"), "share")


def test_an_archive_of_everything_waits_in_memory_if_something_of_it_is_ephemeral(fleeting, workspace):
    run = ask(workspace, "/rights/archive").json()["id"]
    with transport.connect(transport.socket_path(workspace)) as client:
        deadline = time.monotonic() + 20
        while (answer := client.get(f"/api/runs/{run}/download")).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert [path for path in (workspace / "vault").rglob("*") if path.is_file()] == []


def test_files_that_were_not_uploaded_for_it_are_not_taken(fleeting, workspace):
    data = picture("x", 2)
    with transport.connect(transport.socket_path(workspace)) as client:
        made = client.post("/api/uploads", content=data, headers={**TUS, "Upload-Length": str(len(data))})
        upload = made.headers["location"].removeprefix("uploads/")
        answer = client.post(f"/api/datasets/{fleeting.id}/import", json={"uploads": [upload]})
        assert answer.status_code == 422 and "not uploaded for an ephemeral dataset" in answer.json()["detail"]
        nowhere = {**TUS, "Upload-Length": "3", "Upload-Metadata": "dataset bm9uZQ=="}
        assert client.post("/api/uploads", content=b"abc", headers=nowhere).status_code == 404


def test_it_is_gone_when_the_service_stops_in_order(fleeting, workspace):
    transport.stop_service(workspace)
    with Workspace.open(workspace) as opened:
        assert opened.datasets() == [] and opened.catalog.read("SELECT * FROM datasets UNION ALL SELECT * FROM datasets") == []
        assert opened.catalog.read("SELECT id FROM runs") == []
        assert not scratch_of(workspace).exists()


def test_letting_go_of_one_takes_what_waits_for_it_and_nothing_else(lab, workspace):
    first, second = (lab.create_dataset(name, storage="ephemeral") for name in ("a", "b"))
    world = SimpleNamespace(service=SimpleNamespace(client=transport.connect(transport.socket_path(workspace))))
    ids = [upload(world, each.id, "x.jpg", picture("x", 1)) for each in (first, second)]
    plan = lab.rights.plan_erasure(first)
    plan.execute(confirm="a")
    deadline = time.monotonic() + 10
    while world.service.client.head(f"/api/uploads/{ids[0]}", headers=TUS).status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert world.service.client.head(f"/api/uploads/{ids[1]}", headers=TUS).status_code == 200
