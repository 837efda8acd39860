"""One encrypted DuckDB file in a DuckDB instance of its own, locked down: no other file, no network, no settings.

The instance is an in-memory one that attaches the file as ``d``. It works on one core until there is much to do: few rows
take several threads longer than one. Sorts that do not fit in memory spill to encrypted temporary files. DuckDB writes
encrypted files with its safe crypto only when httpfs (OpenSSL) is loaded, which comes as a Python package.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import Error, Full, Unavailable

if TYPE_CHECKING:
    import duckdb


NEVER = "'1TB'"
MUCH = 4 << 20  # bytes of a file that all cores work on
_CHECKED: set[tuple[str, int, int, int]] = set()  # extension files whose signature DuckDB has checked: 20 MB, a tenth of a second
_PREPARED: list[tuple[str, duckdb.DuckDBPyConnection]] = []  # each with its memory limit
_READY = threading.Lock()
# a process is not forked while a thread makes an instance: its child could neither end that nor take the lock
os.register_at_fork(before=_READY.acquire, after_in_parent=_READY.release, after_in_child=_READY.release)


def _httpfs() -> Path:
    import duckdb

    spec = find_spec("duckdb_extension_httpfs")
    if spec is None or spec.origin is None:
        raise Unavailable("The package duckdb-extension-httpfs is missing: install it, encryption needs it.")
    return Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"


def _memory_limit() -> str:
    """``$COMEXP_MEMORY`` (as DuckDB writes it: 4GB), else two fifths of the machine's memory, at most 8 GB."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return os.environ.get("COMEXP_MEMORY") or f"{min(machine * 2 // 5, 8 << 30)}B"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _Pandas(ModuleType):
    """Stands for pandas until somebody wants more of it than its two kinds of nothing."""

    NaT = object()
    NA = object()

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("pandas"), name)


@cache
def _spare_pandas() -> None:
    """DuckDB imports pandas (90 MB) at the first query with a parameter, to compare it with NaT and NA: let it keep ours."""
    import duckdb

    if "pandas" in sys.modules:
        return
    sys.modules["pandas"] = _Pandas("pandas")
    try:
        duckdb.connect(":memory:").execute("SELECT ?", [0])
    finally:
        del sys.modules["pandas"]


def instance(spill: Path | None, one_core: bool = False) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that can open encrypted files; ``spill`` is the folder for encrypted temporary files."""
    with _READY:
        limit, con = _PREPARED.pop() if _PREPARED else ("", None)
    if con is None or limit != _memory_limit():
        con = _fresh()
    con.execute(f"SET temp_directory = {quoted(str(spill) if spill else '')}")
    if not one_core:
        use_all_cores(con)
    return con


def prepare() -> None:
    """Have an instance ready for the next database that is opened, unless there is one: making it takes some 15 ms."""
    with _READY:
        if not _PREPARED and _CHECKED:
            _PREPARED.append((_memory_limit(), _fresh()))


def _fresh() -> duckdb.DuckDBPyConnection:
    import duckdb

    _spare_pandas()
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": _memory_limit(),
        "temp_directory": "",
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
    }
    extension = _httpfs()
    facts = extension.stat()
    seen = (str(extension), facts.st_ino, facts.st_size, facts.st_mtime_ns)
    config["allow_unsigned_extensions"] = seen in _CHECKED
    con = duckdb.connect(":memory:", config=config)
    con.execute("SET temp_file_encryption = true")
    con.execute(f"SET wal_autocheckpoint = {NEVER}")  # checkpoints run when idle, never in a committing thread
    con.execute("SET auto_checkpoint_skip_wal_threshold = 0")  # what goes into the file at once does not go into the log, too
    con.execute(f"LOAD {quoted(str(extension))}")
    _CHECKED.add(seen)
    return con


def use_all_cores(con: duckdb.DuckDBPyConnection) -> None:
    """From now on, for everybody who uses the instance: taking threads away again would wait for whoever is at work."""
    con.execute(f"SET GLOBAL threads = {min(4, os.cpu_count() or 1)}")


def attach(con: duckdb.DuckDBPyConnection, path: Path | None, key: bytes, options: str = "", name: str = "d") -> None:
    where = quoted(str(path)) if path else "':memory:'"
    settings = [f"ENCRYPTION_KEY '{key.hex()}'"] if path else []
    settings += [options] if options else []
    con.execute(f"ATTACH {where} AS {name}" + (f" ({', '.join(settings)})" if settings else ""))


class Database:
    """``path`` None keeps everything in memory. Cursors may be taken in any thread."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        self.path = path
        self.broken = False
        self._lock = threading.Lock()
        self._kept: dict[str, duckdb.DuckDBPyConnection] = {}
        self._con = instance(path.parent / "spill" if path else None, one_core=self._small())
        try:
            attach(self._con, path, key)
            self._con.execute(
                """USE d; SET enable_external_access = false;
                SET allowed_configs = ['wal_autocheckpoint', 'disabled_optimizers', 'threads']; SET lock_configuration = true"""
            )
        except BaseException:
            self._con.close()
            raise
        if path:
            path.chmod(0o600)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own, closed at the end. DuckDB's own failures come out as errors a user understands."""
        with self._lock:
            cur = self._con.cursor()
        try:
            cur.execute("USE d")
            yield cur
        except Exception as error:
            raise self._translated(error) from error
        finally:
            cur.close()

    @contextmanager
    def transaction(self, how: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside a transaction: committed at the end, rolled back on error. ``how``: e.g. READ ONLY."""
        with self.cursor() as cur, self.within(cur, how):
            yield cur

    @contextmanager
    def quick(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same on a cursor that is kept, for the one thread at a time that writes small changes."""
        try:
            cur = self._keep("writes")
            with self.within(cur):
                yield cur
        except Exception as error:
            raise self._translated(error) from error

    @contextmanager
    def glance(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that is kept, for the one thread at a time that looks small things up."""
        try:
            yield self._keep("looks")
        except Exception as error:
            raise self._translated(error) from error

    def _keep(self, use: str) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if use not in self._kept:
                self._kept[use] = self._con.cursor()
                self._kept[use].execute("USE d")
            return self._kept[use]

    @contextmanager
    def within(self, cur: duckdb.DuckDBPyConnection, how: str = "", *, bulk: bool = False) -> Iterator[None]:
        """A transaction on one's own cursor. That of a ``bulk`` writer goes past the write-ahead log, unless a reader is in the way."""
        cur.execute(f"BEGIN TRANSACTION {how}")
        try:
            yield
        except BaseException as error:
            self._translated(error)
            if not self.broken:
                _rollback(cur)
            raise
        if not bulk:
            cur.execute("COMMIT")
            return
        cur.execute("SET GLOBAL wal_autocheckpoint = '1B'")
        try:
            cur.execute("COMMIT")
        finally:
            cur.execute(f"SET GLOBAL wal_autocheckpoint = {NEVER}")

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file."""
        with self.cursor() as cur:
            cur.execute("CHECKPOINT d")
            if not self._small():
                use_all_cores(cur)

    def _small(self) -> bool:
        return self.path is not None and (not self.path.exists() or self.path.stat().st_size < MUCH)

    def close(self) -> None:
        with self._lock:
            for cur in self._kept.values():
                cur.close()
            self._con.close()

    def _translated(self, error: BaseException) -> BaseException:
        import duckdb

        if isinstance(error, duckdb.FatalException | duckdb.InternalException) or "has been invalidated" in str(error):
            self.broken = True
            return Unavailable("The store met an error inside DuckDB and is being reopened: try again.")
        if isinstance(error, duckdb.OutOfMemoryException):
            return Error("This needs more memory than the lab service may use: ask for less at once, or set COMEXP_MEMORY.")
        if isinstance(error, duckdb.IOException | OSError) and ("No space left" in str(error) or "File too large" in str(error)):
            return Full("The disk is full: free some space and try again.")
        return error


def _rollback(cur: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    try:
        cur.execute("ROLLBACK")
    except duckdb.TransactionException:  # the failure had already ended the transaction
        return
