"""What somebody answered in the application form stands before what their resume seems to say, in the steps of the
pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from api.app import build
from api.deps import App
from models.errors import Forbidden
from models.records import Job
from models.settings import Settings
from models.values import Requirement, ScreeningResult, Span
from tests.fakes_matching import FakeEmbedder
from tests.store_world import NOW, PLAN, add_application, add_job, resume

DRIVING = Requirement(id="driving", text="Driving licence", kind="certificate", must_have=True)
PYTHON = Requirement(id="python", text="Python", kind="skill", must_have=True, weight=2.0)
NICE = Requirement(id="docker", text="Docker", kind="skill", must_have=False)
RESUME = ("Nine years of Python", "Full driving licence, class B")
LICENCE, CODE, SHIPS = "Do you hold a driving licence?", "Do you have experience with Python?", "Do you know Docker?"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path))
    built.engines._built["embedder"] = FakeEmbedder()
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


@pytest.fixture
def job(app: App, org: str) -> Job:
    with app.database.store() as store:
        made = add_job(store, org)
        store.set_requirements(org, made.id, (DRIVING, PYTHON, NICE))
        store.set_plan(org, made.id, PLAN, author="Ann", now=NOW)
        return store.update_job(org, made.id, threshold=0.2)


def applied(app: App, job: Job, answers: dict[str, str], lines: Sequence[str] = RESUME) -> str:
    with app.database.store() as store:
        application = add_application(store, job)
        spans = tuple(
            Span(id=n, text=text, line=n + 1, start=0, end=len(text), section="experience")
            for n, text in enumerate(lines)
        )
        parsed = resume(email=f"{application.id}@example.org").model_copy(update={"spans": spans})
        store.record_parsed(job.organisation_id, application.id, parsed, NOW)
        tell(app, job, application.id, answers, store=store)
    app.pipeline.stages.score(job.organisation_id, application.id)
    return application.id


def tell(app: App, job: Job, id: str, answers: dict[str, str], store: object = None) -> None:
    said = [{"question": question, "answer": answer} for question, answer in answers.items()]
    if store is not None:
        store.mark_ordered(job.organisation_id, id, answers=said)  # type: ignore[attr-defined]
        return
    with app.database.store() as own:
        own.mark_ordered(job.organisation_id, id, answers=said)


def result(app: App, job: Job, id: str) -> ScreeningResult:
    with app.database.reading() as store:
        found = store.screening(job.organisation_id, id)
    assert found is not None
    return found


def verdicts(found: ScreeningResult) -> dict[str, str]:
    return {each.requirement_id: each.status for each in found.requirements}


def test_a_no_to_a_must_have_holds_back_with_the_quote_and_rejects_nobody(app: App, job: Job) -> None:
    without, with_no = applied(app, job, {}), applied(app, job, {LICENCE: "No"})
    assert (verdicts(result(app, job, without))["driving"], result(app, job, without).decision) == ("met", "advance")
    found = result(app, job, with_no)
    assert (verdicts(found)["driving"], found.decision) == ("not_met", "review")
    assert "missing: Driving licence" in found.reason
    [denied] = [each for each in found.requirements if each.requirement_id == "driving"]
    assert denied.reason.startswith(f"denied in the application form: “{LICENCE}” - “No”; the resume: ")
    assert [each.quote for each in denied.evidence] == ["Full driving licence, class B"]
    assert "answer_differs" in [flag.code for flag in found.flags]
    assert app.pipeline.stages.invite_by_policy(job.organisation_id, job.id) == 1
    with app.database.reading() as store:
        assert store.application(job.organisation_id, with_no).stage == "screened"
        assert store.decisions(job.organisation_id, with_no) == []
    with app.database.store() as store, pytest.raises(Forbidden):
        store.set_stage(job.organisation_id, with_no, "rejected", now=NOW)


def test_a_yes_to_a_must_have_is_met_with_the_quote(app: App, job: Job) -> None:
    silent, told = applied(app, job, {}, RESUME[:1]), applied(app, job, {LICENCE: "Yes"}, RESUME[:1])
    assert (verdicts(result(app, job, silent))["driving"], result(app, job, silent).decision) == ("unknown", "review")
    found = result(app, job, told)
    assert (verdicts(found)["driving"], found.decision) == ("met", "advance")
    [stated] = [each for each in found.requirements if each.requirement_id == "driving"]
    assert stated.reason == f"stated in the application form: “{LICENCE}” - “Yes”"
    assert found.versions.keys() - result(app, job, silent).versions.keys() == {"answers"}


def test_a_skill_counts_by_its_answer_in_the_score_too(app: App, job: Job) -> None:
    plain, denied = applied(app, job, {}), applied(app, job, {CODE: "no"})
    assert result(app, job, denied).score < result(app, job, plain).score
    assert {term.requirement_id: term.value for term in result(app, job, denied).terms}["python"] == 0.0
    assert verdicts(result(app, job, denied))["python"] == "not_met"
    stated = applied(app, job, {CODE: "Yes"}, RESUME[1:])
    assert {term.requirement_id: term.value for term in result(app, job, stated).terms}["python"] == 0.6


def test_what_is_no_plain_answer_to_a_must_have_changes_nothing(app: App, job: Job) -> None:
    plain = applied(app, job, {})
    told = applied(app, job, {LICENCE: "Not yet", SHIPS: "No", "How many years of Python?": "No", "Your name?": "Yes"})
    assert result(app, job, told) == result(app, job, plain)


def test_answers_that_come_later_judge_anew_and_those_that_are_known_do_not(app: App, job: Job) -> None:
    id = applied(app, job, {})
    app.pipeline.stages.score(job.organisation_id, id)
    assert verdicts(result(app, job, id))["driving"] == "met"
    tell(app, job, id, {LICENCE: "No"})
    with app.database.asking() as system:
        assert system.outdated() == [(job.organisation_id, job.id)]
    assert app.pipeline.stages.invite_by_policy(job.organisation_id, job.id) == 0, "not on what is outdated"
    with app.database.reading() as store:
        assert store.passing_count(job.organisation_id, job.id) == 0, "nor by a person who invites all who pass"
        assert store.invitees(job.organisation_id, job.id) == []
    assert app.pipeline.stages.rejudge(job.organisation_id, job.id) == 1
    assert verdicts(result(app, job, id))["driving"] == "not_met"
    tell(app, job, id, {LICENCE: "No"})
    tell(app, job, id, {})
    with app.database.asking() as system:
        assert system.outdated() == []


def test_a_job_that_asks_for_something_else_keeps_the_answers(app: App, job: Job) -> None:
    id = applied(app, job, {LICENCE: "No"})
    with app.database.store() as store:
        store.set_requirements(job.organisation_id, job.id, (DRIVING, NICE))
    assert app.pipeline.stages.rejudge(job.organisation_id, job.id) == 1
    assert verdicts(result(app, job, id)) == {"driving": "not_met", "docker": "not_met"}
