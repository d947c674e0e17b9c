"""A recogniser or a voice that fails: who steps in, who is asked next time, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.fallback import REST, FallbackStt, FallbackVoice
from interview.tts import CachedTts
from models.engines import Pcm
from models.errors import EngineError
from tests.fakes_voice import FakeSpeaker, FakeSpeechToText, FakeTextToSpeech, timeline

SCRIPT = [FakeSpeaker(0.2, 2.0, "a few plain words")]
AUDIO = Pcm(timeline(SCRIPT, 3.0).tobytes())


class Ears:
    def __init__(self, *failing: int) -> None:
        self.now = 100.0
        self.each = [FakeSpeechToText(SCRIPT, failing=times) for times in failing]
        for place, ear in enumerate(self.each):
            ear.name = f"ear {place}"
        self.all = FallbackStt(self.each, clock=lambda: self.now)

    def hears(self) -> tuple[str, str]:
        heard = self.all.transcribe(AUDIO, language="en", prompt="words")
        return heard.text, heard.engine


def test_the_configured_one_hears_and_nothing_is_said_about_it() -> None:
    ears = Ears(0, 0)
    assert ears.hears() == ("a few plain words", "")
    assert (ears.all.name, ears.each[1].asked) == ("ear 0", [])
    assert ears.each[0].prompts == ["words"]


def test_the_next_one_steps_in_and_says_so_and_the_first_has_a_rest() -> None:
    ears = Ears(1, 0)
    assert ears.hears() == ("a few plain words", "ear 1")
    assert ears.each[1].prompts == ["words"]
    assert ears.hears() == ("a few plain words", "ear 1"), "nobody waits for its time limit at every sentence"
    assert ears.each[0].asked == []
    ears.now += REST + 1
    assert ears.hears() == ("a few plain words", "")


def test_one_that_rests_is_still_better_than_none() -> None:
    ears = Ears(1, 2)
    with pytest.raises(EngineError):
        ears.hears()
    assert ears.hears() == ("a few plain words", "")


def test_when_all_fail_the_last_error_is_told() -> None:
    with pytest.raises(EngineError, match="told to fail") as failure:
        Ears(9, 9).hears()
    assert failure.value.retry


def test_nobody_hears_a_language_that_they_do_not_know() -> None:
    ears = Ears(9, 0)
    ears.each[0].languages = frozenset({"en", "de"})
    both = FallbackStt(ears.each)
    assert both.languages == {"en", "de"}
    with pytest.raises(EngineError):
        both.transcribe(AUDIO, language="de-AT")
    assert ears.each[1].asked == []


def test_another_voice_steps_in_under_its_own_name(tmp_path: Path) -> None:
    first, second = FakeTextToSpeech(failing=1), FakeTextToSpeech()
    second.name = "spare voice"
    voice = FallbackVoice([CachedTts(first, tmp_path), CachedTts(second, tmp_path)])
    assert b"spare voice" in voice.path("Good morning.", language="en").read_bytes()
    assert b"spare voice" in voice.path("Good morning.", language="en").read_bytes()
    assert (len(first.said), len(second.said)) == (1, 1)
    assert sum(chunk.seconds for chunk in voice.synthesize("Good morning.", language="en")) > 0.5
    with pytest.raises(EngineError):
        voice.path("...", language="en")
