"""Legal deadlines against dates counted by hand, against other people's calendars, and against counting day by day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from comexp_lab.rights import clocks
from comexp_lab.rights.calendars import CALENDARS
from comexp_lab.rights.clocks import RULES, Deadline, Event, deadlines, next_deadline

RULE = {rule.id: rule for rule in RULES}
ZONE = {rule.id: rule.calendar.zone for rule in RULES}


def local(rule: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE[rule])


def run(rule: str, start: str, *events: Event) -> Deadline:
    """One rule alone, started at a time of its own zone."""
    it = RULE[rule]
    found = deadlines(min(it.applies_to), [it.regime], [Event(it.start, local(rule, start)), *events], [it])
    return found[0]


def due(rule: str, start: str, *events: Event) -> str:
    end = run(rule, start, *events).due
    assert end.tzinfo == ZONE[rule]
    return f"{end:%Y-%m-%d}" if (end.hour, end.minute, end.second) == (23, 59, 59) else f"{end:%Y-%m-%d %H:%M}"


BY_HAND = """
G1   2023-01-31 12:00  2023-02-28   no 31 February
G1   2024-01-31 12:00  2024-02-29   leap year
G1   2025-08-31 12:00  2025-09-30
G1   2026-03-05 12:00  2026-04-06   5 April is a Sunday
G1   2025-11-25 12:00  2025-12-26   Christmas
G1   2026-01-31 23:59  2026-03-02   28 February is a Saturday
G4   2024-02-29 08:00  2024-03-29
G4   2026-01-15 08:00  2026-02-16   15 February is a Sunday
G8   2026-02-01 10:00  2026-02-01 10:00   at once, on a Sunday, too
G8   2024-02-29 23:30  2024-02-29 23:30
G9   2026-01-05 09:00  2026-01-08 09:00
G9   2026-03-28 12:00  2026-03-31 13:00   one hour of these 72 does not exist
P1   2026-07-01 12:00  2026-07-31
P1   2027-01-31 12:00  2027-03-02   later than the month of the GDPR
P2   2026-07-01 12:00  2026-07-01 12:00
P2   2028-02-29 00:01  2028-02-29 00:01
P3   2026-07-04 12:00  2026-07-04 12:00
P3   2026-12-31 23:58  2026-12-31 23:58
U1   2026-07-01 12:00  2026-07-15   3 July counts: the CCPA defines no business day
U1   2025-11-20 12:00  2025-12-04
U2   2026-02-01 12:00  2026-03-18   summer time begins on the way
U2   2024-01-31 12:00  2024-03-16
U4   2026-01-02 12:00  2026-01-23
U4   2026-05-31 12:00  2026-06-19   from a Sunday
U5   2024-02-29 12:00  2026-02-28
U5   2026-01-31 12:00  2028-01-31
R1   2026-04-27 12:00  2026-05-13   1 and 11 May are off
R1   2024-04-26 12:00  2024-05-16   Saturday 27 April worked; 29 April to 1 May, 9 and 10 May off
R2   2025-04-28 12:00  2025-05-16   1, 2, 8 and 9 May off
R2   2031-01-01 12:00  2031-01-11   no calendar: every day counts
R3   2025-12-26 12:00  2026-01-16   31 December to 11 January off
R3   2025-10-30 12:00  2025-11-11   Saturday 1 November worked; 3 and 4 November off
R4   2026-05-09 11:00  2026-05-09 11:00
R4   2026-01-01 00:10  2026-01-01 00:10
R5a  2024-12-26 12:00  2025-01-09   Saturday 28 December worked
R5a  2026-12-30 12:00  2027-01-03   31 December off, 2027 has no calendar yet
R5b  2026-06-08 12:00  2026-06-23   12 June off
R5b  2025-06-09 12:00  2025-06-25   12 and 13 June off
R6   2026-01-31 12:00  2026-03-02
R6   2024-01-31 12:00  2024-03-01
R7   2026-04-10 12:00  2026-05-10   a Sunday, and it stays one
R7   2028-02-01 12:00  2028-03-02
R8   2026-02-16 12:00  2026-03-03   23 February off
R8   2026-03-02 12:00  2026-03-17   9 March off
R9   2025-08-31 12:00  2026-02-28
R9   2026-03-15 12:00  2026-09-15
R10  2026-05-09 23:30  2026-05-10 23:30
R10  2026-02-28 08:00  2026-03-01 08:00
R12  2024-02-29 12:00  2027-02-28
R12  2026-11-22 12:00  2029-11-22
N2   2025-09-25 12:00  2025-10-22   Sunday 28 September and Saturday 11 October worked, 1 to 8 October off
N2   2026-02-11 12:00  2026-03-10   Saturdays 14 and 28 February worked, 15 to 23 February off
N2   2026-12-25 12:00  2027-01-11   2027 has no calendar yet
N3   2026-01-31 12:00  2026-03-02
N3   2024-02-29 12:00  2024-03-30
T1   2026-02-01 12:00  2026-05-01
T1   2024-12-01 12:00  2025-02-28   never longer than three months
"""


def _case(line: str) -> tuple[str, str, str]:
    rule, day, clock, *end = line.split()
    return rule, f"{day} {clock}", f"{end[0]} {end[1]}" if end[1:] and ":" in end[1] else end[0]


@pytest.mark.parametrize("line", BY_HAND.strip().splitlines())
def test_dates_counted_by_hand(line):
    rule, start, end = _case(line)
    assert due(rule, start) == end


def test_every_rule_is_counted_by_hand_at_least_twice():
    counted = [line.split()[0] for line in BY_HAND.strip().splitlines()]
    assert len(RULES) == 26 and len(RULE) == 26
    assert {rule for rule in RULE if counted.count(rule) < 2} == set()


def test_the_day_begins_and_ends_where_the_regime_is():
    """23:30 in London is already the next day in Brussels; the end of the day in California is 8 h behind UTC in winter, 7 in summer."""
    london = Event("received", datetime(2026, 1, 27, 23, 30, tzinfo=ZoneInfo("Europe/London")))
    assert f"{deadlines('access', ['gdpr'], [london], [RULE['G1']])[0].due:%m-%d}" == "03-02"  # the 28th is a Saturday
    assert run("U2", "2026-02-01 12:00").due.utcoffset() == timedelta(hours=-7)
    assert run("U2", "2025-12-01 12:00").due.utcoffset() == timedelta(hours=-8)


def at(rule: str, text: str, what: str, reasons: bool = False) -> Event:
    return Event(what, local(rule, text), reasons)


@pytest.mark.parametrize(
    ("rule", "start", "notice", "end"),
    [
        ("G1", "2026-01-31 12:00", "2026-02-20 12:00", "2026-04-30"),
        ("G1", "2026-01-31 12:00", "2026-03-02 23:59", "2026-04-30"),
        ("G1", "2026-01-31 12:00", "2026-03-03 00:00", "2026-03-02"),  # too late
        ("U2", "2026-02-01 12:00", "2026-03-18 12:00", "2026-05-02"),  # 90 days in all
        ("U2", "2026-02-01 12:00", "2026-03-19 12:00", "2026-03-18"),
        ("R1", "2024-04-26 12:00", "2024-05-02 12:00", "2024-05-23"),
        ("R2", "2025-04-28 12:00", "2025-05-16 12:00", "2025-05-23"),
        ("R8", "2026-02-16 12:00", "2026-02-17 12:00", "2026-03-11"),  # 9 March off
        ("G4", "2026-01-15 12:00", "2026-01-16 12:00", "2026-02-16"),  # a refusal cannot wait
        ("P1", "2026-07-01 12:00", "2026-07-02 12:00", "2026-07-31"),
        ("R3", "2025-10-30 12:00", "2025-10-31 12:00", "2025-11-11"),
    ],
)
def test_extensions(rule, start, notice, end):
    assert due(rule, start, at(rule, notice, "extension noticed", reasons=True)) == end
    assert due(rule, start, at(rule, notice, "extension noticed")) == due(rule, start), "an extension without reasons is none"


def test_the_clock_of_the_gdpr_stands_still_while_identity_was_asked_promptly():
    ask, late, prove = (
        at("G1", "2026-03-05 13:00", "identity asked"),
        at("G1", "2026-03-09 13:00", "identity asked"),
        at("G1", "2026-03-15 14:00", "identity proved"),
    )
    assert run("G1", "2026-03-05 12:00", ask).paused
    assert due("G1", "2026-03-05 12:00", ask, prove) == "2026-04-15"  # ten whole days later
    assert due("G1", "2026-03-05 12:00", late, prove) == "2026-04-06"
    assert not run("G1", "2026-03-05 12:00", late).paused
    for rule in ("U1", "U2", "R1", "P1", "N3"):
        asked, proved = at(rule, "2026-07-01 12:05", "identity asked"), at(rule, "2026-07-20 12:00", "identity proved")
        assert due(rule, "2026-07-01 12:00", asked, proved) == due(rule, "2026-07-01 12:00"), rule
        assert not run(rule, "2026-07-01 12:00", asked).paused, rule


def test_a_clock_that_was_set_back_gives_no_time():
    back = at("G1", "2026-03-05 13:00", "identity asked"), at("G1", "2026-03-01 14:00", "identity proved")
    assert due("G1", "2026-03-05 12:00", *back) == "2026-04-06"


RECEIVED = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("UTC"))
ALL = ("gdpr", "ccpa", "ru152", "cn", "comexp")


def next_rule(matter: str, regimes: tuple[str, ...], *events: Event) -> str | None:
    found = next_deadline(deadlines(matter, regimes, [Event("received", RECEIVED), *events]))
    return found and found.rule.id


@pytest.mark.parametrize(
    ("matter", "regimes", "expected"),
    [
        ("access", ("gdpr", "comexp"), "P1"),
        ("access", ("gdpr",), "G1"),
        ("access", ("gdpr", "ru152", "comexp"), "R1"),
        ("access", ("ccpa", "comexp"), "U1"),
        ("access", ("cn",), "N3"),
        ("erasure", ALL, "P2"),
        ("erasure", ("ru152",), "R3"),
        ("rectification", ("cn",), "N2"),
        ("restriction", ALL, "R4"),
        ("objection", ("ru152", "comexp"), "R8"),
        ("objection:marketing", ("gdpr",), "G8"),
        ("objection", ("gdpr",), "G1"),
        ("withdrawal:marketing", ("comexp",), "P3"),
        ("withdrawal", ("ru152",), "R7"),
        ("opt_out", ("ccpa",), "U4"),
        ("know", ("ccpa",), "U1"),
        ("complaint", ("comexp",), "P1"),
        ("portability", ("gdpr", "cn"), "N3"),
        ("breach", ALL, None),
    ],
)
def test_the_earliest_applicable_clock_is_next(matter, regimes, expected):
    assert next_rule(matter, regimes) == expected


def test_what_was_done_is_no_longer_next():
    def later(what: str) -> Event:
        return Event(what, RECEIVED + timedelta(hours=1))

    assert next_rule("know", ("ccpa",), later("acknowledged")) == "U2"
    assert next_rule("access", ("gdpr",), later("granted")) == "G1"
    assert next_rule("restriction", ("ru152", "gdpr"), later("frozen")) in {"G1", "G4"}
    assert next_rule("erasure", ("comexp",), later("destroyed")) == "P1"
    assert next_rule("access", ("gdpr",), later("identity asked")) is None, "its clock stands still"
    assert next_rule("access", ("gdpr", "comexp"), later("identity asked")) == "P1", "that of the contract does not"
    for end in ("answered", "cancelled"):
        assert next_rule("erasure", ALL, later(end)) is None
    kept = [each for each in deadlines("know", ("ccpa",), [Event("received", RECEIVED), later("answered")]) if each.effect == "retain"]
    assert [each.met for each in kept] == [None]


@pytest.mark.parametrize(
    ("matter", "start", "expected"),
    [
        ("breach", "detected", ["R10", "G9"]),
        ("unlawful_processing", "detected", ["R5a", "R5b"]),
        ("purpose_achieved", "goal", ["R6"]),
        ("cannot_destroy", "goal", ["R9"]),
        ("destruction_act", "goal", ["R12"]),
        ("server_log", "goal", ["T1"]),
    ],
)
def test_clocks_that_no_request_starts(matter, start, expected):
    assert [each.rule.id for each in deadlines(matter, (*ALL, "trex"), [Event(start, RECEIVED)])] == expected
    assert deadlines(matter, (*ALL, "trex"), [Event("received", RECEIVED)]) == []


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_end():
    def rules(matter: str, regime: str, start: str, text: str) -> list[str]:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Moscow"))
        return [each.rule.id for each in deadlines(matter, [regime], [Event(start, at)])]

    assert rules("destruction_act", "ru152", "goal", "2023-02-28 23:59") == []
    assert rules("destruction_act", "ru152", "goal", "2023-03-01 00:00") == ["R12"]
    assert rules("destruction_act", "ru152", "goal", "2029-02-28 23:59") == ["R12"]
    assert rules("destruction_act", "ru152", "goal", "2029-03-01 00:00") == []
    assert rules("erasure", "comexp", "received", "2026-06-18 12:00") == []


def test_every_rule_says_where_it_comes_from_and_can_be_done():
    for rule in RULES:
        assert rule.source and rule.conf in "HM" and rule.applies_to
        assert rule.applies_to <= clocks.REQUESTS or rule.start != "received" or all(":" in each for each in rule.applies_to)
        assert rule.effect in clocks.DONE
        assert not rule.ext_n or (rule.ext_unit == rule.unit and rule.ext_needs), "an extension goes on from the first period"
    assert {rule.regime for rule in RULES} == {"gdpr", "ccpa", "ru152", "cn", "comexp", "trex"}


# Calendars

RU_OFF = {  # weekdays off besides the fixed holidays, and working weekends: the government's decrees and art. 112 of the labour code
    2022: ("03-07 05-02 05-03 05-10 06-13", "03-05"),
    2023: ("02-24 05-08 11-06", ""),
    2024: ("04-29 04-30 05-10 12-30 12-31", "04-27 11-02 12-28"),
    2025: ("05-02 05-08 06-13 11-03 12-31", "11-01"),
    2026: ("01-09 03-09 05-11 12-31", ""),
}
RU_FIXED = {f"01-0{n}" for n in range(1, 9)} | {"02-23", "03-08", "05-01", "05-09", "06-12", "11-04"}


def ru_workday(day: date) -> bool:
    off, worked = RU_OFF[day.year]
    text = f"{day:%m-%d}"
    return text in worked.split() or (day.weekday() < 5 and text not in RU_FIXED and text not in off.split())


def days(first: int, last: int) -> list[date]:
    return [date(first, 1, 1) + timedelta(n) for n in range((date(last + 1, 1, 1) - date(first, 1, 1)).days)]


def test_working_days_of_russia_and_china_are_those_of_the_decrees():
    assert [day for day in days(2022, 2026) if CALENDARS["ru"].is_workday(day) != ru_workday(day)] == []
    assert [day for day in days(2022, 2026) if CALENDARS["cn"].is_workday(day) != chinese_calendar.is_workday(day)] == []
    assert sum(map(CALENDARS["ru"].is_workday, days(2024, 2024))) == 248
    assert sum(map(CALENDARS["cn"].is_workday, days(2025, 2025))) == 248


def test_a_year_without_a_calendar_has_working_days_only():
    for name in ("ru", "cn"):
        assert all(map(CALENDARS[name].is_workday, days(2021, 2021) + days(2027, 2028)))


def test_holidays_of_the_union_are_those_of_every_member_state():
    states = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
    for year in range(2024, 2031):
        shared = set.intersection(*(set(country_holidays(state, years=year)) for state in states))
        assert {day for day in days(year, year) if day.weekday() < 5 and not CALENDARS["eu"].is_workday(day)} == {
            day for day in shared if day.weekday() < 5
        }


# Against counting day by day

WORKS = {
    "ru": lambda day: ru_workday(day) if 2022 <= day.year <= 2026 else True,
    "cn": lambda day: chinese_calendar.is_workday(day) if 2022 <= day.year <= 2026 else True,
    "us": lambda day: day.weekday() < 5,
    "eu": lambda day: day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (12, 25)},
    "comexp": lambda day: day.weekday() < 5,
}


def slowly(calendar: str, first: date, n: int, unit: str, stood: int) -> date:
    """One day after the other, ticking off what the unit counts."""
    day = first
    if unit in {"m", "y"}:
        turned, goal = 0, n if unit == "m" else 12 * n
        while not (turned == goal and (day.day == first.day or day.day == monthrange(day.year, day.month)[1])):
            day += timedelta(days=1)
            turned += day.day == 1
    counted = 0
    while unit in {"d", "w", "bd"} and counted < n:
        day += timedelta(days=1)
        if unit == "d" or WORKS[calendar](day):
            counted += 1
    for _ in range(stood):
        day += timedelta(days=1)
    while calendar == "eu" and not WORKS["eu"](day):
        day += timedelta(days=1)
    return day


@given(
    rule=st.sampled_from([rule for rule in RULES if rule.n and rule.unit != "h"]),
    start=st.datetimes(datetime(2021, 11, 1), datetime(2028, 6, 1), timezones=st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")])),
    asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
    proving=st.timedeltas(timedelta(0), timedelta(days=40)),
    noticed=st.none() | st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_deadlines_are_those_found_by_counting_day_by_day(rule, start, asked, proving, noticed):
    start = start.astimezone(rule.calendar.zone)
    events, stood = [Event(rule.start, start)], 0
    if asked is not None:
        events += [Event("identity asked", start + asked), Event("identity proved", start + asked + proving)]
        if rule.id in {"G1", "G4"} and asked <= timedelta(hours=24):
            stood = proving.days
    end = slowly(rule.calendar.name, start.date(), rule.n, rule.unit, stood)
    extended = noticed is not None and bool(rule.ext_n) and (start + noticed).date() <= end
    if extended:
        end = slowly(rule.calendar.name, start.date(), rule.n + rule.ext_n, rule.unit, stood)
    if noticed is not None:
        events.append(Event("extension noticed", start + noticed, reasons=True))
    found = deadlines(min(rule.applies_to), [rule.regime], events, [rule])
    if not rule.valid_from <= start.date() < rule.valid_to:
        assert found == []
        return
    assert found[0].due == datetime.combine(end, time(23, 59, 59), rule.calendar.zone)
    assert (found[0].extended, found[0].paused) == (extended, False)
