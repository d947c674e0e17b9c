"""One socket's share of one interview: browser <-> this file <-> `interview.dialogue`. `api.rooms` opens and ends it.

A Room lives exactly as long as its socket. Everything it knows is in the event log and the recording, so a cut line, a
reload and a killed server are one and the same case: a new Room replays the log and listens again from the last words
that were understood. Every dialogue event is committed before its effects are carried out.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import ValidationError

from api.adjusting import adjustment_of
from api.ear import Ear
from api.line import DONE, Line
from api.metrics import TURNS
from api.recording import RATE, Recording, Verdict
from api.suspending import HALTED
from api.unsaved import excuse, first_unsaved
from api.wiring import CANDIDATE_NOTICE
from api.wording import worded
from interview import events as ev
from interview.audio import read_audio
from interview.dialogue import DialogueState, replay, step, view
from interview.expected import expected_words
from interview.listen import Listener
from interview.overlap import Overlap
from models.errors import Conflict, EngineError, NotFound
from models.records import Interview
from models.store import Store
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.live")

TICK_SECONDS = 0.5
COMMIT_SECONDS = 1.0
PUT_SECONDS = 8.0
"""The page keeps what is not in the shared storage; it can keep a minute."""
STANDING_SECONDS = 5.0
"""A room in which nothing happens notices so soon that its interview was withdrawn, or suspended."""
SENTENCE_SECONDS = 20.0
"""Whoever is speaking when interviews are suspended is let finish for so long."""
LOOK_SECONDS = 0.1
BAD_FRAMES = 20
COMPLAINT_SECONDS = 5.0
"""Not every frame of a sender who runs ahead is worth a message."""
IN_FLIGHT_SECONDS = 5.0
"""What a page tells of may lie ahead of the audio that has come in by so much."""
AHEAD_SECONDS = 180.0
"""A sender may be ahead of the clock by the browser's resend ring and a little more, not by hours."""

NOTICES = {
    "bad_frame": "A damaged message arrived and was left out.",
    "slow_down": "Your audio arrives faster than it can have been spoken; what is too early is left out. You can type "
    "your answer.",
    "out_of_step": "Your recording has lost step with ours. Please reload this page to go on speaking; nothing that "
    "was saved is lost.",
}
COMPLAINTS: dict[Verdict, str] = {"ahead": "slow_down", "out_of_step": "out_of_step", "absurd": "bad_frame"}
COMPLETE = ev.Refused(code="ended", text="This interview is complete. Thank you: nothing more is needed.")
RENEWED = ev.Refused(
    code="expired",
    text="A new link was sent for this interview. Please go on with the link from the latest e-mail; your answers so "
    "far are kept.",
)
CLOSED = ev.Refused(
    code="expired", text="This interview has ended. Please contact the employer if you think this is wrong."
)
PAUSED_BY_EMPLOYER = ev.Refused(code="suspended", text=HALTED)
TAKEN = ev.Refused(
    code="already_open", text="Your interview goes on in another window. You can close this one; nothing is lost."
)
"""Another socket has it: nothing is written here any more."""
NOT_STARTED = ev.Refused(code="not_started", text="Please open the link from your e-mail to begin.")


def refusal_of(interview: Interview, session_hash: str | None) -> ev.Refused | None:
    """Why nobody who came in with this session may hold the interview any more; None: they may."""
    if interview.state == "completed":
        return COMPLETE
    if interview.state in ("expired", "withdrawn"):
        return CLOSED
    if interview.session_hash != session_hash:
        return RENEWED
    return None if interview.state in ("in_progress", "paused") else NOT_STARTED


def _still_there(store: Store, interview: Interview) -> Interview | None:
    """The row as it is now; None where its candidate was erased."""
    try:
        return store.interview(interview.organisation_id, interview.id)
    except NotFound:
        return None


class Room:
    """The constructor reads files and may load engines: call it in a thread, then `hold`, once. `holder`: whose the
    interview's lease is as long as nobody takes it."""

    def __init__(
        self, app: App, interview: Interview, line: Line, recognition: Executor, *, holder: str, begun: bool
    ) -> None:
        """`begun`: the page counts its audio already, and goes on by that."""
        self._app, self._interview, self._line, self._holder = app, interview, line, holder
        self._plan = InterviewPlan.model_validate(interview.plan)
        with app.database.reading() as store:
            kept = store.events(interview.organisation_id, interview.id)
            now = store.interview(interview.organisation_id, interview.id)
            application = store.application(interview.organisation_id, interview.application_id)
            asked = store.requirements(interview.organisation_id, application.job_id)
            self._arranged = adjustment_of(store, interview)
        self._seq = len(kept)
        self._state = replay(self._plan, ev.read_log(kept))
        self._notes = (CANDIDATE_NOTICE,) if app.engines.recogniser_is_fallback else ()
        self._inbox: asyncio.Queue[ev.DialogueEvent] = asyncio.Queue()
        self._ending = self._refused = False
        self._saved, self._over = -1, False
        self._bad_frames = 0
        self._complained: dict[str, float] = {}
        self.spoken: dict[str, Path] = {}
        recogniser = app.engines.recogniser
        listener = Listener(app.engines.voice_detector(), app.engines.turn_detector)
        self._recording = Recording(  # last: nothing after it may fail and leave it open
            app.recordings,
            interview.id,
            app.database.seal,
            subject=application.candidate_id,
            pieces=app.pieces(interview.id),
            captured=(now.captured, now.captured_frames),
        )
        self._noted = now.captured
        self._begins = (self._recording.next_seq, self._recording.samples) if begun else self._recording.begins
        began = kept[0][1] if kept else app.clock.now()
        self._came, self._opened = app.clock.now(), time.monotonic()
        self._age = max(self._came - began, self._recording.samples / RATE)
        self._ear = Ear(
            self._recording,
            listener,
            recogniser,
            recognition,
            language=self._plan.language,
            prompt=expected_words(self._plan, asked, app.engines.vocabulary),
            tell=self._inbox.put_nowait,
            show=line.send,
        )

    # ------------------------------------------------------------ life

    async def hold(self) -> None:
        """Greet, and run until the socket or the interview ends; then leave everything saved."""
        tasks: list[asyncio.Task[Any]] = []
        try:
            await asyncio.to_thread(self._recording.reserve)  # else the page would come in only to be sent out again
            await self._greet()
            self._adjust(self._arranged)
            self._inbox.put_nowait(ev.Joined(by=self._line.kind))
            works = (self._converse, self._ear.recognise, self._ear.listen, self._tick, self._acknowledge, self._stand)
            tasks = [asyncio.create_task(work(), name=work.__name__) for work in works]
            ends = [asyncio.create_task(end, name="end") for end in (self._receive(), self._line.gone.wait())]
            tasks += ends
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                task.cancel()
            if (unsaved := first_unsaved(tasks)) is not None:
                await excuse(self._line, self._interview.id, unsaved)
            await self._wind_up(converse=tasks[0], recognise=tasks[1])
        finally:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):
                    log.error("room.failed", interview=self._interview.id, exc_info=result)
            try:
                await asyncio.to_thread(self._hand_in)
            finally:
                await asyncio.to_thread(self._recording.close)

    @property
    def speaking(self) -> bool:
        """The candidate is in the middle of a sentence."""
        return self._ear.speaking

    async def lose(self) -> None:
        """Another node has it: say so, and write nothing more."""
        await self._dismiss(TAKEN)

    async def _wind_up(self, *, converse: asyncio.Task[Any], recognise: asyncio.Task[Any]) -> None:
        """The socket is gone: what was already spoken is still recognised and kept, then the clocks stop.

        The conversation may end meanwhile, or a part of it break: neither will then take what is waiting for it."""
        if self._refused:
            return
        await _unless_over(self._ear.all_recognised(), recognise, converse)
        self._inbox.put_nowait(ev.Left())
        await _unless_over(self._inbox.join(), converse)

    async def _greet(self) -> None:
        await self._line.send(
            ev.SessionReady(
                interview=self._interview.id,
                resumed=self._seq > 0,
                next_seq=self._begins[0],
                next_offset=self._begins[1],
                minutes=self._plan.minutes + self._arranged.extra_minutes,
                questions=len(self._plan.questions),
                asked=self._state.asked,
                notes=self._notes,
            )
        )

    # ------------------------------------------------------------ from the browser

    async def _receive(self) -> None:
        """Until the socket closes, falls silent, or is closed from our side."""
        while (message := await self._line.receive()) is not None:
            if isinstance(message, bytes):
                complaint = self._audio(message)
            else:
                complaint = await self._control(message)
            if complaint is not None:
                await self._complain(complaint)
            if self._bad_frames >= BAD_FRAMES:
                return

    def _audio(self, raw: bytes) -> str | None:
        """What is wrong with a frame, a key of NOTICES; None: nothing."""
        try:
            frame = ev.AudioFrame.unpack(raw)
        except ValueError:
            return "bad_frame"
        spoken = self._age + time.monotonic() - self._opened
        complaint = COMPLAINTS.get(self._recording.add(frame, limit=round((spoken + AHEAD_SECONDS) * RATE)))
        if complaint is None:
            self._ear.more()
        return complaint

    async def _control(self, text: str) -> str | None:
        try:
            message = ev.client_message.validate_json(text)
        except ValidationError:
            return "bad_frame"
        match message:
            case ev.Ping():
                await self._line.send(ev.Pong())
            case ev.PlaybackEnded():
                # An answer that began later than all we have of it would never be heard.
                at = min(max(message.offset, 0), self._recording.samples) / RATE
                self._ear.in_order(ev.Played(utterance=message.utterance, at=at))
            case ev.PlaybackStarted():
                self._playing(message)
                await self._watch(message)
            case ev.PlaybackStopped():
                self._ear.in_order(ev.Silenced(utterance=message.utterance, at=self._second(message.offset)))
            case ev.Button():
                await self._ear.pressed(ev.Pressed(action=message.action))
            case ev.TextAnswer():
                self._ear.in_order(ev.Typed(text=message.text))
            case ev.Composing():
                self._ear.in_order(ev.Writing())
            case ev.Visibility():
                self._ear.in_order(ev.Hidden(hidden=message.hidden, at=self._captured))
            case ev.Paste():
                self._ear.in_order(ev.Pasted(characters=message.characters, at=self._captured))
            case _:
                pass  # a repeated session.start needs no answer
        return None

    def _playing(self, message: ev.PlaybackStarted) -> None:
        path = self.spoken.get(message.utterance) if message.aloud else None
        if message.offset is not None:
            self._ear.in_order(
                ev.Playing(
                    utterance=message.utterance,
                    at=self._second(message.offset),
                    position=message.position,
                    voice=path.stem if path is not None else "",
                )
            )

    @property
    def _captured(self) -> float | None:
        """The capture second of this moment; None while no microphone has run."""
        return self._recording.samples / RATE if self._recording.samples else None

    def _second(self, offset: int) -> float:
        """A page's capture sample, as far as it can be believed."""
        return min(max(offset, 0) / RATE, self._recording.samples / RATE + IN_FLIGHT_SECONDS)

    async def _watch(self, message: ev.PlaybackStarted) -> None:
        """From now on the candidate may speak over what they hear."""
        say = self._state.say
        if say is None or say.utterance != message.utterance or not say.interruptible or message.offset is None:
            return
        path = self.spoken.get(say.utterance)
        voice = (await asyncio.to_thread(read_audio, path)).samples if path is not None else None
        overlap = Overlap(self._app.engines.voice_detector(), started=self._second(message.offset), voice=voice)
        if self._state.say is say:
            self._ear.watch(say.utterance, overlap)

    async def _complain(self, code: str) -> None:
        """Say what is wrong. Only damage counts against a sender: who is merely out of step would come back just as
        he left."""
        now = time.monotonic()
        if code == "bad_frame":
            self._bad_frames += 1
        if code == "bad_frame" or now - self._complained.get(code, -COMPLAINT_SECONDS) >= COMPLAINT_SECONDS:
            self._complained[code] = now
            await self._line.send(ev.Notice(code=code, text=NOTICES[code]))

    # ------------------------------------------------------------ the conversation

    async def _converse(self) -> None:
        """The only place where the dialogue moves: step, commit, act."""
        while not (self._finished or self._refused):
            event = await self._inbox.get()
            try:
                await self._advance(event)
            finally:
                self._inbox.task_done()

    async def _advance(self, event: ev.DialogueEvent) -> None:
        now, began = self._now, time.monotonic()
        state, effects = step(self._state, event, now)
        if state is self._state and not effects:
            return
        finish = next((effect for effect in effects if isinstance(effect, ev.Finish)), None)
        self._ending = finish is not None
        engines = await asyncio.to_thread(self._engines) if finish is not None else {}
        refusal = await asyncio.to_thread(self._commit, now, event, finish, engines)
        if refusal is not None:
            await self._dismiss(refusal)
            return
        before, self._state = self._state, state
        for effect in effects:
            await self._act(await self._reworded(before, effect) if isinstance(effect, ev.Say) else effect)
        if isinstance(event, ev.TurnEnded | ev.Typed) and any(isinstance(effect, ev.Say) for effect in effects):
            TURNS.observe(time.monotonic() - began)
        await self._line.send(view(self._state, now))
        if finish is not None:
            await self._end()

    async def _reworded(self, before: DialogueState, say: ev.Say) -> ev.Say:
        """A follow-up may get other words, which are in the log before they are said."""
        event = await worded(self._app.engines.language_model, before, self._state)
        if event is None:
            return say
        now = self._now
        state, _ = step(self._state, event, now)
        refusal = await asyncio.to_thread(self._commit, now, event, None, {})
        if refusal is not None:
            await self._dismiss(refusal)
            return say
        self._state = state
        return state.say or say

    def _commit(
        self, now: float, event: ev.DialogueEvent, finish: ev.Finish | None, engines: dict[str, str]
    ) -> ev.Refused | None:
        """The event, and with the last one the interview's end, in one transaction. Not when the interview was closed,
        handed to another browser or taken by another node, since this one came in: then why."""
        try:
            with self._app.database.store() as store:
                refusal = self._refusal(store)
                if refusal is None:
                    self._append(store, now, event, finish, engines)
        except Conflict:  # another wrote this number: the log is theirs
            return TAKEN
        self._seq += refusal is None
        return refusal

    def _refusal(self, store: Store) -> ev.Refused | None:
        current = _still_there(store, self._interview)
        if current is None:
            return CLOSED
        if (refusal := refusal_of(current, self._interview.session_hash)) is not None:
            return refusal
        return None if store.still_holds(current.organisation_id, current.id, self._holder) else TAKEN

    def _append(
        self,
        store: Store,
        now: float,
        event: ev.DialogueEvent,
        finish: ev.Finish | None,
        engines: dict[str, str],
    ) -> None:
        organisation_id, interview_id = self._interview.organisation_id, self._interview.id
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

    def _engines(self) -> dict[str, str]:
        """What ran. Where another recogniser had to step in: how much each of them heard."""
        names = self._app.engines.names()
        with self._app.database.reading() as store:
            kept = [event for *_, event in store.events(self._interview.organisation_id, self._interview.id)]
        heard = [event.get("engine") or names["recogniser"] for event in kept if event["type"] == "segment"]
        if set(heard) - {names["recogniser"]}:
            shares = Counter(heard).most_common()
            names["recogniser"] = "; ".join(f"{name} ({count} of {len(heard)} stretches)" for name, count in shares)
        return names

    async def _act(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Say():
                self._ear.stop()
                await self._line.send(await asyncio.to_thread(self._voiced, effect))
            case ev.Listen(since=since, patient=patient):
                self._ear.start(since, patient=patient)
            case ev.StopListening():
                self._ear.stop()
            case ev.Notice() | ev.Hush():
                await self._line.send(effect)
            case ev.Stop():
                self._ear.stop()
                await self._line.refuse(PAUSED_BY_EMPLOYER)
            case ev.Finish():
                self._ear.stop()

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
        await asyncio.to_thread(self._hand_in)
        self._over = True  # what comes in from now on is no part of it
        await asyncio.to_thread(self._app.pipeline.finish, self._interview.organisation_id, self._interview.id)
        ended_early = self._state.reason == "withdrawn"
        text = "You ended the interview here. What you said is kept." if ended_early else "That was the last question."
        await self._line.send(ev.Completed(text=f"{text} Thank you for your time."))
        await self._line.close(DONE)

    async def _dismiss(self, refusal: ev.Refused) -> None:
        self._refused = True
        self._ear.stop()
        await self._line.refuse(refusal)

    @property
    def _finished(self) -> bool:
        return view(self._state, self._now).phase == "completed"

    # ------------------------------------------------------------ clocks

    @property
    def _now(self) -> float:
        """Epoch seconds as they run in this room: whoever sets the machine's clock does not move the interview."""
        return self._came + time.monotonic() - self._opened

    async def _tick(self) -> None:
        while True:  # `hold` cancels it: were it to return by itself, it would cut the conversation's last step short
            await asyncio.sleep(TICK_SECONDS)
            self._inbox.put_nowait(ev.Tick())

    async def _acknowledge(self) -> None:
        told, put_at = -1, time.monotonic()
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            if time.monotonic() - put_at < PUT_SECONDS:
                await asyncio.to_thread(self._save)
            else:
                await asyncio.to_thread(self._hand_in)
                put_at = time.monotonic()
            seq = self._recording.safe - 1 if self._recording.shared else self._saved
            if seq > told:
                told = seq
                await self._line.send(ev.Ack(seq=seq))

    def _save(self) -> None:
        """On this machine's disk; other nodes know how far it got."""
        self._saved = self._recording.commit()
        samples, frames = self._recording.durable
        if self._recording.shared and not self._over and samples > self._noted:
            with self._app.database.store() as store:
                store.note_captured(self._interview.organisation_id, self._interview.id, samples, frames)
            self._noted = samples

    def _hand_in(self) -> None:
        """And into the storage that the nodes share. While that is away the page keeps the last minute, this machine
        all of it."""
        self._save()
        if self._over:
            return
        try:
            self._recording.put()
        except (EngineError, OSError) as error:
            log.warning("piece.not_put", interview=self._interview.id, detail=str(error))

    async def _stand(self) -> None:
        """Nobody is recorded for long whose interview was closed, or goes on elsewhere."""
        while not self._refused:
            await asyncio.sleep(STANDING_SECONDS)
            refusal, arranged, halted = await asyncio.to_thread(self._standing)
            self._adjust(arranged)
            if refusal is not None and not self._ending:
                await self._dismiss(refusal)
            elif halted:
                await self._stop_politely()
        await asyncio.Event().wait()

    def _adjust(self, arranged: ev.Adjusted) -> None:
        """What is arranged holds from now on, also when it is asked for in mid-interview."""
        if arranged != self._state.adjusted:
            self._inbox.put_nowait(arranged)

    async def _stop_politely(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SENTENCE_SECONDS):
                while self.speaking:
                    await asyncio.sleep(LOOK_SECONDS)
        self._inbox.put_nowait(ev.Suspended())

    def _standing(self) -> tuple[ev.Refused | None, ev.Adjusted, bool]:
        """Why the room must close, what is arranged, and whether a person has suspended interviews."""
        with self._app.database.reading() as store:
            current = _still_there(store, self._interview)
            if current is None:
                return CLOSED, self._state.adjusted, False
            arranged = adjustment_of(store, current)
            halted = store.halted(current.organisation_id, current.application_id) is not None
        refusal = refusal_of(current, self._interview.session_hash)
        if current.cut_off_at is not None and not halted and refusal is None:
            with self._app.database.store() as store:
                store.taken_up(current.organisation_id, current.id)
        return refusal, arranged, halted


async def _unless_over(wait: Coroutine[Any, Any, None], *workers: asyncio.Task[Any]) -> None:
    """Wait, but not for a worker that has ended."""
    waiting = asyncio.create_task(wait)
    await asyncio.wait({waiting, *workers}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
