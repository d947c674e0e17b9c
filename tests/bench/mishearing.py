"""Interviews as a recogniser of a given error rate would have heard them: words taken for others that look alike,
dropped, or heard where there were none; with the confidence that recognisers give. The confidences are an assumption:
nine in ten wrong words are below 0.4, one in thirty of the right ones is.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache
from random import Random

from models.values import InterviewRecord, Turn, Word

TAKEN, DROPPED = 0.65, 0.25
"""Of the errors; the rest are words that nobody said."""
PACE = 0.4
"""Seconds a word."""


def misheard(record: InterviewRecord, share: float, draw: Random, vocabulary: Sequence[str]) -> InterviewRecord:
    turns = [
        _heard(turn, share, draw, tuple(vocabulary)) if turn.role == "candidate" else turn for turn in record.turns
    ]
    return record.model_copy(update={"turns": tuple(turns)})


def _heard(turn: Turn, share: float, draw: Random, vocabulary: tuple[str, ...]) -> Turn:
    words: list[tuple[str, float]] = []
    for said in turn.text.split():
        if draw.random() >= share:
            words.append((said, draw.uniform(0.1, 0.4) if draw.random() < 1 / 30 else draw.uniform(0.6, 1.0)))
            continue
        kind, unsure = draw.random(), draw.uniform(0.1, 0.4) if draw.random() < 0.9 else draw.uniform(0.4, 0.9)
        if kind < TAKEN:
            words.append((draw.choice(_alike(said, vocabulary)), unsure))
        elif kind > TAKEN + DROPPED:
            words += [(said, draw.uniform(0.6, 1.0)), (draw.choice(vocabulary), unsure)]
    timed = [
        Word(text=text, start=n * PACE, end=(n + 1) * PACE, confidence=round(confidence, 2))
        for n, (text, confidence) in enumerate(words)
    ]
    return turn.model_copy(update={"text": " ".join(text for text, _ in words), "words": tuple(timed)})


@cache
def _alike(word: str, vocabulary: tuple[str, ...]) -> list[str]:
    """Words that begin alike and are about as long; the word's own punctuation may go, as it does in recognition."""
    near = _by_start(vocabulary).get((word[:1].lower(), len(word) // 3), [])
    others = [other for other in near if other.lower() != word.lower()]
    return difflib.get_close_matches(word, others, n=4, cutoff=0.3) or others or list(vocabulary)


@cache
def _by_start(vocabulary: tuple[str, ...]) -> dict[tuple[str, int], list[str]]:
    found: dict[tuple[str, int], list[str]] = {}
    for word in vocabulary:
        found.setdefault((word[:1].lower(), len(word) // 3), []).append(word)
    return found
