"""An interview that gives nothing to judge by: no rating, no recommendation, the reason first, and `no_decision` for
whoever receives it. Evaluator, page, JSON and the pushed body together."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from integrations.webhook import result_body
from interview.evaluate import Evaluator
from interview.report import render_html
from interview.report_json import report_data
from models.settings import ROOT
from models.values import AssessmentResult, InterviewRecord, Scorecard, Turn, Word
from tests.fakes_matching import FakeEmbedder, rating_weights
from tests.report_world import SCREENING, full_report, plan, turns
from tests.unit.test_report import text

KIT = plan()
SAID = turns(KIT)
ASKED = tuple(turn for turn in SAID if turn.role == "interviewer" and turn.question_id != "check_shift")
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "report-1.json").read_text("utf-8"))


def heard(words: str, start: float, confidence: float = 0.9) -> Turn:
    spoken = words.split()
    return Turn(
        role="candidate",
        text=words,
        start=start,
        end=start + len(spoken) * 0.5,
        question_id=ASKED[0].question_id,
        words=tuple(
            Word(text=word, start=start + n * 0.5, end=start + n * 0.5 + 0.4, confidence=confidence)
            for n, word in enumerate(spoken)
        ),
    )


INTERVIEWS: dict[str, tuple[tuple[Turn, ...], str, str]] = {
    "silent": (ASKED, "completed", "Nothing was heard from the candidate"),
    "five seconds": (
        (ASKED[0], heard("Hello, can you hear me?", 10)),
        "withdrawn",
        "The candidate said 5 words in all",
    ),
    "noise only": ((ASKED[0], heard("uh hm thank", 10, 0.1)), "completed", "recognised with little confidence"),
    "interrupted": (
        (ASKED[0], heard("I was on call on a Friday evening when our booking service failed", 10)),
        "abandoned",
        "The interview was interrupted and not taken up again.",
    ),
}


@pytest.mark.parametrize("kind", INTERVIEWS)
@pytest.mark.proves(7, 8)
def test_no_rating_no_recommendation_and_the_reason_first(kind: str) -> None:
    said, finish, reason = INTERVIEWS[kind]
    record = InterviewRecord(id="i", turns=said)
    vectors = FakeEmbedder()
    card = Evaluator(vectors, rating_weights(vectors)).evaluate(record, KIT.competencies, KIT.questions)
    assert [rating.rating for rating in card.competencies] == [None] * len(KIT.competencies)
    assert (card.recommendation, card.overall) == ("no_decision", None)
    given = full_report(turns=said, scorecard=card, finish=finish, checks=(), minutes=0.4)
    _page(text(render_html(given)), reason)
    data = report_data(given)
    assert not list(Draft202012Validator(SCHEMA).iter_errors(data))
    assert data["recommendation"]["value"] == "no_decision"
    assert {one["outcome"] for one in data["competencies"]} == {"insufficient_evidence"}
    assert any(reason in one["reason"] for one in data["not_assessed"])
    _push(card, said)


def _page(page: str, reason: str) -> None:
    places = [page.index(part) for part in ("Not assessed", "No recommendation.", reason, "Recommendation No decision")]
    assert places == sorted(places)
    assert "of 100 overall" not in page
    assert " / 5" not in page
    assert "Not assessed is not a low rating" in page


def _push(card: Scorecard, said: tuple[Turn, ...]) -> None:
    result = AssessmentResult(
        id="r",
        created_at=datetime(2026, 11, 2, tzinfo=UTC),
        organisation_id="o",
        job={"id": "j"},
        candidate={"id": "c"},
        application_id="a",
        screening=SCREENING,
        scorecard=card,
        transcript=said,
        report_url="https://foyer.example/reports/1",
    )
    sent = json.loads(result_body(result))["data"]["scorecard"]
    assert sent["recommendation"] == "no_decision"
    assert sent["overall"] is None
    assert sent["not_assessed"] == [one.name for one in KIT.competencies]
