"""A hundred thousand candidates in a database, as screening leaves them: sealed names, files and results, of the shapes
that the sample resumes have. Used by `tests.bench.console`, which measures the console over them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from api.app import build, first_organisation
from api.deps import App
from api.offline import posting_of
from models.brief import brief_of
from models.errors import UnreadableDocument
from models.records import (
    Application,
    Candidate,
    CandidateRequest,
    Document,
    HumanDecision,
    Interview,
    Personal,
    PersonalJson,
    ReviewEvent,
    Screening,
    new_id,
    person_key,
)
from models.settings import ROOT, Settings
from models.values import JobPosting, ParsedResume, ScreeningResult
from screening.extract import Limits, read_in_child
from screening.parse import parse
from screening.screen import Screener
from tests.store_world import PLAN, SCORECARD

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
JOBS = (("backend_engineer", 12_000), ("intensive_care_nurse", 50_000), *(("backend_engineer", 2_000),) * 19)
"""(posting, candidates): 100,000 over 21 jobs."""
EVERYBODY = sum(size for _, size in JOBS)
BAND = 0.05
STEP = 1_000
FIRST = (  # noqa: SIM905 - as they are read
    "Anna Amara Bo Carl Chidi Dilan Elif Farah Grace Hana Ines Ivan Jonas José Kofi Lena Li Linh Luca Lukáš "
    "Mads Maria Marek Mehmet Mia Milan Nadia Noor Olga Omar Paula Priya Raj Rosa Sofia Söze Tariq Uma Vera Zoë"
).split()
LAST = (  # noqa: SIM905
    "Abe Akter Bauer Berg Blanc Brandt Castro Chen Costa Diaz Dvořák Evans Fischer Garcia Gruber Haddad Hansen "
    "Ito Jansen Kaya Khan Kim Kowalska Lindqvist Lopez Mensah Meyer Moreau Müller Nakamura Nguyen Okafor Öztürk "
    "Patel Petrov Quist Rossi Sato Schmidt Silva Singh Tanaka Torres Ueda Vogel Wagner Weiß Yilmaz Zhang"
).split()
SOURCES = ("upload", "upload", "upload", "greenhouse", "careers page", "referral")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one of the sample resumes is read and judged as."""

    name: str
    parsed: ParsedResume
    result: ScreeningResult


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
    draw = random.Random(7)
    shapes = {name: (posting, list(_shapes(app, posting))) for name, posting in _postings(app, jobs)}
    for number, (name, size) in enumerate(jobs):
        posting, known = shapes[name]
        _job(app, organisation, posting, known, size, f"{posting.title} {number + 1}", draw)
    around(app, organisation)
    return app


def around(app: App, own: str) -> None:
    """One of what else pages show: a connection, an endpoint, requests, results on their way. Then the database counts
    what it has, as PostgreSQL does by itself after a while."""
    with app.database.store() as store:
        store.add_connection(own, vendor="greenhouse", name="Greenhouse", settings={}, now=NOW)
        endpoint = store.add_endpoint(
            own, url="https://ats.example.org/hook", secret="whsec_abc", description="", now=NOW
        )
        done = select(Interview.id).where(Interview.organisation_id == own, Interview.state == "completed").limit(500)
        for number, interview in enumerate(store._session.scalars(done).all()):
            if number < 40:
                store.add_request(own, interview, "entry", {"wishes": [], "text": "?"}, during=False, now=NOW)
            store.finish_report(
                own,
                interview_id=interview,
                scorecard=SCORECARD,
                html_sha256="cd" * 32,
                payloads={endpoint.id: {"type": "assessment.completed"}},
                now=NOW,
            )
    if app.database.engine.dialect.name == "postgresql":
        with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


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
            text = read_in_child(file.read_bytes(), file.name, Limits())
        except UnreadableDocument:
            continue
        parsed = parse(text, now=date(2026, 11, 20))
        yield Shape(file.name, parsed, screener.screen(parsed, now=date(2026, 11, 20)))


def _job(
    app: App, own: str, posting: JobPosting, shapes: list[Shape], size: int, title: str, draw: random.Random
) -> None:
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
            now=NOW,
        )
        store.set_requirements(own, job.id, posting.requirements)
        batches = [
            store.add_batch(own, job_id=job.id, name=name, now=NOW).id for name in ("Fair in Leipzig", "November")
        ]
    ready = [_ready(shape, posting) for shape in shapes]
    for start in range(0, size, STEP):
        _some(app, own, job.id, batches, ready, start, min(STEP, size - start), draw)


def _ready(shape: Shape, posting: JobPosting) -> dict[str, Any]:
    return {
        "file": shape.name,
        "parsed": {**shape.parsed.model_dump(mode="json"), "spans": [], "sources": {}, "claims": []},
        "result": shape.result.model_dump(mode="json"),
        "brief": brief_of(shape.result, posting.requirements),
    }


def _some(
    app: App,
    own: str,
    job: str,
    batches: list[str],
    shapes: list[dict[str, Any]],
    start: int,
    size: int,
    draw: random.Random,
) -> None:
    rows: dict[type, list[dict[str, Any]]] = {
        kind: [] for kind in (Candidate, Document, Application, Screening, HumanDecision, ReviewEvent, Interview)
    }
    ids = [new_id() for _ in range(size)]
    app.seal.prepare(ids)
    for number, id in enumerate(ids):
        for kind, row in _person(own, job, batches, draw.choice(shapes), id, start + number, draw):
            rows[kind].append({"organisation_id": own, **row})
    with app.database.engine.begin() as connection:
        for kind, some in rows.items():
            if some:
                connection.execute(insert(kind), some)


def _person(
    own: str, job: str, batches: list[str], shape: dict[str, Any], id: str, number: int, draw: random.Random
) -> Iterator[tuple[type, dict[str, Any]]]:
    name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
    at = NOW - timedelta(minutes=draw.randrange(60 * 24 * 60))
    score = round(min(1.0, max(0.0, draw.gauss(0.45, 0.18))), 6)
    brief = shape["brief"]
    held = brief.held if draw.random() < 0.35 else False
    decision = "advance" if score >= 0.5 and not held else "review" if score >= 0.5 - BAND else "below"
    stage = draw.choices(
        ("screened", "received", "unreadable", "advanced", "rejected", "invited", "interviewed"),
        (880, 5, 10, 5, 60, 30, 10),
    )[0]
    screened = stage not in ("received", "unreadable")
    document, application = new_id(), new_id()
    yield (
        Candidate,
        {
            "id": id,
            "name": Personal(name, subject=id),
            "email": Personal(f"p{number}@example.org", subject=id),
            "created_at": at,
        },
    )
    yield (
        Document,
        {
            "id": document,
            "candidate_id": id,
            "sha256": f"{number:064x}",
            "filename": Personal(f"{name.replace(' ', '-')}-{shape['file']}", subject=id),
            "media_type": "application/pdf",
            "size": 90_000,
            "parsed": PersonalJson(shape["parsed"], subject=id),
            "created_at": at,
        },
    )
    yield (
        Application,
        {
            "id": application,
            "job_id": job,
            "candidate_id": id,
            "document_id": document,
            "batch_id": draw.choice(batches),
            "source": draw.choice(SOURCES),
            "stage": stage,
            "problem_detail": Personal("This is a scan.", subject=id) if stage == "unreadable" else None,
            "score": score if screened else None,
            "decision": decision if screened else None,
            "held": held if screened else None,
            "missing": brief.missing if screened and held else 0 if screened else None,
            "unclear": brief.unclear if screened and held else 0 if screened else None,
            "flagged": brief.flagged if screened else None,
            "created_at": at,
            "updated_at": at,
        },
    )
    if screened:
        result = {**shape["result"], "score": score, "decision": decision}
        yield (
            Screening,
            {
                "id": new_id(),
                "application_id": application,
                "requirements_version": 1,
                "result": PersonalJson(result, subject=id),
                "brief": PersonalJson(brief.shown, subject=id),
                "created_at": at,
            },
        )
    yield from _afterwards(application, id, stage, at, draw)


def _afterwards(
    application: str, id: str, stage: str, at: datetime, draw: random.Random
) -> Iterator[tuple[type, dict[str, Any]]]:
    """What people did, and interviews."""
    who = draw.choice(("Kim", "Maria Lopez", "Sam Okoro"))
    if stage in ("rejected", "advanced"):
        basis = {"seconds": draw.uniform(5, 300), "opened": ["application"], "evidence": [], "interviewed": False}
        yield (
            HumanDecision,
            {
                "id": new_id(),
                "application_id": application,
                "action": "reject" if stage == "rejected" else "advance",
                "actor": who,
                "person": who,
                "reason": Personal("Others fit better.", subject=id),
                "at": at,
                "basis": basis if stage == "rejected" else None,
            },
        )
        yield (
            ReviewEvent,
            {
                "id": new_id(),
                "application_id": application,
                "reviewer": who,
                "reviewer_key": person_key(who),
                "kind": "opened",
                "what": "application",
                "at": at,
            },
        )
    if stage in ("invited", "interviewed"):
        yield (
            Interview,
            {
                "id": new_id(),
                "application_id": application,
                "attempt": 1,
                "state": "completed" if stage == "interviewed" else "invited",
                "plan": json.loads(PLAN.model_dump_json()),
                "minutes": 30,
                "link_hash": new_id(),
                "invited_at": at,
                "expires_at": at + timedelta(days=14),
                "completed_at": at if stage == "interviewed" else None,
            },
        )
