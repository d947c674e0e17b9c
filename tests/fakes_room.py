"""A scripted server for the interview page: the candidate's pages and the socket protocol of `interview.events`,
without an interview behind it. Tests say what the interviewer does and look at what the browser sent."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import soundfile
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.websockets import WebSocket, WebSocketDisconnect

from api import translating
from interview import events as ev
from models.settings import ROOT

RATE = 16_000
POLICY = (
    "default-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
ROOM_CONTEXT: dict[str, Any] = {
    "employer": "Northwind Hospitals",
    "job_title": "Intensive care nurse",
    "minutes": 30,
    "questions": 6,
    "resumed": False,
    "contact": "people@northwind.example",
    "socket_path": "/room/socket",
    "wishes": {"pauses": "Longer pauses", "human": "An interview with a person instead"},
}
T = TypeVar("T")


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    """A WAV that stands for an interviewer's sentence."""
    time_axis = np.arange(round(seconds * RATE)) / RATE
    packed = io.BytesIO()
    soundfile.write(packed, 0.2 * np.sin(2 * np.pi * hertz * time_axis), RATE, format="WAV", subtype="PCM_16")
    return packed.getvalue()


@dataclass
class Line:
    """One socket as the server saw it."""

    socket: WebSocket
    messages: list[ev.Event] = field(default_factory=list)
    frames: list[ev.AudioFrame] = field(default_factory=list)


class ScriptedRoom:
    """Runs in its own thread. `next_seq` and `next_offset` are what `session.ready` promises; frames move them on and
    are acknowledged as they come."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.next_seq = 0
        self.next_offset = 0
        self.greeting: list[ev.Event] = []
        """Sent after `session.ready` on every socket."""
        self.refusal: ev.Refused | None = None
        self.away = False
        """While true every new socket is turned away, as by a service that is down."""
        self.acknowledges = True
        self.audio: dict[str, bytes] = {}
        self.context = dict(ROOM_CONTEXT)
        self._templates = Jinja2Templates(directory=ROOT / "web" / "templates")
        translating.install(self._templates.env)
        routes = [
            Route("/room", self._page),
            Route("/room/audio/{utterance}", self._audio),
            WebSocketRoute("/room/socket", self._hold),
            Mount("/static", StaticFiles(directory=ROOT / "web" / "static")),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), port=0, log_level="warning", ws="websockets-sansio", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="scripted-room", daemon=True)
        self._loop = asyncio.new_event_loop()

    # ------------------------------------------------------------ for the test

    def start(self) -> None:
        self._thread.start()
        self.wait(lambda: self._server.started, "the scripted room did not start")

    def stop(self) -> None:
        self._server.should_exit = True
        self.drop()
        self._thread.join(timeout=10)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://localhost:{port}"

    def wait(self, arrived: Callable[[], T], complaint: str, seconds: float = 20.0) -> T:
        """The first true value of `arrived`. Raises AssertionError with `complaint`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if value := arrived():
                return value
            time.sleep(0.02)
        raise AssertionError(complaint)

    def send(self, *messages: ev.Event) -> None:
        """To the newest socket."""
        line = self.lines[-1]
        for message in messages:
            self._call(line.socket.send_text(message.model_dump_json()))

    def drop(self) -> None:
        """Every line is cut."""
        for line in self.lines:
            self._call(_close(line.socket))

    @property
    def frames(self) -> list[ev.AudioFrame]:
        return [frame for line in list(self.lines) for frame in list(line.frames)]

    @property
    def messages(self) -> list[ev.Event]:
        return [message for line in list(self.lines) for message in list(line.messages)]

    def of(self, kind: type[T]) -> list[T]:
        return [message for message in self.messages if isinstance(message, kind)]

    # ------------------------------------------------------------ the server

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())
        self._loop.close()

    def _call(self, work: Any) -> None:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result(timeout=5)

    async def _page(self, request: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY}
        return self._templates.TemplateResponse(request, "room.html", self.context, headers=headers)

    async def _audio(self, request: Request) -> Response:
        sound = self.audio.get(request.path_params["utterance"])
        return Response(sound, media_type="audio/wav") if sound else Response(status_code=404)

    async def _hold(self, socket: WebSocket) -> None:
        if self.away:
            await socket.close(1012)
            return
        await socket.accept()
        line = Line(socket)
        try:
            line.messages.append(ev.client_message.validate_json(await socket.receive_text()))
            self.lines.append(line)
            for message in self._opening():
                await socket.send_text(message.model_dump_json())
            while self.refusal is None:
                await self._receive(line)
            await socket.close(4409)
        except (WebSocketDisconnect, RuntimeError):
            return

    def _opening(self) -> Iterable[ev.Event]:
        if self.refusal is not None:
            return [self.refusal]
        ready = ev.SessionReady(
            interview="i-1",
            resumed=len(self.lines) > 1,
            next_seq=self.next_seq,
            next_offset=self.next_offset,
            minutes=30,
            questions=6,
        )
        return [ready, *self.greeting]

    async def _receive(self, line: Line) -> None:
        message = await line.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        if message.get("bytes") is None:
            line.messages.append(ev.client_message.validate_json(message["text"]))
            return
        frame = ev.AudioFrame.unpack(message["bytes"])
        line.frames.append(frame)
        if frame.seq == self.next_seq and self.acknowledges:
            self.next_seq += 1
            self.next_offset = frame.offset + len(frame.pcm) // 2
            await line.socket.send_text(ev.Ack(seq=frame.seq).model_dump_json())


async def _close(socket: WebSocket) -> None:
    try:
        await socket.close(1012)
    except (RuntimeError, WebSocketDisconnect):
        return
