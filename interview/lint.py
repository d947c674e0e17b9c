"""What may not be in an interview plan: questions about protected matters, and gaps that would make a rating unfair.

`interview.plan` keeps such requirements out of the plans it makes; `findings` judges plans made by people, each finding
at its field. A topic is protected where it is about the candidate: "care for pregnant patients", "race conditions" and
"data integrity" are work.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from interview import budget
from models.values import InterviewPlan, Question

_LANGUAGES = (
    "english|german|french|spanish|italian|dutch|polish|portuguese|arabic|chinese|mandarin|hindi|language|tongue"
)
_PATTERNS: dict[str, str] = {
    "age": r"how old (?:are you|you are|were you)|your age"
    r"|date of birth|birth ?(?:date|day|year)|(?:year|when) were you born|digital natives?"
    r"|(?:young|youthful),? (?:and|dynamic|energetic|team|professionals?|candidates?)|recent graduates? only"
    r"|when did you (?:graduate|leave school|finish school)|(?:maximum|minimum) age|age limit"
    r"|(?:are you|do you feel) (?:too )?(?:old|young)|when (?:will|do) you (?:plan to )?retire"
    r"|years? (?:until|before) (?:your )?retirement|your retirement|young at heart",
    "family": r"are you (?:married|single|divorced|pregnant|engaged|a (?:single )?(?:parent|mother|father))"
    r"|marital status|maiden name|your pregnancy|(?:your|take|taken|plan) (?:maternity|paternity|parental) leave"
    r"|(?:do|will|would|are) you (?:have|want|plan(?:ning)?(?: to have| to start| on having| for)?|intend to have"
    r"|expect(?:ing)?) (?:any |your own |more |small |young )*(?:children|kids|a family|a baby|a child|babies)"
    r"|your (?:own )?(?:family|husband|wife|spouse|partner(?! (?:company|companies|team|organi[sz]ation))|children|kids"
    r"|childcare|child care)|who (?:looks?|will look) after (?:your|the) (?:children|kids)|do you live (?:alone|with)"
    r"|family (?:planning|situation|commitments?|obligations?)",
    "health or disability": r"do you have (?:a|any) (?:disabilit\w+|illness\w*|diseases?|medical conditions?"
    r"|health (?:problems?|issues?|conditions?)|allerg\w+)|are you (?:disabled|healthy|ill|physically fit|a smoker)"
    r"|(?:good|excellent|perfect|robust) health|do you (?:smoke|drink alcohol|take (?:any )?(?:drugs|medication))"
    r"|your (?:own )?(?:health(?! ?care| system| service| record| plan| insurance)|disabilit\w+|medical \w+|illness"
    r"|mental health|medication|height|weight)|how (?:tall|heavy) are you|physically fit|sick (?:days|leave)"
    r"|days? (?:off )?sick|pre-?existing condition|have you (?:ever )?(?:been (?:ill|hospitali[sz]ed)|had (?:a )?"
    r"(?:burn-?out|depression|therapy|surgery))|able-bodied"
    r"|(?:lift|carry)(?: and carry)?(?: up to| at least)? \d+ ?(?:pounds?|lbs?|kg|kilo\w*)|family medical history"
    r"|your genetic \w+",
    "religion": r"your (?:religi\w+|faith|church|beliefs?)|religious (?:holidays?|observances?|beliefs?)|sabbath"
    r"|are you (?:a )?(?:christian|catholic|muslim|jewish|hindu|buddhist|religious)|do you (?:pray|go to church)",
    "origin": r"where (?:were you born|are you (?:originally |really )?from|do you (?:originally )?come from)"
    r"|your (?:nationality|race(?! conditions?)|ethnic\w*|national origin|ancestry|roots|parents"
    r"|skin colou?r|accent|birthplace|mother tongue|native (?:language|country))|citizenship|citizens? only"
    rf"|are you an? (?:\w+ )?citizen|native (?:\w+ )?speakers?|native[- ]?level|native (?:{_LANGUAGES})"
    r"|mother tongue"
    r"|(?:strong|foreign|heavy|thick|slight|neutral|regional|without an?|no) accent|accent[- ]free"
    r"|sounds? (?:foreign|native)|speaks? (?:without|with) an? (?:\w+ )?accent|(?:clear|good|poor|bad) pronunciation"
    r"|broken (?:english|german)",
    "sex or orientation": r"your (?:sex|gender|sexual orientation|pronouns)|are you (?:gay|lesbian|straight|transgender"
    r"|a man|a woman|male|female)|(?:as|being) a (?:woman|man|mother|father)|(?:wo)?men only"
    r"|(?:fe)?male (?:candidates?|applicants?)",
    "appearance": r"(?:attractive|good[- ]looking|well[- ]groomed|pleasant|neat) (?:appearance|looks?|person)"
    r"|your (?:appearance|looks|hair|tattoos?|photo(?:graph)?)|(?:good|personal) looks",
    "politics or union": r"your (?:politic\w+|union membership)|trade union member"
    r"|who (?:did|do|would|will) you vote for|are you in a union|works council member",
    "criminal record": r"(?:have you (?:ever )?been|were you(?: ever)?) (?:arrested|convicted|charged)"
    r"|(?:criminal|arrest) (?:records?|history)",
    "pay history": r"(?:current|previous|last|present|past) (?:salary|pay|wages?|compensation)|salary history"
    r"|how much (?:do|did) you (?:earn|make)|your credit (?:score|history|rating)",
    "honesty": r"honest(?:y|ly)?(?! (?:reviews?|feedback|figures?|reports?|forecasts?|estimates?|numbers?|picture))"
    r"|truthful(?:ness)?|sincer(?:e|ity)|deception|deceptive(?:ness)?|lie detect\w*|polygraph|tell(?:s|ing)? the truth"
    r"|trustworth(?:y|iness)|integrity test\w*|(?:personal|moral|your|high|utmost) integrity",
    "emotion or personality": r"your (?:emotion\w*|personality|temperament|mood|body language)"
    r"|personality (?:type|test|trait)s?|emotional(?:ly)? (?:intelligen\w+|stab\w+|matur\w+|balanced)"
    r"|(?:sound|seem|appear|come across as|look)(?:s|ed)? (?:confident|nervous|enthusiastic|happy|stressed|anxious"
    r"|calm)|tone of (?:your )?voice|facial expressions?|eye contact|smil(?:es|ing) (?:when|while)|charisma\w*"
    r"|how (?:nervous|stressed) are you|are you (?:an? )?(?:introvert\w*|extrovert\w*|nervous|stressed|anxious"
    r"|happy(?! (?:with|to|about)))",
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


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` is the field as in the plan's JSON, such as `competencies.0.anchors.low`; `text` says what to do."""

    path: str
    text: str


def lint_plan(plan: InterviewPlan) -> list[str]:
    """Everything that keeps this plan from being used, one sentence each; empty: nothing."""
    return [finding.text for finding in findings(plan)]


def findings(plan: InterviewPlan) -> list[Finding]:
    """As `lint_plan`, each at its field."""
    parts = (_protected, _anchors, _competencies, _references, _frame, _time)
    return [Finding(path, text) for part in parts for path, text in part(plan)]


Found = Iterator[tuple[str, str]]


def _protected(plan: InterviewPlan) -> Found:
    for path, place, text in _texts(plan):
        for topic in protected_topics(text):
            yield path, f'{place} touches a protected topic ({topic}): "{text}". Ask about the work instead.'


def _texts(plan: InterviewPlan) -> Iterator[tuple[str, str, str]]:
    yield "title", "The title", plan.title
    yield "welcome", "The welcome", plan.welcome
    yield "closing", "The closing", plan.closing
    yield "weights_reason", "The reason for the weights", plan.weights_reason
    for number, competency in enumerate(plan.competencies):
        path, where = f"competencies.{number}", f"Competency {competency.id}"
        yield f"{path}.name", where, competency.name
        yield f"{path}.description", where, competency.description
        for level, text in competency.anchors.model_dump().items():
            yield f"{path}.anchors.{level}", f"{where}, an anchor,", text
    for path, question in _questions(plan):
        yield f"{path}.text", f"Question {question.id}", question.text
        yield f"{path}.rephrased", f"Question {question.id}", question.rephrased
        for number, probe in enumerate(question.probes):
            yield f"{path}.probes.{number}.text", f"Probe {probe.id}", probe.text


def _questions(plan: InterviewPlan) -> Iterator[tuple[str, Question]]:
    """Those that are asked and those in reserve."""
    yield from ((f"questions.{number}", one) for number, one in enumerate(plan.questions))
    yield from ((f"reserve.{number}", one) for number, one in enumerate(plan.reserve))


def _anchors(plan: InterviewPlan) -> Found:
    for number, competency in enumerate(plan.competencies):
        levels = competency.anchors.model_dump()
        path = f"competencies.{number}.anchors"
        for level, text in levels.items():
            if not text.strip():
                yield f"{path}.{level}", f"Competency {competency.id} has no {level} anchor: {_DESCRIBE[level]}"
            elif len(text.split()) < ANCHOR_WORDS:
                yield (
                    f"{path}.{level}",
                    f"Competency {competency.id}: its {level} anchor is too short: {_DESCRIBE[level]}",
                )
        if len({text.strip().lower() for text in levels.values()}) < len(levels):
            yield f"{path}.medium", f"Competency {competency.id} has two anchors that say the same. Tell them apart."


def _competencies(plan: InterviewPlan) -> Found:
    fewest, most = budget.competencies(plan.minutes)
    count = len(plan.competencies)
    if not fewest <= count <= most:
        todo = "Add some, or make it shorter" if count < fewest else "Take some out, or make it longer"
        yield (
            "competencies",
            f"An interview of {plan.minutes} minutes has {fewest} to {most} competencies; this one has {count}. "
            f"{todo}.",
        )
    asked = {question.competency_id for question in plan.questions}
    for number, competency in enumerate(plan.competencies):
        path = f"competencies.{number}"
        if not competency.name.strip():
            yield f"{path}.name", f"Competency {competency.id} has no name"
        if competency.id not in asked:
            yield path, f"Competency {competency.id} is never asked for: ask one of its questions, or take it out"
    weights = {competency.weight for competency in plan.competencies}
    if len(weights) > 1 and not plan.weights_reason.strip():
        yield "weights_reason", "The weights are not equal: write down why the job needs that, or make them equal"
    if plan.competencies and not any(weights):
        yield "competencies.0.weight", "At least one competency needs a weight above zero"


def _references(plan: InterviewPlan) -> Found:
    probes = [
        (f"{path}.probes.{number}", probe.id)
        for path, question in _questions(plan)
        for number, probe in enumerate(question.probes)
    ]
    families = (
        ("Competency", [(f"competencies.{number}", one.id) for number, one in enumerate(plan.competencies)]),
        ("Question", [(path, question.id) for path, question in _questions(plan)]),
        ("Probe", probes),
    )
    for family, places in families:
        counts = Counter(name for _, name in places)
        first = {name: path for path, name in reversed(places)}
        yield from (
            (first[name], f"{family} id {name} is used {count} times") for name, count in counts.items() if count > 1
        )
    known = {competency.id for competency in plan.competencies}
    for path, question in _questions(plan):
        if question.competency_id is not None and question.competency_id not in known:
            unknown = f"is about a competency that the plan does not have: {question.competency_id}"
            yield path, f"Question {question.id} {unknown}"
        if question.competency_id is None and question.kind in ("past_behaviour", "situational"):
            yield path, f"Question {question.id} belongs to no competency, so its answer would count for nothing"


def _frame(plan: InterviewPlan) -> Found:
    if not plan.questions:
        yield "questions", "The plan has no question"
    for path, question in _questions(plan):
        if not question.text.strip():
            yield f"{path}.text", f"Question {question.id} has no words"
        for number, probe in enumerate(question.probes):
            if not probe.text.strip():
                yield f"{path}.probes.{number}.text", f"Probe {probe.id} has no words"
    if not _DISCLOSURE.search(plan.welcome):
        yield "welcome", "The welcome does not say that the interviewer is automated"
    if not plan.closing.strip():
        yield "closing", "The plan has no closing"
    ends = [index for index, question in enumerate(plan.questions) if question.kind == "candidate_questions"]
    if ends and ends != [len(plan.questions) - 1]:
        yield f"questions.{ends[0]}", "The candidate's own questions come once, at the end"


def _time(plan: InterviewPlan) -> Found:
    needed = budget.least_seconds(plan)
    if needed > plan.minutes * 60:
        yield (
            "minutes",
            f"These questions take {round(budget.seconds(plan) / 60)} minutes as people usually answer, and the "
            f"interview has {plan.minutes}. Put some in reserve, or make it longer.",
        )


ANCHOR_WORDS = 4
_DESCRIBE = {
    "low": "describe in behaviour what a weak answer (level 1) is like.",
    "medium": "describe in behaviour what a fair answer (level 3) is like.",
    "high": "describe in behaviour what a strong answer (level 5) is like.",
}
