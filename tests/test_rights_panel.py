"""Every right in the browser: a real JupyterLab, a real Chromium, and what came of each click asked of the service."""

from __future__ import annotations

import io
import json
import urllib.error
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot
from PIL import Image

from comexp_lab.api import RequestType
from comexp_lab.verify import verify_text

SECTIONS = ("stored", "correct", "erase", "freeze", "purposes", "mail", "requests", "policies", "authorities", "happened")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("rights")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """JupyterLab with a dataset "pets" of six pictures, and the section "Data rights" open."""
    with chromium() as tab:
        open_lab(tab, server)
        tab.click('[data-id="comexp-panel"]')
        with tab.expect_file_chooser() as chooser:
            tab.get_by_title("Upload a Folder…").click()
        chooser.value.set_files(pets(tmp_path_factory.mktemp("files") / "pets"))
        tab.locator(".cx-Report").get_by_role("button", name="Dismiss").click(timeout=60_000)
        tab.get_by_role("heading", name="Data rights").click()
        yield tab


def pets(folder: Path) -> Path:
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames:\n  0: cat\n  1: dog\n")
    for index, color in enumerate(("red", "green", "blue", "gold", "pink", "grey")):
        out = io.BytesIO()
        Image.new("RGB", (160, 120), color).save(out, "JPEG")
        (folder / "images" / f"{index}.jpg").write_bytes(out.getvalue())
        (folder / "labels" / f"{index}.txt").write_text(f"{index % 2} 0.5 0.5 0.4 0.4\n")
    return folder


def rights(server: Server, path: str) -> Any:
    return server.api(f"comexp/api/rights/{path}")


def dataset(server: Server, name: str = "pets") -> dict[str, Any]:
    return next(entry for entry in server.api("comexp/api/datasets") if entry["name"] == name)


def status_of(server: Server, path: str) -> int:
    try:
        server.api(f"comexp/api/{path}")
    except urllib.error.HTTPError as error:
        return error.code
    except ValueError:  # a picture is no JSON
        return 200
    return 200


def until(page: Any, ready: Any) -> None:
    for _ in range(150):
        if ready():
            return
        page.wait_for_timeout(100)
    raise AssertionError("waited in vain")


def part(page: Any, name: str) -> Any:
    """A section, by a click on its row in the sidebar."""
    page.locator(".cx-Rights-nav button", has_text=name).click()
    page.locator(f".cx-RightsPage-tabs [aria-selected=true]:text-is('{name}')").wait_for()
    return page.get_by_role("tabpanel", name=name)


def switch(page: Any, name: str) -> Any:
    return part(page, "Uses and consents").get_by_role("switch", name=f"Allow: {name}", exact=True)


def confirm(page: Any, name: str) -> dict[str, Any]:
    """Type the name in the dry run; the certificate, downloaded and verified without the lab."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("button", name="Erase for good").click()
    page.get_by_text("Unreadable since").wait_for()
    save = page.get_by_role("button", name="Download certificate")
    save.wait_for(timeout=60_000)
    with page.expect_download() as download:
        save.click()
    text = Path(download.value.path()).read_text()
    verify_text(text)
    return json.loads(text)["body"]


def close(page: Any) -> None:
    page.locator(".jp-Dialog").get_by_role("button", name="Close").click()


def test_every_section_is_one_click_away_and_can_be_reached_by_keyboard(page: Any) -> None:
    titles = page.locator(".cx-Rights-nav button > :first-child").all_text_contents()
    assert len(titles) == len(SECTIONS)
    for title in titles:
        part(page, title)
    page.locator(".cx-RightsPage-tabs [aria-selected=true]").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".cx-RightsPage-tabs [aria-selected=true]", has_text="What is stored").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "What is stored"
    stored = page.get_by_role("tabpanel", name="What is stored")
    stored.locator(".cx-Group", has_text="pets").get_by_text("thumbnails").wait_for()


def test_a_frozen_dataset_shows_nothing_and_asks_for_nothing(page: Any, server: Server) -> None:
    pets = dataset(server)
    thumbnail = f"datasets/{pets['id']}/samples/{pets['cover']}/thumbnail"
    row = page.locator(".cx-Dataset", has_text="pets")
    row.click(button="right")
    page.locator(".lm-Menu-itemLabel:text-is('Freeze')").click()
    row.locator(".cx-Badge", has_text="frozen").wait_for()
    assert status_of(server, thumbnail) == 423
    refused = list[str]()
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    page.wait_for_timeout(1500)
    assert page.locator(".cx-Notice").all_text_contents() == []
    assert refused == [] and row.locator("img").count() == 0
    part(page, "Freeze").get_by_role("button", name="Unfreeze").click()
    row.locator("img").wait_for()
    assert status_of(server, thumbnail) == 200


def test_a_consent_is_taken_back_as_easily_as_it_is_given(page: Any, server: Server) -> None:
    news = switch(page, "News by e-mail")
    assert news.get_attribute("aria-checked") == "false"
    news.click()
    page.locator(".cx-Consent", has_text="You agreed.").wait_for()
    given = rights(server, "consents")[-1]
    assert (given["purposes"], given["method"], given["withdrawn"]) == (["marketing"], "panel", None)
    page.get_by_role("button", name="Text agreed to").click()
    assert "Comexp" in page.locator(".jp-Dialog .cx-Text").text_content()
    close(page)
    with page.expect_download() as receipt:
        page.get_by_role("button", name="Receipt").click()
    assert given["id"] in Path(receipt.value.path()).read_text()
    news.click()
    page.locator(".cx-Consent", has_text="You withdrew").wait_for()
    assert rights(server, "consents")[-1]["withdrawn"]


def test_an_objection_closes_a_purpose_until_it_is_lifted(page: Any, server: Server) -> None:
    def closed() -> Any:
        return next(row for row in rights(server, "purposes") if row["purpose"] == "train")["closed"]

    training = switch(page, "Training models")
    training.click()
    until(page, closed)
    page.locator(".cx-Purpose", has_text="Training models").get_by_text("you objected").wait_for()
    training.click()
    until(page, lambda: not closed())
    page.get_by_role("button", name="Do not sell or share my data").click()
    page.get_by_text("Opted out on").wait_for()
    shoot(page, "rights-uses")


def test_an_address_is_given_and_erased_alone(page: Any, server: Server) -> None:
    mail = part(page, "E-mail and notices")
    mail.get_by_role("textbox").fill("ann@example.org")
    mail.get_by_role("button", name="Save").click()
    mail.get_by_role("button", name="Erase the address…").click()
    assert rights(server, "email")["address"] == "ann@example.org"
    assert confirm(page, "e-mail")["what"] == "email"
    close(page)
    assert rights(server, "email")["address"] is None
    assert dataset(server)["samples"] == 6


@pytest.mark.parametrize("kind", get_args(RequestType))
def test_ten_requests_can_be_made_in_writing(page: Any, server: Server, kind: str) -> None:
    asked = part(page, "Requests")
    before = {each["id"] for each in rights(server, "requests")}
    asked.get_by_role("button", name="New request").click()
    asked.locator(f"input[value={kind}]").check()
    asked.get_by_role("textbox").fill(f"please: {kind}")
    if kind == "rectification":
        shoot(page, "rights-request")
    asked.get_by_role("button", name="Send the request").click()
    page.get_by_text("its clocks run").wait_for()
    made = next(each for each in rights(server, "requests") if each["id"] not in before)
    assert made["type"] == kind and made["deadlines"]
    assert rights(server, f"requests/{made['id']}")["words"] == {"message": f"please: {kind}"}
    row = asked.locator(f"[data-cx-request='{made['id']}']")
    row.get_by_text("Log", exact=True).click()
    row.get_by_text(f"please: {kind}").wait_for()
    row.get_by_text("You asked").wait_for()
    row.get_by_role("button", name="Written reply").click()
    row.locator(".cx-Text", has_text=made["id"]).wait_for()
    if kind == "restriction":
        assert dataset(server)["restricted"], "that is what was asked for"
        row.get_by_role("button", name="Take it back").click()
        row.get_by_text("taken back").first.wait_for()


def test_a_request_is_taken_back(page: Any, server: Server) -> None:
    row = part(page, "Requests").locator(".cx-Request", has_text="Correct it")
    row.get_by_role("button", name="Take it back").click()
    row.get_by_text("taken back").wait_for()
    assert next(each for each in rights(server, "requests") if each["type"] == "rectification")["state"] == "cancelled"
    assert not dataset(server)["restricted"], "it was frozen while it was asked for (152-FZ)"
    shoot(page, "rights-requests")


def test_policies_authorities_and_what_happened_can_be_read(page: Any, server: Server) -> None:
    policies = part(page, "Policies")
    policies.get_by_text("The English text decides").wait_for()
    policies.get_by_role("button", name="Read").first.click()
    page.locator(".jp-Dialog .cx-Text", has_text="Privacy").wait_for()
    close(page)
    part(page, "Where to complain").get_by_text("Roskomnadzor").wait_for()
    happened = part(page, "What happened")
    happened.get_by_text(rights(server, "history")["head"]["root"]).wait_for()
    happened.get_by_text("You withdrew your consent to: marketing.").first.wait_for()
    shoot(page, "rights-happened")


def test_images_and_a_class_are_erased_with_certificates(page: Any, server: Server) -> None:
    erase = part(page, "Erase")
    first = dataset(server)["cover"]
    erase.get_by_label("Chosen images").check()
    erase.get_by_label("Image ids").fill(f"{first}")
    erase.get_by_role("button", name="See what would go").click()
    body = confirm(page, "pets")
    assert body["what"] == "samples" and body["counts"]["pictures and videos"] == 1
    assert page.get_by_role("link", name="Act of destruction").get_attribute("href").endswith("/act")
    shoot(page, "rights-certificate")
    close(page)
    assert dataset(server)["samples"] == 5
    erase.get_by_label("A class").check()
    erase.get_by_label("Class", exact=True).select_option("dog")
    erase.get_by_role("button", name="See what would go").click()
    assert confirm(page, "dog")["what"] == "class"
    close(page)
    assert "dog" not in dataset(server)["classes"]
    assert erase.locator(".cx-Rows li").count() == 3


def test_everything_is_taken_away_destroyed_and_brought_back(page: Any, server: Server, tmp_path: Path) -> None:
    stored = part(page, "What is stored")
    with page.expect_download(timeout=60_000) as download:
        stored.get_by_role("button", name="Download everything").click()
    archive = tmp_path / "my-data.zip"
    download.value.save_as(archive)
    assert any(name.endswith("ro-crate-metadata.json") for name in zipfile.ZipFile(archive).namelist())
    erase = part(page, "Erase")
    erase.get_by_label("A dataset").check()
    erase.get_by_role("button", name="See what would go").click()
    assert confirm(page, "pets")["what"] == "dataset"
    close(page)
    assert server.api("comexp/api/datasets") == []
    stored = part(page, "What is stored")
    with page.expect_file_chooser() as chooser:
        stored.get_by_role("button", name="Restore an archive…").click()
    chooser.value.set_files(archive)
    page.locator(".cx-Dataset", has_text="5 images").wait_for(timeout=60_000)


def test_the_language_can_be_chosen(page: Any, server: Server) -> None:
    for language, title in (("ru", "Права на данные"), ("zh", "数据权利"), ("en", "Data rights")):
        page.locator(".cx-RightsPage-head select").select_option(language)
        page.locator(".cx-RightsPage h1", has_text=title).wait_for()
        page.get_by_role("heading", name=title, level=3).wait_for()
        for section in ("purposes", "requests", "happened") if language != "en" else ():
            page.locator(f"#cx-rights-tab-{section}").click()
            page.wait_for_timeout(400)
            shoot(page, f"rights-{section}-{language}")


def test_the_account_is_erased_at_last(page: Any, server: Server) -> None:
    erase = part(page, "Erase")
    erase.get_by_label("Everything").check()
    erase.get_by_role("button", name="See what would go").click()
    assert confirm(page, "everything")["what"] == "account"
    close(page)
    assert server.api("comexp/api/datasets") == []
    assert page.errors == []
