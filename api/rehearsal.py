"""A candidate made of recordings: joins an interview as the browser does, over the real socket, at real speed.

Used by `foyer demo`, to rehearse an installation, and by the tests and benches. It hears each question to its end (it
fetches the audio and waits as long as it plays), then speaks the recording for that question while frames flow without
a pause, as from a microphone. It keeps what is not acknowledged and sends it again after a cut, as the page does.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import numpy as np
import soundfile
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from api.outbox import code_for
from api.security import ROOM_COOKIE
from interview import events as ev
from models.engines import Pcm, Samples
from models.errors import EngineError

RATE = 16_000
FRAME = 640
"""40 ms."""
RING_FRAMES = 1500
"""60 s of frames are kept for resending."""
REACTION_SECONDS = 0.4
ANSWERED = ("question", "probe", "prompt")


@dataclass(slots=True)
class Reply:
    """The interviewer's answer to speech. All are epoch seconds."""

    spoken: float
    """The last sample of the speech was sent."""
    said: float
    """The next sentence was announced."""
    voiced: float | None = None
    """Its first byte of audio was there."""


@dataclass
class Account:
    """What happened, for the one who asked for the rehearsal. Times are seconds."""

    interview_id: str = ""
    heard: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    hushed: list[str] = field(default_factory=list)
    """Utterances that the interviewer broke off."""
    replies: list[Reply] = field(default_factory=list)
    connections: int = 0
    refused: str | None = None
    completed: bool = False

    @property
    def reply_delays(self) -> list[float]:
        """End of the last spoken sample -> announcement of the next sentence."""
        return [reply.said - reply.spoken for reply in self.replies]


class Rehearsal:
    """One candidate. `answers` maps question id -> recording (16 kHz). `speed` plays everything that much faster.
    `outbox`: where their mail lies, for the code that opens the link."""

    def __init__(
        self, link: str, answers: Mapping[str, Pcm], *, speed: float = 1.0, outbox: Path | None = None
    ) -> None:
        parts = urlsplit(link)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._link, self._answers, self._speed, self._outbox = link, answers, speed, outbox
        self._http = httpx2.AsyncClient(base_url=self._base, timeout=30.0)
        self._tab = uuid4().hex
        self._seq = self._offset = 0
        self._ring: deque[ev.AudioFrame] = deque(maxlen=RING_FRAMES)
        self._voice: deque[Samples] = deque()
        self._spoke_until: float | None = None
        self._socket: ClientConnection | None = None
        self._down_until = 0.0
        self._playing: asyncio.Task[None] | None = None
        self._broken: BaseException | None = None
        self.cookie = ""
        self.account = Account()

    async def run(self, *, timeout: float = 600.0) -> Account:
        """Open the link, consent, converse until the interview is complete. Raises EngineError when it cannot."""
        microphone: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(timeout):
                await self._enter()
                microphone = asyncio.create_task(self._microphone())
                await self._converse()
        except TimeoutError as late:
            raise EngineError(f"The interview at {self._base} did not end within {timeout:g} s.") from late
        finally:
            for task in (microphone, self._playing):
                if task is not None:
                    task.cancel()
            await self._http.aclose()
        return self.account

    async def cut(self, seconds: float) -> None:
        """Lose the line now, for this long; the microphone goes on."""
        self._down_until = time.monotonic() + seconds
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def speaking(self) -> bool:
        return bool(self._voice)

    async def _enter(self) -> None:
        page = await self._http.get(self._link)
        if page.status_code != 200:
            raise EngineError(f"The interview link was refused ({page.status_code}).")
        started = await self._http.post(self._link + "/start", data={"consent": "yes"})
        code = code_for(started.text, self._outbox) if self._outbox is not None else None
        if code is not None:
            entered = {"code": code, "then": "start", "consent": "yes"}
            started = await self._http.post(self._link + "/code/check", data=entered)
        self.cookie = started.cookies.get(ROOM_COOKIE) or ""
        if not self.cookie:
            raise EngineError(f"The interview did not start ({started.status_code}): {started.text[:200]}")

    async def _converse(self) -> None:
        while not self.account.completed and self.account.refused is None:
            await asyncio.sleep(max(0.0, self._down_until - time.monotonic()))
            with suppress(ConnectionClosed, InvalidHandshake, OSError):
                async with connect(
                    self._base.replace("http", "ws", 1) + "/room/socket",
                    additional_headers={"Cookie": f"{ROOM_COOKIE}={self.cookie}", "Origin": self._base},
                    max_size=2**20,
                ) as socket:
                    self.account.connections += 1
                    await self._talk(socket)
            if self._broken is not None:
                raise self._broken
            if not self.account.completed:
                await asyncio.sleep(0.2)

    async def _talk(self, socket: ClientConnection) -> None:
        self._socket = None  # the microphone waits until what is missing was sent
        first = self._ring[0].seq if self._ring else self._seq
        await socket.send(ev.SessionStart(next_seq=first, tab=self._tab, begun=True).model_dump_json())
        async for raw in socket:
            message = ev.server_message.validate_json(raw)
            match message:
                case ev.SessionReady():
                    await self._ready(socket, message)
                case ev.Say():
                    self._play(message)
                case ev.Hush():
                    await self._hush(message)
                case ev.Notice():
                    self.account.notices.append(message.code)
                case ev.Caption(role="candidate"):
                    self.account.captions.append(message.text)
                case ev.Ack():
                    while self._ring and self._ring[0].seq <= message.seq:
                        self._ring.popleft()
                case ev.Refused():
                    self.account.refused = message.code
                case ev.Completed():
                    self.account.completed = True
                case _:
                    pass

    async def _ready(self, socket: ClientConnection, ready: ev.SessionReady) -> None:
        self.account.interview_id = ready.interview
        self.account.notes = list(ready.notes)
        wanted = ready.next_seq
        while missing := [frame for frame in self._ring if frame.seq >= wanted]:  # more are recorded while we send
            for frame in missing:
                await socket.send(frame.pack())
            wanted = missing[-1].seq + 1
        self._socket = socket

    def _play(self, say: ev.Say) -> None:
        """Hear a sentence to its end, report it, and answer if it was a question. A newer sentence replaces it."""
        if self._spoke_until is not None:
            self.account.replies.append(Reply(self._spoke_until, time.time()))
            self._spoke_until = None
        self.account.heard.append(say.text)
        if self._playing is not None:
            self._playing.cancel()
        self._voice.clear()
        self._playing = asyncio.create_task(self._hear_out(say, self._unvoiced()))
        self._playing.add_done_callback(self._heard_out)

    def _heard_out(self, playing: asyncio.Task[None]) -> None:
        """A candidate who cannot hear cannot answer: end the rehearsal instead of sitting there in silence."""
        if not playing.cancelled() and playing.exception() is not None:
            self._broken = playing.exception()
            if self._socket is not None:
                self._socket.transport.abort()

    def _unvoiced(self) -> Reply | None:
        last = self.account.replies[-1] if self.account.replies else None
        return last if last is not None and last.voiced is None else None

    async def _hush(self, hush: ev.Hush) -> None:
        self.account.hushed.append(hush.utterance)
        if self._playing is not None:
            self._playing.cancel()
        await self._tell(ev.PlaybackStopped(utterance=hush.utterance, offset=self._offset))

    async def _hear_out(self, say: ev.Say, reply: Reply | None) -> None:
        seconds, content = 0.5, b""
        if say.audio_url is not None:
            with suppress(httpx2.TransportError):  # the line is down: the sentence comes again with the next one
                content = await self._fetch(say.audio_url, reply)
                if content:
                    seconds = soundfile.info(io.BytesIO(content)).duration
        await self._tell(ev.PlaybackStarted(utterance=say.utterance, offset=self._offset))
        await self._while_played(say, content)
        await asyncio.sleep(seconds / self._speed)
        ended = ev.PlaybackEnded(utterance=say.utterance, offset=self._offset)
        await self._tell(ended)
        recording = self._answers.get(say.question_id or "")
        if say.kind in ANSWERED and recording is not None:
            await asyncio.sleep(REACTION_SECONDS / self._speed)
            self._voice.append(recording.samples)

    async def _while_played(self, say: ev.Say, wav: bytes) -> None:
        """For those who do something else than listen."""

    async def _fetch(self, url: str, reply: Reply | None) -> bytes:
        """The sentence's WAV; empty when it is no longer spoken."""
        async with self._http.stream("GET", url) as answer:
            parts = []
            async for part in answer.aiter_bytes():
                if reply is not None and reply.voiced is None and answer.status_code == 200:
                    reply.voiced = time.time()
                parts.append(part)
        return b"".join(parts) if answer.status_code == 200 else b""

    async def _tell(self, message: ev.Event) -> None:
        """Said now, or not at all: after a cut the server repeats its sentence."""
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(message.model_dump_json())

    async def _microphone(self) -> None:
        """A frame every 40 ms for as long as the rehearsal lasts, spoken or silent."""
        began = time.monotonic()
        count = 0
        while True:
            count += 1
            await asyncio.sleep(max(0.0, began + count * FRAME / RATE / self._speed - time.monotonic()))
            frame = ev.AudioFrame(self._seq, self._offset, self._next_samples().tobytes())
            self._seq, self._offset = self._seq + 1, self._offset + FRAME
            self._ring.append(frame)
            if self._socket is not None and time.monotonic() >= self._down_until:
                try:
                    await self._socket.send(frame.pack())
                except ConnectionClosed:
                    self._socket = None

    def _next_samples(self) -> Samples:
        if not self._voice:
            return np.zeros(FRAME, np.int16)
        head = self._voice.popleft()
        if len(head) > FRAME:
            self._voice.appendleft(head[FRAME:])
        elif not self._voice:
            self._spoke_until = time.time()
        return np.pad(head[:FRAME], (0, max(0, FRAME - len(head))))
