"""Videos in FiftyOne, for real: they play decrypted on the fly, their tracks lie on the frames, and edits of those come home."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from browse_rig import COLORS, Door, Street, films, pictures, wait_for
from bson import ObjectId

import comexp_lab as cx
from comexp_lab.api import Edit, LabelIn, ViewSpec
from comexp_lab.browse.documents import frame_oid, oid
from comexp_lab.browse.films import Frames

CHROMIUM = Path("/usr/bin/chromium")
LAUNCH = {"executable_path": str(CHROMIUM), "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]}
SAMPLES = """query q($dataset: String!, $view: BSONArray!) {
    samples(dataset: $dataset, view: $view, first: 100, paginationData: true) {
        ... on SampleItemStrConnection { edges { node { __typename ... on VideoSample { sample frameRate } } } } } }"""


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    from comexp_lab.transport import stop_service

    root = tmp_path_factory.mktemp("films")
    made = Street(cx.open(root / "workspace"), root / "workspace", root / "films", "Films", films)
    made.ready()
    yield made
    stop_service(root / "workspace")


@pytest.fixture(scope="module")
def page(cinema: Street) -> Iterator[Any]:
    """The App in a frame of a page that has a theme, as JupyterLab's has."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    door = Door(cinema.workspace)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        frame = f'<iframe src="{door.url}{cinema.opened.path}" style="border: 0; width: 100vw; height: 100vh"></iframe>'
        lab = f'<body style="margin: 0" data-jp-theme-light="true">{frame}</body>'
        page.route("**/lab", lambda route: route.fulfill(body=lab, content_type="text/html"))
        page.goto(door.url + "lab")
        yield page
        browser.close()
    door.close()


def shot(page: Any, name: str) -> Any:
    """What is on the screen, as an array; kept where somebody wants to look at it."""
    import numpy as np
    from PIL import Image

    taken = page.screenshot()
    if folder := os.environ.get("COMEXP_SCREENSHOTS"):
        (Path(folder) / f"browse-{name}.png").write_bytes(taken)
    return np.asarray(Image.open(io.BytesIO(taken)).convert("RGB")).astype(int)


def share(seen: Any, color: tuple[int, int, int]) -> float:
    """Which part of a picture is about of that colour."""
    return float((abs(seen - color).max(axis=2) < 24).mean())


def is_boxed(seen: Any) -> bool:
    """Whether a frame is shown, not the poster, with a line on both sides of its square."""
    rows, columns = (abs(seen - COLORS[3]).max(axis=2) < 24).nonzero()
    around = seen[(rows.min() + rows.max()) // 2, [columns.min() - 2, columns.max() + 2]]
    framed = (abs(around - COLORS[2]).max(axis=1) > 40).all()
    return bool(framed and share(seen, COLORS[2]) > 0.3 and share(seen, COLORS[0]) < 0.02)


def sample(cinema: Street, number: int) -> dict[str, Any]:
    edges = cinema.graphql(SAMPLES, dataset="Films", view=[])["data"]["samples"]["edges"]
    return next((edge["node"] for edge in edges if edge["node"]["sample"]["sample"] == number), {})


def frames(cinema: Street, number: int, first: int = 1, count: int = 60) -> dict[int, dict[str, Any]]:
    """The frames of a video, as the App asks for them when it plays."""
    body = {"frameNumber": first, "frameCount": 60, "numFrames": count, "dataset": "Films", "view": [], "sampleId": f"{number:024x}"}
    with cinema.fo() as fo:
        return {frame["frame_number"]: frame for frame in fo.post("frames", json=body).json()["frames"]}


def detections(frame: dict[str, Any]) -> list[dict[str, Any]]:
    return frame.get("ground_truth", {}).get("detections", [])


def patch(cinema: Street, operation: str, path: str, value: Any = None) -> int:
    """As the App's annotation of a video saves."""
    known = sample(cinema, 1)["sample"]
    headers = {"content-type": "application/json-patch+json", "if-match": f'"{known["last_modified_at"]["datetime"] / 1000}"'}
    change = {"op": operation, "path": path} | ({"value": value} if value is not None else {})
    with cinema.fo() as fo:
        return fo.patch(f"dataset/{known['_dataset_id']}/sample/{1:024x}", json=[change], headers=headers).status_code


def labels(cinema: Street, where: str) -> list[dict[str, Any]]:
    return cinema.dataset.sql(f"SELECT * FROM labels WHERE {where} ORDER BY id").to_pylist()


# ---- in the browser, while nothing has been edited yet -------------------------------------------------------------------
def test_the_grid_shows_posters(cinema: Street, page: Any) -> None:
    wait_for(lambda: share(shot(page, "films-grid"), COLORS[0]) > 0.04, 60, 0.5)


def test_the_app_is_as_light_or_dark_as_jupyterlab(page: Any) -> None:
    app = page.frames[1]
    wait_for(lambda: app.locator("[title='Dark mode']").count(), 30)
    assert shot(page, "theme-light").mean() > 150
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    wait_for(lambda: shot(page, "theme-dark").mean() < 90, 10, 0.2)
    assert app.evaluate("localStorage.getItem('mui-mode')") == "dark"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    wait_for(lambda: app.locator("[title='Dark mode']").count(), 10)


@pytest.mark.parametrize("number", [0, 1], ids=["H.264", "VP9"])
def test_a_video_plays_with_its_track_drawn_on_it(page: Any, number: int) -> None:
    app = page.frames[1]
    app.locator("[data-cy=looker]").nth(number).click(position={"x": 120, "y": 130})
    wait_for(lambda: share(shot(page, "film-opened"), COLORS[0]) > 0.3, 30, 0.3)
    clock = app.locator("text=/^\\d+:\\d\\d\\.\\d\\d \\/ /")
    assert clock.inner_text().startswith("0:00.00")
    page.mouse.move(500, 400)
    page.keyboard.press("Space")
    wait_for(lambda: not clock.inner_text().startswith("0:00.0"), 10, 0.05)
    page.keyboard.press("Space")
    page.keyboard.press(".")  # the App pauses where the video is, perhaps a frame before the one that it draws on: a step is exact
    wait_for(lambda: is_boxed(shot(page, f"film-{number}")), 10, 0.3)
    assert 0 < float(clock.inner_text().split(" ")[0].split(":")[1]) < 2.0
    page.mouse.click(10, 790)  # beside it
    wait_for(lambda: not clock.count(), 10)


# ---- what the App is told ------------------------------------------------------------------------------------------------
def test_a_view_of_videos_is_a_video_dataset_with_tracks_on_frames(cinema: Street) -> None:
    one = sample(cinema, 1)
    assert (one["__typename"], one["frameRate"]) == ("VideoSample", 20.0)
    assert one["sample"]["filepath"].startswith("/comexp/full/1/") and one["sample"]["thumbnail_path"].startswith("/comexp/thumb/1/")
    found = frames(cinema, 1)
    assert sorted(found) == list(range(1, 41))
    (box,) = detections(found[11])
    assert (box["label"], box["index"]) == ("square", 7)
    assert box["bounding_box"] == pytest.approx([50 / 320, 80 / 240, 60 / 320, 60 / 240])


def test_a_video_is_read_in_parts(cinema: Street) -> None:
    with cinema.fo() as fo:
        whole = fo.get("media", params={"filepath": "/comexp/full/1/x.mp4"})
        assert whole.headers["content-type"] == "video/mp4" and whole.content[4:8] == b"ftyp"
        assert whole.headers["cache-control"] == "no-store"
        some = fo.get("media", params={"filepath": "/comexp/full/1/x.mp4"}, headers={"range": "bytes=100-299"})
        assert (some.status_code, some.content) == (206, whole.content[100:300])
        assert fo.get("media", params={"filepath": "/comexp/full/3/x.mp4"}).status_code == 404


@pytest.mark.parametrize("path", ["video-labels/other", "frames/1", "frames/../media", "stream/1", "ffprobe"])
def test_nothing_more_than_before_is_let_in(cinema: Street, path: str) -> None:
    with cinema.fo() as fo:
        assert fo.post(path, json={}).status_code == 404
        assert fo.get("frames").status_code == 404


@pytest.mark.parametrize("path", ["frames", "video-labels/window", "video-labels/index"])
def test_frames_are_asked_for_with_known_stages_only(cinema: Street, path: str) -> None:
    body = {"dataset": "Films", "sampleId": f"{1:024x}", "fields": ["ground_truth"], "frameNumber": 1, "frameCount": 9, "numFrames": 3}
    with cinema.fo() as fo:
        assert fo.post(path, json={**body, "view": []}).status_code == 200
        for name in ("browse_canary.Canary", "fiftyone.core.stages.Mongo", "fiftyone.core.stages.ToFrames"):
            refused = fo.post(path, json={**body, "view": [{"_cls": name, "kwargs": [["pipeline", []]]}]})
            assert "ground_truth" not in refused.text and "Traceback" not in refused.text


@pytest.mark.parametrize("path", ["/frames/_sample/x", "/frames/1/_doc/x", "/frames/1/__class__/x", "/frames/__init__/x"])
def test_patches_of_frames_reach_fields_only(cinema: Street, path: str) -> None:
    assert patch(cinema, "replace", path, "canary") >= 400
    assert len(frames(cinema, 1)) == 40


# ---- edits ---------------------------------------------------------------------------------------------------------------
def test_edits_in_frames_come_home(cinema: Street) -> None:
    before = cinema.dataset.revision
    assert patch(cinema, "replace", "/frames/4/ground_truth/detections/0/label", "car") == 200
    wait_for(lambda: labels(cinema, "class = 'car'"), 2.0)
    assert patch(cinema, "replace", "/frames/4/ground_truth/detections/0/bounding_box", [0.5, 0.5, 0.25, 0.25]) == 200
    wait_for(lambda: labels(cinema, "class = 'car' AND x = 160"), 2.0)
    (car,) = labels(cinema, "class = 'car'")
    assert [car[name] for name in ("sample", "frame", "track", "x", "y", "w", "h")] == [1, 3, 7, 160, 120, 80, 60]
    time.sleep(1.0)
    assert cinema.dataset.revision == before + 2, "our own writing must not come back as an edit"
    assert patch(cinema, "remove", "/frames/4/ground_truth/detections/0") == 200
    wait_for(lambda: not labels(cinema, "class = 'car'"), 2.0)
    assert len(labels(cinema, "sample = 1")) == 39


def test_keyframes_are_what_the_store_has_not_filled_in(cinema: Street) -> None:
    (first,) = labels(cinema, "sample = 1 AND frame = 20")
    cinema.dataset.edit([Edit(op="set", label=first["id"], set={"attributes": {"parked": True, "keyframe": False}})])
    wait_for(lambda: detections(frames(cinema, 1, 21, 1)[21])[0]["keyframe"] is False, 2.0)
    assert detections(frames(cinema, 1, 22, 1)[22])[0]["keyframe"] is True, "or an edit of one frame would overwrite all others"
    assert patch(cinema, "replace", "/frames/21/ground_truth/detections/0/keyframe", True) == 200
    wait_for(lambda: json.loads(labels(cinema, f"id = {first['id']}")[0]["attributes"]) == {"parked": True}, 2.0)
    assert patch(cinema, "replace", "/frames/22/ground_truth/detections/0/keyframe", False) == 200
    wait_for(lambda: '"keyframe":false' in (labels(cinema, "sample = 1 AND frame = 21")[0]["attributes"] or ""), 2.0)


def test_a_box_drawn_where_no_label_was_comes_home_with_its_frame(cinema: Street) -> None:
    drawn = {"_cls": "Detection", "_id": {"$oid": "6900aa00bb00cc00dd00ee00"}, "label": "tram", "bounding_box": [0.25, 0.25, 0.5, 0.5]}
    assert patch(cinema, "add", "/frames/51/ground_truth/detections/-", {**drawn, "tags": [], "index": 9}) == 200
    wait_for(lambda: labels(cinema, "class = 'tram'"), 2.0)
    (tram,) = labels(cinema, "class = 'tram'")
    assert [tram[name] for name in ("sample", "frame", "track", "x", "y", "w", "h")] == [1, 50, 9, 80, 60, 160, 120]
    assert (tram["state"], tram["source"]) == ("accepted", "human")
    wait_for(lambda: detections(frames(cinema, 1, 51, 1)[51])[0]["_id"] == f"{tram['id']:024x}", 2.0)
    assert patch(cinema, "replace", "/frames/51/ground_truth/detections/0/label", "bus") == 200
    wait_for(lambda: [row["id"] for row in labels(cinema, "class = 'bus'")] == [tram["id"]], 2.0)


def test_frames_edited_in_the_store_show_in_the_app(cinema: Street) -> None:
    value = LabelIn(class_name="tree", bbox=(1, 2, 30, 40), track=3, frame=55)
    (tree,) = cinema.dataset.edit([Edit(op="add", sample=1, value=value)]).labels
    wait_for(lambda: "tree" in str(frames(cinema, 1, 56, 1)), 2.0)
    cinema.dataset.edit([Edit(op="delete", label=tree)])
    wait_for(lambda: "tree" not in str(frames(cinema, 1, 56, 1)), 2.0)


def test_a_track_is_reviewed_by_its_tag(cinema: Street) -> None:
    body = {"dataset": "Films", "view": [], "target_labels": True, "label_fields": ["frames.ground_truth"], "filters": {}, "labels": None}
    with cinema.fo() as fo:
        assert fo.post("tag", json={**body, "sample_ids": [f"{2:024x}"], "changes": {"rejected": True}}).status_code == 200
    wait_for(lambda: len(labels(cinema, "sample = 2 AND state = 'rejected'")) == 40, 2.0)
    wait_for(lambda: not any(detections(frame) for frame in frames(cinema, 2).values()), 2.0)


class Documents(list[dict[str, Any]]):
    """As much of a MongoDB collection as finding all of them."""

    def find(self, *wanted: Any) -> list[dict[str, Any]]:
        return self


class Rows:
    """A lab service in which frame 5 of video 1 has one label."""

    @contextlib.contextmanager
    def frames(self, mirror: str, places: list[tuple[int, int]], at: int | None = None) -> Iterator[Any]:
        shape = {"x": 10.0, "y": 10.0, "w": 10.0, "h": 10.0, "points": None, "rings": None, "rle": None, "confidence": None}
        known = {"id": 4, "class": "cat", "kind": "box", **shape, "source": "human", "state": "accepted", "frame": 5, "track": 1}
        known["attributes"] = None
        yield {"revision": 2}, [pa.RecordBatch.from_pylist([{"sample": 1, "frame": 5, "width": 100, "height": 100, "labels": [known]}])]


def test_what_the_app_draws_before_a_frame_is_filled_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comexp_lab.browse.films.declare", lambda *_, **__: None)
    box = {"_cls": "Detection", "_id": ObjectId(), "label": "dog", "bounding_box": [0.5, 0.5, 0.1, 0.1]}
    drawn = {"_sample_id": oid(1), "frame_number": 6, "ground_truth": {"_cls": "Detections", "detections": [box]}}
    samples = Documents([{"_id": oid(1), "metadata": {"frame_width": 100, "frame_height": 100}}])

    def edits(frame: ObjectId, filled: bool) -> set[str]:
        dataset = SimpleNamespace(_sample_collection=samples, _doc=SimpleNamespace(id=ObjectId()))
        some = Frames("m", dataset, Rows(), [], [])  # type: ignore[arg-type]
        some._filled = filled
        return {edit["op"] for edit in some._edits({(1, 5): {"_id": frame, **drawn}})}

    assert edits(ObjectId(), filled=False) == edits(ObjectId(), filled=True) == {"add"}, "a frame that FiftyOne made never had our label"
    assert edits(frame_oid(1, 5), filled=False) == {"add"}, "FiftyOne may have read it before the label came"
    assert edits(frame_oid(1, 5), filled=True) == {"add", "delete"}


# ---- together with pictures ----------------------------------------------------------------------------------------------
def test_among_pictures_a_video_is_its_poster_until_it_is_asked_for(cinema: Street, tmp_path: Path) -> None:
    kept = cinema.opened
    assert cinema.open().id == kept.id
    pictures(tmp_path / "pictures")
    cinema.dataset.add(tmp_path / "pictures")
    mixed = cinema.open()
    assert mixed.id != kept.id, "a mirror of pictures takes the place of one of videos"
    wait_for(lambda: cinema.send("GET", f"/browse/{mixed.id}").status == "ready", 30)
    told = cinema.send("GET", f"/browse/{mixed.id}")
    assert told.total == 8 and "2 of these are videos" in told.message and "kind = 'video'" in told.message
    cinema.opened = told
    shown = cinema.graphql(
        "query q($d: String!) { samples(dataset: $d, view: [], first: 9) { ... on SampleItemStrConnection"
        " { edges { node { __typename ... on ImageSample { sample } } } } } }", d="Films 2",
    )["data"]["samples"]["edges"]  # fmt: skip
    assert {edge["node"]["__typename"] for edge in shown} == {"ImageSample"} and len(shown) == 8
    poster = next(edge["node"]["sample"] for edge in shown if edge["node"]["sample"]["sample"] == 1)
    assert poster["filepath"].startswith("/comexp/thumb/1/") and len(detections(poster)) == 1, "the labels of its first frame"
    played = cinema.open(ViewSpec(where="kind = 'video'"))
    wait_for(lambda: cinema.send("GET", f"/browse/{played.id}").status == "ready", 30)
    assert cinema.send("GET", f"/browse/{played.id}").message == ""
    cinema.opened = kept
