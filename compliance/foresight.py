"""What a score said of what became of people, and how long things took: small honest statistics over counts. Pure;
called by `api.insight`.

Below FEWEST of a kind nothing is told: of four people any figure is chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compliance.intervals import Interval, Rate, Z, wilson

FEWEST = 5
"""Hired, rejected, ratings, jobs: below this many "too few" stands for a figure."""
BANDS = ((0, 40), (40, 55), (55, 70), (70, 85), (85, 101))
"""Of a score of 100: from, to before."""
_STEPS = 60

Scores = Sequence[tuple[int, int, int]]
"""(score of 100, hired, rejected)"""


@dataclass(frozen=True, slots=True)
class Band:
    """Of those whose score lay from `low` to below `high`, how many were hired; `interval` of the share, 95 %."""

    low: int
    high: int
    hired: int
    told: int
    interval: Interval | None

    @property
    def share(self) -> float | None:
        return self.hired / self.told if self.told >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Foresight:
    """`better`: how often, of one who was hired and one who was not, the first had the higher score (ties half); .5 is
    what a coin says. None with fewer than FEWEST of either."""

    hired: int
    rejected: int
    better: float | None
    interval: Interval | None
    bands: tuple[Band, ...]


def foresight(scores: Scores) -> Foresight:
    hired, rejected = sum(one[1] for one in scores), sum(one[2] for one in scores)
    enough = hired >= FEWEST and rejected >= FEWEST
    better = _better(scores, hired, rejected) if enough else None
    interval = _interval(better, hired, rejected) if better is not None else None
    return Foresight(hired, rejected, better, interval, tuple(_band(scores, low, high) for low, high in BANDS))


def _band(scores: Scores, low: int, high: int) -> Band:
    within = [one for one in scores if low <= one[0] < high]
    hired, told = sum(one[1] for one in within), sum(one[1] + one[2] for one in within)
    return Band(low, min(high, 100), hired, told, wilson(Rate(hired, told)) if told >= FEWEST else None)


def _better(scores: Scores, hired: int, rejected: int) -> float:
    below, points = 0, 0.0
    for _, here, others in sorted(scores):
        points += here * (below + others / 2)
        below += others
    return points / (hired * rejected)


def _interval(better: float, hired: int, rejected: int) -> Interval:
    """Newcombe 2006, method 5: a score interval with the variance of Hanley and McNeil, which holds at 0 and 1 too."""
    middle = (hired + rejected) / 2 - 1

    def far(theta: float) -> float:
        spread = theta * (1 - theta) / (hired * rejected)
        spread *= 1 + middle * (1 - theta) / (2 - theta) + middle * theta / (1 + theta)
        return abs(theta - better) - Z * math.sqrt(max(spread, 0.0))

    return Interval(_crossing(far, 0.0, better), _crossing(far, 1.0, better))


def _crossing(far: Callable[[float], float], end: float, inside: float) -> float:
    """Where `far` changes its sign between an end of the scale and a point well inside."""
    if far(end) <= 0:
        return end
    for _ in range(_STEPS):
        half = (end + inside) / 2
        end, inside = (half, inside) if far(half) > 0 else (end, half)
    return (end + inside) / 2


def quantile(counts: Sequence[tuple[float, int]], share: float) -> float | None:
    """Nearest rank, of (value, how many). None of fewer than FEWEST."""
    ordered = sorted(counts)
    total = sum(number for _, number in ordered)
    if total < FEWEST:
        return None
    wanted, seen = math.ceil(share * total), 0
    for value, number in ordered:
        seen += number
        if seen >= wanted:
            return value
    return ordered[-1][0]
