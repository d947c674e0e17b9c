"""The long proof beside `test_killed`: SIGKILL again and again, at random moments, while an inbox is screened."""

from __future__ import annotations

import random
import time
from collections import Counter
from email import message_from_bytes, policy

import pytest

from models.settings import ROOT
from tests.flow.running import Service, wait_for

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
KILLS = 6


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_again_and_again_while_screening(service: Service) -> None:
    chance = random.Random(20261123)
    files = sorted((ROOT / "samples" / "resumes").iterdir())
    job = service.post("/api/jobs", {"text": POSTING, "invite_policy": "at_once", "minutes": 15})["id"]
    batch = f"/api/batches/{service.upload(job, files)['batch_id']}"
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 6.0))
        service.kill()
        service.start()
    progress = wait_for(lambda: service.get(batch), lambda found: found["done"], "everything screened", 400)
    assert progress["screened"] + progress["unreadable"] == progress["total"] == len(files)
    found = service.get(f"/api/jobs/{job}/applications", limit=1000)
    assert Counter(row["file"] for row in found) == Counter(file.name for file in files)
    wait_for(
        lambda: [row for row in service.get("/api/deliveries", limit=1000) if row["state"] == "pending"],
        lambda waiting: not waiting,
        "every invitation sent",
    )
    invited = service.get(f"/api/jobs/{job}/interviews")
    advanced = [row for row in service.get(f"/api/jobs/{job}/applications", limit=1000) if row["decision"] == "advance"]
    messages = [
        message_from_bytes(file.read_bytes(), policy=policy.default)["Message-ID"]
        for file in (service.home / "outbox").glob("*.eml")
    ]
    assert len(advanced) >= 3
    assert Counter(row["application_id"] for row in invited) == Counter(row["id"] for row in advanced)
    assert len(messages) == len(set(messages)) == len(invited), "one message an invitation"
