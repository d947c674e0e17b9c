"""Speech to text: the two recognisers as the service sees them. The models live in child processes
(`interview.sphinx_stt`, `interview.whisper_stt`), one model a process, so that a crash costs one answer and no
recogniser ever shares state between two candidates.
"""

from __future__ import annotations

import math
import os
from importlib.metadata import version
from pathlib import Path

from interview.sphinx_stt import SphinxWord, start_sphinx
from interview.whisper_stt import (
    WhisperAnswer,
    WhisperRequest,
    WhisperSegment,
    invented,
    start_whisper,
    voiced_seconds,
)
from models.child import ChildPool
from models.engines import Pcm
from models.errors import EngineError
from models.values import Heard, Word

RATE = 16_000
SHORTEST = 0.1
"""Seconds of voice below which nothing is sent to a recogniser."""
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


class SphinxStt:
    """A SpeechToText: the small English model that comes with PocketSphinx. Good enough to try Foyer offline, not to
    assess people: about every third word is wrong. `prompt` is not used."""

    def __init__(self, processes: int = 1) -> None:
        self.name = f"pocketsphinx-{version('pocketsphinx')}"
        self._pool = ChildPool(processes, start_sphinx)

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:  # noqa: ARG002
        _check_rate(audio)
        if language is not None and language.partition("-")[0].lower() != "en":
            raise EngineError(
                f"PocketSphinx hears English only, not {language!r}. Fetch multilingual Whisper weights: "
                "`foyer models fetch base`."
            )
        if voiced_seconds(audio) < SHORTEST:
            return Heard(text="", start=0.0, end=audio.seconds)
        words: list[SphinxWord] = self._pool.ask(audio.data, timeout=10.0 + 3.0 * audio.seconds)
        return Heard(
            text=" ".join(text for text, *_ in words),
            start=0.0,
            end=audio.seconds,
            words=tuple(_word(word, audio.seconds) for word in words),
            confidence=_mean([(word[3], word[2] - word[1]) for word in words]),
        )

    def warm(self) -> None:
        self._pool.warm()

    def close(self) -> None:
        self._pool.close()


class WhisperStt:
    """A SpeechToText: openai-whisper on the CPU. `model` is a name whose weights lie in `folder`, or a .pt file.

    Text that nobody said (see `interview.whisper_stt.invented`) comes back as empty text, with `no_speech` set."""

    def __init__(self, model: str, *, processes: int = 1, folder: Path) -> None:
        checkpoint = find_whisper(model, folder)
        if checkpoint is None:
            raise EngineError(
                f"There are no Whisper weights for {model!r}: {folder / f'{model}.pt'} is missing. "
                f"Run `foyer models fetch {model}`, or give the path of a .pt file."
            )
        self.name = f"openai-whisper-{version('openai-whisper')}/{checkpoint.stem}"
        threads = max(1, (os.cpu_count() or 1) // processes)
        self._pool = ChildPool(processes, start_whisper, checkpoint, threads, start_timeout=180.0)

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        _check_rate(audio)
        voiced = voiced_seconds(audio)
        if voiced < SHORTEST:
            return Heard(text="", start=0.0, end=audio.seconds, language=language or "en")
        request = WhisperRequest(audio, language.partition("-")[0].lower() if language else None, prompt)
        answer: WhisperAnswer = self._pool.ask(request, timeout=30.0 + 6.0 * audio.seconds)
        believed = [part for part in answer.segments if invented(part, voiced) is None]
        return Heard(
            text=" ".join(part.text for part in believed),
            start=0.0,
            end=audio.seconds,
            words=tuple(_word(word, audio.seconds) for part in believed for word in part.words if word[0]),
            language=answer.language,
            confidence=_mean([(math.exp(part.logprob), part.end - part.start) for part in believed]),
            no_speech=_least_silent(answer.segments),
        )

    def warm(self) -> None:
        self._pool.warm()

    def close(self) -> None:
        self._pool.close()


def find_whisper(model: str, folder: Path) -> Path | None:
    """The weights of a Whisper model: a .pt file by path, or by name in `folder`. None when they are not there."""
    direct = Path(model)
    if direct.suffix == ".pt":
        return direct if direct.is_file() else None
    named = folder / f"{ALIASES.get(model, model)}.pt"
    return named if named.is_file() else None


def _check_rate(audio: Pcm) -> None:
    if audio.rate != RATE:
        raise EngineError(f"recognisers take {RATE} Hz, not {audio.rate} Hz")


def _word(word: tuple[str, float, float, float], seconds: float) -> Word:
    text, start, end, confidence = word
    start = min(max(start, 0.0), seconds)
    return Word(text=text, start=start, end=min(max(end, start), seconds), confidence=min(max(confidence, 0.0), 1.0))


def _mean(weighted: list[tuple[float, float]]) -> float | None:
    """Mean of (value, weight), within 0..1; None of nothing."""
    total = sum(weight for _, weight in weighted)
    if total <= 0:
        return None
    return min(max(sum(value * weight for value, weight in weighted) / total, 0.0), 1.0)


def _least_silent(segments: tuple[WhisperSegment, ...]) -> float | None:
    return min((part.no_speech for part in segments), default=None)
