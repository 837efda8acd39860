"""The widgets where they live: in a notebook of a real JupyterLab, while its kernel is busy and after it was killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot
from PIL import Image

OPEN = """import os
import comexp_lab as cx
lab = cx.open()
ds = lab.create_dataset('street', exist_ok=True)
if not len(ds):
    ds.add('photos')
os.getpid()"""
LABEL = [OPEN, "ds.annotate()", "import time\nfor _ in range(600):\n    time.sleep(0.1)"]

ERASE = [
    "import comexp_lab as cx\nlab = cx.open()\nds = lab.create_dataset('gone')\nds.add('secret-photos')",
    "print([sample.name for sample in ds.where('true').samples()])",
    "print('mine')",
    "import ipywidgets as w\nkept = w.Label('also mine')\nw.VBox([w.Label(ds.where('true').samples()[0].name), kept])",
    "kept",
    "lab.rights.plan_erasure(ds).execute(confirm='gone')",
]
SAVED = ".jupyter/lab/user-settings/@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"


def notebook(path: Path, cells: list[str]) -> None:
    listed = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for n, source in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": listed, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("jl")
    (root / "photos").mkdir()
    for n, colour in enumerate(["teal", "sienna", "slateblue"]):
        Image.new("RGB", (640, 480), colour).save(root / "photos" / f"{n}.png")
    notebook(root / "label.ipynb", LABEL)
    (root / "secret-photos").mkdir()
    Image.new("RGB", (64, 48), "teal").save(root / "secret-photos" / "anna-at-the-lake-1984.png")
    notebook(root / "erase.ipynb", ERASE)
    book = json.loads((root / "erase.ipynb").read_text())
    attached = {"a.png": {"text/plain": "anna-at-the-lake-1984.png"}}
    note = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "![a](attachment:a.png)", "attachments": attached}
    book["cells"].append(note)
    (root / "erase.ipynb").write_text(json.dumps(book))
    (root / "home" / SAVED).parent.mkdir(parents=True)
    (root / "home" / SAVED).write_text(json.dumps({"saveState": True}))
    with jupyterlab(root) as running:
        yield running


def boxes(server: Server) -> list[list[int]]:
    dataset = server.api("comexp/api/datasets")[0]["id"]
    labels = server.api(f"comexp/api/datasets/{dataset}/samples/1")["labels"]
    return [[round(v) for v in label["bbox"]] for label in labels]


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw in the fitted 640 × 480 image."""
    box = page.locator(".stage").bounding_box()
    scale = min((box["width"] - 32) / 640, (box["height"] - 32) / 480)
    left, top = box["x"] + (box["width"] - 640 * scale) / 2, box["y"] + (box["height"] - 480 * scale) / 2
    page.mouse.move(left + start[0] * scale, top + start[1] * scale)
    page.mouse.down()
    page.mouse.move(left + end[0] * scale, top + end[1] * scale, steps=4)
    page.mouse.up()


def wait_for(what: Any, wanted: Any, within_s: float = 10) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end and what() != wanted:
        time.sleep(0.1)
    assert what() == wanted


def open_notebook(page: Any, server: Server, name: str) -> None:
    """Open a notebook and wait until its kernel answers."""
    open_lab(page, server, name)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)


def execute(page: Any, command: str) -> None:
    page.evaluate("command => { void window.jupyterapp.commands.execute(command); }", command)


def test_boxes_are_saved_while_the_kernel_is_busy_and_after_it_died(server: Server) -> None:
    with chromium() as page:
        open_notebook(page, server, "label.ipynb")
        execute(page, "notebook:run-all-cells")
        page.wait_for_selector(".frame[aria-current=true]", timeout=60_000)
        execute(page, "notebook:insert-cell-below")
        page.wait_for_function(f"() => document.querySelectorAll('.jp-Notebook .jp-Cell').length === {len(LABEL) + 1}")
        page.locator(".jp-Notebook .jp-Cell .cm-content").nth(-2).click()
        page.keyboard.type("typed = 1")
        page.locator(".stage").scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        assert page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status") == "busy"

        drag(page, (100, 100), (200, 180))
        page.keyboard.type("car")
        page.keyboard.press("Enter")
        wait_for(lambda: boxes(server), [[100, 100, 100, 80]])
        page.wait_for_selector(".save[data-state=saved]")
        shoot(page, "jupyterlab-annotator")
        assert page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status") == "busy"

        # Keys that mean something to a notebook, such as taking back the new cell: none of them reaches it.
        for key in ["Escape", "x", "a", "b", "Delete", "d", "d", "c", "Escape", "Enter", "0", "0", "Control+z", "m", "y"]:
            page.keyboard.press(key)
        assert page.locator(".jp-Notebook .jp-Cell").count() == len(LABEL) + 1
        assert page.get_by_text("typed = 1").count() == 1

        pid = int(page.locator(".jp-OutputArea-output pre").first.inner_text())
        os.kill(pid, signal.SIGKILL)
        page.get_by_role("button", name="OK").click()
        before = boxes(server)
        drag(page, (300, 200), (360, 260))
        wait_for(lambda: boxes(server), [*before, [300, 200, 60, 60]])
        page.wait_for_selector(".save[data-state=saved]")
        assert page.errors == []


def test_what_an_open_notebook_shows_of_an_erased_dataset_goes_with_it_and_stays_gone(server: Server) -> None:
    shown, file = ".jp-Notebook", server.root / "erase.ipynb"
    with chromium() as page:
        open_notebook(page, server, "erase.ipynb")
        execute(page, "notebook:run-all-cells")
        page.locator(shown).get_by_text("anna-at-the-lake-1984.png").first.wait_for(timeout=30_000)
        page.locator(shown).get_by_text("Erased").first.wait_for(timeout=60_000)
        page.locator(shown).get_by_text("anna-at-the-lake-1984.png").first.wait_for(state="detached")
        page.get_by_text("This run is no longer there").wait_for()
        shoot(page, "jupyterlab-erased")
        execute(page, "docmanager:save")
        page.wait_for_function("() => !document.querySelector('.jp-mod-current.jp-mod-dirty')")
        assert page.get_by_role("dialog").count() == 0, "nobody is asked whether to overwrite"
        assert page.locator(shown).get_by_text("mine", exact=True).count() == 1
        assert page.errors == []
    book = json.loads(file.read_text())
    assert [bool(cell.get("outputs")) for cell in book["cells"]] == [True, False, True, False, True, True, False]
    assert "anna-at-the-lake" not in file.read_text() and "also mine" in json.dumps(book["metadata"]["widgets"])
