"""Ten minutes of what a room sounds like when nobody speaks: not a word may come of it.

The ear of the product listens (Silero, the segmenter, the guards of the recogniser), once with the offline fallback and
once with a Whisper that says the same fluent, confident sentence to whatever it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from interview.listen import ListenPolicy, transcribe_recording
from interview.stt import SphinxStt, WhisperStt
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from models.engines import Pcm, SpeechToText
from tests import fluent_whisper
from tests.contract.voice_data import sample_answer

RATE, SECONDS = 16_000, 600
Signal = npt.NDArray[np.float64]
SENTENCE = "I led a team and we cut the delay by half."


def silence(count: int, _: np.random.Generator) -> Signal:
    return np.zeros(count)


def hum(count: int, chance: np.random.Generator) -> Signal:
    """Mains and a computer's whine over the noise of a microphone."""
    t = np.arange(count) / RATE
    tones = ((50, 0.05), (100, 0.03), (150, 0.02), (1000, 0.005))
    return sum((level * np.sin(2 * np.pi * hertz * t) for hertz, level in tones), chance.normal(0, 5e-4, count))


def keyboard(count: int, chance: np.random.Generator) -> Signal:
    """Some five keys a second: short ringing clicks of different loudness."""
    signal = chance.normal(0, 1e-4, count)
    at = 0
    while (at := at + 800 + int(chance.exponential(0.15 * RATE))) < count - 900:
        t = np.arange(int(chance.integers(200, 900))) / RATE
        ring = 0.5 * np.sin(2 * np.pi * chance.uniform(1200, 5000) * t) + chance.normal(0, 0.5, len(t))
        signal[at : at + len(t)] += chance.uniform(0.05, 0.4) * np.exp(-t * chance.uniform(150, 500)) * ring
    return signal


def breath(count: int, chance: np.random.Generator) -> Signal:
    """In and out every four seconds, close to the microphone."""
    noise = np.convolve(chance.normal(0, 1, count), np.hanning(9) / 4, mode="same")
    return np.asarray(0.1 * noise * np.clip(np.sin(2 * np.pi * np.arange(count) / RATE / 4), 0, None) ** 1.5)


NOISES: tuple[Callable[[int, np.random.Generator], Signal], ...] = (silence, hum, keyboard, breath)


def recorded(signal: Signal) -> Pcm:
    return Pcm((np.clip(signal, -1, 1) * 32_767).astype(np.int16).tobytes(), RATE)


@pytest.fixture(scope="module", name="fluent")
def _fluent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhisperStt]:
    folder = tmp_path_factory.mktemp("fluent")
    fluent_whisper.write(folder / "tiny.en.pt", "toy", SENTENCE)
    recogniser = WhisperStt("tiny.en", folder=folder)
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="module", name="sphinx")
def _sphinx() -> Iterator[SphinxStt]:
    recogniser = SphinxStt()
    yield recogniser
    recogniser.close()


def words(audio: Pcm, stt: SpeechToText, policy: ListenPolicy = ListenPolicy()) -> list[str]:
    heard = transcribe_recording(audio, stt, SileroVad(), TextTurnDetector(), policy)
    return [turn.text for turn in heard.turns if turn.text]


@pytest.mark.long
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_ten_minutes_without_a_voice_give_no_words(
    noise: Callable[..., Signal], fluent: WhisperStt, sphinx: SphinxStt
) -> None:
    audio = recorded(noise(SECONDS * RATE, np.random.default_rng(1)))
    assert words(audio, fluent) == []
    assert words(audio, sphinx) == []


@pytest.mark.long
def test_this_whisper_says_its_sentence_to_any_voice(fluent: WhisperStt) -> None:
    assert SENTENCE in " ".join(words(Pcm(sample_answer()[0].data[: 8 * 2 * RATE]), fluent))


@pytest.mark.long
def test_without_the_voice_detector_noise_would_become_words(fluent: WhisperStt) -> None:
    """Which shows that the test above can fail."""
    audio = recorded(hum(20 * RATE, np.random.default_rng(1)))
    assert words(audio, fluent, ListenPolicy(on=0.0, off=0.0)) != []
