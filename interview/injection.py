"""Orders to the software inside a candidate's answers. Each becomes a flag for a person, with its words; none is
obeyed, none costs a point. What is so recognised is also left out of what is measured and of what a second rater is
shown.

Which words are an order is known to `matching.instructions`, shared with screening; here is what an interview adds:
orders split over sentences and turns. Used by `api.outcomes` and `interview.second_rater`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from interview.spoken import clock
from matching.instructions import is_instruction, plain, reported
from models.values import Flag, Scorecard, Turn

__all__ = ["Order", "flagged", "flags", "is_instruction", "orders"]

CODE = "instructions"
_PIECE = re.compile(r"[^.!?;\n]+(?:[.!?;]+[\"'”’»)\]]*|\n|$)|[.!?;\n]")
_TOUCHING = 12
"""Words at the end of one piece and the beginning of the next that may make an order together."""
_MOST = 5
"""Flags; a person who reads five has seen enough to read the transcript."""


@dataclass(frozen=True, slots=True)
class Order:
    """Characters `start` to `end` of the text of turn `turn`."""

    turn: int
    start: int
    end: int


def orders(turns: Sequence[Turn]) -> tuple[Order, ...]:
    """Where the candidate orders the software about, in the order said: whole sentences."""
    pieces = [piece for index, turn in enumerate(turns) if turn.role == "candidate" for piece in _pieces(index, turn)]
    found = {piece: None for piece in pieces if is_instruction(_text(turns, piece))}
    for index, turn in enumerate(turns):  # over the bounds of sentences: a forged object, a letter a line
        own = [piece for piece in pieces if piece.turn == index]
        if turn.role == "candidate" and not any(piece in found for piece in own) and is_instruction(turn.text):
            found.update(dict.fromkeys(own))
    for before, after in pairwise(pieces):
        if before not in found and after not in found and _joined(_text(turns, before), _text(turns, after)):
            found.update({before: None, after: None})
    return tuple(sorted(found, key=lambda order: (order.turn, order.start)))


def flags(turns: Sequence[Turn]) -> tuple[Flag, ...]:
    """One for each turn that holds such words, at most five: where it stands, and its words."""
    told: dict[int, list[Order]] = {}
    for order in orders(turns):
        told.setdefault(order.turn, []).append(order)
    return tuple(
        Flag(
            code=CODE,
            detail=f"{_place(turns[index], index)} speaks to the software that rates it. Nothing was obeyed and no "
            "point was taken off; look at it yourself.",
            quote=_text(turns, Order(index, own[0].start, own[-1].end)).strip()[:300],
        )
        for index, own in list(told.items())[:_MOST]
    )


def flagged(scorecard: Scorecard, turns: Sequence[Turn]) -> Scorecard:
    """With these flags, unless it has them already."""
    if any(flag.code == CODE for flag in scorecard.flags):
        return scorecard
    return scorecard.model_copy(update={"flags": (*scorecard.flags, *flags(turns))})


def _pieces(index: int, turn: Turn) -> Iterator[Order]:
    told = reported(turn.text)
    for found in _PIECE.finditer(turn.text):
        if found[0].strip() and not any(start <= found.start() and found.end() <= end for start, end in told):
            yield Order(index, found.start(), found.end())


def _text(turns: Sequence[Turn], order: Order) -> str:
    return turns[order.turn].text[order.start : order.end]


def _joined(before: str, after: str) -> bool:
    """An order that only both make together. Their ends alone are read: whole answers would chance upon one."""
    first, second = plain(before).split(), plain(after).split()
    last = " ".join(first[-_TOUCHING:]).rstrip(" .!?;…")
    return is_instruction(f"{last} {' '.join(second[:_TOUCHING])}") and not is_instruction(last)


def _place(turn: Turn, index: int) -> str:
    if turn.start is None:
        return f"The answer § {index + 1}"
    return f"The answer at {clock(turn.start)}"
