"""What the people whose data is here were promised: see it, take it away, destroy it, with proof."""

from __future__ import annotations

from comexp_lab.rights.archive import archive_pieces, write_archive
from comexp_lab.rights.erasure import execute, plan, resume
from comexp_lab.rights.inventory import inventory

__all__ = ["archive_pieces", "execute", "inventory", "plan", "resume", "write_archive"]
