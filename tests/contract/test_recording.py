"""The recording on disk: contiguous, aligned by capture offset, and never ahead of what was acknowledged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from api import recording
from api.recording import Recording
from interview.events import AudioFrame

FRAME = 640


def frame(seq: int, value: int, *, offset: int | None = None, samples: int = FRAME) -> AudioFrame:
    pcm = np.full(samples, value, np.int16).tobytes()
    return AudioFrame(seq, seq * FRAME if offset is None else offset, pcm)


def values(kept: Recording) -> list[int]:
    """The distinct values in order of appearance, a run each."""
    samples, _ = kept.read(0.0)
    return [int(samples[i]) for i in range(len(samples)) if i == 0 or samples[i] != samples[i - 1]]


def test_frames_become_one_stretch(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    for seq in range(3):
        new, at = kept.add(frame(seq, seq + 1))
        assert (len(new), at) == (FRAME, seq * FRAME)
    assert values(kept) == [1, 2, 3]
    assert kept.commit() == 2
    kept.close()


def test_a_frame_sent_twice_counts_once(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    kept.add(frame(0, 1))
    kept.add(frame(1, 2))
    new, _ = kept.add(frame(1, 9))
    assert len(new) == 0
    assert values(kept) == [1, 2]
    kept.close()


def test_a_hole_is_kept_as_silence_so_that_later_times_stay_true(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    kept.add(frame(0, 1))
    new, at = kept.add(frame(5, 2))
    assert at == FRAME
    assert len(new) == 5 * FRAME
    samples, _ = kept.read(5 * FRAME / recording.RATE)
    assert set(samples) == {2}
    assert values(kept) == [1, 0, 2]
    kept.close()


def test_an_absurd_jump_is_refused(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    with pytest.raises(ValueError, match="ten minutes"):
        kept.add(frame(0, 1, offset=11 * 60 * recording.RATE))
    assert kept.samples == 0
    kept.close()


def test_after_a_crash_it_stands_where_it_was_acknowledged(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    kept.add(frame(0, 1))
    kept.commit()
    kept.add(frame(1, 2))  # on disk, but nobody was told
    again = Recording(tmp_path, "a")
    assert (again.next_seq, again.samples) == (1, FRAME)
    again.add(frame(1, 3))
    assert values(again) == [1, 3]
    for each in (kept, again):
        each.close()


def test_the_flac_holds_the_same_samples(tmp_path: Path) -> None:
    kept = Recording(tmp_path, "a")
    noise = np.random.default_rng(7).integers(-3000, 3000, FRAME).astype(np.int16)
    kept.add(AudioFrame(0, 0, noise.tobytes()))
    kept.commit()
    kept.close()
    flac = recording.take_flac(tmp_path, "a")
    assert flac is not None
    samples, rate = soundfile.read(io.BytesIO(flac), dtype="int16")
    assert rate == 16_000
    assert np.array_equal(samples, noise)
    recording.drop(tmp_path, "a")
    assert recording.take_flac(tmp_path, "a") is None
    assert not list(tmp_path.iterdir())
