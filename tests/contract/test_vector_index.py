"""What every VectorIndex owes. FAISS, brute force and pgvector run through the same tests and must agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from matching.index import FaissIndex
from models.engines import VectorIndex, Vectors
from models.errors import EngineError
from models.vectors import PgVectorIndex
from tests.fakes_matching import BruteForceIndex

DIM = 16

Maker = Callable[[pytest.FixtureRequest, Path], VectorIndex]


def pgvector(request: pytest.FixtureRequest, folder: Path) -> VectorIndex:
    """A fresh named index in the session's PostgreSQL (`postgres_url` of tests/conftest.py)."""
    engine = create_engine(request.getfixturevalue("postgres_url"))
    request.addfinalizer(engine.dispose)
    index: VectorIndex = PgVectorIndex(engine, organisation_id="contract", name=folder.name, dim=DIM)
    return index


INDEXES: dict[str, Maker] = {
    "brute force": lambda request, folder: BruteForceIndex(DIM),
    "faiss": lambda request, folder: FaissIndex(DIM),
    "faiss on disk": lambda request, folder: FaissIndex(DIM, folder / "pool.faiss"),
    "pgvector": pgvector,
}


@pytest.fixture(params=INDEXES, name="index")
def _index(request: pytest.FixtureRequest, tmp_path: Path) -> VectorIndex:
    return INDEXES[request.param](request, tmp_path)


def unit(rows: int, seed: int = 1) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def test_an_empty_index_has_no_neighbours(index: VectorIndex) -> None:
    assert index.nearest(unit(1)[0], 5) == []
    index.put([], unit(0))
    index.drop(["nobody"])


def test_it_agrees_with_comparing_everything(index: VectorIndex) -> None:
    ids, vectors = [f"id-{number}" for number in range(50)], unit(50)
    index.put(ids, vectors)
    truth = BruteForceIndex(DIM)
    truth.put(ids, vectors)
    for query in unit(5, seed=2):
        found, expected = index.nearest(query, 10), truth.nearest(query, 10)
        assert [name for name, _ in found] == [name for name, _ in expected]
        np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-5)
    assert index.nearest(vectors[7], 1)[0] == ("id-7", pytest.approx(1.0, abs=1e-5))


def test_k_larger_than_the_index_gives_all(index: VectorIndex) -> None:
    index.put(["a", "b"], unit(2))
    assert {name for name, _ in index.nearest(unit(1)[0], 99)} == {"a", "b"}
    assert index.nearest(unit(1)[0], 0) == []


def test_ties_are_ordered_by_id_even_at_the_edge(index: VectorIndex) -> None:
    same = np.repeat(unit(1), 40, axis=0)
    index.put([f"twin-{number:02}" for number in reversed(range(40))], same)
    assert [name for name, _ in index.nearest(same[0], 3)] == ["twin-00", "twin-01", "twin-02"]


def test_put_on_a_known_id_replaces(index: VectorIndex) -> None:
    old, new = unit(2)
    index.put(["a"], old[None])
    index.put(["a"], new[None])
    assert index.nearest(new, 5) == [("a", pytest.approx(1.0, abs=1e-5))]


def test_drop_erases(index: VectorIndex) -> None:
    vectors = unit(3)
    index.put(["a", "b", "c"], vectors)
    index.drop(["b", "b", "unknown"])
    assert {name for name, _ in index.nearest(vectors[1], 9)} == {"a", "c"}


def test_faiss_reopens_what_it_wrote(tmp_path: Path) -> None:
    path, vectors = tmp_path / "deep" / "pool.faiss", unit(3)
    FaissIndex(DIM, path).put(["a", "b", "c"], vectors)
    FaissIndex(DIM, path).drop(["b"])
    again = FaissIndex(DIM, path)
    assert {name for name, _ in again.nearest(vectors[0], 9)} == {"a", "c"}
    assert vectors[1].tobytes() not in path.read_bytes()
    assert vectors[0].tobytes() in path.read_bytes()


def test_faiss_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "pool.faiss"
    FaissIndex(DIM, path).put(["a"], unit(1))
    with pytest.raises(EngineError, match="another encoder"):
        FaissIndex(DIM * 2, path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(EngineError, match=r"pool\.faiss"):
        FaissIndex(DIM, path)


def test_one_id_for_each_vector() -> None:
    with pytest.raises(EngineError, match="2 ids came with 1"):
        FaissIndex(DIM).put(["a", "b"], unit(1))
