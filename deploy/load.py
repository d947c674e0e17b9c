"""A load trial of an installation of yours: clients that poll and resumes that come in, for a bounded time; then
everything it made is erased again. The key has to be an administrator's:

    python -m deploy.load --base https://hiring.example.org --key-file admin.key

Exit code 1 where something was lost or failed. Without an installation of yours: `python -m tests.bench.load`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from models.settings import ROOT

MOST_CLIENTS, MOST_SECONDS, MOST_RESUMES = 500, 3600.0, 5000
WAIT = 1800.0
"""For the last resume's score after the last one came in, seconds."""
PERSON = {"Foyer-Person": "Load trial"}


@dataclass
class Seen:
    statuses: Counter[int] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


async def ask(api: httpx2.AsyncClient, seen: Seen, method: str, path: str, **sent: Any) -> httpx2.Response | None:
    began = time.perf_counter()
    try:
        answer = await api.request(method, path, **sent)
    except httpx2.TransportError as error:
        seen.failed[type(error).__name__] += 1
        return None
    seen.statuses[answer.status_code] += 1
    seen.seconds.append(time.perf_counter() - began)
    if answer.status_code == 429:
        await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
    return answer


async def poll(api: httpx2.AsyncClient, seen: Seen, job: str, until: float) -> None:
    while time.monotonic() < until:
        for path in ("/api/jobs", f"/api/jobs/{job}", f"/api/jobs/{job}/applications?limit=20"):
            await ask(api, seen, "GET", path)
            await asyncio.sleep(1.0)


async def hand_in(api: httpx2.AsyncClient, seen: Seen, job: str, number: int) -> str:
    """The application's id. Tried until it is taken; of one whose answer was lost, both may be."""
    text = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes()
    mine = text.replace(b"brandon.yates@", f"load.trial.{number}@".encode())
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        files = [("files", (f"load-{number}.txt", mine))]
        answer = await ask(api, seen, "POST", f"/api/jobs/{job}/batches", files=files)
        if answer is not None and answer.is_success:
            found: str = answer.json()["applications"][0]
            return found
        await asyncio.sleep(1.0)
    raise SystemExit(f"Resume {number} was not taken within {WAIT:g} s: {dict(seen.statuses)} {dict(seen.failed)}")


async def settled(api: httpx2.AsyncClient, seen: Seen, applications: list[str]) -> tuple[list[str], list[str]]:
    """(ids of the candidates of those that have a score, applications that have none)."""
    left, people, until = set(applications), [], time.monotonic() + WAIT
    while left and time.monotonic() < until:
        for one in sorted(left):
            answer = await ask(api, seen, "GET", f"/api/applications/{one}")
            if answer is not None and answer.is_success and answer.json().get("score") is not None:
                people.append(answer.json()["candidate_id"])
                left.discard(one)
        await asyncio.sleep(1.0)
    return people, sorted(left)


async def trial(base: str, key: str, clients: int, resumes: int, seconds: float) -> dict[str, Any]:
    seen, headers = Seen(), {"Authorization": f"Bearer {key}", **PERSON}
    limits = httpx2.Limits(max_connections=clients + 20, keepalive_expiry=2.0)
    async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60, limits=limits) as api:
        text = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text("utf-8")
        made = await api.post("/api/jobs", json={"text": text, "title": "Load trial"})
        job = made.raise_for_status().json()["id"]
        until, began = time.monotonic() + seconds, time.monotonic()
        polling = [asyncio.create_task(poll(api, seen, job, until)) for _ in range(clients)]
        sent = []
        for number in range(resumes):
            sent.append(asyncio.create_task(hand_in(api, seen, job, number)))
            await asyncio.sleep(seconds / max(resumes, 1))
        applications = list(await asyncio.gather(*sent))
        await asyncio.gather(*polling)
        people, lost = await settled(api, seen, applications)
        took = time.monotonic() - began
        for person in people:
            await ask(api, seen, "DELETE", f"/v1/candidates/{person}")
        await ask(api, seen, "PATCH", f"/api/jobs/{job}", json={"state": "closed"})
    ordered = sorted(seen.seconds)
    return {
        "requests": len(ordered), "seconds": round(took, 1), "statuses": dict(seen.statuses),
        "failed": dict(seen.failed),
        "p50_s": round(ordered[len(ordered) // 2], 3), "p95_s": round(ordered[int(len(ordered) * 0.95)], 3),
        "resumes": len(applications), "without_a_score": lost,
    }  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--base", default="http://127.0.0.1:8000")
    options.add_argument("--key-file", type=Path, required=True)
    options.add_argument("--clients", type=int, default=50)
    options.add_argument("--resumes", type=int, default=200)
    options.add_argument("--seconds", type=float, default=120.0)
    asked = options.parse_args()
    clients, resumes = min(asked.clients, MOST_CLIENTS), min(asked.resumes, MOST_RESUMES)
    key = asked.key_file.read_text("utf-8").strip()
    found = asyncio.run(trial(asked.base, key, clients, resumes, min(asked.seconds, MOST_SECONDS)))
    print(json.dumps(found, indent=2))
    wrong = sum(count for status, count in found["statuses"].items() if status >= 500)
    return 1 if found["without_a_score"] or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
