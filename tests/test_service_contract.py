"""What the OpenAPI document promises, asked with requests made from it: odd, wrong and hostile ones too."""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab
from comexp_lab.store import Workspace

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SECRET = "planted-secret-7c1f"
ENDLESS = ["/api/events"]
ELSEWHERE = "/api/browse"  # starts FiftyOne: test_browse_app


@pytest.fixture(scope="module")
def opened() -> Iterator[Lab]:
    """A lab whose folder tells, should an answer name it; exports to made-up places land in another."""
    with tempfile.TemporaryDirectory(prefix=SECRET) as folder, tempfile.TemporaryDirectory() as here, contextlib.chdir(here):

        async def make() -> Lab:
            return Lab(Path(folder) / "workspace")

        lab = asyncio.run(make())
        made = lab.workspace.create_dataset("shapes")
        made.create_class("circle")
        with made.writing("samples") as tx:
            tx.cur.execute(
                "INSERT INTO samples(id, name, kind, width, height, since) SELECT i, 's' || i, 'image', 64, 48, 1 FROM range(1, 9) r(i)"
            )
        yield lab
        lab.close()


OPERATIONS = [
    (method, path)
    for path, methods in build(None).openapi()["paths"].items()
    for method in methods
    if path not in ENDLESS and not path.startswith(ELSEWHERE)
]


@pytest.fixture(scope="module")
def api(opened: Lab) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", build(opened))


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_no_request_breaks_the_service(api: Any, method: str, path: str) -> None:
    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=api[path][method].as_strategy(), known=booleans())
    def ask(case: Any, known: bool) -> None:
        if known and "dataset" in (case.path_parameters or {}):
            case.path_parameters["dataset"] = "shapes"
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        assert SECRET not in answer.text and "Traceback" not in answer.text and 'File "' not in answer.text

    ask()


def address(path: str, found: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: found.get(part[1], "1"), path)


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p in OPERATIONS if "{" in p], ids=lambda part: part)
def test_what_belongs_to_another_workspace_does_not_exist(opened: Lab, tmp_path: Path, method: str, path: str) -> None:
    """A true id from elsewhere gets the same answer as a made-up one."""
    with Workspace.open(tmp_path / "other") as other:
        theirs = other.create_dataset("theirs").id
    app = httpx.ASGITransport(build(opened), raise_app_exceptions=False)

    async def ask(number: str) -> tuple[int, str]:
        names = dict.fromkeys(["dataset", "run", "model", "upload", "plan"], number)
        async with httpx.AsyncClient(transport=app, base_url="http://lab") as client:
            answer = await client.request(method, address(path, names), headers={"Tus-Resumable": "1.0.0"}, json={})
        return answer.status_code, answer.text.replace(number, "…")

    unknown = asyncio.run(ask(uuid4().hex))
    assert unknown == asyncio.run(ask(theirs)) and 400 <= unknown[0] < 500
    if method == "get":
        assert unknown[0] == 404
