"""Certificates on their own: forged, changed."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comexp_lab.errors import BadInput
from comexp_lab.verify import canonical, verify_text


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
