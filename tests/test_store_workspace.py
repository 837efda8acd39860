"""A workspace: its owner, its key, what its files show, what happens when many write or the disk is full."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from comexp_lab.api import Edit, EditBatch, LabelIn, Purpose, UndoIn, ViewSpec
from comexp_lab.errors import BadInput, Conflict, Full, NotFound, Restricted, WorkspaceBusy, WrongKey
from comexp_lab.store import Workspace, database
from comexp_lab.store.lock import owner_lives, read_owner
from comexp_lab.store.parts import Doomed
from tests.store_rig import KEY, add, add_samples, box, labels, one, open_workspace, state_of

ROOT = Path(__file__).parent.parent
CANARIES = ("CanaryDataset", "CanaryFile", "CanaryClass", "CanaryPixels", "CanaryAttribute", "CanaryTag", "CanaryVersion", "CanaryMessage")


@pytest.fixture
def ws(tmp_path) -> Iterator[Workspace]:
    with open_workspace(tmp_path) as ws:
        yield ws


# ---- owner ----
def test_second_opener_is_told_who_has_it(ws, tmp_path) -> None:
    code = "import sys, pathlib; from tests.store_rig import open_workspace; open_workspace(pathlib.Path(sys.argv[1]))"
    second = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert f"WorkspaceBusy: Another lab service (pid {read_owner(ws.path / 'service.lock')['pid']})" in second.stderr
    with pytest.raises(WorkspaceBusy):
        open_workspace(tmp_path)
    assert owner_lives(ws.path / "service.lock")


def test_a_lock_left_by_a_crash_does_not_block(tmp_path) -> None:
    code = (
        "import sys, os, pathlib; from tests.store_rig import open_workspace; open_workspace(pathlib.Path(sys.argv[1])); "
        "print(1, flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, cwd=ROOT)
    assert read_owner(tmp_path / "ws" / "service.lock") and not owner_lives(tmp_path / "ws" / "service.lock")
    open_workspace(tmp_path).close()


# ---- key ----
def test_wrong_or_missing_key_touches_nothing(tmp_path, monkeypatch) -> None:
    with open_workspace(tmp_path) as ws:
        add_samples(ws.create_dataset("d"), 2)

    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (tmp_path / "ws").rglob("*") if path.is_file()}

    before = contents()
    with pytest.raises(WrongKey, match="encrypted with another key"):
        open_workspace(tmp_path, key="77" * 32)
    monkeypatch.setenv("COMEXP_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(WrongKey, match="cannot be read"):
        Workspace.open(tmp_path / "ws")
    (tmp_path / "short").write_text("abc")
    monkeypatch.setenv("COMEXP_KEY_FILE", str(tmp_path / "short"))
    with pytest.raises(WrongKey, match="32 bytes"):
        Workspace.open(tmp_path / "ws")
    monkeypatch.delenv("COMEXP_KEY_FILE")
    with pytest.raises(WrongKey, match="another key"):
        Workspace.open(tmp_path / "ws")
    assert contents() == before
    with open_workspace(tmp_path) as ws:
        assert len(ws.dataset("d", "store").page(ViewSpec()).samples) == 2


def test_key_file_of_the_user_is_private(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("COMEXP_KEY_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with Workspace.open(tmp_path / "ws") as ws:
        number = ws.id
    file = tmp_path / "config" / "comexp" / "keys" / number
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    with Workspace.open(tmp_path / "ws") as ws:
        assert ws.id == number
    assert (tmp_path / "ws").stat().st_mode & 0o777 == 0o700


# ---- what the files show ----
def found_in(folder: Path) -> set[str]:
    everything = [path.read_bytes() + str(path.relative_to(folder)).encode() for path in folder.rglob("*") if path.is_file()]
    return {canary for canary in CANARIES for data in everything if canary.encode() in data or canary.encode("utf-16-le") in data}


def test_no_byte_of_the_content_is_readable(tmp_path) -> None:
    """Data, write-ahead logs, journals, sealed files, the catalog: scanned while open, after a checkpoint and after closing."""
    ws = open_workspace(tmp_path)
    ds = ws.create_dataset("CanaryDataset")
    blob = ds.vault.put(b"\xff\xd8CanaryPixels" * 1000)
    with ds.writing("CanaryMessage") as tx:
        tx.cur.execute(
            "INSERT INTO samples(id, name, kind, width, height, tags, since, blob)"
            " VALUES (1, 'CanaryFile.jpg', 'image', 9, 9, ['CanaryTag'], ?, ?)",
            [tx.revision, blob.id],
        )
        tx.cur.execute("INSERT INTO blobs VALUES (?, ?, ?)", [blob.id, blob.key, blob.bytes])
    value = box("CanaryClass", attributes={"note": "CanaryAttribute"})
    ds.edit(EditBatch(edits=[Edit(op="add", sample=1, value=value)] * 50, message="CanaryMessage"))
    ds.freeze("CanaryVersion")
    ds.edit(EditBatch(edits=[Edit(op="set", label=1, set={"class_name": "CanaryClass2"})]))
    ws.catalog.write("INSERT INTO settings VALUES ('CanaryFile', 'CanaryClass')")
    upload = ws.vault.begin()
    upload.append(b"CanaryPixels" * 50_000)
    assert list(ws.path.rglob("*.wal")) and any(path.stat().st_size for path in ws.path.rglob("*.journal"))
    assert found_in(ws.path) == set()
    ws.close()
    assert found_in(ws.path) == set()
    key = bytes.fromhex(KEY)
    assert all(key not in path.read_bytes() and blob.key not in path.read_bytes() for path in ws.path.rglob("*") if path.is_file())
    (ws.path / "control").write_text("CanaryClass")
    assert found_in(ws.path) == {"CanaryClass"}, "the scan itself must be able to see"


def test_modes(ws) -> None:
    """Only the owner can enter; DuckDB itself makes its log readable to all, hence the folders are closed."""
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    ds.vault.put(b"x")
    ds.edit(one(add(1)))
    assert ws.path.stat().st_mode & 0o777 == 0o700
    loose = [path.name for path in ws.path.rglob("*") if path.stat().st_mode & 0o077]
    assert all(name.endswith(".wal") for name in loose), loose


# ---- datasets ----
def test_names(ws) -> None:
    ds = ws.create_dataset("a")
    with pytest.raises(Conflict):
        ws.create_dataset("a")
    ws.create_dataset("b")
    with pytest.raises(Conflict):
        ws.rename_dataset(ds.id, "b")
    ws.rename_dataset("a", "c")
    assert ws.dataset("c", "store").id == ds.id and ws.dataset(ds.id, "store").name == "c"
    with pytest.raises(NotFound):
        ws.dataset("a", "store")
    with pytest.raises(BadInput):
        ws.create_dataset("  ")
    assert {each.name for each in ws.datasets()} == {"b", "c"}


PURPOSES = get_args(Purpose)


def test_frozen_means_stored_taken_away_or_destroyed_and_nothing_else(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 2)
    held = {purpose: ws.dataset("d", purpose) for purpose in PURPOSES}
    ws.restrict_dataset(ds.id)
    allowed = {"store", "export", "access", "erase"}
    for purpose, store in held.items():
        uses = (lambda: ws.dataset("d", purpose), lambda: store.page(ViewSpec()), lambda: store.query("FROM samples"), store.stats)  # noqa: B023
        for use in uses:
            if purpose in allowed:
                use()
            else:
                with pytest.raises(Restricted, match="frozen by its owner"):
                    use()
        for write in (
            lambda: store.edit(one(add(1))),
            lambda: add_samples(store, 1),
            lambda: store.undo(UndoIn()),
            lambda: store.freeze("v"),
        ):  # noqa: B023
            if purpose != "erase":
                with pytest.raises(Restricted):
                    write()
    assert ws.datasets()[0].restricted and ws.datasets()[0].samples == 2
    held["erase"].erase_parts(Doomed([1]))
    ws.restrict_dataset(ds.id, False)
    held["annotate"].edit(one(add(2)))


def test_a_closed_purpose_is_closed_at_every_use(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    train, browse = ws.dataset("d", "train"), ws.dataset("d", "browse")
    ws.closed = lambda dataset, purpose: "you objected to it." if (dataset, purpose) == (ds.id, "train") else None
    for use in (lambda: ws.dataset("d", "train"), lambda: train.page(ViewSpec()), lambda: train.edit(one(add(1)))):
        with pytest.raises(Restricted, match="may not be used to train: you objected to it"):
            use()
    assert browse.page(ViewSpec()).total == 1


def test_ephemeral_leaves_nothing(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("gone", "ephemeral")
        add_samples(ds, 2)
        ds.edit(one(add(1)))
        blob = ds.vault.put(b"pixels")
        ds.tidy(0, 0)
        assert ds.vault.get(blob.id, blob.key) == b"pixels" and len(labels(ds)) == 1
        assert not list((tmp_path / "ws").glob("datasets/*"))
    with open_workspace(tmp_path) as ws:
        assert ws.datasets() == []


def test_bulk_writes_are_all_or_nothing(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 3)
    with pytest.raises(RuntimeError), ds.writing("breaks") as tx:
        tx.cur.execute("DELETE FROM samples")
        ds.class_id(tx, "new")
        raise RuntimeError
    assert ds.revision == 1 and ds.stats().samples == 3 and ds.classes() == []
    assert ds.edit(one(add(1, "first"))).revision == 2 and ds.classes()[0].id == 0


def test_the_counts_are_those_of_what_is_there_now(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 5)
    ds.edit(EditBatch(edits=[add(1, "dog"), add(1, "cat"), add(2, "dog", state="suggested", source="m"), add(4), add(5)]))
    ds.edit(EditBatch(edits=[Edit(op="delete", label=2), Edit(op="delete", label=4)]))
    with ds.writing("a record that is gone") as tx:
        tx.cur.execute("UPDATE samples SET until = ? WHERE id = 5", [tx.revision])
    stats = ds.stats()
    assert (stats.samples, stats.unlabelled) == (4, 2)
    assert stats.by_class == {"dog": 3} and stats.by_split == {"none": 4}
    assert stats.by_state == {"accepted": 2, "suggested": 1} and stats.by_source == {"human": 2, "m": 1}


def test_versions_pin_content(ws) -> None:
    """The digest depends on what is said, not on ids or order."""
    one_way, other = ws.create_dataset("a"), ws.create_dataset("b")
    add_samples(one_way, 3)
    add_samples(other, 3)
    one_way.edit(EditBatch(edits=[add(1, "dog"), add(2, "cat", (1, 1, 1.5, 1))]))
    other.edit(EditBatch(edits=[add(2, "cat", (1, 1, 1.5, 1)), add(3, "x"), add(1, "dog")]))
    assert one_way.freeze("v1").digest != other.freeze("v1").digest
    other.edit(one(Edit(op="delete", label=2)))
    second = other.freeze("v2")
    assert second.digest == one_way.versions()[0].digest and second.revision == 3
    with pytest.raises(Conflict):
        other.freeze("v1")
    other.edit(one(Edit(op="set", label=1, set={"bbox": (1, 1, 1.5, 1.0000001)})))
    assert other.freeze("v3").digest != second.digest
    assert state_of(other, "v2") == state_of(other, second.revision) != state_of(other)


# ---- many at once ----
def test_writers_at_once_lose_nothing(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 4)

    def work(sample: int) -> list[int]:
        mine = [ds.edit(one(add(sample))).labels[0] for _ in range(5)]
        for number in range(20):
            ds.edit(one(Edit(op="set", label=mine[number % 5], set={"bbox": (number, sample, 1, 1)})))
        return mine

    with ThreadPoolExecutor(4) as pool:
        owned = list(pool.map(work, range(1, 5)))
    assert ds.revision == 1 + 4 * 25 and len({number for mine in owned for number in mine}) == 20
    now = labels(ds)
    assert all(now[mine[i]][2] == (15 + i, sample, 1, 1) for sample, mine in enumerate(owned, 1) for i in range(5))


def test_of_two_edits_of_one_label_one_is_a_conflict(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    seen = ds.edit(one(add(1))).revision
    gate = threading.Barrier(4)

    def work(number: int) -> str:
        gate.wait()
        try:
            ds.edit(one(Edit(op="set", label=1, set={"bbox": (number, 1, 1, 1)}, since=seen)))
            return "done"
        except Conflict as conflict:
            assert conflict.facts["label"] == 1
            return "conflict"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == ["conflict"] * 3 + ["done"]
    ds.edit(one(Edit(op="delete", label=1)))
    with pytest.raises(Conflict):
        ds.edit(one(Edit(op="set", label=1, set={"crowd": True}, since=seen)))
    with pytest.raises(NotFound):
        ds.edit(one(Edit(op="set", label=1, set={"crowd": True})))


def test_the_same_batch_from_many_threads_is_applied_once(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    batch = one(add(1))
    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(lambda _: ds.edit(batch), range(6)))
    assert len(labels(ds)) == 1 and ds.revision == 2
    assert sum(not receipt.repeated for receipt in receipts) == 1 and {tuple(receipt.labels) for receipt in receipts} == {(1,)}


def test_reading_goes_on_while_others_write_close_and_erase(ws) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 5)
    stop, trouble = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                with ds.reading() as cur:
                    first = cur.execute("SELECT count(*) FROM labels_now").fetchone()
                    ds.classes()
                    assert cur.execute("SELECT count(*) FROM labels_now").fetchone() == first
            except Exception as error:
                trouble.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(12):
        ds.edit(one(add(1 + number % 5)))
        ds.tidy(0, 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert not trouble and len(labels(ds)) == 12
    ds.erase_parts(Doomed([1]))
    assert len(labels(ds)) == 9


@pytest.mark.parametrize("edit", [
    add(99), add(1, bbox=(float("nan"), 0, 1, 1)), add(1, bbox=(0, 0, -1, 1)), add(1, bbox=(9000, 0, 1, 1)), Edit(op="add", sample=1),
    Edit(op="add", value=box()), Edit(op="set", label=1, set={"nothing": 1}), Edit(op="set", label=1, set={"state": "maybe"}),
    Edit(op="set"), Edit(op="delete"), Edit(op="tag_sample", sample=1), Edit(op="tag_sample", tags=[]), Edit(op="delete_sample", sample=77),
    Edit(op="add", sample=1, value=LabelIn(class_name="p", kind="polygon", rings=[[1, 2, 3, 4]])),
    Edit(op="add", sample=1, value=LabelIn(class_name="p", kind="mask", rle="\x01")),
    Edit(op="add", sample=1, value=LabelIn(class_name="p")),
    Edit(op="add", sample=1, value=LabelIn(class_name="p", kind="rotated", points=[1, 2, float("inf"), 4, 0])),
])  # fmt: skip
def test_bad_edits_are_one_line_and_change_nothing(ws, edit) -> None:
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    ds.edit(one(add(1)))
    before = state_of(ds)
    with pytest.raises((BadInput, NotFound)) as refusal:
        ds.edit(EditBatch(edits=[add(1), edit]))
    assert "\n" not in str(refusal.value)
    assert state_of(ds) == before and ds.revision == 2


# ---- a full disk ----
def test_writes_stop_above_the_reserve(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 1)
        ws.space.reserve = 1 << 60
        for write in (
            lambda: ds.edit(one(add(1))),
            lambda: ds.vault.put(b"x"),
            lambda: ws.catalog.write("SELECT 1"),
            lambda: ws.vault.begin().append(b"x"),
        ):
            with pytest.raises(Full, match="free some space"):
                write()
        assert ds.stats().samples == 1
        ws.space.reserve = 0
        ds.edit(one(add(1)))


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "none", str(folder)], capture_output=True).returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_up_costs_nothing(small_disk, tmp_path) -> None:
    """Edits until the disk is full: each acknowledged one is there, reads go on, and when space returns so do writes."""
    ws = open_workspace(small_disk)
    ds = ws.create_dataset("d")
    add_samples(ds, 1)
    filler = small_disk / "filler"
    filler.write_bytes(bytes((small_disk_free(small_disk) - 300_000) // 4096 * 4096))
    done: list[int] = []
    text = "x" * 5000
    with pytest.raises(Full):
        for _ in range(500):
            done += ds.edit(one(Edit(op="add", sample=1, value=box(attributes={"t": text})))).labels
    start = time.monotonic()
    assert set(done) <= set(labels(ds)) and time.monotonic() - start < 10
    with pytest.raises(Full):
        for _ in range(20):
            ds.edit(one(Edit(op="add", sample=1, value=box(attributes={"t": text * 20}))))
    filler.unlink()
    done += ds.edit(one(add(1))).labels
    assert set(done) <= set(labels(ds))
    ws.close()
    with open_workspace(small_disk) as ws:
        assert set(done) <= set(labels(ws.dataset("d", "store")))
        with pytest.raises(Full):
            ws.dataset("d", "store").vault.put(bytes(1 << 20) for _ in range(30))
        assert not list((ws.path / "datasets").rglob("media/*/*"))


def small_disk_free(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free


def test_an_idle_store_is_small(tmp_path) -> None:
    """Nobody pays for pandas: DuckDB would import it for the first parameter. It still works with it afterwards."""
    code = (
        "import sys, pathlib, psutil; from tests.store_rig import *; ws = open_workspace(pathlib.Path(sys.argv[1])); ds = ws.create_dataset('d');"
        "ds.revision; ws.datasets(); print('pandas' in sys.modules, psutil.Process().memory_info().rss >> 20);"
        "import duckdb, pandas; print(duckdb.sql('SELECT 1 AS a').df().a[0], duckdb.sql('FROM (VALUES (1))').fetchone()[0]); ws.close()"
    )
    said = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    pandas, size, *rest = said.stdout.split()
    assert pandas == "False" and int(size) < 110 and rest == ["1", "1"], said


def test_what_was_prepared_serves_one_database_and_has_the_limits_of_now(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(database, "_PREPARED", [])
    database.instance(None).close()
    for limit, taken in (("2GB", True), ("1GB", False)):
        monkeypatch.setenv("COMEXP_MEMORY", "2GB")
        database.prepare()
        ((_, ready),) = database._PREPARED
        monkeypatch.setenv("COMEXP_MEMORY", limit)
        made = database.instance(tmp_path)
        assert (made is ready, database._PREPARED) == (taken, [])
        found = made.execute("SELECT current_setting('memory_limit'), current_setting('temp_directory')").fetchone()
        assert found == ({"2GB": "1.8 GiB", "1GB": "953.6 MiB"}[limit], str(tmp_path))
        made.close()


def test_a_small_database_works_on_one_core_until_it_grows(tmp_path, monkeypatch) -> None:
    def threads(db: database.Database) -> int:
        with db.cursor() as cur:
            return cur.execute("SELECT current_setting('threads')").fetchone()[0]

    monkeypatch.setattr(database.os, "cpu_count", lambda: 3)
    db = database.Database(tmp_path / "a.duckdb", bytes(32))
    assert threads(db) == 1
    db.checkpoint()
    assert threads(db) == 1
    monkeypatch.setattr(database, "MUCH", 1)
    db.checkpoint()
    assert threads(db) == 3
    db.close()
    again = database.Database(tmp_path / "a.duckdb", bytes(32))
    assert threads(again) == 3
    again.close()
