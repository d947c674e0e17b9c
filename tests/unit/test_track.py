"""A media room's microphone: every sample in its place, silence where nothing came."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interview.events import AudioFrame
from interview.track import ABSENT_SECONDS, FRAME, RATE, Track
from models.engines import Pcm, Samples


def pcm(samples: Samples) -> Pcm:
    return Pcm(samples.astype("<i2").tobytes())


def joined(frames: list[AudioFrame]) -> Samples:
    return np.frombuffer(b"".join(frame.pcm for frame in frames), "<i2")


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=30), st.floats(-0.2, 0.2))
def test_however_it_is_cut_the_same_samples_lie_in_the_same_places(cuts: list[int], jitter: float) -> None:
    voice = np.arange(sum(cuts), dtype=np.int16)
    track, found, at = Track(next_seq=7, next_offset=1_000, began=5.0), list[AudioFrame](), 0
    for cut in cuts:
        found += track.add(pcm(voice[at : at + cut]), 5.0 + at / RATE + jitter)
        at += cut
    assert np.array_equal(joined(found), voice[: len(voice) // FRAME * FRAME])
    assert [frame.seq for frame in found] == list(range(7, 7 + len(found)))
    assert [frame.offset for frame in found] == [1_000 + FRAME * n for n in range(len(found))]
    assert track.offset == 1_000 + len(voice)


def test_what_is_lost_is_a_silence_of_its_length() -> None:
    track, loud = Track(next_seq=0, next_offset=0, began=0.0), np.full(RATE, 9_000, np.int16)
    heard = joined(track.add(pcm(loud), 0.0) + track.add(pcm(loud), 1.5))
    assert np.array_equal(np.flatnonzero(np.diff(heard)) + 1, [RATE, RATE * 3 // 2])


def test_who_is_not_heard_is_silent_and_the_clock_goes_on() -> None:
    track = Track(next_seq=0, next_offset=0, began=10.0)
    assert track.wait(10.0 + ABSENT_SECONDS / 2) == []
    assert not joined(track.wait(12.0)).any()
    assert track.offset == 2 * RATE


def test_what_was_held_up_comes_late_and_whole() -> None:
    track, loud = Track(next_seq=0, next_offset=0, began=0.0), np.full(RATE, 9_000, np.int16)
    track.wait(3.0)
    assert np.count_nonzero(joined(track.add(pcm(loud), 1.0))) == RATE


def test_another_rate_is_no_track() -> None:
    with pytest.raises(ValueError, match="8000"):
        Track(next_seq=0, next_offset=0, began=0.0).add(Pcm(b"\0\0", 8_000), 0.0)
