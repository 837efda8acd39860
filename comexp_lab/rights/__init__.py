"""What the people whose data is here were promised: see it, take it away, correct, freeze, destroy it, with proof."""

from __future__ import annotations

from comexp_lab.rights.archive import archive_pieces, write_archive
from comexp_lab.rights.inventory import inventory
from comexp_lab.rights.office import Office

__all__ = ["Office", "archive_pieces", "inventory", "write_archive"]
