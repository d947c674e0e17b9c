"""The steps of an application's life over a real database: who is invited, what a person decides, how a push ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import build
from api.deps import App
from api.security import digest
from api.stages import Rejection
from api.sweeping import attempt
from models.errors import Conflict
from models.records import Application, Interview, Job
from models.settings import Settings
from models.values import Anchors, Competency, InterviewPlan, Question
from tests.store_world import KIM, NOW, add_application, add_job, reject, resume, screening

KIT = InterviewPlan(
    id="kit",
    title="Backend engineer",
    welcome="Welcome.",
    closing="Goodbye.",
    competencies=(Competency(id="own", name="Ownership", anchors=Anchors(low="a", medium="b", high="c")),),
    questions=(Question(id="q1", competency_id="own", text="What did you do?"),),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


def job_of(app: App, org: str, **changes: object) -> Job:
    with app.database.store() as store:
        job = add_job(store, org)
        store.set_plan(org, job.id, KIT, author="Ann", now=NOW)
        return store.update_job(org, job.id, **changes) if changes else job


def screened(app: App, job: Job, score: float, email: str | None, phone: str | None = None) -> str:
    with app.database.store() as store:
        application = add_application(store, job)
        store.record_parsed(job.organisation_id, application.id, resume("Ann", email, phone), NOW)
        store.record_screening(job.organisation_id, application.id, screening(score), requirements_version=1, now=NOW)
        return application.id


def stage(app: App, org: str, application_id: str) -> Application:
    with app.database.reading() as store:
        return store.application(org, application_id)


def interview_of(app: App, org: str, application_id: str) -> Interview | None:
    with app.database.reading() as store:
        return store.interview_of(org, application_id)


def invited(app: App, org: str, job: Job) -> set[str]:
    with app.database.reading() as store:
        return {interview.application_id for interview in store.interviews(org, job.id)}


@pytest.mark.parametrize("email", [None, "josé@example.org", "a..b@example.org", "j.@example.org"])
def test_one_odd_address_keeps_nobody_else_from_being_invited(app: App, org: str, email: str | None) -> None:
    job = job_of(app, org)
    odd, good = screened(app, job, 0.9, email), screened(app, job, 0.8, "good@example.org")
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 2
    assert invited(app, org, job) == {odd, good}
    with app.database.reading() as store:
        deliveries = {delivery.application_id: delivery.id for delivery in store.deliveries(org)}
    for delivery_id in deliveries.values():
        app.pipeline.outcomes.attempt_delivery(org, delivery_id)
    with app.database.reading() as store:
        assert store.delivery(org, deliveries[good]).state == "delivered"
        refused = store.delivery(org, deliveries[odd])
    assert refused.state == "dead"
    assert "no usable e-mail address" in (refused.last_error or "")
    with app.database.asking() as system:
        assert system.uninvited() == []


def test_the_best_so_many_are_different_people(app: App, org: str) -> None:
    job = job_of(app, org, max_interviews=3)
    first = screened(app, job, 0.95, "ann@example.org", "+49 30 1")
    copy = screened(app, job, 0.94, "ann.other@example.org", "+49 30 1")
    others = [screened(app, job, 0.9 - i / 100, f"p{i}@example.org") for i in range(4)]
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 3
    assert invited(app, org, job) == {first, *others[:2]}
    assert stage(app, org, copy).decision == "review", "the copy waits for a person"
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 0
    with app.database.asking() as system:
        assert system.uninvited() == [], "a full job is not looked at again and again"


def test_a_capped_job_waits_until_everybody_is_screened(app: App, org: str) -> None:
    job = job_of(app, org, max_interviews=1)
    screened(app, job, 0.8, "early@example.org")
    with app.database.store() as store:
        late = add_application(store, job).id
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 0
    with app.database.store() as store:
        store.record_parsed(org, late, resume("Late", "late@example.org", None), NOW)
        store.record_screening(org, late, screening(0.9), requirements_version=1, now=NOW)
    assert app.pipeline.stages.invite_by_policy(org, job.id) == 1
    assert invited(app, org, job) == {late}


def test_inviting_twice_sends_one_message(app: App, org: str) -> None:
    job = job_of(app, org)
    application = screened(app, job, 0.9, "ann@example.org")
    app.pipeline.stages.invite_by_policy(org, job.id)
    interview = interview_of(app, org, application)
    assert interview is not None
    assert app.pipeline.stages.advance(org, application, actor="Ann", reason="") == interview.id
    with app.database.reading() as store:
        assert len(store.deliveries(org)) == 1
        assert store.decisions(org, application) == []


def test_a_rejection_withdraws_the_invitation_and_its_message(app: App, org: str) -> None:
    job = job_of(app, org)
    application = screened(app, job, 0.9, "ann@example.org")
    app.pipeline.stages.invite_by_policy(org, job.id)
    app.pipeline.stages.reject(org, [Rejection(application, {"seconds": 60.0})], person=KIM, reason="position filled")
    interview = interview_of(app, org, application)
    assert interview is not None
    assert interview.state == "withdrawn"
    with app.database.reading() as store:
        delivery = store.deliveries(org)[0]
    app.pipeline.outcomes.attempt_delivery(org, delivery.id)
    with app.database.reading() as store:
        assert store.delivery(org, delivery.id).state == "dead"
    assert stage(app, org, application).stage == "rejected"


def test_a_rejection_taken_back_invites_anew(app: App, org: str) -> None:
    job = job_of(app, org)
    application = screened(app, job, 0.9, "ann@example.org")
    app.pipeline.stages.invite_by_policy(org, job.id)
    app.pipeline.stages.reject(org, [Rejection(application, {"seconds": 60.0})], person=KIM, reason="a mistake")
    again = app.pipeline.stages.advance(org, application, actor="Ann", reason="taken back")
    interview = interview_of(app, org, application)
    assert interview is not None
    assert (interview.id, interview.state) == (again, "invited")
    assert stage(app, org, application).stage == "invited"
    with app.database.reading() as store:
        assert [decision.action for decision in store.decisions(org, application)] == ["reject", "advance"]
        assert len(store.deliveries(org)) == 2


def test_an_interview_under_way_is_not_cut_off_by_a_rejection(app: App, org: str) -> None:
    job = job_of(app, org)
    application = screened(app, job, 0.9, "ann@example.org")
    interview_id = app.pipeline.stages.advance(org, application, actor="Ann", reason="")
    url, _ = app.pipeline.stages.renew_link(org, interview_id)
    with app.database.store() as store:
        store.open_interview(
            org, interview_id, session_hash=digest(url), consent_version="1", consent_sha256="0" * 64, now=app.now
        )
    with pytest.raises(Conflict, match="under way"):
        app.pipeline.stages.reject(org, [Rejection(application, {"seconds": 60.0})], person=KIM, reason="too slow")
    assert stage(app, org, application).stage == "interviewing"


def test_what_happens_later_does_not_undo_a_rejection(app: App, org: str) -> None:
    job = job_of(app, org)
    application = screened(app, job, 0.9, "ann@example.org")
    interview_id = app.pipeline.stages.advance(org, application, actor="Ann", reason="")
    with app.database.store() as store:
        reject(store, store.application(org, application))
        store.set_interview_state(org, interview_id, "completed", now=app.now)
    assert stage(app, org, application).stage == "rejected"


def test_a_push_that_cannot_even_begin_is_dead_and_says_why(app: App, org: str) -> None:
    """The endpoint was taken while private addresses were allowed; they no longer are."""
    with app.database.store() as store:
        endpoint = store.add_endpoint(org, url="http://127.0.0.1:9/x", secret="whsec_!", description="", now=NOW)
        delivery, _ = store.add_delivery(
            org, kind="webhook", key="k", payload={"not": "a result"}, subject="s", endpoint_id=endpoint.id, now=NOW
        )
    app.pipeline.outcomes.attempt_delivery(org, delivery.id)
    with app.database.reading() as store:
        found = store.delivery(org, delivery.id)
    assert (found.state, found.attempts) == ("dead", 1)
    assert found.last_error


def test_replaying_to_a_switched_off_endpoint_is_refused_with_the_way_out(app: App, org: str) -> None:
    with app.database.store() as store:
        endpoint = store.add_endpoint(org, url="https://ats.example", secret="whsec_!", description="", now=NOW)
        delivery, _ = store.add_delivery(
            org, kind="webhook", key="k", payload={}, subject="s", endpoint_id=endpoint.id, now=NOW
        )
        store.disable_endpoint(org, endpoint.id, reason="410")
    with pytest.raises(Conflict, match="Switch it on"), app.database.store() as store:
        store.replay_delivery(org, delivery.id, NOW)


def test_one_failing_subject_keeps_no_other_waiting(app: App, org: str) -> None:
    seen: list[str] = []

    def work(_organisation: str, subject: str) -> None:
        seen.append(subject)
        if subject == "poison":
            raise RuntimeError(subject)

    for subject in ("poison", "fine"):
        attempt(work, org, subject)
    assert seen == ["poison", "fine"]
