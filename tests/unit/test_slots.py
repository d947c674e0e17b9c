"""Times to book: what is offered is free, lies where it should, and reads as the candidate's clock shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interview.slots import (
    CELL,
    STEP,
    Slot,
    by_day,
    cell_of,
    cells,
    clock,
    length,
    offered,
    slot_at,
    spelled,
    zone_named,
    zones,
)

NOW = datetime(2026, 10, 24, 9, 3, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
MINUTES = st.integers(1, 60)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati")


@pytest.mark.parametrize(("minutes", "taken"), [(5, 20), (7, 25), (15, 30), (30, 45), (45, 60)])
def test_a_place_is_kept_for_the_plan_and_a_quarter_of_an_hour(minutes: int, taken: int) -> None:
    assert length(minutes) == timedelta(minutes=taken)


@settings(max_examples=60, deadline=None)
@given(starts=MOMENTS, minutes=MINUTES)
def test_cells_cover_the_slot_and_nothing_else(starts: datetime, minutes: int) -> None:
    slot = slot_at(starts, minutes)
    held = cells(slot)
    assert held[0] == cell_of(starts) <= starts
    assert all(later - earlier == CELL for earlier, later in pairwise(held))
    assert held[-1] < slot.ends <= held[-1] + CELL
    assert {(each.minute % 5, each.second, each.microsecond) for each in held} == {(0, 0, 0)}


@settings(max_examples=60, deadline=None)
@given(
    now=MOMENTS,
    hours=st.integers(0, 60),
    minutes=MINUTES,
    full=st.sets(st.integers(0, 500), max_size=40),
    capacity=st.integers(1, 3),
)
def test_exactly_the_free_half_hours_are_offered(
    now: datetime, hours: int, minutes: int, full: set[int], capacity: int
) -> None:
    taken = {cell_of(now) + n * CELL: capacity for n in full}
    until = now + timedelta(hours=hours)
    found = {slot.starts for slot in offered(now, until, minutes, taken, capacity)}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    grid = [midnight + n * STEP for n in range(2 * 24 * 5)]
    for starts in grid:
        slot = slot_at(starts, minutes)
        free = all(taken.get(cell, 0) < capacity for cell in cells(slot))
        assert (starts in found) == (free and starts > now and slot.ends <= until), starts
    assert found <= set(grid)


def test_one_place_less_than_full_is_free() -> None:
    [first, *_] = offered(NOW, NOW + timedelta(hours=2), 30, {}, 2)
    assert first.starts == NOW.replace(minute=30, second=0)
    last_cell = {cells(first)[-1]: 1}
    assert first in offered(NOW, NOW + timedelta(hours=2), 30, last_cell, 2)
    assert first not in offered(NOW, NOW + timedelta(hours=2), 30, last_cell, 1)


@settings(max_examples=30, deadline=None)
@given(now=MOMENTS, zone=st.sampled_from(ZONES))
def test_days_are_those_of_the_candidate_s_calendar_and_lose_nothing(now: datetime, zone: str) -> None:
    slots = offered(now, now + timedelta(days=3), 30, {}, 1)
    days = by_day(slots, zone)
    assert [slot for day in days for _, held in day.parts for slot in held] == slots
    for day in days:
        local = [slot.starts.astimezone(ZoneInfo(zone)) for _, held in day.parts for slot in held]
        assert {moment.date() for moment in local} == {day.day}
        shown = [clock(slot.starts, zone) for _, held in day.parts for slot in held]
        assert len(set(shown)) == len(shown), "two times of a day never look alike"


def test_the_hour_that_the_clock_shows_twice_says_which_it_is() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock(first, "Europe/Berlin") == "02:30 (UTC+2)"
    assert clock(first + timedelta(hours=1), "Europe/Berlin") == "02:30 (UTC+1)"
    assert clock(first + timedelta(hours=2), "Europe/Berlin") == "03:30"


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("UTC", "Tuesday, 1 December 2026, 13:30 (UTC)"),
        ("Europe/Berlin", "Tuesday, 1 December 2026, 14:30 (Europe/Berlin, UTC+1)"),
        ("America/St_Johns", "Tuesday, 1 December 2026, 10:00 (America/St_Johns, UTC-3:30)"),
        ("Pacific/Kiritimati", "Wednesday, 2 December 2026, 03:30 (Pacific/Kiritimati, UTC+14)"),
    ],
)
def test_a_time_is_spelled_out_in_its_zone(zone: str, says: str) -> None:
    assert spelled(datetime(2026, 12, 1, 13, 30, tzinfo=UTC), zone) == says


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "europe/berlin", "UTC\0", "Europe"])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_named(name) == "UTC"


def test_zones_to_choose_from_are_places() -> None:
    assert zones()[0] == "UTC"
    assert {"Europe/Berlin", "Asia/Kolkata", "America/New_York"} <= set(zones())
    assert Slot(NOW, NOW + CELL) == Slot(NOW, NOW + CELL)
