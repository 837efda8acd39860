"""Promises of the policies that one request can break, asked of the whole service without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab


@pytest.fixture
def at(tmp_path: Path) -> Iterator[SimpleNamespace]:
    lab = Lab(tmp_path / "workspace")
    with TestClient(build(lab)) as client:
        yield SimpleNamespace(lab=lab, ask=client, rights=lab.rights)
    lab.close()


def test_a_browser_that_opts_out_is_heard_and_answered(at):
    """Global Privacy Control; 11 CCR §7025(c)(6): that the signal was honoured is shown."""

    def said(**signal: str) -> str:
        return at.ask.get("/api/rights/opt-out", headers={"Sec-GPC": value for value in signal.values()}).json()["text"]

    assert {said(), said(gpc="0")} == {"nothing is sold"}
    assert said(gpc="1") == said() == "opted out, nothing sold"
    at.ask.get("/api/rights/inventory", headers={"Sec-GPC": "1"})
    assert [entry.kind for entry in at.rights.ledger.entries()].count("opt-out recorded") == 1
