"""An interview held once more: who is offered it, what is kept, which of the two counts, what receivers hear."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import report_links, retakes
from api.app import build
from api.deps import App
from api.outcomes import said
from interview.events import EngineDown, Joined, Left, Typed
from models.errors import Conflict
from models.records import Interview
from models.settings import Settings
from models.store.attempts import counting
from tests import store_world
from tests.fakes_dialogue import FULL, Talk, a_plan
from tests.store_world import KIM, NOW

PLAN = a_plan(probes=False).model_copy(update={"language": "de"})
"""In German: nothing is rated, so no model has to be loaded."""


class Clock:
    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    built.clock = Clock(NOW)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    with built.database.store() as store:
        store.add_endpoint(org(built), url="https://ats.example/hook", secret="whsec_abc", description="", now=NOW)
    yield built
    built.database.close()


def org(app: App) -> str:
    with app.database.asking() as system:
        return system.organisations()[0].id


def failing(*, over: bool = False) -> Talk:
    """One answer, then the recogniser gives out. `over`: and the candidate gives up."""
    one = Talk(PLAN).to_question()
    one.do(Typed(text=FULL), after=20)
    one.hear()
    one.do(EngineDown(engine="whisper"), after=5)
    one.hear()
    one.wait(20)
    if over:
        one.press("finish")
    return one


def fine(words: str = "It went well in the end.") -> Talk:
    one = Talk(PLAN).to_question()
    for _ in PLAN.questions:
        one.do(Typed(text=words), after=20)
        one.hear()
    assert one.state.reason == "completed"
    return one


def invite(app: App) -> Interview:
    with app.database.store() as store:
        application = store_world.add_screened(store, store_world.add_job(store, org(app)), 0.9)
        return store.add_interview(
            org(app),
            application_id=application.id,
            plan=PLAN,
            link_hash=application.id,
            expires_at=store_world.LATER,
            now=NOW,
        )[0]


def hold(app: App, interview: Interview, talk: Talk, *, reason: str | None = None) -> Interview:
    """What was said is in the log. `reason`: it is over."""
    with app.database.store() as store:
        store.open_interview(
            org(app), interview.id, session_hash=interview.id, consent_version="1", consent_sha256="c", now=app.now
        )
        later = app.clock.now() - talk.log[0][0]
        log = [(at + later, event.model_dump(mode="json")) for at, event in talk.log]
        store.append_events(org(app), interview.id, 0, log)
        if reason is None:
            return store.interview(org(app), interview.id)
        return store.set_interview_state(
            org(app), interview.id, "completed", now=datetime.fromtimestamp(log[-1][0], UTC), reason=reason
        )


def failed(app: App) -> Interview:
    return hold(app, invite(app), failing(over=True), reason="withdrawn")


def report(app: App, interview: Interview) -> dict[str, Any]:
    """Evaluate; the newest result that went to receivers, empty when none did."""
    app.pipeline.outcomes.evaluate_and_report(org(app), interview.id)
    with app.database.reading() as store:
        assert store.report_of(org(app), interview.id) is not None
        sent = store.results_of(org(app), interview.application_id)
    return sent[-1] if sent else {}


def offered(app: App, interview: Interview) -> bool:
    with app.database.reading() as store:
        return retakes.offered(app, store, store.interview(org(app), interview.id)) is not None


def both(app: App, interview: Interview) -> list[Interview]:
    with app.database.reading() as store:
        return store.interviews_of(org(app), interview.application_id)


def standing(app: App, interview: Interview) -> int:
    """Which attempt counts."""
    current = counting(both(app, interview))
    assert current is not None
    return current.attempt


# ---------------------------------------------------------------- the candidate's


def test_after_a_failure_the_link_leads_to_a_second_interview_and_the_first_is_kept(app: App) -> None:
    first = failed(app)
    with app.database.reading() as store:
        before = store.events(org(app), first.id)
    second = retakes.retake(app, first)
    assert (second.attempt, second.state, second.plan) == (2, "invited", first.plan)
    assert "speech recognition had failed" in (second.cause or "")
    assert second.expires_at > app.now
    with app.database.asking() as system:
        found = system.interview_by_link(first.link_hash)
    assert found is not None
    assert found.id == second.id
    with app.database.reading() as store:
        assert store.events(org(app), first.id) == before
        assert FULL in [turn.text for turn in said(store, store.interview(org(app), first.id))]
        assert store.invited_count(org(app), store.application(org(app), first.application_id).job_id) == 1
    assert standing(app, first) == 1, "until the second went to its end"


def test_only_once(app: App) -> None:
    first = failed(app)
    retakes.retake(app, first)
    for again in both(app, first):
        with pytest.raises(Conflict, match="only once"):
            retakes.retake(app, again)
    with pytest.raises(Conflict, match="only once"):
        retakes.grant(app, org(app), first.application_id, actor="Ann", reason="One more.")
    assert len(both(app, first)) == 2


def test_two_who_ask_at_once_get_one(app: App) -> None:
    first = failed(app)

    def ask(_: int) -> str:
        try:
            return retakes.retake(app, first).id
        except Conflict:
            return ""

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert sum(map(bool, answers)) == 1
    assert len(both(app, first)) == 2


def test_a_refusal_names_a_person(app: App) -> None:
    interview = hold(app, invite(app), fine(), reason="completed")
    assert not offered(app, interview)
    with pytest.raises(Conflict, match="Talk to a person"):
        retakes.retake(app, interview)
    assert len(both(app, interview)) == 1


def test_what_was_broken_off_is_closed_and_a_sound_one_is_not_offered(app: App) -> None:
    broken = hold(app, invite(app), failing())
    assert offered(app, broken)
    retakes.retake(app, broken)
    closed = both(app, broken)[0]
    assert (closed.state, closed.finish_reason) == ("completed", "abandoned")
    away = Talk(PLAN).to_question()
    away.do(Left(), after=3)
    assert not offered(app, hold(app, invite(app), away)), "they can come back"


def test_an_invitation_that_ran_out_while_the_line_was_broken(app: App) -> None:
    broken = Talk(PLAN).to_question()
    broken.do(Left(), after=3)
    interview = hold(app, invite(app), broken)
    app.clock.at = NOW + timedelta(days=20)  # type: ignore[attr-defined]
    assert not offered(app, interview)
    app.pipeline.outcomes.close_overdue(org(app), interview.id)
    assert offered(app, interview)


@pytest.mark.parametrize("stage", ["rejected", "withdrawn"])
def test_not_when_somebody_has_decided(app: App, stage: str) -> None:
    interview = failed(app)
    with app.database.store() as store:
        if stage == "rejected":
            store.reject(org(app), interview.application_id, person=KIM, reason="filled", basis={}, now=NOW)
        else:
            store.set_stage(org(app), interview.application_id, "withdrawn", now=NOW)
    assert not offered(app, interview)
    with pytest.raises(Conflict):
        retakes.retake(app, interview)


def test_not_for_a_job_that_is_closed(app: App) -> None:
    interview = failed(app)
    with app.database.store() as store:
        job_id = store.application(org(app), interview.application_id).job_id
        store.update_job(org(app), job_id, state="closed")
    assert not offered(app, interview)


# ---------------------------------------------------------------- which one counts, and who hears of it


def test_the_second_counts_once_it_went_to_its_end_and_supersedes_what_was_sent(app: App) -> None:
    first = failed(app)
    one = report(app, first)
    assert (one["id"], one["revision"], one["supersedes"], one["basis"]) == (f"result_{first.id}_1", 1, None, "")
    with app.database.reading() as store:
        written = store.report_of(org(app), first.id)
        assert written is not None
        page = report_links.page_of(app, org(app), first.id)
    second = hold(app, retakes.retake(app, first), fine(), reason="completed")
    two = report(app, second)
    assert (two["revision"], two["supersedes"]) == (2, one["id"])
    assert "second interview" in two["basis"]
    assert "It went well in the end." in str(two["transcript"])
    assert standing(app, first) == 2
    with app.database.reading() as store:
        kept = store.report_of(org(app), first.id)
        assert kept is not None
        again = report_links.page_of(app, org(app), first.id)
        assert (kept.html_sha256, again) == (written.html_sha256, page), "never rewritten"
        new = store.report_of(org(app), second.id)
        assert new is not None
        assert "Why it was held again" in report_links.page_of(app, org(app), second.id)
        states = {each.payload["revision"]: each.state for each in store.deliveries(org(app))}
    assert states == {1: "dead", 2: "pending"}, "what had not arrived is given up"
    assert app.pipeline.outcomes.push_again(org(app), second.id) == 0, "as it was sent"


def test_a_second_one_that_breaks_off_too_counts_for_nothing_and_is_not_sent(app: App) -> None:
    first = failed(app)
    one = report(app, first)
    second = hold(app, retakes.retake(app, first), failing(over=True), reason="abandoned")
    assert report(app, second) == one
    assert standing(app, first) == 1


def test_a_second_one_that_nobody_held_changes_nothing(app: App) -> None:
    first = failed(app)
    report(app, first)
    second = retakes.retake(app, first)
    app.clock.at = NOW + timedelta(days=30)  # type: ignore[attr-defined]
    app.pipeline.outcomes.close_overdue(org(app), second.id)
    assert [each.state for each in both(app, first)] == ["completed", "expired"]
    assert standing(app, first) == 1
    with app.database.reading() as store:
        assert store.application(org(app), first.application_id).stage == "reported"


def test_a_person_may_let_the_other_one_count_and_receivers_hear_of_it(app: App) -> None:
    first = failed(app)
    report(app, first)
    second = hold(app, retakes.retake(app, first), fine(), reason="completed")
    two = report(app, second)
    with app.database.store() as store:
        chosen = store.choose_interview(org(app), first.id, app.now)
        app.pipeline.outcomes.deliver_anew(store, chosen)
    with app.database.reading() as store:
        three = store.results_of(org(app), first.application_id)[-1]
    assert (three["id"], three["revision"], three["supersedes"]) == (f"result_{first.id}_3", 3, two["id"])
    assert standing(app, first) == 1
    with pytest.raises(Conflict, match="counts already"), app.database.store() as store:
        store.choose_interview(org(app), first.id, app.now)
    app.clock.at = NOW + timedelta(hours=1)  # type: ignore[attr-defined]
    with app.database.store() as store:
        store.choose_interview(org(app), second.id, app.now)
    assert standing(app, first) == 2


def test_one_that_is_not_over_cannot_be_chosen(app: App) -> None:
    first = failed(app)
    second = retakes.retake(app, first)
    with pytest.raises(Conflict, match="not over"), app.database.store() as store:
        store.choose_interview(org(app), second.id, app.now)


# ---------------------------------------------------------------- the recruiter's


def test_a_person_opens_it_again_for_whatever_reason(app: App) -> None:
    interview = hold(app, invite(app), fine(), reason="completed")
    second = retakes.grant(app, org(app), interview.application_id, actor="Ann", reason="The fire alarm rang.")
    assert second.cause == "The fire alarm rang. (opened again by Ann)"
    with app.database.reading() as store:
        [decision] = store.decisions(org(app), interview.application_id)
        mails = [each for each in store.deliveries(org(app)) if each.kind == "email"]
    assert (decision.action, decision.actor, decision.reason) == ("retake", "Ann", "The fire alarm rang.")
    assert "is open again" in mails[0].payload["message"]


def test_there_is_nothing_to_open_again_where_nothing_was_held(app: App) -> None:
    interview = invite(app)
    with pytest.raises(Conflict, match="begun"):
        retakes.grant(app, org(app), interview.application_id, actor="Ann", reason="Why not.")
    with app.database.reading() as store:
        assert store.decisions(org(app), interview.application_id) == []


def test_a_killed_server_and_a_plain_reload_are_told_apart(app: App) -> None:
    reload = Talk(PLAN).to_question()
    reload.do(Joined(), after=5)
    killed = Talk(PLAN).to_question()
    killed.do(Joined(), after=600)
    assert not offered(app, hold(app, invite(app), reload))
    assert offered(app, hold(app, invite(app), killed))
