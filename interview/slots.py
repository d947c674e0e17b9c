"""Times at which an interview can be held: pure functions over a count of places taken. Used by `api.bookings`.

Time is cut into cells of five minutes. An interview takes one place in each cell from its start to its plan's length
and a quarter of an hour more (what a microphone check, a lost line and an overlong answer cost). A time is offered
where every one of its cells has a place left. All moments are UTC; zones matter only for what people read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from models.sentences import N_

CELL = timedelta(minutes=5)
STEP = timedelta(minutes=30)
"""Offered times begin on the half-hour."""
SLACK = timedelta(minutes=15)
LATE = timedelta(minutes=15)
"""So long a booked place waits for its candidate, and a place for one who left the room."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_PARTS = ((6, N_("Night")), (12, N_("Morning")), (18, N_("Afternoon")), (24, N_("Evening")))
"""The hour at which each part of a day ends."""


@dataclass(frozen=True, slots=True)
class Slot:
    """From when to when a place is kept, UTC."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One day's times as its candidate reads them: (part of the day, its slots), empty parts left out."""

    day: date
    parts: tuple[tuple[str, tuple[Slot, ...]], ...]


def length(minutes: int) -> timedelta:
    """How long a place is taken by an interview of so many minutes: whole cells."""
    wanted = timedelta(minutes=minutes) + SLACK
    return -(-wanted // CELL) * CELL


def slot_at(starts: datetime, minutes: int) -> Slot:
    """The slot that begins then."""
    return Slot(starts, starts + length(minutes))


def cell_of(moment: datetime) -> datetime:
    """The cell in which a moment lies, by its beginning."""
    return moment - (moment - _EPOCH) % CELL


def cells(slot: Slot) -> list[datetime]:
    """Every cell that the slot touches, ascending."""
    first = cell_of(slot.starts)
    return [first + n * CELL for n in range(-(-(slot.ends - first) // CELL))]


def offered(now: datetime, until: datetime, minutes: int, taken: Mapping[datetime, int], capacity: int) -> list[Slot]:
    """Every slot after `now` that is over by `until` and has a place left in each cell, ascending."""
    first = now + (_EPOCH - now) % STEP
    found = []
    starts = first if first > now else first + STEP
    while (slot := slot_at(starts, minutes)).ends <= until:
        if all(taken.get(cell, 0) < capacity for cell in cells(slot)):
            found.append(slot)
        starts += STEP
    return found


# ---------------------------------------------------------------- as people read it


@cache
def zones() -> tuple[str, ...]:
    """Names to choose from: UTC, and those that name a place."""
    odd = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return ("UTC", *sorted(name for name in _zones() if "/" in name and not name.startswith(odd)))


def zone_named(name: str) -> str:
    """`name` where it is a zone we know, else UTC: whoever sends nonsense still reads a true time."""
    return name if name in _zones() else "UTC"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def clock(moment: datetime, zone: str) -> str:
    """14:30; with its offset where the clock shows that time twice that day."""
    local = moment.astimezone(_zone(zone))
    first, second = local.replace(fold=0), local.replace(fold=1)
    twice = first.utcoffset() != second.utcoffset()
    return f"{local:%H:%M} ({_offset(local)})" if twice else f"{local:%H:%M}"


def named_day(day: date) -> str:
    """Tuesday, 1 December. Spelled out here: strftime would follow the machine's locale."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """Tue 1 Dec."""
    return f"{_DAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def spelled(moment: datetime, zone: str) -> str:
    """Tuesday, 1 December 2026, 14:30 (Europe/Berlin, UTC+1)."""
    local = moment.astimezone(_zone(zone))
    where = "UTC" if zone == "UTC" else f"{zone}, {_offset(local)}"
    return f"{named_day(local.date())} {local.year}, {local:%H:%M} ({where})"


def by_day(slots: Sequence[Slot], zone: str) -> list[Day]:
    """As the candidate's calendar has them, ascending; days without a time are left out."""
    found: dict[date, dict[str, list[Slot]]] = {}
    for slot in slots:
        local = slot.starts.astimezone(_zone(zone))
        part = next(name for ends, name in _PARTS if local.hour < ends)
        found.setdefault(local.date(), {}).setdefault(part, []).append(slot)
    return [Day(day, tuple((part, tuple(at)) for part, at in parts.items())) for day, parts in found.items()]


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def _offset(local: datetime) -> str:
    minutes = round((local.utcoffset() or timedelta()) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
