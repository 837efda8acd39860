"""What is noted of how the lab is used: seven facts of a request, counts of actions, faults without their content; and who may end it."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import string
import time
import zipfile
from datetime import datetime
from types import SimpleNamespace
from uuid import uuid4

import numpy as np
import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comexp_lab.errors import BadInput
from comexp_lab.rights import accesslog, usage
from comexp_lab.rights.daily import DailyLog
from comexp_lab.rights.usage import Usage
from comexp_lab.service import quiet
from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab
from comexp_lab.store.keys import KeyStore
from comexp_lab.transport import runtime_dir

BROWSER = {
    "X-Comexp-Via": "jupyter",
    "X-Comexp-Ip": "203.0.113.9",
    "X-Comexp-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140",
    "X-Comexp-Referrer": "https://hub.example/user/anna/lab/tree/canary-notebook.ipynb?token=canary",
}


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A lab whose operator wants both, asked without a socket."""
    monkeypatch.setenv("COMEXP_ACCESS_LOG", "1")
    monkeypatch.setenv("COMEXP_USAGE", "1")
    yield from a_lab(tmp_path)


@pytest.fixture
def plain(tmp_path, monkeypatch):
    monkeypatch.delenv("COMEXP_ACCESS_LOG", raising=False)
    monkeypatch.delenv("COMEXP_USAGE", raising=False)
    yield from a_lab(tmp_path)


def a_lab(folder):
    lab = Lab(folder / "workspace")
    with TestClient(build(lab), raise_server_exceptions=False) as client:
        yield SimpleNamespace(lab=lab, ask=client, access=lab.rights.logs["access log"], events=lab.rights.logs["usage events"])
    lab.close()


# ---- the access log ----
def test_a_line_has_exactly_the_seven_facts(noted):
    made = noted.ask.post("/api/datasets", json={"name": "canary-dataset"}, headers=BROWSER).json()
    noted.ask.get("/api/datasets/canary-dataset/samples/77?token=canary", headers=BROWSER)
    noted.ask.get("/api/nowhere/canary", headers=BROWSER)
    first, second, third = noted.access.entries()
    assert tuple(sorted(first)) == tuple(sorted(accesslog.FIELDS)) and len(first) == 7
    assert first["request"] == "POST /api/datasets" and first["status"] == 201 and first["ip"] == "203.0.113.9"
    assert first["bytes"] == len(json.dumps(made, separators=(",", ":"))) and "Firefox" in first["agent"]
    assert first["referrer"] == "https://hub.example" and datetime.fromisoformat(first["at"]).tzinfo is not None
    assert (second["request"], second["status"]) == ("GET /api/datasets/{dataset}/samples/{sample}", 404)
    assert (third["request"], third["status"]) == ("GET an unknown address", 404)
    assert "canary" not in json.dumps([first, second, third]) and "77" not in json.dumps(second["request"])


def test_it_is_sealed(noted):
    noted.ask.get("/api/lab", headers=BROWSER)
    noted.lab.rights.flush()
    [file] = noted.access.folder.iterdir()
    assert b"203.0.113.9" not in file.read_bytes() and b"203.0.113.9" not in base64.b64decode(file.read_bytes())
    assert [entry["ip"] for entry in noted.access.entries()] == ["203.0.113.9"], "positive control"


def test_its_owner_sees_it_and_takes_it_away(noted):
    noted.ask.post("/api/datasets", json={"name": "a"}, headers=BROWSER)
    kinds = {row["kind"]: row for row in noted.ask.get("/api/rights/inventory").json()["rows"]}
    assert kinds["access log"]["bytes"] > 0 and kinds["usage events"]["items"] == 1
    run = noted.ask.post("/api/rights/archive", json={}).json()["id"]
    deadline = time.monotonic() + 20
    while (answer := noted.ask.get(f"/api/runs/{run}/download")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        found = {name.rpartition("/")[2]: pack.read(name).decode() for name in pack.namelist() if "/logs/" in name}
    assert "203.0.113.9" in found["access log.jsonl"] and "create_dataset" in found["usage events.jsonl"]


def test_kernels_and_scripts_are_not_in_it(noted):
    noted.ask.get("/api/lab")
    noted.ask.get("/api/lab", headers={name: value for name, value in BROWSER.items() if name != "X-Comexp-Via"})
    assert list(noted.access.entries()) == []


def test_nothing_is_noted_unless_the_operator_wants_it(plain):
    plain.ask.post("/api/datasets", json={"name": "a"}, headers=BROWSER)
    assert list(plain.access.entries()) == list(plain.events.entries()) == [] and not (plain.lab.workspace.path / "logs").exists()


def test_an_objection_ends_both_at_once(noted):
    noted.ask.post("/api/datasets", json={"name": "a"}, headers=BROWSER)
    before = [len(list(log.entries())) for log in (noted.access, noted.events)]
    assert before == [1, 1]
    assert noted.ask.put("/api/rights/objections/usage", headers=BROWSER).status_code == 200
    noted.ask.post("/api/datasets", json={"name": "b"}, headers=BROWSER)
    assert [len(list(log.entries())) for log in (noted.access, noted.events)] == before, "not even that somebody objected"
    noted.ask.delete("/api/rights/objections/usage", headers=BROWSER)
    noted.ask.post("/api/datasets", json={"name": "c"}, headers=BROWSER)
    assert len(list(noted.events.entries())) > 1


def test_erasing_the_account_makes_it_unreadable(noted):
    noted.ask.get("/api/lab", headers=BROWSER)
    noted.lab.rights.flush()
    noted.lab.workspace.shred_everything()
    assert list(noted.access.entries()) == []
    assert noted.lab.rights.retention.sweep()["access log"] == 1 and not list(noted.access.folder.iterdir())


@pytest.mark.parametrize(
    "evil", ["javascript:alert(1)", "not a url", "http://[::1", "", "file:///etc/passwd", "https://user:pw@h.example/x"]
)
def test_of_the_referring_site_only_its_name(evil):
    assert accesslog.site(evil) in ("", "https://h.example")


# ---- usage events ----
@pytest.fixture
def events(tmp_path):
    keys = KeyStore(tmp_path / "keys.sqlite", "w", bytes(32))
    closed: list[str] = []
    log = DailyLog(tmp_path / "logs" / "usage events", keys)
    return SimpleNamespace(log=log, closed=closed, usage=Usage(log, b"p" * 32, lambda: closed[0] if closed else None, {"start_training"}))


GOOD = {
    "service started": {"version": "0.3.1", "python": "3.11.2", "datasets": 3},
    "action": {"action": "start_training", "status": 202, "seconds": 0.5},
    "problem": {"problem": "BadInput", "action": "start_training"},
    "run ended": {"run": uuid4().hex, "kind": "train", "status": "failed"},
}


def test_every_event_of_the_list_can_be_kept_and_says_who_to_nobody(events):
    assert set(GOOD) == set(usage.events(()))
    for event, fields in GOOD.items():
        events.usage.record(event, **fields)
    found = list(events.log.entries())
    assert [entry["event"] for entry in found] == list(GOOD)
    run = GOOD["run ended"]["run"]
    assert found[3]["run"] != run and len(found[3]["run"]) == 16
    other = Usage(events.log, b"q" * 32, lambda: None)
    other.record("run ended", **GOOD["run ended"])
    assert list(events.log.entries())[4]["run"] != found[3]["run"], "without the pepper nobody knows which run it was"
    events.closed.append("you objected to it")
    events.usage.record("action", **GOOD["action"])
    assert len(list(events.log.entries())) == 5


TEXT = st.text(string.printable, max_size=40) | st.sampled_from(["canary.jpg", "/home/anna/canary", "1.2.3-canary", "a cat"])
ANYTHING = TEXT | st.none() | st.booleans() | st.floats() | st.integers() | st.binary(max_size=9) | st.lists(st.integers(), max_size=3)
WORDS = {name for each in usage.events({"start_training"}).values() for name in each}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(event=st.sampled_from([*GOOD, "canary"]), field=st.sampled_from(sorted(WORDS)), value=ANYTHING)
def test_no_text_gets_in(events, event, field, value):
    """Whatever is put into a field: it is refused, or it was a number, a version, an id or a word of a closed list."""
    events.log.discard()
    try:
        events.usage.record(event, **GOOD.get(event, {}) | {field: value})
    except BadInput:
        assert not events.log._waiting
        return
    kept = events.log._waiting[-1][1].decode()
    if isinstance(value, str):
        known = {"start_training", *usage.PROBLEMS, usage.UNFORESEEN, *usage.ENDS, "train", "predict", "import", "export"}
        assert value in known or usage.VERSION.fullmatch(value) or re.fullmatch("[0-9a-f-]{8,40}", value)
    assert "canary" not in kept and "anna" not in kept and "cat" not in kept.replace("predicate", "")


def test_actions_and_runs_of_a_real_lab_are_counted(noted):
    noted.ask.post("/api/datasets", json={"name": "canary-name"})
    noted.ask.post("/api/datasets", json={"name": "canary-name"})
    noted.ask.get("/api/datasets")
    run = noted.ask.post("/api/datasets/canary-name/export", json={"format": "coco"}).json()["id"]
    deadline = time.monotonic() + 10
    while not any(entry["event"] == "run ended" for entry in noted.events.entries()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found = list(noted.events.entries())
    told = [(entry["event"], entry.get("action") or entry.get("kind"), entry.get("status") or entry.get("problem")) for entry in found]
    assert told[:3] == [("action", "create_dataset", 201), ("problem", "create_dataset", "Conflict"), ("action", "create_dataset", 409)]
    assert ("action", "start_export", 202) in told and any(each[:2] == ("run ended", "export") for each in told)
    assert "canary" not in json.dumps(found) and run not in json.dumps(found)


# ---- faults: everywhere they could be told ----
CANARY = "canary-5f0e7c1b"
FAULTS = {
    "a file name": lambda: ValueError(f"cannot decode /data/{CANARY}.jpg"),
    "a label": lambda: KeyError(f"{CANARY} label"),
    "an array": lambda: RuntimeError(repr({"x": np.frombuffer(CANARY.encode(), np.uint8), "s": np.array([CANARY])})),
    "many lines": lambda: OSError(2, f"{CANARY}\n{CANARY}", CANARY),
    "a group": lambda: ExceptionGroup(CANARY, [ValueError(CANARY)]),
    "one of ours": lambda: BadInput(f"There is no {CANARY}."),
}


def raised(fault):
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            error = fault()
            error.add_note(CANARY)
            raise error from cause
    except BaseException as found:
        return found


@pytest.fixture
def heard():
    """What the log of the service would say."""
    root, out = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(quiet.Quiet())
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_its_kind_and_its_place_and_no_content(noted, heard, fault):
    router = APIRouter()

    @router.post("/api/boom/{what}")
    def boom(what: str) -> None:
        raise raised(FAULTS[fault])

    noted.ask.app.include_router(router)
    noted.ask.app.state.usage._events = usage.events({"boom"})
    answer = noted.ask.post(f"/api/boom/{CANARY}", headers=BROWSER)
    run = noted.lab.jobs.in_thread("export", None, "x", lambda progress: boom(CANARY), {})
    while noted.lab.jobs.get(run.id).status in ("queued", "running"):
        pass
    events = list(noted.events.entries())
    assert CANARY not in heard.getvalue() + json.dumps(events) + json.dumps(list(noted.access.entries()))
    assert next(entry["problem"] for entry in events if entry["event"] == "problem") == (
        "BadInput" if fault == "one of ours" else "unforeseen"
    )
    assert answer.status_code == (422 if fault == "one of ours" else 500)
    if fault != "one of ours":
        assert "test_rights_usage.py" in heard.getvalue() and "raised" in heard.getvalue(), "where it was is still told"
        assert type(FAULTS[fault]()).__name__ in heard.getvalue()


@pytest.mark.parametrize("fault", FAULTS)
def test_messages_with_content_in_their_arguments(heard, fault):
    error = raised(FAULTS[fault])
    for name in ("comexp", "uvicorn.error", "asyncio", "py.warnings", "PIL.Image"):
        log = logging.getLogger(name)
        log.warning("jobs: %s", error)
        log.warning("a file %r with %d bytes", CANARY, 7)
        log.warning("%(name)s", {"name": CANARY})
        log.error("broken", exc_info=error, stack_info=True)
        log.warning("first\n" + CANARY) if name == "comexp" else log.warning(f"put together: {CANARY}") if "uvicorn" not in name else None
    assert CANARY not in heard.getvalue() and "7 bytes" in heard.getvalue()


def test_what_nobody_caught_says_no_more(tmp_path):
    import subprocess
    import sys

    code = f"""
import threading, warnings, asyncio
from comexp_lab.service import quiet
quiet.start()
def fail(): raise ValueError("{CANARY}")
thread = threading.Thread(target=fail, name="{CANARY}"); thread.start(); thread.join()
warnings.warn("{CANARY}")
async def lost():
    task = asyncio.get_running_loop().create_task(asyncio.to_thread(fail)); await asyncio.sleep(.2)
asyncio.run(lost())
fail()
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr
    assert told.count("ValueError") >= 3 and "uncaught in a thread" in told
    assert CANARY not in told


def test_the_log_of_a_real_service_holds_nothing_of_what_it_was_asked(workspace, monkeypatch, tmp_path):
    import comexp_lab as cx
    from comexp_lab import transport

    monkeypatch.setenv("COMEXP_USAGE", "1")
    lab = cx.open(workspace)
    try:
        dataset = lab.create_dataset(CANARY)
        (tmp_path / f"{CANARY}.jpg").write_bytes(b"\xff\xd8\xff" + CANARY.encode())
        with pytest.raises(cx.Error):
            dataset.add(tmp_path / f"{CANARY}.jpg")
        with transport.connect(transport.socket_path(workspace)) as client:
            for path in (f"/api/datasets/{CANARY}/sql", f"/api/datasets/{CANARY}-x", f"/api/{CANARY}"):
                client.post(path, json={"query": f"SELECT '{CANARY}' FROM nowhere"})
        path = next(workspace.glob("catalog.duckdb"))
        assert path.exists()
    finally:
        transport.stop_service(workspace)
    assert CANARY not in (runtime_dir(workspace) / "service.log").read_text()
