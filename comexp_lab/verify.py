"""What is signed here, and how it is checked: offline, without the workspace and without the service.

Everything signed is canonical JSON (RFC 8785), signed by Ed25519 (RFC 8032).
"""

from __future__ import annotations

import json
from typing import Any

from comexp_lab.errors import BadInput


def canonical(document: Any) -> bytes:
    """RFC 8785: one document, one byte string."""
    import rfc8785

    return rfc8785.dumps(document)


def signed_part(head: dict[str, Any]) -> bytes:
    """The bytes of a tree head that its signature is over."""
    return canonical({name: head[name] for name in ("at", "root", "size")})


def fits(public_key: str, signature: str, message: bytes) -> bool:
    """Whether the signature is the key's over the message; key and signature in lower-case hex."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key, proof = bytes.fromhex(public_key), bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(key).verify(proof, message)
    except (ValueError, InvalidSignature):
        return False
    return (key.hex(), proof.hex()) == (public_key, signature)


def verify_text(text: str, public_key: str | None = None) -> None:
    """Raise BadInput unless the signature fits the body, and the key is the expected one if given (hex)."""
    try:
        document = json.loads(text)
        body, key, signature = canonical(document["body"]), str(document["public_key"]), str(document["signature"])
    except (ValueError, KeyError, TypeError):
        raise BadInput("This is not a certificate of comexp_lab.") from None
    if public_key is not None and key != public_key.lower():
        raise BadInput("This certificate was signed with another key than the expected one.")
    if not fits(key, signature, body):
        raise BadInput("This certificate is forged or was changed: its signature does not fit.")
