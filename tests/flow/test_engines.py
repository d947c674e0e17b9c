"""Interviews whose ear, voice and words come from a service that the operator named: over the real room, with a
scripted service behind real HTTP."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx2
import pytest
import soundfile

from api.demo import sample_kit
from api.security import ROOM_COOKIE
from interview import events as ev
from models.values import InterviewPlan, Probe, ProbeSeeks
from tests.contract.test_speech_service import wav
from tests.contract.voice_data import sample_answer
from tests.fakes_dialogue import VAGUE
from tests.fakes_service import Reply, ScriptedService, chat, scripted_service
from tests.flow import hostile
from tests.flow.hostile import Line, World, dial
from tests.flow.running import wait_for
from tests.flow.test_room import hear_out

pytestmark = pytest.mark.long

EAR, MOUTH, MIND = "/v1/audio/transcriptions", "/v1/audio/speech", "/v1/chat/completions"
HEARD = "We rebuilt it on Kubernetes in four minutes."


@pytest.fixture(scope="module", name="outside")
def _outside() -> Iterator[ScriptedService]:
    with scripted_service(Reply("no such path", status=404)) as service:
        yield service


@pytest.fixture(scope="module", name="world")
def _world(tmp_path_factory: pytest.TempPathFactory, outside: ScriptedService) -> Iterator[World]:
    yield from hostile.build(
        tmp_path_factory.mktemp("engines") / "home",
        FOYER_VOICE__RECOGNISER=f"{outside.base_url}?model=ear&languages=en,de",
        FOYER_VOICE__VOICE=f"{outside.base_url}?model=mouth&voice=alto&languages=en,de",
        FOYER_VOICE__API_KEY="sk-speech",
        FOYER_MODEL__BASE_URL=outside.base_url,
        FOYER_MODEL__NAME="mind",
        FOYER_MODEL__API_KEY="sk-words",
        FOYER_MODEL__TASKS="probes",
    )


@pytest.fixture(autouse=True)
def _usual_replies(outside: ScriptedService) -> None:
    outside.routes = {EAR: Reply({"text": HEARD}), MOUTH: Reply(wav(8.0, 16_000)), MIND: Reply("", status=500)}


def within(seconds: float, talk: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await talk()

    asyncio.run(bounded())


def finished(world: World, interview_id: str) -> dict[str, Any]:
    """The interview, once its report is there."""
    report = f"/api/interviews/{interview_id}/report"
    wait_for(lambda: world.api.get(report).status_code, lambda status: status == 200, "the report")
    return dict(world.service.get(f"/api/interviews/{interview_id}"))


async def spoken(world: World, cookie: str, say: ev.Say) -> httpx2.Response:
    with world.anonymous() as browser:
        browser.cookies.set(ROOM_COOKIE, cookie)
        return await asyncio.to_thread(browser.get, say.audio_url or "/nothing")


async def answer_aloud(line: Line, say: ev.Say) -> ev.Caption:
    assert line.ready is not None
    await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=line.ready.next_offset))
    await line.speak(sample_answer()[0].data[: 3 * 32_000] + bytes(5 * 32_000))
    while True:
        shown = await line.until(ev.Caption)
        assert isinstance(shown, ev.Caption)
        if shown.role == "candidate":
            return shown


def test_a_service_speaks_and_hears_and_what_is_here_steps_in_when_it_fails(
    world: World, outside: ScriptedService
) -> None:
    interview_id = world.invite(world.applicant())
    cookie = world.room_cookie(interview_id)

    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            first = await hear_out(line, "question")
            sound = await spoken(world, cookie, first)
            assert sound.headers["synthetic-speech"] == "?1"
            assert "mouth/alto" in soundfile.SoundFile(io.BytesIO(sound.content)).comment
            assert (await answer_aloud(line, first)).text == HEARD

            outside.routes[EAR] = outside.routes[MOUTH] = Reply("out of memory", status=500)
            second = await hear_out(line, "question")
            assert second.audio_url is not None
            sound = await spoken(world, cookie, second)
            assert "pyttsx3" in soundfile.SoundFile(io.BytesIO(sound.content)).comment
            heard = (await answer_aloud(line, second)).text
            assert heard
            assert heard != HEARD
            await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)

    within(90, talk)
    asked = outside.asked(EAR)[0]
    assert asked.headers["authorization"] == "Bearer sk-speech"
    assert asked.form["language"] == ["en"]
    assert {"Kubernetes", "PostgreSQL", "Kafka"} <= set(asked.form["prompt"][0].rstrip(".").split(", "))
    assert "Brandon" not in asked.form["prompt"][0], "no word of the candidate's resume"
    assert outside.asked(MOUTH)[0].json["voice"] == "alto"
    recogniser = finished(world, interview_id)["engines"]["recogniser"]
    assert "ear@127.0.0.1" in recogniser
    assert "pocketsphinx" in recogniser
    page = world.api.get(f"/api/interviews/{interview_id}/report.html").text
    assert "stretches" in page
    assert "sk-speech" not in world.service.log.read_text()


# ---------------------------------------------------------------- follow-ups


def probing_kit() -> InterviewPlan:
    """Three questions with follow-ups, a quarter of an hour."""
    kit = sample_kit()
    seeks: tuple[ProbeSeeks, ...] = ("situation", "action")
    questions = tuple(
        question.model_copy(
            update={
                "probes": tuple(Probe(id=f"{question.id}_{part}", seeks=part, text=PLANNED[part]) for part in seeks)
            }
        )
        for question in kit.questions[:3]
    )
    kept = {question.competency_id for question in questions}
    competencies = tuple(competency for competency in kit.competencies if competency.id in kept)
    return kit.model_copy(update={"questions": questions, "competencies": competencies, "minutes": 14})


PLANNED = {"situation": "Where and when was that?", "action": "What exactly did you do yourself?"}
GOOD = "When did such things happen, and what was the situation?"
REPLIES: tuple[tuple[str, Reply, str], ...] = (
    ("good", chat(f'{{"question": "{GOOD}"}}'), GOOD),
    ("slow", Reply(hang=True), PLANNED["action"]),
    ("refusing", Reply("no such model", status=404), PLANNED["situation"]),
    ("malformed", chat("Sure! Ask them: what did you do?"), PLANNED["action"]),
    ("two questions", chat('{"question": "When was that? And where was it?"}'), PLANNED["situation"]),
    ("banned topic", chat('{"question": "What did you do, and are you married?"}'), PLANNED["action"]),
)


def test_a_model_words_a_follow_up_and_otherwise_the_plans_words_are_said(
    world: World, outside: ScriptedService
) -> None:
    world.service.put(f"/api/jobs/{world.job_id}/kit", probing_kit().model_dump(mode="json"))
    interview_id = world.invite(world.applicant())
    cookie = world.room_cookie(interview_id)
    said: dict[str, str] = {}

    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            await hear_out(line, "question")
            outside.routes[MIND] = REPLIES[0][1]
            await line.say(ev.TextAnswer(text=VAGUE))
            say = await line.until(ev.Say)
            assert isinstance(say, ev.Say)
            said["good"] = say.text
        outside.routes[MIND] = Reply("", status=500)
        async with dial(world, cookie) as line:  # the line was cut while it was said
            await line.join()
            again = await line.until(ev.Say)
            assert isinstance(again, ev.Say)
            assert (again.text, again.utterance) == (say.text, say.utterance)
            for name, reply, _ in REPLIES[1:]:
                outside.routes[MIND] = reply
                if name in ("refusing", "two questions"):  # the next question comes first
                    await line.say(ev.TextAnswer(text=VAGUE))
                    await hear_out(line, "question")
                await line.say(ev.TextAnswer(text=VAGUE))
                said[name] = (await hear_out(line, "probe")).text
            await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)

    within(90, talk)
    for name, _, words in REPLIES:
        assert said[name].endswith(words), name
    requests = outside.asked(MIND)
    assert len(requests) == len(REPLIES), "one request a follow-up, and none when it is said again"
    assert requests[0].headers["authorization"] == "Bearer sk-words"
    assert f'<answer>"{VAGUE}"</answer>' in requests[0].json["messages"][1]["content"]
    assert "mind@127.0.0.1" in finished(world, interview_id)["engines"]["follow_ups"]
    assert "sk-words" not in world.service.log.read_text()


# ---------------------------------------------------------------- languages


def test_an_interview_in_german_is_held_and_reported_without_scores(world: World) -> None:
    kit = probing_kit()
    german = kit.model_copy(
        update={
            "language": "de",
            "welcome": "Guten Tag. Ich bin eine Software und kein Mensch.",
            "closing": "Vielen Dank und auf Wiederhören.",
            "questions": (kit.questions[0].model_copy(update={"text": "Was haben Sie getan?"}),),
            "competencies": kit.competencies[:1],
        }
    )
    french = world.api.put(
        f"/api/jobs/{world.job_id}/kit", json=german.model_copy(update={"language": "fr"}).model_dump(mode="json")
    )
    assert french.status_code == 400
    assert "the recogniser does not know it (it knows de, en)" in french.json()["detail"]
    assert "FOYER_VOICE__RECOGNISER" in french.json()["detail"]
    world.service.put(f"/api/jobs/{world.job_id}/kit", german.model_dump(mode="json"))
    interview_id = world.invite(world.applicant())

    async def talk() -> None:
        async with dial(world, world.room_cookie(interview_id)) as line:
            await line.join()
            await hear_out(line, "question")
            await line.say(ev.TextAnswer(text="Ich habe mit dem Team den Dienst in vier Minuten neu gestartet. " * 3))
            closing = await line.until(ev.Say)  # and no follow-up: nobody knows what is missing
            assert isinstance(closing, ev.Say)
            assert closing.text.endswith("Vielen Dank und auf Wiederhören."), (
                "no follow-up: nobody knows what is missing"
            )
            assert closing.text.split(".")[0] in ("Danke", "Danke dafür", "Gut, vielen Dank")
            await line.say(ev.PlaybackEnded(utterance=closing.utterance, offset=0))
            await line.until(ev.Completed)

    within(60, talk)
    finished(world, interview_id)
    card = world.service.get(f"/api/interviews/{interview_id}/report")
    assert (card["recommendation"], card["overall"]) == ("no_decision", None)
    assert all(rating["rating"] is None for rating in card["competencies"])
    page = world.api.get(f"/api/interviews/{interview_id}/report.html").text
    assert "Transcript without scores" in page
    assert "insufficient evidence" not in page.lower()
    assert "Ich habe mit dem Team" in page
