"""The card of a run and the browser frame in a real Chromium, against real runs of the real lab service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterlab import chromium, shoot
from PIL import Image
from widgets_page import Page, serve

import comexp_lab as cx
from comexp_lab import demo, transport
from comexp_lab.transport import stop_service


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[cx.Lab, Page, Any]]:
    workspace = tmp_path_factory.mktemp("cards") / "workspace"
    opened = cx.open(workspace)
    with serve(transport.socket_path(workspace)) as server, chromium(width=1000, height=760) as page:
        yield opened, server, page
        page.goto("about:blank")
    stop_service(workspace)


def card(bench: tuple[cx.Lab, Page, Any], run: str, theme: str = "light") -> Any:
    _, server, page = bench
    page.errors.clear()
    page.goto(server.url("run", json.dumps({"run": run, "status": "", "progress": 0.0}), theme))
    page.wait_for_selector(".status[data-status]")
    return page


def test_import_card_tells_what_came_in_and_what_did_not(bench: tuple[cx.Lab, Page, Any], tmp_path: Path) -> None:
    lab = bench[0]
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "good.png")
    (tmp_path / "<b>bad<br>.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    lab.create_dataset("import").add(tmp_path)
    page = card(bench, lab.runs[0].id)
    page.wait_for_selector(".status[data-status=succeeded]")
    assert "Images" in page.locator(".facts").inner_text()
    assert page.get_by_role("region", name="Problems").get_by_text("<b>bad<br>.jpg").is_visible()
    assert page.locator("table b").count() == 0
    assert page.get_by_role("button", name="Cancel").is_hidden()
    shoot(page, "card-import")
    assert page.errors == []


def test_unknown_run_is_one_sentence(bench: tuple[cx.Lab, Page, Any]) -> None:
    _, server, page = bench
    page.goto(server.url("run", json.dumps({"run": "nope", "status": "", "progress": 0.0})))
    page.get_by_text("This run is no longer there").wait_for()
    assert page.get_by_text("Loss").is_hidden(), "nothing is shown of a run that nobody knows"


def test_training_card_lives_without_the_kernel(bench: tuple[cx.Lab, Page, Any], tmp_path: Path) -> None:
    """Curves grow while it trains; cancelling from the card stops it, and it can go on from there."""
    lab = bench[0]
    demo.write(str(tmp_path), 24)
    dataset = lab.create_dataset("shapes")
    dataset.add(tmp_path)
    run = dataset.fine_tune("yolo11n.yaml", epochs=60, imgsz=64, batch=8, device="cpu", workers=0)
    page = card(bench, run.id)
    page.wait_for_selector(".chart .line", timeout=120_000)
    page.wait_for_function("() => window.model.get('status') === 'running' && window.model.get('progress') > 0")
    assert "left" in page.locator(".time").inner_text()
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") is not None
    plot = page.locator(".plot").first
    plot.hover()
    assert "epoch" in page.locator(".tip").first.inner_text()
    shoot(page, "card-training")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector(".status[data-status=cancelled]", timeout=60_000)
    assert run.status == "cancelled"
    assert page.get_by_role("button", name="Resume").is_visible()
    assert page.errors == []


def test_browser_frame_shows_images_and_tells_what_is_selected(bench: tuple[cx.Lab, Page, Any], tmp_path: Path) -> None:
    """FiftyOne in a frame below the base URL; a click in it is a trait in Python."""
    lab, server, page = bench
    demo.write(str(tmp_path), 6)
    dataset = lab.create_dataset("browse")
    dataset.add(tmp_path)
    traits = {"browse": dataset.browse().browse, "selected": [], "view": None, "status": "starting"}
    page.goto(server.url("browser", json.dumps(traits)))
    app = page.frame_locator("iframe[title=FiftyOne]")
    app.locator("[data-cy=looker] canvas[canvas-loaded=true]").first.wait_for(timeout=120_000)
    shoot(page, "browser-frame")
    link = page.get_by_role("link", name="Open in a tab").get_attribute("href")
    assert link == page.locator("iframe[title=FiftyOne]").get_attribute("src")
    app.locator("[data-cy=looker]").first.hover()
    app.locator("label[data-cy^=looker-checkbox]").first.dispatch_event("click")
    page.wait_for_function("() => window.model.get('selected').length === 1")
    assert page.evaluate("window.sent.at(-1).selected") == [1]
    assert "6 images, 1 selected" in page.locator(".message").inner_text()
