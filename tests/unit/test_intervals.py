"""Intervals and exact tests: the golden table to its printed digits, laws that hold for all counts, and the same
numbers from scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as some

from compliance.intervals import (
    Rate,
    cohens_h,
    exact,
    holm,
    katz,
    mantel_haenszel,
    newcombe,
    pooled_z,
    ratio,
    wilson,
)

proportion = pytest.importorskip("statsmodels.stats.proportion", reason="install the dev extra: statsmodels")
several = pytest.importorskip("statsmodels.stats.multitest")
tables = pytest.importorskip("statsmodels.stats.contingency_tables")
FEW = settings(max_examples=40, deadline=None)

GOLDEN = [
    ((12, 40), (48, 80), ".500", (".301", ".829"), ".00341", ".00214", "-3.098", ".613"),
    ((3, 10), (6, 12), ".600", (".199", "1.808"), ".41486", ".30341", "-.950", ".412"),
    ((7, 20), (10, 20), ".700", (".334", "1.468"), ".52311", ".36170", "-.960", ".305"),
    ((4700, 10000), (5000, 10000), ".940", (".914", ".967"), ".00002", ".00002", "-4.245", ".060"),
]
"""first, second, ratio (95 % Katz), Fisher, mid-P, z, h."""


def printed(value: float | None, like: str) -> str:
    """With as many digits as the table has, and no zero before the point."""
    assert value is not None
    text = f"{value:.{len(like.partition('.')[2])}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


@pytest.mark.proves(29)
@pytest.mark.parametrize("row", GOLDEN, ids=str)
def test_the_golden_table_to_its_printed_digits(row: tuple[tuple[int, int], ...]) -> None:
    one, other, ir, ends, fisher, mid_p, z, h = row
    first, second = Rate(*one), Rate(*other)
    interval, chance = katz(first, second), exact(first, second)
    assert interval is not None
    found = (ratio(first, second), interval.low, interval.high, chance.fisher, chance.mid_p)
    found = (*found, pooled_z(first, second), cohens_h(first, second))
    wanted = (ir, *ends, fisher, mid_p, z, h)
    assert tuple(printed(value, like) for value, like in zip(found, wanted, strict=True)) == wanted


def rates(most: int = 60) -> some.SearchStrategy[Rate]:
    return some.integers(1, most).flatmap(lambda n: some.integers(0, n).map(lambda advanced: Rate(advanced, n)))


@pytest.mark.proves(29)
@FEW
@given(rates(), rates())
def test_the_same_as_scipy(first: Rate, second: Rate) -> None:
    chance = exact(first, second)
    table = [[first.advanced, first.n - first.advanced], [second.advanced, second.n - second.advanced]]
    assert chance.fisher == pytest.approx(scipy.stats.fisher_exact(table).pvalue, rel=1e-9)
    total, advanced = first.n + second.n, first.advanced + second.advanced
    x = np.arange(max(0, advanced - second.n), min(first.n, advanced) + 1)
    weights = scipy.stats.hypergeom.pmf(x, total, advanced, first.n)
    seen = scipy.stats.hypergeom.pmf(first.advanced, total, advanced, first.n)
    alike = np.isclose(weights, seen, rtol=1e-7, atol=0)
    assert chance.mid_p == pytest.approx(weights[(weights < seen) & ~alike].sum() + weights[alike].sum() / 2, rel=1e-9)
    ends, theirs = wilson(first), scipy.stats.binomtest(first.advanced, first.n).proportion_ci(method="wilson")
    assert ends is not None
    assert (ends.low, ends.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.proves(29)
@FEW
@given(rates(), rates())
def test_the_same_as_statsmodels(first: Rate, second: Rate) -> None:
    a, n, b, m = first.advanced, first.n, second.advanced, second.n
    ends, theirs = newcombe(first, second), proportion.confint_proportions_2indep(a, n, b, m, method="newcomb")
    assert ends is not None
    assert (ends.low, ends.high) == pytest.approx(theirs, abs=1e-12)
    h = cohens_h(first, second)
    assert h == pytest.approx(proportion.proportion_effectsize(b / m, a / n), abs=1e-12)
    if a and b and not (a == n and b == m):
        spread, theirs = (
            katz(first, second),
            proportion.confint_proportions_2indep(a, n, b, m, method="log", compare="ratio"),
        )
        assert spread is not None
        assert (spread.low, spread.high) == pytest.approx(theirs, rel=1e-9)
    if 0 < a + b < n + m:
        assert pooled_z(first, second) == pytest.approx(proportion.proportions_ztest([a, b], [n, m])[0], abs=1e-9)


def test_holm_is_statsmodels() -> None:
    chances = [0.04, 0.001, 0.03, 0.9, 0.03, 0.2]
    assert holm(chances) == pytest.approx(several.multipletests(chances, method="holm")[1])
    assert holm([0.6, 0.7]) == (1.0, 1.0)
    assert holm([]) == ()


@pytest.mark.proves(29)
@FEW
@given(some.lists(some.tuples(rates(20), rates(20)), min_size=1, max_size=5))
def test_within_jobs_is_statsmodels(strata: list[tuple[Rate, Rate]]) -> None:
    found = mantel_haenszel(strata)
    each = [[[a.advanced, a.n - a.advanced], [b.advanced, b.n - b.advanced]] for a, b in strata]
    theirs = tables.StratifiedTable([np.asarray(table, float) for table in each])
    if found.ratio is not None:
        assert found.ratio == pytest.approx(theirs.riskratio_pooled, rel=1e-9)
    if found.odds_ratio is not None:
        assert found.odds_ratio == pytest.approx(theirs.oddsratio_pooled, rel=1e-9)
    if found.p is not None:
        assert found.p == pytest.approx(theirs.test_null_odds(correction=False).pvalue, abs=1e-9)


def test_pooling_does_not_hide_what_happens_in_each_job() -> None:
    """Simpson: in both jobs the first group advances less; put together it seems to advance more."""
    strata = [(Rate(60, 80), Rate(18, 20)), (Rate(2, 20), Rate(16, 80))]
    together = Rate(62, 100), Rate(34, 100)
    assert ratio(*together) == pytest.approx(1.82, abs=0.01)
    within = mantel_haenszel(strata)
    assert within.ratio is not None and within.ratio < 0.8  # noqa: PT018
    assert within.p is not None and within.p < 0.1  # noqa: PT018


@FEW
@given(rates(), rates())
def test_turned_round_it_is_the_same(first: Rate, second: Rate) -> None:
    one, other = exact(first, second), exact(second, first)
    assert (one.fisher, one.mid_p) == pytest.approx((other.fisher, other.mid_p))
    assert 0 < one.mid_p <= one.fisher <= 1
    there, back = newcombe(first, second), newcombe(second, first)
    assert there is not None and back is not None  # noqa: PT018
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    if (z := pooled_z(first, second)) is not None:
        assert z == pytest.approx(-(pooled_z(second, first) or 0.0))
    if first.advanced and second.advanced:
        up, down = katz(first, second), katz(second, first)
        assert up is not None and down is not None  # noqa: PT018
        assert (up.low, up.high) == pytest.approx((1 / down.high, 1 / down.low))


@FEW
@given(rates(), rates())
def test_one_person_more_never_lowers_the_ratio(first: Rate, second: Rate) -> None:
    if first.advanced < first.n and second.advanced:
        more = Rate(first.advanced + 1, first.n)
        assert (ratio(more, second) or 0) > (ratio(first, second) or 0)
        assert (cohens_h(more, second) or 0) <= (cohens_h(first, second) or 0)
        one, other = wilson(more), wilson(first)
        assert one is not None and other is not None and one.low > other.low  # noqa: PT018


@FEW
@given(rates(), rates())
def test_intervals_hold_what_was_seen(first: Rate, second: Rate) -> None:
    seen, ends = ratio(first, second), katz(first, second)
    if seen is not None:
        assert ends is not None and ends.low <= seen + 1e-12 and seen <= ends.high + 1e-12  # noqa: PT018
        assert ends.low < ends.high and math.isfinite(ends.high)  # noqa: PT018


def test_groups_of_which_nobody_advanced() -> None:
    nobody, some_did = Rate(0, 40), Rate(20, 40)
    assert ratio(nobody, some_did) == 0
    ends = katz(nobody, some_did)
    assert ends is not None and ends.low == 0 and 0 < ends.high < 1  # noqa: PT018
    assert ratio(some_did, nobody) is None
    assert katz(some_did, nobody) is None
    assert pooled_z(nobody, Rate(0, 30)) is None
    assert exact(nobody, Rate(0, 30)).fisher == 1
    assert wilson(Rate(0, 0)) is None
    with pytest.raises(ValueError, match="no rate"):
        Rate(3, 2)
