"""Datasets, their classes and versions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from comexp_lab.api import (
    ClassCreate,
    ClassOut,
    ClassPatch,
    DatasetCreate,
    DatasetOut,
    DatasetPatch,
    SqlIn,
    Stats,
    VersionCreate,
    VersionOut,
)
from comexp_lab.service.lab import LabDep

router = APIRouter(prefix="/datasets", tags=["datasets"])


@router.get("")
def list_datasets(lab: LabDep) -> list[DatasetOut]:
    return lab.workspace.datasets()


@router.post("", status_code=201)
def create_dataset(lab: LabDep, request: DatasetCreate) -> DatasetOut:
    dataset = lab.workspace.create_dataset(request.name, request.storage)
    lab.hub.publish("dataset", dataset=dataset.id, change="created")
    return dataset.describe()


@router.get("/{dataset}")
def get_dataset(lab: LabDep, dataset: str) -> DatasetOut:
    """A dataset by id or by name."""
    return lab.workspace.dataset(dataset, "store").describe()


@router.patch("/{dataset}")
def rename_dataset(lab: LabDep, dataset: str, request: DatasetPatch) -> DatasetOut:
    store = lab.workspace.rename_dataset(dataset, request.name)
    lab.hub.publish("dataset", dataset=store.id, change="renamed")
    return store.describe()


@router.get("/{dataset}/stats")
def dataset_stats(lab: LabDep, dataset: str) -> Stats:
    return lab.workspace.dataset(dataset, "store").stats()


@router.get("/{dataset}/classes")
def list_classes(lab: LabDep, dataset: str) -> list[ClassOut]:
    return lab.workspace.dataset(dataset, "store").classes()


@router.post("/{dataset}/classes", status_code=201)
def create_class(lab: LabDep, dataset: str, request: ClassCreate) -> ClassOut:
    store = lab.workspace.dataset(dataset, "annotate")
    made = store.create_class(request.name, request.color)
    lab.hub.publish("dataset", dataset=store.id, change="classes")
    return made


@router.patch("/{dataset}/classes/{class_id}")
def change_class(lab: LabDep, dataset: str, class_id: int, request: ClassPatch) -> ClassOut:
    store = lab.workspace.dataset(dataset, "annotate")
    changed = store.change_class(class_id, request.name, request.color)
    lab.hub.publish("dataset", dataset=store.id, change="classes")
    return changed


@router.get("/{dataset}/versions")
def list_versions(lab: LabDep, dataset: str) -> list[VersionOut]:
    return lab.workspace.dataset(dataset, "store").versions()


@router.post("/{dataset}/versions", status_code=201)
def freeze_version(lab: LabDep, dataset: str, request: VersionCreate) -> VersionOut:
    return lab.workspace.dataset(dataset, "annotate").freeze(request.name)


@router.post("/{dataset}/sql", response_class=Response)
def run_sql(lab: LabDep, dataset: str, request: SqlIn) -> Response:
    """One SELECT over samples, labels, classes and history, read-only; answers an Arrow IPC stream."""
    import pyarrow as pa

    table = lab.workspace.dataset(dataset, "browse").query(request.query, request.at)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type="application/vnd.apache.arrow.stream")
