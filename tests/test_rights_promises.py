"""Promises of the policies that one request can break, asked of the whole service without a socket."""

from __future__ import annotations

import io
import json
import os
import re
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from comexp_lab import api
from comexp_lab.api import ConsentIn, RequestIn
from comexp_lab.browse import settings as fiftyone
from comexp_lab.client import doctor
from comexp_lab.errors import BadInput
from comexp_lab.rights import controller, forms, purposes, redacting, replies
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.policies import Policies
from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab
from comexp_lab.store.keys import KeyStore


@pytest.fixture
def at(tmp_path: Path) -> Iterator[SimpleNamespace]:
    lab = Lab(tmp_path / "workspace")
    with TestClient(build(lab)) as client:
        yield SimpleNamespace(lab=lab, ask=client, rights=lab.rights)
    lab.close()


def test_a_browser_that_opts_out_is_heard_and_answered(at):
    """Global Privacy Control; 11 CCR §7025(c)(6): that the signal was honoured is shown."""

    def said(**signal: str) -> str:
        return at.ask.get("/api/rights/opt-out", headers={"Sec-GPC": value for value in signal.values()}).json()["text"]

    assert {said(), said(gpc="0")} == {"nothing is sold"}
    with ThreadPoolExecutor(4) as pool:  # as a page that loads its parts at once
        assert set(pool.map(lambda _: said(gpc="1"), range(8))) == {"opted out, nothing sold"} == {said()}
    assert [entry.kind for entry in at.rights.ledger.entries()].count("opt-out recorded") == 1
    assert [each["type"] for each in at.ask.get("/api/rights/requests").json()] == ["opt_out"], "as if it had been clicked"


def test_the_archive_that_is_asked_for_has_receipts_of_consents(at):
    given = at.ask.put("/api/rights/consents/marketing", json={}).json()["id"]
    run = at.ask.post("/api/rights/archive", json={}).json()["id"]
    while (ran := at.ask.get(f"/api/runs/{run}").json())["status"] in ("queued", "running"):
        time.sleep(0.02)
    archive = at.ask.get(f"/api/runs/{run}/download")
    assert archive.status_code == 200, ran
    with zipfile.ZipFile(io.BytesIO(archive.content)) as found:
        assert json.loads(found.read(f"my-data/data/consents/{given}.jsonld"))["@type"] == "dpv:ConsentReceipt"


def test_who_froze_a_dataset_is_told_before_it_is_lifted(at, monkeypatch):
    """GDPR Art. 18(3). Where nobody can be told, it stays frozen."""
    ds = at.lab.workspace.create_dataset("street")
    at.ask.put(f"/api/rights/frozen/{ds.id}")
    with monkeypatch.context() as broken:
        broken.setattr(at.rights.letters, "tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            at.ask.delete(f"/api/rights/frozen/{ds.id}")
    assert at.lab.workspace.dataset(ds.id, "store").restricted
    assert at.ask.delete(f"/api/rights/frozen/{ds.id}").status_code == 204
    kinds = [entry.kind for entry in at.rights.ledger.entries()]
    assert kinds.index("notice given") < kinds.index("restriction lifted")
    assert at.rights.letters.notices()[0].template == "restriction ends" and not at.lab.workspace.dataset(ds.id, "store").restricted


def test_what_is_about_everything_freezes_everything_until_it_ends(at):
    """152-FZ Art. 21(1): from the moment of the request, for the time of the check; what the owner froze himself stays so."""
    rights, own, *others = at.rights, *(at.lab.workspace.create_dataset(name) for name in ("own", "street", "yard"))

    def frozen() -> set[str]:
        return {store.name for store in at.lab.workspace.stores() if store.restricted}

    rights.freeze(own.id)
    asked = rights.submit(RequestIn(type="rectification", target="account", key=uuid4(), regimes=["ru152"]))
    assert frozen() == {"own", "street", "yard"} and asked.frozen
    assert [each.met is not None for each in asked.deadlines if each.effect == "freeze"] == [True] and "freeze" not in asked.next
    rights.unfreeze(others[0].id)
    assert frozen() == {"own", "yard"} and rights.requests.get(asked.id).frozen, "the rest is still being checked"
    told = len(rights.letters.notices())
    rights.cancel(asked.id)
    assert frozen() == {"own"} and not rights.requests.get(asked.id).frozen and len(rights.letters.notices()) == told + 1
    again = rights.submit(RequestIn(type="rectification", target="account", key=uuid4()))
    for store in (own, *others):
        assert rights.requests.get(again.id).frozen
        rights.unfreeze(store.id)
    assert not rights.requests.get(again.id).frozen, "nothing of it is frozen any more"


def test_while_the_address_is_being_checked_no_letter_goes_that_can_wait(at):
    """152-FZ Art. 3(7), 21(1): blocked is what is not used, but to clear up what it should be."""
    rights = at.rights
    rights.letters.set_address("anna@mail.example")
    rights.agree("marketing", ConsentIn())
    rights.letters.enqueue("product news", {"headline": "News", "text": "There are some."})
    asked = rights.submit(RequestIn(type="rectification", target="email", key=uuid4(), regimes=["ru152"]))
    assert asked.frozen and "freeze" not in asked.next and rights.letters.held()
    assert [letter.reason for letter in rights.letters.outbox()] == ["The address is frozen while a request about it is open."]
    rights.cancel(asked.id)
    assert not rights.letters.held() and rights.letters.notices()[0].template == "restriction ends"


def test_a_crash_before_data_was_frozen_is_made_good_at_the_next_start(tmp_path, monkeypatch):
    lab = Lab(tmp_path / "workspace")
    ds = lab.workspace.create_dataset("street")
    with monkeypatch.context() as killed:
        killed.setattr(lab.workspace, "restrict_dataset", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lab.rights.submit(RequestIn(type="rectification", target=f"dataset:{ds.id}", key=uuid4(), regimes=["ru152"]))
    with monkeypatch.context() as killed:
        killed.setattr(lab.rights.requests, "close", lambda *_, **__: 1 / 0)
        for work in (
            lambda: lab.rights.object_to("usage"),
            lambda: lab.rights.submit(RequestIn(type="know", target="account", key=uuid4())),
        ):
            with pytest.raises(ZeroDivisionError):
                work()
    lab.close()
    again = Lab(tmp_path / "workspace")
    again.rights.start()
    states = {each.type: (each.state, each.frozen) for each in again.rights.requests.list()}
    assert states == {"rectification": ("verified", True), "objection": ("closed", False), "know": ("closed", False)}
    assert again.workspace.dataset(ds.id, "store").restricted
    again.close()


# ---- no key stays in what somebody wrote ----
KEYS = {
    "labelled": "API key: 9f8a7b6c5d4e",
    "russian": "мой ключ — qW3_rT9-zz",
    "chinese": "密钥是 a1b2c3d4e5",
    "password": "password = hunter2!",
    "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "cloud": "AKIAIOSFODNN7EXAMPLE",
    "model hub": "hf_" + "aB3" * 11,
    "code host": "ghp_" + "x9" * 18,
    "bot": "123456789:" + "AAE" * 11 + "zz",
    "jupyter": "0f" * 24,
    "private": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
}
HONEST = (
    "The request 5e0b2c4d5e0b2c4d5e0b2c4d5e0b2c4d was answered, certificate " + "ab" * 32 + ".",
    "My keyboard has a key that is broken; the token ring too. Call +49 30 1234567, write to anna@mail.example.",
    "Исправьте имя: keyfob.jpg, класс «ключ».",
)


@pytest.mark.parametrize("kind", KEYS)
@settings(max_examples=10, deadline=None)
@given(before=st.text(alphabet="abc .\nяж图", max_size=30), after=st.text(alphabet=" \n.,", max_size=5))
def test_a_key_in_a_request_is_not_kept(kind, before, after):
    value = KEYS[kind].split()[-1] if kind != "private" else "MIIEow"
    text = redacting.struck({"words": f"{before} {KEYS[kind]}{after} thank you"})["words"]
    assert value not in text and redacting.GONE in text and text.startswith(before) and text.endswith("thank you")


@pytest.mark.parametrize("text", HONEST)
def test_what_is_no_key_is_kept(text):
    assert redacting.struck({"words": text}) == {"words": text}


def test_of_a_key_that_was_sent_nothing_is_in_the_answer_the_ledger_and_the_archive(at):
    sent = {"type": "access", "key": str(uuid4()), "words": {"message": "I am Anna, API key: canary-9f8a7b6c"}}
    made = at.ask.post("/api/rights/requests", json=sent).json()
    assert made["words"] == {"message": f"I am Anna, {redacting.GONE}"}
    assert "canary" not in str([entry.private for entry in at.rights.ledger.entries()]) + str(at.ask.get("/api/rights/requests").json())


# ---- who answers, and what is asked for ----
def test_who_answers_is_what_the_operator_set(tmp_path, monkeypatch):
    monkeypatch.setenv("COMEXP_OPERATOR", str(tmp_path / "operator.toml"))
    assert controller.controller() == replies.COMEXP, "by the policy, as long as nobody else operates"
    lines = {"name": "Labor GmbH", "contact": "datenschutz@labor.de", "address": "Ulm", "registration": "77-1"}
    (tmp_path / "operator.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()))
    lab = Lab(tmp_path / "workspace")
    with TestClient(build(lab)) as client:
        told = client.get("/api/rights/privacy").json()
        made = client.post("/api/rights/requests", json={"type": "know", "key": str(uuid4())}).json()
        reply = client.get(f"/api/rights/requests/{made['id']}/reply").text
        record = client.get("/api/rights/processing").text
        given = client.put("/api/rights/consents/marketing", json={}).json()
        receipt = client.get(f"/api/rights/consents/{given['id']}/receipt").text
    lab.close()
    assert told["controller"] == {name: lines[name] for name in ("name", "contact", "address")} and told["registration"] == "77-1"
    assert told["policy"].startswith("comexp-")
    assert all("datenschutz@labor.de" in text and "Comexp to you" not in text for text in (reply, record, receipt))


@pytest.mark.parametrize(
    "contact", ["", "privacy@example.com", "CHANGEME", "<your address>", "me@mail.test", "https://example.org/privacy"]
)
def test_a_lab_whose_operator_cannot_be_reached_does_not_start(tmp_path, monkeypatch, contact):
    monkeypatch.setenv("COMEXP_OPERATOR", str(tmp_path / "operator.toml"))
    (tmp_path / "operator.toml").write_text(f'name = "Labor GmbH"\ncontact = "{contact}"\n')
    with pytest.raises(BadInput, match="set “contact”"):
        Lab(tmp_path / "workspace")


ASKS_NOTHING = set(  # messages that say what to do with what is there already
    "DatasetCreate DatasetPatch ClassCreate ClassPatch VersionCreate SqlIn ViewSpec UndoIn ReviewIn ImportIn ExportIn TrainIn PredictIn"
    " EvaluateIn BrowseIn Settings ArchiveIn RestoreIn ErasurePlanIn ErasureExecute ErasureCertificate ModelExport ModelImport".split()
)


def test_every_form_that_asks_for_data_says_what_for_and_what_follows():
    """A new message of the API is a form or asks for nothing: somebody has to decide. A new field of a form has its reason."""
    paths = build(None).openapi()["paths"].values()
    bodies = [verb["requestBody"]["content"] for path in paths for verb in path.values() if "requestBody" in verb]
    sent = {content["application/json"]["schema"]["$ref"].rpartition("/")[2] for content in bodies if "application/json" in content}
    rows = forms.document()
    models = {row["model"] for row in rows.values()} - {""}
    assert sent - ASKS_NOTHING == models and ASKS_NOTHING <= sent
    for row in rows.values():
        fields = getattr(api, row["model"]).model_fields if row["model"] else {}
        assert set(fields) in ({*row["about"], *row["fields"]}, set())
        assert all(row["fields"][name]["required"] == fields[name].is_required() for name in row["fields"] if fields)


def test_each_form_names_the_notice_that_is_read_at_it(at):
    told = at.ask.get("/api/rights/forms").json()
    known = {row["purpose"]: row["notices"] for row in at.ask.get("/api/rights/purposes").json()}
    assert {each["form"] for each in told} == set(forms.document())
    for each in told:
        assert each["notices"] == known[each["purpose"]] and each["fields"]
        assert all(field["words"][language] for field in each["fields"] for language in ("en", "ru", "zh"))


def test_every_form_of_the_panel_is_a_declared_one():
    """In the browser: a form element that does not say which one it is, is one that nobody declared."""
    found = [
        name
        for file in (Path(__file__).parent.parent / "labextension" / "src").rglob("*.tsx")
        for name in re.findall(r"<form\b(?:(?!>\s).)*?data-cx-form=\"(\w+)\"|<form\b", file.read_text(), re.DOTALL)
    ]
    assert set(found) <= {*forms.document(), "erase", "correct"} and len(found) >= 3, "erasing and correcting ask for nothing new"


# ---- what never happens ----
def test_libraries_report_to_nobody(tmp_path, monkeypatch):
    """FiftyOne by its settings, whatever the user's own say. What a training reaches is asked of the kernel in test_learn_runs."""
    for name in fiftyone.environment("", tmp_path):
        monkeypatch.setenv(name, "false")  # and is put back afterwards
    fiftyone.apply("mongodb://x", tmp_path)
    assert os.environ["FIFTYONE_DO_NOT_TRACK"] == "true"


def test_the_only_recipient_is_the_mail_server_and_gets_the_address_only():
    rows = purposes.register().values()
    assert {name for row in rows for name in row.recipients} == {"the mail server that the operator configured"}
    assert all(set(row.pd) == {"pd:EmailAddress"} for row in rows if row.recipients)


def test_no_purpose_is_profiling_or_an_automated_decision():
    terms = " ".join(f"{row.purpose} {row.dpv} {row.words.en}" for row in purposes.register().values())
    assert not re.search("profil|personalis|scor|automated decision", terms, re.IGNORECASE)


def test_a_flood_of_requests_is_one_request_with_the_first_clock(at):
    sent = [at.ask.post("/api/rights/requests", json={"type": "access", "key": str(uuid4())}) for _ in range(50)]
    assert {each.status_code for each in sent} == {201} and len({each.json()["id"] for each in sent}) == 1
    (kept,), first = at.ask.get("/api/rights/requests").json(), sent[0].json()
    assert kept["received"] == first["received"] and [d["due"] for d in kept["deadlines"]] == [d["due"] for d in first["deadlines"]]


def test_a_clock_that_was_set_back_does_not_change_the_order(tmp_path):
    times = iter(datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in range(23, -1, -1))
    log = Ledger(tmp_path / "ledger", KeyStore(tmp_path / "keys", "w", bytes(32)), lambda: next(times))
    consents = Consents(log, Policies(log), "s", replies.COMEXP, clock=lambda: next(times))
    consents.object_to("usage")
    assert consents.closed(None, "usage")
    consents.lift_objection("usage")
    entries = list(log.entries())
    assert [entry.n for entry in entries] == [0, 1] and entries[0].at > entries[1].at
    assert consents.closed(None, "usage") is None, "the later one counts, whatever the clock said"


def test_the_doctor_says_where_memory_may_reach_a_disk(tmp_path):
    swaps, cores = tmp_path / "swaps", tmp_path / "core_pattern"
    swaps.write_text("Filename Type Size Used Priority\n")
    cores.write_text("core\n")
    assert doctor._swap(swaps, cores) == "memory stays in memory" == doctor._swap(tmp_path / "none", tmp_path / "none")
    swaps.write_text(swaps.read_text() + "/dev/sda2 partition 1 0 -2\n")
    cores.write_text("|/usr/share/apport/apport %p\n")
    assert "encrypt the swap" in doctor._swap(swaps, cores) and "core_pattern" in doctor._swap(swaps, cores)
