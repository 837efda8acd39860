"""Names that are too short to be looked for in every byte: what our own words still say of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from store_rig import open_workspace
from test_rights_erasure import Hands, erase, no_search, proof, run

from comexp_lab.rights import naming
from comexp_lab.rights.naming import Naming, distinctive
from comexp_lab.rights.office import Office

__all__ = ["no_search", "proof"]


@pytest.mark.parametrize("name", ["IMG_1.jpg", "Anna K.", "a@b.ru", "cat7"])
def test_what_is_distinctive(name):
    assert distinctive(name)


@pytest.mark.parametrize("name", ["car", "person", "traffic light", "2026", "a1", "张三李四"])
def test_what_could_mean_anything(name):
    assert not distinctive(name)


@pytest.fixture
def at(tmp_path: Path) -> Any:
    with open_workspace(tmp_path) as ws:
        ds, other = ws.create_dataset("d"), ws.create_dataset("other")
        for store, names in ((ds, ("IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg")), (other, ("IMG_3.jpg",))):
            with store.writing("samples") as tx:
                for number, name in enumerate(names, 1):
                    tx.cur.execute(
                        "INSERT INTO samples(id, name, kind, width, height, blob, bytes, mime, since)"
                        " VALUES (?, ?, 'image', 9, 9, NULL, 0, 'image/png', 1)",
                        [number, name],
                    )
        yield SimpleNamespace(ws=ws, ds=ds, other=other)


def says(ws: Any) -> str:
    return str(ws.catalog.read("SELECT title, message, params, result FROM runs") + ws.catalog.read("SELECT line FROM run_log"))


def test_a_run_that_did_not_see_it_says_its_name_no_more(at, no_search):
    """What other datasets' runs say, and what is a name of something that stays, is not about it."""
    ws = at.ws
    for name, of in (("train 1", at.ds), ("train 2", at.other)):
        run(ws, name, "train", of, {"model": "yolo11n.yaml", "view": {"ids": [2]}})
    ws.catalog.write("INSERT INTO run_log SELECT id, now(), 'x/IMG_1.jpg: unlike b-IMG_1.jpg, IMG_2.jpg, IMG_3.jpg' FROM runs")
    ws.catalog.write("UPDATE runs SET result = ?, message = 'IMG_1.jpg' WHERE dataset = ?", [json.dumps({"k": ["IMG_1.jpg"]}), at.ds.id])
    key, office = ws.keys.key("catalog"), Office(ws, Hands())
    body = office.erasures.get(erase(office, {"what": "samples", "dataset": "d", "samples": [1, 3]})).certificate.body
    assert body["checks"]["names in runs, logs and models gone"] and "not every byte" in body["method"]
    mine = says(ws).replace("b-IMG_1.jpg", "")
    assert mine.count("IMG_1.jpg") == 1 and mine.count("IMG_3.jpg") == 2 and mine.count("IMG_2.jpg") == 2 and mine.count("erased") == 3
    assert ws.keys.key("catalog") != key
    office.erasures.close()


def test_without_a_control_it_is_not_certified(at, no_search, monkeypatch):
    monkeypatch.setattr(naming.Naming, "_within", lambda self, text: set())
    office = Office(at.ws, Hands())
    told = office.erasures.get(erase(office, {"what": "samples", "dataset": "d", "samples": [1]}))
    assert told.certificate is None and "names in runs, logs and models gone" in told.trouble
    office.erasures.close()


def test_who_finds_what_is_left(at):
    run(at.ws, "train 1", "train", at.ds, {"view": {"sql": "name = 'a@b.ru'"}})
    look = Naming(at.ws, at.ds.id, ["Anna K.", "a@b.ru", "car"], lambda found: set())
    at.ws.catalog.write("UPDATE runs SET title = 'A car of Anna K. in the yard'")
    assert look.control() and look.left() == {"Anna K.", "a@b.ru"}
    look.strike()
    assert look.left() == set() and "car" in says(at.ws)
    assert Naming(at.ws, at.ds.id, ["car of"], lambda found: found).left() == set()
