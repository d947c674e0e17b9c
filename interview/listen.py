"""The ear: audio frames in, listener events out. `api.live` feeds it from the candidate's socket, `foyer listen` from
a file.

    samples -> SpeechGate (is this voice?) -> stretches between pauses -> SegmentReady -> the caller recognises it
            -> heard(text) -> TurnDetector -> wait 0.8, 1.5, 2.1 or 4.3 s of silence -> AnswerEnded

No threads and no clock: all waiting is counted in samples, so the same audio gives the same events however it is cut
into chunks and however fast it comes. Only the recogniser's delay is real: an answer never ends before its last
words are known.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from models.engines import Pcm, Samples, SpeechToText, TurnDetector, TurnView, VoiceDetector
from models.errors import BadRequest
from models.values import Heard, Word

SUPPORTED_GAP = 30.0
"""Missing audio up to this many seconds is taken for silence; more is a mistake of the caller."""
KEPT_WHILE_STOPPED = 2.0
"""Seconds kept while nobody listens, so that an answer may begin a little before `start` was called."""
TURN_AUDIO = 8.0
"""Seconds of audio shown to the turn detector."""


@dataclass(frozen=True)
class ListenPolicy:
    """All times in seconds of audio. Origins of the defaults: Silero (on, off), measured recordings (the rest)."""

    on: float = 0.5
    off: float = 0.35
    min_speech: float = 0.12
    pause: float = 0.3
    """Silence that closes a stretch and sends it to the recogniser."""
    preroll: float = 0.4
    tail: float = 0.2
    """Silence left at the end of a stretch; recognisers lose final consonants without it."""
    complete_wait: float = 0.8
    incomplete_wait: float = 4.3
    """People stop for four seconds in the middle of a clause and go on."""
    short_wait: float = 1.5
    """For what may be over: long enough for a second thought, short enough for a plain "yes"."""
    doubtful_wait: float = 2.1
    p_complete: float = 0.5
    p_perhaps: float = 0.3
    p_hardly: float = 0.15
    """From these probabilities on an answer waits `complete_wait`, `short_wait`, `doubtful_wait`; below the last, which
    is for those that end on "because", `incomplete_wait`."""
    max_segment: float = 15.0
    patience: float = 2.0
    """How many times longer all waits are for somebody who asked for time."""


@dataclass(frozen=True)
class SpeechBegan:
    """`at`: capture second of the first voiced sample after a pause."""

    at: float


@dataclass(frozen=True)
class SegmentReady:
    """A stretch of speech between pauses, with its pre-roll; `audio` spans capture seconds start..end."""

    start: float
    end: float
    audio: Pcm


@dataclass(frozen=True)
class AnswerEnded:
    """`at`: capture second of the answer's last voiced sample."""

    at: float


ListenEvent = SpeechBegan | SegmentReady | AnswerEnded


class SpeechGate:
    """Hysteresis over frame probabilities: opens after `min_speech` above `on`, closes after `pause` below `off`.

    Positions are in samples from where the caller starts to count."""

    def __init__(self, policy: ListenPolicy, rate: int) -> None:
        self._on, self._off = policy.on, policy.off
        self._min_speech, self._pause = policy.min_speech * rate, policy.pause * rate
        self.open = False
        self.first = 0
        self.last = 0
        self._run: int | None = None

    @property
    def undecided(self) -> bool:
        """Something began that may yet turn out to be speech."""
        return self._run is not None

    def step(self, probability: float, start: int, end: int) -> str | None:
        """One frame start..end. Returns "began", "paused" or None; `first` and `last` bound the voiced samples."""
        if self.open:
            if probability >= self._off:
                self.last = end
            elif end - self.last >= self._pause:
                self.open = False
                return "paused"
            return None
        if probability < (self._on if self._run is None else self._off):
            self._run = None
            return None
        if self._run is None:
            self._run = start
        if end - self._run < self._min_speech:
            return None
        self.first, self.last, self._run, self.open = self._run, end, None, True
        return "began"


class Listener:
    """One candidate's ear. Not thread-safe: feed and heard belong to one thread or task."""

    def __init__(self, vad: VoiceDetector, turns: TurnDetector, policy: ListenPolicy = ListenPolicy()) -> None:
        self._vad, self._turns, self.policy = vad, turns, policy
        self._rate, self._frame = vad.rate, vad.frame
        self._audio: Samples = np.zeros(0, dtype=np.int16)
        self._origin: int | None = None
        """Capture sample of `_audio[0]`; None until the first feed says where we are."""
        self.listening = self._patient = False
        self._begin(0)

    def _begin(self, position: int) -> None:
        self._position = position  # capture sample up to which the audio has been judged
        self._floor = position  # no stretch reaches back beyond this
        self._gate = SpeechGate(self.policy, self._rate)
        self._loudness: list[float] = []  # of the open stretch's frames
        self._pending: deque[float] = deque()  # starts of the stretches not yet heard
        self._texts: list[str] = []
        self._wait: int | None = None
        self._turn_audio: Pcm | None = None
        self._speech: list[tuple[float, float]] = []

    @property
    def position(self) -> float:
        """Capture second up to which the audio has been judged."""
        return self._position / self._rate

    @property
    def speech(self) -> tuple[tuple[float, float], ...]:
        """The voiced stretches of this answer, capture seconds, without pre-roll."""
        return tuple(self._speech)

    def start(self, since: float, *, patient: bool = False) -> None:
        """Begin a new answer at capture second `since`: earlier audio is ignored, texts still owed are forgotten.
        `since` may lie up to two seconds back; from further back the caller feeds the audio again."""
        position = round(since * self._rate)
        if self._origin is not None and position < self._origin:
            self._origin, self._audio = None, self._audio[:0]
        self._begin(position)
        self._patient = patient
        self._vad.reset()
        self.listening = True

    def stop(self) -> None:
        """Stop listening; what is being spoken is dropped (`flush` first to keep it)."""
        self.listening = False

    def flush(self) -> list[SegmentReady]:
        """The stretch that is being spoken (none or one), cut off here: somebody pressed "Done", or the file ended."""
        if not (self.listening and self._gate.open):
            return []
        self._gate.open = False
        return [self._cut(self._start_of_stretch(), self._position)]

    def feed(self, samples: Samples, at: float) -> list[ListenEvent]:
        """int16 at 16 kHz, `at` = capture second of the first one. A chunk of more than half a second may be judged
        only up to a pause that could end the answer; the next feed (an empty one will do) goes on from there."""
        self._append(samples, round(at * self._rate))
        events: list[ListenEvent] = []
        if not self.listening or self._origin is None:
            self._forget()
            return events
        self._position = max(self._position, self._origin)
        owed = len(self._pending)
        while self.listening and not self._ended(events):
            offset = self._position - self._origin
            if offset + self._frame > len(self._audio) or self._must_ask(owed):
                break
            self._judge(self._audio[offset : offset + self._frame], events)
        self._forget()
        return events

    def heard(self, text: str, *, start: float | None = None) -> None:
        """The text of the oldest stretch not yet heard; `start` (its SegmentReady.start) guards against a text of an
        earlier answer that comes late. Unknown ones are ignored."""
        if not self._pending or (start is not None and start != self._pending[0]):
            return
        self._pending.popleft()
        if text.strip():
            self._texts.append(text.strip())
        if not self._pending:
            times = self.policy.patience if self._patient else 1.0
            self._wait = round(times * self._patience() * self._rate)

    def _patience(self) -> float:
        """Seconds of silence that end the answer as it stands."""
        policy, text = self.policy, " ".join(self._texts)
        if not text:
            return policy.short_wait
        p_complete = self._turns.p_complete(TurnView(text, self._turn_audio))
        if p_complete >= policy.p_complete:
            return policy.complete_wait
        if p_complete >= policy.p_perhaps:
            return policy.short_wait
        return policy.doubtful_wait if p_complete >= policy.p_hardly else policy.incomplete_wait

    def _append(self, samples: Samples, position: int) -> None:
        if self._origin is None:
            self._origin = position
        gap = position - (self._origin + len(self._audio))
        if gap > SUPPORTED_GAP * self._rate:
            raise BadRequest(f"{gap / self._rate:.0f} s of audio are missing before {position / self._rate:.1f} s.")
        if gap > 0:
            samples = np.concatenate([np.zeros(gap, dtype=np.int16), samples])
        elif gap < 0:
            samples = samples[-gap:]
        self._audio = np.concatenate([self._audio, samples])

    def _forget(self) -> None:
        """Drop what nobody can ask for any more."""
        if self._origin is None:
            return
        if self.listening:
            stretch = self._start_of_stretch() if self._gate.open else self._position
            keep = min(stretch, self._position - round(TURN_AUDIO * self._rate))
        else:
            keep = self._origin + len(self._audio) - round(KEPT_WHILE_STOPPED * self._rate)
        excess = keep - self._origin
        if excess > self._rate:  # at most once a second: each cut copies
            self._audio, self._origin = self._audio[excess:].copy(), keep

    def _ended(self, events: list[ListenEvent]) -> bool:
        """Silence has lasted long enough, and all that was said is known."""
        if self._wait is None or self._pending or self._gate.open or self._gate.undecided:
            return False
        if self._position - self._gate.last < self._wait:
            return False
        events.append(AnswerEnded(self._gate.last / self._rate))
        self.listening = False
        return True

    def _must_ask(self, owed: int) -> bool:
        """A stretch of this very chunk could by now be the whole answer: the caller has to recognise it first."""
        if len(self._pending) <= owed or self._gate.open or self._gate.undecided:
            return False
        return self._position - self._gate.last >= self.policy.complete_wait * self._rate

    def _judge(self, frame: Samples, events: list[ListenEvent]) -> None:
        start, end = self._position, self._position + self._frame
        probability = self._vad.speech(frame)
        self._position = end
        change = self._gate.step(probability, start, end)
        if change == "began":
            self._loudness = []
            events.append(SpeechBegan(self._gate.first / self._rate))
        elif change == "paused":
            tail_end = self._gate.last + round(self.policy.tail * self._rate)
            events.append(self._cut(self._start_of_stretch(), min(tail_end, end)))
        if self._gate.open:
            self._loudness.append(float(np.abs(frame.astype(np.float32)).mean()))
            if end - self._start_of_stretch() >= self.policy.max_segment * self._rate:
                events.append(self._split(end))

    def _start_of_stretch(self) -> int:
        """Capture sample where the open stretch's audio begins: its pre-roll, but no audio twice."""
        return max(self._floor, self._gate.first - round(self.policy.preroll * self._rate), self._origin or 0)

    def _split(self, end: int) -> SegmentReady:
        """A monologue without a pause is cut at the quietest 100 ms of its second half, and goes on."""
        half = len(self._loudness) // 2
        quiet = np.convolve(self._loudness[half:], np.ones(3), mode="same")
        quiet[0] = quiet[-1] = np.inf
        index = half + int(np.argmin(quiet))
        behind = len(self._loudness) - index - 1
        middle = end - behind * self._frame - self._frame // 2
        segment = self._cut(self._start_of_stretch(), middle)
        self._gate.first = middle
        self._loudness = self._loudness[index + 1 :]
        return segment

    def _cut(self, start: int, end: int) -> SegmentReady:
        assert self._origin is not None
        audio = self._audio[start - self._origin : end - self._origin]
        tail = self._audio[max(0, end - self._origin - round(TURN_AUDIO * self._rate)) : end - self._origin]
        self._turn_audio = Pcm(tail.tobytes(), self._rate)
        self._floor = end
        self._speech.append((self._gate.first / self._rate, min(self._gate.last, end) / self._rate))
        self._pending.append(start / self._rate)
        return SegmentReady(start / self._rate, end / self._rate, Pcm(audio.tobytes(), self._rate))


@dataclass(frozen=True)
class RecordedTurn:
    """One answer of a recording, in seconds of the file: from its first to its last voiced sample."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Recording:
    """What `foyer listen` prints. `speech`: every voiced stretch, whatever was made of it. `waits`: for each turn but
    one that the file's end cut short, the silence after which it was judged over, seconds."""

    turns: tuple[RecordedTurn, ...]
    speech: tuple[tuple[float, float], ...]
    waits: tuple[float, ...]


def transcribe_recording(
    audio: Pcm,
    stt: SpeechToText,
    vad: VoiceDetector,
    turns: TurnDetector,
    policy: ListenPolicy = ListenPolicy(),
) -> Recording:
    """Run a whole recording through the ear, as if it were spoken now by someone whose recogniser takes no time."""
    if audio.rate != vad.rate:
        raise BadRequest(f"The voice detector hears {vad.rate} Hz, not {audio.rate} Hz; convert the recording first.")
    listener, samples, ear = Listener(vad, turns, policy), audio.samples, _Notes(stt)
    listener.start(0.0)
    for offset in range(0, len(samples), vad.frame):
        for event in listener.feed(samples[offset : offset + vad.frame], offset / audio.rate):
            if isinstance(event, SegmentReady):
                ear.recognise(event, listener)
            elif isinstance(event, AnswerEnded):
                ear.waits.append(listener.position - event.at)
                ear.close(listener)
                listener.start(listener.position)
    for segment in listener.flush():
        ear.recognise(segment, listener)
    ear.close(listener)
    return Recording(tuple(ear.turns), tuple(ear.speech), tuple(ear.waits))


class _Notes:
    """What has been understood of a recording so far."""

    def __init__(self, stt: SpeechToText) -> None:
        self._stt = stt
        self._parts: list[Heard] = []
        self.turns: list[RecordedTurn] = []
        self.speech: list[tuple[float, float]] = []
        self.waits: list[float] = []

    def recognise(self, segment: SegmentReady, listener: Listener) -> None:
        part = self._stt.transcribe(segment.audio)
        words = tuple(
            word.model_copy(update={"start": word.start + segment.start, "end": word.end + segment.start})
            for word in part.words
        )
        self._parts.append(part.model_copy(update={"words": words}))
        listener.heard(part.text, start=segment.start)

    def close(self, listener: Listener) -> None:
        speech = listener.speech
        self.speech.extend(speech)
        if speech:
            text = " ".join(part.text for part in self._parts if part.text)
            words = tuple(word for part in self._parts for word in part.words)
            self.turns.append(RecordedTurn(speech[0][0], speech[-1][1], text, words))
        self._parts = []
