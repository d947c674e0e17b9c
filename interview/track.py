"""A room's microphone as the recording wants it: numbered frames, one behind the other, silence where nothing came.

The candidate's page counts its own samples (`web/static/frames.js`); where somebody else carries the voice
(`models.engines.MediaRoom`), this does. Pure; used by `api.media_line`."""

from __future__ import annotations

import numpy as np

from interview.events import AudioFrame
from models.engines import Pcm, Samples

RATE = 16_000
FRAME = 640
"""Samples, 40 ms."""
HOLE_SECONDS = 0.25
"""A frame that comes so much later than the one before it ended stands behind a silence: it was lost, or the
microphone was off."""
ABSENT_SECONDS = 1.0
"""Nothing for so long is silence. It must reach the listener: an answer ends with it."""


class Track:
    """`next_seq`, `next_offset`: as `SessionReady` says; `began`: that moment, on the clock of all `at`."""

    def __init__(self, *, next_seq: int, next_offset: int, began: float) -> None:
        self._seq, self._offset, self._first, self._began = next_seq, next_offset, next_offset, began
        self._waiting: list[Samples] = []
        self._count = 0

    @property
    def offset(self) -> int:
        """Capture sample up to which everything is known."""
        return self._offset + self._count

    def add(self, audio: Pcm, at: float) -> list[AudioFrame]:
        """The frames that are full now. What comes sooner than it can have been spoken is kept: it was held up, and
        nothing of it is missing."""
        if audio.rate != RATE:
            raise ValueError(f"a track has {RATE} Hz, not {audio.rate}")
        self._silence_until(at, HOLE_SECONDS)
        self._put(audio.samples)
        return self._full()

    def wait(self, now: float) -> list[AudioFrame]:
        """Nothing came up to `now`."""
        self._silence_until(now, ABSENT_SECONDS)
        return self._full()

    def _silence_until(self, at: float, patience: float) -> None:
        missing = self._first + round((at - self._began) * RATE) - self.offset
        if missing > patience * RATE:
            self._put(np.zeros(missing, np.int16))

    def _put(self, samples: Samples) -> None:
        self._waiting.append(samples)
        self._count += len(samples)

    def _full(self) -> list[AudioFrame]:
        if self._count < FRAME:
            return []
        samples = np.concatenate(self._waiting)
        whole = len(samples) // FRAME * FRAME
        self._waiting, self._count = [samples[whole:]], len(samples) - whole
        found = []
        for start in range(0, whole, FRAME):
            found.append(AudioFrame(self._seq, self._offset, samples[start : start + FRAME].astype("<i2").tobytes()))
            self._seq, self._offset = self._seq + 1, self._offset + FRAME
        return found
