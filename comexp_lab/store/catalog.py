"""The workspace's own tables: datasets, runs, models, settings."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from comexp_lab.store import erase, schema
from comexp_lab.store.journaled import Journaled
from comexp_lab.store.keys import KeyStore
from comexp_lab.store.recovery import opens
from comexp_lab.store.rows import rows
from comexp_lab.store.space import Space

if TYPE_CHECKING:
    import duckdb


class Catalog:
    """Thread-safe; a write is durable when it returns."""

    def __init__(self, path: Path, keys: KeyStore, notices: list[str], space: Space) -> None:
        self._path, self._keys, self._notices, self._space = path, keys, notices, space
        self._lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        epochs = self._keys.epochs("catalog")
        if "catalog" in self._keys.came_back and not (epochs and self._path.exists() and opens(self._path, epochs[0][1])):
            for path in self._path.parent.glob(f"{self._path.stem}.*"):  # everything was erased since this copy was made
                path.unlink()
        if not epochs:
            self._keys.create("catalog")
        key = erase.settle_epoch(self._keys, "catalog", self._path)
        self._live = Journaled(self._path, key, "catalog", "the catalog", schema.CATALOG, self._notices)
        self._sequence = int(self.read("SELECT value FROM meta WHERE key = 'sequence'")[0]["value"])
        self._live.replay(self._sequence, self._again)

    def read(self, sql: str, params: Any = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        with self._lock:
            self._ready()
            with self._live.db.cursor() as cur:
                return rows(cur.execute(sql, list(params)))

    def write(self, sql: str, params: Any = (), *, reserve: bool = False) -> None:
        """One statement in a transaction of its own. ``params``: str, numbers, bytes, datetime, None.

        ``reserve``: may use the space that is kept free, because it is for erasing.
        """
        if not reserve:
            self._space.require()
        with self._lock:
            self._ready()
            self._live.before_write()
            params = list(params)
            self._apply(sql, params)
            payload = orjson.dumps([sql, [_packed(value) for value in params]])
            self._live.committed([(self._sequence, payload)])

    def tidy(self, idle_s: float) -> None:
        """Checkpoint if nothing was written for ``idle_s`` seconds."""
        with self._lock:
            if self._live.dirty and time.monotonic() - self._live.touched >= idle_s:
                self._live.checkpoint()

    def rewrite(self, epoch: int = 1) -> None:
        """Write the file anew under a new key, so that no deleted row of it can be read any more; see ``erase.rewrite``."""
        self._rewrite(lambda con: con.execute("COPY FROM DATABASE old TO d"), epoch)

    def _rewrite(self, copy: Callable[[duckdb.DuckDBPyConnection], Any], epoch: int = 1) -> None:
        with self._lock:
            self._ready()
            self._live.checkpoint()
            self._live.close()
            try:
                erase.rewrite(self._keys, "catalog", self._path, copy, epoch=epoch)
            finally:
                self._open()

    def empty(self) -> None:
        """The same, and only the tables are left, without their rows."""
        self._rewrite(_copy_tables)

    def close(self) -> None:
        with self._lock:
            self._live.close()

    def _ready(self) -> None:
        with self._lock:
            if self._live.db.broken:
                self._live.close(save=False)
                self._open()

    def _apply(self, sql: str, params: list[Any]) -> None:
        with self._live.db.quick() as cur:
            cur.execute(sql, params)
            self._count(cur)
        self._sequence += 1

    def _count(self, cur: duckdb.DuckDBPyConnection) -> None:
        cur.execute("UPDATE meta SET value = ? WHERE key = 'sequence'", [str(self._sequence + 1)])

    def _again(self, _: int, payload: bytes) -> None:
        sql, params = orjson.loads(payload)
        self._apply(sql, [_unpacked(value) for value in params])


def _copy_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("COPY FROM DATABASE old TO d (SCHEMA)")
    con.execute("INSERT INTO d.meta FROM old.meta")


def _packed(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {"bytes": base64.b64encode(value).decode()}
    return {"time": value.isoformat()} if isinstance(value, datetime) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    return datetime.fromisoformat(value["time"]) if isinstance(value, dict) and "time" in value else value
