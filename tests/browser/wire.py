"""The wire between a page and the service: a TCP proxy that can cut it, and a log of what went over it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from playwright.sync_api import Page, WebSocket

from interview import events as ev
from models.engines import Samples

T = TypeVar("T")


class Proxy:
    """Listens on a port of its own and passes bytes on to `port`. Chromium's offline switch leaves open sockets open;
    this does not."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def start(self) -> None:
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def cut(self) -> None:
        """Every connection is broken off; new ones are refused."""
        self._call(self._cut())

    def restore(self) -> None:
        self._call(self._listen())

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        while self._open:
            await asyncio.sleep(0.01)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, back}
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            self._open -= {writer, back}
            writer.close()
            back.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either end has nothing more to say; then the other hears so."""
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    writer.close()


@dataclass
class Log:
    """What a page's interview sockets carried, in order. Playwright fills it while the test waits for something."""

    urls: list[str] = field(default_factory=list)
    """Of every socket that was tried."""
    heard: list[ev.Event] = field(default_factory=list)
    frames: dict[int, ev.AudioFrame] = field(default_factory=dict)
    """By sequence number."""
    altered: list[int] = field(default_factory=list)
    """Frames that were sent again with something else in them."""

    def of(self, kind: type[T]) -> list[T]:
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def spoken(self) -> Samples:
        """What the page's microphone gave, by the frames; they must be without a hole."""
        frames = [self.frames[seq] for seq in sorted(self.frames)]
        assert [frame.seq for frame in frames] == list(range(len(frames))), "frames are missing"
        samples: Samples = np.frombuffer(b"".join(frame.pcm for frame in frames), "<i2")
        return samples

    @property
    def offset(self) -> int:
        """The capture sample after the last frame that was sent."""
        last = self.frames[max(self.frames)]
        return last.offset + len(last.pcm) // 2

    @property
    def left(self) -> float:
        """Seconds, as the service said last."""
        return self.of(ev.State)[-1].seconds_left


def listen_in(page: Page) -> Log:
    log = Log()

    def sent(payload: str | bytes) -> None:
        if isinstance(payload, str):
            return
        frame = ev.AudioFrame.unpack(payload)
        if log.frames.setdefault(frame.seq, frame) != frame:
            log.altered.append(frame.seq)

    def opened(socket: WebSocket) -> None:
        log.urls.append(socket.url)
        socket.on("framesent", sent)
        socket.on("framereceived", lambda payload: log.heard.append(ev.server_message.validate_json(payload)))

    page.on("websocket", opened)
    return log
