"""A report's parts as page, PDF and JSON show them: arranged, never judged anew. Called by `interview.report` and
`interview.report_json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interview.evaluate import BANDS, level
from interview.report_input import Answer, CheckItem, ReportInput
from interview.report_timeline import Timeline
from interview.signals import shows
from interview.spoken import clock
from models.values import (
    Competency,
    InterviewPlan,
    ProbeSeeks,
    Question,
    Rating,
    Requirement,
    RequirementScore,
    Scorecard,
    Status,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim of the candidate's turn. `start` and `end` in seconds, None where no time is known."""

    text: str
    turn: int
    start: float | None
    end: float | None = None

    @property
    def time(self) -> str:
        return clock(self.start)


@dataclass(frozen=True, slots=True)
class CompetencyView:
    """One competency. `anchor` is the level the score is nearest to, with the rubric's text; `against`: quotes that
    tell of loose or missing practice."""

    rating: Rating
    weight: float
    level: str
    anchor: str
    quotes: Sequence[Quote]
    against: Sequence[Quote]
    missing: Sequence[str]
    ask: str
    requirement_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Addend:
    name: str
    weight: float
    score: float

    @property
    def product(self) -> float:
        return self.weight * self.score


@dataclass(frozen=True, slots=True)
class Computation:
    """overall = total / weights. `rule`: which band the overall score lies in. `agrees`: the sum gives the Scorecard's
    overall score, as it must; where it does not, the page says so."""

    addends: Sequence[Addend]
    weights: float
    total: float
    overall: float
    rule: str
    equal: bool
    agrees: bool


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """Something that is missing from the judgement. `kind`: competency, question, recording or recognition."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequirementView:
    """`quotes`: of the resume, with their place ("page 2", "line 14"). `said`: of the interview, from the competencies
    that the requirement stands behind and from its check. `answer`: for a must-have, what both together say."""

    requirement: Requirement
    status: Status
    reason: str
    quotes: Sequence[tuple[str, str]]
    said: Sequence[Quote]
    answer: Answer
    answer_reason: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check of the interview that belongs to no requirement of the list."""

    text: str
    answer: Answer
    reason: str
    said: Quote | None


PART_NAMES: Mapping[ProbeSeeks, str] = {
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
_SAID_MOST = 2
UNSURE = 0.5
"""A recogniser's confidence in a word below which it may as well be another."""
UNSURE_SHARE = 0.1
LITTLE_SAID = 50
FINISHED: Mapping[str, str] = {
    "withdrawn": "The candidate ended the interview early.",
    "abandoned": "The interview was interrupted and not taken up again.",
    "time": "The time was up before the last question.",
}


def words(identifier: str) -> str:
    """A stable word or name for people: `strong_yes` to 'Strong yes', `data_judgement` to 'Data judgement'."""
    text = identifier.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


# ---------------------------------------------------------------- competencies


def competencies(report: ReportInput) -> list[CompetencyView]:
    return [_competency(rating, report) for rating in report.scorecard.competencies]


def _competency(rating: Rating, report: ReportInput) -> CompetencyView:
    known: dict[str, Competency] = {one.id: one for one in report.plan.competencies}
    competency = known.get(rating.competency_id)
    nearest = level(rating.score) if rating.score is not None else ""
    quotes = [(Quote(one.quote, one.turn, one.start, one.end), _is_against(one.quote)) for one in rating.evidence]
    return CompetencyView(
        rating=rating,
        weight=_weight(rating, competency),
        level=nearest,
        anchor=getattr(competency.anchors, nearest) if competency and nearest else "",
        quotes=[quote for quote, against in quotes if not against],
        against=[quote for quote, against in quotes if against],
        missing=[PART_NAMES[part] for part in rating.missing],
        ask=_ask(rating, report.plan),
        requirement_ids=competency.requirement_ids if competency else (),
    )


def _is_against(quote: str) -> bool:
    """It tells of loose or missing practice, and of nothing that was done instead."""
    signals = shows(quote)
    return bool(signals & {"loose", "denied"}) and not signals & {"action", "result", "reasoning"}


def _weight(rating: Rating, competency: Competency | None) -> float:
    """As the evaluator used it, where it says so."""
    used = getattr(rating, "weight", None)
    return float(used if used is not None else competency.weight if competency else 1.0)


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


def computation(card: Scorecard, views: Sequence[CompetencyView]) -> Computation | None:
    """How the overall score comes about; None where there is none."""
    if card.overall is None:
        return None
    addends = [
        Addend(words(view.rating.name), view.weight, view.rating.score)
        for view in views
        if view.rating.score is not None
    ]
    weights, total = sum(one.weight for one in addends), sum(one.product for one in addends)
    if not weights:
        return None
    bands = [(floor, name) for floor, name in BANDS if card.overall >= floor]
    rule = f"{words(bands[0][1])} begins at {bands[0][0]:g}" if bands and bands[0][1] == card.recommendation else ""
    return Computation(
        addends=addends,
        weights=weights,
        total=total,
        overall=card.overall,
        rule=rule,
        equal=len({one.weight for one in addends}) == 1,
        agrees=abs(total / weights - card.overall) < 0.06,
    )


# ---------------------------------------------------------------- what is missing


def not_assessed(report: ReportInput, views: Sequence[CompetencyView], course: Timeline) -> list[NotAssessed]:
    """What the judgement does not cover, the reason for the whole first."""
    missing = [*_whole(report)]
    missing += [
        NotAssessed("competency", words(view.rating.name), view.rating.reason)
        for view in views
        if view.rating.rating is None
    ]
    missing += [
        NotAssessed("question", stop.question.text, _unanswered(stop.outcome))
        for stop in course.stops
        if stop.outcome != "answered" and stop.question.kind != "candidate_questions"
    ]
    return missing + _unsure(report)


def _unanswered(outcome: str) -> str:
    return "Asked and not answered." if outcome == "not answered" else "Not reached."


def _whole(report: ReportInput) -> list[NotAssessed]:
    said = sum(len(turn.text.split()) for turn in report.turns if turn.role == "candidate")
    reasons = [FINISHED[report.finish]] if report.finish in FINISHED else []
    if not said:
        reasons.append("Nothing was heard from the candidate; a person should find out why.")
    elif said < LITTLE_SAID:
        reasons.append(f"The candidate said {said} word{'s' * (said != 1)} in all; a person should find out why.")
    return [NotAssessed("interview", "The interview as a whole", " ".join(reasons))] if reasons else []


def _unsure(report: ReportInput) -> list[NotAssessed]:
    sure = [word.confidence for turn in report.turns if turn.role == "candidate" for word in turn.words]
    known = [confidence for confidence in sure if confidence is not None]
    share = sum(confidence < UNSURE for confidence in known) / len(known) if known else 0.0
    if share < UNSURE_SHARE:
        return []
    reason = f"{share:.0%} of the candidate's words were recognised with little confidence. Listen to what you quote."
    return [NotAssessed("recognition", "Words that may be misheard", reason)]


# ---------------------------------------------------------------- requirements, must-haves, checks


def requirements(report: ReportInput, views: Sequence[CompetencyView]) -> list[RequirementView]:
    """Must-haves first; inside both groups what needs a look comes before what is met."""
    scores = {score.requirement_id: score for score in report.screening.requirements} if report.screening else {}
    found = [_requirement(one, scores.get(one.id), report, views) for one in report.requirements]
    return sorted(found, key=lambda view: (not view.requirement.must_have, _STATUS_ORDER[view.status]))


def _requirement(
    requirement: Requirement, score: RequirementScore | None, report: ReportInput, views: Sequence[CompetencyView]
) -> RequirementView:
    checks = [check for check in report.checks if check.requirement_id == requirement.id]
    said = [quote for check in checks if (quote := _check_quote(check))]
    for view in views:
        if requirement.id in view.requirement_ids:
            said += view.quotes[:_SAID_MOST]
    status, reason = (score.status, score.reason) if score else ("unknown", "Not looked at.")
    answer, why = together(status, [check.status for check in checks])
    return RequirementView(
        requirement=requirement,
        status=status,
        reason=reason,
        quotes=[(one.quote, place(one.page, one.line)) for one in score.evidence] if score else (),
        said=said[: _SAID_MOST + len(checks)],
        answer=answer,
        answer_reason=why,
    )


def together(resume: Status, checks: Sequence[Answer]) -> tuple[Answer, str]:
    """What resume and interview say of a must-have, and from where. Whoever knows speaks; where both know and differ,
    nobody does: a person asks."""
    told: dict[str, Answer] = {"resume": "unknown" if resume == "partly" else resume}
    told |= {f"interview {number}": check for number, check in enumerate(checks)}
    known = {answer for answer in told.values() if answer != "unknown"}
    if len(known) > 1:
        return "unknown", "Resume and interview differ: ask, and have it shown."
    if not known:
        return "unknown", "Partly shown in the resume: ask." if resume == "partly" else "Neither says: ask."
    places = dict.fromkeys(place.split()[0] for place, answer in told.items() if answer != "unknown")
    return known.pop(), f"By the {' and the '.join(places)}."


def _check_quote(check: CheckItem) -> Quote | None:
    if not check.quote or check.turn is None:
        return None
    return Quote(check.quote, check.turn, check.start)


def other_checks(report: ReportInput) -> list[CheckView]:
    """The interview's checks that no requirement of the list stands behind."""
    listed = {requirement.id for requirement in report.requirements}
    asked: dict[str, Question] = {question.id: question for question in report.plan.questions}
    return [
        CheckView(asked[check.question_id].text, check.status, check.reason, _check_quote(check))
        for check in report.checks
        if check.requirement_id not in listed and check.question_id in asked
    ]


def place(page: int | None, line: int | None) -> str:
    named = [f"page {page}"] if page is not None else []
    return ", ".join([*named, f"line {line}"] if line is not None else named)
