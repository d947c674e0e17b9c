"""Does the candidate speak while the interviewer does? `api.ear` feeds one `Overlap` an utterance.

Half a second of voice counts as an attempt to speak. Before it is believed, the microphone is compared with what the
loudspeaker plays: where both show the same sound, the interviewer hears itself, and that is told apart. Measured on
seven recordings of three people and four synthetic voices over five questions: echo of any delay up to 0.4 s through a
small loudspeaker in a small room scores .72 to .98, other voices -.06 to .38.

No clock and no threads: all waiting is counted in samples.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interview import policy
from interview.audio import RATE
from models.engines import Samples, VoiceDetector

WINDOW, HOP = 512, 160
BANDS = 18
LOWEST, HIGHEST = 150.0, 4000.0
"""Hz: what small loudspeakers play and small microphones hear."""
COMPARED = 1.5
"""Seconds of sound that are compared."""
LATEST = 0.42
"""Seconds by which an echo may come late: sound card, Bluetooth, room."""
LOUD = 2.0
"""Powers of ten: frames of the voice that are further below its loudest are a pause, and say nothing."""
FEWEST = 35
"""Frames of 10 ms that a comparison needs."""
PREROLL = 0.3

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Spoken:
    """Somebody speaks over the interviewer from capture second `at` on. `share`: how much of the utterance had been
    played by then, 0..1. `echo`: it is the interviewer's own voice."""

    at: float
    share: float
    echo: bool


class Overlap:
    """Listens while one utterance is played. `voice`: what is played, 16 kHz; None when its text is shown instead.
    `started`: the capture second at which it began."""

    def __init__(self, vad: VoiceDetector, *, started: float, voice: Samples | None) -> None:
        self._vad, self._voice, self._started = vad, voice, started
        self._audio: Samples = np.zeros(0, dtype=np.int16)
        self._judged = 0
        self._voiced: deque[bool] = deque(maxlen=round(policy.OVERLAP_WITHIN * RATE / vad.frame))
        self._over = False

    def feed(self, samples: Samples, at: float) -> Spoken | None:
        """int16 at 16 kHz, `at` = capture second of the first one, each where the last ended. One answer at most."""
        before = max(0, round((self._started - at) * RATE))
        self._audio = np.concatenate([self._audio, samples[before:]])
        while not self._over and self._judged + self._vad.frame <= len(self._audio):
            start = self._judged
            self._judged += self._vad.frame
            probability = self._vad.speech(self._audio[start : self._judged])
            if self._judged < policy.OVERLAP_AFTER * RATE:
                continue
            self._voiced.append(probability >= policy.OVERLAP_VOICE)
            if sum(self._voiced) * self._vad.frame >= policy.OVERLAP_VOICED * RATE:
                self._over = True
                return self._spoken()
        return None

    @property
    def perhaps(self) -> bool:
        """Some voice, and not yet enough of it to say that somebody speaks."""
        return not self._over and sum(self._voiced) * self._vad.frame >= policy.DUCK_VOICED * RATE

    def _spoken(self) -> Spoken:
        frames = list(self._voiced)
        first = self._judged - (len(frames) - frames.index(True)) * self._vad.frame
        begun = max(0.0, first / RATE - PREROLL)
        length = len(self._voice) / RATE if self._voice is not None else 0.0
        share = min(1.0, begun / length) if length else 1.0
        return Spoken(round(self._started + begun, 3), share, self._is_echo())

    def _is_echo(self) -> bool:
        if self._voice is None:
            return False
        return likeness(self._audio[: self._judged], self._voice) >= policy.ECHO


def likeness(heard: Samples, voice: Samples) -> float:
    """Correlation, -1..1, of the last second and a half of `heard` with `voice`, whose first samples belong together;
    the best over all delays of an echo. Frames in which the voice pauses are left out. -1 when there is too little."""
    begin = max(0, len(heard) - round(COMPARED * RATE)) // HOP
    mine, theirs = _bands(heard[begin * HOP :]), _bands(voice)
    best = -1.0
    for delay in range(round(LATEST * RATE / HOP)):
        start = begin - delay
        skip = max(0, -start)
        played = theirs[start + skip : start + len(mine)]
        length = min(len(mine) - skip, len(played))
        if length < FEWEST:
            continue
        best = max(best, _correlation(mine[skip : skip + length], played[:length]))
    return best


def _correlation(heard: Floats, played: Floats) -> float:
    level = played.mean(axis=1)
    loud = level > level.max() - LOUD
    if loud.sum() < FEWEST:
        return -1.0
    mine, theirs = heard[loud] - heard[loud].mean(axis=0), played[loud] - played[loud].mean(axis=0)
    scale = np.sqrt((mine**2).sum(axis=0) * (theirs**2).sum(axis=0)) + 1e-9
    return float(((mine * theirs).sum(axis=0) / scale).mean())


def _bands(samples: Samples) -> Floats:
    """(frames, BANDS) powers of ten, one frame each 10 ms."""
    if len(samples) < WINDOW:
        return np.zeros((0, BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float32) / 32768, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    bands: Floats = np.log10(power @ _filters() + 1e-7)
    return bands


@cache
def _filters() -> Floats:
    edges, frequencies = np.geomspace(LOWEST, HIGHEST, BANDS + 1), np.fft.rfftfreq(WINDOW, 1 / RATE)
    filters = ((frequencies[:, None] >= edges[:-1]) & (frequencies[:, None] < edges[1:])).astype(float)
    weighted: Floats = filters / np.maximum(filters.sum(axis=0), 1)
    return weighted
