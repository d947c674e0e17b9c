"""Selection and scoring rates as New York's rule has them, what is said of few people, and what is never shown."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from compliance.categories import known
from compliance.impact import ALL, FINDINGS, Axis, Group, Impact, Person, bounds, concealed, measured
from compliance.intervals import Rate, ratio
from compliance.suppression import FEWEST, hidden

QUICK = settings(max_examples=60, deadline=None)


def people(
    sex: str = "", *, advanced: int = 0, n: int = 0, race: str = "", job: str = "a", score: float = 0.5
) -> list[Person]:
    groups = known({"sex": sex, "race": race})
    return [Person(job, score, number < advanced, groups) for number in range(n)]


def axis(found: Impact, name: str = "sex") -> Axis:
    return next(one for one in found.axes if one.name == name)


def group(found: Impact, category: str, name: str = "sex") -> Group:
    return next(one for one in axis(found, name).groups if one.category == category)


def shown(everybody: Sequence[Person], measure: Any = "selection", job: str = ALL) -> Impact:
    theirs = [one for one in everybody if job in (ALL, one.job)]
    return measured(theirs, measure, job=job, conceal=concealed(everybody))


# ---------------------------------------------------------------- New York's rates and ratios

PLACES = {
    ("male", "hispanic"): (470, 205),
    ("female", "hispanic"): (411, 190),
    ("male", "white"): (1390, 690),
    ("female", "white"): (1413, 765),
    ("male", "black"): (604, 250),
    ("female", "black"): (1005, 492),
    ("male", "asian"): (826, 420),
    ("female", "asian"): (801, 405),
    ("male", "native"): (9, 4),
    ("female", "native"): (4, 1),
}
"""(assessed, advanced). The last two are below 2 % of everybody."""


def new_york() -> list[Person]:
    found = people(n=78, advanced=20)
    for (sex, race), (n, advanced) in PLACES.items():
        found += people(sex, race=race, n=n, advanced=advanced)
    return found


@pytest.mark.proves(27)
def test_selection_rates_and_ratios_by_sex_race_and_both() -> None:
    found = measured(new_york(), "selection")
    by_sex: Counter[str] = Counter()
    for (sex, _), (n, _) in PLACES.items():
        by_sex[sex] += n
    assert axis(found).unknown == 78
    assert (group(found, "male").n, group(found, "female").n) == (by_sex["male"], by_sex["female"])
    assert axis(found).highest == "female"
    male = group(found, "male")
    assert male.advanced == sum(advanced for (sex, _), (_, advanced) in PLACES.items() if sex == "male")
    assert male.rate == pytest.approx(1569 / 3299)
    assert male.highest is not None
    assert male.highest.ratio == pytest.approx((1569 / 3299) / (1853 / 3634))
    both = axis(found, "sex_race")
    assert both.highest == "white.female"
    black_men = group(found, "black.male", "sex_race")
    assert black_men.highest is not None
    assert black_men.highest.ratio == pytest.approx((250 / 604) / (765 / 1413))
    assert round(black_men.highest.ratio, 2) == 0.76


@pytest.mark.proves(27)
def test_a_category_below_two_percent_keeps_count_and_rate_and_is_in_no_ratio() -> None:
    everybody = new_york() + people("female", race="pacific", n=9, advanced=9)
    found = measured(everybody, "selection")
    small = group(found, "pacific", "race")
    assert (small.n, small.rate, small.excluded, small.highest) == (9, 1.0, True, None)
    assert axis(found, "race").highest == "white", "the highest of those that are not excluded"
    white = group(found, "white", "race")
    assert white.ratio_of_all == pytest.approx(1455 / 2803), "and beside it the ratio had nobody been left out"
    assert not white.excluded
    exactly = people("female", n=98, advanced=50) + people("male", n=2, advanced=1)
    assert not group(measured(exactly, "selection"), "male").excluded, "two percent is not less than two percent"


@pytest.mark.proves(27)
def test_the_scoring_rate_counts_who_is_above_the_median_of_everybody_and_nobody_on_it() -> None:
    """Half of all have the middle value: above it are three of ten, not five."""
    scores = [3.0] * 10 + [4.0] * 25 + [5.0] * 15
    everybody = [
        Person("a", score, False, known({"sex": "female" if n % 2 else "male"})) for n, score in enumerate(scores)
    ]
    found = measured(everybody, "scoring")
    assert (found.median, found.at_median, found.advanced) == (4.0, 25, 15)
    assert found.advanced / found.assessed == 0.3
    unknown = [*everybody, *(Person("a", 9.0, False) for _ in range(60))]
    assert measured(unknown, "scoring").median == 9.0, "those who did not say are part of the full sample"
    assert measured(unknown, "scoring").advanced == 0


@QUICK
@given(some.lists(some.tuples(some.integers(1, 5), some.sampled_from(["female", "male", ""])), min_size=1, max_size=40))
def test_of_scores_only_the_order_counts(given: list[tuple[int, str]]) -> None:
    plain = [Person("a", float(score), False, known({"sex": sex})) for score, sex in given]
    stretched = [replace(one, score=one.score**3 * 7 - 2) for one in plain]
    rates = [
        [(one.category, one.n, one.advanced) for one in axis(measured(each, "scoring")).groups]
        for each in (plain, stretched, plain[::-1])
    ]
    if len(given) % 2:  # of an even number the median can be a value that nobody has
        assert rates[0] == rates[1]
    assert rates[0] == rates[2]
    assert measured(plain, "scoring").advanced * 2 <= len(plain)


@pytest.mark.proves(27)
def test_a_group_of_which_nobody_advanced_and_a_job_in_which_nobody_did() -> None:
    found = measured(people("female", n=40) + people("male", n=40, advanced=20), "selection")
    women = group(found, "female")
    assert (women.rate, women.highest and women.highest.ratio) == (0.0, 0.0)
    assert women.highest is not None and women.highest.finding == "lower"  # noqa: PT018
    nobody = measured(people("female", n=40) + people("male", n=40), "selection")
    assert axis(nobody).highest is None
    assert axis(nobody).finding == "not_enough_data"
    assert measured([], "scoring").median is None


@pytest.mark.proves(29)
def test_the_ratios_are_fairlearn_s() -> None:
    metrics = pytest.importorskip("fairlearn.metrics", reason="install the dev extra: fairlearn")
    everybody = [one for one in new_york() if one.groups]
    frame = metrics.MetricFrame(
        metrics=metrics.selection_rate,
        y_true=[one.advanced for one in everybody],
        y_pred=[one.advanced for one in everybody],
        sensitive_features=[one.groups["sex_race"] for one in everybody],
    )
    ours = {one.category: one.rate for one in axis(measured(everybody, "selection"), "sex_race").groups}
    assert ours == pytest.approx(dict(frame.by_group))
    lowest = min(one.ratio_of_all or 0 for one in axis(measured(everybody, "selection"), "sex_race").groups)
    assert lowest == pytest.approx(frame.ratio())


# ---------------------------------------------------------------- what it means


@pytest.mark.proves(29)
def test_a_ratio_is_never_alone() -> None:
    found = group(
        measured(people("female", n=40, advanced=12) + people("male", n=80, advanced=48), "selection"), "female"
    )
    one = found.highest
    assert one is not None
    assert (one.against, one.finding, one.below_four_fifths) == ("male", "lower", True)
    assert (one.sign_flips, one.rule_flips) == (False, False)
    assert one.holm == one.fisher == pytest.approx(0.00341, abs=5e-6), "one comparison only"
    assert one.within_jobs.ratio == pytest.approx(0.5), "one job only"
    assert found.rest is not None and found.rest.ratio == one.ratio  # noqa: PT018


def test_passing_four_fifths_is_no_all_clear_where_chance_is_unlikely() -> None:
    many = people("female", n=10_000, advanced=4700) + people("male", n=10_000, advanced=5000)
    one = group(measured(many, "selection"), "female").highest
    assert one is not None and (one.finding, one.below_four_fifths) == ("rates_differ", False)  # noqa: PT018


def test_would_one_person_change_it() -> None:
    one = group(measured(people("female", n=12, advanced=5) + people("male", n=12, advanced=6), "selection"), "female")
    assert one.highest is not None
    assert one.highest.sign_flips
    assert not one.highest.below_four_fifths
    low = group(
        measured(people("female", n=40, advanced=15) + people("male", n=40, advanced=20), "selection"), "female"
    )
    assert low.highest is not None and low.highest.below_four_fifths and low.highest.rule_flips  # noqa: PT018
    assert not low.highest.sign_flips
    edge = group(
        measured(people("female", n=50, advanced=20) + people("male", n=50, advanced=25), "selection"), "female"
    )
    assert edge.highest is not None and not edge.highest.below_four_fifths, "four fifths is not below"  # noqa: PT018


@pytest.mark.proves(29)
@QUICK
@given(some.tuples(*[some.integers(0, 6)] * 6))
def test_bounds_are_the_worst_and_the_best_of_all_assignments(counts: tuple[int, ...]) -> None:
    a, c, b, d, up, down = counts
    first, second, unknown = Rate(a, a + c), Rate(b, b + d), Rate(up, up + down)
    found = []
    for ups, downs in itertools.product(range(up + 1), range(down + 1)):  # of the first; the others are of the second
        one = Rate(a + ups, first.n + ups + downs)
        other = Rate(b + up - ups, second.n + up - ups + down - downs)
        found.append(ratio(one, other))
    values = [each for each in found if each is not None]
    lowest, highest = bounds(first, second, unknown)
    if lowest is not None and values:
        assert lowest == pytest.approx(min(values))
    if highest is not None and values and b:
        assert highest == pytest.approx(max(values))


# ---------------------------------------------------------------- few people


@pytest.mark.proves(30)
def test_below_thirty_it_is_not_enough_data_and_nothing_ever_says_that_all_is_well() -> None:
    found = measured(people("female", n=29, advanced=29) + people("male", n=200, advanced=200), "selection")
    one = group(found, "male").highest or group(found, "female").highest
    assert one is not None and one.finding == "not_enough_data"  # noqa: PT018
    assert axis(found).finding == "not_enough_data"
    assert group(found, "female").few
    enough = measured(people("female", n=60, advanced=30) + people("male", n=60, advanced=30), "selection")
    assert axis(enough).finding == "none_shown"
    for text in FINDINGS.values():
        assert "no adverse impact" not in text.lower()
    assert "does not prove" in FINDINGS["none_shown"]


@pytest.mark.proves(30)
def test_four_people_are_not_shown_nor_can_they_be_computed() -> None:
    """Three groups of one job: with one hidden its number would be what is left of the known total."""
    everybody = (
        people("female", n=40, advanced=20) + people("male", n=30, advanced=10) + people("another", n=4, advanced=4)
    )
    found = shown(everybody)
    assert [one.n for one in axis(found).groups] == [40, None, None]
    assert axis(found).hidden == 2
    assert axis(found).highest == "female"
    assert axis(found).finding == "not_enough_data", "who is hidden may be worse off"
    blank = [one for one in axis(found).groups if one.n is None]
    assert all(
        value is None or value is False for one in blank for key, value in asdict(one).items() if key != "category"
    )


@pytest.mark.proves(30)
def test_nor_as_the_difference_of_all_jobs_and_the_others() -> None:
    many = people("female", n=40, advanced=20) + people("male", n=40, advanced=20)
    second = [replace(one, job="b") for one in many]
    little = people("female", n=4, advanced=2, job="c") + people("male", n=40, advanced=20, job="c")
    everybody = many + second + little
    found = {job: shown(everybody, job=job) for job in (ALL, "a", "b", "c")}
    assert group(found["c"], "female").n is None
    others = [group(found[job], "female").n for job in "ab"]
    assert others.count(None) == 1, "one more is hidden, no more than that"
    assert group(found[ALL], "female").n == 84


@pytest.mark.proves(30)
def test_where_four_people_advanced_no_rate_tells_what_they_are() -> None:
    everybody = people("female", n=20, advanced=4) + people("male", n=30)
    found = shown(everybody)
    assert [(one.n, one.advanced, one.rate) for one in axis(found).groups] == [(20, None, None), (30, None, None)]
    assert axis(found).highest is None
    assert axis(found).finding == "not_enough_data"


@QUICK
@given(
    some.lists(some.lists(some.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4),
)
def test_a_hidden_cell_of_a_table_never_stands_alone(rows: list[list[int]]) -> None:
    counts = {(i, j): value for i, row in enumerate(rows) for j, value in enumerate(row)}
    lines = [[(i, j) for j in range(3)] for i in range(len(rows))]
    lines += [[(i, j) for i in range(len(rows))] for j in range(3)]
    found = hidden(counts, lines)
    assert all(counts[cell] == 0 or counts[cell] >= FEWEST for cell in counts if cell not in found)
    for line in lines:
        kept = [counts[cell] for cell in line if cell in found]
        visible = [counts[cell] for cell in line if cell not in found and counts[cell]]
        assert not kept or not visible or (len(kept) > 1 and sum(kept) >= FEWEST)


@pytest.mark.proves(30)
def test_of_the_only_one_who_answered_not_even_the_name_of_the_group_is_told() -> None:
    told = [[one.category for one in axis(shown(people(sex, n=1))).groups] for sex in ("female", "male", "another")]
    assert told == [["female", "male", "another"]] * 3


@QUICK
@given(some.lists(some.lists(some.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=3))
@example([[6, 3, 0], [9, 0, 6]])
def test_no_hidden_count_is_what_the_others_leave(rows: list[list[int]]) -> None:
    """An attacker with linear algebra: what is known of each job's groups, of all jobs together, and of every total."""
    sexes = ("female", "male", "another")
    everybody = [
        one
        for job, row in zip("abc", rows, strict=False)
        for sex, n in zip(sexes, row, strict=True)
        for one in people(sex, n=n, job=job)
    ]
    jobs = "abc"[: len(rows)]
    tables = {job: axis(shown(everybody, job=job)).groups for job in (*jobs, ALL)}
    cells = [(job, one.category) for job, groups in tables.items() for one in groups if one.n is None]
    equations = [[float(cell[0] == job) for cell in cells] for job in (*jobs, ALL)]
    equations += [[float(cell[1] == sex) * (-1 if cell[0] == ALL else 1) for cell in cells] for sex in sexes]
    if cells:
        _, sizes, ways = numpy.linalg.svd(numpy.array(equations))
        free = ways[int((sizes > 1e-9).sum()) :]
        told = [cell for place, cell in enumerate(cells) if numpy.abs(free[:, place]).sum() < 1e-9]
        counts = Counter((job, one.groups["sex"]) for one in everybody for job in (one.job, ALL))
        assert not [cell for cell in told if counts[cell]]


@pytest.mark.proves(30)
def test_figures_within_jobs_are_made_of_what_is_shown_of_them() -> None:
    open_job = people("female", n=40, advanced=20) + people("male", n=40, advanced=10)
    small = people("female", n=3, advanced=2, job="b") + people("male", n=20, advanced=10, job="b")
    other = people("female", n=10, advanced=3, job="c") + people("male", n=10, advanced=5, job="c")
    found = group(shown(open_job + small + other), "male").highest
    assert found is not None
    assert (found.within_jobs.strata, found.within_jobs.ratio) == (1, 0.5), "the one job of which both are shown"
