"""Does the voice sound finished? Pitch, loudness and rhythm of the last words against the rest of the answer.

A speaker who has finished lets the voice fall and fade; one who only stops to think keeps it up. The weights come from
`tests.bench.turn_training`: the recorded voices of four people, in five languages. No word is needed, so a recogniser
that mishears does no harm here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engines import Pcm

Floats = NDArray[np.floating[Any]]
WEIGHTS = Path(__file__).with_name("prosody_weights.json")
RATE, HOP, WINDOW = 8_000, 80, 400
LOWEST, HIGHEST = 60, 400
"""Hz: the pitch of any speaking voice."""
PERIODIC = 0.6
"""Autocorrelation from which a frame counts as voiced."""
BELOW_TOP, ABOVE_FLOOR = 25.0, 6.0
"""dB: speech is within so much of the loudest frames and so much over the background."""
LEAST_FRAMES = 15
"""Frames of 10 ms; from less voice than this nothing is concluded."""


def sounds_finished(audio: Pcm) -> float | None:
    """Probability in 0..1 that the voice has come to an end; None when there is too little voice to say."""
    told = signs(audio)
    if told is None:
        return None
    weights = _weights()
    total = weights["bias"] + sum(weights[name] * value for name, value in told.items())
    return float(1 / (1 + np.exp(-np.clip(total, -30, 30))))


def signs(audio: Pcm) -> dict[str, float] | None:
    """What the weights weigh: semitones, decibels and shares, all relative to the same voice a moment before."""
    import soxr

    samples = soxr.resample(audio.samples.astype(np.float32) / 32768, audio.rate, RATE)
    if len(samples) < 6 * WINDOW:
        return None
    level, pitch, periodic, tilt = _track(samples)
    top = float(np.percentile(level, 95))
    floor = max(float(np.percentile(level, 10)), top - 60)
    loud = level > max(top - BELOW_TOP, floor + ABOVE_FLOOR)
    spoken, voiced = np.flatnonzero(loud), np.flatnonzero(loud & (periodic > PERIODIC))
    if len(voiced) < LEAST_FRAMES:
        return None
    end = int(spoken[-1])
    found = _melody(pitch, voiced) | _loudness(level, spoken, end)
    found["voiced"] = float(np.mean(voiced > end - 30) * len(voiced) / 30)
    found["periodic"] = float(periodic[max(0, end - 20) : end + 1].mean())
    found["tilt"] = float(tilt[max(0, end - 20) : end + 1].mean() - tilt[spoken].mean())
    found["clear"] = top - floor
    return found


def _melody(pitch: Floats, voiced: NDArray[np.intp]) -> dict[str, float]:
    heard = pitch[voiced]
    low, high = np.percentile(heard, [10, 90])
    last = float(np.median(heard[-6:]))
    before = float(np.median(heard[-24:-8] if len(heard) > 24 else heard[:8]))
    recent = pitch[voiced[voiced > voiced[-1] - 40]]
    return {
        "under_median": float(np.clip(last - np.median(heard), -12, 12)),
        "over_lowest": float(np.clip(np.median(heard[-12:]) - low, -4, 12)),
        "in_range": float(np.clip((last - low) / max(1.0, high - low), -1, 1.5)),
        "fall": float(np.clip(last - before, -10, 10)),
        "last_peak": float(np.clip(recent.max() - np.percentile(heard, 80), -12, 8)),
    }


def _loudness(level: Floats, spoken: NDArray[np.intp], end: int) -> dict[str, float]:
    usual = float(level[spoken].mean())
    found = {}
    for near, far in ((0, 10), (10, 25), (25, 50)):
        part = level[max(0, end - far) : max(1, end - near + 1)]
        found[f"level_{far}"] = float(part.mean()) - usual
    found["level_peak"] = float(level[max(0, end - 30) : end + 1].max() - np.percentile(level[spoken], 90))
    return found


def _track(samples: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """For every 10 ms: level in dB, semitones over 100 Hz, how periodic it is, high against low sound in dB."""
    parts = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    parts = parts - parts.mean(axis=1, keepdims=True)
    level = 10 * np.log10((parts**2).mean(axis=1) + 1e-9)
    window, shortest = np.hanning(WINDOW), RATE // HIGHEST
    spectrum = np.abs(np.fft.rfft(parts * window, 1024, axis=1)) ** 2
    lags = np.arange(shortest, RATE // LOWEST)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 1024)) ** 2)
    correlated = np.fft.irfft(spectrum, axis=1)
    ratio = correlated[:, lags] / (correlated[:, :1] + 1e-9) / (own[lags] / own[0])
    ratio = ratio - 0.002 * (lags - shortest)  # of two octaves that fit, the higher is the voice
    best = ratio.argmax(axis=1)
    pitch = 12 * np.log2(RATE / lags[best] / 100)
    split = 1024 * 1000 // RATE
    tilt = 10 * np.log10((spectrum[:, split:].sum(axis=1) + 1e-9) / (spectrum[:, :split].sum(axis=1) + 1e-9))
    return level, pitch, ratio[np.arange(len(best)), best], tilt


@cache
def _weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(WEIGHTS.read_text())
    return weights
