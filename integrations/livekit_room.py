"""A LiveKit room as a `models.engines.MediaRoom`: one candidate and us. Thin on purpose: what happens in an interview
is none of its business. LiveKit's native library converts rates and hides lost packets; here are 16 kHz both ways.

Made by `api.wiring`. The native library cannot be used across a fork, so it is loaded with the first room."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from integrations.livekit import INTERVIEWER, MISSING, MediaServer, token
from models.engines import Key, Pcm, Signal, Sound, Words
from models.errors import BadRequest, EngineError

RATE = 16_000
AHEAD_MS = 200
TOPIC = "foyer"
"""Of the messages that `interview.events` has, on LiveKit's data channel."""
TOKEN_SECONDS = 3 * 3600
"""Longer than any interview; a lost connection comes back with it."""
LATE_SECONDS = 0.5
"""The library tells no times: sound follows sound, unless it comes so much later than it should."""
WAIT_SECONDS = 20.0
"""For the candidate, whom a webhook has told of."""


def _rtc() -> Any:
    try:
        from livekit import rtc
    except ImportError as missing:
        raise BadRequest(MISSING) from missing
    return rtc


class LiveKitRoom:
    """`room`: LiveKit's own object, connected or about to be. Make it inside the event loop that it belongs to."""

    name = "livekit"

    def __init__(self, room: Any, server: MediaServer) -> None:
        self._rtc, self._room, self._server = _rtc(), room, server
        self._loop = asyncio.get_running_loop()
        self._signals: asyncio.Queue[Signal | None] = asyncio.Queue()
        self._source = self._rtc.AudioSource(RATE, 1, queue_size_ms=AHEAD_MS)
        self._listening: set[asyncio.Task[None]] = set()
        self._open = True
        self._due = 0.0
        room.on("track_subscribed", self._subscribed)
        room.on("sip_dtmf_received", lambda dtmf: self._signals.put_nowait(Key(dtmf.digit)))
        room.on("data_received", self._told)
        room.on("participant_disconnected", lambda _: self._over())
        room.on("disconnected", lambda _: self._over())

    @classmethod
    async def join(cls, server: MediaServer, name: str) -> LiveKitRoom:
        """Raises EngineError where the server cannot be reached, or the candidate has gone again."""
        rtc = _rtc()
        room = rtc.Room()
        made = cls(room, server)
        try:
            await room.connect(server.url, token(server, room=name, identity=INTERVIEWER, seconds=TOKEN_SECONDS))
            track = rtc.LocalAudioTrack.create_audio_track("interviewer", made._source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            await room.local_participant.publish_track(track, options)
        except (rtc.ConnectError, rtc.participant.PublishTrackError) as error:
            raise EngineError(f"LiveKit at {server.url} does not let us into a room: {error}", retry=True) from error
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                while not room.remote_participants:
                    await asyncio.sleep(0.1)
        if not room.remote_participants:
            await made.close()
            raise EngineError("Nobody was left in the LiveKit room when we came.")
        return made

    # ------------------------------------------------------------ a MediaRoom

    async def receive(self) -> Signal | None:
        return await self._signals.get() if self._open or not self._signals.empty() else None

    async def play(self, audio: Pcm) -> None:
        samples = len(audio.data) // 2
        if samples and self._open:
            await self._source.capture_frame(self._rtc.AudioFrame(audio.data, RATE, 1, samples))

    async def played(self) -> None:
        await self._source.wait_for_playout()

    def clear(self) -> None:
        self._source.clear_queue()

    async def tell(self, text: str) -> None:
        if self._open:
            with suppress(self._rtc.participant.PublishDataError):  # a line that broke is told by `disconnected`
                await self._room.local_participant.publish_data(text, reliable=True, topic=TOPIC)

    async def close(self) -> None:
        """The room is deleted: a telephone call would go on without us."""
        name = self._room.name if self._room.isconnected() else ""
        self._over()
        for task in self._listening:
            task.cancel()
        if name:
            await self._delete(name)
            await self._room.disconnect()
        await self._source.aclose()

    async def _delete(self, name: str) -> None:
        from livekit import api

        try:
            async with api.LiveKitAPI(self._server.url, self._server.key, self._server.secret) as service:
                await service.room.delete_room(api.DeleteRoomRequest(room=name))
        except (api.TwirpError, OSError, TimeoutError):
            return  # it ends by itself once it is empty

    # ------------------------------------------------------------ what LiveKit tells

    def _subscribed(self, track: Any, *_: Any) -> None:
        if track.kind != self._rtc.TrackKind.KIND_AUDIO:
            return
        task = self._loop.create_task(self._listen(track), name="livekit-audio")
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    async def _listen(self, track: Any) -> None:
        stream = self._rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                self._heard(bytes(event.frame.data))
        finally:
            await stream.aclose()

    def _heard(self, data: bytes) -> None:
        audio = Pcm(data, RATE)
        came = self._loop.time() - audio.seconds
        at = self._due if came - self._due < LATE_SECONDS else came
        self._due = at + audio.seconds
        self._signals.put_nowait(Sound(audio, at))

    def _told(self, packet: Any) -> None:
        if packet.topic == TOPIC:
            with suppress(UnicodeDecodeError):
                self._signals.put_nowait(Words(packet.data.decode()))

    def _over(self) -> None:
        if self._open:
            self._open = False
            self._signals.put_nowait(None)
