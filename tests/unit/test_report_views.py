"""What the parts of a report hold: the sum, what is missing, must-haves, the course, what differs; all of it on the
page."""

from __future__ import annotations

import re
from itertools import product
from typing import get_args

import pytest

from interview.report import render_html
from interview.report_input import Answer
from interview.report_timeline import timeline
from interview.report_views import competencies, computation, not_assessed, together
from models.values import Flag, Rating, Scorecard, Status, Turn, TurnEvidence, Word
from tests.report_world import NAMES, Check, full_report, plan, scorecard, turns
from tests.unit.test_report import CARD, PLAN, report, text

KIT = plan()
SAID = turns(KIT)


def missing(**changes: object) -> list[tuple[str, str, str]]:
    given = full_report(**changes)
    course = timeline(given.plan, given.turns, frozenset())
    return [(one.kind, one.name, one.reason) for one in not_assessed(given, competencies(given), course)]


# ---------------------------------------------------------------- the sum


@pytest.mark.proves(10)
def test_the_sum_is_shown_and_is_the_overall_score() -> None:
    given = full_report()
    made = computation(given.scorecard, competencies(given))
    assert made is not None
    assert made.total == pytest.approx(sum(one.score or 0 for one in given.scorecard.competencies))
    assert made.weights == 7
    assert made.agrees
    page = text(render_html(given))
    assert "1 × 82" in page
    assert f"equal weights: {made.total:g} / 7 = {given.scorecard.overall:g} of 100. Yes begins at 65." in page
    assert "The sum does not give" not in page


def test_a_sum_that_does_not_give_the_overall_score_is_said_aloud() -> None:
    wrong = CARD.model_copy(update={"overall": 80.0})
    assert "The sum does not give the overall score" in render_html(report(scorecard=wrong))


def test_the_weights_are_those_of_the_evaluator_where_it_says_so() -> None:
    class Weighted(Rating):
        weight: float

    first = Weighted(**{**CARD.competencies[0].model_dump(), "weight": 3.0})
    card = CARD.model_copy(update={"competencies": (first, CARD.competencies[1])})
    assert [view.weight for view in competencies(report(scorecard=card))] == [3.0, 1.0]
    assert "3 × 72.5" in text(render_html(report(scorecard=card)))


def test_a_quote_that_only_tells_of_missing_practice_speaks_against() -> None:
    said = Turn(
        role="candidate", text="We had no formal rule, so I wrote one. Mostly we did it by eye.", start=1, end=5
    )
    rule = "We had no formal rule, so I wrote one."
    quotes = tuple(TurnEvidence(quote=quote, turn=1) for quote in (rule, "Mostly we did it by eye."))
    rating = CARD.competencies[0].model_copy(update={"evidence": quotes})
    given = report(
        turns=(Turn(role="interviewer", text="?"), said),
        scorecard=CARD.model_copy(update={"competencies": (rating,)}),
    )
    (view,) = competencies(given)
    assert [quote.text for quote in view.quotes] == [rule]
    assert [quote.text for quote in view.against] == ["Mostly we did it by eye."]
    assert "Speaks against it" in render_html(given)


# ---------------------------------------------------------------- what is missing


def test_nothing_heard_is_the_first_thing_said() -> None:
    asked = tuple(turn for turn in SAID if turn.role == "interviewer")
    card = Scorecard(id="i", recommendation="no_decision", reason="No decision: 0 of 8 competencies rated.")
    found = missing(turns=asked, scorecard=card)
    assert found[0][0] == "interview"
    assert found[0][2].startswith("Nothing was heard from the candidate")
    assert ("question", KIT.questions[1].text, "Asked and not answered.") in found
    page = text(render_html(full_report(turns=asked, scorecard=card)))
    places = [
        page.index(part) for part in ("Not assessed", "No recommendation.", "Nothing was heard", "Recommendation No")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("finish", "said"),
    [("withdrawn", "ended the interview early"), ("abandoned", "interrupted"), ("time", "The time was up")],
)
def test_an_early_end_is_named(finish: str, said: str) -> None:
    assert said in missing(finish=finish)[0][2]


def test_questions_that_were_not_reached_are_counted_and_named() -> None:
    found = missing(turns=SAID[:6])
    assert ("question", KIT.questions[-1].text, "Not reached.") in found
    assert "7 of 9 questions without an answer." in text(render_html(full_report(turns=SAID[:6], scorecard=CARD)))


def test_words_heard_with_little_confidence_are_a_gap() -> None:
    unsure = Turn(
        role="candidate",
        text="a b c d",
        start=0,
        end=4,
        words=tuple(
            Word(text=letter, start=n, end=n + 1, confidence=0.2 if n else 0.9) for n, letter in enumerate("abcd")
        ),
    )
    (reason,) = [reason for kind, _, reason in missing(turns=(unsure,)) if kind == "recognition"]
    assert reason.startswith("75%")
    assert all(kind != "recognition" for kind, *_ in missing())


def test_what_stands_among_the_gaps_is_not_said_twice() -> None:
    card = CARD.model_copy(update={"flags": (Flag(code="little_said", detail="The candidate said 9 words."),)})
    page = render_html(report(scorecard=card))
    assert "The candidate said 9 words." not in page
    assert "The candidate said 8 words in all" in page


# ---------------------------------------------------------------- must-haves


@pytest.mark.parametrize(("resume", "check"), list(product(get_args(Status), (None, *get_args(Answer)))))
@pytest.mark.proves(9)
def test_unknown_is_never_no_and_who_differs_is_asked(resume: Status, check: Answer | None) -> None:
    answer, reason = together(resume, [check] if check else [])
    known = {one for one in (resume, check) if one in ("met", "not_met")}
    assert answer == (known.pop() if len(known) == 1 else "unknown")
    assert reason
    if {resume, check} == {"met", "not_met"}:
        assert "differ" in reason


def test_a_check_answers_beside_the_resume() -> None:
    page = text(render_html(full_report()))
    part = "shift Resume The resume does not say. Interview Yes, I can. 00:07 By the interview."
    assert f"Met On call one week in six {part}" in page
    no = Check("check_shift", "shift", "not_met", "Answered no.", "No.", 1, 7.0)
    assert "Not met On call one week in six" in text(render_html(full_report(checks=(no,))))
    loose = Check("check_shift", None, "unknown", "Asked, and not answered.")
    assert "Asked in the interview Unknown This job is on call" in text(render_html(full_report(checks=(loose,))))


def test_interview_evidence_stands_beside_the_resume_s() -> None:
    page = render_html(full_report())
    row = page[page.index("Python, five years") : page.index("Nice to have")]
    assert "Seven years of Python services" in row
    assert "data-start" in row


# ---------------------------------------------------------------- the course of it


def test_the_course_tells_answers_pauses_and_questions() -> None:
    said = (
        Turn(role="interviewer", text="?", start=0, end=10, question_id=KIT.questions[1].id),
        Turn(role="candidate", text="a b", start=20, end=60, question_id=KIT.questions[1].id),
        Turn(role="interviewer", text="over", start=55, end=65),
        Turn(role="candidate", text="typed"),
        Turn(role="candidate", text="c", start=80, end=100),
    )
    course = timeline(KIT, said, frozenset({1}))
    assert (course.seconds, course.spoke, course.pauses) == (100, 60, 25)
    assert [(block.x, block.width, block.quoted) for block in course.blocks][1] == (20, 40, True)
    assert (course.stops[1].outcome, course.stops[1].answered, course.stops[1].turn) == ("answered", 40, 0)
    assert course.stops[0].outcome == "not reached"


def test_a_typed_interview_has_no_picture_and_keeps_its_questions() -> None:
    typed = tuple(turn.model_copy(update={"start": None, "end": None, "words": ()}) for turn in SAID)
    page = render_html(full_report(turns=typed, audio_url=None, scorecard=CARD))
    assert "Timeline of" not in page
    assert "without times" in page


def test_every_block_of_the_picture_lies_within_it() -> None:
    course = timeline(KIT, SAID, frozenset())
    assert course.blocks
    assert all(block.x >= 0 and block.x + block.width <= 100.01 for block in course.blocks)
    assert all(0 < x <= 100 for x, _ in course.ticks)


# ---------------------------------------------------------------- the whole page


def test_what_differs_is_asked_about_and_nobody_is_called_a_liar() -> None:
    page = text(render_html(full_report()))
    part = page[page.index("To clear up") : page.index("What the job asks")]
    assert "Ran Kubernetes clusters for forty services page 1, line 16" in part
    assert "I have never used Kubernetes." in part
    assert "Ask The resume names Kubernetes." in part
    assert not re.search(r"\b(?:lie|lied|lying|false|dishonest|cheat\w*)\b", page, re.IGNORECASE)
    assert "To clear up" not in render_html(full_report(resume=None))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_set_apart(name: str) -> None:
    page = render_html(full_report(candidate_name=name, organisation=name))
    apart = rf"(?:<bdi>)+{re.escape(name)}(?:</bdi>)+"
    assert re.search(f"<h1>{apart}</h1>", page)
    assert re.search(f"<span>{apart} · confidential", page)


def test_the_page_says_what_the_score_is_not() -> None:
    page = text(render_html(full_report()))
    for part in (
        "Not a forecast, and not validated",
        "simulated interviews only",
        "all groups of people",
        "decide yourself",
    ):
        assert part in page


@pytest.mark.proves(58)
def test_anybody_s_markup_stays_text_in_every_part() -> None:
    evil = '"><img src=x onerror=alert(1)>'
    said = tuple(turn.model_copy(update={"text": evil, "words": ()}) for turn in SAID)
    rating = CARD.competencies[0].model_copy(
        update={"evidence": (TurnEvidence(quote=evil, turn=1, start=1, end=2),), "name": evil, "reason": evil}
    )
    card = scorecard(KIT, SAID).model_copy(update={"competencies": (rating,), "reason": evil})
    page = render_html(full_report(turns=said, scorecard=card, candidate_name=evil, finish=evil))
    assert "<img" not in page
    assert "onerror=alert(1)&gt;" in page


def test_without_a_plan_s_questions_it_still_renders() -> None:
    bare = PLAN.model_copy(update={"questions": (), "competencies": ()})
    assert "Recommendation" in render_html(report(plan=bare))
