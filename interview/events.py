"""Every message on the candidate's socket, both ways, and every event of the dialogue, as tagged unions.

Three families, one file, because they are one conversation:

- `ClientMessage`: JSON text frames from the browser. Audio travels beside them as binary `AudioFrame`s.
- `ServerMessage`: JSON text frames to the browser.
- `DialogueEvent` / `Effect`: what goes into and comes out of `dialogue.step`. Dialogue events are what the database
  keeps, in order, with their time; replaying them gives the same state.

`api.live` translates; `web/static/interview.js` speaks the same words.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from models.values import Word


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


ButtonAction = Literal["repeat", "rephrase", "slower", "skip", "back", "patient", "pause", "resume", "done", "finish"]
"""patient: longer silences before an answer counts as finished; pressed again, the usual ones."""
Phase = Literal["welcome", "speaking", "listening", "thinking", "paused", "completed"]

# ---------------------------------------------------------------- browser -> server


class SessionStart(Event):
    """First frame on every socket. `next_seq` is the sequence number of the first frame still in the resend ring.
    `tab` is random and lives as long as the browser tab (sessionStorage): the same tab coming back replaces its dead
    socket, another tab is refused until its candidate asks to `take_over`. `interview` is the id that an earlier
    `session.ready` named, empty before the first: a browser holds one interview at a time, and a page must not go on in
    another one."""

    type: Literal["session.start"] = "session.start"
    next_seq: int = 0
    tab: str = Field("", max_length=64)
    interview: str = Field("", max_length=64)
    take_over: bool = False
    begun: bool = False
    """The page has counters of its own, and goes on by them."""


class PlaybackStarted(Event):
    """The candidate begins to hear `utterance` (or to read it, where it has no audio). `offset`: capture sample at that
    moment; without it nobody can interrupt. `position`: the second of the utterance that is heard then. Comes again
    where playback stalled, or text took its place (`aloud` False)."""

    type: Literal["playback.started"] = "playback.started"
    utterance: str
    offset: int | None = None
    position: float = Field(0.0, ge=0, le=3600)
    aloud: bool = True


class PlaybackStopped(Event):
    """`utterance` was broken off, at capture sample `offset`: for a button, a typed answer, or because of `hush`."""

    type: Literal["playback.stopped"] = "playback.stopped"
    utterance: str
    offset: int


class PlaybackEnded(Event):
    """The candidate has heard `utterance` to its end. `offset`: capture sample (16 kHz) at that moment: the answer
    begins there."""

    type: Literal["playback.ended"] = "playback.ended"
    utterance: str
    offset: int


class Button(Event):
    type: Literal["button"] = "button"
    action: ButtonAction


class TextAnswer(Event):
    """A typed answer instead of a spoken one."""

    type: Literal["text.answer"] = "text.answer"
    text: str = Field(min_length=1, max_length=10_000)


class Visibility(Event):
    type: Literal["visibility"] = "visibility"
    hidden: bool


class Paste(Event):
    """Something was pasted into the answer box: only how many characters, never which."""

    type: Literal["paste"] = "paste"
    characters: int = Field(ge=1, le=1_000_000)


class Composing(Event):
    """The candidate is writing: sent with a key press, at most every few seconds."""

    type: Literal["composing"] = "composing"


class Ping(Event):
    type: Literal["ping"] = "ping"


ClientMessage = Annotated[
    SessionStart
    | PlaybackStarted
    | PlaybackStopped
    | PlaybackEnded
    | Button
    | TextAnswer
    | Visibility
    | Paste
    | Composing
    | Ping,
    Field(discriminator="type"),
]
client_message: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)

AUDIO_FRAME = 1
_HEADER = struct.Struct("<BIQ")


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """Binary frame: type 1 (u8), sequence (u32), capture offset of its first sample (u64), all little-endian, then
    int16 mono PCM at 16 kHz, 20-100 ms of it."""

    seq: int
    offset: int
    pcm: bytes

    def pack(self) -> bytes:
        return _HEADER.pack(AUDIO_FRAME, self.seq, self.offset) + self.pcm

    @classmethod
    def unpack(cls, raw: bytes) -> AudioFrame:
        """Raises ValueError on anything but a well-formed frame of at most one second."""
        if len(raw) < _HEADER.size or raw[0] != AUDIO_FRAME:
            raise ValueError("not an audio frame")
        _, seq, offset = _HEADER.unpack_from(raw)
        pcm = raw[_HEADER.size :]
        if not pcm or len(pcm) % 2 or len(pcm) > 32_000:
            raise ValueError("an audio frame holds 1 to 16000 whole 16-bit samples")
        return cls(seq, offset, pcm)


# ---------------------------------------------------------------- server -> browser


class SessionReady(Event):
    """`next_seq`: the first audio frame the server does not have yet; the browser resends from there. `next_offset`:
    the capture sample that frame must begin at; a page that lost its own counters (a reload) goes on from both."""

    type: Literal["session.ready"] = "session.ready"
    interview: str
    resumed: bool
    next_seq: int
    next_offset: int = 0
    rate: int = 16_000
    minutes: int
    questions: int
    asked: str = ""
    """The question that waits for an answer: a page that comes back in the middle of one has not heard it."""
    notes: tuple[str, ...] = ()
    """Plain sentences the candidate should see, such as which recogniser listens."""


class Say(Event):
    """Play `audio_url` (None: show the text, report playback.ended after a reading pause). Also a dialogue effect."""

    type: Literal["say"] = "say"
    utterance: str
    text: str
    kind: Literal["welcome", "question", "probe", "acknowledge", "prompt", "closing"]
    question_id: str | None = None
    audio_url: str | None = None
    slow: bool = False
    """The candidate asked for a slower voice."""
    interruptible: bool = False
    """The candidate may speak over it."""


class Hush(Event):
    """Stop playing `utterance` at once and forget it: the candidate speaks. Also a dialogue effect."""

    type: Literal["hush"] = "hush"
    utterance: str


class Duck(Event):
    """Somebody may be speaking over `utterance`: play it more softly until the next of these, or until it is hushed.
    Empty: as loud as ever. Nobody's decision, and in no log."""

    type: Literal["duck"] = "duck"
    utterance: str = ""


class State(Event):
    """What the page shows. `question` counts from 1; 0 before the first."""

    type: Literal["state"] = "state"
    phase: Phase
    question: int
    questions: int
    seconds_left: float
    patient: bool = False
    """Silences are waited out longer, at the candidate's wish."""


class Caption(Event):
    type: Literal["caption"] = "caption"
    role: Literal["interviewer", "candidate"]
    text: str
    final: bool = True


class Ack(Event):
    """Highest contiguous audio sequence that is safe on disk."""

    type: Literal["ack"] = "ack"
    seq: int


class Notice(Event):
    """`code` is a stable word: text_only, recogniser_down, slow_down, bad_frame ... On out_of_step the page
    must begin anew where the recording ends: it loads itself again."""

    type: Literal["notice"] = "notice"
    code: str
    text: str


class Refused(Event):
    """The socket closes after this. code: already_open, not_started, ended, full, expired,
    suspended."""

    type: Literal["refused"] = "refused"
    code: Literal["already_open", "not_started", "ended", "full", "expired", "suspended"]
    text: str


class Completed(Event):
    type: Literal["completed"] = "completed"
    text: str


class Pong(Event):
    type: Literal["pong"] = "pong"


ServerMessage = Annotated[
    SessionReady | Say | Hush | Duck | State | Caption | Ack | Notice | Refused | Completed | Pong,
    Field(discriminator="type"),
]
server_message: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)

# ---------------------------------------------------------------- into the dialogue (kept in the database)


class Joined(Event):
    """The candidate's socket is open, for the first time or again; or they have called."""

    type: Literal["joined"] = "joined"
    by: Literal["page", "telephone"] = "page"


class Left(Event):
    """The socket is gone. All clocks stand still until `Joined`."""

    type: Literal["left"] = "left"


class Playing(Event):
    """At capture second `at` the candidate began to hear `utterance`, from its second `position` on. `voice` names what
    was played (`interview.tts.CachedTts`); empty: its text was shown instead."""

    type: Literal["playing"] = "playing"
    utterance: str
    at: float
    position: float = 0.0
    voice: str = ""


class Silenced(Event):
    """Playback of an utterance was broken off at capture second `at`."""

    type: Literal["silenced"] = "silenced"
    utterance: str
    at: float


class Played(Event):
    """An utterance was heard to its end; the answer begins at capture second `at`."""

    type: Literal["played"] = "played"
    utterance: str
    at: float


class SpeechStarted(Event):
    """Capture second of the first voiced sample of a segment."""

    type: Literal["speech.started"] = "speech.started"
    at: float


class Overlapped(Event):
    """Half a second of voice while `utterance` was played. `at`: capture second at which it began; `share`: how much of
    the utterance had been played by then, 0..1; `echo`: it was the utterance itself."""

    type: Literal["overlapped"] = "overlapped"
    utterance: str
    at: float
    share: float
    echo: bool = False


class Segment(Event):
    """One pause-delimited stretch of the answer, recognised. Text may be empty: heard, but not understood. `engine`: as
    in `models.values.Heard`."""

    type: Literal["segment"] = "segment"
    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    engine: str = ""


class TurnEnded(Event):
    """The listener judges the answer finished; capture second `at` is its last voiced sample."""

    type: Literal["turn.ended"] = "turn.ended"
    at: float


class Pressed(Event):
    type: Literal["pressed"] = "pressed"
    action: ButtonAction


class Typed(Event):
    type: Literal["typed"] = "typed"
    text: str


class Hidden(Event):
    """The tab went to the background (or came back): recorded as context, never scored; silence prompts wait. `at`:
    the capture second; None where no microphone has run."""

    type: Literal["hidden"] = "hidden"
    hidden: bool
    at: float | None = None


class Pasted(Event):
    """So many characters were pasted into the answer box: recorded as context, never scored. `at`: as in `Hidden`."""

    type: Literal["pasted"] = "pasted"
    characters: int
    at: float | None = None


class Writing(Event):
    """A key was pressed in the answer box: silence is not counted for a while."""

    type: Literal["writing"] = "writing"


class Tick(Event):
    """Time passes. Kept only when it changed something."""

    type: Literal["tick"] = "tick"


class Worded(Event):
    """A follow-up that was about to be said gets other words: `text` in place of the plan's, thanks before it stay."""

    type: Literal["worded"] = "worded"
    utterance: str
    text: str


class EngineDown(Event):
    """A recogniser failed for good on this answer; the candidate is asked to type."""

    type: Literal["engine.down"] = "engine.down"
    engine: str


class Adjusted(Event):
    """What was arranged with the candidate before or during the interview: longer silences (`patient`), and minutes
    beyond the plan's. Why is not for the conversation to know."""

    type: Literal["adjusted"] = "adjusted"
    patient: bool = False
    extra_minutes: int = Field(0, ge=0, le=120)


class Suspended(Event):
    """The employer has suspended interviews: this one stops here, and can be taken up when they are resumed."""

    type: Literal["suspended"] = "suspended"


class OtherVoice(Event):
    """From capture second `start` to `end` somebody else seems to have spoken. Found when the interview is over
    (`interview.voices`): it moves no conversation, is context for a person and never scored."""

    type: Literal["other.voice"] = "other.voice"
    start: float
    end: float


DialogueEvent = Annotated[
    Joined
    | Left
    | Playing
    | Silenced
    | Played
    | SpeechStarted
    | Overlapped
    | Segment
    | TurnEnded
    | Pressed
    | Typed
    | Hidden
    | Pasted
    | Writing
    | Tick
    | Worded
    | Adjusted
    | Suspended
    | OtherVoice
    | EngineDown,
    Field(discriminator="type"),
]
dialogue_event: TypeAdapter[DialogueEvent] = TypeAdapter(DialogueEvent)


def read_log(kept: Iterable[tuple[int, float, Mapping[str, Any]]]) -> list[tuple[float, DialogueEvent]]:
    """The log as the store keeps it (number, time, event as JSON), as `interview.dialogue` replays it."""
    return [(at, dialogue_event.validate_python(event)) for _, at, event in kept]


# ---------------------------------------------------------------- out of the dialogue


class Listen(Event):
    """Start (or go on) listening for an answer whose audio begins at capture second `since`."""

    type: Literal["listen"] = "listen"
    question_id: str
    since: float
    patient: bool = False
    """Wait longer than usual before an answer counts as finished."""


class StopListening(Event):
    type: Literal["stop_listening"] = "stop_listening"


class Stop(Event):
    """The farewell was heard: the room closes, and the interview is not over."""

    type: Literal["stop"] = "stop"


class Finish(Event):
    """The interview is over. reason: completed, time, withdrawn (candidate finished early), abandoned."""

    type: Literal["finish"] = "finish"
    reason: Literal["completed", "time", "withdrawn", "abandoned"]


Effect = Say | Hush | Listen | StopListening | Notice | Stop | Finish
