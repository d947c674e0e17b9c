"""faster-whisper (CTranslate2) as it runs in a recogniser's child process; `interview.stt.FasterStt` is its other end.

Optional: the extra `faster`. The same Whisper models, converted, several times as fast on a processor. What it says is
believed only as far as `interview.invented` allows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from interview.invented import COMPRESSION, LOGPROB, NO_SPEECH, WhisperAnswer, WhisperRequest, WhisperSegment
from models.errors import EngineError

NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without its own tokenizer the library would fetch one from the network."""
MULTILINGUAL = 51_865
"""Words in the vocabulary of a multilingual Whisper; those that know English only have one less."""


def check_folder(folder: Path) -> None:
    """Raises EngineError that says what is missing of a converted model."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise EngineError(
            f"{folder} holds no CTranslate2 Whisper: {', '.join(missing)} missing. Convert one with "
            "`ct2-transformers-converter --model FOLDER --output_dir FOLDER --copy_files tokenizer.json "
            "preprocessor_config.json`, or copy a converted one there."
        )


def is_multilingual(folder: Path) -> bool:
    """By the size of the vocabulary that lies beside the model."""
    for name in ("vocabulary.json", "vocabulary.txt"):
        file = folder / name
        if file.is_file():
            text = file.read_text("utf-8")
            return (len(json.loads(text)) if name.endswith("json") else len(text.splitlines())) >= MULTILINGUAL
    return False


def start_faster(folder: Path, threads: int) -> Callable[[WhisperRequest], WhisperAnswer]:
    """Load a model from disk; nothing is ever downloaded. Warms up on one second of silence."""
    import ctranslate2
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    list(model.transcribe(np.zeros(16_000, dtype=np.float32), language="en", temperature=0.0)[0])

    def recognise(request: WhisperRequest) -> WhisperAnswer:
        if request.language not in (None, "en") and not model.model.is_multilingual:
            raise EngineError(f"{folder.name} hears English only, not {request.language!r}.")
        ctranslate2.set_random_seed(0)  # the hotter retries sample; the same audio must give the same words
        segments, about = model.transcribe(
            request.audio.samples.astype(np.float32) / 32768,
            language=request.language,
            initial_prompt=request.prompt or None,
            condition_on_previous_text=False,
            temperature=(0.0, 0.2, 0.4),
            compression_ratio_threshold=COMPRESSION,
            log_prob_threshold=LOGPROB,
            no_speech_threshold=NO_SPEECH,
            word_timestamps=True,
        )
        return WhisperAnswer(about.language, tuple(_segment(part) for part in segments))

    return recognise


def _segment(part: Any) -> WhisperSegment:
    return WhisperSegment(
        text=part.text.strip(),
        start=float(part.start),
        end=float(part.end),
        logprob=float(part.avg_logprob),
        no_speech=float(part.no_speech_prob),
        compression=float(part.compression_ratio),
        words=tuple(
            (word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for word in part.words or ()
        ),
    )
