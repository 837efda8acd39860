"""Promises of the policies that one request can break, asked of the whole service without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from comexp_lab.rights import redacting
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


# ---- no key stays in what somebody wrote ----
KEYS = {
    "labelled": "API key: 9f8a7b6c5d4e",
    "russian": "мой ключ — qW3_rT9-zz",
    "chinese": "密钥是 a1b2c3d4e5",
    "password": "password = hunter2!",
    "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "cloud": "AKIAIOSFODNN7EXAMPLE",
    "model hub": "hf_" + "aB3" * 11,
    "code host": "ghp_" + "x9" * 18,
    "bot": "123456789:" + "AAE" * 11 + "zz",
    "jupyter": "0f" * 24,
    "private": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
}
HONEST = (
    "The request 5e0b2c4d5e0b2c4d5e0b2c4d5e0b2c4d was answered, certificate " + "ab" * 32 + ".",
    "My keyboard has a key that is broken; the token ring too. Call +49 30 1234567, write to anna@mail.example.",
    "Исправьте имя: keyfob.jpg, класс «ключ».",
)


@pytest.mark.parametrize("kind", KEYS)
@settings(max_examples=10, deadline=None)
@given(before=st.text(alphabet="abc .\nяж图", max_size=30), after=st.text(alphabet=" \n.,", max_size=5))
def test_a_key_in_a_request_is_not_kept(kind, before, after):
    value = KEYS[kind].split()[-1] if kind != "private" else "MIIEow"
    text = redacting.struck({"words": f"{before} {KEYS[kind]}{after} thank you"})["words"]
    assert value not in text and redacting.GONE in text and text.startswith(before) and text.endswith("thank you")


@pytest.mark.parametrize("text", HONEST)
def test_what_is_no_key_is_kept(text):
    assert redacting.struck({"words": text}) == {"words": text}


def test_of_a_key_that_was_sent_nothing_is_in_the_answer_the_ledger_and_the_archive(at):
    sent = {"type": "access", "key": str(uuid4()), "words": {"message": "I am Anna, API key: canary-9f8a7b6c"}}
    made = at.ask.post("/api/rights/requests", json=sent).json()
    assert made["words"] == {"message": f"I am Anna, {redacting.GONE}"}
    assert "canary" not in str([entry.private for entry in at.rights.ledger.entries()]) + str(at.ask.get("/api/rights/requests").json())
