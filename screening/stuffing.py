"""Visible text that is meant for a machine: repeats, endless lists, instructions. Called by `parse` and `screen`.

Each only becomes a flag that quotes it; that it does not pay is the business of the score (the best evidence counts
once, whatever is repeated), except that what was taken from the posting is no evidence: `copied` and `pasted` find its
sentences, `posting_lists` and `keyword_lists` lists of what it asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from matching.instructions import is_instruction
from matching.nearness import squeezed
from models.values import Flag, ParsedResume, Requirement, Span

_REPEATED = 4  # the same line so often
_WORDS = 3  # shorter lines (a date, a town) repeat in honest resumes
_SEPARATORS = r"[,;|•·/\t]"
_LABEL = re.compile(r"^[^:,]{0,30}:")  # "Skills: ..."
_ITEMS = 60  # in one list; long honest ones have some forty
_FEWEST_COPIED = 3  # fewer lines of the posting's own may be chance
_COPIED_WORDS = 5
PASTED = 0.4
"""Share of the posting's long sentences from which it was pasted in. Who tailors a resume to a posting, as everyone is
told to, takes over a third of its lines at most; that is flagged and counts."""
_ASK_WORDS = 3  # an item so long is no name of a skill but what the posting says of it
_FEWEST_NAMED = 5
_NAMED, _COVERED = 0.9, 0.5
"""Lists whose items are asked for, nine of ten, and that name half of all that is asked for by name, were made from the
posting. Honest lists, tailored ones too, either hold the person's own tools beside or leave most of the asked out."""


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
    return [place for place, span in enumerate(spans) if is_instruction(span.text)]


def _items(text: str) -> int:
    """How many items a list has; 0 for a sentence."""
    items = [item for item in re.split(_SEPARATORS, text) if item.strip()]
    return len(items) if len(items) >= 3 and len(text.split()) <= 4 * len(items) else 0


def _named(text: str) -> set[str]:
    """The distinct items of a text read as a list, squeezed."""
    return {key for item in re.split(_SEPARATORS, text) if (key := squeezed(item))}


@dataclass(frozen=True, slots=True)
class Lines:
    """A resume's spans as they are compared with a posting: squeezed each and in one, and what the lists
    among them name, with and without what stands before a colon."""

    spans: tuple[Span, ...]
    keys: tuple[str, ...]
    whole: str
    items: Mapping[int, set[str]]
    lists: Mapping[int, set[str]]
    orders: tuple[int, ...]

    @classmethod
    def of(cls, spans: Sequence[Span]) -> Lines:
        keys = tuple(squeezed(span.text) for span in spans)
        items = (_named(span.text) for span in spans)
        named = (_named(_LABEL.sub("", span.text)) for span in spans)
        return cls(
            spans=tuple(spans),
            keys=keys,
            whole="\n".join(keys),
            items={place: found for place, found in enumerate(items) if len(found) > 1},
            lists={place: found for place, found in enumerate(named) if len(found) > 1},
            orders=tuple(instructions(spans)),
        )


def lines(parsed: ParsedResume) -> Lines:
    return Lines.of(parsed.spans)


def copied(lines: Lines, sentences: Collection[str]) -> list[int]:
    """Places of the spans that repeat the posting's own `sentences_of`; empty for fewer than three long ones. Where
    there are three, shorter lines of the posting's count as copied too."""
    long = [one for one in sentences if one.count(" ") >= _COPIED_WORDS - 1]
    said = "\n".join(long)
    if not any(one in lines.whole for one in long) and not any(key in said for key in lines.keys):
        return []  # as with nearly everybody
    distinct: set[str] = set()  # a line said again is no second copy
    whole, short = [], []
    for place, key in enumerate(lines.keys):
        if key.count(" ") >= _COPIED_WORDS - 1 and any(one in key or key in one for one in long):
            whole.append(place)
            distinct.add(key)
        elif key in sentences:
            short.append(place)
    return sorted(whole + short) if len(distinct) >= _FEWEST_COPIED else []


def pasted(lines: Lines, places: Sequence[int], sentences: Collection[str]) -> bool:
    """Do the copied spans at `places` hold so much of the posting that they are its text and not the person's?"""
    long = [one for one in sentences if one.count(" ") >= _COPIED_WORDS - 1]
    keys = [lines.keys[place] for place in places]
    found = sum(any(one in key or (key in one and key.count(" ") >= _COPIED_WORDS - 1) for key in keys) for one in long)
    return found >= PASTED * len(long)


def sentences_of(texts: Collection[str]) -> frozenset[str]:
    """The posting's sentences of two words and more, as `copied` compares them."""
    return frozenset(key for text in texts if " " in (key := squeezed(text)))


def asked_in(requirements: Collection[Requirement]) -> frozenset[str]:
    """What is asked for, as lists of it are compared."""
    return frozenset(squeezed(part) for one in requirements for part in (one.text, *one.alternatives))


def posting_lists(lines: Lines, asked: Collection[str]) -> list[int]:
    """Places of the lists that repeat what is `asked` (squeezed) in the posting's own words, three long ones or more.
    Names of skills alone do not count, since honest lists are made of them; beside the posting's words they do."""
    long = {one for one in asked if one.count(" ") >= _ASK_WORDS - 1}
    spans, items = lines.spans, lines.items
    told = {place for place, found in items.items() if not found.isdisjoint(long)}
    if len(set().union(*(items[place] & long for place in told))) < _FEWEST_COPIED:
        return []
    text = " ".join(long)
    sections = {(spans[place].section, spans[place].entry) for place in told}
    return sorted(
        place
        for place, span in enumerate(spans)
        if place in told
        or ((span.section, span.entry) in sections and all(one in asked or one in text for one in _named(span.text)))
    )


def keyword_lists(lines: Lines, asked: Collection[str]) -> list[int]:
    """Places of the lists that together hold the names that are `asked` (squeezed) and next to nothing else. In which
    order, over how many lines and how often changes nothing."""
    names = {one for one in asked if one.count(" ") < _ASK_WORDS - 1}
    told: dict[int, set[str]] = {}
    for place, items in lines.lists.items():
        if len(items & names) >= _NAMED * len(items):
            told[place] = items & names
    found = set().union(*told.values())
    return sorted(told) if len(found) >= max(_FEWEST_NAMED, _COVERED * len(names)) else []


def keyword_flag(quotes: Sequence[str]) -> Flag:
    detail = "A list names what the posting asks for and little else. It is no evidence: look at what the person did."
    return Flag(code="stuffing", detail=detail, quote=max(quotes, key=len)[:300])


def copied_flag(quotes: Sequence[str], *, counted: bool) -> Flag:
    what = "They count as what the person says of themselves: look at them." if counted else "They are no evidence."
    detail = f"{len(quotes)} lines repeat the posting word for word. {what}"
    return Flag(code="copied_posting", detail=detail, quote=quotes[0][:300])
