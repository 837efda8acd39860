"""The register of purposes, the record of processing, the versions of the policies and how a new one is told."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from comexp_lab.api import ConsentIn, Controller, Purpose
from comexp_lab.errors import BadInput, Conflict, Error, NotFound
from comexp_lab.rights import purposes
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.policies import SHIPPED, Policies, registered
from comexp_lab.rights.recall import Recall
from comexp_lab.store.keys import KeyStore

COMEXP, TREX = "comexp-2026-06-19", "t-rex-label-2024-06-12"
WHO = Controller(name="Lab Ltd", contact="privacy@lab.example", address="1 Road")
# Terms of the Data Privacy Vocabulary 2.3 (dpv.csv, pd.csv, eu-gdpr.csv of the release) that documents of ours may use.
DPV = """Process Purpose DataProcessingRecord DataController DataSubject User Recipient StorageDuration UntilEventDuration UntilTimeDuration
ConsentRecord ConsentReceipt ConsentGiven RenewedConsentGiven ConsentWithdrawn ExplicitlyExpressedConsent ConsentNotice ProvideConsent
WithdrawConsent DataSubjectRight EncryptionAtRest EncryptionInTransfer FulfilmentOfContractualObligation RequestedServiceProvision
RightsFulfilment ServiceUsageAnalytics DirectMarketing CommunicationManagement CommunicationForCustomerCare hasPurpose hasLegalBasis
hasPersonalData hasRecipient hasStorageCondition hasDuration hasProcess hasDataController hasDataSubject hasName hasContact hasAddress
hasTechnicalOrganisationalMeasure hasRecordOfActivity hasJurisdiction hasConsentControl isExercisedAt hasRight hasNotice
hasConsentStatus isIndicatedBy hasIndicationMethod isIndicatedAtTime""".split()
KNOWN = {f"dpv:{term}" for term in DPV}
KNOWN |= {f"pd:{term}" for term in "Picture AccountIdentifier EmailAddress ServiceConsumptionBehaviour IPAddress UserAgent Name".split()}
KNOWN |= {"eu-gdpr:A6-1-a", "eu-gdpr:A6-1-b", "eu-gdpr:A6-1-c", "eu-gdpr:A6-1-f", "eu-gdpr:A7-3"}


def terms(document: str) -> set[str]:
    return set(re.findall(r'"((?:dpv|pd|eu-gdpr):[\w-]+)"', document))


class Clock:
    """Each reading is a second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    return Ledger(tmp_path / "ledger", KeyStore(tmp_path / "keys.sqlite", "w", bytes(32)), clock)


class Told:
    """Tells everybody as the letters do: an entry for each notice, once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.calls = ledger, list[tuple[str, dict[str, str], str]]()

    def __call__(self, template: str, fields: dict[str, str], notice: str) -> None:
        self.calls.append((template, fields, notice))
        self.ledger.append("notice given", {"notice": notice})


def register(folder: Path, *rows: tuple[str, str, bool, list[str]], text: bytes = b"Our new policy.\n") -> Path:
    """A registry of an operator: (id, effective, material, purposes)."""
    folder.mkdir(exist_ok=True)
    out = ""
    for id, effective, material, affected in rows:
        (folder / f"{id}.txt").write_bytes(text)
        out += (
            f'[[version]]\nid = "{id}"\nproduct = "comexp"\nversion = "{effective}"\neffective = {effective}\nauthoritative = "en"\n'
            f'material = {str(material).lower()}\npurposes = {affected}\n[version.texts.en]\nfile = "{id}.txt"\n'
            f'sha256 = "{hashlib.sha256(text).hexdigest()}"\n'
        )
    (folder / "registry.toml").write_text(out)
    return folder


# ---- purposes ----
def test_the_register_is_the_closed_list_and_has_words_in_three_languages():
    rows = purposes.register()
    assert set(rows) == set(get_args(Purpose)) and len(rows) == 13
    assert not {word for word in rows if "profil" in word or "analy" in word}
    for row in rows.values():
        assert row.words.en and re.search("[а-я]", row.words.ru) and re.search("[\u4e00-\u9fff]", row.words.zh)
        assert row.source and row.retention and row.data
        assert bool(row.needed) == (row.objection == "none"), "who may not object is told why"
    assert {row.purpose for row in rows.values() if row.basis == "consent"} == {"marketing"}


def test_the_record_of_processing_has_every_purpose_and_no_empty_field():
    rows = list(csv.DictReader(io.StringIO(purposes.ropa_csv(WHO))))
    assert [row["purpose"] for row in rows] == list(purposes.register())
    assert all(value for row in rows for value in row.values())
    document = json.loads(purposes.ropa_jsonld(WHO))
    assert [process["dct:identifier"] for process in document["dpv:hasProcess"]] == list(purposes.register())
    assert terms(purposes.ropa_jsonld(WHO)) <= KNOWN
    assert set(document["@context"]) >= {term.partition(":")[0] for term in terms(purposes.ropa_jsonld(WHO))}


def test_a_receipt_uses_terms_of_the_vocabulary_only(ledger):
    consents = Consents(ledger, Policies(ledger), "s", WHO)
    consents.give("marketing")
    id = consents.give("marketing", ConsentIn(expiry=datetime(2100, 1, 1, tzinfo=UTC))).id
    consents.withdraw("marketing")
    assert {"dpv:ConsentWithdrawn", "dpv:UntilTimeDuration", "dpv:RenewedConsentGiven"} <= terms(consents.receipt(id)) <= KNOWN


def test_a_notice_is_named_after_the_words_that_were_read():
    assert purposes.notice_id("marketing", "en") != purposes.notice_id("marketing", "ru") != purposes.notice_id("usage", "ru")


# ---- versions ----
def test_both_reference_policies_are_registered_byte_for_byte(ledger, shared):
    policies = Policies(ledger)
    assert [row.id for row in policies.history()] == [TREX, COMEXP]
    for id, name in ((COMEXP, "comexp"), (TREX, "t-rex-label")):
        original = (shared / "reference" / f"{name}-privacy-policy.txt").read_bytes()
        assert policies.text(id)[1].encode() == original
    assert policies.version(TREX).authoritative == "zh" and policies.version(TREX).texts["en"].translator
    assert policies.text(TREX, "zh")[0] == "en", "the authoritative text is not shipped, and nothing pretends to be it"
    assert policies.current("comexp").id == COMEXP
    with pytest.raises(NotFound):
        policies.current("comexp", at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_text_that_is_not_the_registered_one_is_never_shown(ledger, tmp_path):
    folder = register(tmp_path / "own", ("own-2", "2026-10-01", True, []))
    policies = Policies(ledger, (SHIPPED, folder))
    policies.publish("own-2", Told(ledger))
    (folder / "own-2.txt").write_bytes(b"Our new policy!\n")
    with pytest.raises(Error, match="not the one that was registered"):
        policies.text("own-2")
    register(folder, ("own-2", "2026-10-01", True, []), text=b"Our new policy!\n")  # the registry is bent, too
    with pytest.raises(Error, match="not the one that was registered"):
        Policies(ledger, (SHIPPED, folder)).text("own-2")


def test_a_new_version_applies_once_it_is_published_and_is_told_once(ledger, tmp_path):
    folder = register(tmp_path / "own", ("own-2", "2026-10-01", True, ["marketing"]), ("own-3", "2026-10-02", False, []))
    policies, told = Policies(ledger, (SHIPPED, folder)), Told(ledger)
    assert policies.current("comexp").id == COMEXP
    policies.publish("own-2", told)
    policies.publish("own-2", told)
    policies.announce(told)
    assert policies.current("comexp").id == "own-2"
    assert [(template, notice) for template, _, notice in told.calls] == [("policy changed", "policy-own-2")]
    policies.publish("own-3", told)
    assert policies.current("comexp").id == "own-3" and len(told.calls) == 1, "nobody is told of an immaterial change"
    assert len(list(ledger.entries("policy published"))) == 2


def test_nothing_older_and_nothing_unknown_is_published(ledger, tmp_path):
    policies = Policies(ledger, (SHIPPED, register(tmp_path / "own", ("own-0", "2026-07-01", True, []), ("own-2", "2026-10-01", True, []))))
    policies.publish("own-2", Told(ledger))
    with pytest.raises(Conflict):
        policies.publish("own-0", Told(ledger))
    with pytest.raises(NotFound):
        policies.publish("own-9", Told(ledger))


def test_what_the_operator_registers_is_in_force_from_the_next_start(ledger, tmp_path, monkeypatch):
    notices, told = list[str](), Told(ledger)
    monkeypatch.setenv("COMEXP_POLICIES", str(tmp_path / "own"))
    assert [row.id for row in registered(ledger, notices).history()] == [TREX, COMEXP]
    folder = register(tmp_path / "own", ("own-2", "2026-10-01", True, ["marketing"]))
    for _ in range(2):
        registered(ledger, notices).enforce(told)
    assert registered(ledger, notices).current("comexp").id == "own-2" and len(told.calls) == 1 and notices == []
    for broken in ("[[version]]\nid = ", "[[version]]\nid = 'x'", "version = 1"):
        (folder / "registry.toml").write_text(broken)
        assert [row.id for row in registered(ledger, notices).history()] == [TREX, COMEXP]
        registered(ledger, notices).enforce(told)
    assert all(str(folder) in notice for notice in notices) and len(notices) == 6


def test_a_crash_before_people_were_told_is_made_good_and_the_purpose_waits_for_it(ledger, tmp_path):
    policies = Policies(ledger, (SHIPPED, register(tmp_path / "own", ("own-2", "2026-10-01", True, ["usage", "store"]))))
    consents = Consents(ledger, policies, "s", WHO)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        policies.publish("own-2", crash)
    assert "not told" in str(consents.closed(None, "usage"))
    assert consents.closed(None, "store") is None, "what cannot be objected to goes on"
    again = Policies(ledger, (SHIPPED, tmp_path / "own"))
    told = Told(ledger)
    again.announce(told)
    again.announce(told)
    assert len(told.calls) == 1 and consents.closed(None, "usage") is None


def test_a_material_version_closes_what_rests_on_consent_until_it_is_renewed(ledger, tmp_path):
    folder = register(tmp_path / "own", ("own-2", "2026-10-01", True, ["marketing", "train"]), ("own-3", "2026-10-02", True, []))
    policies = Policies(ledger, (SHIPPED, folder))
    consents = Consents(ledger, policies, "s", WHO)
    first = consents.give("marketing")
    policies.publish("own-2", Told(ledger))
    assert consents.needs_renewal() == ["marketing"] and "changed" in str(consents.closed(None, "marketing"))
    assert consents.closed("d", "train") is None, "a contract is not renewed by consent"
    second = consents.give("marketing")
    assert (second.policy, second.renews) == ("own-2", first.id) and consents.closed(None, "marketing") is None
    policies.publish("own-3", Told(ledger))
    assert consents.closed(None, "marketing") is None, "that version does not change the purpose"


def test_a_version_for_later_closes_nothing_before_its_day_and_can_be_agreed_to_at_once(ledger, tmp_path, clock):
    policies = Policies(ledger, (SHIPPED, register(tmp_path / "own", ("own-2", "2026-12-01", True, ["marketing"]))))
    consents = Consents(ledger, policies, "s", WHO, clock=clock)
    consents.give("marketing")
    policies.publish("own-2", Told(ledger))
    day = datetime(2026, 12, 1, tzinfo=UTC)
    assert policies.current("comexp", at=clock()).id == COMEXP and policies.current("comexp", at=day).id == "own-2"
    assert consents.state("marketing") == "given"
    assert consents.state("marketing", at=day - timedelta(seconds=1)) == "given"
    assert consents.state("marketing", at=day) == "needs renewal"
    assert consents.give("marketing").policy == "own-2" and consents.state("marketing", at=day) == "given"


def test_what_changed_can_be_read(ledger, tmp_path):
    folder = register(tmp_path / "own", ("own-2", "2026-10-01", True, []), text=b"One\nTwo\n")
    register(tmp_path / "other", ("own-3", "2026-10-02", True, []), text=b"One\nThree\n")
    lines = Policies(ledger, (SHIPPED, folder, tmp_path / "other")).diff("own-2", "own-3")
    assert "-Two" in lines and "+Three" in lines and " One" in lines


def test_consent_to_a_text_that_is_no_longer_shown_is_refused(ledger, tmp_path):
    policies = Policies(ledger, (SHIPPED, register(tmp_path / "own", ("own-2", "2026-10-01", True, []))))
    consents = Consents(ledger, policies, "s", WHO)
    read = ConsentIn(sha256=policies.version(COMEXP).texts["en"].sha256)
    policies.publish("own-2", Told(ledger))
    with pytest.raises(Conflict, match="read it again"):
        consents.give("marketing", read)
    with pytest.raises(BadInput):
        consents.give("train")


def test_what_is_remembered_of_the_ledger_is_whole_and_holds_nothing_sealed(ledger):
    recall, all_kinds = Recall(ledger, "a", "b"), Recall(ledger)
    assert recall() == []
    for n, kind in enumerate("abcab"):
        ledger.append(kind, {"n": n}, private={"secret": "canary"})
        known = recall()
        assert [entry.n for entry in known] == [m for m in range(n + 1) if "abcab"[m] != "c"] and recall() is known
        assert [entry.n for entry in all_kinds()] == list(range(n + 1))
    assert "canary" not in repr(all_kinds()) and all(entry.private is None for entry in recall())
