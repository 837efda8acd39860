"""Checks on values from strangers' files; each failure is one line fit for an import report."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report

HUGE = 10**9  # no image has coordinates beyond this, and sums of such numbers stay exact enough
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class BadRecord(ValueError):
    """One record of a file cannot be taken; the text goes into the report."""


@contextmanager
def noted(report: Report, file: str, line: int | None = None, about: str = "") -> Iterator[None]:
    """Put what is wrong with one record into the report, after ``about``, and go on.

    JSON of strangers may have a list where an object belongs, at any depth: that shows as one of the built-in errors.
    """
    try:
        yield
    except BadRecord as problem:
        report.add(file, f"{about}{problem}", line=line)
    except (TypeError, AttributeError, KeyError, IndexError, ValueError, ArithmeticError, RecursionError) as problem:
        report.add(file, f"{about}the record is not built as it should be: {clip(str(problem))}", line=line)


def number(value: Any, what: str) -> float:
    """``value`` as a finite float of sane size, or BadRecord."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadRecord(f"{what} is not a number: {clip(value)}") from None
    if not math.isfinite(found):
        raise BadRecord(f"{what} is not a finite number: {clip(value)}")
    if abs(found) > HUGE:
        raise BadRecord(f"{what} is too large: {clip(value)}")
    return found


def integer(value: Any, what: str) -> int:
    """``value`` as a whole number that fits 64 bits, or BadRecord."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if not isinstance(value, int):
        found = number(value, what)
        if found != int(found):
            raise BadRecord(f"{what} is not a whole number: {clip(value)}")
        value = int(found)
    if abs(value) >= 2**63:
        raise BadRecord(f"{what} is too large: {clip(value)}")
    return int(value)


def flag(value: Any, what: str) -> bool:
    """``0``/``1``, ``true``/``false``, ``yes``/``no`` as a bool, or BadRecord."""
    word = str(value).strip().lower()
    if word in {"1", "true", "yes"}:
        return True
    if word in {"0", "false", "no"}:
        return False
    raise BadRecord(f"{what} is neither 0 nor 1: {clip(value)}")


def text(value: Any, what: str, longest: int = 200) -> str:
    """``value`` as text that is not empty, holds no NUL and is no longer than the API takes, or BadRecord."""
    if not isinstance(value, str) or not value.strip():
        raise BadRecord(f"{what} is missing")
    if "\0" in value:
        raise BadRecord(f"{what} holds a NUL character: {clip(value)}")
    if len(value) > longest:
        raise BadRecord(f"{what} is longer than {longest} characters: {clip(value)}")
    return value


def relative(value: Any, folder: str = "") -> str:
    """A file name inside the import, or BadRecord for absolute names and those that climb out with ``..``."""
    name = text(value, "the file name", 1000)
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise BadRecord(f"the file name is not relative: {clip(name)}")
    if ".." in name.replace("\\", "/").split("/"):
        raise BadRecord(f"the file name climbs out of its folder: {clip(name)}")
    return posixpath.join(folder, posixpath.normpath(name)) if folder else posixpath.normpath(name)


def clip(value: Any, length: int = 80) -> str:
    """``value`` quoted on one line, cut to ``length`` characters."""
    shown = repr(value)
    return shown if len(shown) <= length else shown[: length - 1] + "…"
