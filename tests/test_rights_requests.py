"""Requests: the states of the design, nothing twice, nothing lost on reopening, and no words left once they are forgotten."""

from __future__ import annotations

import re
import tempfile
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from comexp_lab.api import RequestIn, RequestKept, RequestState, RequestStep, RequestType
from comexp_lab.errors import BadInput, Conflict, NotAllowed, NotFound
from comexp_lab.rights import clocks, replies
from comexp_lab.rights.authorities import REMEDIES, remedies
from comexp_lab.rights.ledger import Ledger
from comexp_lab.rights.requests import KINDS, NEXT, Requests
from comexp_lab.store.keys import KeyStore

PLAN, OTHER, CERTIFICATE = "a" * 64, "b" * 64, "c" * 64
KEPT = RequestKept(kind="invoices", items=1, basis="GDPR Art. 17(3)(b)", until=date(2027, 1, 1))
DESTROY = {"erasure", "rectification"}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: float) -> None:
        self.now += timedelta(**time)


def asked(type: RequestType, target: str = "account", regimes=("gdpr",), **more) -> RequestIn:
    return RequestIn(type=type, target=target, regimes=list(regimes), key=more.pop("key", uuid.uuid4()), **more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # nothing here is about durability


def opened(folder: Path, clock: Clock) -> Ledger:
    return Ledger(folder / "ledger", KeyStore(folder / "keys.sqlite", "w", bytes(32)), clock)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield Path(name)


@pytest.fixture
def ledger(folder: Path, clock: Clock) -> Ledger:
    return opened(folder, clock)


@pytest.fixture
def requests(ledger: Ledger, clock: Clock) -> Requests:
    return Requests(ledger, clock)


def act(requests: Requests, id: str, event: str):
    """Do what the event's name says, with all that it needs."""
    match event:
        case "acknowledged":
            return requests.acknowledge(id)
        case "identity asked":
            return requests.challenge(id)
        case "identity proved":
            return requests.prove(id, reauthenticated=True)
        case "identity mistaken" | "identity failed":
            return requests.prove(id, "wrong")
        case "planned":
            return requests.assess(id, "planned", plan=PLAN)
        case "partial":
            return requests.assess(id, "partial", plan=PLAN, basis=KEPT.basis, remedies=["gdpr"], kept=[KEPT])
        case "denied":
            return requests.assess(id, "denied", basis="GDPR Art. 12(5)", remedies=["gdpr"])
        case "confirmed":
            return requests.confirm(id, PLAN)
        case "extended":
            return requests.extend(id, "many images")
        case "closed":
            return requests.close(id, done={"images": 3}, recipients=["google"])
        case "cancelled":
            return requests.cancel(id)
        case _:
            return requests.record(id, event, certificate=CERTIFICATE if event == "certified" else "")


# The machine of the design, told a second time, as ways instead of a table.

FIRST = "received > identity asked > verified; received > verified; verified > denied; identity asked > denied; identity asked > identity failed > denied > closed"
DECIDE = "verified > planned; verified > partial; planned > planned; planned > partial; partial > planned; partial > partial; planned > denied; partial > denied; identity asked > identity asked"
BACK = "received > cancelled; identity asked > cancelled; identity failed > cancelled; verified > cancelled; planned > cancelled; partial > cancelled"
WAYS = {
    "access": "planned > building > ready > closed; partial > building > building; building > cancelled; ready > cancelled",
    "restriction": "verified > applied > closed; planned > applied; partial > applied",
    "withdrawal": "applied > certified > closed",
    "opt_out": "received > planned; received > partial; received > denied",
    "rectification": "planned > fenced > applied > rewritten > verifying > certified > closed; partial > fenced; verifying > applied; applied > applied; rewritten > applied; verifying > rewritten; rewritten > rewritten; verifying > verifying",
    "erasure": "planned > fenced > unreadable > verifying > certified > closed; partial > fenced; verifying > unreadable; unreadable > unreadable; verifying > verifying",
    "complaint": "received > closed; verified > closed; planned > closed; partial > closed; received > planned; received > partial; received > denied",
}
WAYS["portability"] = WAYS["know"] = WAYS["access"]
WAYS["objection"] = WAYS["restriction"]
for switch in ("withdrawal", "opt_out"):
    WAYS[switch] += "; " + WAYS["restriction"]


def steps(ways: str) -> set[tuple[str, str]]:
    chains = [way.strip().split(" > ") for way in ways.split(";")]
    return {pair for chain in chains for pair in zip(chain, chain[1:], strict=False)}


@pytest.mark.parametrize("type", sorted(clocks.REQUESTS))
def test_the_table_goes_exactly_the_ways_of_the_design(type):
    stays = {"acknowledged", "identity mistaken", "extended", "frozen", "unfrozen", "archive erased", "store refused"}
    moves = {(state, after) for (kind, state, event), after in NEXT.items() if kind == type and event not in stays}
    assert moves == steps(f"{FIRST}; {DECIDE}; {BACK}; {WAYS[type]}")
    assert {event for kind, state, event in NEXT if NEXT[kind, state, event] != state} & stays == set()


@pytest.mark.parametrize("type", sorted(DESTROY))
def test_what_has_begun_cannot_be_cancelled_and_cannot_end_in_failure(type):
    begun = {"fenced", "unreadable", "applied", "rewritten", "verifying", "certified"}
    assert not {after for (kind, state, _), after in NEXT.items() if kind == type and state in begun} & {"cancelled", "denied"}
    for state in begun & {state for kind, state, _ in NEXT if kind == type}:
        reached = {state}
        for _ in NEXT:
            reached |= {after for (kind, before, _), after in NEXT.items() if kind == type and before in reached}
        assert "closed" in reached, f"{state} is a dead end"


def test_the_words_of_the_machine_are_those_of_the_contract():
    states = {state for _, state, _ in NEXT} | set(NEXT.values())
    assert states == set(get_args(RequestState)) == set(replies.STATES)
    assert set(get_args(RequestType)) == clocks.REQUESTS == set(replies.TYPES)
    assert {event for *_, event in NEXT} | {"submitted", "repeated"} == set(replies.EVENTS)
    assert set(get_args(RequestStep)) <= set(replies.EVENTS)
    assert set(replies.DUTIES) == set(clocks.DONE)


def way_to(type: str, state: str) -> list[str]:
    """The shortest way of events to a state."""
    ways = {"received": []}
    for _ in get_args(RequestState):
        for (kind, before, event), after in NEXT.items():
            if kind == type and before in ways and after not in ways and event not in {"identity failed"}:
                ways[after] = [*ways[before], event]
        if "identity asked" in ways:
            ways.setdefault("identity failed", ["identity asked", *["identity mistaken"] * 5])
    return ways[state]


def at_state(requests: Requests, type: RequestType, state: str) -> str:
    id = requests.submit(asked(type, f"dataset:{uuid.uuid4().hex}")).id
    for event in way_to(type, state):
        try:
            act(requests, id, event)
        except NotAllowed:
            assert event == "identity mistaken"
    assert requests.get(id).state == state
    return id


@pytest.mark.parametrize("type", sorted(clocks.REQUESTS))
def test_whatever_the_table_lacks_is_a_conflict_that_says_what_can_be_done(requests, ledger, type):
    again = {("acknowledged", None), ("confirmed", "fenced"), ("cancelled", "cancelled"), ("closed", "closed")}
    for state in sorted({state for kind, state, _ in NEXT if kind == type} | {"closed", "cancelled"}):
        id, size = at_state(requests, type, state), ledger.head().size
        for event in sorted({event for *_, event in NEXT} - {"identity mistaken", "identity failed"}):
            if (type, state, event) in NEXT or (event, state) in again or (event == "confirmed" and requests._of(id).confirmed):
                continue
            with pytest.raises(Conflict) as refused:
                act(requests, id, event)
            text = str(refused.value)
            assert text.startswith(f"“{event}” does not fit here. {replies.STATES[state]}") and "\n" not in text
            assert ("Possible now: " in text) is (state not in {"closed", "cancelled"})
        assert (requests.get(id).state, ledger.head().size) == (state, size), "a refused event leaves no trace"


# Each type to its end

ENDS = {
    "access": ["building", "ready"],
    "portability": ["building", "ready", "archive erased"],
    "know": ["building", "ready"],
    "restriction": ["applied"],
    "objection": ["applied"],
    "withdrawal": ["applied", "certified"],
    "opt_out": ["applied"],
    "complaint": [],
    "rectification": ["applied", "rewritten", "scanning", "certified"],
    "erasure": [
        "store refused",
        "key destroyed",
        "swept",
        "rewritten",
        "rebuilt",
        "scanning",
        "traces found",
        "swept",
        "scanning",
        "certified",
    ],
}


@pytest.mark.parametrize("type", sorted(clocks.REQUESTS))
@pytest.mark.parametrize("decision", ["planned", "partial", "denied"])
def test_every_type_goes_to_its_answer_and_the_reply_holds_what_it_must(requests, clock, type, decision):
    id = requests.submit(asked(type, regimes=("gdpr", "ru152"))).id
    clock.on(hours=1)
    requests.acknowledge(id)
    requests.prove(id, reauthenticated=True)
    act(requests, id, decision)
    if decision != "denied":
        if type in DESTROY:
            requests.confirm(id, PLAN)
        for step in ENDS[type]:
            act(requests, id, step)
    clock.on(days=1)
    out = act(requests, id, "closed")
    assert out.state == "closed" and out.next == "nothing is left to do"
    assert out.answer.outcome == {"planned": "done", "partial": "partly done", "denied": "denied"}[decision]
    assert all(each.met for each in out.deadlines if each.effect != "retain")
    text = replies.reply(out)
    for field in (id, replies.TYPES[type], "Received: 1 July 2026", "Due: ", "by 31 July 2026", "Answered: 2 July 2026", "images: 3", "google", "Backups: ", "edpb.europa.eu", "rkn.gov.ru", "A court of the Russian Federation", "tape@comexp.net", "Roskomnadzor as an operator"):  # fmt: skip
        assert field in text, field
    assert (CERTIFICATE in text) is (decision != "denied" and "certified" in ENDS[type])
    if decision == "denied":
        assert "refused: GDPR Art. 12(5)" in text and "Your request was refused." in text
    if decision == "partial":
        assert "invoices: 1, GDPR Art. 17(3)(b), until 1 January 2027" in text
    if type in {"access", "portability", "know"}:
        for row in replies.WORDS["information"]:
            assert f"- {row['name']['en']}: " in text
    english = [
        row["en"] for name in ("types", "states", "duties", "outcomes") for row in replies.WORDS[name].values() if len(row["en"]) > 6
    ]
    for language, received in (("ru", "Получено: 1 июля 2026"), ("zh", "收到日期：2026年7月1日")):
        text = replies.reply(out, language)
        assert received in text and id in text and not [words for words in english if words in text]


def test_every_information_that_art_15_and_14_7_demand_is_there():
    assert len(replies.WORDS["information"]) == 12
    rows = [row for name, table in replies.WORDS.items() if name != "information" for row in table.values()]
    rows += [row[part] for row in replies.WORDS["information"] for part in ("name", "text")]
    assert all(set(row) == {"en", "ru", "zh"} and all(text.strip() for text in row.values()) for row in rows)
    assert all(set(re.findall("{.*?}", row["en"])) == set(re.findall("{.*?}", row[each])) for row in rows for each in ("ru", "zh"))


def test_an_unfinished_request_has_a_reply_that_says_what_comes_next(requests):
    text = replies.reply(requests.submit(asked("erasure", regimes=("gdpr",))))
    assert "Answered: not yet" in text and "Next: erase at once (Comexp privacy policy §7.4)" in text
    text = replies.reply(requests.submit(asked("objection", target="purpose:train")), "ru")
    assert "Отвечено: ещё нет" in text and "«Обучение моделей»" in text and "Далее: " in text
    assert "набор данных 0a" in replies.reply(requests.submit(asked("erasure", target="dataset:0a")), "ru")
    assert "foo:1" in replies.reply(requests.submit(asked("erasure", target="foo:1")), "zh")


# Deadlines of a request


def test_deadlines_follow_what_happened(requests, clock):
    out = requests.submit(asked("know", regimes=("ccpa", "ru152")))
    assert out.regimes == ["ccpa", "comexp", "ru152"]
    assert {each.rule for each in out.deadlines} == {"U1", "U2", "U5", "R1", "R2", "P1"}
    assert out.next.startswith(("answer by 15 July 2026", "say so if anything is refused"))
    clock.on(days=3)
    out = requests.extend(out.id, "very many images")
    assert {each.rule for each in out.deadlines if each.extended} == {"U2", "R1", "R2"}
    assert out.next == "confirm that the request came in by 15 July 2026 (11 CCR §7021(a))"
    assert requests.acknowledge(out.id).next.endswith("(152-FZ Art. 20(1))")
    with pytest.raises(Conflict, match="No law gives more time"):
        requests.extend(out.id, "again")


def test_no_extension_after_the_first_deadline_or_without_reasons(requests, clock):
    id = requests.submit(asked("access", regimes=("ru152",))).id
    with pytest.raises(BadInput, match="reasons"):
        requests.extend(id, "  ")
    clock.on(days=20)
    with pytest.raises(Conflict, match="No law gives more time"):
        requests.extend(id, "we forgot")


def test_a_clock_that_is_set_back_gives_no_time(requests, clock):
    id = requests.submit(asked("access", regimes=("ru152",))).id
    clock.on(days=20)
    requests.acknowledge(id)
    clock.on(days=-19)
    with pytest.raises(Conflict, match="No law gives more time"):
        requests.extend(id, "many images")
    times = [event.at for event in requests.prove(id, reauthenticated=True).log]
    assert times == sorted(times)


def test_a_late_refusal_is_late_though_all_was_granted_first(requests):
    id = requests.submit(asked("access")).id
    requests.prove(id, reauthenticated=True)
    assert {each.rule for each in act(requests, id, "planned").deadlines if each.met} == {"G4"}
    assert {each.rule for each in act(requests, id, "denied").deadlines if each.met} == set()


def test_without_a_known_law_all_of_them_hold(requests):
    assert requests.submit(asked("erasure", regimes=())).regimes == ["ccpa", "cn", "comexp", "gdpr", "ru152"]


def test_marketing_is_stopped_at_once(requests):
    assert requests.submit(asked("objection", target="purpose:marketing")).next.startswith("stop the processing at once")
    assert requests.submit(asked("objection", target="purpose:train")).next.startswith("answer by 31 July")


# Nothing twice


def test_the_same_key_is_the_same_request_and_the_same_wish_is_answered_together(requests, ledger):
    wish = asked("access", regimes=("gdpr",), words={"contact": "a"})
    first = requests.submit(wish)
    assert requests.submit(wish) == first and ledger.head().size == 1
    with pytest.raises(Conflict, match="another request"):
        requests.submit(asked("erasure", key=wish.key))
    second = asked("access", regimes=("ccpa",))
    both = requests.submit(second)
    assert both.id == first.id and both.regimes == ["ccpa", "comexp", "gdpr"] and both.received == first.received
    assert requests.submit(second).id == first.id and ledger.head().size == 2
    assert requests.submit(asked("access", target="dataset:1")).id != first.id
    assert requests.submit(asked("portability")).id != first.id
    requests.cancel(first.id)
    assert requests.submit(wish).id == first.id, "a key never makes a second request"
    assert requests.submit(asked("access")).id != first.id


def test_confirming_twice_and_in_two_tabs_has_one_effect(requests, ledger):
    id = at_state(requests, "erasure", "planned")
    with pytest.raises(Conflict, match="plan has changed"):
        requests.confirm(id, OTHER)
    size = ledger.head().size
    tabs = [threading.Thread(target=requests.confirm, args=(id, PLAN)) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert requests.get(id).state == "fenced" and ledger.head().size == size + 1
    requests.record(id, "key destroyed")
    assert requests.confirm(id, PLAN).state == "unreadable"
    with pytest.raises(Conflict):
        requests.confirm(id, OTHER)
    with pytest.raises(Conflict, match="no longer be cancelled|removed"):
        requests.cancel(id)


@pytest.mark.parametrize("step", ["key destroyed", "swept", "rewritten", "rebuilt"])
def test_a_step_that_is_done_again_after_a_crash_is_checked_again(requests, step):
    id = at_state(requests, "erasure", "verifying")
    assert requests.record(id, step).state == "unreadable"
    with pytest.raises(Conflict):
        requests.record(id, "certified", certificate=CERTIFICATE)


def test_a_new_plan_makes_the_former_stale(requests):
    id = at_state(requests, "erasure", "planned")
    requests.assess(id, "planned", plan=OTHER)
    with pytest.raises(Conflict, match="plan has changed"):
        requests.confirm(id, PLAN)
    assert requests.confirm(id, OTHER).plan == OTHER


@pytest.mark.parametrize("event", ["acknowledged", "cancelled"])
def test_saying_it_again_changes_nothing(requests, ledger, event):
    id = requests.submit(asked("access")).id
    first = act(requests, id, event)
    size = ledger.head().size
    assert act(requests, id, event) == first and ledger.head().size == size


# Who asks


def test_a_token_proves_once_in_its_session_for_its_request(requests, clock):
    mine, other = requests.submit(asked("access")).id, requests.submit(asked("erasure")).id
    token = requests.challenge(mine, "session")
    requests.challenge(other, "session")
    for id, text, session in ((mine, token, "another"), (other, token, "session"), (mine, "", "session")):
        with pytest.raises(NotAllowed):
            requests.prove(id, text, session=session)
    assert requests.prove(mine, token, session="session").state == "verified"
    with pytest.raises(Conflict):
        requests.prove(mine, token, session="session")


def test_a_token_is_void_after_a_day_and_when_a_new_one_was_made(requests, clock):
    id = requests.submit(asked("access")).id
    with pytest.raises(Conflict, match="make one first"):
        requests.prove(id, "x")
    old = requests.challenge(id)
    clock.on(hours=25)
    with pytest.raises(Conflict, match="expired"):
        requests.prove(id, old)
    new = requests.challenge(id)
    with pytest.raises(NotAllowed):
        requests.prove(id, old)
    assert requests.prove(id, new).state == "verified"


def test_five_wrong_tokens_end_it_and_a_new_request_can_be_made(requests, ledger, clock):
    id = requests.submit(asked("access")).id
    for n in range(5):
        token = requests.challenge(id)  # a new token gives no new tries
        with pytest.raises(NotAllowed, match=f"{4 - n} tries are left" if n < 4 else "prove anything.$"):
            requests.prove(id, "wrong")
    with pytest.raises(Conflict):
        requests.prove(id, token)
    assert Requests(ledger, clock).get(id).state == "identity failed"
    assert requests.submit(asked("access")).id != id
    assert act(requests, id, "denied").state == "denied"


def test_neither_tokens_nor_words_are_in_the_log_in_clear(requests, folder):
    id = requests.submit(asked("rectification", words={"contact": "ada@example.org", "new": "Ada Lovelace"})).id
    token = requests.challenge(id)
    requests.prove(id, token)
    requests.extend(id, "Ada sent much")
    requests.assess(id, "denied", basis="GDPR Art. 12(5)", remedies=["gdpr"], reasons="not Ada's")
    text = replies.reply(requests.close(id))
    assert "- reasons: not Ada's" in text and "- why it takes longer: Ada sent much" in text
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"request submitted" in written
    assert not any(word in written for word in (b"Ada", b"ada@", token.encode()))


def test_unknown_requests_are_not_found(requests):
    for call in (requests.get, requests.acknowledge, requests.challenge, requests.prove, requests.cancel, requests.close):
        with pytest.raises(NotFound):
            call(uuid.uuid4().hex)


# What is refused


def test_a_refusal_needs_a_basis_and_remedies(requests):
    id = at_state(requests, "erasure", "verified")
    for outcome in ("denied", "partial"):
        for given in ({}, {"basis": "GDPR Art. 12(5)"}, {"remedies": ["gdpr"]}):
            with pytest.raises(BadInput, match="legal basis"):
                requests.assess(id, outcome, plan=PLAN, kept=[KEPT], **given)
    with pytest.raises(BadInput, match="no authority"):
        requests.assess(id, "denied", basis="x", remedies=["moon"])
    with pytest.raises(BadInput, match="citation"):
        requests.assess(id, "denied", basis="see ada@example.org", remedies=["gdpr"])
    with pytest.raises(BadInput, match="left out"):
        requests.assess(id, "partial", plan=PLAN, basis="x", remedies=["gdpr"])
    with pytest.raises(BadInput, match="hash of its plan"):
        requests.assess(id, "planned")
    assert requests.get(id).state == "verified"


def test_certified_needs_a_certificate_and_counts_are_counts(requests):
    id = at_state(requests, "erasure", "verifying")
    for bad in ("", "yes", "C" * 64):
        with pytest.raises(BadInput, match="SHA-256"):
            requests.record(id, "certified", certificate=bad)
    for bad in ({"Ada.jpg": 1}, {"images": "many"}, {"images": True}):
        with pytest.raises(BadInput, match="count"):
            requests.record(id, "scanning", counts=bad)
    with pytest.raises(BadInput, match="Recipients"):
        requests.record(id, "certified", certificate=CERTIFICATE) and requests.close(id, recipients=["Ada Lovelace"])
    assert requests.get(id).certificate == CERTIFICATE


@pytest.mark.parametrize("target", ["", "ada@example.org", "a b", "x" * 129, "../x"])
def test_a_target_is_an_id_and_never_an_address(target):
    with pytest.raises(ValueError):
        asked("access", target=target)


def test_blocking_is_possible_at_once_and_is_lifted_after_the_correction(requests):
    id = requests.submit(asked("rectification", regimes=("ru152",))).id
    requests.prove(id, reauthenticated=True)
    out = requests.record(id, "frozen")
    assert out.frozen and out.state == "verified" and [each.rule for each in out.deadlines if each.met] == ["R4"]
    assert not requests.record(id, "unfrozen").frozen


# What remains


def test_requests_survive_reopening_and_forgetting_leaves_everything_but_the_words(requests, ledger, clock, folder):
    id = requests.submit(asked("access", words={"contact": "ada@example.org"})).id
    other = requests.submit(asked("erasure", words={"contact": "bob@example.org"})).id
    requests.prove(id, reauthenticated=True)
    before = requests.extend(id, "many images")
    assert before.words == {"contact": "ada@example.org", "why it takes longer": "many images"}
    again = Requests(opened(folder, clock), clock)
    assert [again.get(each) for each in (id, other)] == [requests.get(each) for each in (id, other)]
    ledger.forget(f"request:{id}")
    assert requests.get(id) == before.model_copy(update={"words": None})
    assert requests.get(other).words == {"contact": "bob@example.org"}
    assert ledger.verify() == 4 and all(entry.private is None for entry in ledger.entries(*KINDS) if entry.scope == f"request:{id}")
    assert Requests(ledger, clock).list() == requests.list()
    assert [each.id for each in requests.list()] == [other, id]


# Where to complain


def test_every_law_has_an_authority_and_a_court_in_three_languages():
    for regime in ("gdpr", "ru152", "cn", "ccpa"):
        for language in ("en", "ru", "zh"):
            assert len(remedies([regime], language)) == 2
    assert "Roskomnadzor" in remedies(["ru152"])[0] and "Роскомнадзор" in remedies(["ru152"], "ru")[0]
    assert "国家互联网信息办公室" in remedies(["cn"], "zh")[0]
    assert "edpb.europa.eu" in remedies(["gdpr"], "zh")[0]
    assert len(remedies(["gdpr", "cn", "comexp"])) == 4
    assert len(remedies(["comexp"])) == len(REMEDIES), "if no law is known, any may be the person's"


# Against a plain model


class Machine(RuleBasedStateMachine):
    """Any events in any order: the engine agrees with the ways of the design and remembers everything after reopening."""

    requests: Requests

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.clock, self.model = Clock(), {}
        self.reopen()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule()
    def reopen(self) -> None:
        self.ledger = opened(Path(self.folder.name), self.clock)
        self.requests = Requests(self.ledger, self.clock)

    @rule(type=st.sampled_from(sorted(clocks.REQUESTS)), about=st.sampled_from(["account", "dataset:1"]))
    def submit(self, type, about) -> None:
        id = self.requests.submit(asked(type, about)).id
        over = {"denied", "identity failed", "certified", "closed", "cancelled"}
        same = [key for key, each in self.model.items() if each[:2] == (type, about) and each[2] not in over]
        assert [id] == same if same else id not in self.model
        if not same:
            self.model[id] = (type, about, "received")

    @rule(hours=st.sampled_from([-30, 1, 30, 400]))
    def wait(self, hours) -> None:
        self.clock.on(hours=hours)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), event=st.sampled_from(["identity proved", "planned", "partial", "denied", "closed", "cancelled", "confirmed", *get_args(RequestStep)]))  # fmt: skip
    def happen(self, data, event) -> None:
        id = data.draw(st.sampled_from(sorted(self.model, key=list(self.model).index)))
        type, target, state = self.model[id]
        size = self.ledger.head().size
        allowed = steps(f"{FIRST}; {DECIDE}; {BACK}; {WAYS[type]}")
        goal = {"identity proved": "verified", "confirmed": "fenced", "scanning": "verifying", "key destroyed": "unreadable", "swept": "unreadable", "rebuilt": "unreadable", "traces found": "unreadable" if type == "erasure" else "applied"}.get(event, event)  # fmt: skip
        try:
            after = act(self.requests, id, event).state
        except Conflict:
            assert self.ledger.head().size == size
            stays = goal not in get_args(RequestState)
            shared = {"applied", "rewritten", "certified", "unreadable", "verifying"}  # reached by several events
            assert stays or goal in shared or (state, goal) not in allowed, (type, state, event)
        else:
            assert after == state or (state, after) in allowed, (type, state, event, after)
            self.model[id] = (type, target, after)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "folder"):
            return
        assert {each.id: (each.type, each.target, each.state) for each in self.requests.list()} == self.model
        assert all(each.answer is not None for each in self.requests.list() if each.state in {"closed", "cancelled"})


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
