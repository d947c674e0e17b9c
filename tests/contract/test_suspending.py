"""What waits while it is suspended and what goes on, and what becomes of an interview that was cut off; over SQLite and
PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api import suspending
from api.app import build as build_app
from api.deps import App
from models.db import Database
from models.errors import BadRequest, Conflict, Suspended
from models.settings import Settings
from models.store import Store
from models.store.system import IDLE
from tests.contract.test_retakes import Clock, org
from tests.store_world import KIM, LATER, NOW, PLAN, World, add_application, add_job, add_screened, build, in_line

DAY = timedelta(days=1)
WHY = "The model is being reviewed."


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


@pytest.mark.proves(46)
def test_the_sweep_finds_nothing_of_a_suspended_job_and_all_of_it_afterwards(database: Database, world: World) -> None:
    mine = world.organisation_id
    with database.store() as store:
        job = store.job(mine, world.job_id)
        add_application(store, job, filename="new.pdf")
        invited = add_screened(store, job, 0.9)
        add_screened(store, add_job(store, mine), 0.9)
        mail = {"kind": "email", "payload": {}, "subject": "ann", "application_id": invited.id, "now": NOW}
        for key in ("invitation:1", "reminder:1", "rejection:1"):
            store.add_delivery(mine, key=key, **mail)

    def found() -> tuple[int, ...]:
        with database.system() as system:
            waiting = (in_line(system), system.uninvited(), system.due_deliveries(NOW, 9))
            return tuple(len(each) for each in waiting)

    before = found()
    assert before == (1, 2, 4), "the report of `build` and three messages"
    with database.store() as store:
        store.suspend(mine, job_id=world.job_id, reason=WHY, person=KIM, now=NOW)
    assert found() == (0, 1, 2), "the other job goes on, and so do a result and a rejection"
    with database.store() as store:
        store.suspend(mine, reason=WHY, person=KIM, now=NOW)
        with pytest.raises(Conflict, match="Kim"):
            store.suspend(mine, reason="Again.", person=KIM, now=NOW)
    assert found()[:2] == (0, 0)
    with database.store() as store:
        store.resume(mine, reason="Reviewed.", person=KIM, now=NOW + DAY)
        with pytest.raises(Suspended, match=WHY):
            store.must_run(mine, invited.id)
        store.resume(mine, job_id=world.job_id, reason="Reviewed.", person=KIM, now=NOW + DAY)
        with pytest.raises(Conflict, match="Nothing is suspended"):
            store.resume(mine, job_id=world.job_id, reason="Again.", person=KIM, now=NOW)
    assert found() == before


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build_app(Settings(home=tmp_path))
    built.clock = Clock(NOW)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


def cut_off(app: App) -> str:
    """An interview that was under way when everything was suspended, for a day."""
    with app.database.store() as store:
        application = add_screened(store, add_job(store, org(app)), 0.9)
        made, _ = store.add_interview(
            org(app), application_id=application.id, plan=PLAN, link_hash="link", expires_at=LATER, now=NOW
        )
        store.open_interview(org(app), made.id, session_hash="room", consent_version="1", consent_sha256="c", now=NOW)
    suspending.suspend(app, org(app), job_id=None, reason=WHY, person=KIM)
    app.clock = Clock(NOW + DAY)
    suspending.resume(app, org(app), job_id=None, reason="Reviewed.", person=KIM)
    return made.id


def state(store: Store, app: App, id: str) -> tuple[str, str | None]:
    interview = store.interview(org(app), id)
    return interview.state, interview.finish_reason


@pytest.mark.proves(46)
def test_who_was_cut_off_and_never_comes_back_is_not_rated(app: App) -> None:
    interview_id = cut_off(app)
    with app.database.asking() as system:
        assert system.overdue(LATER + DAY - timedelta(seconds=1)) == [], "the day is given back"
        assert system.overdue(LATER + DAY + IDLE) == [(org(app), interview_id)]
    app.pipeline.outcomes.close_overdue(org(app), interview_id)
    with app.database.store() as store:
        assert state(store, app, interview_id) == ("expired", "suspended")
    with app.database.asking() as system:
        assert system.unreported() == []


@pytest.mark.proves(46)
def test_a_person_may_ask_that_what_was_said_be_rated(app: App) -> None:
    interview_id = cut_off(app)
    with pytest.raises(BadRequest, match="Say who you are"):
        suspending.rate_half(app, org(app), interview_id, reason="She asked for it.", person=None)
    suspending.rate_half(app, org(app), interview_id, reason="She asked for it.", person=KIM)
    with app.database.asking() as system:
        assert system.unreported() == [(org(app), interview_id)]


def test_who_went_on_is_rated_like_everybody(app: App) -> None:
    interview_id = cut_off(app)
    with app.database.store() as store:
        store.taken_up(org(app), interview_id)
    with pytest.raises(Conflict, match="cut off"):
        suspending.rate_half(app, org(app), interview_id, reason="Too late.", person=KIM)
    app.pipeline.outcomes.close_overdue(org(app), interview_id)
    with app.database.store() as store:
        assert state(store, app, interview_id) == ("completed", "abandoned")
