"""Import into and export out of a dataset, as runs with progress."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request, Response

from comexp_lab.api import ExportIn, ImportIn, RunOut
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.formats.uploads import Place, Uploads
from comexp_lab.media import paths
from comexp_lab.rights import ephemeral
from comexp_lab.service.lab import Lab, LabDep, refuse_paths
from comexp_lab.service.samples import SAFE, stream
from comexp_lab.store import DatasetStore

router = APIRouter(tags=["transfers"])


@router.post("/datasets/{dataset}/import", status_code=202)
def start_import(lab: LabDep, request: Request, dataset: str, wanted: ImportIn) -> RunOut:
    """Import finished uploads (or, over the unix socket, paths). The run's result is an ImportReport."""
    from comexp_lab.formats.importing import import_sources

    store = lab.workspace.dataset(dataset, "store")
    with _goes_again(lab, store, wanted.made):
        refuse_paths(request, *wanted.paths)
        if not wanted.uploads and not wanted.paths and not wanted.labels:
            raise BadInput("There is nothing to import: name files, folders or uploads.")
        store.require(writing=True)
        place = lab.place_of(store)
        if place is not lab.workspace and any(Uploads(lab.workspace, sweep=False).holds(upload) for upload in wanted.uploads):
            raise BadInput("These files were not uploaded for an ephemeral dataset: upload them again, naming it in Upload-Metadata.")
        if wanted.labels and wanted.labels not in wanted.uploads:
            refuse_paths(request, wanted.labels if os.sep in wanted.labels else None)

    def work(progress: Any) -> dict[str, Any]:
        with _goes_again(lab, store, wanted.made):
            report = import_sources(place, store, wanted, lab.decoder, progress)
        lab.hub.publish("dataset", dataset=store.id, change="imported", revision=report.revision)
        return report.model_dump()

    return lab.jobs.in_thread("import", store.id, f"Import into {store.name}", work, wanted.model_dump(exclude={"paths"}))


@contextmanager
def _goes_again(lab: Lab, store: DatasetStore, made: bool) -> Iterator[None]:
    """A dataset that was made for an import goes again if that is refused, unless something came into it meanwhile."""
    try:
        yield
    except BaseException:
        if made and store.revision == 0:
            lab.workspace.erase_dataset(store.id)
            lab.hub.publish("dataset", dataset=store.id, change="erased")
        raise


@router.post("/datasets/{dataset}/export", status_code=202)
def start_export(lab: LabDep, request: Request, dataset: str, wanted: ExportIn) -> RunOut:
    """Export a view. The run's result is an ExportReport; without a path the file waits for download."""
    from comexp_lab.formats.exporting import export

    refuse_paths(request, wanted.path)
    store = lab.workspace.dataset(dataset, "export")
    if wanted.path is not None:
        ephemeral.refuse(store, "path")
    place = lab.place_of(store)

    def work(progress: Any) -> dict[str, Any]:
        if wanted.path is not None:
            return export(store, wanted, paths.target(wanted.path), lab.decoder, progress).model_dump()
        return sealed(
            lab,
            progress,
            f"{store.name}-{wanted.format}.zip",
            lambda target: export(store, wanted, target, lab.decoder, progress).model_dump(),
            place,
        )

    return lab.jobs.in_thread("export", store.id, f"Export {store.name} as {wanted.format}", work, wanted.model_dump(exclude={"path"}))


def sealed(lab: Lab, progress: Any, name: str, make: Any, place: Place) -> dict[str, Any]:
    """Let ``make`` write a zip in memory-backed storage, then keep it encrypted until it is downloaded."""
    folder = lab.scratch / progress.run
    folder.mkdir(mode=0o700)
    target = folder / "export.zip"
    try:
        report: dict[str, Any] = make(target)
        with target.open("rb") as file:
            kept = keep(place, progress, name, iter(lambda: file.read(1 << 20), b""))
    finally:
        target.unlink(missing_ok=True)
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
    return report | kept


def keep(place: Place, progress: Any, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
    """Keep what a run made, encrypted, until it is downloaded: see ``Lab.place_of``."""
    blob = place.vault.put(pieces)
    place.catalog.write(
        "INSERT INTO blobs (id, key, bytes, owner) VALUES (?, ?, ?, ?)", [blob.id, blob.key, blob.bytes, f"download:{progress.run}"]
    )
    return {"path": None, "bytes": blob.bytes, "download": name}


@router.get("/runs/{run}/download", response_class=Response)
def download(lab: LabDep, run: str) -> Response:
    """The finished export or archive of a run."""
    query, owner = "SELECT id, key, bytes FROM blobs WHERE owner = ?", [f"download:{run}"]
    place: Place = lab.workspace
    if not (rows := place.catalog.read(query, owner)):
        place = lab.shelf
        rows = place.catalog.read(query, owner)
    if not rows:
        raise NotFound("This run has nothing to download: the export is not finished, or was removed.")
    row = rows[0]
    name = (lab.jobs.get(run).result or {}).get("download") or "export.zip"
    quoted = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    headers = {**SAFE, "Content-Disposition": f'attachment; filename="{quoted}"'}
    return stream(place.vault.open(row["id"], row["key"]), 0, row["bytes"], "application/zip", 200, headers)
