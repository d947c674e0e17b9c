"""How near a whole resume is to a whole job: five numbers in 0..1, the resume-level terms of a screening score.

Called by `screening.screen`. Requirements say what is asked; these say whether it is the same kind of work, which a
posting's single lines often do not. All are frozen: the words by `matching.lexical`, the cosines by the scale below, so
no number depends on other resumes. Each rests on the set of a resume's distinct spans: saying a thing twice, or in
another order, changes nothing.

- words, pairs: BM25 of the posting's words and pairs of near words, against background resumes.
- lines: how near the posting's lines and the resume's spans lie to each other, each to its nearest, both ways.
- topic: the posting as a whole against the mean of the resume's spans.
- title: the job's title against the span that is nearest to it, by words and by meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.lexical import Background, Bags, LexicalQuery, bags, rarities, share
from matching.score import DECIMALS, stemmed
from models.engines import Vectors

SHARES = {"words": 0.2, "pairs": 1.6, "lines": 0.5, "topic": 0.4, "title": 0.25}
"""What each weighs beside all requirements together (1.0). From a search over the planted pairs, rounded by hand, in
the middle of a region where both figures of `tests/bench/ranking.py` are flat. With half of it the planted resume is
found less often, by 1 point of reciprocal rank."""

MOST_LINES = 120
_WORDS = (-2.0, 20.0)
_PAIRS = (-1.0, 10.0)
"""Standings (standard deviations above background resumes) from which words and pairs begin to count, and how far apart
it takes to close 63 % of the rest of the way to 1."""
_LINES = (0.15, 0.80)
_TOPIC = (0.25, 0.80)
_ASKED = 0.8
"""Of "lines": what the posting's lines weigh; the rest is the resume's, so that nobody loses much by telling more."""
_TITLE = (0.30, 0.90)
"""Cosines of all-MiniLM-L6-v2 that count 0 and 1: unrelated texts lie below the first, paraphrases above the second."""


def spans_kept(texts: Sequence[str]) -> list[int]:
    """One index for each text that is distinct by its words; which, and in what order, depends on the set alone."""
    first: dict[str, int] = {}
    for index in sorted(range(len(texts)), key=lambda index: texts[index]):
        first.setdefault(squeezed(texts[index]), index)
    return [first[text] for text in sorted(first) if text]


def squeezed(text: str) -> str:
    """Words only, in lower case, one space between."""
    return " ".join(re.findall(r"\w+", text.lower()))


class Nearness:
    """One job's title and text, made ready. `texts` is what the caller embeds for it and compares with a resume's
    spans; `ready` takes the vectors."""

    def __init__(self, title: str, text: str, background: Background | None = None) -> None:
        background = background or Background.load()
        lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if re.search(r"\w", line)))[:MOST_LINES]
        asked = bags([stemmed(line) for line in lines])
        self._words = LexicalQuery(asked.words, background.words)
        self._pairs = LexicalQuery(asked.pairs, background.pairs)
        self._title = rarities(stemmed(title), background.words)
        self.texts = [title, text, *lines] if lines else []
        self._vectors: Vectors = np.zeros((0, 0), np.float32)

    def ready(self, vectors: Vectors) -> None:
        """`vectors`: (texts, dim), in the order of `texts`."""
        self._vectors = vectors

    def values(
        self, near: NDArray[np.float64], spans: Vectors, stems: Sequence[frozenset[str]], counted: Bags
    ) -> dict[str, float]:
        """Name -> 0..1 for one resume: its distinct spans' cosines with `texts` and their vectors, in
        a fixed order, their stems, and their bags. Empty for a job without a text."""
        if not self.texts:
            return {}
        if not len(spans):
            return dict.fromkeys(self.names, 0.0)
        found = {
            "words": _standing(self._words.standing(counted.words), _WORDS),
            "pairs": _standing(self._pairs.standing(counted.pairs), _PAIRS),
            "lines": _between(self._lines(near[2:]), _LINES),
            "topic": _between(self._topic(spans), _TOPIC),
        }
        if self._title:
            named = np.array([share(self._title, one) for one in stems])
            found["title"] = float(np.max(0.5 * named + 0.5 * _ramp(near[0], _TITLE)))
        return {name: round(value, DECIMALS) for name, value in found.items()}

    def guessed(self, near: NDArray[np.float64]) -> NDArray[np.float64]:
        """(people, terms), from `near` alone: (people, texts) cosines of each person's nearest span with a few telling
        texts of the job, of which the first two are its title and its text. For an order, not for a score: words are
        guessed from meaning. No terms for a job without a text."""
        if not self.texts:
            return np.zeros((len(near), 0))
        lines, title = _ramp(near[:, 1:].mean(axis=1), _LINES), 0.5 * _ramp(near[:, 0], _TITLE)
        found = {"words": lines, "pairs": lines, "lines": lines, "topic": _ramp(near[:, 1], _TOPIC), "title": title}
        return np.stack([found[name] for name in self.names], axis=1)

    @property
    def names(self) -> list[str]:
        """Of the terms, as `values` has them."""
        return [name for name in SHARES if self.texts and (self._title or name != "title")]

    def _lines(self, near: NDArray[np.float64]) -> float:
        """`near`: (lines of the posting, spans)."""
        return float(_ASKED * near.max(axis=1).mean() + (1 - _ASKED) * near.max(axis=0).mean())

    def _topic(self, spans: Vectors) -> float:
        mean = spans.astype(np.float64).mean(axis=0)
        return float(round(float(self._vectors[1].astype(np.float64) @ mean / (np.linalg.norm(mean) or 1.0)), DECIMALS))


def _standing(standing: float, scale: tuple[float, float]) -> float:
    return 1.0 - math.exp(-max(standing - scale[0], 0.0) / scale[1])


def _ramp(cosines: NDArray[np.float64], ends: tuple[float, float]) -> NDArray[np.float64]:
    return np.clip((cosines - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)


def _between(cosine: float, ends: tuple[float, float]) -> float:
    return min(1.0, max(0.0, (cosine - ends[0]) / (ends[1] - ends[0])))
