"""Signed certificates: canonical JSON, Ed25519. ``comexp_lab.verify`` checks one offline, without the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.api import ErasureCertificate
from comexp_lab.rights import ledger
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import Workspace


def sign(workspace: Workspace, body: dict[str, Any]) -> ErasureCertificate:
    log = ledger.of(workspace)
    return ErasureCertificate(body=body, signature=log.sign(canonical(body)), public_key=log.public_key)
