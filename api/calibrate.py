"""`foyer calibrate`: outcomes that a user has labelled -> a calibration file, and a calibration put beside scores."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from matching.calibration import Calibration, brier, calibration_error, fit, held_out
from models.errors import BadRequest, NotFound

FEW = 100
"""Labelled outcomes below which a calibration is hardly more than a guess."""


def calibrate(labels: Path) -> dict[str, Any]:
    """`labels`: CSV with the columns score (0..1), label (1 turned out right, 0 not) and, for several jobs, job. The
    errors are of calibrations fitted without the job they are measured on; None for one job. Raises NotFound,
    BadRequest naming the line."""
    scores, outcomes, jobs = _read(labels)
    found = fit(scores, outcomes)
    chances = held_out(scores, outcomes, jobs)
    return {
        **found.to_json(),
        "jobs": len(set(jobs)),
        "warning": None
        if len(scores) >= FEW
        else f"{len(scores)} labels are few: from {FEW} on, this means something.",
        "brier": None if chances is None else round(brier(chances, outcomes), 4),
        "calibration_error": None if chances is None else round(calibration_error(chances, outcomes), 4),
    }


def load(file: Path) -> Calibration:
    """Raises NotFound, BadRequest."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError as broken:
        raise BadRequest(f"{file.name} is not JSON ({broken}); write it with `foyer calibrate`.") from broken
    if not isinstance(found, dict):
        raise BadRequest(f"{file.name} is no calibration; write it with `foyer calibrate`.")
    return Calibration.from_json(found)


def with_chances(screened: dict[str, Any], calibration: Calibration) -> dict[str, Any]:
    """What `screen_folder` found, each candidate with `chance`: the share of people so scored who turned out right."""
    candidates = [
        candidate
        | {
            "chance": None
            if candidate["score"] is None
            else round(float(calibration.probabilities(candidate["score"])), 4)
        }
        for candidate in screened["candidates"]
    ]
    about = {"kind": calibration.kind, "pairs": calibration.pairs}
    return screened | {"candidates": candidates, "calibration": about}


def _read(labels: Path) -> tuple[list[float], list[int], list[str]]:
    if not labels.is_file():
        raise NotFound(f"There is no file {labels}.")
    scores, outcomes, jobs = [], [], []
    with labels.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                score, outcome = float(row["score"]), int(row["label"])
            except (KeyError, TypeError, ValueError):
                raise BadRequest(f"{labels.name}, line {number}: a score and a label (0 or 1) are needed.") from None
            if not 0 <= score <= 1 or outcome not in (0, 1):
                raise BadRequest(f"{labels.name}, line {number}: the score lies in 0..1 and the label is 0 or 1.")
            scores.append(score)
            outcomes.append(outcome)
            jobs.append(row.get("job") or "")
    return scores, outcomes, jobs
