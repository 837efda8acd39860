"""Every right in the browser: a real JupyterLab, a real Chromium, and what came of each click asked of the service."""

from __future__ import annotations

import hashlib
import io
import json
import re
import urllib.error
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jupyterlab import Server, chromium, jupyterlab, open_lab, shoot
from PIL import Image

from comexp_lab.api import Operator, RequestType
from comexp_lab.rights.policies import SHIPPED
from comexp_lab.verify import verify_text

SECTIONS = ("stored", "correct", "erase", "freeze", "purposes", "mail", "requests", "policies", "authorities", "happened")


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's own files: a second version of the policy, and no details yet."""
    folder = tmp_path_factory.mktemp("operator")
    text = (SHIPPED / "comexp-2026-06-19.en.txt").read_text().replace("Privacy Policy", "Policy of Privacy", 1).encode()
    (folder / "newer.txt").write_bytes(text)
    row = (
        '[[version]]\nid = "comexp-2026-10-01"\nproduct = "comexp"\nversion = "2026-10-01"\neffective = 2026-10-01\nauthoritative = "en"\n'
        f'material = true\npurposes = ["marketing"]\n[version.texts.en]\nfile = "newer.txt"\nsha256 = "{hashlib.sha256(text).hexdigest()}"\n'
    )
    (folder / "registry.toml").write_text(row)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, operator: Path) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMEXP_POLICIES", str(operator))
        patch.setenv("COMEXP_OPERATOR", str(operator / "operator.toml"))
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


def until(page: Any, ready: Any, seconds: int = 15) -> None:
    for _ in range(10 * seconds):
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


def restore(page: Any, archive: Path) -> None:
    with page.expect_file_chooser() as chooser:
        part(page, "What is stored").get_by_role("button", name="Restore an archive…").click()
    chooser.value.set_files(archive)


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
    document = json.loads(Path(receipt.value.path()).read_text())
    assert document["@type"] == "dpv:ConsentReceipt" and document["dpv:hasRecordOfActivity"]["dct:identifier"] == given["id"]
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
    policies.get_by_text("The English text decides").first.wait_for()
    policies.get_by_role("button", name="What changed").click()
    assert "Policy of Privacy" in policies.locator(".cx-Diff .cx-mod-added").last.text_content()
    assert "Privacy Policy" in policies.locator(".cx-Diff .cx-mod-removed").last.text_content()
    shoot(page, "rights-policies")
    policies.get_by_role("button", name="Read").first.click()
    page.locator(".jp-Dialog .cx-Text", has_text="Privacy").wait_for()
    close(page)
    part(page, "Where to complain").get_by_text("Roskomnadzor").wait_for()
    who = rights(server, "privacy")["controller"]
    page.get_by_text(f"Answers for your data: {who['name']}, {who['contact']}").wait_for()
    happened = part(page, "What happened")
    happened.get_by_text(rights(server, "history")["head"]["root"]).wait_for()
    happened.get_by_text("You withdrew your consent to: marketing.").first.wait_for()
    shoot(page, "rights-happened")


def test_images_and_a_class_are_erased_with_certificates(page: Any, server: Server, operator: Path) -> None:
    erase = part(page, "Erase")
    first = dataset(server)["cover"]
    erase.get_by_label("Chosen images").check()
    erase.get_by_label("Image ids").fill(f"{first}")
    erase.get_by_role("button", name="See what would go").click()
    body = confirm(page, "pets")
    assert body["what"] == "samples" and body["counts"]["pictures and videos"] == 1
    act = page.get_by_role("link", name="Act of destruction")
    act.click()
    page.get_by_text("The operator's name is missing").wait_for()
    (operator / "operator.toml").write_text("".join(f'{name} = "{name} ООО"\n' for name in Operator.model_fields))
    with page.context.expect_page() as opened:
        act.click()
    opened.value.get_by_role("heading", name="Акт об уничтожении персональных данных").wait_for()
    assert opened.value.locator("td").first.evaluate("cell => getComputedStyle(cell).borderTopStyle") == "solid", "its own style is allowed"
    assert opened.value.get_by_text("person ООО, post ООО").count() == 1 and opened.value.pdf().startswith(b"%PDF")
    opened.value.close()
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


def test_a_model_that_saw_an_image_is_trained_anew_without_it(page: Any, server: Server) -> None:
    body = {"dataset": "pets", "model": "yolo11n.yaml", "epochs": 1, "imgsz": 64, "batch": 2}
    run = server.api("comexp/api/runs/train", "POST", body)["id"]
    until(page, lambda: server.api(f"comexp/api/runs/{run}")["status"] not in ("queued", "running"), 120)
    (former,) = server.api("comexp/api/models")
    erase = part(page, "Erase")
    erase.get_by_label("Chosen images").check()
    erase.get_by_label("Image ids").fill(str(dataset(server)["cover"]))
    erase.get_by_role("button", name="See what would go").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"Models that saw it: {former['name']}").wait_for()
    dialog.get_by_label("Delete them, and train them anew without it").check()
    dialog.get_by_text(f"Trained anew: {former['name']}").wait_for()
    shoot(page, "rights-models")
    assert confirm(page, "pets")["models"] == {"deleted": [], "retrained": [former["id"]]}
    close(page)
    until(page, lambda: server.api("comexp/api/models"), 120)
    (again,) = server.api("comexp/api/models")
    assert again["id"] != former["id"] and again["version"] != former["version"] and dataset(server)["samples"] == 4


def test_an_erasure_that_something_keeps_from_its_end_is_tried_again(page: Any, server: Server) -> None:
    """A store refuses: what lies at the place of a file cannot be removed as one."""
    kept = set((server.workspace / "vault").rglob("*"))
    run = server.api(f"comexp/api/datasets/{dataset(server)['id']}/export", "POST", {"format": "yolo"})["id"]
    until(page, lambda: server.api(f"comexp/api/runs/{run}")["status"] == "succeeded")
    (file,) = (path for path in set((server.workspace / "vault").rglob("*")) - kept if path.is_file())
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    erase = part(page, "Erase")
    erase.get_by_label("A class").check()
    erase.get_by_label("Class", exact=True).select_option("cat")
    erase.get_by_role("button", name="See what would go").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("cat")
    dialog.get_by_role("button", name="Erase for good").click()
    page.get_by_role("dialog").get_by_text("A file cannot be removed or written").wait_for()
    again = page.get_by_role("dialog").get_by_role("button", name="Try again")
    for _ in range(3):  # by itself it is tried again later and later
        with page.expect_response(re.compile("/retry")):
            again.click()
    (file / "in the way").rmdir()
    file.rmdir()
    again.click()
    page.get_by_role("button", name="Download certificate").wait_for(timeout=15_000)
    close(page)


def test_everything_is_taken_away_destroyed_and_brought_back(page: Any, server: Server, tmp_path: Path) -> None:
    stored = part(page, "What is stored")
    with page.expect_download(timeout=60_000) as download:
        stored.get_by_role("button", name="Download everything").click()
    archive = tmp_path / "my-data.zip"
    download.value.save_as(archive)
    assert any(name.endswith("ro-crate-metadata.json") for name in zipfile.ZipFile(archive).namelist())
    restore(page, archive)
    dialog = page.get_by_role("dialog")
    name, okay = dialog.get_by_label("New name of pets"), dialog.get_by_role("button", name="Bring it back")
    assert name.input_value() == "pets-2"
    name.fill("pets")
    dialog.get_by_text("There is already a dataset pets.").wait_for()
    assert okay.is_disabled()
    name.fill("birds")
    shoot(page, "rights-restore")
    name.press("Enter")
    page.get_by_text("Back again: birds").first.wait_for(timeout=60_000)
    assert dataset(server, "birds")["samples"] == dataset(server)["samples"]
    for each in ("pets", "birds"):
        erase = part(page, "Erase")
        erase.get_by_label("A dataset").check()
        erase.get_by_label("Dataset", exact=True).select_option(each)
        erase.get_by_role("button", name="See what would go").click()
        assert confirm(page, each)["what"] == "dataset"
        close(page)
    assert server.api("comexp/api/datasets") == []
    restore(page, archive)
    page.locator(".cx-Dataset", has_text="4 images").wait_for(timeout=60_000)


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
    known = [entry["id"] for entry in server.api("comexp/api/datasets")]
    keep = "ids => ids.forEach(id => localStorage.setItem(`comexp-lab:unsaved:${id}:1`, '{}'))"
    page.evaluate(keep, [*known, "of-another-lab"])
    assert confirm(page, "everything")["what"] == "account"
    close(page)
    assert known and server.api("comexp/api/datasets") == []
    unsaved = "() => Object.keys(localStorage).filter(name => name.startsWith('comexp-lab:unsaved')).join()"
    page.wait_for_function(f"() => ({unsaved})() === 'comexp-lab:unsaved:of-another-lab:1'")
    page.evaluate(keep, known)  # of a browser that was elsewhere
    page.reload()
    page.wait_for_function(f"() => ({unsaved})() === 'comexp-lab:unsaved:of-another-lab:1'")
    assert page.errors == []
