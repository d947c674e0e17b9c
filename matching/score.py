"""How well texts match, in numbers: cosine to 0..1, the best span for a requirement, words shared, the weighted mean.

Pure numpy; called by `screening.screen`. The score is its own explanation: score = sum(w * s) / sum(w), and every s has
one best span behind it. Maximum, never sum: saying a thing twice earns nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.engines import Vectors

MET = 0.6
PARTLY = 0.3
"""A requirement's score from which it counts as met, or as partly met."""

_COSINES = (0.20, 0.35, 0.50, 0.70)
_SCORES = (0.00, 0.25, 0.62, 1.00)
"""The calibration, fitted by eye for all-MiniLM-L6-v2 on short texts: unrelated work sentences lie below 0.2, the same
trade at 0.35, the same task in other words at 0.5, a paraphrase at 0.7. Monotone, so it never changes an order."""

DECIMALS = 6
"""Cosines and scores are rounded here: fp32 sums agree to about 1e-7 whatever the batch. Fewer decimals would turn such
a difference, where it falls on the edge between two of them, into one that matters."""

_WORD = re.compile(r"[^\W_]+(?:[+#]+|(?<=\w)\.(?=js|net)\w+)?", re.IGNORECASE)
_SMALL = frozenset(
    """
    a an the and or of in on at to for with by from as is are be been was were this that these those it its our your you
    we their them who which such other etc using use used experience experienced knowledge ability able strong good
    excellent skills skill work working worked including solid proven including well both each any all more than into
    across within between per via up out over under not no
    """.split()  # noqa: SIM905 - a list literal of words is unreadable
)


def calibrate(cosines: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Cosine to 0..1, monotone and piecewise linear; see `_COSINES`."""
    return np.interp(np.asarray(cosines, np.float64), _COSINES, _SCORES)


def similarities(asked: NDArray[np.floating], spans: Vectors) -> NDArray[np.float64]:
    """(requirement texts, spans) cosines, rounded to DECIMALS."""
    if not len(asked) or not len(spans):
        return np.zeros((len(asked), len(spans)))
    return np.round(asked.astype(np.float64) @ spans.astype(np.float64).T, DECIMALS)


class Near(NamedTuple):
    """How like one requirement a resume's spans are: `most`, (spans,) cosines; `best`, the span that evidence by
    meaning comes from and its cosine; `meaning`, that cosine calibrated."""

    most: NDArray[np.float64]
    best: tuple[int, float] | None
    meaning: float


def nears(
    cosines: NDArray[np.float64], firsts: Sequence[int], starts: Sequence[int], allowed: NDArray[np.bool_]
) -> list[list[Near]]:
    """For each resume, of each requirement. `cosines`: (texts, spans) of all requirements and all resumes; `firsts`,
    `starts`: where the texts of each requirement and the spans of each resume begin; `allowed`: (spans,) where evidence
    by meaning may come from. The first of equals is the best."""
    if not firsts:
        return [[] for _ in starts[1:]]
    most = np.maximum.reduceat(cosines, firsts, axis=0)
    masked = np.where(allowed, most, -2.0)
    places, best = [], np.full((len(starts) - 1, len(firsts)), -2.0)
    for row, (start, end) in enumerate(pairwise(starts)):
        own = masked[:, start:end]
        places.append(own.argmax(axis=1).tolist() if end > start else [0] * len(firsts))
        if end > start:
            best[row] = own.max(axis=1)
    found = []
    for row, meanings in enumerate(calibrate(best).tolist()):
        spans = most[:, starts[row] : starts[row + 1]]
        likeness = zip(spans, places[row], best[row].tolist(), meanings, strict=True)
        found.append(
            [Near(own, (at, cosine) if cosine > -2.0 else None, meaning) for own, at, cosine, meaning in likeness]
        )
    return found


def stems(text: str) -> frozenset[str]:
    """The telling words of a text, without endings, so that "designed" meets "designing"."""
    return frozenset(stemmed(text))


def stemmed(text: str) -> list[str]:
    """`stems` in the order of the text, each as often as it stands there."""
    words = (word.lower() for word in _WORD.findall(text))
    return [_stem(word) for word in words if word not in _SMALL and (len(word) > 1 or word.isdigit())]


def contained(asked: frozenset[str], given: frozenset[str]) -> float:
    """The share of the asked words that are given, 0..1."""
    return len(asked & given) / len(asked) if asked else 0.0


def weighted_mean(scores: Sequence[float], weights: Iterable[float]) -> float:
    """sum(w * s) / sum(w), rounded to DECIMALS; 0 where nothing weighs anything."""
    weight = np.asarray(list(weights), np.float64)
    if not len(weight) or weight.sum() <= 0:
        return 0.0
    return round(float(np.dot(weight, np.asarray(scores, np.float64)) / weight.sum()), DECIMALS)


def _stem(word: str) -> str:
    if len(word) <= 4:
        return word.rstrip("s") if len(word) == 4 else word
    return re.sub(r"(?:ations?|ments?|ings?|ed|ers?|ors?|ies|es|s|e|y)$", "", word)
