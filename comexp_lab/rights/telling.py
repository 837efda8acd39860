"""What the ledger's entries say, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from comexp_lab.rights import replies
from comexp_lab.rights.ledger import Entry

KINDS: Mapping[str, str] = {
    "erasure intended": "You confirmed the erasure of {what}; what it needed to know was sealed before anything was destroyed.",
    "erased": "It is erased.",
    "erasure certified": "The erasure was certified.",
    "ledger forked": "A backup of this ledger had been put back and worked with: {n} entries that were once written are not in it.",
    "restriction lifted": "You lifted a restriction.",
    "consent given": "You agreed to: {purpose}.",
    "consent withdrawn": "You withdrew your consent to: {purpose}.",
    "objection": "You objected to: {purpose}.",
    "objection lifted": "You lifted your objection to: {purpose}.",
    "opt-out recorded": "You opted out of any sale of data.",
    "policy published": "A version of the policy was published: {policy}.",
    "notice given": "You were told something in the lab ({template}).",
    "letter queued": "A letter to you was written ({template}).",
    "letter handed over": "A letter was handed over to the mail server.",
    "letter sent": "A letter was sent to you.",
    "letter delayed": "A letter will be sent later: the mail server did not take it yet.",
    "letter dropped": "A letter was not sent.",
    "letter refused": "The mail server refused a letter.",
    "unsubscribed": "An address unsubscribed from news.",
    "address given": "An e-mail address was given.",
    "address erased": "The e-mail address was erased.",
    "retention swept": "What had been kept long enough was removed: {removed}.",
}
CORRECTION = "You confirmed a correction; the former value was sealed until nothing of it was left."
STEPS: Mapping[str, str] = {
    "fenced": "Everything that still used it was stopped.",
    "unreadable": "Its keys were destroyed: from then on nobody could read it.",
    "swept": "Its files were removed and the catalog was rewritten.",
    "searched": "A search that can find it found nothing.",
}


def line(entry: Entry) -> str:
    """One entry as a sentence; what has no words of its own is told by its kind."""
    facts: dict[str, Any] = {**entry.facts}
    facts.setdefault("purpose", ", ".join(facts.get("purposes", ())))
    facts.setdefault("removed", ", ".join(facts.get("counts", ())))
    if entry.kind.startswith("request "):
        event = entry.kind.removeprefix("request ")
        kind = replies.TYPES.get(facts.get("type", ""), "something")
        return replies.EVENTS[event].format(type=kind, basis=facts.get("basis", ""))
    if entry.kind == "erasure intended" and facts.get("correction"):
        return CORRECTION
    if entry.kind == "erasure step":
        return STEPS[facts["step"]]
    try:
        return KINDS[entry.kind].format(**facts)
    except KeyError:
        return f"{entry.kind[:1].upper()}{entry.kind[1:]}."


def counts(found: Mapping[str, int]) -> dict[str, int]:
    """Kinds as the log of a request may name them: small letters, digits, blanks."""
    plain: dict[str, int] = {}
    for kind, items in found.items():
        name = "".join(c for c in kind.lower() if c.isascii() and (c.isalnum() or c in " _"))[:64].strip() or "items"
        plain[name] = plain.get(name, 0) + items
    return plain


def today() -> str:
    return datetime.now(UTC).date().isoformat()
