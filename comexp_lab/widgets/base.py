"""What the three widgets share: only known keywords, and a text that stays in the notebook where no JavaScript runs."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, ClassVar

import anywidget

from comexp_lab.errors import Unavailable

STATIC = Path(__file__).parent / "static"


def script(name: str) -> str:
    """The built JavaScript of a widget. Raises Unavailable with the way to build it."""
    path = STATIC / f"{name}.js"
    if not path.is_file():
        raise Unavailable(f"{path.name} was not built: run `make` in the project, or install a wheel.")
    return path.read_text(encoding="utf-8")


class Widget(anywidget.AnyWidget):
    """An anywidget that says so when a keyword is not known, instead of passing it over."""

    script: ClassVar[str]

    def __init__(self, **traits: Any) -> None:
        mine = sorted(name for name in self.class_traits(sync=True) if not name.startswith("_") and name not in _OF_IPYWIDGETS)
        unknown = sorted(set(traits) - set(mine))
        if unknown:
            raise TypeError(f"{type(self).__name__} does not know {', '.join(unknown)}: it takes {', '.join(mine)}.")
        self._esm = script(self.script)
        super().__init__(**traits)

    def describe(self) -> str:
        """One line that stands for the widget where it cannot be drawn."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.describe()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        drawn = super()._repr_mimebundle_(**kwargs)
        if drawn is None:
            return None
        data, metadata = drawn if isinstance(drawn, tuple) else (drawn, {})
        line = self.describe()
        data |= {"text/plain": line, "text/html": f"<p><em>{escape(line)}</em> Open the notebook in JupyterLab to see it.</p>"}
        return data, metadata


_OF_IPYWIDGETS = frozenset(anywidget.AnyWidget.class_traits(sync=True))
