"""Erasing for good: killed at every step, refused by a disk, raced by jobs, undone by a backup; always the same end."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from comexp_lab.api import Edit, EditBatch, ErasurePlanIn, ScanProof, ViewSpec
from comexp_lab.errors import Conflict, Error, Full, NotFound, Restricted
from comexp_lab.rights import erasure, remains
from comexp_lab.rights.erasure import planning
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.office import Office
from comexp_lab.store import DatasetStore, Workspace
from comexp_lab.store import erase as store_erase
from comexp_lab.verify import verify_text
from tests.store_rig import add, open_workspace

KINDS: dict[str, dict[str, Any]] = {
    "dataset": {"what": "dataset", "dataset": "d"},
    "samples": {"what": "samples", "dataset": "d", "samples": [1]},
    "class": {"what": "class", "dataset": "d", "class_name": "a class to be erased"},
    "email": {"what": "email"},
    "account": {"what": "account"},
    "name of a dataset": {"what": "dataset", "dataset": "d", "to": "corrected"},
    "name of a sample": {"what": "samples", "dataset": "d", "samples": [1], "to": "corrected.png"},
    "name of a class": {"what": "class", "dataset": "d", "class_name": "a class to be erased", "to": "corrected"},
    "text": {"what": "dataset", "dataset": "d", "text": "Jon Smith", "to": "corrected"},
    "address": {"what": "email", "to": "corrected@example.org"},
}
ADDRESS = "the-owner-of-it-all@example.org"
CHANGES = {"os.rename", "os.remove", "os.rmdir", "sqlite3.connect", "os.truncate", "os.mkdir", "os.link"}
ALL = bool(os.environ.get("COMEXP_SEARCH"))
SAMPLED = 5


class Hands:
    """Nothing else is there: no jobs, no FiftyOne, no notebooks."""

    def __init__(self) -> None:
        self.retrained: list[dict[str, Any]] = []

    def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None: ...
    def retrain(self, trainings: list[dict[str, Any]]) -> None:
        self.retrained += trainings

    def places(self) -> list[Any]:
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def picture(seed: int) -> bytes:
    return np.random.default_rng(seed).bytes(4000)


def put(ds: DatasetStore, count: int, first: int = 0) -> None:
    blobs = [ds.vault.put(picture(first + number)) for number in range(count)]
    with ds.writing("samples") as tx:
        for number, blob in enumerate(blobs, 1):
            tx.cur.execute(
                "INSERT INTO samples(id, name, kind, width, height, blob, bytes, mime, since)"
                " VALUES (?, ?, 'image', 9, 9, ?, ?, 'image/png', 1)",
                [number, f"a very secret picture {first + number}.png", blob.id, blob.bytes],
            )
            tx.cur.execute("INSERT INTO blobs VALUES (?, ?, ?)", [blob.id, blob.key, blob.bytes])


def fill(ws: Workspace) -> None:
    """A dataset that a model learned from, one that this model labelled and its child was trained on, and one of nobody's concern."""
    ds, other, kept = (ws.create_dataset(name) for name in ("d", "other", "kept"))
    for number, each in enumerate((ds, other, kept)):
        put(each, 3, 10 * number)
    note = {"attributes": {"note": "seen by Jon Smith"}}
    ds.edit(EditBatch(edits=[add(sample, name, **note) for sample in (1, 2, 3) for name in ("a class to be erased", "a class that stays")]))
    ds.edit(EditBatch(edits=[Edit(op="delete", label=1)]))
    view = {"view": {"at": ds.revision}}
    run(ws, "train 1", "train", ds, {"model": "yolo11n.yaml", **view}, "last")
    model(ws, "model 1", "train 1", ds)
    run(ws, "train 2", "train", other, {"model": "model 1", **view})
    model(ws, "model 2", "train 2", other)
    run(ws, "predict 1", "predict", other, {"model": "model 1", **view})
    run(ws, "export 1", "export", ds, {}, download=True)
    run(ws, "train 3", "train", kept, {"model": "yolo11n.yaml", **view}, "last")
    model(ws, "model 3", "train 3", kept)


def id_of(name: str) -> str:
    return name.encode().hex()


def run(ws: Workspace, name: str, kind: str, ds: DatasetStore, params: dict[str, Any], *files: str, download: bool = False) -> None:
    from comexp_lab.jobs.files import RunFiles
    from comexp_lab.jobs.records import Records, now

    Records(ws.catalog)
    id = id_of(name)
    ws.catalog.write(
        "INSERT INTO runs (id, kind, dataset, status, title, message, created, params) VALUES (?, ?, ?, 'succeeded', ?, '', ?, ?)",
        [id, kind, ds.id, f"about {ds.name}", now(), json.dumps(params)],
    )
    ws.catalog.write("INSERT INTO run_log VALUES (?, ?, ?)", [id, now(), f"a line of {ds.name}"])
    for file in files:
        RunFiles(ws).put(id, file, picture(99), {})
    if download:
        blob = ws.vault.put(picture(98))
        ws.catalog.write("INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", [blob.id, blob.key, 1, f"download:{id}"])


def model(ws: Workspace, name: str, of: str, ds: DatasetStore) -> None:
    from comexp_lab.jobs.records import now

    id = id_of(name)
    blob = ws.vault.put(id.encode() * 100)
    ws.catalog.write("INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", [blob.id, blob.key, 1, f"model:{id}"])
    ws.catalog.write(
        "INSERT INTO models (id, name, task, classes, bytes, sha256, created, blob, metrics, run, dataset)"
        " VALUES (?, ?, 'detect', '[]', 1, '', ?, ?, '{}', ?, ?)",
        [id, name, now(), blob.id, id_of(of), ds.id],
    )


def readable(ws: Workspace) -> set[str]:
    """What can be read, by whoever has the workspace's key and looks past every fence."""
    found = set[str]()
    for store in (ws.dataset(entry.id, "erase") for entry in ws.datasets()):
        for number, blob, key in (
            store.read("SELECT s.id, b.id AS blob, b.key FROM samples s JOIN blobs b ON b.id = s.blob").to_pandas().values
        ):
            if store.vault.get(blob, bytes(key)):
                found.add(f"{store.name} {number}")
        found |= {f"{store.name} {row['name']}" for row in store.read("SELECT name FROM classes").to_pylist()}
        found |= {f"{store.name} called {row['name']}" for row in store.read("SELECT name FROM samples").to_pylist()}
        notes = "SELECT DISTINCT attributes->>'note' AS note FROM (SELECT attributes FROM labels UNION ALL SELECT attributes FROM history)"
        found |= {f"{store.name} says {row['note']}" for row in store.read(notes).to_pylist()}
        found |= {
            f"{store.name} label {row['id']}" for row in store.read("SELECT id FROM labels UNION ALL SELECT id FROM history").to_pylist()
        }
    for row in ws.catalog.read("SELECT id, key, owner FROM blobs"):
        if ws.vault.get(row["id"], bytes(row["key"])):
            kind, _, id = row["owner"].partition(":")
            found.add(f"{kind}:{bytes.fromhex(id).decode()}")
    there = {row["table_name"] for row in ws.catalog.read("SELECT table_name FROM information_schema.tables")}
    for table, column in {"runs": "id", "run_log": "run", "run_files": "run"}.items():
        rows = ws.catalog.read(f"SELECT {column} AS id FROM {table}") if table in there else []
        found |= {f"run {bytes.fromhex(row['id']).decode()}" for row in rows}
    return found | {f"model {bytes.fromhex(row['id']).decode()}" for row in ws.catalog.read("SELECT id FROM models")}


OF_D = {"model:model 1", "model:model 2", "run:train 1", "download:export 1", "run train 1", "run train 2", "run export 1"} | {
    "model model 1",
    "model model 2",
}
GONE: dict[str, Callable[[set[str]], set[str]]] = {
    "dataset": lambda before: OF_D | {each for each in before if each.startswith("d ")},
    "samples": lambda before: OF_D | {"d 1", "d label 1", "d label 2", "d called a very secret picture 1.png"},
    "class": lambda before: OF_D | {"d a class to be erased", "d label 1", "d label 3", "d label 5"},
    "email": lambda before: set(),
    "account": lambda before: before,
    "name of a dataset": lambda before: {each for each in before if each.startswith("d ")},
    "name of a sample": lambda before: {"d called a very secret picture 1.png"},
    "name of a class": lambda before: {"d a class to be erased"},
    "text": lambda before: {"d says seen by Jon Smith"},
    "address": lambda before: set(),
}


def proof(*_: Any) -> ScanProof:
    return ScanProof(version="none", roots=["workspace"], files=1, bytes=1, control=True, needles=1, hits=0)


@pytest.fixture(scope="module")
def no_search() -> Any:
    """The search has tests of its own, and changes nothing of ours; it would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remains, "prove", proof)
        yield


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with open_workspace(folder) as ws:
        fill(ws)
        office = Office(ws, Hands())
        office.letters.set_address(ADDRESS)
        office.erasures.close()
    return folder


def erase(office: Office, what: dict[str, Any]) -> str:
    plan = office.plan(ErasurePlanIn(**what))
    office.erase(plan.id, plan.hash, plan.confirm_text)
    office.erasures.wait(plan.id)
    return plan.id


def doomed_child(folder: Path, what: dict[str, Any], step: int, dry: bool = False) -> list[str]:
    """Erase (``dry``: in a copy) in a child that is killed (SIGKILL) before its n-th change of a file or of the ledger; the steps that it came to."""
    if dry:
        shutil.copytree(folder, folder.with_name("dry"))
        folder = folder.with_name("dry")
    told = folder / "steps"
    child = os.fork()
    if not child:
        with told.open("ab", buffering=0) as out:
            left, counting, lock = step, False, threading.Lock()

            def at(name: str) -> None:
                nonlocal left
                with lock:
                    if counting:
                        left -= 1
                        if left < 0:
                            os.kill(os.getpid(), signal.SIGKILL)
                            time.sleep(9)
                        out.write(name.encode() + b"\n")

            def hook(event: str, args: Any) -> None:
                if event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
                    at(event)

            plain = Ledger.append

            def append(self: Ledger, kind: str, *args: Any, **more: Any) -> Any:
                at(f"ledger before {kind}")
                entry = plain(self, kind, *args, **more)
                at(f"ledger after {kind}")
                return entry

            Ledger.append = append  # type: ignore[method-assign]
            sys.addaudithook(hook)
            try:
                ws = open_workspace(folder)
                office = Office(ws, Hands())  # type: ignore[arg-type]
                ws._stop.set()  # the caretaker would count, too
                counting = True
                erase(office, what)
                office.erasures.close()
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return told.read_text().splitlines()


def chosen(steps: list[str]) -> list[int]:
    """Every step of the ledger, every file put in another's place, and some of the others, or all.

    Before the next entry is as good as after the last.
    """
    pairs = list(enumerate(zip(steps, [*steps[1:], ""], strict=True)))
    ledger = {n for n, (name, after) in pairs if name.startswith("ledger") and not ("after" in name and after.startswith("ledger"))}
    others = [n for n in range(len(steps)) if not steps[n].startswith("ledger")]
    placed = {n for n in others if steps[n] == "os.rename"}
    return sorted(ledger | placed | set(others if ALL else others[:: max(len(others) // SAMPLED, 1)]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_step_changes_nothing_of_the_end(filled: Path, tmp_path: Path, no_search: Any, kind: str) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(filled, whole)
    with open_workspace(whole) as ws:
        before = readable(ws)
    steps = doomed_child(whole, KINDS[kind], 10_000)
    with open_workspace(whole) as ws:
        office = Office(ws, Hands())  # type: ignore[arg-type]
        wanted = end(ws, office)
        left = readable(ws)
    assert before - left == GONE[kind](before) and sum(name.startswith("ledger") for name in steps) >= 20
    for step in chosen(steps):
        folder = tmp_path / str(step)
        shutil.copytree(filled, folder)
        doomed_child(folder, KINDS[kind], step)
        with open_workspace(folder) as ws:
            assert_all_or_nothing(kind, before, readable(ws), steps[step])
            office = Office(ws, Hands())  # type: ignore[arg-type]
            assert_all_or_nothing(kind, before, readable(ws), steps[step])
            office.start()
            asked_again = not office.erasures.all()
            if asked_again:
                assert readable(ws) == before and office.letters.address() == ADDRESS
                erase(office, KINDS[kind])
            for each in office.erasures.all():
                office.erasures.wait(each.id)
            assert end(ws, office) == wanted | ({"log": end(ws, office)["log"]} if asked_again else {}), (step, steps[step])
            office.erasures.close()
        with open_workspace(folder) as ws:
            office = Office(ws, Hands())  # type: ignore[arg-type]
            assert readable(ws) == left and not any(each.open for each in office.erasures._erasures.values())
        shutil.rmtree(folder)


def assert_all_or_nothing(kind: str, before: set[str], now: set[str], step: str) -> None:
    """What is to be erased is there as a whole, or else nothing of it; models may go before the data that they learned from."""
    doomed = GONE[kind](before)
    data = doomed - OF_D
    assert now & data in (set(), data), (step, now & data)
    assert now & data or not now & doomed, (step, now & doomed)
    assert now >= before - doomed, (step, before - doomed - now)


def end(ws: Workspace, office: Office) -> dict[str, Any]:
    """Everything that must not depend on how often it was interrupted."""
    (told,) = office.erasures.all()
    assert told.certificate is not None and told.request is not None, told
    verify_text(told.certificate.model_dump_json())
    office.ledger.verify()
    request = office.requests.get(told.request)
    body = told.certificate.body
    return {
        "status": told.status,
        "trouble": told.trouble,
        "request": request.state,
        "requests": len(office.requests.list()),
        "log": [event.text for event in request.log],
        "scope": [owner for owner in ws.keys.owners() if owner.startswith(planning.SCOPES)],
        "secret": [entry.private for entry in office.ledger.entries(erasure.INTENDED, erasure.STEP)],
        "keys": len(body["destroyed"]),
        "counts": body["counts"],
        "checks": body["checks"],
        "models": body["models"],
        "readable": readable(ws),
        "told": ws.catalog.read("SELECT r.title, l.line FROM runs r LEFT JOIN run_log l ON l.run = r.id ORDER BY r.id, l.line"),
        "epochs": {len(ws.keys.epochs(owner)) for owner in ws.keys.owners()},
        "files": len([path for folder in ("vault", "datasets") for path in (ws.path / folder).glob("**/??/*") if path.is_file()]),
        "address": office.letters.address(),
        "notices": [each.template for each in office.letters.notices()],
        "names": [entry.name for entry in ws.datasets()],
    }


# ---- refused ----
@pytest.fixture
def mine(filled: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(filled, folder)
    return folder


def until(office: Office, id: str, certified: bool) -> Any:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = office.erasures.get(id)
        if not office.erasures._erasures[id].open if certified else told.trouble:
            return told
        time.sleep(0.02)
    raise AssertionError(told)


@pytest.mark.parametrize(("kind", "place"), [("dataset", "remove_folder"), ("account", "remove_folder"), ("samples", "delete")])
def test_a_store_that_refuses_keeps_it_unreadable_and_open(
    mine: Path, no_search: Any, monkeypatch: pytest.MonkeyPatch, kind: str, place: str
) -> None:
    monkeypatch.setattr(erasure, "FIRST_WAIT_S", 0.05)

    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with open_workspace(mine) as ws:
        before, office = readable(ws), Office(ws, Hands())  # type: ignore[arg-type]
        with monkeypatch.context() as patch:
            if place == "delete":
                patch.setattr(ws.vault, "delete", refuse)
            else:
                patch.setattr(store_erase, place, refuse)
            told = until(office, erase(office, KINDS[kind]), certified=False)
            assert "Read-only file system" in told.trouble and told.status == "unreadable" and told.unreadable
            assert office.requests.get(told.request).state == "unreadable" and not readable(ws) & GONE[kind](before)
        told = until(office, told.id, certified=True)
        assert told.status == "certified" and not told.trouble and office.requests.get(told.request).state == "closed"
        office.erasures.close()


def test_a_dataset_can_be_erased_on_a_full_disk(mine: Path, no_search: Any) -> None:
    """Erasing may use what is kept free for emergencies: it makes room."""
    with open_workspace(mine, reserve=1 << 60) as ws:
        before, office = readable(ws), Office(ws, Hands())  # type: ignore[arg-type]
        with pytest.raises(Full):
            ws.catalog.write("INSERT INTO settings VALUES ('a', 'b')")
        until(office, erase(office, KINDS["dataset"]), certified=True)
        assert not readable(ws) & GONE["dataset"](before)
        office.erasures.close()


def test_samples_that_cannot_be_rewritten_for_want_of_space_can_be_read_by_nobody_until_they_are(
    mine: Path, no_search: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "FIRST_WAIT_S", 0.05)
    with open_workspace(mine, reserve=1 << 60) as ws:
        before, office = readable(ws), Office(ws, Hands())  # type: ignore[arg-type]
        told = until(office, erase(office, KINDS["samples"]), certified=False)
        assert told.status == "fenced" and "free some space" in told.trouble
        with pytest.raises(Restricted):
            ws.dataset("d", "browse")
        office.erasures.close()
    with open_workspace(mine) as ws:
        office = Office(ws, Hands())  # type: ignore[arg-type]
        with pytest.raises(Restricted):
            ws.dataset("d", "browse")  # also before anybody goes on
        office.start()
        until(office, told.id, certified=True)
        assert not readable(ws) & GONE["samples"](before) and ws.dataset("d", "browse").page(ViewSpec()).total == 2
        office.erasures.close()


def test_the_same_plan_confirmed_in_two_tabs_is_one_erasure(mine: Path, no_search: Any) -> None:
    with open_workspace(mine) as ws:
        office = Office(ws, Hands())  # type: ignore[arg-type]
        plan = office.plan(ErasurePlanIn(**KINDS["samples"]))
        told: list[Any] = []

        def confirm() -> None:
            try:
                told.append(office.erase(plan.id, plan.hash, plan.confirm_text))
            except Conflict as error:
                told.append(error)

        tabs = [threading.Thread(target=confirm) for _ in range(4)]
        for each in tabs:
            each.start()
        for each in tabs:
            each.join()
        until(office, plan.id, certified=True)
        assert len(told) == 4 and len(office.erasures.all()) == 1 and len(office.requests.list()) == 1
        more = office.plan(ErasurePlanIn(what="samples", dataset="d", samples=[2]))
        assert office.erase(more.id, more.hash, more.confirm_text).request != told[0].request
        office.erasures.wait(more.id)
        office.erasures.close()


# ---- backups ----
@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_of_the_whole_workspace_brings_nothing_back(mine: Path, no_search: Any, kind: str) -> None:
    shutil.copytree(mine / "ws", mine / "backup")
    with open_workspace(mine) as ws:
        before, office = readable(ws), Office(ws, Hands())  # type: ignore[arg-type]
        until(office, erase(office, KINDS[kind]), certified=True)
        assert len(office.erasures.all()[0].destroyed) == {"dataset": 1, "account": 3}.get(kind, 0), "what browsers forget"
        office.erasures.close()
    for _ in range(2):
        shutil.rmtree(mine / "ws")
        shutil.copytree(mine / "backup", mine / "ws")
        with open_workspace(mine) as ws:
            doomed = GONE[kind](before)
            assert {each for each in readable(ws) if "corrected" not in each} - {"d erased 0"} == before - doomed
            assert kind != "name of a dataset" or {"title": "about d"} not in ws.catalog.read("SELECT title FROM runs")
            assert not list((ws.path / "datasets").iterdir()) or kind != "account"
            office = Office(ws, Hands())  # type: ignore[arg-type]
            assert office.letters.address() == (None if kind in ("email", "account", "address") else ADDRESS)
            aged = [notice for notice in ws.notices if "ledger is older" in notice]
            assert len(aged) == 1 and "\n" not in aged[0]
            office.start()
            assert not office.erasures.all()
            names = [path.name for path in ws.path.glob("vault/??/*")]
            assert set(names) == {row["id"] for row in ws.catalog.read("SELECT id FROM blobs")} or kind == "account"
            office.erasures.close()


def test_a_backup_brings_no_former_text_back_in_logs_of_runs(mine: Path, no_search: Any) -> None:
    """What it was corrected from is not remembered, so the logs go."""
    with open_workspace(mine) as ws:
        ws.catalog.write("INSERT INTO run_log VALUES (?, now(), 'skipped: seen by Jon Smith')", [id_of("train 1")])
    shutil.copytree(mine / "ws", mine / "backup")
    for restored in (False, True):
        if restored:
            shutil.rmtree(mine / "ws")
            shutil.copytree(mine / "backup", mine / "ws")
        with open_workspace(mine) as ws:
            if not restored:
                office = Office(ws, Hands())
                assert office.erasures.get(erase(office, KINDS["text"])).certificate
                office.erasures.close()
            lines = {row["line"] for row in ws.catalog.read("SELECT line FROM run_log")}
            assert not any("Jon Smith" in line for line in lines) and ("a line of d" in lines) is not restored
            assert "a line of kept" in lines


def test_a_backup_from_the_middle_of_an_erasure_begins_nothing_anew(mine: Path, no_search: Any) -> None:
    with open_workspace(mine) as ws:
        before = readable(ws)
    names = doomed_child(mine, KINDS["samples"], 10_000, dry=True)
    doomed_child(mine, KINDS["samples"], names.index("ledger before erasure step"))
    shutil.copytree(mine / "ws", mine / "backup")
    with open_workspace(mine) as ws:
        office = Office(ws, Hands())  # type: ignore[arg-type]
        office.start()
        (told,) = office.erasures.all()
        until(office, told.id, certified=True)
        office.erasures.close()
    shutil.rmtree(mine / "ws")
    shutil.copytree(mine / "backup", mine / "ws")
    with open_workspace(mine) as ws:
        office = Office(ws, Hands())  # type: ignore[arg-type]
        office.start()
        (told,) = office.erasures.all()
        assert not readable(ws) & GONE["samples"](before) and "backup" in told.message and not office.erasures.under_way
        assert [entry.private for entry in office.ledger.entries(erasure.INTENDED)] == [None]
        assert ws.dataset("d", "browse").page(ViewSpec()).total == 2
        office.erasures.close()


# ---- models ----
def test_what_is_trained_anew_is_begun_once_also_after_a_crash(mine: Path, no_search: Any) -> None:
    wanted = KINDS["samples"] | {"models": "retrain"}
    with open_workspace(mine) as ws:
        office, hands = Office(ws, again := Hands()), again  # type: ignore[arg-type]
        plan = office.plan(ErasurePlanIn(**wanted))
        assert plan.retrain == ["model 1", "model 2"] and set(plan.runs) == {id_of(each) for each in ("train 1", "train 2", "export 1")}
        office.erase(plan.id, plan.hash, plan.confirm_text)
        told = until(office, plan.id, certified=True)
        assert [each["params"]["model"] for each in hands.retrained] == ["yolo11n.yaml", "model 1"]
        assert [each["model"] for each in hands.retrained] == ["yolo11n.yaml", "yolo11n.yaml"]
        assert told.certificate.body["models"] == {"deleted": [], "retrained": [id_of("model 1"), id_of("model 2")]}
        office.erasures.close()


def test_a_model_of_the_same_name_that_learned_elsewhere_stays(mine: Path, no_search: Any) -> None:
    """A run means the newest model of a name at its time, not every one that ever had it."""
    with open_workspace(mine) as ws:
        kept = ws.dataset("kept", "store")
        run(ws, "train 4", "train", kept, {"model": "yolo11n.yaml", "view": {"at": 1}})
        model(ws, "model 4", "train 4", kept)
        ws.catalog.write("UPDATE models SET name = 'model 1' WHERE id = ?", [id_of("model 4")])
        run(ws, "train 5", "train", kept, {"model": "model 1", "view": {"at": 1}})
        model(ws, "model 5", "train 5", kept)
        office = Office(ws, Hands())  # type: ignore[arg-type]
        until(office, erase(office, KINDS["dataset"]), certified=True)
        assert {"model model 3", "model model 4", "model model 5"} <= readable(ws)
        office.erasures.close()


# ---- races ----
def test_who_writes_while_samples_are_erased_is_refused_and_brings_nothing_back(mine: Path, no_search: Any) -> None:
    """Somebody labels the sample, in a loop, from the moment that the fence is up until it is certified."""
    with open_workspace(mine) as ws:
        before, store, refused = readable(ws), ws.dataset("d", "annotate"), set[type]()
        over = threading.Event()

        def write() -> None:
            while not over.is_set():
                try:
                    store.edit(EditBatch(edits=[add(1, "a class to be erased")]))
                except Error as error:
                    refused.add(type(error))

        writers = [threading.Thread(target=write) for _ in range(3)]

        class Busy(Hands):
            def stop(self, dataset: str | None, runs: Sequence[str] = ()) -> None:
                for each in writers:
                    each.start()
                time.sleep(0.2)

        office = Office(ws, Busy())  # type: ignore[arg-type]
        until(office, erase(office, KINDS["samples"]), certified=True)
        over.set()
        for each in writers:
            each.join()
        assert refused == {Restricted, NotFound} and not readable(ws) & GONE["samples"](before)
        assert not store.read("SELECT 1 FROM labels WHERE sample = 1 UNION ALL SELECT 1 FROM history WHERE sample = 1").num_rows
        office.erasures.close()


@pytest.mark.parametrize("what", ["dataset", "account"])
def test_an_import_and_an_export_under_way_are_stopped_and_what_comes_later_is_refused(tmp_path: Path, no_search: Any, what: str) -> None:
    from comexp_lab.api import ExportIn, ImportIn
    from comexp_lab.formats.exporting import export
    from comexp_lab.formats.importing import import_sources
    from comexp_lab.formats.uploads import Uploads
    from comexp_lab.service.lab import Lab
    from comexp_lab.service.transfers import keep
    from tests.learn_rig import fill as shapes

    open_workspace(tmp_path).close()
    lab = Lab(tmp_path / "ws")
    try:
        store = lab.workspace.create_dataset("d")
        shapes(store, n=30)
        exported = store.for_purpose("export")
        (tmp_path / "in").mkdir()
        for number in range(200):
            Image.fromarray(np.random.default_rng(number).integers(0, 255, (20, 20, 3), np.uint8)).save(tmp_path / "in" / f"{number}.png")
        uploads = Uploads(lab.workspace)
        upload = uploads.create("more.zip", 1000)
        uploads.append(upload, bytes(500))

        def take_away(progress: Any) -> dict[str, Any]:
            target = tmp_path / "out.zip"
            while True:  # finished exports, one after the other, until somebody stops it
                export(exported, ExportIn(format="coco"), target, lab.decoder, progress)
                keep(lab.workspace, progress, "out.zip", [target.read_bytes()])
                target.unlink()

        def bring_in(progress: Any) -> dict[str, Any]:
            while True:
                import_sources(lab.workspace, store, ImportIn(paths=[str(tmp_path / "in")]), lab.decoder, progress)

        runs = [lab.jobs.in_thread("export", store.id, "out", take_away, {})]
        wanted = ErasurePlanIn(what=what, dataset="d" if what == "dataset" else None)  # type: ignore[arg-type]
        plan = lab.rights.plan(wanted)
        plain = lab.rights.erasures._checked

        def checked(*args: Any) -> Any:
            target = plain(*args)
            runs.append(lab.jobs.in_thread("import", store.id, "in", bring_in, {}))  # begun when it is too late to plan anew
            time.sleep(0.5)
            return target

        lab.rights.erasures._checked = checked  # type: ignore[method-assign]
        told = lab.rights.erasures.execute(plan.id, plan.hash, plan.confirm_text)
        assert told.unreadable and not told.trouble
        until(lab.rights, plan.id, certified=True)
        for run in runs:
            for use in (lab.jobs.get, lab.jobs.resume):
                with pytest.raises(NotFound):
                    use(run.id)
        for late in (
            lambda: store.edit(EditBatch(edits=[add(1)])),
            lambda: import_sources(lab.workspace, store, ImportIn(), lab.decoder, told),
        ):
            with pytest.raises(Error):
                late()
        left = [row["owner"] for row in lab.workspace.catalog.read("SELECT owner FROM blobs")]
        files = [path for folder in ("vault", "datasets") for path in (lab.workspace.path / folder).rglob("*") if path.is_file()]
        if what == "dataset":
            assert left == [f"upload:{upload.id}"] and uploads.append(upload, bytes(500)) == 1000
        else:
            assert not left and not files
            with pytest.raises(NotFound):
                uploads.get(upload.id)
        assert not lab.workspace.datasets() and not [path for path in files if "datasets" in path.parts]
    finally:
        lab.close()
