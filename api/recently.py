"""What took long to count is told again for a while, so that a page and its files are of one count. Used by
`api.insight` and `api.operations`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from models.engines import Clock

Made = TypeVar("Made")
LONG_SECONDS, KEPT_SECONDS, MOST_KEPT = 0.1, 30.0, 64


class Recently(Generic[Made]):
    """What is made in no time is never old. Thread-safe."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Made]] = {}

    def knows(self, key: Hashable, *, seconds: float = KEPT_SECONDS) -> bool:
        with self._lock:
            known = self._kept.get(key)
        return known is not None and 0 <= self._clock().now() - known[0] < seconds

    def of(self, key: Hashable, make: Callable[[], Made], *, seconds: float = KEPT_SECONDS) -> Made:
        now = self._clock().now()
        with self._lock:
            known = self._kept.get(key)
        if known is not None and 0 <= now - known[0] < seconds:
            return known[1]
        began = time.perf_counter()
        made = make()
        if time.perf_counter() - began > LONG_SECONDS:
            with self._lock:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = (now, made)
        return made
