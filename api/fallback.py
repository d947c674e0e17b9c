"""When a configured recogniser or voice fails in the middle of an interview: the next one takes over. `api.wiring` puts
these around what the settings name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from models.engines import Pcm, SpeechToText, TextToSpeech
from models.errors import EngineError
from models.languages import code_of
from models.values import Heard

log = structlog.get_logger("foyer.fallback")

REST = 30.0
"""Seconds for which an engine that failed is asked last: nobody should wait for its time limit at every sentence."""


class _Engine(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...


class FileVoice(TextToSpeech, Protocol):
    """A voice that keeps what it spoke (`interview.tts.CachedTts`)."""

    def path(self, text: str, *, language: str) -> Path: ...


E = TypeVar("E", bound=_Engine)
T = TypeVar("T")


class _InTurn(Generic[E]):
    """The first that can. `engines[0]` is the configured one, whose name and languages these are."""

    def __init__(self, engines: Sequence[E], clock: Callable[[], float] = time.monotonic) -> None:
        self._engines, self._clock = tuple(engines), clock
        self._rests: dict[str, float] = {}
        self.problem: str | None = None
        """Why the configured one failed the last time it was asked; None: it did not."""
        self.name, self.languages = engines[0].name, engines[0].languages

    def warm(self) -> None:
        """The configured one. The others load when they are needed."""
        warm = getattr(self._engines[0], "warm", None)
        if callable(warm):
            warm()

    def close(self) -> None:
        for engine in self._engines:
            close = getattr(engine, "close", None)
            if callable(close):
                close()

    def _first(self, ask: Callable[[E], T], language: str | None) -> tuple[E, T]:
        """Who answered, and what. Raises what the last of them raised."""
        code = code_of(language) if language else None
        able = [engine for engine in self._engines if code is None or code in engine.languages]
        failure = EngineError(f"{self.name} does not know the language {language!r}.")
        for engine in sorted(able, key=lambda engine: self._rests.get(engine.name, 0.0) > self._clock()):
            try:
                answer = ask(engine)
            except EngineError as error:
                log.warning("engine.failed", engine=engine.name, detail=error.detail)
                self._rests[engine.name] = self._clock() + REST
                failure = error
                if engine is self._engines[0]:
                    self.problem = error.detail
                continue
            if engine is self._engines[0]:
                self.problem = None
            else:
                log.warning("engine.stepped_in", engine=engine.name, instead_of=self.name)
            return engine, answer
        raise failure


class FallbackStt(_InTurn[SpeechToText]):
    """A SpeechToText. What another than the configured one heard says so (`Heard.engine`)."""

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        engine, heard = self._first(lambda one: one.transcribe(audio, language=language, prompt=prompt), language)
        return heard if engine is self._engines[0] else heard.model_copy(update={"engine": engine.name})


class FallbackVoice(_InTurn[FileVoice]):
    """A TextToSpeech with files."""

    def path(self, text: str, *, language: str) -> Path:
        return self._first(lambda one: one.path(text, language=language), language)[1]

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        yield from self._first(lambda one: list(one.synthesize(text, language=language)), language)[1]
