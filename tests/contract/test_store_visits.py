"""Codes, places, booked times and requests over SQLite and PostgreSQL: nothing is given twice, whoever asks at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from interview.slots import CELL, cells, slot_at
from models.db import Database
from models.errors import Conflict, NotFound, TooMany
from models.store import Store
from models.store.visits import CODE_TRIES, CODES_AN_HOUR, CODES_IN_ALL, MOST_REQUESTS
from tests.store_world import LATER, NOW, PLAN, add_job, add_screened

AT_ONCE = 6
HOUR = NOW.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
T = TypeVar("T")


@pytest.fixture
def org(database: Database) -> str:
    with database.system() as system:
        return system.add_organisation("Example", NOW).id


@pytest.fixture
def invited(database: Database, org: str) -> list[str]:
    """AT_ONCE interviews."""
    with database.store() as store:
        job = add_job(store, org)
        return [
            store.add_interview(
                org,
                application_id=add_screened(store, job, 0.9).id,
                plan=PLAN,
                link_hash=f"link-{number}",
                expires_at=LATER,
                now=NOW,
            )[0].id
            for number in range(AT_ONCE)
        ]


def at_once(database: Database, work: Callable[[Store, int], T]) -> list[T]:
    """`work` in AT_ONCE transactions that begin together."""
    gate = threading.Barrier(AT_ONCE)

    def one(number: int) -> T:
        gate.wait()
        with database.store() as store:
            return work(store, number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


# ---------------------------------------------------------------- places


def test_the_last_place_is_given_once(database: Database, org: str, invited: list[str]) -> None:
    wanted = cells(slot_at(HOUR, 30))
    answers = at_once(database, lambda store, n: store.take_places(org, invited[n], wanted, 1))
    assert Counter(answers) == {True: 1, False: AT_ONCE - 1}
    with database.reading() as store:
        assert store.taken_places(HOUR, LATER) == Counter(wanted)


def test_no_cell_ever_holds_more_than_there_are_places(database: Database, org: str, invited: list[str]) -> None:
    """Slots of different length and beginning that overlap in part."""

    def take(store: Store, n: int) -> bool:
        return store.take_places(org, invited[n], cells(slot_at(HOUR + n * 2 * CELL, (5, 15, 45)[n % 3])), 3)

    for _ in range(3):
        answers = at_once(database, take)
        with database.reading() as store:
            taken = store.taken_places(HOUR, LATER)
            held = [store.places_of(org, each) for each in invited]
        assert max(taken.values()) <= 3
        for n, (got, mine) in enumerate(zip(answers, held, strict=True)):
            wanted = cells(slot_at(HOUR + n * 2 * CELL, (5, 15, 45)[n % 3]))
            assert sorted(mine) == (wanted if got else []), "all of a slot or nothing"
    assert any(answers)


def test_moving_frees_what_is_left_and_a_refused_move_leaves_all_as_it_was(
    database: Database, org: str, invited: list[str]
) -> None:
    first, second = cells(slot_at(HOUR, 30)), cells(slot_at(HOUR + 4 * CELL, 30))
    with database.store() as store:
        assert store.take_places(org, invited[0], first, 1)
        assert store.take_places(org, invited[0], second, 1), "one's own cells are in nobody's way"
        assert sorted(store.places_of(org, invited[0])) == second
        assert not store.take_places(org, invited[1], first, 1)
        assert store.take_places(org, invited[1], first[:4], 1)
        assert not store.take_places(org, invited[0], first, 1)
        assert sorted(store.places_of(org, invited[0])) == second


def test_fewer_places_than_were_given_out_are_full(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        for each in invited[:3]:
            assert store.take_places(org, each, [HOUR], 3)
        assert not store.take_places(org, invited[3], [HOUR], 2)
        assert not store.take_places(org, invited[3], [HOUR], 0)
        assert store.take_places(org, invited[0], [HOUR], 2), "who has one keeps it"


@pytest.mark.parametrize("state", ["completed", "withdrawn", "expired"])
def test_an_interview_that_is_over_holds_no_place(database: Database, org: str, invited: list[str], state: str) -> None:
    with database.store() as store:
        store.take_places(org, invited[0], [HOUR], 1)
        store.record_booking(org, invited[0], starts=HOUR, ends=HOUR + CELL, zone="UTC", now=NOW)
        store.set_interview_state(org, invited[0], state, now=NOW)  # type: ignore[arg-type]
        assert store.places_of(org, invited[0]) == []
        booking = store.booking_of(org, invited[0])
        assert booking is not None
        assert booking.state == "cancelled"


def test_idle_places_are_those_whose_candidate_did_not_come(database: Database, org: str, invited: list[str]) -> None:
    booked, walked_in, _ = invited[:3]
    with database.store() as store:
        for each in (booked, walked_in):
            store.take_places(org, each, [HOUR, HOUR + CELL], 3)
        store.record_booking(org, booked, starts=HOUR, ends=HOUR + 2 * CELL, zone="UTC", now=NOW)
        store.open_interview(org, walked_in, session_hash="s", consent_version="1", consent_sha256="c", now=HOUR)

    def idle(now: datetime) -> list[str]:
        with database.asking() as system:
            return [id for _, id in system.idle_places(now, now - timedelta(minutes=4))]

    assert idle(HOUR + timedelta(minutes=3)) == []
    assert idle(HOUR + timedelta(minutes=4)) == sorted([booked, walked_in])
    with database.store() as store:
        at = (HOUR + timedelta(minutes=2)).timestamp()
        store.append_events(org, walked_in, 0, [(at, {"type": "joined"})])
    assert idle(HOUR + timedelta(minutes=4)) == [booked]


# ---------------------------------------------------------------- booked times


def test_a_booking_moves_and_counts_its_changes(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        first = store.record_booking(org, invited[0], starts=HOUR, ends=HOUR + CELL, zone="Europe/Berlin", now=NOW)
        assert (first.sequence, first.zone) == (0, "Europe/Berlin")
        moved = store.record_booking(org, invited[0], starts=HOUR + CELL, ends=HOUR + 2 * CELL, zone="UTC", now=NOW)
        assert (moved.id, moved.sequence, moved.starts_at) == (first.id, 1, HOUR + CELL)
        gone = store.end_booking(org, invited[0], "cancelled")
        assert gone is not None
        assert (gone.state, gone.sequence) == ("cancelled", 2)
        assert store.end_booking(org, invited[0], "missed") is None
        store.open_interview(org, invited[1], session_hash="s", consent_version="1", consent_sha256="c", now=NOW)
        with pytest.raises(Conflict, match="begun"):
            store.record_booking(org, invited[1], starts=HOUR, ends=HOUR + CELL, zone="UTC", now=NOW)


# ---------------------------------------------------------------- codes


def add(store: Store, org: str, interview: str, hash: str, now: datetime = NOW, by: str = "mail") -> None:
    store.add_code(org, interview, hash=hash, mark="ABCD", by=by, now=now, expires=now + timedelta(minutes=15))


def test_a_code_opens_once(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        add(store, org, invited[0], "right")
    answers = at_once(database, lambda store, _n: store.try_code(org, invited[0], "right", NOW))
    assert Counter(answer.right for answer in answers) == {True: 1, False: AT_ONCE - 1}
    with database.store() as store:
        assert not store.try_code(org, invited[1], "right", NOW).right, "another interview's"


def test_five_tries_and_no_more_also_at_once(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        add(store, org, invited[0], "right")
    answers = at_once(database, lambda store, _n: store.try_code(org, invited[0], "wrong", NOW))
    assert sorted(answer.left for answer in answers if answer.live) == list(range(CODE_TRIES))
    with database.store() as store:
        assert not store.try_code(org, invited[0], "right", NOW).live


def test_a_code_lives_for_its_time_and_until_the_next(database: Database, org: str, invited: list[str]) -> None:
    later = NOW + timedelta(minutes=2)
    with database.store() as store:
        add(store, org, invited[0], "first")
        assert not store.try_code(org, invited[0], "first", NOW + timedelta(minutes=15)).live
        add(store, org, invited[0], "second", later)
        assert not store.try_code(org, invited[0], "first", later).right
        add(store, org, invited[0], "handed", later, by="person")
        assert store.try_code(org, invited[0], "second", later).right, "a code that was handed on replaces none by mail"
        assert store.try_code(org, invited[0], "handed", later).right


def test_one_message_a_minute_and_five_an_hour(database: Database, org: str, invited: list[str]) -> None:
    minute = timedelta(minutes=1)
    with database.store() as store:
        add(store, org, invited[0], "a")
        with pytest.raises(TooMany, match="minute ago"):
            add(store, org, invited[0], "b", NOW + minute - timedelta(seconds=1))
        add(store, org, invited[0], "handed", NOW, by="person")
        for n in range(1, CODES_AN_HOUR):
            add(store, org, invited[0], f"c{n}", NOW + n * minute)
        with pytest.raises(TooMany, match="Wait an hour"):
            add(store, org, invited[0], "d", NOW + 59 * minute)
        add(store, org, invited[1], "another person's", NOW + 59 * minute)
        add(store, org, invited[0], "e", NOW + 60 * minute)


def test_a_link_is_worth_so_many_codes_in_all(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        for n in range(CODES_IN_ALL):
            add(store, org, invited[0], f"{n}", NOW + n * timedelta(hours=1))
        with pytest.raises(TooMany):
            add(store, org, invited[0], "more", NOW + timedelta(days=6))


def test_of_messages_asked_for_at_once_one_is_sent(database: Database, org: str, invited: list[str]) -> None:
    def ask(store: Store, n: int) -> bool:
        try:
            add(store, org, invited[0], f"{n}")
        except TooMany:
            return False
        return True

    assert Counter(at_once(database, ask)) == {True: 1, False: AT_ONCE - 1}


# ---------------------------------------------------------------- requests


def test_what_is_asked_is_kept_and_answered(database: Database, org: str, invited: list[str]) -> None:
    with database.store() as store:
        asked = store.add_request(
            org, invited[0], "adjustment", {"wishes": ["pauses"], "text": "Ich stottere."}, during=False, now=NOW
        )
        subject = store.application(org, store.interview(org, invited[0]).application_id).candidate_id
        store.answer_request(org, asked.id, "Gladly.", subject=subject, by="Maria", now=LATER)
    with database.reading() as store:
        [found] = store.requests(org, invited[0])
        assert (found.detail["text"], found.answer, found.answered_by) == ("Ich stottere.", "Gladly.", "Maria")
    with database.system() as system:
        stranger = system.add_organisation("Neighbour", NOW).id
    with database.store() as store:
        for reach in (store.requests, store.codes, store.booking_of, store.places_of):
            with pytest.raises(NotFound):
                reach(stranger, invited[0])
        with pytest.raises(NotFound):
            store.answer_request(stranger, asked.id, "Mine now.", subject=subject, by="Mallory", now=LATER)


def test_requests_are_many_and_not_endless(database: Database, org: str, invited: list[str]) -> None:
    nothing = {"wishes": [], "text": ""}
    with database.store() as store:
        for _ in range(MOST_REQUESTS):
            store.add_request(org, invited[0], "adjustment", nothing, during=False, now=NOW)
        with pytest.raises(Conflict):
            store.add_request(org, invited[0], "adjustment", nothing, during=False, now=NOW)
        store.add_request(org, invited[0], "withdrawal", nothing, during=False, now=NOW)
