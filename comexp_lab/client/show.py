"""How results look in a notebook: small, escaped HTML tables in JupyterLab's own colours."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, TypeVar, overload

from comexp_lab.errors import Error, NotFound

Item = TypeVar("Item")
SOME = 8


class Listing(list[Item]):
    """A list that can also be asked by name, and that a notebook shows as a table."""

    def __init__(self, what: str, items: Iterable[Item], head: Sequence[str], row: Callable[[Item], Sequence[Any]], empty: str) -> None:
        super().__init__(items)
        self._what, self._head, self._row, self._empty = what, head, row, empty

    def names(self) -> list[str]:
        return [str(getattr(item, "name", index)) for index, item in enumerate(self)]

    @overload  # type: ignore[override]
    def __getitem__(self, key: int | str) -> Item: ...
    @overload
    def __getitem__(self, key: slice) -> list[Item]: ...
    def __getitem__(self, key: int | str | slice) -> Item | list[Item]:
        if not isinstance(key, str):
            return super().__getitem__(key)
        names = self.names()
        if key not in names:
            raise missing(self._what, key, names)
        return super().__getitem__(names.index(key))

    def _ipython_key_completions_(self) -> list[str]:
        return self.names()

    def _repr_html_(self) -> str:
        return self.as_table()

    def as_table(self, where: str = "") -> str:
        return table(f"{counted(len(self), self._what)}{where}", self._head, map(self._row, self), self._empty)


def counted(number: int, what: str) -> str:
    """``1 class``, ``2 classes``, ``0 labels``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}{'es' if what.endswith('s') else 's'}"


def missing(what: str, name: str, names: Sequence[str]) -> NotFound:
    """The error for a name that is not there, with the one that was probably meant, or all there are, or the first of them."""
    near = difflib.get_close_matches(name, names, 1)
    some = ", ".join(map(repr, names[:SOME])) + (f" and {len(names) - SOME} more" if len(names) > SOME else "")
    hint = f"did you mean {near[0]!r}?" if near else f"there are {some}." if names else "there is none yet."
    return NotFound(f"There is no {what} {name!r}: {hint}")


def forgiving(method: Callable[[Any], str]) -> Callable[[Any], Any]:
    """For ``__repr__`` and ``_repr_html_``: what cannot be asked now (erased, a condition with a typo) is said once, and not raised."""

    @functools.wraps(method)
    def shown(self: Any) -> str | None:
        try:
            return method(self)
        except Error as error:
            return f"{type(self).__name__}: {error}" if method.__name__ == "__repr__" else None

    return shown


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "nothing") -> str:
    """An HTML table; every cell is escaped."""
    cells = "".join("<tr>" + "".join(f"<td style='text-align:left'>{escape(_text(v))}</td>" for v in row) + "</tr>" for row in rows)
    if not cells:
        return f"<div><strong>{escape(title)}</strong><br><em>{escape(empty)}</em></div>"
    names = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in head)
    header = f"<thead><tr>{names}</tr></thead>" if any(head) else ""
    return f"<div><strong>{escape(title)}</strong><table>{header}<tbody>{cells}</tbody></table></div>"


def of_dataset(dataset: str, html: str) -> str:
    """Marked with the dataset's id, so that an erasure finds the output in notebooks again, whatever names it shows."""
    return f"<div data-comexp-dataset='{escape(dataset)}'>{html}</div>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def size(number: float) -> str:
    """Bytes for people: 1.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def in_notebook() -> bool:
    """Whether rich output reaches somebody: a Jupyter kernel rather than a script or a terminal."""
    import sys

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel")


def execution() -> int | None:
    """The number of the cell that runs now."""
    import sys

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "execution_count", None)
