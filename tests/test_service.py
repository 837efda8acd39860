"""The lab service as a real process on its real unix socket: life, death, errors, events."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from PIL import Image

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.api import Edit, ImportIn, LabelIn
from comexp_lab.transport import stop_service


def picture(width: int = 64, height: int = 48, colour: tuple[int, int, int] = (200, 80, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def dataset(lab, tmp_path: Path):
    for n in range(3):
        (tmp_path / f"{n}.jpg").write_bytes(picture(colour=(n * 60, 90, 30)))
    ds = lab.create_dataset("street")
    report = ds.add(*(tmp_path / f"{n}.jpg" for n in range(3)))
    assert report.samples == 3 and report.problem_count == 0
    return ds


def pid_of(workspace: Path) -> int:
    for _ in range(100):  # on a busy machine it may be just starting again
        if about := transport.alive(transport.socket_path(workspace)):
            return about["pid"]
        time.sleep(0.1)
    raise AssertionError("no lab service answers")


def test_socket_and_folder_are_the_owners_alone(lab, workspace):
    path = transport.socket_path(workspace)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700


def test_nothing_listens_on_tcp(dataset, workspace):
    process = psutil.Process(pid_of(workspace))
    family = [process, *process.children(recursive=True)]
    assert not [c for p in family for c in p.net_connections("inet")]


def test_a_crash_writes_no_core_file(dataset, workspace):
    """It would hold keys and pictures in the clear; children inherit the limit."""
    process = psutil.Process(pid_of(workspace))
    family = [process, *process.children(recursive=True)]
    assert {p.rlimit(psutil.RLIMIT_CORE) for p in family} == {(0, 0)}


def test_first_of_many_starts_wins(workspace):
    with ThreadPoolExecutor(6) as pool:
        code = f"import comexp_lab as cx; print(cx.open({str(workspace)!r}).info.pid)"
        pids = list(pool.map(lambda _: subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60).strip(), range(4)))
    assert len(set(pids)) == 1
    stop_service(workspace)


def test_stale_socket_and_lock_are_taken_over(lab, workspace):
    lab.create_dataset("a")
    os.kill(pid_of(workspace), signal.SIGKILL)
    time.sleep(0.1)
    assert transport.socket_path(workspace).exists()
    assert [d.name for d in lab.datasets] == ["a"]


def test_second_service_is_refused_in_one_line(lab, workspace):
    done = subprocess.run(
        [sys.executable, "-m", "comexp_lab.service", "--workspace", str(workspace)], capture_output=True, text=True, timeout=60
    )
    problem = json.loads(done.stdout.strip().splitlines()[-1])
    assert problem["type"] == "urn:comexp:WorkspaceBusy" and str(pid_of(workspace)) in problem["detail"]
    assert done.returncode == transport.BUSY_EXIT and "Traceback" not in done.stderr


def test_stops_when_idle(workspace):
    service = subprocess.Popen([sys.executable, "-m", "comexp_lab.service", "--workspace", str(workspace), "--idle-s", "1"])
    assert service.wait(40) == 0
    assert not transport.socket_path(workspace).exists()


def test_told_to_stop_it_closes_everything(lab, workspace):
    lab.create_dataset("a")
    process = psutil.Process(pid_of(workspace))
    process.terminate()
    assert process.wait(20) in (0, None)
    assert not transport.socket_path(workspace).exists()
    assert not list(workspace.rglob("*.wal")), "checkpointed, not cut off"


def test_wrong_key_changes_nothing(lab, workspace, tmp_path, monkeypatch):
    lab.create_dataset("a")
    stop_service(workspace)
    before = {p: p.read_bytes() for p in workspace.rglob("*") if p.is_file() and "lock" not in p.name}
    other = tmp_path / "other.key"
    other.write_text("11" * 32)
    monkeypatch.setenv("COMEXP_KEY_FILE", str(other))
    with pytest.raises(cx.WrongKey, match="another key"):
        cx.open(workspace)
    assert {p: p.read_bytes() for p in workspace.rglob("*") if p.is_file() and "lock" not in p.name} == before


def test_errors_are_one_line(lab, dataset):
    for call in (
        lambda: lab.dataset("nowhere"),
        lambda: dataset.sql("DROP TABLE labels"),
        lambda: dataset.sql("SELECT * FROM read_csv('/etc/passwd')"),
        lambda: dataset.where("id = 1; DROP TABLE samples").ids,
        lambda: dataset.label(1, "car", (float("nan"), 0, 1, 1)),
        lambda: dataset.label(999, "car", (0, 0, 1, 1)),
        lambda: lab.create_dataset("street"),
        lambda: lab.create_dataset(""),
        lambda: dataset.export("nosuch", "/nowhere/x.zip"),
    ):
        with pytest.raises(cx.Error) as caught:
            call()
        text = str(caught.value)
        assert text and "\n" not in text and "Traceback" not in text and "/site-packages/" not in text, text
    assert len(dataset) == 3


def test_the_browser_may_not_name_paths(lab, dataset, workspace):
    with transport.connect(transport.socket_path(workspace)) as client:
        answer = client.post(f"/api/datasets/{dataset.id}/import", json={"paths": ["/etc"]}, headers={"x-comexp-via": "jupyter"})
        assert answer.status_code == 403 and answer.headers["content-type"] == "application/problem+json"
        answer = client.post(
            f"/api/datasets/{dataset.id}/export", json={"format": "coco", "path": "/tmp/x"}, headers={"x-comexp-via": "jupyter"}
        )
        assert answer.status_code == 403
        assert client.get("/api/nothing").json()["type"] == "urn:comexp:NotFound"
        assert client.post("/api/datasets", json={"name": "x", "nmae": 1}).status_code == 422


def test_the_refusal_of_a_large_body_arrives(lab, workspace):
    with transport.connect(transport.socket_path(workspace)) as client:
        for _ in range(5):
            answer = client.post("/api/datasets/nowhere/nothing", content=b"x" * (16 << 20))
            assert answer.status_code == 404 and answer.json()["type"] == "urn:comexp:NotFound"


def test_media_with_ranges_and_etags(dataset, workspace):
    sample = dataset.view.ids[0]
    with transport.connect(transport.socket_path(workspace)) as client:
        url = f"/api/datasets/{dataset.id}/samples/{sample}/media"
        whole = client.get(url)
        assert whole.content == picture(colour=(0, 90, 30)) and whole.headers["content-type"] == "image/jpeg"
        assert whole.headers["x-content-type-options"] == "nosniff" and "sandbox" in whole.headers["content-security-policy"]
        part = client.get(url, headers={"range": "bytes=10-19"})
        assert part.status_code == 206 and part.content == whole.content[10:20]
        assert client.get(url, headers={"range": "bytes=-5"}).content == whole.content[-5:]
        assert client.get(url, headers={"range": "bytes=9999999-"}).status_code == 422
        assert client.get(url, headers={"if-none-match": whole.headers["etag"]}).status_code == 304
        thumb = client.get(f"/api/datasets/{dataset.id}/samples/{sample}/thumbnail")
        assert Image.open(io.BytesIO(thumb.content)).size[0] <= 256


def test_events_replay_without_loss(lab, dataset, workspace):
    def read(since: int | None, count: int) -> list[dict]:
        found = []
        with transport.connect(transport.socket_path(workspace), timeout_s=20) as client:
            query = {} if since is None else {"since": since}
            with client.stream("GET", "/api/events", params=query) as response:
                for line in response.iter_lines():
                    if line.startswith('data: {"id"'):
                        found.append(json.loads(line[6:]))
                        if len(found) == count:
                            return found
        return found

    first = read(0, 1)[0]
    live: list[dict] = []
    listener = threading.Thread(target=lambda: live.extend(read(None, 1)))
    listener.start()
    time.sleep(0.5)
    dataset.label(dataset.view.ids[0], "car", (1, 2, 3, 4))
    listener.join(10)
    assert live and live[0]["dataset"] == dataset.id and live[0]["data"]["change"] == "labels"
    again = read(first["id"], 2)
    assert all(event["id"] > first["id"] for event in again)


def test_kill_9_under_load_loses_no_acknowledged_edit(lab, dataset, workspace):
    sample = dataset.view.ids[0]
    acknowledged: list[int] = []
    stop = threading.Event()

    def write(n: int) -> None:
        ds = cx.open(workspace).dataset("street")
        while not stop.is_set():
            try:
                receipt = ds.edit([Edit(op="add", sample=sample, value=LabelIn(class_name=f"c{n}", bbox=(1, 1, 5, 5)))])
            except cx.Unavailable:
                continue
            acknowledged.append(receipt.labels[0])

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for kills in range(1, 4):
        while len(acknowledged) < 30 * kills:
            time.sleep(0.05)
        os.kill(pid_of(workspace), signal.SIGKILL)
    while len(acknowledged) < 120:
        time.sleep(0.05)
    stop.set()
    for writer in writers:
        writer.join(60)
    there = dataset.sql("SELECT id FROM labels")["id"].to_pylist()
    assert set(acknowledged) <= set(there) and len(there) == len(set(there)) and len(acknowledged) == len(set(acknowledged))


def test_a_hopeless_import_leaves_nothing(lab, dataset, workspace, tmp_path):
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../outside.jpg", picture())
    blobs = sum(1 for p in (workspace / "datasets").rglob("*") if p.is_file() and "media" in p.parts)
    for source, error in ((evil, cx.BadArchive), (tmp_path / "missing.jpg", cx.Error)):
        with pytest.raises(error):
            dataset.add(source)
    not_coco = tmp_path / "labels.json"
    not_coco.write_text('{"hello": [1, 2, 3')
    with pytest.raises(cx.BadLabels):
        dataset.add(labels=not_coco)
    assert len(dataset) == 3 and not (tmp_path.parent / "outside.jpg").exists()
    assert sum(1 for p in (workspace / "datasets").rglob("*") if p.is_file() and "media" in p.parts) == blobs


def test_a_dataset_made_for_an_import_goes_with_it(lab, dataset, workspace, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    wanted = ImportIn(paths=[str(tmp_path / "notes.txt")], made=True)
    for target in (lab.create_dataset("notes"), dataset):
        with pytest.raises(cx.BadLabels, match="no images"):
            target._run(f"/datasets/{target.id}/import", wanted).wait()
    assert "notes" not in lab.datasets.names() and dataset.name in lab.datasets.names() and len(dataset) == 3
