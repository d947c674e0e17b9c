"""Settings -> Engines. The only file that names a concrete engine.

Every engine is built on first use and at most once, so that the command line starts fast and the service is ready
before its models are loaded (`warm` loads them in the background).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial as bound
from pathlib import Path
from typing import Any, TypeVar

from api.fallback import FallbackStt, FallbackVoice, FileVoice
from api.vocabulary import load as load_vocabulary
from integrations.livekit import MediaServer
from integrations.livekit_room import LiveKitRoom
from integrations.mail import OutboxMailer, SmtpMailer
from integrations.texts import Gateway, HttpTexter, OutboxTexter
from integrations.webhook import WebhookSink
from interview import wording
from interview.command_tts import CommandTts
from interview.llm import OpenAiChat
from interview.report_pdf import WeasyPrinter
from interview.smart_turn import NAME as SMART_TURN
from interview.smart_turn import SmartTurn, SmartTurnDetector
from interview.speech_service import ServiceStt, ServiceTts
from interview.stt import FasterStt, SphinxStt, WhisperStt, find_whisper
from interview.tts import CachedTts, Pyttsx3Tts
from interview.turns import TextTurnDetector
from interview.vad import SileroVad
from matching.embedder import CachedEmbedder, SharedEmbedder
from matching.onnx_encoder import OnnxEmbedder, can_build
from matching.skills import Vocabulary
from matching.tagger import KnowledgeTagger
from matching.torch_encoder import Bf16Embedder, SentenceEmbedder
from matching.vector_file import VectorFile, vector_key
from matching.weights import BUNDLED, find_weights
from models.engines import (
    Embedder,
    LanguageModel,
    Mailer,
    MediaRoom,
    Printer,
    Texter,
    TextToSpeech,
    TurnDetector,
    VoiceDetector,
)
from models.errors import EngineError
from models.settings import Precision, Settings
from models.values import DocumentText
from screening.extract import Reader
from screening.ocr import Ocr, read_or_recognise
from screening.picture import Pictures

T = TypeVar("T")

_CORES = os.cpu_count() or 1
BROUGHT = Path("/usr/local/share/foyer/models")
"""Weights that came with the machine, laid out as in FOYER_HOME/models: a container's image brings them so."""
SLOW = 0.75
"""Of the usual words a minute."""
WORDING_SECONDS = 2.5
"""How long a candidate may be kept waiting for a better wording of a follow-up."""
RATING_SECONDS = 60.0
"""For the second opinion on one competency: nobody waits for it but the report."""

CANDIDATE_NOTICE = (
    "This is a trial installation: a small speech recogniser listens, which mishears a lot. It is not meant for real "
    "interviews. You can type your answers instead."
)
FALLBACK_NOTICE = (
    "Speech is recognised by the small offline fallback (PocketSphinx). It is good enough to try Foyer, "
    "not to assess real candidates: install Whisper weights with `foyer models fetch base.en`."
)


def _is_address(value: str) -> bool:
    return value.startswith(("http://", "https://"))


class Engines:
    """What runs where. Attributes are the protocols of `models.engines`; nothing else in `api` knows more."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._built: dict[str, Any] = {}
        self.unready = "Models are being loaded."
        """Why not everything that `warm` loads is there; empty: it is."""

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
        """The bundled model in fp32, whatever screening uses: for interviews, whose coefficients were fitted on it."""
        if self.settings.screening.precision == "fp32" and self.settings.screening.embedder == BUNDLED:
            return self.embedder
        build = bound(self.encoder, "fp32", threads=_CORES, name=BUNDLED)
        return self._once("precise_embedder", lambda: self._remembering(build()))

    def _build_embedder(self) -> Embedder:
        return self._remembering(self.encoder(self.settings.screening.precision, threads=_CORES))

    def _remembering(self, encoder: Embedder) -> Embedder:
        folder = self.settings.home / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        return CachedEmbedder(SharedEmbedder(encoder), folder / "embeddings.db")

    def forget(self, texts: Sequence[str]) -> None:
        """The vectors of these texts, wherever they are remembered."""
        path = self.settings.home / "cache" / "embeddings.db"
        if texts and path.exists():
            for name in {self.embedder.name, self.precise_embedder.name}:
                VectorFile(path).drop([vector_key(name, text) for text in texts])

    def encoder(self, precision: Precision, *, threads: int, name: str | None = None) -> Embedder:
        """The bare encoder of `name`, by default screening's; `threads` texts at once. A model that is not a local BERT
        runs in torch, in fp32."""
        name = name or self.settings.screening.embedder
        if precision == "gpu":
            return SentenceEmbedder(name, device="cuda")
        if precision == "bf16":
            return Bf16Embedder(name)
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
    def recogniser(self) -> SphinxStt | WhisperStt | FallbackStt:
        """Whisper where weights lie ready, else the fallback; an explicit choice that cannot be met is an error. Behind
        a chosen one of another kind stands what there is locally, should it fail."""
        return self._once("recogniser", self._build_recogniser)

    def _build_recogniser(self) -> SphinxStt | WhisperStt | FallbackStt:
        wanted, processes = self.settings.voice.recogniser, self.settings.voice.recogniser_processes
        if _is_address(wanted):
            service = ServiceStt(wanted, self.settings.voice.api_key, setting="FOYER_VOICE__RECOGNISER")
            return FallbackStt([service, self._local_recogniser("auto")])
        kind, _, folder = wanted.partition(":")
        if kind == "faster":
            return FallbackStt([FasterStt(Path(folder), processes=processes), self._local_recogniser("auto")])
        return self._local_recogniser(wanted)

    def _local_recogniser(self, wanted: str) -> SphinxStt | WhisperStt:
        processes = self.settings.voice.recogniser_processes
        if wanted == "sphinx":
            return SphinxStt(processes=processes)
        name = "base.en" if wanted == "auto" else wanted
        folder = self._weights("whisper", lambda folder: find_whisper(name, folder) is not None)
        if find_whisper(name, folder) is not None:
            return WhisperStt(name, processes=processes, folder=folder)
        if wanted == "auto":
            return SphinxStt(processes=processes)
        raise EngineError(
            f"Whisper weights {wanted!r} are not in {folder}. Run `foyer models fetch {wanted}`, "
            "or set FOYER_VOICE__RECOGNISER=sphinx to try the small offline fallback."
        )

    def _weights(self, kind: str, has_them: Callable[[Path], bool]) -> Path:
        """The home's folder, unless only what the machine brought has them."""
        own, brought = self.settings.home / "models" / kind, BROUGHT / kind
        return brought if has_them(brought) and not has_them(own) else own

    @property
    def recogniser_is_fallback(self) -> bool:
        return isinstance(self.recogniser, SphinxStt)

    @property
    def voice(self) -> FileVoice:
        return self._once("voice", lambda: self._build_voice(1.0))

    @property
    def slow_voice(self) -> FileVoice:
        """For candidates who asked for slower speech."""
        return self._once("slow_voice", lambda: self._build_voice(SLOW))

    def _build_voice(self, speed: float) -> FileVoice:
        """Each voice with its files; behind any other than the built-in one, that one."""
        wanted, rate = self.settings.voice.voice, round(self.settings.voice.words_per_minute * speed)
        outside: TextToSpeech
        if _is_address(wanted):
            outside = ServiceTts(wanted, self.settings.voice.api_key, setting="FOYER_VOICE__VOICE", speed=speed)
        elif wanted.startswith("command:"):
            outside = CommandTts.parse(wanted.removeprefix("command:"), rate)
        else:
            return self._kept(Pyttsx3Tts(wanted, rate))
        return FallbackVoice([self._kept(outside), self._kept(Pyttsx3Tts("en", rate))])

    def _kept(self, voice: TextToSpeech) -> CachedTts:
        return CachedTts(voice, self.settings.home / "cache" / "speech")

    @property
    def language_model(self) -> LanguageModel | None:
        """None unless the operator wants one to word follow-ups."""
        return self._model_for("probes", WORDING_SECONDS)

    @property
    def second_rater(self) -> LanguageModel | None:
        """None unless the operator wants a second opinion in reports."""
        return self._model_for("ratings", RATING_SECONDS)

    def _model_for(self, task: str, seconds: float) -> LanguageModel | None:
        model = self.settings.model
        if not model.base_url or task not in model.tasks.split(","):
            return None
        return self._once(
            f"model for {task}", lambda: OpenAiChat(model.base_url, model.name, model.api_key, timeout=seconds)
        )

    def spoken(self, name: str) -> Path:
        """Where `voice` keeps a sentence whose file has this name (its stem)."""
        return self.settings.home / "cache" / "speech" / name[:2] / f"{Path(name).name}.wav"

    @property
    def turn_detector(self) -> TurnDetector:
        """Words and voice where the network has been fetched, else words; an explicit choice that cannot be met is an
        error."""
        folder = self._weights("smart-turn", lambda folder: (folder / SMART_TURN).is_file())
        network, wanted = folder / SMART_TURN, self.settings.voice.turns
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

    def texter(self, config: Mapping[str, Any]) -> Texter:
        """Of one channel. Without an address texts are written beside the mail, for a person or a test to read."""
        if not config.get("url"):
            return OutboxTexter(self.settings.home / "outbox" / "texts")
        gateway = Gateway(**{name: str(config.get(name, "")) for name in ("url", "headers", "body", "sender")})
        return HttpTexter(gateway, allow_private=self.settings.webhook_private)

    def sink(self, url: str, secret: str) -> WebhookSink:
        return WebhookSink(url, secret, allow_private=self.settings.webhook_private)

    async def media_room(self, server: MediaServer, name: str) -> MediaRoom:
        """The room of this name there, with its candidate in it. Raises EngineError, BadRequest (no libraries)."""
        return await LiveKitRoom.join(server, name)

    @property
    def printer(self) -> Printer:
        """Makes PDFs, where this machine can."""
        return self._once("printer", WeasyPrinter)

    def names(self) -> dict[str, str]:
        """What ran, for reports and `foyer doctor`. Builds recogniser and embedder if need be."""
        names = {
            "recogniser": self.recogniser.name,
            "voice": self.voice.name,
            "embedder": self.embedder.name,
            "turn_detector": self.turn_detector.name,
        }
        model = self.language_model
        return {**names, "follow_ups": f"{model.name}, request {wording.VERSION}"} if model is not None else names

    def warm(self) -> None:
        """Load what the first candidate would otherwise wait for. Called in a background thread."""
        self.reader.warm()
        self.embedder.embed(["ready"])
        self.tagger.spans("ready")
        self.recogniser.warm()
        self.unready = ""

    def close(self) -> None:
        """Stop the children. A closed Engines builds anew what is asked for."""
        with self._lock:
            built, self._built = list(self._built.values()), {}
        for engine in reversed(built):
            if hasattr(engine, "close"):
                engine.close()
