"""A resume made ready for any job: redacted spans and what each of them names. Called by `screening.screen`.

Depends on no job, no other resume and no encoder, so it is made once a resume, in any process, and kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.lexical import Bags, bags
from matching.nearness import spans_kept, squeezed
from matching.redact import Redactor
from matching.score import stemmed
from matching.skills import Vocabulary
from models.values import ParsedResume, Span
from screening.noted import Noted

LISTED = 0.85
"""A skill that only stands in a list: met, but showing where it was used is worth more."""
WEAK = 0.4
"""A skill among the interests."""
FEWEST_WORDS = 4
"""A shorter span ("Junior Developer", a company) is alike to much and shows nothing; names in it still count."""

_LISTS = frozenset({"skills", "certificates", "languages"})
_PLACEHOLDER = re.compile(r"\[(?:email|url|phone|address|postcode|name|birth_date)\]")
_PROSE = 8
"""Words beside a placeholder from which a line of the letterhead is a sentence."""
_DENIAL = re.compile(
    r"\b(?:(?:no|not|never|without|lack(?:s|ing)?(?: of)?|not yet|(?<!not )limited|(?<!a )little)(?: [\w-]+){0,2}?"
    r" (?:experience|knowledge|training|exposure|practice|skills?|familiar(?:ity)?|experienced|used|worked)"
    r"(?: (?:of|in|with|on|to))?(?: [\w.+#-]+(?:,| or| nor))*|"
    r"(?:no|never|without|unfamiliar with|no longer|(?<!not )limited|(?<!a )little)) $",
    re.IGNORECASE,
)
"""Right before the name that it denies: "no experience with Kubernetes", not "no downtime using Kubernetes"."""
_DENIED_SPAN = re.compile(
    r"\b(?:no|never (?:had|worked)|without|lack of|not yet|unfamiliar)\b[^.;]{0,30}\b(?:experience|knowledge|"
    r"training|exposure|with)\b",
    re.IGNORECASE,
)


NO_EVIDENCE = frozenset({"references"})
"""What others are said to be. "contact" is everything above the first section title: in a letter-like resume, all."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`texts`: one redacted text a span, which is what is embedded and matched. `skills`: normal form -> (strength,
    span), all that is named or implied. `shown`: the same a span. `words`: stems a span. `allowed`: (spans,) bool,
    where evidence by meaning may come from. `sections`: where a span's text stands first. `distinct`: spans whose texts
    all differ and that stand for the whole resume; `counted`: their words. `noted`: what rules looked up. `low`:
    all texts in small letters."""

    parsed: ParsedResume
    texts: tuple[str, ...]
    skills: dict[str, tuple[float, int]]
    shown: tuple[frozenset[str], ...]
    words: tuple[frozenset[str], ...]
    allowed: NDArray[np.bool_]
    sections: tuple[str, ...]
    distinct: tuple[int, ...]
    counted: Bags
    noted: Noted
    low: str

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.parsed.spans

    def may_hold(self, small: str) -> bool:
        """May one of the texts hold this (in small letters), in whatever case? No is certain."""
        return not (small.isascii() and self.low.isascii()) or small in self.low


def prepare(parsed: ParsedResume, vocabulary: Vocabulary) -> Prepared:
    """Everything about a resume that no job changes; the costly part besides reading and embedding, made once."""
    texts = span_texts(parsed)
    sections = _sections(parsed, texts)
    skills: dict[str, tuple[float, int]] = {}
    shown: list[frozenset[str]] = []
    told: list[int] = []
    allowed = np.ones(len(texts), np.bool_)
    mentions = vocabulary.find_all(texts)
    parts = _parts(texts)
    for index, text in enumerate(texts):
        silent = sections[index] in NO_EVIDENCE or index in parts or _only_contact(sections[index], text)
        telling = len(text.split()) >= FEWEST_WORDS or sections[index] in _LISTS
        allowed[index] = telling and not silent and not _DENIED_SPAN.search(text)
        held = {one.normal for one in mentions[index] if not _DENIAL.search(text[: one.start]) and not silent}
        strength = strength_in(sections[index], len(held))
        shown.append(frozenset().union(*(vocabulary.shows(skill) for skill in held)))
        for skill in shown[-1]:
            if strength > skills.get(skill, (0.0, 0))[0]:
                skills[skill] = (strength, index)
        if not silent:
            told.append(index)
    distinct = tuple(told[kept] for kept in spans_kept([texts[index] for index in told]))
    ordered = [stemmed(text) for text in texts]
    return Prepared(
        parsed=parsed,
        texts=tuple(texts),
        skills=skills,
        shown=tuple(shown),
        words=tuple(frozenset(stems) for stems in ordered),
        allowed=allowed,
        sections=sections,
        distinct=distinct,
        counted=bags(ordered[index] for index in distinct),
        noted=Noted(parsed),
        low="\n".join(texts).lower(),
    )


def _parts(texts: Sequence[str]) -> set[int]:
    """Places of longer texts that are a part of another: said again, cut off somewhere, they tell nothing new."""
    keys = [f" {squeezed(text)} " for text in texts]
    whole = "\n".join(set(keys))
    return {place for place, key in enumerate(keys) if key.count(" ") > FEWEST_WORDS and whole.count(key) > 1}


def _only_contact(section: str, text: str) -> bool:
    """A line of the letterhead: what stands beside an address or a name there says where and who, not what."""
    placeholders = len(_PLACEHOLDER.findall(text))
    return section == "contact" and placeholders > 0 and len(re.findall(r"\w+", text)) - placeholders < _PROSE


def _sections(parsed: ParsedResume, texts: Sequence[str]) -> tuple[str, ...]:
    """For each span the section that its text first stands in: a line said again elsewhere counts as it did before."""
    first: dict[str, str] = {}
    return tuple(first.setdefault(squeezed(text), span.section) for text, span in zip(texts, parsed.spans, strict=True))


def span_texts(parsed: ParsedResume) -> list[str]:
    """The resume's spans as they may be matched: without name, age, address and the like. One for each span."""
    redactor = Redactor([parsed.resume.basics.name] if parsed.resume.basics.name else [])
    first = _sections(parsed, [span.text for span in parsed.spans])  # a line said again reads as it did before
    return [redactor.redact(span.text, section=section).text for span, section in zip(parsed.spans, first, strict=True)]


def strength_in(section: str, named: int) -> float:
    """What a mention is worth in a span that names so many: used, listed, or a hobby."""
    if section == "interests":
        return WEAK
    return LISTED if section == "skills" or named > 5 else 1.0
