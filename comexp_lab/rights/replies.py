"""What a person reads about their request: the reply with all that the law asks of it, in their language.

The words are data (``replies.toml``). What is kept in the log is English (``EVENTS``, ``TYPES``): the panel says it in other languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from comexp_lab.api import Controller, Language, RequestDeadline, RequestKept, RequestOut
from comexp_lab.rights.authorities import REMEDIES, remedies

WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _english(table: str) -> dict[str, str]:
    return {key: text["en"] for key, text in WORDS[table].items()}


TYPES, STATES, DUTIES = _english("types"), _english("states"), _english("duties")

EVENTS: Mapping[str, str] = {
    "submitted": "You asked {type}.",
    "repeated": "You asked the same again; both are answered together.",
    "acknowledged": "We confirmed that the request came in.",
    "identity asked": "We asked you to prove who you are.",
    "identity mistaken": "Somebody tried to prove to be you and failed.",
    "identity failed": "Somebody tried to prove to be you and failed for the last time.",
    "identity proved": "You proved who you are.",
    "planned": "It was decided that all of it will be done.",
    "partial": "It was decided that a part of it will be done ({basis}).",
    "denied": "The request was refused ({basis}).",
    "confirmed": "You confirmed what will be done.",
    "extended": "We told you that we need more time, and why.",
    "frozen": "The data was frozen.",
    "unfrozen": "The freeze was lifted.",
    "building": "We began to write the archive.",
    "ready": "The archive was ready for download.",
    "archive erased": "The archive was erased.",
    "applied": "It was done and took effect.",
    "rewritten": "The files were written anew without what had to go.",
    "key destroyed": "The keys were destroyed: the data became unreadable.",
    "swept": "The files were removed.",
    "rebuilt": "What remains was put together anew.",
    "store refused": "A store did not answer; it will be tried again.",
    "scanning": "We began to look for anything left.",
    "traces found": "Something was left; it is being removed.",
    "certified": "Nothing was found and the certificate was signed.",
    "closed": "You were answered.",
    "cancelled": "You took the request back.",
}

COMEXP = Controller(name="Comexp", address="https://comexp.net", contact="tape@comexp.net")  # policy §1

_WITH_INFORMATION = frozenset({"access", "portability", "know"})
_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()


def day(at: date, language: Language = "en") -> str:
    months = {"en": f"{at:%B}", "ru": _MONTHS[at.month - 1]}
    return f"{at.year}年{at.month}月{at.day}日" if language == "zh" else f"{at.day} {months[language]} {at.year}"


def duty(effect: str, due: datetime, received: datetime, source: str, language: Language = "en") -> str:
    """A deadline in plain words: "answer by 5 April 2026 (GDPR Art. 12(3))"."""
    when = "at once" if due == received else "until" if effect == "retain" else "by"
    return _Words(language)(when, duty=WORDS["duties"][effect][language], date=day(due, language), source=source)


def reply(request: RequestOut, language: Language = "en", controller: Controller = COMEXP) -> str:
    """The answer as plain text. What it must hold: rights.md §2, GDPR Art. 12(1), 12(4) and 15, 152-FZ Art. 14(7), 11 CCR §7021."""
    say, answer = _Words(language), request.answer
    state = say.of("states", request.state)
    done = [f"{say.of('kinds', kind)}: {count}" for kind, count in (answer.done if answer else {}).items()]
    lines = [
        say("head", controller=controller.name, id=request.id),
        "",
        say("asked", type=say.of("types", request.type), target=say.target(request.target)),
        say("received", date=day(request.received, language)),
        say("due", dates="; ".join(say.duty(each, request) for each in request.deadlines if each.effect != "retain") or say("no term")),
        say("answered", date=day(answer.at, language) if answer else say("not yet")),
        "",
        say.of("outcomes", answer.outcome) if answer else say("next", state=state, next=say.next(request)),
        "",
        say("done"),
        *_items(done, say("nothing done")),
        say("kept"),
        *_items(say.kept(request), say("nothing kept")),
        say("recipients", recipients=", ".join(answer.recipients if answer else ()) or say("none")),
        say("backups"),
        say("certificate", sha256=request.certificate or say("none")),
    ]
    if request.type in _WITH_INFORMATION:
        told = [f"{row['name'][language]}: {row['text'][language]}" for row in WORDS["information"]]
        lines += ["", say("information"), *_items(told, "")]
    who = ", ".join(filter(None, (controller.name, controller.address, controller.contact)))
    where = [each.text(language) for each in REMEDIES if answer and each.text() in answer.remedies]
    lines += ["", say("remedies"), *_items(where or remedies(request.regimes, language), ""), "", say("contact", controller=who)]
    return "\n".join(lines) + "\n"


class _Words:
    """The words of replies in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **fields: str) -> str:
        return str(WORDS["words"][key][self.language]).format(**fields)

    def of(self, table: str, key: str) -> str:
        """As it is if there are no words for it: the person's own, or of a law."""
        return str(WORDS[table][key][self.language]) if key in WORDS[table] else key

    def target(self, target: str) -> str:
        kind, _, which = target.partition(":")
        if kind == "purpose":
            return self("purpose", purpose=self.of("purposes", which))
        id, _, part = which.partition(":")
        return self("part of a dataset" if part else kind, id=id) if kind in ("account", "email", "dataset") else target

    def duty(self, each: RequestDeadline, request: RequestOut) -> str:
        return duty(each.effect, each.due, request.received, each.source, self.language)

    def next(self, request: RequestOut) -> str:
        due = next((each for each in request.deadlines if each.text == request.next), None)
        paused = any(each.paused for each in request.deadlines)
        return self.duty(due, request) if due else self("prove" if paused else "nothing next")

    def kept(self, request: RequestOut) -> list[str]:
        """What was not done, and what the person was told of the reasons."""
        answer, words = request.answer, request.words or {}
        if answer is None:
            return []
        told = [f"{self(name)}: {words[name]}" for name in ("reasons", "why it takes longer") if name in words]
        refused = [self("refused", basis=answer.basis)] if answer.outcome == "denied" else []
        return refused + [self._kept(each) for each in answer.kept] + told

    def _kept(self, each: RequestKept) -> str:
        until = self("kept until", date=day(each.until, self.language)) if each.until else self("no end")
        return self("kept one", kind=self.of("kinds", each.kind), items=str(each.items), basis=each.basis, until=until)


def _items(texts: list[str], none: str) -> list[str]:
    return [f"- {text}" for text in texts] or [f"- {none}"]
