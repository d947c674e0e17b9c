"""Two API nodes and three workers on one PostgreSQL, one of which is killed every few seconds and started again, as a
supervisor would, while resumes, interviews and deliveries pass through: everything once, nothing lost. Each is on a
machine of its own as far as it knows; by the dice it comes back on that machine or on another, so that of some deaths
the lease alone tells.

CHAOS_SECONDS (300), CHAOS_RESUMES (2000), CHAOS_INTERVIEWS (20), CHAOS_DELIVERIES (500) and CHAOS_SEED say how long,
how much and by which dice; a failure prints the seed."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.demo_ats import Receiver
from tests.bench.corpus import lines_of
from tests.flow.cluster.nodes import Cluster, Node
from tests.flow.cluster.taking_part import Case, Company
from tests.flow.running import wait_for
from tests.postgres import PostgresServer

SECONDS = float(os.environ.get("CHAOS_SECONDS", "300"))
RESUMES, INTERVIEWS, DELIVERIES = (
    int(os.environ.get(f"CHAOS_{name}", most))
    for name, most in (("RESUMES", 2000), ("INTERVIEWS", 20), ("DELIVERIES", 500))
)
SEED = int(os.environ.get("CHAOS_SEED", time.time_ns() % 10**6))
RESCUE_SECONDS = 30.0
PATIENCE = max(900.0, 2 * SECONDS)
"""For what is left when the last one was killed."""
EACH = -(-DELIVERIES // INTERVIEWS)
"""Receivers: each gets every interview's result."""
REPORTED = """SELECT count(*) FROM reports WHERE interview_id IN
    (SELECT id FROM interviews WHERE job_id = :job)"""
RESULTS = """FROM deliveries JOIN applications ON applications.id = deliveries.application_id
    WHERE deliveries.kind = 'webhook' AND applications.job_id = :job"""
UNDER_WAY = """SELECT workflow_uuid, executor_id, recovery_attempts, started_at_epoch_ms FROM dbos.workflow_status
    WHERE status = 'PENDING'"""
FIRST_AFTER = "SELECT min(at) FROM interview_events WHERE interview_id = :id AND at > :since"


@pytest.fixture
def cluster(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Cluster]:
    print(f"chaos: CHAOS_SEED={SEED}")
    with Cluster(tmp_path, postgres_server) as made:
        yield made


@dataclass
class Death:
    """`at`: by the database's clock, epoch seconds. `work`: workflow -> how often it was begun; `live`: interviews."""

    node: str
    at: float
    work: dict[str, tuple[Any, ...]]
    live: list[str]
    rescued: dict[str, float] = field(default_factory=dict)


class Reaper:
    """Kills one node after the other, and notes by the database when what it was at was somebody's again."""

    def __init__(self, company: Company, nodes: list[Node], dice: random.Random) -> None:
        self._company, self._nodes, self._dice = company, nodes, dice
        self._over = threading.Event()
        self.deaths: list[Death] = []
        self._threads = ThreadPoolExecutor(1, "reaper")

    def __enter__(self) -> Reaper:
        self._running = self._threads.submit(self._run)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._running.result(PATIENCE)
        self._threads.shutdown()

    def _run(self) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and not self._over.wait(self._dice.uniform(4.0, 12.0)):
            self._kill(self._dice.choice(self._nodes))
        self._watch(RESCUE_SECONDS)

    def _kill(self, node: Node) -> None:
        assert node.process is not None
        pid = node.process.pid
        live = [name.split(":", 1)[1] for (name,) in self._holding(pid, "interview:")]
        executors = [name.split(":", 1)[1] for (name,) in self._holding(pid, "executor:")]
        node.kill()
        now = self._now()
        work = {id: rest for id, *rest in map(list, self._pending(executors))}
        self.deaths.append(Death(node.name, now, {id: tuple(rest) for id, rest in work.items()}, live))
        self._watch(self._dice.uniform(0.5, 3.0))
        if self._dice.random() < 0.5:
            node.move(f"machine-{len(self.deaths)}")
        node.start()

    def _watch(self, seconds: float) -> None:
        """Until so long has passed; at the end, until all is somebody's."""
        until = time.monotonic() + seconds
        while True:
            self._look()
            if time.monotonic() > until:
                return
            time.sleep(0.25)

    def _look(self) -> None:
        now = self._now()
        for death in self.deaths:
            left = [id for id in death.work if id not in death.rescued]
            if left:
                found = self._company.workflows(f"{UNDER_WAY} AND workflow_uuid = ANY(:ids)", ids=left)
                still = {id: tuple(rest) for id, *rest in found}
                death.rescued |= {id: now - death.at for id in left if still.get(id) != death.work[id]}
            for id in death.live:
                if id not in death.rescued:
                    first = self._company.rows(FIRST_AFTER, id=id, since=death.at)[0][0]
                    if first is not None:
                        death.rescued[id] = float(first) - death.at

    def _pending(self, executors: list[str]) -> list[tuple[Any, ...]]:
        return self._company.workflows(f"{UNDER_WAY} AND executor_id = ANY(:own)", own=executors)

    def _holding(self, pid: int, kind: str) -> list[tuple[Any, ...]]:
        query = "SELECT name FROM leases WHERE name LIKE :kind AND holder LIKE :pid AND expires_at > clock_timestamp()"
        return self._company.rows(query, kind=f"{kind}%", pid=f"%:{pid}:%")

    def _now(self) -> float:
        return float(self._company.rows("SELECT extract(epoch FROM clock_timestamp())")[0][0])


def resume(place: int) -> bytes:
    """Short, and of somebody else each."""
    words = [text for kind, text in lines_of(place) if kind not in ("bullet", "title")]
    return "\n".join(words).encode()


@pytest.mark.long
@pytest.mark.timeout(round(SECONDS + 2 * PATIENCE + 600))
def test_everything_once_whoever_dies(cluster: Cluster, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    nodes: list[Node] = [cluster.api("--queues", "speech", machine=name) for name in ("door-1", "door-2")]
    nodes += [cluster.worker(machine=name) for name in ("work-1", "work-2", "work-3")]
    company = Company(cluster, nodes[:2], random.Random(SEED + 1))
    with ExitStack() as stack:
        receivers = [stack.enter_context(Receiver(tmp_path / f"received-{number}")) for number in range(EACH)]
        for receiver in receivers:
            receiver.trust(company.post("/api/endpoints", {"url": receiver.url})["secret"])
        cases = [Case(f"case{number}{SEED}") for number in range(INTERVIEWS)]
        talking = company.interviewing_job()
        company.invited(talking, cases)
        bulk = company.job()
        files = {f"{place:05d}.txt": resume(place) for place in range(RESUMES)}
        with Reaper(company, nodes, dice) as reaper:
            uploading = threading.Thread(target=company.upload, args=(bulk, files), name="upload")
            uploading.start()
            asyncio.run(all_interviewed(company, cases, dice))
            uploading.join(PATIENCE)
            wait_for(lambda: unfinished(company, bulk, talking), lambda left: not any(left.values()), "all is done",
                     PATIENCE)  # fmt: skip
        tell(reaper, cases)
        once(company, bulk, talking, cases, receivers, files)
    company.close()


async def all_interviewed(company: Company, cases: list[Case], dice: random.Random) -> None:
    """Beginning one after the other, for about as long as others die."""
    seed = dice.random()

    async def one(place: int, case: Case) -> None:
        mine = random.Random(f"{seed} {place}")
        await asyncio.sleep(SECONDS * 0.6 * place / len(cases))
        await company.be_interviewed(case, pause=lambda: mine.uniform(0.05, 0.2) * SECONDS)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for place, case in enumerate(cases):
            group.create_task(one(place, case))


def unfinished(company: Company, bulk: str, talking: str) -> dict[str, int]:
    """What there is to do still."""
    return {
        "resumes": RESUMES
        - company.number("SELECT count(*) FROM applications WHERE job_id = :job AND stage <> 'received'", job=bulk),
        "reports": INTERVIEWS - company.number(REPORTED, job=talking),
        "results": INTERVIEWS * EACH
        - company.number(f"SELECT count(*) {RESULTS} AND deliveries.state = 'delivered'", job=talking),
    }


def tell(reaper: Reaper, cases: list[Case]) -> None:
    """Figures, and that each was somebody's again in time."""
    deaths = reaper.deaths
    for case in cases:
        if max(case.cuts, default=0.0) > RESCUE_SECONDS:
            print(f"chaos: {case.name}:", *case.story, sep="\n    ")
    over = [name for death in deaths for name in death.live if name not in death.rescued]
    late = {id: death.node for death in deaths for id in death.work if id not in death.rescued}
    took = sorted(seconds for death in deaths for seconds in death.rescued.values())
    talks = sorted(death.rescued[id] for death in deaths for id in death.live if id in death.rescued)
    cuts = sorted(seconds for case in cases for seconds in case.cuts)
    moved = sum(len(set(case.nodes)) > 1 for case in cases)
    print(f"chaos: {len(deaths)} kills {dict(Counter(death.node for death in deaths))} in {SECONDS:g} s, seed {SEED}")
    print(f"chaos: {len(took)} jobs and interviews were under way; rescued after at most {max(took, default=0):.1f} s, "
          f"median {took[len(took) // 2] if took else 0:.1f} s")  # fmt: skip
    print(f"chaos: {len(talks)} live interviews of {len(cases)} lost their node, the next event after at most "
          f"{max(talks, default=0):.1f} s; {len(cuts)} cut lines, the next sentence after at most "
          f"{max(cuts, default=0):.1f} s; {moved} went on at another node; {len(over)} were over by then")  # fmt: skip
    assert not late, "left where it was"
    assert max(took, default=0.0) <= RESCUE_SECONDS


def once(
    company: Company, bulk: str, talking: str, cases: list[Case], receivers: list[Receiver], files: dict[str, bytes]
) -> None:
    """Everything once, nothing lost, nothing left over: in the database, and where it was received."""
    held = company.rows("SELECT d.filename IS NOT NULL, a.stage FROM applications a JOIN documents d "
                        "ON d.id = a.document_id WHERE a.job_id = :job", job=bulk)  # fmt: skip
    assert len(held) == len(files), "no application is missing, and none is there twice"
    screened = Counter(id for (id,) in company.rows("SELECT application_id FROM screenings"))
    assert len(screened) == len(files) + len(cases)
    assert set(screened.values()) == {1}, "screened once"
    reports = Counter(id for (id,) in company.rows("SELECT interview_id FROM reports"))
    assert reports == Counter(case.interview for case in cases), "one report for each interview"
    sent = company.rows(f"SELECT deliveries.application_id, deliveries.endpoint_id {RESULTS}", job=talking)
    assert len(sent) == len(set(sent)) == len(cases) * EACH, "one delivery of each result to each receiver"
    names = set()
    for receiver in receivers:
        results = {id: body for id, body in receiver.results().items() if body["type"].startswith("assessment.")}
        told = Counter(body["data"]["application_id"] for body in results.values())
        assert told == Counter(case.application for case in cases), "each receiver has each result once"
        names.add(frozenset(results))
    assert len(names) == 1, "and under the same ids"
    for case in cases:
        turns = company.get(f"/api/interviews/{case.interview}/transcript")["turns"]
        said = Counter(turn["text"] for turn in turns if turn["role"] == "candidate")
        assert said == Counter(case.answer(number) for number in (1, 2)), "every answer once"
    numbers = company.rows("SELECT interview_id, count(*), max(seq) FROM interview_events GROUP BY interview_id")
    assert all(count == last + 1 for _, count, last in numbers), "no hole in any log"
    print(f"chaos: {len(screened)} resumes screened, {len(reports)} interviews reported, {len(sent)} results "
          f"received in {sum(receiver.requests for receiver in receivers)} requests; each once")  # fmt: skip
