"""Legal deadlines, computed from what happened and when; never stored.

The rules are rows of clocks.csv: to which matter of which regime a rule applies (``applies_to``), which event starts it, how long it
runs, how it can be extended, and what must be done by then (``effect``). Units: h hours, d calendar days, w and bd working days of the
rule's calendar, m months, y years; no length at all means at once. Days and longer end with the last second of the day in the time
zone of the calendar. A rule applies if it was in force on the day its clock started.

The length of months follows Reg. (EEC, Euratom) 1182/71 Art. 3: the day of the event does not count, the period ends on the same
date, or the last day of a month that lacks it. Two doubts are decided for the earlier end: hours run from the very moment, and
Art. 3(5) (at least two working days) is not used.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources

from comexp_lab.rights.calendars import CALENDARS, Calendar

STARTS = {"rcpt": "received", "detect": "detected", "goal": "goal"}

# What shows that a duty was done. An answer or the person's own cancellation ends every clock of a request.
ENDS = frozenset({"answered", "cancelled"})
DONE: Mapping[str, frozenset[str]] = {
    "reply": frozenset(),
    "reply+remedies": frozenset({"granted"}),
    "acknowledge": frozenset({"acknowledged", "granted", "refused"}),
    "execute": frozenset({"applied", "destroyed"}),
    "execute_now": frozenset({"destroyed"}),
    "execute+notify": frozenset(),
    "freeze": frozenset({"frozen", "applied"}),
    "stop": frozenset({"applied"}),
    "notify": frozenset({"notified"}),
    "delete": frozenset({"destroyed"}),
    "destroy+act": frozenset({"certified"}),
    "block_then_destroy": frozenset({"destroyed"}),
    "retain": frozenset(),
}


@dataclass(frozen=True)
class Event:
    """Something that happened: "received", "identity asked", "identity proved", "extension noticed", "detected", "goal", or as in DONE."""

    what: str
    at: datetime
    reasons: bool = False


@dataclass(frozen=True)
class Rule:
    id: str
    regime: str
    right: str
    applies_to: frozenset[str]
    start: str
    n: int
    unit: str
    ext_n: int
    ext_unit: str
    ext_needs: str
    effect: str
    pause_on_identity: timedelta | None  # the identity must be asked for within this time, or the clock does not stop
    calendar: Calendar
    valid_from: date
    valid_to: date  # the first day on which it is no longer in force
    source: str
    conf: str

    def applies(self, matter: str) -> bool:
        """A matter is a type of request or another cause; "objection:marketing" is an "objection", too."""
        return not self.applies_to.isdisjoint({matter, matter.partition(":")[0]})


@dataclass(frozen=True)
class Deadline:
    rule: Rule
    due: datetime
    effect: str
    extended: bool
    paused: bool  # the clock stands still until the person proves who they are; due is where it would end unpaused
    met: datetime | None


REQUESTS = frozenset("access portability rectification erasure restriction objection withdrawal opt_out know complaint".split())


def _rule(row: dict[str, str]) -> Rule:
    hours = row["pause_on_identity"]
    applies = frozenset(row["applies_to"].split("|"))
    return Rule(
        id=row["id"],
        regime=row["regime"],
        right=row["right"],
        applies_to=REQUESTS if applies == {"any"} else applies,
        start=STARTS[row["start"]],
        n=int(row["n"]),
        unit=row["unit"],
        ext_n=int(row["ext_n"] or 0),
        ext_unit=row["ext_unit"],
        ext_needs=row["ext_needs"],
        effect=row["effect"],
        pause_on_identity=timedelta(hours=int(hours)) if hours else None,
        calendar=CALENDARS[row["calendar"]],
        valid_from=date.fromisoformat(row["valid_from"] or "0001-01-01"),
        valid_to=date.fromisoformat(row["valid_to"] or "9999-12-31"),
        source=row["source"],
        conf=row["conf"],
    )


RULES = tuple(map(_rule, csv.DictReader(resources.files("comexp_lab.rights").joinpath("clocks.csv").read_text("utf-8").splitlines())))
REGIMES = frozenset(rule.regime for rule in RULES)


def deadlines(matter: str, regimes: Iterable[str], events: Iterable[Event], rules: Iterable[Rule] = RULES) -> list[Deadline]:
    """Every clock that runs or ran, the earliest first."""
    happened = sorted(events, key=lambda event: event.at)
    regimes = frozenset(regimes)
    found = [
        _deadline(rule, start, happened)
        for rule in rules
        if rule.regime in regimes and rule.applies(matter)
        for start in _times(happened, rule.start)[:1]
        if rule.valid_from <= start.astimezone(rule.calendar.zone).date() < rule.valid_to
    ]
    return sorted(found, key=lambda deadline: (deadline.due, deadline.rule.id))


def next_deadline(deadlines: Iterable[Deadline]) -> Deadline | None:
    """The earliest duty that is still to be done. What must merely be kept until then is no duty."""
    open_ = [each for each in deadlines if each.met is None and not each.paused and each.effect != "retain"]
    return min(open_, key=lambda deadline: deadline.due, default=None)


def _deadline(rule: Rule, start: datetime, events: list[Event]) -> Deadline:
    stood, paused = _pause(rule, start, events)
    due = _end(rule, start, rule.n, stood)
    in_time = (event.at <= due for event in events if event.what == "extension noticed" and event.reasons)
    extended = bool(rule.ext_n) and any(in_time)
    if extended:
        due = _end(rule, start, rule.n + rule.ext_n, stood)
    met = _times(events, *DONE[rule.effect], *ENDS) if rule.effect != "retain" else []
    return Deadline(rule, due, rule.effect, extended, paused and not met, min(met, default=None))


def _end(rule: Rule, start: datetime, n: int, stood: timedelta) -> datetime:
    if rule.unit == "h" or n == 0:
        return (start.astimezone(UTC) + timedelta(hours=n)).astimezone(rule.calendar.zone)
    day = start.astimezone(rule.calendar.zone).date()
    match rule.unit:
        case "d":
            day += timedelta(days=n)
        case "w" | "bd":
            day = rule.calendar.after(day, n)
        case "m" | "y":
            day = _months_after(day, n if rule.unit == "m" else 12 * n)
        case _:
            raise ValueError(f"clocks.csv, rule {rule.id}: no such unit: {rule.unit}")
    return rule.calendar.end_of(rule.calendar.rolled(day + timedelta(days=stood.days)))


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _pause(rule: Rule, start: datetime, events: list[Event]) -> tuple[timedelta, bool]:
    """How long the clock stood still while the person was asked who they are, and whether it still does."""
    asked = next((at for at in _times(events, "identity asked") if at >= start), None)
    if rule.pause_on_identity is None or asked is None or asked - start > rule.pause_on_identity:
        return timedelta(), False
    proved = next((at for at in _times(events, "identity proved") if at >= asked), None)
    return (timedelta(), True) if proved is None else (proved - asked, False)


def _times(events: list[Event], *what: str) -> list[datetime]:
    return [event.at for event in events if event.what in what]
