"""The kill switch over the running service: an application that comes in, one that waits, a live interview that is cut
off and one that is complete; then all of it goes on, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from interview import events as ev
from tests.flow import hostile
from tests.flow.hostile import RESUME, Line, World, dial
from tests.flow.running import wait_for

WHY = "The model is being reviewed."
SAID = "In my last role I rolled the release back within ten minutes and wrote a test for it afterwards."


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("switch") / "home")


@pytest.fixture
def kim(world: World) -> Iterator[httpx2.Client]:
    with world.as_person("Kim Doe") as client:
        yield client


def rows(world: World, query: str, id: str) -> list[Any]:
    return world.service.sql(query, id=id)


def answered(world: World, interview_id: str) -> list[str]:
    turns = world.service.get(f"/api/interviews/{interview_id}/transcript")["turns"]
    return [turn["text"] for turn in turns if turn["role"] == "candidate"]


async def to_question(line: Line) -> ev.Say:
    while True:
        say = await line.until(ev.Say)
        assert isinstance(say, ev.Say)
        if say.kind == "question":
            return say
        await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))


async def cut_off(world: World, cookie: str, press: Any) -> str:
    """Answers one question; then the switch is pressed. Returns what the interviewer says at last."""
    async with asyncio.timeout(60), dial(world, cookie) as line:
        await line.join()
        await to_question(line)
        await line.say(ev.TextAnswer(text=SAID))
        await to_question(line)
        await asyncio.to_thread(press)
        farewell = await line.until(ev.Say)
        assert isinstance(farewell, ev.Say)
        await line.say(ev.PlaybackEnded(utterance=farewell.utterance, offset=0))
        refused = await line.until(ev.Refused)
        assert isinstance(refused, ev.Refused)
        assert refused.code == "suspended"
        assert "go on with the same link" in refused.text
    async with asyncio.timeout(30), dial(world, cookie) as again:
        await again.say(ev.SessionStart(tab="hostile"))
        refused = await again.until(ev.Refused)
        assert isinstance(refused, ev.Refused)
        assert refused.code == "suspended", "nobody comes in meanwhile"
    return farewell.text


async def taken_up(world: World, cookie: str) -> str:
    """The same room again, to its end. Returns the first thing said."""
    async with asyncio.timeout(60), dial(world, cookie) as line:
        await line.join()
        first = await line.until(ev.Say)
        assert isinstance(first, ev.Say)
        await line.say(ev.TextAnswer(text=SAID.replace("ten", "twenty")))
        while True:
            heard = await line.until(ev.Say, ev.Completed)
            if isinstance(heard, ev.Completed):
                return first.text
            assert isinstance(heard, ev.Say)
            await line.say(ev.PlaybackEnded(utterance=heard.utterance, offset=0))


@pytest.mark.long
@pytest.mark.proves(46)
def test_while_it_is_suspended_everything_waits_and_then_goes_on_once(world: World, kim: httpx2.Client) -> None:
    cookie = world.room_cookie(begun := world.invite(world.applicant()))
    waiting = world.applicant()
    guest = world.invite(world.applicant())
    guest_link = world.service.post(f"/api/interviews/{guest}/link", {})["url"]
    expires = world.service.get(f"/api/interviews/{guest}")["expires_at"]
    job = {"job_id": world.job_id, "reason": WHY}

    def press() -> None:
        assert world.api.post("/v1/suspension", json=job).status_code == 400, "not without a name"
        assert kim.post("/v1/suspension", json={"job_id": world.job_id, "reason": ""}).status_code == 422
        assert kim.post("/v1/suspension", json=job).status_code == 201
        assert kim.post("/v1/suspension", json=job).status_code == 409

    farewell = asyncio.run(cut_off(world, cookie, press))
    assert "has paused all interviews" in farewell
    assert "nothing to do with you" in farewell

    came = asked_meanwhile(world, waiting, guest_link)
    what_is_told(world)
    # a half interview is nobody's to judge
    assert world.service.get(f"/api/applications/{came}")["stage"] == "received"
    assert world.service.get(f"/api/interviews/{begun}")["state"] == "in_progress"
    assert answered(world, begun) == [SAID], "what was said is kept"
    assert rows(world, "SELECT cut_off_at IS NOT NULL FROM interviews WHERE id = :id", begun) == [(1,)]
    assert rows(world, "SELECT COUNT(*) FROM reports WHERE interview_id = :id", begun) == [(0,)]

    resume_by_page(world)
    assert kim.post("/v1/suspension/resume", json=job).status_code == 409
    wait_for(lambda: world.service.get(f"/api/applications/{came}")["stage"], lambda at: at == "screened", "screened")
    assert rows(world, "SELECT COUNT(*) FROM screenings WHERE application_id = :id", came) == [(1,)]
    assert world.invite(waiting)
    assert world.service.get(f"/api/interviews/{guest}")["expires_at"] > expires, "the time was not lost"

    first = asyncio.run(taken_up(world, cookie))
    assert first.startswith("Welcome back."), first
    wait_for(lambda: world.api.get(f"/api/interviews/{begun}/report").status_code, lambda s: s == 200, "the report")
    assert rows(world, "SELECT COUNT(*) FROM reports WHERE interview_id = :id", begun) == [(1,)]
    assert answered(world, begun) == [SAID, SAID.replace("ten", "twenty")], "nothing is lost, nothing is there twice"
    deeds = [one["action"] for one in world.service.get("/v1/audit", action="processing.")["entries"]]
    assert deeds == ["processing.resumed", "processing.suspended"]


def asked_meanwhile(world: World, waiting: str, guest_link: str) -> str:
    """An upload, whose application is returned; an invitation, a look and a booking, which are refused."""
    mail = "waits@mail.example"
    part = ("files", ("waits.txt", RESUME.replace(b"brandon.yates@example.org", mail.encode())))
    accepted = world.api.post(f"/api/jobs/{world.job_id}/batches", files=[part])
    assert accepted.status_code == 202, "uploads are taken in"
    [came] = accepted.json()["applications"]
    refused = world.api.post(f"/api/applications/{waiting}/invite", json={})
    assert (refused.status_code, refused.json()["error"]) == (409, "suspended")
    assert "Kim Doe" in refused.json()["detail"]
    assert WHY in refused.json()["detail"]
    with world.anonymous() as browser:
        page = browser.get(guest_link)
        assert "The employer has paused all interviews" in page.text
        assert "/start" not in page.text
        assert browser.post(f"{guest_link}/book", data={"starts": "2031-01-01T10:00:00+00:00"}).status_code == 409
    return str(came)


def what_is_told(world: World) -> None:
    told = world.service.get("/v1/suspension")
    [standing] = told["suspensions"]
    assert (told["suspended"], told["jobs"]) == (False, [world.job_id])
    assert standing["suspended_by"].startswith("Kim Doe (")
    assert standing["reason"] == WHY
    assert standing["resumed_at"] is None
    with world.signed_in("Kim Doe") as console:
        assert WHY in (shown := console.get("/").text)
        assert "Automated processing of one job is suspended." in shown
        assert f"/suspension?job={world.job_id}" in shown


def resume_by_page(world: World) -> None:
    with world.signed_in("Kim Doe") as console:
        form = {"act": "resume", "job": world.job_id, "reason": "Reviewed, nothing was wrong."}
        origin = {"Origin": world.service.base}
        assert console.post("/suspension", data=form, headers=origin).status_code == 303


@pytest.mark.proves(46)
@pytest.mark.long
def test_a_complete_interview_is_not_scored_while_all_is_suspended(world: World, kim: httpx2.Client) -> None:
    cookie = world.room_cookie(ended := world.invite(world.applicant()))

    async def talk() -> None:
        async with asyncio.timeout(60), dial(world, cookie) as line:
            await line.join()
            for _ in range(2):
                await to_question(line)
                await line.say(ev.Button(action="skip"))
            await asyncio.to_thread(lambda: kim.post("/v1/suspension", json={"reason": WHY}).raise_for_status())
            while not isinstance(heard := await line.until(ev.Say, ev.Completed), ev.Completed):
                assert isinstance(heard, ev.Say)
                assert "paused all interviews" not in heard.text, "who is being thanked is not cut off"
                await line.say(ev.PlaybackEnded(utterance=heard.utterance, offset=0))

    asyncio.run(talk())
    assert world.service.get(f"/api/interviews/{ended}")["state"] == "completed"
    assert world.service.get("/v1/suspension")["suspended"] is True
    kept = world.api.get(f"/api/interviews/{ended}/report").status_code
    assert kept == 404
    kim.post("/v1/suspension/resume", json={"reason": "Over."}).raise_for_status()
    wait_for(lambda: world.api.get(f"/api/interviews/{ended}/report").status_code, lambda s: s == 200, "the report")
    assert rows(world, "SELECT COUNT(*) FROM reports WHERE interview_id = :id", ended) == [(1,)]
