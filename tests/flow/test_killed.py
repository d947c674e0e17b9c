"""SIGKILL at the three worst moments: during screening, in mid-answer, between report and push. After each restart
the work goes on by itself, and in the end everything happened exactly once."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path

import pytest

from api.demo import transcripts, word_errors
from api.demo_ats import Receiver
from api.outbox import messages
from api.rehearsal import Account, Rehearsal
from models.engines import Pcm
from models.settings import ROOT
from models.values import InterviewPlan
from tests.flow.running import Service, wait_for

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()


class Speaker(threading.Thread):
    """A candidate in the background. `speaking_of` says which answer is on its way."""

    def __init__(self, link: str, answers: dict[str, Pcm], outbox: Path) -> None:
        super().__init__(daemon=True)
        self.rehearsal = Rehearsal(link, answers, speed=1.5, outbox=outbox)
        self.account: Account | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.account = asyncio.run(self.rehearsal.run(timeout=240))
        except BaseException as error:
            self.failure = error
            raise

    def finished(self) -> Account:
        self.join(timeout=250)
        assert self.account is not None, f"the interview did not end: {self.failure}"
        return self.account


def restart(service: Service) -> None:
    service.kill()
    service.start()


@pytest.mark.long
def test_killed_while_screening_talking_and_pushing(
    service: Service,
    receiver: Receiver,
    kit: InterviewPlan,
    answers: dict[str, Pcm],
    backend_resumes: list[Path],
) -> None:
    job = service.post(
        "/api/jobs", {"text": POSTING, "invite_policy": "at_once", "threshold": 0.45, "minutes": 5, "max_interviews": 2}
    )
    service.put(f"/api/jobs/{job['id']}/kit", kit.model_dump(mode="json"))
    endpoint = service.post("/api/endpoints", {"url": receiver.url})

    # ---- during screening
    accepted = service.upload(job["id"], backend_resumes)
    batch = f"/api/batches/{accepted['batch_id']}"
    wait_for(lambda: service.get(batch)["screened"], lambda done: done >= 1, "first resume screened")
    assert not service.get(batch)["done"], "the batch was over before it could be interrupted: upload more files"
    restart(service)
    progress = wait_for(
        lambda: service.get(batch), lambda found: found["done"], "batch screened after the restart", 120
    )
    assert progress["screened"] + progress["unreadable"] == len(backend_resumes)

    applications = service.get(f"/api/jobs/{job['id']}/applications", limit=1000)
    assert len(applications) == len(backend_resumes), "no application is lost or doubled"
    interviews = wait_for(
        lambda: service.get(f"/api/jobs/{job['id']}/interviews"), lambda found: len(found) == 2, "two invitations"
    )
    links = wait_for(service.invitations, lambda found: len(found) == 2, "two invitation messages")
    assert len(list((service.home / "outbox").glob("*.eml"))) == 2
    assert len({interview["application_id"] for interview in interviews}) == 2

    # ---- during an interview; the receiver does not know the secret yet, so the first pushes fail
    speakers = [Speaker(link, answers, service.home / "outbox") for link in links.values()]
    for speaker in speakers:
        speaker.start()
    wait_for(lambda: speakers[0].rehearsal.speaking, bool, "the first answer has begun")
    threading.Event().wait(3.0)
    restart(service)
    accounts = [speaker.finished() for speaker in speakers]
    for account in accounts:
        assert account.completed
        assert account.connections >= 2
        transcript = service.get(f"/api/interviews/{account.interview_id}/transcript")["turns"]
        said = " ".join(turn["text"] for turn in transcript if turn["role"] == "candidate")
        wanted = " ".join(transcripts("slt")[question.id] for question in kit.questions)
        assert word_errors(wanted, said) < 0.35, f"words were lost or doubled: {said!r}"
        asked = Counter(turn["question_id"] for turn in transcript if turn["role"] == "candidate")
        assert set(asked) == {question.id for question in kit.questions}

    # ---- between report and push: every report is written, every push was refused so far
    deliveries = wait_for(
        lambda: [d for d in service.get("/api/deliveries") if d["kind"] == "webhook"],
        lambda found: len(found) == 2 and all(d["attempts"] >= 1 or d["state"] == "dead" for d in found),
        "two refused pushes",
    )
    assert all(delivery["state"] != "delivered" for delivery in deliveries)
    service.kill()
    receiver.trust(endpoint["secret"])
    service.start()
    for delivery in deliveries:
        service.post(f"/api/deliveries/{delivery['id']}/replay", {})
    wait_for(receiver.results, lambda found: len(found) == 2, "both results at the receiver")
    settled = wait_for(
        lambda: [d for d in service.get("/api/deliveries") if d["kind"] == "webhook"],
        lambda found: all(d["state"] == "delivered" for d in found),
        "both deliveries recorded",
    )

    assert len(settled) == 2, "one delivery a report"
    by_application = Counter(result["data"]["application_id"] for result in receiver.results().values())
    assert set(by_application.values()) == {1}, "one accepted result an application"
    ids = Counter(
        message["Message-ID"]
        for message in messages(service.home / "outbox")
        if "your code" not in message["Subject"].lower()
    )
    assert set(ids.values()) == {1}
    assert len(ids) == 2, "one invitation each"
