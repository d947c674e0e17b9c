"""The talent pool's index: one vector a resume and, for each skill, who holds it. Finds whom to look at closely.

Called by `api.pool`, which scores the found ones exactly. FAISS flat, so the first stage misses nobody by luck; its
vectors' twin inside PostgreSQL is `models.vectors`.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from matching.index import FaissIndex
from models.engines import Vector
from models.errors import EngineError


class TalentIndex:
    """With `folder`, every change is on disk before the call returns, and what is dropped is in no file any more.

    Hand over many resumes a call: each call writes both files anew."""

    def __init__(self, dim: int, folder: Path | None = None) -> None:
        self._dim = dim
        self._lock = threading.Lock()
        self._path = None if folder is None else folder / "skills.json"
        self._vectors = FaissIndex(dim, None if folder is None else folder / "vectors.faiss")
        self._skills: dict[str, list[str]] = {}
        self._seen = 0
        """When the file that this was read from was written."""
        if self._path is not None and self._path.exists():
            self._seen = self._path.stat().st_mtime_ns
            self._skills = self._load(self._path)
        self._holders = _inverted(self._skills)

    @property
    def ids(self) -> frozenset[str]:
        """Of every resume that is indexed."""
        return frozenset(self._skills)

    def put(self, resumes: Mapping[str, tuple[Vector, Collection[str]]]) -> None:
        """id -> (unit vector, normal skills); a known id is replaced."""
        if not resumes:
            return
        with self._lock, self._alone():
            self._vectors.put(list(resumes), np.stack([vector for vector, _ in resumes.values()]))
            self._skills |= {id: sorted(skills) for id, (_, skills) in resumes.items()}
            self._save()

    def drop(self, ids: Iterable[str]) -> None:
        """Erasure must reach here: vector and postings are gone from memory and from disk."""
        gone = set(ids)
        with self._lock, self._alone():
            self._vectors.drop(sorted(gone))
            if not gone.isdisjoint(self._skills):
                self._skills = {id: skills for id, skills in self._skills.items() if id not in gone}
                self._save()

    def candidates(self, vector: Vector, skills: Collection[str], most: int) -> list[str]:
        """The `most` nearest and the `most` who hold most of the skills, united; best first by both together, ties by
        id."""
        near = dict(self._vectors.nearest(vector, most))
        held: dict[str, int] = defaultdict(int)
        with self._lock:
            for skill in sorted(skills):
                for id in self._holders.get(skill, ()):
                    held[id] += 1
        holding = sorted(held, key=lambda id: (-held[id], -near.get(id, -1.0), id))[:most]
        asked = max(1, len(skills))
        found = {id: near.get(id, 0.0) + held.get(id, 0) / asked for id in {*near, *holding}}
        return sorted(found, key=lambda id: (-found[id], id))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes the files, each from what the others left there."""
        if self._path is None:
            yield
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with (self._path.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._path.exists() and self._path.stat().st_mtime_ns != self._seen:
                self._skills = self._load(self._path)
                self._vectors = FaissIndex(self._dim, self._path.with_name("vectors.faiss"))
            yield
            self._seen = self._path.stat().st_mtime_ns if self._path.exists() else 0

    def _save(self) -> None:
        self._holders = _inverted(self._skills)
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as file:
            file.write(json.dumps(self._skills, ensure_ascii=False).encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def _load(self, path: Path) -> dict[str, list[str]]:
        try:
            found: dict[str, list[str]] = json.loads(path.read_bytes())
        except ValueError as broken:
            raise EngineError(f"{path}: the skill index is damaged; delete its folder and search again") from broken
        return found


def _inverted(skills: Mapping[str, list[str]]) -> dict[str, list[str]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for id in sorted(skills):
        for skill in skills[id]:
            holders[skill].append(id)
    return holders
