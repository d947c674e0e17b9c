"""Every fake in one place: shipped classes behind the protocols of `models.engines`, each held to the same contract
suite as the real thing."""

from __future__ import annotations

from tests.fakes_integrations import FakeCandidateSource, FakeMailer, FakeResultSink
from tests.fakes_matching import BruteForceIndex, FakeEmbedder
from tests.fakes_voice import (
    FakeLanguageModel,
    FakeSpeechToText,
    FakeTextToSpeech,
    FakeTurnDetector,
    FakeVoiceDetector,
)

__all__ = [
    "BruteForceIndex",
    "FakeCandidateSource",
    "FakeEmbedder",
    "FakeLanguageModel",
    "FakeMailer",
    "FakeResultSink",
    "FakeSpeechToText",
    "FakeTextToSpeech",
    "FakeTurnDetector",
    "FakeVoiceDetector",
]
