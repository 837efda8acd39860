"""Verify a certificate of erasure offline, without the workspace and without the service.

A certificate is ``{"body", "signature", "public_key"}``; the signature is Ed25519 (RFC 8032) over the body as JSON with
sorted keys, no spaces, UTF-8.
"""

from __future__ import annotations

import json

from comexp_lab.errors import BadInput


def verify_text(text: str, public_key: str | None = None) -> None:
    """Raise BadInput unless the signature fits the body, and the key is the expected one if given (hex)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        document = json.loads(text)
        body = json.dumps(document["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        key, signature = bytes.fromhex(document["public_key"]), bytes.fromhex(document["signature"])
    except (ValueError, KeyError, TypeError):
        raise BadInput("This is not a certificate of comexp_lab.") from None
    if public_key is not None and key.hex() != public_key.lower():
        raise BadInput("This certificate was signed with another key than the expected one.")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, body)
    except (ValueError, InvalidSignature):
        raise BadInput("This certificate is forged or was changed: its signature does not fit.") from None
