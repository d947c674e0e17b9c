"""From a job's requirements to its interview kit: competencies with anchors, a question about the past and one about
what somebody would do, planned follow-ups.

Everyone who is invited for a job gets the same plan, so it is made from the job alone, never from a person's resume.
Deterministic: the same requirements give the same plan, word for word. Called by `api.stages`; plans made by people
come in through `lint_plan`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interview import budget
from interview.kit import ASKED, Item, assemble, question, unique_ids
from interview.lint import lint_plan, protected_topics
from interview.topics import Topic, topic
from models.values import Anchors, Competency, InterviewPlan, ProbeSeeks, Question, Requirement

__all__ = ["MADE_IN", "lint_plan", "make_plan", "probes_ahead", "probes_past"]

MADE_IN = "en"
"""The language of every plan that is made here; people write them in others."""
FEWEST_COMPETENCIES = 4
"""From FULL_LENGTH minutes on; a long interview needs more (`interview.budget`)."""
FULL_LENGTH = 15
GROUP = 3
"""Requirements that one question may stand for."""


def make_plan(
    title: str, requirements: Sequence[Requirement], *, minutes: int, language: str = "en", plan_id: str
) -> InterviewPlan:
    """A plan that fits `minutes`, covers must-haves and responsibilities first, and passes `lint_plan`.

    The question templates exist in English only, whatever `language` asks for; the plan says "en" then, so that it is
    spoken with an English voice. Requirements on protected matters (age, health ...) never become questions."""
    del language
    subjects = _subjects(requirements)
    if minutes >= FULL_LENGTH:
        fewest = max(FEWEST_COMPETENCIES, budget.competencies(minutes)[0])
        subjects += _GENERAL[: max(0, fewest - len(subjects))]
    subjects = subjects or _GENERAL
    ids = unique_ids(subject.topic.name for subject in subjects)
    items = [_item(cid, subject, number) for number, (cid, subject) in enumerate(zip(ids, subjects, strict=True))]
    return assemble(title, items, requirements, minutes=minutes, plan_id=plan_id)


# ---------------------------------------------------------------- what to talk about


@dataclass(frozen=True, slots=True)
class Subject:
    """What one competency is about, and the requirements it stands for. `wanted`: the job needs it, rather than likes
    it, so that asking for past experience is fair."""

    topic: Topic
    requirement_ids: tuple[str, ...] = ()
    wanted: bool = True


_GENERAL = [
    Subject(Topic("solve a difficult problem on your own", verb=True)),
    Subject(Topic("work with people who saw things differently", verb=True)),
    Subject(Topic("learn something new in a short time", verb=True)),
    Subject(Topic("choose between several things that were all urgent", verb=True)),
    Subject(Topic("explain something complicated to people who did not know it", verb=True)),
]


def _subjects(requirements: Sequence[Requirement]) -> list[Subject]:
    """Groups of requirements, in the order in which they deserve a question: needed skills and responsibilities take
    turns, then what is nice to have."""
    usable = [r for r in requirements if r.kind in ASKED and not protected_topics(f"{r.text} {r.sentence}")]
    ranked = sorted(usable, key=lambda r: (r.kind == "years", -r.weight))
    skills = _group([r for r in ranked if r.must_have and r.kind != "responsibility"])
    duties = _group([r for r in ranked if r.kind == "responsibility"])
    extras = _group([r for r in ranked if not r.must_have and r.kind != "responsibility"])
    turns = [subject for pair in zip(skills, duties, strict=False) for subject in pair]
    shorter = min(len(skills), len(duties))
    return [*turns, *skills[shorter:], *duties[shorter:], *extras]


def _group(requirements: Iterable[Requirement]) -> list[Subject]:
    """Skills of one sentence of the posting share a question, and so do requirements in nearly the same words."""
    groups: list[list[Requirement]] = []
    for requirement in requirements:
        if not topic(requirement).text:
            continue
        home = next((g for g in groups if len(g) < GROUP and _belongs(requirement, g[0])), None)
        if home is not None:
            home.append(requirement)
        else:
            groups.append([requirement])
    return [_subject(group) for group in groups]


def _belongs(requirement: Requirement, other: Requirement) -> bool:
    same_sentence = bool(requirement.sentence) and requirement.sentence == other.sentence
    mine, theirs = _stems(requirement.text), _stems(other.text)
    alike = 2 * len(mine & theirs) > min(len(mine), len(theirs)) if mine and theirs else False
    return requirement.kind == other.kind and (same_sentence or alike)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in re.findall(r"[\w+#]+", text.lower()) if len(word) > 3)


def _subject(group: Sequence[Requirement]) -> Subject:
    topics = [topic(requirement) for requirement in group]
    text = topics[0].text
    if not topics[0].verb and all(len(t.text.split()) <= 3 and not t.verb for t in topics):
        names = list(dict.fromkeys(t.text for t in topics))
        text = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    wanted = any(r.must_have or r.kind == "responsibility" for r in group)
    return Subject(Topic(text, topics[0].verb), tuple(requirement.id for requirement in group), wanted)


# ---------------------------------------------------------------- competencies and their questions

_PAST_VERB = (
    "Tell me about a time when you had to {topic}. What was the situation, what did you do yourself, and what came of "
    "it?",
    "Please describe one occasion on which you had to {topic}. What was it about, what was your part, and how did it "
    "end?",
    "Think of a day when it was difficult to {topic}. What had happened, what did you do, and what was the result?",
)
_PAST_NOUN = (
    "Let us talk about this: {topic}. Tell me about a time when your work depended on it. What was the situation, what "
    "did you do yourself, and what came of it?",
    "Another topic: {topic}. Please describe one piece of work that called for it. What was it about, what was your "
    "part, and how did it end?",
    "And now this: {topic}. Think of a difficult moment in that part of your work. What had happened, what did you do, "
    "and what was the result?",
)
_PAST_AGAIN = (
    "One real example is enough. When did you have to {topic}? What happened, and what did you do?",
    "One real example is enough. Where did you last need this: {topic}? What happened, and what did you do?",
)
_AHEAD_VERB = "Imagine that in your first month here you have to {topic}. How would you go about it?"
_AHEAD_NOUN = "{opening}: {topic}. Imagine that a task in your first month here needs it. How would you go about it?"
_OPENINGS = {True: "Let us look ahead", False: "Something that may be new to you"}
"""By whether the job needs it."""
_AHEAD_AGAIN = "It need not be something you have done before. What would your first steps be?"
_PAST_PROBES: dict[ProbeSeeks, str] = {
    "situation": "Where and when was that, and what made it difficult?",
    "action": "What exactly did you do yourself?",
    "result": "What came of it in the end?",
    "number": "Can you put a number on it, such as how many, how long or how much?",
}
_AHEAD_PROBES: dict[ProbeSeeks, str] = {
    "action": "What would you do first, and why?",
    "result": "How would you know that it had worked?",
}


def probes_past() -> tuple[tuple[ProbeSeeks, str], ...]:
    """Follow-ups that fit any question about the past."""
    return tuple(_PAST_PROBES.items())


def probes_ahead() -> tuple[tuple[ProbeSeeks, str], ...]:
    return tuple(_AHEAD_PROBES.items())


def _item(competency_id: str, subject: Subject, number: int) -> Item:
    """Experience is asked for first where the job needs it; where it only likes it, what somebody would do."""
    past, ahead = _past(competency_id, subject, number), _ahead(competency_id, subject)
    competency = _competency(competency_id, subject)
    return Item(competency, past, ahead) if subject.wanted else Item(competency, ahead, past)


def _past(competency_id: str, subject: Subject, number: int) -> Question:
    words, verb = subject.topic.text, subject.topic.verb
    wordings = _PAST_VERB if verb else _PAST_NOUN
    text, again = wordings[number % len(wordings)], _PAST_AGAIN[0 if verb else 1]
    return question(
        competency_id, "past_behaviour", text.format(topic=words), again.format(topic=words), _PAST_PROBES.items()
    )


def _ahead(competency_id: str, subject: Subject) -> Question:
    wording = _AHEAD_VERB if subject.topic.verb else _AHEAD_NOUN
    text = wording.format(topic=subject.topic.text, opening=_OPENINGS[subject.wanted])
    return question(competency_id, "situational", text, _AHEAD_AGAIN, _AHEAD_PROBES.items())


def _competency(competency_id: str, subject: Subject) -> Competency:
    """Equal weights: a rubric that counts one competency more needs a person's reason."""
    about = subject.topic.text
    name = f'"{about}"' if subject.topic.verb else about
    anchors = _PAST_ANCHORS if subject.wanted else _AHEAD_ANCHORS
    return Competency(
        id=competency_id,
        name=subject.topic.name,
        description=f"The job asks for this: {about}.",
        anchors=Anchors(**{level: text.format(topic=name) for level, text in anchors.items()}),
        requirement_ids=subject.requirement_ids,
    )


_PAST_ANCHORS = {
    "low": "Speaks of {topic} in general terms or without an example of their own. What they did themselves stays "
    "unclear, others did the work, or the example has little to do with the job. No result is named. For a case "
    "ahead, names no first step.",
    "medium": "Describes one real situation that involved {topic}. Their own steps can be followed and were sensible, "
    "but the reasons for them are thin. The result is named without figures, feedback or anything learned. For a case "
    "ahead, names sensible steps, but not their order or their risks.",
    "high": "Describes a demanding situation that involved {topic}: what was at stake, what they did themselves and "
    "why they chose it over other ways. Names the outcome with a figure or the reaction of those affected, and what "
    "they changed afterwards. For a case ahead, says what they would find out first, in which order they would go "
    "on and how they would know that it had worked.",
}
_AHEAD_ANCHORS = {
    "low": "Has no plan for {topic}, would leave it to others, or names a general virtue such as working hard. No "
    "first step is named.",
    "medium": "Names sensible first steps towards {topic} and whom they would ask. The order, the risks and how to "
    "check the result stay open.",
    "high": "Lays out a plan for {topic}: what they would find out first, in which order they would go on and why, "
    "what could go wrong, and how they would know that it had worked. Draws on something comparable they have done.",
}
