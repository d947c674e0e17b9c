"""Whose a file is when it turns out to be somebody's whom we know."""

from __future__ import annotations

from sqlalchemy import text

from models.db import Database
from tests.fakes_store import MarkedSeal
from tests.store_world import NOW, add_application, add_job, resume


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
        store.add_application(
            org,
            add_job(store, org).id,
            filename="z.txt",
            sha256="ef" * 32,
            size=1,
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            candidate=first.candidate,
            now=NOW,
        )
        assert not store.adopt(org, first.id, known.id)
        assert store.application(org, first.id).candidate_id != known.id
