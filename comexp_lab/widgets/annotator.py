"""The annotator in a cell."""

from __future__ import annotations

from typing import Any

from traitlets import Dict, Int, List, Unicode

from comexp_lab.widgets.base import Widget


class AnnotatorWidget(Widget):
    """Draw and correct boxes of a view's images. Each edit is saved at once by the lab service, not by the kernel.

    Mirrored by ``labextension/src/widgets/annotator.ts``.
    """

    script = "annotator"

    dataset = Unicode(help="Id of the dataset.").tag(sync=True)
    view = Dict(help="Which images, as a ViewSpec without its defaults; empty means all.").tag(sync=True)
    current = Int(None, allow_none=True, help="Sample id of the image in view; set it to go to another.").tag(sync=True)
    selected = List(Int(), help="Ids of the selected labels.").tag(sync=True)
    saved_revision = Int(None, allow_none=True, help="Newest revision of the dataset that holds edits made here.").tag(sync=True)
    unsaved = Int(0, help="Edits that the lab service has not acknowledged yet; the browser keeps them.").tag(sync=True)

    def __init__(self, dataset: str, view: dict[str, Any] | None = None, **traits: Any) -> None:
        super().__init__(dataset=dataset, view=view or {}, **traits)

    def describe(self) -> str:
        where = self.view.get("where")
        return f"Annotator of dataset {self.dataset[:8]}{f' where {where}' if where else ''}."
