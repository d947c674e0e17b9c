"""What insight counts, on both databases: the same people, by source, step, time and outcome."""

from __future__ import annotations

from datetime import timedelta

from models.db import Database
from models.errors import NotFound
from models.records import Application
from models.store import Store
from models.store.insight import Cohort, Left
from tests.store_world import KIM, LATER, NOW, PLAN, SCORECARD, World, add_job, add_screened, build, reject


def end(store: Store, application: Application, kind: str, days: int) -> None:
    at = NOW + timedelta(days=days)
    facts = {"key": f"{kind}-{days}", "kind": kind, "stage": "", "reason": "", "connection_id": None}
    assert store.add_outcome(application, **facts, at=at, now=at)  # type: ignore[arg-type]


def invite(store: Store, application: Application) -> str:
    interview, _ = store.add_interview(
        *(application.organisation_id,),
        application_id=application.id,
        plan=PLAN,
        link_hash=application.id,
        expires_at=LATER,
        now=NOW,
    )
    return interview.id


def test_people_are_counted_by_how_far_they_came(database: Database) -> None:
    world = build(database)
    org = world.organisation_id
    with database.store() as store:
        job = add_job(store, org)
        hired, opened, waiting, rejected = (add_screened(store, job, score) for score in (0.9, 0.8, 0.7, 0.2))
        for one in (opened, waiting):
            invite(store, one)
        asked = store.interview_of(org, opened.id)
        assert asked is not None
        store.add_code(org, asked.id, hash="h", mark="m", by="mail", expires=LATER, now=NOW)
        end(store, hired, "rejected", 3)
        end(store, hired, "hired", 5)
        end(store, hired, "stage", 9)
        reject(store, rejected)
        end(store, rejected, "rejected", 2)
    with database.reading() as store:
        (came,), left = store.came(org, Cohort(job_id=job.id), NOW)
        assert (came.source, came.received, came.screened, came.invited) == ("upload", 4, 4, 2)
        assert (came.opened, came.started, came.finished) == (1, 0, 0)
        assert (came.hired, came.rejected, came.withdrew) == (1, 1, 0)
        assert sorted(left, key=lambda one: one.where) == [Left("not_opened", 0, 1), Left("not_started", 0, 1)]
        _, late = store.came(org, Cohort(job_id=job.id), LATER + timedelta(days=1))
        assert sorted(one.gone for one in late) == [1, 1]
        (everybody,), _ = store.came(org, Cohort(NOW, NOW + timedelta(seconds=1)), NOW)
        assert (everybody.received, everybody.finished) == (5, 1)
        assert store.came(org, Cohort(NOW + timedelta(seconds=1)), NOW) == ([], [])
        assert store.seconds(org, Cohort(), "screening") == [("upload", 0, 5)]
        assert store.seconds(org, Cohort(), "interview") == [("upload", 0, 1)]
        assert store.scores(org, Cohort(), "screening") == [(20, 0, 1), (90, 1, 0)]
        assert store.scores(org, Cohort(), "interview") == []
        (filled,) = store.filled(org, Cohort())
        assert (filled.job, filled.days, filled.hired) == ("Backend engineer", 5.0, 1)


def test_what_was_taken_back_is_no_outcome_and_another_organisation_counts_nothing(database: Database) -> None:
    ours, theirs = build(database, "Ours"), build(database, "Theirs")
    with database.store() as store:
        application = store.application(ours.organisation_id, ours.application_id)
        end(store, application, "hired", 5)
        end(store, application, "undone", 6)
        end(store, application, "rejected", 4)  # told late
        assert application.outcome is None
        assert application.overall == SCORECARD.overall
    with database.reading() as store:
        assert sum(one.hired for one in store.came(theirs.organisation_id, Cohort(), NOW)[0]) == 0
        for wrong in (Cohort(job_id=ours.job_id),):
            try:
                store.came(theirs.organisation_id, wrong, NOW)
            except NotFound:
                continue
            raise AssertionError("a job of others was counted")


def test_blind_ratings_are_counted_by_month_and_old_ones_are_made_good(database: Database) -> None:
    world: World = build(database)
    org = world.organisation_id
    with database.store() as store:
        content = {"ratings": []}
        review = store.add_review(org, world.interview_id, "blind", content, person=KIM, now=NOW)
        assert [one.id for one in store.uncounted_reviews(org, 10)] == [review.id]
        store.count_review(org, review, (5, 3, 4))
        assert store.uncounted_reviews(org, 10) == []
        application = store.application(org, world.application_id)
        application.recommendation = application.overall = None
    with database.store() as store:
        assert store.uncounted_reports(org, 10) == [world.application_id]
        store.count_report(org, world.application_id, overall=71.5, recommendation="yes")
        assert store.uncounted_reports(org, 10) == []
        assert store.agreed(org, Cohort(job_id=world.job_id)) == [("2026-11", 5, 3, 4)]
        assert store.agreed(org, Cohort(until=NOW)) == []
