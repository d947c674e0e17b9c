"""From verdicts to one score: its terms, and what it would be if one verdict were another.

Pure; called by `screening.screen` and by whoever changes a weight or a verdict without judging again. A score is
sum(weight x value) / sum(weight) over its terms and nothing else, so the terms are the explanation.

- A requirement that could be judged is a term of its own weight. Unknown is left out: it is a question, not a fault.
- A must-have fact (years, degree, certificate, language, place, permit, shift) gates and is no term: having what
  everyone must have earns nothing.
- How near the whole resume is to the job (`matching.nearness`) weighs a fixed share of all that a job's requirements
  weigh together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.nearness import SHARES
from matching.score import weighted_mean
from models.values import Requirement, RequirementKind, RequirementScore, ScreeningResult, Term

FACTS: frozenset[RequirementKind] = frozenset(
    {"years", "degree", "certificate", "language", "location", "authorisation", "shift"}
)
NAMES = {
    "words": "Words shared with the posting",
    "pairs": "Phrases shared with the posting",
    "lines": "Lines close in meaning",
    "topic": "The whole resume and the whole posting",
    "title": "Closeness to the job title",
}
"""What a resume-level term is called where people read it."""


def is_gate(requirement: Requirement) -> bool:
    """Does it only decide whether someone can be considered, and add nothing to a score?"""
    return requirement.must_have and requirement.kind in FACTS


def terms_of(
    requirements: Sequence[Requirement], verdicts: Sequence[RequirementScore], nearness: Mapping[str, float]
) -> tuple[Term, ...]:
    """The addends of a score: `verdicts` beside `requirements`, `nearness` as `matching.nearness` gives it (may be
    empty)."""
    asked = [
        Term(name=one.text, value=verdict.score, weight=one.weight, requirement_id=one.id)
        for one, verdict in zip(requirements, verdicts, strict=True)
        if verdict.status != "unknown" and not is_gate(one)
    ]
    whole = sum(one.weight for one in requirements if not is_gate(one)) or 1.0
    near = [Term(name=NAMES[name], value=value, weight=whole * SHARES[name]) for name, value in nearness.items()]
    return (*asked, *near)


def total(terms: Sequence[Term]) -> float:
    """The score of these terms, to 6 decimals; 0 where nothing weighs anything."""
    return weighted_mean([term.value for term in terms], [term.weight for term in terms])


def what_if(result: ScreeningResult, requirement: Requirement, value: float = 1.0) -> float:
    """The score if `requirement` were judged `value` (0..1; 1 is fully met) and all else stayed: exact, not estimated.

    A gate moves no score; what is unknown so far becomes a term."""
    if is_gate(requirement):
        return result.score
    others = [term for term in result.terms if term.requirement_id != requirement.id]
    changed = Term(name=requirement.text, value=value, weight=requirement.weight, requirement_id=requirement.id)
    return total([*others, changed])


@dataclass(frozen=True, slots=True)
class Addend:
    """A line of the explanation. `points`: what the term adds to the score, in hundredths; they sum to it. `if_met`:
    the score in hundredths if this requirement were fully met and all else stayed; None for the resume-level terms."""

    term: Term
    points: float
    if_met: float | None


def explained(result: ScreeningResult, requirements: Sequence[Requirement]) -> list[Addend]:
    """The terms of a score, the weightiest first, and what would change it."""
    whole = sum(term.weight for term in result.terms) or 1.0
    asked = {one.id: one for one in requirements}
    found = []
    for term in result.terms:
        requirement = asked.get(term.requirement_id or "")
        if_met = None if requirement is None else 100 * what_if(result, requirement)
        found.append(Addend(term, 100 * term.weight * term.value / whole, if_met))
    return sorted(found, key=lambda one: -one.term.weight)
