"""Two candidates found to be one: everything reads on, erasing reaches both, and undoing gives back every row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api import merging, noting
from api.app import build
from api.deps import App
from api.erasing import erase_for
from api.exporting import export
from api.security import Recruiter
from models.errors import Conflict, NotFound
from models.records import Base
from models.settings import Settings
from tests import store_world
from tests.store_world import KIM, NOW, World, add_application, resume

ANN = Recruiter("", "console", said="Ann", browser=True)


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    built = build(Settings(home=tmp_path, database_url=database_url))
    yield built
    built.engines.close()
    built.database.close()


@pytest.fixture
def world(app: App) -> World:
    return store_world.build(app.database, "Ours")


def twin_of(app: App, world: World) -> tuple[str, str]:
    """Somebody else for the same job, with a file: candidate and application."""
    content = b"the twin's file"
    with app.database.store() as store:
        job = store.job(world.organisation_id, world.job_id)
        application = add_application(store, job, filename="twin.pdf")
        application.document.sha256 = hashlib.sha256(content).hexdigest()
        found = resume("Zoe Example", "zoe@elsewhere.example", "+49 30 7654321")
        store.record_parsed(world.organisation_id, application.id, found, NOW)
        store.add_note(world.organisation_id, application.id, "Met at the fair.", person=KIM, now=NOW)
    app.files.put(content, subject=application.candidate_id)
    return application.candidate_id, application.id


def rows(app: App) -> dict[str, list[Any]]:
    """All there are, but for the log and the merges themselves, which tell of what was done."""
    with app.database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if not table.name.startswith(("audit_", "merges"))
        }


def test_both_histories_are_one_person_s_and_erasing_reaches_all_of_it(app: App, world: World) -> None:
    who = replace(ANN, organisation_id=world.organisation_id)
    twin, application = twin_of(app, world)
    merging.merge(app, who, world.candidate_id, twin, reason="She told me.")
    with app.database.reading() as store:
        own = world.organisation_id
        assert {one.id for one in store.applications_by(own, world.candidate_id)} == {world.application_id, application}
        assert store.whole_person(own, twin) == world.candidate_id
        found = store.people_at(own, "zoe@elsewhere.example", None)
        assert [one.id for one in found] == [world.candidate_id], (
            "an address that only the other had leads to the person"
        )
        assert [one.text for one in store.notes(own, application)] == ["Met at the fair."]
        document = store.application(own, application).document
    assert app.files.get(document.sha256, subject=document.candidate_id) == b"the twin's file"
    assert b"Met at the fair." not in export(app, own, twin), "zipped"
    with pytest.raises(Conflict, match="merged before"):
        merging.merge(app, who, world.candidate_id, twin, reason="Again.")

    record = erase_for(app, own, twin, because="they asked", person="Ann")
    assert record.unfinished is None
    with app.database.reading() as store:
        for id in (world.candidate_id, twin):
            with pytest.raises(NotFound):
                store.candidate(own, id)
            assert store.erasure_of(own, id) is not None
    for subject in (world.candidate_id, twin):
        with pytest.raises(NotFound):
            app.files.get(document.sha256, subject=subject)
    left = repr(rows(app))
    assert application not in left
    assert set(app.seal.destroyed([world.candidate_id, twin])) == {world.candidate_id, twin}


def test_a_merge_is_undone_to_the_byte_while_nothing_was_added(app: App, world: World) -> None:
    who = replace(ANN, organisation_id=world.organisation_id)
    twin, application = twin_of(app, world)
    before = rows(app)
    made = merging.merge(app, who, twin, world.candidate_id, reason="She told me.", superseded=[application])
    assert rows(app) != before
    merging.undo(app, who, made.id)
    assert rows(app) == before
    with pytest.raises(Conflict, match="undone already"):
        merging.undo(app, who, made.id)

    made = merging.merge(app, who, world.candidate_id, twin, reason="After all.")
    with app.database.store() as store:
        store.add_review_event(world.organisation_id, application, "opened", "application", person=KIM, now=NOW)
    note = noting.add(app, who, application, "Called.")
    with pytest.raises(Conflict, match="notes"):
        merging.undo(app, who, made.id)
    noting.delete(app, who, note.id)
    merging.undo(app, who, made.id)
    with app.database.reading() as store:
        assert store.application(world.organisation_id, application).candidate_id == twin
