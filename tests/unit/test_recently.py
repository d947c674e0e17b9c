"""Counting beside a page: it waits little, shows what was counted last, and hears of what went wrong."""

from __future__ import annotations

import threading
import time

import pytest

from api.recently import LONG_SECONDS, Recently


class Stopped:
    moment = 1000.0

    def now(self) -> float:
        return self.moment


def test_a_page_waits_for_no_count_and_shows_the_last_one_meanwhile() -> None:
    clock, go = Stopped(), threading.Event()
    counted: Recently[int] = Recently(lambda: clock)

    def long(number: int) -> int:
        go.wait(5)
        time.sleep(LONG_SECONDS * 1.2)
        return number

    assert counted.soon("all", lambda: long(1), patience=0.01) is None, "nothing was counted yet"
    assert counted.soon("all", lambda: long(2), patience=0.01) is None, "it is counted once, not twice"
    go.set()
    assert counted.soon("all", lambda: long(3), patience=5) == 1
    assert counted.soon("all", lambda: long(4), patience=0) == 1, "kept"
    clock.moment += 31
    go.clear()
    assert counted.soon("all", lambda: long(5), patience=0.01) == 1, "the last one while a new one is counted"
    go.set()
    assert counted.soon("all", lambda: long(6), patience=5) == 5
    counted.close()


def test_what_is_counted_in_no_time_is_never_old_and_a_failure_is_told() -> None:
    counted: Recently[int] = Recently(Stopped)
    assert [counted.soon("few", lambda each=each: each) for each in (1, 2)] == [1, 2]
    go = threading.Event()

    def failing() -> int:
        go.wait(5)
        raise ValueError("no")

    assert counted.soon("bad", failing, patience=0.01) is None
    go.set()
    with pytest.raises(ValueError, match="no"):
        counted.soon("bad", failing, patience=5)
    assert counted.soon("bad", lambda: 7, patience=5) == 7
    counted.close()
