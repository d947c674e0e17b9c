"""Is somebody speaking? Silero's voice detector on onnxruntime, one object a session; `interview.listen` asks it.

The network comes from the silero_vad wheel, but that package is never imported: it would pull in torch for a model
of 2 MB that onnxruntime runs in 0.15 ms a frame.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models.engines import Samples
from models.errors import EngineError
from models.onnx import one_thread

FRAME = 512
CONTEXT = 64
"""Silero wants the last 4 ms of the previous frame in front of each frame."""
STATE = (2, 1, 128)

RATE = np.array(16_000, dtype=np.int64)

_loading = threading.Lock()


class SileroVad:
    """A VoiceDetector. All objects share one session of the network, which keeps no state of its own."""

    rate = 16_000
    frame = FRAME

    def __init__(self) -> None:
        with _loading:
            self._session = _session()
        self._state = np.zeros(STATE, dtype=np.float32)
        self._window = np.zeros((1, CONTEXT + FRAME), dtype=np.float32)

    def speech(self, frame: Samples) -> float:
        if frame.shape != (FRAME,):
            raise EngineError(f"the voice detector takes frames of {FRAME} samples, not {frame.shape}")
        window = self._window
        window[0, :CONTEXT] = window[0, -CONTEXT:]
        window[0, CONTEXT:] = frame
        window[0, CONTEXT:] /= 32768
        inputs = {"input": window, "state": self._state, "sr": RATE}
        probability, self._state = self._session.run(None, inputs)
        return float(probability[0, 0])

    def reset(self) -> None:
        self._state = np.zeros(STATE, dtype=np.float32)
        self._window[:] = 0


@cache
def _session() -> Any:
    import onnxruntime

    found = importlib.util.find_spec("silero_vad")
    network = Path(found.origin).parent / "data" / "silero_vad.onnx" if found and found.origin else None
    if network is None or not network.is_file():
        raise EngineError("Silero's network is not installed: run `make setup` again (package silero-vad).")
    return onnxruntime.InferenceSession(str(network), one_thread(), providers=["CPUExecutionProvider"])
