"""A database whose disk is full says so in one way, and goes on when there is space."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from models.db import Database
from models.errors import NoSpace

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def fill(database: Database) -> None:
    """SQLite: no page more than there are. PostgreSQL: what the server answers then."""
    with database.system() as system:
        if database.engine.dialect.name == "postgresql":
            system._session.execute(text("DO $$ BEGIN RAISE 'no space left' USING ERRCODE = 'disk_full'; END $$"))
        system._session.execute(text("PRAGMA max_page_count=1"))  # it never goes below what there is
        for n in range(10_000):
            system.add_organisation(f"{n} " + "x" * 1000, NOW)
            system._session.flush()


def test_a_full_disk_is_named_and_what_was_saved_is_kept(database: Database) -> None:
    with database.system() as system:
        system.add_organisation("Kept", NOW)
    with pytest.raises(NoSpace, match="is full"):
        fill(database)
    if database.engine.dialect.name == "sqlite":
        database.engine.dispose()  # the limit goes with the connection: somebody has made room
    with database.system() as system:
        system.add_organisation("Later", NOW)
    with database.asking() as system:
        assert {found.name for found in system.organisations()} == {"Kept", "Later"}
