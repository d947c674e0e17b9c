"""Somebody speaks while the interviewer does: voices, noises and echoes, all of them real sound."""

from __future__ import annotations

import numpy as np
import pytest

from interview import policy
from interview.overlap import RATE, Overlap, Spoken, likeness
from interview.vad import SileroVad
from models.engines import Samples
from tests.contract.voice_data import sample_answer

CHUNK = 640
STARTED = 100.0


def interviewer() -> Samples:
    return sample_answer("slt", "release")[0].samples[: 8 * RATE]


def candidate() -> Samples:
    return sample_answer("awb", "release")[0].samples[: 3 * RATE]


def room(*sounds: tuple[float, Samples], seconds: float = 8.0) -> Samples:
    """A quiet room in which each sound begins at its second."""
    heard = np.random.default_rng(1).normal(scale=20, size=round(seconds * RATE))
    for at, sound in sounds:
        start = round(at * RATE)
        part = sound[: max(0, len(heard) - start)]
        heard[start : start + len(part)] += part
    return np.clip(heard, -32768, 32767).astype(np.int16)


def loudspeaker(voice: Samples, *, gain: float, delay: float) -> Samples:
    """The voice as a microphone across the desk hears it: late, small, with the room's echoes."""
    reverberation = (
        np.random.default_rng(2).normal(size=RATE // 5) * np.exp(-np.arange(RATE // 5) / (0.03 * RATE)) * 0.1
    )
    reverberation[0] = 1.0
    late = np.concatenate([np.zeros(round(delay * RATE)), voice.astype(np.float64)])
    return (np.convolve(late, reverberation)[: len(voice)] * gain).astype(np.int16)


def overlap(heard: Samples, *, voice: Samples | None) -> Spoken | None:
    listening = Overlap(SileroVad(), started=STARTED, voice=voice)
    for start in range(0, len(heard), CHUNK):
        spoken = listening.feed(heard[start : start + CHUNK], STARTED + start / RATE)
        if spoken is not None:
            return spoken
    return None


def test_a_voice_is_noticed_with_its_first_sound_and_the_place_in_the_utterance() -> None:
    spoken = overlap(room((3.0, candidate())), voice=interviewer())
    assert spoken is not None
    assert STARTED + 2.3 < spoken.at < STARTED + 3.4
    assert spoken.share == pytest.approx((spoken.at - STARTED) / 8.0, abs=0.01)
    assert not spoken.echo


def test_quiet_coughs_and_knocks_are_no_voice() -> None:
    rng = np.random.default_rng(3)
    cough = (rng.normal(size=RATE * 3 // 10) * np.linspace(1, 0, RATE * 3 // 10) ** 2 * 8000).astype(np.int16)
    knock = (rng.normal(size=RATE // 50) * 12000).astype(np.int16)
    assert overlap(room((1.0, cough), (2.5, cough), (3.0, knock), (3.3, knock)), voice=interviewer()) is None


@pytest.mark.parametrize("delay", [0.02, 0.15, 0.35])
@pytest.mark.parametrize("gain", [0.5, 0.1])
def test_the_interviewer_knows_its_own_voice(gain: float, delay: float) -> None:
    voice = interviewer()
    spoken = overlap(room((0.0, loudspeaker(voice, gain=gain, delay=delay))), voice=voice)
    assert spoken is not None
    assert spoken.echo


@pytest.mark.parametrize("person", ["awb", "rms"])
def test_other_voices_are_nothing_like_it(person: str) -> None:
    other = sample_answer(person, "outage")[0].samples
    for at in (0.5, 1.3, 2.6, 4.0):
        heard = room((at, other))[: round((at + 0.8) * RATE)]
        assert likeness(heard, interviewer()) < policy.ECHO - 0.1


def test_a_voice_over_a_faint_echo_is_a_voice() -> None:
    voice = interviewer()
    faint = loudspeaker(voice, gain=0.004, delay=0.1)
    spoken = overlap(room((0.0, faint), (3.0, candidate())), voice=voice)
    assert spoken is not None
    assert not spoken.echo


def test_a_shown_text_has_been_read_and_has_no_echo() -> None:
    spoken = overlap(room((1.0, candidate())), voice=None)
    assert spoken is not None
    assert (spoken.share, spoken.echo) == (1.0, False)


def test_what_was_said_before_it_began_to_play_does_not_count() -> None:
    listening = Overlap(SileroVad(), started=STARTED + 3.0, voice=None)
    heard = room((0.0, candidate()), seconds=3.0)
    assert listening.feed(heard, STARTED) is None
    assert listening.feed(room(seconds=2.0), STARTED + 3.0) is None
