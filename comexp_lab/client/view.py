"""A view: which samples of a dataset, lazily. Nothing is read until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.api import SampleOut, SamplePage, ViewSpec
from comexp_lab.client.connection import body
from comexp_lab.client.show import counted, forgiving, of_dataset, table
from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    from comexp_lab.client.dataset import Dataset
    from comexp_lab.client.rights import Plan

PAGE = 200
FIRST = 10  # rows that a notebook shows


class View:
    """``ds.where("split = 'val' AND NOT EXISTS labels").order_by("name").limit(50)``"""

    def __init__(self, dataset: Dataset, spec: ViewSpec) -> None:
        self.dataset = dataset
        self.spec = spec

    def _with(self, **changes: Any) -> View:
        return View(self.dataset, body(ViewSpec, **self.spec.model_dump() | changes))

    def where(self, condition: str) -> View:
        """Narrow the view by a condition in SQL over ``samples``; several conditions must all hold."""
        if not isinstance(condition, str) or not condition.strip():
            raise BadInput("A condition is a text in SQL over samples, such as \"split = 'val' AND NOT EXISTS labels\".")
        both = condition if self.spec.where is None else f"({self.spec.where}) AND ({condition})"
        return self._with(where=both)

    def order_by(self, order: str) -> View:
        return self._with(order_by=order)

    def limit(self, count: int) -> View:
        return self._with(limit=count)

    def offset(self, count: int) -> View:
        return self._with(offset=count)

    @property
    def ids(self) -> list[int]:
        found = self.dataset._post("/samples/ids", self.spec).json()
        return list(found)

    def samples(self) -> list[SampleOut]:
        """All samples with their labels."""
        found: list[SampleOut] = []
        wanted = self.spec.limit
        while wanted is None or len(found) < wanted:
            step = PAGE if wanted is None else min(PAGE, wanted - len(found))
            page = self._page(self.spec.offset + len(found), step)
            found += page.samples
            if len(page.samples) < step:
                break
        return found

    def _page(self, offset: int, limit: int) -> SamplePage:
        spec = self.spec.model_copy(update={"offset": offset, "limit": limit})
        return SamplePage.model_validate_json(self.dataset._post("/samples/query", spec).content)

    def check(self) -> None:
        """Raises what is wrong with the condition, before anything is opened that could not say it."""
        self.limit(0).ids  # noqa: B018

    def annotate(self) -> Any:
        """The annotator in the cell. It saves to the lab service, also while the kernel is busy."""
        from comexp_lab.widgets import AnnotatorWidget

        self.check()
        return AnnotatorWidget(dataset=self.dataset.id, view=self.spec.model_dump(exclude_defaults=True))

    def browse(self) -> Any:
        """FiftyOne in the cell, showing this view."""
        return self.dataset.browse(self)

    def erase(self) -> Plan:
        """What erasing these samples for good would destroy; ``.execute(confirm=…)`` does it."""
        return self.dataset.erase(samples=self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    @forgiving
    def __repr__(self) -> str:
        said = ", ".join(f"{k}={v!r}" for k, v in self.spec.model_dump(exclude_defaults=True).items() if k != "ids")
        return f"View({self.dataset.name!r}: {counted(len(self), 'sample')}{', ' + said if said else ''})"

    @forgiving
    def _repr_html_(self) -> str:
        rows = [
            [s.id, s.name, f"{s.width} × {s.height}", s.split, len(s.labels)]
            for s in self._page(self.spec.offset, min(self.spec.limit or FIRST, FIRST)).samples
        ]
        more = "" if len(rows) == len(self) else f": the first {len(rows)}"
        return of_dataset(self.dataset.id, table(f"{self!r}{more}", ["id", "name", "size", "split", "labels"], rows, "no samples"))
