"""Rows that are deleted from the catalog are gone when it was written anew, under another key. A crash in between is made good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

DUE = "rewrite due"


def begin(workspace: Workspace) -> None:
    """Before rows are deleted: ``finish`` is due, whatever happens."""
    if not due(workspace):
        workspace.catalog.write("INSERT INTO meta VALUES (?, '')", [DUE], reserve=True)


def due(workspace: Workspace) -> bool:
    return bool(workspace.catalog.read("SELECT 1 AS yes FROM meta WHERE key = ?", [DUE]))


def finish(workspace: Workspace) -> None:
    """Write the catalog anew, if it is due."""
    if due(workspace):
        workspace.rewrite_catalog()
        workspace.catalog.write("DELETE FROM meta WHERE key = ?", [DUE], reserve=True)
