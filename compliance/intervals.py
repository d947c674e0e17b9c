"""How surely two rates differ: intervals and exact tests over counts. Pure arithmetic, no library; used by
`compliance.impact`, and checked against scipy and statsmodels in the tests.

A rate is `Rate(advanced, n)`. Intervals are 95 %. "First" is the group that is looked at, "second" the one it is
compared with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959963984540054
"""The normal quantile at .975."""
_TIE = 1 + 1e-7
"""Tables as likely as the observed one count as such in spite of rounding; R's fisher.test uses the same margin."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`advanced` of `n`."""

    advanced: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.advanced <= self.n:
            raise ValueError(f"{self.advanced} of {self.n} is no rate")

    @property
    def value(self) -> float | None:
        """None of nobody."""
        return self.advanced / self.n if self.n else None


def wilson(rate: Rate) -> Interval | None:
    """Wilson score interval of a rate. None of nobody."""
    if not rate.n:
        return None
    share, n = rate.advanced / rate.n, rate.n
    middle = share + Z * Z / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    low, high = (middle - spread) / (1 + Z * Z / n), (middle + spread) / (1 + Z * Z / n)
    return Interval(0.0 if rate.advanced == 0 else max(0.0, low), 1.0 if rate.advanced == n else min(1.0, high))


def ratio(first: Rate, second: Rate) -> float | None:
    """None where the second is nobody or none of it advanced: nothing can be said as a multiple of that."""
    if not first.n or not second.n or not second.advanced:
        return None
    return (first.advanced * second.n) / (first.n * second.advanced)


def katz(first: Rate, second: Rate) -> Interval | None:
    """Katz's log interval of the ratio of two rates. Where its formula breaks down, half a person stands in: added to
    each count where nobody of the first advanced (Walter 1975; 0 stays the lower end), taken off where all did."""
    if ratio(first, second) is None:
        return None
    a, n, b, m = float(first.advanced), float(first.n), float(second.advanced), float(second.n)
    if a == 0:
        a, n, b, m = a + 0.5, n + 0.5, b + 0.5, m + 0.5
    elif a == n and b == m:
        a, b = a - 0.5, b - 0.5
    spread = Z * math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    middle = math.log(a * m / (n * b))
    return Interval(0.0 if first.advanced == 0 else math.exp(middle - spread), math.exp(middle + spread))


def newcombe(first: Rate, second: Rate) -> Interval | None:
    """Newcombe's hybrid score interval (method 10) of first minus second. None where one is nobody."""
    one, other = wilson(first), wilson(second)
    if one is None or other is None:
        return None
    p, q = first.advanced / first.n, second.advanced / second.n
    low = p - q - math.hypot(p - one.low, other.high - q)
    high = p - q + math.hypot(one.high - p, q - other.low)
    return Interval(max(-1.0, low), min(1.0, high))


@dataclass(frozen=True, slots=True)
class Exact:
    """Two-sided chance of a table as unlikely as this one, were both rates equal: Fisher's, and its mid-P, which counts
    tables exactly as likely as the observed one by half."""

    fisher: float
    mid_p: float


def exact(first: Rate, second: Rate) -> Exact:
    """By adding up the hypergeometric distribution outwards from its mode, so that no factorial is needed."""
    total, advanced = first.n + second.n, first.advanced + second.advanced
    low, high = max(0, advanced - second.n), min(first.n, advanced)
    mode = min(max((first.n + 1) * (advanced + 1) // (total + 2), low), high)
    weights = {mode: 1.0}
    for x in range(mode, high):
        up = (first.n - x) * (advanced - x) / ((x + 1) * (second.n - advanced + x + 1))
        weights[x + 1] = weights[x] * up
    for x in range(mode, low, -1):
        down = x * (second.n - advanced + x) / ((first.n - x + 1) * (advanced - x + 1))
        weights[x - 1] = weights[x] * down
    everything, seen = math.fsum(weights.values()), weights[first.advanced]
    rarer = math.fsum(weight for weight in weights.values() if weight * _TIE < seen) / everything
    alike = math.fsum(weight for weight in weights.values() if seen / _TIE <= weight <= seen * _TIE) / everything
    return Exact(min(1.0, rarer + alike), rarer + alike / 2)


def pooled_z(first: Rate, second: Rate) -> float | None:
    """Two-proportion z with the pooled rate ("two standard deviations"). None where nobody or everybody advanced."""
    total, advanced = first.n + second.n, first.advanced + second.advanced
    if not first.n or not second.n or advanced in (0, total):
        return None
    pooled = advanced / total
    spread = math.sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
    return (first.advanced / first.n - second.advanced / second.n) / spread


def cohens_h(first: Rate, second: Rate) -> float | None:
    """Second minus first on the arcsine scale: above 0 where the first group does worse. .2 is small, .5 medium, .8
    large. None where one is nobody."""
    if not first.n or not second.n:
        return None
    one, other = (2 * math.asin(math.sqrt(rate.advanced / rate.n)) for rate in (first, second))
    return other - one


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Chances of several comparisons, each raised so that all of them together are wrong in one of twenty cases."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    found, highest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        found[place] = highest
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Stratified:
    """Two groups compared within each job and put together (Mantel-Haenszel), so that jobs of unlike rates neither hide
    a difference nor make one. `ratio` is None where no job has both groups and somebody who advanced; `p` where
    nothing varies."""

    ratio: float | None
    odds_ratio: float | None
    p: float | None
    strata: int


def mantel_haenszel(strata: Iterable[tuple[Rate, Rate]]) -> Stratified:
    """`strata`: first and second of each job. The test is without continuity correction. Jobs in which one of the two
    is nobody say nothing and are left out."""
    both = [(one, other) for one, other in strata if one.n and other.n]
    up = down = odds_up = odds_down = apart = spread = 0.0
    for one, other in both:
        a, b, n, m = one.advanced, other.advanced, one.n, other.n
        total, advanced = n + m, a + b
        up, down = up + a * m / total, down + b * n / total
        odds_up, odds_down = odds_up + a * (m - b) / total, odds_down + (n - a) * b / total
        apart += a - advanced * n / total
        if total > 1:
            spread += n * m * advanced * (total - advanced) / (total * total * (total - 1))
    return Stratified(
        ratio=up / down if down else None,
        odds_ratio=odds_up / odds_down if odds_down else None,
        p=math.erfc(math.sqrt(apart * apart / spread / 2)) if spread else None,
        strata=len(both),
    )
