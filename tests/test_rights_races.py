"""Erasing while an automatic annotation is really under way: it is stopped, and nothing of it comes in afterwards."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import learn_rig as rig
import pytest
from fastapi.testclient import TestClient

from comexp_lab import transport
from comexp_lab.api import ErasurePlanIn
from comexp_lab.errors import Conflict, NotFound
from comexp_lab.jobs.executors import Local, folder_of
from comexp_lab.jobs.live import digest
from comexp_lab.learn.manifest import to_stream
from comexp_lab.learn.predicting import as_table
from comexp_lab.rights import remains
from comexp_lab.service import runs
from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab
from comexp_lab.store import Workspace
from tests.test_rights_erasure import proof


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Service]:
    """A model that learned elsewhere, and datasets for it to label."""
    path = tmp_path_factory.mktemp("races") / "ws"
    with Workspace.open(path) as workspace:
        rig.fill(workspace.create_dataset("teacher"))
        for name in ("looking", "writing"):
            rig.fill(workspace.create_dataset(name), n=4, blank=300, size=96)
    service = rig.Service(path)
    trained = service.wait(service.post("/runs/train", dataset="teacher", **rig.TINY | {"epochs": 1})["id"])
    assert trained["status"] == "succeeded"
    yield service
    transport.stop_service(path)


def under_way(service: rig.Service, dataset: str, moment: str) -> dict[str, Any]:
    """An automatic annotation whose worker has said ``moment``."""
    ask = {"dataset": dataset, "model": service.get("/models")[0]["id"], "imgsz": 96, "conf": 0.00001}
    run = service.post("/runs/predict", **ask)
    service.wait(run["id"], until=lambda row: moment in row["message"] or row["status"] == "succeeded", pause_s=0.01)
    return run


def confirmed(service: rig.Service, **what: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An erasure, planned anew as often as the annotation was quicker."""
    while True:
        plan = service.post("/rights/erasures", **what)
        with suppress(Conflict):
            return plan, service.post(f"/rights/erasures/{plan['id']}/execute", hash=plan["hash"], confirm=plan["confirm_text"])


@pytest.mark.parametrize(("dataset", "moment"), [("looking", " pictures"), ("writing", "Writing")])
def test_an_annotation_under_way_is_stopped_and_brings_nothing_in(street: rig.Service, dataset: str, moment: str) -> None:
    """First samples are erased under it, then, under another, the dataset."""
    for what in ({"what": "samples", "samples": [1, 2, 3, 4, 5, 6]}, {"what": "dataset"}):
        run = under_way(street, dataset, moment)
        store = street.get(f"/datasets/{dataset}")
        plan, told = confirmed(street, dataset=dataset, **what)
        assert told["unreadable"] and not told["trouble"]
        seen = []
        deadline = time.monotonic() + 120
        while (row := street.get(f"/rights/erasures/{plan['id']}"))["status"] != "certified":
            assert time.monotonic() < deadline and not row["trouble"], row
            if what["what"] == "samples":
                seen.append(street.get(f"/datasets/{dataset}/stats")["labels"])
            time.sleep(0.2)
        assert row["certificate"]["body"]["scan"]["hits"] == 0 and len(set(seen)) <= 1, "nothing came in"
        assert not folder_of(street.path, run["id"]).exists()
        with pytest.raises(NotFound):
            street.get(f"/runs/{run['id']}")
        if what["what"] == "dataset":
            with pytest.raises(NotFound):
                street.get(f"/datasets/{store['id']}")


# ---- what the service is still doing for a worker that was killed already ----
class Slow:
    """Holds a call up in its middle, from the moment that it has begun until it is let go."""

    def __init__(self, patch: pytest.MonkeyPatch, where: Any, name: str) -> None:
        self.begun, self.go, plain = threading.Event(), threading.Event(), getattr(where, name)

        def slow(*args: Any, **more: Any) -> Any:
            self.begun.set()
            assert self.go.wait(30)
            return plain(*args, **more)

        patch.setattr(where, name, slow)


@pytest.mark.parametrize("what", [{"what": "dataset"}, {"what": "samples", "samples": [1]}], ids=["dataset", "samples"])
@pytest.mark.parametrize("held", ["labels", "file"])
def test_what_is_being_written_for_a_killed_worker_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Any, held: str
) -> None:
    monkeypatch.setattr(remains, "prove", proof)
    rig.filled(tmp_path / "ws", n=4)
    lab = Lab(tmp_path / "ws")
    lab.jobs._executor = Local(lab.workspace.path, (sys.executable, "-S", "-c", "import sys, time; sys.stdin.read(); time.sleep(300)"))
    try:
        store = lab.workspace.dataset("shapes", "predict")
        kind = "predict" if held == "labels" else "train"
        run = lab.jobs.in_worker(kind, store.id, "", {"model": "x", "mode": "suggest", "view": {"at": store.revision}})  # type: ignore[arg-type]
        lab.jobs._records.admit(run.id, digest("token"))
        monkeypatch.setattr(runs, "find_weights", lambda *_: None)
        monkeypatch.setattr(runs.weights, "obtain", lambda *_: SimpleNamespace(id="m"))
        slow = Slow(monkeypatch, *((runs.suggesting, "write") if held == "labels" else (lab.workspace.vault, "put")))
        box = {"class": "new", "kind": "box", "x": 1.0, "y": 1.0, "w": 2.0, "h": 2.0, "area": 4.0, "confidence": 0.5}
        found = to_stream(as_table([{"sample": sample, **box} for sample in (1, 2)]))
        with (
            TestClient(build(lab), base_url="http://lab", headers={"Authorization": "Bearer token"}) as client,
            ThreadPoolExecutor(2) as pool,
        ):
            base = f"/internal/runs/{run.id}"
            told = (
                pool.submit(client.post, f"{base}/labels", content=found)
                if held == "labels"
                else pool.submit(client.put, f"{base}/files/last", content=bytes(99))
            )
            assert slow.begun.wait(10)
            plan = lab.rights.plan(ErasurePlanIn(dataset="shapes", **what))
            erased = pool.submit(lab.rights.erase, plan.id, plan.hash, plan.confirm_text)
            with pytest.raises(TimeoutError):  # it waits for what is being written
                erased.result(3)
            slow.go.set()
            assert erased.result(30).unreadable and told.result(30).status_code in (200, 423)
            lab.rights.erasures.wait(plan.id)
            assert client.put(f"{base}/files/last", content=bytes(99)).status_code in (401, 403, 404)
        assert not lab.workspace.catalog.read("SELECT id FROM blobs UNION ALL SELECT run FROM run_files UNION ALL SELECT id FROM runs")
        assert not [path for path in (lab.workspace.path / "vault").rglob("*") if path.is_file()]
        if what["what"] == "samples":
            left = lab.workspace.dataset("shapes", "browse")
            assert not left.read("SELECT 1 FROM labels WHERE sample = 1 OR source = 'model:m'").num_rows
    finally:
        lab.close()
