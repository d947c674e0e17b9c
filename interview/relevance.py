"""Which answers speak for which competency. Called by `interview.scoring`.

Where an interview followed a plan, the questions say it: everything said to a question and its follow-ups counts for
the question's competency. Of other transcripts it is read from question and answer: how near they come to the
competency's anchors, in meaning and in words, compared with the interview's other answers and the other competencies.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interview.evidence import Answer
from matching.score import stemmed
from models.engines import Embedder, Vectors
from models.values import Competency, Question

Numbers = NDArray[np.float64]

WORDS, PLANNED_WORDS = 30, 15
"""Fewest words of an answer that counts; thanks, a joke or a bare "absolutely" are no evidence of anything. To a
planned question, where nobody need guess what an answer is about, fewer do."""
ABOUT = 0.2
"""Cosine of question and answer to a competency, from which an answer is about the job at all."""
ASSESSED = 0.3
"""The same, which the most relevant answer must reach for a competency to be rated."""
ON_TOPIC = 0.18
"""Cosine of an answer to a planned question, to the competency or to the question itself, from which it is about what
was asked: a plain story shares few words with an anchor."""
ANSWERS = 5
LEXICAL = 0.5
"""Weight of nearness in words beside nearness in meaning."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answers that speak for one competency, most relevant first; `weights` beside them, the first is 1."""

    answers: tuple[Answer, ...]
    weights: Numbers


class Rubric:
    """Competencies as vectors and as weighted words, made once."""

    def __init__(self, competencies: Sequence[Competency], embedder: Embedder) -> None:
        self.competencies = tuple(competencies)
        texts = [text for one in competencies for text in (one.anchors.low, one.anchors.medium, one.anchors.high)]
        self.anchors: Vectors = embedder.embed(texts).reshape(len(self.competencies), 3, -1)
        centres = self.anchors.sum(axis=1)
        self.centres: Vectors = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        bags = [Counter(stemmed(" ".join([one.name.replace("_", " "), *_anchors(one)]))) for one in competencies]
        held = Counter(word for bag in bags for word in bag)
        self._rarity = {word: 1 + math.log((1 + len(bags)) / (1 + count)) for word, count in held.items()}
        self._bags = [self._weighted(bag) for bag in bags]

    def lexical(self, texts: Sequence[str]) -> Numbers:
        """(texts, competencies): cosines of tf-idf vectors over the rubric's own words."""
        found = [self._weighted(Counter(stemmed(text))) for text in texts]
        return np.array([[_dot(one, bag) for bag in self._bags] for one in found]).reshape(len(texts), -1)

    def _weighted(self, bag: Mapping[str, int]) -> dict[str, float]:
        known = {word: (1 + math.log(n)) * self._rarity[word] for word, n in bag.items() if word in self._rarity}
        norm = math.sqrt(sum(value * value for value in known.values()))
        return {word: value / norm for word, value in known.items()}


def choose(
    found: Sequence[Answer], rubric: Rubric, embedder: Embedder, questions: Sequence[Question] = ()
) -> list[Chosen | None]:
    """One entry a competency; None where nothing that was said is about it."""
    asked_for = {question.id: question.competency_id for question in questions}
    planned = [one for one in found if one.question_id in asked_for and one.words >= PLANNED_WORDS]
    free = [one for one in found if one.question_id not in asked_for and one.words >= WORDS]
    by_plan = _by_plan(planned, rubric, embedder, asked_for)
    by_nearness = _by_nearness(free, rubric, embedder) if free else [None] * len(rubric.competencies)
    return [first or second for first, second in zip(by_plan, by_nearness, strict=True)]


def rounded(cosines: Vectors) -> Numbers:
    """Four decimals: vectors agree to 1e-5 whatever their batch mates, and a result must be the same bytes."""
    result: Numbers = cosines.astype(np.float64).round(4)
    return result


def _by_plan(
    planned: Sequence[Answer], rubric: Rubric, embedder: Embedder, asked_for: Mapping[str, str | None]
) -> list[Chosen | None]:
    """An answer to a plain check is meant for no competency and speaks for none."""
    if not planned:
        return [None] * len(rubric.competencies)
    said, asked = (embedder.embed([getattr(one, part) or "-" for one in planned]) for part in ("text", "question"))
    near = np.maximum(rounded(said @ rubric.centres.T), rounded((said * asked).sum(axis=1, keepdims=True)))
    chosen: list[Chosen | None] = []
    for column, competency in enumerate(rubric.competencies):
        meant = [
            answer
            for row, answer in enumerate(planned)
            if asked_for[answer.question_id or ""] == competency.id and near[row, column] >= ON_TOPIC
        ]
        chosen.append(Chosen(tuple(meant), np.ones(len(meant))) if meant else None)
    return chosen


def _by_nearness(free: Sequence[Answer], rubric: Rubric, embedder: Embedder) -> list[Chosen | None]:
    texts = [f"{answer.question} {answer.text}" for answer in free]
    near = rounded(embedder.embed(texts) @ rubric.centres.T)
    rows = np.flatnonzero(near.max(axis=1) >= ABOUT)  # small talk must not shift what the others are compared with
    if not len(rows):
        return [None] * len(rubric.competencies)
    near, about = near[rows], [free[int(row)] for row in rows]
    relevance = _standing(near) + LEXICAL * _standing(rubric.lexical([texts[int(row)] for row in rows]))
    return [_best(near, relevance.round(4), column, about) for column in range(len(rubric.competencies))]


def _best(near: Numbers, relevance: Numbers, column: int, about: Sequence[Answer]) -> Chosen | None:
    best = sorted(range(len(about)), key=lambda row: (-relevance[row, column], row))[:ANSWERS]
    first = near[best[0]]
    if near[best, column].max() < ASSESSED or first[column] < first.mean():
        return None
    weights = np.exp(relevance[best, column] - relevance[best[0], column])
    return Chosen(tuple(about[row] for row in best), weights)


def _standing(near: Numbers) -> Numbers:
    """How far a nearness stands out, in standard deviations over the answers and against the other competencies: what
    is common to all competencies of a job, or to all answers of a person, tells nothing about which one is meant."""
    deviations: Numbers = (near - near.mean(axis=0)) / (near.std(axis=0) + 1e-6)
    if near.shape[1] == 1:  # there is no other competency to compare with
        return deviations
    centred: Numbers = deviations - deviations.mean(axis=1, keepdims=True)
    return centred


def _anchors(competency: Competency) -> tuple[str, str, str]:
    return competency.anchors.low, competency.anchors.medium, competency.anchors.high


def _dot(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    return sum(value * second[word] for word, value in first.items() if word in second)
