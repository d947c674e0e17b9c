"""From answers to a score per competency, sentence by sentence. Called by `interview.evaluate`; the bench fits the
weights over the same `measure`.

No language model. A sentence is measured by its vector (what lies in the competency's own direction taken out, so that
talking of the subject is worth nothing by itself), by its nearness to the three anchors, and by what it shows
(`interview.signals`). Until it is cut to the scale the score is linear in these: a competency's score is the weighted
mean of its sentences' scores, and every sentence has its share. Length is no feature: all are means.
`evaluate_coefficients.json` holds the weights; docs/evaluation.md is their validation card.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from interview.evidence import Answer, Sentence
from interview.relevance import Chosen, Numbers, Rubric, choose, rounded
from models.engines import Embedder, Vectors
from models.errors import EngineError
from models.values import Competency, Question

ANCHORS = ("low", "medium", "high")
SIGNALS = (
    *("action", "result", "number", "reasoning", "specific", "loose", "denied"),
    *("follow_up", "shared", "general", "others"),
)
ASIDE, ASIDE_SHARE = 0.15, 0.2
"""A sentence less near than this to every competency is an aside and counts a fifth."""
FOREMOST = 0.4
"""Weight beside the most relevant answer's."""
REPEAT = 0.93
"""Cosine from which a sentence says what another has said already."""

_COEFFICIENTS = Path(__file__).with_name("evaluate_coefficients.json")


@dataclass(frozen=True, slots=True)
class Weights:
    """`score = intercept + features @ weights`, cut to 0..100. The features of a sentence are its vector, its cosines
    to the anchors and its signals, in this order."""

    version: str
    intercept: float
    weights: Numbers

    @classmethod
    @cache
    def load(cls) -> Weights:
        data: dict[str, Any] = json.loads(_COEFFICIENTS.read_text("utf-8"))
        anchors, signals = data["anchors"], data["signals"]
        tail = [anchors[name] for name in ANCHORS] + [signals[name] for name in SIGNALS]
        weights = np.array([*data["direction"], *tail], np.float64)
        return cls(data["version"], data["intercept"], weights)

    def scores(self, features: Numbers) -> Numbers:
        """Of each row; not cut to the scale."""
        result: Numbers = features @ self.weights + self.intercept
        return result

    def score(self, features: Numbers) -> float:
        return round(min(100.0, max(0.0, round(float(self.scores(features)), 3))), 1)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence with its share of the rating (all shares sum to 1) and its row of features."""

    sentence: Sentence
    share: float
    features: Numbers


@dataclass(frozen=True, slots=True)
class Measured:
    """One competency: the answers that speak for it, most relevant first, and their sentences. `foremost`: the answers
    that are about it above all, `told` their sentences: what is quoted, counted and found missing is theirs alone."""

    competency: Competency
    answers: tuple[Answer, ...]
    foremost: tuple[Answer, ...]
    sentences: tuple[Weighed, ...]
    told: tuple[Weighed, ...]

    @property
    def features(self) -> Numbers:
        shares = np.array([one.share for one in self.sentences])
        means: Numbers = shares @ np.array([one.features for one in self.sentences])
        return means

    @property
    def words(self) -> int:
        return sum(one.sentence.words for one in self.told)

    @property
    def unclear(self) -> float:
        """The share of words that the recogniser hardly heard."""
        lost = sum(one.sentence.unclear for one in self.told)
        return lost / max(1, lost + self.words)


def measure(
    found: Sequence[Answer], rubric: Rubric, embedder: Embedder, questions: Sequence[Question] = ()
) -> list[Measured | None]:
    """One entry a competency; None where no answer is about it. Raises EngineError for an embedder whose vectors are
    none that the weights were fitted on."""
    texts = list(dict.fromkeys(sentence.text for answer in found for sentence in answer.sentences))
    vectors = dict(zip(texts, embedder.embed(texts), strict=True)) if texts else {}
    chosen = choose(found, rubric, embedder, questions)
    return [_measured(column, of, rubric, vectors) if of is not None else None for column, of in enumerate(chosen)]


def check_width(weights: Weights, embedder: Embedder) -> None:
    if len(weights.weights) != embedder.dim + len(ANCHORS) + len(SIGNALS):
        raise EngineError(
            f"The evaluation's weights were not fitted on vectors of {embedder.name}; use the bundled model."
        )


def _measured(column: int, chosen: Chosen, rubric: Rubric, vectors: Mapping[str, Vectors]) -> Measured | None:
    kept = _kept(chosen, rubric, vectors)
    if not kept:
        return None
    total = sum(share for _, share in kept)
    rows = features_of(column, [sentence for sentence, _ in kept], rubric, vectors)
    weighed = tuple(Weighed(sentence, share / total, row) for (sentence, share), row in zip(kept, rows, strict=True))
    weights = zip(chosen.answers, chosen.weights, strict=True)
    foremost = tuple(answer for answer, weight in weights if weight >= FOREMOST)
    own = {id(sentence) for answer in foremost for sentence in answer.sentences}
    told = tuple(one for one in weighed if id(one.sentence) in own)
    return Measured(rubric.competencies[column], chosen.answers, foremost, weighed, told)


def _kept(chosen: Chosen, rubric: Rubric, vectors: Mapping[str, Vectors]) -> list[tuple[Sentence, float]]:
    """Sentences with their weight. One that repeats another is left out, so that saying it again changes nothing."""
    kept: list[tuple[Sentence, float]] = []
    seen: list[Vectors] = []
    for answer, weight in zip(chosen.answers, chosen.weights, strict=True):
        if not answer.sentences:
            continue
        near = rounded(np.array([vectors[one.text] for one in answer.sentences]) @ rubric.centres.T).max(axis=1)
        shares = np.where(near < ASIDE, ASIDE_SHARE, 1.0)
        for sentence, share in zip(answer.sentences, shares * (float(weight) / shares.sum()), strict=True):
            vector = vectors[sentence.text]
            if any(round(float(vector @ other), 4) > REPEAT for other in seen):
                continue
            seen.append(vector)
            kept.append((sentence, float(share)))
    return kept


def features_of(column: int, sentences: Sequence[Sentence], rubric: Rubric, vectors: Mapping[str, Vectors]) -> Numbers:
    """One row a sentence, in the order of `Weights`."""
    rows = np.array([vectors[sentence.text] for sentence in sentences], np.float64)
    centre = rubric.centres[column].astype(np.float64)
    beside = rows - np.outer(rows @ centre, centre)
    anchors = rows @ rubric.anchors[column].astype(np.float64).T
    signals = np.array([[name in sentence.shows for name in SIGNALS] for sentence in sentences], np.float64)
    return np.hstack([beside, anchors, signals])
