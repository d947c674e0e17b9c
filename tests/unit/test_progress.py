"""What a long command says of how far it is."""

from __future__ import annotations

import pytest

from api import progress
from api.progress import Pace, clock, line


def test_a_line_tells_rate_and_time_left() -> None:
    assert line("screening", 1200, 10_000, 24.5) == "screening: 1,200 of 10,000, 24.5/s, 5:59 left"
    assert line("screening", 0, 10, 0.0) == "screening: 0 of 10, 0.0/s"
    assert line("screening", 10, 10, 2.0) == "screening: 10 of 10, 2.0/s"
    assert clock(3725) == "1:02:05"


def test_what_was_kept_does_not_flatter_the_rate_for_ever() -> None:
    pace = Pace(0.0)
    assert pace.rate(5000, 10.0) == 500.0
    for second in range(11, 100):
        rate = pace.rate(5000 + 20 * (second - 10), float(second))
    assert rate == pytest.approx(20.0)


def test_without_a_terminal_a_line_is_printed_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with progress.progress("screening") as told:
        told(3, 10)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("screening: 3 of 10, ")
