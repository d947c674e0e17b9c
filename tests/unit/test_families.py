"""The library of kits: every one fit for use, and started from with a job's own requirements."""

from __future__ import annotations

import tomllib
from collections import Counter
from fnmatch import fnmatch
from itertools import pairwise
from typing import Any

import pytest

from interview import budget
from interview.families import FOLDER, Family, families, family, from_family, link, suggest
from interview.kit import uncovered
from interview.lint import findings, lint_plan
from interview.simulate import ScriptedTurn, simulate
from models.errors import NotFound
from models.settings import ROOT
from models.values import InterviewPlan, Requirement
from screening.posting import read_posting

EVERY = pytest.mark.parametrize("chosen", families(), ids=lambda one: one.id)
NURSE = [
    Requirement(id="licence", text="Current nursing licence", kind="certificate", must_have=True),
    Requirement(id="watch", text="Monitor vital signs and notice sepsis early", kind="responsibility", must_have=True),
    Requirement(id="relatives", text="Support families of patients", kind="responsibility", must_have=False),
    Requirement(id="chess", text="Play chess with the residents", kind="responsibility", must_have=False),
    Requirement(id="young", text="Young and dynamic", kind="skill", must_have=True),
]


def test_the_library_covers_the_common_families() -> None:
    assert len(families()) == 12
    assert [one.name for one in families()] == sorted(one.name for one in families())
    with pytest.raises(NotFound, match="nursing_care"):
        family("astronaut")


@EVERY
def test_each_kit_is_fit_for_a_psychologists_eye(chosen: Family) -> None:
    """Five or six competencies; for each a question about the past, one ahead, their simpler wordings and four probes;
    three anchors that tell behaviours apart; nothing twice, and nothing too long to be heard."""
    assert 5 <= len(chosen.parts) <= 6
    said: list[str] = []
    for part in chosen.parts:
        assert [seeks for seeks, _ in part.probes] == ["situation", "action", "result", "number"]
        assert all(words.endswith("?") for _, words in part.probes)
        for text, again in (part.past, part.ahead):
            assert text.rstrip().endswith(("?", "."))
            assert 10 <= len(text.split()) <= 45, text
            assert 8 <= len(again.split()) <= 35, again
            said += [text, again]
        assert part.past[0].startswith("Tell me about")
        assert part.ahead[0].startswith("Imagine")
        levels = [part.anchors.low, part.anchors.medium, part.anchors.high]
        assert all(8 <= len(level.split()) <= 60 for level in levels), part.id
        for one, other in pairwise(levels):
            shared = set(one.lower().split()) & set(other.lower().split())
            assert len(shared) < 0.6 * min(len(one.split()), len(other.split())), part.id
        assert len(part.terms) >= 5
        said += levels
    assert [text for text, count in Counter(said).items() if count > 1] == []


@EVERY
@pytest.mark.parametrize("minutes", [5, 15, 30, 45])
def test_each_kit_passes_the_lint_and_holds_its_time(chosen: Family, minutes: int) -> None:
    plan = from_family(chosen, "Some job", NURSE, minutes=minutes, plan_id="kit")
    assert lint_plan(plan) == []
    assert budget.seconds(plan) <= minutes * 60
    if minutes >= 30:
        assert 5 <= len(plan.competencies) <= 8
    both = [*plan.questions, *plan.reserve]
    for competency in plan.competencies:
        kinds = [question.kind for question in both if question.competency_id == competency.id]
        assert sorted(kinds) == ["past_behaviour", "situational"]


def test_ids_are_unique_over_the_whole_library() -> None:
    ids = Counter(part.id for one in families() for part in one.parts)
    assert [id for id, count in ids.items() if count > 1] == []


TOLD = "Last year at my hospital there was a difficult case, so I called the team, and in the end it worked out. " * 8


@pytest.mark.parametrize("minutes", [15, 30, 45])
def test_whoever_answers_as_people_do_reaches_every_question(minutes: int) -> None:
    """A minute and a half a question, and half a minute for the one follow-up, which is for a number."""
    plan = from_family(family("nursing_care"), "Nurse", NURSE, minutes=minutes, plan_id="kit")
    told, number = (
        ScriptedTurn(text=TOLD, seconds=90),
        ScriptedTurn(text="It took 12 minutes in all, I think.", seconds=30),
    )
    *_, last = simulate(plan, [ScriptedTurn(text="Yes, since 2019."), *[told, number] * 20])
    outcomes: Any = last["outcomes"]
    del outcomes["your_questions"]  # whatever is left of the script is said there
    assert set(outcomes.values()) == {"answered"}, outcomes
    assert last["t"] <= minutes * 60 + 60


def test_a_kit_is_linked_to_what_the_job_asks_and_names_what_it_leaves_out() -> None:
    links = link(family("nursing_care"), NURSE)
    assert links["noticing_change"] == ("watch",)
    assert links["person_centred"] == ("relatives", "chess")
    assert "young" not in {id for ids in links.values() for id in ids}
    plan = from_family(family("nursing_care"), "Nurse", NURSE, minutes=30, plan_id="kit")
    assert plan.competencies[0].id == "noticing_change", "what the job must have comes first"
    assert plan.questions[0].requirement_ids == ("licence",)
    assert uncovered(plan, NURSE) == ()
    driver = Requirement(id="lorry", text="Drive a lorry", kind="responsibility", must_have=True)
    assert [one.id for one in uncovered(plan, [*NURSE, driver])] == ["lorry"]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Senior Backend Engineer (Python)", "software_engineer"),
        ("Data Scientist", "data_science"),
        ("Registered Nurse, Medical Intensive Care Unit (Nights)", "nursing_care"),
        ("Special Education Teacher", "teacher"),
        ("Field Sales Representative, Industrial Pumps", "sales"),
        ("Customer Service Agent (m/f/d)", "customer_service"),
        ("Senior Accountant", "finance"),
        ("HR Generalist", "human_resources"),
        ("Warehouse Operations Lead", "operations"),
        ("Digital Marketing Manager", "marketing_design"),
        ("IT Project Manager", "project_manager"),
        ("Service Technician", "technician"),
    ],
)
def test_the_title_suggests_its_family(title: str, wanted: str) -> None:
    [first, *_] = suggest(title, [])
    assert first.family.id == wanted
    assert first.reason.startswith("The title says")


def test_nothing_is_suggested_where_nothing_fits() -> None:
    assert suggest("Lighthouse keeper", [NURSE[0]]) == []


@pytest.mark.parametrize(
    ("posting", "wanted"),
    [
        ("backend_engineer", "software_engineer"),
        ("intensive_care_nurse", "nursing_care"),
        ("field_sales_representative", "sales"),
    ],
)
def test_the_sample_jobs_find_their_kits_also_by_their_requirements(posting: str, wanted: str) -> None:
    read = read_posting((ROOT / "samples" / "jobs" / f"{posting}.md").read_text(), media_type="text/markdown")
    assert suggest(read.title, read.requirements)[0].family.id == wanted
    by_requirements = suggest("Somebody", read.requirements)
    assert wanted in {one.family.id for one in by_requirements}
    plan = from_family(family(wanted), read.title, read.requirements, minutes=30, plan_id="kit")
    assert findings(plan) == []
    assert InterviewPlan.model_validate_json(plan.model_dump_json()) == plan


def test_an_installed_package_has_the_library() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["interview"]
    for path in FOLDER.iterdir():
        relative = path.relative_to(ROOT / "interview").as_posix()
        assert any(fnmatch(relative, pattern) for pattern in patterns), relative
