"""Agreement of scores with true levels, its intervals, and the fit of the weights. Shared by the benches of the
evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear
from sklearn.metrics import cohen_kappa_score

from interview.scoring import ANCHORS, SIGNALS, Weights
from tests.bench.interviews import Described, Numbers, Table

AGAINST = ("low", "loose", "denied", "general", "others")
"""What may only count against; of the other signals and the high anchor, only for: none counts against its meaning."""
STRENGTH = 0.3
MILD = 0.1
"""Ridge penalty, and the scale of one standard deviation of an anchor's nearness or a signal beside a unit vector."""
SPREAD = 1.3
"""Ridge pulls predictions to the mean; this undoes part of it. These and SPOKEN were chosen on the
held-out folds, once."""
SPOKEN = 0.4
"""Weight of a spoken answer beside a competency of a simulated interview."""
DRAWS = 1000

Rows = NDArray[np.bool_]
Rate = Callable[[Rows], Numbers]
"""Scores of all rows by what is learnt from the rows given."""


def fit(features: Numbers, truth: Numbers, described: Described, spoken: Described) -> Weights:
    """Ridge regression with the signs of the signals fixed, spread about the mean. `described`: see
    `tests.bench.interviews`; it has no nearness to anchors of its own. `spoken` shares its mean with the interviews, so
    that plain speech is worth no less than polished at the same level."""
    width = features.shape[1] - len(ANCHORS) - len(SIGNALS)
    count, more = len(features), SPOKEN * len(spoken.features)
    mean = (features.sum(axis=0) + SPOKEN * spoken.features.sum(axis=0)) / (count + more)
    middle = (truth.sum() + SPOKEN * spoken.truth.sum()) / (count + more)
    deviation = features.std(axis=0) + 1e-9
    scale = np.concatenate([np.ones(width), MILD / deviation[width:]])
    kits = described.features.copy()
    kits[:, width : width + len(ANCHORS)] = 0.0
    kits -= kits.mean(axis=0)
    beside = math.sqrt(SPOKEN)
    rows = [(features - mean) * scale, beside * (spoken.features - mean) * scale, kits * scale]
    aims = [truth - middle, beside * (spoken.truth - middle), described.truth - described.truth.mean()]
    rows.append(math.sqrt(STRENGTH) * np.eye(len(scale)))
    aims.append(np.zeros(len(scale)))
    low, high = _signs(width)
    found = lsq_linear(np.vstack(rows), np.concatenate(aims), (low, high), method="bvls").x * scale * SPREAD
    return Weights("fitted", float(middle - mean @ found), found)


def _signs(width: int) -> tuple[Numbers, Numbers]:
    """The least and the most that each weight may be."""
    low = np.full(width + len(ANCHORS) + len(SIGNALS), -np.inf)
    high = -low
    for place, name in enumerate((*ANCHORS, *SIGNALS), start=width):
        if name != "medium":
            (high if name in AGAINST else low)[place] = 0.0
    return low, high


def rated(data: Table, spoken: Described, seen: Rows) -> Numbers:
    """Foyer's scores of all rows, fitted on those `seen`; NaN where there is no rating."""
    weights = fit(data.features[seen & data.rated], data.truth[seen & data.rated], data.described, spoken)
    return np.clip(weights.scores(data.features), 0, 100)


def held_out(rate: Rate, groups: NDArray[Any]) -> Numbers:
    """Each row scored by what was learnt without its group."""
    scores = np.zeros(len(groups))
    for group in np.unique(groups):
        scores[groups == group] = rate(groups != group)[groups == group]
    return scores


def kappa(scores: Numbers, truth: Numbers) -> float:
    """Quadratic weighted kappa on three levels: a score counts as the anchor it is nearest to."""
    first, second = np.digitize(scores, [25, 75]), np.digitize(truth, [25, 75])
    return float(cohen_kappa_score(first, second, weights="quadratic", labels=[0, 1, 2]))


def spearman(first: Numbers, second: Numbers) -> float:
    if len(set(first)) < 2 or len(set(second)) < 2:
        return math.nan
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def partial(first: Numbers, second: Numbers, fixed: Numbers) -> float:
    """Rank correlation of two with a third held constant."""
    a, b, c = spearman(first, second), spearman(first, fixed), spearman(second, fixed)
    return (a - b * c) / math.sqrt((1 - b * b) * (1 - c * c))


def within(scores: Numbers, truth: Numbers, interview: NDArray[np.int64]) -> float:
    """Mean rank agreement inside the interviews whose levels differ: does it tell competencies apart?"""
    each = [spearman(scores[interview == one], truth[interview == one]) for one in np.unique(interview)]
    return float(np.nanmean(each))


def interval(measured: Callable[[NDArray[np.int64]], float], interview: NDArray[np.int64]) -> tuple[float, float]:
    """95 % bootstrap over whole interviews of a figure of row numbers."""
    random = np.random.default_rng(0)
    rows = [np.flatnonzero(interview == one) for one in np.unique(interview)]
    drawn = [
        measured(np.concatenate([rows[n] for n in random.integers(0, len(rows), len(rows))])) for _ in range(DRAWS)
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


def _ranks(values: Sequence[float] | Numbers) -> Numbers:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return ranks
