"""`foyer serve` stops politely: by SIGTERM live interviews pause at the end of the sentence that is being spoken, and
their pages come back to the next process by themselves. And it settles once everything is loaded. Used by `api.cli`."""

from __future__ import annotations

import gc
import socket

import uvicorn
from fastapi import FastAPI

DRAIN_SECONDS = 15.0
"""Longest wait for the end of a sentence. With what follows (sockets, steps of background work) a stop takes under half
a minute, which is what supervisors usually allow."""


class Server(uvicorn.Server):
    """Ctrl-C twice does not wait."""

    def __init__(self, api: FastAPI, *, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                api,
                host=host,
                port=port,
                log_level="warning",
                ws_max_size=2**20,
                timeout_graceful_shutdown=20,
                server_header=False,
            )
        )
        self._api = api

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The doors stay open while sentences end: their pages still load what they need. /readyz tells others to stay
        away, and who comes to a room is asked to come again."""
        if not self.force_exit:
            await self._api.state.foyer.rooms.drain(DRAIN_SECONDS)
        await super().shutdown(sockets)


def settle() -> None:
    """What was loaded stays: looking through all of it for garbage holds every request up for half a second. A page
    makes some ten thousand objects that go with it, so it is looked for seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
