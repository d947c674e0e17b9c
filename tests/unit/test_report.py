"""The page: what it must show, where, and that nobody's words become markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from interview.report import ReportInput, clock, render_html, words
from interview.second_rater import combine
from models.values import (
    Anchors,
    Competency,
    Evidence,
    InterviewPlan,
    Probe,
    Question,
    Rating,
    Requirement,
    RequirementScore,
    Scorecard,
    ScreeningResult,
    SecondRating,
    Signal,
    Turn,
    TurnEvidence,
)

TURNS = (
    Turn(role="interviewer", text="How do you work?", start=0, end=4),
    Turn(role="candidate", text="I <b>led</b> it & cut errors.", start=65.5, end=70),
    Turn(role="candidate", text="متأكد 王小明"),
)
PLAN = InterviewPlan(
    id="plan-1",
    version=3,
    title="Nurse kit",
    welcome="",
    closing="",
    competencies=tuple(
        Competency(id=name, name=name, anchors=Anchors(low="LOW text", medium="MEDIUM text", high="HIGH text"))
        for name in ("wound_care", "handover")
    ),
    questions=(
        Question(
            id="q1",
            competency_id="wound_care",
            text="Core question",
            probes=(Probe(id="p", seeks="result", text="What came of it?"),),
        ),
        Question(id="q2", competency_id="handover", text="Tell me about a handover."),
    ),
)
CARD = Scorecard(
    id="i1",
    recommendation="yes",
    reason="72.5 of 100, the mean of 1 of 2 competencies rated.",
    overall=72.5,
    not_assessed=("handover",),
    competencies=(
        Rating(
            competency_id="wound_care",
            name="wound_care",
            rating=4,
            score=72.5,
            confidence="medium",
            reason="Nearest to the medium anchor.",
            evidence=(TurnEvidence(quote="I <b>led</b> it & cut errors.", turn=1, start=65.5, end=70),),
            missing=("result",),
        ),
        Rating(competency_id="handover", name="handover", reason="Insufficient evidence. No answer was about this."),
    ),
    versions={"evaluator": "1", "transcript_sha256": "abc123"},
)
REQUIREMENTS = (
    Requirement(id="r1", text="English C1", kind="language", must_have=False),
    Requirement(id="r2", text="Nursing licence", kind="certificate", must_have=True),
    Requirement(id="r3", text="Shift work", kind="shift", must_have=True),
)
SCREENING = ScreeningResult(
    score=0.6,
    decision="advance",
    reason="Above the threshold.",
    requirements=(
        RequirementScore(
            requirement_id="r2", status="met", score=1, evidence=(Evidence(quote="RN licence 2019", page=2, line=40),)
        ),
        RequirementScore(requirement_id="r3", status="unknown", score=0, reason="The resume does not say."),
    ),
)


def report(**changes: object) -> ReportInput:
    values: dict[str, object] = {
        "interview_id": "i1",
        "job_title": "Nurse",
        "candidate_name": "Zoë Nguyễn",
        "organisation": "Nord & Süd",
        "date": date(2026, 11, 2),
        "minutes": 29.6,
        "plan": PLAN,
        "turns": TURNS,
        "scorecard": CARD,
        "screening": SCREENING,
        "requirements": REQUIREMENTS,
        "engines": {"recogniser": "whisper base.en", "voice": "espeak-ng en"},
        "consent": "Agreed on 2 November 2026.",
        "audio_url": None,
    }
    return ReportInput(**{**values, **changes})  # type: ignore[arg-type]


def text(page: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split())


@pytest.mark.proves(8)
def test_not_assessed_stands_before_everything_that_judges() -> None:
    page = text(render_html(report()))
    places = [page.index(part) for part in ("Not assessed", "Recommendation", "A person decides", "At a glance")]
    assert places == sorted(places)
    assert "Handover. Insufficient evidence. No answer was about this." in page


def test_the_recommendation_comes_with_its_computation() -> None:
    page = text(render_html(report()))
    assert "Yes 72 of 100 overall" in page or "Yes 73 of 100 overall" in page
    assert CARD.reason in page


def test_a_quote_leads_to_its_line_of_the_transcript() -> None:
    page = render_html(report())
    assert re.search(r'<a class="time" href="#t1" data-start="65.50"[^>]*>01:05</a><blockquote', page)
    assert 'id="t1" class="candidate"' in page
    assert page.count("I &lt;b&gt;led&lt;/b&gt; it &amp; cut errors.") == 2


def test_matched_anchor_missing_part_and_next_question() -> None:
    page = text(render_html(report()))
    assert "Nearest anchor: medium MEDIUM text" in page
    assert "Not heard a result Ask next What came of it?" in page
    assert "Ask next Tell me about a handover." in page


def test_requirements_have_three_values_and_must_haves_come_first() -> None:
    page = text(render_html(report()))
    places = [page.index(part) for part in ("Must have Unknown", "Shift work", "Nursing licence", "Nice to have")]
    assert places == sorted(places)
    assert "RN licence 2019 page 2, line 40" in page
    assert page.index("Nice to have") < page.index("English C1 language Resume Not looked at.")


@pytest.mark.parametrize(("engine", "warned"), [("pocketsphinx 5.1", True), ("whisper base.en", False)])
def test_a_weak_recogniser_is_said_plainly(engine: str, warned: bool) -> None:
    assert ("Not for real candidates" in render_html(report(engines={"recogniser": engine}))) is warned


@pytest.mark.proves(58)
def test_nobodys_words_become_markup() -> None:
    evil = '"><script>alert(1)</script>'
    turns = (Turn(role="candidate", text=evil),)
    page = render_html(
        report(candidate_name=evil, job_title=evil, organisation=evil, consent=evil, turns=turns, engines={evil: evil})
    )
    assert "<script" not in page


def test_names_of_any_script_are_in_the_page_as_they_are() -> None:
    for name in ("Zoë Nguyễn-Ōkubo", "محمد بن عبد الله", "王小明", "Ἀριστοτέλης"):
        assert f"<bdi>{name}</bdi>" in render_html(report(candidate_name=name))


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = render_html(report())
    assert not re.search(r'(?:src|href)="(?!#)|url\(|@import|https?://', page)
    assert "<audio" not in page
    assert 'src="/audio/i1"' in render_html(report(audio_url="/audio/i1"))


def test_the_same_input_gives_the_same_bytes() -> None:
    assert render_html(report()) == render_html(report())


def test_without_screening_plan_or_times_it_still_renders() -> None:
    bare = Scorecard(id="i", recommendation="no_decision", reason="No decision.")
    page = text(render_html(report(screening=None, requirements=(), scorecard=bare, turns=())))
    assert "No decision" in page
    assert "What the resume shows" not in page


def test_small_words() -> None:
    assert [clock(s) for s in (None, 0, 59.9, 61, 3600)] == ["", "00:00", "00:59", "01:01", "60:00"]
    assert [words(w) for w in ("strong_yes", "data judgement", "")] == ["Strong yes", "Data judgement", ""]


# ---------------------------------------------------------------- a second rater


def second(**changes: object) -> ReportInput:
    """The report with a second rating of the first competency."""
    given = SecondRating(
        rating=2,
        evidence=(TurnEvidence(quote="I <b>led</b> it", turn=1, start=65.5, end=66),),
        reason="Only <i>said</i>.",
        model="mind@host",
        prompt_sha256="abc",
    ).model_copy(update=changes)
    shown = report()
    return replace(shown, scorecard=combine(shown.scorecard, {"wound_care": given}))


def test_a_second_rating_stands_beside_foyers_and_says_whether_they_agree() -> None:
    page = render_html(second())
    assert "Second rater: mind@host" in page
    assert "The raters disagree:" in page
    assert "The raters disagree on wound care: Foyer rates 4 of 5, the second rater rates 2 of 5." in page
    assert "Only &lt;i&gt;said&lt;/i&gt;." in page
    assert page.count("I &lt;b&gt;led&lt;/b&gt; it") >= 2
    assert 'href="#t1" data-start="65.50"' in page
    assert "72 of 100 overall" in page
    assert "Both raters agree." in render_html(second(rating=4))
    assert "Within one level" in render_html(second(rating=3))
    assert "Saw too little to rate." in render_html(second(rating=None, evidence=()))


def test_an_absent_second_rating_says_why_and_a_report_without_one_says_nothing() -> None:
    page = render_html(second(rating=None, evidence=(), reason="", absent="Mind refused with 500: oops."))
    assert "No usable rating. Mind refused with 500: oops." in page
    assert "No second rating for 1 of 1 competencies (wound care)" in page
    assert "econd rat" not in render_html(report())


def test_signals_stand_apart_from_what_is_judged_and_change_nothing_else() -> None:
    signal = Signal(code="pasted", at=65.5, question=2, detail="840 characters.", innocent="Their own <draft>.")
    plain, noted = render_html(report()), render_html(report(signals=(signal,)))
    page = text(noted)
    assert "01:05 Pasted text question 2 840 characters. May well be: Their own &lt;draft&gt;." in page
    assert page.index("What was said") < page.index("Context, not scored") < page.index("Transcript")
    first = noted.index('  <section aria-labelledby="context">')
    last = noted.index("</section>", first) + len("</section>\n")
    assert noted[:first] + noted[last:] == plain


def test_the_cleaned_view_is_offered_where_it_differs() -> None:
    said = (Turn(role="candidate", text="Um, I I led it."), Turn(role="interviewer", text="Um, the the end."))
    assert "data-left-out" not in render_html(report(audio_url="/a"))
    page = render_html(report(audio_url="/a", turns=said))
    assert 'data-left-out="{&#34;0&#34;:[0,1]}"' in page
    assert "Um, I I led it." in page, "every word is there"
