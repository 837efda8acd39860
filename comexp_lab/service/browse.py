"""FiftyOne on a dataset: opened here, shown by the browse service, its edits written to the store."""

from __future__ import annotations

import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from comexp_lab.api import BrowseIn, BrowseOut, EditBatch, Model, Receipt, ViewSpec
from comexp_lab.browse import rows
from comexp_lab.browse.supervisor import Supervisor
from comexp_lab.errors import NotAllowed, NotFound
from comexp_lab.service.lab import Lab, LabDep
from comexp_lab.transport import quoted, runtime_dir, socket_path

if TYPE_CHECKING:
    from comexp_lab.store.dataset import DatasetStore

router = APIRouter(prefix="/browse", tags=["browse"])
internal = APIRouter(prefix="/browse")
MIRRORS = 4
ARROW = "application/vnd.apache.arrow.stream"
LOOK_S = 0.2
SECRET_HEADER = "x-comexp-secret"
LOADING = {"status": "filling", "message": "Loading FiftyOne…"}


@dataclass(slots=True)
class Opened:
    """One mirror: which samples, how far it is, what is selected in its App."""

    id: str
    dataset: str
    name: str
    view: ViewSpec
    status: Literal["starting", "filling", "ready", "failed"] = "starting"
    loaded: int = 0
    total: int = 0
    message: str = ""
    selected: list[int] = field(default_factory=list)
    shown: list[int] | None = None
    film: bool | None = None
    used: float = field(default_factory=time.monotonic)

    @property
    def whole(self) -> bool:
        """Whether new samples belong to it."""
        return self.view == ViewSpec()

    def fits(self, store: DatasetStore) -> bool:
        """Whether it is of the right kind for what the dataset holds by now: one of videos, or one of pictures."""
        return not self.whole or self.film is None or self.film == rows.films_only(store)


class Browse:
    """What is open in FiftyOne, and the process behind it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.segment, self._secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        self._opened: dict[str, Opened] = {}
        self._listening = False
        self._lock = threading.RLock()
        path = lab.workspace.path
        config = {
            "workspace": str(path), "lab": str(socket_path(path)), "segment": self.segment,
            "token": secrets.token_urlsafe(32), "secret": self._secret,
        }  # fmt: skip
        self._supervisor = Supervisor(config, runtime_dir(path) / "browse.log", self._on_start, self._on_end)
        self._stop = threading.Event()
        threading.Thread(target=self._pass_on_changes, name="browse changes", daemon=True).start()

    @property
    def active(self) -> bool:
        return self._supervisor.running

    @property
    def pid(self) -> int | None:
        return self._supervisor.pid

    def open(self, wanted: BrowseIn) -> Opened:
        """The mirror of that view, made if it is not there yet. Raises NotFound, Restricted."""
        store = self._lab.workspace.dataset(wanted.dataset, "browse")
        store.common.on_erase = self.renew
        with self._lock:
            for known in self._opened.values():
                if (known.dataset, known.view) == (store.id, wanted.view) and known.status != "failed" and known.fits(store):
                    known.used = time.monotonic()
                    self._supervisor.ensure()
                    return known
            made = self._add(store.id, store.name, wanted.view)
        if self._supervisor.running:
            self._send_open(made)
            if self._listening:
                self.report(made, LOADING)
        self._supervisor.ensure()
        return made

    def _add(self, dataset: str, name: str, view: ViewSpec) -> Opened:
        for oldest in sorted(self._opened.values(), key=lambda each: each.used)[: max(len(self._opened) + 1 - MIRRORS, 0)]:
            self._drop(oldest)
        made = Opened(secrets.token_hex(8), dataset, free_name(name, {slug_of(each.name) for each in self._opened.values()}), view)
        self._opened[made.id] = made
        return made

    def _drop(self, opened: Opened) -> None:
        self._opened.pop(opened.id, None)
        self._supervisor.send({"forget": opened.id})

    def get(self, id: str) -> Opened:
        opened = self._opened.get(id)
        if opened is None:
            raise NotFound("This view is no longer open in FiftyOne: open it again.")
        return opened

    def list(self) -> list[Opened]:
        return list(self._opened.values())

    def describe(self, opened: Opened) -> BrowseOut:
        return BrowseOut(
            id=opened.id, dataset=opened.dataset, path=f"comexp/fo/{self.segment}/{opened.id}/datasets/{quoted(opened.name)}",
            status=opened.status, loaded=opened.loaded, total=opened.total, message=opened.message,
            selected=opened.selected, view=opened.shown,
        )  # fmt: skip

    def forget(self, dataset_id: str) -> None:
        """Drop all mirrors of a dataset for good."""
        with self._lock:
            gone = [each for each in self._opened.values() if each.dataset == dataset_id]
            for opened in gone:
                self._opened.pop(opened.id)
            if gone:
                self._start_anew()

    def renew(self, dataset_id: str) -> None:
        """Samples of a dataset were erased: its mirrors are filled again, without them."""
        with self._lock:
            if any(each.dataset == dataset_id for each in self._opened.values()):
                self._start_anew()

    def _start_anew(self) -> None:
        """MongoDB keeps what it deletes, so it ends, and starts anew for what is still open."""
        self._supervisor.end()
        self._on_end(clean=False, giving_up=False)
        if self._opened:
            self._supervisor.ensure()

    def close(self) -> None:
        self._stop.set()
        self._supervisor.close()

    # ---- the browse service
    def check(self, secret: str) -> None:
        if not compare_digest(secret.encode(), self._secret.encode()):
            raise NotAllowed("Only the browse service may ask this.")

    def report(self, opened: Opened, news: dict[str, Any]) -> None:
        for name, value in news.items():
            setattr(opened, name, value)
        self._lab.hub.publish("browse", dataset=opened.dataset, browse=self.describe(opened).model_dump(mode="json", exclude={"view"}))

    def listening(self) -> None:
        """The App can be opened from now on: what it asks for waits until it is there."""
        self._listening = True
        for opened in self.list():
            if opened.status == "starting":
                self.report(opened, LOADING)

    def _send_open(self, opened: Opened) -> None:
        vault = self._lab.workspace.dataset(opened.dataset, "browse").vault
        folder = getattr(vault.store, "root", None)
        what = {"id": opened.id, "name": opened.name, "whole": opened.whole, "vault": str(folder) if folder else None}
        self._supervisor.send({"open": what})

    def _on_start(self) -> None:
        for opened in self.list():
            self._send_open(opened)

    def _on_end(self, clean: bool, giving_up: bool) -> None:
        """It stopped: by itself for lack of use, or it died and will be started again."""
        self._listening = False
        for opened in self.list():
            if clean:
                self._opened.pop(opened.id, None)
            elif giving_up:
                told = "FiftyOne stops again and again: see browse.log in the runtime folder."
                self.report(opened, {"status": "failed", "message": told})
            else:
                self.report(opened, {"status": "starting", "loaded": 0, "message": "FiftyOne stopped and is being started again."})

    def _pass_on_changes(self) -> None:
        """Tell the browse service which datasets changed."""
        last = self._lab.hub.last_id
        while not self._stop.wait(LOOK_S):
            events, gap = self._lab.hub.since(last)
            last = self._lab.hub.last_id
            changed = {event.dataset for event in events if event.type == "dataset"}
            for opened in self.list():
                if gap or opened.dataset in changed:
                    self._supervisor.send({"changed": opened.id})


def free_name(name: str, taken: set[str]) -> str:
    """A name for FiftyOne, whose short form must be neither empty nor taken."""
    name = re.sub(r"[^\w .()-]", "-", name)
    name = name if slug_of(name) else f"dataset {name}"
    numbers = (f"{name} {number}" for number in range(2, MIRRORS + 2))
    return name if slug_of(name) not in taken else next(other for other in numbers if slug_of(other) not in taken)


def slug_of(name: str) -> str:
    """FiftyOne's own short form of a name in addresses."""
    kept = re.sub(r"[^A-Za-z0-9-]", "", re.sub(r"[\s+_.-]+", "-", name))
    return re.sub("-+", "-", kept).strip("-").lower()


@router.post("", status_code=202)
def open_browse(lab: LabDep, wanted: BrowseIn) -> BrowseOut:
    """Open a view in FiftyOne: returns at once; watch ``status``. The App is at the Jupyter base URL plus ``path``."""
    return lab.browse.describe(lab.browse.open(wanted))


@router.get("")
def list_browse(lab: LabDep) -> list[BrowseOut]:
    return [lab.browse.describe(opened) for opened in lab.browse.list()]


@router.get("/{browse}")
def get_browse(lab: LabDep, browse: str) -> BrowseOut:
    """How far it is, and what is selected and shown in the App."""
    return lab.browse.describe(lab.browse.get(browse))


# ---- for the browse service only -------------------------------------------------------------------------------------
class RowsIn(Model):
    ids: list[int] | None = None
    at: int | None = None
    film: bool | None = None


class FramesIn(Model):
    places: list[tuple[int, int]] | None = None
    at: int | None = None


class EditsIn(Model):
    edits: list[dict[str, Any]]


class ReportIn(Model):
    status: Literal["starting", "filling", "ready", "failed"] | None = None
    loaded: int | None = None
    total: int | None = None
    message: str | None = None
    film: bool | None = None
    selected: list[int] | None = None
    view: list[int] | None = None


def admitted(lab: LabDep, request: Request) -> Browse:
    lab.browse.check(request.headers.get(SECRET_HEADER, ""))
    return lab.browse


BrowseDep = Annotated[Browse, Depends(admitted)]


@internal.post("/listening")
def is_listening(browse: BrowseDep) -> None:
    browse.listening()


@internal.post("/{mirror}/rows", response_class=Response)
def get_rows(lab: LabDep, browse: BrowseDep, mirror: str, wanted: RowsIn) -> Response:
    opened = browse.get(mirror)
    view = opened.view if wanted.ids is None else ViewSpec(ids=wanted.ids, at=wanted.at if wanted.at is not None else opened.view.at)
    return StreamingResponse(rows.stream(lab.workspace.dataset(opened.dataset, "browse"), view, wanted.film), media_type=ARROW)


@internal.post("/{mirror}/frames", response_class=Response)
def get_frames(lab: LabDep, browse: BrowseDep, mirror: str, wanted: FramesIn) -> Response:
    """The labelled frames of a film."""
    opened = browse.get(mirror)
    view = opened.view
    if wanted.places is not None:
        ids = sorted({sample for sample, _ in wanted.places})
        view = ViewSpec(ids=ids, at=wanted.at if wanted.at is not None else opened.view.at)
    store = lab.workspace.dataset(opened.dataset, "browse")
    return StreamingResponse(rows.frames(store, view, wanted.places), media_type=ARROW)


@internal.get("/{mirror}/changes")
def get_changes(lab: LabDep, browse: BrowseDep, mirror: str, since: int) -> dict[str, Any]:
    opened = browse.get(mirror)
    if opened.view.at is not None:
        return {"revision": since, "samples": [], "frames": []}
    return rows.changed_since(lab.workspace.dataset(opened.dataset, "browse"), since, bool(opened.film))


@internal.post("/{mirror}/edits")
def take_edits(lab: LabDep, browse: BrowseDep, mirror: str, wanted: EditsIn) -> Receipt:
    """Edits made in the App, as one revision."""
    opened = browse.get(mirror)
    if opened.view.at is not None:
        raise NotAllowed("This is a frozen version: open the dataset as it is now to change it.")
    store = lab.workspace.dataset(opened.dataset, "annotate")
    receipt = store.edit(EditBatch.model_validate({"edits": wanted.edits, "message": "edited in FiftyOne"}), author="fiftyone")
    samples = sorted({edit["sample"] for edit in wanted.edits})
    lab.hub.publish("dataset", dataset=store.id, change="labels", revision=receipt.revision, samples=samples[:100])
    return receipt


@internal.post("/{mirror}/report")
def take_report(browse: BrowseDep, mirror: str, news: ReportIn) -> None:
    told = news.model_dump(exclude_unset=True)
    if "view" in told:
        told["shown"] = told.pop("view")
    browse.report(browse.get(mirror), told)


@internal.get("/{mirror}/media/{what}/{sample}", response_class=Response)
def get_media(lab: LabDep, browse: BrowseDep, mirror: str, what: str, sample: int) -> Response:
    """Pixels of an ephemeral dataset, which lie in this process's memory only."""
    store = lab.workspace.dataset(browse.get(mirror).dataset, "browse")
    media = store.thumbnail(sample) if what == "thumb" else store.media(sample)
    if media is None:
        raise NotFound(f"Sample {sample} has no picture.")
    return Response(store.vault.get(media.id, media.key), media_type=media.mime)
