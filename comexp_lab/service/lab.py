"""The state that all routers share, and how they get it."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from comexp_lab.errors import NotAllowed
from comexp_lab.service.events import Hub

if TYPE_CHECKING:
    from comexp_lab.formats.uploads import Place
    from comexp_lab.jobs import Jobs
    from comexp_lab.media import Decoder
    from comexp_lab.service.browse import Browse
    from comexp_lab.store import DatasetStore, Workspace


class Lab:
    """One open workspace with everything that works on it. Heavy parts start at first use."""

    def __init__(self, path: Path) -> None:
        from comexp_lab.jobs import Jobs
        from comexp_lab.rights.office import Office
        from comexp_lab.service.hands import Hands
        from comexp_lab.service.rounds import Rounds
        from comexp_lab.service.shelf import Shelf, cleared
        from comexp_lab.store import Workspace

        self.started = time.monotonic()
        self.closing = asyncio.Event()
        self.hub = Hub()
        self.workspace: Workspace = Workspace.open(path)
        self.jobs: Jobs = Jobs(self.workspace, self.hub)
        self._decoder: Decoder | None = None
        self._browse: Browse | None = None
        self.rights = Office(self.workspace, Hands(self))
        self.rounds = Rounds(self.rights)
        self.scratch = cleared(self.workspace.path)
        self.shelf = Shelf(self.scratch)

    @property
    def decoder(self) -> Decoder:
        if self._decoder is None:
            from comexp_lab.media import Decoder

            self._decoder = Decoder()
        return self._decoder

    @property
    def browse(self) -> Browse:
        if self._browse is None:
            from comexp_lab.service.browse import Browse

            self._browse = Browse(self)
        return self._browse

    def place_of(self, *stores: DatasetStore) -> Place:
        """Where what is uploaded for datasets, and made of them, waits: in memory if one of them is ephemeral."""
        return self.shelf if any(store.storage == "ephemeral" for store in stores) else self.workspace

    @property
    def busy(self) -> bool:
        """Whether stopping now would disturb somebody."""
        return (
            self.jobs.busy or self.rights.erasures.under_way or self.hub.listeners > 0 or (self._browse is not None and self._browse.active)
        )

    def begin(self) -> None:
        """Go on with what was under way when the service stopped."""
        self.jobs.recover()
        self.rights.start()
        self.rounds.start()

    def close(self) -> None:
        """Stop what we started; running workers go on and are adopted by the next service. What was ephemeral is gone."""
        self.rounds.close()
        self.rights.erasures.close()
        if self._browse is not None:
            self._browse.close()
        self.jobs.close()
        if self._decoder is not None:
            self._decoder.close()
        self.rights.retention.end_all()
        self.shelf.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.workspace.close()


async def get_lab(request: Request) -> Lab:  # async: a plain function would be sent to a thread and back for each request
    return request.app.state.lab


def through_jupyter(request: Request) -> bool:
    """Whether the request came from a browser, by way of Jupyter, rather than over the unix socket."""
    return request.headers.get("x-comexp-via") == "jupyter"


def refuse_paths(request: Request, *paths: str | None) -> None:
    """File paths may be named only by those who can open the unix socket, i.e. by the user's own processes."""
    if through_jupyter(request) and any(paths):
        raise NotAllowed("File paths cannot be used from the browser: upload the files instead.")


LabDep = Annotated[Lab, Depends(get_lab)]
