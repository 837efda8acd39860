"""Resumable uploads through the real service: tuspy as the oracle, dropped connections, kill -9, nothing readable on disk."""

from __future__ import annotations

import base64
import io
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from media_rig import jpeg
from tusclient.client import TusClient

from comexp_lab import transport
from comexp_lab.errors import BadInput, Conflict, Full, NotFound
from comexp_lab.formats.uploads import Uploads
from comexp_lab.service.uploads import file_name
from comexp_lab.store import Workspace
from comexp_lab.transport import stop_service

TUS = {"Tus-Resumable": "1.0.0"}
BODY = {**TUS, "Content-Type": "application/offset+octet-stream"}
MARKER = b"PLAINTEXT-MARKER-4711-PLAINTEXT-MARKER-4711-PLAINTEXT-MARKER-4711"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads") / "workspace"


@pytest.fixture(scope="module")
def http(folder: Path) -> Iterator[httpx.Client]:
    """One service for all tests of this file; one of them kills it."""
    with transport.connect(transport.ensure_service(folder)) as client:
        yield client
    stop_service(folder)


@pytest.fixture
def bridge(http: httpx.Client, folder: Path) -> Iterator[str]:
    """A TCP address for tuspy, which knows no unix sockets."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_forward, args=(server, transport.socket_path(folder)), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api/uploads"


def _forward(server: socket.socket, target: Path) -> None:
    while True:
        try:
            incoming, _ = server.accept()
        except OSError:
            return
        outgoing = socket.socket(socket.AF_UNIX)
        outgoing.connect(str(target))
        for one, other in ((incoming, outgoing), (outgoing, incoming)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(1 << 16):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


def begin(http: httpx.Client, length: int, name: str = "a.jpg") -> str:
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    answer = http.post("/api/uploads", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata})
    assert answer.status_code == 201 and answer.headers["location"].startswith("uploads/")
    return "/api/" + answer.headers["location"]


def offset(http: httpx.Client, address: str) -> int:
    answer = http.head(address, headers=TUS)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def send(http: httpx.Client, address: str, at: int, data: bytes) -> httpx.Response:
    return http.patch(address, headers={**BODY, "Upload-Offset": str(at)}, content=data)


def finish(http: httpx.Client, address: str, data: bytes) -> None:
    at = offset(http, address)
    assert send(http, address, at, data[at:]).headers["upload-offset"] == str(len(data))


def imported(http: httpx.Client, *addresses: str) -> dict[str, object]:
    """Import finished uploads into a new dataset and wait; the report."""
    dataset = http.post("/api/datasets", json={"name": addresses[0][-20:]}).json()["id"]
    ids = [address.rsplit("/", 1)[1] for address in addresses]
    run = transport.raise_for_problem(http.post(f"/api/datasets/{dataset}/import", json={"uploads": ids})).json()["id"]
    while (row := http.get(f"/api/runs/{run}").json())["status"] in ("queued", "running"):
        time.sleep(0.02)
    assert row["status"] == "succeeded", row
    return row["result"] | {"dataset": dataset}


def media(http: httpx.Client, dataset: object, sample: int = 1) -> bytes:
    return http.get(f"/api/datasets/{dataset}/samples/{sample}/media").content


def test_tuspy_uploads_in_chunks_and_the_bytes_arrive(http: httpx.Client, bridge: str) -> None:
    data = jpeg(5, 900, 700, quality=99) + random.Random(1).randbytes(3 << 20)
    client = TusClient(bridge)
    uploader = client.uploader(file_stream=io.BytesIO(data), chunk_size=1_000_003, metadata={"filename": "größe.jpg"})
    uploader.upload()
    assert uploader.offset == len(data)
    report = imported(http, uploader.url)
    assert report["samples"] == 1 and media(http, report["dataset"]) == data


def test_tuspy_goes_on_where_it_stopped(http: httpx.Client, bridge: str) -> None:
    data = jpeg(6) + random.Random(2).randbytes(2 << 20)
    first = TusClient(bridge).uploader(file_stream=io.BytesIO(data), chunk_size=300_000, metadata={"filename": "a.jpg"})
    for _ in range(3):
        first.upload_chunk()
    again = TusClient(bridge).uploader(file_stream=io.BytesIO(data), chunk_size=500_000, url=first.url)
    assert again.offset == 900_000
    again.upload()
    report = imported(http, first.url)
    assert media(http, report["dataset"]) == data


def test_what_arrived_before_the_connection_dropped_is_kept(http: httpx.Client, folder: Path) -> None:
    data = jpeg(7) + random.Random(3).randbytes(12 << 20)
    address = begin(http, len(data))
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(transport.socket_path(folder)))
    head = "".join(f"{k}: {v}\r\n" for k, v in {**BODY, "Host": "lab", "Upload-Offset": "0", "Content-Length": len(data)}.items())
    line.sendall(f"PATCH {address} HTTP/1.1\r\n{head}\r\n".encode() + data[: 7 << 20])
    line.close()
    deadline = time.monotonic() + 10
    while (kept := offset(http, address)) < 7 << 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert kept == 7 << 20
    finish(http, address, data)
    assert media(http, imported(http, address)["dataset"]) == data


def test_uploads_survive_kill_9_of_the_service(http: httpx.Client, folder: Path) -> None:
    data = jpeg(8) + random.Random(4).randbytes(20 << 20)
    address = begin(http, len(data))
    assert send(http, address, 0, data[: 1 << 20]).status_code == 204
    killer = threading.Timer(0.03, lambda: os.kill(http.get("/api/lab").json()["pid"], signal.SIGKILL))
    killer.start()
    with pytest.raises(httpx.HTTPError):
        send(http, address, 1 << 20, data[1 << 20 :])
        raise httpx.HTTPError("it was quicker than the killer")
    killer.join()
    with transport.connect(transport.ensure_service(folder)) as again:
        kept = offset(again, address)
        assert 1 << 20 <= kept <= len(data)
        if kept < len(data):
            finish(again, address, data)
        assert media(again, imported(again, address)["dataset"]) == data


def test_first_bytes_may_come_with_the_creation(http: httpx.Client) -> None:
    data = jpeg(9)
    answer = http.post("/api/uploads", headers={**BODY, "Upload-Length": str(len(data))}, content=data)
    assert answer.status_code == 201 and answer.headers["upload-offset"] == str(len(data))
    assert media(http, imported(http, "/api/" + answer.headers["location"])["dataset"]) == data


def test_a_file_that_breaks_off_with_its_creation_leaves_nothing(http: httpx.Client, folder: Path) -> None:
    before = _vault(folder)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(transport.socket_path(folder)))
        head = {**BODY, "Host": "lab", "Upload-Length": 1000, "Content-Length": 1000}
        line.sendall(f"POST /api/uploads HTTP/1.1\r\n{''.join(f'{k}: {v}' + chr(13) + chr(10) for k, v in head.items())}\r\n".encode())
        line.sendall(b"x" * 400)
    assert http.options("/api/uploads").status_code == 204
    assert _vault(folder) == before


def test_what_the_server_says_of_itself(http: httpx.Client) -> None:
    answer = http.options("/api/uploads")
    assert answer.status_code == 204 and answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,expiration,termination"


def test_every_wrong_request_has_its_answer_and_changes_nothing(http: httpx.Client) -> None:
    address = begin(http, 1000)
    assert send(http, address, 0, b"x" * 400).status_code == 204
    wrong: list[tuple[Callable[[], httpx.Response], int]] = [
        (lambda: send(http, address, 0, b"x"), 409),
        (lambda: send(http, address, 500, b"x"), 409),
        (lambda: send(http, address, 400, b"x" * 601), 413),
        (lambda: http.patch(address, headers={**TUS, "Upload-Offset": "400"}, content=b"x"), 415),
        (lambda: http.patch(address, headers=BODY, content=b"x"), 422),
        (lambda: http.patch(address, headers={**BODY, "Upload-Offset": "-1"}, content=b"x"), 409),
        (lambda: http.patch(address, headers={"Content-Type": BODY["Content-Type"], "Upload-Offset": "400"}, content=b"x"), 412),
        (lambda: http.head(address), 412),
        (lambda: send(http, address + "x", 400, b"x"), 404),
        (lambda: http.head("/api/uploads/unknown", headers=TUS), 404),
        (lambda: http.delete("/api/uploads/unknown", headers=TUS), 404),
        (lambda: http.post("/api/uploads", headers=TUS), 422),
        (lambda: http.post("/api/uploads", headers={**TUS, "Upload-Length": "-5"}), 422),
        (lambda: http.post("/api/uploads", headers={**TUS, "Upload-Length": "many"}), 422),
        (lambda: http.post("/api/uploads", headers={**TUS, "Upload-Length": str(1 << 60)}), 413),
        (lambda: http.post("/api/uploads", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ???"}), 422),
    ]
    for ask, status in wrong:
        answer = ask()
        assert answer.status_code == status, answer.text
        if answer.request.method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]
        assert offset(http, address) == 400
    chunked = http.patch(address, headers={**BODY, "Upload-Offset": "400"}, content=iter([b"x" * 500, b"x" * 500]))
    assert chunked.status_code == 413 and offset(http, address) <= 1000


def test_an_upload_can_be_thrown_away(http: httpx.Client, folder: Path) -> None:
    before = _vault(folder)
    address = begin(http, 1 << 20)
    send(http, address, 0, bytes(1000))
    assert len(_vault(folder)) > len(before)
    assert http.delete(address, headers=TUS).status_code == 204
    assert http.head(address, headers=TUS).status_code == 404
    assert _vault(folder) == before


def _vault(folder: Path) -> set[Path]:
    return {path for path in (folder / "vault").rglob("*") if path.is_file()}


def test_many_uploads_at_once_do_not_mix(http: httpx.Client, folder: Path) -> None:
    files = [jpeg(n, 50 + n, 40) + random.Random(n).randbytes(300_000) for n in range(12)]

    def upload(data: bytes) -> str:
        with transport.connect(transport.socket_path(folder)) as own:
            address = begin(own, len(data), f"{len(data)}.jpg")
            for at in range(0, len(data), 100_000):
                assert send(own, address, at, data[at : at + 100_000]).status_code == 204
            return address

    with ThreadPoolExecutor(6) as threads:
        addresses = list(threads.map(upload, files))
    report = imported(http, *addresses)
    assert report["samples"] == 12
    assert {media(http, report["dataset"], n) for n in range(1, 13)} == set(files)


def test_two_writers_of_one_upload_never_tear_it(http: httpx.Client, folder: Path) -> None:
    data = jpeg(1) + random.Random(9).randbytes(4 << 20)
    address = begin(http, len(data))

    def write(_: int) -> int:
        with transport.connect(transport.socket_path(folder)) as own:
            return send(own, address, 0, data).status_code

    with ThreadPoolExecutor(4) as threads:
        codes = sorted(threads.map(write, range(4)))
    assert codes == [204, 409, 409, 409]
    assert media(http, imported(http, address)["dataset"]) == data


def test_no_plain_text_rests_on_disk(http: httpx.Client, folder: Path) -> None:
    data = jpeg(2) + MARKER * 20_000
    address = begin(http, len(data), "MARKER-NAME-4711.jpg")
    send(http, address, 0, data[: len(data) // 2])
    found = _scan(folder)
    finish(http, address, data)
    found += _scan(folder)
    imported(http, address)
    assert found + _scan(folder) == []


def _scan(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if MARKER[:40] in (data := path.read_bytes()) or b"MARKER-NAME-4711" in data]


def test_a_used_upload_is_gone(http: httpx.Client, folder: Path) -> None:
    before = _vault(folder)
    address = begin(http, len(jpeg(3)))
    finish(http, address, jpeg(3))
    imported(http, address)
    assert http.head(address, headers=TUS).status_code == 404
    assert _vault(folder) == before


# ---- without the service --------------------------------------------------------------------------------------------
@pytest.fixture
def ws(workspace: Path) -> Iterator[Workspace]:
    with Workspace.open(workspace) as opened:
        yield opened


def test_expired_uploads_are_swept(ws: Workspace) -> None:
    old = Uploads(ws, lifetime_s=0.05)
    half, whole = old.create("half.jpg", 100), old.create("whole.jpg", 3)
    old.append(half, b"x" * 50)
    old.append(whole, b"abc")
    time.sleep(0.1)
    with pytest.raises(NotFound, match="expired"):
        old.get(half.id)
    fresh = Uploads(ws).create("new.jpg", 5)
    assert not ws.catalog.read("SELECT * FROM settings WHERE key = ?", [f"upload:{whole.id}"])
    assert [row["owner"] for row in ws.catalog.read("SELECT owner FROM blobs")] == [f"upload:{fresh.id}"]
    assert len([path for path in (ws.path / "vault").rglob("*") if path.is_file()]) <= 2


def test_room_is_reserved_before_the_first_byte(ws: Workspace) -> None:
    uploads = Uploads(ws)
    free = ws.space.free() - ws.space.reserve
    kept = uploads.create("a", min(free * 2 // 3, 200 << 30))
    with pytest.raises(Full, match="no room"):
        uploads.create("b", min(free * 2 // 3, 255 << 30) if free < 300 << 30 else 255 << 30)
    uploads.remove([kept.id])


def test_only_complete_uploads_can_be_used(ws: Workspace) -> None:
    uploads = Uploads(ws)
    record = uploads.create("a.jpg", 10)
    uploads.append(record, b"12345")
    with pytest.raises(Conflict, match="not complete"):
        uploads.finished([record.id])
    with pytest.raises(BadInput, match="more bytes"):
        uploads.append(record, b"123456")
    uploads.append(record, b"67890")
    (stored,) = [stored for _, stored in uploads.finished([record.id]).values()]
    assert ws.vault.get(stored.blob, stored.key) == b"1234567890"
    assert uploads.create("empty", 0).finished


def test_what_comes_whole_is_kept_like_what_grew(ws: Workspace) -> None:
    uploads = Uploads(ws)
    grown = uploads.create("a.jpg", 3)
    uploads.append(grown, b"abc")
    kept = uploads.keep("a.jpg", b"abc")
    found = uploads.finished([grown.id, kept.id])
    assert [ws.vault.get(stored.blob, stored.key) for _, stored in found.values()] == [b"abc", b"abc"]
    assert uploads.offset(kept) == 3 and uploads.get(kept.id) == kept
    assert not list((ws.path / "vault").rglob("*.part")) and not list((ws.path / "vault").rglob("*.tail"))
    uploads.remove([grown.id, kept.id])
    assert not [path for path in (ws.path / "vault").rglob("*") if path.is_file()]


def test_names_lose_their_folders_and_controls() -> None:
    def said(name: str) -> str:
        return file_name(f"filetype aW1hZ2U=,filename {base64.b64encode(name.encode()).decode()}")

    assert said("a.jpg") == "a.jpg" and said("größe 1.jpg") == "größe 1.jpg"
    assert said("../../etc/passwd") == "passwd" and said("C:\\x\\y.png") == "y.png" and said("/") == "upload"
    assert said("a\0b\n.jpg") == "ab.jpg" and said("") == "upload" and file_name("") == "upload"
    assert len(said("x" * 1000)) == 200
