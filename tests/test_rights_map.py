"""The data map: nothing is kept that it does not declare, and what it says of a place is told by all that is made from it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from uuid import UUID

import pytest
from store_rig import add, add_samples, one, open_workspace

from comexp_lab.rights import datamap, inventory, ledger
from comexp_lab.rights.datamap import place_of, places, roots


def test_every_file_of_a_workspace_has_a_place(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 2)
        ds.vault.put(b"a picture")
        ds.edit(one(add(1)))
        ledger.of(ws).append("request submitted", {"request": "0" * 8}, private={"words": {"a": "b"}}, scope="request:0")
        where = roots(ws.path)
        files = [path for path in ws.path.rglob("*") if path.is_file()]
        found = {str(path.relative_to(ws.path)): place_of(path, where) for path in files}
        assert len(found) > 8 and [name for name, place in found.items() if place is None] == []
        kinds = {place.kind for place in found.values() if place}
        assert {"media", "labels", "catalog", "keys", "ledger", "workspace facts"} <= kinds
        counted = {row.kind for row in datamap.inventory(ws)}
        assert {"labels", "records without a picture", inventory.DATABASE, "ledger of what was asked and done"} <= counted


def test_workspace_facts_identify_nobody_and_nothing_of_the_key(tmp_path: Path) -> None:
    """All that is in clear in a workspace, and so survives the erasure of the account: random numbers, and of the opener while it is open."""
    with open_workspace(tmp_path) as ws:
        facts = json.loads((ws.path / "workspace.json").read_text())
        opener = json.loads((ws.path / "service.lock").read_text())
    assert facts == {"id": ws.id, "format": facts["format"]} and type(facts["format"]) is int
    assert UUID(facts["id"]).version == 4 and opener.keys() == {"pid", "boot", "started"}
    assert (ws.path / "service.lock").read_text() == ""


@pytest.mark.parametrize("name", ["stray.txt", "datasets/x/stray", "vaults/ab", "catalog", "ledger.txt"])
def test_what_nobody_declared_has_none(tmp_path: Path, name: str) -> None:
    assert place_of(tmp_path / "ws" / name, roots(tmp_path / "ws")) is None


def test_each_place_says_whose_it_is_how_it_goes_and_when(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(datamap.record())))
    assert [row["place"] for row in rows] == [place.kind for place in places()] and len(rows) >= 24
    for row in rows:
        assert row["whose"] in {"dataset", "model", "run", "account", "nobody", "model, run, account"}, row
        assert all(row[column] for column in ("holds", "where", "encrypted with", "erased", "kept")), row
    for place in places():
        assert place.count is None or callable(getattr(inventory, place.count))
        assert place.root != "workspace" or place.key != "none" or place.whose == "nobody", (
            "what is somebody's is encrypted in the workspace"
        )
