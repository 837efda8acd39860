"""Uploads into the lab service over its unix socket, against writing the same bytes to a plain file and syncing it.

One large upload in one request, as the browser sends it (small files packed into a zip without compression), then the
unpacking import of 1,000 photographs; and 200 small uploads one by one.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import httpx
import psutil
from bench_media import photographs

from comexp_lab import transport

TUS = {"Tus-Resumable": "1.0.0"}
STREAM = "application/offset+octet-stream"


def begin(http: httpx.Client, length: int) -> str:
    answer = http.post("/api/uploads", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": "filename YS56aXA="})
    answer.raise_for_status()
    return "/api/" + answer.headers["location"]


def patch(path: Path, address: str, data: bytes) -> None:
    """One PATCH by a bare socket, so that the client costs next to nothing."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        head = {**TUS, "Host": "lab", "Upload-Offset": 0, "Content-Type": STREAM, "Content-Length": len(data), "Connection": "close"}
        line.sendall(f"PATCH {address} HTTP/1.1\r\n{''.join(f'{k}: {v}' + chr(13) + chr(10) for k, v in head.items())}\r\n".encode())
        line.sendall(data)
        assert b" 204 " in line.recv(4096)


def plain(folder: Path, data: bytes) -> float:
    began = time.perf_counter()
    with (folder / "plain").open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def store_only_zip(files: list[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for n, data in enumerate(files):
            archive.writestr(f"{n}.jpg", data)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-upload-"))
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    os.environ.update(XDG_CONFIG_HOME=str(folder / "config"), COMEXP_RUNTIME_DIR=str(folder / "run"))
    path = transport.ensure_service(folder / "workspace")
    service = psutil.Process((transport.alive(path) or {})["pid"])
    try:
        with transport.connect(path, timeout_s=600) as http:
            measure(http, path, service, folder, args.images, args.rounds)
    finally:
        service.terminate()
        service.wait()
        shutil.rmtree(folder)


def measure(http: httpx.Client, path: Path, service: psutil.Process, folder: Path, images: int, rounds: int) -> None:
    files = photographs(images)
    data = store_only_zip(files)
    ours: list[float] = []
    theirs: list[float] = []
    cpu = sum(service.cpu_times()[:2])
    for _ in range(rounds):
        address = begin(http, len(data))
        began = time.perf_counter()
        patch(path, address, data)
        ours.append(time.perf_counter() - began)
        theirs.append(plain(folder, data))
    used = (sum(service.cpu_times()[:2]) - cpu) / rounds
    megabytes = len(data) / 1e6
    best, mid = megabytes / min(ours), megabytes / statistics.median(ours)
    worst = min(min(theirs) / min(ours), statistics.median(theirs) / statistics.median(ours))
    print(f"one upload of {megabytes:.0f} MB (load {os.getloadavg()[0]:.1f})")
    print(f"  {best:.0f} MB/s at best, {mid:.0f} in the middle, {worst:.2f} of a plain synced file")
    print(f"  {megabytes / used:.0f} MB per CPU second of the service")
    print(f"  memory of the service afterwards {service.memory_info().rss / 1e6:.0f} MB")
    unpack(http, address, images)
    small(http, files[:200])


def unpack(http: httpx.Client, address: str, images: int) -> None:
    dataset = http.post("/api/datasets", json={"name": "bench"}).json()["id"]
    began = time.perf_counter()
    run = http.post(f"/api/datasets/{dataset}/import", json={"uploads": [address.rsplit("/", 1)[1]]}).json()["id"]
    while (row := http.get(f"/api/runs/{run}").json())["status"] in ("queued", "running"):
        time.sleep(0.05)
    took = time.perf_counter() - began
    assert row["result"]["samples"] == images, row
    print(f"its import: {images / took:.0f} images/s, {row['result']['bytes'] / 1e6 / took:.0f} MB/s")


def small(http: httpx.Client, files: list[bytes]) -> None:
    began = time.perf_counter()
    for data in files:
        headers = {**TUS, "Upload-Length": str(len(data)), "Content-Type": STREAM, "Upload-Metadata": "filename YS5qcGc="}
        assert http.post("/api/uploads", headers=headers, content=data).status_code == 201
    took = time.perf_counter() - began
    print(f"{len(files)} files one by one: {len(files) / took:.0f} files/s, {sum(map(len, files)) / 1e6 / took:.0f} MB/s")


if __name__ == "__main__":
    main()
