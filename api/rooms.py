"""The open rooms of this process: who may come in, and that an interview is held in one place at a time, also among
several nodes of one database (`api.holding`)."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from fastapi import WebSocket

from api.bookings import Full, admit
from api.holding import LOOK_SECONDS as ASK_SECONDS
from api.holding import Elsewhere, Holder, Holding
from api.line import REPLACED, RESTART, Line, SocketLine
from api.live import LOOK_SECONDS, PAUSED_BY_EMPLOYER, Room, refusal_of
from api.unsaved import excuse, is_unsaved
from interview import events as ev
from interview.dialogue import begin, step
from models.errors import Busy, NoSpace, NotFound
from models.records import Interview
from models.store import Store
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.rooms")

OTHER_INTERVIEW = ev.Refused(
    code="expired",
    text="Another interview was opened in this browser, so this window cannot go on with its own. Please open this "
    "interview's link from its e-mail again.",
)
ELSEWHERE = ev.Refused(
    code="already_open",
    text="This interview is open in another tab. Go on there, or go on here instead.",
)
STOPPING = ev.Notice(
    code="stopping",
    text="The service is restarted. Finish your sentence: then the interview pauses, and this page goes on by itself "
    "in a minute, where you were. If it does not, open the link from your e-mail again; everything you said is kept.",
)
FULL = ev.Refused(
    code="full",
    text="All our interview rooms are taken at the moment. Nothing you said is lost: please try again in some minutes; "
    "your link stays valid.",
)


class Seat:
    """One socket's place at one interview, from before its room is built until all is saved."""

    def __init__(self, line: Line, hello: ev.SessionStart, holder: Holder, interview: Interview) -> None:
        self.holder, self.interview = holder, interview
        self._begun = hello.begun
        self.held = False
        """The lease names it."""
        self.leaving = False
        """Another node was promised it already, or has it."""
        self._line = line
        self._left = asyncio.Event()
        self._room: Room | None = None

    def spoken(self, utterance: str) -> Path | None:
        return self._room.spoken.get(utterance) if self._room else None

    async def hold(self, app: App, recognition: Executor) -> None:
        try:
            self._room = await asyncio.to_thread(self._built, app, recognition)
            await self._room.hold()
        except (OSError, NoSpace, Busy) as error:
            if not is_unsaved(error):
                raise
            await excuse(self._line, self.interview.id, error)
        finally:
            self._left.set()

    def _built(self, app: App, recognition: Executor) -> Room:
        return Room(app, self.interview, self._line, recognition, holder=self.holder.text, begun=self._begun)

    def give_up(self) -> None:
        """Another node was faster, before anything began here."""
        self._left.set()

    async def lose(self) -> None:
        """Another node has it by now."""
        if self._room is not None:
            await self._room.lose()

    async def rest(self, seconds: float) -> None:
        """Told that the service stops, the candidate ends the sentence, within so many seconds; then as `leave`."""
        await self._line.send(STOPPING)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._room is not None and self._room.speaking and not self._left.is_set():
                    await asyncio.sleep(LOOK_SECONDS)
        await self.leave(RESTART)

    async def leave(self, code: int) -> None:
        """Close from our side and wait until all is saved."""
        await self._line.close(code)
        await self._left.wait()

    async def refuse(self, refusal: ev.Refused) -> None:
        await self._line.refuse(refusal)
        await self._left.wait()


class Rooms:
    """The open rooms, by interview."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._open: dict[str, Seat] = {}
        self._holding = Holding(app.database, lambda: app.now)
        self._keeping: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self.stopping = False
        """Nobody new comes in: the next process will have them."""
        # Of its own, so that many who speak at once cannot keep others' answers from being saved.
        self._recognition = ThreadPoolExecutor(app.settings.voice.recogniser_processes, "recognise")
        # Of its own too: storage that hangs, or many rooms that are made, keep no lease from being renewed.
        self._renewing = ThreadPoolExecutor(1, "leases")

    def is_live(self, store: Store, interview: Interview) -> bool:
        """Is it under way, here or on another node? Of a node that died, for some seconds still."""
        return interview.id in self._open or store.is_under_way(interview.organisation_id, interview.id, self._app.now)

    @property
    def open(self) -> set[str]:
        """Ids of the interviews under way here."""
        return set(self._open)

    def live(self, store: Store) -> set[str]:
        """Ids of the interviews under way, on all nodes."""
        return self.open | store.under_way(self._app.now)

    def __len__(self) -> int:
        return len(self._open)

    def audio(self, interview: Interview, utterance: str) -> Path:
        """The WAV of an utterance just announced. Raises NotFound, EngineError."""
        seat = self._open.get(interview.id)
        path = seat.spoken(utterance) if seat else self._spoken_elsewhere(interview, utterance)
        if path is None:
            raise NotFound("This sentence is no longer being spoken; the next one comes by itself.")
        return path

    def _spoken_elsewhere(self, interview: Interview, utterance: str) -> Path | None:
        """Another node holds the socket: what is said stands in the log, and its sound is the same here."""
        plan = InterviewPlan.model_validate(interview.plan)
        with self._app.database.reading() as store:
            kept = store.events(interview.organisation_id, interview.id)
        state, say = begin(plan), None
        for at, event in ev.read_log(kept):
            state, _ = step(state, event, at)
            if state.say is not None and state.say.utterance == utterance:
                say = state.say
        if say is None:
            return None
        voice = self._app.engines.slow_voice if say.slow else self._app.engines.voice
        return voice.path(say.text, language=plan.language)

    async def join(self, socket: WebSocket, interview: Interview) -> None:
        """Hold the conversation until the socket closes. Refuses politely what cannot be held.

        `interview` is the row that the browser's session led to."""
        line = SocketLine(socket)
        hello = await line.greeting()
        if hello is not None:
            await self.converse(line, hello, interview)

    async def converse(self, line: Line, hello: ev.SessionStart, interview: Interview) -> None:
        """As `join`, over any line."""
        if hello.interview not in ("", interview.id):
            await line.refuse(OTHER_INTERVIEW)
            return
        seat = await self._take_seat(line, hello, interview)
        if seat is None:
            return
        try:
            await seat.hold(self._app, self._recognition)
        finally:
            await asyncio.to_thread(self._let_go, seat)
            if self._open.get(interview.id) is seat:
                del self._open[interview.id]

    async def drain(self, seconds: float) -> None:
        """The service is about to stop: whoever is speaking ends their sentence first."""
        self.stopping = True
        await asyncio.gather(*(seat.rest(seconds) for seat in list(self._open.values())))

    async def close(self) -> None:
        """The service stops: every conversation is saved, and the browsers are told to come back in a moment."""
        await asyncio.gather(*(seat.leave(RESTART) for seat in list(self._open.values())))
        if self._keeping is not None:
            self._keeping.cancel()
        for threads in (self._recognition, self._renewing):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _take_seat(self, line: Line, hello: ev.SessionStart, interview: Interview) -> Seat | None:
        """None when there is none for this socket, which then knows why.

        Between looking and sitting down there is no await: of two who come at once, the later replaces the earlier. Of
        two on two nodes, the database lets one in, and the other asks it to leave."""
        while not line.gone.is_set():
            if self.stopping:
                await line.close(RESTART)
                return None
            now, halted, placed, elsewhere = await asyncio.to_thread(self._look, interview)
            current = self._open.get(interview.id)
            mine = self._holding.holder(now, hello.tab)
            refusal = refusal_of(now, interview.session_hash) or halted
            other = elsewhere.holder if elsewhere is not None else None
            refusal = refusal or _refusal(hello, mine, current.holder if current is not None else other, placed=placed)
            unsure = refusal is ELSEWHERE and current is None and elsewhere is not None and elsewhere.late
            if refusal is not None and not unsure:
                await line.refuse(refusal)
                return None
            if current is None and elsewhere is not None:
                if refusal is None:
                    await asyncio.to_thread(self._holding.claim, interview.id, mine)
                await asyncio.sleep(ASK_SECONDS)
                continue
            if current is None:
                seat = self._open[interview.id] = Seat(line, hello, mine, now)
                if await self._sits(seat):
                    return seat
                continue
            gone = refusal_of(now, current.interview.session_hash)
            await (current.refuse(gone) if gone is not None else current.leave(REPLACED))
            if self._open.get(interview.id) is current:
                del self._open[interview.id]
        return None

    async def _sits(self, seat: Seat) -> bool:
        """The seat is taken here: is it ours among all nodes?"""
        taken = False
        try:
            taken = await asyncio.to_thread(self._holding.take, seat.interview.id, seat.holder)
        finally:
            if not taken:
                seat.give_up()
                if self._open.get(seat.interview.id) is seat:
                    del self._open[seat.interview.id]
        seat.held = taken
        if taken and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.create_task(self._keep_leases(), name="leases")
        return taken

    def _let_go(self, seat: Seat) -> None:
        try:
            self._holding.release(seat.interview.id, seat.holder)
        except Exception:  # the edge of a socket: the lease runs out by itself
            log.exception("lease.not_released", interview=seat.interview.id)

    async def _keep_leases(self) -> None:
        """As long as there is a room: its lease is renewed, and who is asked to leave leaves. A seat whose lease is
        only being taken has none to lose."""
        while self._open:
            await asyncio.sleep(ASK_SECONDS)
            seats = {id: seat for id, seat in self._open.items() if seat.held}
            held = {id: seat.holder for id, seat in seats.items()}
            try:
                news = await asyncio.get_running_loop().run_in_executor(self._renewing, self._holding.look, held)
            except Exception:  # the edge of a background job: what cannot be renewed is found lost, or not
                log.exception("leases.not_kept")
                continue
            for id in news.claimed | news.lost:
                seat = seats[id]
                if self._open.get(id) is not seat or seat.leaving:
                    continue
                seat.leaving = True
                parting = asyncio.create_task(self._part(seat, lost=id in news.lost))
                self._leaving.add(parting)
                parting.add_done_callback(self._leaving.discard)

    async def _part(self, seat: Seat, *, lost: bool) -> None:
        """Another node has it, or waits for it."""
        try:
            await (seat.lose() if lost else self._hand_over(seat))
        except Exception:  # the edge of a background job: whoever waits asks on
            log.exception("seat.not_left", interview=seat.interview.id)
            seat.leaving = False

    async def _hand_over(self, seat: Seat) -> None:
        """A newer socket came in on another node; by a renewed link, or by the same one."""
        now = (await asyncio.to_thread(self._look, seat.interview))[0]
        gone = refusal_of(now, seat.interview.session_hash)
        await (seat.refuse(gone) if gone is not None else seat.leave(REPLACED))

    def _look(self, interview: Interview) -> tuple[Interview, ev.Refused | None, bool, Elsewhere | None]:
        """The interview as it is now, whether it waits for the employer, whether it has a place (its own, or one it
        was just given), and who holds it on another node."""
        with self._app.database.reading() as store:
            now = store.interview(interview.organisation_id, interview.id)
            waits = store.halted(interview.organisation_id, interview.application_id) is not None
        halted = PAUSED_BY_EMPLOYER if waits else None
        if halted or interview.id in self._open or refusal_of(now, interview.session_hash) is not None:
            return now, halted, True, None
        elsewhere = self._holding.elsewhere(interview.id)
        if elsewhere is not None:
            return now, None, True, elsewhere
        try:
            with self._app.database.store() as store:
                admit(self._app, store, now)
        except Full:
            return now, None, False, None
        return now, None, True, None


def _refusal(hello: ev.SessionStart, mine: Holder, holder: Holder | None, *, placed: bool) -> ev.Refused | None:
    """Why who says hello does not get what `holder` has, if anybody."""
    if holder is None:
        return None if placed else FULL
    same_tab = bool(mine.tab) and mine.tab == holder.tab
    return ELSEWHERE if mine.session == holder.session and not (same_tab or hello.take_over) else None
