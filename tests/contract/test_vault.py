"""Voluntary answers: kept apart and encrypted on both databases, the candidate's alone to read, gone with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, inspect, select

from api import demographics
from api.app import build
from api.deps import App
from api.erasing import erase
from models.errors import EngineError, NotFound
from models.records import new_id
from models.settings import Settings
from models.vault import ANSWERS, SCHEMA, Vault, metadata
from tests.store_world import NOW
from tests.store_world import build as build_world

SAID = {"sex": "female", "race": "several"}


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    built = build(Settings(home=tmp_path, database_url=database_url))
    yield built
    built.database.close()


@pytest.fixture
def url(app: App) -> str:
    """Where the vault of this app lies."""
    store = app.settings.store_url
    return store if store.startswith("postgresql") else f"sqlite:///{app.settings.home.resolve() / 'vault.db'}"


def somebody(app: App) -> tuple[str, str]:
    """An organisation, and one of its candidates."""
    with app.database.system() as system:
        org = system.add_organisation("Example", NOW).id
    with app.database.store() as store:
        return org, store.add_candidate(org, name="Ann", email=None, phone=None, now=NOW).id


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """The vault's own tables, from outside."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if url.startswith("postgresql"):
            connection = connection.execution_options(schema_translate_map={None: SCHEMA})
        yield connection


@pytest.mark.proves(31)
def test_answers_are_read_by_the_candidate_and_lie_apart_and_encrypted(app: App, url: str) -> None:
    (org, ann), bob = somebody(app), new_id()
    assert demographics.keep(app, org, ann, {**SAID, "age": "", "shoe": "44"})
    assert demographics.own(app, org, ann) == SAID
    assert demographics.own(app, org, bob) is None
    assert demographics.own(app, new_id(), ann) is None, "another organisation"
    assert not [name for name in inspect(app.database.engine).get_table_names() if name in metadata.tables]
    with opened(url) as connection:
        rows = [row for row in connection.execute(select(ANSWERS)) if row.organisation_id == org]
    assert len(rows) == 1
    assert ann not in repr(rows)
    assert b"female" not in rows[0].sealed
    assert "several" not in repr(rows)


def test_the_file_and_its_key_are_for_the_service_alone(app: App, url: str) -> None:
    demographics.keep(app, *somebody(app), SAID)
    names = ["vault.key", *(["vault.db"] if url.startswith("sqlite") else [])]
    assert {(app.settings.home / name).stat().st_mode & 0o077 for name in names} == {0}
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(app.settings.home / "foyer.db")) as main:
            dumped = "\n".join(main.iterdump())
        assert "CREATE TABLE answers" not in dumped


def test_answering_again_replaces_and_saying_nothing_deletes(app: App) -> None:
    org, ann = somebody(app)
    demographics.keep(app, org, ann, SAID)
    demographics.keep(app, org, ann, {"age": "from_40"})
    assert demographics.own(app, org, ann) == {"age": "from_40"}
    assert not demographics.keep(app, org, ann, {"sex": "", "race": "purple"})
    assert demographics.own(app, org, ann) is None


@pytest.mark.proves(31)
def test_counting_is_noted_and_sees_only_what_was_said_before(app: App, url: str) -> None:
    org, ann, bob = new_id(), new_id(), new_id()
    vault = Vault(url, b"a key")
    vault.keep(org, ann, SAID, NOW)
    vault.keep(org, bob, SAID, NOW + timedelta(days=9))
    asked = {"actor": "Kim (key: admin)", "purpose": "impact of all jobs"}
    assert vault.counted(org, [ann, bob], before=NOW + timedelta(days=1), now=NOW, **asked) == {ann: SAID}
    assert vault.counted(org, [bob], before=NOW + timedelta(days=10), now=NOW, **asked) == {bob: SAID}
    assert vault.readings(org) == [(NOW, asked["actor"], asked["purpose"])] * 2


@pytest.mark.proves(31)
def test_without_the_key_nobody_is_found_and_a_row_under_another_s_name_does_not_open(app: App, url: str) -> None:
    org, ann, bob = new_id(), new_id(), new_id()
    vault = Vault(url, b"a key")
    vault.keep(org, ann, SAID, NOW)
    vault.keep(org, bob, SAID, NOW)
    assert Vault(url, b"another key").own(org, ann) is None
    with opened(url) as connection:
        [one, other] = [row for row in connection.execute(select(ANSWERS)) if row.organisation_id == org]
        connection.execute(ANSWERS.update().where(ANSWERS.c.subject == one.subject).values(sealed=other.sealed))
    with pytest.raises(EngineError, match=r"vault\.key"):
        assert vault.own(org, ann) and vault.own(org, bob)  # noqa: PT018


@pytest.mark.proves(31)
def test_erasing_somebody_deletes_their_answers(app: App) -> None:
    world = build_world(app.database)
    candidate = world.candidate_id
    demographics.keep(app, world.organisation_id, candidate, SAID)
    with app.database.store() as store:
        other = store.add_candidate(world.organisation_id, name="Ben", email=None, phone=None, now=NOW).id
    demographics.keep(app, world.organisation_id, other, SAID)
    app.engines.forget = lambda _: None  # type: ignore[method-assign]  # vectors have tests of their own
    erase(app, world.organisation_id, candidate, because="a test")
    with pytest.raises(NotFound):  # sent a moment too late
        demographics.keep(app, world.organisation_id, candidate, SAID)
    assert demographics.own(app, world.organisation_id, candidate) is None
    assert demographics.own(app, world.organisation_id, other) == SAID
