"""Nearest neighbours by cosine over FAISS, exact, in memory, with an optional file. Used by the talent-pool search;
its twin inside PostgreSQL is `models.vectors`. A job's own pool is scored exactly by `matching.score`, without one.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.engines import Vector, Vectors
from models.errors import EngineError


class FaissIndex:
    """Flat inner product over unit vectors. With `path`, every change is on disk before the call returns.

    A dropped vector leaves no trace: the matrix is rebuilt without it and the file replaced, at the cost of one copy of
    the index a call. Hand over many ids a call rather than one. Cosines are rounded to 6 decimals, where fp32 sums
    agree between machines.
    """

    def __init__(self, dim: int, path: Path | None = None) -> None:
        import faiss

        self._faiss = faiss
        self._dim, self._path = dim, path
        self._lock = threading.Lock()
        self._ids: list[str] = []
        self._index: Any = faiss.IndexFlatIP(dim)
        if path is not None and path.exists():
            self._load(path)

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        given = np.asarray(vectors, np.float32).reshape(-1, self._dim)
        if len(ids) != len(given):
            raise EngineError(f"{len(ids)} ids came with {len(given)} vectors; give one id a vector")
        rows = dict(zip(ids, given, strict=True))
        if not rows:
            return
        with self._lock:
            self._keep_all_but(set(rows))
            self._index.add(np.ascontiguousarray(np.stack(list(rows.values()))))
            self._ids.extend(rows)
            self._save()

    def drop(self, ids: Sequence[str]) -> None:
        """Erasure must reach here: a dropped vector is gone from memory and disk, not merely hidden."""
        with self._lock:
            if self._keep_all_but(set(ids)):
                self._save()

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """At most k (id, cosine), best first; ties by id."""
        query = np.ascontiguousarray(vector, np.float32).reshape(1, self._dim)
        with self._lock:
            total = len(self._ids)
            wanted = min(k, total)
            if wanted <= 0:
                return []
            reach = min(total, wanted + 16)
            while True:  # widen until the k-th place is not shared with a vector out of reach
                cosines, rows = self._index.search(query, reach)
                rounded = np.round(cosines[0].astype(np.float64), 6)
                if reach == total or rounded[-1] < rounded[wanted - 1]:
                    break
                reach = min(total, reach * 2)
            found = [(self._ids[row], float(cosine)) for row, cosine in zip(rows[0], rounded, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:wanted]

    def _keep_all_but(self, gone: set[str]) -> bool:
        kept = [row for row, name in enumerate(self._ids) if name not in gone]
        if len(kept) == len(self._ids):
            return False
        remaining = self._index.reconstruct_n(0, len(self._ids))[kept]
        self._index = self._faiss.IndexFlatIP(self._dim)
        self._index.add(np.ascontiguousarray(remaining))
        self._ids = [self._ids[row] for row in kept]
        return True

    def _save(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        names = json.dumps(self._ids).encode()
        body = self._faiss.serialize_index(self._index).tobytes()
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as file:
            file.write(len(names).to_bytes(8, "little") + names + body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def _load(self, path: Path) -> None:
        content = path.read_bytes()
        size = int.from_bytes(content[:8], "little")
        try:
            self._ids = json.loads(content[8 : 8 + size])
            self._index = self._faiss.deserialize_index(np.frombuffer(content[8 + size :], np.uint8))
        except (ValueError, RuntimeError) as broken:
            raise EngineError(f"{path}: the vector index is damaged; delete the file and index again") from broken
        if self._index.d != self._dim or self._index.ntotal != len(self._ids):
            raise EngineError(f"{path}: the vector index belongs to another encoder; delete the file and index again")
