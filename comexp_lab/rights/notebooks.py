"""Outputs in notebooks: those that hold a needle, mention what is erased or are tagged with its dataset are dropped; nothing else changes.

A tag is the dataset's id, somewhere in an output or in a widget's state: 32 random hex digits are nowhere by chance.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from comexp_lab.errors import BadInput

Holds = Callable[[bytes], bool]
Mentions = Callable[[Any], bool]  # of a piece of JSON
LARGEST = 1 << 30
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
SHOWN = re.compile(r"IPY_MODEL_(\w+)")  # how the state of a widget names another


def clean(path: Path, holds: Holds, datasets: Collection[str] = (), mentions: Mentions = lambda piece: False) -> int:
    """Drop what holds a needle, mentions what is erased or is tagged with a dataset; returns how many pieces went.

    Pieces: outputs, attachments, states of widgets and with them the outputs that show these widgets. Text that the user wrote stays.
    The file changes only if something went. BadInput if it is no notebook.
    """
    raw, mode = _read(path)
    book = _parsed(path, raw)
    cells, states = _taken_out(book, holds, datasets, mentions)
    count = sum(cells.values()) + states
    if count:
        replace(path, _written(book, raw), mode)
    return count


def told(path: Path, datasets: Collection[str], mentions: Mentions) -> list[int]:
    """The cells, counted from 1, of which ``clean`` would take something for what is written in it; 0 if that is states of widgets only.

    BadInput if it is no notebook.
    """
    raw, _ = _read(path)
    cells, states = _taken_out(_parsed(path, raw), lambda data: False, datasets, mentions)
    return list(cells) or [0] * bool(states)


def _parsed(path: Path, raw: bytes) -> Any:
    try:
        book = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadInput(f"{path.name} is not a notebook that can be read.") from None
    if not isinstance(book, dict) or not isinstance(book.get("nbformat"), int):
        raise BadInput(f"{path.name} is not a notebook.")
    return book


def _taken_out(book: Any, holds: Holds, datasets: Collection[str], mentions: Mentions) -> tuple[dict[int, int], int]:
    """How many pieces went from which cells, and how many states of widgets."""
    names = [dataset.encode() for dataset in datasets]

    def residue(piece: Any) -> bool:
        data = _bytes(piece)
        return any(name in data for name in names) or mentions(piece) or holds(data)

    gone = _widgets(book, residue)
    taken = {n: _outputs(cell, residue, gone) + _attachments(cell, residue) for n, cell in enumerate(_cells(book), 1)}
    return {n: count for n, count in taken.items() if count}, len(gone)


def _cells(book: Any) -> list[Any]:
    """Version 3 of the format keeps cells in worksheets."""
    return [*book.get("cells", []), *(cell for sheet in book.get("worksheets", []) for cell in sheet.get("cells", []))]


def _outputs(cell: Any, residue: Mentions, gone: set[str]) -> int:
    outputs = cell.get("outputs") or []
    kept = [output for output in outputs if not (_shows(output, gone) or residue(output))]
    if len(kept) != len(outputs):
        cell["outputs"] = kept
    return len(outputs) - len(kept)


def _shows(output: Any, gone: set[str]) -> bool:
    view = (output.get("data") or {}).get(VIEW)
    return isinstance(view, dict) and view.get("model_id") in gone


def _attachments(cell: Any, residue: Mentions) -> int:
    attached = cell.get("attachments") or {}
    doomed = [name for name, data in attached.items() if residue({name: data})]
    for name in doomed:
        del attached[name]
    return len(doomed)


def _widgets(book: Any, residue: Mentions) -> set[str]:
    """Remove states of widgets, and of widgets that show these; returns the widgets that they belonged to."""
    widgets = book.get("metadata", {}).get("widgets", {})
    states = widgets.get(STATE, {}).get("state", {}) if isinstance(widgets, dict) else {}
    doomed = {name for name, state in states.items() if residue(state)}
    shown = {name: set(SHOWN.findall(json.dumps(state))) for name, state in states.items()} if doomed else {}
    while more := {name for name, others in shown.items() if name not in doomed and not others.isdisjoint(doomed)}:
        doomed |= more
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
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".~", suffix=path.suffix)
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
