"""Runs in the catalog: rows in, API models out."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from comexp_lab.api import RunDetail, RunKind, RunOut
from comexp_lab.errors import NotFound
from comexp_lab.jobs import scrub

if TYPE_CHECKING:
    from comexp_lab.store import Catalog

MOST_LOG_LINES = 2000
SHOWN_LOG_LINES = 200
JSON_COLUMNS = ("params", "result", "problem")
OWN_TABLES = {
    "workers": "CREATE TABLE workers (run VARCHAR, token VARCHAR, seq BIGINT)",
    "run_files": "CREATE TABLE run_files (run VARCHAR, name VARCHAR, blob VARCHAR, facts VARCHAR, PRIMARY KEY (run, name))",
}
SHOWN = "id, kind, dataset, status, title, progress, message, created, started, ended, params, result, problem, model, version"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def text(value: Any) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def run_out(row: dict[str, Any]) -> RunOut:
    fields = {name: row[name] for name in SHOWN.split(", ")}
    fields |= {name: text(row[name]) for name in ("created", "started", "ended")}
    fields |= {name: loaded(row[name]) for name in JSON_COLUMNS}
    return RunOut(**fields | {"params": fields["params"] or {}, "progress": row["progress"] or 0.0, "message": row["message"] or ""})


class Records:
    """The catalog's tables about runs. Thread-safe as the catalog is."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._log_sizes: dict[str, int] = {}
        there = {row["table_name"] for row in catalog.read("SELECT table_name FROM information_schema.tables")}
        for name, table in OWN_TABLES.items():
            if name not in there:
                catalog.write(table)

    def create(self, kind: RunKind, dataset: str | None, title: str, params: dict[str, Any], version: str | None, message: str) -> str:
        run = uuid.uuid4().hex
        self._catalog.write(
            "INSERT INTO runs (id, kind, dataset, status, title, progress, message, created, params, version)"
            " VALUES (?, ?, ?, 'queued', ?, 0, ?, ?, ?, ?)",
            [run, kind, dataset, title, message, now(), json.dumps(params), version],
        )
        return run

    def row(self, run: str) -> dict[str, Any]:
        found = self._catalog.read("SELECT * FROM runs WHERE id = ?", [run])
        if not found:
            raise NotFound(f"There is no run {run[:40]}.")
        return found[0]

    def get(self, run: str) -> RunOut:
        return run_out(self.row(run))

    def all(self, dataset: str | None) -> list[RunOut]:
        where, params = ("WHERE dataset = ?", [dataset]) if dataset else ("", [])
        rows = self._catalog.read(f"SELECT {SHOWN} FROM runs {where} ORDER BY created DESC, id", params)
        return [run_out(row) for row in rows]

    def open_rows(self) -> list[dict[str, Any]]:
        """Runs that have not ended, oldest first."""
        return self._catalog.read("SELECT * FROM runs WHERE status IN ('queued', 'running') ORDER BY created, id")

    def ended(self, run: str) -> bool:
        """Whether it is a run of this workspace that has ended."""
        return bool(self._catalog.read("SELECT 1 AS yes FROM runs WHERE id = ? AND status NOT IN ('queued', 'running')", [run]))

    def detail(self, run: RunOut) -> RunDetail:
        metrics = self._catalog.read("SELECT row FROM run_metrics WHERE run = ? ORDER BY epoch", [run.id])
        newest = f'SELECT line FROM run_log WHERE run = ? ORDER BY "at" DESC, rowid DESC LIMIT {SHOWN_LOG_LINES}'
        log = self._catalog.read(newest, [run.id])
        return RunDetail(
            **run.model_dump(), metrics=[loaded(entry["row"]) for entry in metrics], log=[entry["line"] for entry in reversed(log)]
        )

    def update(self, run: str, **fields: Any) -> None:
        values = [json.dumps(v) if k in JSON_COLUMNS and v is not None else v for k, v in fields.items()]
        names = ", ".join(f"{name} = ?" for name in fields)
        self._catalog.write(f"UPDATE runs SET {names} WHERE id = ?", [*values, run])

    def add_metrics(self, run: str, row: dict[str, float]) -> None:
        """A row of an epoch; a repeated epoch (after a resume) replaces its row."""
        self._catalog.write("DELETE FROM run_metrics WHERE run = ? AND epoch = ?", [run, int(row["epoch"])])
        self._catalog.write("INSERT INTO run_metrics VALUES (?, ?, ?)", [run, int(row["epoch"]), json.dumps(row)])

    def add_log(self, run: str, lines: list[str]) -> list[str]:
        """Keep the lines, scrubbed, as far as the run's log has room; returns those kept."""
        if run not in self._log_sizes:
            self._log_sizes[run] = self._catalog.read("SELECT count(*) AS n FROM run_log WHERE run = ?", [run])[0]["n"]
        room = MOST_LOG_LINES - self._log_sizes[run]
        kept = [scrub.line(entry) for entry in lines[: max(room, 0)]]
        if room > 0 and len(lines) >= room:
            kept[-1] = f"The log is full ({MOST_LOG_LINES} lines): nothing more is kept."
        for start in range(0, len(kept), 100):
            part = kept[start : start + 100]
            rows, at = ", ".join(["(?, ?, ?)"] * len(part)), now()
            self._catalog.write(f"INSERT INTO run_log VALUES {rows}", [value for entry in part for value in (run, at, entry)])
        self._log_sizes[run] += len(kept)
        return kept

    # ---- workers: what lets them in, and how far their reports were taken
    def admit(self, run: str, token_hash: str) -> None:
        self._catalog.write("DELETE FROM workers WHERE run = ?", [run])
        self._catalog.write("INSERT INTO workers VALUES (?, ?, 0)", [run, token_hash])

    def worker(self, run: str) -> tuple[str, int] | None:
        found = self._catalog.read("SELECT token, seq FROM workers WHERE run = ?", [run])
        return (found[0]["token"], found[0]["seq"]) if found else None

    def taken(self, run: str, seq: int) -> None:
        self._catalog.write("UPDATE workers SET seq = ? WHERE run = ?", [seq, run])

    def dismiss(self, run: str) -> None:
        self._catalog.write("DELETE FROM workers WHERE run = ?", [run])
