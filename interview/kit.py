"""A kit is put together: must-have checks first, every competency once, then as many second questions as the minutes
hold, and the candidate's own at the end. Which questions are asked is settled here, before anybody is invited, so that
everyone is asked the same; the others stay in reserve.

`interview.plan` (from requirements) and `interview.families` (from the library) bring the competencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interview import budget
from interview.lint import protected_topics
from models.values import (
    Competency,
    InterviewPlan,
    Probe,
    ProbeSeeks,
    Question,
    QuestionKind,
    Requirement,
    RequirementKind,
)

ASKED: frozenset[RequirementKind] = frozenset({"skill", "responsibility", "years"})
"""Kinds that a question about behaviour can show."""
CHECKED: tuple[RequirementKind, ...] = ("authorisation", "certificate", "shift", "location", "language", "degree")
"""Kinds that a yes or no answers, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Item:
    """A competency with its two questions; `first` is asked where there is time for one only."""

    competency: Competency
    first: Question
    second: Question


def assemble(
    title: str, items: Sequence[Item], requirements: Sequence[Requirement], *, minutes: int, plan_id: str
) -> InterviewPlan:
    """The best `items` that fit, in their order. `requirements` give the checks."""
    checks = check_questions(requirements, minutes)
    room = budget.questions(minutes, len(checks))
    fewest, most = budget.competencies(minutes)
    chosen = items[: max(fewest, min(room, most))]
    twice = chosen[: max(0, room - len(chosen))]
    questions = (*checks, *(item.first for item in chosen), *(item.second for item in twice), CANDIDATE_QUESTIONS)
    role = BRACKETS.sub("", title).strip() or "this position"
    return InterviewPlan(
        id=plan_id,
        title=title,
        minutes=minutes,
        welcome=WELCOME.format(role=role, count=len(questions), minutes=minutes),
        closing=CLOSING,
        competencies=tuple(item.competency for item in chosen),
        questions=questions,
        reserve=tuple(item.second for item in chosen[len(twice) :]),
    )


def question(
    competency_id: str, kind: QuestionKind, text: str, rephrased: str, probes: Iterable[tuple[ProbeSeeks, str]]
) -> Question:
    """With ids made of the competency's: `ward_safety_past`, `ward_safety_past_result`."""
    own = f"{competency_id}_{'past' if kind == 'past_behaviour' else 'ahead'}"
    return Question(
        id=own,
        competency_id=competency_id,
        kind=kind,
        text=text,
        rephrased=rephrased,
        probes=tuple(Probe(id=f"{own}_{seeks}", seeks=seeks, text=words) for seeks, words in probes),
    )


def uncovered(plan: InterviewPlan, requirements: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """What the job asks and the kit does not: requirements that an interview could show, or must-haves that it could
    ask for, of which no competency and no check speaks. Protected matters are nobody's to ask."""
    spoken = {id for one in plan.competencies for id in one.requirement_ids}
    spoken |= {id for one in plan.questions for id in one.requirement_ids}
    return tuple(
        one
        for one in requirements
        if one.id not in spoken
        and (one.kind in ASKED or (one.must_have and one.kind in CHECKED))
        and not protected_topics(f"{one.text} {one.sentence}")
    )


def unique_ids(names: Iterable[str]) -> list[str]:
    ids: list[str] = []
    for name in names:
        base = "_".join(re.findall(r"[a-z0-9]+", name.lower())[:5]) or "topic"
        same = sum(known == base or re.fullmatch(rf"{base}_\d+", known) is not None for known in ids)
        ids.append(f"{base}_{same + 1}" if same else base)
    return ids


# ---------------------------------------------------------------- plain checks

# An authorisation is asked in our own words: postings name citizenships there.
_CHECK_TEXTS: dict[RequirementKind, tuple[str, str]] = {
    "authorisation": (
        "Will you be allowed to work in the country of this job when you start?",
        "Would you have the papers that you need to work there by your first day?",
    ),
    "certificate": (
        "The posting asks for this: {text}. Do you hold it today?",
        "Do you have it now, yes or no? The posting says: {text}.",
    ),
    "shift": (
        "About the working times the posting says: {text}. Could you work like that?",
        "Would these working times be possible for you? The posting says: {text}.",
    ),
    "location": (
        "About the place of work the posting says: {text}. Is that possible for you?",
        "Could you work there? The posting says: {text}.",
    ),
    "language": (
        "The posting asks for this: {text}. Can you do your work in it, speaking and writing?",
        "Do you speak and write it well enough for this work? The posting asks for this: {text}.",
    ),
    "degree": (
        "The posting asks for this: {text}. Have you completed it?",
        "Do you have it, yes or no? The posting says: {text}.",
    ),
}


def check_questions(requirements: Sequence[Requirement], minutes: int) -> list[Question]:
    """Must-haves that a yes or no answers, first of all while the person is fresh and there is time for sure. Those
    that come to the same question share it."""
    asked: dict[str, tuple[str, str, list[str]]] = {}
    for kind in CHECKED:
        for requirement in requirements:
            if requirement.kind == kind and requirement.must_have:
                text, again = (words.format(text=_read_out(requirement.text)) for words in _CHECK_TEXTS[kind])
                if not protected_topics(text):
                    asked.setdefault(text, (kind, again, []))[2].append(requirement.id)
    ids = unique_ids(f"check {kind}" for kind, *_ in asked.values())
    return [
        Question(id=check_id, kind="check", text=text, rephrased=again, requirement_ids=tuple(of))
        for check_id, (text, (_, again, of)) in zip(ids, asked.items(), strict=True)
    ][: budget.checks(minutes)]


def _read_out(text: str) -> str:
    """Without brackets and reasons, and with fluency where a posting asks for a mother tongue."""
    text = _NATIVE.sub("fluent ", BRACKETS.sub("", text)).split(", because")[0]
    return " ".join(text.split()[:25]).rstrip(".;,")


BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_NATIVE = re.compile(r"\b(?:native(?: or near[- ]native)?|mother tongue)[\s-]*(?:level|speakers?)?\s*", re.IGNORECASE)

# ---------------------------------------------------------------- the frame

WELCOME = (
    "Hello, and thank you for your time. I am an automated interviewer, not a person. I will ask you {count} questions "
    "about the job: {role}. It takes {minutes} minutes at most. Take all the time you need to think. You can ask me to "
    "repeat a question, to skip it, or to pause. Your answers are recorded and written down, and a person reads them "
    "before anything is decided."
)
CLOSING = "That was all. Thank you for your time. A person will read your answers, and you will hear from us. Goodbye."
CANDIDATE_QUESTIONS = Question(
    id="your_questions",
    kind="candidate_questions",
    text="What would you like to know about the job or the team? I can read out what the posting says, and I pass your "
    "questions on to a person.",
    rephrased="Is there anything that you would like to ask? A person will answer you.",
)
