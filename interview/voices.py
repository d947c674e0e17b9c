"""Is one person speaking, or two? Pitch and colour of the voiced sound of each stretch, compared with the rest of the
same interview and then forgotten.

Nothing here knows a person: no model of voices, nothing kept, nothing compared beyond one interview. A stretch counts
as another voice only where both its pitch and its colour lie apart from the rest: so a step back from the microphone is
none, and people who sound alike are missed. docs/signals.md has the figures.

Called by `api.outcomes` when an interview is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interview import policy
from interview.audio import RATE
from models.engines import Samples

FRAME, HOP = 640, 160
"""Samples: 40 ms hold two periods of a deep voice."""
LOWEST, HIGHEST = 70.0, 400.0
"""Hz of the voices we can tell the pitch of."""
PERIODIC = 0.55
"""Of the autocorrelation at its peak; below it a frame is breath, noise or a consonant."""
LOUD = 1.6
"""Powers of ten below the loudest frame of a stretch, down to which a frame counts."""
BANDS, COEFFICIENTS = 24, 12

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Capture seconds `start` to `end`, in which somebody speaks, and their 16 kHz sound."""

    start: float
    end: float
    audio: Samples


@dataclass(frozen=True, slots=True)
class _Sound:
    """`pitch` in semitones, `colour` as cepstral coefficients, both over `voiced` seconds."""

    pitch: float
    colour: Floats
    voiced: float


def others(stretches: Iterable[Stretch]) -> tuple[tuple[float, float], ...]:
    """(start, end) of the stretches in which somebody else seems to speak than in most of the others. Neighbours are
    one; those too short to tell are left out, and with too few to compare there are none. One stretch at a time is
    in memory."""
    heard = [(one.start, one.end, sound) for one in stretches if (sound := _sound(one.audio)) is not None]
    sounds = [sound for _, _, sound in heard]
    usual = _usual(sounds)
    if usual is None:
        return ()
    found: list[tuple[float, float]] = []
    for start, end, sound in heard:
        if not _apart(sound, usual):
            continue
        if found and start - found[-1][1] <= policy.VOICE_NEIGHBOURS:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _apart(one: _Sound, other: _Sound) -> bool:
    pitch = abs(one.pitch - other.pitch) / policy.VOICE_PITCH
    colour = float(np.linalg.norm(one.colour - other.colour)) / policy.VOICE_COLOUR
    return min(pitch, colour) >= 1 and pitch * colour >= policy.VOICE_BOTH


def _usual(sounds: Sequence[_Sound]) -> _Sound | None:
    """The voice of most of the time: the mean of all stretches like the one that is like the most. None: too little."""
    if len(sounds) < 2 or sum(sound.voiced for sound in sounds) < policy.VOICE_COMPARED:
        return None
    alike = max(([one for one in sounds if not _apart(one, each)] for each in sounds), key=_seconds)
    if _seconds(alike) < policy.VOICE_USUAL:
        return None
    weights = np.array([sound.voiced for sound in alike])
    pitch = float(np.average([sound.pitch for sound in alike], weights=weights))
    colour: Floats = np.average(np.stack([sound.colour for sound in alike]), axis=0, weights=weights)
    return _Sound(pitch, colour, float(weights.sum()))


def _seconds(sounds: Sequence[_Sound]) -> float:
    return sum(sound.voiced for sound in sounds)


def _sound(audio: Samples) -> _Sound | None:
    """None where less than `policy.VOICE_SHORTEST` seconds of it are voiced."""
    if len(audio) < FRAME:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(audio.astype(np.float32) / 32768, FRAME)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    level = np.log10((frames**2).mean(axis=1) + 1e-10)
    frames = frames[level > level.max() - LOUD]
    pitch, periodic = _pitch(frames)
    voiced = periodic >= PERIODIC
    seconds = int(voiced.sum()) * HOP / RATE
    if seconds < policy.VOICE_SHORTEST:
        return None
    power = np.abs(np.fft.rfft(frames[voiced] * np.hanning(FRAME), axis=1)) ** 2
    colour = (np.log(power @ _filters() + 1e-7) @ _cosines()).mean(axis=0)
    return _Sound(float(np.median(pitch[voiced])), colour, seconds)


def _pitch(frames: Floats) -> tuple[Floats, Floats]:
    """Semitones above 1 Hz, and how periodic each frame is, 0..1. The shortest period that is nearly as good as the
    best one is taken, or a voice would sometimes be heard an octave too low."""
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 2 * FRAME, axis=1)) ** 2
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(FRAME), 2 * FRAME)) ** 2)
    first, last = round(RATE / HIGHEST), round(RATE / LOWEST)
    correlation = np.fft.irfft(spectrum, axis=1)[:, : last + 1]
    correlation = correlation / (correlation[:, :1] + 1e-9) / (window[: last + 1] / window[0])
    lags = correlation[:, first:]
    best = lags.max(axis=1)
    good = lags >= 0.9 * best[:, None]
    inner = np.zeros_like(good)
    inner[:, 1:-1] = (lags[:, 1:-1] >= lags[:, :-2]) & (lags[:, 1:-1] >= lags[:, 2:])
    peaks = good & inner
    lag = first + np.where(peaks.any(axis=1), peaks.argmax(axis=1), lags.argmax(axis=1))
    return 12 * np.log2(RATE / lag), np.where(peaks.any(axis=1), best, 0.0)


@cache
def _filters() -> Floats:
    """(bins, BANDS): triangles, evenly spaced on the mel scale from 100 to 6000 Hz."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (100.0, 6000.0))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(FRAME, 1 / RATE)[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    filters: Floats = np.maximum(0.0, np.minimum(rising, falling))
    return filters


@cache
def _cosines() -> Floats:
    """(BANDS, COEFFICIENTS), without the first one, which is loudness."""
    bands = (np.arange(BANDS) + 0.5)[:, None]
    cosines: Floats = np.cos(np.pi * bands * np.arange(1, COEFFICIENTS + 1) / BANDS) * np.sqrt(2 / BANDS)
    return cosines
