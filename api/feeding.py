"""Resumes go into the queue a few at a time, organisations and batches taking turns: so nobody waits behind five
thousand of somebody else, and what waits lies in Foyer's own rows. Used by `api.pipeline`, in every process that may
start work; `api.turns` says who is next.

AHEAD is what one worker screens in a second or two: enough that it never waits for this, few enough that a newcomer is
soon reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api import slots
from api.turns import Line, turns

if TYPE_CHECKING:
    from api.deps import App
    from models.store.system import System

AHEAD = {"screen": 48, "ocr": 3}
"""Of each queue, for each process that takes from it."""
PAGE, PAGES = 200, 20
"""Looked at of one line at once, and how often: those that were looked at moments ago are passed over."""


@dataclass(frozen=True)
class Queue:
    """What only `api.pipeline` may ask the workflow engine. `queued`: ids of the applications that wait in it or are
    worked on, at most so many. `start`: one goes into it. `rests`: it was looked at moments ago."""

    name: str
    queued: Callable[[int], list[str]]
    start: Callable[[str, str], None]
    rests: Callable[[str], bool]


class Feed:
    def __init__(self, app: App, queue: Queue) -> None:
        self._app, self._queue = app, queue

    def top_up(self) -> int:
        """Fill the queue up to what its workers need next; returns how many were started."""
        name = self._queue.name
        with self._app.database.asking() as system:
            waiting = {Line(own, job, batch): number for own, job, batch, number in system.lines(name)}
            if not waiting:
                return 0
            takers = sum("screen" in one.holder.roles for one in slots.living(system, self._app.now) if one.lives)
        ahead = AHEAD[name] * max(1, takers)
        queued = self._queue.queued(2 * ahead)
        if (room := ahead - len(queued)) <= 0:
            return 0
        with self._app.database.asking() as system:
            under_way = Counter(Line(*line) for line in system.lines_of(queued))
            chosen = self._chosen(system, waiting, under_way, set(queued), room)
        for organisation_id, application_id in chosen:
            self._queue.start(organisation_id, application_id)
        return len(chosen)

    def _chosen(
        self, system: System, waiting: dict[Line, int], under_way: Counter[Line], queued: set[str], room: int
    ) -> list[tuple[str, str]]:
        """(organisation, application). Where a line gives fewer than it was counted for, others have its places."""
        left = {line: number - under_way[line] for line, number in waiting.items()}
        found: dict[Line, list[str]] = {}
        order = turns(left, under_way, room)
        while order:
            short = False
            for line, number in Counter(order).items():
                known = found.setdefault(line, [])
                known += self._next(system, line, queued.union(known), number)
                left[line] -= number
                if len(known) < number:
                    left[line], short = 0, True
            taken = sum(len(ids) for ids in found.values())
            having = Counter(under_way) + Counter({line: len(ids) for line, ids in found.items()})
            order = turns(left, having, room - taken) if short else []
        return [(line.organisation, id) for line, id in self._in_turn(found, under_way)]

    def _next(self, system: System, line: Line, passed_over: set[str], number: int) -> list[str]:
        found: list[str] = []
        after = ""
        for _ in range(PAGES):
            page = system.next_in_line(self._queue.name, *line, after=after, limit=PAGE)
            fresh = [id for id in page if id not in passed_over and not self._queue.rests(id)]
            found += fresh[: number - len(found)]
            if len(found) >= number or len(page) < PAGE:
                break
            after = page[-1]
        return found

    @staticmethod
    def _in_turn(found: dict[Line, list[str]], under_way: Counter[Line]) -> list[tuple[Line, str]]:
        """In the order in which they are to be read: the queue itself is first come, first served."""
        left = {line: iter(ids) for line, ids in found.items()}
        total = sum(len(ids) for ids in found.values())
        numbers = {line: len(ids) for line, ids in found.items()}
        return [(line, next(left[line])) for line in turns(numbers, under_way, total)]
