"""The log of the service: what went wrong and where in the code, never with which data.

Messages of exceptions hold names of files, texts of labels, values of arrays; so only the kind of an exception and the lines of
code are written, and of the arguments of a message only numbers and random ids.
"""

from __future__ import annotations

import errno
import logging
import re
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

HARMLESS = re.compile(r"[0-9a-f]{6,40}|[A-Z]{3,7}|/(api|internal)(/[a-z{}_-]+)*")
OURS = ("comexp", "uvicorn")
WITHHELD = "…"


class Quiet(logging.Formatter):
    converter = time.gmtime  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        said = logging.makeLogRecord(vars(record) | {"msg": message(record), "args": None, "exc_text": None, "stack_info": None})
        return super().format(said)

    def formatException(self, ei: Any) -> str:
        return outline(ei[1])


def message(record: logging.LogRecord) -> str:
    """The fixed words of a message. Those of other libraries may be put together already: they are left out."""
    words = record.msg if isinstance(record.msg, str) else WITHHELD
    if not record.args:
        return words.splitlines()[0] if words and record.name.startswith(OURS) else WITHHELD
    given = record.args if isinstance(record.args, tuple) else (record.args,)
    try:
        return words % tuple(map(harmless, given))
    except (TypeError, ValueError):
        return WITHHELD


def harmless(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, str) and HARMLESS.fullmatch(value) else WITHHELD


def outline(error: BaseException | None) -> str:
    """The lines of code that an exception passed, and its kind; the same for those that led to it."""
    lines, seen = [], set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        lines += [*frames, " ".join([type(error).__name__, *known(error)])]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def known(error: BaseException) -> list[str]:
    """What an exception may say of itself: the module that is missing, the code of the operating system."""
    if isinstance(error, ImportError) and error.name:
        return [error.name]
    code = error.errno if isinstance(error, OSError) else None
    return [errno.errorcode[code]] if code is not None and code in errno.errorcode else []


def start() -> None:
    """Write the log in this way from now on, also for what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(Quiet())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    log = logging.getLogger("comexp")

    def uncaught(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        log.critical("uncaught", exc_info=(kind, error, tb))

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.critical("uncaught in a thread", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
