"""What whoever runs Foyer looks through, on both databases: deliveries by what they are, usage by month, the audit log
by job, and whether its newest entries follow each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.operations import _fault
from models.db import Database
from models.errors import NotFound
from models.store.operating import Sent, Used
from tests.store_world import LATER, NOW, add_application, add_job, build


def test_deliveries_are_filtered_and_paged_without_a_gap(database: Database) -> None:
    world, others = build(database, "Ours"), build(database, "Theirs")
    org = world.organisation_id
    with database.store() as store:
        for place in range(5):
            at = NOW + timedelta(minutes=place // 2)
            mail = {"kind": "email", "key": f"m{place}", "payload": {"message": ""}, "subject": world.candidate_id}
            store.add_delivery(org, **mail, application_id=world.application_id, now=at)  # type: ignore[arg-type]
    with database.reading() as store:
        everything = [one.id for one in store.sent(org, Sent(), 100)]
        assert len(everything) == 6
        seen, behind = [], None
        while page := store.sent(org, Sent(behind=behind), 2):
            seen += [one.id for one in page]
            behind = (page[-1].created_at, page[-1].id)
        assert seen == everything
        assert len(store.sent(org, Sent(kind="email"), 9)) == 5
        assert [one.id for one in store.sent(org, Sent(where=world.endpoint_id), 9)] == [world.delivery_id]
        assert [one.id for one in store.sent(org, Sent(of=world.delivery_id), 9)] == [world.delivery_id]
        assert len(store.sent(org, Sent(job_id=world.job_id, state="pending"), 9)) == 6
        assert len(store.sent(org, Sent(since=NOW + timedelta(minutes=1)), 9)) == 3
        assert store.sent(org, Sent(of=others.delivery_id), 9) == []
        with pytest.raises(NotFound):
            store.sent(org, Sent(job_id=others.job_id), 9)
        assert store.sent_by_state(org) == {"pending": 6}
        assert store.addresses(org, [world.application_id, others.application_id]) == {
            world.application_id: "zoe@example.org"
        }


def test_usage_is_counted_by_month_and_job(database: Database) -> None:
    world = build(database)
    org = world.organisation_id
    with database.reading() as store:
        assert store.used(org, NOW - timedelta(days=1), LATER) == [
            Used("2026-11", world.job_id, "Backend engineer", screenings=1, interviews=1, minutes=0, deliveries=1)
        ]
        assert store.used(org, LATER, LATER + timedelta(days=1)) == []


def test_the_log_is_searched_by_job_and_tells_where_it_stands(database: Database) -> None:
    world = build(database)
    org = world.organisation_id
    with database.store() as store:
        other = add_job(store, org)
        application = add_application(store, other)
    with database.reading() as store:
        mine = store.audit(org, job_id=world.job_id, limit=1000)
        assert {world.application_id, world.interview_id, world.job_id} <= {one.object_id for one in mine}
        assert {one.object_id for one in store.audit(org, job_id=other.id)} == {other.id, application.id}
        stands = store.audit_stands(org)
        newest = store.audit(org, limit=1000)
    assert stands is not None
    seq, hash, checkpoint_seq, _ = stands
    assert checkpoint_seq == 0
    assert _fault(newest, seq, hash) == ""
    assert "newest entries are missing" in _fault(newest[1:], seq, hash)
    assert "missing" in _fault([*newest[:2], *newest[3:]], seq, hash)
    changed = [newest[0], replace(newest[1], actor="somebody else"), *newest[2:]]
    assert f"Entry {newest[1].seq} does not follow" in _fault(changed, seq, hash)
