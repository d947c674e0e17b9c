"""Verdicts and the quotes they rest on. Used by `screening.rules`, `conditions` and `verdicts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matching.score import DECIMALS
from models.values import Evidence, Requirement, RequirementScore, Span, Status

_SCORES: dict[Status, float] = {"met": 1.0, "partly": 0.5, "not_met": 0.0, "unknown": 0.0}


def quote(span: Span, similarity: float | None = None, document: str = "") -> Evidence:
    """A span as evidence: its own words, and where they stand."""
    return Evidence(
        quote=span.text,
        page=span.page,
        line=span.line,
        start=span.start,
        end=span.end,
        similarity=similarity,
        document=document,
        areas=span.areas,
    )


class Verdict(NamedTuple):
    """On one requirement, before it is written out. `quotes`: spans, each with its likeness (None for rules)."""

    requirement_id: str
    status: Status
    score: float
    quotes: tuple[tuple[Span, float | None], ...]
    reason: str

    def written(self, document: str) -> RequirementScore:
        """With its evidence, tied to the file of this sha256."""
        return RequirementScore(
            requirement_id=self.requirement_id,
            status=self.status,
            score=self.score,
            evidence=tuple(quote(span, likeness, document) for span, likeness in self.quotes),
            reason=self.reason,
        )


def verdict(
    requirement: Requirement, status: Status, spans: Sequence[Span], reason: str, *, score: float | None = None
) -> Verdict:
    value = _SCORES[status] if score is None else round(score, DECIMALS)
    return Verdict(requirement.id, status, value, tuple((span, None) for span in spans), reason)
