"""The arithmetic of matching."""

from __future__ import annotations

import numpy as np
import pytest

from matching.score import calibrate, contained, nears, similarities, stems, weighted_mean


def test_calibration_is_monotone_and_within_bounds() -> None:
    values = calibrate(np.linspace(-1, 1, 201))
    assert np.all(np.diff(values) >= 0)
    assert (values[0], values[-1]) == (0.0, 1.0)
    assert float(calibrate(0.5)) == pytest.approx(0.62)


def test_the_best_span_is_the_first_of_the_most_alike() -> None:
    cosines = np.array([[0.1, 0.7, 0.2, 0.5, 0.5], [0.7, 0.3, 0.7, 0.1, 0.2], [0.0, 0.9, 0.1, 0.3, 0.4]])
    every, some = np.ones(5, np.bool_), np.array([False, True, True, False, False])
    first, second, nobody = nears(cosines, [0, 2], [0, 3, 5, 5], every)
    assert [one.best for one in first] == [(0, 0.7), (1, 0.9)]
    assert first[0].most.tolist() == [0.7, 0.7, 0.7]
    assert [one.best for one in second] == [(0, 0.5), (1, 0.4)]
    assert [one.best for one in nobody] == [None, None]
    first, second, _ = nears(cosines, [0, 2], [0, 3, 5, 5], some)
    assert [one.best for one in first] == [(1, 0.7), (1, 0.9)]
    assert [one.best for one in second] == [None, None]
    assert second[0].meaning == 0.0


def test_similarities_are_rounded_before_anything_is_decided() -> None:
    vectors = np.array([[1.0, 0.0]], np.float32)
    noisy = np.array([[0.5 + 4e-8, 0.8]], np.float32)
    assert similarities(vectors, noisy)[0, 0] == 0.5
    assert similarities(vectors, np.zeros((0, 2), np.float32)).shape == (1, 0)


def test_words_are_compared_without_endings() -> None:
    asked = stems("Designed and built services")
    assert contained(asked, stems("designing services that were built by us")) == 1.0
    assert contained(asked, stems("cooking")) == 0.0
    assert contained(frozenset(), asked) == 0.0


def test_the_mean_is_weighted() -> None:
    assert weighted_mean([1.0, 0.0], [1.0, 0.5]) == 0.666667
    assert weighted_mean([], []) == 0.0
    assert weighted_mean([1.0], [0.0]) == 0.0
