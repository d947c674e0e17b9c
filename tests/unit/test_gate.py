"""What passes first in one process, how many at once, and how it stops."""

from __future__ import annotations

import threading
import time

import pytest

from api.gate import Gate, Leaving, Rank


class Step(threading.Thread):
    """Passes, is inside until it is let go."""

    def __init__(self, gate: Gate, rank: Rank) -> None:
        super().__init__(daemon=True)
        self._gate, self._rank = gate, rank
        self.inside, self._go, self.left_out = threading.Event(), threading.Event(), False
        self.start()

    def run(self) -> None:
        try:
            with self._gate.passing(self._rank):
                self.inside.set()
                self._go.wait(5)
        except Leaving:
            self.left_out = True

    def end(self) -> None:
        self._go.set()
        self.join(5)


def test_an_interview_passes_before_files_that_waited_longer() -> None:
    gate = Gate(1, lambda: False)
    first = Step(gate, Rank.BULK)
    assert first.inside.wait(5)
    files = [Step(gate, Rank.BULK) for _ in range(3)]
    time.sleep(0.02)
    interview = Step(gate, Rank.INTERVIEW)
    mail = Step(gate, Rank.OUTSIDE)
    assert mail.inside.wait(5), "what waits for others' servers is not counted"
    time.sleep(0.02)
    first.end()
    assert interview.inside.wait(5)
    assert not any(file.inside.is_set() for file in files)
    interview.end()
    for file in files:
        assert file.inside.wait(5)
        file.end()
    mail.end()


def test_while_somebody_is_interviewed_one_file_is_read_at_a_time() -> None:
    live = True
    gate = Gate(4, lambda: live)
    files = [Step(gate, Rank.BULK) for _ in range(3)]
    time.sleep(0.05)
    assert sum(file.inside.is_set() for file in files) == 1, "one goes on: it is slowed, not stopped"
    live = False
    assert all(file.inside.wait(5) for file in files)
    evaluated = Step(gate, Rank.INTERVIEW)
    assert evaluated.inside.wait(5)
    for file in files:
        file.end()
    again = [Step(gate, Rank.BULK) for _ in range(2)]
    time.sleep(0.05)
    assert sum(file.inside.is_set() for file in again) == 1
    for step in (evaluated, *again):
        step.end()


def test_closing_ends_what_runs_and_begins_nothing() -> None:
    gate = Gate(1, lambda: False)
    running = Step(gate, Rank.BULK)
    assert running.inside.wait(5)
    waiting = Step(gate, Rank.BULK)
    time.sleep(0.02)
    assert gate.close(0.01) == 1, "it says what it did not wait for"
    waiting.join(5)
    assert waiting.left_out
    with pytest.raises(Leaving), gate.passing(Rank.OUTSIDE):
        pass
    threading.Timer(0.05, running.end).start()
    began = time.monotonic()
    assert gate.close(5.0) == 0
    assert time.monotonic() - began < 2.0
