"""One voice or two, on sound of real and of synthetic people; the figures in docs/signals.md are printed here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest

from interview import voices
from interview.audio import RATE
from interview.voices import Stretch, others
from models.engines import Samples
from tests.contract.voice_data import real_speech, sample_answer

PEOPLE = ("awb", "rms", "slt")
QUESTIONS = ("release", "outage", "on_call")
APART = 1000.0
PIECE = 3.0


def pieces(sounds: list[Samples], seconds: float, *, shift: float = 0.0, at: float = 0.0) -> list[Stretch]:
    """The sounds in pieces of so many seconds, as stretches of an interview, each half a minute after the last."""
    found, count = [], round(seconds * RATE)
    for sound in sounds:
        for first in range(round(shift * RATE), len(sound) - count // 2, count):
            part = sound[first : first + count]
            found.append(Stretch(at, at + len(part) / RATE, part))
            at += 30.0
    return found


def synthetic(person: str) -> list[Samples]:
    return [sample_answer(person, question)[0].samples for question in QUESTIONS]


def real() -> dict[str, list[Samples]]:
    """By person: the name of a clip begins with its reader's."""
    people: dict[str, list[Samples]] = {}
    for name, audio, _ in real_speech():
        people.setdefault(name[:3], []).append(audio.samples)
    return people


def ways(sounds: list[Samples]) -> Iterator[list[Stretch]]:
    for seconds in (1.5, 2.0, 3.0, 5.0):
        for shift in (0.0, 0.5, 1.0):
            yield pieces(sounds, seconds, shift=shift)


def test_one_real_person_is_one_voice(capsys: pytest.CaptureFixture[str]) -> None:
    """The clips are short, so their pieces overlap: else there would be too little of anybody to compare."""
    judged = flagged = apart = pairs = 0
    for sounds in real().values():
        for seconds in (2.0, 3.0, 5.0):
            stretches = [one for n in range(5) for one in pieces(sounds, seconds, shift=0.4 * n, at=APART * n)]
            heard = [sound for one in stretches if (sound := voices._sound(one.audio)) is not None]
            assert voices._usual(heard) is not None, "too little to compare would prove nothing"
            judged, flagged = judged + len(heard), flagged + len(others(stretches))
            found = [voices._apart(one, other) for one, other in combinations(heard, 2)]
            pairs, apart = pairs + len(found), apart + sum(found)
    with capsys.disabled():
        print(f"\nsecond voice, single real speakers: {flagged} false alarms in {judged} pieces; of two pieces alone")
        print(f"{apart} of {pairs} pairs lie apart")
    assert judged > 100
    assert flagged == 0


@pytest.mark.parametrize("person", PEOPLE)
def test_one_synthetic_person_is_one_voice_wherever_they_sit(person: str) -> None:
    """Half of the answers come from further away, through a duller microphone, in a noisy room."""
    sounds = synthetic(person)
    noise, dull = np.random.default_rng(7), np.ones(4) / 4
    far = [
        np.clip(np.convolve(sound, dull, "same") * 0.3 + noise.normal(scale=40, size=len(sound)), -32768, 32767)
        for sound in sounds
    ]
    for stretches in ways(sounds):
        assert others(stretches) == ()
    assert others(pieces(sounds, PIECE) + pieces([sound.astype(np.int16) for sound in far], PIECE, at=APART)) == ()


@pytest.mark.parametrize(("usual", "other"), [("awb", "slt"), ("slt", "rms"), ("rms", "slt"), ("slt", "awb")])
def test_two_voices_are_two(usual: str, other: str) -> None:
    mine, theirs = pieces(synthetic(usual), PIECE), pieces(synthetic(other), PIECE, at=APART)[:3]
    found = others(mine + theirs)
    assert len(found) >= 2, "three stretches were another's"
    assert all(start >= APART for start, _ in found)


def test_real_people_of_unlike_pitch_are_two(capsys: pytest.CaptureFixture[str]) -> None:
    people = real()
    mine, theirs = pieces(people["sen"], PIECE), pieces(people["LJ0"], PIECE, at=APART)[:2]
    assert len(others(mine + theirs)) == len(theirs)


def test_people_who_sound_alike_are_missed_and_that_is_known() -> None:
    """Two men of one pitch: said in docs/signals.md, so that nobody takes silence for proof."""
    mine, theirs = pieces(synthetic("awb"), PIECE), pieces(synthetic("rms"), PIECE, at=APART)[:3]
    assert len(others(mine + theirs)) < 2


def test_neighbouring_stretches_are_one_signal() -> None:
    mine, theirs = pieces(synthetic("awb"), PIECE), pieces(synthetic("slt"), PIECE)[:3]
    close = [Stretch(APART + n * 4, APART + n * 4 + 3, one.audio) for n, one in enumerate(theirs)]
    assert others(mine + close) == ((APART, APART + 11),)


def test_too_little_is_nothing() -> None:
    rng = np.random.default_rng(5)
    noise = Stretch(0.0, 20.0, rng.normal(scale=2000, size=20 * RATE).astype(np.int16))
    assert others([]) == ()
    assert others([noise, noise]) == ()
    assert (
        others([Stretch(0.0, 0.0, np.zeros(0, dtype=np.int16)), Stretch(1.0, 9.0, np.zeros(8 * RATE, np.int16))]) == ()
    )
    assert others(pieces(synthetic("awb"), PIECE)[:1] + pieces(synthetic("slt"), PIECE, at=APART)[:1]) == ()
