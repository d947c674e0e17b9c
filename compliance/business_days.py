"""Business days of New York, for notices that count them. Pure; called by `api.legal`.

The rule (6 RCNY 5-304) does not say what a business day is, so the careful reading is taken: neither Saturday nor
Sunday nor a public holiday of the State of New York (General Construction Law, section 24), nor the weekday on which a
federal holiday is kept that falls on a weekend. More holidays make a longer notice, never a shorter one. Days are those
of New York's own clock: there it is still the evening before when UTC has the next day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
SATURDAY, SUNDAY = 5, 6
MONDAY, TUESDAY, THURSDAY = 0, 1, 3


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """Those that fall into the year, with the weekdays on which they are kept."""
    fixed = [(1, 1), (2, 12), (6, 19), (7, 4), (11, 11), (12, 25)]
    days = {date(year, month, day) for month, day in fixed}
    kept = {_kept(day) for day in days} | {_kept(date(year + 1, 1, 1))}
    days |= {day for day in kept if day.year == year}
    days |= {
        _nth(year, 1, MONDAY, 3),  # Martin Luther King
        _nth(year, 2, MONDAY, 3),  # Washington
        _last_monday_of_may(year),  # Memorial Day
        _nth(year, 9, MONDAY, 1),  # Labor Day
        _nth(year, 10, MONDAY, 2),  # Columbus
        _nth(year, 11, MONDAY, 1) + timedelta(days=1),  # Election Day
        _nth(year, 11, THURSDAY, 4),  # Thanksgiving
    }
    return frozenset(days)


def is_business_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def after(told: date, days: int) -> date:
    """The first day on which so many business days have passed since the day of the notice, which does not count."""
    day, left = told, days
    while left > 0:
        day += timedelta(days=1)
        left -= is_business_day(day)
    return day


def day_of(moment: datetime) -> date:
    """As the calendar in New York has it."""
    return moment.astimezone(NEW_YORK).date()


def begins(day: date) -> datetime:
    """Midnight in New York."""
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


def _kept(day: date) -> date:
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
