"""Edits are acknowledged from the journal and written later: nobody can tell the difference, and nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comexp_lab.api import Edit, EditBatch, Receipt
from comexp_lab.errors import BadInput, Error, Full, Unavailable
from comexp_lab.store import Workspace, apply
from comexp_lab.store.live import Live
from tests.store_rig import add, box

TABLES = ("labels", "history", "samples", "classes", "(SELECT revision, author, message, client_id, receipt FROM revisions)")


def opened(folder: Path) -> Live:
    folder.mkdir(exist_ok=True)
    return Live(folder / "labels.duckdb", bytes(32), "d", "dataset 'd'", [])


@pytest.fixture
def live(tmp_path) -> Live:
    return with_samples(tmp_path / "one")


def with_samples(folder: Path) -> Live:
    live = opened(folder)
    with live.bulk("samples", "test", lambda: None) as tx:
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, since) SELECT i, 's' || i, 'image', 640, 480, 1 FROM range(1, 9) r(i)"
        )
    return live


def rows(live: Live) -> list[list[tuple]]:
    with live.db.cursor() as cur:
        return [cur.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in TABLES]


def edit(live: Live, *edits: Edit) -> Receipt | Exception:
    return live.commit_edits([(EditBatch(edits=list(edits)), "a")])[0]


def chance(rng: random.Random) -> list[Edit]:
    """One to three edits, some of which are impossible."""
    some = [
        add(rng.randint(1, 9), f"class {rng.randint(0, 6)}", (rng.randint(0, 500), 1, 2, 3)),
        Edit(op="set", label=rng.randint(1, 40), set={"bbox": (rng.randint(0, 500), 5, 6, 7)}),
        Edit(op="set", label=rng.randint(1, 40), set={"class_name": f"class {rng.randint(0, 9)}"}, since=rng.randint(1, 60)),
        Edit(op="delete", label=rng.randint(1, 40)),
        Edit(op="tag_sample", sample=rng.randint(1, 8), tags=[str(rng.randint(0, 3))]),
        Edit(op="delete_sample", sample=rng.randint(1, 8)),
    ]
    return rng.choices(some, [8, 6, 3, 3, 1, 0.3], k=rng.randint(1, 3))


@pytest.fixture
def stuck(monkeypatch) -> Callable[[bool], None]:
    """Turns writing into the tables off and on: the disk is full."""
    full = False
    write = apply.write

    def maybe(*args: object) -> None:
        if full:
            raise OSError(28, "No space left on device")
        write(*args)  # type: ignore[arg-type]

    def turn(off: bool) -> None:
        nonlocal full
        full = off

    monkeypatch.setattr(apply, "write", maybe)
    return turn


@pytest.mark.parametrize("seed", range(4))
def test_it_makes_no_difference_when_edits_are_written(tmp_path, stuck, seed) -> None:
    """The same edits, written at once; as chance has it; and with a part that was begun and could not be written."""
    outcomes, tables = [], []
    for way in ("at once", "by chance", "stuck"):
        live, rng, when = with_samples(tmp_path / way), random.Random(seed), random.Random(seed)
        told = []
        for _ in range(80):
            batch = EditBatch(edits=chance(rng), client_id=f"{rng.getrandbits(128):032x}")
            told.append(live.commit_edits([(batch, "a")])[0])
            if way == "at once" or when.random() < 0.1:
                stuck(way == "stuck" and when.random() < 0.7)
                try:
                    live.settle()
                except Full:
                    assert way == "stuck"
        stuck(False)
        outcomes.append([(type(each), str(each)) for each in told])
        tables.append(rows(live))
        live.close(save=True)
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert tables[0] == tables[1] == tables[2]
    assert {Receipt} < {kind for kind, _ in outcomes[0]}, "chance made nothing impossible"


def test_an_edit_does_not_wait_for_a_checkpoint_and_outlives_it(live, tmp_path, monkeypatch) -> None:
    edit(live, add(1, "dog"))
    begun, go = threading.Event(), threading.Event()
    checkpoint = live.store.db.checkpoint

    def slow() -> None:
        begun.set()
        assert go.wait(10)
        checkpoint()

    monkeypatch.setattr(live.store.db, "checkpoint", slow)
    keeper = threading.Thread(target=live.checkpoint)
    keeper.start()
    assert begun.wait(10)
    receipt = edit(live, add(2, "cat"), Edit(op="set", label=1, set={"class_name": "cat"}))
    assert isinstance(receipt, Receipt)
    shutil.copytree(tmp_path / "one", tmp_path / "killed meanwhile")
    go.set()
    keeper.join()
    assert live.store.dirty, "the edit that came meanwhile is not in the file yet"
    shutil.copytree(tmp_path / "one", tmp_path / "killed afterwards")
    expected = rows(live)
    live.checkpoint()
    assert not live.store.dirty and (tmp_path / "one" / "labels.journal").stat().st_size == 0
    live.close(save=True)
    for name in ("one", "killed meanwhile", "killed afterwards"):
        again = opened(tmp_path / name)
        assert rows(again) == expected, name
        again.close(save=True)


def test_what_the_journal_could_not_take_never_happened(live, monkeypatch) -> None:
    edit(live, add(1, "dog"))
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Full, match="free some space"):
        edit(live, add(1, "cat"), Edit(op="delete", label=1))
    monkeypatch.setattr(os, "fdatasync", sync)
    receipt = edit(live, add(1, "bird"))
    assert isinstance(receipt, Receipt) and (receipt.revision, receipt.labels) == (3, [2])
    labels, history, _, classes, _ = rows(live)
    assert [row[0] for row in labels] == [1, 2] and not history and [row[1] for row in classes] == ["dog", "bird"]
    live.close(save=True)


def test_there_is_room_for_what_is_acknowledged(live, monkeypatch) -> None:
    """On a nearly full disk an edit is refused while it is still possible to write those before it."""
    edit(live, add(1))
    disk = os.statvfs(live.store.db.path.parent)  # type: ignore[union-attr,arg-type]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*disk[:4], 150_000 // disk.f_frsize, *disk[5:])))
    with pytest.raises(Full):
        edit(live, add(1, attributes={"t": "x" * 20_000}))
    monkeypatch.undo()
    assert len(rows(live)[0]) == 1
    live.close(save=True)


def test_closing_without_room_keeps_the_journal(live, tmp_path, stuck) -> None:
    edit(live, add(1))
    stuck(True)
    live.close(save=True)
    stuck(False)
    again = opened(tmp_path / "one")
    assert len(rows(again)[0]) == 1
    again.close(save=True)


@pytest.mark.parametrize("field", [{"track": 2**63}, {"frame": 2**31}, {"frame": -(2**40)}])
def test_numbers_that_no_column_holds_are_refused(live, field) -> None:
    outcome = edit(live, add(1, **field))
    assert isinstance(outcome, BadInput) and "too large" in str(outcome) and isinstance(outcome, Error)
    assert not rows(live)[0]
    live.close(save=True)


@pytest.mark.parametrize("bad", [
    add(1, points=[1, 2, float("nan")], kind="keypoints"), add(1, attributes={"n": 2**70}), add(1, attributes={"half": "a \ud800"}),
    Edit(op="set", label=1, set={"points": [1, 2, float("nan")], "kind": "keypoints"}),
    Edit(op="delete", label=1, value=box(bbox=(float("inf"), 1, 1, 1))),
])  # fmt: skip
def test_nothing_is_acknowledged_that_the_journal_would_not_give_back(live, tmp_path, bad) -> None:
    edit(live, add(1, "dog"))
    assert isinstance(edit(live, bad), BadInput)
    edit(live, add(1, attributes={"n": "\0"}), add(1, bbox=(1, 1, 1e300, 1e300)), add(1, attributes={"n": float("nan")}))
    shutil.copytree(tmp_path / "one", tmp_path / "killed")
    expected = rows(live)
    live.close(save=True)
    again = opened(tmp_path / "killed")
    assert rows(again) == expected and len(expected[0]) == 4
    again.close(save=True)


def test_a_large_edit_is_written_at_once(live) -> None:
    """So that what waits in memory stays small."""
    edit(live, *(add(1) for _ in range(5000)))
    assert live.store.db is not None and len(live_rows(live)) == 5000
    live.close(save=True)


def live_rows(live: Live) -> list[tuple]:
    with live.store.db.cursor() as cur:
        return cur.execute("SELECT id FROM labels").fetchall()


def test_a_change_that_no_table_takes_is_put_aside_and_the_others_stay(tmp_path, monkeypatch) -> None:
    written = apply.write

    def refusing(cur, plan) -> None:
        if any(row and row["x"] == 13 for row in plan.now.values()):
            raise ValueError("no table takes this")
        written(cur, plan)

    with Workspace.open(tmp_path / "ws") as ws:
        dataset = ws.create_dataset("d")
        with dataset.writing("samples") as tx:
            tx.cur.execute("INSERT INTO samples(id, name, kind, width, height, since) VALUES (1, 's', 'image', 640, 480, 1)")
        monkeypatch.setattr(apply, "write", refusing)
        for x in (1, 13, 2):
            dataset.edit(EditBatch(edits=[add(1, "dog", (x, 1, 2, 3))]))
        with pytest.raises(Unavailable, match="try again"):
            dataset.stats()
        assert dataset.read("SELECT x FROM labels ORDER BY id")["x"].to_pylist() == [1, 2]
        assert any("1 saved changes" in notice and "could not be applied" in notice for notice in ws.notices)
        assert list(dataset.path.glob("quarantine/*/labels.journal"))
        dataset.edit(EditBatch(edits=[add(1, "dog", (3, 1, 2, 3))]))
        assert dataset.stats().labels == 3
