"""The store's batches, applications, screenings and decisions, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import Database
from models.errors import BadRequest, Conflict, NotFound
from models.records import Application, Job, email_key, new_id
from models.store import BatchProgress, Store
from tests.store_world import (
    LATER,
    NOW,
    PLAN,
    REQUIREMENTS,
    add_application,
    add_job,
    add_screened,
    in_line,
    reject,
    resume,
    screening,
)

ORG = "org"


@pytest.fixture
def job(database: Database) -> Job:
    with database.store() as store:
        made = add_job(store, ORG)
        store.set_requirements(ORG, made.id, REQUIREMENTS)
        return made


def invite(store: Store, application: Application) -> str:
    interview, _ = store.add_interview(
        ORG, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=NOW
    )
    return interview.id


def test_an_application_comes_with_its_candidate_and_document(database: Database, job: Job) -> None:
    with database.store() as store:
        id = add_application(store, job, filename="Zoë.pdf").id
    with database.store() as store:
        application = store.application(ORG, id)
    assert (application.stage, application.score, application.decision) == ("received", None, None)
    assert (application.source, application.external_id, application.batch_id) == ("upload", "ats-7", None)
    assert (application.created_at, application.updated_at) == (NOW, NOW)
    assert application.document.filename == "Zoë.pdf"
    assert (application.document.sha256, application.document.size) == ("ab" * 32, 1234)
    assert application.document.candidate_id == application.candidate.id == application.candidate_id
    assert (application.candidate.name, application.candidate.email_key) == (None, None)


def add_named(store: Store, job: Job, application_id: str | None, candidate_id: str | None) -> Application:
    return store.add_application(
        job.organisation_id,
        job_id=job.id,
        filename="zoe.pdf",
        sha256="ab" * 32,
        size=1,
        media_type="application/pdf",
        batch_id=None,
        source="upload",
        external_id=None,
        now=NOW,
        application_id=application_id,
        candidate_id=candidate_id,
    )


def test_the_same_id_twice_is_one_application(database: Database, job: Job) -> None:
    application_id, candidate_id = new_id(), new_id()
    with database.store() as store:
        add_named(store, job, application_id, candidate_id)
    with database.store() as store:
        again = add_named(store, job, application_id, candidate_id)
        assert (again.id, again.candidate_id) == (application_id, candidate_id)
        assert len(store.applications(ORG, job.id)) == 1
        with pytest.raises(Conflict, match="candidate"):
            add_named(store, job, None, candidate_id)
        assert len(store.applications(ORG, job.id)) == 1
        elsewhere = add_job(store, "other")
        with pytest.raises(Conflict, match="taken"):
            add_named(store, elsewhere, application_id, None)


def test_a_batch_of_another_job_is_refused(database: Database, job: Job) -> None:
    with database.store() as store:
        other = add_job(store, ORG)
        batch = store.add_batch(ORG, job_id=other.id, name="Monday", now=NOW)
        with pytest.raises(BadRequest, match="Monday"):
            add_application(store, job, batch_id=batch.id)


def test_a_batch_knows_how_far_it_is(database: Database, job: Job) -> None:
    with database.store() as store:
        batch = store.add_batch(ORG, job_id=job.id, name="Monday", now=NOW)
        later = store.add_batch(ORG, job_id=job.id, name="Tuesday", now=NOW + timedelta(days=1))
        assert store.batch_progress(ORG, batch.id) == BatchProgress(0, 0, 0, 0)
        read, broken, _, _ = (add_application(store, job, batch_id=batch.id) for _ in range(4))
        add_application(store, job, batch_id=later.id)
        store.record_screening(ORG, read.id, screening(), requirements_version=1, now=NOW)
        store.record_problem(ORG, broken.id, reason="encrypted", detail="zoe.pdf asks for a password.", now=NOW)
    with database.store() as store:
        assert [found.name for found in store.batches(ORG, job.id)] == ["Tuesday", "Monday"]
        assert store.batch(ORG, batch.id).total == 4
        assert store.batch_progress(ORG, batch.id) == BatchProgress(total=4, waiting=2, screened=1, unreadable=1)
        (problem,) = store.problems(ORG, batch.id)
        assert (problem.id, problem.problem_reason) == (broken.id, "encrypted")
        assert (problem.problem_detail, problem.document.filename) == ("zoe.pdf asks for a password.", "zoe.pdf")
        assert {found.id for found in store.applications(ORG, job.id, batch_id=later.id)}.isdisjoint({read.id})


def test_the_best_come_first_and_the_unscored_last(database: Database, job: Job) -> None:
    with database.store() as store:
        unscored = [add_application(store, job).id for _ in range(2)]
        scored = {score: add_screened(store, job, score).id for score in (0.4, 0.9, 0.0, 0.6)}
        tie = add_screened(store, job, 0.6).id
    expected = [scored[0.9], scored[0.6], tie, scored[0.4], scored[0.0], *unscored]
    with database.store() as store:
        assert [found.id for found in store.applications(ORG, job.id)] == expected
        assert [found.id for found in store.applications(ORG, job.id, limit=3, offset=2)] == expected[2:5]
        assert [found.id for found in store.applications(ORG, job.id, stage="received")] == unscored
        assert store.applications(ORG, job.id, stage="reported") == []


def test_what_was_read_is_kept_and_the_person_found(database: Database, job: Job) -> None:
    with database.store() as store:
        one, other, silent, stranger, moved = (add_application(store, job) for _ in range(5))
        assert store.parsed(ORG, one.id) is None
        store.record_parsed(ORG, one.id, resume(), NOW)
        store.record_parsed(ORG, other.id, resume("Z. Example", " ZOE@Example.org", phone=None), NOW)
        store.record_parsed(ORG, silent.id, resume("No Address", None, phone=None), NOW)
        store.record_parsed(ORG, stranger.id, resume("Ben", "ben@example.org", phone="+49 30 999"), now=NOW)
        store.record_parsed(ORG, moved.id, resume("Ben", "new@example.org", phone="004930 9 99"[2:]), now=NOW)
    with database.store() as store:
        assert store.parsed(ORG, one.id) == resume()
        candidate = store.candidate(ORG, one.candidate_id)
        assert (candidate.name, candidate.email) == ("Zoë Example", "zoe@example.org")
        assert (candidate.phone, candidate.email_key) == ("+49 30 1234567", email_key("zoe@example.org"))
        assert [found.id for found in store.same_person(ORG, one.id)] == [other.id]
        assert [found.id for found in store.same_person(ORG, other.id)] == [one.id]
        assert store.same_person(ORG, silent.id) == []
        assert [found.id for found in store.same_person(ORG, stranger.id)] == [moved.id], "the same telephone"
        assert store.application(ORG, one.id).stage == "received"


def test_a_screening_replaces_the_one_before(database: Database, job: Job) -> None:
    with database.store() as store:
        id = add_application(store, job).id
        assert store.screening(ORG, id) is None
        store.record_problem(ORG, id, reason="timeout", detail="zoe.pdf took too long.", now=NOW)
        store.record_screening(ORG, id, screening(0.4, "below"), requirements_version=1, now=NOW)
        store.record_screening(ORG, id, screening(0.8), requirements_version=2, now=LATER)
    with database.store() as store:
        application = store.application(ORG, id)
        assert (application.stage, application.score, application.decision) == ("screened", 0.8, "advance")
        assert (application.problem_reason, application.problem_detail) == (None, None)
        assert application.updated_at == LATER
        assert store.screening(ORG, id) == screening(0.8)


def test_a_late_screening_does_not_move_a_case_back(database: Database, job: Job) -> None:
    with database.store() as store:
        application = add_screened(store, job, 0.8)
        invite(store, application)
        store.record_screening(ORG, application.id, screening(0.3, "below"), requirements_version=2, now=LATER)
        store.record_problem(ORG, application.id, reason="failed", detail="Screening failed.", now=LATER)
        found = store.application(ORG, application.id)
        assert (found.stage, found.score, found.problem_reason) == ("invited", 0.3, "failed")


def test_a_stage_changes_only_from_where_it_is_expected(database: Database, job: Job) -> None:
    with database.store() as store:
        id = add_application(store, job).id
        store.set_stage(ORG, id, "advanced", now=NOW, expected={"received"})
        with pytest.raises(Conflict, match="is advanced"):
            store.set_stage(ORG, id, "withdrawn", now=NOW, expected={"received", "screened"})
        assert store.set_stage(ORG, id, "withdrawn", now=LATER).updated_at == LATER
        with pytest.raises(BadRequest, match="no stage 'hired'"):
            store.set_stage(ORG, id, "hired", now=NOW)  # type: ignore[arg-type]
        assert store.application(ORG, id).stage == "withdrawn"


def test_decisions_are_added_and_never_replaced(database: Database, job: Job) -> None:
    with database.store() as store:
        id = add_application(store, job).id
        reject(store, store.application(ORG, id))
        store.record_decision(ORG, id, action="advance", actor="Lee", reason="Licence found.", now=LATER)
    with database.store() as store:
        found = [(made.action, made.actor, made.reason, made.at) for made in store.decisions(ORG, id)]
    assert found == [("reject", "Kim (key: import)", "No licence.", NOW), ("advance", "Lee", "Licence found.", LATER)]


def test_whom_to_invite(database: Database, job: Job) -> None:
    with database.store() as store:
        good, best = add_screened(store, job, 0.7), add_screened(store, job, 0.9)
        by_hand = add_screened(store, job, 0.45, decision="review")
        store.set_stage(ORG, by_hand.id, "advanced", now=NOW)
        add_screened(store, job, 0.5, decision="review")
        add_screened(store, job, 0.1, decision="below")
        rejected = add_screened(store, job, 0.95)
        reject(store, rejected)
        assert [found.id for found in store.to_invite(ORG, job.id)] == [best.id, good.id, by_hand.id]
        assert store.invited_count(ORG, job.id) == 0
        invite(store, best)
        interview = invite(store, by_hand)
        assert [found.id for found in store.to_invite(ORG, job.id)] == [good.id]
        store.set_interview_state(ORG, interview, "expired", now=LATER)
        assert store.invited_count(ORG, job.id) == 2
        assert [found.id for found in store.to_invite(ORG, job.id)] == [good.id]


def test_the_sweep_finds_what_was_left(database: Database, job: Job) -> None:
    with database.store() as store:
        first, second = add_application(store, job), add_application(store, job)
        add_screened(store, job, 0.2, decision="below")
        broken = add_application(store, job)
        store.record_problem(ORG, broken.id, reason="corrupt", detail="zoe.pdf is damaged.", now=NOW)
    with database.system() as system:
        assert in_line(system) == [(ORG, first.id), (ORG, second.id)]
        assert system.uninvited() == []


def test_jobs_due_for_invitations(database: Database, job: Job) -> None:
    with database.store() as store:
        capped = add_job(store, ORG, most=1)
        manual = add_job(store, ORG, policy="after_confirmation")
        closed = add_job(store, ORG)
        waiting = [add_screened(store, each, 0.8) for each in (job, capped, manual, closed)]
        add_screened(store, capped, 0.7)
        store.update_job(ORG, closed.id, state="closed")
    with database.system() as system:
        assert system.uninvited() == [(ORG, job.id), (ORG, capped.id)]
    with database.store() as store:
        invite(store, waiting[0])
        invite(store, waiting[1])
    with database.system() as system:
        assert system.uninvited() == []


@pytest.mark.parametrize("ask", ["job", "batch", "application", "candidate", "document", "interview", "delivery"])
def test_what_is_not_there_says_so(database: Database, ask: str) -> None:
    with database.store() as store, pytest.raises(NotFound, match=f"no {ask} 'nowhere'"):
        getattr(store, ask)(ORG, "nowhere")
