"""Does the voice sound finished? Smart Turn v3.2, an open network (BSD-2, 8.7 MB) that hears the last eight seconds;
and the detector that believes it only where the words agree.

The network is not part of Foyer: `foyer models fetch smart-turn` brings it. It wants the picture of sound that Whisper
works with: 80 mel bands, 10 ms a step, normalised.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interview import intents
from interview.audio import RATE
from interview.turns import TextTurnDetector
from models.engines import Pcm, TurnView
from models.errors import EngineError
from models.onnx import one_thread

NAME = "smart-turn-v3.2-cpu.onnx"
WINDOW, HOP, BANDS = 400, 160, 80
SECONDS = 8
SURE = 0.9
"""From here on the voice alone counts for something, whatever the words are: a recogniser may have misheard them."""
DOUBT = 0.2
"""Below this it counts against words that could be an end."""
COMPLETE, PERHAPS, HARDLY, OPEN = 0.75, 0.4, 0.2, 0.05
"""What the two say together; `interview.listen` waits 0.8, 1.5, 2.1 and 4.3 s."""

Floats = NDArray[np.floating[Any]]


class SmartTurn:
    """The bare network. Thread-safe; about 25 ms on one core."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        if not path.is_file():
            raise EngineError(
                f"{path} is missing. Run `foyer models fetch smart-turn`, or set FOYER_VOICE__TURNS=words."
            )
        options = one_thread()
        # Without VNNI a processor adds products of eight bits up in sixteen, which overflow unless it is told to mind.
        options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class of its own for each kind of broken file
            raise EngineError(f"{path} is no network that can be run: fetch it again.") from error

    def finished(self, audio: Pcm) -> float:
        """Probability in 0..1 that a speaker who stops after these sounds (16 kHz) has finished."""
        if audio.rate != RATE:
            raise EngineError(f"Smart Turn hears {RATE} Hz, not {audio.rate} Hz")
        answer = self._session.run(None, {"input_features": features(audio)[None]})
        return float(np.asarray(answer[0]).ravel()[0])


class SmartTurnDetector:
    """A TurnDetector: words and voice. Both finished: it is over. A plain "yes" that sounds so: soon. The voice alone,
    or words that the voice doubts: a longer wait; neither: the longest. Without audio the words decide."""

    name = "text-rules-2+smart-turn-3.2"

    def __init__(self, network: SmartTurn) -> None:
        self._network, self._words = network, TextTurnDetector()

    def p_complete(self, so_far: TurnView) -> float:
        said = self._words.p_complete(so_far)
        if so_far.audio is None or not so_far.text.strip():
            return said
        sounds = self._network.finished(so_far.audio)
        if said >= 0.5:
            return COMPLETE if sounds >= 0.5 else HARDLY if sounds >= DOUBT else OPEN
        if sounds < SURE:
            return OPEN
        return PERHAPS if intents.read(so_far.text) is not None else HARDLY


def features(audio: Pcm) -> Floats:
    """(80, 800) float32: the last eight seconds, or silence and what there is."""
    samples = audio.samples[-SECONDS * RATE :].astype(np.float32) / 32768
    samples = np.pad(samples, (SECONDS * RATE - len(samples), 0))
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(samples.astype(np.float64), WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW + 1)[:-1], axis=1)) ** 2
    bands = np.log10(np.maximum(1e-10, _mel_filters() @ power.T))
    scaled: Floats = ((np.maximum(bands, bands.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
    return scaled


@cache
def _mel_filters() -> Floats:
    """(80, 201): triangles on Slaney's scale, linear up to 1 kHz and logarithmic above, each of the same area."""
    step = np.log(6.4) / 27

    def mel(hertz: float) -> float:
        return hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / step

    mels = np.linspace(mel(0), mel(RATE / 2), BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * step))
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles: Floats = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return triangles
