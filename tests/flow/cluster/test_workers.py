"""Workers on one PostgreSQL, as real processes: each takes only its own work, what a killed one was at is done by
another within half a minute although nobody can look whether it lives, and one that is told to stop leaves at once."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from models.settings import ROOT
from tests.bench.corpus import lines_of
from tests.flow.cluster.nodes import Cluster, Node
from tests.flow.running import wait_for
from tests.postgres import PostgresServer

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
RESCUE_SECONDS = 30.0


@pytest.fixture
def cluster(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Cluster]:
    with Cluster(tmp_path, postgres_server) as made:
        yield made


def resumes(folder: Path, number: int, first: int = 0) -> list[Path]:
    folder.mkdir(exist_ok=True)
    found = []
    for place in range(first, first + number):
        file = folder / f"{place:05d}.txt"
        file.write_text("\n".join(words for kind, words in lines_of(place) if kind != "bullet"))
        found.append(file)
    return found


def a_job(api: Node, **settings: Any) -> str:
    return str(api.post("/api/jobs", {"text": POSTING, "minutes": 15, **settings})["id"])


def stages(api: Node, job: str) -> Counter[str]:
    return Counter(row["stage"] for row in api.get(f"/api/jobs/{job}/applications", limit=1000))


def workflows(cluster: Cluster, where: str = "true") -> list[tuple[Any, ...]]:
    """(id, status, executor, version) as the workflow engine has them."""
    engine = create_engine(cluster.queue)
    query = "SELECT workflow_uuid, status, executor_id, application_version FROM dbos.workflow_status WHERE "
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query + where))]
    engine.dispose()
    return found


@pytest.mark.long
@pytest.mark.timeout(400)
def test_each_takes_its_own_work_and_leaves_at_once_when_told(
    cluster: Cluster, tmp_path: Path, backend_resumes: list[Path]
) -> None:
    api = cluster.api("--no-worker")
    reads = cluster.worker("--queues", "screen", "--concurrency", "2")
    job = a_job(api, invite_policy="at_once")
    api.upload(job, backend_resumes)
    wait_for(lambda: stages(api, job), lambda found: not found["received"], "all are read", 120)
    sent = wait_for(
        lambda: api.get("/api/deliveries", limit=1000), lambda found: len(found) >= 3, "invitations are written", 60
    )
    time.sleep(3.0)
    assert {row["attempts"] for row in sent} == {0}, "nobody delivers"
    assert {name for _, _, name, _ in workflows(cluster, "status = 'SUCCESS'")} == {"worker-screen-0@1"}
    machine = api.get("/v1/engines")["machine"]
    assert machine["untaken"] == ["evaluate", "deliver", "speech"]

    sends = cluster.worker("--queues", "deliver")
    wait_for(
        lambda: api.get("/api/deliveries", limit=1000),
        lambda found: all(row["state"] == "delivered" for row in found),
        "what waited goes out",
        60,
    )
    assert len(list((sends.home / "outbox").glob("*.eml"))) == len(sent)

    # ---- told to stop in mid-work: exit code 0, its slot is free at once, the rest is another's
    api.upload(job, resumes(tmp_path / "resumes", 60))
    wait_for(lambda: stages(api, job), lambda found: 5 < found["received"] < 58, "some are read", 60)
    assert reads.process is not None
    began = time.monotonic()
    reads.process.send_signal(signal.SIGTERM)
    assert reads.process.wait(35) == 0
    took = time.monotonic() - began
    assert [name for name in api.get("/v1/engines")["machine"]["workers"] if "screen" in name] == []
    left = stages(api, job)["received"]
    assert left, "it was stopped in mid-work: upload more files"
    other = cluster.worker("--queues", "screen,evaluate")
    wait_for(lambda: stages(api, job), lambda found: not found["received"], "the rest is another's", 120)
    print(f"cluster.drain: {took:.1f} s to the exit, {left} resumes left for another")
    assert "Traceback" not in reads.output + other.output + sends.output


@pytest.mark.long
@pytest.mark.timeout(400)
def test_what_a_killed_worker_was_at_is_done_by_another_within_half_a_minute(cluster: Cluster, tmp_path: Path) -> None:
    """Each on a machine of its own, as far as it knows: only its lease tells that it is dead."""
    api = cluster.api("--no-worker", machine="api")
    job = a_job(api)
    killed = cluster.worker("--queues", "screen", machine="one")
    api.upload(job, resumes(tmp_path / "resumes", 120))
    held = "status = 'PENDING' AND executor_id = 'worker-screen-0@1'"
    wait_for(lambda: workflows(cluster, held), lambda found: len(found) >= 4, "it is at some", 60)
    killed.kill()
    began = time.monotonic()
    at = {id for id, *_ in workflows(cluster, held)}
    assert at
    cluster.worker("--queues", "screen", machine="two")
    wait_for(lambda: workflows(cluster, held), lambda found: not found, "they are put back", RESCUE_SECONDS)
    put_back = time.monotonic() - began
    ids = ", ".join(f"'{id}'" for id in at)
    wait_for(
        lambda: workflows(cluster, f"workflow_uuid IN ({ids})"),
        lambda found: {status for _, status, *_ in found} == {"SUCCESS"},
        "and done",
        RESCUE_SECONDS - put_back + 10,
    )
    print(f"cluster.rescue: {len(at)} resumes put back {put_back:.1f} s after the kill, done after "
          f"{time.monotonic() - began:.1f} s")  # fmt: skip
    assert put_back < RESCUE_SECONDS
    wait_for(lambda: stages(api, job), lambda found: not found["received"], "all are read", 120)
    assert stages(api, job).total() == 120


@pytest.mark.long
@pytest.mark.timeout(500)
def test_old_and_new_steps_side_by_side_and_what_the_old_ones_leave_is_begun_anew(
    cluster: Cluster, tmp_path: Path
) -> None:
    """An upgrade with work in flight: API node and worker of version 1, then a worker of version 2 beside them, which
    touches nothing of theirs until no worker of version 1 is left."""
    api = cluster.api("--no-worker", machine="api")
    old = cluster.worker("--queues", "screen", machine="one")
    job = a_job(api)
    of_old = "status = 'ENQUEUED' AND application_version = '1'"
    api.upload(job, resumes(tmp_path / "resumes", 60))
    wait_for(lambda: workflows(cluster, of_old), lambda found: len(found) > 20, "it waits for version 1", 60)
    new = cluster.worker("--queues", "screen", machine="two", version="2")
    waiting = {id for id, *_ in workflows(cluster, of_old)}
    assert waiting
    wait_for(lambda: stages(api, job), lambda found: not found["received"], "all are read", 200)
    done = {id: (status, executor) for id, status, executor, _ in workflows(cluster)}
    assert {done[id] for id in waiting} == {("SUCCESS", "worker-screen-0@1")}, "version 2 leaves them to version 1"

    api.upload(job, resumes(tmp_path / "more", 60, first=60))
    wait_for(lambda: workflows(cluster, of_old), lambda found: len(found) > 10, "it waits for version 1", 60)
    assert old.process is not None
    old.process.send_signal(signal.SIGTERM)
    assert old.process.wait(35) == 0
    left = {id for id, *_ in workflows(cluster, "status IN ('ENQUEUED', 'PENDING') AND application_version = '1'")}
    assert left, "the last worker of version 1 left something: upload more files"
    wait_for(lambda: stages(api, job), lambda found: not found["received"], "all are read", 200)
    found = wait_for(
        lambda: {id: (status, executor) for id, status, executor, _ in workflows(cluster)},
        lambda found: {found[id] for id in left} == {("SUCCESS", "worker-screen-0@2")},
        "what was left is done by version 2",
    )
    assert {status for status, _ in found.values()} == {"SUCCESS"}
    assert stages(api, job).total() == 120
    screenings = create_engine(cluster.database)
    with screenings.connect() as connection:
        twice = "SELECT count(*) FROM (SELECT 1 FROM screenings GROUP BY application_id HAVING count(*) > 1) AS t"
        assert connection.scalar(text(twice)) == 0, "each was screened once"
    screenings.dispose()
    print(f"cluster.upgrade: {len(waiting)} left to version 1 while it lived, {len(left)} begun anew by version 2")
    assert "Traceback" not in old.output + new.output
