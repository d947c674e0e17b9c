"""The talent pool's index: one vector a resume and, for each skill, who holds it. Finds whom to look at closely.

Called by `api.pool`, which scores the found ones exactly. Vectors lie in `matching.index`, whose twin inside PostgreSQL
is `models.vectors`; skills in an SQLite file beside them.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from matching.index import FLAT, FaissIndex
from matching.sqlite_file import SqliteFile
from models.engines import Vector

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resumes (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS holds (skill TEXT, row INTEGER, PRIMARY KEY (skill, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holds_row ON holds (row);
"""
_BEFORE = ("vectors.faiss", "skills.json")
"""Files of an older form, which were written whole with every change."""


class TalentIndex:
    """With `folder`, every change is on disk before the call returns, costs what it changes, and is seen by every other
    process with its next call; what is dropped is in no file any more."""

    def __init__(self, dim: int, folder: Path | None = None, *, flat: int = FLAT) -> None:
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for name in _BEFORE:
                (folder / name).unlink(missing_ok=True)
        self._vectors = FaissIndex(dim, None if folder is None else folder / "vectors", flat=flat)
        self._skills = SqliteFile(
            None if folder is None else folder / "skills.db",
            _SCHEMA,
            called=f"{folder}: the skill index",
            cure="delete its folder and search again",
        )

    @property
    def ids(self) -> frozenset[str]:
        """Of every resume that is indexed."""
        with self._skills.reading() as db:
            return frozenset(id for (id,) in db.execute("SELECT id FROM resumes"))

    def __len__(self) -> int:
        with self._skills.reading() as db:
            return int(db.execute("SELECT count(*) FROM resumes").fetchone()[0])

    def put(self, resumes: Mapping[str, tuple[Vector, Collection[str]]]) -> None:
        """id -> (unit vector, normal skills); a known id is replaced."""
        if not resumes:
            return
        with self._alone():
            self._vectors.put(list(resumes), np.stack([vector for vector, _ in resumes.values()]))
            with self._skills.together() as db:
                for id, (_, skills) in resumes.items():
                    _forget(db, [id])
                    row = db.execute("INSERT INTO resumes (id) VALUES (?)", (id,)).lastrowid
                    db.executemany("INSERT INTO holds VALUES (?, ?)", [(skill, row) for skill in sorted(set(skills))])

    def drop(self, ids: Iterable[str]) -> None:
        """Erasure must reach here: vector and postings are gone from memory and from disk."""
        gone = sorted(set(ids))
        with self._alone():
            self._vectors.drop(gone)
            with self._skills.together() as db:
                _forget(db, gone)
            self._skills.forget()

    def candidates(self, vector: Vector, skills: Collection[str], most: int) -> list[str]:
        """The `most` nearest and the `most` who hold most of the skills, united; best first by both together, ties by
        id."""
        near = dict(self._vectors.nearest(vector, most))
        held = self._holders(sorted(set(skills)))
        holding = sorted(held, key=lambda id: (-held[id], -near.get(id, -1.0), id))[:most]
        asked = max(1, len(skills))
        found = {id: near.get(id, 0.0) + held.get(id, 0) / asked for id in {*near, *holding}}
        return sorted(found, key=lambda id: (-found[id], id))

    def close(self) -> None:
        self._vectors.close()
        self._skills.close()

    def _holders(self, skills: list[str]) -> dict[str, int]:
        """id -> how many of the skills they hold."""
        rows: dict[int, int] = defaultdict(int)
        with self._skills.reading() as db:
            for skill in skills:
                for (row,) in db.execute("SELECT row FROM holds WHERE skill = ?", (skill,)):
                    rows[row] += 1
            query = "SELECT row, id FROM resumes WHERE row IN (SELECT value FROM json_each(?))"
            return {id: rows[row] for row, id in db.execute(query, (json.dumps(list(rows)),))}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes vectors and skills together."""
        if self._folder is None:
            yield
            return
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _forget(db: sqlite3.Connection, ids: list[str]) -> None:
    known = "SELECT row FROM resumes WHERE id IN (SELECT value FROM json_each(?))"
    db.execute(f"DELETE FROM holds WHERE row IN ({known})", (json.dumps(ids),))  # noqa: S608 - ours
    db.execute("DELETE FROM resumes WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
