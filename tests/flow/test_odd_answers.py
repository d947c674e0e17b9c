"""What is no answer in the usual sense, said into a real interview: nothing, noise, music, another language, one word,
five minutes without a break. Each has its outcome, and each interview ends complete, with a report that rates nobody
for what they did not say."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from api.demo import recordings, sample_kit, transcripts, word_errors
from interview import policy
from interview.phrases import ENGLISH
from models.engines import Pcm
from models.values import InterviewPlan
from tests.flow.faulty import (
    RATE,
    Candidate,
    a_kit,
    answers_to,
    asked,
    finished,
    held,
    music,
    noise,
    nothing_is_lost,
    recorded,
    said,
    spoken,
)
from tests.flow.running import Service

GERMAN = (
    "Zuerst habe ich den Dienst auf die alte Version zurückgestellt. Danach habe ich die Ursache gefunden. "
    "Seitdem ist der Fehler nicht mehr aufgetreten, und die Kunden waren zufrieden."
)

pytestmark = pytest.mark.long
MONOLOGUE = ("outage", "slow_system", "disagreement", "on_call")


def answering(service: Service, kit: InterviewPlan, answer: Pcm) -> Candidate:
    """Says this to whatever they are asked."""
    return Candidate(service, kit, {question.id: answer for question in kit.questions}, speed=2.0)


def unrated(service: Service, candidate: Candidate) -> None:
    interview_id = candidate.account.interview_id
    assert finished(service, interview_id)["finish_reason"] == "completed"
    report = service.get(f"/api/interviews/{interview_id}/report")
    assert report["recommendation"] == "no_decision"
    assert [rating["rating"] for rating in report["competencies"]] == [None]
    assert "little_said" in [flag["code"] for flag in report["flags"]], "a person is asked to look"


async def prompted_then_skipping(candidate: Candidate) -> None:
    await candidate.until(lambda: asked(candidate, ENGLISH.nudge))
    await candidate.press("skip")


def test_silence_noise_and_music_are_not_taken_for_an_answer(service: Service) -> None:
    """The candidate is prompted as in any silence: what sounds meanwhile is no speech."""
    kit = a_kit()
    sounds = [Pcm(bytes(2 * RATE)), noise(18.0), music(18.0)]
    candidates = [answering(service, kit, sound) for sound in sounds]

    async def side_by_side() -> None:
        await asyncio.gather(*(held(each, prompted_then_skipping(each)) for each in candidates))

    asyncio.run(side_by_side())
    for candidate, sound in zip(candidates, sounds, strict=True):
        interview_id = candidate.account.interview_id
        assert said(service, interview_id) == ""
        unrated(service, candidate)
        kept = recorded(service, interview_id)
        assert np.array_equal(kept, candidate.sent[: len(kept)])
        assert (np.abs(kept).max() > 5000) == (np.abs(sound.samples).max() > 5000), "and yet it was recorded"


def test_one_word_and_another_language_are_answers_that_nobody_is_rated_for(service: Service) -> None:
    kit = a_kit()
    candidates = [answering(service, kit, spoken("Yes.")), answering(service, kit, spoken(GERMAN, "de"))]

    async def side_by_side() -> None:
        await asyncio.gather(*(candidate.run(timeout=120) for candidate in candidates))

    asyncio.run(side_by_side())
    for candidate in candidates:
        assert candidate.account.completed
        assert [say.kind for say in candidate.says] == ["welcome", "question", "closing"], "asked once, and taken"
        assert said(service, candidate.account.interview_id, kit.questions[0].id)
        unrated(service, candidate)


@pytest.mark.long
def test_who_stays_silent_finds_the_interview_paused_and_can_go_on(service: Service) -> None:
    kit = a_kit()
    answers: dict[str, Pcm] = {}
    candidate = Candidate(service, kit, answers, speed=2.0)

    async def come_back() -> None:
        await candidate.until(lambda: asked(candidate, ENGLISH.paused), policy.PAUSE_AFTER + 60)
        await candidate.until(lambda: candidate.heard_out)
        await asyncio.sleep(10.0)
        assert candidate.says[-1].text == ENGLISH.paused, "a pause is a pause"
        assert service.get(f"/api/interviews/{candidate.account.interview_id}")["state"] in ("in_progress", "paused")
        answers.update(answers_to(kit))
        await candidate.press("resume")

    asyncio.run(held(candidate, come_back(), timeout=policy.PAUSE_AFTER + 150))
    assert [asked(candidate, text) for text in (ENGLISH.nudge, ENGLISH.offer, ENGLISH.suggest_pause)] == [1, 1, 1]
    nothing_is_lost(service, candidate, kit)


@pytest.mark.long
def test_five_minutes_without_a_break_are_heard_to_the_last_word(service: Service) -> None:
    """Twice as fast as it was spoken: the recogniser falls behind, and nothing is cut off for that."""
    kit = a_kit()
    parts = recordings("slt", sample_kit().model_copy(update={"questions": _questions(*MONOLOGUE)}))
    once = np.concatenate([_close_cut(parts[name]) for name in MONOLOGUE])
    times = int(np.ceil(300 * RATE / len(once)))
    candidate = answering(service, kit, Pcm(np.tile(once, times).astype("<i2").tobytes()))
    account = asyncio.run(candidate.run(timeout=400))
    assert account.completed
    assert [say.kind for say in candidate.says] == ["welcome", "question", "closing"]
    wanted = " ".join([transcripts("slt")[name] for name in MONOLOGUE] * times)
    words = said(service, account.interview_id, kit.questions[0].id)
    assert word_errors(wanted, words) < 0.35, words
    finished(service, account.interview_id)
    kept = recorded(service, account.interview_id)
    assert np.array_equal(kept, candidate.sent[: len(kept)])


def _questions(*ids: str) -> tuple[object, ...]:
    return tuple(question for question in sample_kit().questions if question.id in ids)


def _close_cut(answer: Pcm) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Without the silence around it."""
    loud = np.flatnonzero(np.abs(answer.samples) > 300)
    return answer.samples[loud[0] : loud[-1] + RATE // 5]
