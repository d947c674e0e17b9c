"""Speaking over the interviewer, over the real socket with real voices: one who answers too soon, a cough, an echo."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from api.demo import transcripts, word_errors
from api.rehearsal import RATE, Rehearsal
from interview import events as ev
from interview.audio import to_16k
from models.engines import Pcm, Samples
from models.values import InterviewPlan
from tests.flow.running import Service, wait_for
from tests.flow.test_interview import link as link

LONG = "Take all the time that you need, and tell me what you did yourself."
SPEED = 2.0


@pytest.fixture
def kit(kit: InterviewPlan) -> InterviewPlan:
    """With questions that are long enough to be interrupted."""
    core = [question for question in kit.questions if question.kind != "candidate_questions"]
    longer = [question.model_copy(update={"text": f"{LONG} {question.text}", "probes": ()}) for question in core]
    return kit.model_copy(update={"questions": tuple(longer)})


class Eager(Rehearsal):
    """Answers the first question too soon, coughs into the second one, and has a loudspeaker beside the microphone."""

    def __init__(self, link: str, answers: dict[str, Pcm], questions: list[str], cough: Samples, outbox: Path) -> None:
        super().__init__(link, answers, speed=SPEED, outbox=outbox)
        self._plays = dict(zip(questions, (self._answer, self._echo), strict=False))
        self._cough = cough
        self.done: list[str] = []
        self.silent_at = 0

    async def _hush(self, hush: ev.Hush) -> None:
        await super()._hush(hush)
        self.silent_at = self._offset

    async def _while_played(self, say: ev.Say, wav: bytes) -> None:
        act = self._plays.pop(say.question_id or "", None)
        if act is not None and say.kind == "question":
            self.done.append(say.utterance)
            await act(say, wav)

    async def _answer(self, say: ev.Say, wav: bytes) -> None:
        await asyncio.sleep(1.0 / SPEED)
        self._voice.append(self._cough)
        await asyncio.sleep(1.5 / SPEED)
        self._voice.append(self._answers[say.question_id or ""].samples)
        await asyncio.sleep(60)

    async def _echo(self, say: ev.Say, wav: bytes) -> None:
        voice, rate = soundfile.read(io.BytesIO(wav), dtype="int16")
        echo = to_16k(voice, rate).astype(np.float32) * 0.2
        self._voice.append(np.concatenate([np.zeros(RATE // 8), echo]).astype(np.int16))


def a_cough(seconds: float = 0.3) -> Samples:
    noise = np.random.default_rng(7).normal(size=round(seconds * RATE)) * np.linspace(1, 0, round(seconds * RATE)) ** 2
    return (noise * 6000).astype(np.int16)


@pytest.mark.long
def test_an_answer_that_comes_too_soon_is_heard_and_an_echo_is_not(
    service: Service, link: str, kit: InterviewPlan, answers: dict[str, Pcm]
) -> None:
    names = [question.id for question in kit.questions]
    candidate = Eager(link, answers, names, a_cough(), service.home / "outbox")
    account = asyncio.run(candidate.run(timeout=200))
    assert account.completed
    assert account.hushed == candidate.done[:1], "one utterance was broken off: not for the cough, not for the echo"
    assert account.notices == ["echo"]
    turns = service.get(f"/api/interviews/{account.interview_id}/transcript")["turns"]
    said = {
        name: " ".join(t["text"] for t in turns if t["question_id"] == name and t["role"] == "candidate")
        for name in names
    }
    for name in names:
        assert word_errors(transcripts("slt")[name], said[name]) < 0.35, said[name]
    broken_off = [turn["text"] for turn in turns if turn["role"] == "interviewer" and turn["text"].endswith("…")]
    assert len(broken_off) == 1
    recorded = f"/api/interviews/{account.interview_id}/recording"
    wait_for(lambda: service.api.get(recorded).status_code, lambda status: status == 200, "the recording")
    both, _ = soundfile.read(io.BytesIO(service.api.get(recorded).content), dtype="int16")
    interviewer, stopped = both[:, 1], candidate.silent_at
    assert np.abs(interviewer[stopped - RATE : stopped]).max() > 500, "it was speaking"
    assert not interviewer[stopped + RATE // 10 : stopped + 3 * RATE].any(), "and fell silent where it was broken into"
