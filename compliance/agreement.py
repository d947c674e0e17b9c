"""How well two ratings of the same answers agree, told honestly: weighted kappa, intraclass correlation, correlation
and standardised difference, each with an interval, and nothing at all below FEWEST double ratings. Pure; called by
`api.agreeing`.

All four follow from six sums over the pairs, so that a bootstrap only adds up sums. Whole interviews are drawn, because
the ratings of one interview are not independent of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.sentences import N_

FEWEST = 200
"""Double ratings below which an agreement is not established, whatever its figure."""
DRAWS = 1000
NAMES: Mapping[str, str] = {
    "qwk": N_("quadratic weighted kappa"),
    "icc": N_("intraclass correlation (two-way random, absolute agreement, one rater: ICC(2,1))"),
    "r": N_("Pearson's correlation"),
    "smd": N_("standardised mean difference, second minus first"),
}
Sums = NDArray[np.float64]
"""... x 6: n, sum of first, of second, of their squares, of their products."""


@dataclass(frozen=True, slots=True)
class Double:
    """Two levels that two raters gave independently for one competency of one interview."""

    interview: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Figure:
    """With its 95 % bootstrap interval. None: cannot be told, for a rater gave one level only."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def said(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "cannot be told"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Agreement:
    """`n` double ratings of so many `interviews`. `figures` by the names of NAMES; empty: not established."""

    n: int
    interviews: int
    figures: Mapping[str, Figure]

    @property
    def said(self) -> str:
        """One phrase, for people."""
        if not self.figures:
            return f"not established ({self.n} of {FEWEST})"
        told = ", ".join(f"{name.upper() if name != 'r' else name} {each.said}" for name, each in self.figures.items())
        return f"{told}, over {self.n} double ratings of {self.interviews} interviews"


def agreement(doubles: Iterable[Double]) -> Agreement:
    """The same pairs in the same order give the same figures."""
    pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in doubles:
        pairs[one.interview].append((one.first, one.second))
    n = sum(map(len, pairs.values()))
    if n < FEWEST:
        return Agreement(n, len(pairs), {})
    each = np.array([_sums(found) for found in pairs.values()])
    drawn = np.random.default_rng(0).multinomial(len(each), np.full(len(each), 1 / len(each)), size=DRAWS) @ each
    values, spread = statistics(each.sum(axis=0)), statistics(drawn)
    return Agreement(n, len(pairs), {name: _figure(values[name], spread[name]) for name in NAMES})


def statistics(sums: Sums) -> dict[str, NDArray[np.float64]]:
    """Of each row of sums; NaN where it cannot be told. Kappa: Cohen 1968; ICC(2,1): Shrout and Fleiss 1979; the
    difference over the pooled deviation: Williamson, Xi and Breyer 2012."""
    n, a, b, aa, bb, ab = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = aa - a * a / n, bb - b * b / n  # sums of squares about each rater's mean
        products = ab - a * b / n
        apart = aa + bb - 2 * ab
        chance = aa + bb - 2 * a * b / n
        total = aa + bb - (a + b) ** 2 / (2 * n)
        people = (aa + 2 * ab + bb) / 2 - (a + b) ** 2 / (2 * n)
        raters = (a - b) ** 2 / (2 * n)
        ms_people, ms_error = people / (n - 1), (total - people - raters) / (n - 1)
        found = {
            "qwk": 1 - apart / chance,
            "icc": (ms_people - ms_error) / (ms_people + ms_error + 2 * (raters - ms_error) / n),
            "r": products / np.sqrt(first * second),
            "smd": ((b - a) / n) / np.sqrt((first + second) / (2 * (n - 1))),
        }
    return {name: np.where(np.isfinite(value), value, np.nan) for name, value in found.items()}


def _sums(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return (
        len(pairs),
        sum(a for a, _ in pairs),
        sum(b for _, b in pairs),
        sum(a * a for a, _ in pairs),
        sum(b * b for _, b in pairs),
        sum(a * b for a, b in pairs),
    )


def _figure(value: NDArray[np.float64], drawn: NDArray[np.float64]) -> Figure:
    kept = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(kept):
        return Figure(None, None, None)
    low, high = np.percentile(kept, [2.5, 97.5])
    return Figure(float(value), float(low), float(high))
