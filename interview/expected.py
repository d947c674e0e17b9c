"""The words that a job's interview will probably hold, for a recogniser that takes a prompt: "Kubernetes", "CRRT" and
the name of the town are heard better by who expects them. Called by `api.live`.

Made from the job and its kit alone, never from a person's resume: everybody's answers are heard with the same ear.
Deterministic. That a prompt may leak into the text is `interview.invented`'s concern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from matching.skills import Vocabulary
from models.values import InterviewPlan, Requirement

LONGEST = 600
"""Characters, which is under 200 of Whisper's tokens for names; it takes 223 and would drop the first ones."""
_NAME = re.compile(r"(?<![\w-])[a-z][\w'-]*,? ([A-Z][\w&+#-]*\w(?: [A-Z][\w&+#-]*\w){0,3})")
"""Capitals in mid-sentence, after a word that has none."""


def expected_words(plan: InterviewPlan, requirements: Sequence[Requirement], vocabulary: Vocabulary) -> str:
    """A list as a sentence, at most LONGEST characters; empty where a job names nothing. Names come before other terms,
    what the job needs before what it likes, requirements before the posting and the kit."""
    ranked = sorted(requirements, key=lambda one: (not one.must_have, -one.weight))
    texts = [text for one in ranked for text in (one.text, *one.alternatives)]
    texts += [plan.title, *(fact.text for fact in plan.facts)]
    texts += [text for one in plan.competencies for text in (one.name, one.description)]
    texts += [question.text for question in plan.questions]
    terms = list(_terms(texts, vocabulary))
    chosen: dict[str, str] = {}
    room = LONGEST
    for term in sorted(terms, key=lambda term: not _is_name(term)):
        if term.casefold() not in chosen and len(term) + 2 <= room:
            chosen[term.casefold()] = term
            room -= len(term) + 2
    return f"{', '.join(chosen.values())}." if chosen else ""


def _terms(texts: Sequence[str], vocabulary: Vocabulary) -> Iterator[str]:
    """Skills by name and capitalised names, in the order of the texts."""
    for text, mentions in zip(texts, vocabulary.find_all(texts), strict=True):
        known = [(mention.start, mention.end, mention.text) for mention in mentions]
        names = [(name.start(1), name.end(1), name[1]) for name in _NAME.finditer(text)]
        fresh = [name for name in names if not any(start < name[1] and name[0] < end for start, end, _ in known)]
        yield from (term for *_, term in sorted(known + fresh))


def _is_name(term: str) -> bool:
    return any(char.isupper() or char.isdigit() for char in term)
