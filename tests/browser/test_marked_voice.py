"""A WAV that says it is synthetic is still one that a browser plays to its end."""

from __future__ import annotations

from pathlib import Path

from interview.tts import CachedTts
from tests.browser.conftest import OpenPage
from tests.fakes_room import ScriptedRoom
from tests.fakes_voice import FakeTextToSpeech

PLAY = """source => new Promise((done, failed) => {
  const voice = new Audio(source);
  voice.onended = () => done(voice.duration);
  voice.onerror = () => failed(new Error(voice.error.message));
  voice.play().catch(failed);
})"""


def test_a_marked_utterance_plays_to_its_end(open_page: OpenPage, scripted: ScriptedRoom, tmp_path: Path) -> None:
    spoken = CachedTts(FakeTextToSpeech(), tmp_path).path("Good morning.", language="en").read_bytes()
    assert b"Synthetic speech by fake-voice" in spoken
    scripted.audio["u1"] = spoken
    page = open_page(f"{scripted.url}/room")
    assert page.evaluate(PLAY, "/room/audio/u1") == 0.6
