"""Vectors on disk, one row each, changed in place: the store beneath `matching.index`.

`rows.db` (SQLite) says whose each row is, `vectors.f32` holds the rows and is memory-mapped by whoever searches; a
file of codes may lie beside them. A change writes its own rows and nothing else.

**A killed process leaves the old state or the new one.** Rows that are to be written or wiped are noted as `free` and
not `clean` first, then touched, then given their id, or noted as clean. Whoever opens or changes the files next wipes
what is not clean. **Dropped is wiped**: the row is overwritten with zeros, its id leaves `rows.db` and its log.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.sqlite_file import SqliteFile
from models.engines import Vectors
from models.errors import EngineError

Rows = NDArray[np.int64]
Codes = NDArray[np.uint8]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stamp INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entries_stamp ON entries (stamp);
CREATE TABLE IF NOT EXISTS free (row INTEGER PRIMARY KEY, clean INTEGER NOT NULL, stamp INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS free_stamp ON free (stamp);
CREATE INDEX IF NOT EXISTS free_clean ON free (clean);
"""
_AT_ONCE = 4096
"""Rows that are written or wiped in one piece."""
VECTORS = "vectors.f32"


class VectorRows:
    """Rows of `dim` float32. Without `folder` they live in temporary files that have no name. Safe between threads and
    between processes; `stamp` rises with every change, whoever makes it."""

    def __init__(self, dim: int, folder: Path | None = None) -> None:
        self.dim, self.folder = dim, folder
        self._change = threading.RLock()
        self._files: dict[str, int] = {}
        weakref.finalize(self, _close, self._files)
        self._mapped: Vectors = np.zeros((0, dim), np.float32)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = SqliteFile(
            None if folder is None else folder / "rows.db",
            _SCHEMA,
            called=f"{folder}: the vector index",
            cure="delete the folder and index again",
        )
        self._lock = self._db.lock
        self._check()
        if self._one("SELECT count(*) FROM free WHERE NOT clean"):
            with self.changing():
                pass

    # ------------------------------------------------------------ reading

    def __len__(self) -> int:
        return self._one("SELECT count(*) FROM entries")

    def fact(self, name: str) -> int:
        """What `say` was told; 0 where nothing was. `stamp` and `rows` (the length of the files) are among them."""
        return self._one("SELECT coalesce(max(value), 0) FROM facts WHERE name = ?", name)

    def matrix(self) -> Vectors:
        """Every row, those that are nobody's too, as they lie on disk: (rows, dim), read as they are touched."""
        with self._lock:
            rows = self._length(VECTORS)
            if rows != len(self._mapped):
                self._mapped = self._map(VECTORS, self.dim * 4, rows).view(np.float32)
            return self._mapped

    def names(self, rows: Rows, stamp: int) -> dict[int, str]:
        """row -> id, of those that have been somebody's since `stamp` at least."""
        query = "SELECT row, id FROM entries WHERE row IN (SELECT value FROM json_each(?)) AND stamp <= ?"
        with self._db.reading() as db:
            return dict(db.execute(query, (json.dumps(rows.tolist()), stamp)).fetchall())

    def named(self, first: str, before: str) -> list[str]:
        """Ids from one on to before another, in order."""
        with self._db.reading() as db:
            return [
                id
                for (id,) in db.execute("SELECT id FROM entries WHERE id >= ? AND id < ? ORDER BY id", (first, before))
            ]

    def changed(self, since: int) -> tuple[int, Rows, Rows]:
        """(the stamp now, rows that somebody's vector was put into, rows that were freed) since that stamp."""
        with self._db.together("DEFERRED") as db:
            put, freed = (
                np.array([row for (row,) in db.execute(f"SELECT row FROM {table} WHERE stamp > ?", (since,))], np.int64)  # noqa: S608 - names of ours
                for table in ("entries", "free")
            )
            return self.fact("stamp"), put, freed

    def codes(self, rows: Rows) -> Codes:
        """(rows, width) of the file of codes."""
        return np.asarray(self.mapped_codes()[rows])

    def mapped_codes(self) -> Codes:
        """Every row's, as `matrix` has the vectors."""
        name, width = self._codes_file(), self.fact("code_width")
        return self._map(name, width, self._length(name))

    # ------------------------------------------------------------ changing

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One process and thread at a time; what a killed one left is wiped first."""
        with self._change:
            if self.folder is None:
                yield
                return
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._wipe()
                for name in {file.name for file in self.folder.glob("codes-*")} - {self._codes_file()}:
                    self._forget(name)
                yield

    def put(self, ids: Sequence[str], vectors: Vectors, codes: Codes | None) -> None:
        """Within `changing`; ids are distinct, a known one gets another row. `codes`: (ids, width) where there is a
        file of them."""
        rows = self._claimed(len(ids))
        self._write(VECTORS, rows, np.ascontiguousarray(vectors, np.float32).view(np.uint8))
        if codes is not None:
            self._write(self._codes_file(), rows, codes)
        with self._writing() as (db, stamp):
            self._free(db, ids, stamp)
            db.executemany("DELETE FROM free WHERE row = ?", [(row,) for row in rows.tolist()])
            named = [(row, id, stamp) for row, id in zip(rows.tolist(), ids, strict=True)]
            db.executemany("INSERT INTO entries VALUES (?, ?, ?)", named)
        self._wipe()

    def drop(self, ids: Sequence[str]) -> None:
        """Within `changing`. Unknown ids are no error."""
        if not self._one("SELECT count(*) FROM entries WHERE id IN (SELECT value FROM json_each(?))", json.dumps(ids)):
            return
        with self._writing() as (db, stamp):
            self._free(db, ids, stamp)
        self._wipe()

    def recode(self, generation: int, width: int, codes: Iterable[tuple[Rows, Codes]]) -> None:
        """Within `changing`: another file of codes takes the place of the one that is there."""
        before, name = self._codes_file(), f"codes-{generation}.u8"
        for rows, some in codes:
            self._write(name, rows, some, flush=False)
        os.fsync(self._file(name))
        self.say(cells=generation, code_width=width, coded=len(self))
        if before:
            self._forget(before)

    def say(self, **facts: int) -> None:
        with self._writing() as (db, _):
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    def close(self) -> None:
        with self._change, self._lock:
            self._db.close()
            _close(self._files)

    def _claimed(self, count: int) -> Rows:
        """Rows that are free, then such as make the files longer, noted as being written."""
        with self._writing() as (db, stamp):
            rows = [row for (row,) in db.execute("SELECT row FROM free WHERE clean ORDER BY row LIMIT ?", (count,))]
            end = self.fact("rows")
            longer = end + count - len(rows)
            rows += range(end, longer)
            db.executemany("INSERT OR REPLACE INTO free VALUES (?, 0, ?)", [(row, stamp) for row in rows])
            db.execute("INSERT OR REPLACE INTO facts VALUES ('rows', ?)", (longer,))
        return np.array(rows, np.int64)

    @staticmethod
    def _free(db: sqlite3.Connection, ids: Sequence[str], stamp: int) -> None:
        given, known = json.dumps(list(ids)), "id IN (SELECT value FROM json_each(?))"
        db.execute(f"INSERT INTO free SELECT row, 0, ? FROM entries WHERE {known}", (stamp, given))  # noqa: S608 - ours
        db.execute(f"DELETE FROM entries WHERE {known}", (given,))  # noqa: S608

    def _wipe(self) -> None:
        """Zeros over every row that is not clean, in every file; no copy of an id stays in the log of changes."""
        with self._db.reading() as db:
            rows = np.array([row for (row,) in db.execute("SELECT row FROM free WHERE NOT clean")], np.int64)
        if not len(rows):
            return
        codes = self._codes_file()
        for name, width in ((VECTORS, self.dim * 4), (codes, self.fact("code_width"))):
            for at in range(0, len(rows) if name else 0, _AT_ONCE):
                some = np.sort(rows)[at : at + _AT_ONCE]
                self._write(name, some, np.zeros((len(some), width), np.uint8), flush=at + _AT_ONCE >= len(rows))
        with self._writing() as (db, _):
            db.executemany("UPDATE free SET clean = 1 WHERE row = ?", [(row,) for row in rows.tolist()])
        self._db.forget()

    def _write(self, name: str, rows: Rows, content: Codes, *, flush: bool = True) -> None:
        """`content`: (rows, bytes). Rows that lie side by side are written in one piece."""
        file, width = self._file(name), content.shape[1]
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) != 1) + 1):
            for at in range(0, len(run), _AT_ONCE):
                some = run[at : at + _AT_ONCE]
                os.pwrite(file, content[some].tobytes(), int(rows[some[0]]) * width)
        if flush:
            os.fsync(file)

    # ------------------------------------------------------------ files

    def _codes_file(self) -> str:
        generation = self.fact("cells")
        return f"codes-{generation}.u8" if generation else ""

    def _file(self, name: str) -> int:
        """Its descriptor."""
        with self._lock:
            if name not in self._files:
                if self.folder is None:
                    with tempfile.TemporaryFile() as file:
                        self._files[name] = os.dup(file.fileno())
                else:
                    self._files[name] = os.open(self.folder / name, os.O_CREAT | os.O_RDWR, 0o600)
            return self._files[name]

    def _map(self, name: str, width: int, rows: int) -> Codes:
        """(rows, width) bytes of a file, read as they are touched."""
        if not rows:
            return np.zeros((0, width), np.uint8)
        return np.frombuffer(mmap(self._file(name), rows * width, access=ACCESS_READ), np.uint8).reshape(rows, width)

    def _length(self, name: str) -> int:
        """Rows of a file that can be read."""
        width = self.dim * 4 if name == VECTORS else self.fact("code_width")
        return min(os.fstat(self._file(name)).st_size // width, self.fact("rows")) if name else 0

    def _forget(self, name: str) -> None:
        """Overwritten and removed."""
        file = self._file(name)
        size = os.fstat(file).st_size
        for at in range(0, size, 1 << 20):
            os.pwrite(file, bytes(min(1 << 20, size - at)), at)
        os.fsync(file)
        os.close(self._files.pop(name))
        if self.folder is not None:
            (self.folder / name).unlink(missing_ok=True)

    def _check(self) -> None:
        """Raises EngineError where the files belong to another encoder or are not whole."""
        known = self.fact("dim")
        if not known:
            self.say(dim=self.dim)
        elif known != self.dim:
            raise EngineError(f"{self.folder}: the vector index belongs to another encoder; delete it and index again")
        last = self._one("SELECT coalesce(max(row), -1) FROM entries")
        if any(self._length(name) <= last for name in (VECTORS, self._codes_file()) if name):
            raise EngineError(f"{self.folder}: the vector index is damaged; delete the folder and index again")

    # ------------------------------------------------------------ the database

    def _one(self, query: str, *values: object) -> int:
        with self._db.reading() as db:
            return int(db.execute(query, values).fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """One transaction and its stamp."""
        with self._db.together() as db:
            stamp = self.fact("stamp") + 1
            yield db, stamp
            db.execute("INSERT OR REPLACE INTO facts VALUES ('stamp', ?)", (stamp,))


def _close(files: dict[str, int]) -> None:
    while files:
        os.close(files.popitem()[1])
