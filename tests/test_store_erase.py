"""Erasure: after it nothing can be read with any key that is left, and a crash at any step leaves all or nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comexp_lab.api import Edit, EditBatch, UndoIn, ViewSpec
from comexp_lab.errors import Conflict, NotFound, Restricted
from comexp_lab.store import DatasetStore, Workspace
from comexp_lab.store.blobs import disk_time
from comexp_lab.store.database import attach, instance
from comexp_lab.store.parts import Doomed, Reworded, reworded
from tests.store_rig import add, add_samples, labels, one, open_workspace

STEPS = {"os.rename", "os.remove", "os.rmdir", "sqlite3.connect", "open", "os.truncate", "os.mkdir"}


def fill(ws: Workspace) -> DatasetStore:
    """Four samples with a picture each; sample 1 has labels in the present and in the past."""
    ds = ws.create_dataset("d")
    blobs = [ds.vault.put(f"picture {number}".encode() * 100) for number in range(1, 5)]
    with ds.writing("samples") as tx:
        for number, blob in enumerate(blobs, 1):
            tx.cur.execute(
                "INSERT INTO samples(id, name, kind, width, height, blob, mime, since) VALUES (?, ?, 'image', 9, 9, ?, 'image/png', 1)",
                [number, f"secret {number}.png", blob.id],
            )
            tx.cur.execute("INSERT INTO blobs VALUES (?, ?, ?)", [blob.id, blob.key, blob.bytes])
    ds.edit(EditBatch(edits=[add(sample, f"class {sample}") for sample in (1, 1, 2, 3, 4)]))
    crowd = [Edit(op="set", label=number, set={"crowd": True}) for number in (1, 3)]
    ds.edit(EditBatch(edits=[*crowd, Edit(op="delete", label=2)]))
    return ds


def test_erased_samples_are_gone_from_all_revisions(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = fill(ws)
        ds.edit(one(add(2)))  # still in the journal
        gone, kept = ds.media(1), ds.media(2)
        old_key, old_file = ws.keys.key(ds.id), (ds.path / "labels.duckdb").read_bytes()
        ds.erase_parts(Doomed([1]))
        assert len(ws.keys.epochs(ds.id)) == 1, "the old key goes at once, not when the dataset is opened next"
        assert [sample.id for sample in ds.page(ViewSpec(at=2)).samples] == [2, 3, 4]
        assert 1 not in {row[0] for row in labels(ds, 2).values()} | {row[0] for row in labels(ds).values()}
        assert ds.read("SELECT count(*) AS n FROM history WHERE sample = 1").to_pylist() == [{"n": 0}]
        assert ds.read("SELECT count(*) AS n FROM history").to_pylist() == [{"n": 1}]
        with pytest.raises(NotFound):
            ds.vault.get(gone.id, gone.key)
        assert ds.vault.get(kept.id, kept.key).startswith(b"picture 2")
        assert ws.keys.key(ds.id) != old_key and len(ws.keys.epochs(ds.id)) == 1
        assert old_key not in (ws.path / "keys.sqlite").read_bytes()
        assert (ds.path / "labels.duckdb").read_bytes()[4096:8192] != old_file[4096:8192]
        assert ds.revision == 4 and ds.edit(one(add(3))).labels == [7]
        assert add_samples(ds, 1, "x") == [5]
        ds.erase_parts(Doomed([5]))
        assert add_samples(ds, 1, "y") == [6], "numbers are never given again"
    with open_workspace(tmp_path) as ws:
        assert ws.dataset("d", "store").stats().samples == 4 and not ws.notices


def test_erased_dataset_is_unreadable_with_the_workspace_key(tmp_path) -> None:
    """Copies of its files, kept by anybody, open with no key that is left."""
    with open_workspace(tmp_path) as ws:
        ds = fill(ws)
        ds.close()
        copy = tmp_path / "copy.duckdb"
        shutil.copy(ds.path / "labels.duckdb", copy)
        key = ws.keys.key(ds.id)
        with instance(None) as con:
            attach(con, copy, key)
            assert con.execute("SELECT count(*) FROM d.samples").fetchone() == (4,), "the copy itself is good"
        ws.erase_dataset("d")
        assert not ws.has_key(ds.id) and not ds.path.exists() and ws.datasets() == []
        with pytest.raises(NotFound):
            ws.keys.key(ds.id)
        for use in (ds.stats, lambda: ds.edit(one(add(1))), lambda: ws.dataset("d", "store")):
            with pytest.raises(NotFound):
                use()
        assert all(key not in path.read_bytes() for path in ws.path.rglob("*") if path.is_file())
        assert ws.create_dataset("d").id != ds.id


def test_rewritten_catalog_has_a_new_key(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ws.catalog.write("INSERT INTO settings VALUES ('a', 'b')")
        ws.catalog.write("CREATE TABLE extra(a INTEGER PRIMARY KEY)")
        before = ws.keys.key("catalog")
        ws.rewrite_catalog()
        assert ws.keys.key("catalog") != before and len(ws.keys.epochs("catalog")) == 1
        ws.catalog.write("INSERT OR REPLACE INTO extra VALUES (1)")
        assert ws.catalog.read("SELECT * FROM settings") == [{"key": "a", "value": "b"}]
    with open_workspace(tmp_path) as ws:
        assert ws.catalog.read("SELECT * FROM extra") == [{"a": 1}] and not ws.notices


def kill_at(step: int, folder: Path, act: Callable[[Workspace], object]) -> bool:
    """Do ``act`` in a child that is killed (SIGKILL) before its n-th change of a file; False if it got through."""
    child = os.fork()
    if not child:
        left = step

        def hook(event: str, _: object) -> None:
            nonlocal left
            if event in STEPS:
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            ws = open_workspace(folder)
            sys.addaudithook(hook)
            act(ws)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with open_workspace(folder) as ws:
        fill(ws)
    return folder


def steps(filled: Path, tmp_path: Path, act: Callable[[Workspace], object]) -> list[Path]:
    """The workspace after a crash before each step of ``act`` in turn; the last one is after all of it."""
    found = []
    for step in range(200):
        folder = tmp_path / str(step)
        shutil.copytree(filled, folder)
        found.append(folder)
        if not kill_at(step, folder, act):
            return found
    raise AssertionError("there is no end to it")


def test_a_crash_at_any_step_of_erasing_samples_leaves_all_or_nothing(filled, tmp_path) -> None:
    outcomes = []
    for folder in steps(filled, tmp_path, lambda ws: ws.dataset("d", "store").erase_parts(Doomed([1]))):
        with open_workspace(folder) as ws:
            ds = ws.dataset("d", "store")
            samples = [sample.id for sample in ds.page(ViewSpec()).samples]
            there = samples == [1, 2, 3, 4]
            assert there or samples == [2, 3, 4]
            outcomes.append(there)
            assert (1 in {row[0] for row in labels(ds).values()}) == there == bool(ds.read("FROM history WHERE sample = 1").num_rows)
            for sample in samples:
                assert ds.vault.get(ds.media(sample).id, ds.media(sample).key).startswith(f"picture {sample}".encode())
            assert len(ws.keys.epochs(ds.id)) == 1 and not (ds.path / "labels.next").exists()
            ds.edit(one(add(2)))
    assert outcomes == sorted(outcomes, reverse=True) and outcomes[0] and not outcomes[-1]


def test_a_crash_at_any_step_of_erasing_a_dataset_leaves_all_or_nothing(filled, tmp_path) -> None:
    outcomes = []
    for folder in steps(filled, tmp_path, lambda ws: ws.erase_dataset("d")):
        with open_workspace(folder) as ws:
            there = bool(ws.datasets())
            outcomes.append(there)
            if there:
                assert ws.dataset("d", "store").stats().labels == 4
            else:
                assert not list((ws.path / "datasets").iterdir()) and ws.keys.owners() == {"catalog"}
    assert outcomes == sorted(outcomes, reverse=True) and outcomes[0] and not outcomes[-1]


def test_blobs_that_no_row_knows_are_swept(tmp_path) -> None:
    """An import that died before its rows were written leaves sealed files that nobody can read."""
    with open_workspace(tmp_path) as ws:
        ds = fill(ws)
        orphan = ds.vault.put(b"orphan")
        old = ds.vault.path(orphan.id)
    with open_workspace(tmp_path) as ws:
        ds = ws.dataset("d", "store")
        young = ds.vault.put(b"just coming in")
        ds.stats()
        ds.tidy(0, 1e9)
        assert not old.exists() and ds.vault.path(young.id).exists()
        assert all(ds.vault.get(ds.media(n).id, ds.media(n).key) for n in range(1, 5))


def test_a_file_written_at_once_is_younger_by_the_clock_of_the_disk(tmp_path) -> None:
    """The kernel stamps files by a tick that lags ``time.time()``: by that one, what has just come in looks like leftovers."""
    for number in range(200):
        before = disk_time(tmp_path)
        handle = os.open(tmp_path / str(number), os.O_WRONLY | os.O_CREAT)
        os.write(handle, b"x")
        os.close(handle)
        assert (tmp_path / str(number)).stat().st_mtime_ns >= before


def backup(tmp_path: Path) -> Path:
    """A copy of the workspace, as backups make it; its key and what was erased are elsewhere."""
    copy = tmp_path / "backup"
    shutil.copytree(tmp_path / "ws", copy)
    return copy


def restore(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "ws")
    shutil.copytree(copy, tmp_path / "ws")


def test_a_backup_brings_no_erased_dataset_back(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        fill(ws)
        kept = ws.create_dataset("kept")
    copy = backup(tmp_path)
    with open_workspace(tmp_path) as ws:
        ws.erase_dataset("d")
    restore(copy, tmp_path)
    with open_workspace(tmp_path) as ws:
        assert [each.id for each in ws.datasets()] == [kept.id]
        assert ws.notices == ["A dataset that had been erased came back, from a backup perhaps: it was destroyed again."]
        assert ws.keys.owners() == {kept.id, "catalog"} and [path.name for path in (ws.path / "datasets").iterdir()] == [kept.id]


def test_a_backup_brings_no_erased_sample_or_class_back(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = fill(ws)
        ds.erase_parts(Doomed([4]))
        media = ds.media(1).id
    copy = backup(tmp_path)
    with open_workspace(tmp_path) as ws:
        ds = ws.dataset("d", "erase")
        ds.erase_parts(Doomed([1]))
        ds.erase_parts(Doomed(classes=[1]))
        assert add_samples(ds, 1, "new") == [5]
        ds.edit(one(add(5)))
        after = (labels(ds), [each.name for each in ds.classes(erased=True)])
    for _ in range(2):
        restore(copy, tmp_path)
        with open_workspace(tmp_path) as ws:
            ds = ws.dataset("d", "browse")
            assert [sample.id for sample in ds.page(ViewSpec()).samples] == [2, 3]
            assert {row[:2] for row in labels(ds).values()} == {(3, "class 3")} and "class 2" not in [each.name for each in ds.classes()]
            assert len(ws.notices) == 1 and "destroyed again" in ws.notices[0]
            assert not ds.vault.path(media).exists() and len(ws.keys.epochs(ds.id)) == 1
            assert add_samples(ds, 1, "newer") == [5]
            ds.edit(one(add(5)))
        with open_workspace(tmp_path) as ws:
            ds = ws.dataset("d", "browse")
            assert 5 in {sample.id for sample in ds.page(ViewSpec()).samples} and not ws.notices, "what came later is not taken for it"
    assert after[1][1] == "erased 1" and {row[0] for row in after[0].values()} == {3, 5}


@pytest.mark.parametrize("storage", ["retained", "ephemeral"])
def test_an_erased_class_leaves_its_number_only(tmp_path, storage) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d", storage)
        add_samples(ds, 2)
        for name in ("dog", "cat", "cow"):
            ds.edit(EditBatch(edits=[add(1, name), add(2, name)]))
        ds.edit(one(Edit(op="set", label=3, set={"class_name": "cow"})))  # was a cat: its earlier state says so
        ds.erase_parts(Doomed(classes=[1]))
        assert [each.name for each in ds.classes(erased=True)] == ["dog", "erased 1", "cow"], "models count them"
        assert [each.name for each in ds.classes()] == ds.describe().classes == ["dog", "cow"], "nobody else sees it"
        assert {row[1] for row in labels(ds).values()} == {"dog", "cow"} and len(labels(ds)) == 5
        assert not ds.read("FROM history WHERE class = 1").num_rows and ds.stats().samples == 2


@pytest.mark.parametrize("storage", ["retained", "ephemeral"])
def test_a_corrected_name_takes_the_place_of_the_former_one_in_all_revisions(tmp_path, storage) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d", storage)
        add_samples(ds, 2)
        ds.edit(EditBatch(edits=[add(1, "ann"), add(2, "dog")]))
        with ds.writing("meta") as tx:
            tx.cur.execute('UPDATE samples SET meta = \'{"url": "x/\' || name || \'", "id": 1}\'')
        old = ds.sample(1).name
        ds.edit(one(Edit(op="tag_sample", sample=1, tags=["seen"])))  # the sample goes on as a new row: the past has the name, too
        key = ws.keys.key(ds.id) if storage == "retained" else b""
        ds.erase_parts(Doomed(sample_names={1: "corrected.png"}, class_names={0: "person"}))
        assert [each.name for each in ds.classes()] == ["person", "dog"] and ds.sample(2).name != "corrected.png"
        assert ds.read("SELECT DISTINCT name FROM samples WHERE id = 1").to_pylist() == [{"name": "corrected.png"}]
        assert ds.read("FROM samples WHERE id = 1").num_rows == 2 and {row[1] for row in labels(ds).values()} == {"person", "dog"}
        ds.edit(one(add(2, "ann")))
        assert [each.name for each in ds.classes()] == ["person", "dog", "ann"], "the former name is no other word for the new one"
        if storage == "retained":
            assert ws.keys.key(ds.id) != key and old not in str(ds.read("FROM samples").to_pylist())


def note(text: str, **more: Any) -> dict[str, Any]:
    return {"note": text, "at": {"note": [text]}, **more}


@pytest.mark.parametrize("storage", ["retained", "ephemeral"])
def test_a_corrected_text_is_gone_from_all_revisions_of_labels_from_undo_and_from_messages(tmp_path, storage) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d", storage)
        add_samples(ds, 2)
        values = [note("Jon Smith, a Jonathan"), {"other": "Jon Smith"}, {"note": 'seen by "Jon Smith"\n'}, None, {"note": "Jon Smithers"}]
        ds.edit(EditBatch(edits=[add(1, attributes=each) for each in values], message="as Jon Smith said"))
        ds.edit(
            EditBatch(edits=[Edit(op="set", label=1, set={"attributes": {}}), Edit(op="tag_sample", sample=2, tags=["Jon Smith", "z"])])
        )
        text = Reworded("Jon Smith", "Joan Smith")
        assert reworded(text, lambda query: ds.read(query).to_pylist()) == {"labels": [1, 2, 3], "samples": [2], "revisions": [2]}
        ds.erase_parts(Doomed(texts=[text]))
        left = str([ds.read(f"FROM {table}").to_pylist() for table in ("labels", "history", "samples", "revisions")])
        assert "Jon Smith" not in left.replace("Jon Smithers", "") and "as Joan Smith said" in left and "Jon Smithers" in left
        assert ds.sample(2).tags == ["Joan Smith", "z"]
        ds.undo(UndoIn())
        assert {each.id: each.attributes for each in ds.sample(1).labels} == {
            1: note("Joan Smith, a Jonathan"),
            2: {"other": "Joan Smith"},
            3: {"note": 'seen by "Joan Smith"\n'},
            4: None,
            5: {"note": "Jon Smithers"},
        }


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        ({}, {1, 2, 3, 4}),
        ({"attribute": "note"}, {1, 3}),
        ({"classes": [1]}, {3, 4}),
        ({"samples": [1], "attribute": "other"}, {2}),
    ],
)
def test_a_text_is_corrected_where_it_was_meant(tmp_path, wanted, changed) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 2)
        ds.edit(EditBatch(edits=[add(n, c, attributes={k: "张三在走"}) for n, c in ((1, "a"), (2, "b")) for k in ("note", "other")]))
        ds.erase_parts(Doomed(texts=[Reworded("张三", "李四", **wanted)]))
        found = [each for n in (1, 2) for each in ds.sample(n).labels]
        assert {each.id for each in found if [*(each.attributes or {}).values()] == ["李四在走"]} == changed


def test_a_backup_brings_no_former_text_back(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 2)
        ds.edit(EditBatch(edits=[add(1, attributes={"note": "Jon", "color": "red"}), add(2, attributes={"note": "Ann"})]))
    copy = backup(tmp_path)
    with open_workspace(tmp_path) as ws:
        ws.dataset("d", "erase").erase_parts(Doomed(texts=[Reworded("Jon", "Joan", "note")]))
        assert "Joan" in str(ws.dataset("d", "browse").sample(1)) and b"note" not in ws.tombstones._path.read_bytes()
    restore(copy, tmp_path)
    with open_workspace(tmp_path) as ws:
        ds = ws.dataset("d", "browse")
        assert ds.sample(1).labels[0].attributes == {"note": "corrected", "color": "red"}
        assert ds.sample(2).labels[0].attributes == {"note": "Ann"} and len(ws.notices) == 1


def test_a_backup_brings_no_former_name_of_a_dataset_back(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("ann's")
        ws.create_dataset("other")
        ws.catalog.write("INSERT INTO runs (id, kind, dataset, title) VALUES ('r', 'import', ?, 'Import into ann''s')", [ds.id])
    copy = backup(tmp_path)
    with open_workspace(tmp_path) as ws:
        key = ws.keys.key("catalog")
        ws.correct_name(ds.id, "ann's", "street")
        assert ws.keys.key("catalog") != key and "ann" not in str(ws.catalog.read("FROM datasets") + ws.catalog.read("FROM runs"))
        with pytest.raises(Conflict):
            ws.correct_name(ds.id, "street", "other")
    restore(copy, tmp_path)
    for notices in (1, 0):
        with open_workspace(tmp_path) as ws:
            assert {each.name for each in ws.datasets()} == {"other", f"corrected {ds.id[:8]}"} and len(ws.notices) == notices
            assert ws.catalog.read("SELECT title FROM runs") == [{"title": f"Import into corrected {ds.id[:8]}"}]


def test_a_backup_brings_no_former_name_back(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        fill(ws)
    copy = backup(tmp_path)
    with open_workspace(tmp_path) as ws:
        ds = ws.dataset("d", "erase")
        ds.erase_parts(Doomed(sample_names={1: "one.png"}, class_names={1: "person"}))
        assert ds.sample(1).name == "one.png" and "person" in [each.name for each in ds.classes()]
    with open_workspace(tmp_path) as ws:
        assert ws.dataset("d", "browse").sample(1).name == "one.png" and not ws.notices
    restore(copy, tmp_path)
    with open_workspace(tmp_path) as ws:
        ds = ws.dataset("d", "browse")
        assert ds.sample(1).name == "corrected 1" and "corrected 1" in [each.name for each in ds.classes()]
        assert len(ds.page(ViewSpec()).samples) == 4 and len(ws.notices) == 1


def test_a_list_shows_a_dataset_that_changed_just_before_something_is_erased_from_it(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        (before,) = ws.datasets()
        with ds.writing("import") as tx:
            tx.cur.execute("INSERT INTO classes(id, name) VALUES (0, 'new')")
        ws.fence(ds.id, True)
        (now,) = ws.datasets()
        assert now.revision > before.revision and now.classes == ["new"]
        with pytest.raises(Restricted):
            ds.read("SELECT 1")
