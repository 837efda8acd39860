"""Keeps the browse service running for the lab service: started when needed, restarted with back-off, ended with us."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger("comexp.browse")
BACK_OFF_S = (0.0, 1.0, 3.0, 10.0, 30.0)
LOOK_S = 0.3
STABLE_S = 60.0


class Supervisor:
    """``config``: the first line for the process; ``on_start()`` after each start, ``on_end(clean, giving_up)`` after each end."""

    def __init__(self, config: dict[str, Any], log_file: Path, on_start: Callable[[], None], on_end: Callable[[bool, bool], None]) -> None:
        self._config, self._log_file = config, log_file
        self._on_start, self._on_end = on_start, on_end
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._failures = 0
        self._began = 0.0

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def ensure(self) -> None:
        """Start it if it is not there."""
        with self._lock:
            if self._child is None and not self._stopping.is_set():
                self._failures = 0
                self._start()

    def _start(self) -> None:
        self._began = time.monotonic()
        with self._log_file.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "comexp_lab.browse.server"],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.send(self._config)
        self._on_start()
        threading.Thread(target=self._wait, args=(self._child,), name="browse supervisor", daemon=True).start()

    def send(self, command: dict[str, Any]) -> None:
        """One line to the process; lost if it is just dying, which ``on_start`` of the next one makes up for."""
        with self._lock:
            child = self._child
            if child is None or child.stdin is None:
                return
            try:
                child.stdin.write(json.dumps(command).encode() + b"\n")
                child.stdin.flush()
            except (BrokenPipeError, ValueError):
                log.info("the browse service is gone")

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        code = child.wait()
        with self._lock:
            if self._stopping.is_set() or child is not self._child:
                return
            self._child = None
            self._failures = 0 if time.monotonic() - self._began > STABLE_S else self._failures + 1
        giving_up = self._failures >= len(BACK_OFF_S)
        self._on_end(code == 0, giving_up)
        if code != 0 and not giving_up and not self._stopping.wait(BACK_OFF_S[self._failures]):
            with self._lock:
                if self._child is None:
                    self._start()

    def close(self) -> None:
        """End the process: the end of its stdin tells it to go."""
        self._stopping.set()
        self.end()

    def end(self) -> None:
        """End the process with everything that it and its database hold in memory; ``ensure`` starts a fresh one."""
        with self._lock:
            child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(5.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
