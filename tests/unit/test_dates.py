"""Dates as resumes write them, and the union of periods."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.dates import Point, interval, looks_like_dates, months, parse_iso, periods, union

NOW = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Jan 2019 – Present", "2019-01", None),
        ("03/2015 - 04/2018", "2015-03", "2018-04"),
        ("2015–2018", "2015", "2018"),
        ("2019-20", "2019", "2020"),
        ("2016/17", "2016", "2017"),
        ("Sept. '08 to June '12", "2008-09", "2012-06"),
        ("8/01 to Present", "2001-08", None),
        ("Jan - Mar 2020", "2020-01", "2020-03"),
        ("Nov - Feb 2020", "2019-11", "2020-02"),
        ("Summer 2016 – Winter 2017", "2016-07", "2017-01"),
        ("01.03.2015 - 30.04.2017", "2015-03", "2017-04"),
        ("2019-03-01 – 2020-01-31", "2019-03", "2020-01"),
        ("2018 —", "2018", None),
        ("since March 2020", "2020-03", None),
        ("März 2015 bis heute", "2015-03", None),
        ("seit 2019", "2019", None),
        ("janvier 2018 à mars 2020", "2018-01", "2020-03"),
        ("enero 2018 – actualidad", "2018-01", None),
        ("styczeń 2019 – obecnie", "2019-01", None),
        ("Oct 2020 to date", "2020-10", None),
    ],
)
def test_reads_ranges(text: str, start: str, end: str | None) -> None:
    (period,) = periods(f"Acme\t{text}", now=NOW)
    assert (period.start.iso, period.end and period.end.iso, period.single) == (start, end, False)


@pytest.mark.parametrize(("text", "iso"), [("2019-06", "2019-06"), ("December 5, 2019", "2019-12"), ("2012", "2012")])
def test_reads_single_dates(text: str, iso: str) -> None:
    (period,) = periods(text, now=NOW)
    assert period.single
    assert period.start.iso == iso


def test_two_digit_pair_after_a_year_is_two_years_when_it_could_not_be_a_month_of_it() -> None:
    (period,) = periods("2005-09", now=NOW)
    assert (period.start.iso, period.end and period.end.iso) == ("2005", "2009")


@pytest.mark.parametrize(
    "text", ["may 24 hours", "call 555-0142", "grew sales by 20-30%", "version 3.11", "24/7 shifts"]
)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert periods(text, now=NOW) == []


def test_says_when_a_line_is_only_dates() -> None:
    assert looks_like_dates("Jan 2019 - Present (3 years)")
    assert not looks_like_dates("Acme 2019")
    assert not looks_like_dates("+49 171 3920082")


def test_year_only_ends_count_from_middle_to_middle() -> None:
    assert interval(Point(2015), Point(2018), now=NOW) == (2015 * 12 + 6, 2018 * 12 + 6)
    assert interval(Point(2020, 1), Point(2020, 3), now=NOW) == (2020 * 12, 2020 * 12 + 3)
    assert interval(Point(2026, 12), None, now=NOW) is None


def test_iso_rejects_what_is_no_date() -> None:
    assert parse_iso("2019-13") is None
    assert parse_iso("soon") is None
    assert parse_iso("2019-05-01") == Point(2019, 5)


intervals = st.lists(
    st.tuples(st.integers(0, 600), st.integers(1, 120)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=12
)


@settings(max_examples=40)
@given(intervals)
def test_union_is_idempotent_and_disjoint(found: list[tuple[int, int]]) -> None:
    merged = union(found)
    assert union(merged) == merged
    assert all(a[1] < b[0] for a, b in pairwise(merged))


@settings(max_examples=40)
@given(intervals, st.randoms(use_true_random=False))
def test_union_does_not_depend_on_order_and_never_exceeds_the_sum(found: list[tuple[int, int]], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert months(shuffled) == months(found)
    assert months(found) <= sum(last - first for first, last in found)


@settings(max_examples=40)
@given(intervals, st.tuples(st.integers(0, 600), st.integers(1, 120)))
def test_more_work_never_means_fewer_months(found: list[tuple[int, int]], extra: tuple[int, int]) -> None:
    assert months([*found, (extra[0], extra[0] + extra[1])]) >= months(found)
