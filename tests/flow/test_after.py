"""When the interview is over: the candidate reads, corrects, keeps and judges it, over the real service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import httpx2
import pytest

from api.security import RECRUITER_COOKIE, ROOM_COOKIE
from interview import events as ev
from tests.flow import hostile
from tests.flow.hostile import World, dial
from tests.flow.running import wait_for
from tests.flow.test_room import hear_out

SAID = "We, we ran it on communities, um, and I restarted it in 4 minutes."
CLEANED = "we ran it on communities, and I restarted it in 4 minutes."
MEANT = "We ran it on Kubernetes, and I restarted it in 4 minutes."


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("after") / "home")


async def converse(world: World, cookie: str) -> None:
    async with asyncio.timeout(60), dial(world, cookie) as line:
        await line.join()
        await hear_out(line, "question")
        await line.say(ev.Paste(characters=len(SAID)))
        await line.say(ev.TextAnswer(text=SAID))
        while True:
            heard = await line.until(ev.Say, ev.Completed)
            if isinstance(heard, ev.Completed):
                return
            assert isinstance(heard, ev.Say)
            await line.say(ev.PlaybackEnded(utterance=heard.utterance, offset=0))
            if heard.kind in ("question", "probe"):
                await line.say(ev.Button(action="skip"))


def browser(world: World, cookie: str) -> httpx2.Client:
    client = world.anonymous()
    client.cookies.set(ROOM_COOKIE, cookie)
    return client


@pytest.fixture(scope="module")
def done(world: World) -> Iterator[tuple[str, httpx2.Client]]:
    """(a completed interview, the browser in which it was held)"""
    interview = world.invite(world.applicant())
    cookie = world.room_cookie(interview)
    asyncio.run(converse(world, cookie))
    with browser(world, cookie) as client:
        yield interview, client


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def place(world: World, interview: str) -> int:
    turns = world.service.get(f"/api/interviews/{interview}/transcript")["turns"]
    return next(n for n, turn in enumerate(turns) if turn["text"] == SAID)


def test_the_room_leads_there_when_all_is_said(done: tuple[str, httpx2.Client]) -> None:
    answer = done[1].get("/room")
    assert (answer.status_code, answer.headers["location"]) == (303, "/room/after")
    page = done[1].get("/room/after").text
    assert "What happens next" in page
    assert SAID in words_of(page)


def test_what_was_noted_stands_apart_from_the_ratings(world: World, done: tuple[str, httpx2.Client]) -> None:
    interview, _ = done
    [signal] = world.service.get(f"/api/interviews/{interview}/context")
    assert (signal["code"], signal["question"]) == ("pasted", 1)
    report = f"/api/interviews/{interview}/report"
    wait_for(lambda: world.api.get(report).status_code, lambda status: status == 200, "the report")
    page = world.api.get(f"{report}.html").text
    assert page.index("What was said") < page.index("Context, not scored") < page.index('id="transcript"')
    assert signal["innocent"] in page
    assert "pasted" not in world.api.get(report).text, "the Scorecard knows nothing of it"


def test_the_cleaned_view_stands_beside_every_word(world: World, done: tuple[str, httpx2.Client]) -> None:
    interview, client = done
    shown = world.service.get(f"/api/interviews/{interview}/transcript")
    turn = place(world, interview)
    assert shown["turns"][turn]["text"] == SAID
    assert shown["cleaned"][turn] == CLEANED
    page = client.get("/room/after").text
    assert '<span class="left-out">We, </span>we ran it on communities, <span class="left-out">um, </span>and' in page
    assert 'id="cleaned"' in page


def test_a_correction_stands_beside_what_was_understood(world: World, done: tuple[str, httpx2.Client]) -> None:
    interview, client = done
    turn = place(world, interview)
    answer = client.post("/room/after/corrections", data={"turn": turn, "text": MEANT})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert SAID in words_of(page)
    assert MEANT in page
    shown = world.service.get(f"/api/interviews/{interview}/transcript")
    assert shown["turns"][turn]["text"] == SAID
    assert shown["corrections"] == [{"turn": turn, "text": MEANT}]
    kept = client.get("/room/after/transcript.txt")
    assert f"You: {SAID}\n  (you corrected this to: {MEANT})" in kept.text
    assert "attachment" in kept.headers["content-disposition"]
    application = world.service.get(f"/api/interviews/{interview}")["application_id"]
    with world.anonymous() as recruiter:
        recruiter.cookies.set(RECRUITER_COOKIE, world.cookie)
        page = recruiter.get(f"/applications/{application}").text
    assert "corrected 1 answer" in page
    assert MEANT in page


def test_the_report_is_not_changed_by_it(world: World, done: tuple[str, httpx2.Client]) -> None:
    interview, client = done
    path = f"/api/interviews/{interview}/report"
    before = wait_for(lambda: world.api.get(path), lambda found: found.status_code == 200, "a report", 60).content
    client.post("/room/after/corrections", data={"turn": place(world, interview), "text": "I led the whole company."})
    assert world.api.get(path).content == before


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("corrections", {"turn": "0", "text": "I am the interviewer"}),
        ("corrections", {"turn": "999", "text": "nothing here"}),
        ("corrections", {"turn": "-1", "text": "nothing here"}),
        ("corrections", {"turn": "1", "text": "   "}),
        ("corrections", {"turn": "1", "text": "x" * 10_001}),
        ("feedback", {"rating": "6"}),
        ("feedback", {"text": "  "}),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_cure(
    done: tuple[str, httpx2.Client], path: str, data: dict[str, str]
) -> None:
    answer = done[1].post(f"/room/after/{path}", data=data)
    assert answer.status_code in (400, 422)


def test_nobody_else_gets_in_and_nobody_too_early(world: World, done: tuple[str, httpx2.Client]) -> None:
    with world.anonymous() as stranger:
        assert stranger.get("/room/after").status_code == 401
        assert stranger.post("/room/after/feedback", data={"rating": "1"}).status_code == 401
    open_ = world.invite(world.applicant())
    with browser(world, world.room_cookie(open_)) as early:
        assert early.get("/room/after").status_code == 409
        assert early.post("/room/after/corrections", data={"turn": "0", "text": "x"}).status_code == 409
    forged = done[1].post("/room/after/feedback", data={"rating": "1"}, headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403


def test_ratings_are_shown_from_five_people_on(world: World, done: tuple[str, httpx2.Client]) -> None:
    client = done[1]
    assert client.post("/room/after/feedback", data={"rating": "5", "text": "Kind."}).status_code == 303
    assert client.post("/room/after/feedback", data={"rating": "4"}).status_code == 303
    shown = world.service.get(f"/api/jobs/{world.job_id}/feedback")
    assert shown == {"answers": 1, "mean": None, "by_rating": None}
