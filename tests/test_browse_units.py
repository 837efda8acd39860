"""The parts of the browse service that need no FiftyOne: masks, documents, edits, guard, media, mongod."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from browse_rig import listening, wait_for
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

from comexp_lab.browse import guard, masks, mongod
from comexp_lab.browse.assets import Assets
from comexp_lab.browse.documents import LABEL_COLUMNS, SAMPLE_COLUMNS, documents, number_of, oid
from comexp_lab.browse.edits import edits_of, label_of
from comexp_lab.browse.fence import Refused, buildable
from comexp_lab.browse.guard import Guard, Inside
from comexp_lab.browse.keys import Sealed
from comexp_lab.browse.mongod import Mongod
from comexp_lab.browse.pixels import Pixels, vault_at
from comexp_lab.errors import Unavailable
from comexp_lab.store.vault import Vault

W, H = 64, 48


# ---- masks ---------------------------------------------------------------------------------------------------------------
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None)
def test_masks_are_those_of_pycocotools(width: int, height: int, share: float, seed: int) -> None:
    from pycocotools import mask as coco

    bitmap = np.random.default_rng(seed).random((height, width)) < share
    rle = coco.encode(np.asfortranarray(bitmap.astype(np.uint8)))["counts"].decode()
    assert masks.paste(bitmap, width, height, 0, 0) == rle
    assert (masks.crop(rle, width, height, (0, 0, width, height)) == bitmap).all()
    assert (masks.from_bytes(masks.to_bytes(bitmap)) == bitmap).all()


@given(st.text(max_size=20))
def test_damaged_masks_are_errors_not_crashes(text: str) -> None:
    try:
        masks.crop(text, 5, 5, (0, 0, 5, 5))
    except (ValueError, UnicodeEncodeError) as error:
        assert not isinstance(error, AssertionError)


def test_a_mask_that_is_a_pickle_is_refused() -> None:
    import io
    import zlib

    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle|mask"):
        masks.from_bytes(zlib.compress(buffer.getvalue()))


# ---- documents and edits -------------------------------------------------------------------------------------------------
inside = st.floats(0, 40, allow_nan=False)
ring = st.lists(inside, min_size=3, max_size=5).map(lambda xs: [v for x in xs for v in (x, x / 2 + 1)])
MASK_BOX = {"x": 5.0, "y": 7.0, "w": 30.0, "h": 20.0}
SHAPES = {
    "box": st.fixed_dictionaries({"x": inside, "y": inside, "w": st.floats(1, 20), "h": st.floats(1, 8)}),
    "rotated": st.tuples(inside, inside, st.floats(1, 20), st.floats(1, 20), st.floats(-3.1, 3.1)).map(lambda p: {"points": list(p)}),
    "polygon": st.lists(ring, min_size=1, max_size=2).map(lambda rings: {"rings": rings}),
    "keypoints": st.lists(st.tuples(inside, inside, st.sampled_from([0.0, 1.0, 2.0])), min_size=1, max_size=4).map(
        lambda points: {"points": [v if p[2] else 0.0 for p in points for v in p]}
    ),
    "tag": st.just({}),
    "mask": st.integers(0, 2**32 - 1).map(
        lambda seed: {"rle": masks.paste(np.random.default_rng(seed).random((20, 30)) < 0.5, W, H, 5, 7)} | MASK_BOX
    ),
}


@st.composite
def label(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(SHAPES)))
    state = draw(st.sampled_from(["accepted", "suggested"]))
    fresh = {"kind": kind, "class": draw(st.sampled_from(["cat", "dog"])), "state": state, "source": "human", "confidence": None}
    return dict.fromkeys(LABEL_COLUMNS) | fresh | draw(SHAPES[kind])


def document_of(labels: list[dict[str, Any]], tags: list[str] | None = None) -> dict[str, Any]:
    import pyarrow as pa

    sample = {"id": 7, "name": "a.jpg", "kind": "image", "width": W, "height": H, "mime": "image/jpeg", "tags": tags or []}
    numbered = [one | {"id": i + 1} for i, one in enumerate(labels)] or None
    nested = pa.list_(
        pa.struct(
            [(n, pa.int64() if n in {"id", "frame"} else pa.string()) for n in ("id", "class", "kind", "rle", "source", "state", "frame")]
            + [(n, pa.float64()) for n in ("x", "y", "w", "h", "confidence")]
            + [("points", pa.list_(pa.float64())), ("rings", pa.list_(pa.list_(pa.float64())))]
        )
    )
    row = dict.fromkeys(SAMPLE_COLUMNS) | sample
    arrays = {name: pa.array([value]) for name, value in row.items()} | {"labels": pa.array([numbered], type=nested)}
    return next(documents(pa.RecordBatch.from_pydict(arrays), ObjectId()))


@given(st.lists(label(), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_document_that_nobody_touched_makes_no_edits(labels: list[dict[str, Any]]) -> None:
    assert list(edits_of(document_of(labels), document_of(labels), 3)) == []


@given(label())
@settings(max_examples=100, deadline=None)
def test_what_was_drawn_means_what_was_stored(one: dict[str, Any]) -> None:
    """Take a stored label as if it had been drawn in the App: the edit gives the same label back."""
    seen = document_of([one])
    field, holder = next((f, v) for f, v in seen.items() if isinstance(v, dict) and "List" not in f and v.get("_cls", "").endswith("s"))
    element = next(v for v in holder.values() if isinstance(v, list))[0]
    told = label_of(field, element, (W, H))
    assert told is not None and (told["class_name"], told["state"]) == (one["class"], one["state"])
    if one["kind"] == "box":
        assert np.allclose(told["bbox"], [one[n] for n in "xywh"])
    elif one["kind"] == "mask":
        assert told["rle"] == one["rle"]
    elif one["kind"] == "polygon":
        assert all(np.allclose(a, b) for a, b in zip(told["rings"], one["rings"], strict=True))


@given(label())
@settings(max_examples=60, deadline=None)
def test_deleting_and_renaming_are_edits(one: dict[str, Any]) -> None:
    written = document_of([one], ["a"])
    gone = next(iter(edits_of(document_of([], ["a"]), written, 3)))
    assert (gone["op"], gone["label"], gone["since"]) == ("delete", 1, 3)
    (renamed,) = edits_of(document_of([one | {"class": "horse"}], ["a"]), written, 3)
    assert (renamed["op"], renamed["set"]) == ("set", {"class_name": "horse"})
    (tagged,) = edits_of(document_of([one], ["a", "b"]), written, 3)
    assert (tagged["op"], tagged["tags"]) == ("tag_sample", ["a", "b"])


def test_a_moved_rotated_box_stays_one() -> None:
    one = dict.fromkeys(LABEL_COLUMNS) | {"kind": "rotated", "class": "a", "state": "accepted", "points": [30, 20, 10, 6, 0.3]}
    (edit,) = edits_of(document_of([one | {"points": [31, 21, 12, 6, 0.5]}]), document_of([one]), 1)
    assert edit["set"]["kind"] == "rotated" and np.allclose(edit["set"]["points"], [31, 21, 12, 6, 0.5])


def test_ids_travel() -> None:
    assert number_of(oid(1 << 40)) == 1 << 40
    assert number_of(ObjectId()) is None


# ---- the fence -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["canary_module.Canary", "os.path", "subprocess.Popen", "fiftyone.core.stages.os", "x", ""])
def test_building_a_class_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "canary_module.py").write_text(f"open({str(tmp_path / 'sang')!r}, 'w')\nclass Canary: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Refused):
        buildable(name)
    assert not (tmp_path / "sang").exists()


# ---- the guard, around an app that misbehaves ----------------------------------------------------------------------------
async def leaky(scope: Any, receive: Any, send: Any) -> None:
    """Tells everything, fails loudly on ``/values``, breaks on ``/sort``."""
    if scope["path"] == "/sort":
        raise RuntimeError("secret-in-exception")
    status = 500 if scope["path"] == "/values" else 200
    headers = [(b"server", b"x"), (b"cross-origin-embedder-policy", b"credentialless"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"secret-in-body " + scope["path"].encode()})


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Any]:
    touched: list[str] = []
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<html>page</html>")
    (static / "assets" / "a-b.js").write_text("run()" * 1000)
    assets = Assets(static)

    async def admit(mirror: str) -> bool:
        return mirror == "m"

    def ask(method: str, path: str, opened: bool = True, **more: Any) -> httpx.Response:
        headers = {"x-comexp-browse": "TOKEN", **more.pop("headers", {})}

        async def go() -> httpx.Response:
            door = Guard(b"<html>page</html>", assets, "SEGMENT", "TOKEN")
            if opened:
                asyncio.get_running_loop().call_later(0.05, door.open, Inside(leaky, leaky, touched.append, admit))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://fo") as client:  # type: ignore[arg-type]
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(go())

    ask.touched, ask.app = touched, f"/{assets.name}"  # type: ignore[attr-defined]
    yield ask


def test_the_guard_tells_no_secrets(guarded: Any) -> None:
    for path in ("/SEGMENT/m/values", "/SEGMENT/m/sort"):
        answer = guarded("POST", path, json={})
        assert answer.status_code == 500 and "secret" not in answer.text
    fine = guarded("GET", "/SEGMENT/m/fiftyone")
    assert fine.text == "secret-in-body /fiftyone"
    assert "server" not in fine.headers and "cross-origin-embedder-policy" not in fine.headers
    assert fine.headers["x-content-type-options"] == "nosniff" and guarded.touched


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/SEGMENT/m/", 200), ("GET", "/SEGMENT/m/datasets/any%20name", 200), ("GET", "/SEGMENT/m/assets/a-b.js", 200),
        ("GET", "/SEGMENT/gone/fiftyone", 404), ("GET", "/SEGMENT/m/plugins/a.js", 404), ("GET", "/SEGMENT/m/graphql", 404),
        ("POST", "/SEGMENT/m/graphql", 415), ("PUT", "/SEGMENT/m/fiftyone", 404), ("GET", "/OTHER/m/fiftyone", 404),
        ("GET", "/SEGMENT", 404), ("GET", "/", 404), ("DELETE", "/SEGMENT/m/dataset/a", 404),
    ],
)  # fmt: skip
def test_the_guard_knows_its_addresses(guarded: Any, method: str, path: str, status: int) -> None:
    assert guarded(method, path).status_code == status
    assert guarded(method, path, headers={"x-comexp-browse": "TOKE"}).status_code == 403


def test_the_app_can_be_loaded_before_fiftyone_is(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "WITHIN_S", 0.2)
    for path in ("/SEGMENT/m/datasets/x", f"{guarded.app}/assets/a-b.js"):
        assert guarded("GET", path, opened=False).status_code == 200
    assert guarded("POST", "/SEGMENT/m/graphql", json={}, opened=False).status_code == 503
    assert guarded("POST", "/SEGMENT/m/graphql", json={}).status_code == 200


def test_only_fiftyones_own_files_are_kept_by_a_browser(guarded: Any) -> None:
    """Under an address that outlives the session; nothing that tells of the user may be written to a browser's disk."""
    script = guarded("GET", f"{guarded.app}/assets/a-b.js")
    assert script.text == "run()" * 1000 and script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"] and int(script.headers["content-length"]) < 1000
    plain = guarded("GET", f"{guarded.app}/assets/a-b.js", headers={"accept-encoding": "identity"})
    assert plain.text == script.text and "content-encoding" not in plain.headers
    again = guarded("GET", f"{guarded.app}/assets/a-b.js", headers={"if-none-match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert guarded("GET", "/SEGMENT/m/datasets/x").headers["cache-control"] == "no-store"
    for path in ("index.html", "assets/x%2f..%2findex.html", "assets/../index.html", "assets/none.js", "m/fiftyone", "assets/"):
        assert guarded("GET", f"{guarded.app}/{path}").status_code == 404, path
    assert guarded("POST", f"{guarded.app}/assets/a-b.js").status_code == 404
    assert guarded("GET", f"{guarded.app}/assets/a-b.js", headers={"x-comexp-browse": ""}).status_code == 403


# ---- what is imported late ------------------------------------------------------------------------------------------------
def test_a_deferred_module_is_the_real_one_as_soon_as_it_is_used() -> None:
    code = """
import sys
from comexp_lab.browse.deferred import deferred
with deferred():
    import sklearn.metrics as late
    print("sklearn.base" in sys.modules)
    from sklearn.metrics import roc_curve as wanted
import sklearn.metrics
print(late.roc_curve is wanted is sklearn.metrics.roc_curve, any("Deferred" in type(m).__name__ for m in sys.modules.values()))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True", "False"]


# ---- media -----------------------------------------------------------------------------------------------------------------
def test_ranges_of_sealed_films(tmp_path: Path) -> None:
    vault: Vault = vault_at(tmp_path)
    data = os.urandom(9 << 20)
    blob = vault.put(data)
    known = Sealed(blob.id, blob.key, blob.bytes, "video/mp4")
    pixels = Pixels(lambda mirror, what, sample: (vault, known) if sample == 1 else None, lambda *_: b"")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await pixels({**scope, "mirror": "m"}, receive, send)

    async def ask(sample: int, range_: str | None) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fo") as client:  # type: ignore[arg-type]
            return await client.get(f"/?filepath=/comexp/full/{sample}/a.mp4", headers={"range": range_} if range_ else {})

    whole = asyncio.run(ask(1, None))
    assert whole.content == data and whole.headers["cache-control"] == "no-store"
    size = len(data)
    for text, start, end in (("bytes=5-9", 5, 10), ("bytes=-7", size - 7, size), (f"bytes={size - 3}-", size - 3, size)):
        answer = asyncio.run(ask(1, text))
        assert (answer.status_code, answer.content) == (206, data[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(data)}"
    assert asyncio.run(ask(1, f"bytes={len(data)}-")).status_code == 416
    assert asyncio.run(ask(1, "bytes=a-b")).status_code == 416
    assert asyncio.run(ask(2, None)).status_code == 404


# ---- mongod ----------------------------------------------------------------------------------------------------------------
def test_mongod_dies_with_us_and_leaves_nothing(tmp_path: Path) -> None:
    code = "import sys, time; from pathlib import Path; from comexp_lab.browse.mongod import Mongod;"
    code += "m = Mongod(Path(sys.argv[1])); print(m.pid, m.folder, m.socket, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    pid, folder, socket = child.stdout.readline().split()
    assert listening(int(pid)) == [] and Path(socket).stat().st_mode & 0o777 == 0o600
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    child.kill()
    child.wait()
    wait_for(lambda: not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == "zombie", 5)
    fresh = Mongod(tmp_path)
    try:
        assert not Path(folder).exists(), "the next start removes what was left"
    finally:
        fresh.close()
    assert not fresh.folder.exists()


def test_an_orphan_is_ended_at_once(tmp_path: Path) -> None:
    """One whose parent forgot it: we note it as ours and start again."""
    first = Mongod(tmp_path)
    second = Mongod(tmp_path)
    try:
        wait_for(lambda: not first.alive, 5)
        assert second.alive and not first.folder.exists()
    finally:
        second.close()


def test_without_memory_storage_nothing_is_mirrored(tmp_path, monkeypatch):
    monkeypatch.setattr(mongod, "TMPFS", tmp_path)
    if mongod.in_memory(tmp_path):
        pytest.skip("the temporary folder is in memory here")
    with pytest.raises(Unavailable, match="in memory"):
        mongod.roomy(tmp_path)
