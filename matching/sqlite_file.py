"""One SQLite database of an index, in a file or in memory, for all threads of a process and several processes. Used by
`matching.rows` and `matching.talent`. What is deleted is overwritten; `forget` empties the log of changes too."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from models.errors import EngineError


class SqliteFile:
    """`lock` is held while it is used; whoever keeps more beside it may hold it too."""

    def __init__(self, path: Path | None, schema: str, *, called: str, cure: str) -> None:
        """`called`, `cure`: what it is, and what to do where it cannot be used."""
        self.lock = threading.RLock()
        self._called, self._cure = called, cure
        self._db = sqlite3.connect(path or ":memory:", timeout=60, isolation_level=None, check_same_thread=False)
        with self.reading() as db:
            db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON; {schema}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises EngineError."""
        with self.lock:
            try:
                yield self._db
            except sqlite3.DatabaseError as broken:
                raise EngineError(f"{self._called} cannot be used ({broken}); {self._cure}") from broken

    @contextmanager
    def together(self, how: Literal["DEFERRED", "IMMEDIATE"] = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """One transaction: one state for who reads (DEFERRED), all or nothing for who writes."""
        with self.reading() as db:
            db.execute(f"BEGIN {how}")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def forget(self) -> None:
        """No copy of what was deleted stays in the log of changes."""
        with self.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        with self.lock:
            self._db.close()
