"""The candidate's channel, written to disk as it arrives: raw int16 16 kHz mono, gap-free, aligned by capture offset.

Only what `commit` has made durable is acknowledged to the browser, which keeps and resends the rest; so neither a cut
line nor a killed server loses a word. `api.live` writes it; at the end `api.keeping` lays it into the recording of both
voices.
"""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from interview.events import AudioFrame
from models.engines import Samples

RATE = 16_000
MAX_GAP_SECONDS = 600
SHORTEST_FRAME = 160
"""Samples (10 ms). A hole of so many samples lost one frame at most, so sequence numbers cannot run away from it."""
SPARE_FRAMES = 50
_POSITION = struct.Struct("<QQ")

Verdict = Literal["kept", "known", "ahead", "out_of_step", "absurd"]
"""What became of a frame: appended; had already; too early; after an absence too long to be kept as silence; numbered
as no microphone would. The last three are not counted: the browser may send them again."""


class Position(NamedTuple):
    """The first frame that is missing, and the samples before it."""

    next_seq: int
    samples: int


class Recording:
    """One interview's recording, open for appending. One thread adds, reads and, after all else, closes; `commit` may
    run in any other."""

    def __init__(self, folder: Path, interview_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._committing = threading.Lock()
        self._closed = False
        self._position = os.open(folder / f"{interview_id}.pos", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._data = os.open(folder / f"{interview_id}.pcm", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            os.close(self._position)
            raise
        kept = os.pread(self._position, _POSITION.size, 0)
        self._at = Position(*_POSITION.unpack(kept)) if len(kept) == _POSITION.size else Position(0, 0)
        os.ftruncate(self._data, self.samples * 2)  # what was never acknowledged will be sent again

    @property
    def next_seq(self) -> int:
        return self._at.next_seq

    @property
    def samples(self) -> int:
        return self._at.samples

    def add(self, frame: AudioFrame, *, limit: int) -> Verdict:
        """Append a frame that ends within `limit` samples of the recording's beginning.

        A hole that the browser can no longer fill is kept as silence, so that every later time stays true."""
        next_seq, at = self._at
        if frame.seq < next_seq:
            return "known"
        hole, end = max(0, frame.offset - at), frame.offset + len(frame.pcm) // 2
        if frame.seq - next_seq > hole // SHORTEST_FRAME + SPARE_FRAMES:
            return "absurd"
        if hole > MAX_GAP_SECONDS * RATE:
            return "out_of_step" if end <= limit else "absurd"
        if end > limit:
            return "ahead"
        fresh = frame.pcm[max(0, at - frame.offset) * 2 :]
        _write(self._data, fresh, (at + hole) * 2)  # the file system reads a hole as zeros
        self._at = Position(frame.seq + 1, max(at, end))
        return "kept"

    def reserve(self) -> None:
        """Is there space for another minute? Raises OSError."""
        try:
            os.posix_fallocate(self._data, self.samples * 2, 60 * RATE * 2)
        finally:
            os.ftruncate(self._data, self.samples * 2)

    def commit(self) -> int:
        """Make everything so far durable; returns the highest sequence number that now is."""
        with self._committing:  # a descriptor that is closed meanwhile may by then be somebody else's file
            at = self._at
            if not self._closed:
                os.fdatasync(self._data)
                _write(self._position, _POSITION.pack(*at), 0)
                os.fdatasync(self._position)
            return at.next_seq - 1

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from capture sample `start` on."""
        count = max(0, min(count, self.samples - start))
        return np.frombuffer(os.pread(self._data, count * 2, start * 2), dtype="<i2")

    def close(self) -> None:
        """After the last `add`. Waits for a commit under way; a later one does nothing. Twice is once."""
        with self._committing:
            if not self._closed:
                self._closed = True
                os.close(self._data)
                os.close(self._position)


def _write(descriptor: int, data: bytes, at: int) -> None:
    """All of it: a disk that is nearly full takes a part and says so only the next time."""
    while data:
        written = os.pwrite(descriptor, data, at)
        data, at = data[written:], at + written


def raw_file(folder: Path, interview_id: str) -> Path | None:
    """What the microphone gave; None where there is nothing (a typed interview), or nothing any more."""
    path = folder / f"{interview_id}.pcm"
    return path if path.exists() and path.stat().st_size >= 2 else None


def waiting(folder: Path) -> list[str]:
    """Interviews, under way or over, with raw files."""
    return sorted(path.stem for path in folder.glob("*.pcm"))


def drop(folder: Path, interview_id: str) -> None:
    """Remove the raw files, once the sealed FLAC is safe; the samples go last, for they tell that work is left."""
    for suffix in (".pos", ".pcm"):
        (folder / f"{interview_id}{suffix}").unlink(missing_ok=True)
