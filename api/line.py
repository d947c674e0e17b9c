"""One candidate's line, as `api.rooms` and `api.live` use it: messages in and out, none of which can hold up a room for
ever, and one place that knows when the line is gone. `SocketLine` is the page's WebSocket; where somebody else carries
the voice, `api.media_line` speaks for the page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal, Protocol

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from interview import events as ev

FIRST_FRAME_SECONDS = 10.0
SILENT_SECONDS = 45.0
"""The browser pings every 15 s: three missed, and the line is dead whatever TCP believes."""
SEND_SECONDS = 10.0
"""A browser that takes nothing for so long is as good as gone."""
DONE, PROTOCOL_ERROR, RESTART, REPLACED, REFUSED = 1000, 1002, 1012, 4000, 4409
"""Close codes. On any but the last two the page comes back by itself."""

Kind = Literal["page", "telephone"]


class Line(Protocol):
    """`gone` is set as soon as nothing more can be said here."""

    gone: asyncio.Event
    kind: Kind

    async def receive(self) -> bytes | str | None:
        """The next frame or message (`interview.events`); None when there will be no other."""

    async def send(self, message: ev.Event) -> None:
        """To the candidate, if they are still there."""

    async def refuse(self, refusal: ev.Refused) -> None:
        """Say why, and close."""

    async def close(self, code: int, reason: str = "") -> None: ...


class SocketLine:
    """A `Line` over the page's socket."""

    kind: Kind = "page"

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.gone = asyncio.Event()

    async def greeting(self) -> ev.SessionStart | None:
        """The opening frame; None when it is anything else, or late (the line is then closed)."""
        await self._socket.accept()
        with suppress(TimeoutError, ValidationError, WebSocketDisconnect, KeyError):
            text = await asyncio.wait_for(self._socket.receive_text(), FIRST_FRAME_SECONDS)
            message = ev.client_message.validate_json(text)
            if isinstance(message, ev.SessionStart):
                return message
        await self.close(PROTOCOL_ERROR, "session.start must come first")
        return None

    async def receive(self) -> bytes | str | None:
        if self.gone.is_set():
            return None
        try:
            message = await asyncio.wait_for(self._socket.receive(), SILENT_SECONDS)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return None
        if message["type"] == "websocket.disconnect":
            return None
        raw: bytes | None = message.get("bytes")
        return raw if raw is not None else message.get("text") or ""

    async def send(self, message: ev.Event) -> None:
        if self.gone.is_set():
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_text(message.model_dump_json())
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            self.gone.set()

    async def refuse(self, refusal: ev.Refused) -> None:
        await self.send(refusal)
        await self.close(REFUSED, refusal.code)

    async def close(self, code: int, reason: str = "") -> None:
        self.gone.set()  # first: whoever holds this line ends, even if the browser never takes the close
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.close(code, reason)
