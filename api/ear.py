"""What a room hears: recording -> listener -> recogniser -> the conversation. `api.live` owns one a socket.

Live audio and what must be heard again after a break take the same way: everything is read from the recording, from
one cursor on. So frames that arrive meanwhile are neither missed nor heard twice, and nobody holds up the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

import structlog

from api.recording import RATE, Recording
from interview import events as ev
from interview.listen import AnswerEnded, Listener, SegmentReady, SpeechBegan
from interview.overlap import Overlap
from models.engines import Samples, SpeechToText
from models.errors import EngineError

log = structlog.get_logger("foyer.ear")

SLICE = 2 * RATE
"""Samples judged at once, in about 10 ms; then others have their turn."""
ATTEMPTS = 2

Tell = Callable[[ev.DialogueEvent], None]
Show = Callable[[ev.Caption | ev.Duck], Awaitable[None]]


class Ear:
    """`tell` takes what the conversation should know, `show` what the page should show, `prompt` the words that the
    recogniser may expect. All methods belong to the
    event loop; only recognition runs elsewhere, in `recognition`."""

    def __init__(
        self,
        recording: Recording,
        listener: Listener,
        recogniser: SpeechToText,
        recognition: Executor,
        *,
        language: str,
        prompt: str = "",
        tell: Tell,
        show: Show,
    ) -> None:
        self._recording, self._listener, self._recogniser = recording, listener, recogniser
        self._recognition, self._language, self._prompt = recognition, language, prompt
        self._tell, self._show = tell, show
        self._cursor = recording.samples
        self._more = asyncio.Event()
        self._heard: asyncio.Queue[SegmentReady | ev.DialogueEvent] = asyncio.Queue()
        self._overlap: tuple[str, Overlap] | None = None
        """The utterance that is being played, where it may be interrupted."""
        self._ducked = ""
        """The utterance that the page was told to play more softly."""
        self.speaking = False
        """Somebody is in the middle of a sentence, as far as it was heard."""
        self._behind = 0
        """Dialogue events in the queue: those to come have to wait for them."""

    def start(self, since: float, *, patient: bool = False) -> None:
        """Begin (again) at a capture second that may lie in the past."""
        self._overlap = None
        self._listener.start(since, patient=patient)
        self._cursor = min(self._cursor, max(0, round(since * RATE)))
        self._more.set()

    def stop(self) -> None:
        self._overlap, self.speaking = None, False
        self._listener.stop()

    def watch(self, utterance: str, overlap: Overlap) -> None:
        """While `utterance` is played: does somebody speak over it? Until the next `start` or `stop`."""
        self._overlap = (utterance, overlap)

    def more(self) -> None:
        """The recording has grown."""
        self._more.set()

    async def pressed(self, event: ev.Pressed) -> None:
        """A button: what is still in the air counts, and is recognised first."""
        await self._catch_up()
        for segment in self._listener.flush():
            self._heard.put_nowait(segment)
        self._queue(event)

    def in_order(self, event: ev.DialogueEvent) -> None:
        """Anything else the candidate did: at once, but not before a button that was pressed earlier."""
        if self._behind:
            self._queue(event)
        else:
            self._tell(event)

    async def all_recognised(self) -> None:
        await self._heard.join()

    async def listen(self) -> None:
        """Runs as long as the room: whatever is recorded is heard."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self._catch_up()
            await self._duck()

    async def recognise(self) -> None:
        """Runs as long as the room: stretches of speech to words, in order."""
        while True:
            item = await self._heard.get()
            try:
                if isinstance(item, SegmentReady):
                    await self._understand(item)
                else:
                    self._behind -= 1
                    self._tell(item)
            finally:
                self._heard.task_done()

    def _queue(self, event: ev.DialogueEvent) -> None:
        self._behind += 1
        self._heard.put_nowait(event)

    async def _catch_up(self) -> None:
        while self._hear() and self._cursor < self._recording.samples:
            await asyncio.sleep(0)

    def _hear(self) -> int:
        """The next slice, which may be empty: time for the listener to draw its conclusions. Returns its length."""
        start = self._cursor
        samples = self._recording.read(start, SLICE)
        self._cursor += len(samples)
        self._notice_overlap(samples, start / RATE)
        for heard in self._listener.feed(samples, start / RATE):
            match heard:
                case SpeechBegan(at=at):
                    self.speaking = True
                    self._tell(ev.SpeechStarted(at=at))
                case SegmentReady():
                    self.speaking = False
                    self._heard.put_nowait(heard)
                case AnswerEnded(at=at):
                    self._tell(ev.TurnEnded(at=at))
        return len(samples)

    def _notice_overlap(self, samples: Samples, at: float) -> None:
        if self._overlap is None:
            return
        utterance, overlap = self._overlap
        spoken = overlap.feed(samples, at)
        if spoken is not None:
            self._overlap = None
            self._tell(ev.Overlapped(utterance=utterance, at=spoken.at, share=spoken.share, echo=spoken.echo))

    async def _duck(self) -> None:
        """At the first sound of somebody's voice the interviewer speaks more softly, long before it falls silent."""
        utterance = self._overlap[0] if self._overlap is not None and self._overlap[1].perhaps else ""
        if utterance != self._ducked:
            self._ducked = utterance
            await self._show(ev.Duck(utterance=utterance))

    async def _understand(self, segment: SegmentReady) -> None:
        loop = asyncio.get_running_loop()
        heard = await loop.run_in_executor(self._recognition, self._transcribe, segment)
        if heard is None:
            self._tell(ev.EngineDown(engine=self._recogniser.name))
            heard = ev.Segment(text="", start=segment.start, end=segment.end)
        self._tell(heard)
        if heard.text:
            await self._show(ev.Caption(role="candidate", text=heard.text))
        self._listener.heard(heard.text, start=segment.start)
        self._hear()  # the silence so far may already have ended the answer

    def _transcribe(self, segment: SegmentReady) -> ev.Segment | None:
        """None when the recogniser failed again and again."""
        for _ in range(ATTEMPTS):
            try:
                heard = self._recogniser.transcribe(segment.audio, language=self._language, prompt=self._prompt)
            except EngineError as error:
                log.warning("recogniser.failed", detail=error.detail)
                continue
            words = tuple(
                word.model_copy(update={"start": word.start + segment.start, "end": word.end + segment.start})
                for word in heard.words
            )
            return ev.Segment(
                text=heard.text,
                start=segment.start,
                end=segment.end,
                words=words,
                confidence=heard.confidence,
                engine=heard.engine,
            )
        return None
