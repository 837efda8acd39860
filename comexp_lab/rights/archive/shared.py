"""What lies outside the datasets, into a bag: models, runs, uploads, the account, and the ledger in plain words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from comexp_lab.rights import daily
from comexp_lab.rights.archive.names import single
from comexp_lab.rights.archive.writing import Bag, Sealed

if TYPE_CHECKING:
    from comexp_lab.rights.consents import Consents
    from comexp_lab.rights.ledger import Entry
    from comexp_lab.store import Workspace

Row = dict[str, Any]
JSON_COLUMNS = {"classes", "metrics", "params", "result", "problem", "row"}
OURS = "key = 'signing_key' OR key LIKE 'upload:%'"  # settings that are not the user's


def add_models(bag: Bag, workspace: Workspace, datasets: list[str] | None) -> Iterator[Sealed]:
    """Weights, each with a file of what is known of it. ``datasets``: only models that were made from these."""
    rows = workspace.catalog.read(
        "SELECT m.*, b.key, b.bytes AS stored FROM models m LEFT JOIN blobs b ON b.id = m.blob ORDER BY m.created, m.id"
    )
    files = []
    for row in rows:
        if datasets is not None and row["dataset"] not in datasets:
            continue
        path = bag.names.place("models", f"{single(row['name'])}-{row['id'][:8]}.safetensors")
        files.append(Sealed(path, f"the model {row['name']}", row.pop("blob"), row.pop("key"), row.pop("stored") or 0, row["sha256"]))
        bag.json(path.removesuffix(".safetensors") + ".json", {**plain(row), "file": f"data/{path}"})
    yield from bag.media(workspace.vault, files)


def add_runs(bag: Bag, workspace: Workspace, datasets: list[str] | None) -> Iterator[Sealed]:
    """Of each run: what it was asked and what came out, metrics, log, and the files that it keeps."""
    read = workspace.catalog.read
    files: list[Sealed] = []
    for row in read("SELECT * EXCLUDE (pid, pid_started, heartbeat) FROM runs ORDER BY created, id"):
        if datasets is not None and row["dataset"] not in datasets:
            continue
        folder = bag.names.folder("runs", f"{row['kind']}-{row['id'][:8]}")
        metrics = [plain(each) for each in read("SELECT epoch, row FROM run_metrics WHERE run = ? ORDER BY epoch", [row["id"]])]
        log = [plain(each) for each in read('SELECT "at", line FROM run_log WHERE run = ? ORDER BY "at", rowid', [row["id"]])]
        kept = [{**plain(each), "file": f"data/{folder}/{each['name']}.safetensors"} for each in _run_files(workspace, row["id"])]
        for each in kept:
            what, path = f"the file {each['name']} of the run {row['title']}", each["file"].removeprefix("data/")
            files.append(Sealed(path, what, each.pop("blob"), each.pop("key"), each.pop("bytes") or 0, None))
        bag.json(f"{folder}/run.json", {**plain(row), "metrics": metrics, "files": kept})
        bag.write(f"{folder}/log.jsonl", json_lines(log))
        if metrics:
            bag.write(f"{folder}/metrics.csv", _table([{"epoch": each["epoch"], **each["row"]} for each in metrics]))
    yield from bag.media(workspace.vault, files)


def add_uploads(bag: Bag, workspace: Workspace) -> Iterator[Sealed]:
    """What was uploaded, and was not imported yet."""
    files = []
    for row in workspace.catalog.read("SELECT value FROM settings WHERE key LIKE 'upload:%' ORDER BY key"):
        upload = json.loads(row["value"])
        stored = workspace.catalog.read("SELECT key, bytes FROM blobs WHERE id = ?", [upload["blob"]])
        if upload["finished"] and stored:
            path = bag.names.place("uploads", single(upload["name"]))
            files.append(Sealed(path, f"the upload {upload['name']}", upload["blob"], stored[0]["key"], upload["length"], None))
    yield from bag.media(workspace.vault, files)


def add_account(bag: Bag, workspace: Workspace, public_key: str) -> None:
    settings = workspace.catalog.read(f"SELECT key, value FROM settings WHERE NOT ({OURS}) ORDER BY key")
    about = {"workspace": workspace.id, "public_key": public_key, "settings": {row["key"]: row["value"] for row in settings}}
    bag.json("account.json", about)


def add_ledger(bag: Bag, entries: Iterable[Entry]) -> None:
    """Every entry; requests and consents also by themselves."""
    told: list[Row] = [
        {"n": e.n, "at": stamp(e.at), "kind": e.kind, "facts": dict(e.facts), "personal": dict(e.private) if e.private else None}
        for e in entries
    ]
    bag.write("ledger.jsonl", json_lines(told))
    bag.json("requests.json", [entry for entry in told if entry["kind"].startswith("request")])
    bag.json("consents/entries.json", [entry for entry in told if entry["kind"].startswith("consent")])


def add_logs(bag: Bag, workspace: Workspace) -> None:
    """The access log and the usage events, where the operator keeps them."""
    for log in daily.of(workspace):
        if entries := list(log.entries()):
            bag.write(f"logs/{log.folder.name}.jsonl", json_lines(entries))


def add_receipts(bag: Bag, consents: Consents) -> None:
    """Each consent as JSON-LD (ISO/IEC TS 27560)."""
    for record in consents.records():
        bag.write(bag.names.place("consents", f"{record.id}.jsonld"), consents.receipt(record.id).encode())


def plain(row: Row) -> Row:
    """A row of the catalog as JSON has it: times in UTC, JSON columns unfolded."""
    return {name: _plain(name, value) for name, value in row.items()}


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def json_lines(rows: Iterable[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows).encode()


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return json.loads(value) if name in JSON_COLUMNS | {"facts"} and isinstance(value, str) else value


def _run_files(workspace: Workspace, run: str) -> list[Row]:
    there = workspace.catalog.read("SELECT 1 AS yes FROM information_schema.tables WHERE table_name = 'run_files'")
    query = "SELECT f.name, f.facts, f.blob, b.key, b.bytes FROM run_files f JOIN blobs b ON b.id = f.blob WHERE f.run = ? ORDER BY f.name"
    return workspace.catalog.read(query, [run]) if there else []


def _table(rows: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
