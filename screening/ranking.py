"""Everybody who is known, ranked for one job: a first look at all by meaning, the exact score of the best. Called by
`api.pool`.

Exact is what `Screener` gives, from vectors and resumes that were made ready before; nothing is embedded or read again.
All figures are kept, so that other weights or another threshold need no vector.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.engines import Vectors
from screening.board import Board, Floats
from screening.people import People
from screening.prepared import Prepared
from screening.screen import Screener, Weighed

EXACT = 2_000
"""People of the first look who get the exact score."""
_STEP = 256


@dataclass(frozen=True)
class Ranking:
    """`ids`: whom it is about, ascending; `board`: their figures, in that order; `exact`: whose are the exact ones."""

    ids: tuple[str, ...]
    board: Board
    exact: NDArray[np.bool_]

    def order(self, weights: Mapping[str, float] | None = None) -> tuple[NDArray[np.int64], Floats]:
        """(places in `ids`, best first, exact scores before estimates, ties by id; everybody's score)."""
        scores = self.board.scores(weights)
        return np.lexsort((-scores, ~self.exact)), scores


def rank(people: People, screener: Screener, among: Collection[str], *, now: date, exact: int = EXACT) -> Ranking:
    """Those of `among` who are known."""
    ids, cosines = people.spans.best(screener.telling)
    allowed = frozenset(among)
    found_at = sorted((id, row) for row, id in enumerate(ids) if id in allowed)
    named = tuple(id for id, _ in found_at)
    board = screener.guessed(cosines[[row for _, row in found_at]])
    best = np.argsort(-board.scores(), kind="stable")[:exact]
    places = {named[place]: place for place in best.tolist()}
    found: dict[int, Weighed] = {}
    with _no_collection():
        for id, weighed in exactly(people, screener, list(places), now=now):
            found[places[id]] = weighed
    there = np.array(list(found), np.int64)
    known = screener.board(list(found.values()))
    for whole, own in ((board.values, known.values), (board.statuses, known.statuses), (board.near, known.near)):
        whole[there] = own
    return Ranking(named, board, np.isin(np.arange(len(named)), there))


def exactly(people: People, screener: Screener, ids: Sequence[str], *, now: date) -> Iterator[tuple[str, Weighed]]:
    """Of those who are still there."""
    for at in range(0, len(ids), _STEP):
        some = list(people.read(ids[at : at + _STEP]))
        if some:
            own = [owned(screener, read, vectors) for _, read, vectors in some]
            stacked = np.concatenate([vectors for _, vectors in own])
            weighed = screener.weighed([read for read, _ in own], stacked, now=now)
            yield from zip((id for id, _, _ in some), weighed, strict=True)


def owned(screener: Screener, read: Prepared, vectors: Vectors) -> tuple[Prepared, Vectors]:
    """As `Screener.own`, with the vectors of what it leaves."""
    own = screener.own(read)
    if own.texts == read.texts:
        return own, vectors
    places = {id(span): place for place, span in enumerate(read.spans)}
    return own, vectors[[places[id(span)] for span in own.spans]]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Thousands of small objects are made, none of which is garbage yet: looking for some takes as long as making
    them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
