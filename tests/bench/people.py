"""A hundred thousand candidates in a database, as screening, interviews and people leave them: sealed names, files and
results of the shapes that the sample resumes have, over 60 jobs and fourteen months. Used by `tests.bench.console`,
which measures the console over them; what happened to each of them is in `tests.bench.crowd`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from api import demographics
from api.app import build, first_organisation
from api.deps import App
from api.offline import posting_of
from interview.plan import make_plan
from models.brief import brief_of
from models.errors import UnreadableDocument
from models.records import (
    Application,
    Base,
    Candidate,
    CandidateRequest,
    Document,
    Interview,
    Report,
    new_id,
)
from models.settings import ROOT, Settings
from models.values import JobPosting
from screening.extract import Limits, read_in_child
from screening.parse import parse
from screening.screen import Screener
from tests.bench.crowd import BAND, Opening, Shape, answers, person

JOBS = (
    ("intensive_care_nurse", 20_000),
    ("backend_engineer", 10_000),
    *(("intensive_care_nurse", 4_000),) * 8,
    *(("backend_engineer", 760),) * 50,
)
"""(posting, candidates): 100,000 over 60 jobs, a fifth of them in one."""
EVERYBODY = sum(size for _, size in JOBS)
EIGHT_MONTHS, FOURTEEN_MONTHS = 240, 420
STEP = 1_000
READ_ON = date(2026, 11, 20)


def openings(candidates: int) -> tuple[tuple[str, int], ...]:
    """JOBS with so many candidates in all."""
    return tuple((name, max(2, size * candidates // EVERYBODY)) for name, size in JOBS)


def requests(session: Session, own: str) -> Sequence[CandidateRequest]:
    """Some that wait for an answer."""
    return session.scalars(select(CandidateRequest).where(CandidateRequest.organisation_id == own).limit(3)).all()


def fill(settings: Settings, jobs: tuple[tuple[str, int], ...] = JOBS) -> App:
    """The App over a database with all of them in it."""
    app = build(settings, work=False)
    first_organisation(app)
    with app.database.asking() as system:
        organisation = system.organisations()[0].id
    now, draw, count = datetime.now(UTC), random.Random(7), 0
    shapes = {name: (posting, list(_shapes(app, posting))) for name, posting in _postings(app, jobs)}
    for number, (name, size) in enumerate(jobs):
        posting, known = shapes[name]
        days = draw.uniform(100, EIGHT_MONTHS if number < 2 else FOURTEEN_MONTHS)
        opening = _opening(app, organisation, posting, known, f"{posting.title} {number + 1}", days, now)
        for start in range(0, size, STEP):
            some = min(STEP, size - start)
            _some(app, opening, range(count, count + some), draw)
            count += some
    _around(app, organisation, now)
    return app


def _postings(app: App, jobs: tuple[tuple[str, int], ...]) -> Iterator[tuple[str, JobPosting]]:
    for name in dict.fromkeys(name for name, _ in jobs):
        yield name, posting_of(ROOT / "samples" / "jobs" / f"{name}.md", app.engines)


def _shapes(app: App, posting: JobPosting) -> Iterator[Shape]:
    screener = Screener(
        posting.requirements,
        app.engines.embedder,
        threshold=0.5,
        review_band=BAND,
        vocabulary=app.engines.vocabulary,
        title=posting.title,
        text=posting.text,
    )
    for file in sorted((ROOT / "samples" / "resumes").iterdir())[:24]:
        try:
            content = read_in_child(file.read_bytes(), file.name, Limits())
        except UnreadableDocument:
            continue
        parsed = parse(content, now=READ_ON)
        result = screener.screen(parsed, now=READ_ON)
        yield Shape(
            file=file.name,
            parsed={**parsed.model_dump(mode="json"), "spans": [], "sources": {}, "claims": []},
            result=result.model_dump(mode="json"),
            brief=brief_of(result, posting.requirements),
        )


def _opening(
    app: App, own: str, posting: JobPosting, shapes: list[Shape], title: str, days: float, now: datetime
) -> Opening:
    """A job that was opened so many days ago, with two batches."""
    opened = now - timedelta(days=days)
    with app.database.store() as store:
        job = store.add_job(
            own,
            title=title,
            text=posting.text,
            media_type="text/markdown",
            threshold=0.5,
            invite_policy="after_confirmation",
            max_interviews=None,
            minutes=30,
            now=opened,
        )
        store.set_requirements(own, job.id, posting.requirements)
        batches = [
            store.add_batch(own, job_id=job.id, name=name, now=opened).id for name in ("Fair in Leipzig", "November")
        ]
    plan = make_plan(title, posting.requirements, minutes=30, plan_id=new_id())
    return Opening(own, job.id, batches, shapes, plan, opened, now)


def _some(app: App, opening: Opening, numbers: range, draw: random.Random) -> None:
    rows: dict[type[Base], list[dict[str, Any]]] = {kind: [] for kind in (Candidate, Document, Application)}
    ids = [new_id() for _ in numbers]
    app.seal.prepare(ids)
    said: dict[str, Mapping[str, str]] = {}
    for number, id in zip(numbers, ids, strict=True):
        if told := answers(draw):
            said[id] = told
        for kind, row in person(opening, id, number, draw):
            rows.setdefault(kind, []).append({"id": new_id(), "organisation_id": opening.organisation_id, **row})
    first = [kind for kind in (Interview, Report) if kind in rows]  # what other rows refer to
    order = dict.fromkeys([Candidate, Document, Application, *first, *rows])
    with app.database.engine.begin() as connection:
        for kind in order:
            connection.execute(insert(kind), rows[kind])
    demographics._vault(app).keep_all(opening.organisation_id, said, opening.opened + timedelta(days=30))


def _around(app: App, own: str, now: datetime) -> None:
    """What was written without the store's help is noted; one of what else pages show: a connection, an endpoint,
    requests. Then the database counts what it has, as PostgreSQL does by itself after a while."""
    with app.database.engine.begin() as connection:
        there = select(Report.id).where(Report.interview_id == Interview.id).exists()
        connection.execute(update(Interview).where(there).values(reported_at=Interview.completed_at))
    with app.database.store() as store:
        store.add_connection(own, vendor="greenhouse", name="Greenhouse", settings={}, now=now)
        store.add_endpoint(own, url="https://ats.example.org/hook", secret="whsec_abc", description="", now=now)
        done = select(Interview.id).where(Interview.organisation_id == own, Interview.state == "completed").limit(40)
        for interview in store._session.scalars(done).all():
            store.add_request(own, interview, "entry", {"wishes": [], "text": "?"}, during=False, now=now)
    if app.database.engine.dialect.name == "postgresql":
        with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
