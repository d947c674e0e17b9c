"""A Scorecard as a page for the person who decides: one self-contained HTML file that reads in two minutes, prints on
A4 and Letter, and shows for every rating what the candidate said. Called by the report step of `api.pipeline`.

What could not be assessed comes first. Nothing here judges: it only arranges what `interview.evaluate` found. The
words around it are in web/templates/report.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from interview.evaluate import level
from interview.report_context import clock, context_view
from interview.spoken import SpokenWord, spoken_words
from models.settings import ROOT
from models.values import (
    Competency,
    Flag,
    InterviewPlan,
    ProbeSeeks,
    Rating,
    Requirement,
    RequirementScore,
    Scorecard,
    ScreeningResult,
    Signal,
    Status,
    Turn,
)


@dataclass(frozen=True)
class ReportInput:
    """Everything a report shows. `minutes`: as held. `engines`: what ran, by role (recogniser, voice, ...).
    `consent`: one sentence, what was agreed to and when. `audio_url`: where the recording plays, None without one.
    `basis`: which interview this is, where there were two or an earlier one was used with consent."""

    interview_id: str
    job_title: str
    candidate_name: str
    organisation: str
    date: date
    minutes: float
    plan: InterviewPlan
    turns: Sequence[Turn]
    scorecard: Scorecard
    screening: ScreeningResult | None
    requirements: Sequence[Requirement]
    engines: Mapping[str, str]
    consent: str
    audio_url: str | None
    basis: str = ""
    signals: Sequence[Signal] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    turn: int
    time: str
    start: float | None


@dataclass(frozen=True, slots=True)
class CompetencyView:
    """One competency as the page shows it. `anchor` is the level the score is nearest to, with the rubric's text."""

    rating: Rating
    level: str
    anchor: str
    quotes: Sequence[Quote]
    missing: Sequence[str]
    ask: str


@dataclass(frozen=True, slots=True)
class RequirementView:
    requirement: Requirement
    status: Status
    reason: str
    quotes: Sequence[tuple[str, str]]
    """Quote and place ("page 2", "line 14")."""


@dataclass(frozen=True, slots=True)
class Line:
    """`words`: of an answer whose words have times."""

    number: int
    turn: Turn
    time: str
    words: Sequence[SpokenWord]


_PART_NAMES: Mapping[ProbeSeeks, str] = {
    "situation": "a concrete situation",
    "action": "the candidate's own action",
    "result": "a result",
    "number": "a number",
}
_ASK: Mapping[ProbeSeeks, str] = {
    "situation": "Which one case are you thinking of, and what was going on at the time?",
    "action": "What did you yourself do, step by step?",
    "result": "How did it end, and how did you know?",
    "number": "How much did it change? Give a figure, even a rough one.",
}
_STATUS_ORDER: Mapping[Status, int] = {"not_met": 0, "unknown": 1, "partly": 2, "met": 3}


def render_html(report: ReportInput) -> str:
    """The whole page. The same input gives the same bytes."""
    card = report.scorecard
    competencies = [_competency(rating, report) for rating in card.competencies]
    requirements = _requirements(report)
    return _template().render(
        report=report,
        card=card,
        competencies=competencies,
        unrated=[view for view in competencies if view.rating.rating is None],
        requirements=requirements,
        must=[view for view in requirements if view.requirement.must_have],
        lines=[
            Line(number, turn, clock(turn.start), spoken_words(turn) if report.audio_url else ())
            for number, turn in enumerate(report.turns)
        ],
        flags=_flags(report),
        context=context_view(report.signals, report.turns, report.plan.language),
        date=f"{report.date.day} {_MONTHS[report.date.month - 1]} {report.date.year}",
        scored=all(flag.code != "not_scored" for flag in card.flags),
        weak_recogniser=any("sphinx" in engine.lower() for engine in report.engines.values()),
    )


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "web" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = words
    return environment.get_template("report.html")


def words(identifier: str) -> str:
    """A stable word or name for people: `strong_yes` to 'Strong yes', `data_judgement` to 'Data judgement'."""
    text = identifier.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _competency(rating: Rating, report: ReportInput) -> CompetencyView:
    known: dict[str, Competency] = {one.id: one for one in report.plan.competencies}
    competency = known.get(rating.competency_id)
    nearest = level(rating.score) if rating.score is not None else ""
    return CompetencyView(
        rating=rating,
        level=nearest,
        anchor=getattr(competency.anchors, nearest) if competency and nearest else "",
        quotes=[Quote(one.quote, one.turn, clock(one.start), one.start) for one in rating.evidence],
        missing=[_PART_NAMES[part] for part in rating.missing],
        ask=_ask(rating, report.plan),
    )


def _ask(rating: Rating, plan: InterviewPlan) -> str:
    """A question for the next round with a person: the plan's own probe for what was missing, or its core question
    where nothing could be rated."""
    questions = [one for one in plan.questions if one.competency_id == rating.competency_id]
    if rating.rating is None:
        return questions[0].text if questions else "Tell me about a time when this mattered in your work."
    probes = {probe.seeks: probe.text for question in questions for probe in question.probes}
    for part in ("action", "result", "situation", "number"):
        if part in rating.missing:
            return probes.get(part, _ASK[part])
    return "What would you do differently if you had to do it again, and why?"


def _requirements(report: ReportInput) -> list[RequirementView]:
    """Must-haves first; inside both groups what needs a look comes before what is met."""
    scores = {score.requirement_id: score for score in report.screening.requirements} if report.screening else {}
    views = [_requirement(one, scores.get(one.id)) for one in report.requirements]
    return sorted(views, key=lambda view: (not view.requirement.must_have, _STATUS_ORDER[view.status]))


def _requirement(requirement: Requirement, score: RequirementScore | None) -> RequirementView:
    if score is None:
        return RequirementView(requirement, "unknown", "Not looked at.", ())
    quotes = [(one.quote, _place(one.page, one.line)) for one in score.evidence]
    return RequirementView(requirement, score.status, score.reason, quotes)


def _place(page: int | None, line: int | None) -> str:
    named = [f"page {page}"] if page is not None else []
    return ", ".join([*named, f"line {line}"] if line is not None else named)


def _flags(report: ReportInput) -> Sequence[Flag]:
    return (*report.scorecard.flags, *(report.screening.flags if report.screening else ()))
