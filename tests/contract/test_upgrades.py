"""A home of an older version, at every earlier revision of the schema, with rows and work in flight: after the upgrade
nothing is missing, and the sweep finds the work that was left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, select

from compliance.seal import OpenSeal
from models.db import Database, migrating, migration_config
from tests.store_world import LATER, NOW, PLAN, add_application, add_job, add_screened, build, in_line


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'foyer.db'}"


def _revisions() -> list[str]:
    script = ScriptDirectory(str(Path(__file__).parents[2] / "models" / "migrations"))
    return [each.revision for each in reversed(list(script.walk_revisions()))][:-1]


def _tried() -> list[Any]:
    """The first and the last three at once, those between in the long run."""
    known = _revisions()
    at_once = {known[0], *known[-3:]}
    return [pytest.param(each, marks=() if each in at_once else pytest.mark.long) for each in known]


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: table for name, table in metadata.tables.items() if name != "alembic_version"}


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This version's database: one of everything, and work at each stage: received, to be invited, to be reported,
    to be delivered."""
    url = _url(tmp_path_factory.mktemp("today"))
    database = Database(url, OpenSeal())
    database.migrate()
    world = build(database)
    with database.store() as store:
        job = add_job(store, world.organisation_id)
        add_application(store, job, filename="received.pdf")
        add_screened(store, job, 0.9)
        over = add_screened(store, add_job(store, world.organisation_id, policy="after_confirmation"), 0.9)
        interview, _ = store.add_interview(
            world.organisation_id, application_id=over.id, plan=PLAN, link_hash="x", expires_at=LATER, now=NOW
        )
        store.open_interview(
            world.organisation_id, interview.id, session_hash="y", consent_version="1", consent_sha256="c", now=NOW
        )
        store.set_interview_state(world.organisation_id, interview.id, "completed", now=NOW, reason="completed")
    database.close()
    return url


def _made_at(revision: str, url: str, today: str) -> dict[str, int]:
    """A database as that version left it: of today's rows, what its tables could hold. Rows by table."""
    counts = {}
    with migrating(today) as source:
        newest = _tables(source)
        with migrating(url) as target:
            command.upgrade(migration_config(target), revision)
            for name, table in _tables(target).items():
                if name not in newest:
                    continue
                known = [column for column in newest[name].columns if column.name in table.columns]
                rows = [dict(row._mapping) for row in source.execute(select(*known))]
                counts[name] = len(rows)
                for row in rows:
                    lacking = {
                        column.name: _blank(column)
                        for column in table.columns
                        if column.name not in row and not column.nullable and column.server_default is None
                    }
                    target.execute(insert(table).values(**row, **lacking))
    return counts


def _blank(column: object) -> object:
    """Of a column that later versions dropped."""
    kind = column.type.python_type  # type: ignore[attr-defined]
    return kind() if kind in (int, float, str, bool) else None


@pytest.mark.proves(55, 56)
@pytest.mark.parametrize("revision", _tried())
def test_work_in_flight_of_an_older_version_is_found_after_the_upgrade(
    revision: str, today: str, tmp_path: Path
) -> None:
    url = _url(tmp_path)
    before = _made_at(revision, url, today)
    assert before["applications"] == 4
    database = Database(url, OpenSeal())
    database.migrate()
    with database.engine.connect() as connection:
        after = {name: len(connection.execute(select(table)).all()) for name, table in _tables(connection).items()}
    assert {name: after.get(name) for name in before} == before, "no row is lost or doubled"
    with database.asking() as system:
        assert len(in_line(system)) == 1
        assert len(system.uninvited()) == 1
        assert len(system.unreported()) == 1
        assert len(system.due_deliveries(LATER, 10)) == 1
    database.close()
