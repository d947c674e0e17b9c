"""Turns and a rubric become a Scorecard, in which every rating quotes what the candidate said. Called by the evaluation
step of `api.pipeline` and by `foyer evaluate`.

Deterministic to the byte: the same record, rubric, embedder and coefficients give the same Scorecard. Names and other
personal details are taken out before anything is compared (`interview.blind`); quotes are the candidate's own words.
What cannot be rated is said to be so: insufficient evidence is an outcome, never a low rating.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence

import numpy as np

from interview.blind import for_the_rater
from interview.evidence import Sentence, answers, is_verbatim, missing
from interview.injection import orders
from interview.relevance import Rubric
from interview.scoring import Measured, Weighed, Weights, check_width, measure
from interview.transcripts import read_interviews, read_rubric
from models.engines import Embedder
from models.errors import FoyerError
from models.values import (
    Competency,
    Confidence,
    Flag,
    InterviewRecord,
    Question,
    Rating,
    Recommendation,
    Scorecard,
    Turn,
)

__all__ = [
    "BANDS",
    "LANGUAGES",
    "Evaluator",
    "level",
    "rating_of",
    "read_interviews",
    "read_rubric",
    "recommend",
    "verify",
    "without_scores",
]

LANGUAGES = frozenset({"en"})
"""In others nothing is rated: see `without_scores`."""
VERSION = "3"
"""Changes with anything that can change a Scorecard; the coefficients carry their own."""

BANDS: tuple[tuple[float, Recommendation], ...] = (
    *((85.0, "strong_yes"), (65.0, "yes"), (45.0, "mixed"), (25.0, "no"), (0.0, "definitely_not")),
)
"""Overall score from which each recommendation holds."""

HEARD = 0.15
"""Share of words that the recogniser was unsure of, from which nothing is rated: what was not heard is not weak."""

TELLING = 30
"""Words below which a score stays nearer to the middle, in proportion: little said is weak evidence either way, and the
weights have met no shorter answers."""

ENOUGH = 35
"""Words from which a rating has more than low confidence: those of a short but whole story."""

_READ_IT = "Not rated: read the transcript."
_QUOTES = 4
_QUOTE_WORDS = 4


class Evaluator:
    """Rates without a language model, from quotes alone (`interview.scoring` says how)."""

    def __init__(self, embedder: Embedder, weights: Weights | None = None) -> None:
        """`weights`: other than the bundled ones, which fit the bundled embedder alone (EngineError otherwise)."""
        self._embedder = embedder
        self._weights = weights or Weights.load()
        check_width(self._weights, embedder)

    def evaluate(
        self, record: InterviewRecord, competencies: Sequence[Competency], questions: Sequence[Question] = ()
    ) -> Scorecard:
        """`questions` are the plan's, where there was one: an answer then counts only for the competency it was asked
        for. Without them, what an answer is about is read from the answer."""
        found = answers(record.turns, for_the_rater(record), orders(record.turns))
        rubric = Rubric(competencies, self._embedder) if competencies else None  # a kit may hold plain checks alone
        measured = measure(found, rubric, self._embedder, questions) if rubric is not None else []
        ratings = tuple(self._rating(one, about) for one, about in zip(competencies, measured, strict=True))
        overall, recommendation, reason = recommend(ratings, competencies)
        scorecard = Scorecard(
            id=record.id,
            recommendation=recommendation,
            reason=reason,
            overall=overall,
            not_assessed=tuple(rating.name for rating in ratings if rating.rating is None),
            competencies=ratings,
            flags=_flags(record.turns),
            versions={
                "evaluator": VERSION,
                "coefficients": self._weights.version,
                "embedder": self._embedder.name,
                **_digests(record, competencies),
            },
        )
        verify(scorecard, record.turns)
        return scorecard

    @staticmethod
    def embedded(record: InterviewRecord) -> list[str]:
        """What of an interview's own words is embedded: whoever is forgotten has their vectors forgotten."""
        found = answers(record.turns, for_the_rater(record), orders(record.turns))
        sentences = [sentence.text for answer in found for sentence in answer.sentences]
        wholes = [text for answer in found for text in (answer.text, f"{answer.question} {answer.text}")]
        return [*sentences, *wholes]

    def _rating(self, competency: Competency, about: Measured | None) -> Rating:
        why = why_unrated(about)
        if about is None or why is not None:
            return _unrated(competency, why or "")
        alone = self._weights.score(about.features)
        score, quotes = tempered(alone, about.words), _quotes(about, self._weights, alone)
        return Rating(
            competency_id=competency.id,
            name=competency.name,
            rating=rating_of(score),
            score=score,
            confidence=_confidence(about, quotes),
            reason=_reason(score, about, quotes),
            evidence=tuple(sentence.evidence() for sentence in quotes),
            missing=missing([sentence for answer in about.foremost for sentence in answer.sentences]),
        )


def why_unrated(about: Measured | None) -> str | None:
    """What keeps a competency from being rated, as a sentence for people; None where it can be."""
    if about is None:
        return "Nothing that was said was long enough and recognised as being about this: read the answers."
    if about.unclear > HEARD:
        return f"{about.unclear:.0%} of the words about this were not heard clearly: listen to the recording."
    longest = max((one.sentence.words for one in about.told), default=0)
    if longest < _QUOTE_WORDS:
        return "What was said about this is too little to rate."
    return None


def tempered(score: float, words: int) -> float:
    """A score that rests on fewer than TELLING words, drawn to the middle of the scale."""
    return round(50 + (score - 50) * min(1.0, words / TELLING), 1)


def without_scores(record: InterviewRecord, competencies: Sequence[Competency], language: str) -> Scorecard:
    """The Scorecard of an interview in a language that no coefficient was fitted on: a transcript, no rating at all."""
    reason = f"Transcript without scores: the interview was held in {language!r}, and Foyer rates English only."
    return Scorecard(
        id=record.id,
        recommendation="no_decision",
        reason=reason,
        not_assessed=tuple(one.name for one in competencies),
        competencies=tuple(Rating(competency_id=one.id, name=one.name, reason=_READ_IT) for one in competencies),
        flags=(Flag(code="not_scored", detail=reason),),
        versions={"evaluator": VERSION, **_digests(record, competencies)},
    )


def rating_of(score: float) -> int:
    """0..100 to 1..5, halves up."""
    return math.floor(1 + 4 * score / 100 + 0.5)


def level(score: float) -> str:
    """The anchor a score is nearest to: low, medium or high."""
    return "low" if score < 25 else "medium" if score < 75 else "high"


def recommend(
    ratings: Sequence[Rating], competencies: Sequence[Competency]
) -> tuple[float | None, Recommendation, str]:
    """Overall score, recommendation and how it came about. The score is the weighted mean over the rated competencies;
    with fewer than half of them rated, or rated with more than low confidence, there is no decision."""
    weights = {one.id: one.weight for one in competencies}
    rated = [(rating.score, weights[rating.competency_id]) for rating in ratings if rating.score is not None]
    total = sum(weight for _, weight in rated)
    overall = round(sum(score * weight for score, weight in rated) / total, 1) if total else None
    counted = f"{len(rated)} of {len(ratings)} competencies rated"
    if overall is None or 2 * len(rated) < len(ratings):
        return None, "no_decision", f"No decision: {counted}; at least half are needed."
    sure = sum(rating.score is not None and rating.confidence != "low" for rating in ratings)
    if 2 * sure < len(ratings):
        few = f"{counted}, {sure} of them on more than a few words; at least half are needed. Read the answers."
        return None, "no_decision", f"No decision: {few}"
    kind = "equal weights" if len(set(weights.values())) == 1 else "the plan's weights"
    floor, word = next(band for band in BANDS if overall >= band[0])
    name = word.replace("_", " ")
    return overall, word, f"{overall:g} of 100, the mean of {counted} ({kind}); '{name}' begins at {floor:g}."


def verify(scorecard: Scorecard, turns: Sequence[Turn]) -> None:
    """Raise FoyerError where a quote is not in the candidate's turn it names, or a rating rests on nothing."""
    for rating in scorecard.competencies:
        if rating.rating is not None and not rating.evidence:
            raise FoyerError(f"The rating of '{rating.name}' quotes nothing; evaluate the interview again.")
        for evidence in rating.evidence:
            if not is_verbatim(evidence, turns):
                raise FoyerError(
                    f"A quote under '{rating.name}' is not what the candidate said in turn {evidence.turn}; "
                    "evaluate the interview again."
                )


def _unrated(competency: Competency, reason: str) -> Rating:
    return Rating(competency_id=competency.id, name=competency.name, reason=f"Insufficient evidence. {reason}")


def _quotes(about: Measured, weights: Weights, score: float) -> list[Sentence]:
    """The sentences that carry the rating, told in order: of the most relevant answers, showing most, and scoring by
    themselves about what the whole does."""
    single = np.clip(weights.scores(np.array([one.features for one in about.told])), 0, 100)
    worth = [
        (one.share * (1 + len(one.sentence.shows)) * (1 - abs(float(alone) - score) / 100), place, one.sentence)
        for place, (one, alone) in enumerate(zip(about.told, single, strict=True))
        if one.sentence.words >= _QUOTE_WORDS
    ]
    best = sorted(worth, key=lambda item: (-round(item[0], 4), item[1]))[:_QUOTES]
    return [sentence for *_, sentence in sorted(best, key=lambda item: (item[2].turn, item[1]))]


def _confidence(about: Measured, quotes: Sequence[Sentence]) -> Confidence:
    """How much there was to go by; not how good it was."""
    turns = {sentence.turn for sentence in quotes}
    if len(quotes) >= 3 and len(turns) >= 2 and about.words >= 60:
        return "high"
    return "medium" if len(quotes) >= 2 and about.words >= ENOUGH else "low"


_HEARD = (("action", "own action"), ("result", "a result"), ("number", "a number"), ("reasoning", "reasons or checks"))


def _reason(score: float, about: Measured, quotes: Sequence[Sentence]) -> str:
    shown = frozenset[str]().union(*(one.sentence.shows for one in about.told))
    heard = [name for signal, name in _HEARD if signal in shown]
    count = len({sentence.turn for sentence in quotes})
    parts = [
        f"Nearest to the {level(score)} anchor, on {len(quotes)} quote{'s' * (len(quotes) != 1)} "
        f"from {count} answer{'s' * (count != 1)}.",
        f"Heard: {', '.join(heard)}." if heard else "Neither own action, result, number nor reasons were heard.",
    ]
    if _share(about.told, "loose", "denied") >= 0.2:
        parts.append("Part of it describes unplanned or missing practice.")
    return " ".join(parts)


def _share(sentences: Sequence[Weighed], *signals: str) -> float:
    return sum(one.share for one in sentences for signal in signals if signal in one.sentence.shows)


def _flags(turns: Sequence[Turn]) -> tuple[Flag, ...]:
    said = sum(len(turn.text.split()) for turn in turns if turn.role == "candidate")
    if said >= 50:
        return ()
    return (Flag(code="little_said", detail=f"The candidate said {said} words in all; a person should find out why."),)


def _digests(record: InterviewRecord, competencies: Sequence[Competency]) -> dict[str, str]:
    return {
        "rubric_sha256": _digest([one.model_dump(mode="json") for one in competencies]),
        "transcript_sha256": _digest([[turn.role, turn.text, turn.start, turn.end] for turn in record.turns]),
    }


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
