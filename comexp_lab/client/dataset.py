"""A dataset as a notebook sees it: add, look, annotate, train, auto-annotate, review, export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import (
    BrowseIn,
    BrowseOut,
    ClassOut,
    DatasetOut,
    Edit,
    EditBatch,
    EvaluateIn,
    ExportIn,
    ImportIn,
    LabelIn,
    LabelState,
    PredictIn,
    Receipt,
    ReviewIn,
    RunOut,
    SqlIn,
    TrainIn,
    UndoIn,
    VersionCreate,
    VersionOut,
    ViewSpec,
)
from comexp_lab.client.connection import Connection, as_json, body, whole_path
from comexp_lab.client.model import Model, model_name
from comexp_lab.client.reports import Evaluation, ExportResult, ImportResult, StatsResult, past_stats
from comexp_lab.client.run import Run
from comexp_lab.client.show import Listing, forgiving, of_dataset, size
from comexp_lab.client.view import View
from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

    from comexp_lab.client.rights import Plan

Which = View | str | Sequence[int] | None  # a view, a condition in SQL, ids of samples; None means all


def to_import(sources: Sequence[str | Path], labels: str | Path | None, **more: Any) -> ImportIn:
    """What is to be imported, with whole paths. Raises BadInput for what is no path."""
    for source in sources if labels is None else (*sources, labels):
        if not isinstance(source, (str, Path)):
            raise BadInput(
                f"Name files and folders one by one, ds.add('a.jpg', 'folder') or ds.add(*paths), not as a {type(source).__name__}."
            )
    paths = [whole_path(source) for source in sources]
    if pattern := next((path for path in paths if "*" in path and not Path(path).exists()), None):
        raise BadInput(f"{Path(pattern).name} is a pattern: ds.add(*Path('folder').glob('*.jpg')), or name the folder.")
    return body(ImportIn, paths=paths, labels=None if labels is None else whole_path(labels), **more)


class Dataset:
    """Get one by ``lab.dataset("street")`` or ``lab.create_dataset("street")``."""

    def __init__(self, connection: Connection, info: DatasetOut) -> None:
        self._connection = connection
        self.id = info.id
        self._info = info
        self._at: int | str | None = None

    def _post(self, path: str, sent: Any, *, again: bool = True) -> httpx.Response:
        return self._connection.request(
            "POST", f"/datasets/{self.id}{path}", content=as_json(sent), headers={"content-type": "application/json"}, again=again
        )

    def _run(self, path: str, sent: Any, answer: type = RunOut) -> Run:
        return Run(self._connection, self._connection.send("POST", path, sent, answer)).show()

    def _spec(self, view: Which) -> ViewSpec:
        if isinstance(view, str):
            view = self.where(view)
        if isinstance(view, View):
            if view.dataset.id != self.id:
                raise BadInput(f"This view shows samples of {view.dataset.name!r}, not of {self.name!r}.")
            return view.spec
        if view is not None and not isinstance(view, Iterable):
            raise BadInput(f"A view is ds.where(…), a condition in SQL or a list of ids, not a {type(view).__name__}.")
        return body(ViewSpec, ids=None if view is None else list(view), at=self._at)

    def _require_now(self) -> None:
        if self._at is not None:
            raise BadInput(f"This is {self.name!r} as it was at {self._at}, which cannot be changed: use lab.dataset({self.name!r}).")

    # ---- what it is
    @property
    def info(self) -> DatasetOut:
        self._info = self._connection.get(f"/datasets/{self.id}", DatasetOut)
        return self._info

    @property
    def name(self) -> str:
        return self._info.name

    @property
    def classes(self) -> list[str]:
        return self.info.classes

    @property
    def class_table(self) -> Listing[ClassOut]:
        """Classes with colour, keypoints and number of labels."""
        found = self._connection.get_list(f"/datasets/{self.id}/classes", ClassOut)
        return Listing("class", found, ["class", "labels", "colour"], lambda c: [c.name, c.labels, c.color], "no classes yet")

    @property
    def revision(self) -> int:
        return self.info.revision

    def __len__(self) -> int:
        return self.info.samples if self._at is None else len(self.view)

    def stats(self) -> StatsResult:
        if self._at is not None:
            return past_stats(self.sql)
        return self._connection.get(f"/datasets/{self.id}/stats", StatsResult)

    def sql(self, query: str) -> pa.Table:
        """One SELECT over ``samples``, ``labels``, ``classes`` and ``history``; an Arrow table."""
        import pyarrow as pa

        content = self._post("/sql", body(SqlIn, query=query, at=self._at)).content
        return pa.ipc.open_stream(content).read_all()

    # ---- views
    @property
    def view(self) -> View:
        """All samples."""
        return View(self, ViewSpec(at=self._at))

    def where(self, condition: str) -> View:
        """Samples for which a condition in SQL over ``samples`` holds, e.g. ``"NOT EXISTS labels"``."""
        return self.view.where(condition)

    def limit(self, count: int) -> View:
        return self.view.limit(count)

    def order_by(self, order: str) -> View:
        return self.view.order_by(order)

    def at(self, revision: int | str) -> Dataset:
        """The dataset as it was at a revision or a frozen version; for reading."""
        past = Dataset(self._connection, self._info)
        past._at = revision
        past.limit(0).ids  # noqa: B018  # raises NotFound for one that is not there
        return past

    # ---- in
    def add(
        self,
        *sources: str | Path,
        labels: str | Path | None = None,
        format: str | None = None,
        split: str | None = None,
        keep_gps: bool = False,
    ) -> ImportResult:
        """Add files, folders, zips or videos, with labels if there are any; the format is found out from the content.

        Bad records are listed in the report and skipped; a hopeless file refuses the whole import.
        """
        return self._import(to_import(sources, labels, format=format, split=split, keep_gps=keep_gps))

    def _import(self, wanted: ImportIn) -> ImportResult:
        self._require_now()
        return ImportResult.model_validate(self._run(f"/datasets/{self.id}/import", wanted).result).of(self.id)

    # ---- labels
    def label(self, sample: int, class_name: str, bbox: tuple[float, float, float, float], **fields: Any) -> int:
        """Add a box (x, y, w, h) in pixels; the id of the new label."""
        value = body(LabelIn, class_name=class_name, bbox=bbox, **fields)
        receipt = self.edit([body(Edit, op="add", sample=sample, value=value)])
        assert receipt.labels[0] is not None
        return receipt.labels[0]

    def edit(self, edits: list[Edit], message: str = "") -> Receipt:
        """Apply edits as one revision; they are durable when this returns."""
        self._require_now()
        return Receipt.model_validate_json(self._post("/labels", body(EditBatch, edits=edits, message=message)).content)

    def undo(self, revision: int | None = None) -> Receipt:
        """Take a revision back (the newest by default) by writing a new one."""
        self._require_now()
        return Receipt.model_validate_json(self._post("/undo", body(UndoIn, revision=revision)).content)

    def review(
        self,
        state: LabelState,
        view: Which = None,
        *,
        ids: list[int] | None = None,
        source: str | None = None,
        min_confidence: float = 0.0,
        max_confidence: float = 1.0,
    ) -> Receipt:
        """Accept or reject suggestions in bulk: ``ds.review("accepted", min_confidence=0.6)``."""
        self._require_now()
        wanted = body(
            ReviewIn,
            state=state,
            ids=ids,
            source=source,
            min_confidence=min_confidence,
            max_confidence=max_confidence,
            view=self._spec(view),
        )
        return Receipt.model_validate_json(self._post("/review", wanted).content)

    def annotate(self) -> Any:
        return self.view.annotate()

    def browse(self, view: Which = None) -> Any:
        """FiftyOne in the cell; edits made there come back as revisions."""
        from comexp_lab.widgets import BrowserWidget

        spec = self._spec(view)
        View(self, spec).check()
        opened = self._connection.send("POST", "/browse", body(BrowseIn, dataset=self.id, view=spec), BrowseOut)
        return BrowserWidget(browse=opened.id)

    # ---- learn
    def fine_tune(
        self,
        model: str | Path | Model = "yolo11n.pt",
        *,
        epochs: int = 20,
        imgsz: int = 640,
        batch: int = 16,
        device: str | int = "auto",
        executor: str = "local",
        view: Which = None,
        **ultralytics_args: Any,
    ) -> Run:
        """Fine-tune in a worker of its own, which survives tab, kernel and Jupyter. Further arguments go to Ultralytics."""
        wanted = body(
            TrainIn,
            dataset=self.id,
            model=model_name(model),
            epochs=epochs,
            imgsz=imgsz,
            batch=batch,
            device=str(device),
            executor=executor,
            view=self._spec(view),
            args=ultralytics_args,
        )
        return self._run("/runs/train", wanted)

    def auto_annotate(
        self,
        model: str | Path | Model,
        view: Which = None,
        *,
        conf: float = 0.25,
        iou: float = 0.7,
        imgsz: int = 640,
        device: str | int = "auto",
        mode: str = "suggest",
        wait: bool = True,
    ) -> Run:
        """Let a model suggest labels (``mode="accept"``: take them as they are). Waits for the end unless told not to."""
        wanted = body(
            PredictIn,
            dataset=self.id,
            model=model_name(model),
            view=self._spec(view),
            conf=conf,
            iou=iou,
            imgsz=imgsz,
            device=str(device),
            mode=mode,  # type: ignore[arg-type]
        )
        run = self._run("/runs/predict", wanted)
        return run.wait() if wait else run

    def evaluate(self, model: str | Path | Model, view: Which = None, *, imgsz: int = 640, device: str | int = "auto") -> Evaluation:
        """COCO mAP of a model against the accepted labels, with precision and recall per class."""
        wanted = body(EvaluateIn, dataset=self.id, model=model_name(model), view=self._spec(view), imgsz=imgsz, device=str(device))
        return Evaluation(self._run("/runs/evaluate", wanted).result, self.id)

    # ---- versions and out
    def freeze(self, name: str) -> VersionOut:
        """Name the present state; its digest covers pictures and labels."""
        self._require_now()
        return self._connection.send("POST", f"/datasets/{self.id}/versions", body(VersionCreate, name=name), VersionOut)

    @property
    def versions(self) -> Listing[VersionOut]:
        found = self._connection.get_list(f"/datasets/{self.id}/versions", VersionOut)
        head, empty = ["version", "revision", "frozen", "digest"], "No versions yet: ds.freeze('name')"
        return Listing("version", found, head, lambda v: [v.name, v.revision, v.created[:16].replace("T", " "), v.digest[:16]], empty)

    def export(
        self,
        format: str,
        path: str | Path,
        view: Which = None,
        *,
        media: bool = True,
        keep_gps: bool = False,
        states: Sequence[LabelState] = ("accepted",),
    ) -> ExportResult:
        """Write a view in a format: into a folder, or a zip if the path ends so. Says what the format could not hold."""
        target = whole_path(path)
        wanted = body(ExportIn, format=format, view=self._spec(view), media=media, keep_gps=keep_gps, states=list(states), path=target)
        return ExportResult.model_validate(self._run(f"/datasets/{self.id}/export", wanted).result).of(self.id)

    def erase(self, *, samples: Sequence[int] | None = None, class_name: str | None = None) -> Plan:
        """What erasing it (or ``samples``, or a class) for good would destroy; ``.execute(confirm=…)`` does it."""
        from comexp_lab.client.rights import Rights

        return Rights(self._connection).plan_erasure(self, samples=samples, class_name=class_name)

    # ---- how it looks
    def _row(self) -> list[Any]:
        return [self.name, self._info.samples, self._info.labels, ", ".join(self._info.classes[:6])]

    @forgiving
    def __repr__(self) -> str:
        if self._at is not None:
            then = self.stats()
            return f"Dataset({self.name!r} at {self._at}: {then.samples} samples, {then.labels} labels)"
        info = self.info
        return f"Dataset({info.name!r}: {info.samples} samples, {info.labels} labels, {len(info.classes)} classes, {size(info.bytes)})"

    @forgiving
    def _repr_html_(self) -> str:
        return of_dataset(self.id, self.stats().histogram(repr(self)))
