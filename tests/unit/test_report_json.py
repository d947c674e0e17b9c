"""The published schema: real reports fit it, the example is current, and it lets nothing slip in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from interview.evaluate import without_scores
from interview.report_json import render_json, report_data
from models.settings import ROOT
from models.values import InterviewRecord, Scorecard
from tests.report_world import Check, full_report, plan, scorecard, turns
from tests.unit.test_report import report

SCHEMAS = ROOT / "docs" / "schemas"
SCHEMA = json.loads((SCHEMAS / "report-1.json").read_text("utf-8"))


def problems(data: Any) -> list[str]:
    checker = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    return [f"{list(error.path)}: {error.message}" for error in checker.iter_errors(data)]


def example() -> dict[str, Any]:
    kit = plan(2)
    said = turns(kit, 12)
    return report_data(full_report(plan=kit, turns=said, scorecard=scorecard(kit, said), minutes=12.2))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"resume": None, "screening": None, "requirements": (), "checks": (), "audio_url": None},
        {"checks": (Check("check_shift", None, "unknown", "Asked, and not answered."),)},
        {"turns": (), "scorecard": Scorecard(id="i", recommendation="no_decision", reason="No decision.")},
        {"finish": "withdrawn"},
    ],
)
def test_reports_of_every_kind_fit_it(changes: dict[str, Any]) -> None:
    assert problems(json.loads(render_json(full_report(**changes)))) == []


def test_a_language_that_is_not_scored_is_no_lack_of_evidence() -> None:
    kit = plan()
    card = without_scores(InterviewRecord(id="i", turns=turns(kit)), kit.competencies, "de")
    data = report_data(full_report(scorecard=card))
    assert problems(data) == []
    assert {one["outcome"] for one in data["competencies"]} == {"not_scored"}


def test_a_small_report_fits_it() -> None:
    assert problems(report_data(report())) == []


def test_the_example_is_what_is_written_today() -> None:
    assert json.loads((SCHEMAS / "report-1.example.json").read_text("utf-8")) == example()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("recommendation", "value"), "hire"),
        (("competencies", 0, "rating"), 6),
        (("competencies", 0, "rating"), None),
        (("competencies", 1, "rating"), 1),
        (("requirements", 0, "answer"), "partly"),
        (("schema",), "report-2"),
        (("interview", "held_on"), "yesterday"),
    ],
)
def test_what_is_no_report_does_not_fit(path: tuple[Any, ...], value: Any) -> None:
    data = example()
    assert problems(data) == []
    at: Any = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert problems(data)


def test_a_field_more_or_less_does_not_fit() -> None:
    assert problems({**example(), "extra": 1})
    data = example()
    del data["not_assessed"]
    assert problems(data)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert render_json(full_report()) == render_json(full_report())
