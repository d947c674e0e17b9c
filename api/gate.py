"""How much is worked on at once in one process, in which order, and how it comes to its end. Used by `api.pipeline`.

An interview's work passes before files that are screened, and while an interview is held or evaluated in this process
only one file is read at a time: a candidate who waits for the next sentence has the cores. When the process is to stop,
steps in flight end and no other begins: `Leaving` goes past whatever would record a failure, so the work stays pending
and is another's."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count

LOOK_SECONDS = 0.25
"""How soon one who waits sees that the last live interview is over: nobody tells."""


class Rank(IntEnum):
    """Who passes first. OUTSIDE waits for others' servers rather than for a core: it is never kept waiting here."""

    INTERVIEW = 0
    BULK = 1
    OUTSIDE = 2


class Leaving(BaseException):
    """The process stops: what was about to begin does not. No failure, so that nothing takes it for one."""


class Gate:
    """`width`: steps at once. `live`: whether an interview is being held in this process."""

    def __init__(self, width: int, live: Callable[[], bool]) -> None:
        self._width, self._live = width, live
        self._changed = threading.Condition()
        self._running = dict.fromkeys(Rank, 0)
        self._waiting: list[tuple[Rank, int]] = []
        self._number = count()
        self._closed = False

    @contextmanager
    def passing(self, rank: Rank) -> Iterator[None]:
        """Raises Leaving."""
        with self._changed:
            self._wait(rank)
            self._running[rank] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running[rank] -= 1
                self._changed.notify_all()

    def _wait(self, rank: Rank) -> None:
        turn = (rank, next(self._number))
        heapq.heappush(self._waiting, turn)
        try:
            while not (self._closed or rank is Rank.OUTSIDE or (self._waiting[0] == turn and self._room(rank))):
                self._changed.wait(LOOK_SECONDS)
        finally:
            self._waiting.remove(turn)
            heapq.heapify(self._waiting)
            self._changed.notify_all()
        if self._closed:
            raise Leaving

    def _room(self, rank: Rank) -> bool:
        interviews, files = self._running[Rank.INTERVIEW], self._running[Rank.BULK]
        if rank is Rank.BULK and files and (interviews or self._live()):
            return False
        return interviews + files < self._width

    def close(self, seconds: float) -> int:
        """From now on nothing begins. Waits so long at most for what runs; returns how much still does."""
        until = time.monotonic() + seconds
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            while self.running and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            return self.running

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def running(self) -> int:
        return sum(self._running.values())
