"""Stand-ins for the matching engines: a bag-of-words encoder and an index that compares with everything."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from interview.scoring import Weights
from models.engines import Vector, Vectors


class FakeEmbedder:
    """Unit vectors from hashed words: the same words give the same vector, shared words give a cosine above 0.

    `calls` lists the texts of each call, so that a test can see what was asked and how it was batched."""

    def __init__(self, dim: int = 256, name: str = "bag-of-words") -> None:
        self._dim, self._name = dim, name
        self.calls: list[list[str]] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def dim(self) -> int:
        return self._dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        vectors = np.zeros((len(texts), self._dim), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                digest = hashlib.sha256(word.encode()).digest()
                vectors[row, int.from_bytes(digest[:4], "little") % self._dim] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class BruteForceIndex:
    """A dict of vectors, compared one by one."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._vectors: dict[str, Vector] = {}

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._vectors |= dict(zip(ids, np.asarray(vectors, np.float32), strict=True))

    def drop(self, ids: Sequence[str]) -> None:
        for name in ids:
            self._vectors.pop(name, None)

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        found = [(name, round(float(np.dot(other, vector)), 6)) for name, other in self._vectors.items()]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]


def rating_weights(embedder: FakeEmbedder) -> Weights:
    """For the evaluator in tests: the anchors and the signals count, a fake vector's own direction does not."""
    anchors = [-30.0, 0.0, 90.0]
    signals = [5.0, 15.0, 5.0, 15.0, 5.0, -60.0, -30.0, 5.0, 5.0, -5.0, -5.0]
    return Weights("tests", 5.0, np.array([0.0] * embedder.dim + anchors + signals))
