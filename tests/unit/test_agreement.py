"""Agreement of two raters: golden figures, intervals, and silence below two hundred double ratings."""

from __future__ import annotations

import random

import numpy as np
import pytest

from compliance.agreement import FEWEST, NAMES, Double, Figure, _sums, agreement, statistics

SHROUT_FLEISS = [(9, 2), (6, 1), (8, 4), (7, 1), (10, 5), (6, 2)]
"""Judges 1 and 2 of table 2 in Shrout and Fleiss 1979."""

GOLDEN = {"qwk": 0.107, "icc": 0.1257, "r": 0.7454, "smd": -3.1541}
"""Computed once by scikit-learn, numpy and a two-way analysis of variance."""
WITH_INTERVALS = {
    "qwk": "0.86 (0.83 to 0.88)",
    "icc": "0.86 (0.83 to 0.88)",
    "r": "0.86 (0.83 to 0.89)",
    "smd": "0.06 (-0.00 to 0.12)",
}


def rated(n: int, *, noise: int = 1, shift: int = 0) -> list[Double]:
    chance = random.Random(5)
    levels = [(chance.randint(1, 5), chance.randint(-noise, noise)) for _ in range(n)]
    return [
        Double(f"interview {place // 4}", level, min(5, max(1, level + off + shift)))
        for place, (level, off) in enumerate(levels)
    ]


def anova(pairs: list[tuple[int, int]]) -> float:
    """ICC(2,1) from the mean squares of a two-way table, by their definitions."""
    table = np.array(pairs, dtype=float)
    n, k, mean = len(table), 2, table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    between = k * ((rows - mean) ** 2).sum() / (n - 1)
    judges = n * ((columns - mean) ** 2).sum() / (k - 1)
    rest = table - rows[:, None] - columns[None, :] + mean
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    return float((between - error) / (between + (k - 1) * error + k * (judges - error) / n))


@pytest.mark.proves(17)
def test_the_figures_are_those_of_others() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    scipy = pytest.importorskip("scipy.stats")
    pairs = [(one.first, one.second) for one in rated(300, noise=2)]
    found = statistics(np.array(_sums(pairs), dtype=float))
    first, second = np.array(pairs).T
    assert found["qwk"] == pytest.approx(sklearn.cohen_kappa_score(first, second, weights="quadratic"))
    assert found["r"] == pytest.approx(scipy.pearsonr(first, second).statistic)
    assert found["icc"] == pytest.approx(anova(pairs))
    pooled = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    assert found["smd"] == pytest.approx((second.mean() - first.mean()) / pooled)


@pytest.mark.proves(17)
def test_golden_vectors() -> None:
    found = statistics(np.array(_sums(SHROUT_FLEISS), dtype=float))
    assert {name: round(float(value), 4) for name, value in found.items()} == GOLDEN
    told = agreement(rated(240)).figures
    assert {name: each.said for name, each in told.items()} == WITH_INTERVALS


@pytest.mark.proves(17)
def test_below_two_hundred_it_is_not_established() -> None:
    few = agreement(rated(FEWEST - 1, noise=0))
    assert (few.said, few.figures) == ("not established (199 of 200)", {}), "even where all agree"
    assert agreement([]).said == "not established (0 of 200)"
    enough = agreement(rated(FEWEST, noise=0))
    assert set(enough.figures) == set(NAMES)
    assert enough.said.startswith("QWK 1.00 (1.00 to 1.00), ICC 1.00 (1.00 to 1.00), r 1.00 (1.00 to 1.00), SMD 0.00")
    assert enough.said.endswith("over 200 double ratings of 50 interviews")


@pytest.mark.proves(17)
def test_what_cannot_be_told_is_not_told() -> None:
    same = agreement([Double(str(n), 3, 3) for n in range(FEWEST)])
    assert {each.said for each in same.figures.values()} == {"cannot be told"}, "nothing was told apart"
    assert Figure(0.5, None, None).said == "cannot be told"


def test_intervals_hold_whole_interviews_together_and_cover_the_figure() -> None:
    loose = rated(240, noise=2)
    alone = [Double(str(n), one.first, one.second) for n, one in enumerate(loose)]
    copied = [Double(str(n % 240), one.first, one.second) for n, one in enumerate(loose * 4)]
    wide, narrow = agreement(copied).figures["qwk"], agreement(alone).figures["qwk"]
    assert wide.value == pytest.approx(narrow.value)
    assert (wide.low, wide.high) == (narrow.low, narrow.high), "the same again is no more evidence"
    assert (wide.low or 1) < (wide.value or 0) < (wide.high or 0)


def test_a_lenient_rater_shows_in_the_difference() -> None:
    lenient = agreement(rated(300, noise=0, shift=1)).figures["smd"]
    assert (lenient.low or 0) > 0.3
