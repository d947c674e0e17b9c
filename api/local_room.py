"""A media room without a network: both ends are here. `LocalRoom` is the end that Foyer holds, and its other methods
are whoever is at the other one. Rehearsals and tests hold whole interviews through it, at the pace of real speech."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

import numpy as np

from models.engines import Key, Pcm, Samples, Signal, Sound, Words

RATE = 16_000
FRAME = 320
"""20 ms, as a telephone's."""
AHEAD_SECONDS = 0.2


class LocalRoom:
    """A `MediaRoom`. Make it inside a running event loop; `hang_up` ends it from the other end."""

    name = "local"

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._signals: asyncio.Queue[Signal | None] = asyncio.Queue()
        self._open = True
        self._until = 0.0
        self._voice: deque[Samples] = deque()
        self.heard: list[tuple[float, Samples]] = []
        """What was played: second on the loop's clock, samples."""
        self.told: list[str] = []
        self._microphone = asyncio.create_task(self._capture(), name="microphone")

    # ------------------------------------------------------------ Foyer's end

    async def receive(self) -> Signal | None:
        return await self._signals.get() if self._open or not self._signals.empty() else None

    async def play(self, audio: Pcm) -> None:
        now = self._loop.time()
        begins = max(now, self._until)
        self.heard.append((begins, audio.samples))
        self._until = begins + audio.seconds
        await asyncio.sleep(max(0.0, self._until - AHEAD_SECONDS - now))

    async def played(self) -> None:
        await asyncio.sleep(max(0.0, self._until - self._loop.time()))

    def clear(self) -> None:
        now = self._loop.time()
        self.heard = [(at, samples[: max(0, round((now - at) * RATE))]) for at, samples in self.heard]
        self._until = now

    async def tell(self, text: str) -> None:
        self.told.append(text)

    async def close(self) -> None:
        self.hang_up()

    # ------------------------------------------------------------ the other end

    @property
    def open(self) -> bool:
        return self._open

    @property
    def quiet_for(self) -> float:
        """Seconds since anything was heard; negative while something is."""
        return self._loop.time() - self._until

    @property
    def speaking(self) -> bool:
        return bool(self._voice)

    def say(self, samples: Samples) -> None:
        """Into the microphone, after what is being said."""
        self._voice.append(samples)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._signals.put_nowait(Key(key))

    def write(self, text: str) -> None:
        """A message of the page."""
        self._signals.put_nowait(Words(text))

    def hang_up(self) -> None:
        if self._open:
            self._open = False
            self._microphone.cancel()
            self._signals.put_nowait(None)

    async def hears(self, *, quiet: float, within: float = 300.0) -> None:
        """Until something was said and has been over for `quiet` seconds. Raises TimeoutError."""
        began = len(self.heard)
        async with asyncio.timeout(within):
            while self._open and (len(self.heard) == began or self.quiet_for < quiet):
                await asyncio.sleep(0.05)

    async def _capture(self) -> None:
        began, count = self._loop.time(), 0
        with suppress(asyncio.CancelledError):
            while True:
                at = began + count * FRAME / RATE
                await asyncio.sleep(max(0.0, at + FRAME / RATE - self._loop.time()))
                self._signals.put_nowait(Sound(Pcm(self._next().astype("<i2").tobytes()), at))
                count += 1

    def _next(self) -> Samples:
        if not self._voice:
            return np.zeros(FRAME, np.int16)
        head = self._voice.popleft()
        if len(head) > FRAME:
            self._voice.appendleft(head[FRAME:])
        return np.pad(head[:FRAME], (0, max(0, FRAME - len(head))))
