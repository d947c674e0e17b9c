"""Several threads and processes on one database: nothing lost, nothing twice, and nothing half done after a kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import TypeVar

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from api.pipeline import STARTING, WORKING
from compliance.seal import OpenSeal
from models.db import AT_MOST, KEPT, SMALL_AT_MOST, Database
from models.errors import Busy, Conflict
from models.settings import ROOT
from models.store import Store
from tests.store_world import (
    LATER,
    NOW,
    PLAN,
    SCORECARD,
    World,
    add_application,
    add_job,
    add_screened,
    build,
)

AT_ONCE = 6
T = TypeVar("T")


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


def all_at_once(database: Database, work: Callable[[Store, int], T]) -> list[T | Conflict]:
    """`work` in AT_ONCE transactions that begin together; a Conflict is an answer."""
    gate = threading.Barrier(AT_ONCE)

    def one(number: int) -> T | Conflict:
        gate.wait()
        try:
            with database.store() as store:
                return work(store, number)
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_counting_up_loses_nothing(database: Database, world: World) -> None:
    def add(store: Store, _number: int) -> None:
        job = store.job(world.organisation_id, world.job_id)
        for _ in range(10):
            add_application(store, job, batch_id=world.batch_id)

    all_at_once(database, add)
    with database.store() as store:
        assert store.batch(world.organisation_id, world.batch_id).total == AT_ONCE * 10 + 1
        progress = store.batch_progress(world.organisation_id, world.batch_id)
        assert (progress.total, progress.waiting) == (AT_ONCE * 10 + 1, AT_ONCE * 10)


def test_an_application_is_invited_once(database: Database, world: World) -> None:
    with database.store() as store:
        job = store.job(world.organisation_id, world.job_id)
        application = add_screened(store, job, 0.9).id

    def invite(store: Store, number: int) -> bool:
        return store.add_interview(
            world.organisation_id,
            application_id=application,
            plan=PLAN,
            link_hash=f"link-{number}",
            expires_at=LATER,
            now=NOW,
        )[1]

    assert Counter(all_at_once(database, invite)) == {True: 1, False: AT_ONCE - 1}


def test_a_cap_on_interviews_holds(database: Database, world: World) -> None:
    """A job under lock makes "how many are out? then one more" one step."""
    with database.store() as store:
        job = add_job(store, world.organisation_id, most=2)
        waiting = [add_screened(store, job, 0.5 + number / 100).id for number in range(AT_ONCE)]

    def invite(store: Store, number: int) -> bool:
        store.job(world.organisation_id, job.id, lock=True)
        if store.invited_count(world.organisation_id, job.id) >= 2:
            return False
        return store.add_interview(
            world.organisation_id,
            application_id=waiting[number],
            plan=PLAN,
            link_hash=f"capped-{number}",
            expires_at=LATER,
            now=NOW,
        )[1]

    assert Counter(all_at_once(database, invite)) == {True: 2, False: AT_ONCE - 2}


@pytest.mark.proves(50)
def test_a_link_opens_once(database: Database, world: World) -> None:
    with database.store() as store:
        job = store.job(world.organisation_id, world.job_id)
        interview, _ = store.add_interview(
            world.organisation_id,
            application_id=add_screened(store, job, 0.9).id,
            plan=PLAN,
            link_hash="once",
            expires_at=LATER,
            now=NOW,
        )

    def enter(store: Store, number: int) -> str:
        opened = store.open_interview(
            world.organisation_id,
            interview.id,
            session_hash=f"room-{number}",
            consent_version="1",
            consent_sha256="c",
            now=NOW,
        )
        return opened.state

    answers = all_at_once(database, enter)
    assert [answer for answer in answers if not isinstance(answer, Conflict)] == ["in_progress"]
    with database.store() as store:
        assert len(store.consents(world.organisation_id, interview.id)) == 1


def test_a_report_is_written_once(database: Database, world: World) -> None:
    with database.store() as store:
        job = store.job(world.organisation_id, world.job_id)
        application = add_screened(store, job, 0.9).id
        interview, _ = store.add_interview(
            world.organisation_id,
            application_id=application,
            plan=PLAN,
            link_hash="reported",
            expires_at=LATER,
            now=NOW,
        )

    def finish(store: Store, _number: int) -> tuple[str, tuple[str, ...]]:
        report, deliveries = store.finish_report(
            world.organisation_id,
            interview_id=interview.id,
            scorecard=SCORECARD,
            html_sha256="ef" * 32,
            payloads={world.endpoint_id: {"a": 1}},
            now=NOW,
        )
        return report.id, tuple(delivery.id for delivery in deliveries)

    assert len(set(all_at_once(database, finish))) == 1
    with database.store() as store:
        assert len(store.deliveries(world.organisation_id)) == 2  # the world's own, and this one


def test_a_message_is_queued_once(database: Database, world: World) -> None:
    def queue(store: Store, number: int) -> tuple[str, bool]:
        delivery, added = store.add_delivery(
            world.organisation_id,
            kind="email",
            key="invitation:1",
            payload={"number": number},
            subject=world.candidate_id,
            now=NOW,
        )
        return delivery.id, added

    answers = all_at_once(database, queue)
    assert len({answer[0] for answer in answers if not isinstance(answer, Conflict)}) == 1
    assert sum(answer[1] for answer in answers if not isinstance(answer, Conflict)) == 1


def test_two_writers_of_one_interview_cannot_both_have_a_number(database: Database, world: World) -> None:
    def append(store: Store, number: int) -> int:
        store.append_events(world.organisation_id, world.interview_id, 2, [(3.0, {"writer": number})])
        return number

    answers = all_at_once(database, append)
    (winner,) = [answer for answer in answers if not isinstance(answer, Conflict)]
    with database.store() as store:
        assert store.events(world.organisation_id, world.interview_id)[2:] == [(2, 3.0, {"writer": winner})]


# ---------------------------------------------------------------- processes

EVENTS = 60


def _append(url: str, organisation_id: str, interview_id: str, first: int, pipe: Connection) -> None:
    """Every other number from `first` on, one transaction each, telling each number once it is committed."""
    database = Database(url, OpenSeal())
    for seq in range(first, first + 2 * EVENTS, 2):
        with database.store() as store:
            store.events(organisation_id, interview_id)  # reads before it writes, as a resumed interview does
            store.append_events(organisation_id, interview_id, seq, [(float(seq), {"by": first})])
        pipe.send(seq)
    database.close()
    pipe.close()


def _heard(pipe: Connection) -> list[int]:
    """All a child has told before it ended."""
    told = []
    try:
        while True:
            told.append(pipe.recv())
    except EOFError:
        return told


def _start(*args: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_append, args=(*args, theirs))
    process.start()
    theirs.close()
    return process, ours


def test_two_processes_append_side_by_side(database_url: str, database: Database, world: World) -> None:
    children = [_start(database_url, world.organisation_id, world.interview_id, first) for first in (2, 3)]
    told = [_heard(pipe) for _, pipe in children]
    for process, _ in children:
        process.join()
        assert process.exitcode == 0
    assert [len(numbers) for numbers in told] == [EVENTS, EVENTS]
    with database.store() as store:
        kept = store.events(world.organisation_id, world.interview_id)
    assert [seq for seq, _, _ in kept] == list(range(2 + 2 * EVENTS))


def test_what_was_committed_survives_a_kill(database_url: str, database: Database, world: World) -> None:
    process, pipe = _start(database_url, world.organisation_id, world.interview_id, 2)
    first = [pipe.recv() for _ in range(10)]
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    told = first + _heard(pipe)
    process.join()
    with database.store() as store:
        kept = [seq for seq, _, _ in store.events(world.organisation_id, world.interview_id)]
        assert kept[2:][: len(told)] == told
        assert len(kept) - 2 - len(told) in (0, 1)  # committed, and killed before it could tell
        store.append_events(world.organisation_id, world.interview_id, 999, [(9.0, {"after": "the kill"})])


def _take(url: str, holder: str, gate: Callable[[], object], pipe: Connection) -> None:
    database = Database(url, OpenSeal())
    gate()
    with database.system() as system:
        pipe.send((holder, system.acquire_lease("sweep", holder, NOW, 30)))
    database.close()


def test_a_lease_goes_to_one_process(database_url: str, database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    ours, theirs = context.Pipe(duplex=False)
    processes = [
        context.Process(target=_take, args=(database_url, f"holder-{number}", gate.wait, theirs)) for number in range(3)
    ]
    for process in processes:
        process.start()
    answers = dict(ours.recv() for _ in processes)
    for process in processes:
        process.join()
    (winner,) = [holder for holder, got in answers.items() if got]
    with database.system() as system:
        assert [lease.holder for lease in system.leases("sweep")] == [winner]
        assert not system.acquire_lease("sweep", "late", NOW + timedelta(seconds=29), 30)
        assert system.acquire_lease("sweep", "late", NOW + timedelta(seconds=30), 30)


def test_a_process_leaves_connections_for_others(postgres_empty: str) -> None:
    """Twice as many threads as there are connections: each has its turn, and when all is done most are given back."""
    database, beside = Database(postgres_empty, OpenSeal()), create_engine(postgres_empty)
    number = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    def open_connections() -> int:
        with beside.connect() as connection:
            return int(connection.scalar(text(number)) or 0)

    before, over = open_connections(), threading.Event()

    def one(_: int) -> None:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.3)"))

    most = 0
    with ThreadPoolExecutor(2 * AT_MOST) as pool:
        work = pool.map(one, range(2 * AT_MOST))
        waiting = threading.Thread(target=lambda: (list(work), over.set()))
        waiting.start()
        while not over.wait(0.02):
            most = max(most, open_connections() - before)
        waiting.join()
    until = time.monotonic() + 20.0
    while (kept := open_connections() - before) > KEPT and time.monotonic() < until:
        time.sleep(0.05)  # the server ends a connection a moment after it was given back
    database.close()
    beside.dispose()
    assert KEPT < most <= AT_MOST
    assert kept <= KEPT


def test_how_many_connections_the_documentation_counts() -> None:
    told = (ROOT / "docs" / "operating.md").read_text()
    door, worker = (AT_MOST + SMALL_AT_MOST + queue + 1 for queue in (STARTING, WORKING))
    assert f"{door} connections at most for a `foyer serve` that takes no work, {worker} for any other" in told


def test_what_fails_for_want_of_the_database_is_told_from_what_would_fail_again(postgres_empty: str) -> None:
    database = Database(postgres_empty, OpenSeal())
    with pytest.raises(DatabaseError) as cut, database.engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert database.is_away(cut.value)
    with pytest.raises(DatabaseError) as wrong, database.engine.connect() as connection:
        connection.execute(text("SELECT 1 / 0"))
    assert not database.is_away(wrong.value)
    assert database.is_away(Busy(1.0))
    assert not database.is_away(Conflict("Taken."))
    nowhere = Database("postgresql+psycopg://postgres@/nothing?host=/nowhere", OpenSeal())
    with pytest.raises(DatabaseError) as gone:
        nowhere.engine.connect()
    assert nowhere.is_away(gone.value)
    database.close()
    nowhere.close()
