"""The guards against text that nobody said, shared by every Whisper: in our own children (`interview.whisper_stt`,
`interview.faster_stt`) and behind a service (`interview.speech_service`).

On silence and noise Whisper invents sentences, and with a prompt it may read out the prompt: every segment has to pass
`invented` before a word of it reaches a transcript.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
ECHO = 0.4
"""Seconds of voice a word that a text of nothing but the prompt's words must have: people read lists of names slowly,
and a prompt that leaks stands over a breath."""
_WORD = re.compile(r"[\w+#]+")
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
    logprob: float | None
    """None, as `no_speech`: the recogniser is a service that does not say."""
    no_speech: float | None
    compression: float
    words: tuple[tuple[str, float, float, float | None], ...] = ()


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


def invented(segment: WhisperSegment, voiced: float, prompt: str = "") -> str | None:
    """Why a segment is not believed, or None. `voiced`: seconds of voice in the whole audio; `prompt`: the words the
    recogniser was told to expect."""
    words = len(segment.text.split())
    logprob, no_speech = segment.logprob or 0.0, segment.no_speech or 0.0
    if not words or voiced < 0.1:
        return "nothing there"
    if no_speech > NO_SPEECH_ALONE or (no_speech > NO_SPEECH and logprob < LOGPROB / 2):
        return "no speech"
    if logprob < LOGPROB:
        return "improbable"
    if segment.compression > COMPRESSION:
        return "repetitive"
    spoken = min(voiced, segment.end - segment.start)
    if words / max(spoken, 0.3) > WORDS_PER_SECOND and words > 3:
        return "faster than anyone speaks"
    if voiced < BRIEF and STOCK.match(segment.text):
        return "stock phrase"
    if prompt and spoken < ECHO * words and _repeats(segment.text, prompt):
        return "the prompt again"
    return None


def _repeats(text: str, prompt: str) -> bool:
    """Are these words of the prompt, in its order, and nothing else?"""
    said, given = (_WORD.findall(part.casefold()) for part in (text, prompt))
    return any(given[place : place + len(said)] == said for place in range(len(given) - len(said) + 1))
