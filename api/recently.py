"""What took long to count is told again for a while, so that a page and its files are of one count; and a page that
waits for no count: it shows what was counted before, with its time, or asks again. Used by `api.insight`,
`api.operations`, `api.impact_kept` and `api.overseeing`."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from models.engines import Clock

Made = TypeVar("Made")
LONG_SECONDS, KEPT_SECONDS, MOST_KEPT = 0.1, 30.0, 64
PATIENCE = 0.08
"""Seconds a page waits for a count before it goes out without: of few people it is there by then."""
AT_ONCE = 2


class Recently(Generic[Made]):
    """What is made in no time is never old. Thread-safe."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Made]] = {}
        self._running: dict[Hashable, Future[Made]] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="foyer-counting")

    def knows(self, key: Hashable, *, seconds: float = KEPT_SECONDS) -> bool:
        """Is something kept that is no older?"""
        return self._fresh(key, seconds) is not None

    def of(self, key: Hashable, make: Callable[[], Made], *, seconds: float = KEPT_SECONDS) -> Made:
        """Waits for it. Raises what `make` raises."""
        known = self._fresh(key, seconds)
        return known[0] if known else self._make(key, make)

    def soon(
        self, key: Hashable, make: Callable[[], Made], *, seconds: float = KEPT_SECONDS, patience: float = PATIENCE
    ) -> Made | None:
        """As `of`, but where it takes longer than `patience` it goes on beside: then this is what was made last,
        however old, or None where nothing was. Whoever shows it says of when it is. Raises what `make` raises, now or
        when asked the next time."""
        known = self._fresh(key, seconds)
        if known:
            return known[0]
        running = self._begun(key, make)
        try:
            made: Made = running.result(timeout=patience)
        except TimeoutError:
            if running.done():  # it was `make` that gave up, not we
                raise
            with self._lock:
                old = self._kept.get(key)
            return old[1] if old is not None else None
        finally:
            if running.done():
                with self._lock:
                    if self._running.get(key) is running:
                        del self._running[key]
        return made

    def close(self) -> None:
        """What is being counted is finished, nothing more is begun."""
        self._threads.shutdown(cancel_futures=True)

    def _fresh(self, key: Hashable, seconds: float) -> tuple[Made] | None:
        now = self._clock().now()
        with self._lock:
            known = self._kept.get(key)
        return (known[1],) if known is not None and 0 <= now - known[0] < seconds else None

    def _begun(self, key: Hashable, make: Callable[[], Made]) -> Future[Made]:
        """One at a time of each; who asked goes along, for what is noted of it."""
        context: Any = contextvars.copy_context()
        with self._lock:
            if key not in self._running:
                if len(self._running) >= MOST_KEPT:  # whoever asked did not come back
                    self._running = {each: future for each, future in self._running.items() if not future.done()}
                self._running[key] = self._threads.submit(context.run, self._make, key, make)
            return self._running[key]

    def _make(self, key: Hashable, make: Callable[[], Made]) -> Made:
        now, began = self._clock().now(), time.perf_counter()
        made = make()
        if time.perf_counter() - began > LONG_SECONDS:
            with self._lock:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = (now, made)
        return made
