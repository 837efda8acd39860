"""The loop from the sidebar, in a real JupyterLab under a non-root base URL, in a real Chromium."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot

from comexp_lab.demo import make_shapes

DROP = """async ([selector, files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const target = document.querySelector(selector);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: transfer}));
  }
}"""
DRAWN = "() => [...document.querySelectorAll('img, canvas')].filter(i => (i.naturalWidth || i.width) > 30).length"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("loop")) as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Any]:
    with chromium() as opened:
        open_lab(opened, server)
        opened.get_by_role("tab", name="Comexp").first.click()
        opened.wait_for_selector(".cx-Section")
        yield opened
        assert opened.errors == []


def pictures() -> list[tuple[str, bytes]]:
    return [(Path(name).name, data) for name, data, _ in make_shapes(24, 128, seed=3)]


def datasets(server: Server) -> list[dict[str, Any]]:
    return server.api("comexp/api/datasets")


def until(ready: Any, seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return found


def answer_dialog(page: Any, text: str, accept: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill(text)
    dialog.get_by_role("button", name=accept).click()


def test_1_pictures_dropped_on_the_panel_become_a_dataset(server, page):
    files = [(name, base64.b64encode(data).decode()) for name, data in pictures()]
    page.evaluate(DROP, [".cx-Section", files])
    found = until(lambda: [d for d in datasets(server) if d["samples"] == len(files)])
    assert found[0]["labels"] == 0
    page.locator(".cx-List", has_text=f"{len(files)} images").wait_for()
    shoot(page, "1-dropped")


def test_2_fiftyone_shows_them_decrypted(server, page):
    page.locator(".cx-List li button").first.click()
    page.get_by_role("button", name="Browse").first.click()
    page.wait_for_selector("iframe.cx-BrowserTab-frame", timeout=120_000)
    frame = page.frame_locator("iframe.cx-BrowserTab-frame").locator("body")
    frame.wait_for(timeout=60_000)
    inner = next(f for f in page.frames if "/comexp/fo/" in f.url)
    until(lambda: inner.evaluate(DRAWN) >= 6, 90)
    shoot(page, "2-fiftyone")
    workspace = server.workspace
    secret = pictures()[0][1][100:164]
    assert not [p for p in workspace.rglob("*") if p.is_file() and secret in p.read_bytes()]
    family = [psutil.Process(server.pid)] + [
        p for p in psutil.process_iter() if "comexp_lab" in " ".join(p.cmdline()) and str(workspace) in " ".join(p.cmdline())
    ]
    others = [c for p in family[1:] for q in [p, *p.children(recursive=True)] for c in q.net_connections("tcp") if c.status == "LISTEN"]
    assert others == []


def test_3_a_run_is_followed_to_its_end(server, page):
    dataset = datasets(server)[0]
    edits = [
        {"op": "add", "sample": sample["id"], "value": {"class_name": "shape", "bbox": [8, 8, 60, 60]}}
        for sample in server.api(f"comexp/api/datasets/{dataset['id']}/samples/query", "POST", {"limit": 24})["samples"]
    ]
    server.api(f"comexp/api/datasets/{dataset['id']}/labels", "POST", {"edits": edits})
    body = {"dataset": dataset["id"], "model": "yolo11n.yaml", "epochs": 2, "imgsz": 64, "batch": 8, "device": "cpu"}
    run = server.api("comexp/api/runs/train", "POST", body)
    row = page.locator(".cx-Run", has_text=run["title"]).first
    row.wait_for()
    row.locator(".cx-Run-head").click()
    row.locator(".cx-Dot.cx-mod-succeeded").wait_for(timeout=180_000)
    row.locator("svg").first.wait_for()
    shoot(page, "3-run")
    assert server.api(f"comexp/api/runs/{run['id']}")["model"]


def test_4_erased_from_the_sidebar_with_a_certificate(server, page):
    name = datasets(server)[0]["name"]
    page.get_by_role("heading", name="Data rights").click()
    page.locator(".cx-Rights-actions").get_by_role("button", name="Erase…").click()
    page.get_by_role("tabpanel", name="Erase").get_by_role("button", name="See what would go").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.get_by_role("button", name="Erase for good").is_disabled()
    shoot(page, "4-erase")
    answer_dialog(page, name, "Erase for good")
    page.get_by_role("button", name="Download certificate").wait_for(timeout=30_000)
    shoot(page, "5-certificate")
    assert datasets(server) == []
    assert list((server.workspace / "datasets").iterdir()) == []
    page.get_by_role("button", name="Close").last.click()
    page.get_by_text("Drop images here").wait_for()
