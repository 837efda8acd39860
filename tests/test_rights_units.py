"""Ledger and certificates on their own: torn, forged, changed."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comexp_lab.errors import BadInput, Error
from comexp_lab.rights.ledger import Ledger, canonical
from comexp_lab.verify import verify_text


def test_ledger_chains_and_notices_changes(tmp_path):
    ledger = Ledger(tmp_path)
    for n in range(5):
        ledger.append("erased", dataset=str(n))
    assert ledger.verify() == 5
    path = tmp_path / "ledger" / "ledger.jsonl"
    good = path.read_bytes()
    for bad in (good.replace(b'"dataset":"2"', b'"dataset":"7"'), b"\n".join(good.split(b"\n")[1:]), good.replace(b'"n":3', b'"n":4')):
        path.write_bytes(bad)
        with pytest.raises(Error, match="changed"):
            ledger.verify()


def test_a_torn_last_line_is_no_entry_and_the_next_one_follows(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.append("a")
    path = tmp_path / "ledger" / "ledger.jsonl"
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut].rstrip(b"}\n")[:cut])
        ledger.append("b")
        assert [entry["kind"] for entry in ledger.entries()] == ["a", "b"]
        assert ledger.verify() == 2


def test_a_certificate_verifies_until_it_is_touched():
    key = Ed25519PrivateKey.generate()
    body = {"what": "erasure", "räume": 3}
    good = {"body": body, "signature": key.sign(canonical(body)).hex(), "public_key": key.public_key().public_bytes_raw().hex()}
    verify_text(json.dumps(good))
    verify_text(json.dumps(good, indent=2), good["public_key"])
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    for bad in (
        good | {"body": body | {"räume": 4}},
        good | {"signature": "00" * 64},
        good | {"public_key": other},
        good | {"public_key": "zz"},
        {},
    ):
        with pytest.raises(BadInput):
            verify_text(json.dumps(bad))
    with pytest.raises(BadInput, match="another key"):
        verify_text(json.dumps(good), other)
    with pytest.raises(BadInput):
        verify_text("not json")
