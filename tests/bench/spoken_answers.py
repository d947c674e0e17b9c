"""Plain spoken answers whose level is known (`tests/bench/spoken/`), measured as the product measures an answer to a
planned question of its kit, and how well ratings agree with their levels. Used by the bench of the evaluation and its
fit.

Held out by family: the weights that rate an answer saw no answer and no anchor of its family.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from interview.blind import for_the_rater
from interview.evaluate import tempered, why_unrated
from interview.evidence import answers
from interview.families import Family, families
from interview.relevance import Rubric
from interview.scoring import ANCHORS, SIGNALS, measure
from models.engines import Embedder
from models.values import Competency, InterviewRecord, Question, Turn
from tests.bench.agreement import Rows, fit, kappa, partial, spearman
from tests.bench.figures import figure
from tests.bench.interviews import POINTS, Described, Numbers, Table

BENCH = "evaluation"
FOLDER = Path(__file__).with_name("spoken")
NOTE = "spoken answers written to a level (tests/bench/spoken)"
SHORT, LONG = 45, 80
"""Words up to which an answer is short, and from which it is long."""

Score = Callable[[Rows], Numbers]
"""Scores of all answers by what is learnt from those given."""


@dataclass(frozen=True)
class Spoken:
    """One row an answer. `features` are NaN where it could not be rated. `words`: as said; `counted`: as rated."""

    features: Numbers
    truth: Numbers
    words: Numbers
    counted: Numbers
    family: NDArray[Any]
    manner: NDArray[Any]
    text: NDArray[Any]

    @property
    def rated(self) -> Rows:
        return ~np.isnan(self.features[:, 0])

    @property
    def known(self) -> Described:
        """Those that can be rated, as rows to learn from."""
        return Described(self.features, self.truth, self.family).only(self.rated)


def spoken(embedder: Embedder, change: Callable[[str], str] = str) -> Spoken:
    """`change` is made to every answer before it is measured."""
    rows = []
    for family in families():
        parts = [Competency(id=one.id, name=one.name, anchors=one.anchors) for one in family.parts]
        known = Rubric(parts, embedder)
        for answer in tomllib.loads((FOLDER / f"{family.id}.toml").read_text("utf-8"))["answers"]:
            measured = _measured(answer, family, known, embedder, change(answer["text"]))
            said = len(answer["text"].split())
            rows.append((*measured, POINTS[answer["level"]], said, family.id, answer["manner"], answer["text"]))
    features, counted, truth, words, of, manner, text = (np.array(column) for column in zip(*rows, strict=True))
    return Spoken(features, truth, words, counted, of, manner, text)


def _measured(
    answer: dict[str, str], family: Family, known: Rubric, embedder: Embedder, text: str
) -> tuple[Numbers, int]:
    """Features and counted words of one answer, said to the kit's own question."""
    column = [part.id for part in family.parts].index(answer["competency"])
    asked = family.parts[column].past if answer["question"] == "past" else family.parts[column].ahead
    question = Question(id="q", competency_id=answer["competency"], text=asked[0])
    turns = (
        Turn(role="interviewer", text=question.text, question_id="q"),
        Turn(role="candidate", text=text, question_id="q"),
    )
    found = answers(turns, for_the_rater(InterviewRecord(id="s", turns=turns)))
    about = measure(found, known, embedder, (question,))[column]
    if about is None or why_unrated(about) is not None:
        return np.full(embedder.dim + len(ANCHORS) + len(SIGNALS), np.nan), 0
    return about.features, about.words


def unpunctuated(text: str) -> str:
    """As a recogniser gives it that knows neither capitals nor stops."""
    return re.sub(r"[^\w' ]", "", text.replace("-", " ")).lower()


def foyer(data: Table, said: Spoken, seen: Rows, *, learn: bool = True) -> Numbers:
    """As the product rates, by weights that saw the simulated interviews and what is `seen` of answers and anchors."""
    own = set(said.family[seen])
    anchors = data.described.only(np.array([one in own for one in data.described.family]))
    rows = seen & said.rated if learn else np.zeros(len(seen), bool)
    plain = Described(said.features, said.truth, said.family).only(rows)
    weights = fit(data.features[data.rated], data.truth[data.rated], anchors, plain)
    return _scores(weights.scores(said.features), said)


def _scores(raw: Numbers, said: Spoken) -> Numbers:
    pairs = zip(np.clip(raw, 0, 100), said.counted, strict=True)
    return np.array([tempered(float(score), int(words)) for score, words in pairs])


def by_tfidf(said: Spoken, spread: float, seen: Rows) -> Numbers:
    vectors = TfidfVectorizer(min_df=2, sublinear_tf=True).fit(said.text[seen])
    model = Ridge(alpha=1.0).fit(vectors.transform(said.text[seen]), said.truth[seen])
    mean = said.truth[seen].mean()
    plain: Numbers = model.predict(vectors.transform(said.text))
    return np.clip(mean + spread * (plain - mean), 0, 100)


def by_words(said: Spoken, seen: Rows) -> Numbers:
    slope, intercept = np.polyfit(np.log(said.words[seen]), said.truth[seen], 1)
    return np.clip(slope * np.log(said.words) + intercept, 0, 100)


def held_out(score: Score, family: NDArray[Any]) -> Numbers:
    scores = np.zeros(len(family))
    for one in np.unique(family):
        scores[family == one] = score(family != one)[family == one]
    return scores


def print_agreement(data: Table, said: Spoken) -> bool:
    rows = said.rated
    figure(BENCH, "spoken answers rated", float(rows.mean()), "share", n=len(rows), note=NOTE)
    scores = {
        "Foyer": held_out(lambda seen: foyer(data, said, seen), said.family),
        "Foyer without spoken answers": held_out(lambda seen: foyer(data, said, seen, learn=False), said.family),
        "TF-IDF + ridge": held_out(lambda seen: by_tfidf(said, 1.0, seen), said.family),
        "TF-IDF + ridge, spread twofold": held_out(lambda seen: by_tfidf(said, 2.0, seen), said.family),
        "word count": held_out(lambda seen: by_words(said, seen), said.family),
    }
    for name, own in scores.items():
        _print(f"spoken answers, held-out family, {name}", own, said, rows)
    return _print_groups(scores["Foyer"], said)


def _means(scores: Numbers, said: Spoken, rows: Rows) -> list[float]:
    return [round(float(scores[rows & (said.truth == points)].mean()), 1) for points in POINTS.values()]


def _print(name: str, scores: Numbers, said: Spoken, rows: Rows) -> None:
    own, truth = scores[rows], said.truth[rows]
    means = dict(zip(POINTS, _means(scores, said, rows), strict=True))
    agreed = round(kappa(own, truth), 3)
    figure(BENCH, f"{name}: QWK", agreed, spearman=round(spearman(own, truth), 3), means=means, n=len(own), note=NOTE)


def _print_groups(scores: Numbers, said: Spoken) -> bool:
    name, rows = "spoken answers, held-out family, Foyer", said.rated
    manners = sorted(set(said.manner))
    for manner in manners:
        _print(f"{name}, {manner}", scores, said, rows & (said.manner == manner))
    _print(f"{name}, up to {SHORT} words", scores, said, rows & (said.words <= SHORT))
    _print(f"{name}, from {LONG} words", scores, said, rows & (said.words >= LONG))
    gap = float(np.ptp([_means(scores, said, rows & (said.manner == manner)) for manner in manners], axis=0).max())
    figure(BENCH, f"{name}: largest gap between manners at one level", round(gap, 1), "points", note=NOTE)
    own, words, truth = scores[rows], said.words[rows], said.truth[rows]
    figure(BENCH, f"{name}: Spearman with words", round(spearman(own, words), 3), note=NOTE)
    figure(BENCH, f"{name}: the same, true level held constant", round(partial(own, words, truth), 3), note=NOTE)
    low, _, high = _means(scores, said, rows)
    return figure(BENCH, f"{name}: high above low", round(high - low, 1), "points", at_least=25.0, note=NOTE)


def print_unpunctuated(data: Table, said: Spoken, bare: Spoken) -> None:
    """The same answers without capitals and stops, by the weights that rated them before."""
    scores = np.zeros((2, len(said.truth)))
    for one in np.unique(said.family):
        own, anchors = said.family == one, data.described.only(data.described.family != one)
        weights = fit(
            data.features[data.rated], data.truth[data.rated], anchors, said.known.only(said.known.family != one)
        )
        for row, heard in zip(scores, (said, bare), strict=True):
            row[own] = _scores(weights.scores(heard.features), heard)[own]
    rows = said.rated & bare.rated
    moves = dict(zip(POINTS, _means(scores[1] - scores[0], said, rows), strict=True))
    name = "spoken answers, held-out family, Foyer, without punctuation"
    _print(name, scores[1], bare, rows)
    figure(BENCH, f"{name}: moved by level", round(float(np.mean(list(moves.values()))), 1), "points", **moves)
