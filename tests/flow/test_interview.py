"""One interview over the real socket: the line cut for 20 s in mid-answer, a second tab, a damaged sender, the end."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
import soundfile
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.demo import recordings, transcripts, word_errors
from api.rehearsal import Rehearsal
from api.security import ROOM_COOKIE
from interview import events as ev
from interview.audio import RATE, to_16k
from models.engines import Pcm, Samples
from models.settings import ROOT
from models.values import InterviewPlan
from tests.flow.faulty import Remembering
from tests.flow.running import Service, wait_for

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
CUT_SECONDS = 20.0


class Listened(Remembering):
    """Remembers what it heard when as well."""

    def __init__(self, link: str, answers: dict[str, Pcm], outbox: Path) -> None:
        super().__init__(link, answers, speed=1.5, outbox=outbox)
        self.played: list[tuple[int, bytes]] = []
        """Capture sample, WAV."""

    async def _while_played(self, say: ev.Say, wav: bytes) -> None:
        self.played.append((self._offset, wav))


def laid(played: list[tuple[int, bytes]], channel: Samples) -> list[float]:
    """By how many seconds each utterance lies beside the moment at which it was heard, by cross-correlation."""
    found = []
    for offset, wav in played:
        voice, rate = soundfile.read(io.BytesIO(wav), dtype="int16")
        known = to_16k(voice, rate)[: 2 * RATE].astype(float)
        first = max(0, offset - RATE)
        around = channel[first : offset + 4 * RATE].astype(float)
        size = len(known) + len(around)
        likeness = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(known, size)), size)
        found.append((first + int(np.argmax(likeness[: len(around)])) - offset) / RATE)
    return found


@pytest.fixture
def link(service: Service, kit: InterviewPlan, backend_resumes: list[Path]) -> str:
    """A fresh invitation, from one uploaded resume that a person advanced."""
    job = service.post("/api/jobs", {"text": POSTING, "invite_policy": "after_confirmation", "minutes": 5})
    service.put(f"/api/jobs/{job['id']}/kit", kit.model_dump(mode="json"))
    readable = [file for file in backend_resumes if file.suffix == ".txt"] or backend_resumes
    accepted = service.upload(job["id"], readable[:1])
    wait_for(lambda: service.get(f"/api/batches/{accepted['batch_id']}"), lambda found: found["done"], "screened")
    interview = service.post(
        f"/api/applications/{accepted['applications'][0]}/invite", {"reason": "strong on the phone"}
    )
    return str(service.post(f"/api/interviews/{interview['id']}/link", {})["url"])


@pytest.fixture
def cookie(service: Service, link: str) -> Iterator[str]:
    """The interview is opened, nobody has joined the room yet."""
    with httpx2.Client(base_url=service.base) as http:
        started = service.enter(http, link)
        yield started.cookies[ROOM_COOKIE]


@pytest.mark.long
def test_a_line_cut_in_mid_answer_loses_no_audio(
    service: Service, link: str, kit: InterviewPlan, answers: dict[str, Pcm]
) -> None:
    candidate = Listened(link, answers, service.home / "outbox")

    async def talk() -> None:
        running = asyncio.create_task(candidate.run(timeout=240))
        while not candidate.speaking:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.05)
        await asyncio.sleep(3.0)
        await candidate.cut(CUT_SECONDS)
        await running

    asyncio.run(talk())
    account = candidate.account
    assert account.completed
    assert account.connections == 2
    asked = [text for text in account.heard if text == kit.questions[0].text or kit.questions[0].text in text]
    assert len(asked) == 1, "the same question goes on; it is not asked again while its answer is under way"

    sent = candidate.sent
    flac = service.api.get(f"/api/interviews/{account.interview_id}/recording")
    wait_for(
        lambda: service.api.get(f"/api/interviews/{account.interview_id}/recording").status_code,
        lambda status: status == 200,
        "the recording",
    )
    flac = service.api.get(f"/api/interviews/{account.interview_id}/recording")
    assert flac.headers["content-type"] == "audio/flac"
    both, rate = soundfile.read(io.BytesIO(flac.content), dtype="int16")
    assert (rate, both.shape[1]) == (RATE, 2)
    kept, interviewer = both[:, 0], both[:, 1]
    assert len(kept) > sum(len(answers[question.id].samples) for question in kit.questions)
    assert np.array_equal(kept, sent[: len(kept)]), "the recording is what the microphone gave, sample by sample"

    assert len(candidate.played) >= 3
    assert [abs(seconds) < 0.05 for seconds in laid(candidate.played, interviewer)] == [True] * len(candidate.played)

    turns = service.get(f"/api/interviews/{account.interview_id}/transcript")["turns"]
    asked_at = [turn["start"] for turn in turns if turn["role"] == "interviewer"]
    assert asked_at == pytest.approx([offset / RATE for offset, _ in candidate.played], abs=0.001)
    for question in kit.questions:
        said = " ".join(
            turn["text"] for turn in turns if turn["question_id"] == question.id and turn["role"] == "candidate"
        )
        assert word_errors(transcripts("slt")[question.id], said) < 0.35, said


@pytest.mark.long
def test_another_recording_gives_another_transcript(service: Service, link: str, kit: InterviewPlan) -> None:
    """What is recognised comes from the audio, not from the script."""
    swapped = recordings("rms", kit)
    account = asyncio.run(Rehearsal(link, swapped, speed=2.0, outbox=service.home / "outbox").run(timeout=240))
    turns = service.get(f"/api/interviews/{account.interview_id}/transcript")["turns"]
    said = " ".join(turn["text"] for turn in turns if turn["role"] == "candidate")
    own = " ".join(transcripts("rms")[question.id] for question in kit.questions)
    other = " ".join(transcripts("slt")[question.id] for question in kit.questions)
    assert word_errors(own, said) < 0.35
    assert word_errors(other, said) > 0.6


async def first_word(socket: connect) -> str | bytes:
    async with socket as opened:
        return await opened.recv()


async def _open(service: Service, cookie: str) -> ClientConnection:
    return await connect(
        service.base.replace("http", "ws", 1) + "/room/socket",
        additional_headers={"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": service.base},
    )


def test_a_second_tab_is_refused_politely_and_the_first_goes_on(service: Service, cookie: str) -> None:
    async def tabs() -> None:
        first = await _open(service, cookie)
        await first.send(ev.SessionStart(tab="one").model_dump_json())
        assert isinstance(ev.server_message.validate_json(await first.recv()), ev.SessionReady)
        second = await _open(service, cookie)
        await second.send(ev.SessionStart(tab="two").model_dump_json())
        refused = ev.server_message.validate_json(await second.recv())
        assert isinstance(refused, ev.Refused)
        assert refused.code == "already_open"
        assert "another tab" in refused.text
        with pytest.raises(ConnectionClosed):
            await second.recv()
        await first.send(ev.Ping().model_dump_json())
        async with asyncio.timeout(5):
            while not isinstance(ev.server_message.validate_json(await first.recv()), ev.Pong):
                pass
        await first.close()

    asyncio.run(tabs())


def test_the_same_tab_takes_its_dead_socket_over(service: Service, cookie: str) -> None:
    async def tabs() -> None:
        dead = await _open(service, cookie)
        await dead.send(ev.SessionStart(tab="one").model_dump_json())
        await dead.recv()
        again = await _open(service, cookie)
        await again.send(ev.SessionStart(tab="one").model_dump_json())
        async with asyncio.timeout(15):
            ready = ev.server_message.validate_json(await again.recv())
        assert isinstance(ready, ev.SessionReady)
        await again.close()

    asyncio.run(tabs())


def test_a_second_tab_that_asks_to_takes_over(service: Service, cookie: str) -> None:
    async def tabs() -> None:
        first, second = await _open(service, cookie), await _open(service, cookie)
        await first.send(ev.SessionStart(tab="one").model_dump_json())
        assert isinstance(ev.server_message.validate_json(await first.recv()), ev.SessionReady)
        await second.send(ev.SessionStart(tab="two", take_over=True).model_dump_json())
        async with asyncio.timeout(15):
            assert isinstance(ev.server_message.validate_json(await second.recv()), ev.SessionReady)
            await first.wait_closed()
        assert first.close_code == 4000
        again = await _open(service, cookie)
        await again.send(ev.SessionStart(tab="one").model_dump_json())
        refused = ev.server_message.validate_json(await again.recv())
        assert isinstance(refused, ev.Refused), "the first tab does not take it back by itself"
        for socket in (first, second, again):
            await socket.close()

    asyncio.run(tabs())


def test_damaged_frames_are_named_and_in_the_end_refused(service: Service, cookie: str) -> None:
    async def damage() -> list[str]:
        socket = await _open(service, cookie)
        await socket.send(ev.SessionStart(tab="one").model_dump_json())
        codes = []
        for _ in range(40):
            try:
                await socket.send(b"\x01nonsense")
            except ConnectionClosed:
                break
        try:
            async with asyncio.timeout(10):
                while True:
                    message = ev.server_message.validate_json(await socket.recv())
                    if isinstance(message, ev.Notice):
                        codes.append(message.code)
        except ConnectionClosed:
            return codes

    assert set(asyncio.run(damage())) == {"bad_frame"}


def test_a_stranger_and_a_foreign_page_do_not_get_in(service: Service, cookie: str) -> None:
    async def closed_at_once(headers: dict[str, str]) -> None:
        address = service.base.replace("http", "ws", 1) + "/room/socket"
        socket = connect(address, additional_headers=headers)
        with pytest.raises((ConnectionClosed, InvalidStatus)):
            await first_word(socket)

    asyncio.run(closed_at_once({"Cookie": f"{ROOM_COOKIE}=guessed"}))
    asyncio.run(closed_at_once({"Cookie": f"{ROOM_COOKIE}={cookie}", "Origin": "https://elsewhere.example"}))


@pytest.mark.proves(50)
def test_a_link_works_once_and_looking_at_it_does_not_use_it_up(service: Service, link: str) -> None:
    with httpx2.Client(base_url=service.base) as http:
        for _ in range(3):
            assert http.get(link).status_code == 200
        assert ROOM_COOKIE not in http.post(link + "/start", data={}).cookies, "no consent, no interview"
        assert ROOM_COOKIE not in http.post(link + "/start", data={"consent": "yes"}).cookies, "no code, no interview"
        assert ROOM_COOKIE in service.enter(http, link).cookies
    with httpx2.Client(base_url=service.base) as stranger:
        refused = stranger.post(link + "/start", data={"consent": "yes"})
        assert (refused.status_code, ROOM_COOKIE in refused.cookies) == (410, False)
        assert "used already" in refused.text
        assert stranger.get(link[:-4] + "AAAA").status_code == 404
