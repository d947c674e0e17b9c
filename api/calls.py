"""Interviews over LiveKit, in the process that a webhook reaches: who comes into a room is spoken with there. From a
page with the room's cookie the interview begins at once; who calls by telephone enters a code and agrees first.

Part of `foyer serve`: rooms, places, leases and draining are those of every other interview (`api.rooms`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog

from api import dialling
from api.line import Kind
from api.media_line import MediaLine, aloud
from api.security import digest
from integrations.livekit import INTERVIEWER, Happening, MediaServer
from interview import dial_in as di
from interview import events as ev
from interview.audio import RATE, read_audio
from interview.listen import Listener, SegmentReady
from models.engines import Key, MediaRoom, Pcm, Sound
from models.errors import EngineError, FoyerError, NotFound
from models.records import Channel, Interview
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.calls")

PAGE = "interview-"
"""How the rooms of pages begin; all others are telephone calls."""
SEEN_SECONDS = 1800.0
QUIET_SECONDS = 12.0
LONGEST_SECONDS = 420.0
"""From the first ring to consent."""
LOOK_SECONDS = 0.5


def server_of(channel: Channel) -> MediaServer:
    return MediaServer(*(str(channel.config.get(name, "")) for name in ("url", "key", "secret")))


def mark(interview: Interview) -> str:
    """Whose token it was: void as soon as another browser holds the interview."""
    return digest(interview.session_hash or "")[:16]


class Calls:
    """The calls of this process. `answer` may also be handed a room of another kind."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._held: set[asyncio.Task[None]] = set()

    async def happened(self, channel: Channel, found: Happening) -> bool:
        """Act on a webhook, once, whichever nodes it is sent to. Returns at once, and whether it was new."""
        if not await asyncio.to_thread(self._first, found):
            return False
        came = found.what == "participant_joined" and found.identity != INTERVIEWER
        # A node that died leaves the candidate alone in the room: whoever hears of it goes on.
        left_alone = found.what == "participant_left" and found.identity == INTERVIEWER and found.others > 0
        if not self._app.rooms.stopping and (came or left_alone):
            self._keep(self._join(channel, found))
        return True

    def _first(self, found: Happening) -> bool:
        with self._app.database.system() as system:
            return system.is_first(digest(found.id)[:32], self._app.now, SEEN_SECONDS)

    async def _join(self, channel: Channel, found: Happening) -> None:
        try:
            room = await self._app.engines.media_room(server_of(channel), found.room)
        except FoyerError as error:
            log.error("call.not_answered", detail=error.detail)
            return
        if found.room.startswith(PAGE):
            await self.page(room, channel.organisation_id, found)
        else:
            await self.answer(room, channel.organisation_id, name=found.room, caller=found.caller)

    def _keep(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work, name="call")  # type: ignore[arg-type]
        self._held.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call.failed", exc_info=error)

    async def close(self) -> None:
        """After `Rooms.close`: who has not come so far as to an interview can call again."""
        for task in list(self._held):
            task.cancel()
        await asyncio.gather(*self._held, return_exceptions=True)

    # ------------------------------------------------------------ a page

    async def page(self, room: MediaRoom, organisation_id: str, found: Happening) -> None:
        interview_id, _, whose = found.room.removeprefix(PAGE).partition(".")
        try:
            interview = await asyncio.to_thread(self._interview, organisation_id, interview_id)
        except NotFound:
            await room.close()
            return
        if whose != mark(interview):  # its token was given to a browser that holds the interview no more
            await room.close()
            return
        await self._converse(room, "page", interview)

    def _interview(self, organisation_id: str, interview_id: str) -> Interview:
        with self._app.database.reading() as store:
            return store.interview(organisation_id, interview_id)

    async def _converse(self, room: MediaRoom, kind: Kind, interview: Interview) -> None:
        language = InterviewPlan.model_validate(interview.plan).language
        voice = partial(self._app.engines.voice.path, language=language)
        line = MediaLine(room, kind, spoken=partial(self._app.rooms.audio, interview), voice=voice)
        running = asyncio.create_task(line.run(), name="media-line")
        try:
            await self._app.rooms.converse(line, ev.SessionStart(tab=kind, take_over=True), interview)
        finally:
            line.gone.set()
            await running

    # ------------------------------------------------------------ a telephone

    async def answer(self, room: MediaRoom, organisation_id: str, *, name: str, caller: str) -> None:
        """From the first ring to the end of the call."""
        try:
            call_id, known = await asyncio.to_thread(self._begun, organisation_id, name, caller)
            interview = known or await _Reception(self._app, room, organisation_id, call_id).receive()
            if interview is not None:
                await self._converse(room, "telephone", interview)
        finally:
            await room.close()

    def _begun(self, organisation_id: str, name: str, caller: str) -> tuple[str, Interview | None]:
        """The call, and its interview where consent was given in it before another node took it over."""
        key = self._app.signer.code_hash
        with self._app.database.store() as store:
            call = store.begin_call(
                organisation_id,
                room=key(organisation_id, f"room:{name}"),
                caller=key(organisation_id, f"caller:{caller}") if caller else "",
                now=self._app.now,
            )
            agreed = call.consented_at is not None and call.interview_id is not None
            return call.id, store.interview(organisation_id, call.interview_id or "") if agreed else None


class _Reception:
    """One caller before the interview. Nothing that is heard here is kept."""

    def __init__(self, app: App, room: MediaRoom, organisation_id: str, call_id: str) -> None:
        self._app, self._room, self._own, self._call = app, room, organisation_id, call_id
        self._state = di.DialIn()
        self._speaking: asyncio.Task[None] | None = None
        self._listener: Listener | None = None
        self._samples = 0
        self._since = 0.0
        self._interview: Interview | None = None
        self._over = False

    async def receive(self) -> Interview | None:
        """The interview that was agreed to; None where the call ends here."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._do(di.Came())
                while not self._over and self._interview is None:
                    await self._next()
        except TimeoutError:
            return None
        finally:
            if self._speaking is not None:
                self._speaking.cancel()
        return self._interview

    async def _next(self) -> None:
        loop = asyncio.get_running_loop()
        quiet = self._speaking is None or self._speaking.done()
        if not quiet:
            self._since = loop.time()
        try:
            signal = await asyncio.wait_for(self._room.receive(), LOOK_SECONDS)
        except TimeoutError:
            signal = Sound(Pcm(b""), loop.time())
        match signal:
            case None:
                self._over = True
            case Key(key=key):
                self._since = loop.time()
                self._hush()
                await self._do(di.Pressed(key))
            case Sound(audio=audio) if quiet and self._state.hears:
                await self._hear(audio)
            case _:
                pass
        if quiet and loop.time() - self._since > QUIET_SECONDS and not self._over:
            self._since = loop.time()
            await self._do(di.Quiet())

    async def _hear(self, audio: Pcm) -> None:
        """Half duplex: only once everything was said."""
        if self._listener is None:
            engines = self._app.engines
            self._listener, self._samples = Listener(engines.voice_detector(), engines.turn_detector), 0
            self._listener.start(0.0)
        events = self._listener.feed(audio.samples, self._samples / RATE)
        self._samples += len(audio.samples)
        for each in events:
            if isinstance(each, SegmentReady):
                said = await asyncio.to_thread(self._recognised, each)
                self._since = asyncio.get_running_loop().time()
                await self._do(di.Said(said))
                return

    def _recognised(self, segment: SegmentReady) -> str:
        try:
            heard = self._app.engines.recogniser.transcribe(
                segment.audio, language=self._state.language, prompt="yes. no."
            )
        except EngineError as error:
            log.warning("call.not_heard", detail=error.detail)
            return ""
        return heard.text

    async def _do(self, event: di.Event) -> None:
        """What happened, and whatever follows from it."""
        self._state, effects = di.step(self._state, event)
        for effect in effects:
            match effect:
                case di.Speak(text=text):
                    await self._say(text)
                case di.Try(code=code):
                    found = await asyncio.to_thread(dialling.tried, self._app, self._own, self._call, code)
                    await self._do(found)
                case di.Agreed():
                    await self._agreed()
                case di.HangUp():
                    await self._said()
                    self._over = True

    async def _agreed(self) -> None:
        found = await asyncio.to_thread(dialling.agreed, self._app, self._own, self._call)
        if isinstance(found, Interview):
            await self._said()
            self._interview = found
            return
        self._hush()
        await self._say(found)
        await self._said()
        self._over = True

    # ------------------------------------------------------------ what is said

    async def _say(self, text: str) -> None:
        self._hush()
        self._listener = None
        make: Callable[[], Pcm] = partial(self._voiced, text)
        try:
            audio = await asyncio.to_thread(make)
        except FoyerError as error:
            log.error("call.voiceless", detail=error.detail)
            self._over = True
            return
        self._speaking = asyncio.create_task(aloud(self._room, audio.samples), name="reception")

    def _voiced(self, text: str) -> Pcm:
        return read_audio(self._app.engines.voice.path(text, language=self._state.language))

    def _hush(self) -> None:
        if self._speaking is not None and not self._speaking.done():
            self._speaking.cancel()
            self._room.clear()
        self._speaking = None

    async def _said(self) -> None:
        """Until the last sentence was heard, or the other end is gone."""
        while self._speaking is not None and not self._speaking.done():
            try:
                signal = await asyncio.wait_for(self._room.receive(), LOOK_SECONDS)
            except TimeoutError:
                continue
            if signal is None:
                self._over = True
                return
