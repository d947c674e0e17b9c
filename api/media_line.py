"""A `Line` over a room whose voices somebody else carries: WebRTC or a telephone (`models.engines.MediaRoom`). It does
what the page does: numbers the microphone's samples, plays what is said, reports what was heard to its end and falls
silent when it is told to. `api.live` cannot tell the difference, so there is one conversation, one recording and one
log. Made by `api.calls`.

By telephone there is no page: keys are its buttons, and what the page would show before it closes is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import structlog

from api.line import REFUSED, REPLACED, RESTART, SEND_SECONDS, Kind
from interview import events as ev
from interview.audio import read_audio
from interview.track import Track
from models.engines import Key, MediaRoom, Pcm, Samples, Sound, Words
from models.errors import FoyerError

log = structlog.get_logger("foyer.media")

LOOK_SECONDS = 0.2
CHUNK = 1_600
"""Samples (0.1 s) that are played at once: so soon a softer voice is heard."""
SOFT = 0.3
"""As `web/static/player.js` plays while somebody may be speaking over it."""
READING = 15.0
"""Characters a second: how long a sentence without a voice is left to be read."""
FAREWELL_SECONDS = 20.0
KEYS: dict[str, ev.ButtonAction] = {"#": "done", "0": "repeat", "1": "resume"}
STOP = "*"
STOPPED = "You have ended this call. Everything you said is kept. Call again to go on where you stopped."
PARTING = {
    RESTART: "I have to interrupt this call. Please call again in a minute: everything you said is kept, and we go on "
    "where we stopped.",
    REPLACED: "This interview goes on in another place, so this call ends here.",
}
"""What is said before the line is closed from our side, by close code."""


class MediaLine:
    """`spoken` finds an utterance that was announced (`Rooms.audio`), `voice` says any other sentence. `run` must run
    as long as the conversation."""

    def __init__(
        self,
        room: MediaRoom,
        kind: Kind,
        *,
        spoken: Callable[[str], Path],
        voice: Callable[[str], Path],
    ) -> None:
        self._room, self._spoken, self._voice = room, spoken, voice
        self.kind: Kind = kind
        self.gone = asyncio.Event()
        self._inbox: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self._track: Track | None = None
        self._utterance = ""
        self._playing: asyncio.Task[None] | None = None
        self._gain = 1.0

    # ------------------------------------------------------------ a Line

    async def receive(self) -> bytes | str | None:
        return None if self.gone.is_set() else await self._inbox.get()

    async def send(self, message: ev.Event) -> None:
        if self.gone.is_set():
            return
        match message:
            case ev.SessionReady():
                now = asyncio.get_running_loop().time()
                self._track = Track(next_seq=message.next_seq, next_offset=message.next_offset, began=now)
            case ev.Say():
                self._say(message)
            case ev.Hush() if message.utterance == self._utterance and self._silence():
                self._report(ev.PlaybackStopped(utterance=message.utterance, offset=self._offset))
            case ev.Duck():
                self._gain = SOFT if message.utterance else 1.0
            case _:
                pass
        await self._show(message)

    async def refuse(self, refusal: ev.Refused) -> None:
        await self._show(refusal)
        await self.close(REFUSED, refusal.text)

    async def close(self, code: int, reason: str = "") -> None:
        """By telephone `reason` is said, where the code has no words of its own."""
        await self._end(PARTING.get(code, reason))

    # ------------------------------------------------------------ what comes

    async def run(self) -> None:
        """Until the other end is gone, or we are. Everything that comes is taken here."""
        loop = asyncio.get_running_loop()
        while not self.gone.is_set():
            try:
                signal = await asyncio.wait_for(self._room.receive(), LOOK_SECONDS)
            except TimeoutError:
                self._hear(self._track.wait(loop.time()) if self._track is not None else [])
                continue
            match signal:
                case Sound(audio=audio, at=at) if self._track is not None:
                    self._hear(self._track.add(audio, at))
                case Key(key=key):
                    await self._pressed(key)
                case Words(text=text) if self.kind == "page":
                    self._inbox.put_nowait(text)
                case None:
                    break
                case _:
                    pass
        self._silence()
        self._leave()
        await self._room.close()

    def _hear(self, frames: list[ev.AudioFrame]) -> None:
        for frame in frames:
            self._inbox.put_nowait(frame.pack())

    async def _pressed(self, key: str) -> None:
        if key == STOP:
            await self._end(STOPPED)
        elif (action := KEYS.get(key)) is not None:
            if action == "repeat" and self._silence():
                self._report(ev.PlaybackStopped(utterance=self._utterance, offset=self._offset))
            self._report(ev.Button(action=action))

    # ------------------------------------------------------------ what is said

    def _say(self, say: ev.Say) -> None:
        """A newer sentence takes the place of one that is being played."""
        self._silence()
        self._utterance, self._gain = say.utterance, 1.0
        self._playing = asyncio.create_task(self._play(say), name="play")
        self._playing.add_done_callback(_noticed)

    def _silence(self) -> bool:
        """Whether there was anything to break off."""
        playing, self._playing = self._playing, None
        if playing is None or playing.done():
            return False
        playing.cancel()
        self._room.clear()
        return True

    async def _play(self, say: ev.Say) -> None:
        samples = await self._samples(say)
        aloud = samples is not None
        if not aloud and self.kind == "telephone":
            log.error("call.voiceless", utterance=say.utterance)
            await self._end("")
            return
        self._report(ev.PlaybackStarted(utterance=say.utterance, offset=self._offset, aloud=aloud))
        if samples is not None:
            await self._aloud(samples)
        else:
            await asyncio.sleep(len(say.text) / READING)
        self._report(ev.PlaybackEnded(utterance=say.utterance, offset=self._offset))

    async def _samples(self, say: ev.Say) -> Samples | None:
        if say.audio_url is None:
            return None
        try:
            return (await asyncio.to_thread(lambda: read_audio(self._spoken(say.utterance)))).samples
        except FoyerError as error:
            log.warning("media.no_voice", utterance=say.utterance, detail=error.detail)
            return None

    async def _aloud(self, samples: Samples) -> None:
        await aloud(self._room, samples, lambda: self._gain)

    async def _end(self, text: str) -> None:
        """Nothing more counts from here on; by telephone the reason is still said. Then the line is put down."""
        if self.gone.is_set():
            return
        if asyncio.current_task() is not self._playing:
            self._silence()
        self._leave()
        if text and self.kind == "telephone":
            with suppress(FoyerError, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._aloud((await asyncio.to_thread(lambda: read_audio(self._voice(text)))).samples)
        await self._room.close()

    def _leave(self) -> None:
        self.gone.set()
        self._inbox.put_nowait(None)

    # ------------------------------------------------------------ both ways

    @property
    def _offset(self) -> int:
        return self._track.offset if self._track is not None else 0

    def _report(self, message: ev.Event) -> None:
        self._inbox.put_nowait(message.model_dump_json())

    async def _show(self, message: ev.Event) -> None:
        if self.kind == "page":
            with suppress(TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self._room.tell(message.model_dump_json())


async def aloud(room: MediaRoom, samples: Samples, gain: Callable[[], float] = lambda: 1.0) -> None:
    """Plays them, as loud as `gain` says meanwhile, until they have been heard."""
    for start in range(0, len(samples), CHUNK):
        chunk, loud = samples[start : start + CHUNK], gain()
        if loud != 1.0:
            chunk = (chunk * loud).astype(np.int16)
        await room.play(Pcm(chunk.astype("<i2").tobytes()))
    await room.played()


def _noticed(playing: asyncio.Task[None]) -> None:
    """A sentence that could not be played holds up nothing: the conversation has a watchdog for it."""
    if not playing.cancelled() and (error := playing.exception()) is not None:
        log.error("media.not_played", exc_info=error)
