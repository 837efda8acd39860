"""Where workers run. One small protocol; ``Local`` starts processes on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from comexp_lab.errors import BadInput
from comexp_lab.transport import mark, memory_dir, runtime_dir

KILL_PATIENCE_S = 8.0
CRASH_LOG = "worker.log"


@dataclass(frozen=True)
class Process:
    """A worker that can be found again after a restart of the service: a pid alone could have been given to another."""

    pid: int
    started: float


class Executor(Protocol):
    def start(self, run: str, hello: bytes) -> Process:
        """Start a worker for the run and give it ``hello`` (it holds a secret) where nobody else can read it."""

    def alive(self, process: Process) -> bool: ...

    def exit_code(self, process: Process) -> int | None:
        """How a worker of ours ended: negative is the signal; None if it runs or was not started by us."""

    def kill(self, process: Process) -> None:
        """End the worker and everything it started; returns when they are gone."""

    def last_words(self, run: str) -> str: ...

    def clean(self, run: str) -> None:
        """Remove what the worker left behind."""

    def left_behind(self) -> list[str]:
        """Runs that have something to clean."""


def folder_of(workspace: Path, run: str) -> Path:
    """The private folder of a run in memory-backed storage."""
    return memory_dir() / f"{mark(runtime_dir(workspace))}run-{run}"


def find(process: Process) -> psutil.Process | None:
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started) < 0.05
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


class Local:
    """Workers as processes in sessions of their own, so that they outlive the service and can be killed as a group."""

    def __init__(self, workspace: Path, command: tuple[str, ...] = (sys.executable, "-m", "comexp_lab.jobs.worker")) -> None:
        self._workspace, self._command = workspace, command
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, run: str, hello: bytes) -> Process:
        from comexp_lab.learn.convert import environment

        folder = folder_of(self._workspace, run)
        self.clean(run)
        folder.mkdir(mode=0o700)
        with (folder / CRASH_LOG).open("wb") as log:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=environment(folder),
                start_new_session=True,
            )
        assert child.stdin is not None
        try:
            child.stdin.write(hello)
            child.stdin.close()
        except BrokenPipeError:
            child.wait()
        self._children[child.pid] = child
        try:
            started = psutil.Process(child.pid).create_time()
        except psutil.Error:
            started = 0.0
        return Process(child.pid, started)

    def alive(self, process: Process) -> bool:
        child = self._children.get(process.pid)
        if child is not None and child.poll() is not None:
            return False
        return find(process) is not None

    def exit_code(self, process: Process) -> int | None:
        child = self._children.get(process.pid)
        return child.poll() if child is not None else None

    def kill(self, process: Process) -> None:
        found = find(process)
        victims = [found, *found.children(recursive=True)] if found else []
        if found:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                victims = []
        for victim in victims:
            try:
                victim.kill()
            except psutil.Error:
                continue
        child = self._children.pop(process.pid, None)
        if child is not None:
            child.wait(KILL_PATIENCE_S)
        deadline = time.monotonic() + KILL_PATIENCE_S
        while find(process) and time.monotonic() < deadline:
            time.sleep(0.02)

    def last_words(self, run: str) -> str:
        """The last line that the worker wrote when it crashed."""
        try:
            lines = (folder_of(self._workspace, run) / CRASH_LOG).read_text(errors="replace")[-4000:].splitlines()
        except OSError:
            return ""
        return next((entry for entry in reversed(lines) if entry.strip()), "")

    def clean(self, run: str) -> None:
        shutil.rmtree(folder_of(self._workspace, run), ignore_errors=True)

    def left_behind(self) -> list[str]:
        prefix = folder_of(self._workspace, "")
        return [path.name.removeprefix(prefix.name) for path in prefix.parent.glob(f"{prefix.name}*")]


def check_name(executor: str) -> None:
    if executor != "local":
        raise BadInput(f"executor='{executor[:60]}' is not available in this version: use executor='local'.")
