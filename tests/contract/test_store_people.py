"""Whose a file is when it turns out to be somebody's whom we know."""

from __future__ import annotations

from sqlalchemy import text

from models.db import Database
from models.records import Application, Job
from models.store import Store
from tests.fakes_store import MarkedSeal
from tests.store_world import LATER, NOW, PLAN, add_application, add_job, resume


def test_what_is_adopted_is_sealed_for_whom_it_is_now(database_url: str) -> None:
    database = Database(database_url, MarkedSeal())
    with database.system() as system:
        org = system.add_organisation("Example", NOW).id
    with database.store() as store:
        known = store.add_candidate(org, name="Zoë Example", email="zoe@example.org", phone=None, now=NOW)
        file = add_application(store, add_job(store, org))
        store.record_parsed(org, file.id, resume(), NOW)
    with database.store() as store:
        former = store.application(org, file.id).candidate_id
        assert not store.adopt(org, file.id, former), "already theirs"
        assert store.adopt(org, file.id, known.id)
    with database.engine.connect() as connection:
        [(filename, parsed)] = connection.execute(text("SELECT filename, parsed FROM documents")).all()
        assert connection.execute(text("SELECT count(*) FROM candidates")).scalar() == 1
    for sealed in (filename, parsed):
        assert bytes(sealed).split(b"|", 1)[0].decode() == known.id
    with database.reading() as store:
        found = store.application(org, file.id)
        assert (found.candidate_id, found.document.filename) == (known.id, "zoe.pdf")
    database.close()


def test_who_has_more_than_the_upload_is_not_adopted(database: Database) -> None:
    with database.system() as system:
        org = system.add_organisation("Example", NOW).id
    with database.store() as store:
        known = store.add_candidate(org, name="Zoë Example", email="zoe@example.org", phone=None, now=NOW)
        first = add_application(store, add_job(store, org))
        add_application(store, add_job(store, org), candidate=first.candidate)
        assert not store.adopt(org, first.id, known.id)
        assert store.application(org, first.id).candidate_id != known.id


def test_addresses_of_whoever_is_invited_are_taken(database: Database) -> None:
    with database.system() as system:
        org = system.add_organisation("Example", NOW).id
    with database.store() as store:
        job, elsewhere = add_job(store, org), add_job(store, org)
        invited, there = read(store, job, "a@example.org"), read(store, elsewhere, "c@example.org")
        for place, one in enumerate((invited, there)):
            given = {"link_hash": f"link {place}", "expires_at": LATER, "now": NOW}
            store.add_interview(org, application_id=one.id, plan=PLAN, **given)
        same, alone, other = (read(store, job, f"{name}@example.org") for name in "abc")
        theirs = add_application(store, job, candidate=invited.candidate)
        keys = {one.candidate_id: frozenset({str(one.candidate.email_key)}) for one in (same, alone, other, theirs)}

        def taken(*chosen: Application) -> frozenset[str]:
            return store.keys_invited(org, job.id, {one.candidate_id: keys[one.candidate_id] for one in chosen})

        assert taken() == taken(alone, other) == frozenset(), "an invitation for another job takes nothing here"
        assert taken(same, alone) == keys[same.candidate_id], "somebody else with this address is invited"
        assert taken(alone, theirs) == keys[theirs.candidate_id], "they are invited themselves, by another application"


def read(store: Store, job: Job, email: str) -> Application:
    application = add_application(store, job)
    store.record_parsed(job.organisation_id, application.id, resume(email=email, phone=None), NOW)
    return store.application(job.organisation_id, application.id)
