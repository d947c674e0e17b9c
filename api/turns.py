"""Who is next where many wait for one queue: organisations take turns, and in each its batches. A pure function, used
by `api.feeding`.

Fair is what each has under way: the next place goes to the organisation with the fewest there, in it to the batch with
the fewest, and among equals to who waits longest. Nothing is remembered, so any process may ask at any time, a newcomer
is next at once, and one who has the queue to itself has all of it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Line(NamedTuple):
    """Who wait for each other, first come first served: a batch, or what came to a job by itself (no batch)."""

    organisation: str
    job: str
    batch: str | None


def turns(waiting: Mapping[Line, int], under_way: Mapping[Line, int], room: int) -> list[Line]:
    """`room` places, or as many as are wanted, in the order in which they are given. `waiting`: how many want one, by
    line, who waits longest first."""
    left = {line: number for line, number in waiting.items() if number > 0}
    having: Counter[str] = Counter()
    for line, number in under_way.items():
        having[line.organisation] += number
    lines: dict[str, list[tuple[int, int, Line]]] = {}
    for place, line in enumerate(left):
        lines.setdefault(line.organisation, []).append((under_way.get(line, 0), place, line))
    owners = [(having[organisation], place, organisation) for place, organisation in enumerate(lines)]
    heapq.heapify(owners)
    for mine in lines.values():
        heapq.heapify(mine)
    found: list[Line] = []
    while owners and len(found) < room:
        has, place, organisation = owners[0]
        mine = lines[organisation]
        under, at, line = mine[0]
        found.append(line)
        left[line] -= 1
        if left[line]:
            heapq.heapreplace(mine, (under + 1, at, line))
        else:
            heapq.heappop(mine)
        if mine:
            heapq.heapreplace(owners, (has + 1, place, organisation))
        else:
            heapq.heappop(owners)
    return found
