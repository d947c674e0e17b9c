"""An interview by telephone: number and code from the invitation, consent by a spoken yes, a call that breaks off and
is taken up again, transcript and report. The telephone is `api.local_room`; voices are recordings, and heard."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from api.demo import transcripts, word_errors
from api.local_room import LocalRoom
from api.outbox import messages, words
from api.security import digest
from interview.audio import read_audio
from interview.dial_in import CONSENT, CONSENT_VERSION
from models.engines import Pcm
from models.values import InterviewPlan
from tests.flow.served import Inside, answering_calls, served

CHANNEL = {
    "kind": "livekit",
    "name": "Line",
    "url": "wss://media.example",
    "key": "APIfoyer",
    "secret": "a secret of thirty-two characters",
    "sender": "+49 30 1234567",
    "uses": ["telephone"],
}


async def invited(inside: Inside, kit: InterviewPlan) -> tuple[str, str]:
    """The interview's id, and the code in the mail."""
    await inside.post("/v1/messages/channels", CHANNEL)
    application = await inside.applicant(kit)
    [job] = await inside.get("/api/jobs")
    answer = await inside.api.patch(f"/api/jobs/{job['id']}", json={"by_telephone": True})
    assert answer.status_code == 200, answer.text
    interview = await inside.post(f"/api/applications/{application}/invite", {"reason": "strong"})
    outbox = inside.app.settings.home / "outbox"
    async with asyncio.timeout(300):
        while not list(messages(outbox)):
            await asyncio.sleep(0.2)
    text = " ".join(words(next(iter(messages(outbox)))))
    found = re.search(r"Call \+49 30 1234567 and enter (\d{4} \d{3} \d{3})\.", text)
    assert found is not None, text
    return str(interview["id"]), found[1].replace(" ", "")


async def calling(inside: Inside, name: str, caller: str = "+49301111111") -> tuple[LocalRoom, asyncio.Task[None]]:
    room = LocalRoom()
    with inside.app.database.reading() as store:
        [channel] = store.channels(inside.organisation)
    answering = inside.app.calls.answer(room, channel.organisation_id, name=name, caller=caller)
    return room, asyncio.create_task(answering)


async def yes(inside: Inside, tmp_path: Path) -> Pcm:
    """Somebody who says yes, in a voice of its own."""
    path = await asyncio.to_thread(inside.app.engines.slow_voice.path, "Yes.", language="en")
    return read_audio(path)


@pytest.mark.long
def test_an_interview_by_telephone(tmp_path: Path, kit: InterviewPlan, answers: dict[str, Pcm]) -> None:
    async def story() -> None:
        async with served(tmp_path / "home") as inside:
            interview_id, code = await invited(inside, kit)
            await strangers(inside, code)
            spoken = [answers[question.id] for question in kit.questions]

            room, call = await calling(inside, "first")
            await room.hears(quiet=1.2)
            room.press(*code)
            await room.hears(quiet=1.5, within=300)
            assert not consents(inside, interview_id), "hearing the notice is no consent"
            room.say((await yes(inside, tmp_path)).samples)
            async with asyncio.timeout(300):
                while not consents(inside, interview_id):
                    await asyncio.sleep(0.2)
            assert [(one.text_version, one.text_sha256) for one in consents(inside, interview_id)] == [
                (CONSENT_VERSION, digest(CONSENT))
            ]
            await answering_calls(room, spoken[:1])
            await asyncio.sleep(6.0)
            room.hang_up()
            await asyncio.wait_for(call, 300)
            assert (await inside.get(f"/api/interviews/{interview_id}"))["state"] in ("in_progress", "paused")

            room, call = await calling(inside, "second")
            await room.hears(quiet=1.2)
            room.press(*code)
            await asyncio.sleep(2.0)
            room.press("1")  # no need to hear the notice out a second time
            await answering_calls(room, spoken[1:])
            async with asyncio.timeout(600):
                await call
            assert not room.open, "the interviewer hangs up"
            assert len(consents(inside, interview_id)) == 2

            await inside.until(f"/api/interviews/{interview_id}/report", lambda found: found.status_code == 200)
            turns = (await inside.get(f"/api/interviews/{interview_id}/transcript"))["turns"]
            for question in kit.questions:
                said = " ".join(
                    t["text"] for t in turns if t["question_id"] == question.id and t["role"] == "candidate"
                )
                wrong = word_errors(transcripts("slt")[question.id], said)
                print(f"{question.id}: word errors {wrong:.2f}")
                assert wrong < 0.35, said
            page = await inside.api.get(f"/api/interviews/{interview_id}/report.html")
            assert "by telephone, with the code from the invitation" in page.text

            room, call = await calling(inside, "third")
            await room.hears(quiet=1.2)
            room.press(*code)
            await asyncio.wait_for(call, 300)
            assert len(consents(inside, interview_id)) == 2, "what is over is told, and not begun again"

    asyncio.run(story())


async def strangers(inside: Inside, code: str) -> None:
    """Three wrong codes end a call, and one that is nearly right is told as one that is nobody's."""
    heard = []
    for guess in (f"{code[:6]}{(int(code[6:]) + 1) % 10_000:04d}", f"{(int(code[:6]) + 1) % 10**6:06d}{code[6:]}"):
        room, call = await calling(inside, f"stranger {guess}", caller=f"+4930{guess}")
        await room.hears(quiet=1.2)
        before = len(room.heard)
        room.press(*guess)
        await room.hears(quiet=1.2)
        heard.append(b"".join(samples.tobytes() for _, samples in room.heard[before:]))
        room.hang_up()
        await asyncio.wait_for(call, 300)
    assert heard[0] == heard[1] != b"", "the very same words"


def consents(inside: Inside, interview_id: str) -> list[Any]:
    with inside.app.database.reading() as store:
        return store.consents(inside.organisation, interview_id)
