"""One line that says how far something is, and is replaced by the next."""

from __future__ import annotations

import sys
from typing import Any

from comexp_lab.client.show import in_notebook


class Line:
    """In a notebook below the cell, in a terminal on its error output; elsewhere nobody reads it, and nothing is written."""

    def __init__(self) -> None:
        self._display: Any = None
        self._last = ""

    def say(self, text: str) -> None:
        if text == self._last:
            return
        if in_notebook():
            self._in_notebook(text)
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{text:<{len(self._last)}}")
            sys.stderr.flush()
        self._last = text

    def end(self) -> None:
        if self._last and not in_notebook() and sys.stderr.isatty():
            sys.stderr.write("\n")

    def _in_notebook(self, text: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": text}
        if self._display is None:
            self._display = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._display.update(bundle, raw=True)
