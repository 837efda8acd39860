"""What is open in FiftyOne, seen from the lab service, and how a mirror shares the processors with the App."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from browse_rig import wait_for
from store_rig import add_samples

from comexp_lab.api import BrowseIn, ViewSpec
from comexp_lab.browse import live, rows
from comexp_lab.service.lab import Lab
from comexp_lab.store.parts import Doomed
from comexp_lab.transport import runtime_dir


@pytest.fixture
def opener(workspace: Path) -> Iterator[Lab]:
    lab = Lab(workspace)
    add_samples(lab.workspace.create_dataset("Street"), 3)
    yield lab
    lab.close()


def test_only_the_fifth_view_pushes_out_the_first(opener: Lab) -> None:
    opened = [opener.browse.open(BrowseIn(dataset="Street", view=ViewSpec(offset=0, limit=limit))).id for limit in (1, 2, 3, 4)]
    assert [each.id for each in opener.browse.list()] == opened
    opener.browse.open(BrowseIn(dataset="Street"))
    assert [each.id for each in opener.browse.list()][:3] == opened[1:]


def test_erased_samples_leave_the_mirrors_with_everything_that_mongodb_remembers(opener: Lab) -> None:
    store = opener.workspace.dataset("Street", "browse")
    other = opener.workspace.create_dataset("Field")
    add_samples(other, 2)
    opened = opener.browse.open(BrowseIn(dataset="Street", view=ViewSpec(ids=[1, 2])))
    before = opener.browse.pid
    assert before is not None
    other.erase_parts(Doomed([1]))
    assert opener.browse.pid == before, "what is not shown needs no forgetting"
    store.erase_parts(Doomed([2]))
    assert opener.browse.pid != before and not psutil.pid_exists(before)
    assert opener.browse.get(opened.id) is opened and opener.browse.active
    left = b"".join(rows.stream(store, opened.view))
    assert b"img0.jpg" in left and b"img1.jpg" not in left


def test_where_mongodb_cannot_start_nobody_is_told_to_open_the_app(opener: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMEXP_MONGOD", "/nowhere/mongod")
    opened = opener.browse.open(BrowseIn(dataset="Street"))
    first = psutil.Process(opener.browse.pid)
    first.wait(20)
    notice = runtime_dir(opener.workspace.path) / "fo.json"
    assert not notice.exists() and opened.status == "starting"


def test_the_bulk_waits_for_the_first_page_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CALM_S", 0.3)
    mirror = live.Mirror("m", "Street", True, None, None, "")  # type: ignore[arg-type]
    mirror.loaded, mirror.total = 400, 4000
    waiting = threading.Thread(target=mirror._let_it_look)
    waiting.start()
    for _ in range(4):
        time.sleep(0.15)
        assert waiting.is_alive(), "the App has not been opened, or is asking"
        mirror.asked()
    time.sleep(0.5)
    assert waiting.is_alive(), "it has not asked for pictures yet"
    mirror.asked(picture=True)
    took = wait_for(lambda: not waiting.is_alive(), 3)
    assert took >= 0.2
    small = live.Mirror("m", "Street", True, None, None, "")  # type: ignore[arg-type]
    small.loaded = small.total = 3
    small._let_it_look()
