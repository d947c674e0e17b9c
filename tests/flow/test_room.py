"""The room over the real socket where things go wrong: tabs that come and go, links renewed under an open room, a
sender that runs ahead. Nothing here is said aloud, so one service serves all tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from api.demo import recordings, sample_kit
from interview import events as ev
from tests.flow import hostile
from tests.flow.hostile import Line, World, dial
from tests.flow.running import wait_for

RATE = 16_000
SECOND = b"\0\0" * RATE


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("room") / "home")


@pytest.fixture
def interview_id(world: World) -> str:
    return world.invite(world.applicant())


@pytest.fixture
def cookie(world: World, interview_id: str) -> str:
    return world.room_cookie(interview_id)


def within(seconds: float, talk: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await talk()

    asyncio.run(bounded())


async def closed(line: Line) -> int | None:
    """Hear it out. Returns the close code."""
    try:
        while True:
            await line.hear()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else None


def state_of(world: World, interview_id: str) -> str:
    return str(world.service.get(f"/api/interviews/{interview_id}")["state"])


def is_live(world: World, interview_id: str) -> bool:
    return bool(world.service.get(f"/api/interviews/{interview_id}")["live"])


async def hear_out(line: Line, kind: str) -> ev.Say:
    """Up to the sentence of this kind; those before it are reported as played."""
    while True:
        say = await line.until(ev.Say)
        assert isinstance(say, ev.Say)
        if say.kind == kind:
            return say
        await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))


async def to_closing(line: Line) -> None:
    await line.join()
    for _ in range(2):
        await hear_out(line, "question")
        await line.say(ev.Button(action="skip"))
    await hear_out(line, "closing")


def test_who_closes_the_tab_during_the_closing_has_finished(world: World, interview_id: str, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as line:
            await to_closing(line)
        async with dial(world, cookie) as again:
            await again.say(ev.SessionStart(tab="hostile"))
            refused = await again.until(ev.Refused)
            assert isinstance(refused, ev.Refused)
            assert refused.code == "ended"

    within(60, talk)
    assert state_of(world, interview_id) == "completed"
    wait_for(
        lambda: world.api.get(f"/api/interviews/{interview_id}/report").status_code, lambda s: s == 200, "the report"
    )


def test_an_interview_that_ends_while_its_room_winds_up_leaves_no_room_behind(
    world: World, interview_id: str, cookie: str
) -> None:
    """The line is cut while the last words before "finish" are still being recognised."""
    question = sample_kit().questions[0]
    spoken = recordings("slt", sample_kit().model_copy(update={"questions": (question,)}))[question.id]

    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            say = await hear_out(line, "question")
            await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))
            await line.speak(spoken.data)
            await line.say(ev.Button(action="finish"))
            await line.say(ev.Ping())
            await line.until(ev.Pong)
            line.socket.transport.abort()
        while True:
            async with dial(world, cookie) as again:
                await again.say(ev.SessionStart(tab="another"))
                refused = await again.until(ev.Refused)
                assert isinstance(refused, ev.Refused)
                if refused.code == "ended":
                    return
                assert refused.code == "already_open", "still winding up"

    within(60, talk)
    assert state_of(world, interview_id) == "completed"
    wait_for(lambda: is_live(world, interview_id), lambda live: not live, "the room closed", 10)
    turns = world.service.get(f"/api/interviews/{interview_id}/transcript")["turns"]
    assert any(turn["role"] == "candidate" and turn["text"] for turn in turns), "the last words count"


def test_of_three_sockets_of_one_tab_the_last_holds_the_room(world: World, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as first, dial(world, cookie) as second, dial(world, cookie) as third:
            await first.join("one")
            await second.say(ev.SessionStart(tab="one"))
            await third.say(ev.SessionStart(tab="one"))
            lines = {"second": second, "third": third}
            ends = {name: asyncio.create_task(closed(line)) for name, line in lines.items()}
            assert await closed(first) == 4000
            done, held = await asyncio.wait(ends.values(), timeout=5, return_when=asyncio.FIRST_COMPLETED)
            assert [task.result() for task in done] == [4000], "one of the two was replaced, and told so"
            assert len(held) == 1
            for task in held:
                task.cancel()
        while True:  # nobody is left behind in the room
            async with dial(world, cookie) as later:
                await later.say(ev.SessionStart(tab="another"))
                if isinstance(await later.hear(), ev.SessionReady):
                    return

    within(60, talk)


@pytest.mark.proves(50)
def test_a_renewed_link_ends_the_open_room_and_lets_its_holder_in(world: World, interview_id: str, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as old:
            await old.join("old")
            await hear_out(old, "question")
            renewed = await asyncio.to_thread(world.room_cookie, interview_id)
            async with dial(world, renewed) as new:
                ready = await new.join("new")
                assert ready.resumed
                refused = await old.until(ev.Refused)
                assert isinstance(refused, ev.Refused)
                assert "latest e-mail" in refused.text
                assert await closed(old) == 4409
                again = await new.until(ev.Say)
                assert isinstance(again, ev.Say)
                assert again.kind == "question"

    within(60, talk)


def test_a_room_whose_link_was_renewed_writes_no_more(world: World, interview_id: str, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as old:
            await old.join("old")
            await hear_out(old, "question")
            await asyncio.to_thread(world.service.post, f"/api/interviews/{interview_id}/link", {})
            await old.say(ev.TextAnswer(text="This answer came over a link that is void."))
            refused = await old.until(ev.Refused)
            assert isinstance(refused, ev.Refused)
            assert refused.code == "expired"

    within(60, talk)
    turns = world.service.get(f"/api/interviews/{interview_id}/transcript")["turns"]
    assert not [turn for turn in turns if turn["role"] == "candidate"]


def test_a_silent_room_notices_by_itself_that_its_link_was_renewed(
    world: World, interview_id: str, cookie: str
) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as old:
            await old.join("old")
            await old.until(ev.Say)
            await old.say(ev.Button(action="pause"))
            await asyncio.to_thread(world.service.post, f"/api/interviews/{interview_id}/link", {})
            await old.until(ev.Refused)

    within(60, talk)


def test_a_page_does_not_go_on_in_another_interview(world: World, interview_id: str, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.say(ev.SessionStart(tab="one", interview="of-another-window"))
            refused = await line.hear()
            assert isinstance(refused, ev.Refused)
            assert refused.code == "expired"
            assert "link from its e-mail" in refused.text
        async with dial(world, cookie) as line:
            await line.say(ev.SessionStart(tab="one", interview=interview_id))
            assert isinstance(await line.hear(), ev.SessionReady)

    within(30, talk)


def test_a_sender_far_ahead_of_the_clock_is_slowed_down_and_the_interview_goes_on(world: World, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            for n in range(400):
                await line.say(ev.AudioFrame(n, n * RATE, SECOND).pack())
            notice = await line.until(ev.Notice)
            assert isinstance(notice, ev.Notice)
            assert notice.code == "slow_down"
            ack = await line.until(ev.Ack)
            assert isinstance(ack, ev.Ack)
            assert 170 <= ack.seq <= 260, "what is too early is not acknowledged"
            await line.say(ev.Ping())
            await line.until(ev.Pong)
        async with dial(world, cookie) as line:
            ready = await line.join()
            assert ready.next_seq <= 260
            assert ready.next_offset == ready.next_seq * RATE

    within(60, talk)


def test_a_page_away_for_too_long_is_told_to_begin_anew(world: World, interview_id: str, cookie: str) -> None:
    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            await line.until(ev.Say)
        began_earlier(world, interview_id, 3600)
        async with dial(world, cookie) as line:
            await line.join()
            for n in range(40):
                await line.say(ev.AudioFrame(30_000 + n, (30_000 + n) * 640, SECOND[:1280]).pack())
            notice = await line.until(ev.Notice)
            assert isinstance(notice, ev.Notice)
            assert notice.code == "out_of_step"
            await line.speak(SECOND)
            ack = await line.until(ev.Ack)
            assert isinstance(ack, ev.Ack)
            assert ack.seq == 24, "frames that are in step are kept"

    within(60, talk)


def began_earlier(world: World, interview_id: str, seconds: float) -> None:
    earlier = "UPDATE interview_events SET at = at - :seconds WHERE interview_id = :interview"
    world.service.sql(earlier, seconds=seconds, interview=interview_id)
