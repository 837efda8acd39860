"""Real training, prediction and evaluation over the real service, and what is left of them when things are killed."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import learn_rig as rig
import psutil
import pytest

from comexp_lab import demo, errors, transport
from comexp_lab.transport import stop_service


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., rig.Service]]:
    """Starts the service of a workspace filled with shapes."""
    path = tmp_path / "workspace"

    def start(**options: Any) -> rig.Service:
        rig.filled(path, **options)
        return rig.Service(path)

    yield start
    if transport.alive(transport.socket_path(path)):
        service = rig.Service(path)
        for run in service.get("/runs"):
            service.post(f"/runs/{run['id']}/cancel")
        stop_service(path)


def epochs(row: dict[str, Any]) -> list[int]:
    return [int(entry["epoch"]) for entry in row["metrics"]]


def worker_of(service: rig.Service) -> psutil.Process:
    """The worker that the service has started."""
    for child in psutil.Process(service.pid).children():
        if "comexp_lab.jobs.worker" in " ".join(child.cmdline()):
            return child
    raise AssertionError("no worker runs")


def plain_hits(folders: list[Path], canaries: list[bytes]) -> list[str]:
    """Files below the folders that hold one of the canaries."""
    found = []
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and any(canary in file.read_bytes() for canary in canaries):
                found.append(file.name)
    return found


def test_the_loop_train_suggest_evaluate(serve: Any, tmp_path: Path) -> None:
    service = serve(n=10, blank=3)
    shapes = demo.make_shapes(13, 64, 0)
    canaries = [data[200:264] for _, data, _ in shapes] + [b"triangle", b"__metadata__", b"optimizer"]

    run = service.wait(service.post("/runs/train", dataset="shapes", **rig.TINY)["id"])
    assert run["status"] == "succeeded", run["log"]
    assert epochs(run) == [1, 2] and {"box_loss", "cls_loss", "mAP50", "mAP50-95", "lr"} <= run["metrics"][0].keys()
    assert len(run["version"]) == 64 and run["params"]["view"]["at"] == 1
    model = service.get(f"/models/{run['model']}")
    assert model["run"] == run["id"] and model["dataset"] == run["dataset"] and model["version"] == run["version"]
    assert model["classes"] == list(demo.SHAPES) and model["task"] == "detect" and "mAP50" in model["metrics"]
    assert "Using 8 train, 2 val images" in "\n".join(run["log"])  # pictures without labels are not taken for empty ones
    assert not any(str(tmp_path) in line or "/dev/shm" in line for line in run["log"])

    ask = {"dataset": "shapes", "model": model["id"], "conf": 0.0001, "imgsz": 64}
    first = service.wait(service.post("/runs/predict", **ask)["id"])
    assert first["status"] == "succeeded", first["log"]
    stats = service.get("/datasets/shapes/stats")
    assert first["result"]["labels"] == stats["by_state"]["suggested"] > 0
    score = service.wait(service.post("/runs/evaluate", dataset="shapes", model=model["id"], imgsz=64)["id"])
    assert score["status"] == "succeeded", score["log"]
    assert score["result"]["images"] == 10 and 0 <= score["result"]["map50"] <= 1
    assert [row["class"] for row in score["result"]["per_class"]] and len(score["result"]["confusion"]["counts"]) == 5

    data = service.client.get(f"/api/models/{model['id']}/weights").content
    assert len(data) == model["bytes"] and b"triangle" in data[:20_000]
    rig_folders = [service.path, transport.runtime_dir(service.path), tmp_path]
    time.sleep(1.0)
    assert rig.private_folders(service.path, service.get("/runs")) == []
    assert plain_hits(rig_folders, canaries) == []
    assert plain_hits([tmp_path], [b"CXV1"])  # the scan does read these files


def test_a_killed_worker_goes_on_where_it_was(serve: Any) -> None:
    service = serve(n=10)
    run = service.post("/runs/train", dataset="shapes", **rig.TINY | {"epochs": 6})["id"]
    service.wait(run, lambda row: len(row["metrics"]) >= 2)
    worker_of(service).kill()
    began = time.monotonic()
    lost = service.wait(run)
    assert lost["status"] == "lost" and time.monotonic() - began < 10
    done = len(lost["metrics"])
    assert 2 <= done < 6 and any(f"after epoch {sealed}" in lost["message"] for sealed in range(1, done + 1))
    service.post(f"/runs/{run}/resume")
    row = service.wait(run)
    assert row["status"] == "succeeded", row["log"]
    assert epochs(row) == [1, 2, 3, 4, 5, 6]
    sealed = int(lost["message"].rpartition("after epoch ")[2].rstrip("."))
    assert row["metrics"][:sealed] == lost["metrics"][:sealed]  # what was done before is not done again
    assert any(f"from epoch {sealed + 1} to 6" in line for line in row["log"])
    assert [model["run"] for model in service.get("/models")] == [run]


def test_a_killed_service_finds_its_worker_again(serve: Any) -> None:
    service = serve(n=10)
    run = service.post("/runs/train", dataset="shapes", **rig.TINY | {"epochs": 5})["id"]
    waiting = service.post("/runs/train", dataset="shapes", **rig.TINY)["id"]
    service.wait(run, lambda row: len(row["metrics"]) >= 1)
    worker = worker_of(service)
    psutil.Process(service.pid).kill()
    time.sleep(1.5)
    assert worker.is_running()
    after = rig.again(service.path)
    row = after.get(f"/runs/{run}")
    assert row["status"] in ("running", "succeeded")
    row = after.wait(run)
    assert row["status"] == "succeeded", (row["message"], row["log"])
    assert epochs(row) == [1, 2, 3, 4, 5]
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE or worker.wait(10) is None
    after.wait(waiting, lambda row: row["status"] == "running")


def test_cancel_and_refusals(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil, proof = tmp_path / "evil.pt", tmp_path / "executed"
    make_evil(evil, proof)
    service = serve(n=10)
    run = service.post("/runs/train", dataset="shapes", **rig.TINY | {"epochs": 100})["id"]
    service.wait(run, lambda row: row["progress"] > 0.01)
    worker = worker_of(service)
    began = time.monotonic()
    assert service.post(f"/runs/{run}/cancel")["status"] == "cancelled"
    assert time.monotonic() - began < 10 and not (worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE)

    for body, kind, words in (
        ({"model": "yolo99z.yaml"}, errors.NotFound, "architecture"),
        ({"model": "yolo11x.pt"}, errors.NotFound, "COMEXP_WEIGHTS"),
        ({"model": "nonsense"}, errors.NotFound, "import the model"),
        ({"args": {"data": "evil.yaml"}}, errors.BadInput, "not a training argument"),
        ({"args": {"lr": 0.1}}, errors.BadInput, "did you mean"),
        ({"args": {"mosaic": "yes"}}, errors.BadInput, "a number"),
        ({"executor": "ray://head"}, errors.BadInput, "local"),
        ({"view": {"where": "split = 'nowhere'"}}, errors.BadInput, "No samples"),
        ({"dataset": "nothing"}, errors.NotFound, "nothing"),
    ):
        with pytest.raises(kind, match=words):
            service.post("/runs/train", **{"dataset": "shapes", **rig.TINY, **body})
    with pytest.raises(errors.NotFound, match="train it first"):
        service.post("/runs/predict", dataset="shapes", model="yolo11n.yaml")

    service.client.headers["X-Comexp-Via"] = "jupyter"
    with pytest.raises(errors.NotAllowed, match="upload"):
        service.post("/runs/train", dataset="shapes", **rig.TINY | {"model": str(evil)})
    with pytest.raises(errors.NotAllowed):
        transport.raise_for_problem(service.client.get(f"/internal/runs/{run}"))
    del service.client.headers["X-Comexp-Via"]
    for header in ({}, {"Authorization": "Bearer " + "0" * 64}):
        with pytest.raises(errors.NotAllowed):
            transport.raise_for_problem(service.client.get(f"/internal/runs/{run}/manifest/samples", headers=header))

    refused = service.wait(service.post("/runs/train", dataset="shapes", **rig.TINY | {"model": str(evil)})["id"])
    assert refused["status"] == "failed" and refused["problem"]["type"] == "urn:comexp:BadCheckpoint"
    assert "not opened" in refused["message"] and not proof.exists()
    with pytest.raises(errors.BadCheckpoint):
        service.post("/models/import", path=str(evil))
    assert not proof.exists() and service.get("/models") == []


def make_evil(path: Path, proof: Path) -> None:
    """A checkpoint that would leave a file behind if anything unpickled it."""
    import torch

    class Touch:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {proof}",)

    buffer = io.BytesIO()
    torch.save({"model": Touch(), "train_args": {}}, buffer)
    path.write_bytes(buffer.getvalue())


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_nothing_is_written_but_in_memory(tmp_path: Path) -> None:
    """Every file that a worker opens for writing lies in memory-backed storage, and it reaches nobody: asked of the kernel."""
    import comexp_lab as cx

    trace, path = tmp_path / "trace", tmp_path / "workspace"
    demo.write(str(tmp_path / "pictures"), n=8, size=64)
    cx.open(path).create_dataset("kept").add(tmp_path / "pictures")
    service = rig.Service(path)
    try:
        run = service.post("/runs/train", dataset="kept", **rig.TINY | {"epochs": 3})["id"]
        worker = worker_of(service)
        calls = "trace=openat,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,connect"
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-e", calls, "-o", str(trace), "-p", str(worker.pid)])
        assert service.wait(run)["status"] == "succeeded"
        tracer.wait(20)
    finally:
        os.kill(service.pid, signal.SIGTERM)
    written, reached = [], []
    for line in trace.read_text(errors="replace").splitlines():
        call = line.partition(" ")[2].strip()
        if call.startswith("connect") and "AF_UNIX" not in call and "AF_NETLINK" not in call:
            reached.append(call)
        elif call.startswith("open") and not any(word in call for word in ("O_WRONLY", "O_RDWR", "O_CREAT")):
            continue
        elif not call.startswith("connect") and call.startswith(("open", "creat", "rename", "link", "symlink", "mkdir")):
            written.append(call)
    succeeded = [call for call in written if "= -1" not in call]
    assert any("/dev/shm/comexp-" in call for call in succeeded)
    assert [call for call in succeeded if not any(place in call for place in ('"/dev/', '"/proc/'))] == []
    assert reached == []
