"""Migrations: up and down on both databases, nothing left out, safe for processes that start together."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text

from compliance.seal import OpenSeal
from models import keys, vectors
from models.db import Database, migrating, migration_config
from models.errors import BadRequest
from models.records import Base
from tests.postgres import PostgresServer
from tests.store_world import NOW, PLAN, build

TOGETHER = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'foyer.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex}"
    yield server.create(name)
    server.drop(name)


def expected(connection: Connection) -> list[MetaData]:
    """What the code says there is."""
    beside = [vectors.metadata, keys.metadata] if connection.dialect.name == "postgresql" else []
    return [Base.metadata, *beside]


def tables(url: str) -> set[str]:
    with migrating(url) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrations_and_records_say_the_same(empty_url: str) -> None:
    with migrating(empty_url) as connection:
        command.upgrade(migration_config(connection), "head")
        wanted = expected(connection)
        differences = compare_metadata(MigrationContext.configure(connection), wanted)  # type: ignore[arg-type]
    assert differences == []


def laid_out(url: str) -> dict[str, object]:
    """Tables with all that may be asked of them: neither the order of columns, which no statement rests on, nor what
    a column was filled with when it was added."""

    def listed(found: Iterable[Mapping[str, Any]]) -> list[str]:
        return sorted(str(sorted((key, str(value)) for key, value in each.items())) for each in found)

    with migrating(url) as connection:
        there, found = inspect(connection), {}
        for name in there.get_table_names():
            columns = [{**column, "default": None} for column in there.get_columns(name)]
            kinds = there.get_foreign_keys, there.get_unique_constraints, there.get_check_constraints
            key = there.get_pk_constraint(name)
            found[name] = (listed(columns), listed([key]), *(listed(kind(name)) for kind in kinds))
        indexes = connection.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return {**found, "indexes": sorted(indexes), "revision": revision}


def test_a_new_file_is_laid_out_as_migrations_do(tmp_path: Path) -> None:
    new, migrated = (f"sqlite:///{tmp_path / name / 'foyer.db'}" for name in ("new", "migrated"))
    database = Database(new, OpenSeal())
    database.migrate()
    database.close()
    with migrating(migrated) as connection:
        command.upgrade(migration_config(connection), "head")
    assert laid_out(new) == laid_out(migrated)
    for url in (new, migrated):
        with migrating(url) as connection:
            command.downgrade(migration_config(connection), "base")
        assert tables(url) == set()


def test_every_revision_goes_up_and_down_again(empty_url: str) -> None:
    with migrating(empty_url) as connection:
        script = ScriptDirectory.from_config(migration_config(connection))
        revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    seen = [tables(empty_url)]
    for revision in revisions:
        with migrating(empty_url) as connection:
            command.upgrade(migration_config(connection), revision)
        seen.append(tables(empty_url))
    with migrating(empty_url) as connection:
        assert seen[-1] == {name for metadata in expected(connection) for name in metadata.tables}
    for step in range(len(revisions), 0, -1):
        with migrating(empty_url) as connection:
            command.downgrade(migration_config(connection), "-1")
        assert tables(empty_url) == seen[step - 1]


def test_migrating_again_keeps_the_rows(empty_url: str) -> None:
    database = Database(empty_url, OpenSeal())
    database.migrate()
    world = build(database)
    database.migrate()
    with database.store() as store:
        assert store.report(world.organisation_id, world.report_id).application_id == world.application_id
    database.close()


def test_a_kit_pinned_before_versions_were_kept_is_the_first_of_them(empty_url: str) -> None:
    with migrating(empty_url) as connection:
        command.upgrade(migration_config(connection), "0004")
        columns = {"id": "j", "organisation_id": "o", "title": "Cook", "text": "Cook", "media_type": "text/plain"}
        columns |= {"threshold": 0.5, "invite_policy": "at_once", "minutes": 30, "requirements_version": 1}
        columns |= {"plan_version": 4, "plan": PLAN.model_dump_json(), "state": "open", "created_at": "2026-11-20"}
        names = ", ".join(columns)
        connection.execute(text(f"INSERT INTO jobs ({names}) VALUES (:{', :'.join(columns)})"), columns)
    database = Database(empty_url, OpenSeal())
    database.migrate()
    with database.store() as store:
        assert store.plan("o", "j", version=4) == PLAN
        assert store.set_plan("o", "j", PLAN.model_copy(update={"closing": "!"}), author="Ann", now=NOW).version == 5
    database.close()


def test_an_older_foyer_refuses_a_newer_one_s_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'foyer.db'}", OpenSeal())
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadRequest, match=r"newer Foyer.*9999"):
        database.migrate()
    database.close()


def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty_url: str) -> None:
    def half_done() -> None:
        with migrating(empty_url) as connection:
            command.upgrade(migration_config(connection), "head")
            connection.execute(text("SELECT nonsense"))

    with pytest.raises(Exception, match="nonsense"):
        half_done()
    assert tables(empty_url) == set()


def _migrate(url: str, gate: object, told: Queue[str]) -> None:
    gate.wait()  # type: ignore[attr-defined]  # a multiprocessing barrier
    try:
        database = Database(url, OpenSeal())
        database.migrate()
        with database.system() as system:
            told.put(f"{len(system.organisations())} organisations")
        database.close()
    except Exception as error:  # noqa: BLE001 - the edge of a process
        told.put(repr(error))


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(TOGETHER), context.Queue()
    processes = [context.Process(target=_migrate, args=(empty_url, gate, told)) for _ in range(TOGETHER)]
    for process in processes:
        process.start()
    answers = [told.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    assert answers == ["0 organisations"] * TOGETHER


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://root@localhost/foyer", "sqlite://", "sqlite:///:memory:"])
def test_another_kind_of_database_is_refused_with_what_would_do(url: str) -> None:
    with pytest.raises(BadRequest, match="FOYER_DATABASE_URL"):
        Database(url, OpenSeal())


def test_a_password_is_not_repeated_in_the_error() -> None:
    with pytest.raises(BadRequest) as caught:
        Database("mysql://root:secret@localhost/foyer", OpenSeal())
    assert "secret" not in caught.value.detail


def test_the_database_file_is_for_the_service_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'foyer.db'}", OpenSeal())
    database.migrate()
    build(database)
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "deep").iterdir()}
    database.close()
    assert modes
    assert set(modes.values()) == {0}, modes
