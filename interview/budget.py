"""How much fits into an interview: its minutes, shared out among checks, questions and competencies.

`interview.kit` fills a plan by these numbers, `interview.lint` judges plans of people by them."""

from __future__ import annotations

from models.values import InterviewPlan

FRAME = 90
"""Seconds: welcome, the candidate's own questions, closing."""
CHECK = 35
QUESTION = 165
"""A question, an answer of about a minute and a half, one follow-up."""
LEAST_FRAME, LEAST_CHECK, LEAST_QUESTION = 30, 10, 30
"""The same for somebody who answers in two sentences: what needs more than this cannot be held at all."""
MOST_CHECKS = 8
CHECK_EVERY = 5
"""One check for each so many minutes of the interview."""
_COMPETENCIES = ((30, 5, 8), (15, 3, 6), (0, 0, 4))
"""Minutes from which on so many competencies are the fewest and the most. Very short ones may hold checks alone."""


def competencies(minutes: int) -> tuple[int, int]:
    """The fewest and the most."""
    return next((fewest, most) for start, fewest, most in _COMPETENCIES if minutes >= start)


def checks(minutes: int) -> int:
    """The most."""
    return min(MOST_CHECKS, max(1, minutes // CHECK_EVERY))


def questions(minutes: int, checked: int) -> int:
    """Questions on competencies for which there is time beside so many checks; at least one."""
    return max(1, (minutes * 60 - FRAME - CHECK * checked) // QUESTION)


def seconds(plan: InterviewPlan) -> int:
    """What the plan takes as people usually answer."""
    return _add(plan, FRAME, CHECK, QUESTION)


def least_seconds(plan: InterviewPlan) -> int:
    return _add(plan, LEAST_FRAME, LEAST_CHECK, LEAST_QUESTION)


def _add(plan: InterviewPlan, frame: int, check: int, question: int) -> int:
    kinds = [one.kind for one in plan.questions]
    checked, own = kinds.count("check"), kinds.count("candidate_questions")
    return frame + check * checked + question * (len(kinds) - checked - own)
