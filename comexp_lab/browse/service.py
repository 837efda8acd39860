"""FiftyOne's ASGI app, closed off, with the mirrors of all open datasets behind it. Imports FiftyOne: only for the server."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from pathlib import Path
from typing import Any

from bson import ObjectId
from fiftyone.server.app import app as fiftyone_app
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from comexp_lab.browse import fence
from comexp_lab.browse.documents import MADE_THERE, number_of
from comexp_lab.browse.guard import Inside
from comexp_lab.browse.lab import LabClient
from comexp_lab.browse.live import Mirror
from comexp_lab.browse.mongod import Mongod
from comexp_lab.browse.pixels import Pixels, vault_at
from comexp_lab.browse.sessions import Sessions
from comexp_lab.store.vault import Vault

log = logging.getLogger("comexp.browse")
UNKNOWN_S = 2.0
ASKING_S = 0.3
LOOK_S = 0.02
FRAMES = "frames."  # begins the name of the collection that goes with one of samples


class BrowseService:
    """Made once per process, after the environment is set."""

    def __init__(self, lab: LabClient, mongod: Mongod) -> None:
        self._lab, self._mongod = lab, mongod
        self._mirrors: dict[str, Mirror] = {}
        self._vaults: dict[Path, Vault] = {}
        self._sessions = Sessions()
        self._touched: dict[str, None] = {}
        self._told: dict[str, tuple[list[int], Any]] = {}
        self._last_request, self._asked = time.monotonic(), 0.0
        fence.close_all(fiftyone_app)
        self._sessions.install()
        self.inside = Inside(fiftyone_app, Pixels(self._find, self._fetch), self._on_request, self._admit)

    def start(self) -> None:
        threading.Thread(target=self._watch_changes, name="change stream", daemon=True).start()

    def close(self) -> None:
        for mirror in self._mirrors.values():
            mirror.close()

    @property
    def quiet_s(self) -> float:
        """Seconds since somebody last looked; an open App counts as looking."""
        if self._sessions.open:
            self._last_request = time.monotonic()
        return time.monotonic() - self._last_request

    def command(self, command: dict[str, Any]) -> None:
        for verb, what in command.items():
            getattr(self, f"_{verb}")(what)

    def _open(self, wanted: dict[str, Any]) -> None:
        self._last_request = time.monotonic()
        if wanted["id"] not in self._mirrors:
            mirror = self._mirrors[wanted["id"]] = Mirror(lab=self._lab, uri=self._mongod.uri, busy=self._busy, **wanted)
            mirror.start()

    def _changed(self, mirror: str) -> None:
        if mirror in self._mirrors:
            self._mirrors[mirror].changed_there()

    def _forget(self, mirror: str) -> None:
        gone = self._mirrors.pop(mirror, None)
        if gone is not None:
            gone.close()
        self._sessions.forget(mirror)
        self._told.pop(mirror, None)

    # ---- media
    def _find(self, mirror: str, what: str, sample: int) -> tuple[Vault | None, Any] | None:
        known = self._mirrors.get(mirror)
        if known is None:
            return None
        known.asked(picture=True)
        sealed = known.sealed(what, sample)
        if sealed is None:
            return None
        folder = known.vault_folder
        if folder is None:
            return None, sealed
        return self._vaults.setdefault(folder, vault_at(folder)), sealed

    def _fetch(self, mirror: str, what: str, sample: int) -> bytes:
        return self._lab.media(mirror, sample, what)

    # ---- what the App did
    async def _admit(self, mirror: str) -> bool:
        """Wait until the first slice of a mirror is there; one that is not known may be on its way to us."""
        began = time.monotonic()
        while (known := self._mirrors.get(mirror)) is None or not known.shown.is_set():
            if known is None and time.monotonic() - began > UNKNOWN_S:
                return False
            await asyncio.sleep(LOOK_S)
        self._asked = time.monotonic()
        known.asked()
        return True

    def _busy(self) -> bool:
        """Whether an App is being opened or asks for something just now: filling mirrors wait a little."""
        return time.monotonic() - self._asked < ASKING_S or any(mirror.looking for mirror in list(self._mirrors.values()))

    def _on_request(self, mirror: str) -> None:
        self._last_request = time.monotonic()
        self._touched[mirror] = None

    async def tick(self) -> None:
        """Twice a second: tell what is selected, and make Apps show what changed."""
        while self._touched:
            mirror = next(iter(self._touched))
            del self._touched[mirror]
            await self._tell_selection(mirror)
        for each in list(self._mirrors.values()):
            if each.refreshed.is_set():
                each.refreshed.clear()
                await self._sessions.refresh(each.id)

    async def _tell_selection(self, id: str) -> None:
        mirror = self._mirrors.get(id)
        if mirror is None:
            return
        session = self._sessions.of(id)
        selected = [number for sample in session.selected() if (number := number_of(ObjectId(sample))) is not None]
        view = session.state.view
        stages = view._serialize() if view is not None else []
        if self._told.get(id, ([], [])) != (selected, stages):
            self._told[id] = (selected, stages)
            await asyncio.to_thread(self._report_selection, id, selected, view if stages else None)

    def _report_selection(self, id: str, selected: list[int], view: Any) -> None:
        shown = [number_of(each) for each in dict.fromkeys(sample_ids(view))] if view is not None else None
        self._lab.report(id, selected=selected, view=[number for number in shown if number is not None] if shown is not None else None)

    def _watch_changes(self) -> None:
        """Every write to a mirrored document, ours or the App's, until MongoDB ends."""
        changed = {"operationType": {"$in": ["update", "replace", "delete"]}, "ns.coll": {"$regex": f"^({FRAMES})?samples\\."}}
        drawn = {"operationType": "insert", "ns.coll": {"$regex": f"^{FRAMES}samples\\."}, "documentKey._id": {"$gte": MADE_THERE}}
        pipeline = [{"$match": {"$or": [changed, drawn]}}]
        try:
            client: MongoClient[dict[str, Any]] = MongoClient(self._mongod.uri)
            with client, client["fiftyone"].watch(pipeline, max_await_time_ms=500) as stream:
                for change in stream:
                    self._on_change(change)
        except PyMongoError:
            if self._mongod.alive:
                log.exception("the change stream broke: restarting")
                self._mongod.close()

    def _on_change(self, change: dict[str, Any]) -> None:
        key, name = change["documentKey"]["_id"], change["ns"]["coll"]
        mirror = next((m for m in list(self._mirrors.values()) if m.collection_name == name.removeprefix(FRAMES)), None)
        modified = (change.get("fullDocument") or {}).get("last_modified_at")
        sample, deleted = number_of(key), change["operationType"] == "delete"
        if mirror is None:
            return
        if name.startswith(FRAMES):
            if not deleted:  # with its video
                mirror.frame_changed_here(key, modified)
        elif sample is not None:
            mirror.deleted_here(sample) if deleted else mirror.changed_here(sample, modified)


def sample_ids(view: Any) -> list[str]:
    """The samples that a view shows, also when it shows patches of them."""
    return view.values("sample_id") if view._is_patches or view._is_clips else view.values("id")  # type: ignore[no-any-return]
