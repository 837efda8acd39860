"""The queue with real processes, but small ones: what becomes of workers and of the service that started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from comexp_lab.errors import BadInput, Cancelled, Conflict, NotAllowed, NotFound
from comexp_lab.jobs import Jobs, queue, scrub
from comexp_lab.jobs.executors import Local, Process, folder_of
from comexp_lab.service.events import Hub
from comexp_lab.store import Workspace

SLEEPER = (sys.executable, "-S", "-c", "import sys, time; sys.stdin.read(); time.sleep(300)")
FAMILY = (
    sys.executable,
    "-S",
    "-c",
    "import os, subprocess, sys, time; sys.stdin.read()\n"
    "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(300)'])\n"
    "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(300)'], start_new_session=True)\n"
    "open('ready', 'w').close(); time.sleep(300)",
)
CRASHER = (sys.executable, "-S", "-c", "import sys; sys.stdin.read(); sys.exit('no such device: /opt/secret/place/gpu0')")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def make(workspace: Workspace) -> Iterator[Callable[..., Jobs]]:
    """Makes queues; what they started is ended after the test."""
    made: list[Jobs] = []

    def make_jobs(command: tuple[str, ...] = SLEEPER, **options: Any) -> Jobs:
        made.append(Jobs(workspace, Hub(), Local(workspace.path, command), **options))
        return made[-1]

    yield make_jobs
    for jobs in made:
        if not jobs._closing.is_set():
            for run in jobs.list():
                jobs.cancel(run.id)
            jobs.close()


def until(condition: Callable[[], Any], seconds: float = 10.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def pid_of(workspace: Workspace, run: str) -> int:
    return int(workspace.catalog.read("SELECT pid FROM runs WHERE id = ?", [run])[0]["pid"])


def test_one_worker_at_a_time_and_the_others_say_what_they_wait_for(make: Any) -> None:
    jobs = make()
    first = jobs.in_worker("train", None, "Train A", {})
    second = jobs.in_worker("train", None, "Train B", {})
    assert first.status == "running" and second.status == "queued"
    assert "one run at a time" in jobs.get(second.id).message and "Train A" in jobs.get(second.id).message
    assert jobs.busy and jobs.active == 2
    assert jobs.cancel(second.id).status == "cancelled"
    third = jobs.in_worker("predict", None, "Predict", {})
    jobs.cancel(first.id)
    until(lambda: jobs.get(third.id).status == "running")


def test_cancel_ends_the_whole_family_and_leaves_nothing(make: Any, workspace: Workspace) -> None:
    jobs = make(FAMILY)
    run = jobs.in_worker("train", None, "Train", {}).id
    until(lambda: (folder_of(workspace.path, run) / "ready").exists())
    family = psutil.Process(pid_of(workspace, run))
    members = [family, *family.children(recursive=True)]
    assert len(members) == 3
    began = time.monotonic()
    assert jobs.cancel(run).status == "cancelled"
    assert time.monotonic() - began < 10
    until(lambda: not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in members))
    assert not folder_of(workspace.path, run).exists()
    assert jobs.cancel(run).status == "cancelled"  # a second time changes nothing


def test_a_killed_worker_is_lost_and_can_go_on(make: Any, workspace: Workspace) -> None:
    jobs = make()
    run = jobs.in_worker("train", None, "Train", {}).id
    jobs.files.put(run, "last", b"checkpoint", {"epoch": 7})
    os.kill(pid_of(workspace, run), signal.SIGKILL)
    assert until(lambda: jobs.get(run).status == "lost") < 10
    assert "signal 9" in jobs.get(run).message and "after epoch 7" in jobs.get(run).message
    assert not folder_of(workspace.path, run).exists()
    jobs.resume(run)
    until(lambda: jobs.get(run).status == "running")
    with pytest.raises(Conflict):
        jobs.resume(run)


def test_a_worker_that_fails_says_why_without_paths(make: Any) -> None:
    jobs = make(CRASHER)
    run = jobs.in_worker("train", None, "Train", {}).id
    until(lambda: jobs.get(run).status == "failed")
    assert "no such device" in jobs.get(run).message and "secret" not in jobs.get(run).message
    assert jobs.get(run).problem["detail"] == jobs.get(run).message


def test_silence_is_loss(make: Any, monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    monkeypatch.setattr(queue, "HEARTBEAT_LIMIT_S", 0.8)
    jobs = make()
    run = jobs.in_worker("train", None, "Train", {}).id
    pid = pid_of(workspace, run)
    until(lambda: jobs.get(run).status == "lost")
    assert "said nothing" in jobs.get(run).message
    until(lambda: not psutil.pid_exists(pid))


def test_the_next_service_adopts_living_workers_and_marks_the_rest(make: Any, workspace: Workspace) -> None:
    before = make(slots=2)
    alive = before.in_worker("train", None, "A", {}).id
    dead = before.in_worker("train", None, "B", {}).id
    waiting = before.in_worker("train", None, "C", {}).id
    importing = workspace.catalog  # a thread's run that the old service had not ended
    importing.write("INSERT INTO runs (id, kind, status, title, created, params) VALUES ('old', 'import', 'running', 'I', now(), '{}')")
    before._closing.set()  # as if it had been killed: it does nothing any more, and its workers go on
    before._watcher.join(5)
    os.kill(pid_of(workspace, dead), signal.SIGKILL)
    os.waitpid(pid_of(workspace, dead), 0)
    after = make(slots=2)
    assert after.active == 4
    began = time.monotonic()
    after.recover()
    assert time.monotonic() - began < 10
    assert after.get(alive).status == "running" and after.get(dead).status == "lost" and after.get("old").status == "lost"
    until(lambda: after.get(waiting).status == "running")
    pid = pid_of(workspace, alive)
    after.cancel(alive)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_pid_of_somebody_else_is_not_our_worker(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    try:
        started = psutil.Process(other.pid).create_time()
        local = Local(tmp_path, SLEEPER)
        assert local.alive(Process(other.pid, started))
        stale = Process(other.pid, started - 100)
        assert not local.alive(stale)
        local.kill(stale)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_reports_are_taken_once_and_only_with_the_token(make: Any, workspace: Workspace) -> None:
    jobs = make((sys.executable, "-S", "-c", "import sys, time; open('hello', 'w').write(sys.stdin.read()); time.sleep(300)"))
    run = jobs.in_worker("train", None, "Train", {}).id
    hello = folder_of(workspace.path, run) / "hello"
    until(lambda: hello.exists() and hello.read_text())
    token = json.loads(hello.read_text())["token"]
    jobs.check_token(run, token)
    for wrong in ("", "x" * 64, token[:-1]):
        with pytest.raises(NotAllowed):
            jobs.check_token(run, wrong)
    environment = psutil.Process(pid_of(workspace, run)).environ()
    assert token not in json.dumps(environment) and token not in " ".join(psutil.Process(pid_of(workspace, run)).cmdline())
    report = {"progress": 0.5, "message": "Epoch 1", "metrics": [{"epoch": 1.0, "mAP50": 0.5}]}
    report["log"] = [f"key {'ab' * 32} at /root/data/x.png"]
    assert jobs.take(run, 1, report) and not jobs.take(run, 1, report)
    detail = jobs.get(run)
    assert detail.metrics == [{"epoch": 1.0, "mAP50": 0.5}] and detail.log == ["key … at …/x.png"]
    assert detail.progress == 0.5 and detail.message == "Epoch 1"
    jobs.take(run, 2, {"metrics": [{"epoch": 1.0, "mAP50": 0.6}]})
    assert jobs.get(run).metrics == [{"epoch": 1.0, "mAP50": 0.6}]
    assert jobs.done(run, {"ok": 1}).status == "succeeded" and jobs.done(run, {"ok": 2}).result == {"ok": 1}
    with pytest.raises(NotAllowed):
        jobs.check_token(run, token)


def test_the_log_of_a_run_is_capped(make: Any) -> None:
    jobs = make()
    run = jobs.in_worker("train", None, "Train", {}).id
    for part in range(3):
        jobs.take(run, part + 1, {"log": [f"line {part} {n}" for n in range(1000)]})
    assert jobs._records._catalog.read("SELECT count(*) AS n FROM run_log WHERE run = ?", [run])[0]["n"] == 2000
    assert "log is full" in jobs.get(run).log[-1]


def test_files_are_replaced_as_a_whole(make: Any, workspace: Workspace) -> None:
    jobs = make()
    run = jobs.in_worker("train", None, "Train", {}).id
    for epoch in (1, 2):
        jobs.files.put(run, "last", b"x" * 100_000 + bytes([epoch]), {"epoch": epoch})
    assert jobs.files.get(run, "last")[-1] == 2
    assert len(workspace.catalog.read("SELECT id FROM blobs WHERE owner = ?", [f"run:{run}"])) == 1
    assert len(list(workspace.vault.store.ids())) == 1
    with pytest.raises(BadInput):
        jobs.files.put(run, "../evil", b"", {})
    jobs.files.drop(run)
    assert list(workspace.vault.store.ids()) == []


def test_work_in_threads(make: Any) -> None:
    jobs = make()

    def good(progress: Any) -> dict[str, Any]:
        progress(0.5, "half")
        return {"run": progress.run}

    def bad(progress: Any) -> dict[str, Any]:
        raise NotFound("There is no such thing.")

    def broken(progress: Any) -> dict[str, Any]:
        raise ZeroDivisionError("in /home/somebody/secret.py")

    def endless(progress: Any) -> dict[str, Any]:
        while True:
            progress(0.1, "on and on")
            time.sleep(0.01)

    runs = {work.__name__: jobs.in_thread("import", None, work.__name__, work, {}).id for work in (good, bad, broken, endless)}
    until(lambda: jobs.get(runs["good"]).status == "succeeded")
    assert jobs.get(runs["good"]).result == {"run": runs["good"]}
    until(lambda: jobs.get(runs["bad"]).status == "failed" and jobs.get(runs["broken"]).status == "failed")
    assert jobs.get(runs["bad"]).problem["type"] == "urn:comexp:NotFound"
    assert "secret" not in json.dumps(jobs.get(runs["broken"]).model_dump()) and "code" in jobs.get(runs["broken"]).message
    until(lambda: jobs.get(runs["endless"]).message == "on and on")
    jobs.cancel(runs["endless"])
    until(lambda: jobs.get(runs["endless"]).status == "cancelled")
    with pytest.raises(BadInput):
        jobs.resume(runs["endless"])


def test_stopping_a_dataset_waits_for_its_runs(make: Any) -> None:
    jobs = make()

    def slow(progress: Any) -> dict[str, Any]:
        try:
            while True:
                progress(0.1, "")
                time.sleep(0.01)
        except Cancelled:
            time.sleep(0.3)
            raise

    mine = [jobs.in_thread("import", "d1", "I", slow, {}).id, jobs.in_worker("train", "d1", "T", {}).id]
    other = jobs.in_thread("import", "d2", "I", slow, {}).id
    jobs.stop("d1")
    assert {jobs.get(run).status for run in mine} == {"cancelled"} and jobs.get(other).status == "running"


def test_executors_that_are_not_there(make: Any) -> None:
    with pytest.raises(BadInput, match="executor='local'"):
        make().in_worker("train", None, "Train", {"executor": "ray://head:10001"})


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("Results saved to /dev/shm/comexp-0-run-1/run", "Results saved to …/run"),
        ("token=abc123 and Authorization: Bearer xyz", "token=… and Authorization: …"),
        ("epoch 1/3 box_loss 1.2/2.3", "epoch 1/3 box_loss 1.2/2.3"),
        ("\x1b[34mblue\x1b[0m\nnext", "blue next"),
        ("sha " + "0f" * 32, "sha …"),
        ("x" * 900, "…"),
        ("word " * 200, ("word " * 100)),
    ],
)
def test_scrubbing(line: str, clean: str) -> None:
    assert scrub.line(line) == clean[:500] or scrub.line(line) == clean.strip()[:500]


def test_the_fence_holds(tmp_path: Path) -> None:
    code = (
        "import json, os, pathlib, socket, sys, threading\n"
        "from comexp_lab.jobs import fence\n"
        "mine, other = map(pathlib.Path, sys.argv[1:])\n"
        "fenced, can = fence.enter(mine), {}\n"
        "def attempt(name, act):\n"
        "    try: act(); can[name] = True\n"
        "    except OSError: can[name] = False\n"
        "attempt('mine', lambda: (mine / 'a').write_text('x'))\n"
        "attempt('other', lambda: (other / 'a').write_text('x'))\n"
        "attempt('over', lambda: (other / 'there').open('r+').close())\n"
        "attempt('remove', lambda: (other / 'there').unlink())\n"
        "attempt('read', lambda: (other / 'there').read_text())\n"
        "attempt('move', lambda: os.rename(mine / 'a', other / 'b'))\n"
        "t = threading.Thread(target=attempt, args=('thread', lambda: (other / 'c').write_text('x'))); t.start(); t.join()\n"
        "def child():\n"
        "    if os.system(f'touch {other}/d 2>/dev/null'): raise OSError\n"
        "attempt('child', child)\n"
        "attempt('tcp', lambda: socket.create_connection(('127.0.0.1', 9), 1))\n"
        "print(json.dumps([fenced, can]))\n"
    )
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    (other / "there").write_text("x")
    fenced, can = json.loads(subprocess.check_output([sys.executable, "-c", code, str(mine), str(other)], text=True))
    if not fenced:
        pytest.skip("this kernel has no Landlock")
    assert can == {"mine": True, "read": True, **dict.fromkeys(("other", "over", "remove", "move", "thread", "child", "tcp"), False)}
