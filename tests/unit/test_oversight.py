"""Is oversight real? Figures, alarms and doubts over plain values."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from compliance.oversight import (
    FEWEST_PAIRS,
    IDLE_SECONDS,
    LIMITS,
    Decided,
    Pair,
    Share,
    alarms,
    doubts,
    dwell,
    enough,
    figures,
    sample_needed,
    weighted_kappa,
)

CAREFUL = Decided("Ann", "job", seconds=900.0, final=True, blind=True, changed=True)
STAMP = Decided("Bob", "job", seconds=1.0, final=True, blind=False, changed=False)


def names(decided: list[Decided], pairs: list[Pair] | None = None) -> set[str]:
    return {alarm.name for alarm in alarms(figures(decided, pairs or []))}


def test_time_is_counted_from_the_first_sign_and_silence_only_in_part() -> None:
    assert dwell([]) == dwell([5.0]) == 0
    assert dwell([0.0, 30.0, 60.0, 61.0]) == 61
    assert dwell([0.0, 3600.0, 3601.0]) == IDLE_SECONDS + 1, "who went to lunch did not read meanwhile"


@pytest.mark.proves(22)
def test_approvals_of_one_second_raise_the_alarm_and_careful_reviews_do_not() -> None:
    stamped = alarms(figures([STAMP] * 12, []))
    assert {alarm.name for alarm in stamped} == {"hurried", "brief", "looks_first"}
    assert "12 of 12 decisions within 10 seconds" in stamped[0].text
    chance = random.Random(7)
    careful = [replace(CAREFUL, seconds=chance.uniform(240, 1500), changed=n % 3 == 0) for n in range(200)]
    assert names(careful) == set()


def test_a_few_quick_ones_among_many_raise_nothing() -> None:
    assert names([STAMP] * 2 + [CAREFUL] * 18) == set()
    assert names([STAMP] * 4 + [CAREFUL] * 6) == set(), "four of ten could be chance"


def test_few_cases_are_neither_accused_nor_cleared() -> None:
    nine = figures([STAMP] * 9, [])
    assert alarms(nine) == ()
    assert not enough(nine)
    assert nine.hurried.value is None, "no percentage of nine"
    assert (nine.hurried.count, nine.hurried.of) == (9, 9)
    assert enough(figures([STAMP] * 10, []))


def test_rejections_together_are_counted_apart() -> None:
    found = figures([replace(STAMP, final=False, together=True)] * 50, [])
    assert (found.decisions, found.together, found.median_seconds) == (0, 50, None)
    assert alarms(found) == ()


def test_rejections_after_interviews_nobody_opened() -> None:
    unheard = replace(CAREFUL, final=False, interviewed=True, heard=False)
    assert names([unheard] * 12) == {"unheard"}
    assert names([replace(unheard, heard=True)] * 12) == set()
    assert names([replace(unheard, interviewed=False)] * 12) == set(), "there was none to open"


def test_never_differing_and_giving_up_ones_own_rating() -> None:
    assert names([replace(CAREFUL, changed=False)] * 34) == set()
    assert names([replace(CAREFUL, changed=False)] * 35) == {"never_differs"}
    given_up = [Pair("Ann", "job", human=2, foyer=4, concluded=True, final=4)] * 40
    assert names([], given_up) == {"gives_up"}
    assert names([], [replace(one, final=2) for one in given_up]) == set()
    assert names([], [replace(one, concluded=False) for one in given_up]) == set()


def test_every_limit_belongs_to_a_share() -> None:
    found = figures([], [])
    for name in LIMITS:
        assert isinstance(getattr(found, name), Share), name


@pytest.mark.parametrize(("count", "of", "least"), [(0, 10, 0.0), (10, 10, 0.7225), (5, 20, 0.1119), (81, 263, 0.2553)])
def test_wilson_s_lower_end(count: int, of: int, least: float) -> None:
    """(81 of 263: Newcombe 1998, table I.)"""
    assert Share(count, of).least == pytest.approx(least, abs=1e-4)


@pytest.mark.proves(17)
def test_agreement_is_told_from_two_hundred_ratings_on() -> None:
    pairs = [Pair("Ann", "job", human=n % 5 + 1, foyer=n % 5 + 1) for n in range(FEWEST_PAIRS)]
    assert len(pairs) == 200
    assert figures([], pairs).agreement == pytest.approx(1.0)
    assert figures([], pairs[1:]).agreement is None
    untold = [replace(pairs[0], human=None), *pairs[1:]]
    assert figures([], untold).agreement is None, "'not enough to tell' is no rating"


def test_weighted_kappa_as_others_compute_it() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    chance = random.Random(3)
    pairs = [(chance.randint(1, 5), chance.randint(1, 5)) for _ in range(60)]
    wanted = sklearn.cohen_kappa_score(*zip(*pairs, strict=True), weights="quadratic")
    assert weighted_kappa(pairs) == pytest.approx(wanted)
    assert weighted_kappa([(1, 5), (5, 1)]) == pytest.approx(-1.0)
    assert weighted_kappa([(3, 3)] * 40) is None, "nothing was told apart"


def test_what_wants_a_second_person() -> None:
    foyer = {"code": 4, "team": 2, "care": None}
    assert doubts(foyer, ["team", "care"], []) == doubts(foyer, ["team"], [])
    [unsure] = doubts(foyer, ["team", "care"], [])
    assert (unsure.reason, unsure.competencies) == ("low_confidence", ("team",))
    near, far = {"code": 3, "team": 3, "care": 5}, {"code": 2, "team": 2, "care": 1}
    assert doubts(foyer, ["team"], [near]) == (), "one person has looked, and is near"
    [apart] = doubts(foyer, [], [far])
    assert (apart.reason, apart.competencies) == ("differs_from_foyer", ("code",))
    [between] = doubts(foyer, [], [near, far])
    assert (between.reason, between.competencies) == ("reviewers_differ", ("care",))
    assert doubts(foyer, [], [far, far]) == (), "a second person agrees with the first"
    assert doubts(foyer, [], [near, far, near]) == (), "a third one was asked"
    assert doubts(foyer, [], [{"code": None, "team": 2}]) == (), "'not enough to tell' is no distance"


@pytest.mark.parametrize(("number", "needed"), [(1, 1), (2, 2), (3, 3), (30, 3), (31, 4), (100, 10), (1000, 100)])
def test_how_many_must_be_opened(number: int, needed: int) -> None:
    assert sample_needed(number) == needed
