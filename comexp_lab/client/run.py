"""A run: work that outlives the cell, the kernel and the tab."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ModelOut, RunDetail, RunOut
from comexp_lab.client.connection import Connection
from comexp_lab.client.show import execution, forgiving, in_notebook
from comexp_lab.errors import Cancelled, Error, from_problem

if TYPE_CHECKING:
    from comexp_lab.client.model import Model

SHORT = 8  # characters of an id that a listing shows
ENDED = ("succeeded", "failed", "cancelled", "lost")


class Run:
    """Attach to it from any cell: ``run.status``, ``run.metrics``, ``run.wait()``, ``run.cancel()``, ``run.resume()``."""

    def __init__(self, connection: Connection, info: RunOut) -> None:
        self._connection = connection
        self.id = info.id
        self.name = info.id[:SHORT]
        self.kind = info.kind
        self.title = info.title
        self._info = info
        self._shown_in: int | None = None

    @property
    def detail(self) -> RunDetail:
        return self._connection.get(f"/runs/{self.id}", RunDetail)

    @property
    def status(self) -> str:
        return self.detail.status

    @property
    def progress(self) -> float:
        return self.detail.progress

    @property
    def metrics(self) -> list[dict[str, float]]:
        """One row per epoch."""
        return self.detail.metrics

    @property
    def log(self) -> list[str]:
        return self.detail.log

    @property
    def result(self) -> dict[str, Any]:
        """What the run found; waits for its end."""
        return self.wait().detail.result or {}

    @property
    def model(self) -> Model:
        """The model that a training run makes; waits for its end."""
        from comexp_lab.client.model import Model

        detail = self.wait().detail
        if detail.model is None:
            raise Error(f"This {self.kind} run made no model.")
        return Model(self._connection, self._connection.get(f"/models/{detail.model}", ModelOut))

    def wait(self, timeout_s: float | None = None) -> Run:
        """Return when the run has succeeded; raise its error if it failed, Cancelled if it was cancelled."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause = 0.02
        while (detail := self.detail).status not in ENDED:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{self.title} is still {detail.status} after {timeout_s:.0f} s; it goes on.")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.5)
        if detail.status == "cancelled":
            raise Cancelled(f"{self.title} was cancelled.")
        if detail.status != "succeeded":
            raise from_problem(detail.problem) if detail.problem else Error(f"{self.title}: {detail.status}. {detail.message}")
        return self

    def cancel(self) -> None:
        """Stop it and everything it started."""
        self._connection.request("POST", f"/runs/{self.id}/cancel")

    def resume(self) -> Run:
        """Go on from the last checkpoint after a cancel or a crash."""
        self._connection.request("POST", f"/runs/{self.id}/resume")
        return self

    def show(self) -> Run:
        """Put a live card into the cell."""
        if in_notebook():
            from IPython.display import display

            from comexp_lab.widgets import RunCard

            display(RunCard(run=self.id))
            self._shown_in = execution()
        return self

    def _row(self) -> list[Any]:
        info = self._info
        return [self.name, info.title, info.status, info.created[:16].replace("T", " "), info.message]

    @forgiving
    def __repr__(self) -> str:
        detail = self.detail
        return f"Run({self.name} {detail.kind}: {detail.status} {detail.progress:.0%} {detail.message})".replace(" )", ")")

    def _ipython_display_(self) -> None:
        if self._shown_in is not None and self._shown_in == execution():
            return
        if in_notebook():
            self.show()
        else:
            print(repr(self))
