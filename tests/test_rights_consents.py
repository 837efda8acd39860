"""Consents, objections and the opt-out: what is open now, what was open then, and the receipt that proves it."""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from comexp_lab.api import ConsentIn, Controller
from comexp_lab.errors import BadInput
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.policies import SHIPPED, Policies
from comexp_lab.store.keys import KeyStore

WHO = Controller(name="Lab Ltd", contact="privacy@lab.example")
START = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    """Each reading is a second later."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def make(folder: Path, clock: Clock, *registries: Path) -> tuple[Ledger, Policies, Consents]:
    ledger = Ledger(folder / "ledger", KeyStore(folder / "keys.sqlite", "w", bytes(32)), clock)
    policies = Policies(ledger, (SHIPPED, *registries))
    return ledger, policies, Consents(ledger, policies, "5e0b", WHO, clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(tmp_path: Path, clock: Clock) -> tuple[Ledger, Policies, Consents]:
    return make(tmp_path, clock)


@pytest.fixture
def consents(parts) -> Consents:
    return parts[2]


def test_nothing_that_needs_consent_is_on_until_somebody_says_so(consents):
    assert [purpose for purpose, reason in consents.open_purposes("d").items() if reason] == ["marketing"]
    assert consents.records() == [] and consents.state("marketing") == "never given"


def test_taking_consent_back_is_as_easy_as_giving_it(consents):
    give, withdraw = inspect.signature(consents.give), inspect.signature(consents.withdraw)
    assert list(give.parameters.values()) == list(withdraw.parameters.values())
    consents.give("marketing")
    assert consents.closed(None, "marketing") is None
    consents.withdraw("marketing")
    assert "withdrew" in str(consents.closed(None, "marketing"))


def test_taking_back_twice_or_what_was_never_given_changes_nothing(parts):
    ledger, _, consents = parts
    assert consents.withdraw("marketing") is None
    consents.give("marketing")
    first = consents.withdraw("marketing")
    assert consents.withdraw("marketing") == first
    assert [entry.kind for entry in ledger.entries()] == ["consent given", "consent withdrawn"]


def test_a_record_holds_what_the_standard_asks_for(parts):
    _, policies, consents = parts
    how = ConsentIn(language="ru", method="python", jurisdiction="RU", expiry=START + timedelta(days=365), evidence={"cell": "[3]"})
    record = consents.give("marketing", how)
    text = policies.text(record.policy, "ru")
    assert text[0] == "en" and record.language == "en", "the language that was shown, not the one that was wished for"
    assert record.sha256 == hashlib.sha256(text[1].encode()).hexdigest()
    assert record == consents.record(record.id)
    facts = record.model_dump()
    assert {"withdrawn": facts.pop("withdrawn"), "renews": facts.pop("renews")} == {"withdrawn": None, "renews": None}
    assert all(facts.values()), facts
    assert (record.subject, record.controller, record.jurisdiction) == ("5e0b", "Lab Ltd", "RU")


def test_evidence_is_sealed_and_goes_with_the_account_while_the_fact_stays(parts, tmp_path, clock):
    ledger, _, consents = parts
    record = consents.give("marketing", ConsentIn(evidence={"ip": "203.0.113.77"}))
    during = clock()
    assert b"203.0.113.77" not in (tmp_path / "ledger" / "log.jsonl").read_bytes()
    assert consents.record(record.id).evidence == {"ip": "203.0.113.77"}
    ledger.forget(f"consent:{record.id}")  # an erased account loses the keys of all scopes
    left = consents.record(record.id)
    assert left.evidence is None and left.subject == "erased" and left.sha256 == record.sha256
    assert consents.lawful_at("marketing", during) and ledger.verify() == 1


def test_withdrawal_leaves_the_past_lawful(consents, clock):
    before = clock()
    consents.give("marketing")
    during = clock()
    consents.withdraw("marketing")
    after = clock()
    consents.object_to("marketing")
    assert [consents.lawful_at("marketing", at) for at in (before, during, after)] == [False, True, False]
    assert [consents.state("marketing", at) for at in (before, during, after)] == ["never given", "given", "withdrawn"]


def test_a_consent_ends_on_its_day(consents, clock):
    consents.give("marketing", ConsentIn(expiry=clock.now + timedelta(hours=1)))
    assert consents.closed(None, "marketing") is None
    clock.now += timedelta(hours=1)
    assert "expired" in str(consents.closed(None, "marketing"))
    with pytest.raises(BadInput):
        consents.give("marketing", ConsentIn(expiry=START))


def test_objecting_to_marketing_is_absolute(consents):
    consents.object_to("marketing")
    consents.give("marketing")
    assert "objected" in str(consents.closed(None, "marketing"))
    consents.withdraw("marketing")
    consents.lift_objection("marketing")
    assert "withdrew" in str(consents.closed(None, "marketing")), "lifting an objection gives no consent"


def test_an_objection_closes_one_dataset_or_all(consents):
    consents.object_to("train", "a")
    assert [bool(consents.closed(dataset, "train")) for dataset in (None, "a", "b")] == [False, True, False]
    consents.object_to("train")
    consents.lift_objection("train", "a")
    assert [bool(consents.closed(dataset, "train")) for dataset in (None, "a", "b")] == [True, True, True]
    assert [(entry.purpose, entry.dataset) for entry in consents.objections()] == [("train", None)]
    consents.lift_objection("train")
    assert consents.closed("a", "train") is None and consents.objections() == []


def test_objecting_twice_is_objecting_once(parts):
    ledger, _, consents = parts
    assert consents.object_to("usage") == consents.object_to("usage")
    consents.lift_objection("usage")
    consents.lift_objection("usage")
    assert [entry.kind for entry in ledger.entries()] == ["objection", "objection lifted"]


@pytest.mark.parametrize(
    ("purpose", "why"),
    [
        ("store", "erase the dataset"),
        ("access", "your own right"),
        ("erase", "your own right"),
        ("service", "Essential"),
        ("support", "answer you"),
    ],
)
def test_where_there_is_no_objection_the_reason_is_given(consents, purpose, why):
    with pytest.raises(BadInput, match=why):
        consents.object_to(purpose)
    assert consents.closed(None, purpose) is None


def test_an_account_purpose_has_no_dataset(consents):
    with pytest.raises(BadInput, match="not about a dataset"):
        consents.object_to("usage", "a")


def test_the_opt_out_signal_is_kept_and_confirmed(parts):
    ledger, _, consents = parts
    for nothing in ("0", "", "true"):
        assert not consents.opt_out_signal(nothing).opted_out
    told = consents.opt_out_signal("1")
    assert (told.opted_out, told.text) == (True, "opted out, nothing sold") and told.since
    assert consents.opt_out_signal("1") == told == consents.opt_out() and len(list(ledger.entries())) == 1


def test_the_receipt_says_what_the_record_says(consents):
    first = consents.give("marketing", ConsentIn(jurisdiction="DE"))
    second = consents.give("marketing", ConsentIn(expiry=START + timedelta(days=9)))
    consents.withdraw("marketing")
    receipt = json.loads(consents.receipt(second.id))
    record = receipt["dpv:hasRecordOfActivity"]
    given, withdrawn = record["dpv:hasConsentStatus"]
    assert (receipt["@type"], record["@type"], record["dct:identifier"]) == ("dpv:ConsentReceipt", "dpv:ConsentRecord", second.id)
    assert "dpv:RenewedConsentGiven" in given["@type"] and given["dpv:isIndicatedAtTime"] == second.given.isoformat()
    assert withdrawn["@type"] == "dpv:ConsentWithdrawn"
    assert record["dpv:hasNotice"]["dct:source"]["dct:hasVersion"] == f"sha256:{second.sha256}"
    assert record["dpv:hasProcess"][0]["dct:identifier"] == "marketing"
    assert consents.record(first.id).withdrawn == consents.record(second.id).withdrawn, "taking it back ends what it renewed, too"
    assert json.loads(consents.receipt(first.id))["dpv:hasRecordOfActivity"]["dpv:hasJurisdiction"] == "DE"


def test_another_process_reads_the_same_state(parts, tmp_path, clock):
    consents = parts[2]
    consents.give("marketing")
    consents.object_to("train", "a")
    again = make(tmp_path, clock)[2]
    assert again.open_purposes("a") == consents.open_purposes("a") and again.closed("a", "train")


class Machine(RuleBasedStateMachine):
    """Against a plain list of what happened, replayed for every question; and no answer about the past ever changes."""

    VERSIONS = (("v1", True, ["marketing"]), ("v2", False, []), ("v3", True, ["train"]), ("v4", True, ["marketing"]))
    ASKED = tuple((purpose, dataset) for purpose in ("marketing", "train", "usage", "store") for dataset in (None, "a", "b"))

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
        rows = ""
        for id, material, affected in self.VERSIONS:
            (self.folder / f"{id}.txt").write_text(id)
            rows += (
                f'[[version]]\nid = "{id}"\nproduct = "comexp"\nversion = "{id}"\neffective = 2026-10-01\nauthoritative = "en"\n'
                f'material = {str(material).lower()}\npurposes = {affected}\n[version.texts.en]\nfile = "{id}.txt"\n'
                f'sha256 = "{hashlib.sha256(id.encode()).hexdigest()}"\n'
            )
        (self.folder / "registry.toml").write_text(rows)
        self.clock = Clock()
        self.ledger, self.policies, self.consents = make(self.folder, self.clock, self.folder)
        self.happened: list[tuple[datetime, str, tuple]] = []
        self.published = 0
        self.answers: dict[tuple, bool] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def note(self, what: str, *facts: object) -> None:
        self.happened.append((self.clock.now, what, facts))

    @rule(days=st.sampled_from([None, 1, 30]))
    def give(self, days: int | None) -> None:
        expiry = self.clock.now + timedelta(days=days) if days else None
        self.consents.give("marketing", ConsentIn(expiry=expiry))
        self.note("give", expiry, self.published)

    @rule()
    def withdraw(self) -> None:
        self.consents.withdraw("marketing")
        self.note("withdraw")

    @rule(purpose=st.sampled_from(["marketing", "train", "usage"]), dataset=st.sampled_from([None, "a"]), lift=st.booleans())
    def objection(self, purpose: str, dataset: str | None, lift: bool) -> None:
        dataset = dataset if purpose == "train" else None
        (self.consents.lift_objection if lift else self.consents.object_to)(purpose, dataset)
        self.note("lift" if lift else "object", purpose, dataset)

    @precondition(lambda self: self.published < len(self.VERSIONS))
    @rule()
    def publish(self) -> None:
        id, material, affected = self.VERSIONS[self.published]
        self.policies.publish(id, lambda template, fields, notice: self.ledger.append("notice given", {"notice": notice}))
        self.published += 1
        self.note("publish", self.published, affected if material else [])

    @rule(days=st.sampled_from([1, 31]))
    def wait(self, days: int) -> None:
        self.clock.now += timedelta(days=days)

    @rule()
    def restart(self) -> None:
        self.ledger, self.policies, self.consents = make(self.folder, self.clock, self.folder)

    def expected(self, purpose: str, dataset: str | None, at: datetime) -> bool:
        consent, objections = None, set()
        for when, what, facts in self.happened:
            if when > at:
                break
            if what == "give":
                consent = {"expiry": facts[0], "version": facts[1], "stale": False}
            elif what == "withdraw":
                consent = None
            elif what == "object":
                objections.add(facts)
            elif what == "lift":
                objections.discard(facts)
            elif what == "publish" and consent and "marketing" in facts[1] and facts[0] > consent["version"]:
                consent["stale"] = True
        if {(purpose, None), (purpose, dataset)} & objections:
            return False
        if purpose != "marketing":
            return True
        return consent is not None and not consent["stale"] and (consent["expiry"] is None or at < consent["expiry"])

    @invariant()
    def every_answer_is_that_of_the_model_and_stays(self) -> None:
        now = self.clock()
        for purpose, dataset in self.ASKED:
            open_now = self.consents.closed(dataset, purpose) is None
            assert open_now == self.expected(purpose, dataset, now), (purpose, dataset)
            self.answers[now, purpose, dataset] = open_now
        for (at, purpose, dataset), answer in self.answers.items():
            assert self.consents.lawful_at(purpose, at, dataset) == answer == self.expected(purpose, dataset, at)


TestMachine = Machine.TestCase
TestMachine.settings = settings(settings(), max_examples=20, stateful_step_count=20, deadline=None)
