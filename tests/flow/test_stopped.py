"""SIGTERM in the middle of a spoken answer: a real process, a real socket, a real voice. The candidate is told, ends
the sentence, comes back to the next process, and nothing is lost. Work that was in the queue goes on there too."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.flow.faulty import POSTING, RESUME, Candidate, a_kit, answers_to, asked, held, nothing_is_lost
from tests.flow.running import Service, wait_for

WAITING = 12


@pytest.mark.long
@pytest.mark.proves(55)
def test_who_is_speaking_ends_the_sentence_and_goes_on_in_the_next_process(service: Service) -> None:
    kit = a_kit()
    candidate = Candidate(service, kit, answers_to(kit), speed=1.0)
    job = service.post("/api/jobs", {"text": POSTING, "invite_policy": "after_confirmation", "minutes": 5})["id"]
    parts = [("files", (f"{n}.txt", RESUME + f"\nNumber {n}.\n".encode())) for n in range(WAITING)]
    codes: list[int] = []

    async def stop() -> None:
        await candidate.speaking_for(3.0)
        accepted = await asyncio.to_thread(service.api.post, f"/api/jobs/{job}/batches", files=parts)
        assert accepted.status_code == 202
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        await candidate.until(lambda: "stopping" in candidate.account.notices, 10)
        codes.append(await asyncio.to_thread(service.process.wait, 40))
        await asyncio.to_thread(service.start)

    account = asyncio.run(held(candidate, stop()))
    assert codes[0] in (0, -signal.SIGTERM), "it ended by itself"
    assert account.connections >= 2
    assert account.refused is None
    assert all(asked(candidate, question.text) == 1 for question in kit.questions), "no question is asked again"
    nothing_is_lost(service, candidate, kit)
    rows = wait_for(
        lambda: service.get(f"/api/jobs/{job}/applications", limit=100),
        lambda found: len(found) == WAITING and all(row["stage"] != "received" for row in found),
        "everything is screened in the next process",
    )
    assert {row["stage"] for row in rows} == {"screened"}
    assert "Traceback" not in service.log.read_text()
