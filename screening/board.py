"""A job's screened resumes as arrays, so that another weight, threshold or requirement shows at once.

Built from what `screening.screen` gave; nothing is read or embedded again. Scores and decisions are those that a
`Screener` with the changed job would give, to the last digit (`tests/contract/test_board.py`). Quotes are not kept:
whoever is looked at is screened by itself. Called by `api.preview`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from matching.score import DECIMALS, nears, weighted_mean
from matching.skills import Vocabulary
from models.engines import Embedder, Vectors
from models.values import ASKED_LATER, Requirement, ScreeningResult, Status, Term
from screening.prepared import Prepared
from screening.scoring import is_gate
from screening.verdicts import Judge, requirement_texts

STATUSES: tuple[Status, ...] = get_args(Status)
_MET, _PARTLY, _NOT_MET, _UNKNOWN = range(4)
_TIES = 1e-5
"""fp32 cosines this near to a resume's best are computed again in fp64, as the Screener does: only they decide."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spans:
    """Everything about some resumes that a changed requirement needs: the spans' vectors one below the other (float32,
    may be a memory map), where each resume's begin, and what each resume says."""

    resumes: Sequence[Prepared]
    vectors: Vectors
    starts: NDArray[np.int64]
    allowed: NDArray[np.bool_]

    @classmethod
    def of(cls, resumes: Sequence[Prepared], vectors: Vectors) -> Spans:
        """`vectors`: one row a span, in the order of `resumes`."""
        starts = np.cumsum([0, *(len(one.texts) for one in resumes)])
        allowed = np.concatenate([np.zeros(0, np.bool_), *(one.allowed for one in resumes)])
        return cls(resumes, vectors, starts, allowed)

    def column(
        self, requirement: Requirement, embedder: Embedder, vocabulary: Vocabulary, *, now: date
    ) -> tuple[Floats, NDArray[np.int8]]:
        """(scores, statuses) of every resume for one requirement, judged by `screening.verdicts`."""
        judge = Judge(vocabulary)
        asked = embedder.embed(requirement_texts(requirement))
        ready = judge.ready(requirement, slice(0, len(asked)))
        cosines = self._cosines(asked, exact=requirement.kind in {"years", "degree"})
        scores, statuses = np.zeros(len(self.resumes)), np.zeros(len(self.resumes), np.int8)
        likeness = nears(cosines, [0], self.starts.tolist(), self.allowed)
        for row, (read, near) in enumerate(zip(self.resumes, likeness, strict=True)):
            verdict = judge.judge(ready, read, near[0], now)
            scores[row], statuses[row] = verdict.score, STATUSES.index(verdict.status)
        return scores, statuses

    def _cosines(self, asked: Vectors, *, exact: bool) -> Floats:
        """(texts, spans), rounded as `matching.score.similarities` rounds; the best of each resume exactly so."""
        if exact:
            near = np.concatenate(
                [
                    asked.astype(np.float64) @ self.vectors[at : at + 4096].astype(np.float64).T
                    for at in range(0, max(1, len(self.vectors)), 4096)
                ],
                axis=1,
            )
            exactly: Floats = np.round(near, DECIMALS)
            return exactly
        near = (asked @ self.vectors.T).astype(np.float64)
        most = np.where(self.allowed, near.max(axis=0), -2.0)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            best = np.maximum.reduceat(most, self.starts[filled])
            deciding = most >= np.repeat(best, np.diff(self.starts)[filled]) - _TIES
            rows = np.flatnonzero(deciding)
            near[:, rows] = asked.astype(np.float64) @ self.vectors[rows].astype(np.float64).T
        rounded: Floats = np.round(near, DECIMALS)
        return rounded


@dataclass(frozen=True)
class Board:
    """`values` and `statuses`: (resumes, requirements). `near`: (resumes, resume-level terms), `near_shares` what each
    weighs beside all requirements together."""

    requirements: tuple[Requirement, ...]
    values: Floats
    statuses: NDArray[np.int8]
    near: Floats
    near_shares: Floats

    @classmethod
    def of(cls, requirements: Sequence[Requirement], results: Sequence[ScreeningResult]) -> Board:
        """From results that judge exactly these requirements, in this order."""
        values = np.array([[one.score for one in result.requirements] for result in results], np.float64)
        statuses = np.array(
            [[STATUSES.index(one.status) for one in result.requirements] for result in results], np.int8
        )
        shape = (len(results), len(requirements))
        whole = sum(one.weight for one in requirements if not is_gate(one)) or 1.0
        shares = [term.weight / whole for term in _resume_terms(results[0])] if results else []
        near = np.array([[term.value for term in _resume_terms(result)] for result in results], np.float64)
        return cls(
            tuple(requirements),
            values.reshape(shape),
            statuses.reshape(shape),
            near.reshape(len(results), len(shares)),
            np.array(shares, np.float64),
        )

    def __len__(self) -> int:
        return len(self.values)

    def scores(self, weights: Mapping[str, float] | None = None) -> Floats:
        """(resumes,) scores with other weights (requirement id -> weight; the others keep theirs)."""
        own = np.array([(weights or {}).get(one.id, one.weight) for one in self.requirements], np.float64)
        adds = np.array([not is_gate(one) for one in self.requirements], np.bool_)
        counted = (self.statuses != _UNKNOWN) & adds
        whole = float(own[adds].sum()) or 1.0
        near = whole * self.near_shares
        weighed = counted @ own + near.sum()
        total = np.where(counted, self.values, 0.0) @ own + self.near @ near
        exact = np.divide(total, weighed, out=np.zeros(len(self)), where=weighed > 0)
        rounded: Floats = np.round(exact, DECIMALS)
        halves = np.abs(exact * 10**DECIMALS % 1.0 - 0.5) < 1e-6
        for row in np.flatnonzero(halves):  # as the one way to sum says
            kept = counted[row]
            values = [*self.values[row][kept], *self.near[row]]
            rounded[row] = weighted_mean(values, [*own[kept], *near])
        return rounded

    def decisions(self, threshold: float, review_band: float, scores: Floats | None = None) -> NDArray[np.int8]:
        """(resumes,) 0 advance, 1 review, 2 below; `scores` where they are known already."""
        given = self.scores() if scores is None else scores
        must = np.array([one.must_have for one in self.requirements], np.bool_)
        later = np.array([one.kind in ASKED_LATER for one in self.requirements], np.bool_)
        held = ((self.statuses == _NOT_MET) & must) | ((self.statuses == _UNKNOWN) & (must & ~later))
        clear = ~held.any(axis=1)
        found = np.full(len(self), 2, np.int8)
        found[given >= threshold - review_band] = 1
        found[(given >= threshold) & ~clear] = 1
        found[(given >= threshold) & clear] = 0
        return found

    def with_requirement(
        self, requirement: Requirement, spans: Spans, embedder: Embedder, vocabulary: Vocabulary, *, now: date
    ) -> Board:
        """The board with this requirement in the place of the one with its id, or as one more; only it is judged."""
        scores, statuses = spans.column(requirement, embedder, vocabulary, now=now)
        ids = [one.id for one in self.requirements]
        if requirement.id in ids:
            at = ids.index(requirement.id)
            values, judged = self.values.copy(), self.statuses.copy()
            values[:, at], judged[:, at] = scores, statuses
            asked = (*self.requirements[:at], requirement, *self.requirements[at + 1 :])
        else:
            values, judged = np.column_stack([self.values, scores]), np.column_stack([self.statuses, statuses])
            asked = (*self.requirements, requirement)
        return replace(self, requirements=asked, values=values, statuses=judged)

    def without(self, ids: set[str]) -> Board:
        """The board less some requirements."""
        kept = [at for at, one in enumerate(self.requirements) if one.id not in ids]
        asked = tuple(self.requirements[at] for at in kept)
        return replace(self, requirements=asked, values=self.values[:, kept], statuses=self.statuses[:, kept])


def _resume_terms(result: ScreeningResult) -> list[Term]:
    return [term for term in result.terms if term.requirement_id is None]
