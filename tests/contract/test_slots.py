"""Slots of processes and who waits in which line, over SQLite and PostgreSQL: a dead process's work is put back by one
other alone, a late one is not robbed by a starting one, and who lost its slot cannot have it back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from api.app import build as build_app
from api.deps import App
from api.feeding import Feed, Queue
from api.process import machine
from api.roles import ALL, nobody_takes, queues_of, roles_of
from api.slots import LEASE_SECONDS, LOST, PREFIX, Holder, Slots, living, standing
from models.errors import BadRequest
from models.settings import Settings
from tests.store_world import KIM, NOW, add_application, add_job, build

ELSEWHERE = "elsewhere:7:1700000000"


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    built = build_app(Settings(home=tmp_path / "home", database_url=database_url))
    yield built
    built.database.close()


def hold(app: App, executor: str, holder: Holder, *, ago: float = 0.0) -> None:
    with app.database.system() as system:
        begun = system.clock(app.now) - timedelta(seconds=ago)
        assert system.acquire_lease(PREFIX + executor, str(holder), begun, LEASE_SECONDS)


def alive(app: App) -> dict[str, bool]:
    with app.database.asking() as system:
        return {one.executor: one.lives for one in living(system, app.now)}


def test_what_a_dead_process_left_is_put_back_once_and_a_late_one_gets_time(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Holder(ELSEWHERE, "1", ("deliver",))
    ours, others = (Slots(app, "worker-screen", "1", ("screen",)) for _ in range(2))
    assert ours.take() == "worker-screen-0@1"
    hold(app, "worker-deliver-0@1", late, ago=60)
    hold(app, "serve-0@1", Holder(ELSEWHERE, "1", ALL))
    resumed: list[str] = []

    def resume(executor: str) -> int:
        resumed.append(executor)
        return 3

    def working() -> set[str]:  # one holds no lease at all: it stopped and left something
        return {"serve-0@1", "worker-screen-0@1", "gone-0@1"} - set(resumed)

    assert ours.rescue(working, resume) == 3
    assert resumed == ["gone-0@1"], "who is late was seen once only, and who lives is left alone"
    monkeypatch.setattr("api.slots.SEEN_SECONDS", 0.0)
    others.rescue(working, resume)
    assert resumed == ["gone-0@1", "worker-deliver-0@1"]
    assert ours.rescue(working, resume) == 0
    assert alive(app) == {"serve-0@1": True, "worker-screen-0@1": True}
    assert Holder.read(ELSEWHERE).roles == ALL, "of before there were roles"


def test_a_process_keeps_its_slot_while_it_is_its_own(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    mine = Slots(app, "worker", "1", ALL)
    mine.take()
    with app.database.system() as system:  # late, and nobody has taken it: it goes on
        lease = system.leases(PREFIX)[0]
        system.release_lease(lease.name, lease.holder)
        system.acquire_lease(lease.name, lease.holder, NOW - timedelta(days=1), LEASE_SECONDS)
    second = Slots(app, "worker", "1", ALL)
    assert second.take() == "worker-0@1", "the same process may take its own again"
    mine.beat()
    assert ended == []
    mine.free()
    mine.beat()
    assert ended == [LOST], "another had its work meanwhile"
    assert alive(app) == {}


def test_a_starting_process_takes_no_slot_of_one_that_runs_here(app: App) -> None:
    neighbour = psutil.Process(os.getppid())
    hold(app, "worker-0@1", Holder(f"{machine()}:{neighbour.pid}:{neighbour.create_time():.0f}", "1", ALL), ago=60)
    hold(app, "worker-1@1", Holder(f"{machine()}:999999999:1", "1", ALL))
    assert Slots(app, "worker", "1", ALL).take() == "worker-1@1", "the second one's process is no more"


def test_roles_are_told_apart_and_what_nobody_takes_is_known(app: App) -> None:
    assert roles_of("deliver, screen") == ("screen", "deliver")
    assert roles_of("") == ALL
    with pytest.raises(BadRequest, match=r"no work called mail.*screen, evaluate"):
        roles_of("mail,screen")
    assert queues_of(("evaluate",)) == ["finish"]
    assert nobody_takes([("screen",), ()]) == ["evaluate", "deliver", "speech"]
    world = build(app.database)
    hold(app, "worker-screen-0@1", Holder(ELSEWHERE, "1", ("screen",)))
    with app.database.asking() as system:
        found = {one.role: (one.waiting, one.takers) for one in standing(system, app.now)}
    assert (found["screen"][1], found["deliver"]) == (1, (2, 0))
    with app.database.store() as store:
        add_application(store, add_job(store, world.organisation_id))
    with app.database.asking() as system:
        after = next(one for one in standing(system, app.now) if one.role == "screen")
    assert after.waiting == found["screen"][0] + 1


def test_a_newcomer_is_next_although_many_wait(app: App) -> None:
    with app.database.system() as system:
        big, small = (system.add_organisation(name, NOW).id for name in ("Big", "Small"))
    with app.database.store() as store:
        crowd, few = add_job(store, big), add_job(store, small)
        many = [add_application(store, crowd).id for _ in range(150)]
        newcomers = [add_application(store, few).id for _ in range(20)]
    queued: list[str] = []
    rests: set[str] = set()

    def start(_: str, id: str) -> None:
        queued.append(id)

    feed = Feed(app, Queue("screen", lambda most: queued[:most], start, rests.__contains__))
    assert feed.top_up() == 48
    assert feed.top_up() == 0, "no more than is read next"
    assert sum(id in newcomers for id in queued) == 20
    assert queued.index(newcomers[-1]) <= 40, "turn by turn, not behind the others"
    with app.database.store() as store:
        for id in queued:
            owner = small if id in newcomers else big
            store.record_problem(owner, id, reason="broken", detail="Broken.", now=NOW)
        store.suspend(small, reason="A question.", person=KIM, now=NOW)
        add_application(store, few)
    rests.update(many[28:120])
    queued.clear()
    assert feed.top_up() == 30
    assert queued == many[120:], "those looked at moments ago are passed over, and so is who is suspended"
