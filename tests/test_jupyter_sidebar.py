"""The sidebar in a real JupyterLab under a non-root base URL, used by a real Chromium, with the real lab service."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import signal
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot
from PIL import Image
from playwright.sync_api import TimeoutError

from comexp_lab import transport
from comexp_lab.rights.datamap import places
from comexp_lab.verify import verify_text

DROP = """([selector, name, data]) => {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  const target = document.querySelector(selector);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def picture(color: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 120), color).save(out, "JPEG")
    return out.getvalue()


def labelled_folder(folder: Path) -> Path:
    """Six pictures with one YOLO box each."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames:\n  0: cat\n  1: dog\n")
    for index, color in enumerate(("red", "green", "blue", "gold", "pink", "grey")):
        (folder / "images" / f"{index}.jpg").write_bytes(picture(color))
        (folder / "labels" / f"{index}.txt").write_text(f"{index % 2} 0.5 0.5 0.4 0.4\n")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    """JupyterLab with the sidebar open. Addresses outside of this machine are collected in ``page.outside``."""
    with chromium() as tab:
        tab.outside = []
        tab.on(
            "request", lambda sent: tab.outside.append(sent.url) if "localhost" not in sent.url[:20] and sent.url[:4] == "http" else None
        )
        open_lab(tab, server)
        tab.click('[data-id="comexp-panel"]')
        yield tab


def datasets(server: Server) -> dict[str, Any]:
    return {entry["name"]: entry for entry in server.api("comexp/api/datasets")}


def drop(page: Any, selector: str, name: str, data: bytes) -> None:
    page.evaluate(DROP, [selector, name, base64.b64encode(data).decode()])


def row(page: Any, name: str) -> Any:
    return page.locator(".cx-Dataset").filter(has=page.get_by_text(name, exact=True))


def test_an_empty_lab_says_what_to_do(page: Any) -> None:
    page.get_by_text("Drop images here").wait_for()
    page.get_by_text("Nothing has run yet").wait_for()
    assert page.locator("[aria-label='Comexp'][role=region]").count() == 1


def test_a_folder_becomes_a_labelled_dataset(page: Any, server: Server, tmp_path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_title("Upload a Folder…").click()
    chooser.value.set_files(labelled_folder(tmp_path / "pets"))
    page.locator(".cx-Report").get_by_text("6 images · 6 labels").wait_for(timeout=60_000)
    made = datasets(server)["pets"]
    assert (made["samples"], made["labels"], made["classes"]) == (6, 6, ["cat", "dog"])
    row(page, "pets").locator(".cx-Histogram").get_by_text("dog").wait_for()
    page.wait_for_function("document.querySelector('.cx-Cover img')?.naturalWidth > 0")
    shoot(page, "sidebar-light")


def test_a_picture_dropped_on_a_dataset_joins_it(page: Any, server: Server) -> None:
    drop(page, ".cx-Dataset-head", "new.jpg", picture("black"))
    row(page, "pets").get_by_text("7 images").wait_for(timeout=60_000)
    assert datasets(server)["pets"]["samples"] == 7


def test_a_file_that_is_nothing_changes_nothing_and_says_so(page: Any, server: Server) -> None:
    before = datasets(server)["pets"]
    names = {*datasets(server)}
    drop(page, ".cx-Dataset-head", "broken.jpg", b"\xff\xd8\xff this is no picture")
    said = page.locator(".cx-Notice.cx-mod-error, .cx-Problems").first
    said.wait_for(state="attached", timeout=60_000)
    assert "broken.jpg" in said.text_content()
    dismiss = page.locator(".cx-Notices, .cx-Report").get_by_role("button", name="Dismiss")
    while dismiss.count():
        dismiss.first.click()
    assert page.locator(".cx-Notice").count() == 0
    assert datasets(server)["pets"]["samples"] == before["samples"]
    drop(page, ".cx-Section", "notes.txt", b"hello")  # beside all datasets: the new one goes again
    page.locator(".cx-Notice", has_text="no images").wait_for(timeout=60_000)
    dismiss.first.click()
    assert {*datasets(server)} == names


def test_a_dataset_dragged_into_a_notebook_is_a_code_cell(page: Any) -> None:
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:create-new', { kernelName: 'python3' }); }")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()  # until then the notebook still moves
    made = page.locator(".jp-Notebook .jp-Cell", has_text='lab.dataset("pets")')
    for _ in range(8):  # the notebook may still move under the mouse, or its cell be made anew
        head = page.locator(".cx-Dataset-head").first.bounding_box()
        cell = page.locator(".jp-Notebook .jp-Cell").first.bounding_box()
        if not head or not cell:
            page.wait_for_timeout(200)
            continue
        page.mouse.move(head["x"] + 100, head["y"] + 15)
        page.mouse.down()
        page.mouse.move(head["x"] + 140, head["y"] + 40, steps=4)
        page.mouse.move(cell["x"] + 200, cell["y"] + 10, steps=8)
        page.mouse.up()
        with contextlib.suppress(TimeoutError):
            made.wait_for(timeout=5000)
            break
    made.wait_for()
    row(page, "pets").get_by_role("button", name="Insert code").click()
    page.wait_for_function("document.querySelectorAll('.jp-Notebook .jp-Cell').length >= 3")


def test_export_downloads_by_itself(page: Any) -> None:
    row(page, "pets").get_by_role("button", name="Export").click()
    with page.expect_download(timeout=60_000) as download:
        page.locator(".lm-Menu-item", has_text="COCO").click()
    assert download.value.suggested_filename == "pets-coco.zip"
    assert Path(download.value.path()).read_bytes()[:4] == b"PK\x03\x04"


def test_annotate_opens_a_tab(page: Any) -> None:
    row(page, "pets").get_by_role("button", name="Annotate").click()
    page.locator(".cx-AnnotatorTab canvas").first.wait_for()
    shoot(page, "annotator-tab")


def test_a_crashed_service_is_back_at_the_next_click(page: Any, server: Server) -> None:
    about = transport.alive(transport.socket_path(server.workspace))
    assert about
    os.kill(about["pid"], signal.SIGKILL)
    assert datasets(server)["pets"]["samples"] == 7
    again = transport.alive(transport.socket_path(server.workspace))
    assert again and again["pid"] != about["pid"]


def test_erasing_needs_the_name_and_ends_in_a_certificate(page: Any, server: Server) -> None:
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.evaluate("id => localStorage.setItem(`comexp-lab:unsaved:${id}:1`, '{}')", datasets(server)["pets"]["id"])
    row(page, "pets").get_by_role("button", name="More").click()
    page.locator(".lm-Menu-itemLabel:text-is('Erase dataset…')").click()
    confirm = page.locator(".jp-Dialog .jp-mod-accept")
    name = page.get_by_role("textbox", name="Name of the dataset")
    name.fill("pet")
    name.press("Enter")
    assert confirm.is_disabled() and "pets" in datasets(server)
    name.fill("pets")
    shoot(page, "sidebar-dark-erase")
    name.press("Enter")
    page.get_by_text("Unreadable since").wait_for()
    page.get_by_text("was destroyed").wait_for(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download certificate").click()
    verify_text(Path(download.value.path()).read_text())
    page.locator(".jp-Dialog").get_by_role("button", name="Close").click()
    page.get_by_text("Drop images here").wait_for()
    assert "pets" not in datasets(server)
    page.wait_for_function("() => !Object.keys(localStorage).some(name => name.startsWith('comexp-lab:unsaved'))")


KEPT = """async () => [
  ...Object.keys(localStorage).map(name => `localStorage/${name}`),
  ...Object.keys(sessionStorage).map(name => `sessionStorage/${name}`),
  ...(await indexedDB.databases()).map(({ name }) => `indexedDB/${name}`),
  ...(await caches.keys()).map(name => `cache/${name}`),
  ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => `worker/${scope}`)
]"""


def test_the_browser_keeps_what_the_data_map_says(page: Any) -> None:
    """T-Rex Label policy 3.2: cookies and their like are declared, and there is none that is not needed for what was asked for."""
    found = {*page.evaluate(KEPT), *(f"cookie/{cookie['name']}" for cookie in page.context.cookies())}
    declared = [pattern for place in places() if place.root == "browser" for pattern in place.paths]
    assert found and {name for name in found if not any(fnmatchcase(name, pattern) for pattern in declared)} == set()


def test_nothing_went_wrong_and_nothing_left_this_machine(page: Any) -> None:
    assert page.errors == []
    assert page.outside == []
