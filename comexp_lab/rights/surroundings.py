"""What a person who works with notebooks leaves around the workspace: where it lies, and how the parts that hold a needle go.

:func:`places` says where to look, and only what exists. A scan of their paths says which files hold a needle; :func:`clean` takes one of
them and does as little as the kind allows. What holds no needle is not touched, links are not followed, and what the user wrote himself
(cells of notebooks, his own files) is left to him: the scan after it tells.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import quote

from comexp_lab.errors import BadInput, Unavailable
from comexp_lab.rights import notebooks
from comexp_lab.rights.mentions import Mentions
from comexp_lab.transport import mark

Kind = Literal["notebooks", "history", "ystore", "layouts", "leftovers", "cores", "trash"]
WAIT_S = 5.0
_CORE = 4  # e_type of an ELF file
OURS = "comexp*"
MARKED = re.compile(r"comexp-\d+(-[0-9a-f]{16}-.*)?")  # of one workspace (see ``transport.mark``), or of all


class Place(NamedTuple):
    kind: Kind
    path: Path


class Searcher(Protocol):
    """What the scanner offers."""

    def holds(self, data: bytes) -> bool: ...
    def within(self, path: Path) -> bool: ...


def places(
    home: Path,
    *,
    server_root: Path | None = None,
    runtime: Path | None = None,
    temporary: Path | None = None,
    memory: Path = Path("/dev/shm"),
    environment: Mapping[str, str] = os.environ,
) -> list[Place]:
    """All places that exist. ``server_root``: where Jupyter's file browser begins; ``runtime``: where our sockets and logs are.

    Of what lies in temporary folders and in memory, what belongs to another workspace is none of ours.
    """
    config = Path(environment.get("JUPYTER_CONFIG_DIR") or home / ".jupyter")
    ipython = Path(environment.get("IPYTHONDIR") or home / ".ipython")
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    found = [Place("history", file) for file in sorted(ipython.glob("profile_*/history.sqlite*"))]
    found += [Place("layouts", config / "lab/workspaces"), Place("trash", data / "Trash")]
    if server_root is not None:
        found.append(Place("notebooks", server_root))
        found += [Place("ystore", file) for file in sorted(server_root.glob(".jupyter_ystore.db*"))]
        found += [Place("trash", _mount(server_root) / f".Trash-{os.getuid()}")]
    for folder in (server_root, runtime, home):
        found += [Place("cores", file) for file in _cores(folder)] if folder is not None else []
    if runtime is not None:
        found.append(Place("leftovers", runtime))
    for folder in (temporary or Path(tempfile.gettempdir()), memory):
        found += [Place("leftovers", path) for path in sorted(folder.glob(OURS)) if _mine(path) and not _of_another(path, runtime)]
    return list(dict.fromkeys(place for place in found if _there(place.path)))


def clean(place: Place, file: Path, search: Searcher, datasets: Collection[str] = (), mentions: Mentions | None = None) -> int:
    """Remove what holds a needle from ``file``, which lies in ``place``; returns how many pieces went (a whole file is one).

    From notebooks also what is tagged with one of ``datasets``; from these, histories and layouts also what ``mentions`` it.
    Unavailable if somebody holds the file and will not let go: try again when the kernel or the server has stopped.
    """
    if not file.is_relative_to(place.path) or not stat.S_ISREG(file.lstat().st_mode):
        raise BadInput(f"{file.name} is not a file of this place.")
    mentions = mentions or Mentions()
    if is_book(place, file):
        return notebooks.clean(file, search.holds, datasets, mentions.inside)
    if not mentioned(place, file, mentions) and not search.within(file):
        return 0

    def holds(data: bytes) -> bool:
        return mentions.within(data.decode("utf-8", "replace")) or search.holds(data)

    if place.kind == "history":
        return history(_database(file), holds)
    if place.kind == "ystore" or file.name.startswith(".jupyter_ystore.db"):
        return ystore(_database(file), holds)
    if place.kind in ("layouts", "leftovers", "cores", "trash"):
        file.unlink()
        if place.kind == "trash":
            _forget(file, place.path)
        return 1
    return 0


def is_book(place: Place, file: Path) -> bool:
    return file.suffix == ".ipynb" and place.kind in ("notebooks", "trash")


def mentioned(place: Place, file: Path, mentions: Mentions) -> bool:
    """Whether what is erased is mentioned in a history, an edit or a layout. What the user keeps himself may mention it."""
    if place.kind == "layouts":
        return file.is_file() and mentions.within(file.read_bytes().decode("utf-8", "replace"))
    if place.kind not in ("history", "ystore") or file != _database(file) or not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=WAIT_S)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            base.text_factory = lambda data: data.decode("utf-8", "replace")
            tables = _HISTORY if place.kind == "history" else {"yupdates": ("path", "yupdate")}
            rows = (
                row
                for table, columns in tables.items()
                if _has(base, table)
                for row in base.execute(f"SELECT {', '.join(columns)} FROM {table}")
            )
            return any(mentions.within("\n".join(map(_text, row))) for row in rows)
    except sqlite3.Error:
        return False  # the search says what cannot be read


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def history(path: Path, holds: notebooks.Holds) -> int:
    """IPython's history: lines and outputs that hold a needle."""

    def work(base: sqlite3.Connection) -> int:
        return sum(_delete(base, table, columns, holds) for table, columns in _HISTORY.items() if _has(base, table))

    return _rewritten(path, work)


def ystore(path: Path, holds: notebooks.Holds) -> int:
    """Jupyter's store of collaborative edits: all edits of a document that holds a needle; one alone means nothing."""

    def work(base: sqlite3.Connection) -> int:
        gone = 0
        for (name,) in base.execute("SELECT DISTINCT path FROM yupdates").fetchall() if _has(base, "yupdates") else ():
            parts = [bytes(row[0]) for row in base.execute("SELECT yupdate FROM yupdates WHERE path = ?", [name])]
            if holds(str(name).encode()) or holds(b"\n".join(parts)) or any(map(holds, parts)):
                gone += base.execute("DELETE FROM yupdates WHERE path = ?", [name]).rowcount
        return gone

    return _rewritten(path, work)


_HISTORY = {"history": ("source", "source_raw"), "output_history": ("output",)}


def _delete(base: sqlite3.Connection, table: str, columns: tuple[str, ...], holds: notebooks.Holds) -> int:
    rows = base.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}").fetchall()
    texts = [(row[0], "\n".join(str(value) for value in row[1:] if value is not None).encode("utf-8", "surrogatepass")) for row in rows]
    doomed = list(_holding(texts, holds))
    base.executemany(f"DELETE FROM {table} WHERE rowid = ?", [[number] for number in doomed])
    return len(doomed)


def _holding(rows: list[tuple[int, bytes]], holds: notebooks.Holds) -> Iterator[int]:
    """The rows that hold a needle, found by halves."""
    if not rows or not holds(b"\n\0\n".join(text for _, text in rows)):
        return
    if len(rows) == 1:
        yield rows[0][0]
        return
    half = len(rows) // 2
    yield from _holding(rows[:half], holds)
    yield from _holding(rows[half:], holds)


def _rewritten(path: Path, work: Callable[[sqlite3.Connection], int]) -> int:
    """Do ``work`` and leave no deleted byte behind, neither in pages nor in a log.

    Always rewritten, also when nothing had to go: rows deleted earlier may lie in free pages.
    """
    _refuse_link(path)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=WAIT_S, isolation_level=None)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            base.execute("PRAGMA secure_delete = ON")
            base.execute("BEGIN IMMEDIATE")
            gone = work(base)
            base.execute("COMMIT")
            base.execute("VACUUM")
            left = base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if left and left[0]:
                raise sqlite3.OperationalError("somebody reads it")
            if base.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                _leave_wal(base)
            return gone
    except sqlite3.OperationalError as error:
        raise Unavailable(
            f"{path.name} is in use or damaged ({error}): stop the kernels and the server that use it, and try again."
        ) from None


def _leave_wal(base: sqlite3.Connection) -> None:
    """Without a log file, as long as nobody else is there; where somebody is, the emptied log may stay."""
    try:
        base.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        return


def _has(base: sqlite3.Connection, table: str) -> bool:
    return base.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [table]).fetchone() is not None


def _database(file: Path) -> Path:
    """The database that a log or journal belongs to."""
    for end in ("-wal", "-shm", "-journal"):
        if file.name.endswith(end):
            return file.with_name(file.name.removesuffix(end))
    return file


def _refuse_link(path: Path) -> None:
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BadInput(f"{path.name} is not a plain file.")


def _forget(file: Path, trash: Path) -> None:
    """A trashed file's note of where it came from goes with it."""
    if file.parent == trash / "files":
        (trash / "info" / f"{file.name}.trashinfo").unlink(missing_ok=True)


def _there(path: Path) -> bool:
    try:
        return not stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False


def _mine(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:
        return False


def _of_another(path: Path, runtime: Path | None) -> bool:
    """Whether its name says that another workspace has it."""
    return MARKED.fullmatch(path.name) is not None and not (runtime is not None and path.name.startswith(mark(runtime)))


def _cores(folder: Path) -> Iterator[Path]:
    for file in sorted({*folder.glob("core"), *folder.glob("core.*"), *folder.glob("*.core")}):
        if file.is_file() and not file.is_symlink() and _mine(file):
            with file.open("rb") as opened:
                head = opened.read(18)
            if head[:4] == b"\x7fELF" and int.from_bytes(head[16:18], "little") == _CORE:
                yield file


def _mount(path: Path) -> Path:
    while not os.path.ismount(path) and path.parent != path:
        path = path.parent
    return path
