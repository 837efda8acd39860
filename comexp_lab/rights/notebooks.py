"""Outputs in notebooks: those that hold a needle, or are tagged as coming from a dataset, are dropped; nothing else changes.

A tag is the dataset's id, somewhere in an output or in a widget's state: 32 random hex digits are nowhere by chance.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from comexp_lab.errors import BadInput

Holds = Callable[[bytes], bool]
LARGEST = 1 << 30
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def clean(path: Path, holds: Holds, datasets: Collection[str] = ()) -> int:
    """Drop what holds a needle (``holds``) or is tagged with a dataset; returns how many pieces went. The file changes only if some did.

    Pieces: outputs, attachments, states of widgets and with them the outputs that show these widgets. Text that the user wrote stays.
    BadInput if it is no notebook.
    """
    raw, mode = _read(path)
    try:
        book = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadInput(f"{path.name} is not a notebook that can be read.") from None
    if not isinstance(book, dict) or not isinstance(book.get("nbformat"), int):
        raise BadInput(f"{path.name} is not a notebook.")
    names = [dataset.encode() for dataset in datasets]

    def residue(piece: bytes) -> bool:
        return any(name in piece for name in names) or holds(piece)

    gone = _widgets(book, residue)
    count = len(gone)
    for cell in _cells(book):
        count += _outputs(cell, residue, gone) + _attachments(cell, residue)
    if count:
        replace(path, _written(book, raw), mode)
    return count


def _cells(book: Any) -> list[Any]:
    """Version 3 of the format keeps cells in worksheets."""
    return [*book.get("cells", []), *(cell for sheet in book.get("worksheets", []) for cell in sheet.get("cells", []))]


def _outputs(cell: Any, holds: Holds, gone: set[str]) -> int:
    outputs = cell.get("outputs") or []
    kept = [output for output in outputs if not _is_residue(output, holds, gone)]
    if len(kept) != len(outputs):
        cell["outputs"] = kept
    return len(outputs) - len(kept)


def _is_residue(output: Any, holds: Holds, gone: set[str]) -> bool:
    view = (output.get("data") or {}).get(VIEW)
    return (isinstance(view, dict) and view.get("model_id") in gone) or holds(_bytes(output))


def _attachments(cell: Any, holds: Holds) -> int:
    attached = cell.get("attachments") or {}
    doomed = [name for name, data in attached.items() if holds(_bytes({name: data}))]
    for name in doomed:
        del attached[name]
    return len(doomed)


def _widgets(book: Any, holds: Holds) -> set[str]:
    """Remove states of widgets; returns the widgets that they belonged to."""
    widgets = book.get("metadata", {}).get("widgets", {})
    states = widgets.get(STATE, {}).get("state", {}) if isinstance(widgets, dict) else {}
    doomed = {name for name, state in states.items() if holds(_bytes(state))}
    for name in doomed:
        del states[name]
    return doomed


def _bytes(piece: Any) -> bytes:
    return json.dumps(piece, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _written(book: Any, raw: bytes) -> bytes:
    """The notebook in the layout that it had: indentation, order of keys, escapes, last line."""
    second = raw.partition(b"\n")[2][:16]
    indent = len(second) - len(second.lstrip(b" ")) if b"\n" in raw.strip() else None
    escaped = raw.isascii() and b"\\u" in raw
    spaces = (",", ": ") if indent is not None else (", ", ": ") if b'": ' in raw[:80] else (",", ":")
    text = json.dumps(book, indent=indent, ensure_ascii=escaped, separators=spaces)
    return text.encode("utf-8", "surrogatepass") + raw[len(raw.rstrip()) :]


def _read(path: Path) -> tuple[bytes, int]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise BadInput(f"{path.name} is not a file of a bearable size.")
        return file.read(), stat.S_IMODE(found.st_mode)


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put new content in the place of a file: all of it or nothing, durable when it returns."""
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(fd, mode)
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
