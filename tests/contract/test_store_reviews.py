"""What people say and decide, over SQLite and PostgreSQL: kept for ever, and nobody rejected but by a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from models.db import Database
from models.errors import Conflict, Forbidden
from models.records import Application, person_key
from models.store import Store
from models.store.applications import STAGES
from models.values import Person
from tests.contract.test_store_remarks import completed
from tests.store_world import KIM, LATER, NOW, PLAN, World, add_application, add_job, add_screened, build, reject

ORG = "org"
LEE = Person(name="Lee")
RATED = {"ratings": [{"competency_id": "code", "name": "Coding", "rating": 4}]}


def test_a_first_rating_is_kept_and_another_refused(database: Database) -> None:
    with database.store() as store:
        interview, _ = completed(store)
        store.add_review(ORG, interview, "blind", RATED, person=KIM, now=NOW)
    for kind in ("blind", "unrated"):
        with pytest.raises(Conflict, match="cannot be changed"), database.store() as store:
            store.add_review(ORG, interview, kind, {"ratings": []}, person=Person(name=" KIM"), now=LATER)  # type: ignore[arg-type]
    with database.reading() as store:
        [found] = store.reviews(ORG, interview)
    assert (found.reviewer, found.number, found.kind, found.content, found.at) == ("Kim", 0, "blind", RATED, NOW)


def test_final_ratings_follow_a_first_one_and_each_other(database: Database) -> None:
    with database.store() as store:
        interview, _ = completed(store)
        with pytest.raises(Conflict, match="Rate the interview first"):
            store.add_review(ORG, interview, "final", RATED, person=KIM, now=NOW)
        store.add_review(ORG, interview, "unrated", {"ratings": [], "reason": "late"}, person=KIM, now=NOW)
        for n in (1, 2):
            assert store.add_review(ORG, interview, "final", RATED | {"n": n}, person=KIM, now=LATER).number == n
        store.add_review(ORG, interview, "blind", RATED, person=LEE, now=LATER)
        kept = [(one.reviewer, one.number, one.content.get("n")) for one in store.reviews(ORG, interview)]
    assert kept == [("Kim", 0, None), ("Kim", 1, 1), ("Kim", 2, 2), ("Lee", 0, None)]


def test_nothing_is_rated_before_its_end(database: Database) -> None:
    with database.store() as store:
        application = add_screened(store, add_job(store, ORG), 0.9)
        early, _ = store.add_interview(
            ORG, application_id=application.id, plan=PLAN, link_hash="early", expires_at=LATER, now=NOW
        )
        with pytest.raises(Conflict, match="not over"):
            store.add_review(ORG, early.id, "blind", RATED, person=KIM, now=NOW)


def test_two_first_ratings_at_once_leave_one(database: Database) -> None:
    """A double click, or two windows of one reviewer."""
    with database.store() as store:
        interview, _ = completed(store)
    gate = Barrier(4)

    def save(_: int) -> str:
        gate.wait()
        try:
            with database.store() as store:
                store.add_review(ORG, interview, "blind", RATED, person=KIM, now=NOW)
        except Conflict:
            return "refused"
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(4))) == ["refused"] * 3 + ["saved"]


def test_nobody_is_rejected_without_a_person(database: Database) -> None:
    """From any stage, by any way that the store has."""
    with database.store() as store:
        job = add_job(store, ORG)
        stages = {add_application(store, job).id: stage for stage in STAGES if stage != "rejected"}
        for id, stage in stages.items():
            store.set_stage(ORG, id, stage, now=NOW)

    def by_stage(store: Store, id: str) -> None:
        store.set_stage(ORG, id, "rejected", now=NOW)

    def by_decision(store: Store, id: str) -> None:
        store.record_decision(ORG, id, action="reject", actor="admin", reason="below", now=NOW)

    def by_nobody(store: Store, id: str) -> None:
        store.reject(ORG, id, person=None, reason="below", basis={}, now=NOW)  # type: ignore[arg-type]

    def by_a_program(store: Store, id: str) -> None:
        store.reject(ORG, id, person="cron", reason="below", basis={}, now=NOW)  # type: ignore[arg-type]

    def by_row(store: Store, id: str) -> None:
        store.application(ORG, id).stage = "rejected"

    for id in stages:
        for attempt in (by_stage, by_decision, by_nobody, by_a_program, by_row):
            with pytest.raises(Forbidden, match="Only a named person"), database.store() as store:
                attempt(store, id)
    with pytest.raises(Forbidden):
        Application(stage="rejected")
    with database.reading() as store:
        assert {id: store.application(ORG, id).stage for id in stages} == stages
        assert not any(store.decisions(ORG, id) for id in stages)


def test_a_rejection_keeps_who_and_on_what(database: Database) -> None:
    with database.store() as store:
        application = add_screened(store, add_job(store, ORG), 0.9)
        assert reject(store, application).stage == "rejected"
    with database.reading() as store:
        [found] = store.decisions(ORG, application.id)
        assert store.application(ORG, application.id).stage == "rejected"
    assert (found.action, found.person, found.actor, found.basis) == (
        "reject",
        "Kim",
        "Kim (key: import)",
        {"seconds": 60.0},
    )


def test_what_reviewers_did_is_one_s_own_organisation_s(database: Database) -> None:
    ours, theirs = build(database, "Ours"), build(database, "Theirs")

    def fill(world: World) -> None:
        with database.store() as store:
            mine = world.organisation_id
            store.add_review_event(mine, world.application_id, "opened", "application", person=KIM, now=NOW)
            store.add_review(mine, world.interview_id, "blind", RATED, person=KIM, now=NOW)
            reject(store, store.application(mine, world.application_id))

    fill(ours)
    fill(theirs)
    with database.reading() as store:
        mine = ours.organisation_id
        assert [application for application, *_ in store.review_moments(mine, NOW)] == [ours.application_id]
        assert [review.interview_id for *_, review in store.reviews_since(mine, NOW)] == [ours.interview_id]
        assert [one.application_id for one in store.rejections_since(mine, NOW)] == [ours.application_id]
        everybody = {ours.application_id, theirs.application_id}
        assert store.opened_by(mine, ours.job_id, KIM, everybody) == {ours.application_id}
        assert store.opened_by(mine, ours.job_id, LEE, everybody) == set()
        assert store.undecided(mine, ours.job_id, 9) == []
        assert store.undecided_reports(mine, 9) == []
        assert store.reviews_since(mine, LATER) == []


@pytest.mark.parametrize("spelt", ["kim", " Kim ", "ＫＩＭ", "Kim"])
def test_a_name_is_the_same_however_it_is_typed(spelt: str) -> None:
    assert person_key(spelt) == person_key("Kim")
    assert person_key(spelt) != person_key("Kim Li")
