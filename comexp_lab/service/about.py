"""The lab itself: what it is, what the user allowed, what happens in it."""

from __future__ import annotations

import os
import shutil
from typing import Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from comexp_lab.api import LabInfo, RunOut, Settings
from comexp_lab.service.lab import LabDep
from comexp_lab.store.scrub import scrub

router = APIRouter(tags=["lab"])


@router.get("/lab")
async def about(lab: LabDep) -> LabInfo:
    """Who answers here. Cheap and never blocked by work: used to see whether the service lives."""
    from comexp_lab import __version__

    return LabInfo(
        workspace=lab.workspace.id,
        version=__version__,
        pid=os.getpid(),
        datasets=len(lab.workspace.datasets()) if not lab.jobs.busy else -1,
        active_runs=lab.jobs.active,
        free_bytes=shutil.disk_usage(lab.workspace.path).free,
        notices=lab.workspace.notices,
    )


@router.post("/check", status_code=202)
def check(lab: LabDep) -> RunOut:
    """Read every stored file, as a run whose result is a ScrubReport."""

    def work(progress: Any) -> dict[str, Any]:
        return scrub(lab.workspace, progress).model_dump()

    return lab.jobs.in_thread("check", None, "Check of all stored files", work, {})


@router.get("/settings")
def get_settings(lab: LabDep) -> Settings:
    rows = {row["key"]: row["value"] for row in lab.workspace.catalog.read("SELECT key, value FROM settings")}
    return Settings(allow_downloads=rows.get("allow_downloads") == "true")


@router.put("/settings")
def put_settings(lab: LabDep, settings: Settings) -> Settings:
    for key, value in settings.model_dump().items():
        lab.workspace.catalog.write("DELETE FROM settings WHERE key = ?", [key])
        lab.workspace.catalog.write("INSERT INTO settings VALUES (?, ?)", [key, str(value).lower()])
    return settings


@router.get("/events", response_class=StreamingResponse)
async def events(
    lab: LabDep,
    since: int | None = Query(None, ge=0),
    last_event_id: int | None = Header(None),
) -> StreamingResponse:
    """Server-sent events; ``Last-Event-ID`` (or ``since``) resumes without loss."""
    last = last_event_id if last_event_id is not None else since
    stream = lab.hub.stream(last, lab.closing)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
