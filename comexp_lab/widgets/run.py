"""The live card of a run in a cell."""

from __future__ import annotations

from typing import Any

from traitlets import Float, Unicode

from comexp_lab.widgets.base import Widget


class RunCard(Widget):
    """Progress, curves, log and result of a training, prediction, evaluation, import or export, with cancel and resume.

    Mirrored by ``labextension/src/widgets/run.ts``.
    """

    script = "run"

    run = Unicode(help="Id of the run.").tag(sync=True)
    status = Unicode("", help="Status of the run as last seen by the browser; empty: not seen yet.").tag(sync=True)
    progress = Float(0.0, help="From 0 to 1, as last seen by the browser.").tag(sync=True)

    def __init__(self, run: str, **traits: Any) -> None:
        super().__init__(run=run, **traits)

    def describe(self) -> str:
        seen = f": {self.status}, {self.progress:.0%}" if self.status else ""
        return f"Run {self.run[:8]}{seen}."
