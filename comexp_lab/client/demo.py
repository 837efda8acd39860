"""The quickstart without a browser, and its self-made data as a zip that can be imported."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from comexp_lab import transport
from comexp_lab.errors import NotFound


def shapes_zip(path: str | Path, count: int = 160, size: int = 128, seed: int = 0, *, labels: bool = True) -> Path:
    """Write ``count`` pictures of shapes as a zip, with exact COCO labels unless ``labels`` is off; the path of it."""
    from comexp_lab.demo import coco_of, make_shapes

    shapes = make_shapes(count, size, seed)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data, _ in shapes:
            archive.writestr(name, data)
        if labels:
            archive.writestr("instances.json", json.dumps(coco_of(shapes, size)))
    return Path(path)


def pictures_zip(path: str | Path) -> Path:
    """Write the real photographs that come with the dependencies as a zip, and return its path."""
    from comexp_lab.demo import real_pictures

    with zipfile.ZipFile(path, "w") as archive:
        for name, data in real_pictures():
            archive.writestr(name, data)
    return Path(path)


def notebook_path() -> Path:
    """The quickstart notebook, in a checkout or in an installed wheel."""
    package = Path(__file__).parent.parent
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if (folder / "quickstart.ipynb").exists():
            return folder / "quickstart.ipynb"
    raise NotFound("The quickstart notebook is not in this installation: get it from the project's repository.")


def run_quickstart(workspace: Path | None = None, told: Callable[[str], None] | None = None) -> Iterator[tuple[str, str]]:
    """Execute the quickstart and yield what happened, as (what, value). Any error stops it.

    ``told`` is called with the title of each part when it begins.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    def begins(cell: Any, cell_index: int) -> None:
        if told and cell.cell_type == "markdown" and cell.source.startswith("## "):
            told(cell.source.splitlines()[0].removeprefix("## "))

    notebook = nbformat.read(io.StringIO(notebook_path().read_text()), as_version=4)
    folder = Path(tempfile.mkdtemp(prefix="comexp-demo-"))
    os.environ["COMEXP_WORKSPACE"] = str(workspace.absolute() if workspace else folder / "workspace")
    try:
        no_ports = Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, config=no_ports, timeout=600, resources=resources, on_cell_start=begins).execute()
        for output in notebook.cells[-1].outputs:
            for line in output.get("text", "").splitlines():
                name, _, value = line.partition(": ")
                yield name.strip(), value.strip()
    finally:
        transport.stop_service(Path(os.environ["COMEXP_WORKSPACE"]))
        shutil.rmtree(folder, ignore_errors=True)
