"""A spoken interview whose voices somebody else carries: the same conversation, recording, transcript and report."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from pathlib import Path

import httpx2
import pytest
import soundfile

from api.demo import transcripts, word_errors
from api.local_room import LocalRoom
from api.media_line import MediaLine
from api.outbox import code_for
from api.security import ROOM_COOKIE, interview_of_session
from interview import events as ev
from models.engines import Pcm
from models.values import InterviewPlan
from tests.flow.served import Inside, answering, served


async def entered(inside: Inside, link: str) -> str:
    """The room's cookie: consent by the page, and the code from the mail."""
    async with httpx2.AsyncClient(base_url=inside.base, timeout=60.0) as browser:
        page = await browser.post(link + "/start", data={"consent": "yes"})
        code = code_for(page.text, inside.app.settings.home / "outbox")
        entry = {"code": code or "", "then": "start", "consent": "yes"}
        return (await browser.post(link + "/code/check", data=entry)).cookies[ROOM_COOKIE]


async def held(inside: Inside, cookie: str, answers: dict[str, Pcm], *, hang_up: bool = False) -> LocalRoom:
    """One line, from its beginning to its end. `hang_up`: in the middle of the first question."""
    app, room = inside.app, LocalRoom()
    interview = await asyncio.to_thread(interview_of_session, app.database, cookie)
    voice = partial(app.engines.voice.path, language="en")
    line = MediaLine(room, "page", spoken=partial(app.rooms.audio, interview), voice=voice)
    running = [asyncio.create_task(line.run()), asyncio.create_task(answering(room, answers))]
    conversing = asyncio.create_task(app.rooms.converse(line, ev.SessionStart(tab="media"), interview))
    if hang_up:
        await room.hears(quiet=-1.0)
        await asyncio.sleep(1.0)
        room.hang_up()
    async with asyncio.timeout(240):
        await conversing
        await asyncio.gather(*running)
    return room


@pytest.mark.long
def test_a_spoken_interview_over_a_room_that_somebody_else_carries(
    tmp_path: Path, kit: InterviewPlan, answers: dict[str, Pcm]
) -> None:
    async def story() -> None:
        async with served(tmp_path / "home") as inside:
            application = await inside.applicant(kit)
            interview = await inside.post(f"/api/applications/{application}/invite", {"reason": "strong"})
            link = await inside.post(f"/api/interviews/{interview['id']}/link")
            cookie = await entered(inside, link["url"])
            first = await held(inside, cookie, answers, hang_up=True)
            assert (await inside.get(f"/api/interviews/{interview['id']}"))["state"] in ("in_progress", "paused")
            second = await held(inside, cookie, answers)
            assert '"resumed":true' in second.told[0].replace(" ", "")
            assert '"resumed":false' in first.told[0].replace(" ", "")
            assert any(isinstance(ev.server_message.validate_json(text), ev.Completed) for text in second.told)
            await inside.until(f"/api/interviews/{interview['id']}/report", lambda found: found.status_code == 200)
            await checked(inside, interview["id"], kit)

    asyncio.run(story())


async def checked(inside: Inside, interview_id: str, kit: InterviewPlan) -> None:
    """From speech to transcript to report."""
    turns = (await inside.get(f"/api/interviews/{interview_id}/transcript"))["turns"]
    for question in kit.questions:
        said = " ".join(t["text"] for t in turns if t["question_id"] == question.id and t["role"] == "candidate")
        wrong = word_errors(transcripts("slt")[question.id], said)
        print(f"{question.id}: word errors {wrong:.2f}")
        assert wrong < 0.35, said
    report = await inside.get(f"/api/interviews/{interview_id}/report")
    assert report["competencies"]
    await inside.until(f"/api/interviews/{interview_id}/recording", lambda found: found.status_code == 200)
    flac = await inside.api.get(f"/api/interviews/{interview_id}/recording")
    both, rate = soundfile.read(io.BytesIO(flac.content), dtype="int16")
    assert rate == 16_000
    assert all(abs(both[:, channel]).max() > 1000 for channel in (0, 1)), "both voices were kept"
