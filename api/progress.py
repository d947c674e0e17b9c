"""How far a long command is, on stderr: a bar where a person looks, else a line now and then. Called by `api.cli`.

Rate and time left are those of the last minute: what an earlier run kept goes by at once and says nothing of the rest.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int, int], None]
"""Progress: done, total."""

TELLING = 50
"""Units done from which a time left is more than a guess."""
EVERY = 10.0
"""Seconds from line to line."""
_RECENT = 60.0


class Pace:
    """Units a second over the last minute."""

    def __init__(self, now: float) -> None:
        self._seen: deque[tuple[float, int]] = deque([(now, 0)])

    def rate(self, done: int, now: float) -> float:
        if now - self._seen[-1][0] >= 1.0:
            self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _RECENT:
            self._seen.popleft()
        began, before = self._seen[0]
        return (done - before) / max(now - began, 0.001)


def line(label: str, done: int, total: int, rate: float) -> str:
    """ "screening: 1,200 of 10,000, 24.5/s, 5:59 left"."""
    told = f"{label}: {done:,} of {total:,}, {rate:,.1f}/s"
    if done < min(TELLING, total / 10):  # the start of the processes says nothing of the rest
        return told
    return f"{told}, {clock((total - done) / rate)} left" if rate > 0 and total > done else told


def clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


@contextmanager
def progress(label: str) -> Iterator[Told]:
    if sys.stderr.isatty():
        with _bar(label) as drawn:
            yield drawn
        return
    last = time.monotonic()
    pace = Pace(last)

    def told(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        rate = pace.rate(done, now)
        if now - last >= EVERY:
            last = now
            print(line(label, done, total, rate), file=sys.stderr, flush=True)

    yield told


@contextmanager
def _bar(label: str) -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True) as bar:
        task, pace = bar.add_task(label, total=None), Pace(time.monotonic())

        def told(done: int, total: int) -> None:
            described = line(label, done, total, pace.rate(done, time.monotonic()))
            bar.update(task, completed=done, total=total, description=described)

        yield told
