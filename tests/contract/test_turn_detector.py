"""What every TurnDetector owes: a probability, from the words alone if need be, and less of it for an open end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from api.weights import SMART_TURN_SHA256
from interview.smart_turn import SmartTurn, SmartTurnDetector
from interview.turns import TextTurnDetector
from models.engines import Pcm, TurnDetector, TurnView
from models.errors import EngineError
from tests.contract.voice_data import real_speech
from tests.fakes_voice import FakeTurnDetector
from tests.smart_turn import network

RATE = 16_000


@cache
def smart_turn() -> SmartTurn:
    path = network()
    if path is None:
        pytest.skip("Smart Turn's network is not there: run `make setup` again (package pipecat-ai)")
    return SmartTurn(path)


DETECTORS: dict[str, Callable[[], TurnDetector]] = {
    "text": TextTurnDetector,
    "smart turn": lambda: SmartTurnDetector(smart_turn()),
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


def test_the_network_is_the_one_that_fetch_brings() -> None:
    smart_turn()
    path = network()
    assert path is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SMART_TURN_SHA256


def test_real_people_sound_finished_at_the_end_of_a_sentence_and_not_at_a_comma() -> None:
    heard: dict[bool, list[float]] = {True: [], False: []}
    for name, audio, text in real_speech():
        samples = audio.samples
        last = int(np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())[-1])
        heard[text.endswith(",")].append(smart_turn().finished(silent_after(samples[:last], name)))
    assert float(np.mean(heard[False])) > 0.7
    assert max(heard[True]) < 0.2


def silent_after(samples: np.ndarray, name: str) -> Pcm:
    room = np.random.default_rng(len(name)).normal(0, 10, len(samples) + RATE // 5)
    room[: len(samples)] += samples
    return Pcm(room.astype("<i2").tobytes())


def test_words_that_hang_are_believed_over_a_voice_that_falls() -> None:
    detector = SmartTurnDetector(smart_turn())
    _, audio, _ = next(entry for entry in real_speech() if entry[0].startswith("jfk"))
    ended = silent_after(audio.samples, "jfk")
    assert detector.p_complete(TurnView("ask what you can do for your country", ended)) >= 0.5
    assert detector.p_complete(TurnView("ask what you can do for your country because", ended)) < 0.3


def test_a_network_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="foyer models fetch smart-turn"):
        SmartTurn(tmp_path / "none.onnx")
    (tmp_path / "torn.onnx").write_bytes(b"torn")
    with pytest.raises(EngineError, match="fetch it again"):
        SmartTurn(tmp_path / "torn.onnx")
    with pytest.raises(EngineError, match="16000 Hz"):
        smart_turn().finished(Pcm(bytes(1000), 8000))
