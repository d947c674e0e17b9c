"""Parts of the service that die in the middle of a spoken interview: the voice, a recogniser, the server itself. Each
time the interview goes on by itself, ends complete, and nothing that was said is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.security import ROOM_COOKIE
from interview import events as ev
from models.engines import Pcm
from models.values import InterviewPlan
from tests.flow.faulty import (
    Candidate,
    a_kit,
    answers_to,
    asked,
    children,
    finished,
    held,
    invited,
    kill_while_working,
    nothing_is_lost,
)
from tests.flow.moved_clock import MovedService
from tests.flow.running import Service

VOICE, RECOGNISER = "espeak", "pocketsphinx"


# ---------------------------------------------------------------- the voice


class VoiceKilled(Candidate):
    """Kills the voice while it hears the welcome, and freezes the next one while it hears the question."""

    def __init__(self, service: Service, kit: InterviewPlan) -> None:
        super().__init__(service, kit, answers_to(kit), speed=3.0)
        self._service = service
        self.killed: list[int] = []

    async def _while_played(self, say: ev.Say, wav: bytes) -> None:
        await super()._while_played(say, wav)
        if len(self.killed) < 2:
            voices = await asyncio.to_thread(children, self._service, VOICE)
            for voice in voices:
                if self.killed:
                    voice.suspend()
                else:
                    voice.kill()
            self.killed += [voice.pid for voice in voices]


@pytest.mark.long
def test_a_voice_that_is_killed_and_one_that_hangs_are_replaced(service: Service) -> None:
    kit = a_kit()
    candidate = VoiceKilled(service, kit)
    account = asyncio.run(candidate.run(timeout=150))
    assert account.completed
    assert len(set(candidate.killed)) == 2
    assert [bool(candidate.voiced[say.utterance]) for say in candidate.says] == [True] * 3, "all of it was spoken"
    nothing_is_lost(service, candidate, kit)


@pytest.fixture
def voiceless(tmp_path: Path) -> Iterator[Service]:
    """espeak-ng finds no data here: its process dies as often as it is started."""
    running = Service(tmp_path / "home", ESPEAK_DATA_PATH=str(tmp_path / "nowhere"))
    running.start()
    yield running
    running.stop()


@pytest.mark.long
def test_without_any_voice_the_interview_is_held_in_text(voiceless: Service) -> None:
    kit = a_kit()
    candidate = Candidate(voiceless, kit, answers_to(kit), speed=3.0)
    assert asyncio.run(candidate.run(timeout=150)).completed
    assert [say.audio_url for say in candidate.says] == [None] * 3
    assert all(asked(candidate, question.text) == 1 for question in kit.questions)
    nothing_is_lost(voiceless, candidate, kit)
    assert "the worker process did not start" in voiceless.log.read_text()


# ---------------------------------------------------------------- a recogniser


@pytest.mark.long
def test_a_recogniser_killed_over_an_answer_hears_it_again(service: Service) -> None:
    kit = a_kit()
    candidate = Candidate(service, kit, answers_to(kit), speed=3.0)

    async def kill() -> None:
        await candidate.until(lambda: candidate.speaking)
        await asyncio.to_thread(kill_while_working, service, RECOGNISER)

    asyncio.run(held(candidate, kill()))
    assert "recogniser.failed" in service.log.read_text()
    assert "recogniser_down" not in candidate.account.notices, "the candidate need not know"
    nothing_is_lost(service, candidate, kit)


# ---------------------------------------------------------------- the server


@pytest.mark.long
def test_a_server_killed_in_mid_answer_goes_on_with_the_same_question(service: Service) -> None:
    kit = a_kit()
    candidate = Candidate(service, kit, answers_to(kit), speed=2.0)

    async def kill() -> None:
        await candidate.speaking_for(3.0)
        await asyncio.to_thread(service.kill)
        await asyncio.to_thread(service.start)

    account = asyncio.run(held(candidate, kill()))
    assert account.connections == 2
    assert all(asked(candidate, question.text) == 1 for question in kit.questions), "no question is asked again"
    nothing_is_lost(service, candidate, kit)
    assert finished(service, account.interview_id)["finish_reason"] == "completed"


# ---------------------------------------------------------------- the clock


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MovedService]:
    running = MovedService(tmp_path_factory.mktemp("moved") / "home")
    running.start()
    yield running
    running.stop()


@pytest.mark.long
def test_a_clock_that_jumps_an_hour_ahead_and_two_back_neither_ends_nor_halts_it(moved: MovedService) -> None:
    """An hour ahead, the interview would be over; an hour behind, time would stand still and nobody be prompted."""
    kit = a_kit()
    answers: dict[str, Pcm] = {}
    candidate = Candidate(moved, kit, answers, speed=2.0)

    async def jump() -> None:
        await candidate.until(lambda: candidate.says and candidate.says[-1].utterance == "u2" and candidate.heard_out)
        moved.move(3600)
        await asyncio.sleep(3.0)
        assert moved.get(f"/api/interviews/{candidate.account.interview_id}")["state"] == "in_progress"
        moved.move(-3600)
        answers.update(answers_to(kit))  # from the next sentence on the candidate speaks
        await candidate.until(lambda: candidate.says[-1].kind == "prompt", 20)

    account = asyncio.run(held(candidate, jump()))
    assert account.connections == 1
    assert finished(moved, account.interview_id)["finish_reason"] == "completed"
    nothing_is_lost(moved, candidate, kit)


@pytest.mark.proves(50)
@pytest.mark.long
def test_a_link_that_has_expired_says_so_and_can_be_renewed(moved: MovedService) -> None:
    link = invited(moved, a_kit())
    moved.move(8 * 24 * 3600)
    try:
        with httpx2.Client(base_url=moved.base) as browser:
            for answer in (browser.get(link), browser.post(link + "/start", data={"consent": "yes"})):
                assert answer.status_code == 410
                assert "This invitation has expired" in answer.text
                assert ROOM_COOKIE not in answer.cookies
            [expired] = [each for each in _interviews(moved) if each["state"] in ("invited", "expired")]
            renewed = moved.post(f"/api/interviews/{expired['id']}/link", {})["url"]
            assert ROOM_COOKIE in moved.enter(browser, renewed).cookies
    finally:
        moved.move(0)


def _interviews(service: Service) -> list[dict[str, Any]]:
    return [found for job in service.get("/api/jobs") for found in service.get(f"/api/jobs/{job['id']}/interviews")]
