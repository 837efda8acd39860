"""Where a legal day ends and which days are working days, for each calendar that a rule of clocks.csv names.

A day that no checked calendar covers counts as a working day: a deadline that is not certain ends earlier, never later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """``country`` has transferred working days, checked for ``years``; ``off`` are (month, day); ``rolls``: ends move to a working day."""

    name: str
    zone: ZoneInfo
    country: str = ""
    years: range = field(default_factory=lambda: range(0))
    off: frozenset[tuple[int, int]] = frozenset()
    rolls: bool = False

    def is_workday(self, day: date) -> bool:
        if self.country:
            return day.year not in self.years or _table(self.country, self.years).is_working_day(day)
        return day.weekday() < 5 and (day.month, day.day) not in self.off

    def after(self, day: date, workdays: int) -> date:
        """The working day that ends a period of so many; ``day`` itself does not count."""
        while workdays:
            day += DAY
            workdays -= self.is_workday(day)
        return day

    def rolled(self, day: date) -> date:
        """``day``, or where ends roll (Reg. 1182/71 Art. 3(4)) the next working day."""
        while self.rolls and not self.is_workday(day):
            day += DAY
        return day

    def end_of(self, day: date) -> datetime:
        return datetime.combine(day, time(23, 59, 59), self.zone)


@cache
def _table(country: str, years: range) -> HolidayBase:
    from holidays import country_holidays

    return country_holidays(country, years=years)  # all at once: its working weekends are known only for years that were loaded


# eu      Which member state's holidays count is not known, so only those of all 27; hours of Brussels.
# us      The CCPA defines no business day: every weekday counts; hours of California.
# ru, cn  Transferred working days from the yearly decrees; one time zone each: Moscow's and China's.
# comexp  Calendar days only, at the seat of the operator (policy §14.3).
CALENDARS = {
    calendar.name: calendar
    for calendar in (
        Calendar("eu", ZoneInfo("Europe/Brussels"), off=frozenset({(1, 1), (12, 25)}), rolls=True),
        Calendar("us", ZoneInfo("America/Los_Angeles")),
        Calendar("ru", ZoneInfo("Europe/Moscow"), "RU", range(2022, 2027)),
        Calendar("cn", ZoneInfo("Asia/Shanghai"), "CN", range(2022, 2027)),
        Calendar("comexp", ZoneInfo("Europe/Moscow")),
    )
}


def load() -> None:
    """What takes half a second at first use."""
    for calendar in CALENDARS.values():
        if calendar.country:
            _table(calendar.country, calendar.years)
