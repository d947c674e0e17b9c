"""Has the speaker finished? A rule on the last words, in English. `interview.listen` asks after each recognised stretch
of speech and waits longer where the answer is probably not over; `interview.smart_turn` hears the voice as well.

The rule errs on the side of waiting: a needless wait costs under two seconds, an interruption costs the answer. So a
preposition at the end counts as unfinished although English may strand one ("the people I worked with").
"""

from __future__ import annotations

import re

from models.engines import TurnView


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


HANGING = _words(
    # conjunctions and relatives
    "and but or nor so because cause although though unless until while whereas if when whenever where which who whom",
    "whose that than as like plus",
    # prepositions
    "of to for with at from into onto by in on about between among through during without within against toward",
    "towards across per via including regarding",
    # articles, determiners, possessives
    "the a an my our your their his its these every another such very",
    # pronouns that need something after them
    "i we they he she i'm we're they're it's that's i've we've i'd we'd i'll we'll there's",
    # fillers
    "um uh umm uhm erm er hmm mm okay basically actually maybe probably let's",
)
AUXILIARIES = _words(
    "is are was were am be been being have has had do does did can could will would shall should may might must not",
    "don't didn't wasn't weren't isn't couldn't wouldn't can't won't haven't hasn't hadn't",
)
HANGING_PHRASES = (
    "you know",
    "i mean",
    "i think",
    "i guess",
    "sort of",
    "kind of",
    "such as",
    "for example",
    "for instance",
    "let me think",
    "let me see",
    "how do i say",
    "how should i put it",
    "in order",
    "as well as",
    "one of",
    "because of",
    "the first thing",
    "the other thing",
)
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}
ANNOUNCED = re.compile(
    r"\b(two|three|four|five|[2-5])(?: \w+)? "
    r"(?:things|reasons|steps|parts|points|ways|phases|options|problems|causes|examples|goals|lessons|ideas)\b"
)
ORDINALS = re.compile(r"\b(?:first|firstly|second|secondly|third|thirdly|fourth|fifth|next|finally|lastly|last)\b")
OPEN = 0.1
"""The last word cannot be the last, or a list or a pair has begun and is not whole."""
SHORT, BRIEF = 4, 8
"""Fewer words than these are seldom a whole answer to an interview question, more likely its opening."""


class TextTurnDetector:
    """A TurnDetector that reads the words alone. Of languages other than English it only counts the words.

    A full stop proves little: recognisers put one at every pause."""

    name = "text-rules-2"

    def p_complete(self, so_far: TurnView) -> float:
        text = so_far.text.strip().lower().replace("’", "'")
        words = re.findall(r"[\w']+", text)
        if not words:
            return 0.1
        if _hangs(text, words):
            return OPEN
        if _list_unfinished(" ".join(words)) or _half_of_a_pair(words):
            return OPEN
        if len(words) < BRIEF:
            return 0.35 if len(words) < SHORT else 0.45
        return 0.85 if text[-1] in ".?!" else 0.75


def _hangs(text: str, words: list[str]) -> bool:
    if text.endswith(("...", "…", ",", "-", "–", ":", ";")):
        return True
    if words[-1] in AUXILIARIES:
        return words[0] not in {"yes", "yeah", "no"} or len(words) > SHORT  # "yes, I did" is whole
    tail = " ".join(words[-5:])
    return words[-1] in HANGING or words[-2:-1] == ["because"] or tail.endswith(HANGING_PHRASES)


def _list_unfinished(text: str) -> bool:
    """Someone who announces three reasons and has begun to count them is heard to the third."""
    announced = max(ANNOUNCED.finditer(text), key=re.Match.start, default=None)
    if announced is None:
        return text.split()[-1] in {"first", "firstly", "second", "secondly", "third", "thirdly", "finally", "lastly"}
    counted = ORDINALS.findall(text, announced.end())
    if any(word in {"finally", "lastly", "last"} for word in counted):
        return False
    return len(counted) < COUNTS[announced[1]] and bool(counted or len(text) - announced.end() < 40)


def _half_of_a_pair(words: list[str]) -> bool:
    """The second half of "not only ... but", "on the one hand ... on the other" still to come."""
    text = " ".join(words)
    for opening, closing in (("not only", " but"), ("on the one hand", "on the other")):
        start = text.rfind(opening)
        if start >= 0 and closing not in text[start:]:
            return True
    return False
