"""The workflow engine's own SQLite file, as the engine uses it: many threads, short transactions, and none starves."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.db import queue_at

WRITERS, EACH = 8, 25


def test_writers_take_turns_and_none_waits_long(tmp_path: Path) -> None:
    engine = queue_at(f"sqlite:///{tmp_path / 'queue.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE done (who INTEGER, at REAL)"))
    waited: list[float] = []

    def write(who: int) -> None:
        for _ in range(EACH):
            began = time.monotonic()
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO done VALUES (:who, 0)"), {"who": who})
                time.sleep(0.002)
            waited.append(time.monotonic() - began)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(WRITERS)]
    for thread in threads:
        thread.start()
    with engine.connect() as reader:  # a reader that takes its time keeps no writer waiting
        reader.execute(text("SELECT count(*) FROM done")).scalar()
        for thread in threads:
            thread.join()
        assert reader.execute(text("SELECT count(*) FROM done")).scalar() == WRITERS * EACH
    assert len(waited) == WRITERS * EACH
    engine.dispose()


def test_a_writer_that_fails_leaves_the_turn_to_the_next(tmp_path: Path) -> None:
    engine = queue_at(f"sqlite:///{tmp_path / 'queue.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE one (id INTEGER PRIMARY KEY)"))
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("INSERT INTO none VALUES (1)"))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO one VALUES (1)"))
    with engine.connect() as connection:  # begun, and given up
        connection.execute(text("DELETE FROM one"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM one")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        connection.execute(text("INSERT INTO one VALUES (2)"))
    engine.dispose()
