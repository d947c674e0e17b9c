"""A first stage for many vectors: FAISS IVF-PQ, whose nearest ones `matching.index` compares again exactly.

Vectors fall into cells around centroids; each is kept as a list number and one byte for every four dimensions, so a
million of 384 dimensions are about 100 MB. A query looks into the nearest cells alone. What is trained holds nobody's
vector: each centroid is the mean of MEMBERS at least, each entry of a codebook stands for four dimensions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.rows import Codes, Rows
from models.engines import Vector, Vectors

MEMBERS = 8
"""Of the training sample: a cell of fewer is none, since its centroid would be nearly somebody."""
SAMPLED = 64
"""Vectors that are looked at for each cell."""
ROUNDS = 8
SMALLEST = 256
"""Vectors that codebooks can be made of."""
LOOKED_INTO, FEWEST = 1 / 4, 16
"""The share of all cells that a query looks into, and how many at least."""
FOUND, MORE = 8, 600
"""A query for k finds k * FOUND + MORE, to be compared exactly."""
_STEP = 16_384


class Cells:
    """Codes in memory, by row number. Not safe between threads."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._faiss, self._index = faiss, index
        index.nprobe = max(FEWEST, round(index.nlist * LOOKED_INTO))

    @classmethod
    def trained(cls, vectors: Vectors, rows: Rows) -> Cells:
        """Made for these rows of `vectors`; empty. SMALLEST rows at least."""
        import faiss

        dim, draw = vectors.shape[1], np.random.default_rng(len(rows))
        wanted = 1 << min(round(np.log2(2 * np.sqrt(len(rows)))), int(np.log2(len(rows) / 16)))
        sample = draw.permutation(np.ascontiguousarray(vectors[np.sort(draw.permutation(rows)[: wanted * SAMPLED])]))
        kmeans = faiss.Kmeans(
            dim, wanted, niter=ROUNDS, spherical=True, seed=1,
            min_points_per_centroid=1, max_points_per_centroid=SAMPLED,
        )  # fmt: skip
        kmeans.train(sample)
        centroids: Vectors = np.asarray(kmeans.centroids, np.float32)
        nearest = faiss.knn(sample, centroids, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0]
        kept = np.flatnonzero(np.bincount(nearest, minlength=wanted) >= MEMBERS)
        coarse = faiss.IndexFlatIP(dim)
        coarse.add(np.ascontiguousarray(centroids[kept]))
        index = faiss.IndexIVFPQ(coarse, dim, len(kept), _pieces(dim), 8, faiss.METRIC_INNER_PRODUCT)
        index.pq.cp.niter, index.pq.cp.min_points_per_centroid = ROUNDS, 1
        index.train(sample[: SMALLEST * SAMPLED])
        return cls(index)

    @classmethod
    def opened(cls, file: Path) -> Cells:
        import faiss

        return cls(faiss.read_index(str(file)))

    def save(self, file: Path) -> None:
        """While it is empty: what was trained. On disk when this returns."""
        beside = file.with_name(file.name + ".new")
        self._faiss.write_index(self._index, str(beside))
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(file)

    @property
    def width(self) -> int:
        """Bytes of a code."""
        return int(self._index.sa_code_size())

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def coded(self, vectors: Vectors) -> Codes:
        found: Codes = self._index.sa_encode(np.ascontiguousarray(vectors, np.float32))
        return found

    def all_coded(self, vectors: Vectors, rows: Rows) -> Iterator[tuple[Rows, Codes]]:
        """In pieces: the vectors may be a file that is larger than the memory."""
        for at in range(0, len(rows), _STEP):
            some = rows[at : at + _STEP]
            yield some, self.coded(vectors[some])

    def add(self, rows: Rows, codes: Codes) -> None:
        if len(rows):
            self._index.add_sa_codes(np.ascontiguousarray(codes), rows)

    def remove(self, rows: Rows) -> None:
        if len(rows):
            self._index.remove_ids(rows)

    def near(self, vector: Vector, k: int) -> Rows:
        """Rows among which the k nearest are, most likely; without order."""
        _, found = self._index.search(vector[None], min(len(self), k * FOUND + MORE))
        rows: NDArray[np.int64] = found[0]
        return rows[rows >= 0]


def _pieces(dim: int) -> int:
    """Into how many parts a vector is cut: of four dimensions where that is possible."""
    return next(dim // size for size in (4, 5, 6, 3, 2, 1) if dim % size == 0)
