"""An earlier interview stands for a new one: for whom it is offered, what consent does, and how it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import report_links, retakes, reuse
from api.deps import App
from api.own_data import copy_of
from api.routes.applications import interview_facts
from models.errors import Conflict
from models.records import Interview
from models.values import InterviewPlan
from tests import store_world
from tests.contract.test_retakes import PLAN, Clock, app, failed, fine, hold, org, report
from tests.store_world import NOW

__all__ = ["app"]

ANN = "ann@example.org"


def apply(app: App, *, email: str | None = ANN, name: str = "Ann Lee", plan: InterviewPlan = PLAN) -> Interview:
    """Somebody is invited, to a job of their own."""
    with app.database.store() as store:
        application = store_world.add_application(store, store_world.add_job(store, org(app)))
        parsed = store_world.resume(name, email)
        store.record_parsed(org(app), application.id, parsed, NOW)
        store.record_screening(org(app), application.id, store_world.screening(), requirements_version=1, now=NOW)
        return store.add_interview(
            org(app),
            application_id=application.id,
            plan=plan,
            link_hash=application.id,
            expires_at=app.now + timedelta(days=7),
            now=app.now,
        )[0]


def earlier(app: App, **changes: object) -> Interview:
    """One that went to its end."""
    interview = apply(app, **changes)  # type: ignore[arg-type]
    return hold(app, interview, fine("I closed the books of a whole group."), reason="completed")


def offered(app: App, interview: Interview) -> str | None:
    with app.database.reading() as store:
        source = reuse.offered(app, store, store.interview(org(app), interview.id))
    return source.id if source is not None else None


def later(app: App, **time: float) -> None:
    clock = app.clock
    assert isinstance(clock, Clock)
    clock.at += timedelta(**time)


def used(app: App, interview: Interview) -> Interview:
    """Consent was given, and its time has come."""
    reuse.agree(app, interview)
    later(app, hours=1)
    with app.database.asking() as system:
        assert system.due_reuses(app.now) == [(org(app), interview.id)]
    with app.database.store() as store:
        assert store.use_earlier(org(app), interview.id, app.now)
        return store.interview(org(app), interview.id)


# ---------------------------------------------------------------- for whom


def test_the_same_person_with_the_same_kit_is_offered_the_newest(app: App) -> None:
    earlier(app)
    later(app, days=10)
    newest = earlier(app)
    later(app, days=10)
    assert offered(app, apply(app)) == newest.id


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "bob@example.org"},
        {"email": None},
        {"name": "Robert Lee"},
        {"plan": PLAN.model_copy(update={"competencies": PLAN.competencies[:1]})},
        {"plan": PLAN.model_copy(update={"language": "en"})},
    ],
)
def test_nobody_else_and_nothing_else_is(app: App, changes: dict[str, object]) -> None:
    earlier(app)
    assert offered(app, apply(app, **changes)) is None  # type: ignore[arg-type]


def test_a_middle_name_and_other_capitals_are_the_same_person(app: App) -> None:
    found = earlier(app)
    assert offered(app, apply(app, name="ANN M. LEE", email="Ann@Example.org")) == found.id


def test_what_is_old_or_broken_off_or_to_be_erased_is_not_offered(app: App) -> None:
    failed_one = failed(app)
    old = earlier(app)
    later(app, days=181)
    assert offered(app, apply(app)) is None
    fresh = earlier(app)
    new = apply(app)
    assert offered(app, new) == fresh.id
    with app.database.store() as store:
        store.add_request(org(app), fresh.id, "erasure", {"wishes": [], "text": ""}, during=False, now=app.now)
    assert offered(app, new) is None
    assert {failed_one.id, old.id}.isdisjoint({offered(app, new)})


def test_of_two_the_one_that_counts_is_offered(app: App) -> None:
    first = hold(app, apply(app), fine("First."), reason="completed")
    second = retakes.grant(app, org(app), first.application_id, actor="Ann", reason="Fire alarm.")
    assert offered(app, apply(app)) == first.id
    hold(app, second, fine("Second."), reason="completed")
    assert offered(app, apply(app)) == second.id


def test_who_has_begun_holds_a_new_one(app: App) -> None:
    earlier(app)
    new = apply(app)
    hold(app, new, fine())
    assert offered(app, new) is None
    with pytest.raises(Conflict):
        reuse.agree(app, new)


# ---------------------------------------------------------------- consent


def test_nothing_is_used_or_shown_without_consent(app: App) -> None:
    earlier(app)
    new = apply(app)
    with app.database.asking() as system:
        assert system.due_reuses(app.now + timedelta(days=5)) == []
    facts = interview_facts(app, org(app), new.id, thorough=True)
    assert (facts["state"], facts["basis"]) == ("invited", "")


def test_consent_is_kept_with_its_words_and_its_time(app: App) -> None:
    source, new = earlier(app), apply(app)
    given = reuse.agree(app, new)
    assert reuse.agree(app, new).id == given.id, "again changes nothing"
    assert (given.source_id, given.text_version, given.given_at) == (source.id, reuse.TEXT_VERSION, NOW)
    assert given.due_at == NOW + reuse.HOLD
    [shown] = copy_of(app, new)["earlier_interview_used"]
    assert (shown["given_at"], shown["used_at"]) == (NOW.isoformat(), None)
    assert interview_facts(app, org(app), new.id)["basis"] == "", "not before it takes effect"
    reuse.take_back(app, new)
    later(app, hours=2)
    with app.database.asking() as system:
        assert system.due_reuses(app.now) == []
    assert copy_of(app, new)["earlier_interview_used"][0]["withdrawn_at"] is not None
    assert offered(app, new) == source.id, "and can be agreed to again"


def test_the_earlier_words_are_judged_for_the_new_job_and_the_report_says_so(app: App) -> None:
    source, new = earlier(app), apply(app)
    done = used(app, new)
    assert (done.state, done.finish_reason) == ("completed", "reused")
    result = report(app, done)
    assert result["application_id"] == new.application_id
    assert "I closed the books of a whole group." in str(result["transcript"])
    assert result["basis"].startswith(f"From the interview of {reuse.day(source)}")
    assert "with the candidate's consent of" in result["basis"]
    with app.database.reading() as store:
        written = store.report_of(org(app), new.id)
        assert written is not None
        page = report_links.page_of(app, org(app), new.id)
        assert store.report_of(org(app), source.id) is None
    assert "From the interview of" in page
    assert "I closed the books of a whole group." in page


def test_an_erasure_asked_for_meanwhile_stops_it(app: App) -> None:
    source, new = earlier(app), apply(app)
    reuse.agree(app, new)
    with app.database.store() as store:
        store.add_request(org(app), source.id, "erasure", {"wishes": [], "text": ""}, during=False, now=app.now)
    later(app, hours=1)
    app.pipeline.outcomes.use_earlier(org(app), new.id)
    with app.database.reading() as store:
        assert store.interview(org(app), new.id).state == "invited"
        assert store.reuse_of(org(app), new.id) is None


def test_an_invitation_that_runs_out_before_does_not_expire(app: App) -> None:
    earlier(app)
    new = apply(app)
    later(app, days=6, hours=23, minutes=30)
    given = reuse.agree(app, new)
    assert given.due_at == new.expires_at
    later(app, hours=1)
    app.pipeline.outcomes.close_overdue(org(app), new.id)
    with app.database.reading() as store:
        assert store.interview(org(app), new.id).state == "invited"


# ---------------------------------------------------------------- taken back


def test_what_was_not_delivered_yet_is_undone(app: App) -> None:
    earlier(app)
    new = apply(app)
    report(app, used(app, new))
    with app.database.store() as store:
        gone, files = store.end_reuse(org(app), new.id, expires_at=app.now + timedelta(days=7), now=app.now)
        assert gone
        assert len(files) == 2, "page and data"
    with app.database.reading() as store:
        assert store.report_of(org(app), new.id) is None
        assert store.results_of(org(app), new.application_id) == []
        assert store.interview(org(app), new.id).state == "invited"
        assert store.application(org(app), new.application_id).stage == "invited"
        assert store.held(store.interview(org(app), new.id)).id == new.id
    hold(app, new, fine("All of it new."), reason="completed")
    with app.database.asking() as system:
        assert (org(app), new.id) in system.unreported()
    result = report(app, new)
    assert (result["revision"], result["basis"]) == (1, "")
    assert "All of it new." in str(result["transcript"])


def test_what_was_delivered_cannot_be_called_back(app: App) -> None:
    earlier(app)
    new = apply(app)
    report(app, used(app, new))
    with app.database.store() as store:
        [push] = store.deliveries(org(app), limit=1)
        store.record_attempt(
            org(app),
            push.id,
            at=app.now,
            state="delivered",
            status=200,
            error=None,
            seconds=0.1,
            next_at=None,
            reference=None,
        )
    with pytest.raises(Conflict, match="with the employer already"):
        reuse.take_back(app, new)


def test_without_a_receiver_the_report_is_delivered_when_it_is_written(app: App) -> None:
    with app.database.store() as store:
        for endpoint in store.endpoints(org(app)):
            store.disable_endpoint(org(app), endpoint.id, reason="none")
    earlier(app)
    new = apply(app)
    report(app, used(app, new))
    with pytest.raises(Conflict, match="with the employer already"):
        reuse.take_back(app, new)


def test_consent_taken_back_while_the_report_is_written_leaves_none(app: App) -> None:
    earlier(app)
    new = apply(app)
    done = used(app, new)
    with app.database.store() as store:
        store.end_reuse(org(app), new.id, expires_at=app.now, now=app.now)
        application = store.application(org(app), new.application_id)
        app.pipeline.outcomes._keep_report(store, done, application, store_world.SCORECARD, (), ("ab" * 32, "cd" * 32))
        assert store.report_of(org(app), new.id) is None
