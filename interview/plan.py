"""From a job's requirements to its interview kit: competencies with anchors, one question each, planned follow-ups.

Everyone who is invited for a job gets the same plan, so it is made from the job alone, never from a person's resume.
Deterministic: the same requirements give the same plan, word for word. Called by `api.stages`; plans made by people
come in through `lint_plan`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from interview.lint import lint_plan, protected_topics
from interview.topics import Topic, topic
from models.values import (
    Anchors,
    Competency,
    InterviewPlan,
    Probe,
    ProbeSeeks,
    Question,
    QuestionKind,
    Requirement,
    RequirementKind,
)

__all__ = ["MADE_IN", "lint_plan", "make_plan"]

MADE_IN = "en"
"""The language of every plan that is made here; people write them in others."""

FRAME_SECONDS = 90
"""Welcome, the candidate's own questions, closing."""
CHECK_SECONDS = 35
QUESTION_SECONDS = 165
"""A question, an answer of about a minute and a half, one follow-up."""
MOST_COMPETENCIES, FEWEST_COMPETENCIES, MOST_CHECKS = 8, 4, 4
FULL_LENGTH = 15
"""Minutes from which on at least FEWEST_COMPETENCIES are covered."""
GROUP = 3
"""Requirements that one question may stand for."""

_CHECKED: tuple[RequirementKind, ...] = ("authorisation", "certificate", "shift", "location", "language")
_ASKED: frozenset[RequirementKind] = frozenset({"skill", "responsibility", "years"})


def make_plan(
    title: str, requirements: Sequence[Requirement], *, minutes: int, language: str = "en", plan_id: str
) -> InterviewPlan:
    """A plan that fits `minutes`, covers must-haves and responsibilities first, and passes `lint_plan`.

    The question templates exist in English only, whatever `language` asks for; the plan says "en" then, so that it is
    spoken with an English voice. Requirements on protected matters (age, health ...) never become questions."""
    del language
    role = _spoken_title(title)
    checks = _checks(requirements, minutes)
    room = minutes * 60 - FRAME_SECONDS - CHECK_SECONDS * len(checks)
    fits = max(1, min(MOST_COMPETENCIES, room // QUESTION_SECONDS))
    subjects = _subjects(requirements)
    if minutes >= FULL_LENGTH:
        fits = max(fits, FEWEST_COMPETENCIES)
        subjects += _GENERAL[: max(0, FEWEST_COMPETENCIES - len(subjects))]
    subjects = (subjects or _GENERAL)[:fits]
    ids = _unique_ids(subject.topic.name for subject in subjects)
    questions = (
        *checks,
        *(_question(f"q{n}", cid, s, n) for n, (cid, s) in enumerate(zip(ids, subjects, strict=True), 1)),
        _CANDIDATE_QUESTIONS,
    )
    return InterviewPlan(
        id=plan_id,
        title=title,
        minutes=minutes,
        welcome=_WELCOME.format(role=role, count=len(questions), minutes=minutes),
        closing=_CLOSING,
        competencies=tuple(_competency(cid, subject) for cid, subject in zip(ids, subjects, strict=True)),
        questions=questions,
    )


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
]


def _subjects(requirements: Sequence[Requirement]) -> list[Subject]:
    """Groups of requirements, in the order in which they deserve a question: needed skills and responsibilities take
    turns, then what is nice to have."""
    usable = [r for r in requirements if r.kind in _ASKED and not protected_topics(f"{r.text} {r.sentence}")]
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
_AHEAD_NOUN = (
    "Something that may be new to you: {topic}. Imagine that a task in your first month here needs it. How would you "
    "go about it?"
)
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


def _question(question_id: str, competency_id: str, subject: Subject, number: int) -> Question:
    words, verb = subject.topic.text, subject.topic.verb
    kind: QuestionKind
    if subject.wanted:
        kind, probes = "past_behaviour", _PAST_PROBES
        wordings = _PAST_VERB if verb else _PAST_NOUN
        text, again = wordings[(number - 1) % len(wordings)], _PAST_AGAIN[0 if verb else 1]
    else:
        kind, probes = "situational", _AHEAD_PROBES
        text, again = _AHEAD_VERB if verb else _AHEAD_NOUN, _AHEAD_AGAIN
    return Question(
        id=question_id,
        competency_id=competency_id,
        kind=kind,
        text=text.format(topic=words),
        rephrased=again.format(topic=words),
        probes=tuple(Probe(id=f"{question_id}_{seeks}", seeks=seeks, text=probe) for seeks, probe in probes.items()),
    )


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
    "unclear, others did the work, or the example has little to do with the job. No result is named.",
    "medium": "Describes one real situation that involved {topic}. Their own steps can be followed and were sensible, "
    "but the reasons for them are thin. The result is named without figures, feedback or anything learned.",
    "high": "Describes a demanding situation that involved {topic}: what was at stake, what they did themselves and "
    "why they chose it over other ways. Names the outcome with a figure or the reaction of those affected, and what "
    "they changed afterwards.",
}
_AHEAD_ANCHORS = {
    "low": "Has no plan for {topic}, would leave it to others, or names a general virtue such as working hard. No "
    "first step is named.",
    "medium": "Names sensible first steps towards {topic} and whom they would ask. The order, the risks and how to "
    "check the result stay open.",
    "high": "Lays out a plan for {topic}: what they would find out first, in which order they would go on and why, "
    "what could go wrong, and how they would know that it had worked. Draws on something comparable they have done.",
}

# ---------------------------------------------------------------- plain checks

# An authorisation is asked in our own words: postings name citizenships there.
_CHECK_TEXTS: dict[RequirementKind, tuple[str, str]] = {
    "authorisation": (
        "Will you be allowed to work in the country of this job when you start?",
        "Would you have the papers that you need to work there by your first day?",
    ),
    "certificate": (
        "The posting asks for this: {text}. Do you hold it, and until when is it valid?",
        "Do you have it today? If not, when could you have it? The posting says: {text}.",
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
        "The posting asks for this: {text}. How have you used it in your work so far?",
        "Can you do your work in it, speaking and writing? The posting asks for this: {text}.",
    ),
}


def _checks(requirements: Sequence[Requirement], minutes: int) -> list[Question]:
    """Must-haves that a yes or no answers, first of all while the person is fresh and there is time for sure."""
    most = min(MOST_CHECKS, max(1, minutes // 5))
    texts: dict[str, tuple[str, str]] = {}
    for kind in _CHECKED:
        for requirement in requirements:
            if requirement.kind == kind and requirement.must_have:
                asked, again = (text.format(text=_read_out(requirement.text)) for text in _CHECK_TEXTS[kind])
                if not protected_topics(asked):
                    texts.setdefault(asked, (kind, again))
    ids = _unique_ids(f"check {kind}" for kind, _ in texts.values())
    return [
        Question(id=check_id, kind="check", text=text, rephrased=again)
        for check_id, (text, (_, again)) in list(zip(ids, texts.items(), strict=True))[:most]
    ]


def _read_out(text: str) -> str:
    """Without brackets and reasons, and with fluency where a posting asks for a mother tongue."""
    text = _NATIVE.sub("fluent ", _BRACKETS.sub("", text)).split(", because")[0]
    return " ".join(text.split()[:25]).rstrip(".;,")


_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_NATIVE = re.compile(r"\b(?:native(?: or near[- ]native)?|mother tongue)[\s-]*(?:level|speakers?)?\s*", re.IGNORECASE)

# ---------------------------------------------------------------- the frame

_WELCOME = (
    "Hello, and thank you for your time. I am an automated interviewer, not a person. I will ask you {count} questions "
    "about the job: {role}. It takes {minutes} minutes at most. Take all the time you need to think. You can ask me to "
    "repeat a question, to skip it, or to pause. Your answers are recorded and written down, and a person reads them "
    "before anything is decided."
)
_CLOSING = "That was all. Thank you for your time. A person will read your answers, and you will hear from us. Goodbye."
_CANDIDATE_QUESTIONS = Question(
    id="your_questions",
    kind="candidate_questions",
    text="What would you like to know about the job or the team? I can read out what the posting says, and I pass your "
    "questions on to a person.",
    rephrased="Is there anything that you would like to ask? A person will answer you.",
)


def _spoken_title(title: str) -> str:
    return _BRACKETS.sub("", title).strip() or "this position"


def _unique_ids(names: Iterable[str]) -> list[str]:
    ids: list[str] = []
    for name in names:
        base = "_".join(re.findall(r"[a-z0-9]+", name.lower())[:5]) or "topic"
        same = sum(known == base or re.fullmatch(rf"{base}_\d+", known) is not None for known in ids)
        ids.append(f"{base}_{same + 1}" if same else base)
    return ids
