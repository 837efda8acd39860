"""Opening a database that a crash or a bad disk left behind: nothing acknowledged is lost, and it always opens.

When DuckDB refuses the write-ahead log, the file and its log are copied to ``quarantine`` (encrypted as they are), the
longest prefix of the log that DuckDB accepts is opened, and the journal supplies the rest.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from comexp_lab.errors import Error
from comexp_lab.store.blobs import sync_folder
from comexp_lab.store.database import Database, attach, instance

if TYPE_CHECKING:
    import duckdb


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def open_database(path: Path, key: bytes, name: str, notices: list[str]) -> Database:
    """Open ``path``, mending its write-ahead log if DuckDB refuses it. ``name`` is how notices call it."""
    import duckdb

    try:
        return Database(path, key)
    except duckdb.Error as error:
        wal = wal_of(path)
        if not wal.exists() or not path.exists():
            raise Error(f"The file of {name} is damaged: restore {path.name} from a backup.") from error
    kept = keep(path, path, wal_of(path))
    _keep_prefix(path, key, kept)
    notices.append(f"The change log of {name} was damaged. What could be read was restored; the damaged files are kept in {kept.name}.")
    try:
        return Database(path, key)
    except duckdb.Error as error:
        raise Error(f"The file of {name} is damaged: restore {path.name} from a backup.") from error


def keep(path: Path, *files: Path) -> Path:
    """Copy files of the database ``path``, encrypted as they are, into a quarantine folder of their own."""
    folder = path.parent / "quarantine" / f"{path.stem}-{time.time_ns()}"
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    for file in files:
        shutil.copy2(file, folder / file.name)
    return folder


def _keep_prefix(path: Path, key: bytes, quarantine: Path) -> None:
    """Replace the log by its longest prefix that opens, found by bisection on hard links."""
    damaged = (quarantine / wal_of(path).name).read_bytes()
    low, high = 0, len(damaged)
    with closing(instance(None)) as con:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _opens(con, path, key, damaged[:middle]) else (low, middle)
    wal = wal_of(path)
    if low:
        with wal.open("r+b") as file:
            file.truncate(low)
            os.fsync(file.fileno())
    else:
        wal.unlink()
    sync_folder(path.parent)


def opens(path: Path, key: bytes) -> bool:
    """Whether the key is that of the file, leaving its log aside. Changes nothing."""
    with closing(instance(None)) as con:
        return _opens(con, path, key, b"")


def _opens(con: duckdb.DuckDBPyConnection, path: Path, key: bytes, log: bytes) -> bool:
    import duckdb

    trial = path.with_name("trial.duckdb")
    _discard(trial)
    os.link(path, trial)
    wal_of(trial).write_bytes(log)
    try:
        attach(con, trial, key, options="READ_ONLY", name="trial")
        con.execute("DETACH trial")
        return True
    except duckdb.Error:
        return False
    finally:
        _discard(trial)


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)
    wal_of(path).unlink(missing_ok=True)
