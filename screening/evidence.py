"""Verdicts by rule and the quotes they rest on. Used by `screening.rules`, `conditions` and `verdicts`."""

from __future__ import annotations

from collections.abc import Sequence

from matching.score import DECIMALS
from models.values import Evidence, Requirement, RequirementScore, Span, Status

_SCORES: dict[Status, float] = {"met": 1.0, "partly": 0.5, "not_met": 0.0, "unknown": 0.0}


def quote(span: Span, similarity: float | None = None) -> Evidence:
    """A span as evidence: its own words, and where they stand."""
    return Evidence(
        quote=span.text,
        page=span.page,
        line=span.line,
        start=span.start,
        end=span.end,
        similarity=similarity,
        areas=span.areas,
    )


def placed(score: RequirementScore, document: str) -> RequirementScore:
    """The same verdict, its evidence tied to the file of this sha256."""
    evidence = tuple(one.model_copy(update={"document": document}) for one in score.evidence)
    return score.model_copy(update={"evidence": evidence}) if evidence else score


def verdict(
    requirement: Requirement, status: Status, spans: Sequence[Span], reason: str, *, score: float | None = None
) -> RequirementScore:
    return RequirementScore(
        requirement_id=requirement.id,
        status=status,
        score=round(_SCORES[status] if score is None else score, DECIMALS),
        evidence=tuple(quote(span) for span in spans),
        reason=reason,
    )
