"""The queue of a workspace: what waits, what runs, what became of it. Its state is in the catalog; this class only acts on it.

A worker belongs to its run, not to this process: when the service ends, workers go on, and ``recover`` of the next service
finds them by pid and start time. Only one worker runs at a time (``slots``), because one training wants the whole machine.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from comexp_lab.api import RunDetail, RunKind, RunOut
from comexp_lab.errors import BadInput, Cancelled, Conflict, Error, NotAllowed
from comexp_lab.jobs import scrub
from comexp_lab.jobs.executors import Executor, Local, Process, check_name
from comexp_lab.jobs.files import RunFiles
from comexp_lab.jobs.live import Live, Progress, digest
from comexp_lab.jobs.records import Records, now

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

WORKER_KINDS = ("train", "predict", "evaluate")
RESUMABLE = ("failed", "lost", "cancelled")
ENDED = ("succeeded", *RESUMABLE)
HEARTBEAT_LIMIT_S = 60.0
TICK_S = 0.5
SAVE_EVERY_S = 2.0
LEAVE_S = 10.0
STOP_S = 15.0
RESTARTED = "The lab service stopped while this was under way: start it again."
log = logging.getLogger("comexp")


class Jobs:
    def __init__(self, workspace: Workspace, hub: Any, executor: Executor | None = None, slots: int = 1) -> None:
        self._workspace = workspace
        self._hub = hub
        self._executor: Executor = executor or Local(workspace.path)
        self._slots = slots
        self._records = Records(workspace.catalog)
        self.files = RunFiles(workspace)
        self._live: dict[str, Live] = {}
        self._leaving: dict[str, tuple[Process, float]] = {}
        self._unseen = {row["id"] for row in self._records.open_rows()}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="job")
        self._watcher = threading.Thread(target=self._watch, name="jobs", daemon=True)

    # ---- what the service asks
    @property
    def active(self) -> int:
        return len(self._live) + len(self._unseen)

    @property
    def busy(self) -> bool:
        return self.active > 0

    def get(self, run: str) -> RunDetail:
        return self._records.detail(self._fresh(self._records.get(run)))

    def list(self, dataset: str | None = None) -> list[RunOut]:
        return [self._fresh(run) for run in self._records.all(dataset)]

    def _fresh(self, run: RunOut) -> RunOut:
        live = self._live.get(run.id)
        if live is None or run.status != "running":
            return run
        return run.model_copy(update={"progress": live.progress, "message": live.message or run.message, "eta_s": live.eta_s()})

    # ---- starting
    def in_thread(
        self, kind: RunKind, dataset: str | None, title: str, fn: Callable[[Progress], dict[str, Any]], params: dict[str, Any]
    ) -> RunOut:
        """Run ``fn(progress)`` in a thread of the service; what it returns is the run's result."""
        run = self._records.create(kind, dataset, title, params, None, "Waiting")
        live = self._live[run] = Live()
        self._threads.submit(self._run_in_thread, run, fn, live)
        return self._records.get(run)

    def _run_in_thread(self, run: str, fn: Callable[[Progress], dict[str, Any]], live: Live) -> None:
        if live.cancelled.is_set():
            return self._end(run, "cancelled", message="Cancelled before it began.")
        self._records.update(run, status="running", started=now(), message="")
        self._tell(run)
        try:
            result = fn(Progress(run, live.cancelled, self.report))
        except Cancelled:
            if self._closing.is_set():
                self._end(run, "lost", message=RESTARTED)
            else:
                self._end(run, "cancelled", message="Cancelled.")
        except Error as error:
            self._end(run, "failed", problem=error.problem(), message=error.detail)
        except Exception as error:  # the thread's last stop: nobody else would hear of it
            self._end(run, "failed", **self._unforeseen(run, error))
        else:
            self._end(run, "succeeded", result=result, progress=1.0, message="Done")

    def _unforeseen(self, run: str, error: Exception) -> dict[str, Any]:
        code = run[:8]
        log.error("unforeseen in run %s", run, exc_info=error)
        problem = Error(f"Something went wrong in the lab service (code {code}): its log says more.")
        return {"problem": problem.problem(), "message": problem.detail}

    def in_worker(self, kind: RunKind, dataset: str | None, title: str, params: dict[str, Any], version: str | None = None) -> RunOut:
        """Queue work for a worker process. ``params`` is what the worker gets to know; ``params["executor"]`` where it runs."""
        check_name(params.get("executor", "local"))
        run = self._records.create(kind, dataset, title, params, version, "Waiting")
        self._enqueue(run)
        return self._records.get(run)

    def _enqueue(self, run: str) -> None:
        with self._lock:
            self._live[run] = Live()
        self._start_waiting()
        if not self._watcher.is_alive() and not self._closing.is_set():
            self._watcher.start()

    def resume(self, run: str) -> RunOut:
        """Queue an ended run again; training goes on from its last sealed checkpoint. Raises Conflict, BadInput."""
        row = self._records.get(run)
        if row.kind not in WORKER_KINDS:
            raise BadInput(f"An {row.kind} cannot be resumed: start it again.")
        with self._lock:
            if run in self._live or row.status not in RESUMABLE:
                raise Conflict(f"This run is {row.status}: only runs that failed, were lost or cancelled can be resumed.")
            self._records.update(run, status="queued", ended=None, problem=None, message="Waiting to go on")
            self._enqueue(run)
        return self._records.get(run)

    def _start_waiting(self) -> None:
        """Start what waits, as far as slots are free; tell the others what they wait for."""
        with self._lock:
            if self._closing.is_set():
                return
            rows = [row for row in self._records.open_rows() if row["kind"] in WORKER_KINDS and row["id"] in self._live]
            running = [row for row in rows if row["status"] == "running"]
            for row in (row for row in rows if row["status"] == "queued"):
                if len(running) + len(self._leaving) < self._slots:
                    self._start(row["id"])
                    running.append(row)
                elif running:
                    self._wait_behind(row, running[0]["title"])

    def _wait_behind(self, row: dict[str, Any], other: str) -> None:
        message = f"Waiting: one run at a time, and '{other}' is running."
        if row["message"] != message:
            self._records.update(row["id"], message=message)
            self._tell(row["id"])

    def _start(self, run: str) -> None:
        from comexp_lab.transport import socket_path

        token = secrets.token_hex(32)
        self._records.admit(run, digest(token))
        hello = {"socket": str(socket_path(self._workspace.path)), "run": run, "token": token}
        process = self._executor.start(run, json.dumps(hello).encode())
        live = self._live[run]
        live.process, live.heard, live.message = process, time.monotonic(), "Starting the worker"
        self._records.update(run, status="running", started=now(), pid=process.pid, pid_started=process.started, message=live.message)
        self._tell(run)

    # ---- what workers say
    def check_token(self, run: str, token: str) -> None:
        known = self._records.worker(run)
        if known is None or not hmac.compare_digest(known[0], digest(token)):
            raise NotAllowed("This worker does not belong to the run (any more).")

    @contextmanager
    def answering(self, run: str, token: str) -> Iterator[None]:
        """While a request of the run's worker is answered: whoever stops the run waits for that. Raises NotAllowed."""
        with ExitStack() as stack:
            with self._lock:
                self.check_token(run, token)
                stack.enter_context(self._live.get(run, Live()).answering())
            yield

    def spec(self, run: str) -> RunOut:
        return self._records.get(run)

    def take(self, run: str, seq: int, report: dict[str, Any]) -> bool:
        """Apply a worker's report once, however often it is sent; False if it was known already.

        ``report`` may hold progress, message, metrics (rows with an epoch) and log (lines).
        """
        with self._lock:
            live = self._live.get(run)
            known = self._records.worker(run)
            if live is None or known is None:
                raise NotAllowed("This run has ended.")
            live.heard = time.monotonic()
            if seq <= known[1]:
                return False
            lasting = report.get("metrics") or report.get("log")
            for row in report.get("metrics", []):
                self._records.add_metrics(run, row)
            kept = self._records.add_log(run, report["log"]) if report.get("log") else []
            if lasting:
                self._records.taken(run, seq)
        if "progress" in report:
            self.report(run, report["progress"], report.get("message", ""))
        if lasting:
            self._tell(run, metrics=report.get("metrics", []), log=kept)
        return True

    def report(self, run: str, fraction: float, message: str) -> None:
        live = self._live.get(run)
        if live is None:
            return
        live.progress, live.message = min(max(float(fraction), 0.0), 1.0), scrub.line(message) or live.message
        live.heard = time.monotonic()
        live.base = live.base or (time.monotonic(), live.progress)
        if time.monotonic() - live.saved > SAVE_EVERY_S:
            live.saved = time.monotonic()
            self._records.update(run, progress=live.progress, message=live.message, heartbeat=now())
        self._tell(run)

    def done(
        self, run: str, result: dict[str, Any] | None = None, problem: dict[str, Any] | None = None, model: str | None = None
    ) -> RunOut:
        """A worker ended its run; saying it twice changes nothing."""
        if run in self._live:
            if problem is None:
                self._end(run, "succeeded", result=result, model=model, progress=1.0, message="Done")
            else:
                detail = scrub.line(str(problem.get("detail", "The worker failed.")))
                self._end(run, "failed", problem=problem | {"detail": detail}, message=detail)
        return self._records.get(run)

    # ---- ending
    def cancel(self, run: str) -> RunOut:
        """Stop a run and everything it started, within ten seconds. Cancelling an ended run changes nothing."""
        row = self._records.get(run)
        live = self._live.get(run)
        if live is None:
            return row
        live.cancelled.set()
        if row.kind in WORKER_KINDS:
            self._end(run, "cancelled", message="Cancelled.")
            live.silent(STOP_S)
        else:
            live.ended.wait(2.0)
        return self._fresh(self._records.get(run))

    def stop(self, dataset: str | None = None, only: Collection[RunKind] = (), but: Collection[RunKind] = ()) -> None:
        """Cancel the runs of a dataset (None: all), ``only`` of these kinds or all ``but`` these, and wait until they are gone."""
        doomed = [(run, live) for run in self._records.all(dataset) if (live := self._live.get(run.id)) is not None]
        doomed = [(run, live) for run, live in doomed if (not only or run.kind in only) and run.kind not in but]
        for _, live in doomed:
            live.cancelled.set()
        for run, live in doomed:
            if run.kind in WORKER_KINDS:
                self._end(run.id, "cancelled", message="Cancelled.")
            if not live.silent(STOP_S):
                raise Conflict("A run of this dataset does not stop: try again in a minute.")

    def _end(self, run: str, status: str, **fields: Any) -> None:
        with self._lock:
            live = self._live.get(run)
            if live is None:
                return
            if live.process is not None and status != "succeeded":
                self._executor.kill(live.process)
            if "progress" not in fields:
                fields["progress"] = live.progress
            self._records.update(run, status=status, ended=now(), pid=None, pid_started=None, **fields)
            self._records.dismiss(run)
            del self._live[run]
            if live.process is not None and status == "succeeded":
                self._leaving[run] = (live.process, time.monotonic() + LEAVE_S)
            elif live.process is not None:
                self._executor.clean(run)
        live.ended.set()
        self._tell(run)
        self._wake.set()

    # ---- watching
    def recover(self) -> None:
        """After a start: adopt workers that still run, mark the rest as lost, start what waits."""
        for row in self._records.open_rows():
            run = row["id"]
            with self._lock:
                if run in self._live:
                    continue
                live = self._live[run] = Live(progress=row["progress"] or 0.0, message=row["message"] or "")
                self._unseen.discard(run)
            if row["pid"] is not None:
                live.process = Process(row["pid"], row["pid_started"] or 0.0)
            if row["kind"] not in WORKER_KINDS:
                self._end(run, "lost", message=RESTARTED)
            elif row["status"] == "running" and not (live.process and self._executor.alive(live.process)):
                self._lose(run, "The worker ended while the lab service was away")
        self._unseen.clear()
        for run in self._executor.left_behind():
            if run not in self._live:
                self._executor.clean(run)
        if self._live and not self._watcher.is_alive():
            self._watcher.start()
        self._start_waiting()

    def _watch(self) -> None:
        while not self._closing.is_set():
            self._wake.wait(TICK_S)
            self._wake.clear()
            try:
                for run, live in list(self._live.items()):
                    if live.process is not None:
                        self._check(run, live, live.process)
                self._see_off()
                self._start_waiting()
            except Error as error:
                log.warning("jobs: %s", error)

    def _see_off(self, patient: bool = True) -> None:
        """Clean up behind workers that have said they are done."""
        for run, (process, deadline) in list(self._leaving.items()):
            if patient and self._executor.alive(process) and time.monotonic() < deadline:
                continue
            self._executor.kill(process)
            self._executor.clean(run)
            with self._lock:
                del self._leaving[run]

    def _check(self, run: str, live: Live, process: Process) -> None:
        if time.monotonic() - live.heard > HEARTBEAT_LIMIT_S:
            return self._lose(run, f"The worker has said nothing for {HEARTBEAT_LIMIT_S:.0f} s and was ended")
        if self._executor.alive(process):
            return None
        code = self._executor.exit_code(process)
        if code is None or code < 0:
            why = " by signal 9; maybe the machine ran out of memory" if code == -9 else ""
            return self._lose(run, f"The worker was ended from outside{why}")
        words = scrub.line(self._executor.last_words(run)) or f"exit code {code}"
        problem = Error(f"The worker failed: {words}").problem()
        return self._end(run, "failed", problem=problem, message=problem["detail"])

    def _lose(self, run: str, what: str) -> None:
        message = f"{what}: resume it to go on{self._from_where(run)}."
        self._end(run, "lost", problem=Error(message).problem(), message=message)

    def _from_where(self, run: str) -> str:
        last = self.files.row(run, "last")
        return f" after epoch {last['facts']['epoch']}" if last else " from its beginning"

    def _tell(self, run: str, **more: Any) -> None:
        row = self._fresh(self._records.get(run))
        facts = {name: getattr(row, name) for name in ("kind", "status", "progress", "message", "eta_s")}
        self._hub.publish("run", dataset=row.dataset, run=run, **facts, **more)

    def close(self) -> None:
        """Stop watching; threads are asked to stop, workers go on and are adopted by the next service."""
        self._closing.set()
        self._wake.set()
        for live in list(self._live.values()):
            if live.process is None:
                live.cancelled.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._watcher.is_alive():
            self._watcher.join(5.0)
        self._see_off(patient=False)
