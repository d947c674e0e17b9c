"""How often a process looks into its queues. Each look is some transactions, so queues where nothing happens are looked
at seldom. Who starts something has the queue looked at often until it is empty again, since one look takes no more than
may run at once. Used by `api.pipeline`.

The interval stands with the queue in the database: all processes that share it keep the same."""

from __future__ import annotations

import threading
from collections.abc import Callable

from api.roles import BUSY

QUICK_SECONDS, CALM_SECONDS, OTHERS_SECONDS = 0.1, 0.5, 1.0
"""Between two looks: at a queue of many short jobs while there are some and while there are none; at the others."""


def usual(queue: str) -> float:
    """Seconds from look to look, as long as nothing happens."""
    return CALM_SECONDS if queue in BUSY else OTHERS_SECONDS


class Pace:
    """Thread-safe."""

    def __init__(self, holds_any: Callable[[str], bool]) -> None:
        """`holds_any`: whether something waits in a queue or is worked on."""
        self._holds_any = holds_any
        self._set: dict[str, Callable[[float], None]] = {}
        self._quick: set[str] = set()
        self._lock = threading.Lock()

    def add(self, queue: str, set_seconds: Callable[[float], None]) -> None:
        self._set[queue] = set_seconds

    def quicken(self, queue: str) -> None:
        """Something goes into it now."""
        with self._lock:
            if queue in BUSY and queue not in self._quick:
                self._quick.add(queue)
                self._set[queue](QUICK_SECONDS)

    def settle(self) -> None:
        """To be called every few seconds: those that are empty by now need no haste. Where something is left it is said
        again, since another process may have found the queue empty just before."""
        with self._lock:
            for queue in sorted(self._quick):
                left = self._holds_any(queue)
                self._set[queue](QUICK_SECONDS if left else CALM_SECONDS)
                if not left:
                    self._quick.discard(queue)
