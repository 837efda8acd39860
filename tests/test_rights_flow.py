"""See it, take it away, destroy it: on a real workspace through the real service."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.api import DatasetOut, RequestType, RunOut
from comexp_lab.cli import main
from comexp_lab.client.connection import Connection
from comexp_lab.client.demo import shapes_zip
from comexp_lab.service import rights
from tests.learn_rig import TINY

CANARY = b"CANARY-7f3a9c-the-owner-of-this-text"


def canary_picture() -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (80, 90, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", comment=CANARY)
    return out.getvalue()


def hits(folder: Path, needle: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("rights") / "workspace"


@pytest.fixture(scope="module")
def lab(workspace: Path) -> Iterator[Any]:
    """One service for all of this file."""
    yield cx.open(workspace)
    transport.stop_service(workspace)


@pytest.fixture
def dataset(lab, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / f"{CANARY.decode()}.jpg").write_bytes(canary_picture())
    ds = lab.create_dataset(f"set {CANARY.decode()} {len(lab.datasets)}")
    ds.add(source)
    ds.label(ds.view.ids[0], CANARY.decode(), (1, 2, 30, 40), attributes={"note": CANARY.decode()})
    assert hits(source, CANARY), "positive control: the scan finds the canary where it is in the clear"
    return ds


def test_no_plaintext_rests_in_the_workspace(dataset, workspace):
    assert hits(workspace, CANARY) == []
    assert hits(workspace, canary_picture()[200:264]) == []


def test_inventory_names_every_kind(lab, dataset, workspace):
    found = lab.rights.inventory
    kinds = {row.kind for row in found.rows if row.dataset == dataset.id}
    assert {"images", "thumbnails", "labels", "label database and journal"} <= kinds
    images = next(row for row in found.rows if row.kind == "images")
    assert (images.items, images.bytes) == (1, len(canary_picture()))


def test_erasure_needs_the_name_and_the_newest_plan(lab, dataset):
    plan = lab.rights.plan_erasure(dataset)
    with pytest.raises(cx.BadInput, match="type the name"):
        plan.execute(confirm="yes")
    dataset.label(dataset.view.ids[0], "more", (1, 1, 2, 2))
    with pytest.raises(cx.Conflict, match="changed"):
        plan.execute(confirm=plan.hash)
    assert len(dataset) == 1


def test_erasure_is_final_and_proven(lab, dataset, workspace, tmp_path):
    kept = {d.name for d in lab.datasets} - {dataset.name}
    plan = lab.rights.plan_erasure(dataset)
    cipher = {path.name: path.read_bytes() for path in (workspace / "datasets" / dataset.id).rglob("*") if path.is_file()}
    proof = plan.execute(confirm=plan.name)
    assert all(proof.body["checks"].values()) and proof.verify()
    assert kept and {d.name for d in lab.datasets} == kept
    with pytest.raises(cx.NotFound):
        lab.dataset(dataset.id)
    assert not (workspace / "datasets" / dataset.id).exists()
    remaining = b"".join(path.read_bytes() for path in workspace.rglob("*") if path.is_file())
    pieces = [data[len(data) // 2 :][:64] for data in cipher.values() if len(data) > 256]
    assert len(pieces) >= 3 and not any(piece in remaining for piece in pieces)
    path = proof.save(tmp_path / "certificate.json")
    good = subprocess.run(
        [sys.executable, "-m", "comexp_lab.cli", "verify", str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"COMEXP_WORKSPACE": "/nonexistent"},
    )
    assert good.returncode == 0 and "Genuine" in good.stdout, good.stderr
    path.write_text(path.read_text().replace('"bytes"', '"bytez"'))
    bad = subprocess.run([sys.executable, "-m", "comexp_lab.cli", "verify", str(path)], capture_output=True, text=True)
    assert bad.returncode == 1 and "forged or was changed" in bad.stderr


# ---- the ten types of requests ----
def test_every_type_of_request_is_answered(lab, dataset, tmp_path):
    """Asked for in writing, then done: it is the same request, and it ends closed with an answer."""
    rights = lab.rights
    asked = {kind: rights.request(kind, about=about, contact="me") for kind, about in wishes(dataset).items()}
    assert set(asked) == set(get_args(RequestType))
    assert {kind for kind, each in asked.items() if each.state == "closed"} == {"know", "complaint"}, "what can be told at once is"
    assert not any("overdue" in each.next for each in asked.values())
    assert all(each.info.words == {"contact": "me"} for each in asked.values())
    rights.export(tmp_path / "all.zip")
    rights.object("usage")
    rights.agree("marketing")
    rights.withdraw("marketing")
    rights.opt_out()
    rights.restrict(dataset)
    rights.rectify(dataset, sample=1, name="corrected.jpg", request=asked["rectification"])
    assert lab.datasets[dataset.name].info.restricted, "the owner wished it, whatever else is answered"
    rights.unfreeze(dataset)
    proof = rights.plan_erasure(dataset, request=asked["erasure"]).execute(confirm=dataset.name)
    assert {kind: closed(each).state for kind, each in asked.items()} == dict.fromkeys(asked, "closed")
    texts = {line.text for line in rights.history.lines}
    assert {"You objected to: usage.", "You agreed to: marketing.", "You withdrew your consent to: marketing."} <= texts
    for kind, each in asked.items():
        info = each.info
        assert info.answer.outcome == "done" and "you can complain" in each.reply(), kind
        assert info.deadlines and all(due.met for due in info.deadlines if due.effect.startswith(("reply", "execute", "stop"))), kind
    assert "About the processing" in asked["access"].reply() and asked["access"].info.answer.done["datasets"] == len(lab.datasets) + 1
    assert asked["rectification"].info.words is None, "the former value may be in what was written"
    assert asked["rectification"].info.certificate in asked["rectification"].reply()
    assert asked["erasure"].id == proof.body["request"] and asked["erasure"].info.certificate in asked["erasure"].reply()
    rights.lift("usage")


def closed(request: Any) -> Any:
    """The request, after the moment between the certificate and the answer."""
    while request.state in ("applied", "rewritten", "verifying", "certified"):
        time.sleep(0.01)
    return request


def wishes(dataset: Any) -> dict[str, Any]:
    about = dict.fromkeys(get_args(RequestType), "account")
    return about | dict.fromkeys(("erasure", "restriction", "rectification"), dataset) | {"objection": "usage", "withdrawal": "marketing"}


def test_what_is_done_without_asking_leaves_a_request(lab, tmp_path):
    before = {each.id for each in lab.rights.requests}
    kept = lab.create_dataset("taken away")
    lab.rights.export(tmp_path / "one.zip", [kept])
    request = lab.rights.requests[0]
    assert request.id not in before
    assert (request.info.type, request.info.target, request.state) == ("portability", f"dataset:{kept.id}", "closed")


def test_a_request_can_be_taken_back(lab):
    request = lab.rights.request("access", regimes=["gdpr"])
    assert any("GDPR Art. 12(3)" in due.text for due in request.deadlines) and request.cancel().state == "cancelled"
    assert lab.rights.requests[request.name].state == "cancelled"


def test_a_dataset_is_frozen_while_a_correction_of_it_is_asked_for_by_152_fz(lab):
    """152-FZ Art. 21(1): from the request on, for the time of the check; whoever asked may lift it (GDPR Art. 18(3): told before)."""
    ds = lab.create_dataset("asked about")

    def frozen() -> bool:
        return bool(next(each for each in lab.datasets if each.id == ds.id).info.restricted)

    asked = lab.rights.request("rectification", about=ds, regimes=["ru152"])
    block = next(due for due in asked.deadlines if due.rule == "R4")
    assert frozen() and asked.info.frozen and block.met and (block.met - block.due).total_seconds() < 5
    assert "freeze" not in asked.next
    told = len(lab.rights.notices)
    asked.cancel()
    assert not frozen() and not asked.info.frozen and len(lab.rights.notices) == told + 1
    by_gdpr = lab.rights.request("rectification", about=ds, regimes=["gdpr"])
    assert not frozen(), "no such rule"
    by_gdpr.cancel()
    wished = lab.rights.request("rectification", about=ds, regimes=["gdpr"], freeze=True)
    other = lab.rights.request("restriction", about=ds, regimes=["cn"])
    assert frozen() and other.info.frozen
    lab.rights.rectify(ds, name="asked of", request=wished)
    assert closed(wished).state == "closed" and not wished.info.frozen and frozen(), "for the other"
    lab.rights.unfreeze(ds)
    assert not frozen() and not other.info.frozen and other.state == "verified"
    lab.rights.request("restriction", about=ds, regimes=["cn"])
    assert not frozen(), "what the person lifted stays lifted"
    last = lab.rights.request("rectification", about=ds)
    assert frozen()
    lab.rights.rectify(ds, name="asked about", request=last)
    assert closed(last).state == "closed" and not frozen()


# ---- correct ----
def test_a_corrected_name_is_gone_from_everywhere(lab, dataset, workspace, tmp_path):
    """The former name was in the sample, in earlier states, in an import's report, in an export; a class has one, too."""
    ds, former = dataset, f"{CANARY.decode()}.jpg"
    assert ds.export("coco", tmp_path / "out.zip").certificate.samples == 1
    sample = ds.view.ids[0]
    proof = lab.rights.rectify(ds, sample=sample, name="street.jpg")
    assert proof.verify() and proof.body["what"] == "correction" and proof.body["checks"] == {"former value gone": True}
    assert proof.body["scan"]["needles"] >= 1 and proof.body["scan"]["hits"] == 0 and len(proof.body["destroyed"]) == 2
    assert len(proof.stale) == 1 and "Export" in proof.stale[0] and "street.jpg" not in str(proof.body)
    assert [each.name for each in ds.view.samples()] == ["street.jpg"]
    assert former not in str(lab._connection.get_list("/runs", RunOut)) + str([run.detail for run in lab.runs if run.kind == "import"])
    assert lab.rights.rectify(ds, text=CANARY.decode(), to="a note").verify()
    assert [each.attributes for each in ds.view.samples()[0].labels] == [{"note": "a note"}]
    lab.rights.rectify(ds, class_name=CANARY.decode(), to="person")
    plan = lab.rights.plan_correction(ds, name="streets")
    assert plan.confirm_text == ds.name and "former name of a dataset" in repr(plan) and CANARY.decode() not in str(plan.stale)
    assert lab.rights.rectify(ds, name="streets").stale == plan.stale and lab.dataset("streets").id == ds.id
    told = [run.detail for run in lab.runs if run.detail.dataset == ds.id]
    assert len(told) == 2 and CANARY.decode() not in str(told) + str(lab._connection.get(f"/datasets/{ds.id}", DatasetOut))
    assert ds.classes == ["person"] and ds.sql("SELECT count(*) AS n FROM labels")["n"][0].as_py() == 1
    assert lab.rights.requests[0].info.type == "rectification" and closed(lab.rights.requests[0]).state == "closed"
    assert "Correction" in repr(lab.rights.erasures[0])
    for wrong, error, words in (
        (lambda: lab.rights.rectify(ds, class_name="persn", to="x"), cx.NotFound, "did you mean 'person'"),
        (lambda: lab.rights.rectify(ds, sample=sample), cx.BadInput, "Say what to correct"),
        (lambda: lab.rights.rectify(ds, to="x"), cx.BadInput, "Say what to correct"),
        (lambda: lab.rights.rectify(ds, text="nobody", to="x"), cx.NotFound, "in no label"),
        (lambda: lab.rights.rectify(ds, sample=sample, name=" "), cx.BadInput, "what the name is to be"),
        (lambda: lab.rights.rectify(ds, sample=999, name="x"), cx.NotFound, "no sample 999"),
        (lambda: lab.rights.rectify(email="ann"), cx.BadInput, "not an e-mail"),
    ):
        with pytest.raises(error, match=words):
            wrong()
    ds.label(sample, "dog", (1, 1, 2, 2))
    with pytest.raises(cx.Conflict, match="already a class"):
        lab.rights.rectify(ds, class_name="dog", to="person")


def test_an_erased_class_is_seen_by_nobody_and_keeps_its_number_where_numbers_count(lab, dataset, tmp_path):
    for name in ("second", "third"):
        dataset.label(1, name, (1, 1, 2, 2))
    plan = lab.rights.plan_erasure(dataset, class_name="second")
    plan.execute(plan.hash)
    assert dataset.classes == [CANARY.decode(), "third"]
    dataset.export("coco", tmp_path / "coco")
    dataset.export("yolo", tmp_path / "yolo")
    written = "".join(path.read_text() for path in (tmp_path / "coco").rglob("*.json"))
    assert "third" in written and "erased" not in written
    assert "1: erased 1\n  2: third" in next((tmp_path / "yolo").rglob("data.yaml")).read_text()
    assert {line[0] for path in (tmp_path / "yolo/labels").rglob("*.txt") for line in path.read_text().splitlines()} == {"0", "2"}


# ---- consent, objection, restriction: at use time ----
def test_nothing_is_on_until_somebody_says_so(lab):
    purposes = lab.rights.purposes
    consents = {each.name for each in purposes if each.basis == "consent"}
    assert "marketing" in consents and not any(purposes[name].open for name in consents - {"marketing"})
    given = lab.rights.consents.agree("marketing", language="ru")
    assert lab.rights.purposes["marketing"].open and given.method == "python" and "27560" in given.receipt()
    lab.rights.consents.withdraw("marketing")
    assert "withdrew" in lab.rights.purposes["marketing"].closed and lab.rights.consents[-1].withdrawn
    with pytest.raises(cx.BadInput, match="not on consent"):
        lab.rights.agree("train")


@pytest.fixture(scope="module")
def shapes(lab, tmp_path_factory):
    ds = lab.create_dataset("shapes")
    ds.add(shapes_zip(tmp_path_factory.mktemp("shapes") / "shapes.zip", count=8, size=64))
    return ds


def training(ds: Any) -> Any:
    run = ds.fine_tune(**TINY["args"], **{name: value for name, value in TINY.items() if name != "args"} | {"epochs": 200})
    while run.status == "queued":
        time.sleep(0.05)
    assert run.status == "running"
    return run


def test_an_objection_stops_training_at_once_and_refuses_the_next(lab, shapes):
    run = training(shapes)
    while not run.log:  # it is at work
        time.sleep(0.1)
    request = lab.rights.object("train", shapes)
    assert run.status == "cancelled", "when it is answered, nothing runs any more"
    assert request.state == "closed" and lab.rights.purposes["train"].objections == [shapes.id]
    with pytest.raises(cx.Restricted, match="you objected"):
        shapes.fine_tune("yolo11n.yaml")
    assert shapes.view.ids, "the other purposes stay open"
    with pytest.raises(cx.BadInput, match="not kept"):
        lab.rights.object("store")
    lab.rights.lift("train", shapes)
    assert not lab.rights.purposes["train"].objections


FROZEN_OPEN = {  # what stays open while a dataset is frozen: that it is there, how much of what; taking it away
    ("get", "/datasets/{dataset}"),
    ("patch", "/datasets/{dataset}"),
    ("get", "/datasets/{dataset}/stats"),
    ("get", "/datasets/{dataset}/classes"),
    ("get", "/datasets/{dataset}/versions"),
    ("post", "/datasets/{dataset}/export"),
    ("put", "/rights/frozen/{dataset}"),
    ("delete", "/rights/frozen/{dataset}"),
}
BODIES: dict[str, Any] = {
    "/sql": {"query": "SELECT * FROM samples"},
    "/labels": {"edits": [{"op": "add", "sample": 1, "value": {"class_name": "a", "bbox": [0, 0, 1, 1]}}]},
    "/review": {"state": "accepted"},
    "/import": {"paths": ["/nowhere"]},
    "/classes": {"name": "a"},
    "/classes/{class_id}": {"name": "a"},
    "/versions": {"name": "v"},
}


def uses(dataset: Any) -> dict[tuple[str, str], Any]:
    """Every request that is about a dataset, by its body."""
    found: dict[tuple[str, str], Any] = {
        ("post", "/browse"): {"dataset": dataset.id},
        **{("post", f"/runs/{kind}"): {"dataset": dataset.id, "model": "yolo11n.yaml"} for kind in ("train", "predict", "evaluate")},
    }
    for path, methods in dataset._connection.request("GET", "/openapi.json").json()["paths"].items():
        if "{dataset}" in path:
            short = path.removeprefix("/api")
            found |= {(method, short): BODIES.get(short.removeprefix("/datasets/{dataset}"), {}) for method in methods}
    return found


def test_frozen_is_frozen_for_every_route_and_training_stops(lab, shapes):
    run = training(shapes)
    lab.rights.freeze("shapes")
    assert run.status == "cancelled"
    asked = {each: body for each, body in uses(shapes).items() if each not in FROZEN_OPEN}
    assert len(asked) >= 14 and FROZEN_OPEN <= set(uses(shapes))
    for (method, path), body in asked.items():
        address = path.format(dataset=shapes.id, sample=1, class_id=0)
        with pytest.raises(cx.Restricted, match="frozen by its owner"):
            shapes._connection.request(method.upper(), address, json=None if method == "get" else body)
    assert shapes.stats().samples == 8
    told = len(lab.rights.notices)
    lab.rights.unfreeze(shapes)
    assert shapes.view.ids and len(lab.rights.notices) == told + 1
    texts = [line.text for line in lab.rights.history.lines]
    assert texts.index("You lifted a restriction.") < texts.index(next(text for text in texts if "told" in text)), "told first (Art. 18(3))"


def test_a_frozen_dataset_is_taken_away_and_destroyed_as_any(lab, tmp_path):
    ds = lab.create_dataset("kept only")
    lab.rights.freeze(ds)
    lab.rights.export(tmp_path / "frozen.zip", [ds])
    plan = lab.rights.plan_erasure(ds)
    assert plan.execute(plan.hash).verify()


# ---- the address ----
def test_the_address_is_optional_and_erasable_alone(lab):
    assert lab.rights.email is None
    lab.rights.email = "ann@example.org"
    assert lab.rights.email == "ann@example.org"
    with pytest.raises(cx.BadInput, match="not an e-mail"):
        lab.rights.email = "ann"
    lab.rights.agree("marketing")
    lab.rights.rectify(email="anne@example.org")
    assert lab.rights.email == "anne@example.org" and lab.rights.purposes["marketing"].open, "consent stays"
    assert not [each for each in lab.rights.letters if each.template == "address changed"], "the former one may be a stranger's"
    del lab.rights.email
    assert lab.rights.email is None and lab.rights.erasures[0].certificate.body["what"] == "email"


# ---- the terminal ----
NEEDS_NO_SERVICE = {("POST", "/rights/verify"): "comexp verify, proof.verify()"}


def test_every_route_of_rights_has_a_command_and_so_a_call(lab, workspace, tmp_path, monkeypatch):
    """Commands speak through the Python API only (test_house), so whatever a command reaches has a twin in both."""
    asked = set[tuple[str, str]]()
    for name in ("request", "download"):
        monkeypatch.setattr(Connection, name, overheard(getattr(Connection, name), asked))
    every_command(lab, workspace, tmp_path)
    missing = {
        (method, route.path)
        for route in rights.router.routes
        for method in route.methods
        if not any(method == how and route.path_regex.fullmatch(path) for how, path in asked)
    }
    assert missing == set(NEEDS_NO_SERVICE)


def overheard(call: Any, asked: set[tuple[str, str]]) -> Any:
    def heard(self: Connection, *words: Any, **options: Any) -> Any:
        asked.add((words[0], words[1]) if words[0].isupper() else ("GET", words[0]))
        return call(self, *words, **options)

    return heard


def every_command(lab, workspace, tmp_path):
    def said(*words: str, typed: str = "", code: int = 0) -> str:
        answer = CliRunner().invoke(main, ["-w", str(workspace), "rights", *words], input=typed)
        assert answer.exit_code == code, answer.output
        return answer.output

    lab.create_dataset("by hand")
    certificate = str(tmp_path / "certificate.json")
    assert "catalog" in said("show") and "objection" in said("object", "usage") and "you objected" in said("purposes")
    said("lift", "usage")
    assert "marketing" in said("agree", "marketing") and said("withdraw", "marketing") == ""
    assert [each.method for each in lab.rights.consents[-1:]] == ["command line"]
    assert "nobody has to" in said("email") and "a@example.org" in said("email", "a@example.org")
    assert "did you mean 'usage'" in said("object", "usge", code=1) and "did you mean 'access'" in said("request", "acess", code=1)
    assert "verified" in said("request", "access", "--words", "all of it") and "access" in said("requests")
    assert '"datasets": 1' in said("export", str(tmp_path / "one.zip"), "--dataset", "by hand")
    assert "restriction" in said("freeze", "by hand") and said("unfreeze", "by hand") == ""
    assert "Say what to correct" in said("rectify", "by hand", "--to", "x", code=1)
    assert "former name of a dataset: 1" in said("rectify", "by hand", "--name", "--to", "by foot", "--dry-run")
    assert "nothing of the former" in said("rectify", "by hand", "--name", "--to", "by foot")
    assert "nothing of the former" in said("rectify", "by foot", "--name", "--to", "by hand")
    assert "stands in no label" in said("rectify", "by hand", "--text", "Jon", "--attribute", "note", "--to", "Joan", code=1)
    assert "nothing of the former" in said("rectify", "--email", "--to", "b@example.org") and lab.rights.email == "b@example.org"
    assert "label database" in said("erase", "by hand", "--dry-run") and "by hand" in lab.datasets.names()
    assert "type the name" in said("erase", "by hand", "--certificate", certificate, typed="by foot\n", code=1)
    assert "Erased." in said("erase", "by hand", "--certificate", certificate, typed="by hand\n")
    assert "Erased." in said("erase", "--email", "--certificate", certificate, typed="e-mail\n") and lab.rights.email is None
    assert "Name a dataset" in said("erase", "by hand", "--everything", code=2)
    assert "operator's name is missing" in said("act", str(tmp_path / "act.html"), code=1)
    assert "by hand" in said("restore", str(tmp_path / "one.zip"))
    assert "comexp-2026" in said("policies") and "Privacy Policy" in said("policies", "--text", lab.rights.policies[-1].name)
    assert "root" in said("history") and "purpose" in said("processing") and "Roskomnadzor" in said("authorities")
    assert "datamap" not in said("processing", "places") and "key of the catalog" in said("processing", "places")
    assert "access log" in said("retention") and "89 days from the day of the request, then destroy" in repr(lab.rights.retention[0])
    assert "nothing sold" in said("opt-out") and "nothing sold" in said("opt-out", "--show") and lab.rights.opted_out.opted_out
    assert "tape@comexp.net" in said("privacy") and "Without one, notices appear" in said("forms")
    assert "given" in said("consents") and "dpv:ConsentReceipt" in said("consents", "--receipt", "marketing")
    assert "notice" in said("letters") and said("policies", "--changes", lab.rights.policies[0].name) == "\n"
    assert "certified" in said("erasures") and "Proof(erased" in said("erasures", "--retry", lab.rights.erasures[0].id)
    known = lab.rights.requests[0]
    assert f"about request {known.id}" in said("reply", known.id) and "answered" in said("cancel", known.id, code=1)
