"""Certificates of erasure. ``comexp_lab.verify`` checks one offline, without the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comexp_lab.api import CertificateBody, CertificateFacts, ErasureCertificate
from comexp_lab.rights import ledger
from comexp_lab.rights.traces import TELLING
from comexp_lab.verify import canonical

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

METHOD = "AES-256 data key destroyed (cryptographic erase, NIST SP 800-88), then files removed and the catalog rewritten"
SHORT = f". Names of fewer than {TELLING} characters: rows and, as whole words, runs, logs and models were looked through, not every byte"


def issue(workspace: Workspace, facts: CertificateFacts, erased: ledger.Entry) -> ErasureCertificate:
    """Sign what was done, with the proof that the ledger holds ``erased``, the entry that says so."""
    log = ledger.of(workspace)
    head = log.head()
    body = CertificateBody(**dict(facts), entry=log.line(erased.n), head=head, inclusion=log.inclusion(erased.n, head.size))
    document = body.model_dump(mode="json")
    return ErasureCertificate(body=document, signature=log.sign(canonical(document)), public_key=log.public_key)
