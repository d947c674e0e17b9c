"""A live interview over two API nodes, each with a disk of its own: the newest socket has it wherever it comes in, a
dead node is followed within seconds, and the recording says what it lacks until that node's disk is back."""

from __future__ import annotations

import asyncio
import io
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from websockets.exceptions import ConnectionClosed

from api.holding import LEASE_SECONDS, LOOK_SECONDS, SEEN_SECONDS
from api.security import ROOM_COOKIE
from interview import events as ev
from tests.flow.cluster.nodes import Cluster, Node
from tests.flow.cluster.taking_part import Case, Company, page
from tests.flow.hostile import Line
from tests.flow.running import wait_for
from tests.postgres import PostgresServer

RATE = 16_000
TAKEN_OVER_SECONDS = 30.0
"""Also where this machine has no time for its processes; else"""
PROMISED_SECONDS = LEASE_SECONDS + SEEN_SECONDS + 2 * LOOK_SECONDS


@pytest.fixture
def cluster(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Cluster]:
    with Cluster(tmp_path, postgres_server) as made:
        yield made


@asynccontextmanager
async def dial(node: Node, cookie: str) -> AsyncIterator[Line]:
    async with page(node, cookie) as socket:
        yield Line(socket)


def noise(seconds: float, seed: int) -> bytes:
    """Quiet enough to be no voice."""
    return np.random.default_rng(seed).integers(-20, 20, round(seconds * RATE)).astype("<i2").tobytes()


async def closing_code(line: Line) -> int | None:
    try:
        while True:
            await line.hear()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else None


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_an_interview_goes_from_node_to_node(cluster: Cluster) -> None:
    here, there = (cluster.api(machine=name) for name in ("here", "there"))
    company = Company(cluster, [here, there], random.Random(1))
    case = Case("ada")
    company.invited(company.interviewing_job(), [case])
    cookie = company.room_cookie(case)
    asyncio.run(from_node_to_node(here, there, cookie))
    asyncio.run(from_the_dead(company, here, there, case, cookie))

    # ---- the report is there, and says what the dead node's disk holds
    wait_for(lambda: there.api.get(f"/api/interviews/{case.interview}/report").status_code, lambda s: s == 200,
             "the report", 120)  # fmt: skip
    facts = wait_for(lambda: there.get(f"/api/interviews/{case.interview}"), lambda it: it["recording_missing"],
                     "what is missing is said", 120)  # fmt: skip
    [missing] = facts["recording_missing"]
    first, last = missing["start"], missing["end"]
    assert 0 < first < last
    page = there.api.get(f"/interviews/{case.interview}/report", follow_redirects=True).text
    assert "The recording lacks 00:" in page
    assert "machine that is away" in page
    lacking = recording(there, case)
    assert not lacking[round(first * RATE) : round(last * RATE)].any()
    here.start()
    wait_for(lambda: there.get(f"/api/interviews/{case.interview}")["recording_missing"], lambda it: it == [],
             "the disk is back", 180)  # fmt: skip
    whole = recording(there, case)
    assert len(whole) == len(lacking)
    assert whole[round(first * RATE) : round(last * RATE)].any()
    same = np.r_[0 : round(first * RATE), round(last * RATE) : len(whole)]
    assert np.array_equal(whole[same], lacking[same]), "and everything else is where it was"
    assert "The recording lacks" not in there.api.get(f"/interviews/{case.interview}/report").text
    assert not list((cluster.folder / "files" / "microphone").glob("*/*")), "pieces go when nothing is missing"
    said = [turn["text"] for turn in here.get(f"/api/interviews/{case.interview}/transcript")["turns"]
            if turn["role"] == "candidate"]  # fmt: skip
    assert said == [case.answer(1), case.answer(2)]
    company.close()


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_node_that_slept_writes_nothing_more(cluster: Cluster) -> None:
    """It wakes up believing that it holds the interview, with an answer that came in meanwhile."""
    here, there = (cluster.api(machine=name) for name in ("here", "there"))
    company = Company(cluster, [here, there], random.Random(2))
    case = Case("bob")
    company.invited(company.interviewing_job(), [case])
    asyncio.run(from_the_sleeping(company, here, there, case, company.room_cookie(case)))
    said = [turn["text"] for turn in here.get(f"/api/interviews/{case.interview}/transcript")["turns"]
            if turn["role"] == "candidate"]  # fmt: skip
    assert said == [case.answer(1), case.answer(2)]
    [(events, last)] = company.rows("SELECT count(*), max(seq) FROM interview_events WHERE interview_id = :id",
                                    id=case.interview)  # fmt: skip
    assert events == last + 1, "no hole in the log"
    company.close()


async def from_the_sleeping(company: Company, here: Node, there: Node, case: Case, cookie: str) -> None:
    async with dial(here, cookie) as first:
        await first.join("one")
        await hear_question(first, case, company, 1)
        await first.until(ev.Say)
        assert here.process is not None
        os.kill(here.process.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            await first.say(ev.TextAnswer(text="Said to a node that sleeps."))
            async with dial(there, cookie) as second:
                async with asyncio.timeout(TAKEN_OVER_SECONDS):
                    await second.join("one")
                print(f"cluster.left_asleep: {time.monotonic() - began:.1f} s after it fell asleep")
                os.kill(here.process.pid, signal.SIGCONT)
                refused = await first.until(ev.Refused)
                assert isinstance(refused, ev.Refused)
                assert refused.code == "already_open"
                await hear_question(second, case, company, 2)
                await second.until(ev.Completed)
        finally:
            os.kill(here.process.pid, signal.SIGCONT)


def recording(node: Node, case: Case) -> np.ndarray:
    kept = node.api.get(f"/api/interviews/{case.interview}/recording").content
    both, _ = soundfile.read(io.BytesIO(kept), dtype="int16")
    return np.asarray(both[:, 0])


async def from_node_to_node(here: Node, there: Node, cookie: str) -> None:
    async with dial(here, cookie) as first:
        await first.join("one")
        say = await first.until(ev.Say)
        assert isinstance(say, ev.Say)
        # ---- its sentence is spoken by the other node too
        async with asyncio.timeout(30):
            answer = await asyncio.to_thread(
                there.api.get, f"/room/audio/{say.utterance}", headers={"Cookie": f"{ROOM_COOKIE}={cookie}"}
            )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav"), answer.text[:300]
        # ---- another tab at the other node is told, and may take it over
        async with dial(there, cookie) as second:
            await second.say(ev.SessionStart(tab="two"))
            refused = await second.hear()
            assert isinstance(refused, ev.Refused)
            assert refused.code == "already_open"
        began = time.monotonic()
        async with dial(there, cookie) as second:
            await second.say(ev.SessionStart(tab="two", take_over=True))
            ready, code = await asyncio.gather(second.hear(), closing_code(first))
            assert isinstance(ready, ev.SessionReady)
            assert (ready.resumed, code) == (True, 4000)
            print(f"cluster.handed_over: {time.monotonic() - began:.1f} s")


async def from_the_dead(company: Company, here: Node, there: Node, case: Case, cookie: str) -> None:
    """With something recorded, of which the last seconds never leave the machine that dies."""
    async with dial(here, cookie) as first:
        await first.join("two")
        await hear_question(first, case, company, 1)
        await first.speak(noise(4, 1))
        while (await first.until(ev.Ack)).seq < 99:  # type: ignore[union-attr]
            pass  # not all of it is where the other node can have it
        await first.speak(noise(3, 2))
        await asyncio.sleep(2.5)
        assert here.process is not None
        os.kill(here.process.pid, signal.SIGKILL)
        here.process.wait()
        here.process = None
    began = time.monotonic()
    async with dial(there, cookie) as second:
        async with asyncio.timeout(TAKEN_OVER_SECONDS):
            ready = await second.join("two")
        took = time.monotonic() - began
        print(f"cluster.taken_over: {took:.1f} s after the kill, by the lease alone ({PROMISED_SECONDS:g} s promised)")
        assert ready.next_offset >= 7 * RATE, "nothing is laid over what the dead node holds"
        await second.speak(noise(2, 3))
        await hear_question(second, case, company, 2)
        await second.until(ev.Completed)


async def hear_question(line: Line, case: Case, company: Company, number: int) -> None:
    """Up to this question, which is answered."""
    while True:
        say = await line.until(ev.Say)
        assert isinstance(say, ev.Say)
        if say.kind == "question" and company.questions[number - 1].text in say.text:
            await line.say(ev.TextAnswer(text=case.answer(number)))
            if number == len(company.questions):
                while (say := await line.until(ev.Say)).kind != "closing":  # type: ignore[union-attr]
                    pass
                await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))
            return
        await line.say(ev.PlaybackEnded(utterance=say.utterance, offset=0))
