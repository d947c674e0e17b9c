"""A calibration says what share came true, keeps every order, and does not promise what few pairs cannot show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.calibration import (
    ENOUGH,
    Calibration,
    brier,
    calibration_error,
    fit,
    fit_isotonic,
    fit_platt,
    held_out,
)
from models.errors import BadRequest


def drawn(pairs: int, slope: float = 8.0, offset: float = -4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    scores = random.random(pairs)
    chances = 1 / (1 + np.exp(-(slope * scores + offset)))
    return scores, (random.random(pairs) < chances).astype(int), chances


def test_platt_finds_the_logistic_that_drew_the_labels() -> None:
    scores, labels, chances = drawn(20_000)
    found = fit_platt(scores, labels)
    assert found.points == pytest.approx((8.0, -4.0), rel=0.08)
    assert np.abs(found.probabilities(scores) - chances).max() < 0.03


def test_isotonic_pools_what_runs_against_the_order() -> None:
    found = fit_isotonic([0.1, 0.2, 0.3, 0.4, 0.4], [0, 1, 0, 1, 1])
    assert found.probabilities([0.0, 0.1, 0.2, 0.3, 0.4, 1.0]).tolist() == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]


def test_calibrating_lowers_both_errors_and_few_pairs_take_platt() -> None:
    scores, labels, _ = drawn(ENOUGH)
    found = fit(scores, labels)
    assert found.kind == "isotonic"
    assert fit(scores[:-1], labels[:-1]).kind == "platt"
    fresh, outcomes = scores[::2], labels[::2]
    learnt = fit(scores[1::2], labels[1::2]).probabilities(fresh)
    assert brier(learnt, outcomes) < brier(fresh, outcomes)
    assert calibration_error(learnt, outcomes) < calibration_error(fresh, outcomes)


def test_errors_of_plain_cases() -> None:
    assert brier([1, 0, 0.5], [1, 0, 1]) == pytest.approx(0.25 / 3)
    assert calibration_error([0.8] * 5, [1, 1, 1, 1, 0]) == pytest.approx(0.0)
    assert calibration_error([0.9, 0.9, 0.1, 0.1], [0, 0, 0, 0]) == pytest.approx(0.5)


def test_labels_that_can_be_told_apart_stay_short_of_certainty() -> None:
    found = fit_platt([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    low, high = found.probabilities([0.0, 1.0])
    assert 0.0 < low < 0.5 < high < 1.0


def test_a_score_that_points_the_wrong_way_tells_nothing() -> None:
    assert len(set(fit_platt([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0]).probabilities([0.0, 0.5, 1.0]))) == 1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=40))
def test_no_calibration_changes_an_order(pairs: list[tuple[float, int]]) -> None:
    scores, labels = [score for score, _ in pairs], [label for _, label in pairs]
    if len(set(labels)) < 2:
        with pytest.raises(BadRequest):
            fit(scores, labels)
        return
    for found in (fit_platt(scores, labels), fit_isotonic(scores, labels)):
        values = found.probabilities(np.linspace(0, 1, 101))
        assert np.all(np.diff(values) >= -1e-12)
        assert 0 <= values.min() <= values.max() <= 1


def test_it_is_judged_on_jobs_it_has_not_seen() -> None:
    scores, labels, _ = drawn(300)
    jobs = [f"job {number % 3}" for number in range(300)]
    found = held_out(scores.tolist(), labels.tolist(), jobs)
    assert found is not None
    first = np.array(jobs) == "job 0"
    alone = fit(scores[~first], labels[~first]).probabilities(scores[first])
    assert found[first].tolist() == alone.tolist()
    assert held_out(scores.tolist(), labels.tolist(), ["one"] * 300) is None


def test_written_and_read_again_it_is_the_same() -> None:
    scores, labels, _ = drawn(50)
    for found in (fit_platt(scores, labels), fit_isotonic(scores, labels)):
        assert Calibration.from_json(found.to_json()) == found
    for broken in ({}, {"kind": "platt", "points": [1], "levels": [], "pairs": 3}, {"kind": "other", "points": [1]}):
        with pytest.raises(BadRequest):
            Calibration.from_json(broken)
