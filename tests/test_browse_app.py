"""FiftyOne's App on encrypted pictures, for real: service, browse service, mongod, Chromium behind a base URL."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from browse_rig import COLORS, Door, Street, listening, pictures, wait_for

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.api import BrowseIn, Edit, ViewSpec
from comexp_lab.rights import datamap, needles
from tests.test_rights_canaries import collected

CHROMIUM = Path("/usr/bin/chromium")
LAUNCH = {"executable_path": str(CHROMIUM), "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    from comexp_lab.transport import stop_service

    root = tmp_path_factory.mktemp("browse")
    workspace = root / "workspace"
    perch(root)
    made = Street(cx.open(workspace), workspace, root / "pictures")
    made.ready()
    yield made
    stop_service(workspace)
    del os.environ["PYTHONPATH"]


def perch(root: Path) -> None:
    """A module that the browse service could import, and that sings when somebody does."""
    (root / "modules").mkdir()
    song = f"open({str(root / 'sang')!r}, 'w').close()"
    (root / "modules" / "browse_canary.py").write_text(f"{song}\nclass Canary:\n    def __init__(self, *a, **k): pass\n")
    os.environ["PYTHONPATH"] = str(root / "modules")


@pytest.fixture(scope="module")
def page(street: Street) -> Iterator[Any]:
    """The App in Chromium, below /user/ann/."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    door = Door(street.workspace)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(door.url + street.opened.path)
        yield page
        browser.close()
    door.close()


def colors_on(page: Any) -> set[int]:
    """Which of the pictures can be seen."""
    import numpy as np
    from PIL import Image

    shot = page.screenshot()
    if folder := os.environ.get("COMEXP_SCREENSHOTS"):
        (Path(folder) / "browse.png").write_bytes(shot)
    seen = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)[:, 310:]
    return {i for i, color in enumerate(COLORS) if (np.abs(seen - color).max(axis=2) < 12).sum() > 3000}


def test_the_grid_draws_pictures_that_are_only_encrypted_on_disk(street: Street, page: Any) -> None:
    wait_for(lambda: colors_on(page) == set(range(len(COLORS))), 60, 0.5)
    media = [url for url in page.asked if "/media?" in url]
    assert media and all("thumb" in url for url in media)


def test_a_browser_keeps_settings_of_the_app_and_no_names(street: Street, page: Any) -> None:
    """FiftyOne keeps the classes that somebody hides under the id of the dataset."""
    page.evaluate("localStorage.setItem('fo-hiddenLabels-x-y', 'cat')")
    assert page.evaluate("localStorage.getItem('fo-hiddenLabels-x-y')") == "cat"
    stored = "['localStorage', 'sessionStorage'].flatMap(kind => Object.keys(window[kind]).map(name => `${kind}/${name}`))"
    kept = page.evaluate(stored)
    declared = [pattern for place in datamap.places() if place.root == "browser" for pattern in place.paths]
    assert kept and not [name for name in kept if not any(fnmatchcase(name, pattern) for pattern in declared)], kept


def test_selection_reaches_python(street: Street, page: Any) -> None:
    wait_for(lambda: colors_on(page), 30, 0.5)
    page.mouse.move(420, 230)
    page.locator("[data-cy=looker] input[type=checkbox]").first.dispatch_event("click")
    wait_for(lambda: street.now.selected, 5)
    assert street.now.selected[0] in range(1, 7)


def test_an_open_app_shows_what_changes_in_the_store(street: Street, page: Any) -> None:
    before = len(page.asked)
    street.dataset.label(1, "sign", (100, 100, 20, 20))
    wait_for(lambda: page.evaluate("1") and any("graphql" in url for url in page.asked[before:]), 5)


def test_sample_tags_come_home(street: Street) -> None:
    before = street.dataset.revision
    body = {"dataset": "Street 1", "view": [], "sample_ids": [f"{2:024x}"], "changes": {"night": True}, "filters": {}}
    with street.fo() as fo:
        assert fo.post("tag", json=body).status_code == 200
    took = wait_for(lambda: tags_of(street, 2) == ["night"], 2.0)
    assert street.dataset.revision == before + 1, took


def tags_of(street: Street, sample: int) -> list[str]:
    return street.dataset.sql(f"SELECT tags FROM samples WHERE id = {sample}").column(0).to_pylist()[0]


def labels_of(street: Street, sample: int) -> list[dict[str, Any]]:
    query = f"SELECT * FROM labels WHERE sample = {sample} ORDER BY id"
    return street.dataset.sql(query).to_pylist()


def patch(street: Street, sample: int, field: str, label: str | None, operations: list[dict[str, Any]]) -> Any:
    """As the App's annotation sidebar saves."""
    document = street.document(sample)
    address = f"dataset/{document['_dataset_id']}/sample/{sample:024x}"
    modified = document["last_modified_at"]["datetime"]
    with street.fo() as fo:
        headers = {"content-type": "application/json-patch+json", "if-match": f'"{modified / 1000}"'}
        where = f"{address}/{field}/{label}" if label else address
        return fo.patch(where, json=operations, headers=headers)


def test_label_edits_come_home_as_revisions(street: Street) -> None:
    box = next(row for row in labels_of(street, 3) if row["kind"] == "box" and row["state"] == "accepted")
    before = street.dataset.revision
    answer = patch(
        street, 3, "ground_truth.detections", f"{box['id']:024x}",
        [{"op": "replace", "path": "/label", "value": "dog"}, {"op": "replace", "path": "/bounding_box", "value": [0.5, 0.5, 0.25, 0.25]}],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    wait_for(lambda: street.dataset.revision == before + 1, 2.0)
    now = next(row for row in labels_of(street, 3) if row["id"] == box["id"])
    assert (now["class"], now["x"], now["y"], now["w"], now["h"]) == ("dog", 160, 120, 80, 60)
    assert len(labels_of(street, 3)) == 6
    wait_for(lambda: street.dataset.revision == before + 1, 1.0)
    time.sleep(1.0)
    assert street.dataset.revision == before + 1, "our own writing must not come back as an edit"


def test_new_deleted_and_reviewed_labels_come_home(street: Street) -> None:
    rows = {(row["kind"], row["state"]): row["id"] for row in labels_of(street, 4)}
    drawn = {"_cls": "Detection", "_id": {"$oid": uuid4().hex[:24]}, "label": "tram", "bounding_box": [0.25, 0.25, 0.5, 0.5], "tags": []}
    answer = patch(street, 4, "", None, [{"op": "add", "path": "/ground_truth/detections/-", "value": drawn}])
    assert answer.status_code == 200, answer.text
    wait_for(lambda: any(row["class"] == "tram" for row in labels_of(street, 4)), 2.0)
    tram = next(row for row in labels_of(street, 4) if row["class"] == "tram")
    assert (tram["x"], tram["y"], tram["w"], tram["h"], tram["state"], tram["source"]) == (80, 60, 160, 120, "accepted", "human")
    wait_for(lambda: f"{tram['id']:024x}" in str(street.document(4)), 2.0)
    remove = [{"op": "remove", "path": "/"}]
    assert patch(street, 4, "polygons.polylines", f"{rows['polygon', 'accepted']:024x}", remove).status_code == 200
    wait_for(lambda: all(row["kind"] != "polygon" for row in labels_of(street, 4)), 2.0)
    suggested = rows["box", "suggested"]
    verdict = [{"op": "add", "path": "/tags/-", "value": "accepted"}]
    assert patch(street, 4, "suggestions.detections", f"{suggested:024x}", verdict).status_code == 200
    wait_for(lambda: next(row for row in labels_of(street, 4) if row["id"] == suggested)["state"] == "accepted", 2.0)
    wait_for(lambda: len(street.document(4)["ground_truth"]["detections"]) == 3, 2.0)
    assert {row["kind"] for row in labels_of(street, 4)} == {"box", "rotated", "keypoints", "tag"}


def test_what_changes_in_the_store_shows_in_the_app(street: Street) -> None:
    label = street.dataset.label(5, "tree", (10, 10, 50, 60))
    took = wait_for(lambda: "tree" in str(street.document(5)), 2.0)
    street.dataset.edit([Edit(op="delete", label=label)])
    wait_for(lambda: "tree" not in str(street.document(5)), 2.0)
    assert took < 2.0


def test_a_view_is_a_mirror_of_its_own_with_its_own_app_state(street: Street) -> None:
    other = street.open(ViewSpec(ids=[6, 1], at=street.dataset.revision))
    assert other.id != street.opened.id and street.open().id == street.opened.id
    wait_for(lambda: street.send("GET", f"/browse/{other.id}").status == "ready", 10)
    assert street.send("GET", f"/browse/{other.id}").total == 2
    select = "mutation m($s: String!, $ids: [String!]!) { setSelected(subscription: $s, session: $s, selected: $ids) }"
    kept, street.opened = street.opened, other
    try:
        assert "errors" not in street.graphql(select, s="x", ids=[f"{6:024x}"])
        wait_for(lambda: street.now.selected == [6], 3)
    finally:
        street.opened = kept
    assert 6 not in street.now.selected


def test_deleting_samples_in_the_app_deletes_them(street: Street) -> None:
    body = {
        "operator_uri": "@voxel51/operators/delete_selected_samples", "dataset_name": "Street 1", "view": [],
        "selected": [f"{6:024x}"], "params": {}, "extended": {}, "filters": {},
    }  # fmt: skip
    with street.fo() as fo:
        answer = fo.post("operators/execute", json=body)
    assert answer.status_code == 200 and not answer.json().get("error"), answer.text
    wait_for(lambda: street.dataset.sql("SELECT count(*) FROM samples WHERE id = 6").column(0).to_pylist() == [0], 3.0)


# ---- the fence: harmless canaries against every weakness we know of ---------------------------------------------------
def test_nobody_gets_in_without_token_and_segment(street: Street) -> None:
    with street.fo(token="wrong") as fo:
        assert fo.get("fiftyone").status_code == 403
    with street.fo() as fo:
        assert fo.get("fiftyone").status_code == 200
        assert fo.get("http://fo/AAAAAAAAAAAAAAAAAAAAAA/x/fiftyone").status_code == 404
    path = transport.browse_socket_path(street.workspace)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (path.with_name("fo.json")).stat().st_mode & 0o777 == 0o600


def test_media_is_served_by_our_ids_only(street: Street, tmp_path: Path) -> None:
    canary = tmp_path / "canary.jpg"
    canary.write_bytes(b"canary")
    with street.fo() as fo:
        for path in (str(canary), "/comexp/full/../../../.." + str(canary), "/comexp/full/99/x.jpg", "/comexp/other/1/x", ""):
            assert fo.get("media", params={"filepath": path}).status_code == 404, path
        assert b"canary" not in fo.get("media", params={"filepath": f"/comexp/full/1/../../../..{canary}"}).content
        whole = fo.get("media", params={"filepath": "/comexp/full/1/picture 0.jpg"})
        assert whole.status_code == 200 and whole.content[:3] == b"\xff\xd8\xff" and "sandbox" in whole.headers["content-security-policy"]
        some = fo.get("media", params={"filepath": "/comexp/full/1/x"}, headers={"range": "bytes=2-9"})
        assert (some.status_code, some.content) == (206, whole.content[2:10])
        assert fo.get("media", params={"filepath": "/comexp/full/1/x"}, headers={"if-none-match": whole.headers["etag"]}).status_code == 304


def test_only_known_addresses_and_json_are_taken(street: Street, tmp_path: Path) -> None:
    with street.fo() as fo:
        closed = ("plugins/../../secret", "plugins/x/index.html", "assets/..%2findex.html", "screenshot/a.html", "runtime-assets/models/a")
        for path in closed:
            assert fo.get(path).status_code == 404, path
        assert fo.get("graphql", params={"query": "{ __typename }"}).status_code == 404
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert fo.post("graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": kind}).status_code == 415
        assert fo.request("TRACE", "fiftyone").status_code == 404
        index = fo.get("datasets/Street%201")
        assert "fonts.googleapis" not in index.text and "frame-ancestors 'self'" in index.headers["content-security-policy"]
        assert not {"cross-origin-embedder-policy", "server", "access-control-allow-origin"} & set(index.headers)


STAGES = "fiftyone.core.stages"


@pytest.mark.parametrize("name", ["collections.OrderedDict", f"{STAGES}.Mongo", f"{STAGES}.ToFrames", "browse_canary.Canary"])
def test_requests_build_view_stages_and_aggregations_only(street: Street, name: str) -> None:
    stage = {"_cls": name, "kwargs": [["pipeline", []]]}
    query = "query q($d: String!, $v: BSONArray!) { samples(dataset: $d, view: $v) { __typename } }"
    assert street.graphql(query, d="Street 1", v=[stage]).get("errors")
    with street.fo() as fo:
        wanted = {"dataset": "Street 1", "view": [], "filters": {}, "aggregations": [{"_cls": name, "kwargs": []}]}
        answer = fo.post("aggregate", json=wanted)
        assert answer.status_code >= 400 or "errors" in answer.text
        assert "Traceback" not in answer.text and "/fiftyone/" not in answer.text
    form = 'mutation m($d: String!, $f: StateForm) { setView(subscription: "c", session: "c", datasetName: $d, view: [], form: $f) }'
    assert street.graphql(form, d="Street 1", f={"addStages": [stage]}).get("errors")
    assert not (street.workspace.parent / "sang").exists(), "a request made the server import a module of its choice"


def test_operators_are_those_on_the_list(street: Street) -> None:
    context = {"dataset_name": "Street 1", "view": [], "params": {"path": "/"}}
    with street.fo() as fo:
        listed = {found["uri"].rsplit("/")[-1] for found in fo.post("operators", json=context).json()["operators"]}
        for name in ("list_files", "download_file", "clone_sample_field", "delete_sample_field", "add_group_slice"):
            answer = fo.post("operators/execute", json={**context, "operator_uri": f"@voxel51/operators/{name}"})
            assert answer.status_code in {403, 404}, (name, answer.text)
        failing = fo.post("operators/execute", json={**context, "operator_uri": "@voxel51/operators/load_saved_view"})
        assert "Traceback" not in failing.text and "site-packages" not in failing.text
    assert "delete_selected_samples" in listed and not listed & {"list_files", "download_file"}


@pytest.mark.parametrize("path", ["/dataset/name", "/__class__/x", "/_doc/name", "/_dataset/x", "/ground_truth/__init__/x"])
def test_patches_reach_fields_only(street: Street, path: str) -> None:
    answer = patch(street, 1, "", None, [{"op": "replace", "path": path, "value": "canary"}])
    assert answer.status_code >= 400 and "Traceback" not in answer.text
    assert street.now.status == "ready" and street.document(1)["sample"] == 1


def test_nothing_listens_on_tcp_and_nothing_plain_rests(street: Street) -> None:
    pid = street.notice["pid"]
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert any("mongod" in process.name() for process in family)
    for process in family:
        assert listening(process.pid) == []


def test_a_view_that_was_pushed_out_and_is_opened_again_is_found_under_its_name(street: Street) -> None:
    for limit in (1, 2, 3, 4):
        street.open(ViewSpec(offset=0, limit=limit))
    closed, street.opened = street.opened, street.open()
    assert street.opened.id != closed.id
    assert street.document(1)["sample"] == 1
    street.ready(10)


# ---- death and restart -------------------------------------------------------------------------------------------------
def test_pictures_in_memory_only_and_their_erasure(street: Street, tmp_path: Path) -> None:
    fleeting = street.lab.create_dataset("Fleeting", storage="ephemeral")
    pictures(tmp_path / "pictures")
    fleeting.add(tmp_path / "pictures")
    kept, street.opened = street.opened, street.send("POST", "/browse", BrowseIn(dataset=fleeting.id))
    try:
        street.ready(15)
        with street.fo() as fo:
            for what in ("full", "thumb"):
                answer = fo.get("media", params={"filepath": f"/comexp/{what}/1/x"})
                assert answer.status_code == 200 and answer.content[:3] == b"\xff\xd8\xff"
        browse, mirrored = psutil.Process(street.notice["pid"]), street.opened.id
        family = [browse, *browse.children(recursive=True)]
        erase(street, fleeting.id)
        assert not any(process.is_running() and process.status() != "zombie" for process in family), "MongoDB keeps what it deletes"
        with pytest.raises(cx.NotFound):
            street.send("GET", f"/browse/{mirrored}")
    finally:
        street.opened = kept


def test_what_was_written_in_fiftyone_goes_with_a_class(street: Street) -> None:
    """Its name, and a saved view that names it, are in MongoDB's journal; no class of the dataset but this one goes."""
    name, view = needles.canary(), needles.canary()
    street.ready()
    street.dataset.label(1, name, (10, 10, 50, 60))
    wait_for(lambda: name in str(street.document(1)), 5)
    params = {"name": view, "description": name, "color": "blue", "view": []}
    context = {"dataset_name": "Street 1", "view": [], "selected": [], "extended": {}, "filters": {}, "params": params}
    with street.fo() as fo:
        fo.post("operators/execute", json={**context, "operator_uri": "@voxel51/operators/save_view"}).raise_for_status()
    mongod = next(child for child in psutil.Process(street.notice["pid"]).children() if "mongod" in child.name())
    folder = Path(mongod.cmdline()[mongod.cmdline().index("--dbpath") + 1]).parent
    wait_for(lambda: all(one.encode() in collected(folder) for one in (name, view)), 5)
    erase(street, street.dataset.id, what="class", class_name=name)
    places = [
        transport.runtime_dir(street.workspace),
        *transport.memory_dir().glob(f"{transport.mark(transport.runtime_dir(street.workspace))}*"),
    ]
    assert not folder.exists() and not any(one.encode() in collected(place) for place in places for one in (name, view))
    street.opened = street.open()
    street.ready()
    assert name not in str(street.document(1)) and len(street.document(1)["ground_truth"]["detections"]) >= 1


def erase(street: Street, dataset: str, **what: Any) -> None:
    with transport.connect(transport.socket_path(street.workspace)) as client:
        plan = transport.raise_for_problem(client.post("/api/rights/erasures", json={"dataset": dataset, **what})).json()
        body = {"hash": plan["hash"], "confirm": plan["hash"]}
        transport.raise_for_problem(client.post(f"/api/rights/erasures/{plan['id']}/execute", json=body))


def test_a_dead_mongod_is_told_and_replaced(street: Street) -> None:
    street.ready(90)
    browse = street.notice["pid"]
    mongod = next(child for child in psutil.Process(browse).children() if "mongod" in child.name())
    folder = Path(mongod.cmdline()[mongod.cmdline().index("--dbpath") + 1]).parent
    mongod.kill()
    took = wait_for(lambda: street.now.status != "ready", 5.0)
    assert street.now.message and took < 5.0
    street.ready(90)
    assert street.notice["pid"] != browse and not folder.exists()
    assert street.document(1)["sample"] == 1, "the same address works again"


def test_all_of_it_ends_with_the_lab_service(street: Street) -> None:
    browse = psutil.Process(street.notice["pid"])
    family = [browse, *browse.children(recursive=True)]
    service = psutil.Process(transport.alive(transport.socket_path(street.workspace))["pid"])
    service.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        service.wait(5)
    _, left = psutil.wait_procs(family, 8)
    assert not left
