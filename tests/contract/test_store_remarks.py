"""What candidates say about their interviews, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import Database
from models.errors import Conflict, NotFound
from models.store import Store
from tests.store_world import LATER, NOW, PLAN, add_job, add_screened

ORG = "org"


def completed(store: Store, job_id: str | None = None) -> tuple[str, str]:
    """(interview, job)"""
    job = store.job(ORG, job_id) if job_id else add_job(store, ORG)
    application = add_screened(store, job, 0.9)
    made, _ = store.add_interview(
        ORG, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=NOW
    )
    store.open_interview(
        ORG, made.id, session_hash=made.id, consent_version="2026-11", consent_sha256="cc" * 32, now=NOW
    )
    store.set_interview_state(ORG, made.id, "completed", now=NOW)
    return made.id, job.id


def test_corrections_are_kept_one_after_the_other(database: Database) -> None:
    with database.store() as store:
        interview, _ = completed(store)
        store.add_remark(ORG, interview, "correction", "Kubernetes, not communities", turn=1, now=NOW)
        store.add_remark(ORG, interview, "correction", "Kubernetes", turn=1, now=NOW + timedelta(minutes=1))
    with database.reading() as store:
        found = store.remarks(ORG, interview)
    assert [(one.kind, one.turn, one.text) for one in found] == [
        ("correction", 1, "Kubernetes, not communities"),
        ("correction", 1, "Kubernetes"),
    ]


def test_nobody_elses_and_not_before_the_end(database: Database) -> None:
    with database.store() as store:
        interview, _ = completed(store)
        with pytest.raises(NotFound):
            store.remarks("other", interview)
        application = add_screened(store, add_job(store, ORG), 0.9)
        early, _ = store.add_interview(
            ORG, application_id=application.id, plan=PLAN, link_hash="early", expires_at=LATER, now=NOW
        )
        with pytest.raises(Conflict, match="not over"):
            store.add_remark(ORG, early.id, "feedback", "", rating=5, now=NOW)


def test_ratings_are_each_persons_newest_without_their_order(database: Database) -> None:
    with database.store() as store:
        first, job = completed(store)
        second, _ = completed(store, job)
        other, _ = completed(store)
        for n, (interview, rating) in enumerate([(first, 5), (second, 2), (first, 4), (other, 1)]):
            store.add_remark(ORG, interview, "feedback", "", rating=rating, now=NOW + timedelta(minutes=n))
        assert store.ratings(ORG, job) == [2, 4]
