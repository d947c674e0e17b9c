"""What the rater may see of a text: no name, no school, no address, no pronoun, one spelling. Called by
`interview.evaluate`; `matching.redact` knows what a person is told by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from interview.spelling import one_spelling
from matching.redact import ORDINARY, Redactor
from models.values import InterviewRecord

_GREETED = re.compile(r"\b(?:Hi|Hello|Hey|Dear|Welcome|Thanks|Thank you),? ([^\W\d_][\w'’-]+)")
_KIND = (
    r"(?:Universit(?:y|ies|ät|é|à)|Universidad|Universidade|College|Institute|Polytechnic|Academy|School|Hochschule|"
    r"Gymnasium|Lyc[ée]e)"
)
_WORD = r"[^\W\d_a-z][\w'’&.]{0,40}(?:-[\w'’&.]{1,40}){0,5}"
"""A hyphen lies inside a word or between words, never both, and no word is endless: else what a hostile resume holds
could be read in so many ways that the search takes for ever."""
_SCHOOL = re.compile(
    rf"\b(?:[Tt]he\s+)?(?:(?:{_WORD} [ -]*){{0,3}}{_WORD}(?: [ -]*|-){_KIND}"
    rf"(?:\s+(?:of|at|for|in)\s+{_WORD}(?:\s+(?:and\s+)?{_WORD}){{0,3}})?"
    rf"|{_KIND}\s+(?:of|at|de|di|da|do)\s+{_WORD}(?:[ ,-]+{_WORD}){{0,3}})"
)
_SMALL = frozenset("The A An My Our In At From Of State Community High Business Graduate Medical Law Art".split())  # noqa: SIM905


def for_the_rater(record: InterviewRecord) -> Callable[[str], str]:
    """What `record`'s texts become before anything in them is compared."""
    names = names_in(record)
    redactor, own = Redactor(names), _own(names)
    schools = schools_in(record)
    bare = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, schools))})(?!\w)") if schools else None

    def seen(text: str) -> str:
        text = _SCHOOL.sub("[school]", text)
        if bare is not None:
            text = bare.sub("[school]", text)
        if own is not None:
            text = own.sub("[name]", text)
        return one_spelling(redactor.redact(text).text)

    return seen


def _own(names: Sequence[str]) -> re.Pattern[str] | None:
    """A surname that an employer bears too goes with it: here, unlike in screening, nothing hangs on who that is."""
    parts = {part for name in names for part in re.findall(r"[^\W\d_]+", name)}
    rare = sorted(part for part in parts if len(part) > 3 and part.casefold() not in ORDINARY)
    forms = sorted({form for part in rare for form in (part, part.capitalize())}, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)") if forms else None


def names_in(record: InterviewRecord) -> list[str]:
    """The candidate's name as the resume's head and the interviewer's greetings give it."""
    lines = [line.strip() for line in (record.resume or "").splitlines() if line.strip()]
    head = " ".join(lines[:2] if lines and len(lines[0].split()) == 1 else lines[:1])
    plain = 0 < len(head.split()) <= 4 and not any(char.isdigit() or char in "@:/|" for char in head)
    greeted = [found for turn in record.turns if turn.role == "interviewer" for found in _GREETED.findall(turn.text)]
    return list(dict.fromkeys([head] * plain + [name for name in greeted if not name[0].islower()]))


def schools_in(record: InterviewRecord) -> list[str]:
    """Schools as they are named in full somewhere, and by what stands before the kind ("Stanford"), longest first."""
    texts = [record.resume or "", *(turn.text for turn in record.turns)]
    full = [re.sub("^[Tt]he ", "", found) for text in texts for found in _SCHOOL.findall(text)]
    heads = [" ".join(word for word in re.split(rf"\b{_KIND}", name)[0].split() if word not in _SMALL) for name in full]
    return sorted({name for name in (*full, *heads) if len(name) > 3}, key=lambda name: (-len(name), name))
