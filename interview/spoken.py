"""When each word of an answer was said: the words of a transcript as they are read, with the recogniser's times. Called
by `interview.report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from models.values import Turn, Word


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as it stands in the transcript. Seconds in the recording; None where the recogniser has none for it."""

    text: str
    start: float | None
    end: float | None


def clock(seconds: float | None) -> str:
    """Minutes and seconds, as a player shows them; empty where no time is known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


def spoken_words(turn: Turn) -> tuple[SpokenWord, ...]:
    """All words of a candidate's turn, in order; empty where none has a time (a typed answer, the interviewer)."""
    if turn.role != "candidate" or not turn.words:
        return ()
    written = turn.text.split()
    found = [word for word in turn.words if word.text.strip()]
    times = _paired(written, found)
    return tuple(
        SpokenWord(text, round(word.start, 2), round(word.end, 2)) if word else SpokenWord(text, None, None)
        for text, word in zip(written, times, strict=True)
    )


def _paired(written: Sequence[str], found: Sequence[Word]) -> list[Word | None]:
    """For each written word the recogniser's: one by one where both count the same, else those that are spelt alike."""
    if len(written) == len(found):
        return list(found)
    times: list[Word | None] = [None] * len(written)
    matcher = SequenceMatcher(
        autojunk=False, a=[_plain(text) for text in written], b=[_plain(word.text) for word in found]
    )
    for block in matcher.get_matching_blocks():
        times[block.a : block.a + block.size] = found[block.b : block.b + block.size]
    return times


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
