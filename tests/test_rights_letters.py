"""Letters through a real mail server on loopback: what goes out, what never does, and what is sent when the server fails."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller as MailController
from aiosmtpd.smtp import AuthResult
from test_jupyter_unsubscribe import certificate

from comexp_lab.api import ConsentIn, Controller
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.rights import mail, smtp
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.ledger import Entry, Ledger
from comexp_lab.rights.letters import Letters
from comexp_lab.rights.mail import pepper
from comexp_lab.rights.policies import SHIPPED, Policies
from comexp_lab.store.keys import KeyStore

WHO = Controller(name="Lab Ltd, Data", contact="privacy@lab.example")
NEWS = {"headline": "New in the lab", "text": "Masks can be drawn."}
ANSWER = {"request": "4f2a"}
ANNA = "anna.canary@mail.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LONG_URL = "https://lab.example.org/" + "a-long-base/" * 9 + "unsubscribe"


class Server:
    """Takes mail, unless ``says`` has an answer for a command; after DATA it may also fall silent or hang up."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.to: list[str] = []
        self.says: dict[str, list[str]] = {}
        self.hello: str = ""

    def _answer(self, command: str, otherwise: str) -> str:
        return self.says[command].pop(0) if self.says.get(command) else otherwise

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.hello = session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return self._answer("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self._answer("RCPT", "250 OK")
        if answer == "silence":
            await asyncio.sleep(2)
        if answer[0] == "2":
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self._answer("DATA", "250 OK")
        if answer[0] in "2st":
            self.mails.append(envelope.content)
            self.to += envelope.rcpt_tos
        if answer == "taken, then silence":
            await asyncio.sleep(2)
        if answer == "taken, then hung up":
            server.transport.abort()
        return answer

    @property
    def parsed(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=SMTP) for raw in self.mails]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture(scope="module")
def controller() -> Iterator[MailController]:
    running = MailController(Server(), hostname="127.0.0.1", port=free_port(), timeout=5)
    running.start()
    yield running
    running.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(controller: MailController) -> Server:
    vars(controller.handler).clear()
    controller.handler.__init__()
    return controller.handler


@pytest.fixture
def mailer(controller: MailController) -> smtp.MailServer:
    return smtp.MailServer(
        host="127.0.0.1",
        port=controller.port,
        tls="none",
        sender="lab@lab.example.org",
        unsubscribe=LONG_URL,
        mailto="stop@lab.example.org",
        timeout_s=0.4,
    )


class World:
    """A ledger with everything around it; ``again`` is the same after a restart."""

    def __init__(self, folder: Path, mailer: smtp.MailServer | None, clock: Clock, ledger: type[Ledger] = Ledger) -> None:
        self.folder, self.clock = folder, clock
        self.keys = KeyStore(folder / "keys.sqlite", "w", bytes(32))
        self.ledger = ledger(folder / "ledger", self.keys, clock)
        self.policies = Policies(self.ledger, (SHIPPED, folder) if (folder / "registry.toml").exists() else (SHIPPED,))
        self.consents = Consents(self.ledger, self.policies, "5e0b", WHO, clock=clock)
        self.letters = Letters(self.ledger, self.consents, WHO, pepper(self.keys), mailer, clock)

    def again(self, mailer: smtp.MailServer | None) -> World:
        return World(self.folder, mailer, self.clock)

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.ledger.entries()]


@pytest.fixture
def world(tmp_path: Path, mailer: smtp.MailServer, server: Server) -> World:
    made = World(tmp_path, mailer, Clock())
    made.letters.set_address(ANNA)
    return made


def token_of(message: EmailMessage) -> str:
    return re.fullmatch(rf"<{re.escape(LONG_URL)}/([\w=-]+)>, <mailto:.*>", message["List-Unsubscribe"])[1]


# ---- what goes out ----
def test_an_essential_letter_goes_out_once_with_plain_headers(world, server):
    world.letters.tell("request answered", ANSWER, "request-4f2a")
    world.letters.tell("request answered", ANSWER, "request-4f2a")
    assert world.letters.send_due() == 1 and world.letters.send_due() == 0
    [message] = server.parsed
    assert server.to == [ANNA] and message["To"] == ANNA
    assert message["From"].addresses[0].addr_spec == "lab@lab.example.org" and message["From"].addresses[0].display_name == WHO.name
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"].endswith("@lab.example.org>")
    assert message["List-Unsubscribe"] is None, "it cannot be switched off, and does not pretend so"
    assert "4f2a" in message.get_content() and "privacy@lab.example" in message.get_content()
    assert not message.defects and message.get_content_type() == "text/plain"
    assert [letter.status for letter in world.letters.outbox()] == ["sent"] and len(world.letters.notices()) == 1


def test_the_name_of_this_machine_is_not_told(world, server):
    world.letters.tell("request answered", ANSWER, "r")
    world.letters.send_due()
    assert server.hello == "lab.example.org" and socket.gethostname().encode() not in server.mails[0]


def test_marketing_carries_one_click_headers_that_survive_long_addresses(world, server):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    [message] = server.parsed
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = re.search(rb"^List-Unsubscribe: (.*)\r\n", server.mails[0], re.M)[1]
    assert raw.startswith(b"<https://") and b"=?" not in raw and raw.decode() == message["List-Unsubscribe"]
    token = token_of(message)
    assert f"{LONG_URL}/{token}" in message.get_content() and ANNA not in token
    assert message["Subject"] == NEWS["headline"] and message["List-Id"]
    assert all(len(line) <= 998 for line in server.mails[0].split(b"\r\n"))


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
@pytest.mark.parametrize("name", mail.templates())
def test_every_template_makes_a_whole_letter_in_every_language(mailer, name, language):
    fields = {key: f"«{key}» 值" for key in mail.template(name).fields}
    raw = mail.compose(mailer, WHO, "1d", name, fields, ANNA, language, "t", datetime.now(UTC))
    message = message_from_bytes(raw, policy=SMTP)
    subject, body = mail.words(name, fields, language)
    assert (message["Subject"], message["Content-Language"]) == (subject, language) and body in message.get_content()
    assert not message.defects and "$" not in subject + message.get_content()
    for value in fields.values():
        assert value in subject + body


def test_a_former_address_is_told_once_after_a_crash_too(world, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(world.letters, "tell_former", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.letters.set_address("new@mail.example")
    for _ in range(2):
        world.letters.tell_former()
    assert [letter.template for letter in world.letters.outbox()].count("address changed") == 1


# ---- what never goes out ----
def test_without_consent_no_marketing_is_sent(world, server):
    world.letters.enqueue("product news", NEWS)
    assert world.letters.send_due() == 0 and server.mails == []
    [letter] = world.letters.outbox()
    assert letter.status == "dropped" and "consent" in letter.reason
    world.consents.give("marketing")
    world.letters.send_due()
    assert server.mails == [], "what was dropped is not revived by a later consent"


def test_while_the_address_is_blocked_only_what_is_essential_goes(world, server):
    """152-FZ Art. 21(1); it is held, not dropped."""
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.enqueue("request answered", ANSWER)
    world.letters.held = lambda: True
    assert world.letters.send_due() == 1 and [letter.status for letter in world.letters.outbox()] == ["waiting", "sent"]
    world.letters.held = lambda: False
    assert world.letters.send_due() == 1 and len(server.mails) == 2


@pytest.mark.parametrize("end", ["withdraw", "object", "erase", "expire"])
def test_what_ends_between_queue_and_sending_ends_the_letter(world, server, end):
    world.consents.give("marketing", ConsentIn(expiry=world.clock.now + timedelta(hours=1)))
    world.letters.enqueue("product news", NEWS)
    if end == "withdraw":
        world.consents.withdraw("marketing")
    elif end == "object":
        world.consents.object_to("marketing")
    elif end == "erase":
        world.letters.forget_address()
    else:
        world.clock.now += timedelta(hours=2)
    assert world.letters.send_due() == 0 and server.mails == []
    assert [letter.status for letter in world.letters.outbox()] == ["dropped"]


def test_a_hundred_wait_and_one_click_stops_them_all(world, server):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    token = token_of(server.parsed[0])
    for _ in range(100):
        world.letters.enqueue("product news", NEWS)
    assert world.letters.unsubscribe(token, ONE_CLICK).unsubscribed
    assert world.letters.send_due() == 0 and len(server.mails) == 1
    assert world.consents.records()[0].withdrawn is not None


def test_one_click_in_the_middle_of_a_pass_stops_the_rest(world, server):
    world.consents.give("marketing")
    for _ in range(5):
        world.letters.enqueue("product news", NEWS)
    taken = server.handle_DATA

    async def click(*args):
        answer = await taken(*args)
        await asyncio.to_thread(world.letters.unsubscribe, token_of(server.parsed[0]), ONE_CLICK)
        return answer

    server.handle_DATA = click
    assert world.letters.send_due() == 1 and len(server.mails) == 1


def test_marketing_needs_an_address_to_unsubscribe_at(tmp_path, mailer, server):
    bare = smtp.MailServer(host=mailer.host, port=mailer.port, tls="none", sender=mailer.sender)
    world = World(tmp_path, bare, Clock())
    world.letters.set_address(ANNA)
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    assert world.letters.send_due() == 0 and "unsubscribing" in world.letters.outbox()[0].reason


def test_marketing_cannot_pass_as_essential(world):
    with pytest.raises(BadInput, match="marketing"):
        world.letters.tell("product news", NEWS, "n")
    with pytest.raises(BadInput, match="There is no letter"):
        world.letters.enqueue("buy now", {})
    with pytest.raises(BadInput, match="exactly"):
        world.letters.tell("request answered", ANSWER | {"text": "buy"}, "n")


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@y.example", "a\nb", "a\u2028b", "a\x85b", "a\x00", "", " ", "x" * 1001])
def test_nothing_can_be_injected_through_a_field(world, evil):
    with pytest.raises(BadInput):
        world.letters.enqueue("product news", NEWS | {"headline": evil})
    assert world.letters.outbox() == []


def test_a_dollar_in_a_field_is_only_a_dollar(world):
    assert mail.words("product news", {"headline": "$text", "text": "${unsubscribe} $$"}, "en") == ("$text", "${unsubscribe} $$")


@pytest.mark.parametrize(
    "evil",
    [
        "a",
        "a@",
        "@b.c",
        "a@b@c.d",
        "a b@c.d",
        "a@b.c\n",
        "a@b.c\r\nBcc: x@y.z",
        "<a@b.c>",
        "a@b.c,d@e.f",
        '"a b"@c.d',
        "ä@b.c",
        "a" * 251 + "@b.c",
    ],
)
def test_only_one_plain_address_is_taken(world, evil):
    with pytest.raises(BadInput):
        world.letters.set_address(evil)
    assert world.letters.address() == ANNA


# ---- the address ----
def test_the_address_can_be_erased_alone_and_takes_what_waits_with_it(world, server, tmp_path):
    world.letters.tell("request answered", ANSWER, "r")
    world.consents.give("marketing")
    world.letters.forget_address()
    assert world.letters.address() is None and world.consents.state("marketing") == "withdrawn"
    assert world.letters.send_due() == 0 and server.mails == []
    assert [letter.reason for letter in world.letters.outbox()] == ["The address was erased."]
    assert [notice.id for notice in world.letters.notices()] == ["r"], "it was told in the lab"
    sealed = [entry.private for entry in world.ledger.entries("address given", "letter queued")]
    assert sealed == [None, None] and world.ledger.verify() == len(world.kinds())
    world.letters.set_address("other@mail.example")
    assert world.letters.send_due() == 0, "what waited for the old address stays dead"
    before = len(world.kinds())
    world.letters.tell("request answered", ANSWER, "r2")
    assert world.letters.send_due() == 1 and server.to == ["other@mail.example"] and len(world.kinds()) == before + 3


def test_the_key_can_be_destroyed_by_somebody_else(world, server):
    world.letters.tell("request answered", ANSWER, "r")
    world.ledger.forget("email")
    assert world.letters.send_due() == 0 and [letter.status for letter in world.letters.outbox()] == ["dropped"]
    world.letters.forget_address()


def test_no_address_is_ever_in_clear(world, server, tmp_path):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    world.letters.unsubscribe(token_of(server.parsed[0]), ONE_CLICK)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (ANNA, "canary", NEWS["headline"], NEWS["text"]):
        assert secret.encode() not in written
    assert ANNA not in "".join(letter.model_dump_json() for letter in world.letters.outbox())


def test_a_changed_address_is_told_at_the_former_one(world, server):
    world.letters.tell("request answered", ANSWER, "r")
    world.letters.set_address("new@mail.example")
    world.letters.set_address("new@mail.example")
    assert world.letters.send_due() == 2 and sorted(server.to) == [ANNA, "new@mail.example"]
    [told] = [message for message in server.parsed if message["To"] == ANNA]
    assert "another e-mail address" in told.get_content()
    assert "new@mail.example" not in told.get_content()


# ---- unsubscribing ----
def test_looking_at_the_link_changes_nothing(world, server):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    token, before = token_of(server.parsed[0]), world.ledger.head()
    for _ in range(3):
        assert not world.letters.unsubscribe_page(token).unsubscribed
    assert world.ledger.head() == before and world.consents.closed(None, "marketing") is None
    with pytest.raises(BadInput):
        world.letters.unsubscribe(token, {})
    assert world.ledger.head() == before
    world.letters.unsubscribe(token, ONE_CLICK)
    after = world.ledger.head()
    world.letters.unsubscribe(token, ONE_CLICK)
    assert world.letters.unsubscribe_page(token).unsubscribed and world.ledger.head() == after, "twice is once"


def test_tokens_are_bound_to_the_address_and_cannot_be_made_up(world, tmp_path):
    mine = mail.Tokens(pepper(world.keys))
    token = mine.make(ANNA)
    assert mine.read(token) == mine.digest(ANNA.upper())
    foreign = mail.Tokens(bytes(32)).make(ANNA)
    bent = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(0, len(token) - 2, 7)]
    for wrong in [foreign, *bent, "", "x", token[:-4], token + "AAAA", "ü", "../" + token]:
        for ask in (world.letters.unsubscribe_page, lambda t: world.letters.unsubscribe(t, ONE_CLICK)):
            with pytest.raises(NotFound):
                ask(wrong)
    assert "unsubscribed" not in world.kinds()


def test_a_link_in_an_old_letter_works_after_the_address_went_and_came_back(world, server):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    token = token_of(server.parsed[0])
    world.letters.forget_address()
    world.letters.unsubscribe(token, ONE_CLICK)
    world.letters.set_address(ANNA)
    assert world.letters.unsubscribe_page(token).unsubscribed
    world.consents.give("marketing")
    assert not world.letters.unsubscribe_page(token).unsubscribed, "a later, explicit yes counts"
    world.letters.unsubscribe(token, ONE_CLICK)
    world.letters.enqueue("product news", NEWS)
    assert world.letters.send_due() == 0


def test_a_stranger_at_a_former_address_stops_his_letters_only(world, server):
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    strangers = token_of(server.parsed[0])
    world.letters.set_address("right@mail.example")
    world.letters.unsubscribe(strangers, ONE_CLICK)
    assert world.consents.state("marketing") == "given"
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    assert server.to[-1] == "right@mail.example"
    before = len(server.mails)
    world.letters.set_address(ANNA)
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    assert [m["Subject"] for m in server.parsed[before:]] == ["Your e-mail address was changed"], "that address stays on the list"


# ---- when the server fails ----
def test_no_server_means_a_notice_and_a_letter_that_waits(tmp_path, mailer, server):
    world = World(tmp_path, None, Clock())
    world.letters.set_address(ANNA)
    world.letters.tell("request answered", ANSWER, "r")
    assert world.letters.send_due() == 0
    assert [(letter.status, "No mail server" in letter.reason) for letter in world.letters.outbox()] == [("waiting", True)]
    assert "4f2a" in world.letters.notices("ru")[0].text and "Ответ" in world.letters.notices("ru")[0].text
    assert world.again(mailer).letters.send_due() == 1, "configured later"


@pytest.mark.parametrize(
    ("where", "answers"),
    [
        ("MAIL", ["421 closing"]),
        ("MAIL", ["550 sender unknown"]),  # about us, not about the letter
        ("RCPT", ["450 busy"]),
        ("RCPT", ["451 greylisted", "451 greylisted"]),
        ("RCPT", ["silence"]),
        ("DATA", ["421 closing"]),
        ("DATA", ["452 full"]),
    ],
)
def test_what_is_not_taken_is_sent_later_once(world, server, where, answers):
    world.letters.tell("request answered", ANSWER, "r")
    server.says[where] = list(answers)
    for attempt, _ in enumerate(answers):
        assert world.letters.send_due() == 0 and server.mails == []
        assert world.letters.send_due() == 0 and len(server.says[where]) == len(answers) - attempt - 1, "not at once again"
        world.clock.now += timedelta(minutes=2 * (attempt + 1))
    assert world.letters.send_due() == 1 and world.letters.send_due() == 0 and len(server.mails) == 1


@pytest.mark.parametrize("where", ["MAIL", "DATA"])
def test_a_server_that_says_goodbye_gets_nothing_more_in_that_pass(world, server, where):
    world.letters.tell("request answered", ANSWER, "r1")
    world.letters.tell("request answered", ANSWER, "r2")
    server.says[where] = ["421 closing"]
    assert world.letters.send_due() == 0 and server.mails == []
    assert "letter delayed" not in world.kinds() and "421" in world.letters.outbox()[1].reason
    world.clock.now += timedelta(minutes=2)
    assert world.letters.send_due() == 2


def test_a_server_that_is_down_is_tried_less_and_less_often(tmp_path, mailer, server):
    down = smtp.MailServer(host="127.0.0.1", port=free_port(), tls="none", sender=mailer.sender, timeout_s=0.4)
    world = World(tmp_path, down, Clock())
    world.letters.set_address(ANNA)
    world.letters.tell("request answered", ANSWER, "r")
    before = len(world.kinds())
    for _ in range(50):
        assert world.letters.send_due() == 0
        world.clock.now += timedelta(minutes=1)
    assert "takes nothing at the moment" in world.letters.outbox()[0].reason
    assert len(world.kinds()) == before, "the ledger does not fill up with attempts"
    assert world.letters._failures == 6
    assert world.again(mailer).letters.send_due() == 1


def test_a_letter_that_is_refused_for_good_is_not_tried_again_and_stays_a_notice(world, server):
    server.says["RCPT"] = ["550 no such user"]
    world.letters.tell("request answered", ANSWER, "r1")
    world.letters.tell("request answered", ANSWER, "r2")
    assert world.letters.send_due() == 1, "the next one goes over the same connection"
    world.clock.now += timedelta(days=1)
    assert world.letters.send_due() == 0 and len(server.mails) == 1
    assert [letter.status for letter in world.letters.outbox()] == ["refused", "sent"] and len(world.letters.notices()) == 2


@pytest.mark.parametrize("how", ["taken, then silence", "taken, then hung up"])
def test_an_answer_that_never_comes(world, server, how):
    """Nobody can know whether it was taken: essential again under the same id, marketing never twice."""
    world.consents.give("marketing")
    world.letters.tell("request answered", ANSWER, "r")
    server.says["DATA"] = [how]
    world.letters.send_due()
    world.clock.now += timedelta(minutes=2)
    assert world.letters.send_due() == 1
    first, second = server.parsed
    assert first["Message-ID"] == second["Message-ID"]
    world.letters.enqueue("product news", NEWS)
    server.says["DATA"] = [how]
    world.letters.send_due()
    world.clock.now += timedelta(minutes=2)
    assert world.letters.send_due() == 0 and len(server.mails) == 3
    assert "not sent twice" in world.letters.outbox()[-1].reason


class Dying(Ledger):
    """The lab dies when the letter was taken and this was not written yet."""

    def append(self, kind: str, *args, **kwargs) -> Entry:
        if kind == "letter sent":
            raise KeyboardInterrupt
        return super().append(kind, *args, **kwargs)


def test_a_crash_between_sending_and_recording(tmp_path, mailer, server):
    dying = World(tmp_path, mailer, Clock(), Dying)
    dying.letters.set_address(ANNA)
    dying.consents.give("marketing")
    dying.letters.tell("request answered", ANSWER, "r")
    with pytest.raises(KeyboardInterrupt):
        dying.letters.send_due()
    again = dying.again(mailer)
    again.letters.send_due()
    assert len({message["Message-ID"] for message in server.parsed}) == 1 and len(server.mails) == 2
    dying = World(tmp_path, mailer, dying.clock, Dying)
    dying.letters.enqueue("product news", NEWS)
    with pytest.raises(KeyboardInterrupt):
        dying.letters.send_due()
    again = dying.again(mailer)
    assert again.letters.send_due() == 0 and len(server.mails) == 3


def test_a_crash_between_letter_and_notice_tells_once(tmp_path, mailer, server):
    class DyingEarly(Ledger):
        def append(self, kind: str, *args, **kwargs) -> Entry:
            if kind == "notice given":
                raise KeyboardInterrupt
            return super().append(kind, *args, **kwargs)

    dying = World(tmp_path, mailer, Clock(), DyingEarly)
    dying.letters.set_address(ANNA)
    with pytest.raises(KeyboardInterrupt):
        dying.letters.tell("request answered", ANSWER, "r")
    again = dying.again(mailer)
    again.letters.tell("request answered", ANSWER, "r")
    assert again.letters.send_due() == 1 and len(again.letters.notices()) == 1


# ---- a material change of the policy, from the registry to the mailbox ----
def test_a_material_version_is_told_once_in_the_lab_and_by_letter(tmp_path, mailer, server):
    (tmp_path / "own-2.txt").write_bytes(b"New.\n")
    (tmp_path / "registry.toml").write_text(
        '[[version]]\nid = "own-2"\nproduct = "comexp"\nversion = "2"\neffective = 2026-10-01\nauthoritative = "en"\nmaterial = true\n'
        'purposes = ["marketing"]\n[version.texts.en]\nfile = "own-2.txt"\n'
        f'sha256 = "{hashlib.sha256(b"New." + bytes([10])).hexdigest()}"\n'
    )
    world = World(tmp_path, mailer, Clock())
    world.letters.set_address(ANNA, "ru")
    world.consents.give("marketing")
    for _ in range(2):
        world.policies.publish("own-2", world.letters.tell)
        world.letters.send_due()
    [message], [notice] = server.parsed, world.letters.notices()
    assert "политик" in message.get_content() and notice.template == "policy changed"
    world.letters.enqueue("product news", NEWS)
    world.letters.send_due()
    assert len(server.mails) == 1 and world.consents.needs_renewal() == ["marketing"]
    world.consents.give("marketing")
    world.letters.enqueue("product news", NEWS)
    assert world.letters.send_due() == 1


# ---- settings ----
def test_settings_come_from_the_environment_and_the_password_from_a_private_file(tmp_path):
    assert smtp.from_environment({}) is None
    file = tmp_path / "password"
    file.write_text("s3cret-canary\n")
    file.chmod(0o600)
    environ = {"COMEXP_SMTP": "smtps://us%40er@mail.example", "COMEXP_SMTP_FROM": "a@b.example", "COMEXP_SMTP_PASSWORD_FILE": str(file)}
    made = smtp.from_environment(environ)
    assert (made.host, made.port, made.tls, made.username, made.password()) == ("mail.example", 465, "tls", "us@er", "s3cret-canary")
    assert "canary" not in repr(made)
    file.chmod(0o640)
    with pytest.raises(BadInput, match="chmod"):
        made.password()


@pytest.mark.parametrize(
    "wrong",
    [
        {"COMEXP_SMTP": "smtp://mail.example"},  # in clear
        {"COMEXP_SMTP": "smtp://user@127.0.0.1"},  # a password in clear
        {"COMEXP_SMTP": "smtps://user:pw@mail.example"},
        {"COMEXP_SMTP": "http://mail.example"},
        {"COMEXP_SMTP": "smtps://mail.example", "COMEXP_SMTP_FROM": "a@b\nBcc: c@d"},
        {"COMEXP_SMTP": "smtps://mail.example", "COMEXP_UNSUBSCRIBE_URL": "http://lab.example"},
        {"COMEXP_SMTP": "smtps://mail.example", "COMEXP_UNSUBSCRIBE_URL": "https://lab.example>\r\nBcc: c@d"},
    ],
)
def test_settings_that_would_leak_are_refused(wrong):
    with pytest.raises(BadInput):
        smtp.from_environment({"COMEXP_SMTP_FROM": "a@b.example"} | wrong)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, of nobody's authority."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["tls", "starttls"])
def guarded(request, known) -> Iterator[SimpleNamespace]:
    """A mail server that takes letters over TLS from whoever knows the password, and nothing otherwise."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*known)
    logins: list[tuple[bytes, bytes]] = []

    def admit(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"s3cret", handled=False)

    how: dict[str, Any] = {"ssl_context": context} if request.param == "tls" else {"tls_context": context, "require_starttls": True}
    options = {"authenticator": admit, "auth_required": request.param == "starttls", "auth_require_tls": request.param == "starttls"}
    running = MailController(Server(), hostname="127.0.0.1", port=free_port(), timeout=5, **how, **options)
    running.start()
    scheme = {"tls": "smtps", "starttls": "smtp+starttls"}[request.param]
    environ = {"COMEXP_SMTP": f"{scheme}://anna@127.0.0.1:{running.port}", "COMEXP_SMTP_FROM": "lab@lab.example.org"}
    environ |= {"COMEXP_SMTP_PASSWORD": "s3cret", "COMEXP_UNSUBSCRIBE_URL": LONG_URL, "COMEXP_UNSUBSCRIBE_MAILTO": "stop@lab.example.org"}
    yield SimpleNamespace(server=running.handler, environ=environ, logins=logins)
    running.stop()


def sent_over_tls(folder: Path, environ: dict[str, str]) -> int:
    world = World(folder, smtp.from_environment(environ), Clock())
    world.letters.set_address(ANNA)
    world.letters.tell("request answered", ANSWER, "r")
    return world.letters.send_due()


def test_a_letter_goes_out_over_tls_after_a_login(tmp_path, guarded, known, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(known[0]))
    assert sent_over_tls(tmp_path, guarded.environ) == 1
    assert guarded.server.to == [ANNA] and guarded.logins == [(b"anna", b"s3cret")]


def test_a_server_that_nobody_vouches_for_gets_neither_letter_nor_password(tmp_path, guarded):
    assert sent_over_tls(tmp_path, guarded.environ) == 0
    assert guarded.server.mails == [] and guarded.logins == []


def test_a_wrong_password_is_no_reason_to_send_without(tmp_path, guarded, known, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(known[0]))
    assert sent_over_tls(tmp_path, guarded.environ | {"COMEXP_SMTP_PASSWORD": "guessed"}) == 0
    assert guarded.server.mails == [] and guarded.logins != []


def test_a_server_without_tls_gets_nothing_where_tls_was_asked_for(tmp_path, mailer, server):
    strict = smtp.MailServer(host=mailer.host, port=mailer.port, tls="starttls", sender=mailer.sender, timeout_s=0.4)
    world = World(tmp_path, strict, Clock())
    world.letters.set_address(ANNA)
    world.letters.tell("request answered", ANSWER, "r")
    assert world.letters.send_due() == 0 and server.mails == []
