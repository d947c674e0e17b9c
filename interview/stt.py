"""Speech to text: the local recognisers as the service sees them. The models live in child processes
(`interview.sphinx_stt`, `interview.whisper_stt`, `interview.faster_stt`), one model a process, so that a crash costs
one answer and no recogniser ever shares state between two candidates. `interview.speech_service` is one behind HTTP.
"""

from __future__ import annotations

import math
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from interview.faster_stt import check_folder, is_multilingual, start_faster
from interview.invented import WhisperAnswer, WhisperRequest, WhisperSegment, invented, voiced_seconds
from interview.sphinx_stt import SphinxWord, start_sphinx
from interview.whisper_stt import start_whisper
from models.child import ChildPool
from models.engines import Pcm
from models.errors import EngineError
from models.languages import code_of
from models.values import Heard, Word

RATE = 16_000
SHORTEST = 0.1
"""Seconds of voice below which nothing is sent to a recogniser."""
ENGLISH = frozenset({"en"})
WHISPER_LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr "  # noqa: SIM905
    "ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt "
    "ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh".split()
)
"""Of every multilingual Whisper. How well it hears them differs a lot."""
ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


class SphinxStt:
    """A SpeechToText: the small English model that comes with PocketSphinx. Good enough to try Foyer offline, not to
    assess people: about every third word is wrong. `prompt` is not used."""

    languages = ENGLISH

    def __init__(self, processes: int = 1) -> None:
        self.name = f"pocketsphinx-{version('pocketsphinx')}"
        self._pool = ChildPool(processes, start_sphinx)

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:  # noqa: ARG002
        check_rate(audio)
        if language is not None and code_of(language) != "en":
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


class _LocalWhisper:
    """Either Whisper, in its children. Text that nobody said (see `interview.invented`) comes back as empty text, with
    `no_speech` set."""

    def __init__(self, name: str, languages: frozenset[str], pool: ChildPool) -> None:
        self.name, self.languages, self._pool = name, languages, pool

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        check_rate(audio)
        code = code_of(language) if language else None
        if code is not None and code not in self.languages:
            raise EngineError(f"{self.name} does not hear {language!r}; multilingual Whisper weights may.")
        voiced = voiced_seconds(audio)
        if voiced < SHORTEST:
            return Heard(text="", start=0.0, end=audio.seconds, language=language or "en")
        answer: WhisperAnswer = self._pool.ask(WhisperRequest(audio, code, prompt), timeout=30.0 + 6.0 * audio.seconds)
        return believed(answer, audio, prompt)

    def warm(self) -> None:
        self._pool.warm()

    def close(self) -> None:
        self._pool.close()


class WhisperStt(_LocalWhisper):
    """A SpeechToText: openai-whisper on the CPU. `model` is a name whose weights lie in `folder`, or a .pt file."""

    def __init__(self, model: str, *, processes: int = 1, folder: Path) -> None:
        checkpoint = find_whisper(model, folder)
        if checkpoint is None:
            raise EngineError(
                f"There are no Whisper weights for {model!r}: {folder / f'{model}.pt'} is missing. "
                f"Run `foyer models fetch {model}`, or give the path of a .pt file."
            )
        languages = ENGLISH if ".en" in checkpoint.name else WHISPER_LANGUAGES
        name = f"openai-whisper-{version('openai-whisper')}/{checkpoint.stem}"
        pool = ChildPool(processes, start_whisper, checkpoint, _threads(processes), start_timeout=180.0)
        super().__init__(name, languages, pool)


class FasterStt(_LocalWhisper):
    """A SpeechToText: faster-whisper on the CPU, int8. `folder` holds a CTranslate2 Whisper."""

    def __init__(self, folder: Path, *, processes: int = 1) -> None:
        try:
            release = version("faster-whisper")
        except PackageNotFoundError as absent:
            raise EngineError(
                "faster-whisper is not installed. Run `pip install -c constraints.txt -e '.[faster]'` in the folder of "
                "Foyer, or choose another FOYER_VOICE__RECOGNISER."
            ) from absent
        check_folder(folder)
        languages = WHISPER_LANGUAGES if is_multilingual(folder) else ENGLISH
        pool = ChildPool(processes, start_faster, folder, _threads(processes), start_timeout=180.0)
        super().__init__(f"faster-whisper-{release}/{folder.resolve().name}", languages, pool)


def believed(answer: WhisperAnswer, audio: Pcm, prompt: str) -> Heard:
    """What of a Whisper's answer was really said, in times of the audio."""
    voiced = voiced_seconds(audio)
    parts = [part for part in answer.segments if invented(part, voiced, prompt) is None]
    rated = [(math.exp(part.logprob), part.end - part.start) for part in parts if part.logprob is not None]
    return Heard(
        text=" ".join(part.text for part in parts),
        start=0.0,
        end=audio.seconds,
        words=tuple(_word(word, audio.seconds) for part in parts for word in part.words if word[0]),
        language=answer.language,
        confidence=_mean(rated),
        no_speech=_least_silent(answer.segments),
    )


def _threads(processes: int) -> int:
    return max(1, (os.cpu_count() or 1) // processes)


def find_whisper(model: str, folder: Path) -> Path | None:
    """The weights of a Whisper model: a .pt file by path, or by name in `folder`. None when they are not there."""
    direct = Path(model)
    if direct.suffix == ".pt":
        return direct if direct.is_file() else None
    named = folder / f"{ALIASES.get(model, model)}.pt"
    return named if named.is_file() else None


def check_rate(audio: Pcm) -> None:
    if audio.rate != RATE:
        raise EngineError(f"recognisers take {RATE} Hz, not {audio.rate} Hz")


def _word(word: tuple[str, float, float, float | None], seconds: float) -> Word:
    text, start, end, confidence = word
    start = min(max(start, 0.0), seconds)
    sure = None if confidence is None else min(max(confidence, 0.0), 1.0)
    return Word(text=text, start=start, end=min(max(end, start), seconds), confidence=sure)


def _mean(weighted: list[tuple[float, float]]) -> float | None:
    """Mean of (value, weight), within 0..1; None of nothing."""
    total = sum(weight for _, weight in weighted)
    if total <= 0:
        return None
    return min(max(sum(value * weight for value, weight in weighted) / total, 0.0), 1.0)


def _least_silent(segments: tuple[WhisperSegment, ...]) -> float | None:
    return min((part.no_speech for part in segments if part.no_speech is not None), default=None)
