"""The data map: every place where anything is kept or passes through, declared once.

What is stored (:func:`inventory`), where a search looks (:func:`folders`, ``searched``), what an erasure does and what the record of
processing says are read from it. A test lets the browser suite run and fails for a file that was written and is not in the map.

A place is known by patterns of paths below a named root: ``workspace``, ``runtime`` (sockets and logs of the service), ``memory``
(memory-backed storage), ``config`` (keys and what was erased), ``home``, ``temporary``, ``notebooks`` (where Jupyter's file browser
begins), ``browser`` (cookies and the browser's storage, as ``cookie/<name>``, ``localStorage/<name>``, ``indexedDB/<name>``).
"""

from __future__ import annotations

import csv
import io
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comexp_lab.api import InventoryRow
from comexp_lab.rights import inventory as counted
from comexp_lab.transport import memory_dir, runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

Root = Literal["workspace", "runtime", "memory", "config", "home", "temporary", "notebooks", "browser"]


@dataclass(frozen=True)
class Place:
    """A row of ``datamap.toml``.

    ``whose``: dataset, model, run, account or nobody. ``key``: what encrypts it. ``erased``: how it goes. ``kept``: until when.
    ``exported``: where it is in the archive of everything, "" if it says nothing about anybody. ``searched``: looked into after an
    erasure. ``count``: the function of inventory.py that counts it.
    """

    kind: str
    whose: str
    holds: str
    root: Root
    paths: list[str]
    key: str
    erased: str
    exported: str
    kept: str
    searched: bool = True
    count: str | None = None


@cache
def places() -> tuple[Place, ...]:
    """The whole map, in the order of the file: the first that fits a path is its place."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["place"]
    return tuple(Place(kind=kind, **row) for kind, row in rows.items())


def roots(workspace: Path, home: Path | None = None, temporary: Path | None = None, notebooks: Path | None = None) -> dict[Root, Path]:
    """Where the named roots are, for a workspace."""
    from platformdirs import user_config_path

    found: dict[Root, Path] = {"workspace": workspace, "runtime": runtime_dir(workspace), "memory": memory_dir()}
    found |= {"config": user_config_path(), "home": home or Path.home(), "temporary": temporary or Path(tempfile.gettempdir())}
    return found | ({"notebooks": notebooks} if notebooks else {})


def place_of(path: Path, where: dict[Root, Path]) -> Place | None:
    """The place that a file belongs to; None if nobody declared it."""
    inside = [(root, str(path.relative_to(folder))) for root, folder in where.items() if path.is_relative_to(folder)]
    fits = (each for root, name in inside for each in places() if each.root == root and any(fnmatchcase(name, p) for p in each.paths))
    return next(fits, None)


def inventory(workspace: Workspace) -> list[InventoryRow]:
    """What is stored, place by place."""
    return [row for place in places() if place.count for row in getattr(counted, place.count)(workspace)]


def folders(workspace: Path) -> Iterator[Path]:
    """Folders of ours into which a search looks after an erasure."""
    found = roots(workspace)
    yield from (found[root] for root in ("workspace", "runtime") if any(place.searched for place in places() if place.root == root))


def record() -> str:
    """The map as CSV: the places part of the record of processing (GDPR Art. 30(1))."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["place", "whose", "holds", "where", "encrypted with", "erased", "in the archive", "kept", "searched after an erasure"])
    for place in places():
        where = f"{place.root}: {', '.join(place.paths)}"
        row = [place.kind, place.whose, place.holds, where, place.key, place.erased, place.exported or "no", place.kept]
        writer.writerow([*row, "yes" if place.searched else "no"])
    return out.getvalue()
