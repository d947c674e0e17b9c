"""How far one more exchange moves scores. It should not where it adds no evidence (small talk, boasting, repetition),
and should go towards a level where it shows one."""

from __future__ import annotations

import json
from typing import Any

from interview.evaluate import Evaluator
from interview.transcripts import read_rubric
from models.engines import Embedder
from models.values import InterviewRecord, Rating, Turn
from tests.bench.figures import figure
from tests.bench.interviews import FOLDER, JOBS, NOTE, POINTS, records, rubric, turns_of

BENCH = "evaluation"
TESTS = FOLDER / "judge-tests"
EMPTY = ("irrelevance", "aggrandising", "repetition")
MOST = 4.0
"""Points that an exchange without evidence may move a score."""
NEAR = 12.5
"""Points from its anchor within which a score is at its level already."""


def print_moves(embedder: Embedder) -> bool:
    evaluator = Evaluator(embedder)
    held = True
    for family in EMPTY:
        held &= _empty(evaluator, family)
    for level in POINTS:
        held &= _towards(evaluator, level)
    return held


def _cases(family: str) -> dict[str, dict[str, Any]]:
    tests: dict[str, dict[str, Any]] = json.loads((TESTS / f"{family}.json").read_text("utf-8"))["tests"]
    return {name: added for name, added in tests.items() if name.split("_")[0] in JOBS}


def _added(added: dict[str, Any]) -> tuple[Turn, ...]:
    return (
        Turn(role="interviewer", text=added["interviewer_turn"]),
        Turn(role="candidate", text=added["applicant_turn"]),
    )


def _base(name: str) -> tuple[Turn, ...]:
    return turns_of(json.loads((TESTS / "base-interviews" / f"{name}.json").read_text("utf-8")))


def _hosts(job: str) -> list[tuple[Turn, ...]]:
    return [record.turns for n, (row, record) in enumerate(records()) if row["job"] == job and n % 10 == 0]


def _ratings(evaluator: Evaluator, job: str, turns: tuple[Turn, ...]) -> dict[str, Rating]:
    card = evaluator.evaluate(InterviewRecord(id="i", turns=turns), read_rubric(rubric(job)))
    return {rating.competency_id: rating for rating in card.competencies}


def _empty(evaluator: Evaluator, family: str) -> bool:
    """Added to its own short interview and, where it would be empty in any, to every tenth of the long ones of the same
    job."""
    moves: list[float] = []
    came = went = unrated = 0
    for name, added in _cases(family).items():
        job = name.split("_")[0]
        hosts = [_base(name), *(_hosts(job) if family != "repetition" else [])]
        for turns in hosts:
            before, after = _ratings(evaluator, job, turns), _ratings(evaluator, job, turns + _added(added))
            for one, two in ((before[key].score, after[key].score) for key in before):
                came += one is None and two is not None
                went += one is not None and two is None
                unrated += one is None and two is None
                moves += [abs(one - two)] if one is not None and two is not None else []
    figure(BENCH, f"{family}: ratings that came or went", came + went, came=came, went=went, unrated=unrated, note=NOTE)
    return figure(BENCH, f"{family}: largest move", max(moves), "points", at_most=MOST, n=len(moves), note=NOTE)


def _towards(evaluator: Evaluator, level: str) -> bool:
    """Share of the exchanges that show a level after which the score is nearer to it than before, or at it. Where
    nothing was rated before, the score begins in the middle."""
    near, ratings = 0, 0
    for name, added in _cases(f"{level}-evidence").items():
        job, about = name.split("_")[0], added["belief_update"]["dimension"]
        before = _ratings(evaluator, job, _base(name))[about].score
        after = _ratings(evaluator, job, _base(name) + _added(added))[about].score
        if after is None:
            continue
        ratings += 1
        away = abs(after - POINTS[level])
        near += away <= NEAR or away < abs((50.0 if before is None else before) - POINTS[level])
    name = f"{level} evidence: scores that went towards it"
    return figure(BENCH, name, near / ratings, "share", n=ratings, of=len(_cases(f"{level}-evidence")), note=NOTE)
