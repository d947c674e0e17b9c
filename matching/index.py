"""Nearest neighbours by cosine over FAISS, in one process or several, with an optional folder. Used by the talent-pool
search; its twin inside PostgreSQL is `models.vectors`. A job's own pool is scored exactly by `matching.score`.

Up to FLAT vectors everything is compared. Beyond, `matching.cells` finds some hundreds or thousands, and those are
compared: every cosine that is given is exact, and of the true neighbours a few in a hundred may be missing at most
(measured by `tests.bench.index`).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.cells import SMALLEST, Cells
from matching.rows import Rows, VectorRows
from models.engines import Vector, Vectors
from models.errors import EngineError

FLAT = 100_000
GROWN = 4
"""How much larger an index may be than what its cells were made for."""


class FaissIndex:
    """Unit vectors. With `folder`, every change is on disk before the call returns, and costs what it changes: nothing
    else is written anew. A dropped vector is overwritten with zeros. A process that is killed in mid-change leaves the
    old state or the new one. Other processes' changes are seen with the next call.

    When an index outgrows `flat`, and each time it has grown fourfold since, cells are made anew within `put`, in
    minutes. Searches go on meanwhile. Cosines are rounded to 6 decimals, where fp32 sums agree between machines."""

    def __init__(self, dim: int, folder: Path | None = None, *, flat: int = FLAT) -> None:
        self._dim, self._flat = dim, max(flat, SMALLEST)
        self._rows = VectorRows(dim, folder)
        self._lock = threading.Lock()
        self._cells: Cells | None = None
        self._generation = self._seen = 0

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        given = np.asarray(vectors, np.float32).reshape(-1, self._dim)
        if len(ids) != len(given):
            raise EngineError(f"{len(ids)} ids came with {len(given)} vectors; give one id a vector")
        rows = dict(zip(ids, given, strict=True))
        if not rows:
            return
        with self._rows.changing():
            cells, stacked = self._now(), np.stack(list(rows.values()))
            self._rows.put(list(rows), stacked, cells.coded(stacked) if cells is not None else None)
            self._now()
            if len(self._rows) > max(self._flat, GROWN * self._rows.fact("coded")):
                self._make_cells()

    def drop(self, ids: Sequence[str]) -> None:
        """Erasure must reach here: a dropped vector is gone from memory and disk, not merely hidden."""
        with self._rows.changing():
            self._rows.drop(list(ids))
        self._now()

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """At most k (id, cosine), best first; ties by id."""
        query = np.ascontiguousarray(vector, np.float32).reshape(self._dim)
        cells, total = self._now(), len(self._rows)
        wanted = min(k, total)
        if wanted <= 0:
            return []
        if cells is None or total <= self._flat:
            return self._flat_nearest(query, wanted)
        with self._lock:
            rows = cells.near(query, wanted)
        return self._named(rows, self._rows.matrix()[rows] @ query)[:wanted]

    def close(self) -> None:
        self._rows.close()

    def _flat_nearest(self, query: Vector, wanted: int) -> list[tuple[str, float]]:
        import faiss

        matrix = self._rows.matrix()
        reach = min(len(matrix), wanted + 16)
        while True:  # until the last place is not shared with a vector out of reach, nor taken by a row of nobody's
            cosines, rows = faiss.knn(query[None], matrix, reach, metric=faiss.METRIC_INNER_PRODUCT)
            found = self._named(rows[0], cosines[0])
            edge = np.round(float(cosines[0][-1]), 6)
            if reach == len(matrix) or (len(found) >= wanted and edge < found[wanted - 1][1]):
                return found[:wanted]
            reach = min(len(matrix), reach * 2)

    def _named(self, rows: Rows, cosines: NDArray[np.float32]) -> list[tuple[str, float]]:
        names = self._rows.names(rows, self._seen)
        rounded = np.round(cosines.astype(np.float64), 6).tolist()
        found = [(names[row], cosine) for row, cosine in zip(rows.tolist(), rounded, strict=True) if row in names]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    # ------------------------------------------------------------ the cells

    def _now(self) -> Cells | None:
        """The cells as the files are now; None where there are none."""
        with self._lock:
            while self._rows.fact("stamp") != self._seen:
                generation = self._rows.fact("cells")
                try:
                    self._follow(generation)
                except (EngineError, RuntimeError, IndexError):  # made anew meanwhile: its files are others
                    if self._rows.fact("cells") == generation:
                        raise
                if self._rows.fact("cells") != generation:
                    self._generation = self._seen = 0
            return self._cells

    def _follow(self, generation: int) -> None:
        """Take in what was changed since."""
        if not generation:
            self._seen = self._rows.fact("stamp")
            return
        if generation != self._generation:
            self._cells, self._seen, self._generation = Cells.opened(self._file(generation)), 0, generation
        assert self._cells is not None
        stamp, put, freed = self._rows.changed(self._seen)
        if self._seen:
            self._cells.remove(np.union1d(put, freed))
        self._cells.add(put, self._rows.codes(put))
        self._seen = stamp

    def _make_cells(self) -> None:
        """For what is there now. Searches use the old ones until they are made."""
        _, rows, _ = self._rows.changed(0)
        matrix, generation = self._rows.matrix(), self._rows.fact("cells") + 1
        cells = Cells.trained(matrix, rows)
        if self._rows.folder is not None:
            cells.save(self._file(generation))
            for old in self._rows.folder.glob("cells-*"):
                if old not in {self._file(generation), self._file(generation - 1)}:
                    old.unlink(missing_ok=True)
        self._rows.recode(generation, cells.width, cells.all_coded(matrix, rows))
        with self._lock:
            self._cells, self._seen, self._generation = cells, 0, generation
        self._now()

    def _file(self, generation: int) -> Path:
        assert self._rows.folder is not None
        return self._rows.folder / f"cells-{generation}.faiss"
