"""Visible text that is meant for a machine: repeats, endless lists, instructions. Called by `parse` and `screen`.

Each only becomes a flag that quotes it; that it does not pay is the business of the score (the best evidence counts
once, whatever is repeated), except that lines copied from the posting are no evidence: `copied` finds those.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from matching.nearness import squeezed
from models.values import Flag, Span

_REPEATED = 4  # the same line so often
_WORDS = 3  # shorter lines (a date, a town) repeat in honest resumes
_ITEMS = 60  # in one list; long honest ones have some forty
_FEWEST_COPIED = 3  # fewer lines of the posting's own may be chance
_COPIED_WORDS = 5

# What people write to language models: an order to the reader about the reading itself.
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:previous|prior|above|earlier|all|other|any|system)\b"
    r"[^.]{0,30}\b(?:instruction|prompt|rule|criteria|guideline|direction|command|context|text|requirement)s?\b"
    r"|\b(?:rank|rate|score|grade|place|mark|recommend|select|shortlist)\b[^.]{0,25}\b(?:this|the|me|my|him|her)\b[^.]{0,20}"
    r"\b(?:candidate|applicant|resume|cv|profile|me)\b[^.]{0,30}\b(?:first|top|highest|best|number one|10/10|100|hire|"
    r"qualified|perfect)\b"
    r"|\b(?:you are|act as|as) an? (?:ai|llm|language model|assistant|recruiting bot|ats)\b"
    r"|\b(?:note|message|attention|instructions?) (?:to|for) (?:the )?(?:ai|llm|ats|model|recruiting (?:bot|software)|"
    r"language model|screening (?:system|software|tool))\b"
    r"|<\|?(?:system|im_start|endoftext)\|?>|\[/?INST\]",
    re.IGNORECASE,
)


def text_flags(spans: Sequence[Span]) -> list[Flag]:
    """What stands out whatever the job is: codes instructions and stuffing."""
    flags = []
    told = instructions(spans)
    if told:
        detail = "The resume speaks to the software that reads it. Such words change nothing; look at them yourself."
        flags.append(Flag(code="instructions", detail=detail, quote=spans[told[0]].text[:300]))
    seen = Counter(key for span in spans if len(key := squeezed(span.text)) > 0 and key.count(" ") >= _WORDS - 1)
    often = [(count, key) for key, count in seen.items() if count >= _REPEATED]
    if often:
        count, key = max(often)
        quote = next(span.text for span in spans if squeezed(span.text) == key)
        detail = f"A line stands {count} times in the resume. Repeats add nothing to the score."
        flags.append(Flag(code="stuffing", detail=detail, quote=quote[:300]))
    longest = max(spans, key=lambda span: _items(span.text), default=None)
    listed = sum(_items(span.text) for span in spans if span.section == "skills" or _items(span.text) >= 8)
    if longest is not None and listed >= _ITEMS:
        detail = f"The resume lists {listed} keywords. A name in a list counts less than work that shows it."
        flags.append(Flag(code="stuffing", detail=detail, quote=longest.text[:300]))
    return flags


def instructions(spans: Sequence[Span]) -> list[int]:
    """Places of the spans that order the software about."""
    return [place for place, span in enumerate(spans) if _INSTRUCTION.search(span.text)]


def _items(text: str) -> int:
    """How many items a list has; 0 for a sentence."""
    items = [item for item in re.split(r"[,;|•·/\t]", text) if item.strip()]
    return len(items) if len(items) >= 3 and len(text.split()) <= 4 * len(items) else 0


def copied(spans: Sequence[Span], sentences: Collection[str]) -> list[int]:
    """Places of the spans that repeat the posting's own `sentences_of`; empty for fewer than three long ones. Where
    there are three, shorter lines of the posting's count as copied too."""
    long = [one for one in sentences if one.count(" ") >= _COPIED_WORDS - 1]
    distinct: set[str] = set()  # a line said again is no second copy
    whole, short = [], []
    for place, span in enumerate(spans):
        key = squeezed(span.text)
        if key.count(" ") >= _COPIED_WORDS - 1 and any(one in key or key in one for one in long):
            whole.append(place)
            distinct.add(key)
        elif key in sentences:
            short.append(place)
    return sorted(whole + short) if len(distinct) >= _FEWEST_COPIED else []


def sentences_of(texts: Collection[str]) -> frozenset[str]:
    """The posting's sentences of two words and more, as `copied` compares them."""
    return frozenset(key for text in texts if " " in (key := squeezed(text)))


def copied_flag(quotes: Sequence[str]) -> Flag:
    detail = f"{len(quotes)} lines repeat the posting word for word. They were not counted as evidence."
    return Flag(code="copied_posting", detail=detail, quote=quotes[0][:300])
