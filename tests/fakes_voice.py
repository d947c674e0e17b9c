"""Scripted voices: people who speak on a timeline, and engines that understand them exactly.

`FakeSpeaker(start, end, says)` is a line of a script. `timeline` renders a script as audio in which every word has a
loudness of its own; `FakeVoiceDetector` hears that somebody speaks and `FakeSpeechToText` reads the words back, from
any cut of that audio, through files and sockets, as long as no sample is changed on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from interview.llm import conforming
from models.engines import Pcm, Samples, TurnView
from models.errors import EngineError
from models.values import Heard, Message, Word

RATE = 16_000
QUIET = 1_000
"""Loudness of word 0; word n is n louder. Below it nobody speaks."""


@dataclass(frozen=True)
class FakeSpeaker:
    """Says `says` from `start` to `end` (seconds), its words evenly spread. Empty `says`: a cough."""

    start: float
    end: float
    says: str = ""


@dataclass(frozen=True)
class _Spoken:
    """A word of a script: samples first..last at one loudness. The empty text is a cough."""

    text: str
    first: int
    last: int


def _spoken(script: Sequence[FakeSpeaker]) -> list[_Spoken]:
    spoken: list[_Spoken] = []
    for speaker in script:
        words = speaker.says.split() or [""]
        edges = np.linspace(speaker.start * RATE, speaker.end * RATE, len(words) + 1).round().astype(int)
        spoken += [_Spoken(word, edges[i], edges[i + 1]) for i, word in enumerate(words)]
    return spoken


def timeline(script: Sequence[FakeSpeaker], seconds: float) -> Samples:
    """The script as int16 at 16 kHz, silent where nobody speaks."""
    samples = np.zeros(round(seconds * RATE), dtype=np.int16)
    sign = np.where(np.arange(len(samples)) % 2, -1, 1)
    for index, word in enumerate(_spoken(script)):
        samples[word.first : word.last] = (QUIET + index) * sign[word.first : word.last]
    return samples


class FakeVoiceDetector:
    """A VoiceDetector: speech where half of the frame is louder than QUIET. `asked` counts frames since reset."""

    rate = RATE
    frame = 512

    def __init__(self) -> None:
        self.asked = 0

    def speech(self, frame: Samples) -> float:
        if frame.shape != (self.frame,):
            raise EngineError(f"frames of {self.frame} samples, not {frame.shape}")
        self.asked += 1
        return 0.95 if np.mean(np.abs(frame.astype(np.int32)) >= QUIET) >= 0.5 else 0.02

    def reset(self) -> None:
        self.asked = 0


class FakeSpeechToText:
    """A SpeechToText for `timeline` audio of the same script. A word counts where at least half of it is heard.
    The first `failing` calls raise EngineError(retry=True). `asked` keeps the length of every audio, seconds, and
    `prompts` what it was told to expect."""

    name = "fake-ear"
    languages = frozenset({"en"})

    def __init__(self, script: Sequence[FakeSpeaker] = (), *, failing: int = 0) -> None:
        self._words = _spoken(script)
        self._failing = failing
        self.asked: list[float] = []
        self.prompts: list[str] = []

    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard:
        if audio.rate != RATE:
            raise EngineError(f"recognisers take {RATE} Hz, not {audio.rate} Hz")
        if self._failing:
            self._failing -= 1
            raise EngineError("the fake ear was told to fail", retry=True)
        self.asked.append(audio.seconds)
        self.prompts.append(prompt)
        levels = np.abs(audio.samples.astype(np.int32)) - QUIET
        words = []
        for index, word in enumerate(self._words):
            places = np.flatnonzero(levels == index)
            if word.text and len(places) * 2 >= word.last - word.first:
                start, end = places[0] / RATE, (places[-1] + 1) / RATE
                words.append(Word(text=word.text, start=start, end=end, confidence=1.0))
        text = " ".join(word.text for word in words)
        confidence = 1.0 if words else None
        return Heard(text=text, start=0.0, end=audio.seconds, words=tuple(words), confidence=confidence)


class FakeTurnDetector:
    """A TurnDetector that takes stage directions: a text that ends on "..." is not finished."""

    name = "fake-turns"

    def __init__(self) -> None:
        self.asked: list[TurnView] = []

    def p_complete(self, so_far: TurnView) -> float:
        self.asked.append(so_far)
        text = so_far.text.strip()
        return 0.05 if not text or text.endswith("...") else 0.95


class FakeTextToSpeech:
    """A TextToSpeech: 0.3 s of tone a word, one chunk a sentence. `said` keeps what it was asked; the first `failing`
    calls raise EngineError(retry=True)."""

    name = "fake-voice"
    languages = frozenset({"en"})

    def __init__(self, *, failing: int = 0) -> None:
        self._failing = failing
        self.said: list[str] = []

    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]:
        self.said.append(text)
        if self._failing:
            self._failing -= 1
            raise EngineError("the fake voice was told to fail", retry=True)
        if not any(char.isalnum() for char in text):
            raise EngineError("there is nothing to say")
        for sentence in text.split(". "):
            length = round(0.3 * RATE) * len(sentence.split())
            tone = 8000 * np.sin(np.arange(length) * (2 * np.pi * 220 / RATE))
            yield Pcm(tone.astype("<i2").tobytes(), RATE)


Reply = Mapping[str, object] | str | EngineError
"""An object, raw text as a model might babble it, or a failure."""


class FakeLanguageModel:
    """A LanguageModel that answers from a script: a list of replies, or a function of the messages. What is no object
    of the schema becomes the error a real one would raise. `asked` keeps the conversations."""

    name = "fake-model"

    def __init__(self, replies: Sequence[Reply] | Callable[[Sequence[Message]], Reply]) -> None:
        self._replies = replies if callable(replies) else iter(replies)
        self.asked: list[tuple[Message, ...]] = []

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, object]) -> dict[str, object]:
        self.asked.append(tuple(messages))
        reply = self._replies(messages) if callable(self._replies) else next(self._replies)
        if isinstance(reply, EngineError):
            raise reply
        return conforming(reply if isinstance(reply, str) else json.dumps(dict(reply)), schema, self.name)
