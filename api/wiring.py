"""Settings -> Engines. The only file that names a concrete engine.

Every engine is built on first use and at most once, so that the command line starts fast and the service is ready
before its models are loaded (`warm` loads them in the background).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from integrations.mail import OutboxMailer, SmtpMailer
from integrations.webhook import WebhookSink
from interview.stt import SphinxStt, WhisperStt, find_whisper
from interview.tts import CachedTts, Pyttsx3Tts
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from matching.embedder import CachedEmbedder, SentenceEmbedder, SharedEmbedder
from matching.skills import Vocabulary
from models.engines import Embedder, Mailer, ResultSink, SpeechToText, TurnDetector, VoiceDetector
from models.errors import EngineError
from models.settings import Settings
from screening.extract import Reader

T = TypeVar("T")

FALLBACK_NOTICE = (
    "Speech is recognised by the small offline fallback (PocketSphinx). It is good enough to try Foyer, "
    "not to assess real candidates: install Whisper weights with `foyer models fetch base.en`."
)


class Engines:
    """What runs where. Attributes are the protocols of `models.engines`; nothing else in `api` knows more."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._closers: list[Callable[[], None]] = []

    def _once(self, build: Callable[[], T]) -> T:
        with self._lock:
            built = build()
            closer = getattr(built, "close", None)
            if callable(closer):
                self._closers.append(closer)
            return built

    @cached_property
    def embedder(self) -> Embedder:
        folder = self.settings.home / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        name = self.settings.screening.embedder
        return self._once(lambda: CachedEmbedder(SharedEmbedder(SentenceEmbedder(name)), folder / "embeddings.db"))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return self._once(Vocabulary.load)

    @cached_property
    def reader(self) -> Reader:
        return self._once(lambda: Reader(self.settings.screening))

    @cached_property
    def recogniser(self) -> SpeechToText:
        """Whisper where weights lie ready, else the fallback; an explicit choice that cannot be met is an error."""
        voice = self.settings.voice
        folder = self.whisper_folder
        wanted = "base.en" if voice.recogniser == "auto" else voice.recogniser
        if voice.recogniser != "sphinx":
            if find_whisper(wanted, folder) is not None:
                return self._once(lambda: WhisperStt(wanted, processes=voice.recogniser_processes, folder=folder))
            if voice.recogniser != "auto":
                raise EngineError(
                    f"Whisper weights {wanted!r} are not in {folder}. Run `foyer models fetch {wanted}`, "
                    "or set FOYER_VOICE__RECOGNISER=sphinx to try the small offline fallback."
                )
        return self._once(lambda: SphinxStt(processes=voice.recogniser_processes))

    @property
    def whisper_folder(self) -> Any:
        return self.settings.home / "models" / "whisper"

    @property
    def recogniser_is_fallback(self) -> bool:
        return isinstance(self.recogniser, SphinxStt)

    @cached_property
    def voice(self) -> CachedTts:
        voice = self.settings.voice
        return self._once(
            lambda: CachedTts(Pyttsx3Tts(voice.voice, voice.words_per_minute), self.settings.home / "cache" / "speech")
        )

    @cached_property
    def turn_detector(self) -> TurnDetector:
        return self._once(TextTurnDetector)

    def voice_detector(self) -> VoiceDetector:
        """A fresh one for each session: detectors have state."""
        return SileroVad()

    @cached_property
    def mailer(self) -> Mailer:
        mail = self.settings.mail
        if mail.smtp_host:
            return self._once(lambda: SmtpMailer(mail))
        return self._once(lambda: OutboxMailer(self.settings.home / "outbox"))

    def sink(self, url: str, secret: str) -> ResultSink:
        return WebhookSink(url, secret, allow_private=self.settings.webhook_private)

    def names(self) -> dict[str, str]:
        """What ran, for reports and `foyer doctor`. Builds recogniser and embedder if need be."""
        return {
            "recogniser": self.recogniser.name,
            "voice": self.voice.name,
            "embedder": self.embedder.name,
            "turn_detector": self.turn_detector.name,
        }

    def warm(self) -> None:
        """Load what the first candidate would otherwise wait for. Called in a background thread."""
        self.embedder.embed(["ready"])
        self.vocabulary.find("ready")
        self.recogniser.warm() if hasattr(self.recogniser, "warm") else None

    def close(self) -> None:
        for close in reversed(self._closers):
            close()
        self._closers.clear()
