"""`foyer serve` by a clock that somebody moves: the file FOYER_HOME/offset holds the seconds it goes wrong by."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.cli import settings
from tests.flow.running import Service


class MovedClock:
    """A Clock."""

    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def now(self) -> float:
        with suppress(FileNotFoundError, ValueError):
            return time.time() + float(self._offset.read_text())
        return time.time()


class MovedService(Service):
    program = ("tests.flow.moved_clock",)

    def move(self, seconds: float) -> None:
        """From now on the clock goes wrong by so much."""
        (self.home / "offset").write_text(str(seconds))


def main() -> None:
    chosen = settings()
    api = create_app(chosen)
    started = api.router.lifespan_context

    @asynccontextmanager
    async def with_moved_clock(api: FastAPI) -> AsyncIterator[None]:
        async with started(api):
            api.state.foyer.clock = MovedClock(chosen.home / "offset")
            yield

    api.router.lifespan_context = with_moved_clock
    uvicorn.run(api, port=int(sys.argv[-1]), log_level="warning", ws_max_size=2**20)


if __name__ == "__main__":
    main()
