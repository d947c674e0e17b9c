"""Settings -> Engines. The only file that names a concrete engine.

Every engine is built on first use and at most once, so that the command line starts fast and the service is ready
before its models are loaded (`warm` loads them in the background).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

from api.vocabulary import load as load_vocabulary
from integrations.mail import OutboxMailer, SmtpMailer
from integrations.webhook import WebhookSink
from interview.smart_turn import NAME as SMART_TURN
from interview.smart_turn import SmartTurn, SmartTurnDetector
from interview.stt import SphinxStt, WhisperStt, find_whisper
from interview.tts import CachedTts, Pyttsx3Tts
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from matching.embedder import CachedEmbedder, SharedEmbedder
from matching.onnx_encoder import OnnxEmbedder, can_build
from matching.skills import Vocabulary
from matching.tagger import KnowledgeTagger
from matching.torch_encoder import SentenceEmbedder
from matching.weights import find_weights
from models.engines import Embedder, Mailer, ResultSink, TurnDetector, VoiceDetector
from models.errors import EngineError
from models.settings import Settings
from models.values import DocumentText
from screening.extract import Reader
from screening.ocr import Ocr, read_or_recognise
from screening.picture import Pictures

T = TypeVar("T")

_CORES = os.cpu_count() or 1
SLOW = 0.75
"""Of the usual words a minute."""

CANDIDATE_NOTICE = (
    "This is a trial installation: a small speech recogniser listens, which mishears a lot. It is not meant for real "
    "interviews. You can type your answers instead."
)
FALLBACK_NOTICE = (
    "Speech is recognised by the small offline fallback (PocketSphinx). It is good enough to try Foyer, "
    "not to assess real candidates: install Whisper weights with `foyer models fetch base.en`."
)


class Engines:
    """What runs where. Attributes are the protocols of `models.engines`; nothing else in `api` knows more."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._built: dict[str, Any] = {}

    def _once(self, name: str, build: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._built:
                self._built[name] = build()
            built: T = self._built[name]
            return built

    @property
    def embedder(self) -> Embedder:
        return self._once("embedder", self._build_embedder)

    @property
    def precise_embedder(self) -> Embedder:
        """The same model in fp32: for interviews, whose coefficients were fitted on it, and few texts at that."""
        if self.settings.screening.precision != "int8":
            return self.embedder
        return self._once("precise_embedder", lambda: self._remembering(self.encoder("fp32", threads=_CORES)))

    def _build_embedder(self) -> Embedder:
        return self._remembering(self.encoder(self.settings.screening.precision, threads=_CORES))

    def _remembering(self, encoder: Embedder) -> Embedder:
        folder = self.settings.home / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        return CachedEmbedder(SharedEmbedder(encoder), folder / "embeddings.db")

    def encoder(self, precision: Literal["int8", "fp32", "gpu"], *, threads: int) -> Embedder:
        """The bare encoder; `threads` texts at once. A model that is not a local BERT runs in torch, in fp32."""
        name = self.settings.screening.embedder
        if precision == "gpu":
            return SentenceEmbedder(name, device="cuda")
        weights = find_weights(name)
        if weights is None or not can_build(weights):
            return SentenceEmbedder(name)
        return OnnxEmbedder(name, precision=precision, folder=self.graphs, threads=threads)

    @property
    def graphs(self) -> Path:
        """Where built encoders lie: the user's cache, so that every home shares them; else this home's."""
        shared = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "foyer"
        with suppress(OSError):
            shared.mkdir(parents=True, exist_ok=True)
        return shared if os.access(shared, os.W_OK) else self.settings.home / "cache" / "encoders"

    @property
    def vocabulary(self) -> Vocabulary:
        """The bundled words and, as they were when this process began, those that were imported."""
        return self._once("vocabulary", lambda: load_vocabulary(self.settings))

    @property
    def tagger(self) -> KnowledgeTagger:
        """For postings: which phrases name knowledge that no list has."""
        return self._once("tagger", lambda: KnowledgeTagger(self.vocabulary, folder=self.graphs))

    @property
    def reader(self) -> Reader:
        return self._once("reader", lambda: Reader(self.settings.screening))

    @property
    def ocr(self) -> Ocr:
        return self._once("ocr", lambda: Ocr(self.settings.screening))

    def read(self, content: bytes, name: str) -> DocumentText:
        """The text of a file; of a scan too, where that can be recognised. Raises UnreadableDocument."""
        return read_or_recognise(self.reader, self.ocr, content, name)

    @property
    def pictures(self) -> Pictures:
        return self._once("pictures", lambda: Pictures(self.settings.screening))

    @property
    def recogniser(self) -> SphinxStt | WhisperStt:
        """Whisper where weights lie ready, else the fallback; an explicit choice that cannot be met is an error."""
        return self._once("recogniser", self._build_recogniser)

    def _build_recogniser(self) -> SphinxStt | WhisperStt:
        voice, folder = self.settings.voice, self.settings.home / "models" / "whisper"
        wanted = "base.en" if voice.recogniser == "auto" else voice.recogniser
        if voice.recogniser == "sphinx":
            return SphinxStt(processes=voice.recogniser_processes)
        if find_whisper(wanted, folder) is not None:
            return WhisperStt(wanted, processes=voice.recogniser_processes, folder=folder)
        if voice.recogniser == "auto":
            return SphinxStt(processes=voice.recogniser_processes)
        raise EngineError(
            f"Whisper weights {wanted!r} are not in {folder}. Run `foyer models fetch {wanted}`, "
            "or set FOYER_VOICE__RECOGNISER=sphinx to try the small offline fallback."
        )

    @property
    def recogniser_is_fallback(self) -> bool:
        return isinstance(self.recogniser, SphinxStt)

    @property
    def voice(self) -> CachedTts:
        voice, folder = self.settings.voice, self.settings.home / "cache" / "speech"
        return self._once("voice", lambda: CachedTts(Pyttsx3Tts(voice.voice, voice.words_per_minute), folder))

    @property
    def slow_voice(self) -> CachedTts:
        """For candidates who asked for slower speech."""
        voice, folder = self.settings.voice, self.settings.home / "cache" / "speech"
        rate = round(voice.words_per_minute * SLOW)
        return self._once("slow_voice", lambda: CachedTts(Pyttsx3Tts(voice.voice, rate), folder))

    @property
    def turn_detector(self) -> TurnDetector:
        """Words and voice where the network has been fetched, else words; an explicit choice that cannot be met is an
        error."""
        network, wanted = self.settings.home / "models" / "smart-turn" / SMART_TURN, self.settings.voice.turns
        if wanted == "words" or (wanted == "auto" and not network.is_file()):
            return self._once("turn_detector", TextTurnDetector)
        return self._once("turn_detector", lambda: SmartTurnDetector(SmartTurn(network)))

    def voice_detector(self) -> VoiceDetector:
        """A fresh one for each session: detectors have state."""
        return SileroVad()

    @property
    def mailer(self) -> Mailer:
        mail = self.settings.mail
        if mail.smtp_host:
            return self._once("mailer", lambda: SmtpMailer(mail))
        return self._once("mailer", lambda: OutboxMailer(self.settings.home / "outbox"))

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
        self.reader.warm()
        self.embedder.embed(["ready"])
        self.tagger.spans("ready")
        self.recogniser.warm()

    def close(self) -> None:
        """Stop the children. A closed Engines builds anew what is asked for."""
        with self._lock:
            built, self._built = list(self._built.values()), {}
        for engine in reversed(built):
            if hasattr(engine, "close"):
                engine.close()
