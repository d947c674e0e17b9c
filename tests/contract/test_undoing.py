"""What goes out and is taken back, over a real database and a clock that the test moves: reminders by themselves, a
rejection undone before and after others heard of it, notes that a reviewer does not see yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api import noting, nudging, undoing
from api.app import build
from api.deps import App
from api.security import Recruiter
from api.stages import Rejection
from api.telling import GRACE
from models.records import Delivery
from models.settings import Settings
from tests import store_world
from tests.contract.test_stages import job_of, screened
from tests.contract.test_visits import Clock
from tests.store_world import KIM, NOW


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    built = build(Settings(home=tmp_path, base_url="https://foyer.example"))
    built.clock = clock
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.engines.close()
    built.database.close()


def silent(app: App) -> list[str]:
    with app.database.asking() as system:
        return [id for _, id in system.to_remind(app.now, nudging.AHEAD)]


def deliveries(app: App, org: str, prefix: str) -> list[Delivery]:
    with app.database.reading() as store:
        return [one for one in store.deliveries(org, limit=100) if one.key.startswith(prefix)]


def test_whoever_has_not_come_is_reminded_once_two_days_before_the_end(app: App, org: str, clock: Clock) -> None:
    job = job_of(app, org)
    ann, bob = (screened(app, job, 0.9, f"{name}@example.org") for name in ("ann", "bob"))
    screened(app, job, 0.9, None)
    app.pipeline.stages.invite_by_policy(org, job.id)
    with app.database.store() as store:
        interview = store.interview_of(org, ann)
        store.opt_out(org, store.application(org, bob).candidate_id, now=app.now)
    assert interview is not None
    assert silent(app) == []
    clock.moment += timedelta(days=5, minutes=1)
    assert silent(app) == [interview.id], "neither who wants no mail nor who has no address"
    for _ in range(2):
        nudging.remind_due(app, org, interview.id)
    [reminder] = deliveries(app, org, "nudge:")
    [invitation] = [one for one in deliveries(app, org, "invitation:") if one.application_id == ann]
    link = next(line for line in str(invitation.payload["message"]).splitlines() if "foyer.example/i/" in line)
    assert link in str(reminder.payload["message"]), "the link that they have"
    clock.moment += timedelta(hours=25)
    assert silent(app) == [], "once"


def test_a_rejection_undone_at_once_is_never_heard_of_outside(app: App, org: str, clock: Clock) -> None:
    who = Recruiter(org, "console", said="Kim")
    job = job_of(app, org, invite_policy="after_confirmation")
    application = screened(app, job, 0.9, "ann@example.org")
    with app.database.store() as store:
        whose = store.application(org, application).candidate_id
        pool = store.add_connection(org, vendor="gem", name="Gem", settings={}, now=NOW)
        store.change_connection(org, pool.id, enabled=True)
        store.note_source(
            org,
            whose,
            key="gem",
            source="Gem",
            origin="pool",
            connection_id=pool.id,
            application_id=None,
            at=NOW,
            now=NOW,
        )
        store.remember(pool, "candidate", "77", local_id=whose, data={application: "sent"}, subject=whose, now=NOW)
    rejection = [Rejection(application, {"seconds": 60.0})]
    app.pipeline.stages.reject(org, rejection, person=KIM, reason="No licence.")
    [told] = deliveries(app, org, "outcome:")
    assert told.next_at == NOW + GRACE
    assert undoing.undo_rejection(app, who, application, "It is valid.") == ()
    assert deliveries(app, org, "outcome:") == []

    clock.moment += timedelta(minutes=1)
    app.pipeline.stages.reject(org, rejection, person=KIM, reason="No licence.")
    with app.database.store() as store:
        [told] = [one for one in store.deliveries(org) if one.key.startswith("outcome:")]
        store.record_attempt(
            *(org, told.id),
            **{"at": app.now, "state": "delivered", "status": 200, "error": None, "seconds": 0.1},
            **{"next_at": None, "reference": None},
        )
    clock.moment += timedelta(minutes=1)
    assert undoing.undo_rejection(app, who, application, "It is valid.") == ("the rejection, to Gem",)
    kinds = [one.payload["outcome"]["kind"] for one in deliveries(app, org, "outcome:")]
    assert sorted(kinds) == ["rejected", "undone"]
    with app.database.reading() as store:
        assert store.application(org, application).stage == "screened"


@pytest.mark.proves(19)
def test_whoever_has_an_interview_to_rate_sees_no_notes_of_others_before(app: App) -> None:
    world = store_world.build(app.database, "Ours")
    own = world.organisation_id
    author, reviewer = (Recruiter(own, "console", said=name, browser=True) for name in ("Kim", "Lee"))
    with app.database.reading() as store:
        assert len(noting.notes_for(store, Recruiter(own, "a program"), world.application_id).shown) == 1
        hidden = noting.notes_for(store, reviewer, world.application_id)
    assert (hidden.shown, hidden.hidden) == ((), 1)
    noting.add(app, reviewer, world.application_id, "Mine.")
    with app.database.store() as store:
        assert [one.text for one in noting.notes_for(store, reviewer, world.application_id).shown] == ["Mine."]
        assert reviewer.person is not None
        store.add_review(own, world.interview_id, "blind", {"ratings": []}, person=reviewer.person, now=NOW)
        assert len(noting.notes_for(store, reviewer, world.application_id).shown) == 2
        assert author.person is not None
