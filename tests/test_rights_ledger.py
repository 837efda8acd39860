"""The ledger against a plain list; changed, cut and forked behind its back; killed while it writes."""

from __future__ import annotations

import errno
import os
import random
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pymerkle import ConsistencyProof, InclusionProof

from comexp_lab.errors import BadInput, Error, Full
from comexp_lab.rights import ledger
from comexp_lab.rights.erasure import AGED, FORKED
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.office import Office
from comexp_lab.store import Workspace
from comexp_lab.store.keys import KeyStore
from tests.store_rig import open_workspace
from tests.test_rights_erasure import Hands

CANARY = "canary-5b1f9c@example.org"


def opened(folder: Path) -> Ledger:
    folder.mkdir(exist_ok=True)
    return Ledger(folder / "ledger", KeyStore(folder / "keys.sqlite", "w", bytes(32)))


def filled(folder: Path, entries: int = 5) -> Ledger:
    log = opened(folder)
    for n in range(entries):
        log.append("erased", {"dataset": str(n)}, private={"who": CANARY})
    return log


class AgainstAList(RuleBasedStateMachine):
    """Append, forget, reopen, tear the last line: the ledger is always the plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.log, self.model, self.heads = opened(self.folder), [], []

    scopes = st.sampled_from(["account", "email", "request:1"])

    @rule(
        kind=st.sampled_from(["a", "b"]),
        facts=st.dictionaries(st.text(max_size=3), st.integers(-9, 9)),
        scope=scopes,
        secret=st.text() | st.none(),
    )
    def append(self, kind: str, facts: dict[str, int], scope: str, secret: str | None) -> None:
        private = None if secret is None else {"secret": secret}
        entry = self.log.append(kind, facts, private=private, scope=scope)
        self.model.append([len(self.model), kind, facts, scope if private else None, private])
        assert [entry.n, entry.kind, entry.facts, entry.scope, entry.private] == self.model[-1]
        self.heads.append(self.log.head())

    @rule(scope=scopes)
    def forget(self, scope: str) -> None:
        self.log.forget(scope)
        for row in self.model:
            row[4] = None if row[3] == scope else row[4]

    @rule()
    def reopen(self) -> None:
        self.log = opened(self.folder)

    @rule(
        torn=st.binary(min_size=1, max_size=40).filter(lambda data: b"\n" not in data), name=st.sampled_from(["log.jsonl", "heads.jsonl"])
    )
    def tear(self, torn: bytes, name: str) -> None:
        with (self.folder / "ledger" / name).open("ab") as file:
            file.write(torn)
        self.reopen()

    @invariant()
    def same(self) -> None:
        assert [[e.n, e.kind, e.facts, e.scope, e.private] for e in self.log.entries()] == self.model
        assert [e.n for e in self.log.entries("b")] == [row[0] for row in self.model if row[1] == "b"]
        assert self.log.verify(*self.heads[-3:]) == len(self.model) == self.log.head().size

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)


def test_nothing_personal_is_in_the_files_and_forgetting_is_final(tmp_path):
    log = filled(tmp_path)
    assert {entry.private["who"] for entry in log.entries()} == {CANARY}
    assert all(CANARY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    key = KeyStore(tmp_path / "keys.sqlite", "w", bytes(32)).key("ledger/account")
    log.forget("account")
    assert (
        key not in (tmp_path / "keys.sqlite").read_bytes()
        and "ledger/account" not in KeyStore(tmp_path / "keys.sqlite", "w", bytes(32)).owners()
    )
    log.append("again", private={"who": "new"})
    for one in (log, opened(tmp_path)):
        assert [entry.private for entry in one.entries()] == [None] * 5 + [{"who": "new"}]
        assert one.verify() == 6


def test_a_sealed_part_cannot_be_moved_to_another_entry(tmp_path):
    log = filled(tmp_path)
    lines = (tmp_path / "ledger" / "log.jsonl").read_bytes()
    sealed = [line.split(b'"sealed":"')[1].split(b'"')[0] for line in lines.splitlines()]
    (tmp_path / "ledger" / "log.jsonl").write_bytes(lines.replace(sealed[1], sealed[2]))
    assert [entry.private is None for entry in log.entries()] == [False, True, False, False, False]


def edit(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / name
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return apply


def both(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    return lambda folder: (edit("log.jsonl", change)(folder), edit("heads.jsonl", change)(folder))[0]


TAMPERED = {
    "changed": edit("log.jsonl", lambda lines: [line.replace(b'"dataset":"2"', b'"dataset":"7"') for line in lines]),
    "dropped": edit("log.jsonl", lambda lines: lines[:2] + lines[3:]),
    "dropped with its head": both(lambda lines: lines[:2] + lines[3:]),
    "swapped": edit("log.jsonl", lambda lines: [*lines[:2], lines[3], lines[2], lines[4]]),
    "swapped with the heads": both(lambda lines: [*lines[:2], lines[3], lines[2], lines[4]]),
    "cut short": edit("log.jsonl", lambda lines: lines[:3]),
    "added": edit("log.jsonl", lambda lines: [*lines, lines[4].replace(b'"n":4', b'"n":5'), b"{}\n"]),
    "heads cut short": edit("heads.jsonl", lambda lines: lines[:3]),
    "no heads": edit("heads.jsonl", lambda lines: []),
    "a head changed": edit("heads.jsonl", lambda lines: [*lines[:4], lines[4].replace(b'"at":"20', b'"at":"21')]),
    "a head broken": edit("heads.jsonl", lambda lines: [*lines[:4], b"{}\n"]),
    "not JSON": edit("log.jsonl", lambda lines: [*lines[:2], b"what?\n", *lines[3:]]),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_what_was_changed_behind_its_back_is_noticed_and_never_signed_over(tamper, tmp_path):
    log = filled(tmp_path)
    good = {path: path.read_bytes() for path in (tmp_path / "ledger").iterdir()}
    tamper(tmp_path / "ledger")
    with pytest.raises(Error, match="^The ledger was changed"):
        log.verify()
    again = opened(tmp_path)
    with pytest.raises(Error, match="^The ledger was changed"):
        again.verify()
    with pytest.raises(Error, match="restore the folder"):
        again.append("more")
    for path, data in good.items():
        path.write_bytes(data)
    assert again.append("restored").n == 5 and again.verify() == 6


def test_an_added_line_without_a_head_is_no_entry(tmp_path):
    filled(tmp_path)
    edit("log.jsonl", lambda lines: [*lines, lines[4].replace(b'"n":4', b'"n":5')])(tmp_path / "ledger")
    assert opened(tmp_path).verify() == 5


def test_a_log_put_back_to_an_older_state_and_a_fork_are_noticed_by_a_head_kept_elsewhere(tmp_path):
    log = filled(tmp_path, 3)
    shutil.copytree(tmp_path / "ledger", tmp_path / "old")
    log.append("erased", {"dataset": "3"})
    certified = log.head()
    assert log.verify(certified) == 4
    shutil.rmtree(tmp_path / "ledger")
    (tmp_path / "old").rename(tmp_path / "ledger")
    older = opened(tmp_path)
    assert older.verify() == 3, "nothing in the folder itself tells"
    with pytest.raises(Error, match="once had 4"):
        older.verify(certified)
    older.append("something else")
    with pytest.raises(Error, match="not those of the head"):
        older.verify(certified)


def test_another_key_signs_nothing_here(tmp_path):
    filled(tmp_path / "a"), filled(tmp_path / "b")
    shutil.rmtree(tmp_path / "a" / "ledger")
    shutil.copytree(tmp_path / "b" / "ledger", tmp_path / "a" / "ledger")
    with pytest.raises(Error, match="changed"):
        opened(tmp_path / "a").verify()


def test_proofs_hold_for_every_entry_and_every_older_head(tmp_path):
    log = opened(tmp_path)
    heads = []
    for n in range(9):
        log.append("a", {"i": n})
        heads.append(log.head())
    root, lines = bytes.fromhex(log.head().root), (tmp_path / "ledger" / "log.jsonl").read_bytes().splitlines()
    for n, line in enumerate(lines):
        leaf = ledger._Tree().hash_buff(line)
        InclusionProof.deserialize(log.inclusion(n)).verify(leaf, root, index=n + 1, size=9)
        proof = ConsistencyProof.deserialize(log.consistency(n + 1))
        proof.verify(bytes.fromhex(heads[n].root), root, prior_size=n + 1, later_size=9)


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    log = filled(tmp_path)
    write, full = os.write, []

    def small_disk(handle: int, data: bytes) -> int:
        full.append(1)
        return write(handle, data[: len(data) // 2]) if len(full) == failing else write(handle, data)

    for failing in (1, 2):  # while the entry is written, and while its head is
        full.clear()
        with monkeypatch.context() as patch:
            patch.setattr(ledger.os, "write", small_disk)
            with pytest.raises(Full, match="disk is full"):
                log.append("too much")
        assert log.verify() == 5 and opened(tmp_path).verify() == 5
    assert log.append("fits").n == 5 and log.verify() == 6


@pytest.mark.parametrize("failing", [1, 2])
def test_what_the_disk_did_not_confirm_is_no_entry(failing, tmp_path, monkeypatch):
    log, real, asked = filled(tmp_path), os.fsync, []

    def unsure(handle: int) -> None:
        asked.append(1)
        if len(asked) == failing:
            raise OSError(errno.EIO, "the disk is going")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(ledger.os, "fsync", unsure)
        with pytest.raises(OSError, match="the disk is going"):
            log.append("perhaps")
    assert log.verify() == 5 and opened(tmp_path).verify() == 5
    assert log.append("surely").n == 5


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """``work`` in a child, which ends there; (its pid, the pipe it was given to write to)."""
    source, sink = os.pipe()
    if pid := os.fork():
        os.close(sink)
        return pid, source
    try:
        work(sink)
    finally:
        os._exit(1)


def drained(pid: int, source: int, kill: bool) -> list[int]:
    """What the child acknowledged until it was killed."""
    if kill:
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(source, "rb") as file:
        said = [int(line) for line in file.read().split()]
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    return said


def entry_of(log: Ledger) -> int:
    return log.append("a", {"x": "y" * 500}, private={"z": 1}).n


def test_killed_at_any_moment_it_holds_all_that_was_acknowledged(tmp_path):
    def work(sink: int) -> None:
        log = opened(tmp_path)
        while True:
            os.write(sink, f"{entry_of(log)}\n".encode())

    acknowledged, moments = -1, random.Random(1)
    for _ in range(20):
        pid, source = child(work)
        select.select([source], [], [], 60)
        time.sleep(moments.random() * 0.02)
        acknowledged = max([acknowledged, *drained(pid, source, kill=True)])
        log = opened(tmp_path)
        assert acknowledged < log.verify() <= acknowledged + 2
        assert [entry.n for entry in log.entries()] == list(range(log.head().size))
        acknowledged = log.head().size - 1
    assert acknowledged >= 19


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_killed_at_every_step_of_an_entry_it_is_there_whole_or_not_at_all(call, which, part, tmp_path):
    """``part``: how much of the write is done when the process dies."""
    filled(tmp_path, 2)

    def work(sink: int) -> None:
        log, real, left = opened(tmp_path), getattr(os, call), [which]

        def deadly(handle: int, *data: bytes) -> int:
            left[0] -= 1
            if not left[0]:
                if data:
                    real(handle, data[0][: int(len(data[0]) * part)])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(handle, *data)

        setattr(os, call, deadly)
        entry_of(log)

    assert drained(*child(work), kill=False) == []
    log = opened(tmp_path)
    assert log.verify() == (3 if which == 2 and (call == "fsync" or part == 1) else 2)
    assert entry_of(log) == log.verify() - 1


def test_the_ledger_of_an_earlier_version_is_kept_aside(tmp_path):
    with Workspace.open(tmp_path / "w") as ws:
        (ws.path / "ledger").mkdir()
        (ws.path / "ledger" / "ledger.jsonl").write_text('{"n":0,"previous":"00"}\n')
        assert ledger.of(ws).append("new").n == 0 and ledger.of(ws) is ledger.of(ws)
        assert [notice for notice in ws.notices if "kept aside" in notice]
        assert (ws.path / "ledger" / "ledger.old.jsonl").exists()


def test_keys_of_the_ledger_are_left_alone_by_the_sweep_of_datasets(tmp_path):
    with Workspace.open(tmp_path / "w") as ws:
        ledger.of(ws).append("asked", private={"who": CANARY}, scope="request:1")
        key = ledger.of(ws).public_key
        ws.create_dataset("d")
        ws.erase_dataset("d")
    with Workspace.open(tmp_path / "w") as ws:
        assert [entry.private for entry in ledger.of(ws).entries()] == [{"who": CANARY}]
        assert ledger.of(ws).public_key == key and ledger.of(ws).verify() == 1


def test_a_ledger_that_went_two_ways_is_told_once_and_locks_nobody_out(tmp_path, monkeypatch):
    monkeypatch.setenv("COMEXP_TOMBSTONES", str(tmp_path / "erased"))
    folder, backup = tmp_path / "ws", tmp_path / "backup"

    def worked(entries: int) -> tuple[list[str], int]:
        with open_workspace(tmp_path) as workspace:
            office = Office(workspace, Hands())
            for n in range(entries):
                office.ledger.append("opt-out recorded", {"n": n, "entries": entries})
            told = [notice for notice in workspace.notices if "ledger" in notice]
            office.erasures.close()
            return told, office.ledger.verify()

    assert worked(3)[0] == []
    shutil.copytree(folder, backup)
    begun = worked(4)[1] - 4
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    assert worked(1)[0] == [AGED.format(n=4)], "it is shorter, and a fork from now on"
    told, size = worked(9)
    assert told == [FORKED.format(n=4, m=begun)] and size == begun + 1 + 1 + 9
    assert worked(0) == ([], size), "once is enough: it stands in the ledger"


def test_many_threads_write_one_log(tmp_path):
    log = opened(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: log.append("a", {"i": n}, private={"i": n}, scope=f"request:{n % 3}").n, range(60)))
    assert sorted(numbers) == list(range(60)) and log.verify() == 60
    assert all(entry.facts == entry.private for entry in log.entries())


def test_times_are_utc_and_scopes_have_names(tmp_path):
    log = Ledger(
        tmp_path, KeyStore(tmp_path / "keys.sqlite", "w", bytes(32)), lambda: datetime.fromisoformat("2026-03-29T01:30:00.1239+03:00")
    )
    assert log.append("a").at == datetime(2026, 3, 28, 22, 30, 0, 123000, UTC)
    for scope in ("", "signing"):
        with pytest.raises(BadInput, match="no scope"):
            log.forget(scope)
        with pytest.raises(BadInput, match="no scope"):
            log.append("a", private={}, scope=scope)
