"""Which counts of people must not be shown. Pure; used by `compliance.impact`.

A count of one to four is hidden. So is whatever it could be computed from: wherever counts add up to a number that is
known (the groups of one job, one group over all jobs, a row or a column of sex by race), either none of them is hidden,
or at least two are and these are five people or more together. Zeros are shown: nobody is in them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

FEWEST = 5
"""People a shown count has at least."""

Cell = TypeVar("Cell", bound=Hashable)


def hidden(counts: Mapping[Cell, int], lines: Iterable[Sequence[Cell]]) -> frozenset[Cell]:
    """The cells to hide. `lines`: cells whose sum a reader may know. Where a line has too little to hide behind, all of
    it that anybody is in is hidden.

    The smallest cell that helps goes next, so as much as possible stays; equal ones in the order of `counts`."""
    found = {cell for cell, count in counts.items() if 0 < count < FEWEST}
    place = {cell: number for number, cell in enumerate(counts)}
    open_lines = [list(line) for line in lines]
    changed = True
    while changed:
        changed = False
        for line in open_lines:
            while not _safe(line, counts, found):
                shown = [cell for cell in line if cell not in found and counts[cell]]
                if not shown:
                    break
                found.add(min(shown, key=lambda cell: (counts[cell], place[cell])))
                changed = True
    return frozenset(found)


def _safe(line: Sequence[Cell], counts: Mapping[Cell, int], found: set[Cell]) -> bool:
    kept = [counts[cell] for cell in line if cell in found]
    return not kept or (len(kept) > 1 and sum(kept) >= FEWEST)
