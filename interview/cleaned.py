"""A transcript that reads more easily, beside the verbatim one: hesitations, repeated words and broken-off beginnings
are left out. It only leaves words out; it changes none, adds none and moves none. Quotes and ratings use the verbatim
text. Called by `interview.report`, the candidate's pages and `interview.reading`.

"I mean", "like" and "actually" stay: without them a correction ("two, I mean, three") would say something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from models.languages import code_of

_SOUNDS: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"u+h+m*|u+m+|e+r+m*|h+m+|mm+", re.IGNORECASE),
    "de": re.compile(r"ä+h+m*|ö+h+m*|e+h+m+|h+m+|mm+", re.IGNORECASE),
}
"""Whole words. "Um" is a word in German; "uh-huh" and "mm-hm" are answers, and are none of these."""
_ALONE: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        (
            *(
                "i",
                "we",
                "he",
                "she",
                "they",
                "the",
                "a",
                "an",
                "my",
                "our",
                "your",
                "his",
                "their",
                "its",
                "i'm",
                "we're",
            ),
            *("and", "but", "so", "because", "if", "when", "to", "of"),
        )
    ),
    "de": frozenset(
        (
            *("ich", "wir", "er", "ein", "eine", "einen", "einem", "einer", "mein", "meine", "unser", "unsere"),
            *("und", "aber", "oder", "weil", "wenn", "dann", "im", "am", "von", "für", "mit"),
        )
    ),
}
"""Words that nobody says twice on purpose, or as the end of one thing and the beginning of the next ("what it is is",
"we shipped it, it worked")."""
_STARTS: Mapping[str, frozenset[str]] = {
    "en": _ALONE["en"]
    | {"you", "it", "this", "these", "there", "what", "or", "in", "on", "at", "for", "with", "from", "it's", "her"},
    "de": _ALONE["de"]
    | {"du", "sie", "es", "da", "in", "an", "auf", "zu", "dieser", "diese", "dieses", "der", "die", "das"},
}
"""Words with which people begin a stretch that they then say again: "in the, in the morning"."""
_LINKS = frozenset(["and", "or", "und", "oder"])
STRETCH = 100
"""Words that are looked through at once."""
LONGEST = 5
"""Words of a beginning that is said again."""
_SENTENCE_END = re.compile(r"[.!?]\W*$")
_EDGE = re.compile(r"^\W+|\W+$")


def is_hesitation(word: str, language: str = "en") -> bool:
    """A sound that fills a pause."""
    sounds = _SOUNDS.get(code_of(language))
    if sounds is None or word.isupper():
        return False  # "ER" is a ward
    return sounds.fullmatch(_plain(word)) is not None


def left_out(words: Sequence[str], language: str = "en") -> frozenset[int]:
    """Indices of the words that the cleaned view leaves out; in a language that is not known here, none."""
    if code_of(language) not in _SOUNDS:
        return frozenset()
    kept = [
        place
        for place, word in enumerate(words)
        if not (is_hesitation(word, language) and not _measured(words, place)) and not _broken(words, place)
    ]
    clean = {place for stretch in _stretches(words, kept) for place in _without_repeats(words, stretch, language)}
    return frozenset(range(len(words))) - clean


def _stretches(words: Sequence[str], kept: Sequence[int]) -> Iterator[list[int]]:
    """`kept` up to each end of a sentence, which no repetition crosses; never more than STRETCH at once, so that the
    work grows with the length and no faster."""
    stretch: list[int] = []
    for place in kept:
        stretch.append(place)
        if len(stretch) == STRETCH or _SENTENCE_END.search(words[place]):
            yield stretch
            stretch = []
    yield stretch


def _without_repeats(words: Sequence[str], stretch: list[int], language: str) -> list[int]:
    kept = list(stretch)
    while (again := _said_again(words, kept, language)) is not None:
        first, length = again
        del kept[first : first + length]
    return kept


def cleaned(text: str, language: str = "en") -> str:
    """The text without them. What consists of nothing else stays as it is."""
    words = text.split()
    out = left_out(words, language)
    return " ".join(word for place, word in enumerate(words) if place not in out) or text


def _said_again(words: Sequence[str], kept: Sequence[int], language: str) -> tuple[int, int] | None:
    """(first, length), in `kept`, of a beginning that the very next words say again; the longest one. A sentence that
    ends is none."""
    plain, code = [_plain(words[place]) for place in kept], code_of(language)
    for length in range(LONGEST, 0, -1):
        for first in range(len(kept) - 2 * length + 1):
            if plain[first : first + length] != plain[first + length : first + 2 * length]:
                continue
            begins = plain[first] in (_ALONE if length == 1 else _STARTS)[code]
            linked = length > 1 and plain[first] in _LINKS  # "again and again and again"
            ends = any(_SENTENCE_END.search(words[place]) for place in kept[first : first + length])
            if begins and not linked and not ends:
                return first, length
    return None


def _broken(words: Sequence[str], place: int) -> bool:
    """ "The serv- the server": a word that was not finished. "Mid- and long-term" is none."""
    word = words[place]
    if not re.fullmatch(r"\w+-", word) or place + 1 == len(words):
        return False
    return _plain(words[place + 1]) not in _LINKS | {"to", "bis"}


def _measured(words: Sequence[str], place: int) -> bool:
    """ "5 mm"."""
    return place > 0 and words[place - 1][-1:].isdigit()


def _plain(word: str) -> str:
    return _EDGE.sub("", word.casefold().replace("’", "'"))
