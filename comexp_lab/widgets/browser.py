"""The FiftyOne App in a cell."""

from __future__ import annotations

from typing import Any

from traitlets import Int, List, Unicode

from comexp_lab.widgets.base import Widget


class BrowserWidget(Widget):
    """FiftyOne inside the notebook; ``selected`` and ``view`` follow what is done in it.

    Mirrored by ``labextension/src/widgets/browser.ts``.
    """

    script = "browser"

    browse = Unicode(help="Id of the browse session.").tag(sync=True)
    selected = List(Int(), help="Sample ids selected in the App.").tag(sync=True)
    view = List(Int(), None, allow_none=True, help="Sample ids of the App's view; None means all.").tag(sync=True)
    status = Unicode("starting", help="starting, filling, ready or failed.").tag(sync=True)

    def __init__(self, browse: str, **traits: Any) -> None:
        super().__init__(browse=browse, **traits)

    def describe(self) -> str:
        return f"FiftyOne browser {self.browse[:8]}: {self.status}."
