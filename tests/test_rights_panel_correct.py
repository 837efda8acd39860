"""Correcting in the browser: names, texts in labels and the address; what came of each asked of the service."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot
from PIL import Image

import comexp_lab as cx
from comexp_lab.verify import verify_text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("correct")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    with chromium() as tab:
        open_lab(tab, server)
        tab.click('[data-id="comexp-panel"]')
        tab.get_by_role("heading", name="Data rights").click()
        tab.locator(".cx-Rights-nav button", has_text="Correct").click()  # the second click from anywhere in JupyterLab
        tab.locator("[data-cx-form=correct]").wait_for()
        yield tab


@pytest.fixture(scope="module")
def lab(server: Server, page: Any) -> Any:
    return cx.open(server.workspace)


@pytest.fixture(scope="module")
def ds(lab: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A dataset "peds" with a picture, a class "persn" and a note that names somebody wrongly."""
    folder = tmp_path_factory.mktemp("files")
    out = io.BytesIO()
    Image.new("RGB", (160, 120), "teal").save(out, "JPEG")
    (folder / "jon smith at home.jpg").write_bytes(out.getvalue())
    ds = lab.create_dataset("peds")
    ds.add(folder)
    ds.label(ds.view.ids[0], "persn", (1, 2, 30, 40), attributes={"note": "seen by Jon Smith"})
    ds.export("coco", folder / "out.zip")
    return ds


def correct(page: Any, kind: str, name: str, to: str, **fields: str) -> None:
    """Fill the form by keyboard, look at the dry run, type the name; the certificate, verified without the lab."""
    form = page.locator("[data-cx-form=correct]")
    form.locator(f"input[value={kind}]").check()
    for label, value in fields.items():
        form.get_by_label(label.replace("_", " ")).fill(value)
    form.get_by_label("What it is to be").fill(to)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").wait_for()
    shoot(page, f"correct-{kind}")
    dialog.get_by_role("textbox").fill(name)
    page.keyboard.press("Enter")
    page.get_by_text("The former value is gone since").wait_for()
    save = page.get_by_role("button", name="Download certificate")
    save.wait_for(timeout=60_000)
    with page.expect_download() as download:
        save.click()
    text = Path(download.value.path()).read_text()
    page.get_by_text("A search found nothing of the former value").wait_for()
    page.locator(".jp-Dialog").get_by_role("button", name="Close").click()
    verify_text(text)
    assert '"correction"' in text and "Jon" not in text


def test_names_texts_and_the_address_are_corrected_with_certificates(page: Any, lab: Any, ds: Any) -> None:
    asked = lab.rights.request("rectification", about=ds)
    assert lab.datasets["peds"].info.restricted
    page.get_by_text("This answers my request").wait_for()
    correct(page, "dataset", "peds", "pets")
    assert ds.id == lab.datasets["pets"].id
    assert asked.state == "closed" and not lab.datasets["pets"].info.restricted
    correct(page, "class", "persn", "person")
    assert ds.classes == ["person"]
    correct(page, "text", "pets", "Joan Smith", Wrong_text="Jon Smith")
    assert ds.view.samples()[0].labels[0].attributes == {"note": "seen by Joan Smith"}
    correct(page, "samples", "jon smith at home.jpg", "home.jpg", Image_id=str(ds.view.ids[0]))
    assert ds.view.samples()[0].name == "home.jpg"
    lab.rights.email = "jon@example.org"
    correct(page, "email", "e-mail", "joan@example.org")
    assert lab.rights.email == "joan@example.org"
    rows = page.locator(".cx-RightsPage-part .cx-Rows li")
    assert rows.count() == 5 and "Jon" not in "".join(rows.all_text_contents())
    assert page.locator(".cx-RightsPage").text_content().count("peds") == 0
    shoot(page, "correct-done")


def test_what_cannot_be_corrected_is_said_and_the_form_is_in_three_languages_and_two_themes(page: Any) -> None:
    form = page.locator("[data-cx-form=correct]")
    form.locator("input[value=text]").check()
    form.get_by_label("Wrong text").fill("nobody")
    form.get_by_label("What it is to be").fill("somebody")
    form.get_by_role("button", name="See what would change").click()
    page.locator(".cx-Notice", has_text="stands in no label").first.wait_for()
    for language, title in (("ru", "Исправить"), ("zh", "更正"), ("en", "Correct")):
        page.locator(".cx-RightsPage-head select").select_option(language)
        page.locator(".cx-RightsPage h2", has_text=title).wait_for()
        shoot(page, f"correct-{language}")
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_timeout(1500)
    shoot(page, "correct-dark")
    assert page.errors == []
