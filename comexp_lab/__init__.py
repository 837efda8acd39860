"""The loop of computer vision inside JupyterLab: upload, browse, annotate, fine-tune, auto-annotate, review, export.

>>> import comexp_lab as cx
>>> lab = cx.open()
>>> ds = lab.create_dataset("street")
>>> ds.add("photos/")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.errors import (
    BadArchive,
    BadCheckpoint,
    BadImage,
    BadInput,
    BadLabels,
    Cancelled,
    Conflict,
    Error,
    Full,
    NotAllowed,
    NotFound,
    Restricted,
    Unavailable,
    WorkspaceBusy,
    WrongKey,
)

if TYPE_CHECKING:
    from comexp_lab.client import Dataset, Lab, Model, Run, View, open

__version__ = "0.1.0"

__all__ = [
    "BadArchive",
    "BadCheckpoint",
    "BadImage",
    "BadInput",
    "BadLabels",
    "Cancelled",
    "Conflict",
    "Dataset",
    "Error",
    "Full",
    "Lab",
    "Model",
    "NotAllowed",
    "NotFound",
    "Restricted",
    "Run",
    "Unavailable",
    "View",
    "WorkspaceBusy",
    "WrongKey",
    "open",
]


def __getattr__(name: str) -> Any:
    """The client loads at first use, so that ``import comexp_lab`` stays quick."""
    if name in ("Dataset", "Lab", "Model", "Run", "View", "open"):
        from comexp_lab import client

        return getattr(client, name)
    raise AttributeError(f"module 'comexp_lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
