"""A decision in plain words, from what is stored: what the tool did, what a person did, what both rested on. Pure;
called by `api.exporting` (AI Act Art. 86, GDPR Art. 15(1)(h), Colorado SB 26-189).

Nothing is thought up here: every sentence tells a stored figure, a stored quote or a stored reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.values import Requirement, Scorecard, ScreeningResult

STATUS = {
    "met": "met",
    "partial": "met in part",
    "missing": "not found in what you sent",
    "unknown": "could not be told from what you sent",
}
DECISIONS = {"advance": "you go on", "reject": "your application ends", "review": "a person looks again"}
ROLE = (
    "Software compared your resume with what the job asks, asked the interview's questions, wrote down your answers "
    "and proposed ratings with quotes. It rejects nobody. Whatever was decided, a named person decided."
)
RIGHTS = (
    "You may see everything that is kept about you, correct facts and your transcript, say what you think of this, "
    "object, and ask for a person who has the power to decide otherwise. Use your interview's page, or write "
    "to the employer."
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; `person`: their name, empty where it was the job's own rule (an invitation)."""

    action: str
    person: str
    reason: str
    at: datetime


def explain(
    *,
    job: str,
    stage: str,
    requirements: Sequence[Requirement],
    screening: ScreeningResult | None,
    scorecard: Scorecard | None,
    decisions: Sequence[Decision],
) -> str:
    """Markdown, a page or two."""
    parts = [f"# How your application as {job} was judged", ROLE, *_decided(stage, decisions)]
    if screening is not None:
        parts += _screened(requirements, screening)
    if scorecard is not None:
        parts += _interviewed(scorecard)
    return "\n\n".join([*parts, "## What you can do", RIGHTS]) + "\n"


def _decided(stage: str, decisions: Sequence[Decision]) -> list[str]:
    told = [
        f"- {one.at:%d %B %Y}: {one.person or 'the rule of the job'} decided: {DECISIONS.get(one.action, one.action)}. "
        f"Reason: {one.reason or 'none was written down'}"
        for one in decisions
    ]
    return ["## What was decided", f"Your application stands at: {stage}.", *(["\n".join(told)] if told else [])]


def _screened(requirements: Sequence[Requirement], found: ScreeningResult) -> list[str]:
    asked = {one.id: one for one in requirements}
    lines = []
    for one in found.requirements:
        requirement = asked.get(one.requirement_id)
        name = requirement.text if requirement is not None else one.requirement_id
        must = ", which the job must have" if requirement is not None and requirement.must_have else ""
        quote = f' It rests on your words: "{one.evidence[0].quote}"' if one.evidence else ""
        lines.append(f"- {name}{must}: {STATUS.get(one.status, one.status)}.{quote}")
    return ["## Your resume", f"The software's score was {found.score:.2f} of 1. {found.reason}", "\n".join(lines)]


def _interviewed(card: Scorecard) -> list[str]:
    missing = [one for one in card.competencies if one.rating is None]
    lines = []
    for one in card.competencies:
        if one.rating is not None:
            quotes = "; ".join(f'"{each.quote}"' for each in one.evidence)
            lines.append(
                f"- {one.name}: {one.rating} of 5. {one.reason}" + (f" Your words: {quotes}" if quotes else "")
            )
    told = [f"The software proposed: {card.recommendation.replace('_', ' ')}. {card.reason}"]
    if missing:
        told.append("Not assessed, which counts for nothing: " + ", ".join(one.name for one in missing) + ".")
    return ["## Your interview", *told, *(["\n".join(lines)] if lines else [])]
