"""The words of the socket and of the event log."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from interview.events import (
    AudioFrame,
    Button,
    DialogueEvent,
    EngineDown,
    Hidden,
    Joined,
    Left,
    PlaybackEnded,
    Played,
    Pressed,
    Say,
    Segment,
    SpeechStarted,
    Tick,
    TurnEnded,
    Typed,
    Worded,
    client_message,
    dialogue_event,
    server_message,
)
from models.values import Word


@settings(max_examples=25, deadline=None)
@given(seq=st.integers(0, 2**32 - 1), offset=st.integers(0, 2**64 - 1), samples=st.binary(min_size=1, max_size=50))
def test_an_audio_frame_survives_the_wire(seq: int, offset: int, samples: bytes) -> None:
    frame = AudioFrame(seq, offset, samples * 2)
    assert AudioFrame.unpack(frame.pack()) == frame


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x01",
        b"\x02" + bytes(12) + b"ab",
        AudioFrame(1, 2, b"").pack(),
        AudioFrame(1, 2, b"odd").pack(),
        AudioFrame(1, 2, bytes(32_002)).pack(),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        AudioFrame.unpack(raw)


KEPT: tuple[DialogueEvent, ...] = (
    Joined(),
    Left(),
    Played(utterance="u1", at=1.5),
    SpeechStarted(at=2.0),
    Segment(text="yes", start=2.0, end=2.5, words=(Word(text="yes", start=2.0, end=2.5),), confidence=0.9),
    TurnEnded(at=2.5),
    Pressed(action="skip"),
    Typed(text="no"),
    Hidden(hidden=True),
    Tick(),
    EngineDown(engine="sphinx"),
    Worded(utterance="u3", text="What did you do next?"),
)


@pytest.mark.parametrize("event", KEPT, ids=lambda event: event.type)
def test_what_the_database_keeps_comes_back_as_it_was(event: DialogueEvent) -> None:
    assert dialogue_event.validate_python(event.model_dump(mode="json")) == event


def test_messages_are_told_apart_by_their_type() -> None:
    assert client_message.validate_json('{"type": "button", "action": "done"}') == Button(action="done")
    ended = client_message.validate_json('{"type": "playback.ended", "utterance": "u1", "offset": 16000}')
    assert ended == PlaybackEnded(utterance="u1", offset=16000)
    say = Say(utterance="u1", text="Hello", kind="welcome")
    assert server_message.validate_json(say.model_dump_json()) == say


@pytest.mark.parametrize(
    "message",
    [
        "{}",
        '{"type": "button", "action": "explode"}',
        '{"type": "ping", "more": 1}',
        '{"type": "text.answer", "text": ""}',
        '{"type": "say", "utterance": "u1", "text": "Hello", "kind": "welcome"}',
    ],
)
def test_a_message_we_did_not_agree_on_is_refused(message: str) -> None:
    with pytest.raises(ValidationError):
        client_message.validate_json(message)
