"""What every VectorIndex owes. FAISS, brute force and pgvector run through the same tests and must agree."""

from __future__ import annotations

import signal
import subprocess
import sys
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
    "faiss on disk": lambda request, folder: FaissIndex(DIM, folder / "pool"),
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
    path, vectors = tmp_path / "deep" / "pool", unit(3)
    FaissIndex(DIM, path).put(["a", "b", "c"], vectors)
    assert vectors[1].tobytes() in contents(path)
    FaissIndex(DIM, path).drop(["b"])
    again = FaissIndex(DIM, path)
    assert {name for name, _ in again.nearest(vectors[0], 9)} == {"a", "c"}
    assert vectors[1].tobytes() not in contents(path)
    assert vectors[0].tobytes() in contents(path)


def test_faiss_names_a_folder_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "pool"
    FaissIndex(DIM, path).put(["a"], unit(1))
    with pytest.raises(EngineError, match="another encoder"):
        FaissIndex(DIM * 2, path)
    rows = path / "vectors.f32"
    rows.write_bytes(rows.read_bytes()[:-10])
    with pytest.raises(EngineError, match="pool: the vector index is damaged"):
        FaissIndex(DIM, path)
    (tmp_path / "rows.db").write_bytes(b"no database" * 1000)
    with pytest.raises(EngineError, match="cannot be used"):
        FaissIndex(DIM, tmp_path)


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def clustered(rows: int) -> Vectors:
    """As texts are: in groups."""
    groups = unit(rows // 30)
    drawn = np.repeat(groups, 30, axis=0) + 0.12 * np.random.default_rng(3).normal(size=(len(groups) * 30, DIM))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def recall(index: VectorIndex, ids: list[str], vectors: Vectors) -> float:
    """Of the ten nearest of every 20th vector, and that each of them comes with its exact cosine."""
    shares = []
    for query in vectors[::20]:
        cosines = vectors @ query
        true = {ids[at] for at in np.argsort(-cosines, kind="stable")[:10]}
        found = index.nearest(query, 10)
        assert all(cosine == pytest.approx(cosines[ids.index(name)], abs=1e-5) for name, cosine in found)
        shares.append(len(true & {name for name, _ in found}) / 10)
    return float(np.mean(shares))


def test_beyond_flat_cells_are_looked_into_and_nothing_of_the_dropped_is_left(tmp_path: Path) -> None:
    """Two processes' views of one folder, through puts, replacements and drops."""
    vectors = clustered(900)
    ids = [f"id-{number:03}" for number in range(len(vectors))]
    one = FaissIndex(DIM, tmp_path, flat=300)
    other = FaissIndex(DIM, tmp_path, flat=300)
    for at in range(0, 900, 150):
        one.put(ids[at : at + 150], vectors[at : at + 150])
    assert (one._cells is not None, other.nearest(vectors[0], 1)[0][0]) == (True, "id-000")
    assert recall(one, ids, vectors) >= 0.98
    assert recall(other, ids, vectors) == recall(one, ids, vectors)
    trained = one._cells._index.quantizer.reconstruct_n(0, one._cells._index.nlist)  # type: ignore[union-attr]
    assert float((trained @ vectors.T).max()) < 0.99999, "no centroid is somebody's vector"
    given = vectors.copy()
    given[:10] = unit(10, seed=5)
    one.put(ids[:10], given[:10])
    other.drop(ids[:450:3])
    kept = [at for at in range(900) if at >= 450 or at % 3]
    for index in (one, other, FaissIndex(DIM, tmp_path, flat=300)):
        found = dict(index.nearest(vectors[30], 900))
        assert (len(found), "id-030" in found, len(index._cells or "")) == (750, False, 750)
        assert recall(index, [ids[at] for at in kept], given[kept]) >= 0.98
    for file, width in (("vectors.f32", 4 * DIM), ("codes-1.u8", one._cells.width)):  # type: ignore[union-attr]
        rows = np.fromfile(tmp_path / file, np.uint8).reshape(-1, width)
        assert (~rows.any(axis=1)).sum() == 160, "ten that were replaced, 150 that were dropped"
    left = contents(tmp_path)
    for at in (*range(10), *range(30, 450, 30)):
        assert vectors[at].tobytes() not in left
    assert b"id-030" not in left
    assert vectors[451].tobytes() in left


def test_pgvector_finds_its_own_among_many_of_others_and_agrees_with_faiss(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One HNSW index for all: an organisation that has every sixth vector loses none of its neighbours."""
    engine = create_engine(postgres_url)
    small = clustered(900)
    vectors = np.zeros((900, 384), np.float32)
    vectors[:, :DIM] = small
    ids = [f"id-{number:03}" for number in range(900)]
    mine = PgVectorIndex(engine, organisation_id="mine", name="pool", dim=384, flat=50)
    for name in ("mine", "theirs"):
        own = range(0, 900, 6) if name == "mine" else [at for at in range(900) if at % 6]
        index = PgVectorIndex(engine, organisation_id=name, name="pool", dim=384)
        index.put([ids[at] for at in own], vectors[own])
    twin = FaissIndex(384)
    twin.put(ids[::6], vectors[::6])
    asked: list[int] = []
    by_hnsw = PgVectorIndex._by_hnsw
    monkeypatch.setattr(
        PgVectorIndex, "_by_hnsw", lambda *given: [asked.append(len(found := by_hnsw(*given))), found][1]
    )
    for query in vectors[::90]:
        assert mine.nearest(query, 20) == twin.nearest(query, 20)
    assert asked == [20] * 10, "none needed to be compared as a whole"
    mine.drop(ids[:450:6])
    assert {name for name, _ in mine.nearest(vectors[0], 20)} <= set(ids[450::6])
    engine.dispose()


KILLED_AT = ("claimed", "written", "named", "wiped")


@pytest.mark.parametrize("step", KILLED_AT)
def test_a_process_killed_in_mid_change_leaves_the_old_or_the_new(tmp_path: Path, step: str) -> None:
    """SIGKILL at each step of a put that replaces and of a drop; whoever opens the folder next finds whole vectors,
    and of those that nobody has no byte."""
    vectors = unit(40)
    FaissIndex(DIM, tmp_path).put(["stays", "old", "gone"], vectors[:3])
    np.save(tmp_path.with_suffix(".npy"), vectors)
    child = [sys.executable, "-m", "tests.contract.killed_index", tmp_path, step, tmp_path.with_suffix(".npy")]
    assert subprocess.run(child, check=False, timeout=120).returncode == -signal.SIGKILL
    again = FaissIndex(DIM, tmp_path)
    found = dict(again.nearest(vectors[0], 99))
    before = found.keys() == {"stays", "old"}
    assert before or found.keys() == {"stays", "old", *(f"new-{at}" for at in range(30))}
    left = contents(tmp_path)
    assert (vectors[2].tobytes() in left, b"gone" in left) == (False, False)
    assert [vectors[at].tobytes() in left for at in (1, 3, 20)] == [before, not before, not before]
    assert again.nearest(vectors[1] if before else vectors[3], 1)[0][0] == "old"


def test_one_id_for_each_vector() -> None:
    with pytest.raises(EngineError, match="2 ids came with 1"):
        FaissIndex(DIM).put(["a", "b"], unit(1))
