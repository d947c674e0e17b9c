"""Recognition and speech by any OpenAI-compatible HTTP service, on this machine, on the local network or in a cloud.
`api.wiring` builds both from one address each, such as

    http://speech.lan:8000/v1?model=Systran/faster-whisper-small&languages=en,de
    http://speech.lan:8000/v1?model=kokoro&voice=af_heart&format=pcm&rate=24000

What such a service recognises passes the same guards as our own Whisper's (`interview.invented`).
"""

from __future__ import annotations

import io
import wave
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, Field, ValidationError

from interview.invented import WhisperAnswer, WhisperSegment, voiced_seconds
from interview.openai_service import OpenAiService, Refusal
from interview.stt import SHORTEST, believed, check_rate
from interview.tts import checked_wav, plain, split_sentences
from models.engines import Pcm
from models.errors import EngineError
from models.languages import code_of
from models.values import Heard

RECOGNITION_SECONDS, RECOGNITION_SHARE = 8.0, 0.5
"""An answer is waited for so long, and so much longer for each second of audio."""
SPEECH_SECONDS, SPEECH_PER_WORD = 10.0, 0.3
LONGEST = 4_000
"""Characters a request."""
WORD_SLACK = 0.05
"""Seconds by which a word may begin before its segment: services round."""


@dataclass(frozen=True, slots=True)
class Address:
    """A service's address as the setting gives it: base URL, and what the query says."""

    base_url: str
    model: str
    languages: frozenset[str] = frozenset({"en"})
    voice: str = "alloy"
    format: str = "wav"
    rate: int = 24_000

    @classmethod
    def parse(cls, text: str, setting: str) -> Address:
        """Raises EngineError that names the setting and what is wrong in it."""
        parts = urlsplit(text)
        given = dict(parse_qsl(parts.query))
        unknown = sorted(given.keys() - {"model", "languages", "voice", "format", "rate"})
        if unknown or "model" not in given:
            wrong = f"does not know {', '.join(unknown)}" if unknown else "names no model"
            raise EngineError(f"{setting} {wrong}; it reads http://HOST/v1?model=NAME&languages=en.")
        if given.get("format", "wav") not in ("wav", "pcm") or not given.get("rate", "1").isdigit():
            raise EngineError(f"{setting}: format is wav or pcm, rate a number of samples a second.")
        return cls(
            base_url=parts._replace(query="", fragment="").geturl(),
            model=given["model"],
            languages=frozenset(given.get("languages", "en").lower().replace(",", " ").split()),
            voice=given.get("voice", "alloy"),
            format=given.get("format", "wav"),
            rate=int(given.get("rate", "24000")),
        )


# ---------------------------------------------------------------- recognition


class _Word(BaseModel):
    word: str
    start: float = Field(allow_inf_nan=False)
    end: float = Field(allow_inf_nan=False)
    probability: float | None = Field(None, allow_inf_nan=False)


class _Segment(BaseModel):
    text: str
    start: float = Field(allow_inf_nan=False)
    end: float = Field(allow_inf_nan=False)
    avg_logprob: float | None = Field(None, allow_inf_nan=False)
    no_speech_prob: float | None = Field(None, allow_inf_nan=False)
    compression_ratio: float | None = Field(None, allow_inf_nan=False)
    words: list[_Word] | None = None


class _Reply(BaseModel):
    """verbose_json, or json, which has the text alone. Whatever else a service adds is left aside."""

    text: str
    segments: list[_Segment] | None = None
    words: list[_Word] | None = None


class ServiceStt:
    """A SpeechToText behind /audio/transcriptions. Asks for times of words; takes an answer without them as well."""

    def __init__(self, address: str, api_key: str = "", *, setting: str) -> None:
        self._address = Address.parse(address, setting)
        self._service = OpenAiService(self._address.base_url, api_key, setting=setting)
        self.name = f"{self._address.model}@{self._service.host}"
        self.languages = self._address.languages
        self._verbose = True

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        check_rate(audio)
        code = code_of(language) if language else None
        if code is not None and code not in self.languages:
            raise EngineError(f"{self.name} was not set up for {language!r}; add it to languages= in the address.")
        if voiced_seconds(audio) < SHORTEST:
            return Heard(text="", start=0.0, end=audio.seconds, language=code or "en")
        try:
            reply = _Reply.model_validate(self._ask(audio, code, prompt))
        except ValidationError as strange:
            problem = strange.errors()[0]
            where = ".".join(map(str, problem["loc"]))
            raise EngineError(f"{self.name} sent no transcription: {where}: {problem['msg']}", retry=True) from strange
        return believed(WhisperAnswer(code or "en", _segments(reply, audio.seconds)), audio, prompt)

    def warm(self) -> None:
        """Nothing of it is ours to load."""

    def close(self) -> None:
        self._service.close()

    def _ask(self, audio: Pcm, language: str | None, prompt: str) -> Any:
        form: dict[str, str | list[str]] = {"model": self._address.model, "temperature": "0"}
        form |= {key: value for key, value in (("language", language), ("prompt", prompt)) if value}
        seconds = RECOGNITION_SECONDS + RECOGNITION_SHARE * audio.seconds
        file = ("speech.wav", _as_wav(audio), "audio/wav")
        if self._verbose:
            detailed = {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
            try:
                return self._service.json("/audio/transcriptions", form=form | detailed, file=file, seconds=seconds)
            except Refusal as refusal:
                if not _not_verbose(refusal):
                    raise
                self._verbose = False  # a model that gives its text alone, and says so
        form["response_format"] = "json"
        return self._service.json("/audio/transcriptions", form=form, file=file, seconds=seconds)


def _not_verbose(refusal: Refusal) -> bool:
    named = any(word in refusal.detail for word in ("verbose_json", "response_format", "timestamp_granularities"))
    return refusal.status_code in (400, 422) and named


def _segments(reply: _Reply, seconds: float) -> tuple[WhisperSegment, ...]:
    """Words belong to the segment in whose time they begin; without segments everything is one."""
    parts = reply.segments or [_Segment(text=reply.text, start=0.0, end=seconds)]
    found = []
    for place, part in enumerate(parts):
        words = part.words
        if words is None:
            first = float("-inf") if place == 0 else part.start - WORD_SLACK
            last = float("inf") if place == len(parts) - 1 else parts[place + 1].start - WORD_SLACK
            words = [word for word in reply.words or () if first <= word.start < last]
        found.append(_segment(part, words))
    return tuple(found)


def _segment(part: _Segment, words: list[_Word]) -> WhisperSegment:
    text = part.text.strip()
    packed = text.encode()
    repeats = len(packed) / len(zlib.compress(packed)) if packed else 0.0
    return WhisperSegment(
        text=text,
        start=part.start,
        end=part.end,
        logprob=part.avg_logprob,
        no_speech=part.no_speech_prob,
        compression=repeats if part.compression_ratio is None else part.compression_ratio,
        words=tuple((word.word.strip(), word.start, word.end, word.probability) for word in words),
    )


def _as_wav(audio: Pcm) -> bytes:
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(audio.rate)
        file.writeframes(audio.data)
    return packed.getvalue()


# ---------------------------------------------------------------- speech


class ServiceTts:
    """A TextToSpeech behind /audio/speech. `speed`: 1.0 is the service's own."""

    def __init__(self, address: str, api_key: str = "", *, setting: str, speed: float = 1.0) -> None:
        self._address = Address.parse(address, setting)
        self._service = OpenAiService(self._address.base_url, api_key, setting=setting)
        self._speed = speed
        self.name = f"{self._address.model}/{self._address.voice}@{self._service.host}/{speed:g}"
        self.languages = self._address.languages

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        if code_of(language) not in self.languages:
            raise EngineError(f"{self.name} was not set up for {language!r}; add it to languages= in the address.")
        pieces = [plain(text)] if len(text) <= LONGEST else list(split_sentences(text))
        if not any(char.isalnum() for char in text):
            raise EngineError(f"there is nothing to say in {text[:40]!r}")
        for piece in pieces:
            yield self._say(piece)

    def close(self) -> None:
        self._service.close()

    def _say(self, text: str) -> Pcm:
        words = len(text.split())
        request: dict[str, Any] = {"model": self._address.model, "voice": self._address.voice, "input": text}
        request["response_format"] = self._address.format
        if self._speed != 1.0:
            request["speed"] = self._speed
        content = self._service.post("/audio/speech", json=request, seconds=SPEECH_SECONDS + SPEECH_PER_WORD * words)
        if self._address.format == "pcm" and content[:4] != b"RIFF":
            content = _as_wav(Pcm(content[: len(content) // 2 * 2], self._address.rate))
        try:
            data, rate = checked_wav(content, words)
        except EngineError as broken:
            raise EngineError(f"{self.name}: {broken.detail}", retry=True) from broken
        return Pcm(data, rate)
