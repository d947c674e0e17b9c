"""What every VoiceDetector owes: a probability a frame, state that `reset` wipes, speech told from silence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from interview.vad import SileroVad
from models.engines import Samples, VoiceDetector
from models.errors import EngineError
from tests.contract.voice_data import real_speech, sample_answer
from tests.fakes_voice import FakeSpeaker, FakeVoiceDetector, timeline

DETECTORS: dict[str, Callable[[], VoiceDetector]] = {"silero": SileroVad, "fake": FakeVoiceDetector}


@pytest.fixture(params=DETECTORS, name="make")
def _make(request: pytest.FixtureRequest) -> Callable[[], VoiceDetector]:
    return DETECTORS[request.param]


def speech_for(detector: VoiceDetector) -> Samples:
    """Some seconds in which somebody speaks, of the kind this detector understands."""
    if isinstance(detector, FakeVoiceDetector):
        return timeline([FakeSpeaker(0.0, 5.0, "a few words")], 5.0)
    return sample_answer()[0].samples[: 5 * detector.rate]


def probabilities(detector: VoiceDetector, samples: Samples) -> list[float]:
    size = detector.frame
    return [detector.speech(samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]


def test_speech_is_high_and_silence_low(make: Callable[[], VoiceDetector]) -> None:
    detector = make()
    speech = probabilities(detector, speech_for(detector))
    assert all(0.0 <= probability <= 1.0 for probability in speech)
    assert np.mean([probability > 0.5 for probability in speech]) > 0.7
    detector.reset()
    assert max(probabilities(detector, np.zeros(3 * detector.rate, dtype=np.int16))) < 0.35


def test_room_noise_is_not_speech(make: Callable[[], VoiceDetector]) -> None:
    detector = make()
    noise = np.random.default_rng(7).normal(0, 60, 5 * detector.rate).astype(np.int16)
    assert np.mean([probability > 0.5 for probability in probabilities(detector, noise)]) < 0.05


def test_reset_makes_the_same_audio_give_the_same_numbers(make: Callable[[], VoiceDetector]) -> None:
    detector = make()
    samples = speech_for(detector)
    first = probabilities(detector, samples)
    detector.reset()
    assert probabilities(detector, samples) == first
    assert probabilities(make(), samples) == first


def test_two_sessions_do_not_hear_each_other(make: Callable[[], VoiceDetector]) -> None:
    alone, beside, other = make(), make(), make()
    samples = speech_for(alone)
    expected = probabilities(alone, samples)
    heard, size = [], beside.frame
    for at in range(0, len(samples) - size + 1, size):
        other.speech(np.zeros(size, dtype=np.int16))
        heard.append(beside.speech(samples[at : at + size]))
    assert heard == expected


def test_a_frame_of_another_length_is_refused(make: Callable[[], VoiceDetector]) -> None:
    detector = make()
    with pytest.raises(EngineError, match=str(detector.frame)):
        detector.speech(np.zeros(detector.frame - 1, dtype=np.int16))


def test_silero_hears_people() -> None:
    for name, audio, _ in real_speech():
        share = np.mean([probability > 0.5 for probability in probabilities(SileroVad(), audio.samples)])
        assert share > 0.5, name


def test_silero_says_what_its_own_package_says() -> None:
    import silero_vad
    import torch

    theirs = silero_vad.load_silero_vad(onnx=True)
    audio = sample_answer()[0].samples[: 3 * 16_000]
    floats = torch.from_numpy(audio.astype(np.float32) / 32768)
    expected = [float(theirs(floats[at : at + 512], 16_000)) for at in range(0, len(audio) - 511, 512)]
    np.testing.assert_allclose(probabilities(SileroVad(), audio), expected, atol=1e-4)


def test_silero_needs_no_torch_and_nothing_heavy_to_import() -> None:
    probe = (
        "import sys, interview.vad; assert 'onnxruntime' not in sys.modules; interview.vad.SileroVad(); "
        "assert 'torch' not in sys.modules and 'silero_vad' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)
