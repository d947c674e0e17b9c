"""People beside the machine, over a real database: blind first, both ratings kept and delivered apart, oversight
measured, and no code that rejects anybody."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api import agreeing, overseeing, reviewing, sweeping
from api.app import build
from api.deps import App
from api.outcomes import Outcomes
from api.security import Recruiter
from api.stages import Stages
from compliance import agreement
from models.errors import BadRequest, Conflict, Forbidden
from models.settings import ROOT, Settings
from models.values import Anchors, Competency, HumanRating, InterviewPlan, Question, Rating, Scorecard, TurnEvidence
from tests.store_world import LATER, NOW, add_job, add_screened

PLAN = InterviewPlan(
    id="kit",
    title="Backend engineer",
    welcome="Hello.",
    closing="Goodbye.",
    competencies=tuple(
        Competency(id=id, name=id.title(), anchors=Anchors(low="-", medium="o", high="+")) for id in ("code", "team")
    ),
    questions=(Question(id="q1", competency_id="code", text="Tell me about a bug."),),
)
FOYER = {"code": 4, "team": None}


@dataclass
class Clock:
    moment: datetime = NOW

    def now(self) -> float:
        return self.moment.timestamp()

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def rating_of_foyer(id: str, level: int | None, confidence: str = "high") -> Rating:
    return Rating.model_validate(
        {
            "competency_id": id,
            "name": id.title(),
            "rating": level,
            "score": None if level is None else (level - 1) * 25,
            "confidence": confidence,
            "evidence": [TurnEvidence(quote="I fixed it", turn=1).model_dump()],
        }
    )


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    built.clock = clock
    built.pipeline.deliver_due = lambda: None  # type: ignore[method-assign]  # the engine behind it is not launched
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


@pytest.fixture
def job(app: App, org: str) -> str:
    with app.database.store() as store:
        store.add_endpoint(org, url="https://ats.example.org/hook", secret="whsec_abc", description="ATS", now=NOW)
        made = add_job(store, org)
        store.set_plan(org, made.id, PLAN, author="Ann", now=NOW)
        return made.id


def reported(app: App, org: str, job: str, *, confidence: str = "high", levels: dict[str, int | None] = FOYER) -> str:
    """An interview with a report; its id."""
    with app.database.store() as store:
        application = add_screened(store, store.job(org, job), 0.9)
        made, _ = store.add_interview(
            org, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=app.now
        )
        store.open_interview(
            org, made.id, session_hash=made.id, consent_version="1", consent_sha256="c" * 64, now=app.now
        )
        store.set_interview_state(org, made.id, "completed", now=app.now)
        card = Scorecard(
            id="card",
            recommendation="yes",
            reason="75 of 100.",
            overall=75.0,
            competencies=tuple(rating_of_foyer(id, level, confidence) for id, level in levels.items()),
        )
        result = {"id": f"result_{made.id}_1", "type": "assessment.completed", "revision": 1, "supersedes": None}
        ids = {endpoint.id: result for endpoint in store.endpoints(org)}
        store.finish_report(org, interview_id=made.id, scorecard=card, html_sha256="ab" * 32, payloads=ids, now=app.now)
    return made.id


def somebody(org: str, name: str) -> Recruiter:
    return Recruiter(org, "office", "key", said=name, browser=True)


def ratings(code: int | None, team: int | None, *, why: str = "", text: str = "") -> list[HumanRating]:
    given = {"code": code, "team": team}
    return [
        HumanRating(
            competency_id=id,
            name="",
            rating=level,
            code=why if level != FOYER[id] else "",
            text=text if level != FOYER[id] else "",
        )
        for id, level in given.items()
    ]


# ---------------------------------------------------------------- blind, then side by side


@pytest.mark.proves(19)
def test_foyers_rating_is_hidden_until_ones_own_is_saved(app: App, org: str, job: str) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    for attempt in (reviewing.reveal, reviewing.let_in):
        with pytest.raises(Conflict, match=r"[Rr]at"):
            attempt(app, ann, interview)
    reviewing.save(app, ann, interview, ratings(2, 3))
    shown = reviewing.reveal(app, ann, interview)
    assert shown.scorecard is not None
    assert [one.rating for one in shown.scorecard.competencies] == [4, None]
    reviewing.let_in(app, ann, interview)
    with app.database.reading() as store:
        events = [(one.kind, one.what) for one in store.review_events(org, shown.application.id)]
    assert events == [("saved", "blind"), ("revealed", "report"), ("evidence", "report")]


def test_each_reviewer_is_blind_to_the_others(app: App, org: str, job: str) -> None:
    interview, ann, bob = reported(app, org, job), somebody(org, "Ann"), somebody(org, "Bob")
    reviewing.save(app, ann, interview, ratings(2, 3))
    reviewing.conclude(app, ann, interview, ratings(2, 3, why="misread", text="He tested nothing."))
    with app.database.reading() as store:
        before = reviewing.standing(store, org, interview, bob.person)
    assert (before.report, before.first, tuple(before.others), before.result) == (None, None, (), None)
    reviewing.save(app, bob, interview, ratings(5, None))
    assert [one.reviewer for one in reviewing.reveal(app, bob, interview).others] == ["Ann", "Ann"]


def test_looking_without_rating_is_a_way_out_that_is_kept(app: App, org: str, job: str) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    with pytest.raises(BadRequest, match="few words"):
        reviewing.look(app, ann, interview, " ")
    reviewing.look(app, ann, interview, "The manager waits on the phone.")
    shown = reviewing.reveal(app, ann, interview)
    assert shown.first is not None
    assert (shown.first.kind, shown.first.content["reason"]) == ("unrated", "The manager waits on the phone.")
    with pytest.raises(Conflict, match="cannot be changed"):
        reviewing.save(app, ann, interview, ratings(4, None))
    reviewing.conclude(app, ann, interview, ratings(4, None))
    with app.database.reading() as store:
        found = reviewing.standing(store, org, interview, ann.person)
    assert found.result is not None
    assert found.result.reviews[0].blind is False


def test_nobody_rates_without_a_name(app: App, org: str, job: str) -> None:
    interview = reported(app, org, job)
    nobody = Recruiter(org, "office", "key", browser=True)
    for attempt in (
        lambda: reviewing.save(app, nobody, interview, ratings(4, None)),
        lambda: reviewing.look(app, nobody, interview, "because"),
        lambda: reviewing.reveal(app, nobody, interview),
        lambda: reviewing.let_in(app, nobody, interview),
    ):
        with pytest.raises(Forbidden, match="/me"):
            attempt()
    reviewing.let_in(app, Recruiter(org, "ats", "key"), interview)  # a program reads reports as before


def test_a_rating_is_of_every_competency_and_of_no_other(app: App, org: str, job: str) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    both = ratings(4, None)
    with pytest.raises(BadRequest, match="Missing: Team"):
        reviewing.save(app, ann, interview, both[:1])
    for wrong in ([*both, both[0]], [*both, HumanRating(competency_id="looks", name="", rating=1)]):
        with pytest.raises(BadRequest, match="once"):
            reviewing.save(app, ann, interview, wrong)


# ---------------------------------------------------------------- overrides, and what is delivered


@pytest.mark.proves(20)
def test_an_override_needs_a_reason_and_both_ratings_stay(app: App, org: str, job: str) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    with pytest.raises(Conflict, match="first"):
        reviewing.conclude(app, ann, interview, ratings(2, None, why="misread", text="He tested nothing."))
    reviewing.save(app, ann, interview, ratings(2, None))
    for why, text in (("", "He tested nothing."), ("misread", ""), ("nonsense", "He tested nothing.")):
        with pytest.raises(BadRequest, match="'Code' differs"):
            reviewing.conclude(app, ann, interview, ratings(2, None, why=why, text=text))
    with app.database.reading() as store:
        before = store.report_of(org, interview)
    reviewing.conclude(app, ann, interview, ratings(2, None, why="misread", text="He tested nothing."))
    reviewing.conclude(app, ann, interview, ratings(3, None, why="other", text="On second thought."))
    with app.database.reading() as store:
        found = reviewing.standing(store, org, interview, ann.person)
        after = store.report_of(org, interview)
    assert before is not None
    assert after is not None
    assert after.scorecard == before.scorecard, "Foyer's own is never rewritten"
    kept = [[(one["rating"], one["foyer"], one["code"]) for one in final.content["ratings"]] for final in found.finals]
    assert kept == [[(2, 4, "misread"), (None, None, "")], [(3, 4, "other"), (None, None, "")]]


def test_receivers_get_both_apart_and_the_first_delivery_stays(app: App, org: str, job: str) -> None:
    interview, ann, bob = reported(app, org, job), somebody(org, "Ann"), somebody(org, "Bob")
    with app.database.reading() as store:
        [first] = store.deliveries(org)
    reviewing.save(app, ann, interview, ratings(2, 3))
    with app.database.reading() as store:
        assert len(store.deliveries(org)) == 1, "a blind rating is nobody else's business"
    reviewing.conclude(app, ann, interview, ratings(2, 3, why="misread", text="He tested nothing."))
    reviewing.conclude(app, ann, interview, ratings(2, 3, why="misread", text="He tested nothing."))
    reviewing.save(app, bob, interview, ratings(5, None))
    reviewing.conclude(app, bob, interview, ratings(5, None, why="overlooked", text="The audit."))
    with app.database.reading() as store:
        third, second, same = store.deliveries(org)
    assert (same.id, same.payload) == (first.id, first.payload)
    assert second.payload["type"] == third.payload["type"] == "assessment.reviewed"
    assert second.payload["id"] == f"result_{interview}_2"
    assert (third.payload["revision"], third.payload["supersedes"]) == (3, second.payload["id"])
    assert second.payload["supersedes"] == f"result_{interview}_1"
    assert [one["rating"] for one in third.payload["scorecard"]["competencies"]] == [4, None]
    human = third.payload["human"]
    assert [one["rating"] for one in human["ratings"]] == [4, 3], "3.5 is rounded up; of Team only Ann could tell"
    assert human["overall"] == 56.2
    assert human["recommendation"] == "mixed"
    assert [one["reviewer"] for one in human["reviews"]] == ["Ann", "Bob"]
    assert human["reviews"][0]["ratings"][0] == {
        "competency_id": "code",
        "name": "Code",
        "rating": 2,
        "foyer": 4,
        "code": "misread",
        "text": "He tested nothing.",
    }


def test_a_receiver_registered_later_gets_both(app: App, org: str, job: str) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    reviewing.save(app, ann, interview, ratings(4, None))
    reviewing.conclude(app, ann, interview, ratings(4, None))
    with app.database.store() as store:
        late = store.add_endpoint(org, url="https://late.example.org", secret="whsec_abc", description="", now=app.now)
    assert app.pipeline.outcomes.push_again(org, interview) == 2
    assert app.pipeline.outcomes.push_again(org, interview) == 0
    with app.database.reading() as store:
        types = [one.payload["type"] for one in store.deliveries(org) if one.endpoint_id == late.id]
    assert sorted(types) == ["assessment.completed", "assessment.reviewed"]


# ---------------------------------------------------------------- nobody is rejected by code, or unseen


def application_of(app: App, org: str, interview: str) -> str:
    with app.database.reading() as store:
        return store.interview(org, interview).application_id


def test_a_rejection_needs_a_person_who_has_looked_and_keeps_at_what(
    app: App, org: str, job: str, clock: Clock
) -> None:
    interview, ann = reported(app, org, job), somebody(org, "Ann")
    application = application_of(app, org, interview)
    with pytest.raises(Forbidden, match="Foyer-Person"):
        reviewing.reject(app, Recruiter(org, "admin", "key"), application, "below the threshold")
    with pytest.raises(Conflict, match="unseen"):
        reviewing.reject(app, ann, application, "below the threshold")
    reviewing.note(app, somebody(org, "Bob"), application, "opened", "application")
    with pytest.raises(Conflict, match="unseen"):
        reviewing.reject(app, ann, application, "somebody else has looked")
    reviewing.note(app, ann, application, "opened", "application")
    clock.advance(40)
    reviewing.note(app, ann, application, "evidence", "recording")
    clock.advance(600)
    reviewing.reject(app, ann, application, "No on-call, which the job needs.")
    with app.database.reading() as store:
        [decision] = store.decisions(org, application)
        assert store.application(org, application).stage == "rejected"
    assert (decision.person, decision.actor) == ("Ann", "Ann (key: office)")
    assert decision.basis == {
        "seconds": 160.0,
        "opened": ["application"],
        "evidence": ["recording"],
        "interviewed": True,
        "stage": "reported",
    }
    with pytest.raises(Conflict, match="already"):
        reviewing.reject(app, ann, application, "again")


@pytest.mark.proves(21)
def test_several_are_rejected_after_a_sample_was_opened_or_not_at_all(app: App, org: str, job: str) -> None:
    ann = somebody(org, "Ann")
    with app.database.store() as store:
        ids = [add_screened(store, store.job(org, job), 0.2, decision="below").id for _ in range(31)]
        elsewhere = add_screened(store, add_job(store, org), 0.2).id
    for id in ids[:3]:
        reviewing.note(app, ann, id, "opened", "application")
    with pytest.raises(Conflict, match="of 31 applications open at least 4 first; you have opened 3"):
        reviewing.reject_many(app, ann, job, ids, "position filled")
    reviewing.note(app, ann, ids[3], "opened", "application")
    with pytest.raises(BadRequest, match="another job"):
        reviewing.reject_many(app, ann, job, [*ids, elsewhere], "position filled")
    with app.database.reading() as store:
        assert {store.application(org, id).stage for id in ids} == {"screened"}
    assert reviewing.reject_many(app, ann, job, ids, "position filled") == 31
    with app.database.reading() as store:
        assert {store.application(org, id).stage for id in ids} == {"rejected"}
        assert store.application(org, elsewhere).stage == "screened"
        [decision] = store.decisions(org, ids[30])
    assert decision.basis is not None
    assert decision.basis["together"] == 31
    assert (decision.basis["sample_needed"], decision.basis["sample_opened"]) == (4, 4)
    assert decision.basis["opened"] == []


def test_one_that_cannot_be_rejected_keeps_all(app: App, org: str, job: str) -> None:
    ann = somebody(org, "Ann")
    with app.database.store() as store:
        ids = [add_screened(store, store.job(org, job), 0.2).id for _ in range(4)]
        store.set_stage(org, ids[-1], "withdrawn", now=app.now)
    for id in ids:
        reviewing.note(app, ann, id, "opened", "application")
    with pytest.raises(Conflict, match="already"):
        reviewing.reject_many(app, ann, job, ids, "position filled")
    with app.database.reading() as store:
        assert [store.application(org, id).stage for id in ids] == ["screened"] * 3 + ["withdrawn"]


@pytest.mark.proves(21)
def test_no_step_of_any_workflow_rejects_anybody(app: App, org: str, job: str, clock: Clock) -> None:
    """Every public step, on applications in all places of their life, long after everything has run out."""
    done = reported(app, org, job)
    with app.database.store() as store:
        below = add_screened(store, store.job(org, job), 0.01, decision="below").id
        invited = add_screened(store, store.job(org, job), 0.9).id
    app.pipeline.stages.advance(org, invited, actor="Ann", reason="")
    clock.advance(timedelta(days=400).total_seconds())
    with app.database.reading() as store:
        interview = store.interview_of(org, invited)
        assert interview is not None
    subjects = {"application_id": [below, invited], "interview_id": [done, interview.id], "job_id": [job]}
    called = set()
    for part in (app.pipeline.stages, app.pipeline.outcomes):
        for name, step in inspect.getmembers(part, inspect.ismethod):
            signature = inspect.signature(step).parameters
            parameters = [each for each, one in signature.items() if one.default is one.empty]
            if name.startswith("_") or len(parameters) != 2 or parameters[1] not in subjects:
                continue
            for subject in subjects[parameters[1]]:
                sweeping.attempt(step, org, subject)
            called.add(name)
    assert called >= {"read_and_parse", "score", "rejudge", "invite_by_policy", "close_overdue", "evaluate_and_report"}
    with app.database.reading() as store:
        stages = {one.id: one.stage for one in store.applications(org, job)}
        assert stages[below] == "screened"
        assert "rejected" not in stages.values()


@pytest.mark.proves(21)
def test_only_two_steps_need_a_person_and_one_makes_them() -> None:
    """What could reject, and who can say that a person does, by looking at the code itself."""
    rejecting = {name for part in (Stages, Outcomes) for name, _ in inspect.getmembers(part) if "reject" in name}
    assert rejecting == {"reject", "_reject"}
    assert inspect.signature(Stages.reject).parameters["person"].default is inspect.Parameter.empty
    makers, stages = set(), set()
    for folder in ("api", "models", "screening", "interview", "integrations", "compliance", "matching"):
        for file in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(file.read_text())
            imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
            another = any(
                name.name == "Person" and node.module == "compliance.impact" for node in imported for name in node.names
            )  # one who is counted, who says nothing
            for node in ast.walk(tree):
                if not another and isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Person":
                    makers.add(str(file.relative_to(ROOT)))
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ByPerson":
                    stages.add(str(file.relative_to(ROOT)))
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "update":
                    assert getattr(node.args[0], "id", "") != "Application", f"{file} goes round the record's rule"
    assert makers == {"api/security.py"}
    assert stages == {"models/store/reviews.py"}


# ---------------------------------------------------------------- oversight


def review(
    app: App, who: Recruiter, clock: Clock, interview: str, seconds: float, *, careful: bool, level: int = 4
) -> None:
    """A reviewer at their desk, by the same functions as the pages."""
    application = application_of(app, who.organisation_id, interview)
    reviewing.note(app, who, application, "opened", "review")
    if not careful:
        reviewing.look(app, who, interview, "no time")
        clock.advance(seconds)
        reviewing.conclude(app, who, interview, ratings(4, None))
        return
    for _ in range(round(seconds / 30)):
        clock.advance(30)
        reviewing.note(app, who, application, "looked", "review")
    reviewing.save(app, who, interview, ratings(level, None))
    reviewing.reveal(app, who, interview)
    clock.advance(60)
    reviewing.conclude(app, who, interview, ratings(level, None, why="misread", text="Not what was said."))


@pytest.mark.proves(22)
def test_approvals_of_one_second_raise_the_alarm_and_careful_ones_do_not(
    app: App, org: str, job: str, clock: Clock
) -> None:
    stamping, careful = somebody(org, "Bob"), somebody(org, "Ann")
    for n in range(12):
        interview = reported(app, org, job)
        review(app, stamping, clock, interview, 1, careful=False)
        clock.advance(5)
        review(app, careful, clock, interview, 600, careful=True, level=2 if n % 3 == 0 else 4)
    with app.database.reading() as store:
        lines = {(one.reviewer, one.job_id): one for one in overseeing.oversight(store, org, app.now)}
    bob, ann = lines["Bob", ""], lines["Ann", ""]
    assert {alarm.name for alarm in bob.alarms} == {"hurried", "brief", "looks_first"}
    assert (bob.figures.decisions, bob.figures.median_seconds) == (12, 1.0)
    assert ann.alarms == ()
    assert ann.enough
    assert ann.figures.median_seconds == pytest.approx(660)
    assert (ann.figures.overridden.count, ann.figures.overridden.of) == (4, 12)
    assert (ann.figures.pairs, ann.figures.agreement) == (12, None), "twelve ratings tell no agreement"
    assert lines["", ""].figures.decisions == lines["", job].figures.decisions == 24
    assert lines["Ann", job].figures == ann.figures


def test_a_name_typed_in_two_ways_is_one_reviewer(app: App, org: str, job: str, clock: Clock) -> None:
    for name in ("Ann Lee", "ann  lee"):
        review(app, somebody(org, name), clock, reported(app, org, job), 1, careful=False)
    with app.database.reading() as store:
        people = [one for one in overseeing.oversight(store, org, app.now) if one.reviewer and not one.job_id]
    assert [one.figures.decisions for one in people] == [2]


@pytest.mark.proves(18)
def test_what_wants_a_second_person_is_listed_without_giving_it_away(app: App, org: str, job: str) -> None:
    unsure = reported(app, org, job, confidence="low")
    apart = reported(app, org, job)
    near = reported(app, org, job)
    ann, bob = somebody(org, "Ann"), somebody(org, "Bob")
    reviewing.save(app, ann, apart, ratings(2, None))
    reviewing.save(app, ann, near, ratings(4, None))
    with app.database.reading() as store:
        for_ann = {one.interview_id: one for one in overseeing.second_opinions(store, ann)}
        for_bob = {one.interview_id: one for one in overseeing.second_opinions(store, bob)}
    assert for_ann.keys() == for_bob.keys() == {unsure, apart}
    assert for_ann[apart].doubts == (("a reviewer and Foyer are two levels or more apart", ("Code",)),)
    assert (for_ann[apart].mine, for_bob[apart].mine) == (True, False)
    assert for_bob[apart].doubts == (("a reviewer and Foyer are two levels or more apart", ()),)
    assert for_bob[unsure].doubts == (("Foyer itself is unsure of a rating", ()),)
    reviewing.save(app, bob, apart, ratings(3, None))
    reviewing.save(app, bob, unsure, ratings(4, None))
    with app.database.reading() as store:
        assert overseeing.second_opinions(store, ann) == []


@pytest.mark.proves(17)
def test_agreement_by_rubric_is_not_established_below_two_hundred_double_ratings(
    app: App, org: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        interview = reported(app, org, job)
        for name, level in (("Ann", 4), ("Bob", n + 1), ("Eve", 2)):
            reviewing.save(app, somebody(org, name), interview, ratings(level, None))
    reviewing.look(app, somebody(org, "Kim"), interview, "no time")
    with app.database.reading() as store:
        [card] = agreeing.validations(store, org)
    assert (card.foyer.n, card.people.n, card.people.interviews) == (9, 9, 3), "who looked first counts for nothing"
    assert (card.foyer.said, card.people.said) == ("not established (9 of 200)", "not established (9 of 200)")
    [shown] = agreeing.shown([card])
    assert shown["foyer"]["figures"] == {}
    assert agreeing.lines([card])[0].endswith("people with Foyer: not established (9 of 200)")
    assert agreeing.lines([]) == [agreeing.NOTHING]
    monkeypatch.setattr(agreement, "FEWEST", 9)
    with app.database.reading() as store:
        [card] = agreeing.validations(store, org)
    assert set(card.foyer.figures) == set(card.people.figures) == {"qwk", "icc", "r", "smd"}


def test_other_anchors_are_another_rubric() -> None:
    one = InterviewPlan.model_validate(PLAN).competencies[0]
    other = one.model_copy(update={"anchors": one.anchors.model_copy(update={"high": "Another."})})
    heavier = one.model_copy(update={"weight": 3.0})
    assert agreeing.rubric_of(one) == agreeing.rubric_of(heavier) != agreeing.rubric_of(other)
