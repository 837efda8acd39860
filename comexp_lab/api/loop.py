"""Messages of the loop: datasets, labels, files, runs, models, browsing, events."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import Field

from comexp_lab.api.base import LabelKind, LabelState, MediaKind, Model, RunKind, RunStatus, Storage


# ---- lab ------------------------------------------------------------------------------------------------------------
class Fault(Model):
    """A stored file that is not as it should be. ``samples``: names of those that need it, at most 20."""

    dataset: str | None
    blob: str
    what: Literal["missing", "damaged", "extra"]
    samples: list[str]


class ScrubReport(Model):
    """What reading every stored file showed; at most 1,000 faults are listed, all are counted."""

    files: int
    bytes: int
    faults: list[Fault]
    fault_count: int


class LabInfo(Model):
    workspace: str
    version: str
    pid: int
    datasets: int
    active_runs: int
    free_bytes: int
    notices: list[str] = Field(default_factory=list, description="What recovery did at the last start, in plain words.")


class Settings(Model):
    """Things the user allowed. All are off until somebody switches them on."""

    allow_downloads: bool = False


# ---- datasets -------------------------------------------------------------------------------------------------------
class DatasetCreate(Model):
    name: str = Field(min_length=1, max_length=200)
    storage: Storage = "retained"


class DatasetPatch(Model):
    name: str = Field(min_length=1, max_length=200)


class DatasetOut(Model):
    id: str
    name: str
    storage: Storage
    created: str
    revision: int
    samples: int
    labels: int
    classes: list[str]
    bytes: int
    cover: int | None = Field(None, description="Sample id whose thumbnail stands for the dataset.")
    restricted: bool = False


ClassName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class ClassOut(Model):
    id: int
    name: str
    color: str
    supercategory: str | None = None
    keypoints: list[str] | None = None
    skeleton: list[int] | None = None
    labels: int = 0


class ClassCreate(Model):
    name: ClassName
    color: str | None = None


class ClassPatch(Model):
    name: ClassName | None = None
    color: str | None = None


class VersionCreate(Model):
    name: str = Field(min_length=1, max_length=100)


class VersionOut(Model):
    name: str
    revision: int
    digest: str
    created: str


class Stats(Model):
    """What a person wants to see first about a dataset."""

    samples: int
    labels: int
    unlabelled: int
    bytes: int
    by_class: dict[str, int]
    by_kind: dict[str, int]
    by_state: dict[str, int]
    by_source: dict[str, int]
    by_split: dict[str, int]


# ---- views, samples, labels -----------------------------------------------------------------------------------------
class ViewSpec(Model):
    """Which samples: ids, or a condition in SQL over ``samples``, evaluated read-only in a sandbox."""

    ids: list[int] | None = None
    where: str | None = Field(None, description="e.g. \"split = 'val' AND NOT EXISTS labels\"")
    order_by: str | None = None
    limit: int | None = Field(None, ge=0)
    offset: int = Field(0, ge=0)
    at: int | str | None = Field(None, description="A revision or the name of a version; None means now.")


class LabelIn(Model):
    class_name: ClassName
    kind: LabelKind = "box"
    bbox: tuple[float, float, float, float] | None = None
    points: list[float] | None = None
    rings: list[list[float]] | None = None
    rle: str | None = None
    crowd: bool = False
    confidence: float | None = Field(None, ge=0, le=1)
    source: str = "human"
    state: LabelState = "accepted"
    track: int | None = None
    frame: int | None = None
    attributes: dict[str, Any] | None = None


class LabelOut(LabelIn):
    class_name: str
    id: int
    sample: int
    area: float | None = None
    since: int


class SampleOut(Model):
    id: int
    name: str
    kind: MediaKind
    width: int
    height: int
    split: str | None = None
    tags: list[str] = Field(default_factory=list)
    bytes: int | None = None
    mime: str | None = None
    video: int | None = None
    frame: int | None = None
    has_media: bool = True
    labels: list[LabelOut] = Field(default_factory=list)


class SamplePage(Model):
    total: int
    revision: int
    samples: list[SampleOut]


class Edit(Model):
    """One change. ``set`` names the fields to change; ``delete`` needs only the id.

    ``since`` is the revision of the label that the caller saw: if somebody changed the label after it, the edit is
    refused as a conflict and nothing of the batch is applied.
    """

    op: Literal["add", "set", "delete", "tag_sample", "delete_sample"]
    sample: int | None = None
    label: int | None = None
    value: LabelIn | None = None
    set: dict[str, Any] | None = None
    tags: list[str] | None = None
    since: int | None = None


class EditBatch(Model):
    """Applied as one revision, exactly once for each ``client_id`` however often it is sent."""

    client_id: UUID = Field(default_factory=uuid4)
    edits: list[Edit] = Field(min_length=1, max_length=10_000)
    message: str = ""


class Receipt(Model):
    revision: int
    labels: list[int | None] = Field(description="The label id of each edit, in order (new ids for adds).")
    repeated: bool = Field(False, description="The batch had been applied before; nothing was done twice.")


class UndoIn(Model):
    revision: int | None = Field(None, description="The revision to take back; None means the newest.")
    client_id: UUID = Field(default_factory=uuid4)


class ReviewIn(Model):
    """Accept or reject suggestions in bulk: those of ``ids``, or all of ``source`` at or above ``confidence``."""

    state: LabelState
    ids: list[int] | None = None
    source: str | None = None
    min_confidence: float = Field(0.0, ge=0, le=1)
    max_confidence: float = Field(1.0, ge=0, le=1)
    view: ViewSpec = ViewSpec()
    client_id: UUID = Field(default_factory=uuid4)


class SqlIn(Model):
    query: str
    at: int | str | None = None


# ---- import and export ----------------------------------------------------------------------------------------------
class Problem(Model):
    """One record that could not be taken, or was taken with a change."""

    file: str
    line: int | None = None
    what: str
    severity: Literal["skipped", "changed", "note"] = "skipped"


class ImportReport(Model):
    """What came in, and each problem with file and line."""

    format: str | None = None
    samples: int = 0
    duplicates: int = 0
    labels: int = 0
    classes: int = 0
    bytes: int = 0
    seconds: float = 0.0
    problems: list[Problem] = Field(default_factory=list)
    problem_count: int = 0
    revision: int | None = None


class ImportIn(Model):
    """Where to import from: finished uploads, or (over the unix socket only) paths that the user named."""

    uploads: list[str] = Field(default_factory=list)
    paths: list[str] = Field(default_factory=list)
    labels: str | None = Field(None, description="Upload id or path of the labels, if apart from the media.")
    format: str | None = None
    split: str | None = None
    keep_gps: bool = False
    made: bool = Field(False, description="The dataset was made for this import: if that is refused, it goes again.")


class ExportIn(Model):
    format: str
    view: ViewSpec = ViewSpec()
    media: bool = True
    keep_gps: bool = False
    states: list[LabelState] = Field(default=["accepted"])
    path: str | None = Field(None, description="Write here (unix socket only); None keeps it for download.")


class Certificate(Model):
    """What an export holds, and what the format could not."""

    format: str
    samples: int
    labels: int
    digest: str
    lost: dict[str, int] = Field(default_factory=dict, description="What the format cannot hold, with counts.")
    lossless: bool = True


class ExportReport(Model):
    certificate: Certificate
    files: int
    bytes: int
    seconds: float
    path: str | None = None
    download: str | None = None


# ---- runs and models ------------------------------------------------------------------------------------------------
class TrainIn(Model):
    dataset: str
    model: str = "yolo11n.pt"
    epochs: int = Field(20, ge=1)
    imgsz: int = Field(640, ge=32)
    batch: int = Field(16, ge=-1)
    device: str = "auto"
    executor: str = "local"
    view: ViewSpec = ViewSpec()
    val_fraction: float = Field(0.2, gt=0, lt=1)
    seed: int = 0
    args: dict[str, Any] = Field(default_factory=dict, description="Further Ultralytics training arguments.")


class PredictIn(Model):
    dataset: str
    model: str
    view: ViewSpec = ViewSpec()
    conf: float = Field(0.25, ge=0, le=1)
    iou: float = Field(0.7, ge=0, le=1)
    imgsz: int = 640
    device: str = "auto"
    mode: Literal["suggest", "accept"] = "suggest"


class EvaluateIn(Model):
    dataset: str
    model: str
    view: ViewSpec = ViewSpec()
    imgsz: int = 640
    device: str = "auto"


class RunOut(Model):
    """A piece of work that takes longer than a request: training, prediction, evaluation, import, export."""

    id: str
    kind: RunKind
    dataset: str | None
    status: RunStatus
    title: str
    progress: float = 0.0
    message: str = ""
    created: str
    started: str | None = None
    ended: str | None = None
    eta_s: float | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    model: str | None = Field(None, description="The model that a finished training run made.")
    version: str | None = Field(None, description="Digest of the pinned dataset version.")


class RunDetail(RunOut):
    metrics: list[dict[str, float]] = Field(default_factory=list, description="One row per epoch.")
    log: list[str] = Field(default_factory=list, description="The last lines of the log.")


class ModelOut(Model):
    id: str
    name: str
    task: str
    classes: list[str]
    bytes: int
    sha256: str
    created: str
    run: str | None = None
    dataset: str | None = None
    version: str | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    origin: str = ""


class ModelImport(Model):
    upload: str | None = None
    path: str | None = None
    name: str | None = None


class ModelExport(Model):
    format: str = "onnx"
    imgsz: int = 640
    path: str | None = None


# ---- browse ---------------------------------------------------------------------------------------------------------
class BrowseIn(Model):
    dataset: str
    view: ViewSpec = ViewSpec()


class BrowseOut(Model):
    """Where the FiftyOne App is, below the Jupyter base URL, and what is selected in it."""

    id: str
    dataset: str
    path: str
    status: Literal["starting", "filling", "ready", "failed"]
    loaded: int = 0
    total: int = 0
    message: str = ""
    selected: list[int] = Field(default_factory=list)
    view: list[int] | None = Field(None, description="Sample ids of the view in the App; None means all.")


# ---- events ---------------------------------------------------------------------------------------------------------
class Event(Model):
    id: int
    type: Literal["dataset", "run", "browse", "upload", "notice", "rights"]
    dataset: str | None = None
    run: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)
