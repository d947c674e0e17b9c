"""openai-whisper as it runs in a recogniser's child process; `interview.stt.WhisperStt` is its other end.

Whisper is not thread-safe, so each child holds a model of its own. What it says is believed only as far as
`interview.invented` allows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from interview.invented import COMPRESSION, LOGPROB, NO_SPEECH, WhisperAnswer, WhisperRequest, WhisperSegment
from models.errors import EngineError


def start_whisper(checkpoint: Path, threads: int) -> Callable[[WhisperRequest], WhisperAnswer]:
    """Load a checkpoint from disk; nothing is ever downloaded. Warms up on one second of silence."""
    import torch
    import whisper

    torch.set_num_threads(threads)
    model = whisper.load_model(str(checkpoint), device="cpu")
    heads = whisper._ALIGNMENT_HEADS.get(checkpoint.stem)
    if heads is not None:
        with suppress(RuntimeError):  # a file of that name with another architecture: word times get coarser
            model.set_alignment_heads(heads)
    model.transcribe(np.zeros(16_000, dtype=np.float32), fp16=False, language="en", temperature=0.0)

    def recognise(request: WhisperRequest) -> WhisperAnswer:
        if request.language not in (None, "en") and not model.is_multilingual:
            raise EngineError(f"{checkpoint.name} hears English only, not {request.language!r}.")
        torch.manual_seed(0)  # the hotter retries sample; the same audio must give the same words
        result = model.transcribe(
            request.audio.samples.astype(np.float32) / 32768,
            language=request.language if model.is_multilingual else "en",
            initial_prompt=request.prompt or None,
            fp16=False,
            condition_on_previous_text=False,
            temperature=(0.0, 0.2, 0.4),
            compression_ratio_threshold=COMPRESSION,
            logprob_threshold=LOGPROB,
            no_speech_threshold=NO_SPEECH,
            word_timestamps=True,
        )
        return WhisperAnswer(result["language"], tuple(_segment(part) for part in result["segments"]))

    return recognise


def _segment(part: dict[str, Any]) -> WhisperSegment:
    return WhisperSegment(
        text=part["text"].strip(),
        start=float(part["start"]),
        end=float(part["end"]),
        logprob=float(part["avg_logprob"]),
        no_speech=float(part["no_speech_prob"]),
        compression=float(part["compression_ratio"]),
        words=tuple(
            (word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
            for word in part.get("words", ())
        ),
    )
