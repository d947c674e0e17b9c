"""A database whose write lock another process holds for longer than anybody waits: said clearly, nothing of the
transaction is kept, and the next one goes on."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.unsaved import is_unsaved
from compliance.seal import OpenSeal
from models import db
from models.db import Database
from models.errors import Busy

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.proves(55)
def test_who_waits_too_long_for_the_write_lock_is_told_and_may_come_again(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "foyer.db"
    path.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setattr(db, "BUSY_MS", 200)
    database = Database(f"sqlite:///{path}", OpenSeal())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(Busy, match="nothing of this was saved") as told, database.system() as system:
            system.add_organisation("Lost", NOW)
        assert 0.15 < time.monotonic() - began < 10
        assert told.value.status == 503
        assert told.value.retry, "a step of background work is tried again"
        assert is_unsaved(told.value), "an interview waits, as for a full disk"
        with database.asking() as system:
            assert system.organisations() == [], "reading waits for no writer"
        other.execute("ROLLBACK")
    with database.system() as system:
        system.add_organisation("Kept", NOW)
    with database.asking() as system:
        assert [found.name for found in system.organisations()] == ["Kept"]
    database.close()
