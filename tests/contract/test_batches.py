"""Batches over SQLite and PostgreSQL: what is handed in twice is there once, what is paused waits, what is cancelled
loses nobody who was read; and over an app, their files and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import batches
from api.app import build as build_app
from models.db import Database
from models.errors import Conflict, NotFound, Suspended
from models.settings import Settings
from models.store import Store
from models.store.batches import Received
from tests.store_world import NOW, World, add_job, add_screened, build, in_line, resume, screening

SHA = "ab" * 32


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


def files(store: Store, own: str, *names: str, sha: str = SHA) -> list[Received]:
    return [Received(name, store.file_key(own, name, 9, sha), f"person-{own[:8]}-{name}", sha, 9) for name in names]


def test_a_file_that_is_handed_in_again_is_there_once(database: Database, world: World) -> None:
    own = world.organisation_id
    with database.store() as store:
        batch = store.add_batch(own, job_id=world.job_id, name="May", now=NOW, expected=3, complete=False).id
        ids, known = store.receive(own, batch, files(store, own, "a.txt", "b.txt"), now=NOW)
        assert (len(ids), known) == (2, [])
    with database.store() as store:
        again = files(store, own, "a.txt", "c.txt", "c.txt")
        assert store.taken(own, batch, [each.key for each in again]) == {again[0].key}
        ids, known = store.receive(own, batch, again, now=NOW)
        assert (len(ids), [each.name for each in known]) == (1, ["a.txt", "c.txt"])
        assert store.receive(own, world.batch_id, files(store, own, "d.txt"), now=NOW)[1] == [], "another batch's own"
    with database.reading() as store:
        found = store.batch_progress(own, batch)
        assert (found.total, found.waiting, found.expected, found.complete) == (3, 3, 3, False)
        assert store.batch(own, batch).total == 3
        assert store.copies_count(own, batch) == 3, "the same bytes as the application that was there before"
        assert {first for _, first in store.copies_page(own, batch, limit=9)} == {world.application_id}
        counts = {each.batch.id: (each.total, each.waiting) for each in store.batch_counts(own, world.job_id, limit=9)}
    assert counts == {batch: (3, 3), world.batch_id: (2, 1)}


def test_a_paused_batch_waits_and_a_cancelled_one_loses_nobody_who_was_read(database: Database, world: World) -> None:
    own = world.organisation_id
    with database.store() as store:
        job = add_job(store, own)
        batch = store.add_batch(own, job_id=job.id, name="May", now=NOW).id
        [read, unread, scan], _ = store.receive(own, batch, files(store, own, "a", "b", "c"), now=NOW)
        store.record_parsed(own, read, resume(), NOW)
        store.record_screening(own, read, screening(), requirements_version=1, now=NOW)
        store.record_problem(own, scan, reason="scan", detail="A scan.", now=NOW)
        elsewhere = add_screened(store, job, 0.9)

    def due() -> tuple[set[str], set[str]]:
        with database.asking() as system:
            return {id for _, id in in_line(system)}, {id for _, id in in_line(system, "ocr")}

    assert due() == ({unread}, {scan})
    with database.store() as store:
        assert store.set_batch(own, batch, "paused", by="Kim", now=NOW)[1]
        assert not store.set_batch(own, batch, "paused", by="Kim", now=NOW)[1], "pressed twice"
        with pytest.raises(Suspended, match="paused"):
            store.must_read(own, unread)
        store.must_read(own, elsewhere.id)
        assert store.drop_unread(own, batch, 9) == [], "only a cancelled one is emptied"
    assert due() == (set(), set())
    with database.asking() as system:
        assert system.resting() == (frozenset({batch}), [])
    with database.store() as store:
        store.set_batch(own, batch, "running", by="Kim", now=NOW)
    assert due() == ({unread}, {scan})
    with database.store() as store:
        store.set_batch(own, batch, "cancelled", by="Kim", now=NOW)
    with database.store() as store:
        with pytest.raises(Conflict, match="cancelled"):
            store.set_batch(own, batch, "running", by="Kim", now=NOW)
        with pytest.raises(Conflict, match="cancelled"):
            store.receive(own, batch, files(store, own, "d"), now=NOW)
    with database.asking() as system:
        assert system.resting() == (frozenset(), [(own, batch)])
    with database.store() as store:
        gone = store.drop_unread(own, batch, 9)
        assert {each.candidate_id for each in gone} == {f"person-{own[:8]}-b", f"person-{own[:8]}-c"}
    with database.reading() as store:
        assert store.application(own, read).stage == "screened"
        assert store.batch_progress(own, batch).total == 1
        with pytest.raises(NotFound):
            store.application(own, unread)
        assert store.application(own, elsewhere.id).stage == "screened"
    with database.asking() as system:
        assert system.resting() == (frozenset(), [])


def test_with_a_cancelled_batch_go_its_files_and_keys(tmp_path: Path) -> None:
    app = build_app(Settings(home=tmp_path))
    with app.database.system() as system:
        own = system.add_organisation("Example", NOW).id
    with app.database.store() as store:
        job = add_job(store, own)
        batch = store.add_batch(own, job_id=job.id, name="May", now=NOW).id
    app.seal.prepare(["ann"])
    sha = app.files.put(b"Ann's resume", subject="ann")
    with app.database.store() as store:
        key = store.file_key(own, "ann.txt", 12, sha)
        store.receive(own, batch, [Received("ann.txt", key, "ann", sha, 12)], now=NOW)
        store.set_batch(own, batch, "cancelled", by="Kim", now=NOW)
    assert app.files.get(sha, subject="ann") == b"Ann's resume"
    assert batches.drop_unread(app, own, batch) == 1
    with pytest.raises(NotFound):
        app.files.get(sha, subject="ann")
    assert app.seal.destroyed(["ann"]) == ["ann"]
    with app.database.reading() as store:
        assert store.batch_progress(own, batch).total == 0
    app.database.close()
