"""Letters to the owner: essential ones, and marketing that he agreed to at the very moment at which it is sent.

A letter waits in the ledger until the mail server took it; its address and words are sealed under the scope "email", and
destroying that key (``forget_address``) destroys whatever waits. Every essential letter is a notice in the lab as well, so
nothing is lost without an address or a server.

No protocol can say whether a letter was taken if the answer is lost. Then an essential letter is sent again under the same
Message-ID (at least once), and marketing is given up (at most once). In all other cases it is exactly once. What stops
marketing stops it at once; at most the one letter that is already on the wire still arrives.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from comexp_lab.api import ConsentIn, Controller, Language, Letter, Notice, UnsubscribePage
from comexp_lab.errors import BadInput
from comexp_lab.rights import mail, smtp
from comexp_lab.rights.consents import Consents
from comexp_lab.rights.ledger import Entry, Ledger
from comexp_lab.rights.policies import TOLD
from comexp_lab.rights.recall import Recall

SCOPE = "email"
ADDRESS, ERASED, UNSUBSCRIBED = "address given", "address erased", "unsubscribed"
QUEUED, HANDED, SENT = "letter queued", "letter handed over", "letter sent"
DELAYED, DROPPED, REFUSED = "letter delayed", "letter dropped", "letter refused"
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
CHANGED = "address changed"
HELD = "The address is frozen while a request about it is open."
NO_SERVER = "No mail server is configured: it is shown in the lab only."


@dataclass
class _Post:
    """A letter as the ledger tells it."""

    n: int
    id: str
    template: str
    queued: datetime
    last: str = QUEUED
    reason: str = ""
    delays: list[datetime] = field(default_factory=list)

    @property
    def due(self) -> datetime:
        return self.delays[-1] + wait(len(self.delays)) if self.delays else self.queued

    @property
    def final(self) -> bool:
        return self.last in (SENT, DROPPED, REFUSED)


class Letters:
    """For ``pepper`` see ``mail.pepper``. Thread-safe; ``send_due`` blocks, call it in a thread."""

    def __init__(
        self,
        ledger: Ledger,
        consents: Consents,
        controller: Controller,
        pepper: bytes,
        server: smtp.MailServer | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger, self._consents, self._controller, self._server, self._clock = ledger, consents, controller, server, clock
        self._tokens, self._lock, self._sending = mail.Tokens(pepper), threading.RLock(), threading.Lock()
        self._recall = Recall(ledger, QUEUED, HANDED, SENT, DELAYED, DROPPED, REFUSED)
        self._known = Recall(ledger, TOLD, UNSUBSCRIBED, ADDRESS, ERASED)
        self.queued: Callable[[], object] = lambda: None  # called when a letter was queued
        self.held: Callable[[], bool] = lambda: False  # whether the address is blocked: then marketing waits (152-FZ Art. 21(1))
        self._failures, self._not_before, self._trouble = 0, datetime.min.replace(tzinfo=UTC), "" if server else NO_SERVER

    # ---- the address: optional, and erasable alone ----
    def set_address(self, address: str, language: Language = "en") -> None:
        """Raises BadInput. The former address, if there was another, is told."""
        smtp.parse_address(address)
        with self._lock:
            self._ledger.append(ADDRESS, {"language": language}, private={"address": address}, scope=SCOPE)
            self.tell_former()

    def tell_former(self) -> None:
        """That the address was changed, at the former one, once; also if a crash came in between."""
        with self._lock:
            given = [entry for entry in self._ledger.entries(ADDRESS) if entry.private][-2:]
            if len({entry.private["address"] for entry in given if entry.private}) < 2:
                return
            told = (entry.n for entry in self._recall() if entry.kind == QUEUED and entry.facts["template"] == CHANGED)
            if max(told, default=-1) < given[1].n:
                former = (given[0].private or {})["address"]
                self._queue(CHANGED, {"date": self._clock().date().isoformat()}, to=former)

    def address(self) -> str | None:
        given = [entry.private for entry in self._ledger.entries(ADDRESS)]
        return given[-1]["address"] if given and given[-1] else None

    def correct_address(self, address: str) -> None:
        """It was wrong: another takes its place, and nothing is sent to the former one, which may be somebody else's."""
        with self._lock:
            language = self._language()
            self._forget_address()
            self.set_address(address, language)

    def forget_address(self) -> None:
        """Destroy the address and all that waits to be sent to it. Consent to marketing ends with it; the account stays."""
        with self._lock:
            self._forget_address()
            self._consents.withdraw("marketing", ConsentIn(method="address erased"))

    def _forget_address(self) -> None:
        self._ledger.forget(SCOPE)
        if any(True for _ in self._pending()) or self._given():
            self._ledger.append(ERASED)
        for post in self._pending():
            self._drop(post, "The address was erased.")

    # ---- what is to be told ----
    def tell(self, template: str, fields: Mapping[str, str], notice: str) -> None:
        """Tell the owner, once for each ``notice``: in the lab, and by letter if there is an address. Raises BadInput."""
        if mail.template(template).category != "essential":
            raise BadInput(f"{template!r} is marketing: it is sent as a letter, with consent, and is no notice.")
        mail.check(template, fields)
        with self._lock:
            if any(entry.facts["notice"] == notice for entry in self._known() if entry.kind == TOLD):
                return
            if not any(entry.facts["notice"] == notice for entry in self._recall() if entry.kind == QUEUED):
                self._queue(template, fields, notice=notice)
            self._ledger.append(TOLD, {"notice": notice, "template": template}, private={"fields": dict(fields)})

    def enqueue(self, template: str, fields: Mapping[str, str]) -> str | None:
        """Queue a letter and return its id; None if there is no address. Whether it may go is asked when it goes."""
        mail.check(template, fields)
        with self._lock:
            return self._queue(template, fields)

    def notices(self, language: Language = "en") -> list[Notice]:
        """What was told in the lab, newest first."""
        return [_notice(entry, language, self._controller) for entry in reversed(list(self._ledger.entries(TOLD)))]

    def outbox(self) -> list[Letter]:
        """All letters, oldest first. It names no address."""
        words = {SENT: "sent", DROPPED: "dropped", REFUSED: "refused"}
        return [
            Letter.model_validate(
                {
                    "id": post.id,
                    "template": post.template,
                    "queued": post.queued,
                    "status": words.get(post.last, "waiting"),
                    "reason": post.reason or ("" if post.final else HELD if self._waits(post) else self._trouble),
                }
            )
            for post in self._posts()
        ]

    # ---- sending ----
    def send_due(self) -> int:
        """Send what is due; returns how many letters the server took. What it did not take waits longer each time."""
        if self._server is None or self._clock() < self._not_before or not self._sending.acquire(blocking=False):
            return 0
        try:
            return asyncio.run(self._send_due(self._server))
        except smtp.Delayed as error:
            self._failures += 1
            self._not_before = self._clock() + wait(self._failures)
            self._trouble = f"The mail server takes nothing at the moment ({error.code or 'no answer'})."
            return 0
        finally:
            self._sending.release()

    async def _send_due(self, server: smtp.MailServer) -> int:
        now, sent = self._clock(), 0
        due = [post for post in self._pending() if post.due <= now and self._ready(post)]
        if not due:
            return 0
        async with smtp.connect(server) as wire:
            for post in due:
                if self._ready(post):
                    sent += await self._send(server, wire, post)
            self._failures, self._trouble = 0, ""
        return sent

    async def _send(self, server: smtp.MailServer, wire: smtp.Wire, post: _Post) -> bool:
        marketing = mail.template(post.template).category == "marketing"
        private = self._private(post)
        to = private and (private["to"] or self.address())
        if not private or not to:
            return False
        token = self._tokens.make(to) if marketing else None
        message = mail.compose(
            server, self._controller, post.id, post.template, private["fields"], to, self._language(), token, self._clock()
        )
        facts = {"letter": post.id}
        try:
            await wire.send(to, message, lambda: marketing and self._ledger.append(HANDED, facts))
        except smtp.Refused as error:
            self._ledger.append(REFUSED, facts | {"code": error.code})
        except smtp.Unknown:
            self._unanswered(post, marketing)
            raise smtp.Delayed(0, all=True) from None
        except smtp.Delayed as error:
            if error.all:
                raise
            self._ledger.append(DELAYED, facts | {"code": error.code})
        else:
            self._ledger.append(SENT, facts)
            return True
        return False

    def _unanswered(self, post: _Post, marketing: bool) -> None:
        if marketing:
            self._drop(post, "The server did not answer: it may have been sent, and is not sent twice.")
        else:
            self._ledger.append(DELAYED, {"letter": post.id, "code": 0})

    def _ready(self, post: _Post) -> bool:
        """Whether a letter may go now. One that never may is dropped, with the reason."""
        with self._lock:
            if reason := self._forbidden(post):
                self._drop(post, reason)
            return not reason and not self._waits(post)

    def _waits(self, post: _Post) -> bool:
        return mail.template(post.template).category == "marketing" and self.held()

    def _forbidden(self, post: _Post) -> str:
        private, address = self._private(post), self.address()
        if private is None or (address is None and not private["to"]):
            return "The address was erased."
        if mail.template(post.template).category == "essential":
            return ""
        if post.last == HANDED:
            return "The lab stopped while it was sent: it may have been sent, and is not sent twice."
        if closed := self._consents.closed(None, "marketing"):
            return f"Marketing is off: {closed}"
        if self._unsubscribed(self._tokens.digest(str(address))):
            return "This address was unsubscribed."
        return "" if self._server and self._server.unsubscribe else "No https address for unsubscribing is configured."

    # ---- unsubscribing (RFC 8058) ----
    def unsubscribe_page(self, token: str) -> UnsubscribePage:
        """For GET, which changes nothing: mail programs follow links by themselves. Raises NotFound."""
        return UnsubscribePage(list="marketing", unsubscribed=self._unsubscribed(self._tokens.read(token)))

    def unsubscribe(self, token: str, form: Mapping[str, str]) -> UnsubscribePage:
        """For POST, without cookies: at once, for the address the letter went to. Raises NotFound, BadInput."""
        digest = self._tokens.read(token)
        if form.get("List-Unsubscribe") != "One-Click":
            raise BadInput("This address takes List-Unsubscribe=One-Click only (RFC 8058).")
        with self._lock:
            if not self._unsubscribed(digest):
                self._ledger.append(UNSUBSCRIBED, {"list": "marketing", "address": digest.hex()})
            address = self.address()
            if address is not None and self._tokens.digest(address) == digest:
                self._consents.withdraw("marketing", ConsentIn(method="unsubscribe link"))
        return UnsubscribePage(list="marketing", unsubscribed=True)

    def _unsubscribed(self, digest: bytes) -> bool:
        """Whether the suppression list has this address, and nobody has agreed anew since."""
        listed = [e.n for e in self._known() if e.kind == UNSUBSCRIBED and e.facts["address"] == digest.hex()]
        return bool(listed) and not self._consents.given_since("marketing", listed[-1])

    # ---- folds ----
    def _queue(self, template: str, fields: Mapping[str, str], *, notice: str | None = None, to: str | None = None) -> str | None:
        if self.address() is None:
            return None
        facts = {"letter": uuid4().hex, "template": template, "notice": notice}
        self._ledger.append(QUEUED, facts, private={"to": to, "fields": dict(fields)}, scope=SCOPE)
        self.queued()
        return str(facts["letter"])

    def _posts(self) -> list[_Post]:
        posts = dict[str, _Post]()
        for entry in self._recall():
            id = entry.facts["letter"]
            if entry.kind == QUEUED:
                posts[id] = _Post(entry.n, id, entry.facts["template"], entry.at)
                continue
            delays = [*posts[id].delays, entry.at] if entry.kind == DELAYED else posts[id].delays
            posts[id] = replace(posts[id], last=entry.kind, reason=_reason(entry), delays=delays)
        return list(posts.values())

    def _pending(self) -> Iterator[_Post]:
        return (post for post in self._posts() if not post.final)

    def _private(self, post: _Post) -> Mapping[str, Any] | None:
        """Read anew each time: the key may just have been destroyed."""
        return next((entry.private for entry in self._ledger.entries(QUEUED) if entry.n == post.n), None)

    def _given(self) -> bool:
        """Whether an address was given and not erased since."""
        last = next((e.kind for e in reversed(self._known()) if e.kind in (ADDRESS, ERASED)), None)
        return last == ADDRESS

    def _language(self) -> Language:
        given = [entry.facts["language"] for entry in self._known() if entry.kind == ADDRESS]
        return given[-1] if given else "en"

    def _drop(self, post: _Post, reason: str) -> None:
        self._ledger.append(DROPPED, {"letter": post.id, "reason": reason})


def wait(failures: int) -> timedelta:
    """Twice as long after each failure, up to six hours; for ever."""
    return min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)


def _reason(entry: Entry) -> str:
    if entry.kind == DELAYED:
        return f"The mail server did not take it yet ({entry.facts['code'] or 'no answer'})."
    return str(entry.facts.get("reason", "")) or (f"The mail server refused it ({entry.facts['code']})." if entry.kind == REFUSED else "")


def _notice(entry: Entry, language: Language, controller: Controller) -> Notice:
    title = text = None
    if entry.private is not None:
        with suppress(BadInput):
            title, text = mail.words(entry.facts["template"], entry.private["fields"], language)
    return Notice(id=entry.facts["notice"], at=entry.at, template=entry.facts["template"], title=title, text=text)
