"""How results look in a notebook: small, escaped HTML tables in JupyterLab's own colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "nothing") -> str:
    """An HTML table; every cell is escaped."""
    cells = "".join("<tr>" + "".join(f"<td style='text-align:left'>{escape(_text(v))}</td>" for v in row) + "</tr>" for row in rows)
    if not cells:
        return f"<div><strong>{escape(title)}</strong><br><em>{escape(empty)}</em></div>"
    header = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in head)
    return f"<div><strong>{escape(title)}</strong><table><thead><tr>{header}</tr></thead><tbody>{cells}</tbody></table></div>"


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
