"""Makes interview/prosody_weights.json: `python -m tests.bench.turn_training FOLDER`.

FOLDER holds the unpacked Debian packages asterisk-core-sounds-{en,es,fr,it,ru}-wav (CC BY-SA 3.0): recorded prompts of
four people. The end of a prompt is an end; a syllable in its middle, faded out and followed by silence, is none. No
clip of `tests.bench.turn_taking` takes part. Each voice in turn is left out and printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy.signal import find_peaks
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from interview.audio import RATE, read_audio
from interview.prosody import WEIGHTS, signs
from models.engines import Pcm, Samples
from models.errors import BadRequest
from tests.bench.figures import figure

VOICES = ("ru_RU_f_IvrvoiceRU", "it_IT_m_Carlo", "en_US_f_Allison", "fr_CA_f_June", "es_MX_f_Allison")
NO_SENTENCES = {"digits", "letters", "phonetic", "silence"}
FADE, SILENCE, CUTS = 480, 3_200, 3


def followed_by_silence(samples: Samples, random: np.random.Generator) -> Pcm:
    """With room tone of some loudness, so that nothing is learnt from digital silence."""
    room = random.normal(0, 32768 * 10 ** (random.uniform(-75, -50) / 20), len(samples) + SILENCE)
    room[: len(samples)] += samples
    return Pcm(np.clip(room, -32768, 32767).astype("<i2").tobytes())


def cut(samples: Samples, at: int) -> Samples:
    """A gentle end: a click would be learnt instead of the voice."""
    part = samples[:at].astype(np.float32)
    part[-FADE:] *= np.linspace(1, 0, len(part[-FADE:]))
    return part.astype(np.int16)


def between_syllables(samples: Samples, last: int) -> list[int]:
    """Dips of loudness where the voice goes on at once. A long dip is a pause, perhaps after a sentence: left out."""
    parts = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64) / 32768, 320)[::160]
    level = np.convolve(10 * np.log10(parts.var(axis=1) + 1e-9), np.ones(5) / 5, "same")
    top = level.max()
    return [
        int(dip) * 160 + 160
        for dip in find_peaks(-level, prominence=3)[0]
        if dip > 100
        and dip * 160 < last - 4_800
        and min(level[dip : dip + 20].max(), level[dip - 10 : dip].max()) > top - 20
        and np.sum(level[dip - 10 : dip + 11] < top - 30) < 8
    ]


def examples(folder: Path) -> list[tuple[str, dict[str, float], bool]]:
    random, found = np.random.default_rng(1), []
    for voice in VOICES:
        for file in sorted(folder.rglob(f"{voice}/**/*.wav")):
            try:
                samples = read_audio(file).samples
            except BadRequest:
                continue
            if file.parent.name in NO_SENTENCES or not 1.5 * RATE <= len(samples) <= 15 * RATE:
                continue
            loud = np.abs(samples.astype(float))
            last = int(np.flatnonzero(loud > 0.02 * loud.max())[-1]) if loud.max() > 500 else 0
            dips = between_syllables(samples, last) if last else []
            ends = [(samples[: last + 1_600], True)] if last else []
            ends += [(cut(samples, int(at)), False) for at in random.permutation(dips)[:CUTS]]
            told = ((signs(followed_by_silence(part, random)), end) for part, end in ends)
            found += [(voice, one, end) for one, end in told if one is not None]
    return found


def main(folder: Path) -> None:
    rows = examples(folder)
    names = list(rows[0][1])
    raw = np.array([[told[name] for name in names] for _, told, _ in rows])
    ends, voices = np.array([end for *_, end in rows]), np.array([voice for voice, *_ in rows])
    scale = StandardScaler().fit(raw)
    values = scale.transform(raw)
    for voice in VOICES:
        own = voices == voice
        model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000).fit(values[~own], ends[~own])
        curve = roc_auc_score(ends[own], model.predict_proba(values[own])[:, 1])
        figure("turn_training", f"{voice} left out: area under the curve", float(curve), n=int(own.sum()))
    model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000).fit(values, ends)
    slopes = model.coef_[0] / scale.scale_
    weights = {"bias": float(model.intercept_[0] - slopes @ scale.mean_)}
    weights |= {name: float(slope) for name, slope in zip(names, slopes, strict=True)}
    WEIGHTS.write_text(json.dumps({name: round(value, 4) for name, value in weights.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
