"""Whatever a crash or a bad disk does to the logs: the dataset opens, and no acknowledged edit is missing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from comexp_lab.api import Edit, EditBatch, LabelIn, ReviewIn, UndoIn
from comexp_lab.errors import Error
from comexp_lab.store.live import Live
from tests.store_rig import KEY, add, add_samples, box, open_workspace, state_of

KEY_OF_DATASET = bytes(range(32))
Rows = list[tuple]


def open_live(folder: Path, notices: list[str] | None = None) -> Live:
    return Live(folder / "labels.duckdb", KEY_OF_DATASET, "d", "dataset 'd'", [] if notices is None else notices)


def rows(live: Live) -> Rows:
    """All that was ever acknowledged, as rows."""
    with live.db.cursor() as cur:
        return [
            cur.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for table in (
                "labels",
                "history",
                "samples",
                "classes",
                '(SELECT * EXCLUDE ("at") FROM revisions)',
            )
        ]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory) -> tuple[Path, Rows]:
    """The files of a dataset as a crash leaves them, with 40 acknowledged changes since the checkpoint, and its rows."""
    folder = tmp_path_factory.mktemp("live")
    live = open_live(folder)
    with live.bulk("samples", "test", lambda: None) as tx:
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, since) SELECT i, 's' || i, 'image', 640, 480, 1 FROM range(1, 9) r(i)"
        )
    for number in range(12):
        live.commit_edits([(EditBatch(edits=[add(1 + number % 8, "dog", (number, 1, 2, 3)), add(1, f"class {number % 3}")]), "a")])
    for number in range(1, 20):
        live.commit_edits([(EditBatch(edits=[Edit(op="set", label=number, set={"bbox": (5, 5, number, 9)})]), "b")])
    live.commit_edits([(EditBatch(edits=[Edit(op="delete", label=3), Edit(op="tag_sample", sample=2, tags=["x"])]), "b")])
    live.commit_edits([(EditBatch(edits=[Edit(op="delete_sample", sample=3)]), "b"), (EditBatch(edits=[add(4, "cat")]), "c")])
    live.commit_edits(
        [(EditBatch(edits=[Edit(op="add", sample=5, value=LabelIn(class_name="p", kind="polygon", rings=[[0, 0, 9, 0, 9, 9]]))]), "c")]
    )
    live.commit("undo", {"revision": live.state.revision - 1}, "a", "undo", uuid4())
    live.commit("review", {"ids": [1, 2, 4], "state": "rejected"}, "a", "review", uuid4())
    expected = rows(live)
    copy = tmp_path_factory.mktemp("crashed")
    for file in folder.iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    assert (copy / "labels.duckdb.wal").stat().st_size > 1000 and (copy / "labels.journal").stat().st_size > 1000
    live.close(save=True)
    return copy, expected


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def zero_tail(data: bytes, rng: random.Random) -> bytes:
    length = rng.choice([1, 7, 100, 4096, rng.randrange(1, len(data))])
    return data[:-length] + bytes(min(length, len(data)))


def garbage(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.randrange(1, 300))


@pytest.mark.parametrize("damage", [flip, cut, zero_tail, garbage])
@pytest.mark.parametrize("name", ["labels.duckdb.wal", "labels.journal"])
def test_a_damaged_log_loses_nothing(crashed, tmp_path, damage: Callable, name: str) -> None:
    source, expected = crashed
    rng = random.Random(f"{damage.__name__}{name}")
    for number in range(5):
        folder = tmp_path / str(number)
        shutil.copytree(source, folder)
        file = folder / name
        file.write_bytes(damage(file.read_bytes(), rng))
        notices: list[str] = []
        live = open_live(folder, notices)
        assert rows(live) == expected, (damage, number, notices)
        live.commit_edits([(EditBatch(edits=[add(1)]), "later")])
        live.close(save=True)
        again = open_live(folder)
        assert again.state.revision == len(expected[4]) + 1
        again.close(save=True)


def test_no_wal_at_all_is_replayed_and_told(crashed, tmp_path) -> None:
    source, expected = crashed
    shutil.copytree(source, tmp_path / "x")
    (tmp_path / "x" / "labels.duckdb.wal").unlink()
    notices: list[str] = []
    live = open_live(tmp_path / "x", notices)
    assert rows(live) == expected
    assert notices == [f"{len(expected[4]) - 1} saved changes of dataset 'd' were restored from its journal."]
    live.close(save=True)


def test_damaged_wal_is_kept_in_quarantine(crashed, tmp_path) -> None:
    source, _ = crashed
    folder = tmp_path / "x"
    shutil.copytree(source, folder)
    wal = folder / "labels.duckdb.wal"
    broken = wal.read_bytes()[:-1] + b"\0"
    wal.write_bytes(broken)
    notices: list[str] = []
    open_live(folder, notices).close(save=True)
    kept = next((folder / "quarantine").iterdir())
    assert (kept / wal.name).read_bytes() == broken and kept.name in notices[0]


def test_both_logs_damaged_opens_and_says_so(crashed, tmp_path) -> None:
    """Two independent faults may cost changes, but never the dataset, and never silently."""
    source, expected = crashed
    folder = tmp_path / "x"
    shutil.copytree(source, folder)
    wal, journal = folder / "labels.duckdb.wal", folder / "labels.journal"
    wal.unlink()
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    notices: list[str] = []
    live = open_live(folder, notices)
    assert 1 < live.state.revision < len(expected[4])
    assert "could not be restored" in notices[1]
    live.close(save=True)


def test_a_damaged_main_file_is_one_clear_line(crashed, tmp_path) -> None:
    source, _ = crashed
    folder = tmp_path / "x"
    shutil.copytree(source, folder)
    file = folder / "labels.duckdb"
    file.write_bytes(bytes(4096) + file.read_bytes()[4096:])
    with pytest.raises(Error, match="restore labels.duckdb from a backup"):
        open_live(folder)


def test_the_journal_is_cut_by_a_checkpoint_and_never_replayed_twice(crashed, tmp_path) -> None:
    source, expected = crashed
    folder = tmp_path / "x"
    shutil.copytree(source, folder)
    journal = (folder / "labels.journal").read_bytes()
    live = open_live(folder)
    assert (folder / "labels.journal").stat().st_size == 0
    live.close(save=True)
    (folder / "labels.journal").write_bytes(journal)  # as if the crash came between checkpoint and cut
    live = open_live(folder)
    assert rows(live) == expected
    live.close(save=True)


CHILD = """
import sys, threading, uuid
from pathlib import Path
from tests.store_rig import *
ws = open_workspace(Path(sys.argv[1]))
ds = ws.dataset("d", "store")
out = threading.Lock()
def work(sample):
    mine = None
    for number in range(10_000):
        edits = [add(sample, f"w{sample}", (number % 600, 0, 1, 1))]
        if mine: edits.append(Edit(op="set", label=mine, set={"bbox": (1, number % 400, 2, 2)}))
        batch = EditBatch(edits=edits)
        receipt = ds.edit(batch)
        with out:
            print(batch.client_id, receipt.revision, receipt.labels[0], flush=True)
        mine = receipt.labels[0]
def keep():
    while True:
        ds.tidy(0, 1e9)
for sample in (1, 2, 3): threading.Thread(target=work, args=(sample,)).start()
threading.Thread(target=keep).start()
"""


def run_and_kill(folder: Path, after: int) -> list[tuple[UUID, int, int]]:
    """Edit in a child process and kill it some time after so many answers; what was acknowledged: client id, revision, label."""
    root = Path(__file__).parent.parent
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(after)]
    time.sleep(random.random() * 0.05)
    os.kill(child.pid, signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.wait()
    told = [line.split() for line in lines if line.count(" ") == 2]
    return [(UUID(client), int(revision), int(label)) for client, revision, label in told]


def test_kill_9_under_load_loses_nothing(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        add_samples(ws.create_dataset("d"), 3)
    acknowledged: list[tuple[UUID, int, int]] = []
    for number in range(4):
        acknowledged += run_and_kill(tmp_path, 20 + 15 * number)
        with open_workspace(tmp_path) as ws:
            ds = ws.dataset("d", "store")
            clients = {
                row["client_id"]: row
                for row in ds.read("SELECT client_id::VARCHAR AS client_id, revision, receipt FROM revisions").to_pylist()
            }
            for client, revision, label in acknowledged:
                assert clients[str(client)]["revision"] == revision
                assert json.loads(clients[str(client)]["receipt"])[0] == label
            there = set(ds.read("SELECT id FROM labels").column("id").to_pylist())
            assert {label for _, _, label in acknowledged} <= there
            assert len(clients) == len(set(clients)) and ds.revision == len(ds.read("SELECT 1 FROM revisions"))
    assert len(acknowledged) > 100


def test_the_catalog_survives_a_damaged_log(tmp_path) -> None:
    ws = open_workspace(tmp_path)
    for number in range(20):
        ws.catalog.write("INSERT INTO settings VALUES (?, ?)", [f"k{number}", "v"])
    ws.catalog.write("INSERT INTO blobs VALUES ('b', ?, 3, 'me')", [b"\0\1\2"])
    crashed = tmp_path / "crashed"
    shutil.copytree(tmp_path / "ws", crashed / "ws")
    ws.close()
    wal = crashed / "ws" / "catalog.duckdb.wal"
    data = wal.read_bytes()
    wal.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    with open_workspace(crashed) as ws:
        assert len(ws.catalog.read("SELECT * FROM settings")) == 20
        assert ws.catalog.read("SELECT key FROM blobs")[0]["key"] == b"\0\1\2"
        assert any("catalog" in notice for notice in ws.notices)


def test_undo_and_review_replay(tmp_path) -> None:
    """Changes that touch many rows come back from the journal like edits do."""
    ws = open_workspace(tmp_path)
    ds = ws.create_dataset("d")
    add_samples(ds, 2)
    ds.edit(EditBatch(edits=[Edit(op="add", sample=1, value=box("dog", state="suggested", confidence=0.1 * n)) for n in range(9)]))
    ds.review(ReviewIn(state="accepted", min_confidence=0.45))
    ds.review(ReviewIn(state="rejected"))
    ds.undo(UndoIn())
    expected = state_of(ds)
    crashed = tmp_path / "crashed"
    shutil.copytree(tmp_path / "ws", crashed / "ws")
    ws.close()
    next((crashed / "ws" / "datasets").glob("*/labels.duckdb.wal")).unlink()
    with open_workspace(crashed, KEY) as ws:
        assert state_of(ws.dataset("d", "store")) == expected
        assert sum(state == "accepted" for *_, state in expected[0].values()) == 4
