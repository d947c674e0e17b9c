"""openai-whisper as it runs in a recogniser's child process, and the guards against text that nobody said.
`interview.stt.WhisperStt` is its other end.

Whisper is not thread-safe, so each child holds a model of its own. On silence and noise it invents sentences: every
segment has to pass `invented` before a word of it reaches a transcript.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.engines import Pcm

LOUD = 0.003
"""Root mean square of a 30 ms frame (full scale 1.0, -50 dB) below which nobody speaks into a microphone."""
NO_SPEECH = 0.6
NO_SPEECH_ALONE = 0.9
"""So sure of silence that even a fluent sentence is not believed."""
LOGPROB = -1.0
COMPRESSION = 2.4
WORDS_PER_SECOND = 6.0
BRIEF = 1.5
"""Seconds of voice under which a stock phrase is taken for the model's and not the speaker's."""
STOCK = re.compile(
    r"^\W*(?:thanks?(?: you)?(?: (?:so|very) much)?(?: for (?:watching|listening))?|please subscribe.*|bye(?:[ -]?bye)?"
    r"|(?:subtitles|captions|transcript(?:ion)?|translat\w+) by\b.*|like and subscribe.*|you|the end|see you next time"
    r"|.*\bamara\.org\b.*|\W*music\W*|\W*applause\W*)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WhisperSegment:
    """One of Whisper's own segments. Times in seconds of the audio; words as (text, start, end, probability)."""

    text: str
    start: float
    end: float
    logprob: float
    no_speech: float
    compression: float
    words: tuple[tuple[str, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class WhisperRequest:
    audio: Pcm
    language: str | None
    prompt: str


@dataclass(frozen=True, slots=True)
class WhisperAnswer:
    language: str
    segments: tuple[WhisperSegment, ...]


def voiced_seconds(audio: Pcm) -> float:
    """How much of the audio is loud enough to be a voice. Cruder than the voice detector, and independent of it."""
    size = int(audio.rate * 0.03)
    count = len(audio.data) // 2 // size
    if not count:
        return 0.0
    frames = audio.samples[: count * size].reshape(count, size).astype(np.float32) / 32768
    return float((np.sqrt((frames**2).mean(axis=1)) > LOUD).sum()) * size / audio.rate


def invented(segment: WhisperSegment, voiced: float) -> str | None:
    """Why a segment is not believed, or None. `voiced`: seconds of voice in the whole audio."""
    words = len(segment.text.split())
    if not words or voiced < 0.1:
        return "nothing there"
    if segment.no_speech > NO_SPEECH_ALONE or (segment.no_speech > NO_SPEECH and segment.logprob < LOGPROB / 2):
        return "no speech"
    if segment.logprob < LOGPROB:
        return "improbable"
    if segment.compression > COMPRESSION:
        return "repetitive"
    if words / max(min(voiced, segment.end - segment.start), 0.3) > WORDS_PER_SECOND and words > 3:
        return "faster than anyone speaks"
    if voiced < BRIEF and STOCK.match(segment.text):
        return "stock phrase"
    return None


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
