"""Who holds a live interview among several nodes, and that nobody else writes its log: over both databases."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

import api.holding
from api.holding import LEASE_SECONDS, Elsewhere, Holder, Holding
from models.db import Database
from models.errors import Conflict
from models.records import Interview
from models.store.holding import room_of
from tests import store_world
from tests.store_world import World

EVENT = {"type": "tick"}


@pytest.fixture
def world(database: Database) -> World:
    return store_world.build(database)


@pytest.fixture
def interview(database: Database, world: World) -> Interview:
    with database.reading() as store:
        return store.interview(world.organisation_id, world.interview_id)


@pytest.fixture
def nodes(database: Database) -> tuple[Holding, Holding]:
    here, there = (Holding(database, lambda: datetime.now(UTC)) for _ in range(2))
    return here, there


def has_slept(database: Database, holder: Holder) -> None:
    """Longer than its lease, and does not know it."""
    with database.system() as system:
        system.renew_leases([holder.text], datetime(2026, 1, 1, tzinfo=UTC), LEASE_SECONDS)


def write(database: Database, interview: Interview, seq: int, holder: Holder) -> bool:
    """As a room writes an event."""
    with database.store() as store:
        if not store.still_holds(interview.organisation_id, interview.id, holder.text):
            return False
        store.append_events(interview.organisation_id, interview.id, seq, [(1.0, EVENT)])
        return True


def test_a_newer_socket_of_another_node_asks_and_the_holder_leaves(
    nodes: tuple[Holding, Holding], interview: Interview
) -> None:
    here, there = nodes
    old, new = here.holder(interview, "tab"), there.holder(interview, "tab")
    assert here.take(interview.id, old)
    assert here.elsewhere(interview.id) is None
    assert there.elsewhere(interview.id) == Elsewhere(old, late=False)
    assert (old.session, old.tab) == (new.session, new.tab), "the same page has come back"
    assert not there.take(interview.id, new)
    assert here.look({interview.id: old}).claimed == frozenset()
    there.claim(interview.id, new)
    assert here.look({interview.id: old}).claimed == {interview.id}
    here.release(interview.id, old)
    assert there.take(interview.id, new)
    assert there.look({interview.id: new}).claimed == frozenset(), "its own claim is answered"
    assert here.look({interview.id: old}).lost == {interview.id}
    here.release(interview.id, old)
    assert here.elsewhere(interview.id) == Elsewhere(new, late=False), "who has lost it takes nothing away"


def test_a_dead_holder_is_followed_at_once_or_when_its_lease_ends(
    database: Database, nodes: tuple[Holding, Holding], interview: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.holding, "SEEN_SECONDS", 0.3)
    here, there = nodes
    old, new = here.holder(interview, ""), there.holder(interview, "")
    dead = old._replace(process=old.process.rsplit(":", 2)[0] + ":999999999:0", node="gone")
    with database.system() as system:
        system.acquire_lease(room_of(interview.id), dead.text, datetime.now(UTC), LEASE_SECONDS)
    assert here.elsewhere(interview.id) is None, "a process of this machine, and there is none"
    assert here.take(interview.id, old)
    with database.reading() as store:
        assert store.under_way(datetime.now(UTC)) == {interview.id}
    assert not there.take(interview.id, new)
    has_slept(database, old)
    assert there.elsewhere(interview.id) == Elsewhere(old, late=True)
    here.look({interview.id: old})
    assert there.elsewhere(interview.id) == Elsewhere(old, late=False), "it was only late"
    has_slept(database, old)
    assert there.elsewhere(interview.id) == Elsewhere(old, late=True), "and has its time anew"
    time.sleep(0.4)
    assert there.elsewhere(interview.id) is None
    with database.reading() as store:
        assert not store.is_under_way(interview.organisation_id, interview.id, datetime.now(UTC))
    assert there.take(interview.id, new)


def test_whether_one_is_held_goes_by_the_clock_that_leases_go_by(
    database: Database, nodes: tuple[Holding, Holding], interview: Interview
) -> None:
    """Clocks of two machines differ; the database's is one."""
    here, _ = nodes
    assert here.take(interview.id, here.holder(interview, ""))
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with database.reading() as store:
        assert store.is_under_way(interview.organisation_id, interview.id, ahead) == database.is_shared
        assert store.under_way(ahead) == ({interview.id} if database.is_shared else set())


def test_two_nodes_never_both_write_one_log(
    database: Database, nodes: tuple[Holding, Holding], interview: Interview
) -> None:
    here, there = nodes
    old, new = here.holder(interview, ""), there.holder(interview, "")
    here.take(interview.id, old)
    with database.reading() as store:
        seq = len(store.events(interview.organisation_id, interview.id))
    has_slept(database, old)
    taken = threading.Event()
    taking = threading.Thread(target=lambda: (there.take(interview.id, new), taken.set()))
    with database.store() as store:
        assert store.still_holds(interview.organisation_id, interview.id, old.text)
        taking.start()
        assert not taken.wait(0.1), "not in the middle of an event"
        store.append_events(interview.organisation_id, interview.id, seq, [(1.0, EVENT)])
    taking.join(10)
    assert not write(database, interview, seq + 1, old), "and not after it"
    assert write(database, interview, seq + 1, new)
    with pytest.raises(Conflict):
        write(database, interview, seq + 1, new)
