"""What a person reads about their request: every text in one table, and the reply with all that the law asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from comexp_lab.api import Controller, RequestDeadline, RequestOut
from comexp_lab.rights.authorities import remedies

TYPES: Mapping[str, str] = {
    "access": "to see what is stored about you",
    "portability": "to take your data away",
    "rectification": "to have data corrected",
    "erasure": "to have data erased",
    "restriction": "to have data frozen",
    "objection": "to object to a use of your data",
    "withdrawal": "to withdraw a consent",
    "opt_out": "to opt out of sale and sharing",
    "know": "to know what is collected and how it is used",
    "complaint": "to be told where you can complain",
}

STATES: Mapping[str, str] = {
    "received": "The request came in.",
    "identity asked": "You were asked to prove who you are.",
    "identity failed": "Nobody proved to be the person in five tries.",
    "verified": "It is known that you are the person.",
    "planned": "It is decided: all of it will be done.",
    "partial": "It is decided: a part of it will be done.",
    "denied": "The request was refused.",
    "building": "The archive is being written.",
    "ready": "The archive is ready.",
    "fenced": "It was confirmed and has begun; it can no longer be cancelled.",
    "applied": "It is done and in effect.",
    "rewritten": "The former value was removed from the files.",
    "unreadable": "The keys are destroyed; what is left cannot be read by anybody and is being removed.",
    "verifying": "It is being checked that nothing is left.",
    "certified": "It is done, checked and certified.",
    "closed": "The request was answered.",
    "cancelled": "You took the request back.",
}

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

DUTIES: Mapping[str, str] = {
    "reply": "answer",
    "reply+remedies": "say so if anything is refused, with reasons and where to complain",
    "acknowledge": "confirm that the request came in",
    "execute": "do what was asked",
    "execute_now": "erase",
    "execute+notify": "do what was asked and tell you",
    "freeze": "freeze the data",
    "stop": "stop the processing",
    "notify": "notify",
    "delete": "delete",
    "destroy+act": "destroy the data and certify it",
    "block_then_destroy": "destroy what was frozen",
    "retain": "keep the record of this request",
}

OUTCOMES: Mapping[str, str] = {
    "done": "Everything you asked for was done.",
    "partly done": "A part of what you asked for was done.",
    "denied": "Your request was refused.",
    "cancelled": "You took your request back.",
}


COMEXP = Controller(name="Comexp", address="https://comexp.net", contact="tape@comexp.net")  # policy §1
REGISTRATION = "registered with Roskomnadzor as an operator of personal data (policy §14.3)"
BACKUPS = "they hold encrypted data and never its keys; what was erased cannot be read from them, however long they are kept"

# What Art. 15 GDPR and Art. 14(7) of 152-FZ want to be told, as the two policies have it.
INFORMATION: Mapping[str, str] = {
    "Whether your data is processed": "Yes. What is stored is listed in the access report, kind by kind.",
    "Purposes": "To run the account, to annotate what you upload, to train models on it and to annotate with them, "
    "to send notices of the service, to mend faults (policy §3). In ephemeral datasets: annotation only.",
    "Legal bases": "Contract; legitimate interest in a secure service that works; consent for optional letters and features, "
    "which can be withdrawn at any time (policy §10).",
    "Categories of data": "Identifier, display name and photo from the service you sign in with, e-mail if you gave it, "
    "uploaded images, videos and labels, basic usage information (policy §2).",
    "Methods": "Automated: storage under encryption, decoding, annotation, training of models, erasure.",
    "Recipients": "Telegram or Google, whichever you sign in with; nothing is sold, rented or leased (policy §5).",
    "How long": "Until you delete the data or the account, then removed at once (policy §7). Access logs: 89 days. "
    "In ephemeral datasets: until the session ends.",
    "Source": "You, and the service you sign in with (policy §2.1).",
    "Your rights": "To see, take away, correct, erase and freeze your data, to object, to withdraw consent, to complain.",
    "Automated decisions and profiling": "None (T-Rex Label policy §4.5).",
    "Transfers abroad": "With standard contractual clauses, an adequacy decision or another lawful safeguard only (policy §9). "
    "Data of citizens of the Russian Federation is not transferred abroad (policy §14.4).",
    "Processing on our behalf": "The services you sign in with, bound by confidentiality (policy §5.1).",
}

_WITH_INFORMATION = frozenset({"access", "portability", "know"})


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def duty(effect: str, due: datetime, received: datetime, source: str) -> str:
    """A deadline in plain words: "answer by 5 April 2026 (GDPR Art. 12(3))"."""
    when = "at once" if due == received else f"until {day(due)}" if effect == "retain" else f"by {day(due)}"
    return f"{DUTIES[effect]} {when} ({source})"


def reply(request: RequestOut, controller: Controller = COMEXP, registration: str = REGISTRATION, backups: str = BACKUPS) -> str:
    """The answer as plain text. What it must hold: rights.md §2, GDPR Art. 12(4) and 15, 152-FZ Art. 14(7), 11 CCR §7021."""
    answer = request.answer
    who = ", ".join(filter(None, (controller.name, controller.address, controller.contact)))
    lines = [
        f"{controller.name} to you, about request {request.id}",
        "",
        f"You asked {TYPES[request.type]} ({request.target}).",
        f"Received: {day(request.received)}",
        f"Due: {_due(request.deadlines)}",
        f"Answered: {day(answer.at) if answer else 'not yet'}",
        "",
        OUTCOMES[answer.outcome] if answer else f"{STATES[request.state]} Next: {request.next}",
        "",
        "What was done:",
        *_items([f"{kind}: {count}" for kind, count in (answer.done if answer else {}).items()], "nothing"),
        "What was not done, why, and until when:",
        *_items(_kept(request), "nothing was left out"),
        f"Recipients that were told: {', '.join(answer.recipients) if answer and answer.recipients else 'none'}",
        f"Backups: {backups}",
        f"Certificate: {request.certificate or 'none'}",
    ]
    if request.type in _WITH_INFORMATION:
        lines += ["", "About the processing of your data:", *_items([f"{name}: {text}" for name, text in INFORMATION.items()], "")]
    lines += [
        "",
        "If you do not agree, you can complain to:",
        *_items(answer.remedies if answer else remedies(request.regimes), ""),
        "",
        f"Contact: the panel “Data rights”, or {who}; {registration}",
    ]
    return "\n".join(lines) + "\n"


def _due(deadlines: list[RequestDeadline]) -> str:
    return "; ".join(each.text for each in deadlines if each.effect != "retain") or "no term set by law"


def _kept(request: RequestOut) -> list[str]:
    answer = request.answer
    if answer is None:
        return []
    kept = [f"{k.kind}: {k.items}, {k.basis}, {f'until {day(k.until)}' if k.until else 'no end date'}" for k in answer.kept]
    words = request.words or {}
    told = [f"{name}: {words[name]}" for name in ("reasons", "why it takes longer") if name in words]
    return ([f"refused: {answer.basis}"] if answer.outcome == "denied" else []) + kept + told


def _items(texts: list[str], none: str) -> list[str]:
    return [f"- {text}" for text in texts] or [f"- {none}"]
