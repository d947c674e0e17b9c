"""From a score to a chance: what share of people with such a score turned out right, learnt from labelled outcomes.

Pure numpy; called by `foyer calibrate`, and by `foyer screen --calibration` to show the chance beside the score. Never
changes an order: both forms are monotone. Platt's two numbers are enough for few pairs; isotonic regression follows the
data from ENOUGH pairs on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import BadRequest

ENOUGH = 1000
"""Pairs from which isotonic regression no longer overfits."""
_STEPS = 100
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A monotone map from scores to probabilities. platt: `points` is (slope, offset) of a logistic. isotonic: `points`
    are scores ascending, `levels` their probabilities; between them linear, beyond them constant."""

    kind: Literal["platt", "isotonic"]
    points: tuple[float, ...]
    levels: tuple[float, ...] = ()
    pairs: int = 0

    def probabilities(self, scores: ArrayLike) -> Floats:
        given = np.asarray(scores, np.float64)
        if self.kind == "platt":
            return _logistic(self.points[0] * given + self.points[1])
        return np.asarray(np.interp(given, self.points, self.levels), np.float64)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "points": list(self.points),
            "levels": list(self.levels),
            "pairs": self.pairs,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Calibration:
        """Raises BadRequest where the file is not one that `to_json` wrote."""
        try:
            read = cls(
                kind=found["kind"],
                points=tuple(float(value) for value in found["points"]),
                levels=tuple(float(value) for value in found["levels"]),
                pairs=int(found["pairs"]),
            )
        except (KeyError, TypeError, ValueError) as broken:
            raise BadRequest(f"This is no calibration ({broken!r}); write one with `foyer calibrate`.") from broken
        whole = len(read.points) == 2 if read.kind == "platt" else len(read.points) == len(read.levels) > 0
        if read.kind not in ("platt", "isotonic") or not whole:
            raise BadRequest("This is no calibration; write one with `foyer calibrate`.")
        return read


def fit(scores: ArrayLike, labels: ArrayLike) -> Calibration:
    """Isotonic from ENOUGH pairs on, else Platt. Labels are 0 or 1. Raises BadRequest without both."""
    given, outcomes = _pairs(scores, labels)
    return fit_isotonic(given, outcomes) if len(given) >= ENOUGH else fit_platt(given, outcomes)


def fit_platt(scores: ArrayLike, labels: ArrayLike) -> Calibration:
    """Logistic regression on the score by Newton's method, with Platt's targets (n + 1) / (n + 2), so that labels that
    can be told apart do not send the slope to infinity. A slope below 0 becomes 0: no higher score is worth less."""
    given, outcomes = _pairs(scores, labels)
    right, wrong = float(outcomes.sum()), float((1 - outcomes).sum())
    targets = np.where(outcomes == 1, (right + 1) / (right + 2), 1 / (wrong + 2))
    features = np.column_stack([given, np.ones_like(given)])
    weights = np.array([0.0, np.log((right + 1) / (wrong + 1))])
    for _ in range(_STEPS):
        chances = _logistic(features @ weights)
        slope = features.T @ (chances - targets)
        bend = (features * (chances * (1 - chances))[:, None]).T @ features + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        weights = weights - np.clip(step, -10, 10)
        if float(np.abs(step).max()) < 1e-10:
            break
    if weights[0] < 0:
        weights = np.array([0.0, np.log((right + 1) / (wrong + 1))])
    return Calibration("platt", (float(weights[0]), float(weights[1])), pairs=len(given))


def fit_isotonic(scores: ArrayLike, labels: ArrayLike) -> Calibration:
    """The non-decreasing steps nearest to the labels (least squares), by pooling adjacent violators."""
    given, outcomes = _pairs(scores, labels)
    points, where = np.unique(given, return_inverse=True)
    weights = np.bincount(where).astype(np.float64)
    means = np.bincount(where, outcomes) / weights
    blocks: list[tuple[float, float, int]] = []  # mean, weight, points
    for mean, weight in zip(means, weights, strict=True):
        block = (float(mean), float(weight), 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            together = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / together, together, before[2] + block[2])
        blocks.append(block)
    levels = [mean for mean, _, many in blocks for _ in range(many)]
    return Calibration("isotonic", tuple(map(float, points)), tuple(levels), pairs=len(given))


def brier(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean squared error, 0 (best) to 1."""
    return float(np.mean((np.asarray(probabilities, np.float64) - np.asarray(labels, np.float64)) ** 2))


def calibration_error(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error: in `bins` equal steps of probability, how far the mean probability lies from
    the share that came true, weighted by how many fall into each."""
    chances, outcomes = np.asarray(probabilities, np.float64), np.asarray(labels, np.float64)
    step = np.minimum((chances * bins).astype(np.int64), bins - 1)
    count = np.maximum(np.bincount(step, minlength=bins), 1)
    gaps = np.bincount(step, chances, bins) / count - np.bincount(step, outcomes, bins) / count
    return float(np.sum(np.abs(gaps) * np.bincount(step, minlength=bins)) / len(chances))


def held_out(scores: Sequence[float], labels: Sequence[int], jobs: Sequence[str]) -> Floats | None:
    """Each pair's probability from a calibration fitted on all other jobs; None where a job has no two labels left."""
    given, outcomes, named = np.asarray(scores, np.float64), np.asarray(labels), np.array(jobs)
    found = np.zeros(len(given))
    for job in sorted(set(jobs)):
        rest = named != job
        if len(set(outcomes[rest].tolist())) < 2:
            return None
        found[~rest] = fit(given[rest], outcomes[rest]).probabilities(given[~rest])
    return found


def _pairs(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats]:
    given, outcomes = np.asarray(scores, np.float64), np.asarray(labels, np.float64)
    if given.shape != outcomes.shape or set(np.unique(outcomes).tolist()) != {0.0, 1.0}:
        raise BadRequest("A calibration needs as many labels as scores, and at least one of each label, 0 and 1.")
    if not np.isfinite(given).all():
        raise BadRequest("A calibration needs scores that are numbers.")
    return given, outcomes


def _logistic(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -500, 500))), np.float64)
