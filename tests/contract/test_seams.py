"""Where the parts meet: an earlier interview used again, one held twice, people's ratings, links and adjustments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import overseeing, reviewing
from api.adjusting import adjustment_of, minutes_of
from api.asks import answer
from api.deps import App
from api.outcomes import as_asked
from api.own_data import copy_of
from api.report_links import json_of, page_of
from api.retakes import grant
from api.reuse import take_back
from api.second_opinion import record_of
from api.security import Recruiter
from interview.checks import must_haves
from models.errors import Conflict
from models.records import Interview
from models.values import HumanRating, InterviewPlan, Question, Turn
from tests.contract.test_retakes import PLAN, app, fine, hold, invite, org, report
from tests.contract.test_reuse import apply, earlier, used

__all__ = ["app"]

SHA = "ab" * 32


def who(app: App, said: str = "Kim") -> Recruiter:
    return Recruiter(org(app), "key", "k", said)


def finals(level: int) -> list[HumanRating]:
    return [
        HumanRating(competency_id=one.id, name="", rating=level, code="misread", text="They said more.")
        for one in PLAN.competencies
    ]


def rate(app: App, interview: Interview, level: int = 4) -> None:
    app.pipeline.deliver_due = lambda: None  # type: ignore[method-assign]  # the engine behind it is not launched
    reviewing.save(app, who(app), interview.id, finals(level))
    reviewing.conclude(app, who(app), interview.id, finals(level))


def sent(app: App, interview: Interview) -> list[tuple[str, str]]:
    with app.database.reading() as store:
        results = store.results_of(org(app), interview.application_id)
    return [(one["type"], one["id"].split("_")[1]) for one in results]


# ---------------------------------------------------------------- must-haves of an interview used again


def check(id: str, text: str, *requirements: str) -> Question:
    return Question(id=id, kind="check", text=text, requirement_ids=requirements)


LICENCE, SHIFTS, DRIVING = (
    "Do you hold a current nursing licence?",
    "Can you work shifts?",
    "Do you hold a driving licence?",
)


def test_a_check_of_another_job_answers_no_requirement_of_this_one(app: App) -> None:
    """Requirements are numbered anew in every job: "r1" there is another thing here."""
    english = PLAN.model_copy(update={"language": "en"})
    theirs = english.model_copy(update={"questions": (check("c1", LICENCE, "r1"), check("c2", SHIFTS, "r2"))})
    ours = english.model_copy(update={"questions": (check("c1", DRIVING, "r1"), check("c9", SHIFTS.lower(), "r7"))})
    held, interview = (
        Interview(id=id, plan=plan.model_dump(mode="json")) for id, plan in (("held", theirs), ("new", ours))
    )
    said = tuple(
        Turn(role=role, text=text, question_id=id)
        for id, question in (("c1", LICENCE), ("c2", SHIFTS))
        for role, text in (("interviewer", question), ("candidate", "Yes."))
    )
    found = must_haves(as_asked(interview, held), said)
    assert {(one.requirement_id, one.status) for one in found} == {(None, "met"), ("r7", "met"), ("r1", "unknown")}
    assert as_asked(held, held) == InterviewPlan.model_validate(held.plan)


# ---------------------------------------------------------------- used again, and everything that asks for its words


def test_a_second_rater_reads_the_words_of_an_interview_used_again(app: App) -> None:
    earlier(app)
    record, _ = record_of(app, org(app), used(app, apply(app)).id)
    assert "I closed the books of a whole group." in [turn.text for turn in record.turns]


def test_the_page_plays_the_recording_under_the_interview_it_is_about(app: App) -> None:
    source = earlier(app)
    with app.database.store() as store:
        store.set_recording(org(app), source.id, SHA)
    new = used(app, apply(app))
    report(app, new)
    page = page_of(app, org(app), new.id)
    assert f"/api/interviews/{new.id}/recording" in page
    assert source.id not in page
    own = copy_of(app, new)["interview"]
    assert own["recording_kept"]


def test_a_report_that_a_person_has_rated_is_with_the_employer(app: App) -> None:
    earlier(app)
    new = used(app, apply(app))
    report(app, new)
    rate(app, new)
    with pytest.raises(Conflict, match="with the employer already"):
        take_back(app, new)


def test_links_go_with_the_consent_and_one_that_was_opened_keeps_the_report(app: App) -> None:
    def shared(interview: Interview) -> str:
        with app.database.store() as store:
            return store.share_report(
                org(app),
                interview.id,
                hash=interview.id,
                audio=True,
                note="Zoë",
                by="Kim",
                now=app.now,
                expires=app.now + timedelta(days=7),
            ).id

    earlier(app)
    first, second = used(app, apply(app)), used(app, apply(app))
    for one in (first, second):
        report(app, one)
    shared(first)
    opened = shared(second)
    with app.database.store() as store:
        store.link_used(org(app), opened, app.now)
        assert store.end_reuse(org(app), first.id, expires_at=app.now, now=app.now)[0]
        assert store.report_links(org(app), first.id) == []
        with pytest.raises(Conflict):
            store.end_reuse(org(app), second.id, expires_at=app.now, now=app.now)


# ---------------------------------------------------------------- two interviews of one application


def twice(app: App) -> tuple[Interview, Interview]:
    """Held, reported, held again and reported: the second counts."""
    first = hold(app, invite(app), fine("First."), reason="completed")
    report(app, first)
    second = grant(app, org(app), first.application_id, actor="Ann", reason="Fire alarm.")
    hold(app, second, fine("Second."), reason="completed")
    report(app, second)
    return first, second


def test_a_rating_of_the_one_that_does_not_count_is_kept_and_reaches_nobody(app: App) -> None:
    first, second = twice(app)
    rate(app, first)
    assert ("assessment.reviewed", first.id) not in sent(app, first)
    rate(app, second)
    assert sent(app, second)[-1] == ("assessment.reviewed", second.id)
    with app.database.store() as store:
        store.choose_interview(org(app), first.id, app.now)
        app.pipeline.outcomes.deliver_anew(store, store.interview(org(app), first.id))
    assert sent(app, first)[-1] == ("assessment.reviewed", first.id)


def test_the_one_that_does_not_count_is_not_sent_over_the_other(app: App) -> None:
    first, second = twice(app)
    with pytest.raises(Conflict, match="counts"):
        app.pipeline.outcomes.push_again(org(app), first.id)
    assert app.pipeline.outcomes.push_again(org(app), second.id) == 0


def test_an_offer_to_hold_it_again_does_not_make_somebody_look_never_interviewed(app: App) -> None:
    first = hold(app, invite(app), fine(), reason="completed")
    report(app, first)
    grant(app, org(app), first.application_id, actor="Ann", reason="Fire alarm.")
    reviewing.note(app, who(app), first.application_id, "opened", "application")
    reviewing.reject(app, who(app), first.application_id, "No licence.")
    with app.database.reading() as store:
        [decision] = [one for one in store.decisions(org(app), first.application_id) if one.action == "reject"]
    assert decision.basis is not None
    assert decision.basis["interviewed"]


def test_a_second_opinion_is_wanted_on_the_one_that_counts_alone(app: App) -> None:
    first, second = twice(app)
    with app.database.reading() as store:
        wanted = [one.interview_id for one in overseeing.second_opinions(store, who(app))]
    assert first.id not in wanted
    for one in (first, second):
        reviewing.save(app, who(app), one.id, finals(5))
        reviewing.save(app, who(app, "Lee"), one.id, finals(1))
    with app.database.reading() as store:
        wanted = [one.interview_id for one in overseeing.second_opinions(store, who(app))]
    assert wanted == [second.id]


def test_what_was_arranged_for_the_first_holds_for_the_second(app: App) -> None:
    first = hold(app, invite(app), fine(), reason="completed")
    with app.database.store() as store:
        asked = store.add_request(
            org(app), first.id, "adjustment", {"wishes": ["pauses"], "text": ""}, during=False, now=app.now
        )
    answer(app, org(app), asked.id, "Of course.", by="Kim", extra_minutes=10)
    second = grant(app, org(app), first.application_id, actor="Ann", reason="Fire alarm.")
    with app.database.reading() as store:
        assert adjustment_of(store, second).patient
        assert minutes_of(store, second) == second.minutes + 10


# ---------------------------------------------------------------- blind first


def test_nobody_shares_what_they_may_not_see_yet(app: App) -> None:
    from api.routes.reports import share
    from api.schemas import ReportLinkIn

    interview = hold(app, invite(app), fine(), reason="completed")
    report(app, interview)
    with pytest.raises(Conflict, match="Rate this interview yourself first"):
        share(interview.id, ReportLinkIn(), app, who(app))
    reviewing.look(app, who(app), interview.id, "I was there.")
    assert share(interview.id, ReportLinkIn(), app, who(app)).url
    assert share(interview.id, ReportLinkIn(), app, who(app, "")).url, "a program with a key is no reviewer"


# ---------------------------------------------------------------- the report as data


def test_the_data_say_which_interview_it_is(app: App) -> None:
    _, second = twice(app)
    assert b'"basis":"The second interview of this application' in json_of(app, org(app), second.id)
