"""What every TurnDetector owes: a probability, from the words alone if need be, and less of it for an open end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interview.turns import SpokenTurnDetector, TextTurnDetector
from models.engines import Pcm, TurnDetector, TurnView
from tests.fakes_voice import FakeTurnDetector

DETECTORS: dict[str, Callable[[], TurnDetector]] = {
    "text": TextTurnDetector,
    "spoken": SpokenTurnDetector,
    "fake": FakeTurnDetector,
}


@pytest.fixture(params=DETECTORS, name="detector")
def _detector(request: pytest.FixtureRequest) -> TurnDetector:
    return DETECTORS[request.param]()


@pytest.mark.parametrize("text", ["", " ", "...", "yes", "一二三", "Wir haben das gemeinsam gelöst", "x" * 10_000])
def test_any_text_gets_a_probability(detector: TurnDetector, text: str) -> None:
    assert 0.0 <= detector.p_complete(TurnView(text)) <= 1.0
    assert 0.0 <= detector.p_complete(TurnView(text, Pcm(bytes(64_000)))) <= 1.0


def test_an_open_end_is_less_complete_than_a_whole_answer(detector: TurnDetector) -> None:
    whole = detector.p_complete(TurnView("I rewrote the importer and it has not failed since."))
    broken_off = detector.p_complete(TurnView("I rewrote the importer and it has not failed because..."))
    assert broken_off < 0.5 <= whole


def test_it_has_no_memory(detector: TurnDetector) -> None:
    view = TurnView("I rewrote the importer and it has not failed since.")
    first = detector.p_complete(view)
    detector.p_complete(TurnView("and then um"))
    assert detector.p_complete(view) == first


def test_it_has_a_name(detector: TurnDetector) -> None:
    assert detector.name
