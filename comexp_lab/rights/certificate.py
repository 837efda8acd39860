"""Signed certificates: canonical JSON, Ed25519. ``comexp_lab.verify`` checks one offline, without the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasureCertificate
from comexp_lab.rights.ledger import canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comexp_lab.store import Workspace


def signing_key(workspace: Workspace) -> Ed25519PrivateKey:
    """The workspace's own signing key, kept in the encrypted catalog; made at first use."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    rows = workspace.catalog.read("SELECT value FROM settings WHERE key = 'signing_key'")
    if rows:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(rows[0]["value"]))
    key = Ed25519PrivateKey.generate()
    workspace.catalog.write("INSERT INTO settings VALUES ('signing_key', ?)", [key.private_bytes_raw().hex()])
    return key


def sign(workspace: Workspace, body: dict[str, Any]) -> ErasureCertificate:
    key = signing_key(workspace)
    return ErasureCertificate(body=body, signature=key.sign(canonical(body)).hex(), public_key=key.public_key().public_bytes_raw().hex())
