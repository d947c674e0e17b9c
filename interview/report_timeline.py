"""The course of an interview: which question came when, how long the answer was, where nobody spoke. Pure; places are
percent of the interview's length, so that the picture fits a phone and a page. Called by `interview.report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.values import InterviewPlan, Question, Role, Turn

Outcome = Literal["answered", "not answered", "not reached"]


@dataclass(frozen=True, slots=True)
class Block:
    """One turn in the picture. `x` and `width` in percent; `start` in seconds."""

    role: Role
    turn: int
    start: float
    x: float
    width: float
    quoted: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """A question of the plan. `turn` and `start`: where it was asked, None where it was not, or by no clock; `x`: its
    place in the picture; `answered`: seconds that the candidate spoke to it; `words`: said or typed."""

    number: int
    question: Question
    outcome: Outcome
    turn: int | None
    start: float | None
    x: float | None
    answered: float
    words: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """`seconds` 0: no turn has a time, and there is nothing to draw. `ticks`: (percent, minutes)."""

    seconds: float
    blocks: Sequence[Block]
    ticks: Sequence[tuple[float, int]]
    stops: Sequence[Stop]
    spoke: float
    """Seconds in which the candidate spoke."""
    pauses: float
    """Seconds in which neither did."""


NARROWEST = 0.25
"""Percent: what is shorter would not be seen."""


def timeline(plan: InterviewPlan, turns: Sequence[Turn], quoted: frozenset[int]) -> Timeline:
    """`quoted`: turns that some rating quotes."""
    timed = [(number, turn, turn.start, turn.end) for number, turn in enumerate(turns)]
    spans = [(number, turn, start, max(end, start)) for number, turn, start, end in timed if start is not None and end]
    length = max((end for *_, end in spans), default=0.0)
    blocks = [
        Block(turn.role, number, start, *_place(start, end, length), number in quoted)
        for number, turn, start, end in spans
    ]
    spoke = sum(end - start for _, turn, start, end in spans if turn.role == "candidate")
    return Timeline(
        seconds=length,
        blocks=blocks,
        ticks=_ticks(length),
        stops=[_stop(number, question, turns, length) for number, question in enumerate(plan.questions, 1)],
        spoke=spoke,
        pauses=max(0.0, length - _covered([(start, end) for *_, start, end in spans])),
    )


def _place(start: float, end: float, length: float) -> tuple[float, float]:
    x = round(100 * start / length, 2)
    return x, round(min(100 - x, max(NARROWEST, 100 * (end - start) / length)), 2)


def _ticks(length: float) -> list[tuple[float, int]]:
    """About six, on whole minutes."""
    minutes = length / 60
    step = next((step for step in (1, 2, 5, 10, 15) if minutes / step <= 8), 30)
    return [(round(100 * 60 * at / length, 2), at) for at in range(step, int(minutes) + 1, step)] if length else []


def _stop(number: int, question: Question, turns: Sequence[Turn], length: float) -> Stop:
    own = [(place, turn) for place, turn in enumerate(turns) if turn.question_id == question.id]
    asked = next((pair for pair in own if pair[1].role == "interviewer"), None)
    answers = [turn for _, turn in own if turn.role == "candidate"]
    outcome: Outcome = "answered" if answers else "not answered" if asked else "not reached"
    start = asked[1].start if asked else None
    return Stop(
        number=number,
        question=question,
        outcome=outcome,
        turn=asked[0] if asked else None,
        start=start,
        x=round(100 * start / length, 2) if start is not None and length else None,
        answered=sum(turn.end - turn.start for turn in answers if turn.start is not None and turn.end is not None),
        words=sum(len(turn.text.split()) for turn in answers),
    )


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds in which at least one spoke: both may at once."""
    total, until = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
