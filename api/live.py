"""The candidate's socket: browser <-> this file <-> `interview.dialogue`.

A Room lives exactly as long as its socket. Everything it knows is in the event log and the recording, so a cut line, a
reload and a killed server are one and the same case: a new Room replays the log and listens again from the last words
that were understood. Every dialogue event is committed before its effects are carried out.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from api import recording
from api.wiring import FALLBACK_NOTICE
from interview import events as ev
from interview.dialogue import DialogueState, replay, step, view
from interview.listen import AnswerEnded, Listener, SegmentReady, SpeechBegan
from models.engines import Samples
from models.errors import EngineError, NotFound
from models.records import Interview
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.live")

TICK_SECONDS = 0.5
COMMIT_SECONDS = 1.0
FIRST_FRAME_SECONDS = 10.0
SILENT_SOCKET_SECONDS = 45.0
"""The browser pings every 15 s: three missed, and the line is dead whatever TCP believes."""
BAD_FRAMES = 20
NOTHING: Samples = np.zeros(0, np.int16)
AHEAD_SECONDS = 180.0
"""A sender may be ahead of the clock by the browser's resend ring and a little more, not by hours."""
CLOSE_REPLACED, CLOSE_REFUSED, CLOSE_RESTART = 4000, 4409, 1012


class Rooms:
    """The open rooms of this process, by interview."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._open: dict[str, Room] = {}

    def is_live(self, interview_id: str) -> bool:
        return interview_id in self._open

    def __len__(self) -> int:
        return len(self._open)

    def audio(self, interview_id: str, utterance: str) -> Path:
        """The WAV of an utterance just announced. Raises NotFound."""
        room = self._open.get(interview_id)
        path = room.spoken.get(utterance) if room else None
        if path is None:
            raise NotFound("This sentence is no longer being spoken; the next one comes by itself.")
        return path

    async def join(self, socket: WebSocket, interview: Interview) -> None:
        """Hold the conversation until the socket closes. Refuses politely what cannot be held."""
        await socket.accept()
        hello = await _first_message(socket)
        if hello is None:
            return
        refusal = self._refusal(interview, hello.tab)
        if refusal is not None:
            await _refuse(socket, refusal)
            return
        previous = self._open.get(interview.id)
        if previous is not None:
            await previous.leave(CLOSE_REPLACED)
        room = Room(self._app, interview, socket, hello.tab)
        self._open[interview.id] = room
        try:
            await room.hold()
        finally:
            if self._open.get(interview.id) is room:
                del self._open[interview.id]

    async def close(self) -> None:
        """The service stops: every conversation is saved, and the browsers are told to come back in a moment."""
        await asyncio.gather(*(room.leave(CLOSE_RESTART) for room in list(self._open.values())))

    def _refusal(self, interview: Interview, tab: str) -> ev.Refused | None:
        current = self._open.get(interview.id)
        if interview.state == "completed":
            return ev.Refused(code="ended", text="This interview is complete. Thank you: nothing more is needed.")
        if interview.state not in ("in_progress", "paused"):
            return ev.Refused(code="not_started", text="Please open the link from your e-mail to begin.")
        if current is not None and (not tab or tab != current.tab):
            return ev.Refused(
                code="already_open",
                text="This interview is open in another tab or on another device. Go on there, or close it and retry.",
            )
        if current is None and len(self._open) >= self._app.settings.voice.live_sessions:
            return ev.Refused(
                code="full",
                text="All our interview rooms are taken at the moment. Your place is kept: please try again in some "
                "minutes; your link stays valid.",
            )
        return None


class Room:
    """One socket's share of one interview."""

    def __init__(self, app: App, interview: Interview, socket: WebSocket, tab: str) -> None:
        self._app, self._interview, self._socket, self.tab = app, interview, socket, tab
        self._plan = InterviewPlan.model_validate(interview.plan)
        self._state: DialogueState
        self._seq = 0
        self._recording = recording.Recording(app.recordings, interview.id)
        self._listener = Listener(app.engines.voice_detector(), app.engines.turn_detector)
        self._inbox: asyncio.Queue[ev.DialogueEvent] = asyncio.Queue()
        self._segments: asyncio.Queue[SegmentReady] = asyncio.Queue()
        self._left = asyncio.Event()
        self._done = asyncio.Event()
        self._bad_frames = 0
        self.spoken: dict[str, Path] = {}

    # ------------------------------------------------------------ life

    async def hold(self) -> None:
        """Replay, greet, and run until the socket or the interview ends; then leave everything saved."""
        resumed = await asyncio.to_thread(self._load)
        await self._greet(resumed=resumed)
        self._inbox.put_nowait(ev.Joined())
        workers = [
            asyncio.create_task(work(), name=f"{work.__name__}:{self._interview.id}")
            for work in (self._converse, self._recognise, self._tick, self._acknowledge)
        ]
        receiver = asyncio.create_task(self._receive())
        try:
            await asyncio.wait({receiver, *workers}, return_when=asyncio.FIRST_COMPLETED)
            await self._wind_up(receiver, workers)
        finally:
            for task in (receiver, *workers):
                task.cancel()
            await asyncio.gather(receiver, *workers, return_exceptions=True)
            await asyncio.to_thread(self._recording.commit)
            self._recording.close()
            self._left.set()

    async def leave(self, code: int) -> None:
        """Close from our side and wait until all is saved."""
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code)
        self._done.set()
        await self._left.wait()

    async def _wind_up(self, receiver: asyncio.Task[None], workers: list[asyncio.Task[None]]) -> None:
        """The socket is gone: what was already spoken is still recognised and kept, then the clocks stop."""
        for task in (receiver, *workers):
            if task.done() and not task.cancelled() and task.exception() is not None:
                log.error("room.failed", interview=self._interview.id, exc_info=task.exception())
        if self._finished or workers[0].done() or workers[1].done():
            return
        await self._segments.join()
        self._inbox.put_nowait(ev.Left())
        await self._inbox.join()

    def _load(self) -> bool:
        with self._app.database.reading() as store:
            kept = store.events(self._interview.organisation_id, self._interview.id)
        self._seq = len(kept)
        self._state = replay(self._plan, [(at, ev.dialogue_event.validate_python(event)) for _, at, event in kept])
        return bool(kept)

    async def _greet(self, *, resumed: bool) -> None:
        notes = (FALLBACK_NOTICE,) if self._app.engines.recogniser_is_fallback else ()
        await self._send(
            ev.SessionReady(
                interview=self._interview.id,
                resumed=resumed,
                next_seq=self._recording.next_seq,
                next_offset=self._recording.samples,
                minutes=self._plan.minutes,
                questions=len(self._plan.questions),
                notes=notes,
            )
        )

    # ------------------------------------------------------------ from the browser

    async def _receive(self) -> None:
        """Until the socket closes, falls silent, or `leave` is called."""
        while not self._done.is_set():
            try:
                message = await asyncio.wait_for(self._socket.receive(), SILENT_SOCKET_SECONDS)
            except (TimeoutError, WebSocketDisconnect, RuntimeError):
                return
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                ok = self._audio(message["bytes"])
            else:
                ok = await self._control(message.get("text") or "")
            if not ok and not await self._tolerate():
                return

    def _audio(self, raw: bytes) -> bool:
        try:
            frame = ev.AudioFrame.unpack(raw)
            samples, at = self._recording.add(frame)
        except ValueError:
            return False
        self._hear(samples, at)
        return True

    async def _control(self, text: str) -> bool:
        try:
            message = ev.client_message.validate_json(text)
        except ValidationError:
            return False
        match message:
            case ev.Ping():
                await self._send(ev.Pong())
            case ev.PlaybackEnded():
                self._inbox.put_nowait(ev.Played(utterance=message.utterance, at=message.offset / recording.RATE))
            case ev.Button():
                await self._finish_sentence()
                self._inbox.put_nowait(ev.Pressed(action=message.action))
            case ev.TextAnswer():
                self._inbox.put_nowait(ev.Typed(text=message.text))
            case ev.Visibility():
                self._inbox.put_nowait(ev.Hidden(hidden=message.hidden))
            case _:
                pass  # playback.started and a repeated session.start need no answer
        return True

    async def _tolerate(self) -> bool:
        """Say what is wrong with a frame; give up on a sender that goes on."""
        self._bad_frames += 1
        await self._send(ev.Notice(code="bad_frame", text="A damaged message arrived and was left out."))
        return self._bad_frames < BAD_FRAMES

    # ------------------------------------------------------------ the ear

    def _hear(self, samples: Samples, offset: int) -> None:
        for heard in self._listener.feed(samples, offset / recording.RATE):
            match heard:
                case SpeechBegan(at=at):
                    self._inbox.put_nowait(ev.SpeechStarted(at=at))
                case SegmentReady():
                    self._segments.put_nowait(heard)
                case AnswerEnded(at=at):
                    self._inbox.put_nowait(ev.TurnEnded(at=at))

    def _listen(self, since: float) -> None:
        """Begin (again) at a capture second that may lie in the past: that stretch is heard from the recording."""
        self._listener.start(since)
        self._hear(*self._recording.read(since))

    async def _finish_sentence(self) -> None:
        """A button was pressed: what is still in the air counts."""
        for segment in self._listener.flush():
            self._segments.put_nowait(segment)
        await self._segments.join()

    async def _recognise(self) -> None:
        """Segments to words, in order, off the event loop."""
        while True:
            segment = await self._segments.get()
            try:
                heard = await asyncio.to_thread(self._transcribe, segment)
                if heard is None:
                    self._inbox.put_nowait(ev.EngineDown(engine=self._app.engines.recogniser.name))
                    heard = ev.Segment(text="", start=segment.start, end=segment.end)
                self._inbox.put_nowait(heard)
                if heard.text:
                    await self._send(ev.Caption(role="candidate", text=heard.text))
                self._listener.heard(heard.text, start=segment.start)
                self._hear(NOTHING, self._recording.samples)  # the silence so far may already have ended the answer
            finally:
                self._segments.task_done()

    def _transcribe(self, segment: SegmentReady) -> ev.Segment | None:
        """None when the recogniser failed twice."""
        for _ in range(2):
            try:
                heard = self._app.engines.recogniser.transcribe(segment.audio, language=self._plan.language)
            except EngineError as error:
                log.warning("recogniser.failed", interview=self._interview.id, detail=error.detail)
                continue
            words = tuple(
                word.model_copy(update={"start": word.start + segment.start, "end": word.end + segment.start})
                for word in heard.words
            )
            return ev.Segment(
                text=heard.text, start=segment.start, end=segment.end, words=words, confidence=heard.confidence
            )
        return None

    # ------------------------------------------------------------ the conversation

    async def _converse(self) -> None:
        """The only place where the dialogue moves: step, commit, act."""
        while not self._finished:
            event = await self._inbox.get()
            try:
                await self._advance(event)
            finally:
                self._inbox.task_done()

    async def _advance(self, event: ev.DialogueEvent) -> None:
        now = self._app.clock.now()
        state, effects = step(self._state, event, now)
        if state is self._state and not effects:
            return
        finish = next((effect for effect in effects if isinstance(effect, ev.Finish)), None)
        engines = await asyncio.to_thread(self._app.engines.names) if finish is not None else {}
        await asyncio.to_thread(self._commit, now, event, finish, engines)
        self._state = state
        for effect in effects:
            await self._act(effect)
        await self._send(view(state, now))
        if finish is not None:
            await self._end()

    def _commit(self, now: float, event: ev.DialogueEvent, finish: ev.Finish | None, engines: dict[str, str]) -> None:
        """The event, and with the last one the interview's end, in one transaction."""
        organisation_id, interview_id = self._interview.organisation_id, self._interview.id
        with self._app.database.store() as store:
            store.append_events(organisation_id, interview_id, self._seq, [(now, event.model_dump(mode="json"))])
            if finish is not None:
                store.set_interview_state(
                    organisation_id,
                    interview_id,
                    "completed",
                    now=self._app.now,
                    reason=finish.reason,
                    engines=engines,
                )
        self._seq += 1

    async def _act(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Say():
                self._listener.stop()
                await self._send(await asyncio.to_thread(self._voiced, effect))
            case ev.Listen(since=since):
                self._listen(since)
            case ev.StopListening():
                self._listener.stop()
            case ev.Notice():
                await self._send(effect)
            case ev.Finish():
                self._listener.stop()

    def _voiced(self, say: ev.Say) -> ev.Say:
        """With its audio; without, when the voice fails: the interview goes on in text."""
        try:
            voice = self._app.engines.slow_voice if say.slow else self._app.engines.voice
            self.spoken[say.utterance] = voice.path(say.text, language=self._plan.language)
        except EngineError as error:
            log.warning("voice.failed", interview=self._interview.id, detail=error.detail)
            return say
        return say.model_copy(update={"audio_url": f"/room/audio/{say.utterance}"})

    async def _end(self) -> None:
        await asyncio.to_thread(self._recording.commit)
        await asyncio.to_thread(self._app.pipeline.finish, self._interview.organisation_id, self._interview.id)
        await self._send(ev.Completed(text="That was the last question. Thank you for your time."))
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(1000)

    # ------------------------------------------------------------ clocks

    async def _tick(self) -> None:
        while True:  # `hold` cancels it: were it to return by itself, it would cut the conversation's last step short
            await asyncio.sleep(TICK_SECONDS)
            self._inbox.put_nowait(ev.Tick())

    async def _acknowledge(self) -> None:
        told = -1
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            seq = await asyncio.to_thread(self._recording.commit)
            if seq > told:
                told = seq
                await self._send(ev.Ack(seq=seq))

    # ------------------------------------------------------------ small change

    @property
    def _finished(self) -> bool:
        return view(self._state, self._app.clock.now()).phase == "completed"

    async def _send(self, message: ev.Event) -> None:
        """To the browser, if it is still there; if not, `_receive` is about to notice."""
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.send_text(message.model_dump_json())


async def _first_message(socket: WebSocket) -> ev.SessionStart | None:
    """The opening frame; None when it is anything else, or late (the socket is then closed)."""
    with suppress(TimeoutError, ValidationError, WebSocketDisconnect, KeyError):
        text = await asyncio.wait_for(socket.receive_text(), FIRST_FRAME_SECONDS)
        message = ev.client_message.validate_json(text)
        if isinstance(message, ev.SessionStart):
            return message
    with suppress(RuntimeError):
        await socket.close(1002, "session.start must come first")
    return None


async def _refuse(socket: WebSocket, refusal: ev.Refused) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_text(refusal.model_dump_json())
        await socket.close(CLOSE_REFUSED, refusal.code)
