"""Does an answer look read aloud? Only compared with other answers of the same person: of who always speaks evenly
nothing is told. Pace and pauses come from the recogniser's word times, not from what was said.

Called by `interview.context`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median, pstdev

from interview import policy
from interview.cleaned import left_out
from models.values import Turn, Word

WINDOW = 8
"""Words over which pace is measured."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer was spoken. `hesitations`: fillers, repetitions and pauses within a clause, in 100 words; `uneven`:
    how much the time for a letter varies from one stretch of words to the next, as a share of its mean."""

    words: int
    hesitations: float
    uneven: float


def read_aloud(turns: Sequence[Turn], language: str = "en") -> tuple[int, ...]:
    """Places of such answers among `turns`."""
    found = {place: manner for place, turn in enumerate(turns) if (manner := manner_of(turn, language)) is not None}
    return tuple(
        place
        for place, manner in found.items()
        if _stands_out(manner, [other for elsewhere, other in found.items() if elsewhere != place])
    )


def manner_of(turn: Turn, language: str = "en") -> Manner | None:
    """None for what is no spoken answer, or too short to tell."""
    words = [word for word in turn.words if word.text.strip()]
    if turn.role != "candidate" or turn.question_id is None or len(words) < policy.READ_COMPARED:
        return None
    stumbles = len(left_out([word.text for word in words], language)) + _pauses(words)
    return Manner(len(words), 100 * stumbles / len(words), _uneven(words))


def _stands_out(manner: Manner, others: Sequence[Manner]) -> bool:
    if manner.words < policy.READ_WORDS or len(others) < policy.READ_OTHERS:
        return False
    usual = median(other.hesitations for other in others)
    even = policy.READ_EVEN * median(other.uneven for other in others)
    return usual >= policy.READ_USUAL and manner.hesitations <= policy.READ_HESITATIONS and manner.uneven <= even


def _pauses(words: Sequence[Word]) -> int:
    return sum(
        after.start - before.end >= policy.READ_PAUSE for before, after in pairwise(words) if not _closes(before)
    )


def _uneven(words: Sequence[Word]) -> float:
    """Pauses within a clause count as time for its words; those between clauses are everybody's."""
    rates = []
    for first in range(0, len(words) - WINDOW + 1, WINDOW):
        window = words[first : first + WINDOW]
        between = sum(max(0.0, after.start - before.end) for before, after in pairwise(window) if _closes(before))
        rates.append((window[-1].end - window[0].start - between) / sum(len(word.text.strip()) for word in window))
    return pstdev(rates) / mean(rates) if mean(rates) > 0 else 0.0


def _closes(word: Word) -> bool:
    return word.text.strip()[-1] in ".,;:!?…"
