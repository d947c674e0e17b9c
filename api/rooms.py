"""The open rooms of this process: who may come in, and that an interview is held in one place at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import WebSocket

from api.bookings import Full, admit
from api.line import REPLACED, RESTART, Line
from api.live import LOOK_SECONDS, PAUSED_BY_EMPLOYER, Room, refusal_of
from api.unsaved import excuse, is_unsaved
from interview import events as ev
from models.errors import Busy, NoSpace, NotFound
from models.records import Interview

if TYPE_CHECKING:
    from api.deps import App

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

    def __init__(self, line: Line, tab: str, interview: Interview) -> None:
        self.tab, self.interview = tab, interview
        self._line = line
        self._left = asyncio.Event()
        self._room: Room | None = None

    def spoken(self, utterance: str) -> Path | None:
        return self._room.spoken.get(utterance) if self._room else None

    async def hold(self, app: App, recognition: Executor) -> None:
        try:
            self._room = await asyncio.to_thread(Room, app, self.interview, self._line, recognition)
            await self._room.hold()
        except (OSError, NoSpace, Busy) as error:
            if not is_unsaved(error):
                raise
            await excuse(self._line, self.interview.id, error)
        finally:
            self._left.set()

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
        self.stopping = False
        """Nobody new comes in: the next process will have them."""
        # Of its own, so that many who speak at once cannot keep others' answers from being saved.
        self._recognition = ThreadPoolExecutor(app.settings.voice.recogniser_processes, "recognise")

    def is_live(self, interview_id: str) -> bool:
        return interview_id in self._open

    @property
    def open(self) -> set[str]:
        """Ids of the interviews under way here."""
        return set(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def audio(self, interview_id: str, utterance: str) -> Path:
        """The WAV of an utterance just announced. Raises NotFound."""
        seat = self._open.get(interview_id)
        path = seat.spoken(utterance) if seat else None
        if path is None:
            raise NotFound("This sentence is no longer being spoken; the next one comes by itself.")
        return path

    async def join(self, socket: WebSocket, interview: Interview) -> None:
        """Hold the conversation until the socket closes. Refuses politely what cannot be held.

        `interview` is the row that the browser's session led to."""
        line = Line(socket)
        hello = await line.greeting()
        if hello is None:
            return
        if self.stopping:
            await line.close(RESTART)
            return
        if hello.interview not in ("", interview.id):
            await line.refuse(OTHER_INTERVIEW)
            return
        seat = await self._take_seat(line, hello, interview)
        if seat is None:
            return
        try:
            await seat.hold(self._app, self._recognition)
        finally:
            if self._open.get(interview.id) is seat:
                del self._open[interview.id]

    async def drain(self, seconds: float) -> None:
        """The service is about to stop: whoever is speaking ends their sentence first."""
        self.stopping = True
        await asyncio.gather(*(seat.rest(seconds) for seat in list(self._open.values())))

    async def close(self) -> None:
        """The service stops: every conversation is saved, and the browsers are told to come back in a moment."""
        await asyncio.gather(*(seat.leave(RESTART) for seat in list(self._open.values())))
        self._recognition.shutdown(wait=False, cancel_futures=True)

    async def _take_seat(self, line: Line, hello: ev.SessionStart, interview: Interview) -> Seat | None:
        """None when there is none for this socket, which then knows why.

        Between looking and sitting down there is no await: of two who come at once, the later replaces the earlier."""
        while not line.gone.is_set():
            now, halted, placed = await asyncio.to_thread(self._look, interview)
            current = self._open.get(interview.id)
            refusal = refusal_of(now, interview.session_hash) or halted
            refusal = refusal or self._refusal(now, hello, current, placed=placed)
            if refusal is not None:
                await line.refuse(refusal)
                return None
            if current is None:
                seat = self._open[interview.id] = Seat(line, hello.tab, now)
                return seat
            gone = refusal_of(now, current.interview.session_hash)
            await (current.refuse(gone) if gone is not None else current.leave(REPLACED))
            if self._open.get(interview.id) is current:
                del self._open[interview.id]
        return None

    def _look(self, interview: Interview) -> tuple[Interview, ev.Refused | None, bool]:
        """The interview as it is now, whether it waits for the employer, and whether it has a place: its own, or one it
        was just given."""
        with self._app.database.reading() as store:
            now = store.interview(interview.organisation_id, interview.id)
            waits = store.halted(interview.organisation_id, interview.application_id) is not None
        halted = PAUSED_BY_EMPLOYER if waits else None
        if halted or interview.id in self._open or refusal_of(now, interview.session_hash) is not None:
            return now, halted, True
        try:
            with self._app.database.store() as store:
                admit(self._app, store, now)
        except Full:
            return now, None, False
        return now, None, True

    def _refusal(
        self, interview: Interview, hello: ev.SessionStart, current: Seat | None, *, placed: bool
    ) -> ev.Refused | None:
        if current is None:
            return None if placed else FULL
        same_session = current.interview.session_hash == interview.session_hash
        same_tab = bool(hello.tab) and hello.tab == current.tab
        return ELSEWHERE if same_session and not (same_tab or hello.take_over) else None
