"""The recording on disk: contiguous, aligned by capture offset, and never ahead of what was acknowledged."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api import recording
from api.recording import MAX_GAP_SECONDS, RATE, Microphone, Recording, Verdict
from interview.events import AudioFrame
from tests.fakes_store import MarkedSeal

FRAME = 640
NO_LIMIT = 10**9


def frame(seq: int, value: int, *, offset: int | None = None, samples: int = FRAME) -> AudioFrame:
    pcm = np.full(samples, value, np.int16).tobytes()
    return AudioFrame(seq, seq * FRAME if offset is None else offset, pcm)


def add(kept: Recording, *frames: AudioFrame) -> list[Verdict]:
    return [kept.add(each, limit=NO_LIMIT) for each in frames]


def values(kept: Recording) -> list[int]:
    """The distinct values in order of appearance, a run each."""
    samples = kept.read(0, NO_LIMIT)
    return [int(samples[i]) for i in range(len(samples)) if i == 0 or samples[i] != samples[i - 1]]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Recording]:
    opened = Recording(tmp_path, "a", MarkedSeal(), subject="ann")
    yield opened
    opened.close()


def test_frames_become_one_stretch(kept: Recording) -> None:
    for seq in range(3):
        assert add(kept, frame(seq, seq + 1)) == ["kept"]
        assert (kept.next_seq, kept.samples) == (seq + 1, (seq + 1) * FRAME)
    assert values(kept) == [1, 2, 3]
    assert kept.commit() == 2


def test_a_frame_sent_twice_counts_once(kept: Recording) -> None:
    assert add(kept, frame(0, 1), frame(1, 2), frame(1, 9)) == ["kept", "kept", "known"]
    assert values(kept) == [1, 2]


def test_frames_that_overlap_are_kept_once(kept: Recording) -> None:
    add(kept, frame(0, 1), frame(1, 2, offset=FRAME // 2), frame(2, 3, offset=0, samples=10))
    assert kept.samples == FRAME + FRAME // 2
    assert list(kept.read(FRAME - 1, 2)) == [1, 2]
    assert kept.next_seq == 3


def test_a_hole_is_kept_as_silence_so_that_later_times_stay_true(kept: Recording) -> None:
    add(kept, frame(0, 1), frame(5, 2))
    assert kept.samples == 6 * FRAME
    assert set(kept.read(5 * FRAME, NO_LIMIT)) == {2}
    assert values(kept) == [1, 0, 2]


@pytest.mark.parametrize(
    ("odd", "verdict"),
    [
        (frame(0, 1, offset=MAX_GAP_SECONDS * RATE + 1), "out_of_step"),
        (frame(0, 1, offset=NO_LIMIT), "absurd"),
        (frame(4_000_000_000, 1, offset=0), "absurd"),
    ],
    ids=["a hole too long", "in a far future", "a number out of nowhere"],
)
def test_what_cannot_be_is_not_counted_and_the_honest_frame_still_is(
    kept: Recording, odd: AudioFrame, verdict: Verdict
) -> None:
    assert add(kept, odd) == [verdict]
    assert (kept.next_seq, kept.samples, kept.commit()) == (0, 0, -1)
    assert add(kept, frame(0, 1)) == ["kept"]
    assert values(kept) == [1]


def test_the_limit_is_where_the_frame_ends(kept: Recording) -> None:
    assert kept.add(frame(0, 1), limit=FRAME - 1) == "ahead"
    assert kept.add(frame(0, 1), limit=FRAME) == "kept"


def test_a_frame_that_could_not_be_written_is_not_counted(kept: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError("No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space"):
            add(kept, frame(0, 1))
    assert (kept.next_seq, kept.samples, kept.commit()) == (0, 0, -1)
    assert add(kept, frame(0, 1)) == ["kept"]


def test_after_a_crash_it_stands_where_it_was_acknowledged(kept: Recording, tmp_path: Path) -> None:
    add(kept, frame(0, 1))
    kept.commit()
    add(kept, frame(1, 2))  # on disk, but nobody was told
    again = Recording(tmp_path, "a", MarkedSeal(), subject="ann")
    assert (again.next_seq, again.samples) == (1, FRAME)
    add(again, frame(1, 3))
    assert values(again) == [1, 3]
    again.close()


def test_a_commit_under_way_keeps_its_file_and_a_late_one_touches_none(
    kept: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its descriptors may by then belong to another interview's recording."""
    add(kept, frame(0, 1))
    under_way, go_on, sync = threading.Event(), threading.Event(), os.fdatasync

    def slow(descriptor: int) -> None:
        under_way.set()
        assert go_on.wait(10)
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    committing, closing = threading.Thread(target=kept.commit), threading.Thread(target=kept.close)
    committing.start()
    assert under_way.wait(10)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    go_on.set()
    committing.join()
    closing.join()
    other = Recording(tmp_path, "b", MarkedSeal(), subject="ann")  # takes the freed descriptors
    assert kept.commit() == 0
    kept.close()
    assert (tmp_path / "b.pos").read_bytes() == b""
    other.close()
    again = Recording(tmp_path, "a", MarkedSeal(), subject="ann")
    assert again.next_seq == 1
    again.close()


def test_adding_and_committing_at_once_never_tears_the_position(kept: Recording, tmp_path: Path) -> None:
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def commit() -> None:
        while not stop.is_set():
            kept.commit()
            seen.append(tuple(np.frombuffer((tmp_path / "a.pos").read_bytes(), "<u8"))[:2])

    committing = threading.Thread(target=commit)
    committing.start()
    for seq in range(500):
        add(kept, frame(seq, 1))
    stop.set()
    committing.join()
    assert all(samples == next_seq * FRAME for next_seq, samples in seen)


def test_the_raw_file_is_there_until_it_is_dropped(kept: Recording, tmp_path: Path) -> None:
    assert recording.raw_file(tmp_path, "a") is None, "nothing was said yet"
    add(kept, frame(0, 1))
    kept.close()
    raw = recording.raw_file(tmp_path, "a")
    assert raw is not None
    assert frame(0, 1).pcm not in raw.read_bytes()
    assert Microphone(raw, MarkedSeal()).open().read() == frame(0, 1).pcm
    assert recording.waiting(tmp_path) == ["a"]
    recording.drop(tmp_path, "a")
    recording.drop(tmp_path, "a")
    assert recording.raw_file(tmp_path, "a") is None
    assert not list(tmp_path.iterdir())


def test_what_began_before_there_were_keys_goes_on_sealed(tmp_path: Path) -> None:
    old = frame(0, 1).pcm
    (tmp_path / "a.pcm").write_bytes(old + frame(1, 7).pcm)  # the second was never acknowledged
    (tmp_path / "a.pos").write_bytes(struct.pack("<QQ", 1, FRAME))
    again = Recording(tmp_path, "a", MarkedSeal(), subject="ann")
    assert (again.next_seq, again.samples) == (1, FRAME)
    assert add(again, frame(1, 2), frame(4, 3)) == ["kept", "kept"]
    again.commit()
    again.close()
    raw = recording.raw_file(tmp_path, "a")
    assert raw is not None
    assert old not in raw.read_bytes()
    assert Microphone(raw, MarkedSeal()).open().read() == old + frame(1, 2).pcm + bytes(4 * FRAME) + frame(4, 3).pcm
    with raw.open("ab") as torn:
        torn.write(raw.read_bytes()[8:100])
    assert Microphone(raw, MarkedSeal()).samples == 5 * FRAME, "a frame that was cut off is none"


def test_before_there_were_keys_the_file_is_the_samples(tmp_path: Path) -> None:
    (tmp_path / "a.pcm").write_bytes(frame(0, 5).pcm)
    old = Microphone(tmp_path / "a.pcm", MarkedSeal())
    assert (old.samples, old.open().read()) == (FRAME, frame(0, 5).pcm)
