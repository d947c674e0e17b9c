"""Two hundred API clients and fifty uploads at once, for minutes, against a really served process: no error, few 429,
and memory that does not grow. `python -m tests.bench.load [SECONDS]`; 300 unless said."""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from models.settings import ROOT
from tests.bench.figures import figure, percentile, tree_pss
from tests.flow.behind import behind
from tests.flow.running import Fresh, Service

CLIENTS, UPLOADERS = 200, 50
SECONDS = 300.0
PAUSE = 1.0
"""Between a client's requests, seconds: a program that polls, not a flood."""
MOST_REFUSED = 0.05
GROWTH = 1.25
"""Memory of the last quarter to that of the second: after caches have filled and the readers have come up."""


@dataclass
class Seen:
    """What the clients saw: status -> how often, seconds of what was answered, and what went wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    unsaid: int = 0
    """429 without Retry-After."""


class Memory(threading.Thread):
    """(seconds since the start, bytes) of the service's process tree, every second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.seen: list[tuple[float, int]] = []

    def run(self) -> None:
        began = time.monotonic()
        while not self._over.wait(1.0):
            self.seen.append((time.monotonic() - began, tree_pss(self._pid)))

    def stop(self) -> tuple[float, float]:
        """Mean bytes of the second and of the last quarter."""
        self._over.set()
        self.join()
        quarter = max(1, len(self.seen) // 4)
        second, last = self.seen[quarter : 2 * quarter], self.seen[-quarter:]
        return sum(b for _, b in second) / len(second), sum(b for _, b in last) / len(last)


def keys(home: Path, count: int) -> list[str]:
    """One a client, as `foyer keys create` makes them."""
    with behind(home) as (store, organisation):
        return [store.add_api_key(organisation, name=f"load {n}", now=datetime.now(UTC))[1] for n in range(count)]


async def one(client: httpx2.AsyncClient, seen: Seen, method: str, path: str, **sent: object) -> None:
    began = time.perf_counter()
    try:
        answer = await client.request(method, path, **sent)  # type: ignore[arg-type]
    except httpx2.TransportError as error:
        seen.errors[type(error).__name__] += 1
        return
    seen.statuses[answer.status_code] += 1
    if answer.status_code == 429:
        seen.unsaid += "retry-after" not in answer.headers
        await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return
    (seen.uploads if "files" in sent else seen.seconds).append(time.perf_counter() - began)


async def poll(base: str, key: str, job: str, application: str, until: float, seen: Seen) -> None:
    paths = itertools.cycle(
        ("/api/jobs", f"/api/jobs/{job}", f"/api/jobs/{job}/applications?limit=20", f"/api/applications/{application}")
    )
    async with httpx2.AsyncClient(
        base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60, limits=LIMITS
    ) as client:
        while time.monotonic() < until:
            await one(client, seen, "GET", next(paths))
            await asyncio.sleep(PAUSE)


async def upload(base: str, key: str, job: str, number: int, seconds: float, seen: Seen) -> None:
    """One resume, at its place in the time."""
    await asyncio.sleep(seconds * number / UPLOADERS * 0.9)
    resume = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes()
    mine = resume.replace(b"brandon.yates@", f"load.{number}@".encode())
    async with httpx2.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=120) as client:
        files = [("files", (f"{number}.txt", mine))]
        await one(client, seen, "POST", f"/api/jobs/{job}/batches", files=files)


LIMITS = httpx2.Limits(keepalive_expiry=2.0)


async def load(service: Service, job: str, application: str, seconds: float) -> Seen:
    seen, until, known = Seen(), time.monotonic() + seconds, keys(service.home, CLIENTS)
    polling = [poll(service.base, key, job, application, until, seen) for key in known]
    sending = [upload(service.base, known[n], job, n, seconds, seen) for n in range(UPLOADERS)]
    await asyncio.gather(*polling, *sending)
    return seen


def main(seconds: float = SECONDS) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        service = Fresh(Path(folder) / "home")
        service.start()
        try:
            posting = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
            job = service.post("/api/jobs", {"text": posting})["id"]
            accepted = service.upload(job, [ROOT / "samples" / "resumes" / "brandon-yates.txt"])
            assert service.process is not None
            memory = Memory(service.process.pid)
            memory.start()
            seen = asyncio.run(load(service, job, accepted["applications"][0], seconds))
            before, after = memory.stop()
        finally:
            service.stop()
    return told(seen, seconds, before, after)


def told(seen: Seen, seconds: float, before: float, after: float) -> bool:
    total = sum(seen.statuses.values())
    refused = seen.statuses[429]
    wrong = {str(status): count for status, count in seen.statuses.items() if status >= 400 and status != 429}
    wrong |= dict(seen.errors)
    good = figure("load", "requests", total, seconds=seconds, clients=CLIENTS, per_second=round(total / seconds, 1))
    good &= figure("load", "errors", sum(wrong.values()), at_most=0, what=wrong)
    good &= figure("load", "refused with 429", refused / max(1, total), "share", at_most=MOST_REFUSED)
    good &= figure("load", "429 without Retry-After", seen.unsaid, at_most=0)
    good &= figure("load", "uploads taken", len(seen.uploads), at_least=UPLOADERS)
    figure("load", "answer, p50", percentile(seen.seconds, 0.5), "s")
    figure("load", "answer, p95", percentile(seen.seconds, 0.95), "s")
    figure("load", "upload, p95", percentile(seen.uploads or [0.0], 0.95), "s")
    figure("load", "memory, second quarter", before / 2**30, "GiB PSS")
    good &= figure("load", "memory, last quarter to second", after / max(1.0, before), at_most=GROWTH)
    return good


if __name__ == "__main__":
    sys.exit(0 if main(*(float(each) for each in sys.argv[1:2])) else 1)
