"""The candidate's socket against a hostile or clumsy page: whatever it sends, the interview goes on or the socket
closes politely, and a fresh socket with the same cookie can take the interview to its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.demo import recordings, sample_kit
from api.security import ROOM_COOKIE
from interview import events as ev
from tests.flow.hostile import Line, World, build, dial

SILENCE = bytes(2 * 16_000)
PATIENCE = 30.0
BEYOND_U32 = 2**32


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from build(tmp_path_factory.mktemp("hostile") / "home")


@pytest.fixture
def interview(world: World) -> str:
    return world.invite(world.applicant())


@pytest.fixture
def cookie(world: World, interview: str) -> str:
    """An interview that was opened, and whose room is still empty."""
    return world.room_cookie(interview)


@asynccontextmanager
async def joined(world: World, cookie: str) -> AsyncIterator[Line]:
    async with asyncio.timeout(PATIENCE), dial(world, cookie) as line:
        await line.join()
        yield line


async def take_to_the_end(world: World, cookie: str) -> None:
    """A well-behaved page with this cookie: is heard (frames are taken), answers by typing, and is thanked."""
    async with joined(world, cookie) as line:
        assert line.ready is not None
        assert line.ready.next_seq < BEYOND_U32
        await line.speak(SILENCE)
        last = line.ready.next_seq - 1
        acknowledged = False
        while not isinstance(heard := await line.hear(), ev.Completed):
            match heard:
                case ev.Ack():
                    acknowledged = acknowledged or heard.seq == last
                case ev.State(phase="paused"):
                    await line.say(ev.Button(action="resume"))
                case ev.Say():
                    await line.say(ev.PlaybackEnded(utterance=heard.utterance, offset=line.ready.next_offset))
                    if heard.question_id is not None and acknowledged:
                        await line.say(ev.TextAnswer(text="I built a queue in Python. It halved the waiting time."))
                case _:
                    pass
            if isinstance(heard, ev.Ack) and acknowledged:
                await line.say(ev.TextAnswer(text="I wrote the importer myself, and it cut errors by 40 percent."))


# ---------------------------------------------------------------- before the first word


@pytest.mark.parametrize(
    "first",
    [
        ev.Ping().model_dump_json(),
        ev.TextAnswer(text="hello").model_dump_json(),
        "",
        "null",
        "[]",
        "{",
        '{"type": "session.start", "next_seq": "x"}',
        '{"type": "session.start", "tab": "' + "x" * 65 + '"}',
        "[" * 100_000,
        b"",
        b"\x01\x02",
        ev.AudioFrame(0, 0, SILENCE[:1280]).pack(),
    ],
    ids=range(12),
)
def test_a_wrong_first_frame_ends_the_socket_and_nothing_else(world: World, cookie: str, first: str | bytes) -> None:
    async def try_it() -> None:
        async with asyncio.timeout(PATIENCE), dial(world, cookie) as line:
            await line.say(first)
            with pytest.raises(ConnectionClosed) as closed:
                await line.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1002
        async with joined(world, cookie):
            pass

    asyncio.run(try_it())


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[::1", ""])
def test_a_foreign_page_does_not_get_a_socket(world: World, cookie: str, origin: str) -> None:
    async def knock() -> None:
        address = world.service.base.replace("http", "ws", 1) + "/room/socket"
        headers = {"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": origin}
        async with connect(address, additional_headers=headers):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(knock())
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "A" * 5000])
def test_a_forged_cookie_does_not_get_a_socket(world: World, forged: str) -> None:
    async def knock() -> None:
        async with dial(world, forged):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(knock())
    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------- in the room

Abuse = Callable[[Line], Awaitable[None]]


async def _complained_and_still_there(line: Line) -> None:
    await line.say(ev.Ping())
    codes = set()
    while not isinstance(heard := await line.until(ev.Notice, ev.Pong), ev.Pong):
        assert isinstance(heard, ev.Notice)
        codes.add(heard.code)
    assert codes & {"bad_frame", "slow_down", "out_of_step"}


async def _hours_ahead(line: Line) -> None:
    for seconds in (3 * 3600, 2**63 // 32_000):
        await line.say(ev.AudioFrame(0, seconds * 16_000, SILENCE[:1280]).pack())
    await _complained_and_still_there(line)


async def _sequence_ahead(line: Line) -> None:
    await line.say(ev.AudioFrame(BEYOND_U32 - 1, 0, SILENCE[:1280]).pack())
    await _complained_and_still_there(line)


async def _out_of_order(line: Line) -> None:
    for seq in (2, 0, 1, 2, 2, 5, 3, 1):
        await line.say(ev.AudioFrame(seq, seq * 640, SILENCE[:1280]).pack())
    await line.until(ev.Ack)


async def _malformed_audio(line: Line) -> None:
    good = ev.AudioFrame(0, 0, SILENCE[:1280]).pack()
    for raw in (b"", b"\x01", b"\x02" + good[1:], good[:13], good + b"x", good[:13] + bytes(40_000)):
        await line.say(raw)
    await _complained_and_still_there(line)


async def _frames_of_any_length(line: Line) -> None:
    """From one sample to a second of them, in step: each is kept. One more is damage."""
    seq = offset = 0
    for samples in (1, 7, 320, 1600, 16_000, 3):
        await line.say(ev.AudioFrame(seq, offset, bytes(2 * samples)).pack())
        seq, offset = seq + 1, offset + samples
    await line.say(ev.AudioFrame(seq, offset, bytes(2 * 16_001)).pack())
    await _complained_and_still_there(line)
    while True:
        ack = await line.until(ev.Ack)
        assert isinstance(ack, ev.Ack)
        if ack.seq == seq - 1:
            return


async def _at_another_rate(line: Line) -> None:
    """48 kHz in frames of 40 ms: first numbered by its own samples, then as if it were 16 kHz; then 8 kHz likewise."""
    for n in range(100):
        await line.say(ev.AudioFrame(n, n * 1920, bytes(2 * 1920)).pack())
    for n in range(100, 200):
        await line.say(ev.AudioFrame(n, 192_000 + (n - 100) * 640, bytes(2 * 1920)).pack())
    for n in range(200, 300):
        await line.say(ev.AudioFrame(n, 258_000 + (n - 200) * 640, bytes(2 * 320)).pack())
    while True:
        ack = await line.until(ev.Ack)
        assert isinstance(ack, ev.Ack)
        if ack.seq == 299:
            return


async def _malformed_text(line: Line) -> None:
    for raw in ("", "{", "null", '{"type": "fly"}', '{"type": "ping", "x": 1}', "[" * 100_000, "\0", "9" * 5000):
        await line.say(raw)
    await line.say(json.dumps({"type": "text.answer", "text": "x" * 10_001}))
    await line.say('{"type": "text.answer", "text": "\\ud800"}')
    await _complained_and_still_there(line)


async def _wild_offsets(line: Line) -> None:
    for offset in ("-1", "-" + "9" * 300, "9" * 300, "9" * 4000, str(2**63), str(16_000 * 3600 * 10)):
        said = await line.until(ev.Say, ev.State)
        utterance = said.utterance if isinstance(said, ev.Say) else "u0"
        await line.say(f'{{"type": "playback.ended", "utterance": "{utterance}", "offset": {offset}}}')
        await line.say(ev.Button(action="repeat"))


async def _unknown_utterance(line: Line) -> None:
    for name in ("nope", "", "u" * 100_000, "../../etc/passwd"):
        await line.say(ev.PlaybackStarted(utterance=name))
        await line.say(ev.PlaybackEnded(utterance=name, offset=0))


async def _a_thousand_pings(line: Line) -> None:
    async def drain() -> None:
        for _ in range(1000):
            await line.until(ev.Pong)

    draining = asyncio.create_task(drain())
    for _ in range(1000):
        await line.say(ev.Ping())
    await draining


async def _too_many_bad_frames(line: Line) -> None:
    async def insist() -> None:
        while True:
            await line.say("{")

    with pytest.raises(ConnectionClosed):
        await insist()


async def _oversized(line: Line) -> None:
    await line.say("x" * (2**20 + 1))
    with pytest.raises(ConnectionClosed) as closed:
        await line.until(ev.Refused)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def _long_answer(line: Line) -> None:
    say = await line.until(ev.Say)
    assert isinstance(say, ev.Say)
    await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))
    await line.until(ev.Say)
    await line.say(ev.TextAnswer(text=("I did it. \u202e\u200b\0" * 1000)[:10_000]))
    await line.until(ev.Say)


async def _button_spam(line: Line) -> None:
    actions: tuple[ev.ButtonAction, ...] = (
        "repeat",
        "rephrase",
        "slower",
        "pause",
        "resume",
        "done",
        "repeat",
        "pause",
    )
    for action in actions * 12:
        await line.say(ev.Button(action=action))
        await line.say(ev.Visibility(hidden=action == "pause"))
    await line.say(ev.Ping())
    await line.until(ev.Pong)


async def _ten_times_too_fast(line: Line) -> None:
    await line.speak(SILENCE * 60)
    await line.until(ev.Ack)


async def _vanishing(line: Line) -> None:
    await line.say(ev.Button(action="repeat"))
    line.socket.transport.abort()


ABUSES: list[Abuse] = [
    _hours_ahead,
    _sequence_ahead,
    _out_of_order,
    _malformed_audio,
    _frames_of_any_length,
    _at_another_rate,
    _malformed_text,
    _wild_offsets,
    _unknown_utterance,
    _a_thousand_pings,
    _too_many_bad_frames,
    _oversized,
    _long_answer,
    _button_spam,
    _ten_times_too_fast,
    _vanishing,
]


@pytest.mark.parametrize(
    "abuse",
    [pytest.param(each, marks=pytest.mark.long if n % 5 else ()) for n, each in enumerate(ABUSES)],  # a fifth at once
    ids=[abuse.__name__.strip("_") for abuse in ABUSES],
)
def test_after_any_abuse_the_interview_can_be_taken_to_its_end(world: World, cookie: str, abuse: Abuse) -> None:
    async def suffer() -> None:
        async with joined(world, cookie) as line:
            await abuse(line)
        await take_to_the_end(world, cookie)

    asyncio.run(suffer())
    assert "room.failed" not in world.service.log.read_text()


@pytest.mark.long
def test_an_answer_is_still_heard_after_a_lie_about_when_it_began(world: World, cookie: str, interview: str) -> None:
    question = sample_kit().questions[0]
    answer = recordings("slt", sample_kit().model_copy(update={"questions": (question,)}))[question.id]

    async def speak() -> None:
        async with joined(world, cookie) as line:
            for _ in range(2):  # the welcome, the question
                say = await line.until(ev.Say)
                assert isinstance(say, ev.Say)
                await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=16_000 * 3600 * 10))
            await line.speak(answer.data + SILENCE * 4)
            while True:
                heard = await line.until(ev.Caption)
                assert isinstance(heard, ev.Caption)
                if heard.role == "candidate" and heard.text:
                    break
            await line.until(ev.Say)

    asyncio.run(speak())
    turns = world.service.get(f"/api/interviews/{interview}/transcript")["turns"]
    assert any(turn["role"] == "candidate" and turn["text"] for turn in turns)


def test_the_end_is_the_end(world: World, cookie: str) -> None:
    """Pressed twice, or from a page that was left open: one end, one report, and a polite refusal afterwards."""

    async def finish() -> None:
        async with joined(world, cookie) as line:
            await line.until(ev.Say)
            for _ in range(5):
                await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)
        async with asyncio.timeout(PATIENCE), dial(world, cookie) as line:
            await line.say(ev.SessionStart(tab="again"))
            refused = await line.hear()
            assert isinstance(refused, ev.Refused)
            assert refused.code == "ended"

    asyncio.run(finish())
