"""How long what is kept: every row a second before its time and a second after, on a real workspace with a clock of our own."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from comexp_lab.api import ConsentIn, RequestIn
from comexp_lab.errors import BadInput
from comexp_lab.formats.uploads import LIFETIME_S, Uploads
from comexp_lab.rights import ledger
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.daily import DailyLog
from comexp_lab.rights.policies import Policies
from comexp_lab.rights.replies import COMEXP
from comexp_lab.rights.requests import Requests
from comexp_lab.rights.retention import Retention, due, rows
from comexp_lab.service.rounds import until_next_sweep
from comexp_lab.store import Workspace
from comexp_lab.transport import runtime_dir

SECOND = timedelta(seconds=1)
ROWS = {row.kind: row for row in rows()}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def world(tmp_path):
    with Workspace.open(tmp_path / "workspace") as workspace:
        yield world_of(workspace, Clock())


def world_of(workspace, clock):
    book = ledger.of(workspace)
    book._clock = clock
    consents = Consents(book, Policies(book), workspace.id, COMEXP, clock=clock)
    requests = Requests(book, clock)
    logs = {kind: DailyLog(workspace.path / "logs" / kind, workspace.keys, clock) for kind in ("access log", "usage events")}
    let_go: list[str] = []
    idle = SimpleNamespace(now=time.monotonic())
    kept = Retention(workspace, book, requests, consents, logs, let_go.append, clock, lambda: idle.now)
    return SimpleNamespace(
        workspace=workspace,
        clock=clock,
        ledger=book,
        consents=consents,
        requests=requests,
        logs=logs,
        retention=kept,
        let_go=let_go,
        idle=idle,
    )


def swept(world) -> list[dict]:
    return [dict(entry.facts["counts"]) for entry in world.ledger.entries("retention swept")]


def run_of(world, status: str = "succeeded", dataset: str | None = None) -> str:
    run, now = uuid4().hex, world.clock.now
    world.workspace.catalog.write(
        "INSERT INTO runs (id, kind, dataset, status, title, progress, created, ended) VALUES (?, 'export', ?, ?, 'canary title', 1, ?, ?)",
        [run, dataset, status, now - timedelta(days=1), None if status == "running" else now],
    )
    return run


# ---- each row: what begins it, and whether it is still there ----
def a_log(kind):
    def begin(world):
        world.clock.now = world.clock.now.replace(hour=0)  # the first moment of the day counts for the whole day
        world.logs[kind].add({"canary": 1})
        world.logs[kind].flush()
        return lambda: bool(list(world.logs[kind].entries()))

    return begin


def a_run_log(world):
    run = run_of(world)
    world.workspace.catalog.write("INSERT INTO run_log VALUES (?, ?, 'a line')", [run, world.clock.now])
    return lambda: bool(world.workspace.catalog.read("SELECT * FROM run_log"))


def a_service_log(world):
    path = runtime_dir(world.workspace.path) / "service.log"
    path.write_text(f"{world.clock.now:%Y-%m-%d %H:%M:%S},123 WARNING comexp x\nmore\n")
    return lambda: path.stat().st_size > 0


def a_download(world):
    blob = world.workspace.vault.put(b"an export")
    world.workspace.catalog.write("INSERT INTO blobs VALUES (?, ?, 9, ?)", [blob.id, blob.key, f"download:{run_of(world)}"])
    path = world.workspace.vault.path(blob.id)
    return lambda: path.exists() and bool(world.workspace.catalog.read("SELECT * FROM blobs"))


def an_upload(world, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: world.clock.now.timestamp())
    uploads = Uploads(world.workspace)
    record = uploads.keep("canary.jpg", b"bytes")
    path = world.workspace.vault.path(record.blob)
    return lambda: path.exists() and uploads.holds(record.id)


def words(world):
    made = world.requests.submit(RequestIn(type="complaint", target="account", key=uuid4(), words={"text": "canary words"}))
    world.requests.assess(made.id, "planned")
    world.requests.close(made.id)
    return lambda: "canary" in json.dumps([entry.private for entry in world.ledger.entries("request submitted")])


def a_consent(world):
    record = world.consents.give("marketing", ConsentIn(evidence={"ip": "canary"}))
    world.clock.now += timedelta(days=900)
    world.consents.withdraw("marketing", ConsentIn(evidence={"ip": "canary"}))
    return lambda: "canary" in json.dumps([entry.private for entry in world.ledger.entries()]) and world.consents.record(record.id)


BEGIN = {
    "access log": a_log("access log"),
    "usage events": a_log("usage events"),
    "run logs": a_run_log,
    "service log": a_service_log,
    "downloads": a_download,
    "uploads": an_upload,
    "words of requests": words,
    "consents": a_consent,
}


@pytest.mark.parametrize("kind", BEGIN)
def test_it_goes_when_its_time_has_come_and_not_a_second_earlier(world, kind, monkeypatch):
    there = an_upload(world, monkeypatch) if kind == "uploads" else BEGIN[kind](world)
    assert world.retention.sweep() == {} and there()
    end = due(ROWS[kind], world.clock.now)
    world.clock.now = end - SECOND
    assert world.retention.sweep() == {} and there() and swept(world) == []
    world.clock.now = end + SECOND
    assert world.retention.sweep() == {kind: 1} and not there()
    assert swept(world) == [{kind: 1}] and world.retention.sweep() == {} and len(swept(world)) == 1
    world.ledger.verify()


def test_every_row_is_swept_or_kept():
    assert set(BEGIN) | {"ephemeral datasets"} == {kind for kind, row in ROWS.items() if row.action != "keep"}
    assert {kind for kind, row in ROWS.items() if row.action == "keep"} == {"evidence of destruction", "notices and letters"}
    assert all(row.source and row.start and row.words.ru and row.words.zh for row in ROWS.values())
    assert ROWS["uploads"].amount * 86400 == LIFETIME_S


def test_months_and_years_end_on_the_same_day_or_the_last_of_the_month():
    consents, request = ROWS["consents"], ROWS["words of requests"]
    assert due(consents, datetime(2024, 2, 29, 23, tzinfo=UTC)) == datetime(2027, 2, 28, 23, tzinfo=UTC)
    assert due(request, datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2028, 1, 31, tzinfo=UTC)
    assert due(request, datetime(2026, 2, 28, tzinfo=UTC)) == datetime(2028, 2, 28, tzinfo=UTC)
    # "at most three months" (T-Rex Label policy 3.1) holds from whatever day it is counted
    days = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(366))
    three = request.model_copy(update={"amount": 3})
    assert all(due(ROWS["access log"], day) <= due(three, day) for day in days)


def test_an_operator_may_set_the_limitation_period_and_nothing_else():
    row = next(row for row in rows({"COMEXP_LIMITATION_YEARS": "10"}) if row.kind == "consents")
    assert (row.amount, row.unit) == (10, "year")
    for wrong in ("0", "101", "x", "-1", "٣", "3.5"):
        with pytest.raises(BadInput):
            rows({"COMEXP_LIMITATION_YEARS": wrong})


# ---- what must stay ----
def test_what_is_still_needed_stays(world):
    world.requests.submit(RequestIn(type="complaint", target="account", key=uuid4(), words={"text": "open canary"}))
    record = world.consents.give("marketing")
    running = world.workspace.vault.put(b"being made")
    world.workspace.catalog.write(
        "INSERT INTO blobs VALUES (?, ?, 9, ?)", [running.id, running.key, f"download:{run_of(world, 'running')}"]
    )
    world.clock.now += timedelta(days=20 * 365)
    assert world.retention.sweep() == {}, "an open request, a consent that holds, an export that is being made"
    assert world.consents.record(record.id).subject == world.workspace.id


def test_a_renewed_consent_ends_the_one_before(world):
    first = world.consents.give("marketing")
    second = world.consents.give("marketing")
    world.clock.now = due(ROWS["consents"], world.clock.now) + SECOND
    assert world.retention.sweep() == {"consents": 1}
    assert world.consents.record(first.id).subject == "erased" and world.consents.record(second.id).subject == world.workspace.id
    assert world.consents.state("marketing") == "given", "the fact stays"


def test_a_download_of_which_no_run_is_known_goes(world):
    blob = world.workspace.vault.put(b"an export")
    world.workspace.catalog.write("INSERT INTO blobs VALUES (?, ?, 9, 'download:nobody')", [blob.id, blob.key])
    assert world.retention.sweep() == {"downloads": 1} and not world.workspace.vault.path(blob.id).exists()


def test_models_and_running_uploads_are_not_taken_for_downloads(world):
    for owner in ("model:a", "run:b", "upload:c"):
        blob = world.workspace.vault.put(b"x")
        world.workspace.catalog.write("INSERT INTO blobs VALUES (?, ?, 9, ?)", [blob.id, blob.key, owner])
    world.clock.now += timedelta(days=4000)
    assert world.retention.sweep() == {} and len(world.workspace.catalog.read("SELECT * FROM blobs")) == 3


def test_rows_that_went_are_not_in_the_catalog_any_more(world):
    epoch = world.workspace.keys.epochs("catalog")[0][0]
    a_download(world)
    world.retention.sweep()
    assert world.workspace.keys.epochs("catalog")[0][0] == epoch, "nothing went: it is not written anew"
    world.clock.now += timedelta(days=8)
    world.retention.sweep()
    assert world.workspace.keys.epochs("catalog")[0][0] > epoch, "the old key is gone, and with it the deleted row"


def test_a_crash_between_deleting_rows_and_writing_the_catalog_anew_is_made_good(world, monkeypatch):
    epoch = world.workspace.keys.epochs("catalog")[0][0]
    a_download(world)
    world.clock.now += timedelta(days=8)
    with monkeypatch.context() as killed:
        killed.setattr(world.workspace, "rewrite_catalog", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.retention.sweep()
    assert not world.workspace.catalog.read("SELECT * FROM blobs") and world.workspace.keys.epochs("catalog")[0][0] == epoch
    assert world.retention.sweep() == {} and (later := world.workspace.keys.epochs("catalog")[0][0]) > epoch
    assert world.retention.sweep() == {} and world.workspace.keys.epochs("catalog")[0][0] == later, "once"


# ---- logs by days ----
def test_the_key_of_a_day_goes_with_its_file(world):
    log = world.logs["access log"]
    log.add({"ip": "203.0.113.7"})
    world.clock.now += timedelta(days=1)
    log.add({"ip": "203.0.113.8"})
    log.flush()
    files = sorted(log.folder.iterdir())
    assert [entry["ip"] for entry in log.entries()] == ["203.0.113.7", "203.0.113.8"]
    assert len(files) == 2 and not any(b"203.0.113" in file.read_bytes() for file in files)
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    backup = files[0].read_bytes()
    world.clock.now += timedelta(days=88)
    world.retention.sweep()
    files[0].write_bytes(backup)
    assert [entry["ip"] for entry in log.entries()] == ["203.0.113.8"], "a backup of the file has no key"
    assert world.retention.sweep() == {"access log": 1} and not files[0].exists()


def test_a_torn_line_takes_no_other_with_it(world):
    log = world.logs["usage events"]
    log.add({"n": 1})
    log.flush()
    [file] = log.folder.iterdir()
    file.write_bytes(file.read_bytes() + b"QUJD")  # a crash in the middle of a write
    log.add({"n": 2})
    log.add({"n": 3})
    assert [entry["n"] for entry in log.entries()] == [1, 3]


# ---- ephemeral datasets ----
def test_an_ephemeral_dataset_ends_after_an_hour_without_a_request(world):
    store = world.workspace.create_dataset("canary name", "ephemeral")
    kept = world.workspace.create_dataset("kept")
    store.common.used, limit = 1000.0, 60 * 60
    world.idle.now = store.common.used + limit - 1
    assert world.retention.end_idle() == 0 and world.retention.until_idle() == pytest.approx(1)
    store.common.used += 1  # somebody asked
    world.idle.now += 1
    assert world.retention.end_idle() == 0
    world.idle.now += 1
    assert world.retention.end_idle() == 1 and world.let_go == [store.id]
    assert [each.name for each in world.workspace.stores()] == ["kept"]
    assert world.workspace.catalog.read("SELECT name FROM datasets") == [{"name": "kept"}]
    assert swept(world) == [{"ephemeral datasets": 1}] and world.retention.until_idle() == float("inf")
    assert world.workspace.holds(kept.id)


def test_every_use_counts_as_a_request(world):
    store = world.workspace.create_dataset("e", "ephemeral")
    store.common.used = 0.0
    world.workspace.dataset("e", "browse")
    assert time.monotonic() - store.common.used < 5
    store.common.used = 0.0
    world.workspace.datasets()
    world.retention.sweep()
    assert store.common.used == 0.0, "lists and sweeps do not keep it alive"


def test_what_runs_on_it_keeps_it(world):
    store = world.workspace.create_dataset("e", "ephemeral")
    run_of(world, "running", store.id)
    world.idle.now = store.common.used + 10**6
    assert world.retention.end_idle() == 0
    world.workspace.catalog.write("UPDATE runs SET status = 'succeeded'")
    assert world.retention.end_idle() == 1 and world.workspace.catalog.read("SELECT * FROM runs") == []


def test_the_catalog_forgets_what_ended_with_a_crash(tmp_path):
    with Workspace.open(tmp_path / "workspace") as workspace:
        store = workspace.create_dataset("canary name", "ephemeral")
        run_of(world_of(workspace, Clock()), dataset=store.id)
    with Workspace.open(tmp_path / "workspace") as workspace:
        assert len(workspace.catalog.read("SELECT * FROM runs")) == 1
        assert world_of(workspace, Clock()).retention.sweep() == {"ended ephemeral datasets": 1}
        assert workspace.catalog.read("SELECT * FROM runs UNION ALL SELECT * FROM runs") == []
        assert workspace.catalog.read("SELECT * FROM datasets") == []


# ---- the rounds ----
def test_the_sweep_comes_each_hour_and_when_a_day_ends():
    assert until_next_sweep(datetime(2026, 11, 22, 12, tzinfo=UTC)) == 3600
    assert until_next_sweep(datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC)) == pytest.approx(30.1)


def test_it_sweeps_at_the_start_of_a_real_service_and_shows_its_rows(workspace):
    import comexp_lab as cx
    from comexp_lab import transport

    with Workspace.open(workspace) as opened:
        blob = opened.vault.put(b"an export")
        opened.catalog.write("INSERT INTO blobs VALUES (?, ?, 9, 'download:nobody')", [blob.id, blob.key])
        path = opened.vault.path(blob.id)
    cx.open(workspace)
    try:
        deadline = time.monotonic() + 10
        while path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with transport.connect(transport.socket_path(workspace)) as client:
            assert [row["kind"] for row in client.get("/api/rights/retention").json()] == list(ROWS)
            assert any("kept long enough" in line["text"] for line in client.get("/api/rights/history").json()["lines"])
    finally:
        transport.stop_service(workspace)
