"""What may not be in an interview plan: questions about protected matters, and gaps that would make a rating unfair.

`interview.plan` keeps such requirements out of the plans it makes; `lint_plan` judges plans made by people. A topic
is protected where it is about the candidate: "care for pregnant patients", "race conditions" and "data integrity" are
work.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from models.values import InterviewPlan

_LANGUAGES = (
    "english|german|french|spanish|italian|dutch|polish|portuguese|arabic|chinese|mandarin|hindi|language|tongue"
)
_PATTERNS: dict[str, str] = {
    "age": r"how old|your age|date of birth|birth ?(?:date|day|year)|(?:year|when) were you born|digital natives?"
    r"|(?:young|youthful),? (?:and|dynamic|energetic|team|professionals?|candidates?)|recent graduates? only"
    r"|when did you (?:graduate|leave school|finish school)|(?:maximum|minimum) age|age limit",
    "family": r"are you (?:married|single|divorced|pregnant|engaged)|marital status|maiden name|your pregnancy"
    r"|(?:do|will|would) you (?:have|want|plan(?: to have| on having| for)?|intend to have)"
    r" (?:any |your own |more |small |young )*(?:children|kids|a family|a baby|babies)"
    r"|your (?:own )?(?:family|husband|wife|spouse|children|kids|childcare|child care)",
    "health or disability": r"do you have (?:a|any) (?:disabilit\w+|illness\w*|diseases?|medical conditions?"
    r"|health (?:problems?|issues?))|are you (?:disabled|healthy|ill|physically fit)|(?:good|excellent) health"
    r"|your (?:own )?(?:health(?! ?care| system| service| record)|disabilit\w+|medical \w+|illness|mental health"
    r"|medication|height|weight)|how (?:tall|heavy) are you|physically fit|sick (?:days|leave)"
    r"|(?:lift|carry)(?: and carry)?(?: up to| at least)? \d+ ?(?:pounds?|lbs?|kg|kilo\w*)|family medical history"
    r"|your genetic \w+",
    "religion": r"your (?:religi\w+|faith|church|beliefs?)|religious (?:holidays?|observances?|beliefs?)|sabbath"
    r"|are you (?:a )?(?:christian|catholic|muslim|jewish|hindu|buddhist|religious)|do you (?:pray|go to church)",
    "origin": r"where (?:were you born|are you from)|your (?:nationality|race|ethnic\w*|national origin|ancestry"
    r"|skin colou?r|accent|birthplace|mother tongue|native (?:language|country))|citizenship|citizens? only"
    rf"|are you an? (?:\w+ )?citizen|native (?:\w+ )?speakers?|native[- ]?level|native (?:{_LANGUAGES})|mother tongue"
    r"|(?:strong|foreign|heavy|neutral|without an?|no) accent",
    "sex or orientation": r"your (?:sex|gender|sexual orientation|pronouns)|are you (?:gay|lesbian|straight|transgender"
    r"|a man|a woman|male|female)|(?:as|being) a (?:woman|man|mother|father)|(?:wo)?men only"
    r"|(?:fe)?male (?:candidates?|applicants?)",
    "politics or union": r"your (?:politic\w+|union membership)|trade union member"
    r"|who (?:did|do|would|will) you vote for|are you in a union",
    "criminal record": r"(?:have you (?:ever )?been|were you(?: ever)?) (?:arrested|convicted|charged)"
    r"|(?:criminal|arrest) (?:records?|history)",
    "pay history": r"(?:current|previous|last|present|past) (?:salary|pay|wages?|compensation)|salary history"
    r"|how much (?:do|did) you (?:earn|make)|your credit (?:score|history|rating)",
    "honesty": r"honest(?:y|ly)?|truthful(?:ness)?|deception|deceptive(?:ness)?|lie detect\w*|trustworth(?:y|iness)"
    r"|integrity test\w*|(?:personal|moral|your|high|utmost) integrity",
    "emotion or personality": r"your (?:emotion\w*|personality|mood|body language)|personality (?:type|test|trait)s?"
    r"|sound(?:s|ed)? (?:confident|nervous|enthusiastic|happy|stressed)|tone of voice|facial expressions?"
    r"|how (?:nervous|stressed) are you",
}
_PROTECTED = tuple((topic, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for topic, pattern in _PATTERNS.items())
_BARE_INTEGRITY = re.compile(r"\s*(?:\w+ and )?integrity(?: and \w+)?\s*", re.IGNORECASE)
_DISCLOSURE = re.compile(
    r"\b(?:automated|automatic|artificial|ai|a\.i\.|computer|software|virtual|machine|robot|not a (?:person|human)"
    r"|automatisch\w*|automatisiert\w*|künstliche\w*|ki|kein mensch)\b",
    re.IGNORECASE,
)


def protected_topics(text: str) -> list[str]:
    """The protected matters that `text` touches, as words for a person."""
    topics = [topic for topic, pattern in _PROTECTED if pattern.search(text)]
    if _BARE_INTEGRITY.fullmatch(text) and "honesty" not in topics:
        topics.append("honesty")
    return topics


def lint_plan(plan: InterviewPlan) -> list[str]:
    """Everything that keeps this plan from being used, one sentence each; empty: nothing."""
    return [*_protected(plan), *_anchors(plan), *_references(plan), *_frame(plan)]


def _protected(plan: InterviewPlan) -> Iterator[str]:
    for place, text in _texts(plan):
        for topic in protected_topics(text):
            yield f'{place} touches a protected topic ({topic}): "{text}"'


def _texts(plan: InterviewPlan) -> Iterator[tuple[str, str]]:
    yield "The welcome", plan.welcome
    yield "The closing", plan.closing
    for competency in plan.competencies:
        where = f"Competency {competency.id}"
        anchors = competency.anchors
        yield from ((where, text) for text in (competency.name, competency.description))
        yield from ((f"{where}, an anchor,", text) for text in (anchors.low, anchors.medium, anchors.high))
    for question in plan.questions:
        yield from ((f"Question {question.id}", text) for text in (question.text, question.rephrased))
        yield from ((f"Probe {probe.id}", probe.text) for probe in question.probes)


def _anchors(plan: InterviewPlan) -> Iterator[str]:
    for competency in plan.competencies:
        levels = competency.anchors.model_dump()
        for level, text in levels.items():
            if not text.strip():
                yield f"Competency {competency.id} has no {level} anchor"
        if len({text.strip().lower() for text in levels.values()}) < len(levels):
            yield f"Competency {competency.id} has two anchors that say the same"


def _references(plan: InterviewPlan) -> Iterator[str]:
    probes = [probe.id for question in plan.questions for probe in question.probes]
    families = (
        ("Competency", [competency.id for competency in plan.competencies]),
        ("Question", [question.id for question in plan.questions]),
        ("Probe", probes),
    )
    for family, ids in families:
        yield from (f"{family} id {name} is used {count} times" for name, count in Counter(ids).items() if count > 1)
    known = {competency.id for competency in plan.competencies}
    for question in plan.questions:
        if question.competency_id is not None and question.competency_id not in known:
            yield f"Question {question.id} is about a competency that the plan does not have: {question.competency_id}"
        if question.competency_id is None and question.kind in ("past_behaviour", "situational"):
            yield f"Question {question.id} belongs to no competency, so its answer would count for nothing"


def _frame(plan: InterviewPlan) -> Iterator[str]:
    if not plan.questions:
        yield "The plan has no question"
    yield from (f"Question {question.id} has no words" for question in plan.questions if not question.text.strip())
    yield from (
        f"Probe {probe.id} has no words" for q in plan.questions for probe in q.probes if not probe.text.strip()
    )
    if not _DISCLOSURE.search(plan.welcome):
        yield "The welcome does not say that the interviewer is automated"
    if not plan.closing.strip():
        yield "The plan has no closing"
    ends = [index for index, question in enumerate(plan.questions) if question.kind == "candidate_questions"]
    if ends and ends != [len(plan.questions) - 1]:
        yield "The candidate's own questions come once, at the end"
