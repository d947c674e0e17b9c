"""A hundred thousand applications, put straight into a database, and how long the console's pages take over them.
`python -m tests.bench.crowd [APPLICATIONS] [sqlite|postgresql] [PATH ...]`; nothing is read or scored."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.app import create_app
from api.deps import App
from models.records import (
    Application,
    AuditEntry,
    Base,
    Candidate,
    Delivery,
    Document,
    EntryCode,
    Interview,
    Job,
    OutcomeEvent,
    Personal,
    PersonalJson,
    Review,
    new_id,
    secrets_of,
)
from models.settings import Settings
from models.store.base import spent
from tests.bench.figures import percentile
from tests.postgres import PostgresServer

PATHS = (
    *("/", "/insight", "/insight?period=all", "/insight?period=90", "/insight?period=all&job_id={job}", "/pool"),
    *("/operations", "/deliveries", "/deliveries?state=dead", "/audit", "/audit?person=person:0000000000000003"),
    *("/engines", "/usage", "/retention"),
)
ROUNDS = 20
SOURCES = ("upload", "greenhouse", "lever", "smartrecruiters", "careers page", "referral")
STAGES = ("screened", "screened", "screened", "rejected", "invited", "reported", "withdrawn")
AT_ONCE = 5_000
SEED = 7


def rows(org: str, number: int, now: datetime) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    """Of everything, in an order in which references exist."""
    chance = random.Random(SEED)
    own = secrets_of(org)
    jobs = [new_id() for _ in range(60)]
    for place, id in enumerate(jobs):
        yield (
            Job,
            {
                **{"id": id, "organisation_id": org, "title": f"Opening {place}", "text": "Python " * 200},
                **{
                    "threshold": 0.5,
                    "media_type": "text/markdown",
                    "invite_policy": "after_confirmation",
                    "minutes": 30,
                },
                **{"created_at": now - timedelta(days=400), "requirements_version": 1},
            },
        )
    for place in range(number):
        candidate, document, application = new_id(), new_id(), new_id()
        came = now - timedelta(minutes=chance.randrange(60 * 24 * 380))
        score, stage = chance.betavariate(3, 3), chance.choice(STAGES)
        ended = chance.choices([None, "hired", "rejected"], [80, 2, 18])[0]
        held = chance.random() < 0.12
        common = {"organisation_id": org, "created_at": came}
        yield Candidate, {**common, "id": candidate, "name": Personal(f"Person {place}", subject=own)}
        yield (
            Document,
            {
                **common,
                **{"id": document, "candidate_id": candidate, "sha256": f"{place:064x}", "size": 1000},
                **{"filename": Personal(f"person-{place}.pdf", subject=own), "media_type": "application/pdf"},
            },
        )
        yield (
            Application,
            {
                **common,
                **{
                    "id": application,
                    "job_id": chance.choice(jobs),
                    "candidate_id": candidate,
                    "document_id": document,
                },
                **{"source": chance.choice(SOURCES), "stage": stage, "score": score, "updated_at": came},
                **{"decision": "advance" if score > 0.5 else "review"},
                **{"screen_seconds": spent(came, came + timedelta(seconds=chance.lognormvariate(4, 1.5)))},
                **{"outcome": ended, "outcome_at": came + timedelta(days=20) if ended else None},
                **{
                    "interview_seconds": spent(came, came + timedelta(seconds=chance.lognormvariate(12, 1)))
                    if held
                    else None
                },
                **{"overall": chance.uniform(20, 95) if held else None, "recommendation": "yes" if held else None},
            },
        )
        if ended:
            yield (
                OutcomeEvent,
                {
                    **{"organisation_id": org, "application_id": application, "key": "1", "kind": ended, "stage": ""},
                    **{"reason": "", "at": came, "received_at": came},
                },
            )
        if held:
            yield from _interview(org, own, application, came, chance)
        if place % 3 == 0:
            yield (
                Delivery,
                {
                    **{"organisation_id": org, "kind": "email", "key": f"k{place}", "subject": own, "created_at": came},
                    **{"payload": PersonalJson({"message": ""}, subject=own), "done": {}, "begun": "", "attempts": 1},
                    **{"state": chance.choice(["delivered", "delivered", "dead"]), "application_id": application},
                },
            )
        yield (
            AuditEntry,
            {
                **{"organisation_id": org, "seq": 1_000_000 + place, "at": now - timedelta(minutes=number - place)},
                **{"actor": f"person:{place % 20:016x}", "action": "screening.made", "object_kind": "application"},
                **{"object_id": application, "subject": f"{place:032x}", "commitment": None, "hash": f"{place:064x}"},
            },
        )


def _interview(
    org: str, own: str, application: str, came: datetime, chance: random.Random
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    id = new_id()
    done = chance.random() < 0.6
    yield (
        Interview,
        {
            **{
                "id": id,
                "organisation_id": org,
                "application_id": application,
                "attempt": 1,
                "plan": {},
                "minutes": 30,
            },
            **{"state": "completed" if done else "invited", "link_hash": id, "invited_at": came, "expires_at": came},
            **{"started_at": came if done else None, "completed_at": came + timedelta(hours=30) if done else None},
        },
    )
    if chance.random() < 0.5:
        yield (
            EntryCode,
            {
                **{"organisation_id": org, "interview_id": id, "hash": id, "mark": "m", "by": "mail", "made_at": came},
                **{"expires_at": came, "tries": 0},
            },
        )
    if done and chance.random() < 0.4:
        yield (
            Review,
            {
                **{"organisation_id": org, "interview_id": id, "reviewer": "Kim", "reviewer_key": "k", "number": 0},
                **{
                    "kind": "blind",
                    "content": PersonalJson({}, subject=own),
                    "at": came,
                    "pairs": 5,
                    "same": 3,
                    "near": 4,
                },
            },
        )


def fill(app: App, number: int) -> None:
    """Straight into the tables, some thousands at a time."""
    with app.database.asking() as system:
        org = system.organisations()[0].id
    waiting: dict[type[Base], list[dict[str, Any]]] = {}
    for count, (table, row) in enumerate(rows(org, number, datetime.now(UTC)), 1):
        waiting.setdefault(table, []).append({"id": new_id(), **row})
        if count % AT_ONCE == 0:
            _write(app, waiting)
    _write(app, waiting)


def _write(app: App, waiting: dict[type[Base], list[dict[str, Any]]]) -> None:
    order = (Job, Candidate, Document, Application, Interview)
    with Session(app.database.engine) as session, session.begin():
        for table in (*order, *(each for each in waiting if each not in order)):
            if waiting.get(table):
                session.execute(insert(table), waiting[table])
    waiting.clear()


@contextmanager
def served(kind: str, number: int) -> Iterator[tuple[TestClient, App]]:
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer() if kind == "postgresql" else None
        try:
            url = server.create("crowd") if server is not None else ""
            settings = Settings(home=Path(folder) / "home", database_url=url)
            with TestClient(create_app(settings, work=False)) as client:
                app: App = client.app.state.foyer  # type: ignore[attr-defined]
                key = (settings.home / "admin.key").read_text().strip()
                client.headers["Authorization"] = f"Bearer {key}"
                fill(app, number)
                yield client, app
        finally:
            if server is not None:
                server.stop()


def measured(client: TestClient, paths: Iterable[str]) -> list[tuple[str, float, float, float]]:
    """(path, median, p95, median of the processor's time alone) in milliseconds. A database server's is not in it."""
    found = []
    for path in paths:
        spent, busy = [], []
        for _ in range(ROUNDS):
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path, headers={"Accept": "text/html"})
            spent.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - worked) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
        found.append((path, percentile(spent, 0.5), percentile(spent, 0.95), percentile(busy, 0.5)))
    return found


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    began = time.perf_counter()
    with served(kind, number) as (client, _):
        print(f"{number} applications in {kind} after {time.perf_counter() - began:.0f} s")
        job = client.get("/api/jobs").json()[0]["id"]
        for path, middle, high, busy in measured(client, [each.format(job=job) for each in sys.argv[3:] or PATHS]):
            print(f"{path:50} median {middle:6.0f} ms   p95 {high:6.0f} ms   busy {busy:6.0f} ms")


if __name__ == "__main__":
    main()
