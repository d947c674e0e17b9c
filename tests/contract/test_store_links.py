"""Links to reports over SQLite and PostgreSQL: one for receivers, many for people, none for another organisation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import Database
from models.errors import Conflict, NotFound
from models.records import ReportLink
from models.store import Store
from models.store import links as limits
from tests.store_world import NOW, World, build

LATER = NOW + timedelta(days=7)


@pytest.fixture
def world(database: Database) -> World:
    return build(database)


def share(store: Store, world: World, hash: str = "h", note: str = "Hiring manager") -> ReportLink:
    return store.share_report(
        world.organisation_id,
        world.interview_id,
        hash=hash,
        audio=False,
        note=note,
        by="admin",
        now=NOW,
        expires=LATER,
    )


def test_receivers_get_one_link_until_it_is_revoked(database: Database, world: World) -> None:
    with database.store() as store:
        first = store.ats_link(world.organisation_id, world.interview_id, now=NOW)
        assert store.ats_link(world.organisation_id, world.interview_id, now=LATER).id == first.id
        assert (first.expires_at, first.hash, first.uses) == (None, None, 0)
        store.revoke_link(world.organisation_id, first.id, by="Maria", now=LATER)
        assert store.ats_link(world.organisation_id, world.interview_id, now=LATER).id != first.id


def test_a_shared_link_is_found_by_its_hash_alone(database: Database, world: World) -> None:
    with database.store() as store:
        made = share(store, world)
    with database.asking() as system:
        found = system.report_link_by_hash("h")
        assert found is not None
        assert (found.id, found.note, found.expires_at) == (made.id, "Hiring manager", LATER)
        assert system.report_link_by_hash("other") is None


def test_uses_are_counted_and_the_last_is_kept(database: Database, world: World) -> None:
    with database.store() as store:
        id = share(store, world).id
        for day in (1, 2):
            store.link_used(world.organisation_id, id, NOW + timedelta(days=day))
    with database.reading() as store:
        link = store.report_link(world.organisation_id, id)
        assert (link.uses, link.used_at) == (2, NOW + timedelta(days=2))


def test_the_first_to_take_a_link_back_is_named(database: Database, world: World) -> None:
    with database.store() as store:
        id = share(store, world).id
        store.revoke_link(world.organisation_id, id, by="Maria", now=NOW)
        link = store.revoke_link(world.organisation_id, id, by="Ann", now=LATER)
        assert (link.revoked_by, link.revoked_at) == ("Maria", NOW)


def test_newest_first_and_not_without_end(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_LINKS", 3)
    with database.store() as store:
        ids = [world.report_link_id, *(share(store, world, hash).id for hash in ("a", "b"))]
        assert [link.id for link in store.report_links(world.organisation_id, world.interview_id)] == ids[::-1]
        with pytest.raises(Conflict, match="too many"):
            share(store, world, "c")


def test_another_organisation_has_none_of_them(database: Database, world: World) -> None:
    other = build(database, "Other Ltd").organisation_id
    with database.store() as store:
        id = share(store, world).id
        for ask in (
            lambda: store.report_links(other, world.interview_id),
            lambda: store.report_link(other, id),
            lambda: store.revoke_link(other, id, by="x", now=NOW),
            lambda: store.link_used(other, id, NOW),
            lambda: store.ats_link(other, world.interview_id, now=NOW),
        ):
            with pytest.raises(NotFound):
                ask()
