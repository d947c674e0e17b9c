"""From answers to measured features per competency, and from features to a score. Called by `interview.evaluate`; the
bench fits the weights over the same `measure`.

No language model: which answers speak to a competency, and how near they come to its anchors, is told by sentence
vectors; what they hold (an own action, a result, a reason ...) by `interview.signals`. Weights were fitted with every
sign fixed beforehand, so that no signal can count against its meaning, and length is no feature: all are shares or
means. `evaluate_coefficients.json` holds them; docs/evaluation.md is their validation card.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interview.evidence import Answer, Sentence
from models.engines import Embedder, Vectors
from models.values import Competency, Question

Cosines = NDArray[np.float64]
Usable = NDArray[np.bool_]

FEATURES: tuple[str, ...] = (
    *("match", "margin", "action", "result", "number", "reasoning", "specific", "loose", "denied"),
)
"""`match`: cosine of the best three sentences to the high anchor. `margin`: how much nearer the answers are to the high
than to the low anchor. The others: share of the answers' sentences that show the signal, weighted by relevance."""

ANSWERS = 3
"""Answers that speak for a competency: more would let many thin ones outweigh a good one."""
SHARPNESS = 20.0
"""Relevance to weight: an answer 0.05 less relevant counts 1/e as much."""
NEAR = 0.1
"""Cosine. An answer speaks for the competency it is nearest to, and for others at most this much farther away."""
REPEAT = 0.93
"""Cosine from which a sentence says what another has said already."""

_COEFFICIENTS = Path(__file__).with_name("evaluate_coefficients.json")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Weights:
    """`score = intercept + sum(weight x feature)`, cut to 0..100. `floor`: relevance from which an answer is about a
    competency at all. `words`: fewest words that can be rated."""

    version: str
    intercept: float
    features: Mapping[str, float]
    floor: float
    words: int

    @classmethod
    def load(cls) -> Weights:
        data: dict[str, Any] = json.loads(_COEFFICIENTS.read_text("utf-8"))
        return cls(data["version"], data["intercept"], data["features"], data["floor"], data["words"])

    def score(self, measured: Mapping[str, float]) -> float:
        raw = self.intercept + sum(self.features[name] * measured[name] for name in FEATURES)
        return round(min(100.0, max(0.0, raw)), 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One competency: its relevant answers (most relevant first), their sentences by weight, the features."""

    competency: Competency
    relevance: tuple[float, ...]
    answers: tuple[Answer, ...]
    sentences: tuple[tuple[Sentence, float], ...]
    features: Mapping[str, float]

    @property
    def words(self) -> int:
        return sum(sentence.words for sentence, _ in self.sentences)


class Rubric:
    """Competencies as vectors, embedded once."""

    def __init__(self, competencies: Sequence[Competency], embedder: Embedder) -> None:
        self.competencies = tuple(competencies)
        texts = [text for one in competencies for text in (one.anchors.low, one.anchors.medium, one.anchors.high)]
        self.anchors = embedder.embed(texts).reshape(len(self.competencies), 3, -1)
        centres = self.anchors.sum(axis=1)
        self.centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        self.high = [embedder.embed(_SENTENCE_END.split(one.anchors.high.strip())) for one in competencies]


def measure(
    found: Sequence[Answer], rubric: Rubric, embedder: Embedder, floor: float, questions: Sequence[Question] = ()
) -> list[Measured | None]:
    """One entry a competency; None where no answer is about it. With the plan's `questions`, an answer to a question
    asked for one competency counts for that one alone."""
    if not found:
        return [None] * len(rubric.competencies)
    asked = _rounded(embedder.embed([f"{answer.question} {answer.text}" for answer in found]) @ rubric.centres.T)
    # What is common to all competencies of a job (its field, its jargon) says nothing about which one is meant.
    relevance = 0.5 * asked + asked - asked.mean(axis=1, keepdims=True)
    usable = _usable(asked, floor, found, rubric.competencies, questions)
    vectors = [embedder.embed([sentence.text for sentence in answer.sentences]) for answer in found]
    wholes = _rounded(np.einsum("ad,cld->acl", embedder.embed([answer.text for answer in found]), rubric.anchors))
    measured: list[Measured | None] = []
    for column, competency in enumerate(rubric.competencies):
        rows = [row for row in range(len(found)) if usable[row, column]]
        best = sorted(rows, key=lambda row: (-relevance[row, column], row))[:ANSWERS]
        if not best:
            measured.append(None)
            continue
        weights = np.exp(SHARPNESS * (relevance[best, column] - relevance[best[0], column]))
        weights /= weights.sum()
        sentences, match = _weighted(
            [(found[row], vectors[row], float(weight)) for row, weight in zip(best, weights, strict=True)],
            rubric.high[column],
        )
        features = _features(sentences, match)
        features["margin"] = float(np.dot(weights, wholes[best, column, 2] - wholes[best, column, 0]))
        measured.append(
            Measured(
                competency,
                tuple(float(asked[row, column]) for row in best),
                tuple(found[row] for row in best),
                tuple(sentences),
                {name: round(features[name], 4) for name in FEATURES},
            )
        )
    return measured


def _usable(
    asked: Cosines,
    floor: float,
    found: Sequence[Answer],
    competencies: Sequence[Competency],
    questions: Sequence[Question],
) -> Usable:
    """Which answer may speak for which competency: as its question was planned, or else as near as it comes."""
    asked_for = {question.id: question.competency_id for question in questions}
    usable: Usable = (asked >= floor) & (asked >= asked.max(axis=1, keepdims=True) - NEAR)
    for row, answer in enumerate(found):
        if answer.question_id in asked_for:  # a plain check, meant for no competency, speaks for none
            meant = asked_for[answer.question_id]
            usable[row] = [competency.id == meant for competency in competencies]
    return usable


def _weighted(
    chosen: Sequence[tuple[Answer, Vectors, float]], high: Vectors
) -> tuple[list[tuple[Sentence, float]], list[float]]:
    """Sentences with their share of the weight (which sums to 1) and their cosine to the high anchor. A sentence that
    repeats an earlier one is left out, so that saying it again changes nothing."""
    kept: list[tuple[Sentence, float, float]] = []
    seen: list[Vectors] = []
    for answer, vectors, weight in chosen:
        share = weight / len(answer.sentences)
        for sentence, vector in zip(answer.sentences, vectors, strict=True):
            if any(float(vector @ other) > REPEAT for other in seen):
                continue
            seen.append(vector)
            kept.append((sentence, share, round(float((high @ vector).max()), 4)))
    total = sum(share for _, share, _ in kept)
    return [(sentence, share / total) for sentence, share, _ in kept], [match for *_, match in kept]


def _features(sentences: Sequence[tuple[Sentence, float]], match: Sequence[float]) -> dict[str, float]:
    features = dict.fromkeys(FEATURES, 0.0)
    for sentence, share in sentences:
        for signal in sentence.shows:
            if signal in features:
                features[signal] += share
    best = sorted(match, reverse=True)[:3]
    features["match"] = sum(best) / len(best)
    return features


def _rounded(cosines: Vectors) -> Cosines:
    """Four decimals: vectors agree to 1e-5 whatever their batch mates, and a result must be the same bytes."""
    rounded: Cosines = cosines.astype(np.float64).round(4)
    return rounded
