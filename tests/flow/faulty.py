"""What the tests of faults need: a candidate who remembers what they sent and were told, fresh invitations, the
service's children by what they hold, and odd things to send in place of an answer."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import psutil
import soundfile
from websockets.asyncio.client import ClientConnection

from api.demo import recordings, sample_kit, transcripts, word_errors
from api.rehearsal import Account, Rehearsal
from interview import events as ev
from interview.audio import to_16k
from interview.tts import Pyttsx3Tts
from models.engines import Pcm, Samples
from models.settings import ROOT
from models.values import InterviewPlan
from tests.flow.running import Service, wait_for

RATE = 16_000
POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESUME = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes()


class Remembering(Rehearsal):
    """A rehearsal that keeps every sample its microphone gave."""

    def __init__(self, link: str, answers: Mapping[str, Pcm], *, speed: float, outbox: Path) -> None:
        super().__init__(link, answers, speed=speed, outbox=outbox)
        self.microphone_heard: list[Samples] = []

    def _next_samples(self) -> Samples:
        samples = super()._next_samples()
        self.microphone_heard.append(samples)
        return samples

    @property
    def sent(self) -> Samples:
        return np.concatenate(self.microphone_heard)


class Candidate(Remembering):
    """Keeps every sentence and every notice as well."""

    def __init__(self, service: Service, kit: InterviewPlan, answers: Mapping[str, Pcm], *, speed: float = 2.0) -> None:
        super().__init__(invited(service, kit), answers, speed=speed, outbox=service.home / "outbox")
        self.says: list[ev.Say] = []
        self.voiced: dict[str, bytes] = {}
        """Utterance -> the WAV that was played; empty where there was none."""
        self.let_in = 0
        """How often the room was ready for us."""

    async def _ready(self, socket: ClientConnection, ready: ev.SessionReady) -> None:
        self.let_in += 1
        await super()._ready(socket, ready)

    def _play(self, say: ev.Say) -> None:
        self.says.append(say)
        super()._play(say)

    async def _while_played(self, say: ev.Say, wav: bytes) -> None:
        self.voiced[say.utterance] = wav

    @property
    def heard_out(self) -> bool:
        """The last sentence was played to its end."""
        return self._playing is not None and self._playing.done()

    async def press(self, action: ev.ButtonAction) -> None:
        await self._tell(ev.Button(action=action))

    async def until(self, happened: Any, seconds: float = 60.0) -> None:
        """Wait until `happened()`."""
        async with asyncio.timeout(seconds):
            while not happened():
                await asyncio.sleep(0.02)

    async def speaking_for(self, seconds: float) -> None:
        """In the middle of an answer: so many seconds of it were sent."""
        await self.until(lambda: self.speaking)
        await asyncio.sleep(seconds / self._speed)
        assert self.speaking, "the answer was over before it could be disturbed"


async def held(candidate: Candidate, meanwhile: Any, timeout: float = 150.0) -> Account:
    """The interview to its end while `meanwhile` disturbs it. A failure of either ends both."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(candidate.run(timeout=timeout))
        group.create_task(meanwhile)
    account = running.result()
    assert account.refused is None
    assert account.completed
    return account


# ---------------------------------------------------------------- invitations and what became of them


def a_kit() -> InterviewPlan:
    """One question, in words that nobody has spoken before: no file of them lies in the voice's cache."""
    kit, tag = sample_kit(), f"Number {uuid4().int % 10**6}."
    [question] = [each for each in kit.questions if each.id == "release"]
    changed = {
        "questions": (question.model_copy(update={"probes": (), "text": f"{tag} What would you do?"}),),
        "competencies": tuple(each for each in kit.competencies if each.id == question.competency_id),
        "minutes": 5,
        "welcome": f"{tag} I am an automated interviewer.",
        "closing": f"{tag} Goodbye.",
    }
    return kit.model_copy(update=changed)


def answers_to(kit: InterviewPlan) -> dict[str, Pcm]:
    return recordings("slt", kit)


def invited(service: Service, kit: InterviewPlan) -> str:
    """The link of a fresh invitation to an interview with this kit."""
    new = {"text": POSTING, "invite_policy": "after_confirmation", "minutes": kit.minutes}
    [job, *_] = service.get("/api/jobs") or [service.post("/api/jobs", new)]
    service.put(f"/api/jobs/{job['id']}/kit", kit.model_dump(mode="json"))
    mail = f"{uuid4().hex[:12]}@mail.example".encode()
    parts = [("files", ("resume.txt", RESUME.replace(b"brandon.yates@example.org", mail)))]
    accepted = service.api.post(f"/api/jobs/{job['id']}/batches", files=parts).json()
    wait_for(lambda: service.get(f"/api/batches/{accepted['batch_id']}"), lambda found: found["done"], "screened")
    interview = service.post(f"/api/applications/{accepted['applications'][0]}/invite", {"reason": "in person"})
    return str(service.post(f"/api/interviews/{interview['id']}/link", {})["url"])


def finished(service: Service, interview_id: str) -> dict[str, Any]:
    """The interview, once it is complete and its report is written."""
    path = f"/api/interviews/{interview_id}"
    wait_for(lambda: service.api.get(f"{path}/report").status_code, lambda status: status == 200, "the report")
    found: dict[str, Any] = service.get(path)
    assert found["state"] == "completed"
    return found


def said(service: Service, interview_id: str, question_id: str | None = None) -> str:
    """All words of the candidate, or those that answer one question."""
    turns = service.get(f"/api/interviews/{interview_id}/transcript")["turns"]
    mine = [turn for turn in turns if turn["role"] == "candidate"]
    return " ".join(turn["text"] for turn in mine if question_id in (None, turn["question_id"]))


def recorded(service: Service, interview_id: str) -> Samples:
    path = f"/api/interviews/{interview_id}/recording"
    wait_for(lambda: service.api.get(path).status_code, lambda status: status == 200, "the recording")
    both, rate = soundfile.read(io.BytesIO(service.api.get(path).content), dtype="int16")
    assert rate == RATE
    return np.asarray(both[:, 0], np.int16)  # the other channel is the interviewer's


def nothing_is_lost(service: Service, candidate: Candidate, kit: InterviewPlan) -> None:
    """Every answer is in the transcript under its question, and the recording is what the microphone gave."""
    interview_id = candidate.account.interview_id
    finished(service, interview_id)
    for question in kit.questions:
        words = said(service, interview_id, question.id)
        assert word_errors(transcripts("slt")[question.id], words) < 0.35, f"{question.id}: {words!r}"
    kept = recorded(service, interview_id)
    assert len(candidate.sent) - len(kept) < 10 * RATE, "only what came after the end may be missing"
    assert np.array_equal(kept, candidate.sent[: len(kept)]), "the recording is what the microphone gave"


def asked(candidate: Candidate, text: str) -> int:
    """How often a sentence was announced under a name of its own."""
    return len({say.utterance for say in candidate.says if text in say.text})


# ---------------------------------------------------------------- children


def children(service: Service, library: str) -> list[psutil.Process]:
    """The service's child processes that have this library loaded."""
    assert service.process is not None
    found = []
    for child in psutil.Process(service.process.pid).children(recursive=True):
        with suppress(psutil.Error, OSError):
            if library in Path(f"/proc/{child.pid}/maps").read_text():
                found.append(child)
    return found


def busy(child: psutil.Process) -> float:
    """Seconds of processor time it has used."""
    times = child.cpu_times()
    return float(times.user + times.system)


def kill_while_working(service: Service, library: str, seconds: float = 60.0) -> int:
    """SIGKILL the first child with this library that is seen to compute; returns its process id."""
    before: dict[int, float] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for child in children(service, library):
            with suppress(psutil.Error):
                used = busy(child)
                if used - before.setdefault(child.pid, used) >= 0.1:
                    child.kill()
                    return child.pid
        time.sleep(0.02)
    raise AssertionError(f"no child with {library} did any work within {seconds:g} s")


# ---------------------------------------------------------------- odd answers


def spoken(text: str, language: str = "en") -> Pcm:
    """A machine's voice says it."""
    voice = Pyttsx3Tts(language)
    try:
        parts = list(voice.synthesize(text, language=language))
    finally:
        voice.close()
    return Pcm(to_16k(np.concatenate([part.samples for part in parts]), parts[0].rate).tobytes())


def noise(seconds: float) -> Pcm:
    """A fan close to the microphone: brown noise at about -20 dB, reproducible."""
    steps = np.random.default_rng(7).normal(size=int(seconds * RATE))
    brown = np.convolve(steps, 0.98 ** np.arange(400), mode="same")
    return Pcm((brown / np.abs(brown).max() * 10_000).astype("<i2").tobytes())


def music(seconds: float) -> Pcm:
    """Four chords of three plucked notes with overtones, over and over."""
    chords = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7), (261.6, 329.6, 392.0))
    time_ = np.arange(RATE) / RATE
    envelope = np.exp(-2.0 * time_)
    bars = []
    for notes in chords:
        tones = [np.sin(2 * np.pi * note * part * time_) / part for note in notes for part in (1, 2, 3, 4)]
        bars.append(np.sum(tones, axis=0) * envelope)
    once = np.concatenate(bars)
    tune = np.tile(once, int(np.ceil(seconds / 4)))[: int(seconds * RATE)]
    return Pcm((tune / np.abs(tune).max() * 12_000).astype("<i2").tobytes())
